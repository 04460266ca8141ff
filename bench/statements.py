"""Measures what statements cost beside reading data: SELECT 1 through POST with pauses and back to back, and a gene in
a store of many files beside DuckDB reading the same files in a process of its own. Prints figures and their ratios.
"""

import json
import subprocess
import sys
import time

import harness
from harness import say
from latency import Serve, finished, start

ASKED, PAUSE = 30, 0.15  # statements of each kind; seconds between them
FILES, PER_FILE = 110, 4  # data files of the store; imports of one job
GENE = "SELECT start, referenceallele, sampleid FROM {table} WHERE contigname = '{contig}' AND start BETWEEN {low} AND {high}"


def ask(client, sql):
    """Seconds that a statement took."""
    started = time.monotonic()
    answer = client.call("POST", "/varlake/query", {"sql": sql, "format": "csv", "dialect": "trino"})
    return time.monotonic() - started, answer


def asked(client, sql, pause, count=ASKED):
    took = []
    for _ in range(count):
        time.sleep(pause)
        took.append(ask(client, sql)[0])
    return harness.median(took)


def select_one(client):
    """The latency of a statement of no work, with pauses and without."""
    asked(client, "SELECT 1", 0)  # a server that has been asked before
    time.sleep(1)
    spaced = asked(client, "SELECT 1", PAUSE)
    together = asked(client, "SELECT 1", 0)
    return {"SELECT 1, with pauses": milliseconds(spaced), "SELECT 1, back to back": milliseconds(together),
            "back to back, of that with pauses": f"{together / spaced:.2f}"}


FRESH = """
import duckdb, json, sys, time
request = json.load(sys.stdin)
started = time.monotonic()
database = duckdb.connect(config={"threads": request["threads"]})
rows = database.execute(request["sql"]).fetchall()
print(json.dumps({"seconds": time.monotonic() - started, "rows": len(rows)}))
"""


def fresh_duckdb(python, sql, threads):
    """The seconds of a statement in a new process, from its start to its end, and its rows."""
    started = time.monotonic()
    done = subprocess.run([python, "-c", FRESH], input=json.dumps({"sql": sql, "threads": threads}), text=True,
                          capture_output=True, check=True)
    return time.monotonic() - started, json.loads(done.stdout)


def gene(server, client, source, python, rounds):
    """A gene's rows, asked of the server and of DuckDB over all of the store's data files."""
    jobs = FILES // PER_FILE + 1
    for _ in range(jobs):
        finished(client, start(client, "bench", [f"s3://bench/{source.vcf.name}"] * PER_FILE))
    files = sorted(str(f) for f in server.store.folder.rglob("*.parquet"))
    contig, middle = ask(client, "SELECT contigname, min(start) + (max(start) - min(start)) / 2 AS m FROM bench "
                                 "GROUP BY 1 ORDER BY 1 LIMIT 1")[1].decode().split()[1].split(",")
    where = {"contig": contig.strip('"'), "low": int(middle), "high": int(middle) + 50_000}
    ours, theirs, inside = [], [], []
    listed = "read_parquet([" + ", ".join(f"'{f}'" for f in files) + "])"
    for _ in range(rounds):
        took, answer = ask(client, GENE.format(table="bench", **where))
        ours.append(took)
        took, told = fresh_duckdb(python, GENE.format(table=listed, **where), 2)
        theirs.append(took)
        inside.append(told["seconds"])
        if answer.decode().count("\n") - 1 != told["rows"]:
            raise harness.Failed(f"other rows than DuckDB's {told['rows']}: {answer[:200]}")
        time.sleep(0.2)
    mine, other, bare = harness.median(ours), harness.median(theirs), harness.median(inside)
    name = f"a gene of {len(files)} files"
    return {f"{name}, through POST": milliseconds(mine), f"{name}, DuckDB in a process of its own": milliseconds(other),
            "the same without the process's start": milliseconds(bare), "POST, of DuckDB's": f"{mine / other:.2f}",
            "POST, of DuckDB's without the start": f"{mine / bare:.2f}"}


def milliseconds(seconds):
    return f"{seconds * 1000:.1f} ms"


def main():
    parser = harness.arguments(__doc__)
    parser.add_argument("--duckdb", default=sys.executable, help="a Python that has duckdb")
    args = harness.parsed(parser)
    with harness.Work(args) as work:
        machine = harness.Machine()
        source = harness.made(args.varlake, work, 2_000)
        with Serve(args.varlake, work, source, "--upkeep", "off") as server:
            client = server.client()
            figures = select_one(client)
            say("SELECT 1 is measured")
            figures |= gene(server, client, source, args.duckdb, args.rounds)
        text = f"{machine.describe()}.\n\n" + harness.table(["figure", "now"], figures.items())
    print(text)
    if args.docs:
        harness.write_section(args.docs, "bench:statements-", text)


if __name__ == "__main__":
    main()
