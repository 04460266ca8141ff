"""The habits of tools whose files are not in the corpus (habits/): read by default, every value kept, and exported
as they were."""

from __future__ import annotations

import pytest

import bcftools
import server as servers
from habits import HABITS
from reading import FLAGS, Reading

REFERENCE = "s3://corpus/reference/GRCh37.MT.fa"
# INFO keys of VEP annotations, and how many each record has.
VEP = {"gnomad_v4": ("vep", [2, 1])}


@pytest.fixture(scope="module")
def server(binary, corpus, bucket, tmp_path_factory):
    for name, text in HABITS.items():
        (bucket / f"{name}.vcf").write_text(text)
    one = servers.Server(tmp_path_factory.mktemp("server"), {"corpus": corpus, "tmp": bucket}, *FLAGS).start()
    yield one
    assert one.stop() == 0, f"the server's last words:\n{one.tail()}"


@pytest.fixture(scope="module")
def reading(user, bucket):
    return Reading(user, user.store("habits", REFERENCE), {name: ("tmp", bucket / f"{name}.vcf") for name in HABITS})


@pytest.mark.parametrize("name", HABITS)
def test_a_habit_is_read(reading, name):
    faults = reading.faults([name])
    assert not faults, f"{name}\n{faults[name]}"


def test_bcftools_reads_them(reading):
    """They are files, not inventions that no tool would take: bcftools, the strictest of the readers here, reads all
    of them."""
    for name in HABITS:
        assert len(bcftools.body(bcftools.run("view", "--no-version", str(reading.path(name))))) > 1, name


@pytest.mark.parametrize("name", VEP)
def test_annotations(user, server, reading, name):
    key, counts = VEP[name]
    job = user.load("habits", f"s3://tmp/{name}.vcf", annotationFields={"VEP": key})
    rows = server.query(f"""SELECT annotations FROM habits WHERE importjobid = '{job["id"]}' ORDER BY "start" """)
    assert [len(row["annotations"]["vep"]) for row in rows] == counts, job
