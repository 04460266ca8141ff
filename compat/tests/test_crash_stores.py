"""Kill the server while stores and versions are made and deleted, and beside readers of its catalog."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from annotation import Annotator
from crash import REF, Features, Rows, died, each_row_once, files_of, location, no_strays, sound, user_of
from crash import files, kind, place, prepared  # noqa: F401 (fixtures)
from server import Server, User, until


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


@pytest.mark.parametrize("kind", [Features, Rows], indirect=True)
def test_kill_while_a_version_is_made(place, bucket, kind):
    """The store's first version, and a later one: each becomes ACTIVE, takes an import, and there are no files but its
    own."""
    place.start(VARLAKE_CRASH_AT="table-create")
    options = {"storeOptions": {"tsvStoreOptions": kind.layout.wire()}} if kind is Rows else {}
    answered = Annotator(place).omics.create_annotation_store(
        name="second", storeFormat="TSV" if kind is Rows else "GFF", tags={"a": "b"}, **options)
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
    program = ("import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); "
               "print(*(name for name, in db.execute('SELECT table_name FROM iceberg_tables'))); db.close()")
    done = subprocess.run([sys.executable, "-c", program, server.data / "varlake.db"],
                          capture_output=True, text=True, check=True)
    return set(done.stdout.split())
