"""A data folder whose state is lost, cut off or another's: every command refuses and changes nothing; `varlake
recover` rebuilds it from the tables."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import time
from pathlib import Path

import pytest

import annotation
import made
from conftest import REFERENCE
from server import Server, User, until

TSV = {"annotationType": "CHR_POS", "formatToHeader": {"CHR": "c", "POS": "p"},
       "schema": [{"c": "STRING"}, {"p": "LONG"}, {"score": "DOUBLE"}]}
ROWS = {"one": 3_000, "two": 2_000, "genes": 500, "genes__later": 300, "scores": 40}


def gff(path: Path, rows: int) -> None:
    path.write_text("##gff-version 3\n" + "".join(f"1\tmade\tgene\t{at + 1}\t{at + 9}\t.\t+\t.\tID=g{at}\n"
                                                  for at in range(rows)))


@pytest.fixture(scope="module")
def whole(binary, corpus, bucket, tmp_path_factory):
    """A stopped folder of two variant stores, annotation stores of GFF (two versions) and TSV, and a reference."""
    made.big_vcf(bucket / "one.vcf", 2_000)
    made.big_vcf(bucket / "more.vcf", 1_000, contig="2")
    made.big_vcf(bucket / "two.vcf", 2_000)
    gff(bucket / "genes.gff3", 500)
    gff(bucket / "later.gff3", 300)
    (bucket / "scores.tsv").write_text("c\tp\tscore\n" + "".join(f"1\t{at + 1}\t0.5\n" for at in range(40)))
    server = Server(tmp_path_factory.mktemp("whole"), {"corpus": corpus, "tmp": bucket}).start()
    user, annotator = User(server), annotation.Annotator(server)
    user.store("one", REFERENCE)
    user.store("two", REFERENCE)
    annotator.create("genes", "GFF", description="of genes")
    annotator.create_version("genes", "later")
    annotator.create("scores", "TSV", TSV)
    jobs = [user.load("one", "s3://tmp/one.vcf"), user.load("one", "s3://tmp/more.vcf"),
            user.load("two", "s3://tmp/two.vcf"),
            annotator.load("genes", "s3://tmp/genes.gff3"),
            annotator.load("genes", "s3://tmp/later.gff3", versionName="later"),
            annotator.load("scores", "s3://tmp/scores.tsv")]
    assert {job["status"] for job in jobs} == {"COMPLETED"}, jobs
    server.stores = described(user)
    server.jobs = {job["id"] for job in jobs}
    assert server.stop() == 0
    return server


@pytest.fixture
def folder(whole, tmp_path):
    """The folder, to be damaged; afterwards it is as before."""
    shutil.copytree(whole.data, tmp_path / "original", symlinks=True)
    yield whole
    if whole.running:
        whole.kill()
    shutil.rmtree(whole.data)
    shutil.move(tmp_path / "original", whole.data)


def described(user: User) -> dict[str, dict]:
    """What the API says of the stores, versions and references, but for times of change and what shows nothing of
    them."""
    omics, found = user.omics, {}
    for name in ("one", "two"):
        found[name] = omics.get_variant_store(name=name)
    for name in ("genes", "scores"):
        found[name] = omics.get_annotation_store(name=name)
    for name, version in (("genes", "genes"), ("genes", "later"), ("scores", "scores")):
        found[f"{name} {version}"] = omics.get_annotation_store_version(name=name, versionName=version)
    store, = omics.list_reference_stores()["referenceStores"]
    reference, = omics.list_references(referenceStoreId=store["id"])["references"]
    found |= {"reference store": store,
              "reference": omics.get_reference_metadata(referenceStoreId=store["id"], id=reference["id"])}
    return {name: {key: value for key, value in answer.items() if key not in ("ResponseMetadata", "updateTime",
        "creationTime")} for name, answer in found.items()}


def fingerprint(data: Path) -> dict[str, str]:
    return {str(path.relative_to(data)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(data.rglob("*")) if path.is_file()}


def counts(server: Server) -> dict[str, int]:
    return {table: server.query(f"SELECT count(*) AS n FROM {table}")[0]["n"] for table in ROWS}


def state(server: Server) -> Path:
    return server.data / "varlake.db"


def gone(server):
    state(server).unlink()


def empty(server):
    state(server).write_bytes(b"")


def cut(server):
    state(server).write_bytes(state(server).read_bytes()[:-8192])


def cut_short(server):
    state(server).write_bytes(state(server).read_bytes()[:50])


def no_database(server):
    state(server).write_bytes(b"<html>" * 10_000)


def of_a_new_folder(server):
    (server.data.parent / "other").mkdir()
    other = Server(server.data.parent / "other", {}).start()
    assert other.stop() == 0
    shutil.copy(other.data / "varlake.db", state(server))
    shutil.rmtree(other.data.parent)


def new_without_identity(server):
    """As a server of before would have made it."""
    of_a_new_folder(server)
    with sqlite3.connect(state(server)) as db:
        assert db.execute("DELETE FROM settings WHERE key = 'folder'").rowcount == 1
    db.close()


@pytest.mark.parametrize("damage", [gone, empty, cut, cut_short, no_database, of_a_new_folder, new_without_identity])
def test_refuse_and_recover(folder, damage):
    damage(folder)
    before = fingerprint(folder.data)
    commands = [["serve", "--listen", "127.0.0.1:0"], ["check", "--orphans", "--remove"], ["query", "SELECT 1"],
                ["recover"]]
    if damage == gone:
        commands += [["check"], ["store", "list"], ["job", "list"], ["access-key", "list"],
                     ["import", "one", str(folder.buckets["tmp"] / "one.vcf")]]
    for command in commands:
        done = folder.command(*command)
        if command != ["recover"]:
            assert (done.returncode == 1 and "Nothing was changed" in done.stderr
                    and "varlake recover --data" in done.stderr), (command, done.stderr)
        else:
            assert done.returncode == 0 and "nothing was changed" in done.stderr, done.stderr
        assert {**fingerprint(folder.data), "lock": ""} == {**before, "lock": ""}, command
    credentials = (folder.data / "aws" / "credentials").read_bytes()
    done = folder.command("recover", "--yes")
    assert done.returncode == 0, done.stderr
    assert "note: " not in done.stderr, done.stderr
    assert ("variant store one of account 123456789012: 3000 rows" in done.stdout
            and "6 import jobs, 1 access keys" in done.stdout)
    assert (folder.data / "aws" / "credentials").read_bytes() == credentials
    if damage != gone:  # the old one is not thrown away
        away, = folder.data.glob("varlake.db.before-*")
        assert hashlib.sha256(away.read_bytes()).hexdigest() == before["varlake.db"]
    assert folder.command("recover", "--yes").returncode == 1  # it is whole now
    assert counts(folder) == ROWS
    if damage in (gone, of_a_new_folder):
        works(folder)


def works(server: Server) -> None:
    """Everything is as it was, sound, and takes new rows."""
    server.start()
    user, annotator = User(server), annotation.Annotator(server)
    assert described(user) == server.stores
    pages = user.omics.get_paginator("list_variant_import_jobs").paginate()
    jobs = {job["id"]: job for page in pages for job in page["variantImportJobs"]}
    jobs |= {job["id"]: job for job in user.omics.list_annotation_import_jobs()["annotationImportJobs"]}
    assert set(jobs) == server.jobs and {job["status"] for job in jobs.values()} == {"COMPLETED"}
    first = user.omics.get_variant_import_job(jobId=next(id for id, job in jobs.items()
                                                         if job.get("destinationName") == "one"))
    assert "Recovered" in first["statusMessage"]
    done = server.command("check", "--deep")
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr
    assert server.command("check", "--orphans").stdout == ""
    assert user.load("one", "s3://tmp/two.vcf", runLeftNormalization=False)["status"] == "COMPLETED"
    assert annotator.load("genes", "s3://tmp/genes.gff3", versionName="later")["status"] == "COMPLETED"
    assert annotator.load("scores", "s3://tmp/scores.tsv")["status"] == "COMPLETED"
    assert counts(server) == ROWS | {"one": 5_000, "genes__later": 800, "scores": 80}
    assert server.command("export", "one", "-o", str(server.data.parent / "out.vcf")).returncode == 0
    assert server.stop() == 0 and server.command("check").returncode == 0


@pytest.mark.parametrize("change", ["PRAGMA user_version = 99",
                                    "ALTER TABLE tables RENAME TO sheets; PRAGMA user_version = 99"])
def test_a_newer_state_is_left_to_the_newer_program(folder, change):
    with sqlite3.connect(state(folder)) as db:
        db.executescript(change)
    db.close()
    before = fingerprint(folder.data)
    for command in (["serve", "--listen", "127.0.0.1:0"], ["check"], ["query", "SELECT 1"], ["store", "list"],
                    ["import", "one", str(folder.buckets["tmp"] / "one.vcf")], ["recover"], ["recover", "--yes"],
                    ["recover", "--whole"], ["recover", "--whole", "--yes"]):
        done = folder.command(*command)
        assert done.returncode == 1 and not done.stdout, (command, done.stdout)
        assert "varlake.db was made by a newer varlake (its schema is version 99, this one reads up to " in done.stderr
        assert done.stderr.strip().endswith("): use that one"), (command, done.stderr)
        assert {**fingerprint(folder.data), "lock": ""} == {**before, "lock": ""}, command


def test_a_lost_log_is_no_damage(folder):
    """After a kill changes may be in varlake.db-wal alone. Without it the state is an earlier one, and as whole."""
    folder.start()
    folder.kill()
    for name in ("varlake.db-wal", "varlake.db-shm"):
        (folder.data / name).unlink(missing_ok=True)
    assert counts(folder) == ROWS
    folder.start()
    assert folder.stop() == 0


def test_another_folders_state(folder, corpus, bucket, tmp_path):
    """A state that has tables, but not these; and one of an older backup, which is the folder's own."""
    other = Server(tmp_path, {"corpus": corpus, "tmp": bucket}).start()
    User(other).store("kept", REFERENCE)
    assert other.stop() == 0
    backup = state(folder).read_bytes()
    shutil.copy(other.data / "varlake.db", state(folder))
    done = folder.command("store", "list")
    assert done.returncode == 1 and "is the state of another folder" in done.stderr
    (folder.data / "folder.id").unlink()
    done = folder.command("store", "list")
    assert done.returncode == 1 and "knows none of these tables" in done.stderr
    state(folder).write_bytes(backup)
    assert counts(folder) == ROWS and folder.command("store", "list").returncode == 0
    assert (folder.data / "folder.id").exists()


def put_back(server: Server, backup: bytes) -> None:
    for suffix in ("-wal", "-shm"):
        Path(f"{state(server)}{suffix}").unlink(missing_ok=True)
    state(server).write_bytes(backup)


@pytest.fixture
def older(folder):
    """The folder after two more imports into store one, with its varlake.db of before them, all files two days old.
    Gives the newer one."""
    backup = state(folder).read_bytes()
    folder.start()
    for _ in range(2):
        assert User(folder).load("one", "s3://tmp/two.vcf")["status"] == "COMPLETED"
    assert folder.stop() == 0
    newer = state(folder).read_bytes()
    put_back(folder, backup)
    for path in (folder.data / "tables").rglob("*"):
        os.utime(path, (time.time() - 48 * 3600,) * 2)
    return newer


def test_an_older_backup_loses_nothing(folder, older):
    """Nothing of what the newer state had is removed, by upkeep, restarts or commands, and all say what to do."""
    table = annotation.location(folder, "one")
    before = fingerprint(table)
    left = annotation.location(folder, "two") / "data" / "left"  # upkeep comes to it after store one
    left.write_bytes(b"x")
    os.utime(left, (time.time() - 48 * 3600,) * 2)
    served = Server(folder.data.parent, folder.buckets, "--upkeep", "on").start()
    try:
        until(lambda: not left.exists())
        refused = User(served).load("one", "s3://tmp/more.vcf")
        assert refused["status"] == "FAILED", refused
        assert "nothing is imported into the table until that is settled" in refused["statusMessage"], refused
    finally:
        served.kill()
    assert "the state is older than a table" in served.log.read_text()
    ways = "varlake recover --whole", "varlake check --orphans --remove --accept-older"
    for command in (["check"], ["check", "one"], ["check", "--orphans"], ["check", "--orphans", "--remove"]):
        done = folder.command(*command)
        words = done.stdout + done.stderr
        assert done.returncode == 1 and "one: tables/" in words and "2 imports that it has no record of" in words, words
        assert all(way in words for way in ways), words
    done = folder.command("compact", "one", "--all", "--expire")
    assert done.returncode == 1 and "the state is older than the table" in done.stderr, done.stderr
    after = fingerprint(table)
    assert {name: after.get(name) for name in before} == before
    put_back(folder, older)
    assert counts(folder) == ROWS | {"one": 7_000}
    done = folder.command("check", "--deep")
    assert (done.returncode, done.stdout) == (0, "")


def test_an_older_backup_is_replaced(folder, older):
    assert folder.command("recover", "--yes").returncode == 1  # it is whole
    done = folder.command("recover", "--whole", "--yes")
    assert done.returncode == 0 and "8 import jobs" in done.stdout, done.stdout + done.stderr
    assert counts(folder) == ROWS | {"one": 7_000}
    done = folder.command("check", "--deep")
    assert (done.returncode, done.stdout) == (0, "") and folder.command("check", "--orphans").stdout == ""


def test_an_older_backup_is_accepted(folder, older):
    """The imports after it are given up, for good."""
    assert folder.command("check", "--orphans", "--accept-older").returncode == 2
    done = folder.command("check", "--orphans", "--remove", "--accept-older")
    assert done.returncode == 0 and len(done.stdout.splitlines()) >= 8, done.stdout + done.stderr
    assert counts(folder) == ROWS
    done = folder.command("check", "--deep")
    assert (done.returncode, done.stdout) == (0, "") and folder.command("check", "--orphans").stdout == ""


def test_a_new_folder_is_none_to_recover(binary, tmp_path):
    """A first start that was killed before anything was there is no loss."""
    server = Server(tmp_path, {})
    server.data.mkdir()
    (server.data / "varlake.db").write_bytes(b"")
    done = server.command("recover", "--yes")
    assert done.returncode == 1 and "no data folder at" in done.stderr
    server.start()
    assert server.stop() == 0
    (server.data / "varlake.db").unlink()
    done = server.command("store", "list")
    assert done.returncode == 1 and "remove the folder, to begin anew" in done.stderr
    shutil.rmtree(server.data)
    server.start()
    assert server.stop() == 0


def forget(server: Server) -> None:
    """The tables and references say no more of themselves than those of before did."""
    with sqlite3.connect(state(server)) as db:
        assert db.execute("DELETE FROM settings WHERE key = 'described'").rowcount == 1
    db.close()
    for name in ROWS:
        table = server.table(name)
        with table.transaction() as change:
            change.remove_properties(*(key for key in table.properties if key.startswith("varlake.")))
    for path in server.data.glob("references/*/*/reference.json"):
        path.unlink()


def test_tables_of_before_say_what_they_are_after_one_start(folder):
    forget(folder)
    folder.start()
    assert folder.stop() == 0
    gone(folder)
    done = folder.command("recover", "--yes")
    assert done.returncode == 0 and "note: " not in done.stderr, done.stderr
    works(folder)


def test_tables_that_do_not_say_what_they_are(folder):
    """What their columns and folders tell is restored; the names can be given."""
    forget(folder)
    ids = {name: annotation.location(folder, name).name for name in ROWS}
    gone(folder)
    done = folder.command("recover", "--yes", "--name", f"{ids['one']}=one", "--name", f"{ids['scores']}=scores")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("does not say what it is") == len(ROWS) + 1, done.stderr
    names = {"one": "one", "two": "recovered_" + ids["two"], "genes": "recovered_" + ids["genes"], "scores": "scores",
             "genes__later": "recovered_" + ids["genes__later"]}
    for name, restored in names.items():
        assert folder.query(f"SELECT count(*) AS n FROM {restored}")[0]["n"] == ROWS[name]
    done = folder.command("check", "--deep")
    assert (done.returncode, done.stdout) == (0, ""), done.stdout


def test_a_moved_folder_is_recovered_where_it_is(folder, tmp_path):
    there = Server(tmp_path, folder.buckets)
    shutil.copytree(folder.data, there.data)
    before = fingerprint(folder.data)
    gone(there)
    done = there.command("recover", "--yes")
    assert done.returncode == 0 and "note: " not in done.stderr, done.stderr
    assert counts(there) == ROWS
    there.start()
    assert User(there).load("one", "s3://tmp/two.vcf")["status"] == "COMPLETED"
    assert there.stop() == 0 and there.command("check").returncode == 0
    assert counts(there)["one"] == 5_000 and fingerprint(folder.data) == before


def test_the_newest_whole_metadata_counts(folder):
    """Of a table whose newest snapshot is not whole the one before is restored, and that is said."""
    table = annotation.location(folder, "one")
    newest = max(table.glob("metadata/*.metadata.json"),
                 key=lambda path: json.loads(path.read_text())["last-sequence-number"])
    lists = [snapshot["manifest-list"] for snapshot in json.loads(newest.read_text())["snapshots"]]
    Path(lists[-1].removeprefix("file://")).unlink()
    gone(folder)
    done = folder.command("recover", "--yes")
    assert done.returncode == 0 and "was passed over" in done.stderr and newest.name in done.stderr, done.stderr
    assert "variant store one of account 123456789012: 2000 rows" in done.stdout
    assert counts(folder) == ROWS | {"one": 2_000}
