"""`varlake check`: silent about a sound data folder, one line for each thing that is damaged by hand, and orphans."""

from __future__ import annotations

import json
import random
import re
import shutil
import sqlite3
from pathlib import Path

import pytest

import annotation
import made
from conftest import REFERENCE
from server import Server, User

ROWS = {"a.vcf": 3_000, "b.vcf": 2_000}


@pytest.fixture(scope="module")
def sound(binary, corpus, bucket, tmp_path_factory):
    """A stopped data folder: a variant store of two jobs, one of them of two files, and an annotation store of two
    versions."""
    for at, (name, records) in enumerate(ROWS.items()):
        made.big_vcf(bucket / name, records, contig=str(at + 1))
    (bucket / "f.gff3").write_text("##gff-version 3\n"
        + "".join(f"1\tmade\tgene\t{at + 1}\t{at + 9}\t.\t+\t.\tID=g{at}\n" for at in range(500)))
    server = Server(tmp_path_factory.mktemp("sound"), {"corpus": corpus, "tmp": bucket}).start()
    user = User(server)
    user.store("kept", REFERENCE)
    annotator = annotation.Annotator(server)
    annotator.create("genes", "GFF")
    annotator.create_version("genes", "later")
    assert user.load("kept", "s3://tmp/a.vcf", "s3://tmp/b.vcf")["status"] == "COMPLETED"
    assert user.load("kept", "s3://tmp/b.vcf")["status"] == "COMPLETED"
    assert annotator.load("genes", "s3://tmp/f.gff3")["status"] == "COMPLETED"
    assert annotator.load("genes", "s3://tmp/f.gff3", versionName="later")["status"] == "COMPLETED"
    assert user.load("kept", "s3://tmp/nothing.vcf")["status"] == "FAILED"
    assert server.stop() == 0
    return server


@pytest.fixture
def damaged(sound, tmp_path):
    """A copy of it, in the same place, since tables know where they are; the original is put back afterwards."""
    shutil.copytree(sound.data, tmp_path / "original", symlinks=True)
    yield sound
    if sound.running:
        sound.kill()
    shutil.rmtree(sound.data)
    shutil.move(tmp_path / "original", sound.data)


def check(server: Server, *arguments: str) -> tuple[int, list[str]]:
    done = server.command("check", *arguments)
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, done.stdout.splitlines()


def test_a_sound_folder_is_silent(sound):
    for arguments in ([], ["--deep"], ["kept"], ["genes", "--deep"], ["--orphans"], ["--orphans", "--remove"],
                      ["kept", "--orphans"]):
        assert check(sound, *arguments) == (0, []), arguments
    done = sound.command("check", "--json")
    assert json.loads(done.stdout) | {"bytes": 0} == {"tables": 3, "files": 5, "bytes": 0, "references": 1,
                                                      "findings": [], "found": 0}
    assert "sound: 3 tables, 5 data files" in sound.command("check").stderr
    sound.start()  # the same of a running server
    try:
        assert check(sound, "--deep") == (0, []) and check(sound, "--orphans") == (0, [])
    finally:
        assert sound.stop() == 0


def test_what_is_not_there_and_what_does_not_fit(sound, tmp_path):
    assert sound.command("check", "nowhere").returncode == sound.command(
        "check", "--orphans", "nowhere").returncode == 4
    elsewhere = Server(tmp_path, {})
    done = elsewhere.command("check")
    assert done.returncode == 1 and "no data folder at" in done.stderr and not elsewhere.data.exists()
    assert sound.command("check", "--remove").returncode == sound.command(
        "check", "--deep", "--orphans").returncode == 2


def table_of(server: Server, name: str = "kept") -> Path:
    return annotation.location(server, name)


def data_file(server: Server, name: str = "kept") -> Path:
    return max(annotation.data_files(server, name), key=lambda path: (path.stat().st_size, path))


def state(server: Server, *statements: str) -> None:
    with sqlite3.connect(server.data / "varlake.db") as db:
        for statement in statements:
            assert db.execute(statement).rowcount > 0, statement
    db.close()


def no_data_file(server):
    data_file(server).unlink()
    return r"data/\S+\.parquet: data file cannot be opened: it is not there"


def short_data_file(server):
    path = data_file(server)
    path.write_bytes(path.read_bytes()[:-100])
    return r"data/\S+\.parquet: data file has \d+ bytes, its manifest says \d+"


def long_data_file(server):
    with open(data_file(server), "ab") as out:
        out.write(b"\0")
    return r"data/\S+\.parquet: data file has \d+ bytes, its manifest says \d+"


def data_file_of_zeros(server):
    path = data_file(server)
    path.write_bytes(bytes(path.stat().st_size))
    return r"data/\S+\.parquet: data file "


def no_footer(server):
    path = data_file(server)
    path.write_bytes(path.read_bytes()[:-4] + b"XXXX")
    return r"data/\S+\.parquet: data file has no readable footer: "


def swapped_data_files(server):
    one, other = sorted(annotation.data_files(server, "kept"))[:2]
    first, second = one.read_bytes(), other.read_bytes()
    size = min(len(first), len(second))
    one.write_bytes(second[:size] + first[size:])
    return r"data/\S+\.parquet: data file "


def no_manifest_list(server):
    max((table_of(server) / "metadata").glob("snap-*.avro"), key=lambda path: path.stat().st_size).unlink()
    return r"metadata/snap-\S+\.avro: manifest list of snapshot \d+ cannot be read: it is not there"


def manifest(server) -> Path:
    return min(path for path in (table_of(server) / "metadata").glob("*.avro") if not path.name.startswith("snap-"))


def no_manifest(server):
    manifest(server).unlink()
    return r"metadata/\S+\.avro: manifest cannot be read: it is not there"


def short_manifest(server):
    path = manifest(server)
    path.write_bytes(path.read_bytes()[:-20])
    return r"metadata/\S+\.avro: manifest cannot be read: "


def no_metadata(server):
    Path(server.table("kept").metadata_location.removeprefix("file://")).unlink()
    return r"metadata/\S+\.metadata\.json: metadata cannot be read: it is not there"


def cut_metadata(server):
    path = Path(server.table("kept").metadata_location.removeprefix("file://"))
    path.write_text(path.read_text()[:300])
    return r"metadata/\S+\.metadata\.json: metadata cannot be read: "


def old_pointer(server):
    before = max(path for path in (table_of(server) / "metadata").glob("*.metadata.json")
                 if path.as_uri() != server.table("kept").metadata_location)
    state(server, f"UPDATE iceberg_tables SET metadata_location = '{before.as_uri()}' WHERE table_name = 'kept'")
    return r"job \S+ is COMPLETED and has no snapshot"


def lost_rows(server):
    state(server, "UPDATE import_items SET rows = rows + 1 WHERE item = 1")
    return r"job \S+ recorded 5001 rows, the table has 5000 of it"


def rows_of_a_failed_job(server):
    state(server, "UPDATE import_jobs SET status = 'FAILED' WHERE id = (SELECT job FROM import_items WHERE item = 1)")
    return r"job \S+ is FAILED with 5000 rows and has a snapshot"


def forgotten_job(server):
    state(server, "DELETE FROM import_jobs WHERE id = (SELECT job FROM import_items WHERE item = 1)")
    return r"there is a snapshot of job \S+, of which there is no record"


def no_pointer(server):
    state(server, "DELETE FROM iceberg_tables WHERE table_name = 'kept'")
    return r"the catalog does not have its table"


DAMAGES = [no_data_file, short_data_file, long_data_file, data_file_of_zeros, no_footer, swapped_data_files,
           no_manifest_list, no_manifest,
           short_manifest, no_metadata, cut_metadata, old_pointer, lost_rows, rows_of_a_failed_job,
           forgotten_job, no_pointer]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_damage_is_found(damaged, damage):
    wanted = damage(damaged)
    status, lines = check(damaged)
    assert status == 1 and len(lines) == 1, lines
    assert re.fullmatch(rf"kept: (tables/\w+/)?{wanted}.*", lines[0]), lines[0]
    assert str(damaged.data) not in lines[0]
    assert check(damaged, "genes") == (0, [])
    # nobody can say what the table needs
    if damage in (no_manifest_list, no_manifest, short_manifest, no_metadata, cut_metadata):
        (table_of(damaged, "genes") / "data" / "stray").write_bytes(b"1")
        done = damaged.command("check", "--orphans", "--remove")
        assert done.returncode == 1 and len(done.stdout.splitlines()) == 1, done
        assert re.search(r"need:\nkept: ", done.stderr), done


def test_a_broken_page_is_found_by_a_deep_look(damaged):
    """Bytes within the pages: their headers are as they should be."""
    import pyarrow.parquet as pq

    path = data_file(damaged)
    column = pq.read_metadata(path).row_group(0).column(3)
    whole = bytearray(path.read_bytes())
    start, size = column.data_page_offset, column.total_compressed_size
    body = whole.index(b"\x28\xb5\x2f\xfd", start)  # where a page of zstd begins
    assert body < start + size
    noise = random.Random(1)
    whole[body:start + size] = noise.randbytes(start + size - body)
    path.write_bytes(whole)
    assert check(damaged) == (0, [])
    status, (line,) = check(damaged, "--deep")
    assert status == 1 and re.match(r"kept: tables/\S+\.parquet: data file row group 0, column ", line), line


def test_stuck_work_is_found(damaged):
    damaged.start()
    state(damaged, "UPDATE import_jobs SET status = 'IN_PROGRESS', completed = NULL WHERE status = 'FAILED'")
    status, lines = check(damaged)
    assert status == 1 and len(lines) == 1, lines
    assert re.fullmatch(r"the end of import job \S+ is due and not in the queue", lines[0]), lines
    damaged.kill()
    assert damaged.start().stop() == 0  # it mends itself
    assert check(damaged) == (0, [])


def test_orphans(damaged):
    """What is put into the folders by hand is listed, with its bytes, and removed; nothing else is."""
    table = table_of(damaged)
    strays = {table / "data" / "stray.parquet": 11, table / "data" / "job" / "0" / "1" / "00000.parquet": 12,
              table / "metadata" / "stray.avro": 13,
              table / "metadata" / "deep" / "er" / "x": 14, damaged.data / "tables" / "nobody" / "data" / "x": 15}
    for path, size in strays.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(size))
    before = {path for path in damaged.data.joinpath("tables").rglob("*") if path.is_file()}
    want = sorted(f"{size}\t{path.relative_to(damaged.data)}" for path, size in strays.items())
    for start in (False, True):
        if start:
            damaged.start()
        status, lines = check(damaged, "--orphans")
        assert status == 0 and sorted(lines) == want
    assert "5 files, 65 bytes would be freed" in damaged.command("check", "--orphans").stderr
    assert sorted(check(damaged, "kept", "--orphans")[1]) == [line for line in want if "nobody" not in line]
    assert check(damaged, "genes", "--orphans") == (0, [])
    assert check(damaged) == (0, [])
    done = damaged.command("check", "--orphans", "--remove")
    assert done.returncode == 0 and "5 files, 65 bytes freed" in done.stderr
    assert {path for path in damaged.data.joinpath("tables").rglob("*") if path.is_file()} == before - set(strays)
    assert not (damaged.data / "tables" / "nobody").exists() and not (table / "data" / "job").exists()
    assert check(damaged, "--orphans") == (0, []) and check(damaged, "--deep") == (0, [])


@pytest.mark.parametrize("damage, deep, finding", [
    (lambda fasta: fasta.unlink(), False, "source.fa: it is not there"),
    (lambda fasta: fasta.with_name("source.fa.fai").unlink(), False, "source.fa.fai: it is not there"),
    (lambda fasta: fasta.write_bytes(fasta.read_bytes()[:-9]), False,
     r"source.fa: file has \d+ bytes, the state says \d+"),
    (lambda fasta: fasta.with_name("source.fa.fai").write_bytes(fasta.with_name("source.fa.fai").read_bytes().replace(
    b"MT\t1", b"MT\t9")), False,
     "source.fa.fai: it is not the index of source.fa: .*"),
    (lambda fasta: fasta.write_bytes(fasta.read_bytes().replace(b"GATCACAGG", b"GATCACAGT")), True,
     "source.fa: file has the MD5 [0-9a-f]{32}, the state says [0-9a-f]{32}"),
], ids=["gone", "no index", "cut", "another index", "another base"])
def test_damaged_references_are_found(damaged, damage, deep, finding):
    fasta, = damaged.data.glob("references/*/*/source.fa")
    damage(fasta)
    if deep:
        assert check(damaged) == (0, [])
    for arguments in ([], ["kept"]):  # of a store it is its reference's
        status, lines = check(damaged, *arguments, *["--deep"] * deep)
        assert status == 1 and len(lines) == 1, lines
        assert re.fullmatch(rf"reference \S+: references/\d+/\d+/{finding}", lines[0]), lines
    assert check(damaged, "genes", *["--deep"] * deep) == (0, [])  # it has none


def test_a_table_that_the_state_does_not_know_is_no_orphan(damaged):
    """A folder of no store that is a table's is told apart, and never removed: perhaps the state is the wrong one."""
    strange = damaged.data / "tables" / "0123456789ab"
    shutil.copytree(table_of(damaged), strange)
    files = sorted(strange.rglob("*"))
    for flag in ([], ["--remove"]):
        done = damaged.command("check", "--orphans", *flag)
        assert (done.returncode, done.stdout) == (1, "") and "tables/0123456789ab: " in done.stderr, done.stderr
        assert "0 files, 0 bytes" in done.stderr, done.stderr
        assert sorted(strange.rglob("*")) == files
    found = json.loads(damaged.command("check", "--orphans", "--json").stdout)
    assert len(found["strange"]) == 1 and found["orphans"] == []
    shutil.rmtree(strange / "metadata")  # rows without their metadata are no less somebody's
    assert damaged.command("check", "--orphans", "--remove").returncode == 1 and list(strange.rglob("*.parquet"))


def test_files_of_a_running_import_are_no_orphans(damaged, bucket):
    made.big_vcf(bucket / "large.vcf", 600_000)
    damaged.start()
    user = User(damaged)
    job = user.start("kept", "s3://tmp/large.vcf", "s3://tmp/a.vcf")
    looks = 0
    while user.omics.get_variant_import_job(jobId=job)["status"] not in ("COMPLETED", "FAILED"):
        assert check(damaged, "--orphans", "--remove") == (0, []) and check(damaged) == (0, [])
        looks += 1
    assert looks > 1 and user.wait(job)["status"] == "COMPLETED"
    assert check(damaged, "--deep") == (0, []) and check(damaged, "--orphans") == (0, [])


def test_who_may(damaged):
    """A key needs varlake:Check, and varlake:RemoveOrphans to remove. Other accounts see their own stores, the first
    one's key all."""
    def key(account: str, name: str, *actions: str) -> None:
        policy = damaged.data.parent / f"{name}.json"
        policy.write_text(json.dumps({"Version": "2012-10-17",
                                      "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}))
        done = damaged.command("access-key", "create", "--account", account, "--name", name, "--profile", name,
                               "--policy", str(policy))
        assert done.returncode == 0, done.stderr

    def run(name: str, *arguments: str):
        return damaged.command("check", *arguments, VARLAKE_PROFILE=name)

    key("123456789012", "all", "omics:*", "athena:*", "glue:*")
    key("123456789012", "looker", "varlake:Check")
    key("210987654321", "other", "*")
    data_file(damaged).unlink()
    (table_of(damaged, "genes") / "data" / "stray").write_bytes(b"1")
    assert run("all").returncode == run("all", "--orphans").returncode == 5
    assert run("looker").returncode == 1 and run("looker", "--orphans").returncode == 0
    assert run("looker", "--orphans", "--remove").returncode == 5
    for arguments in ([], ["--orphans"], ["--orphans", "--remove"]):
        done = run("other", *arguments)
        assert (done.returncode, done.stdout) == (0, ""), arguments
    assert run("other", "kept").returncode == 4
    assert len(check(damaged, "--orphans")[1]) == 1
