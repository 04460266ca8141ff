#!/usr/bin/env python3
"""Whether Varlake answers as Trino does: the same statements to both, over the same files.

    agree.py [--count N] [--seed S]    N statements of the generator (scripts/statements)
    agree.py - < STATEMENTS            one a line; a file of recorded answers (*.jsonl) will do, of which sql is taken

Varlake is asked by POST /varlake/query, so that the text of its values is compared, too. Rows must be the same, in the
same order, and errors have the same name; what Varlake refuses as NOT_SUPPORTED is counted. Trino is started here, over
the tables of ../shared/spec/trino, unless --server names one, and --data a copy of the folder that it reads. Exit 0
when all agree, 1 at a difference, 2 when Trino cannot be run."""

from __future__ import annotations

import argparse
import base64
import contextlib
import http.client
import json
import math
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

import install
import stores
import trino

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "compat" / "lib"))
from server import Server  # noqa: E402


class Number(str):
    """A number with a point or an exponent, as JSON has it."""


class Pairs(list):
    """An object of JSON: its names may come twice, and have an order."""


def parsed(text: str) -> object:
    return json.loads(text, parse_float=Number, object_pairs_hook=Pairs)


class Varlake:
    def __init__(self, server: Server):
        self.host = server.endpoint.removeprefix("http://")
        self.signer = SigV4Auth(Credentials(*server.credentials()), "omics", "us-east-1")
        self.connection = http.client.HTTPConnection(self.host, timeout=600)

    def answer(self, sql: str) -> dict:
        """rows, each of name and value; or error and message."""
        body = json.dumps({"sql": sql, "dialect": "trino", "format": "json"}).encode()
        request = AWSRequest("POST", f"http://{self.host}/varlake/query", {"Content-Type": "application/json"}, body)
        self.signer.add_auth(request)
        self.connection.request("POST", "/varlake/query", body, dict(request.headers))
        answer = self.connection.getresponse()
        text = answer.read().decode()
        if answer.status == 200:
            return {"rows": parsed(text)}
        name, _, message = json.loads(text)["message"].partition(": ")
        return {"error": name, "message": message}


def difference(got: dict, want: dict) -> str:
    """How an answer of Varlake's differs from Trino's; nothing when it does not."""
    if "error" in want:
        if "error" not in got:
            return f"rows where Trino says {want['error']}: {want['message']}"
        if want["error"] not in (got["error"], "GENERIC_INTERNAL_ERROR"):
            return f"{got['error']}: {got['message']}; Trino says {want['error']}: {want['message']}"
        return ""
    if "error" in got:
        return f"{got['error']}: {got['message']}"
    if len(got["rows"]) != len(want["rows"]):
        return f"{len(got['rows'])} rows, {len(want['rows'])} of Trino's"
    names = [name for name, _ in want["columns"]]
    for at, (row, trinos) in enumerate(zip(got["rows"], want["rows"], strict=True)):
        if [name for name, _ in row] != names:
            return f"columns {[name for name, _ in row]}, Trino's {names}"
        for (name, value), of_trino, kind in zip(row, trinos, want["signatures"], strict=True):
            if not alike(value, of_trino, kind):
                return f"row {at + 1}, {name}: {value!r}, Trino's {of_trino!r}"
    return ""


def alike(got: object, want: object, kind: dict) -> bool:
    """Whether a value of Varlake's JSON is one of Trino's, of the type with this signature."""
    raw, of = kind["rawType"], [argument["value"] for argument in kind["arguments"]]
    if got is None or want is None:
        return got is want
    match raw:
        case "array":
            return len(got) == len(want) and all(alike(a, b, of[0]) for a, b in zip(got, want, strict=True))
        case "map":
            return ({key: None for key, _ in got}.keys() == want.keys() and len(got) == len(want)
                    and all(alike(value, want[key], of[1]) for key, value in got))
        case "row":
            names = [(field.get("fieldName") or {}).get("name") for field in of]
            if isinstance(got, Pairs):
                if any(name and name != has for name, (has, _) in zip(names, got, strict=True)):
                    return False
                got = [value for _, value in got]
            return all(alike(a, b, field["typeSignature"]) for a, b, field in zip(got, want, of, strict=True))
        case "double" | "real":
            return math.isclose(float(got), float(want), rel_tol=1e-12) or str(got) == str(want)
        case "varbinary":
            return got == base64.b64decode(want).hex()
        case "json":
            return got == parsed(want)
        case "decimal":
            return str(got) == want
    return got == want


def statements(arguments: argparse.Namespace) -> list[str]:
    if arguments.file:
        lines = sys.stdin if arguments.file == "-" else Path(arguments.file).read_text().splitlines()
        texts = [line.strip() for line in lines if line.strip()]
    else:
        printed = ["go", "run", "./scripts/statements", "-seed", str(arguments.seed), "-n", str(arguments.count)]
        texts = subprocess.run(printed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return [json.loads(text)["sql"] if text.startswith("{") else text for text in texts]


def compare(varlake: Varlake, client: trino.Client, texts: list[str]) -> Counter:
    counts: Counter = Counter()
    for sql, want in zip(texts, client.answers(texts), strict=True):
        got = varlake.answer(sql)
        word = difference(got, want)
        if word and got.get("error") == "NOT_SUPPORTED":
            counts["refused"] += 1
            continue
        counts["differ" if word else "errors alike" if "error" in got else "rows alike"] += 1
        if word:
            print(f"{sql}\n  {word}", flush=True)
    return counts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", help="statements, one a line; - for standard input")
    parser.add_argument("--count", type=int, default=500, help="how many statements of the generator (default: 500)")
    parser.add_argument("--seed", type=int, default=0, help="of the first of them (default: 0)")
    parser.add_argument("--server", help="URL of a Trino that has the tables")
    parser.add_argument("--data", type=Path, help="a copy of the data folder that it reads, to be served")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are stopped
    arguments = parser.parse_args()
    if (arguments.server is None) != (arguments.data is None):
        parser.error("--server and --data go together")
    with contextlib.ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="varlake-agree-"))).resolve()
        url = arguments.server
        if not url:
            stores.make(ROOT / "bin" / "varlake", work)
            try:
                url = stack.enter_context(stores.server(work / "data", work)).url
            except install.CannotRun as reason:
                print(f"Trino cannot be run: {reason}")
                return 2
        server = Server(arguments.data.parent if arguments.data else work, {}).start()
        stack.callback(server.stop)
        client = trino.Client(url, *stores.SESSION, precise=True)
        counts = compare(Varlake(server), client, statements(arguments))
    print(", ".join(f"{count} {word}" for word, count in sorted(counts.items())))
    return 1 if counts["differ"] else 0


if __name__ == "__main__":
    sys.exit(main())
