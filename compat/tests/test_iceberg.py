"""PyIceberg over the server's own database: the tables are plain Iceberg v2 for whoever reads them."""

from __future__ import annotations

import pyarrow.parquet as pq
import pytest
from pyiceberg.types import BooleanType, DoubleType, IntegerType, ListType, LongType, MapType, StringType, StructType

import differential
import made
import server as servers

TEXTS = "list<string>"
SCHEMA = {
    "importjobid": "string", "contigname": "string", "start": "long", "end": "long", "names": TEXTS,
    "referenceallele": "string", "alternatealleles": TEXTS, "qual": "double", "filters": TEXTS,
    "splitfrommultiallelic": "boolean", "attributes": "map<string, string>", "phased": "boolean", "calls": "list<int>",
    "genotypelikelihoods": "list<double>", "phredlikelihoods": "list<int>", "alleledepths": "list<int>",
    "conditionalquality": "int", "spl": "list<int>", "depth": "int", "ps": "int", "sampleid": "string",
    "information": "map<string, string>",
}
PAIR, OF = "struct<reference: string, variant: string>", "struct<rank: string, total: string>"
VEP = {
    "allele": "string", "consequence": TEXTS, "impact": "string", "symbol": "string", "gene": "string",
    "feature_type": "string", "feature": "string", "biotype": "string", "exon": OF, "intron": OF, "hgvsc": "string",
    "hgvsp": "string", "cdna_position": "string", "cds_position": "string", "protein_position": "string",
    "amino_acids": PAIR, "codons": PAIR, "existing_variation": TEXTS, "distance": "string", "strand": "string",
    "flags": TEXTS, "symbol_source": "string", "hgnc_id": "string", "extras": "map<string, string>",
}


def written(kind) -> str:
    if isinstance(kind, ListType):
        return f"list<{written(kind.element_type)}>"
    if isinstance(kind, MapType):
        assert not kind.value_required, "map values may be NULL"
        return f"map<{written(kind.key_type)}, {written(kind.value_type)}>"
    if isinstance(kind, StructType):
        return "struct<" + ", ".join(f"{f.name}: {written(f.field_type)}" for f in kind.fields) + ">"
    plain = {StringType: "string", LongType: "long", IntegerType: "int", DoubleType: "double", BooleanType: "boolean"}
    return plain[type(kind)]


@pytest.fixture(scope="module")
def jobs(user, store, bucket):
    made.big_vcf(bucket / "one.vcf", 1_000, samples=3)
    made.big_vcf(bucket / "two.vcf", 500, contig="7")
    made.bad_vcf(bucket / "bad.vcf", 10)
    done = [user.load(store, "s3://tmp/one.vcf"), user.load(store, "s3://tmp/two.vcf", "s3://tmp/bad.vcf"),
            user.load(store, "s3://tmp/bad.vcf"), user.load(store, "s3://tmp/one.vcf", "s3://tmp/two.vcf")]
    assert [job["status"] for job in done] == ["COMPLETED", "COMPLETED_WITH_FAILURES", "FAILED", "COMPLETED"]
    return done


def test_as_the_readme_says(user, server):
    """Word for word, but for the path; there are several stores, and the one that is meant is not the first."""
    user.store("a_store_before", "s3://corpus/reference/GRCh37.MT.fa")
    user.store("cohort", "s3://corpus/reference/GRCh37.MT.fa")
    text = (servers.ROOT / "README.md").read_text()
    snippet = next(part.split("```")[0] for part in text.split("```python\n")[1:] if "SqlCatalog" in part)
    names: dict = {}
    exec(snippet.replace("/path/to/varlake-data", str(server.data)), names)  # noqa: S102
    assert names["table"].name()[-1] == "cohort" and names["table"].scan().to_arrow().num_rows == 0


def test_an_empty_store_is_a_table(user, server):
    user.store("empty_store", "s3://corpus/reference/GRCh37.MT.fa")
    table = server.table("empty_store")
    assert table.scan().to_arrow().num_rows == 0
    assert [field.name for field in table.schema().fields] == [*SCHEMA, "annotations"]


def test_namespace_is_that_of_the_service(user, server, store):
    got = user.omics.get_variant_store(name=store)
    account = got["storeArn"].split(":")[4]
    assert server.catalog.table_exists((f"variant_{account}_{got['id']}", store))


def test_schema(server, store):
    fields = server.table(store).schema().fields
    assert [field.name for field in fields] == [*SCHEMA, "annotations"]
    assert {f.name: written(f.field_type) for f in fields if f.name != "annotations"} == SCHEMA
    annotations = fields[-1].field_type
    assert [f.name for f in annotations.fields] == ["vep"]
    entry = annotations.fields[0].field_type.element_type
    assert {f.name: written(f.field_type) for f in entry.fields} == VEP
    assert [f.name for f in entry.fields] == list(VEP)


def test_format_and_files(server, store, jobs):
    table = server.table(store)
    assert table.metadata.format_version == 2
    for task in table.scan().plan_files():
        parquet = pq.ParquetFile(differential.local(task.file.file_path))
        assert parquet.metadata.num_rows == task.file.record_count
        group = parquet.metadata.row_group(0)
        assert {group.column(n).compression for n in range(group.num_columns)} == {"ZSTD"}
        ids = {field.metadata.get(b"PARQUET:field_id") for field in parquet.schema_arrow}
        assert None not in ids and len(ids) == len(parquet.schema_arrow)
        assert task.file.file_size_in_bytes == parquet_size(task)


def parquet_size(task) -> int:
    from pathlib import Path

    return Path(differential.local(task.file.file_path)).stat().st_size


def test_one_snapshot_for_each_job_with_rows(server, store, jobs):
    snapshots = server.table(store).metadata.snapshots
    named = [snapshot.summary["varlake.job-id"] for snapshot in snapshots
             if "varlake.job-id" in snapshot.summary.additional_properties]
    assert sorted(named) == sorted(job["id"] for job in jobs if job["status"] != "FAILED")
    assert len(snapshots) == len(named)


def test_rows_by_job(server, store, jobs):
    table = server.table(store)
    counts = {}
    for name in table.scan(selected_fields=("importjobid",)).to_arrow()["importjobid"].to_pylist():
        counts[name] = counts.get(name, 0) + 1
    assert counts == {jobs[0]["id"]: 3_000, jobs[1]["id"]: 500, jobs[3]["id"]: 3_500}


def test_snapshot_totals_are_true(server, store, jobs):
    summary = server.table(store).current_snapshot().summary
    assert int(summary["total-records"]) == 7_000
    assert int(summary["total-data-files"]) == len(list(server.table(store).scan().plan_files()))


def test_filters_use_statistics(server, store, jobs):
    """Bounds in the manifests are right: a filter loses no row, and skips files that cannot hold any."""
    table = server.table(store)
    on_seven = table.scan(row_filter="contigname == '7'")
    assert on_seven.to_arrow().num_rows == 1_000
    assert len(list(on_seven.plan_files())) < len(list(table.scan().plan_files()))
    region = table.scan(row_filter="contigname == '22' and start >= 1006 and start < 1100").to_arrow()
    assert region.num_rows == 2 * 3 * len([at for at in range(1_000) if 1006 <= 999 + at * 7 < 1100])
    assert table.scan(row_filter="sampleid == 's2'").to_arrow().num_rows == 2_000
    assert table.scan(row_filter="contigname == '99'").to_arrow().num_rows == 0
    assert list(table.scan(row_filter="contigname == '99'").plan_files()) == []


def test_files_are_sorted(server, store, jobs):
    for task in server.table(store).scan().plan_files():
        rows = pq.read_table(differential.local(task.file.file_path), columns=["contigname", "start"])
        pairs = list(zip(rows["contigname"].to_pylist(), rows["start"].to_pylist()))
        assert pairs == sorted(pairs)


def test_time_travel(server, store, jobs):
    table = server.table(store)
    by_job = {s.summary["varlake.job-id"]: s.snapshot_id for s in table.metadata.snapshots}
    assert table.scan(snapshot_id=by_job[jobs[0]["id"]]).to_arrow().num_rows == 3_000
    assert table.scan(snapshot_id=by_job[jobs[1]["id"]]).to_arrow().num_rows == 3_500


def test_read_parquet_of_the_files(server, store, jobs):
    """Any Parquet reader gets the same rows as the table: PyArrow here."""
    files = [differential.local(task.file.file_path) for task in server.table(store).scan().plan_files()]
    assert sum(pq.read_table(one).num_rows for one in files) == 7_000


@pytest.mark.timeout(300)
def test_rows_are_there_exactly_when_completed(user, server, bucket):
    """Polled together: as long as the job runs the table has no row, once it is COMPLETED it has all."""
    name = user.store("watched", "s3://corpus/reference/GRCh37.MT.fa")
    made.big_vcf(bucket / "watched.vcf", 150_000)
    job = user.start(name, *["s3://tmp/watched.vcf"] * 4)
    seen = set()
    while True:
        before = user.omics.get_variant_import_job(jobId=job)["status"]
        snapshot = server.table(name).current_snapshot()
        rows = int(snapshot.summary["total-records"]) if snapshot else 0
        after = user.omics.get_variant_import_job(jobId=job)["status"]
        seen.add((before, after, rows))
        assert rows in (0, 600_000)
        if after not in servers.FINAL:
            assert rows == 0, (before, after, rows)
        if before == "COMPLETED":
            assert rows == 600_000
            break
        assert before not in servers.FINAL, before
    assert ("IN_PROGRESS", "IN_PROGRESS", 0) in seen, seen
    assert server.query(f"SELECT count(*) AS n FROM {name}") == [{"n": 600_000}]


def test_differential_tool_reads_the_catalog(user, server, store, jobs, bucket):
    """The command line as documented: --catalog-db, --table, --job-id."""
    got = user.omics.get_variant_store(name=store)
    name = f"variant_{got['storeArn'].split(':')[4]}_{got['id']}.{store}"
    tool = ["--vcf", str(bucket / "one.vcf"), "--catalog-db", str(server.data / "varlake.db"), "--table",
            name, "--job-id"]
    assert differential.main([*tool, jobs[0]["id"]]) == 0
    assert differential.main([*tool, jobs[1]["id"]]) == 1
