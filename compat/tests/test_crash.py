"""Kill the server at any point: what was answered stays, each job ends, and each row is there exactly once.

VARLAKE_CRASH_AT=POINT[:COUNT] makes the server end itself with SIGKILL when it passes POINT for the COUNT-th time.
"""

from __future__ import annotations

import contextlib
import re
import time
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError, ClientError

import server as servers
from crash import FILES, KINDS, REF, Variants, cleaned, died, each_row_once, no_strays, of_every, outcomes, sound
from crash import files, kind, place, prepared  # noqa: F401 (fixtures)
from server import ROLE, Server, User, until

POINTS = ["item-midfile", "item-midfile:3", "item-before-finish", "item-before-finish:2", "item-before-finish:3",
          "item-after-finish", "item-after-finish:2", "item-after-finish:3", "finish-before-commit",
          "commit-file", "commit-file:2", "finish-after-metadata", "finish-after-commit"]


ONE_FILE = ["item-midfile", "item-midfile:3", "item-before-finish", "item-after-finish:2", "finish-before-commit",
            "commit-file:2", "finish-after-metadata", "finish-after-commit"]


def test_every_point_is_named():
    """The points of the program itself: none is left out here, or in the tests beside."""
    named = (servers.ROOT / "internal" / "state" / "crash" / "crash.go").read_text()
    points = set(re.findall(r'\t[A-Z]\w+ += "([\w-]+)"', named))
    here = {point.partition(":")[0] for point in POINTS}
    assert here == {point.partition(":")[0] for point in ONE_FILE} and here <= points
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    assert [point for point in sorted(points) if f'"{point}' not in tests] == []


@of_every(POINTS, ONE_FILE)
def test_kill_during_an_import(place, bucket, kind, point):
    place.start(VARLAKE_CRASH_AT=point)
    jobs = kind.start(place, *kind.files)
    died(place)
    place.start()
    jobs = kind.all_of(place, jobs)
    assert set(outcomes(place, kind, jobs).values()) == {"COMPLETED"} and (kind is not Variants or len(jobs) == 1)
    assert {kind.wait(place, job)["status"] for job in jobs} == {"COMPLETED"}
    no_strays(place)
    each_row_once(place, bucket, jobs, kind=kind)
    assert place.stop() == 0


@of_every(["item-before-finish", "item-after-finish:2", "finish-before-commit", "finish-after-commit"],
          ["item-before-finish"])
def test_kill_with_a_failing_item(place, bucket, kind, point):
    place.start(VARLAKE_CRASH_AT=point)
    good = list(kind.files)[2]
    jobs = kind.start(place, kind.bad, good)
    died(place)
    place.start()
    jobs = kind.all_of(place, jobs)
    if len(jobs) == 1 and kind is not Variants:  # the server died too soon
        jobs |= kind.start(place, good)
    assert outcomes(place, kind, jobs) == {kind.bad: "FAILED", good: "COMPLETED"}
    statuses = sorted(kind.wait(place, job)["status"] for job in jobs)
    assert statuses == (["COMPLETED_WITH_FAILURES"] if kind is Variants else ["COMPLETED", "FAILED"])
    no_strays(place)
    landed = {job: [name for name in names if name == good] for job, names in jobs.items() if good in names}
    each_row_once(place, bucket, landed, kind=kind)


def test_kill_after_every_write_of_the_state(place, bucket, files):
    """One kill after the first transaction, one after the second, and so on, until all that is to be done has been
    done without one: a job whose second file is bad, and one that is cancelled. The jobs pile up in one store."""
    small = ["c.vcf", "worse.vcf"]
    (bucket / "worse.vcf").write_text((bucket / "c.vcf").read_text() + "no record\n")
    for write in range(1, 60):
        place.start(may_die=True, VARLAKE_CRASH_AT=f"state-write:{write}")
        with contextlib.suppress(BotoCoreError, ClientError):
            user = User(place)
            user.load("kept", *(f"s3://tmp/{name}" for name in small))
            job = user.start("kept", files[1])
            user.omics.cancel_variant_import_job(jobId=job)
            until(lambda: not place.running or cleaned(place))
        if alive := place.running:
            place.kill()
        place.start()
        for one in User(place).omics.list_variant_import_jobs()["variantImportJobs"]:
            assert User(place).wait(one["id"])["status"] in servers.FINAL
        until(lambda: cleaned(place))
        sound(place)
        if alive:
            break
        assert place.stop() == 0
    else:
        pytest.fail("there was no end of writes")
    jobs = [User(place).omics.get_variant_import_job(jobId=one["id"])
        for one in User(place).omics.list_variant_import_jobs()["variantImportJobs"]]
    landed = [job["id"] for job in jobs if job["status"] == "COMPLETED_WITH_FAILURES"]
    assert write > 10 and len(landed) > 5
    assert {job["status"] for job in jobs} <= {"COMPLETED", "COMPLETED_WITH_FAILURES", "CANCELLED"}
    landed += [job["id"] for job in jobs if job["status"] == "COMPLETED"]
    sizes = {job["id"]: sum(FILES[item["source"].rpartition("/")[2]] for item in job["items"]
                            if item["jobStatus"] == "COMPLETED") for job in jobs}
    answer = place.query("SELECT importjobid AS job, count(*) AS n FROM kept GROUP BY 1")
    assert {row["job"]: row["n"] for row in answer} == {job: sizes[job] for job in landed}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS, indirect=True)
def test_kill_at_one_point_after_the_other(place, bucket, kind):
    """Four crashes, each further on."""
    place.start(VARLAKE_CRASH_AT="item-midfile:2")
    jobs = kind.start(place, *kind.files)
    died(place)
    for point in ("item-after-finish", "finish-before-commit", "finish-after-metadata"):
        place.start(may_die=True, VARLAKE_CRASH_AT=point)
        died(place)
    place.start()
    jobs = kind.all_of(place, jobs)
    assert set(outcomes(place, kind, jobs).values()) == {"COMPLETED"}
    no_strays(place)
    each_row_once(place, bucket, jobs, kind=kind)


@of_every([0.05, 0.2, 0.4, 0.8], [0.1])
def test_kill_from_outside_at_any_time(place, bucket, kind, point):
    """Several jobs on one store; the process is killed after a while, whatever it does then."""
    place.start()
    jobs = kind.start(place, *kind.files) | kind.start(place, list(kind.files)[2])
    time.sleep(point)  # the moment is arbitrary on purpose
    place.kill()
    place.start()
    assert {kind.wait(place, job)["status"] for job in jobs} == {"COMPLETED"}
    no_strays(place)
    each_row_once(place, bucket, jobs, kind=kind)


def test_jobs_side_by_side_on_one_store(place, bucket, files):
    """Five jobs race for one table pointer: none is lost, none is twice."""
    place.start()
    user = User(place)
    jobs = [user.start("kept", files[2]) for _ in range(5)]
    assert {user.wait(job)["status"] for job in jobs} == {"COMPLETED"}
    no_strays(place)
    each_row_once(place, bucket, {job: ["c.vcf"] for job in jobs})


def test_what_was_answered_stays(place, bucket, files):
    place.start()
    user = User(place)
    arn = user.omics.get_variant_store(name="kept")["storeArn"]
    reference = user.omics.list_references(referenceStoreId=user.reference_store())["references"][0]
    for step in range(3):
        user.omics.tag_resource(resourceArn=arn, tags={"step": str(step)})
        user.omics.update_variant_store(name="kept", description=f"step {step}")
        user.omics.create_variant_store(name=f"made_{step}", reference={"referenceArn": reference["arn"]})
        started = user.omics.start_reference_import_job(referenceStoreId=reference["referenceStoreId"], roleArn=ROLE,
                                                        sources=[{"sourceFile": REF, "name": f"ref{step}"}])
        job = user.start("kept", files[2])
        place.kill()
        place.start()
        user = User(place)
        got = user.omics.get_variant_store(name="kept")
        assert (got["tags"], got["description"]) == ({"step": str(step)}, f"step {step}")
        until(lambda: user.omics.get_variant_store(name=f"made_{step}")["status"] == "ACTIVE")
        assert user.wait_reference(reference["referenceStoreId"], started["id"])["status"] == "COMPLETED"
        assert user.wait(job)["status"] == "COMPLETED"
    listed = user.omics.list_references(referenceStoreId=reference["referenceStoreId"])["references"]
    assert sorted(one["name"] for one in listed) == ["GRCh37.MT.fa", "ref0", "ref1", "ref2"]


def test_kill_while_a_reference_is_imported(place, corpus):
    place.start(VARLAKE_CRASH_AT="reference-midfile")
    user = User(place)
    store = user.reference_store()
    job = user.omics.start_reference_import_job(
        referenceStoreId=store, roleArn=ROLE, sources=[{"sourceFile": REF, "name": "again"}])["id"]
    died(place)
    place.start()
    user = User(place)
    done = user.wait_reference(store, job)
    assert done["status"] == "COMPLETED"
    got = user.omics.get_reference(referenceStoreId=store, id=done["sources"][0]["referenceId"], partNumber=1)
    assert got["payload"].read() == (corpus / "reference" / "GRCh37.MT.fa").read_bytes()
    listed = user.omics.list_references(referenceStoreId=store)["references"]
    assert sorted(one["name"] for one in listed) == ["GRCh37.MT.fa", "again"]


def test_a_file_that_kills_every_time_is_given_up(place, files):
    """It must not take the server down for ever."""
    place.start(VARLAKE_CRASH_AT="item-midfile")
    job = User(place).start("kept", files[1])
    died(place)
    for _ in range(20):
        place.start(may_die=True, VARLAKE_CRASH_AT="item-midfile")
        try:
            done = User(place).wait(job)
            break
        except BotoCoreError:  # the connection broke: the server died again
            died(place)
    else:
        pytest.fail("the item was tried without end")
    assert done["status"] == "FAILED" and done["items"][0]["statusMessage"]
    no_strays(place)


def test_a_second_server_on_the_folder_is_refused(place):
    place.start()
    second = Server(place.data.parent, place.buckets)
    with pytest.raises(AssertionError, match="exit|said"):
        second.start()
    assert second.process.wait(120) == 1
    assert User(place).omics.list_variant_stores()["variantStores"]
