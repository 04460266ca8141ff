"""Results as Parquet and Arrow, read by pyarrow, against the same results as json; and `varlake sql` at a terminal."""

from __future__ import annotations

import datetime
import decimal
import fcntl
import io
import json
import os
import pty
import select
import struct
import subprocess
import termios
import time

import pyarrow
import pyarrow.parquet
import pytest

import server as servers

VALUES = {
    "b": "true", "ti": "tinyint '-1'", "i": "2147483647", "bi": "9223372036854775807", "r": "real '1.5'", "d": "2e0",
    "dec": "decimal '-123.450'", "big": "decimal '12345678901234567890123456789012345.678'", "v": "'é'",
    "c": "cast('ab' as char(4))", "vb": "X'00ff'", "dt": "date '1969-12-31'", "t3": "time '01:02:03.456'",
    "t6": "time '01:02:03.456789'", "tz": "time '01:02:03 +02:00'", "ts3": "timestamp '1969-12-31 23:59:59.999'",
    "ts6": "timestamp '2020-02-29 01:02:03.456789'", "ds": "interval '3' day", "ym": "interval '14' month",
    "a": "array[1, null, 3]", "aa": "array[array['x'], null, array[]]", "m": "map(array['a','b'], array[1.5, null])",
    "rw": "cast(row(1, 'x', null) as row(a integer, b varchar, c double))", "j": "json '{\"b\": 1, \"a\": [1, 2]}'",
    "u": "uuid '12151fd2-7586-11e9-8f9e-2a86e4085a59'", "n": "null",
}
STATEMENT = ("SELECT " + ", ".join(f"{v} AS {k}" for k, v in VALUES.items()) +
             " UNION ALL SELECT " + ", ".join("null" for _ in VALUES))


def as_json(value):
    """A value of pyarrow's as `--format json` has it."""
    if isinstance(value, decimal.Decimal):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list):
        return dict(map(as_json, pair) for pair in value) if value and isinstance(value[0], tuple) \
            else [as_json(v) for v in value]
    if isinstance(value, dict):
        return {k: as_json(v) for k, v in value.items()}
    if isinstance(value, (datetime.date, datetime.time)):
        return str(value)
    return value


def written(server, form, sql=STATEMENT):
    done = subprocess.run([servers.BINARY, "query", "--dialect", "trino", "--format", form, sql], check=True,
                          capture_output=True, timeout=120, env=os.environ | {"VARLAKE_DATA": str(server.data)})
    return done.stdout


def read(form, data):
    if form == "parquet":
        return pyarrow.parquet.read_table(io.BytesIO(data))
    return pyarrow.ipc.open_stream(data).read_all()


@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_types_are_read_as_json_has_them(server, form):
    table = read(form, written(server, form))
    want = json.loads(written(server, "json"), parse_float=str)
    for row in want:  # json text stays text, and its floats are no decimals
        row["j"] = row["j"] and json.dumps(row["j"], separators=(",", ":"))
        row["r"], row["d"] = (row[k] and float(row[k]) for k in ("r", "d"))
    key = str
    got = [{k: as_json(v) for k, v in row.items()} for row in table.to_pylist()]
    for row in got:
        row["ts3"], row["t3"] = (row[k] and row[k][:-3] for k in ("ts3", "t3"))  # Python has six digits
        row["j"] = row["j"] and json.dumps(dict(sorted(json.loads(row["j"]).items())), separators=(",", ":"))
    assert sorted(got, key=key) == sorted(want, key=key)
    types = {f.name: str(f.type) for f in table.schema}
    assert types["dec"] == "decimal128(6, 3)" and types["big"] == "decimal128(38, 3)" and types["ti"] == "int8"
    assert types["ts3"] == "timestamp[ms]" and types["ts6"] == "timestamp[us]" and types["dt"] == "date32[day]"


@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_empty_and_many_rows(server, form):
    empty = read(form, written(server, form, "SELECT 1 AS a, 'x' AS b WHERE false"))
    assert empty.num_rows == 0 and empty.column_names == ["a", "b"]
    many = read(form, written(server, form,
        "SELECT x, y FROM UNNEST(sequence(1, 500)) a(x), UNNEST(sequence(1, 600)) b(y)"))
    assert many.num_rows == 300_000
    assert pyarrow.compute.sum(many["x"]).as_py() == 600 * 500 * 501 // 2


class Shell:
    """`varlake sql` at a terminal."""

    def __init__(self, server, home):
        self.home, self.screen = home, ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(VARLAKE_DATA=str(server.data), HOME=str(home), XDG_STATE_HOME="", TERM="xterm")
            os.execv(servers.BINARY, ["varlake", "sql"])
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        self.until("varlake> ")

    def until(self, text, seconds=60):
        """What came until a text did."""
        end = time.monotonic() + seconds
        while text not in self.screen:
            assert time.monotonic() < end and select.select([self.fd], [], [], seconds)[0], (text, self.screen)
            self.screen += os.read(self.fd, 1 << 16).decode(errors="replace")
        before, _, self.screen = self.screen.partition(text)
        return before

    def type(self, keys, until):
        os.write(self.fd, keys.encode())
        return self.until(until)

    def leave(self):
        os.write(self.fd, b"\x04")
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


@pytest.fixture
def shell(server, tmp_path):
    return Shell(server, tmp_path)


def test_the_shell_at_a_terminal(server, shell, tmp_path):
    shell.type("SELECT 1 AS n,\r", "-> ")
    shell.type("'a\r", "'> ")
    shell.type("b' AS t;\r", "(1 row)")
    shell.type("SELECT chr(27) || '[2J' AS x, 1;\r", "\ufffd[2J")
    shell.until("varlake> ")
    shell.type("SELECT nope;\r", "error: COLUMN_NOT_FOUND: line 1:8")
    shell.until("varlake> ")
    shell.type("SELECT card\t", "cardinality(")  # completed
    shell.type("\x03", "varlake> ")  # dropped
    shell.type("SELECT count(*) FROM UNNEST(sequence(1, 10000)) a(x), UNNEST(sequence(1, 10000)) b(y), "
               "UNNEST(sequence(1, 10000)) c(z) WHERE x * y * z = 7;\r", "= 7;\x1b")
    server.until_queries(working=1)
    shell.type("\x03", "ended by Ctrl-C")
    shell.until("varlake> ")
    shell.type("\\x\r", "each value: on")
    shell.type("SELECT 5 AS five;\r", "row 1")
    shell.until("varlake> ")
    shell.type("\x1b[A", "SELECT 5 AS five;")  # the one before
    shell.type("\r", "(1 row)")
    shell.until("varlake> ")
    assert shell.leave() == 0
    kept = tmp_path / ".local/state/varlake/sql_history"
    assert kept.stat().st_mode & 0o777 == 0o600 and kept.read_text().splitlines()[-1] == "SELECT 5 AS five;"
    again = Shell(server, tmp_path)
    again.type("\x12fiv", "SELECT 5 AS five;")
    again.type("\x03", "varlake> ")
    assert again.leave() == 0
