"""Versions of an annotation store: tables side by side, and what deleting one, or the store, takes away."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import annotation
import gff3
import separated
import server as servers
from annotation import Annotator
from separated import Layout
from server import until

GENES = Layout("CHR_POS", {"chrom": "STRING", "pos": "LONG", "gene": "STRING"}, {"CHR": "chrom", "POS": "pos"})
SCORES = Layout("CHR_START_END_ZERO_BASE", {"contig": "STRING", "first": "INT", "last": "INT", "score": "DOUBLE"},
                {"CHR": "contig", "START": "first", "END": "last"})
GENE_FILE = b"chrom\tpos\tgene\tnote\n" + b"".join(b"chr1\t%d\tg%d\t\n" % (n, n) for n in range(1, 30))
SCORE_FILE = b"contig\tfirst\tlast\tscore\n" + b"".join(b"chr2\t%d\t%d\t0.%d\n" % (n, n + 5, n) for n in range(20))


@pytest.fixture(scope="module")
def server(binary, corpus, bucket, tmp_path_factory):
    (bucket / "genes.tsv").write_bytes(GENE_FILE)
    (bucket / "scores.tsv").write_bytes(SCORE_FILE)
    with open(bucket / "large.tsv", "wb") as out:  # takes long enough to meddle with
        out.write(b"chrom\tpos\tgene\n")
        block = b"".join(b"chr1\t%d\tgene of number %d\n" % (n, n * 7919) for n in range(1, 100_001))
        for _ in range(30):
            out.write(block)
    one = servers.Server(tmp_path_factory.mktemp("versions"), {"corpus": corpus, "tmp": bucket},
                         *annotation.QUOTAS).start()
    yield one
    assert one.stop() == 0, f"the server's last words:\n{one.tail()}"


@pytest.fixture(scope="module")
def user(server):
    return Annotator(server)


@pytest.fixture(scope="module")
def omics(user):
    return user.omics


def good(done: dict) -> str:
    assert done["status"] == "COMPLETED", done["statusMessage"]
    return done["id"]


def holds(server, table: str, job: str, layout: Layout, data: bytes) -> None:
    annotation.check(server, table, job, separated.rows(data, layout), layout.shape())


def tables(server, user, store: str) -> set[str]:
    """In the catalog, by PyIceberg."""
    got = user.omics.get_annotation_store(name=store)
    account = got["storeArn"].split(":")[4]
    return {name for _, name in server.catalog.list_tables(f"annotation_{account}_{got['id']}")}


def tags(omics, arn: str) -> dict:
    return omics.list_tags_for_resource(resourceArn=arn)["tags"]


def folders(server) -> set[Path]:
    return set((server.data / "tables").iterdir())


def test_two_schemas_side_by_side(server, user, omics):
    """Each import goes where it should, each table has its own columns, and deleting one version leaves the other."""
    user.create("pair", "TSV", GENES.wire())
    made = omics.create_annotation_store_version(name="pair", versionName="scores",
        versionOptions={"tsvVersionOptions": SCORES.wire()}, tags={"a": "1"}, description="second")
    assert (made["name"], made["versionName"], made["status"]) == ("pair", "scores", "CREATING")
    user.await_version("pair", "scores")
    default, named, second = (good(user.load("pair", f"s3://tmp/{file}", **more)) for file, more in [
        ("genes.tsv", {}), ("genes.tsv", {"versionName": "pair"}), ("scores.tsv", {"versionName": "scores"})])
    assert tables(server, user, "pair") == {"pair", "pair__scores"}
    for job in (default, named):
        holds(server, "pair", job, GENES, GENE_FILE)
    holds(server, "pair__scores", second, SCORES, SCORE_FILE)
    assert server.query("SELECT count(*) AS n FROM pair") == [{"n": 58}]
    assert server.query("SELECT count(*) AS n FROM pair__scores") == [{"n": 20}]
    assert [user.job(job)["versionName"] for job in (default, named, second)] == ["pair", "pair", "scores"]
    assert {one["versionName"]
        for one in omics.list_annotation_store_versions(name="pair")["annotationStoreVersions"]} == {"pair", "scores"}
    store, version = omics.get_annotation_store(name="pair"), omics.get_annotation_store_version(
        name="pair", versionName="scores")
    first = omics.get_annotation_store_version(name="pair", versionName="pair")
    assert store["numVersions"] == 2 and store["storeOptions"]["tsvStoreOptions"] == GENES.wire()
    assert version["versionOptions"]["tsvVersionOptions"] == SCORES.wire()
    assert first["versionOptions"]["tsvVersionOptions"] == GENES.wire()
    assert version["storeId"] == store["id"] != version["id"]
    assert version["versionArn"] == f"{store['storeArn']}/version/scores" and version["description"] == "second"
    assert version["tags"] == {"a": "1"}
    sizes = {name: sum(path.stat().st_size for path in annotation.data_files(server, name))
             for name in ("pair", "pair__scores")}
    assert (first["versionSizeBytes"], version["versionSizeBytes"]) == tuple(sizes.values())
    assert store["storeSizeBytes"] == sum(sizes.values())
    # A file of the other's columns is refused, and leaves nothing.
    wrong = user.load("pair", "s3://tmp/scores.tsv", versionName="pair")
    assert wrong["status"] == "FAILED" and "the schema's chrom, pos, gene" in wrong["statusMessage"]
    annotation.nothing_of(server, "pair", wrong["id"])

    gone, kept = annotation.location(server, "pair__scores"), annotation.location(server, "pair")
    assert omics.delete_annotation_store_versions(name="pair", versions=["scores"]).get("errors", []) == []
    user.await_no_version("pair", "scores")
    assert not gone.exists() and kept.exists() and tables(server, user, "pair") == {"pair"}
    assert omics.get_annotation_store(name="pair")["numVersions"] == 1
    assert omics.get_annotation_store(name="pair")["storeSizeBytes"] == sizes["pair"]
    holds(server, "pair", default, GENES, GENE_FILE)
    with pytest.raises(omics.exceptions.ResourceNotFoundException):
        tags(omics, version["versionArn"])
    assert server.command("query", "SELECT * FROM pair__scores").returncode != 0
    with pytest.raises(omics.exceptions.ResourceNotFoundException, match="scores"):
        user.start("pair", "s3://tmp/scores.tsv", versionName="scores")
    assert user.job(second)["status"] == "COMPLETED", "the job's record outlives the version"

    # The name is free again, for another schema, and nothing comes back.
    user.create_version("pair", "scores", GENES.wire())
    assert tags(omics, version["versionArn"]) == {} and server.query("SELECT * FROM pair__scores") == []
    again = good(user.load("pair", "s3://tmp/genes.tsv", versionName="scores"))
    holds(server, "pair__scores", again, GENES, GENE_FILE)
    assert annotation.location(server, "pair__scores") != gone


def test_the_default_version_may_be_the_one_that_is_deleted(server, user, omics):
    user.create("first_goes", "TSV", GENES.wire())
    user.create_version("first_goes", "other")  # without options: the store's
    job = good(user.load("first_goes", "s3://tmp/genes.tsv", versionName="other"))
    gone = annotation.location(server, "first_goes")
    assert omics.delete_annotation_store_versions(name="first_goes", versions=["first_goes"]).get("errors", []) == []
    user.await_no_version("first_goes", "first_goes")
    assert not gone.exists() and tables(server, user, "first_goes") == {"first_goes__other"}
    holds(server, "first_goes__other", job, GENES, GENE_FILE)
    with pytest.raises(omics.exceptions.ResourceNotFoundException):
        user.start("first_goes", "s3://tmp/genes.tsv")
    omics.delete_annotation_store(name="first_goes")  # one version left: no force is needed
    user.await_no_store("first_goes")


def test_a_store_whose_first_version_has_another_name(server, user, omics):
    user.create("renamed", "TSV", GENES.wire(), versionName="v_one")
    assert tables(server, user, "renamed") == {"renamed__v_one"}
    with pytest.raises(omics.exceptions.ResourceNotFoundException, match="renamed"):
        user.start("renamed", "s3://tmp/genes.tsv")
    holds(server, "renamed__v_one", good(user.load("renamed", "s3://tmp/genes.tsv", versionName="v_one")),
          GENES, GENE_FILE)
    user.create_version("renamed", "renamed", SCORES.wire())
    holds(server, "renamed", good(user.load("renamed", "s3://tmp/scores.tsv")), SCORES, SCORE_FILE)
    assert tables(server, user, "renamed") == {"renamed", "renamed__v_one"}


def test_versions_of_gff_and_vcf(server, user, bucket, corpus):
    (bucket / "one.gff3").write_text("chr1\ts\tt\t1\t2\t.\t+\t.\tID=x\n")
    user.create("gff_pair", "GFF")
    user.create_version("gff_pair", "second")
    job = good(user.load("gff_pair", "s3://tmp/one.gff3", versionName="second"))
    annotation.check(server, "gff_pair__second", job, gff3.rows(bucket / "one.gff3"), gff3.SHAPE)
    assert server.query("SELECT * FROM gff_pair") == []
    with pytest.raises(user.omics.exceptions.ValidationException, match="GFF"):
        user.create_version("gff_pair", "third", GENES.wire())
    user.create("vcf_pair", "VCF")
    user.create_version("vcf_pair", "second")
    good(user.load("vcf_pair", "s3://corpus/annotation-files/exac.vcf.gz", versionName="second"))
    assert server.query("SELECT count(*) AS n FROM vcf_pair__second") == [{"n": 148}]
    assert server.query("SELECT * FROM vcf_pair") == []


def test_tables_of_one_name_are_told_apart_by_namespace(server, user):
    """Store `one` with version `two__three` and store `one__two` with version `three`: both make the table
    one__two__three."""
    for store, version, layout, file in (("one", "two__three", GENES, "genes.tsv"),
                                         ("one__two", "three", SCORES, "scores.tsv")):
        user.create(store, "TSV", layout.wire(), versionName=version)
        good(user.load(store, f"s3://tmp/{file}", versionName=version))
    for store, n, column in (("one", 29, "gene"), ("one__two", 20, "score")):
        got = user.omics.get_annotation_store(name=store)
        space = f"annotation_{got['storeArn'].split(':')[4]}_{got['id']}"
        assert server.query(f"SELECT count({column}) AS n FROM {space}.one__two__three") == [{"n": n}]
        assert len(server.catalog.load_table((space, "one__two__three")).scan().to_arrow()) == n


def test_deleting_a_store_takes_everything(server, user, omics):
    before = folders(server)
    user.create("whole", "TSV", GENES.wire(), tags={"of": "store"}, description="x")
    user.create_version("whole", "extra", SCORES.wire(), tags={"of": "version"})
    job = good(user.load("whole", "s3://tmp/genes.tsv"))
    good(user.load("whole", "s3://tmp/scores.tsv", versionName="extra"))
    arns = [omics.get_annotation_store(name="whole")["storeArn"],
            omics.get_annotation_store_version(name="whole", versionName="extra")["versionArn"]]
    assert [tags(omics, arn) for arn in arns] == [{"of": "store"}, {"of": "version"}]
    assert len(folders(server) - before) == 2
    with pytest.raises(omics.exceptions.ConflictException, match="more than one version"):
        omics.delete_annotation_store(name="whole")
    assert omics.get_annotation_store(name="whole")["status"] == "ACTIVE"
    assert len(server.query("SELECT * FROM whole")) == 29
    assert omics.delete_annotation_store(name="whole", force=True)["status"] == "DELETING"
    user.await_no_store("whole")
    assert folders(server) == before
    for arn in arns:
        with pytest.raises(omics.exceptions.ResourceNotFoundException):
            tags(omics, arn)
    assert server.command("query", "SELECT * FROM whole").returncode != 0 and user.job(job)["status"] == "COMPLETED"
    assert not [name for space in server.catalog.list_namespaces() for name in server.catalog.list_tables(space)
                if name[-1].startswith("whole")]
    user.create("whole", "GFF")  # the name is free again, for another format
    assert omics.get_annotation_store(name="whole")["tags"] == {}
    assert omics.get_annotation_store(name="whole")["numVersions"] == 1
    assert annotation.contents(server, "whole").shape == gff3.SHAPE


def running(user, store: str, **more) -> str:
    """A job that is under way, with files on disk."""
    job = user.start(store, "s3://tmp/large.tsv", **more)
    table = f"{store}__{more['versionName']}" if "versionName" in more else store

    def look():
        got = user.job(job)
        assert got["status"] in ("SUBMITTED",
                                 "IN_PROGRESS"), "the job ended before the test could meddle: make the file larger"
        return got["status"] == "IN_PROGRESS" and annotation.data_files(user.server, table)

    until(look, pause=0.01)
    return job


def test_deleting_a_version_with_a_running_job(server, user, omics):
    user.create("busy", "TSV", GENES.wire())
    user.create_version("busy", "worked_on")
    kept = good(user.load("busy", "s3://tmp/genes.tsv"))
    job, gone = running(user, "busy", versionName="worked_on"), annotation.location(server, "busy__worked_on")
    answer = omics.delete_annotation_store_versions(name="busy", versions=["worked_on", "no_such"])["errors"]
    assert {one["versionName"]: one["message"] for one in answer} == {
        "worked_on": "Version with versionName: worked_on has an inflight import running.",
        "no_such": "Version with versionName: no_such was not found."}
    assert omics.get_annotation_store_version(name="busy", versionName="worked_on")["status"] == "ACTIVE"
    assert omics.delete_annotation_store_versions(name="busy", versions=["worked_on"],
                                                  force=True).get("errors", []) == []
    assert user.job(job)["status"] == "CANCELLED" and user.job(job)["statusMessage"]
    user.await_no_version("busy", "worked_on")
    until(lambda: not gone.exists())
    holds(server, "busy", kept, GENES, GENE_FILE)


def test_deleting_a_store_with_a_running_job(server, user, omics):
    before = folders(server)
    user.create("busy_store", "TSV", GENES.wire())
    job = running(user, "busy_store")
    with pytest.raises(omics.exceptions.ConflictException, match="inflight import"):
        omics.delete_annotation_store(name="busy_store")
    assert omics.delete_annotation_store(name="busy_store", force=True)["status"] == "DELETING"
    assert user.job(job)["status"] == "CANCELLED"
    user.await_no_store("busy_store")
    until(lambda: folders(server) == before)
    user.create("busy_store", "TSV", GENES.wire())
    assert server.query("SELECT * FROM busy_store") == []


# --- jobs -------------------------------------------------------------------------------------------------------------

OPENING = "Importing: opening the source"
PROGRESS = r"^Importing: \d+ of \d+ bytes, \d+ records, \d+ records/s(, about \d+ s left)?$"


def test_progress_then_the_summary(server, user, bucket):
    """statusMessage tells of the progress while the job runs, and what was imported when it has ended; completionTime
    follows."""
    user.create("watched", "TSV", GENES.wire())
    job, size, seen = user.start("watched", "s3://tmp/large.tsv"), (bucket / "large.tsv").stat().st_size, []
    while (got := user.job(job))["status"] not in servers.FINAL:
        assert got["completionTime"] == got["updateTime"] >= got["creationTime"]
        item, = got["items"]
        assert set(item) == {"source", "jobStatus"} and item["jobStatus"] in (got["status"], "COMPLETED")
        if item["jobStatus"] == "COMPLETED":  # all is read, the commit is to come
            assert got["statusMessage"].startswith("Imported 3000000 records")
        elif got["status"] == "IN_PROGRESS" and got["statusMessage"] != OPENING:
            assert re.match(PROGRESS, got["statusMessage"]), got["statusMessage"]
            seen.append([int(number) for number in re.findall(r"\d+", got["statusMessage"])[:3]])
        snapshot = annotation.table_of(server, "watched").current_snapshot()
        if snapshot is not None:
            assert user.job(job)["status"] == "COMPLETED", "rows are seen exactly when the job is COMPLETED"
    assert len({tuple(one) for one in seen}) > 1, "progress was told at least twice"
    assert seen == sorted(seen) and {total for _, total, _ in seen} == {size}
    assert all(done <= size for done, _, _ in seen)
    assert seen[-1][0] > 0 and 0 < seen[-1][2] <= 3_000_000
    assert got["status"] == "COMPLETED" and got["statusMessage"] == "Imported 3000000 records as 3000000 rows."
    assert got["creationTime"] < got["completionTime"] == got["updateTime"]
    assert server.query('SELECT count(*) AS n, count(DISTINCT pos) AS d, sum("end" - pos) AS w, min(pos) AS low, max(pos) AS high FROM watched') == [
        {"n": 3_000_000, "d": 100_000, "w": 3_000_000, "low": 0, "high": 99_999}]
    after = user.job(job)
    assert after | {"ResponseMetadata": 0} == got | {"ResponseMetadata": 0}


def test_cancel(server, user, omics):
    user.create("stopped", "TSV", GENES.wire())
    job = running(user, "stopped")
    user.cancel(job)
    got = user.job(job)
    assert got["status"] == "CANCELLED" and [item["jobStatus"] for item in got["items"]] == ["CANCELLED"]
    assert got["completionTime"] == got["updateTime"] > got["creationTime"]
    assert not got["statusMessage"].startswith("Importing")
    annotation.nothing_of(server, "stopped", job)
    until(lambda: not annotation.data_files(server, "stopped"))
    with pytest.raises(omics.exceptions.ValidationException, match="has ended"):
        user.cancel(job)
    with pytest.raises(omics.exceptions.ResourceNotFoundException):
        user.cancel("00000000-0000-4000-8000-000000000000")
    assert user.job(job) | {"ResponseMetadata": 0} == got | {"ResponseMetadata": 0}
    after = user.load("stopped", "s3://tmp/genes.tsv")  # the workers are free again
    assert (after["completionTime"] - after["creationTime"]).total_seconds() < 5
    holds(server, "stopped", good(after), GENES, GENE_FILE)
    stopped = omics.list_annotation_import_jobs(filter={"storeName": "stopped"})["annotationImportJobs"]
    listed = {one["id"]: one["status"] for one in stopped}
    assert listed == {job: "CANCELLED", after["id"]: "COMPLETED"}


@pytest.mark.parametrize("form, given, shown", [
    ("TSV", None, {"tsvOptions": {}}), ("TSV", {"tsvOptions": {}}, {"tsvOptions": {}}),
    ("TSV", {"tsvOptions": {"readOptions": {}}}, {"tsvOptions": {"readOptions": {}}}),
    ("TSV", {"tsvOptions": {"readOptions": {"sep": "\t", "header": True, "quoteAll": False, "lineSep": "\n",
    "encoding": "UTF-8", "escape": "\\", "escapeQuotes": True, "quote": "'", "comment": "#"}}}, None),
    ("VCF", None, {"vcfOptions": {"ignoreQualField": False, "ignoreFilterField": False}}),
    ("VCF", {"vcfOptions": {}}, {"vcfOptions": {}}),
    ("VCF", {"vcfOptions": {"ignoreQualField": True}}, None), ("GFF", None, {"tsvOptions": {}}),
])
def test_format_options_are_those_of_the_request(user, form, given, shown):
    """Else what they come to; `None` in `shown` stands for the request's."""
    store = f"options_{form.lower()}"
    if store not in {one["name"] for one in user.omics.list_annotation_stores()["annotationStores"]}:
        user.create(store, form, GENES.wire() if form == "TSV" else None)
    file = {"TSV": "s3://tmp/genes.tsv", "VCF": "s3://corpus/annotation-files/exac.vcf.gz",
            "GFF": "s3://corpus/annotation-files/with_fasta.gff3"}[form]
    job = user.start(store, file, **({"formatOptions": given} if given is not None else {}))
    assert user.job(job)["formatOptions"] == (shown or given)
    assert user.wait(job)["formatOptions"] == (shown or given)
    good(user.job(job))


@pytest.mark.parametrize("form, given", [("GFF", {"tsvOptions": {}}), ("VCF", {"tsvOptions": {}}),
                                         ("TSV", {"vcfOptions": {}}), ("GFF", {"vcfOptions": {}}),
                                         ("TSV", {"tsvOptions": {"readOptions": {"encoding": "EBCDIC"}}}),
                                         ("TSV", {"tsvOptions": {"readOptions": {"sep": "\n"}}}),
                                         ("TSV", {"tsvOptions": {"readOptions": {"quote": "é"}}}),
                                         ("TSV", {"tsvOptions": {"readOptions": {"sep": '"'}}})])
def test_options_that_cannot_be_are_refused_at_once(user, form, given):
    store = f"refusing_{form.lower()}"
    if store not in {one["name"] for one in user.omics.list_annotation_stores()["annotationStores"]}:
        user.create(store, form, GENES.wire() if form == "TSV" else None)
    with pytest.raises(user.omics.exceptions.ValidationException, match="formatOptions"):
        user.start(store, "s3://tmp/genes.tsv", formatOptions=given)


def test_a_failed_job_has_one_message_that_says_all(user):
    """The model has none for items: the job's is the item's, with line, column, value, reason and source."""
    user.create("failing", "TSV", SCORES.wire())
    done = user.load("failing", "s3://tmp/genes.tsv")
    assert done["statusMessage"] == annotation.MALFORMED + ' Line 2, column gene: "g1" is not an integer of type INT [s3://tmp/genes.tsv]'
    assert set(done["items"][0]) == {"source", "jobStatus"}
    assert done["completionTime"] == done["updateTime"] > done["creationTime"]
