"""Kill the server at any point: what was answered stays, each job ends, and each row is there exactly once.

VARLAKE_CRASH_AT=POINT[:COUNT] makes the server end itself with SIGKILL when it passes POINT for the COUNT-th time.
"""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError

import differential
import made
import server as servers
from server import ROLE, Server, User, until

REF = "s3://corpus/reference/GRCh37.MT.fa"
MID = 60_000  # records: several chunks
FILES = {"a.vcf": 40_000, "b.vcf": MID, "c.vcf": 1_000}


@pytest.fixture(scope="module")
def files(bucket):
    for at, (name, records) in enumerate(FILES.items()):
        made.big_vcf(bucket / name, records, contig=str(at + 1))
    made.bad_vcf(bucket / "bad.vcf", 50_000)
    return [f"s3://tmp/{name}" for name in FILES]


@pytest.fixture
def place(binary, corpus, bucket, files, tmp_path):
    """A data folder with an ACTIVE store named `kept`, and no server running yet."""
    server = Server(tmp_path, {"corpus": corpus, "tmp": bucket}).start()
    User(server).store("kept", REF)
    assert server.stop() == 0
    yield server
    if server.running:
        server.kill()


def died(server: Server, seconds: float = 60) -> None:
    assert server.wait(seconds) == -signal.SIGKILL, f"the server did not crash where it was told to:\n{server.tail()}"


def location(server: Server, store: str = "kept") -> Path:
    return Path(differential.local(server.table(store).location()))


def data_files(server: Server, store: str = "kept") -> set[Path]:
    folder = location(server, store) / "data"
    return {path for path in folder.rglob("*") if path.is_file()} if folder.exists() else set()


def referenced(server: Server, store: str = "kept") -> set[Path]:
    return {Path(differential.local(t.file.file_path)) for t in server.table(store).scan().plan_files()}


def no_strays(server: Server, store: str = "kept", seconds: float = 20) -> None:
    """Only files of the table are left (the server may take a moment to clean up)."""
    end = time.monotonic() + seconds
    while (stray := data_files(server, store) - referenced(server, store)) and time.monotonic() < end:
        time.sleep(0.1)
    assert not stray, stray
    assert referenced(server, store) <= data_files(server, store)


def each_row_once(server: Server, bucket: Path, jobs: dict[str, list[str]], store: str = "kept") -> None:
    """jobs: job id -> names of the files whose rows it must hold. By PyIceberg, by SQL, and column by column."""
    want = {job: sum(FILES[name] for name in names) for job, names in jobs.items() if names}
    table = server.table(store)
    counted: dict[str, int] = {}
    for job in table.scan(selected_fields=("importjobid",)).to_arrow()["importjobid"].to_pylist():
        counted[job] = counted.get(job, 0) + 1
    assert counted == want
    answer = server.query(f"SELECT importjobid AS job, count(*) AS n, count(DISTINCT (contigname, start)) AS d FROM {store} GROUP BY 1")
    assert {row["job"]: (row["n"], row["d"]) for row in answer} == {job: (n, n) for job, n in want.items()}
    for job, names in jobs.items():
        found = servers.item_files(table, job)
        for paths in found.values():
            contig, = {name for path in paths for name in contigs(path)}
            name = list(FILES)[int(contig) - 1]
            wanted, oracle = differential.expected(bucket / name, job)
            report = differential.compare(wanted, paths, oracle, only_job=False)
            assert report.ok, str(report)
        assert len(found) == len(names)
    snapshots = [s.summary.additional_properties.get("varlake.job-id") for s in table.metadata.snapshots]
    assert sorted(filter(None, snapshots)) == sorted(want)


def contigs(path: str) -> set[str]:
    import pyarrow.parquet as pq

    return set(pq.read_table(path, columns=["contigname"])["contigname"].unique().to_pylist())


POINTS = ["item-midfile", "item-midfile:3", "item-before-finish", "item-before-finish:2", "item-before-finish:3",
          "item-after-finish", "item-after-finish:2", "item-after-finish:3", "finish-before-commit",
          "finish-after-metadata", "finish-after-commit"]


@pytest.mark.parametrize("point", POINTS)
def test_kill_during_an_import(place, bucket, files, point):
    place.start(VARLAKE_CRASH_AT=point)
    job = User(place).start("kept", *files)
    died(place)
    place.start()
    done = User(place).wait(job)
    assert done["status"] == "COMPLETED", done
    assert {item["jobStatus"] for item in done["items"]} == {"COMPLETED"}
    no_strays(place)
    each_row_once(place, bucket, {job: list(FILES)})
    assert place.stop() == 0


@pytest.mark.parametrize("point", ["item-before-finish", "item-after-finish:2", "finish-before-commit", "finish-after-commit"])
def test_kill_with_a_failing_item(place, bucket, files, point):
    place.start(VARLAKE_CRASH_AT=point)
    job = User(place).start("kept", "s3://tmp/bad.vcf", files[2])
    died(place)
    place.start()
    done = User(place).wait(job)
    assert done["status"] == "COMPLETED_WITH_FAILURES"
    assert [item["jobStatus"] for item in done["items"]] == ["FAILED", "COMPLETED"]
    no_strays(place)
    each_row_once(place, bucket, {job: ["c.vcf"]})


def test_kill_at_one_point_after_the_other(place, bucket, files):
    """One job survives four crashes, each further on."""
    place.start(VARLAKE_CRASH_AT="item-midfile:2")
    job = User(place).start("kept", *files)
    died(place)
    for point in ("item-after-finish", "finish-before-commit", "finish-after-metadata"):
        place.start(may_die=True, VARLAKE_CRASH_AT=point)
        died(place)
    place.start()
    assert User(place).wait(job)["status"] == "COMPLETED"
    no_strays(place)
    each_row_once(place, bucket, {job: list(FILES)})


@pytest.mark.parametrize("seconds", [0.05, 0.2, 0.4, 0.8])
def test_kill_from_outside_at_any_time(place, bucket, files, seconds):
    """Two jobs on one store; the process is killed after a while, whatever it does then."""
    place.start()
    user = User(place)
    jobs = [user.start("kept", *files), user.start("kept", files[2])]
    time.sleep(seconds)  # the moment is arbitrary on purpose
    place.kill()
    place.start()
    user = User(place)
    assert [user.wait(job)["status"] for job in jobs] == ["COMPLETED", "COMPLETED"]
    no_strays(place)
    each_row_once(place, bucket, {jobs[0]: list(FILES), jobs[1]: ["c.vcf"]})


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
        until(lambda: user.omics.get_variant_store(name=f"made_{step}")["status"] == "ACTIVE", 30)
        assert user.wait_reference(reference["referenceStoreId"], started["id"])["status"] == "COMPLETED"
        assert user.wait(job)["status"] == "COMPLETED"
    names = [one["name"] for one in user.omics.list_references(referenceStoreId=reference["referenceStoreId"])["references"]]
    assert sorted(names) == ["GRCh37.MT.fa", "ref0", "ref1", "ref2"]


def test_kill_while_a_store_is_made(place, bucket, files):
    place.start()
    user = User(place)
    arn = user.omics.get_variant_store(name="kept")["reference"]["referenceArn"]
    assert place.stop() == 0
    place.start(VARLAKE_CRASH_AT="store-create")
    answered = User(place).omics.create_variant_store(name="second", reference={"referenceArn": arn})
    died(place)
    place.start()
    user = User(place)
    until(lambda: user.omics.get_variant_store(name="second")["status"] == "ACTIVE", 30)
    assert user.omics.get_variant_store(name="second")["id"] == answered["id"]
    job = user.load("second", files[2])
    assert job["status"] == "COMPLETED"
    each_row_once(place, bucket, {job["id"]: ["c.vcf"]}, "second")


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
            done = User(place).wait(job, 30)
            break
        except BotoCoreError:  # the connection broke: the server died again
            died(place)
    else:
        pytest.fail("the item was tried without end")
    assert done["status"] == "FAILED" and done["items"][0]["statusMessage"]
    no_strays(place)


def in_progress(user: User, job: str) -> dict:
    def look():
        got = user.omics.get_variant_import_job(jobId=job)
        assert got["status"] not in servers.FINAL, "the job ended before the test could meddle: make it larger"
        return got if any(item["jobStatus"] == "IN_PROGRESS" for item in got["items"]) else None

    return until(look, 30, 0.01)


@pytest.fixture(scope="module")
def large(bucket):
    made.big_vcf(bucket / "large.vcf", 600_000)
    return "s3://tmp/large.vcf"


def test_sigterm_drains_and_the_job_resumes(place, files, large):
    place.start()
    user = User(place)
    job = user.start("kept", large, large)
    in_progress(user, job)
    time.sleep(0.3)
    began = time.monotonic()
    assert place.stop() == 0
    assert time.monotonic() - began < 5, "draining is quick: the job is left for the next start"
    place.start()
    user = User(place)
    assert user.omics.get_variant_import_job(jobId=job)["status"] in ("SUBMITTED", "IN_PROGRESS")
    done = user.wait(job)
    assert done["status"] == "COMPLETED"
    no_strays(place)
    assert place.query("SELECT count(*) AS n FROM kept") == [{"n": 1_200_000}]
    assert place.table("kept").scan(selected_fields=("start",)).to_arrow().num_rows == 1_200_000


def test_cancel_stops_the_work(place, bucket, files, large):
    place.start()
    user = User(place)
    job = user.start("kept", *[large] * 6)
    in_progress(user, job)
    until(lambda: data_files(place), 30, 0.01)
    began = time.monotonic()
    user.omics.cancel_variant_import_job(jobId=job)
    done = user.omics.get_variant_import_job(jobId=job)
    assert done["status"] == "CANCELLED" and time.monotonic() - began < 2
    assert {item["jobStatus"] for item in done["items"]} <= {"CANCELLED", "FAILED"}
    until(lambda: not data_files(place), began + 2 - time.monotonic(), 0.02)
    after = user.load("kept", files[2])  # the workers are free again
    assert after["status"] == "COMPLETED"
    assert (after["completionTime"] - after["creationTime"]).total_seconds() < 5
    assert user.omics.get_variant_import_job(jobId=job) | {"ResponseMetadata": 0} == done | {"ResponseMetadata": 0}
    no_strays(place)
    each_row_once(place, bucket, {after["id"]: ["c.vcf"]})


def test_cancel_between_items_removes_what_landed(place, bucket, files, large):
    """The first item is done, the second runs: neither leaves a row or a file."""
    place.start()
    user = User(place)
    job = user.start("kept", files[2], *[large] * 4)
    until(lambda: user.omics.get_variant_import_job(jobId=job)["items"][0]["jobStatus"] == "COMPLETED", 30, 0.01)
    user.omics.cancel_variant_import_job(jobId=job)
    until(lambda: not data_files(place), 5, 0.02)
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
    job = user.start("kept", *[large] * 3)
    in_progress(user, job)
    took = []
    for _ in range(50):
        began = time.monotonic()
        got = user.omics.get_variant_import_job(jobId=job)
        took.append(time.monotonic() - began)
        if got["status"] in servers.FINAL:
            break
    assert len(took) > 20
    assert sorted(took)[len(took) // 2] < 0.1, f"median {sorted(took)[len(took) // 2]:.3f} s"
    user.omics.cancel_variant_import_job(jobId=job)


def test_a_second_server_on_the_folder_is_refused(place):
    place.start()
    second = Server(place.data.parent, place.buckets)
    with pytest.raises(AssertionError, match="exit|said"):
        second.start()
    assert second.process.wait(10) == 1
    assert User(place).omics.list_variant_stores()["variantStores"]
