"""What cannot get better fails a job or a store with the reason; what may get better says what it waits for and since
when, and goes on."""

from __future__ import annotations

import contextlib
import re
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

import annotation
import made
from conftest import REFERENCE
from server import Server, User, until

ROWS = 1_000
WAITING = r"Waiting since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ: the disk is full \(\w+ tables/"


@pytest.fixture(scope="module")
def server(binary, corpus, bucket, tmp_path_factory):
    made.big_vcf(bucket / "a.vcf", ROWS)
    one = Server(tmp_path_factory.mktemp("server"), {"corpus": corpus, "tmp": bucket}).start()
    yield one
    assert one.stop() == 0, one.tail()


@pytest.fixture(scope="module")
def user(server):
    user = User(server)
    for name in ("kept", "other"):
        user.store(name, REFERENCE)
    return user


def load(user: User, store: str = "kept") -> dict:
    """An import that ends soon, whatever becomes of it."""
    return user.wait(user.start(store, "s3://tmp/a.vcf"))


def state(server: Server, statement: str, *values: str) -> None:
    with contextlib.closing(sqlite3.connect(server.data / "varlake.db")) as db, db:
        assert db.execute(statement, values).rowcount == 1


def no_files_of(server: Server, store: str, job: str) -> None:
    until(lambda: not any(job in path.parts for path in annotation.data_files(server, store)))


def metadata(server: Server, store: str = "kept") -> Path:
    """The table's current metadata file."""
    return Path(annotation.table_of(server, store).metadata_location.removeprefix("file://"))


def test_missing_metadata(server, user):
    assert load(user)["status"] == "COMPLETED"
    path = metadata(server)
    away = path.rename(server.data / "away.json")
    failed = [load(user), load(user)]
    assert load(user, "other")["status"] == "COMPLETED"
    away.rename(path)
    for job in failed:
        assert job["status"] == "FAILED"
        name = path.relative_to(server.data)
        assert job["statusMessage"] == f"Nothing was imported: {name}: no such file or directory."
        assert {item["jobStatus"] for item in job["items"]} == {"FAILED"}
        no_files_of(server, "kept", job["id"])
    assert load(user)["status"] == "COMPLETED"
    assert server.query("SELECT count(*) AS n FROM kept") == [{"n": 2 * ROWS}]


def manifest_list(server: Server) -> Path:
    return Path(annotation.table_of(server, "kept").current_snapshot().manifest_list.removeprefix("file://"))


@pytest.mark.parametrize("which", [metadata, manifest_list])
def test_damaged_metadata(server, user, which):
    assert load(user)["status"] == "COMPLETED"
    path = which(server)
    whole = path.read_bytes()
    path.write_bytes(whole[:len(whole) // 2])
    job = load(user)
    path.write_bytes(whole)
    assert job["status"] == "FAILED" and str(path.relative_to(server.data)) in job["statusMessage"], job
    assert not re.search(r"(^|\s)/", job["statusMessage"]), job
    assert load(user)["status"] == "COMPLETED"


def test_a_table_outside_of_the_folder(server, user):
    path = metadata(server, "other")
    location = annotation.table_of(server, "other").metadata_location
    swap = "UPDATE iceberg_tables SET metadata_location = ? WHERE metadata_location = ?"
    state(server, swap, "file:///elsewhere/tables/x/metadata/00000.metadata.json", location)
    job = load(user, "other")
    state(server, swap, location, "file:///elsewhere/tables/x/metadata/00000.metadata.json")
    assert (job["status"], job["statusMessage"]) == ("FAILED",
        "Nothing was imported: the table is outside of the data folder and is not touched; "
                                                     "the server's log has its place.")
    assert load(user, "other")["status"] == "COMPLETED"
    folder = str(path.parent.parent)
    move = "UPDATE tables SET location = ? WHERE location = ?"
    state(server, move, "/elsewhere/tables/x", folder)
    job = load(user, "other")
    state(server, move, folder, "/elsewhere/tables/x")
    assert job["status"] == "FAILED" and "outside of the data folder" in job["items"][0]["statusMessage"], job
    assert load(user, "other")["status"] == "COMPLETED"


def test_a_store_without_files_is_deleted(server, user):
    user.store("emptied", REFERENCE)
    shutil.rmtree(annotation.location(server, "emptied"))
    user.omics.delete_variant_store(name="emptied")
    until(lambda: "emptied" not in {store["name"] for store in user.omics.list_variant_stores()["variantStores"]})


@contextlib.contextmanager
def full(folder: Path):
    """A full file system in place of the folder, with what is in it. It gives what makes room there."""
    kept = folder.with_name("kept-aside")
    shutil.copytree(folder, kept)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(folder)],
                          capture_output=True, text=True)
    if done.returncode:
        shutil.rmtree(kept)
        pytest.skip(f"a file system cannot be mounted here: {done.stderr.strip()}")
    try:
        shutil.copytree(kept, folder, dirs_exist_ok=True)
        filler = folder / "filler"
        with open(filler, "wb", buffering=0) as out, contextlib.suppress(OSError):
            while True:
                out.write(bytes(1 << 12))
        yield filler.unlink
        shutil.copytree(folder, kept, dirs_exist_ok=True)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
        shutil.copytree(kept, folder, dirs_exist_ok=True)
        shutil.rmtree(kept)


def test_a_commit_waits_for_room(server, user):
    before = server.query("SELECT count(*) AS n FROM kept")[0]["n"]
    with full(metadata(server).parent) as make_room:
        job = user.start("kept", "s3://tmp/a.vcf")
        get = lambda: user.omics.get_variant_import_job(jobId=job)
        until(lambda: re.match(WAITING, get().get("statusMessage", "")))
        assert get()["status"] == "IN_PROGRESS"
        since = get()["statusMessage"].split()[2]
        assert re.search(rf"^message +Waiting since {since} the disk is full", server.command("job", "get", job).stdout,
                         re.M)
        assert load(user, "other")["status"] == "COMPLETED"
        assert get()["statusMessage"].split()[2] == since
        make_room()
        done = user.wait(job)
        assert done["status"] == "COMPLETED", done
        assert done["statusMessage"].startswith("1 of 1 items imported. Contigs not in the store's reference: "), done
    assert server.query("SELECT count(*) AS n FROM kept") == [{"n": before + ROWS}]
    assert server.command("check").returncode == 0


def test_stores_wait_for_room(server, user):
    omics, tables = user.omics, server.data / "tables"
    with full(tables) as make_room:
        arn = omics.get_variant_store(name="kept")["reference"]["referenceArn"]
        omics.create_variant_store(name="roomless", reference={"referenceArn": arn})
        omics.create_annotation_store(name="notes", storeFormat="GFF", versionName="first")
        looks = [lambda: omics.get_variant_store(name="roomless"), lambda: omics.get_annotation_store(name="notes"),
                 lambda: omics.get_annotation_store_version(name="notes", versionName="first")]
        for look in looks:
            until(lambda: re.match(WAITING, look()["statusMessage"]))
            assert look()["status"] == "CREATING"
        make_room()
        for look in looks:
            until(lambda: look()["status"] == "ACTIVE")
            assert look()["statusMessage"] == ""
