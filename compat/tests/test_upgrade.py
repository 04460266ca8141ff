"""A data folder of a state with two kinds of each (stores, versions, queue jobs) is served by this one, in place and
after a move."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import made
from annotation import Annotator
from backup import HOME, answers, iceberg, ok
from server import Server, User, until

ACCOUNT = "123456789012"
GENES = [{"gene": "AAA", "start": 1000, "end": 5000}, {"gene": "BBB", "start": 7000, "end": 9000}]


def as_its_readme_says(server: Server) -> None:
    answers(server)
    assert server.query('SELECT gene, start, "end" FROM genes ORDER BY gene') == GENES
    assert server.query("SELECT gene FROM genes__second") == [{"gene": "CCC"}]


def test_upgraded_in_place_and_moved(unpack, tmp_path):
    server = unpack("old")
    server.start()
    user = Annotator(server)
    shares = user.omics.list_shares(resourceOwner="SELF")["shares"]
    assert [(one["principalSubscriber"], one["status"], one["resourceArn"].split(":")[-1]) for one in shares] == [
        ("210987654321", "PENDING", "annotationStore/clinvar")]
    listed = [[one["name"] for one in call()[key]] for call, key in (
        (user.omics.list_variant_stores, "variantStores"), (user.omics.list_annotation_stores, "annotationStores"))]
    assert listed == [["annotated", "cohort"], ["genes", "clinvar"]]
    sizes = {one["versionName"]: one["versionSizeBytes"]
             for one in user.omics.list_annotation_store_versions(name="genes")["annotationStoreVersions"]}
    assert sizes == {"second": 1009, "genes": 1108}
    assert user.omics.get_annotation_store(name="genes")["storeSizeBytes"] == 2117
    assert server.stop() == 0
    as_its_readme_says(server)
    os.rename(tmp_path / "old", tmp_path / "moved")
    moved = Server(tmp_path / "moved", {})
    as_its_readme_says(moved)
    ok(moved, "relocate")
    iceberg(moved)  # other engines: cohort as it was before the compaction, too
    worked_on(moved, tmp_path)


def test_upgraded_where_it_is(unpack, tmp_path):
    """What is done after a move is done without one as well."""
    worked_on(unpack("old"), tmp_path)


def worked_on(server: Server, tmp_path: Path) -> None:
    """Exports what is there, compacts, exports the same, imports into stores of both kinds and checks all of it."""
    exported = {store: ok(server, "export", store) for store in ("cohort", "annotated", "clinvar")}
    assert [text.startswith("##fileformat=VCF") for text in exported.values()] == [True] * 3
    ok(server, "compact", "--all")
    assert {store: ok(server, "export", store) for store in exported} == exported
    as_its_readme_says(server)
    made.big_vcf(tmp_path / "more.vcf", 500)
    (tmp_path / "genes.tsv").write_text("chrom\tstart\tend\tgene\nchr1\t1\t2\tDDD\n")
    rows = server.query("SELECT count(*) AS n FROM cohort")[0]["n"]
    ok(server, "import", "cohort", str(tmp_path / "more.vcf"))
    ok(server, "annotation", "import", "genes", str(tmp_path / "genes.tsv"), "--version", "second")
    ok(server, "compact", "--all")
    assert server.query("SELECT count(*) AS n FROM cohort")[0]["n"] == rows + 500
    assert ok(server, "export", "cohort").count("\n") > exported["cohort"].count("\n")
    assert server.query("SELECT count(*) AS n FROM genes__second") == [{"n": 2}]
    ok(server, "check", "--deep")


def test_what_was_queued_before_is_worked_after(unpack, tmp_path):
    """Tables of both kinds that are to be made and removed, and an import: each in the queue as a server of before
    left it."""
    server = unpack("old")
    server.buckets["tmp"] = tmp_path
    made.big_vcf(tmp_path / "late.vcf", 300)
    with sqlite3.connect(server.data / "varlake.db") as db:
        # in the queue's defaults; Python's SQLite may be older, and its text is as good
        db.create_function("jsonb", 1, str)
        queue_work(db, server.data / "tables")
    db.close()
    server.start()
    user = Annotator(server)
    until(lambda: user.omics.get_variant_store(name="made")["status"] == "ACTIVE")
    user.await_version("genes", "later")
    user.await_no_version("genes", "gone")
    user.await_no_store("gone")
    until(lambda: {one["name"] for one in user.omics.list_variant_stores()["variantStores"]} == {"cohort", "annotated",
        "made"})
    assert User(server).wait("00000000-0000-4000-8000-000000000001")["status"] == "COMPLETED"
    assert User(server).load("made", "s3://tmp/late.vcf")["status"] == "COMPLETED"
    assert server.stop() == 0
    assert server.query("SELECT (SELECT count(*) FROM cohort) AS cohort, (SELECT count(*) FROM made) AS made, (SELECT count(*) FROM genes__later) AS later") == [
        {"cohort": 3000, "made": 300, "later": 0}]
    ok(server, "check", "--deep")
    left = {path.name for path in (server.data / "tables").iterdir()}
    assert {"00000000000a", "00000000000b"} < left and not {"00000000000c", "00000000000d", "00000000000e"} & left


def queue_work(db: sqlite3.Connection, tables: Path) -> None:
    now, reference = 1795976100000000, db.execute("SELECT reference, reference_arn FROM variant_stores").fetchone()
    stores, versions = ("variant_stores",
        "id, account, name, arn, reference, reference_arn, description, status, location, created, updated"), (
        "annotation_versions", "id, store, name, arn, description, table_name, location, status, created, updated")
    genes = db.execute("SELECT id FROM annotation_stores WHERE name = 'genes'").fetchone()[0]

    def insert(table: str, columns: str, *values) -> None:
        db.execute(f"INSERT INTO {table} ({columns}) VALUES ({', '.join('?' * len(values))})", values)

    def store(of: str, name: str, status: str) -> None:
        insert(*stores, of, ACCOUNT, name, f"arn:aws:omics:us-east-1:{ACCOUNT}:variantStore/{name}", *reference, "",
               status, f"{HOME}/tables/{of}", now, now)

    def version(of: str, above: str, name: str, table: str, status: str) -> None:
        insert(*versions, of, above, name, f"arn:aws:omics:us-east-1:{ACCOUNT}:annotationStore/x/version/{of}", "",
               table, f"{HOME}/tables/{of}", status, now, now)

    store("00000000000a", "made", "CREATING")
    store("00000000000c", "gone", "DELETING")
    version("00000000000b", genes, "later", "genes__later", "CREATING")
    version("00000000000d", genes, "gone", "genes__gone", "DELETING")
    insert("annotation_stores", "id, account, name, arn, reference_arn, description, format, status, created, updated",
           "00000000000f", ACCOUNT, "gone", f"arn:aws:omics:us-east-1:{ACCOUNT}:annotationStore/gone", "", "", "GFF",
           "DELETING", now, now)
    version("00000000000e", "00000000000f", "gone", "gone", "DELETING")
    for of in ("c", "d", "e"):
        (tables / f"00000000000{of}").mkdir()
        (tables / f"00000000000{of}" / "file").write_text("of a table that goes")
    job = "00000000-0000-4000-8000-000000000001"
    db.execute("""INSERT INTO import_jobs (id, account, store, store_name, location, role_arn, normalize, status, created, updated, namespace, table_name)
        SELECT ?, account, id, name, location, 'arn:aws:iam::123456789012:role/r', 0, 'IN_PROGRESS', ?, ?, 'variant_' || account || '_' || id, name
        FROM variant_stores WHERE name = 'cohort'""", (job, now, now))
    insert("import_items", "job, item, source, status, attempt", job, 0, "s3://tmp/late.vcf", "IN_PROGRESS", 1)
    for kind, queue, state, args in (
        ("create_store", "control", "running", '{"store_id":"00000000000a"}'),
        ("delete_store", "control", "available", '{"store_id":"00000000000c"}'),
        ("create_version", "control", "retryable", '{"version_id":"00000000000b"}'),
        ("delete_version", "control", "running", '{"version_id":"00000000000d"}'),
        ("delete_annotation_store", "control", "scheduled", '{"store_id":"00000000000f"}'),
        ("import_item", "import", "running", f'{{"job_id":"{job}","item":0}}'),
    ):
        db.execute("INSERT INTO river_job (kind, queue, state, args, attempt) VALUES (?, ?, ?, ?, 1)",
                   (kind, queue, state, args))
