"""Servers that are killed: kinds of stores with files to import, and what must hold afterwards.

The fixtures are for the tests that import them: `place` is a server on a data folder with a store of the `kind`.
"""

from __future__ import annotations

import contextlib
import functools
import shutil
import signal
import sqlite3
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError

import annotation
import differential
import gff3
import made
import separated
import server as servers
from annotation import Annotator
from server import Server, User, until

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
        listed = user_of(server, User).omics.list_variant_import_jobs()["variantImportJobs"]
        assert [one["id"] for one in reversed(listed)] == list(answered)
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
        listed = user.omics.list_annotation_import_jobs(filter={"storeName": "kept"})["annotationImportJobs"]
        jobs = {one["id"]: [user.job(one["id"])["items"][0]["source"].removeprefix("s3://tmp/")] for one in listed}
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
        rows = (f"{name}\t{at + 1}\tACG\tT\t{cls.note}\t{at}\n" for at in range(records))
        return "chrom\tpos\tref\talt\tnote\tk\n" + "".join(rows)

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


@pytest.fixture(scope="module")
def large(bucket):
    made.big_vcf(bucket / "large.vcf", 600_000)
    return "s3://tmp/large.vcf"


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


def outcomes(server: Server, kind, jobs: dict[str, list[str]]) -> dict[str, str]:
    """How each file ended, by its name."""
    found = {}
    for job, names in jobs.items():
        done = kind.wait(server, job)
        found |= {name: item["jobStatus"] for name, item in zip(names, done["items"], strict=True)}
    return found


def cleaned(server: Server) -> bool:
    """No job has ended without its folder having been cleaned up."""
    with contextlib.closing(sqlite3.connect(f"file:{server.data / 'varlake.db'}?mode=ro", uri=True)) as db:
        return db.execute("SELECT count(*) FROM import_jobs WHERE cleaned = 0").fetchone() == (0,)


def files_of(server: Server) -> set[Path]:
    """The folders of all tables, whether a table is made of them or not."""
    return set((server.data / "tables").iterdir())


def in_progress(user: User, job: str) -> dict:
    def look():
        got = user.omics.get_variant_import_job(jobId=job)
        assert got["status"] not in servers.FINAL, "the job ended before the test could meddle: make it larger"
        return got if any(item["jobStatus"] == "IN_PROGRESS" for item in got["items"]) else None

    return until(look, pause=0.01)
