"""Kill the server at any point: what was answered stays, each job ends, and each row is there exactly once.

VARLAKE_CRASH_AT=POINT[:COUNT] makes the server end itself with SIGKILL when it passes POINT for the COUNT-th time.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError, ClientError

import annotation
import differential
import gff3
import made
import separated
import server as servers
from annotation import Annotator
from server import ROLE, Server, User, until

REF = "s3://corpus/reference/GRCh37.MT.fa"
MID = 60_000  # records: several chunks
FILES = {"a.vcf": 40_000, "b.vcf": MID, "c.vcf": 1_000}


@functools.cache
def _user(of, server: Server, endpoint: str) -> User:
    return of(server)


def user_of(server: Server, of=Annotator):
    """A client takes a while to make: one for each start of a server."""
    return _user(of, server, server.endpoint)


class Variants:
    """Variant stores: one job of all files. The other kinds below have the same methods."""

    files = FILES
    bad = "bad.vcf"  # its last row is malformed
    place = "contigname, start"

    @staticmethod
    def make(bucket: Path) -> None:
        for at, (name, records) in enumerate(FILES.items()):
            made.big_vcf(bucket / name, records, contig=str(at + 1))
        made.bad_vcf(bucket / "bad.vcf", 50_000)

    @staticmethod
    def store(server: Server, name: str = "kept") -> None:
        user_of(server, User).store(name, REF)

    @staticmethod
    def start(server: Server, *names: str) -> dict[str, list[str]]:
        """The jobs that import the files, with their files."""
        return {user_of(server, User).start("kept", *(f"s3://tmp/{name}" for name in names)): list(names)}

    @staticmethod
    def all_of(server: Server, answered: dict[str, list[str]]) -> dict[str, list[str]]:
        """Every job of the store, given those whose start was answered."""
        assert [one["id"] for one in user_of(server, User).omics.list_variant_import_jobs()["variantImportJobs"][
            ::-1]] == list(answered)
        return answered

    @staticmethod
    def wait(server: Server, job: str) -> dict:
        return user_of(server, User).wait(job)

    @staticmethod
    def column_by_column(server: Server, bucket: Path, job: str, names: list[str], store: str) -> None:
        found = servers.item_files(server.table(store), job)
        for paths in found.values():
            contig, = {name for path in paths for name in contigs(path)}
            name = list(FILES)[int(contig) - 1]
            wanted, oracle = differential.expected(bucket / name, job)
            report = differential.compare(wanted, paths, oracle, only_job=False)
            assert report.ok, str(report)
        assert len(found) == len(names)


class Features:
    """GFF stores: a job for each file, all at the same time. Long rows, so that few make several chunks."""

    files = {"a.gff3": 700, "b.gff3": 900, "c.gff3": 100}
    bad = "bad.gff3"
    place = "seqid, start"
    shape = gff3.SHAPE
    note = "a text that makes rows long " * 150

    @classmethod
    def text(cls, name: str, records: int) -> str:
        rows = (f"{name}\tmade\tgene\t{at + 1}\t{at + 100}\t.\t+\t.\tID=g{at};Note={cls.note}\n"
            for at in range(records))
        return "##gff-version 3\n" + "".join(rows)

    @classmethod
    def make(cls, bucket: Path) -> None:
        for name, records in cls.files.items():
            (bucket / name).write_text(cls.text(name, records))
        (bucket / cls.bad).write_text(cls.text(cls.bad, 600) + "no feature\n")

    @classmethod
    def store(cls, server: Server, name: str = "kept") -> None:
        user_of(server).create(name, "GFF")

    @classmethod
    def start(cls, server: Server, *names: str) -> dict[str, list[str]]:
        """As many jobs as the server answers before it dies."""
        user, jobs = user_of(server), {}
        try:
            for name in names:
                jobs[user.start("kept", f"s3://tmp/{name}")] = [name]
        except BotoCoreError:
            assert server.process.wait(120) == -signal.SIGKILL
        assert jobs
        return jobs

    @staticmethod
    def all_of(server: Server, answered: dict[str, list[str]]) -> dict[str, list[str]]:
        """The server's jobs: those that it answered, and perhaps one whose answer its death cut off."""
        user = user_of(server)
        listed = [one["id"] for one in user.omics.list_annotation_import_jobs(filter={"storeName": "kept"})[
            "annotationImportJobs"]]
        jobs = {job: [user.job(job)["items"][0]["source"].removeprefix("s3://tmp/")] for job in listed}
        assert answered.items() <= jobs.items() and len(jobs) <= len(answered) + 1
        return jobs

    @staticmethod
    def wait(server: Server, job: str) -> dict:
        return user_of(server).wait(job)

    @classmethod
    def rows(cls, path: Path) -> list[dict]:
        return gff3.rows(path)

    @classmethod
    def column_by_column(cls, server: Server, bucket: Path, job: str, names: list[str], store: str) -> None:
        want = [{**row, "importjobid": job} for name in names for row in cls.rows(bucket / name)]
        got = server.table(store).scan(row_filter=f"importjobid == '{job}'").to_arrow().to_pylist()
        wrong = annotation.differences(want, got, cls.shape)
        assert not wrong, "\n".join(wrong)


class Rows(Features):
    """TSV stores."""

    files = {"a.tsv": 700, "b.tsv": 900, "c.tsv": 100}
    bad = "bad.tsv"
    place = "chrom, pos"
    layout = separated.Layout("CHR_POS_REF_ALT", {"chrom": "STRING", "pos": "LONG", "ref": "STRING", "alt": "STRING",
        "note": "STRING"},
                              {"CHR": "chrom", "POS": "pos", "REF": "ref", "ALT": "alt"})
    shape = layout.shape()

    @classmethod
    def text(cls, name: str, records: int) -> str:
        return "chrom\tpos\tref\talt\tnote\tk\n" + "".join(f"{name}\t{at + 1}\tACG\tT\t{cls.note}\t{at}\n"
            for at in range(records))

    @classmethod
    def store(cls, server: Server, name: str = "kept") -> None:
        user_of(server).create(name, "TSV", cls.layout.wire())

    @classmethod
    def rows(cls, path: Path) -> list[dict]:
        return separated.rows(path.read_bytes(), cls.layout)


KINDS = {"variants": Variants, "gff": Features, "tsv": Rows}


@pytest.fixture(scope="module")
def files(bucket):
    for kind in KINDS.values():
        kind.make(bucket)
    return [f"s3://tmp/{name}" for name in FILES]


@pytest.fixture
def kind(request):
    """Variants, unless a test asks for others."""
    return getattr(request, "param", Variants)


@pytest.fixture(scope="module")
def prepared(binary, corpus, bucket, files, tmp_path_factory):
    """prepared(kind): a stopped data folder with an ACTIVE store named `kept`, made once for each kind."""

    @functools.cache
    def make(kind) -> Path:
        server = Server(tmp_path_factory.mktemp("prepared"), {"corpus": corpus, "tmp": bucket}).start()
        kind.store(server)
        assert server.stop() == 0
        server.data.rename(server.data.with_name("prepared"))
        return server.data.parent

    return make


@pytest.fixture
def place(prepared, corpus, bucket, kind):
    """A data folder with an ACTIVE store named `kept`, and no server running yet.

    It is a copy, where the first one was: PyIceberg takes the paths in a table's metadata as they are.
    """
    server = Server(prepared(kind), {"corpus": corpus, "tmp": bucket})
    shutil.copytree(server.data.with_name("prepared"), server.data)
    yield server
    if server.running:
        server.kill()
    shutil.rmtree(server.data)
    server.log.unlink(missing_ok=True)


def of_every(variants: list, annotations: list):
    """Parametrises a test by kind and `point`, with fewer points for annotations, where most of the code is the
    same."""
    cases = [pytest.param(kind, point, id=f"{name}-{point}") for name, kind in KINDS.items()
        for point in (variants if kind is Variants else annotations)]
    return pytest.mark.parametrize("kind, point", cases, indirect=["kind"])


def died(server: Server) -> None:
    assert server.wait(120) == -signal.SIGKILL, f"the server did not crash where it was told to:\n{server.tail()}"


def location(server: Server, store: str = "kept") -> Path:
    return annotation.location(server, store)


def data_files(server: Server, store: str = "kept") -> set[Path]:
    return annotation.data_files(server, store)


def referenced(server: Server, store: str = "kept") -> set[Path]:
    return {Path(differential.local(t.file.file_path)) for t in server.table(store).scan().plan_files()}


def no_strays(server: Server, store: str = "kept") -> None:
    """Only files of the table are left (the server may take a moment to clean up)."""
    with contextlib.suppress(AssertionError):
        until(lambda: data_files(server, store) <= referenced(server, store), pause=0.1)
    stray = data_files(server, store) - referenced(server, store)
    assert not stray, stray
    assert referenced(server, store) <= data_files(server, store)
    assert set((location(server, store) / "metadata").iterdir()) == metadata_files(server, store)
    sound(server)


def sound(server: Server) -> None:
    """`varlake check` says nothing, and there is no file that nothing refers to."""
    for flag in ([], ["--orphans"]):
        done = server.command("check", *flag)
        assert (done.returncode, done.stdout) == (0, ""), f"check {flag}: {done.stdout}{done.stderr}"


def metadata_files(server: Server, store: str) -> set[Path]:
    """What the table's metadata needs of its own folder."""
    table = server.table(store)
    needed = [table.metadata_location, *(entry.metadata_file for entry in table.metadata.metadata_log)]
    for snapshot in table.metadata.snapshots:
        needed += [snapshot.manifest_list, *(manifest.manifest_path for manifest in snapshot.manifests(table.io))]
    return {Path(differential.local(uri)) for uri in needed}


def each_row_once(server: Server, bucket: Path, jobs: dict[str, list[str]], store: str = "kept", kind=Variants) -> None:
    """jobs: job id -> names of the files whose rows it must hold. By PyIceberg, by SQL, and column by column."""
    want = {job: sum(kind.files[name] for name in names) for job, names in jobs.items() if names}
    table = server.table(store)
    counted: dict[str, int] = {}
    for job in table.scan(selected_fields=("importjobid",)).to_arrow()["importjobid"].to_pylist():
        counted[job] = counted.get(job, 0) + 1
    assert counted == want
    answer = server.query(f"SELECT importjobid AS job, count(*) AS n, count(DISTINCT ({kind.place})) AS d FROM {store} GROUP BY 1")
    assert {row["job"]: (row["n"], row["d"]) for row in answer} == {job: (n, n) for job, n in want.items()}
    for job, names in jobs.items():
        kind.column_by_column(server, bucket, job, names, store)
    snapshots = [s.summary.additional_properties.get("varlake.job-id") for s in table.metadata.snapshots]
    assert sorted(filter(None, snapshots)) == sorted(want)


def contigs(path: str) -> set[str]:
    import pyarrow.parquet as pq

    return set(pq.read_table(path, columns=["contigname"])["contigname"].unique().to_pylist())


POINTS = ["item-midfile", "item-midfile:3", "item-before-finish", "item-before-finish:2", "item-before-finish:3",
          "item-after-finish", "item-after-finish:2", "item-after-finish:3", "finish-before-commit",
          "commit-file", "commit-file:2", "finish-after-metadata", "finish-after-commit"]


ONE_FILE = ["item-midfile", "item-midfile:3", "item-before-finish", "item-after-finish:2", "finish-before-commit",
    "commit-file:2", "finish-after-metadata",
            "finish-after-commit"]


def outcomes(server: Server, kind, jobs: dict[str, list[str]]) -> dict[str, str]:
    """How each file ended, by its name."""
    found = {}
    for job, names in jobs.items():
        done = kind.wait(server, job)
        found |= {name: item["jobStatus"] for name, item in zip(names, done["items"], strict=True)}
    return found


def test_every_point_is_named():
    """The points of the program itself: none is left out here, or in the tests beside."""
    points = set(re.findall(r'\t[A-Z]\w+ += "([\w-]+)"',
        (servers.ROOT / "internal" / "state" / "crash" / "crash.go").read_text()))
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
    each_row_once(place, bucket, {job: [name for name in names if name == good] for job, names in jobs.items()
        if good in names}, kind=kind)


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
    assert write > 10 and len(landed) > 5 and {job["status"] for job in jobs} <= {"COMPLETED",
        "COMPLETED_WITH_FAILURES", "CANCELLED"}
    landed += [job["id"] for job in jobs if job["status"] == "COMPLETED"]
    sizes = {job["id"]: sum(FILES[item["source"].rpartition("/")[2]] for item in job["items"]
        if item["jobStatus"] == "COMPLETED") for job in jobs}
    answer = place.query("SELECT importjobid AS job, count(*) AS n FROM kept GROUP BY 1")
    assert {row["job"]: row["n"] for row in answer} == {job: sizes[job] for job in landed}


def cleaned(server: Server) -> bool:
    """No job has ended without its folder having been cleaned up."""
    with contextlib.closing(sqlite3.connect(f"file:{server.data / 'varlake.db'}?mode=ro", uri=True)) as db:
        return db.execute("SELECT count(*) FROM import_jobs WHERE cleaned = 0").fetchone() == (0,)


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


@pytest.mark.parametrize("point", ["table-delete", "store-delete"])
def test_kill_while_a_variant_store_is_deleted(place, bucket, files, point):
    place.start(VARLAKE_CRASH_AT=point)
    user = User(place)
    user.load("kept", files[2])
    user.omics.delete_variant_store(name="kept", force=True)
    died(place)
    place.start()
    until(lambda: not User(place).omics.list_variant_stores()["variantStores"])
    assert files_of(place) == set()
    sound(place)
    User(place).store("kept", REF)  # the name is free
    done = User(place).load("kept", files[2])
    no_strays(place)
    each_row_once(place, bucket, {done["id"]: ["c.vcf"]})


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
    names = [one["name"] for one in user.omics.list_references(referenceStoreId=reference["referenceStoreId"])[
        "references"]]
    assert sorted(names) == ["GRCh37.MT.fa", "ref0", "ref1", "ref2"]


def test_kill_while_a_store_is_made(place, bucket, files):
    place.start()
    user = User(place)
    arn = user.omics.get_variant_store(name="kept")["reference"]["referenceArn"]
    assert place.stop() == 0
    place.start(VARLAKE_CRASH_AT="table-create")
    answered = User(place).omics.create_variant_store(name="second", reference={"referenceArn": arn})
    died(place)
    place.start()
    user = User(place)
    until(lambda: user.omics.get_variant_store(name="second")["status"] == "ACTIVE")
    assert user.omics.get_variant_store(name="second")["id"] == answered["id"]
    job = user.load("second", files[2])
    assert job["status"] == "COMPLETED"
    each_row_once(place, bucket, {job["id"]: ["c.vcf"]}, "second")


def files_of(server: Server) -> set[Path]:
    """The folders of all tables, whether a table is made of them or not."""
    return set((server.data / "tables").iterdir())


@pytest.mark.parametrize("kind", [Features], indirect=True)
def test_readers_beside_a_server_that_was_killed(place, kind):
    """Other engines read the catalog in varlake.db, and their ends leave its log to the server: what it writes then is
    seen, and there after a kill."""
    small, known = list(kind.files)[2], sqlite_names(place)
    for at in range(2):
        place.start()
        log = (place.data / "varlake.db-wal").stat()
        assert sqlite_names(place) == known
        assert os.path.samestat((place.data / "varlake.db-wal").stat(), log)
        user_of(place).create_version("kept", f"later{at}")
        assert user_of(place).load("kept", f"s3://tmp/{small}", versionName=f"later{at}")["status"] == "COMPLETED"
        known |= {f"kept__later{at}"}
        assert sqlite_names(place) == known
        place.kill()


def sqlite_names(server: Server) -> set[str]:
    """The names of the catalog's tables, as a program reads them that opens the state for it."""
    done = subprocess.run([sys.executable, "-c", "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); "
                           "print(*(name for name, in db.execute('SELECT table_name FROM iceberg_tables'))); db.close()", server.data / "varlake.db"],
                          capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("kind", [Features, Rows], indirect=True)
def test_kill_while_a_version_is_made(place, bucket, kind):
    """The store's first version, and a later one: each becomes ACTIVE, takes an import, and there are no files but its
    own."""
    place.start(VARLAKE_CRASH_AT="table-create")
    options = {"storeOptions": {"tsvStoreOptions": kind.layout.wire()}} if kind is Rows else {}
    answered = Annotator(place).omics.create_annotation_store(name="second", storeFormat="TSV"
        if kind is Rows else "GFF", tags={"a": "b"}, **options)
    died(place)
    place.start()
    user = Annotator(place)
    user.await_store("second")
    assert user.omics.get_annotation_store(name="second")["id"] == answered["id"]
    assert place.stop() == 0
    place.start(VARLAKE_CRASH_AT="table-create")
    user = Annotator(place)
    version = user.omics.create_annotation_store_version(name="second", versionName="later")
    died(place)
    place.start()
    user = Annotator(place)
    user.await_version("second", "later")
    assert user.omics.get_annotation_store_version(name="second", versionName="later")["id"] == version["id"]
    small = list(kind.files)[2]
    for table, more in (("second", {}), ("second__later", {"versionName": "later"})):
        done = user.load("second", f"s3://tmp/{small}", **more)
        assert done["status"] == "COMPLETED", done["statusMessage"]
        no_strays(place, table)
        each_row_once(place, bucket, {done["id"]: [small]}, table, kind=kind)
    assert files_of(place) == {location(place, table) for table in ("kept", "second", "second__later")}


@pytest.mark.parametrize("kind, busy", [(Rows, False), (Features, True)], indirect=["kind"], ids=["idle", "busy"])
def test_kill_while_a_version_is_deleted(place, bucket, kind, busy):
    """Its files are gone, its row is not: the deletion goes on, and takes nothing of the other version; with force
    also a running job."""
    place.start()
    user, (big, _, small) = Annotator(place), kind.files
    user.create_version("kept", "other", tags={"a": "b"})
    arn = user.omics.get_annotation_store_version(name="kept", versionName="other")["versionArn"]
    kept = user.load("kept", f"s3://tmp/{small}")["id"]
    user.load("kept", f"s3://tmp/{small}", versionName="other")
    assert place.stop() == 0
    place.start(VARLAKE_CRASH_AT="table-delete")
    user = Annotator(place)
    job = user.start("kept", f"s3://tmp/{big}", versionName="other") if busy else None
    user.omics.delete_annotation_store_versions(name="kept", versions=["other"], force=busy)
    died(place)
    place.start()
    user = Annotator(place)
    user.await_no_version("kept", "other")
    assert files_of(place) == {location(place)}
    with pytest.raises(user.omics.exceptions.ResourceNotFoundException):
        user.omics.list_tags_for_resource(resourceArn=arn)
    assert job is None or user.job(job)["status"] == "CANCELLED"
    no_strays(place)
    each_row_once(place, bucket, {kept: [small]}, kind=kind)
    user.create_version("kept", "other")  # the name is free
    again = user.load("kept", f"s3://tmp/{small}", versionName="other")
    no_strays(place, "kept__other")
    each_row_once(place, bucket, {again["id"]: [small]}, "kept__other", kind=kind)


@pytest.mark.parametrize("kind, point", [(Features, "table-delete"), (Rows, "table-delete:2"), (Rows, "store-delete")],
    indirect=["kind"])
def test_kill_while_a_store_of_two_versions_is_deleted(place, bucket, kind, point):
    place.start(VARLAKE_CRASH_AT=point)
    user, small = Annotator(place), list(kind.files)[2]
    user.create_version("kept", "other")
    for more in ({}, {"versionName": "other"}):
        assert user.load("kept", f"s3://tmp/{small}", **more)["status"] == "COMPLETED"
    user.omics.delete_annotation_store(name="kept", force=True)
    died(place)
    place.start()
    user = Annotator(place)
    user.await_no_store("kept")
    assert files_of(place) == set()
    kind.store(place)
    done = user.load("kept", f"s3://tmp/{small}")
    no_strays(place)
    each_row_once(place, bucket, {done["id"]: [small]}, kind=kind)


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


def in_progress(user: User, job: str) -> dict:
    def look():
        got = user.omics.get_variant_import_job(jobId=job)
        assert got["status"] not in servers.FINAL, "the job ended before the test could meddle: make it larger"
        return got if any(item["jobStatus"] == "IN_PROGRESS" for item in got["items"]) else None

    return until(look, pause=0.01)


@pytest.fixture(scope="module")
def large(bucket):
    made.big_vcf(bucket / "large.vcf", 600_000)
    return "s3://tmp/large.vcf"


ENDLESS = ["s3://tmp/large.vcf"] * 400  # of large: a job that takes any machine longer than
PATIENCE = 60  # seconds


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


def test_a_second_server_on_the_folder_is_refused(place):
    place.start()
    second = Server(place.data.parent, place.buckets)
    with pytest.raises(AssertionError, match="exit|said"):
        second.start()
    assert second.process.wait(120) == 1
    assert User(place).omics.list_variant_stores()["variantStores"]
