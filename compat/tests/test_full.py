"""A data folder on a disk that is full or read-only: what only reads works without a server; /readyz tells of a server
that cannot write."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest

import made
from conftest import REFERENCE
from server import Server, User, until

ROWS = 2_000


def mount(*arguments: str) -> None:
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"a file system cannot be mounted here: {done.stderr.strip()}")


@pytest.fixture(scope="module")
def disk(tmp_path_factory):
    """A file system of 64 MiB."""
    path = tmp_path_factory.mktemp("disk")
    mount("-t", "tmpfs", "-o", "size=64m", "tmpfs", str(path))
    yield path
    subprocess.run(["umount", "--lazy", str(path)], check=True)


@pytest.fixture(scope="module")
def folder(binary, corpus, bucket, disk):
    """A stopped server's folder on it, with one store."""
    made.big_vcf(bucket / "a.vcf", ROWS)
    server = Server(disk, {"corpus": corpus, "tmp": bucket}).start()
    user = User(server)
    user.store("kept", REFERENCE)
    assert user.load("kept", "s3://tmp/a.vcf")["status"] == "COMPLETED"
    assert server.stop() == 0
    return server


@contextlib.contextmanager
def filled(disk: Path):
    """While there is no room, not even for a byte of an empty file."""
    filler = disk / "filler"
    with open(filler, "wb", buffering=0) as out, contextlib.suppress(OSError):
        while True:
            out.write(bytes(1 << 12))
    with pytest.raises(OSError):
        (disk / "one").write_bytes(b"1")
    (disk / "one").unlink(missing_ok=True)
    try:
        yield
    finally:
        filler.unlink()


@contextlib.contextmanager
def read_only(disk: Path):
    mount("-o", "remount,ro", str(disk))
    try:
        yield
    finally:
        mount("-o", "remount,rw", str(disk))


@contextlib.contextmanager
def bound_read_only(disk: Path):
    """The folder alone is read-only, as a container's volume is."""
    data = str(disk / "data")
    mount("--bind", data, data)
    try:
        mount("-o", "remount,bind,ro", data)
        yield
    finally:
        subprocess.run(["umount", data], check=True)


def listing(folder: Server) -> list[tuple]:
    return sorted((str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in folder.data.rglob("*"))


def reads(folder: Server, elsewhere: Path) -> None:
    """Every command that reads, and what those say that write; nothing changes."""
    before = listing(folder)
    out = elsewhere / "out.vcf"
    for command in (["query", "SELECT count(*) FROM kept"],
                    ["query", "SELECT start FROM kept ORDER BY referenceallele, start DESC"], ["job", "list"],
                    ["store", "list"], ["store", "get", "kept"], ["reference", "list"], ["annotation", "list"],
                    ["share", "list"], ["access-key", "list"],
                    ["env"], ["check"], ["check", "--deep"], ["check", "--orphans"],
                    ["export", "kept", "-o", str(out)]):
        done = folder.command(*command)
        assert done.returncode == 0, (command, done.stderr)
    jobs = json.loads(folder.command("job", "list", "--json").stdout)["variantImportJobs"]
    assert folder.command("job", "get", jobs[0]["id"]).returncode == 0
    assert folder.query("SELECT count(*) AS n FROM kept") == [{"n": ROWS}]
    assert sum(not line.startswith("#") for line in out.read_text().splitlines()) == ROWS
    for command in (["import", "kept", str(folder.buckets["tmp"] / "a.vcf")], ["store", "delete", "kept", "--force"],
                    ["check", "--orphans", "--remove"],
                    ["compact"], ["access-key", "create", "--name", "other"], ["serve", "--listen", "127.0.0.1:0"],
                    ["relocate"],
                    ["relocate", "--to", "/elsewhere"], ["annotation", "create", "genes", "--format", "gff"]):
        done = folder.command(*command)
        assert done.returncode == 1, (command, done.stdout, done.stderr)
        assert re.fullmatch(rf"varlake: nothing can be written in {folder.data}: (no space left on device; make room on its disk|read-only file system; "
                            r"mount it for writing, or work on a copy of the folder) \(commands that only read work as it is\)\n", done.stderr), (command, done.stderr)
    recovered = folder.command("recover", "--whole", "--yes")
    assert recovered.returncode == 1 and f"write the new state: nothing can be written in {folder.data}: " in recovered.stderr
    assert listing(folder) == before
    # what cannot be written is the export, nothing else
    onto = folder.command("export", "kept", "-o", str(folder.data / "out.vcf"))
    assert onto.returncode == 1 and re.fullmatch(
        rf"varlake: write {folder.data}/out.vcf: (no space left on device|read-only file system)\n", onto.stderr), onto


def test_a_new_folder_on_a_full_disk(binary, disk):
    """Nothing can be begun there, and a second command says the same."""
    new = Server(disk / "new", {})
    (disk / "new").mkdir()
    (disk / "ref.fa").write_text(">1\nACGT\n")
    with filled(disk):
        for command in (["serve", "--listen", "127.0.0.1:0"], ["reference", "import", str(disk / "ref.fa")],
                        ["annotation", "create", "genes", "--format", "gff"]):
            done = new.command(*command)
            assert (done.returncode == 1 and "no space left on device; make room on its disk" in done.stderr
                    and done.stderr.count("\n") == 1), (command, done)
    assert new.command("annotation", "create", "genes", "--format", "gff").returncode == 0


@pytest.mark.parametrize("state", [filled, read_only, bound_read_only])
def test_what_reads_works(folder, disk, tmp_path, state):
    with state(disk):
        reads(folder, tmp_path)


@pytest.mark.parametrize("state", [filled, read_only, bound_read_only])
def test_after_a_kill(folder, disk, tmp_path, state):
    """What the state has in its log alone is read too."""
    folder.start()
    assert folder.command("access-key", "create", "--name", f"of{state.__name__}").returncode == 0
    folder.kill()
    assert (folder.data / "varlake.db-wal").stat().st_size > 0
    with state(disk):
        assert f"of{state.__name__}" in folder.command("access-key", "list").stdout
        assert folder.query("SELECT count(*) AS n FROM kept") == [{"n": ROWS}]
        assert folder.command("store", "get", "kept").returncode == 0
    folder.start()
    assert folder.stop() == 0


def probe(server: Server, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(server.endpoint + path, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode()


def becomes(server: Server, status: int, words: str) -> None:
    """/readyz answers so before long, /healthz is well throughout, and no file is left."""
    def so() -> bool:
        answered, text = probe(server, "/readyz")
        return answered == status and words in text

    until(so)
    assert probe(server, "/healthz") == (200, "ok\n")
    assert not list(server.data.glob(".ready*"))


def test_ready(folder, disk):
    folder.start()
    try:
        becomes(folder, 200, "ok")
        with filled(disk):
            becomes(folder, 503, "no space left on device")
            refused = folder.command("annotation", "create", "genes_full", "--format", "gff")
            assert (refused.returncode == 1 and "An internal error has occurred: the disk" in refused.stderr
                    and "full (writing the state)" in refused.stderr), refused
        becomes(folder, 200, "ok")
        database = folder.data / "varlake.db"
        database.rename(disk / "away.db")
        becomes(folder, 503, "varlake.db is not there any more")
        (disk / "away.db").rename(database)
        becomes(folder, 200, "ok")
        log = folder.data / "varlake.db-wal"
        log.rename(disk / "away")
        becomes(folder, 503, "varlake.db-wal is not there any more")
        (disk / "away").rename(log)
        becomes(folder, 200, "ok")
        folder.data.rename(disk / "moved")
        becomes(folder, 503, "the data folder is not there any more")
        folder.data.mkdir()
        becomes(folder, 503, "the data folder was replaced by another")
        folder.data.rmdir()
        (disk / "moved").rename(folder.data)
        becomes(folder, 200, "ok")
        for _ in range(20):
            assert probe(folder, "/readyz")[0] == 200
    finally:
        assert folder.stop() == 0


def test_ready_on_a_read_only_folder(folder, disk):
    folder.start()
    with bound_read_only(disk):
        becomes(folder, 503, "read-only file system")
    becomes(folder, 200, "ok")
    assert folder.stop() == 0
