"""Statements of SQL that keep something: prepared statements, views, and files of UNLOAD. The former are an account's
own, need their rights, and outlive the server."""

from __future__ import annotations

import gzip
from datetime import date
from decimal import Decimal

import pytest
from pyarrow import parquet

import server as servers
from accounts import ADMIN, REGION, Account, administrator, allow, deny, open_account, policy

OTHER = "210987654321"


@pytest.fixture(scope="module")
def people(server) -> tuple[Account, Account]:
    """Two accounts, of which the first has an empty store `genes`."""
    one, two = administrator(server), open_account(server, OTHER)
    one.annotation_store("genes")
    return one, two


def does(who: Account, sql: str, rows: list | None = None) -> None:
    answer = who.trino(sql)
    assert answer.status == 200, f"{sql}\n{answer}"
    assert answer.rows == ([] if rows is None else rows), sql


def refuses(who: Account, sql: str, message: str) -> None:
    answer = who.trino(sql)
    assert answer.status in (400, 403, 404) and message in answer.message, f"{sql}\n{answer}"


def test_prepared_statements(server, people):
    one, two = people
    does(one, "PREPARE p FROM SELECT ? + 1 AS n, typeof(?) AS t")
    does(one, "EXECUTE p USING 1, DECIMAL '1.50'", [{"n": 2, "t": "decimal(3,2)"}])
    does(one, "DESCRIBE INPUT p", [{"Position": 0, "Type": "integer"}, {"Position": 1, "Type": "unknown"}])
    refuses(one, "EXECUTE p USING 1",
        "INVALID_PARAMETER_USAGE: line 1:1: Incorrect number of parameters: expected 2 but found 1")
    refuses(one, "EXECUTE p USING start, 1", "EXPRESSION_NOT_CONSTANT")
    refuses(two, "EXECUTE p USING 1, 2", "NOT_FOUND: Prepared statement not found: p")
    refuses(two, "DEALLOCATE PREPARE p", "NOT_FOUND: Prepared statement not found: p")
    does(one, "PREPARE p FROM SELECT 'new' AS n")
    does(one, "EXECUTE p", [{"n": "new"}])
    does(one, "PREPARE late FROM SELECT count(*) AS n FROM later")  # what it names is looked up when it is executed
    refuses(one, "EXECUTE late", "TABLE_NOT_FOUND: line 1:27")
    does(one, "DEALLOCATE PREPARE p")
    refuses(one, "EXECUTE p", "NOT_FOUND: Prepared statement not found: p")


def test_views(server, people):
    one, two = people
    does(one, "CREATE VIEW lengths AS SELECT seqid, \"end\" - start AS n FROM genes")
    does(one, "SELECT * FROM lengths")
    does(one, "SHOW TABLES", [{"Table": "genes"}, {"Table": "lengths"}])
    does(one, "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = 'default' ORDER BY 1",
         [{"table_name": "genes", "table_type": "BASE TABLE"}, {"table_name": "lengths", "table_type": "VIEW"}])
    does(one, "DESCRIBE lengths", [{"Column": name, "Type": of, "Extra": "", "Comment": ""}
                                   for name, of in (("seqid", "varchar"), ("n", "bigint"))])
    does(one, "SHOW CREATE VIEW lengths",
        [{"Create View": "CREATE VIEW awsdatacatalog.default.lengths SECURITY INVOKER "
                                            'AS\nSELECT seqid, "end" - start AS n FROM genes'}])
    refuses(one, "CREATE VIEW lengths AS SELECT 1 AS a", "TABLE_ALREADY_EXISTS")
    refuses(one, "CREATE OR REPLACE VIEW genes AS SELECT 1 AS a",
        "TABLE_ALREADY_EXISTS: line 1:1: Table already exists")
    for sql in ("SELECT * FROM lengths", "DROP VIEW lengths", "SHOW CREATE VIEW lengths"):
        refuses(two, sql, "'awsdatacatalog.default.lengths' does not exist")
    does(two, "SELECT view_definition FROM information_schema.views")
    does(two, "CREATE VIEW lengths AS SELECT 5 AS n")
    does(two, "SELECT * FROM lengths", [{"n": 5}])
    does(one, "SELECT * FROM lengths")
    does(one, "DROP VIEW lengths")
    refuses(one, "SELECT * FROM lengths", "TABLE_NOT_FOUND")
    does(two, "SELECT * FROM lengths", [{"n": 5}])


def test_a_view_gives_no_right(server, people, tmp_path):
    """Who asks needs the right to the view and to what it reads."""
    one, _ = people
    does(one, "CREATE OR REPLACE VIEW ids AS SELECT seqid FROM genes")
    query = allow("athena:StartQueryExecution")
    table = f"arn:aws:glue:{REGION}:{ADMIN}:table"
    for name, statements, message in (
            ("both", [query, allow("glue:GetTable")], ""),
            ("view", [query, allow("glue:GetTable", resource=f"{table}/default/*")], "glue:GetTable on resource: "),
            ("table", [query, allow("glue:GetTable"), deny("glue:GetTable", resource=f"{table}/default/ids")],
             f"glue:GetTable on resource: {table}/default/ids")):
        who = open_account(server, ADMIN, name, policy(*statements), tmp_path)
        if message:
            refuses(who, "SELECT * FROM ids", message)
        else:
            does(who, "SELECT * FROM ids")
        refuses(who, "DROP VIEW ids", "glue:DeleteTable" if name != "table" else "glue:GetTable")
        refuses(who, "CREATE VIEW other AS SELECT 1 AS a", f"glue:CreateTable on resource: {table}/default/other")
        refuses(who, "PREPARE q FROM SELECT 1", "athena:CreatePreparedStatement")
        refuses(who, "EXECUTE q", "athena:GetPreparedStatement")


def test_they_outlive_the_server(binary, corpus, tmp_path):
    one = servers.Server(tmp_path, {"corpus": corpus}).start()
    user = administrator(one)
    does(user, "PREPARE p FROM SELECT n FROM v WHERE n > ?")
    does(user, "CREATE VIEW v AS SELECT n FROM (VALUES 1, 2, 3) AS t(n)")
    one.kill()
    one.start()
    does(administrator(one), "EXECUTE p USING 1", [{"n": 2}, {"n": 3}])
    assert one.stop() == 0
    done = one.command("query", "--json", "EXECUTE p USING 2")
    assert done.stdout.strip() == '[{"n":3}]' or '"n":3' in done.stdout, done.stderr
    done = one.command("query", "DROP VIEW v")
    assert (done.returncode, done.stdout) == (0, "DROP VIEW\n"), done.stderr
    done = one.command("query", "SHOW TABLES")
    assert "(0 rows)" in done.stdout, done.stderr


# --- UNLOAD -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def writing(binary, corpus, tmp_path_factory):
    """A server that may write results to s3://results, and the folder of that."""
    folder = tmp_path_factory.mktemp("results")
    one = servers.Server(tmp_path_factory.mktemp("writing"), {"corpus": corpus}, "--unload-bucket", f"results={folder}",
                         "--max-unload-bytes", "200000").start()
    yield administrator(one), folder
    assert one.stop() == 0


ROWS = ("SELECT 1 AS n, 'a' AS t, ARRAY[1, NULL] AS l, DECIMAL '1.50' AS d, DATE '2020-01-31' AS day UNION ALL "
        "SELECT 2, NULL, NULL, NULL, NULL")


def test_unload_parquet(writing):
    who, folder = writing
    does(who, f"UNLOAD ({ROWS}) TO 's3://results/a/b/' WITH (format = 'PARQUET', compression = 'zstd')", [{"rows": 2}])
    file, = (folder / "a/b").iterdir()
    table = parquet.read_table(file)
    assert [str(of) for of in table.schema.types] == ["int32", "string", "list<element: int32>", "decimal128(3, 2)",
                                                      "date32[day]"]
    assert sorted(table.to_pylist(), key=lambda row: row["n"]) == [
        {"n": 1, "t": "a", "l": [1, None], "d": Decimal("1.50"), "day": date(2020, 1, 31)},
        {"n": 2, "t": None, "l": None, "d": None, "day": None}]
    assert parquet.ParquetFile(file).metadata.row_group(0).column(0).compression == "ZSTD"
    refuses(who, f"UNLOAD ({ROWS}) TO 's3://results/a/b' WITH (format = 'PARQUET')", "HIVE_PATH_ALREADY_EXISTS")
    assert list((folder / "a/b").iterdir()) == [file]


def test_unload_text(writing):
    who, folder = writing
    for format, compression, text in (("JSON", "GZIP", '{"n":1,"t":"x"}\n'), ("CSV", "NONE", "n,t\n1,x\n")):
        place = f"{format}/{compression}"
        does(who, f"UNLOAD (SELECT 1 AS n, 'x' AS t) TO 's3://results/{place}/' WITH (format = '{format}', "
                  f"compression = '{compression}')", [{"rows": 1}])
        file, = (folder / place).iterdir()
        assert (gzip.decompress(file.read_bytes()) if compression == "GZIP" else file.read_bytes()).decode() == text
    does(who, "UNLOAD (SELECT 1 AS n WHERE false) TO 's3://results/none/' WITH (format = 'PARQUET')", [{"rows": 0}])
    does(who, "PREPARE u FROM UNLOAD (SELECT ? AS n) TO 's3://results/prepared/' WITH (format = 'CSV', compression = 'none')")
    does(who, "EXECUTE u USING 7", [{"rows": 1}])
    assert next((folder / "prepared").iterdir()).read_text() == "n\n7\n"


def test_unload_is_all_or_nothing(writing):
    who, folder = writing
    to = "TO 's3://results/failed/' WITH (format = 'CSV', compression = 'NONE')"
    refuses(who, f"UNLOAD (SELECT 1 / (n - 9) AS x FROM UNNEST(sequence(1, 10)) AS t(n)) {to}", "DIVISION_BY_ZERO")
    refuses(who, f"UNLOAD (SELECT n, lpad('x', 99, 'x') AS m FROM UNNEST(sequence(1, 9999)) AS t(n)) {to}",
        "--max-unload-bytes")
    assert not (folder / "failed").exists() and not list((folder / ".varlake-unload").iterdir())


def test_unload_refuses(writing, tmp_path):
    who, folder = writing
    before = sorted(folder.rglob("*"))
    for to, properties, message in (
            ("s3://corpus/x/", "format = 'CSV'", "INVALID_ARGUMENTS: No results may be written to 's3://corpus/x/'"),
            ("s3://results/", "format = 'CSV'", "is no place for files"),
            ("s3://results/../x", "format = 'CSV'", "is no place for files"),
            (f"file://{tmp_path}/x", "format = 'CSV'", "UNLOAD writes to a place s3://BUCKET/PREFIX/"),
            ("s3://results/y", "format = 'ORC'", "NOT_SUPPORTED: line 1:1: The format ORC is not supported"),
            ("s3://results/y", "compression = 'GZIP'", "UNLOAD needs a format"),
            ("s3://results/y", "format = 'CSV', compression = 'ZSTD'",
            "Files of CSV are compressed by one of GZIP NONE"),
            ("s3://results/y", "format = 'CSV', nosuch = 1", "INVALID_TABLE_PROPERTY: line 1:"),
            ("s3://results/y", "format = 1", "INVALID_TABLE_PROPERTY: line 1:")):
        refuses(who, f"UNLOAD (SELECT 1 AS n) TO '{to}' WITH ({properties})", message)
    refuses(who, "UNLOAD (SELECT nosuch) TO 's3://results/y' WITH (format = 'CSV')", "COLUMN_NOT_FOUND: line 1:16")
    other = open_account(who.server, ADMIN, "reader", policy(
        allow("athena:StartQueryExecution"), allow("s3:PutObject", resource="arn:aws:s3:::results/mine/*")), tmp_path)
    refuses(other, "UNLOAD (SELECT 1 AS n) TO 's3://results/y' WITH (format = 'CSV')", "s3:PutObject on resource: ")
    assert sorted(folder.rglob("*")) == before
    does(other, "UNLOAD (SELECT 1 AS n) TO 's3://results/mine/y' WITH (format = 'CSV')", [{"rows": 1}])
