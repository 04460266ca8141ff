"""Compaction, expiry and the removal of what nothing needs: answers stay, and a query for a gene reads few files.

VARLAKE_UPKEEP_IMPORTS=1000 imports as many files and, with pytest -s, prints what docs/design/upkeep.md shows; CI
imports fewer. """

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from pyiceberg.expressions import And, EqualTo, GreaterThanOrEqual, LessThan

import differential
from server import Server, User, until

REF = "s3://corpus/reference/GRCh37.MT.fa"
IMPORTS = int(os.environ.get("VARLAKE_UPKEEP_IMPORTS", "60"))
RECORDS = 3_000 if IMPORTS > 100 else 300
GENE = ("chr7", 55_000_000, 55_200_000)
GENE_SQL = f"contigname = '{GENE[0]}' AND start >= {GENE[1]} AND start < {GENE[2]}"
ANSWER = f"""SELECT count(*) AS rows, count(DISTINCT sampleid) AS samples, sum(start) AS starts, sum(depth) AS depths,
    checksum(json_format(CAST(calls AS json))) AS alleles,
    checksum(json_format(CAST(phredlikelihoods AS json))) AS likelihoods,
    checksum(json_format(CAST(attributes AS json))) AS attributes FROM cohort"""

HEADER = """##fileformat=VCFv4.2
##INFO=<ID=DP,Number=1,Type=Integer,Description="Depth">
##INFO=<ID=AF,Number=A,Type=Float,Description="Frequency">
##INFO=<ID=DB,Number=0,Type=Flag,Description="Known">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Depths">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">
##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Quality">
##FORMAT=<ID=PL,Number=G,Type=Integer,Description="Likelihoods">
"""


def pool(records: int) -> list[tuple]:
    """Sites of a genome, sorted, of which each sample has half; one in five hundred is in the gene."""
    choose = random.Random(1)
    sites = {(f"chr{choose.randint(1, 22)}", choose.randrange(10_000, 150_000_000)) for _ in range(2 * records)}
    sites |= {(GENE[0], choose.randrange(GENE[1], GENE[2])) for _ in range(max(4, records // 250))}
    return [(contig, at, *choose.choice(["AG", "CT", "GA", "TC", "AC"]), choose.random())
            for contig, at in sorted(sites)]


def one_sample(path: Path, sites: list[tuple], name: str, seed: int) -> None:
    choose = random.Random(seed)
    contigs = dict.fromkeys(site[0] for site in sites)
    with open(path, "w", encoding="ascii") as out:
        out.write(HEADER + "".join(f"##contig=<ID={contig}>\n" for contig in contigs))
        out.write(f"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{name}\n")
        for contig, at, ref, alt, frequency in sites:
            if choose.random() < 0.5:
                deep, gq = choose.randint(8, 60), choose.randint(10, 99)
                out.write(f"{contig}\t{at}\t.\t{ref}\t{alt}\t{choose.randint(100, 9999)}.{choose.randint(0, 99)}\tPASS\tDP={deep};AF={frequency:.4f};DB\t"
                          f"GT:AD:DP:GQ:PL\t0/1:{deep // 2},{deep - deep // 2}:{deep}:{gq}:{gq * 9},0,{gq * 11}\n")


def reads(table) -> dict:
    """What of the table's current snapshot a query for the gene has to read: files whose bounds in the manifests
    overlap it, and the bytes of the row groups in them whose statistics do, with their footers."""
    where = And(And(EqualTo("contigname", GENE[0]), GreaterThanOrEqual("start", GENE[1])), LessThan("start", GENE[2]))
    found = {"files": 0, "overlapping": 0, "row_groups": 0, "bytes": 0, "table_bytes": 0}
    overlapping = {task.file.file_path for task in table.scan(row_filter=where).plan_files()}
    for task in table.scan().plan_files():
        path = differential.local(task.file.file_path)
        found["files"] += 1
        found["table_bytes"] += task.file.file_size_in_bytes
        if task.file.file_path not in overlapping:
            continue
        found["overlapping"] += 1
        meta = pq.read_metadata(path)
        found["bytes"] += meta.serialized_size
        for at in range(meta.num_row_groups):
            group = meta.row_group(at)
            columns = {group.column(c).path_in_schema: group.column(c) for c in range(group.num_columns)}
            contig, start = columns["contigname"].statistics, columns["start"].statistics
            if contig.min <= GENE[0] <= contig.max and (contig.min < contig.max or start.min < GENE[2]
                                                        and start.max >= GENE[1]):
                found["row_groups"] += 1
                found["bytes"] += sum(column.total_compressed_size for column in columns.values())
    return found


def timed(server: Server, sql: str) -> float:
    """The least of three times of a query, in seconds, by the command."""
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        server.query(sql)
        times.append(time.perf_counter() - begun)
    return min(times)


def on_disk(server: Server, store: str) -> set[Path]:
    return {path for path in Path(differential.local(server.table(store).location())).rglob("*") if path.is_file()}


def needed(table) -> set[Path]:
    """What the kept snapshots of a table need, as PyIceberg reads it."""
    paths = {table.metadata_location, *(entry.metadata_file for entry in table.metadata.metadata_log)}
    for snapshot in table.snapshots():
        paths.add(snapshot.manifest_list)
        for manifest in snapshot.manifests(table.io):
            paths.add(manifest.manifest_path)
            paths |= {entry.data_file.file_path for entry in manifest.fetch_manifest_entry(table.io)}
    return {Path(differential.local(path)) for path in paths}


def travel(table, snapshot_id: int) -> tuple:
    """The rows of a snapshot: how many, and what they add up to."""
    rows = table.scan(snapshot_id=snapshot_id, selected_fields=("importjobid", "sampleid", "start", "depth")).to_arrow()
    of = rows.column
    return (rows.num_rows, pc.sum(of("start")).as_py(), pc.sum(of("depth")).as_py(),
            pc.count_distinct(of("sampleid")).as_py(), pc.count_distinct(of("importjobid")).as_py())


class Cohort:
    """A store of one-sample imports."""

    def __init__(self, server: Server, bucket: Path, imports: int, records: int):
        self.server, self.bucket, self.sites, self.next = server, bucket, pool(records), 0
        self.jobs, self.per_job = 0, max(1, imports // 60)
        self.user = User(server)
        self.user.store("cohort", REF)
        self.grow(imports)

    def grow(self, imports: int) -> None:
        """Jobs of one file each; of more when there are hundreds, to be done sooner."""
        jobs, end = [], self.next + imports
        for first in range(self.next, end, self.per_job):
            batch = range(first, min(end, first + self.per_job))
            for at in batch:
                one_sample(self.bucket / f"{at}.vcf", self.sites, f"sample{at}", at)
            jobs.append(self.user.start("cohort", *(f"s3://tmp/{at}.vcf" for at in batch)))
            self.jobs += 1
            if len(jobs) == 4:
                assert self.user.wait(jobs.pop(0))["status"] == "COMPLETED"
        for job in jobs:
            assert self.user.wait(job)["status"] == "COMPLETED"
        self.next += imports

    @property
    def table(self):
        return self.server.table("cohort")


def compact(server: Server, *flags: str, may_die: bool = False) -> dict:
    done = server.command("compact", "cohort", "--json", *flags, timeout=1800)
    if may_die:
        return {}
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def serve(binary, corpus, tmp_path):
    """Makes a server whose tables nobody looks after, unless flags say otherwise."""
    (tmp_path / "bucket").mkdir()
    servers = []

    def make(*flags: str) -> Server:
        servers.append(Server(tmp_path, {"corpus": corpus, "tmp": tmp_path / "bucket"},
                              *(flags or ("--upkeep", "off"))).start())
        return servers[-1]

    yield make
    for server in servers:
        if server.running:
            assert server.stop() == 0, server.tail()


def test_a_gene_is_in_few_files(serve, tmp_path):
    """Answers stay while files are merged and an import goes on, a query reads less, and every snapshot is as it
    was."""
    server = serve()
    cohort = Cohort(server, tmp_path / "bucket", IMPORTS, RECORDS)
    before, answer = reads(cohort.table), server.query(ANSWER)
    assert before["files"] == IMPORTS and answer[0]["samples"] == IMPORTS
    gene = f"SELECT count(*) AS n, sum(depth) AS depths FROM cohort WHERE {GENE_SQL}"
    gene_answer, gene_before = server.query(gene), timed(server, gene)
    snapshots = [snapshot.snapshot_id for snapshot in cohort.table.snapshots()]
    then = {one: travel(cohort.table, one) for one in {snapshots[0], snapshots[len(snapshots) // 2], snapshots[-1]}}

    wrong, ended = [], threading.Event()

    def ask() -> None:
        while not ended.is_set():
            got = server.query(ANSWER.replace("FROM cohort", f"FROM cohort WHERE sampleid <> 'sample{IMPORTS}'"))
            if got != answer:
                wrong.append(got)

    asking = threading.Thread(target=ask)
    asking.start()
    planned = compact(server, "--dry-run")
    assert planned["compactions"] == 1 and planned["before"] == planned["after"]
    begun = time.perf_counter()
    merged = compact(server)
    seconds = time.perf_counter() - begun
    some = reads(cohort.table)
    whole = threading.Thread(target=compact, args=(server, "--all"))
    whole.start()
    cohort.grow(1)
    whole.join()
    ended.set()
    asking.join()
    assert not wrong, f"{wrong[0]} rather than {answer}"
    assert merged["before"]["files"] == IMPORTS and merged["after"]["files"] == some["files"] < 10

    compact(server, "--all")
    after, gene_after = reads(cohort.table), timed(server, gene)
    assert after["files"] <= 1 + after["table_bytes"] // (128 << 20) and after["overlapping"] <= 2
    assert after["bytes"] < before["bytes"]
    assert server.query(f"SELECT count(DISTINCT sampleid) AS n FROM cohort")[0]["n"] == IMPORTS + 1
    assert server.query(gene.replace("WHERE", f"WHERE sampleid <> 'sample{IMPORTS}' AND")) == gene_answer
    assert {one: travel(cohort.table, one) for one in then} == then
    operations = [(snapshot.summary.operation.value, "varlake.compaction" in snapshot.summary.additional_properties)
                  for snapshot in cohort.table.snapshots()]
    assert operations.count(("append", False)) == cohort.jobs
    assert operations.count(("replace", True)) == len(operations) - cohort.jobs >= 2
    print(json.dumps({"before": before, "compact": some, "all": after, "seconds": round(seconds, 1), "merged": merged,
                      "query_seconds": [round(gene_before, 3), round(gene_after, 3)]}))

    kept = len(cohort.table.snapshots())
    assert compact(server, "--expire")["expiredSnapshots"] == 0  # all are young
    server.stop()
    server = serve("--upkeep", "off", "--keep-snapshots", "2", "--keep-snapshots-for", "0s")
    report = compact(server, "--expire")
    assert report["expiredSnapshots"] == kept - 2 and report["removed"]["files"] > IMPORTS
    table = server.table("cohort")
    assert [travel(table, snapshot.snapshot_id)[0] for snapshot in table.snapshots()] == [travel(table,
        table.current_snapshot().snapshot_id)[0]] * 2
    assert on_disk(server, "cohort") <= needed(table)


def test_the_server_compacts_by_itself(serve, tmp_path):
    server = serve("--upkeep", "on", "--keep-snapshots", "3", "--keep-snapshots-for", "0s")
    cohort = Cohort(server, tmp_path / "bucket", 20, 100)
    until(lambda: reads(cohort.table)["files"] < 8)
    answer = server.query(ANSWER)
    assert answer[0]["samples"] == 20
    assert answer[0]["rows"] == sum(pq.read_metadata(differential.local(task.file.file_path)).num_rows
                                    for task in cohort.table.scan().plan_files())
    size = cohort.user.omics.get_variant_store(name="cohort")["storeSizeBytes"]
    assert size == reads(cohort.table)["table_bytes"]
    server.stop()
    # which looks for old snapshots at once
    server = serve("--upkeep", "on", "--keep-snapshots", "3", "--keep-snapshots-for", "0s")
    until(lambda: len(server.table("cohort").snapshots()) == 3)
    assert server.query(ANSWER) == answer


@pytest.mark.parametrize("point", ["compact-after-files", "compact-after-meta", "compact-after-swap",
                                   "expire-after-meta", "expire-after-swap"])
def test_killed(serve, tmp_path, point):
    """The next start has the same rows, and nothing of a compaction that did not count."""
    flags = ("--upkeep", "off", "--keep-snapshots", "1", "--keep-snapshots-for", "0s")
    server = serve(*flags)
    Cohort(server, tmp_path / "bucket", 9, 40)
    answer = server.query(ANSWER)
    server.stop()
    server.start(VARLAKE_CRASH_AT=point)
    compact(server, "--expire", may_die=True)
    assert server.wait(120) == -signal.SIGKILL
    server.start()
    assert server.query(ANSWER) == answer
    table = server.table("cohort")
    left = on_disk(server, "cohort") - needed(table)
    if point.startswith("compact"):
        assert not left
    report = compact(server, "--expire")  # what was left is done
    assert report["after"]["files"] == 1 and len(server.table("cohort").snapshots()) == 1
    assert server.query(ANSWER) == answer


def test_each_account_its_own(serve, tmp_path):
    """A store is looked after by the key that administers its account."""
    server = serve()
    Cohort(server, tmp_path / "bucket", 8, 40)
    policy = tmp_path / "guest.json"
    policy.write_text(json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["athena:StartQueryExecution", "glue:GetTable"], "Resource": "*"}]}))
    for profile, flags, refusal in [("other", ("--account", "111111111111"), "no store"),
                                    ("guest", ("--policy", str(policy)), "not authorized")]:
        made = server.command("access-key", "create", "--name", profile, "--profile", profile, *flags)
        assert made.returncode == 0, made.stderr
        done = server.command("compact", "cohort", VARLAKE_PROFILE=profile)
        assert done.returncode != 0 and refusal in done.stderr, done
    assert reads(server.table("cohort"))["files"] == 8
