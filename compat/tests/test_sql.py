"""`varlake query`: what it answers, in which formats, and what it refuses. statements.json has those that people write
and are accepted, and those that are refused, with {t} for a table, {secret} for a file, {parquet} for a data file and
{data} for the data folder."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

import made
import server as servers

REF = "s3://corpus/reference/GRCh37.MT.fa"
STATEMENTS = json.loads(Path(__file__).with_name("statements.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def variants(user, bucket, store):
    (bucket / "sql.vcf").write_text(
        "##fileformat=VCFv4.2\n"
        '##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequence annotations from Ensembl VEP. Format: Allele|Consequence|SYMBOL|EXON">\n'
        '##INFO=<ID=DB,Number=0,Type=Flag,Description="x">\n'
        '##INFO=<ID=NOTE,Number=1,Type=String,Description="x">\n'
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="x">\n'
        '##FORMAT=<ID=AF,Number=A,Type=Float,Description="x">\n'
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS1\tS2\n"
        '1\t2147483647\trs1;rs2\tA\tC,T\t12.5\tPASS\tDB;NOTE=a"b,\\é;CSQ=C|x&y|G1|1/2,T|z||\tGT:AF\t0|1:0.1,.\t./.:.\n'
        "2\t20\t.\tAT\tA\t.\tq1;q2\t.\tGT\t1/1\t0/1\n", encoding="utf-8")
    done = user.load(store, "s3://tmp/sql.vcf", annotationFields={"VEP": "CSQ"})
    assert done["status"] == "COMPLETED", done
    return store


def test_json_has_arrays_maps_and_structs(server, variants):
    row, = server.query(f"SELECT * FROM {variants} WHERE sampleid = 'S1' AND contigname = '1'")
    assert row["start"] == 2147483646 and row["end"] == 2147483647
    assert (row["names"], row["alternatealleles"], row["filters"]) == (["rs1", "rs2"], ["C", "T"], ["PASS"])
    assert row["attributes"] == {"DB": "", "NOTE": 'a"b,\\é', "CSQ": "C|x&y|G1|1/2,T|z||"}
    assert (row["qual"], row["phased"], row["calls"], row["splitfrommultiallelic"]) == (12.5, True, [0, 1], False)
    assert row["information"] == {"af": "[0.1, null]"} and row["depth"] is None
    first, second = row["annotations"]["vep"]
    assert first["consequence"] == ["x", "y"] and first["exon"] == {"rank": "1", "total": "2"}
    assert second["symbol"] == "" and second["exon"] is None
    assert len(row) == 23


def test_integers_beyond_double_are_exact(server, variants):
    assert server.query("SELECT 9007199254740993 AS n") == [{"n": 9007199254740993}]
    assert server.query("SELECT 9223372036854775807 AS n") == [{"n": 9223372036854775807}]


def test_empty_answer_is_an_empty_array(server, variants):
    assert server.query(f"SELECT * FROM {variants} WHERE contigname = 'none'") == []


def test_csv(server, variants):
    done = server.command("query", "--format", "csv",
                          f"SELECT contigname, start, attributes['NOTE'] AS note, qual FROM {variants} ORDER BY 1, sampleid")
    assert done.returncode == 0, done.stderr
    rows = list(csv.reader(io.StringIO(done.stdout)))
    assert rows[0] == ["contigname", "start", "note", "qual"]
    assert rows[1][:3] == ["1", "2147483646", 'a"b,\\é'] and len(rows) == 5


def test_table_is_the_default(server, variants):
    done = server.command("query", f"SELECT contigname, sampleid FROM {variants} ORDER BY 1, 2")
    assert done.returncode == 0, done.stderr
    assert "contigname" in done.stdout and "S2" in done.stdout
    assert done.stdout == server.command("query", "--format", "table",
                                         f"SELECT contigname, sampleid FROM {variants} ORDER BY 1, 2").stdout


@pytest.mark.parametrize("sql", STATEMENTS["accepted"])
def test_selects_that_people_write(server, variants, sql):
    assert server.query(sql.format(t=variants))


@pytest.fixture(scope="module")
def secret(server, tmp_path_factory):
    path = tmp_path_factory.mktemp("secret") / "secret.csv"
    path.write_text("word\nhush-hush-hush\n")
    return path


@pytest.mark.parametrize("dialect", ["trino", "duckdb"])
@pytest.mark.parametrize("sql", STATEMENTS["refused"])
def test_refused(server, variants, secret, sql, dialect):
    parquet = next(path for files in servers.item_files(server.table(variants), job_of(server, variants)).values()
                   for path in files)
    text = sql.format(t=variants, secret=secret, parquet=parquet, data=server.data)
    before = tree(server)
    done = server.command("query", "--format", "json", "--dialect", dialect, text)
    assert done.returncode != 0, f"{text} gave {done.stdout}"
    assert done.stderr.strip() and "hush-hush-hush" not in done.stdout + done.stderr
    assert secret.read_text() == "word\nhush-hush-hush\n"
    assert tree(server) == before, "a statement left something on disk"
    assert server.query("SELECT 1 AS well") == [{"well": 1}]


def job_of(server, store):
    return server.query(f"SELECT importjobid FROM {store} LIMIT 1")[0]["importjobid"]


def tree(server) -> set[str]:
    """Files of the data folder other than those that change by themselves."""
    out = set()
    for path in server.data.rglob("*"):
        name = str(path.relative_to(server.data))
        if not name.startswith(("varlake.db", "tmp")):
            out.add(name)
    return out


def test_the_dialect_of_duckdb(server, variants):
    sql = f"FROM {variants} SELECT len(alternatealleles) AS n, [1, 2][1] AS first, attributes.NOTE AS note WHERE calls = [0, 1] ORDER BY ALL"
    assert server.query(sql, "--dialect", "duckdb") == [{"n": 1, "first": 1, "note": None},
        {"n": 2, "first": 1, "note": 'a"b,\\é'}]
    refused = server.command("query", sql)
    assert refused.returncode == 1 and "SYNTAX_ERROR: line 1:1: mismatched input 'FROM'" in refused.stderr


def test_a_runaway_query_ends(server, variants):
    """Ctrl-C of the command stops it; the server stays well."""
    import signal
    import subprocess

    sql = f"SELECT count(*) FROM ({servers.ENDLESS}) WHERE x % 3 = 4"
    before = server.workers()
    child = subprocess.Popen([str(servers.BINARY), "query", "--data", str(server.data), sql], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True)
    server.until_working(before)
    assert child.poll() is None, child.communicate()
    child.send_signal(signal.SIGINT)
    child.communicate(timeout=120)
    assert child.returncode == 130
    assert server.query("SELECT 1 AS well") == [{"well": 1}]


def test_a_heavy_query_is_bounded(server, variants):
    """A join that would fill any memory is stopped by limit or deadline of the server, or by the user: here by SIGINT,
    once it is at work."""
    import signal
    import subprocess

    before = server.workers()
    joins = ", ".join(f"{variants} t{n}" for n in range(30))
    child = subprocess.Popen([str(servers.BINARY), "query", "--data", str(server.data),
                              f"SELECT count(DISTINCT random()) FROM {joins}"],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    server.until_working(before)
    assert child.poll() is None, child.communicate()
    child.send_signal(signal.SIGINT)
    child.communicate(timeout=120)
    assert child.returncode == 130
    assert server.query("SELECT 1 AS well") == [{"well": 1}]


def test_stopped_data_folder(variants, server, binary, corpus, bucket, tmp_path):
    """The same answers without a server: on a second data folder, before and after its server stops."""
    other = servers.Server(tmp_path, {"corpus": corpus, "tmp": bucket}).start()
    user = servers.User(other)
    user.store("stopped", REF)
    made.big_vcf(bucket / "stopped.vcf", 200)
    assert user.load("stopped", "s3://tmp/stopped.vcf")["status"] == "COMPLETED"
    sql = "SELECT * FROM stopped ORDER BY start LIMIT 5"
    running = other.query(sql)
    assert other.stop() == 0
    assert other.query(sql) == running and len(running) == 5
    for refused in ("SELECT * FROM read_text('/etc/passwd')", "DROP VIEW stopped"):
        assert other.command("query", refused).returncode != 0, refused
    assert other.command("query", "SELECT * FROM nothing_here").returncode != 0
    other.start()
    assert other.query("SELECT count(*) AS n FROM stopped") == [{"n": 200}]
    assert other.stop() == 0


def test_usage_errors(server):
    assert server.command("query", "--format", "xml", "SELECT 1").returncode == 2
    assert server.command("query").returncode == 2
    assert server.command("query", "--nonsense", "SELECT 1").returncode == 2


def test_queries_run_side_by_side(server, variants):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: server.query(f"SELECT count(*) AS n FROM {variants}"), range(8)))
    assert answers == [[{"n": 4}]] * 8
