"""What a job reads is named for good: whichever process goes on with it reads the same file, or the job says why it
cannot."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import tarfile
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

import made
from annotation import Annotator
from server import BINARY, CORPUS, ROLE, Server, User, program, until

SOURCE = r"s3://([a-z0-9][a-z0-9-.]{1,61}[a-z0-9])/(.{1,1024})"  # of the service model
CHANGED = "The source has changed since the job was started; nothing of it was imported."
MID = 60_000  # records: several chunks
CONTIG = {"right": "chr_right", "wrong": "chr_wrong"}
GENES = "##gff-version 3\n" + "".join(f"{{0}}\t.\tgene\t{at + 1}\t{at + 9}\t.\t+\t.\tID=g{at};Note={'long ' * 300}\n"
                                      for at in range(2000))


class Folder:
    """A data folder that only commands work on, each in a process of its own, from a working directory of its own."""

    def __init__(self, path: Path):
        self.data = path / "data"

    def run(self, *arguments: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess:
        return subprocess.run([program(environment), *arguments, "--data", str(self.data)], capture_output=True,
                              text=True, timeout=120, cwd=cwd,
                              env={**os.environ, **environment})

    def ok(self, *arguments: str, cwd: Path | None = None) -> str:
        done = self.run(*arguments, cwd=cwd)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def killed(self, point: str, *arguments: str, cwd: Path | None = None) -> None:
        done = self.run(*arguments, cwd=cwd, VARLAKE_CRASH_AT=point)
        assert done.returncode == -signal.SIGKILL, (point, done.stderr)

    def jobs(self, kind: str = "variant") -> list[str]:
        """Their ids, oldest first."""
        listed = json.loads(self.ok("job", "list", "--kind", kind, "--json"))
        return [job["id"] for job in listed[f"{kind}ImportJobs"][::-1]]

    def job(self, job: str) -> dict:
        """How a job ended; the command that waits for it is what works on it."""
        return json.loads(self.run("job", "wait", "--json", job).stdout)

    def query(self, sql: str) -> list[dict]:
        return json.loads(self.ok("query", "--format", "json", sql))


@pytest.fixture
def folder(binary, corpus, tmp_path):
    one = Folder(tmp_path)
    one.ok("reference", "import", "--name", "ref", str(corpus / "reference" / "GRCh37.MT.fa"))
    one.ok("store", "create", "kept", "--reference", "ref")
    return one


@pytest.fixture
def folders(tmp_path):
    """Two folders with a file x.vcf each, of other rows."""
    for name, contig in CONTIG.items():
        (tmp_path / name).mkdir()
        made.big_vcf(tmp_path / name / "x.vcf", MID if name == "right" else 10, contig=contig)
        (tmp_path / name / "g.gff3").write_text(GENES.format(contig))
    return tmp_path / "right", tmp_path / "wrong"


POINTS = ["item-midfile", "item-before-finish", "item-after-finish", "finish-before-commit", "finish-after-metadata",
          "finish-after-commit"]


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_command_goes_on_with_its_own_file(folder, folders, point):
    """The next command names another file of the same name, in its own folder, with a name relative to that."""
    right, wrong = folders
    folder.killed(point, "import", "kept", "x.vcf", cwd=right)
    folder.ok("import", "kept", "x.vcf", cwd=wrong)
    first, second = folder.jobs()
    for job, place in ((first, right), (second, wrong)):
        done = folder.job(job)
        assert done["status"] == "COMPLETED", done
        assert done["items"][0]["source"] == f"s3://varlake-local{place}/x.vcf"
        assert re.fullmatch(SOURCE, done["items"][0]["source"])
    found = folder.query("SELECT importjobid AS job, contigname AS contig, count(*) AS n FROM kept GROUP BY 1, 2")
    assert {row["job"]: (row["contig"], row["n"]) for row in found} == {
        first: (CONTIG["right"], MID), second: (CONTIG["wrong"], 10)}
    shown = folder.ok("job", "get", first, cwd=wrong)
    assert f"\n{right}/x.vcf  COMPLETED: Imported {MID} records" in shown and "s3://" not in shown
    assert folder.run("check").stdout == ""


@pytest.mark.parametrize("more", [[], ["../wrong/x.vcf"]])
def test_an_unfinished_job_of_the_same_file_is_told(folder, folders, more):
    """An import that adds its rows besides, as it was told to, says so before it does."""
    right, _ = folders
    folder.killed("item-midfile", "import", "kept", "x.vcf", cwd=right)
    done = folder.run("import", "kept", "x.vcf", *more, "--again", cwd=right)
    first, second = folder.jobs()
    told = f"import job {first} of x.vcf is unfinished and goes on; this import adds the rows besides\n"
    hint = f"hint: to have the rows once, wait for that job in place of this command: varlake job wait {first}\n"
    assert done.returncode == 0 and done.stderr.startswith(told + ("" if more else hint)), done.stderr
    assert (hint in done.stderr) == (not more)
    assert "unfinished" not in folder.run("import", "kept", "../wrong/x.vcf", cwd=right).stderr
    assert folder.job(first)["status"] == folder.job(second)["status"] == "COMPLETED"


@pytest.mark.parametrize("goes_on", ["itself", "server"])
@pytest.mark.parametrize("point", ["item-midfile", "finish-after-commit"])
def test_a_killed_command_is_run_again(folder, folders, point, goes_on):
    """The rows are there once, whatever has ended the job meanwhile; the command tells how. A third one imports."""
    right, _ = folders
    folder.killed(point, "import", "kept", "x.vcf", cwd=right)
    if goes_on == "server":
        server = Server(folder.data.parent, {}).start()
        user = User(server)
        for job in user.omics.list_variant_import_jobs()["variantImportJobs"]:
            assert user.wait(job["id"])["status"] == "COMPLETED"
        assert server.stop() == 0
    done = folder.run("import", "kept", "x.vcf", "--print-id", cwd=right)
    job, = folder.jobs()
    assert (done.returncode, done.stdout) == (0, f"{job}\n"), done.stderr
    assert (f"import job {job} of x.vcf was begun by an earlier command that did not see its end: nothing else is "
            "imported; --again imports the rows once more\n") in done.stderr
    assert f"COMPLETED x.vcf: Imported {MID} records" in done.stderr
    assert folder.query("SELECT count(*) AS n FROM kept") == [{"n": MID}]
    folder.ok("import", "kept", "x.vcf", cwd=right)
    assert folder.query("SELECT count(*) AS n FROM kept") == [{"n": 2 * MID}]


def test_a_command_waits_for_another_that_is_killed(folder, folders, tmp_path):
    """An import begins when that of another command has ended, even by a kill; every file is there once."""
    right, wrong = folders
    records = 1_000_000
    made.big_vcf(tmp_path / "large.vcf", records, contig="large")
    command = [str(BINARY), "import", "--data", str(folder.data), "kept"]
    first = subprocess.Popen([*command, str(tmp_path / "large.vcf")], stderr=subprocess.DEVNULL)
    until(lambda: folder.jobs())  # this command asks the first one's server
    second = subprocess.Popen([*command, "x.vcf"], cwd=wrong, stderr=subprocess.PIPE, text=True)
    told = second.stderr.readline()
    assert told == f"waiting for another command that works on {folder.data} to end (process {first.pid})\n"
    assert first.poll() is None, "the first import ended before it could be killed: make it larger"
    first.kill()
    first.wait()
    words = second.communicate(timeout=120)[1]
    assert second.returncode == 0 and "unfinished" not in words, words
    assert folder.job(folder.jobs()[0])["status"] == "COMPLETED"
    found = folder.query("SELECT contigname AS contig, count(*) AS n FROM kept GROUP BY 1")
    assert {row["contig"]: row["n"] for row in found} == {"large": records, CONTIG["wrong"]: 10}


@pytest.mark.parametrize("write", [9, 12, 15])
def test_a_command_killed_after_a_write_of_the_state(folder, folders, write):
    """Wherever the command dies, there is no job, or it ends with its own rows."""
    right, wrong = folders
    done = folder.run("import", "kept", "x.vcf", cwd=right, VARLAKE_CRASH_AT=f"state-write:{write}")
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    for job in folder.jobs():
        assert folder.job(job)["status"] == "COMPLETED"
    found = folder.query("SELECT contigname AS contig, count(*) AS n FROM kept GROUP BY 1")
    assert found == [{"contig": CONTIG["right"], "n": MID}] * len(folder.jobs())


def replaced(path: Path) -> str:
    made.big_vcf(path, 10, contig="other")
    return f"{CHANGED} [{path}]"


def grown(path: Path) -> str:
    with open(path, "a") as out:
        out.write("\n")
    return f"{CHANGED} [{path}]"


def touched(path: Path) -> str:
    os.utime(path, ns=(1, 1))
    return f"{CHANGED} [{path}]"


def gone(path: Path) -> str:
    path.unlink()
    return f"{path}: not found"


def a_folder(path: Path) -> str:
    path.unlink()
    path.mkdir()
    return f"{path}: not found"


@pytest.mark.parametrize("change", [replaced, grown, touched, gone, a_folder])
def test_a_file_that_changed_meanwhile(folder, folders, change):
    """Nothing of the new file is taken, whoever goes on: here a server, that was told of no folder."""
    right, wrong = folders
    folder.killed("item-midfile", "import", "kept", "x.vcf", cwd=right)
    want = change(right / "x.vcf")
    server = Server(folder.data.parent, {}).start()
    user = User(server)
    listed, = user.omics.list_variant_import_jobs()["variantImportJobs"]
    done = user.wait(listed["id"])
    item, = done["items"]
    assert (done["status"], item["jobStatus"], item["statusMessage"]) == ("FAILED", "FAILED", want), done
    assert done["statusMessage"] == f"0 of 1 items imported. {want}"
    assert server.query("SELECT count(*) AS n FROM kept") == [{"n": 0}]
    assert server.stop() == 0


def test_a_server_goes_on_with_a_commands_file(folder, folders):
    """It may read the file of that job, and no other by such a name, whoever asks."""
    right, wrong = folders
    folder.killed("item-midfile", "import", "kept", "x.vcf", cwd=right)
    server = Server(folder.data.parent, {}).start()
    user = User(server)
    listed, = user.omics.list_variant_import_jobs()["variantImportJobs"]
    done = user.wait(listed["id"])
    assert done["status"] == "COMPLETED", done
    stolen = [done["items"][0]["source"], "s3://varlake-local/etc/passwd", f"s3://varlake-local{wrong}/x.vcf",
              "s3://varlake-local/0"]
    store = user.reference_store()
    for source in stolen:
        with pytest.raises(user.omics.exceptions.ValidationException, match="varlake-local"):
            user.start("kept", source)
        with pytest.raises(user.omics.exceptions.ValidationException, match="varlake-local"):
            user.omics.start_reference_import_job(referenceStoreId=store, roleArn=ROLE,
                                                  sources=[{"sourceFile": source, "name": "stolen"}])
    Annotator(server).create("stolen", "VCF")
    with pytest.raises(ClientError, match="varlake-local"):
        Annotator(server).start("stolen", stolen[0])
    assert server.stop() == 0
    with pytest.raises(AssertionError, match="exit"):
        Server(folder.data.parent, {"varlake-local": right}).start()


def test_annotations_and_references(folder, folders, tmp_path):
    right, wrong = folders
    folder.ok("annotation", "create", "genes", "--format", "gff")
    folder.killed("item-midfile", "annotation", "import", "genes", "g.gff3", cwd=right)
    folder.ok("annotation", "import", "genes", "g.gff3", cwd=wrong)
    first, second = folder.jobs("annotation")
    assert folder.job(first)["status"] == "COMPLETED"
    found = folder.query("SELECT importjobid AS job, seqid, count(*) AS n FROM genes GROUP BY 1, 2")
    assert {row["job"]: (row["seqid"], row["n"]) for row in found} == {
        first: (CONTIG["right"], 2000), second: (CONTIG["wrong"], 2000)}

    for place, base in ((right, "A"), (wrong, "C")):
        (place / "r.fa").write_text(">r\n" + base * 1000 + "\n")
    folder.killed("reference-midfile", "reference", "import", "r.fa", "--name", "first", cwd=right)
    folder.ok("reference", "import", "r.fa", "--name", "second", cwd=wrong)
    until(lambda: {"first", "second"} <= set(re.findall(r"\s(\w+)\s+ACTIVE", folder.ok("reference", "list"))))
    sums = dict(re.findall(r"\s(\w+)\s+ACTIVE\s+(\w+)", folder.ok("reference", "list")))
    md5 = {base: subprocess.run(["md5sum", place / "r.fa"], capture_output=True, text=True).stdout.split()[0]
           for place, base in ((right, "A"), (wrong, "C"))}
    assert (sums["first"], sums["second"]) == (md5["A"], md5["C"])

    folder.killed("reference-midfile", "reference", "import", "r.fa", "--name", "third", cwd=right)
    (right / "r.fa").write_text(">r\n" + "G" * 1000 + "\n")
    server = Server(folder.data.parent, {}).start()
    user = User(server)
    store = user.reference_store()
    job = user.omics.list_reference_import_jobs(referenceStoreId=store)["importJobs"][0]
    source, = user.wait_reference(store, job["id"])["sources"]
    # the model has room for 127 characters
    assert source["status"] == "FAILED" and source["statusMessage"].startswith(f"{CHANGED} [/"), source
    assert re.fullmatch(SOURCE, source["sourceFile"])
    assert server.stop() == 0


@pytest.fixture
def place(binary, corpus, tmp_path):
    """A folder with an ACTIVE store named `kept`, and no server running yet."""
    for name in CONTIG:
        (tmp_path / name).mkdir()
    server = Server(tmp_path, {"corpus": corpus, "tmp": tmp_path / "right"}, "--import-workers", "1").start()
    User(server).store("kept", "s3://corpus/reference/GRCh37.MT.fa")
    assert server.stop() == 0
    yield server
    if server.running:
        server.kill()


def crashed(server: Server, *sources: str) -> str:
    """A job whose server died while it read the files."""
    server.start(VARLAKE_CRASH_AT="item-midfile")
    job = User(server).start("kept", *sources)
    assert server.wait(120) == -signal.SIGKILL
    return job


def test_a_bucket_that_is_another_folder_now(place, tmp_path):
    made.big_vcf(tmp_path / "right" / "x.vcf", MID)
    made.big_vcf(tmp_path / "wrong" / "x.vcf", MID, contig="other")
    job = crashed(place, "s3://tmp/x.vcf")
    place.buckets["tmp"] = tmp_path / "wrong"
    place.start()
    item, = User(place).wait(job)["items"]
    assert (item["jobStatus"], item["statusMessage"]) == ("FAILED", f"{CHANGED} [s3://tmp/x.vcf]")


def test_a_command_leaves_what_only_the_server_can_read(place, tmp_path):
    """The server inside a command lacks the buckets that the killed one had: it does its own work, and the job
    waits."""
    made.big_vcf(tmp_path / "right" / "x.vcf", MID)
    job = crashed(place, "s3://tmp/x.vcf")
    made.big_vcf(tmp_path / "own.vcf", 10)
    done = place.command("import", "kept", str(tmp_path / "own.vcf"))
    assert done.returncode == 0, done.stderr
    waits = place.command("job", "wait", job)
    assert (waits.returncode == 1 and f"job {job} waits for a server" in waits.stderr
            and "s3://tmp/x.vcf" in waits.stderr)
    sound = place.command("check")
    assert (sound.returncode, sound.stdout) == (0, ""), sound.stdout
    place.start()
    assert User(place).wait(job)["status"] == "COMPLETED"
    assert place.query("SELECT count(*) AS n FROM kept") == [{"n": MID + 10}]


def state(server: Server, statement: str, *values) -> list[tuple]:
    with contextlib.closing(sqlite3.connect(server.data / "varlake.db")) as db, db:
        return db.execute(statement, values).fetchall()


def test_what_is_only_known_when_it_is_opened(place, tmp_path):
    """Of an object behind S3, Start asks nothing. Its identity is on disk before the first of its rows is."""
    made.big_vcf(tmp_path / "right" / "x.vcf", MID)
    job = crashed(place, "s3://tmp/x.vcf")
    (known,), = state(place, "SELECT pin FROM import_items WHERE job = ?", job)
    state(place, "UPDATE import_items SET pin = '' WHERE job = ?", job)
    place.start(may_die=True, VARLAKE_CRASH_AT="item-midfile")
    assert place.wait(120) == -signal.SIGKILL
    assert known and state(place, "SELECT pin FROM import_items WHERE job = ?", job) == [(known,)]
    os.utime(tmp_path / "right" / "x.vcf", ns=(1, 1))
    place.start()
    assert User(place).wait(job)["items"][0]["statusMessage"] == f"{CHANGED} [s3://tmp/x.vcf]"


def test_the_user_reads_the_users_path_once(place, tmp_path):
    """With a server and without one, in its bucket or not; also of files with names that no URI has."""
    names = {"bad.vcf": "right", "other.vcf": "wrong", "odd\nname.vcf": "wrong"}
    for name, where in names.items():
        (tmp_path / where / name).write_text("no VCF\n")
    place.start()
    for running in (True, False):
        if not running:
            assert place.stop() == 0
        for name, where in names.items():
            if running and "\n" in name:
                continue  # the copy in the uploads folder has the name: refused
            for path in (name, f"../{where}/{name}", str(tmp_path / where / name)):
                done = subprocess.run([str(BINARY), "import", "kept", path, "--data", str(place.data)],
                                      capture_output=True, text=True, cwd=tmp_path / where)
                # once for the file, once for the job
                assert done.returncode == 1 and done.stderr.count(path) == 2 and "s3://" not in done.stderr, done.stderr
                assert f"FAILED {path}: " in done.stderr
    listed = json.loads(subprocess.run([str(BINARY), "job", "list", "--json", "--data", str(place.data)],
                                       capture_output=True).stdout)
    for job in listed["variantImportJobs"]:
        got = json.loads(subprocess.run([str(BINARY), "job", "get", job["id"], "--json", "--data", str(place.data)],
                                        capture_output=True).stdout)
        assert re.fullmatch(SOURCE, got["items"][0]["source"]), got


def test_clean_restarts_are_no_attempts(place, tmp_path):
    """The server is stopped eight times while it reads a file, once killed, and then lets it be read to its end."""
    records = 400_000
    made.big_vcf(tmp_path / "right" / "large.vcf", records)
    place.start()
    job = User(place).start("kept", "s3://tmp/large.vcf")

    def begun(attempt: int) -> bool:
        found, = state(place, "SELECT attempt, status FROM import_items WHERE job = ?", job)
        assert found[1] in ("SUBMITTED", "IN_PROGRESS"), "the job ended before it could be stopped: make it larger"
        return found[0] == attempt

    for stop in range(8):
        until(lambda: begun(stop + 1), pause=0.01)
        assert place.stop() == 0
        place.start()
    until(lambda: begun(9), pause=0.01)
    place.kill()
    place.start()
    assert User(place).wait(job)["status"] == "COMPLETED"
    assert place.query("SELECT count(*) AS n FROM kept") == [{"n": records}]
    assert state(place, "SELECT attempt, crashes FROM import_items WHERE job = ?", job) == [(10, 1)]


def test_a_file_that_takes_the_server_down(place, tmp_path):
    made.big_vcf(tmp_path / "right" / "x.vcf", MID)
    job = crashed(place, "s3://tmp/x.vcf")
    for _ in range(4):
        place.start(may_die=True, VARLAKE_CRASH_AT="item-midfile")
        assert place.wait(120) == -signal.SIGKILL
    place.start()
    item, = User(place).wait(job)["items"]
    assert item["jobStatus"] == "FAILED" and item["statusMessage"].startswith("Gave up after 5 attempts: "), item
    assert User(place).load("kept", "s3://tmp/x.vcf")["status"] == "COMPLETED"


def test_a_folder_of_before(binary, tmp_path):
    """Jobs that ended with names of ended processes can be read; one that did not end is failed, with the reason."""
    archive = CORPUS.parent / "folders" / "2026-11.tar.gz"
    if not archive.exists():
        pytest.fail(f"no {archive}") if os.environ.get("CI") else pytest.skip(f"no {archive}")
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path, filter="data")
    shutil.move(tmp_path / "varlake-data", tmp_path / "data")
    folder = Folder(tmp_path)
    with contextlib.closing(sqlite3.connect(folder.data / "varlake.db")) as db, db:
        job, = db.execute("SELECT job FROM import_items WHERE source = 's3://local-0/bad.vcf'").fetchone()
        db.execute("UPDATE import_jobs SET status = 'IN_PROGRESS', completed = NULL WHERE id = ?", (job,))
        db.execute("UPDATE import_items SET status = 'IN_PROGRESS' WHERE job = ?", (job,))
    done = folder.job(job)
    assert done["status"] == "FAILED" and done["items"][0]["source"] == "s3://local-0/bad.vcf", done
    assert done["items"][0]["statusMessage"].startswith("The source cannot be found again: "), done
    for other in folder.jobs():
        assert "s3://local-0/" in folder.ok("job", "get", other)
