"""`varlake query`: what it answers, in which formats, and what it refuses."""

from __future__ import annotations

import csv
import io

import pytest

import made
import server as servers

REF = "s3://corpus/reference/GRCh37.MT.fa"


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


@pytest.mark.parametrize("sql", [
    "SELECT sampleid, contigname, start, referenceallele, alternatealleles, calls FROM {t} ORDER BY 1, 2 LIMIT 10",
    "SELECT DISTINCT sampleid, COUNT(*) AS n FROM {t} GROUP BY sampleid ORDER BY sampleid",
    "WITH v AS (SELECT * FROM {t} WHERE contigname = '2') SELECT count(*) AS n FROM v JOIN {t} USING (contigname, start)",
    'SELECT v."end" - v.start AS width FROM {t} v',
    "SELECT t.a FROM {t} CROSS JOIN UNNEST(alternatealleles) AS t(a) WHERE length(t.a) = 1",
    "SELECT try_cast(information['af'] AS double) AS af, annotations.vep[1].symbol AS s FROM {t}",
    "SELECT importjobid, min(start), max(\"end\"), avg(qual) FROM {t} GROUP BY 1 UNION ALL SELECT 'x', 1, 2, 3",
    "SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS x(n, t)",
    "select row_number() over (partition by sampleid order by start) as r from {t}",
])
def test_selects_that_people_write(server, variants, sql):
    assert server.query(sql.format(t=variants))


@pytest.fixture(scope="module")
def secret(server, tmp_path_factory):
    path = tmp_path_factory.mktemp("secret") / "secret.csv"
    path.write_text("word\nhush-hush-hush\n")
    return path


REFUSED = [
    "SELECT * FROM read_csv('{secret}')", "SELECT * FROM read_text('{secret}')", "SELECT * FROM read_blob('{secret}')",
    "SELECT * FROM '{secret}'", 'SELECT * FROM "{secret}"', "SELECT * FROM read_parquet('{parquet}')",
    "SELECT * FROM parquet_scan('{parquet}')", "SELECT * FROM parquet_metadata('{parquet}')",
    "SELECT * FROM '{parquet}'",
    "SELECT * FROM read_json('{secret}')", "SELECT * FROM read_json_auto('{secret}')",
    "SELECT * FROM read_ndjson('{secret}')",
    "SELECT * FROM sniff_csv('{secret}')", "SELECT * FROM glob('/etc/*')", "SELECT * FROM glob('{data}/**')",
    "SELECT * FROM {t}, read_text('{secret}')", "SELECT (SELECT content FROM read_text('{secret}')) AS x",
    "WITH x AS (SELECT * FROM read_text('{secret}')) SELECT * FROM x",
    "SELECT * FROM {t} WHERE contigname IN (SELECT content FROM read_text('{secret}'))",
    "SELECT * FROM query('SELECT * FROM read_text(''{secret}'')')", "SELECT * FROM query_table('{secret}')",
    "SELECT getenv('HOME')", "SELECT * FROM duckdb_settings()", "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM duckdb_databases()",
    "SELECT * FROM pragma_database_list()", "SELECT * FROM sqlite_scan('{data}/varlake.db', 'access_keys')",
    "SELECT * FROM read_csv('http://127.0.0.1:1/x.csv')", "SELECT * FROM 's3://bucket/x.parquet'",
    "COPY (SELECT 1) TO '{secret}'", "COPY {t} TO '{data}/out.csv'", "EXPORT DATABASE '{data}/out'",
    "IMPORT DATABASE '{data}/out'",
    "ATTACH '{data}/varlake.db'", "ATTACH '{data}/new.db' AS x", "DETACH memory", "USE memory", "INSTALL httpfs",
    "LOAD httpfs",
    "SET memory_limit='100GB'", "SET enable_external_access=true", "RESET memory_limit", "PRAGMA database_list",
    "PRAGMA enable_profiling", "PRAGMA version", "CALL pragma_version()", "CREATE TABLE x AS SELECT 1",
    "CREATE VIEW x AS SELECT 1",
    "CREATE TEMP TABLE x AS SELECT 1", "CREATE MACRO f(x) AS x", "CREATE SECRET (TYPE S3)", "DROP TABLE {t}",
    "DROP VIEW {t}",
    "DELETE FROM {t}", "UPDATE {t} SET start = 0", "INSERT INTO {t} SELECT * FROM {t}", "ALTER TABLE {t} RENAME TO y",
    "TRUNCATE {t}", "CHECKPOINT", "VACUUM", "ANALYZE", "BEGIN", "SELECT 1; SELECT 2", "SELECT 1; DROP VIEW {t}",
    "PREPARE p AS SELECT 1", "EXECUTE p", "EXPLAIN ANALYZE SELECT * FROM read_text('{secret}')", "", ";", "SELEC 1",
    "SELECT * FROM no_such_store", "SELECT no_such_column FROM {t}", "FROM read_text('{secret}')", "TABLE '{secret}'",
    "SUMMARIZE SELECT * FROM read_text('{secret}')", "DESCRIBE SELECT * FROM read_csv('{secret}')",
    "PIVOT (SELECT * FROM read_csv('{secret}')) ON word",
]


@pytest.mark.parametrize("sql", REFUSED)
def test_refused(server, variants, secret, sql):
    parquet = next(path for files in servers.item_files(server.table(variants), job_of(server, variants)).values()
                   for path in files)
    text = sql.format(t=variants, secret=secret, parquet=parquet, data=server.data)
    before = tree(server)
    done = server.command("query", "--format", "json", text)
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


def test_a_runaway_query_ends(server, variants):
    """Ctrl-C of the command stops it; the server stays well."""
    import signal
    import subprocess

    sql = "SELECT count(*) FROM range(100000000000) a, range(1000) b"
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
    """A join that would fill any memory is stopped by limit or deadline of the server, or by the user: here by
    SIGINT."""
    import signal
    import subprocess

    joins = ", ".join(f"{variants} t{n}" for n in range(30))
    child = subprocess.Popen([str(servers.BINARY), "query", "--data", str(server.data),
                              f"SELECT count(DISTINCT random()) FROM {joins}"],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        child.communicate(timeout=4)
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=120)
    assert child.returncode != 0
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
    for refused in ("SELECT * FROM read_text('/etc/passwd')", "DROP VIEW stopped", "SELECT 1; SELECT 2"):
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
