"""Jobs that are cancelled or stopped halfway, by requests, by SIGTERM and by kills."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError

import server as servers
from crash import data_files, died, each_row_once, in_progress, no_strays
from crash import files, kind, large, place, prepared  # noqa: F401 (fixtures)
from server import User, until

ENDLESS = ["s3://tmp/large.vcf"] * 400  # of large: a job that takes any machine longer than
PATIENCE = 60  # seconds


@pytest.mark.parametrize("point", ["item-stopped", "clean-midway", "clean-midway:2", "clean-before-mark"])
def test_kill_during_a_cancel_and_its_clean_up(place, bucket, files, large, point):
    """What the first item wrote, and what two others are writing, goes."""
    place.start(VARLAKE_CRASH_AT=point)
    user = User(place)
    job = user.start("kept", files[2], *[large] * 2)
    until(lambda: user.omics.get_variant_import_job(jobId=job)["items"][0]["jobStatus"] == "COMPLETED", pause=0.01)
    in_progress(user, job)
    with contextlib.suppress(BotoCoreError):
        user.omics.cancel_variant_import_job(jobId=job)
    died(place)
    place.start()
    assert User(place).omics.get_variant_import_job(jobId=job)["status"] == "CANCELLED"
    no_strays(place)
    assert data_files(place) == set()
    assert place.query("SELECT count(*) AS n FROM kept") == [{"n": 0}]


def test_sigterm_drains_and_the_job_resumes(place, files, large):
    place.start()
    user = User(place)
    job = user.start("kept", large, large)
    in_progress(user, job)
    until(lambda: data_files(place), pause=0.01)
    assert place.stop() == 0
    place.start()
    user = User(place)
    done = user.wait(job)
    assert done["status"] == "COMPLETED"
    no_strays(place)
    attempts = {Path(path).parent.name for paths in servers.item_files(place.table("kept"), job).values()
                for path in paths}
    assert "2" in attempts, "the job was not done when the server stopped"
    assert place.query("SELECT count(*) AS n FROM kept") == [{"n": 1_200_000}]
    assert place.table("kept").scan(selected_fields=("start",)).to_arrow().num_rows == 1_200_000


def test_cancel_stops_the_work(place, bucket, files, large):
    place.start()
    user = User(place)
    job = user.start("kept", *ENDLESS)
    in_progress(user, job)
    until(lambda: data_files(place), pause=0.01)
    user.omics.cancel_variant_import_job(jobId=job)
    done = user.omics.get_variant_import_job(jobId=job)
    assert done["status"] == "CANCELLED"
    assert {item["jobStatus"] for item in done["items"]} <= {"CANCELLED", "FAILED"}
    until(lambda: not data_files(place), PATIENCE, 0.02)
    after = user.wait(user.start("kept", files[2]), PATIENCE)  # the workers are free again
    assert after["status"] == "COMPLETED"
    assert user.omics.get_variant_import_job(jobId=job) | {"ResponseMetadata": 0} == done | {"ResponseMetadata": 0}
    no_strays(place)
    each_row_once(place, bucket, {after["id"]: ["c.vcf"]})


def test_cancel_between_items_removes_what_landed(place, bucket, files, large):
    """The first item is done, the second runs: neither leaves a row or a file."""
    place.start()
    user = User(place)
    job = user.start("kept", files[2], *[large] * 4)
    until(lambda: user.omics.get_variant_import_job(jobId=job)["items"][0]["jobStatus"] == "COMPLETED", pause=0.01)
    user.omics.cancel_variant_import_job(jobId=job)
    until(lambda: not data_files(place), pause=0.02)
    assert place.query("SELECT count(*) AS n FROM kept") == [{"n": 0}]
    got = user.omics.get_variant_import_job(jobId=job)
    assert got["status"] == "CANCELLED" and {item["jobStatus"] for item in got["items"]} == {"CANCELLED"}


def test_kill_after_a_cancel(place, files, large):
    place.start()
    user = User(place)
    job = user.start("kept", *[large] * 4)
    in_progress(user, job)
    user.omics.cancel_variant_import_job(jobId=job)
    place.kill()
    place.start()
    assert User(place).omics.get_variant_import_job(jobId=job)["status"] == "CANCELLED"
    no_strays(place)
    assert data_files(place) == set()
    assert place.query("SELECT count(*) AS n FROM kept") == [{"n": 0}]


def test_the_api_answers_while_imports_run(place, files, large):
    place.start()
    user = User(place)
    job = user.start("kept", *ENDLESS)
    in_progress(user, job)
    for _ in range(50):
        assert user.omics.get_variant_import_job(jobId=job)["status"] == "IN_PROGRESS"
    user.omics.cancel_variant_import_job(jobId=job)
