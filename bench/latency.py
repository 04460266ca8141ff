"""Measures how far one client of a server stops the others: clients that hold back bodies, results that nobody reads,
an account with thousands of files, queries beside an import, polls beside eight imports. All on loopback, some minutes
in all.

With --before each figure stands beside that of another build of the program, measured in the same run.
"""

import argparse
import contextlib
import http.client
import json
import pathlib
import re
import select
import shutil
import socket
import statistics
import subprocess
import sys
import threading
import time

import harness
from client import Client
from harness import Failed, say

ATTACKERS, BODY = 800, 4 << 20  # connections, and bytes of the body that each of them holds back the last of
FLOOD_JOBS, FLOOD_ITEMS = 5, 1000  # one account's jobs, and files of each
POLLERS, IMPORTS, POLL_EVERY, POLL_SECONDS = 20, 8, 0.1, 8  # clients, running items, seconds
ASKERS, REPEATS = 8, 5  # clients that ask one query after the other; imports in a row, of which the median counts
HEAVY = "SELECT count(*) AS n, sum(CAST(a.start AS double) * b.start) AS s FROM bench a JOIN bench b ON a.start % 97 = b.start % 97"
# results that are not read; another account's queries meanwhile; queries that work at a time
UNREAD, COUNTS, ENGINES = (4, 20), 20, 4
LONGEST, LONGEST_QUERY = 240, 60  # seconds that a figure may take; what takes longer is cut off and told as more
ROLE = "arn:aws:iam::123456789012:role/import"
NO_KEY = "AKIDNOBODY"


class Serve:
    """A server on a new data folder with a reference and an empty store "bench", the sources' folder as its bucket
    "bench"."""

    def __init__(self, varlake, work, source, *flags):
        self.store = harness.Store(varlake, work / "store", source.reference, 0)
        self.store.run("store", "create", "bench", "--reference", "bench")
        command = [varlake, "serve", "--listen", "127.0.0.1:0", "--rate", "*=off", "--log-level", "error", "--bucket",
                   f"bench={source.vcf.parent}", *flags]
        self.process = subprocess.Popen(command, env=self.store.env, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("listening on http://"):
            raise Failed(f"the server said {line!r}")
        self.address = line.split("//")[1].strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()  # a server under attack may have much to drain
        self.process.wait()
        self.process.stdout.close()
        self.store.remove()

    def client(self):
        return Client(self.store.folder, self.address)

    def peak(self):
        """The most memory that the server has held at one time, in bytes."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s*(\d+) kB", status)[1]) << 10


def start(client, name, sources):
    body = {"destinationName": name, "roleArn": ROLE.replace("123456789012", client.account),
            "items": [{"source": s} for s in sources]}
    return json.loads(client.call("POST", "/import/variant", body))["jobId"]


def finished(client, job, longest=LONGEST):
    """Seconds until a job is final, at most longest."""
    started = time.monotonic()
    while time.monotonic() - started < longest:
        status = json.loads(client.call("GET", f"/import/variant/{job}"))["status"]
        if status not in ("SUBMITTED", "IN_PROGRESS"):
            if status != "COMPLETED":
                raise Failed(f"job {job} is {status}")
            break
        time.sleep(0.01)
    return time.monotonic() - started


def held_bodies(varlake, work, files, rounds):
    """Connections without any key hold back the last byte of a body: the server's memory, and how long a signed
    request takes meanwhile."""
    peaks, answers = [], []
    for _ in range(rounds):
        with Serve(varlake, work, files.small) as server, contextlib.ExitStack() as open_sockets:
            client = server.client()
            client.call("GET", "/variantStore/bench")
            host, _, port = server.address.partition(":")
            attacker = Client(server.store.folder, server.address)
            attacker.key = NO_KEY
            head = attacker.headers("POST", "/import/variant", b"") | {
                "Host": server.address, "Content-Length": str(BODY)}
            head = "POST /import/variant HTTP/1.1\r\n" + "".join(
                f"{name}: {value}\r\n" for name, value in head.items()) + "\r\n"
            payload = head.encode() + bytes(BODY - 1)
            threads = []
            for _ in range(ATTACKERS):
                connection = open_sockets.enter_context(socket.create_connection((host, int(port))))
                connection.settimeout(15)
                threads.append(threading.Thread(target=send, args=(connection, payload)))
                threads[-1].start()
                if len(threads) % 100 == 0:
                    started = time.monotonic()
                    with contextlib.suppress(OSError, ConnectionError):
                        server.client().call("GET", "/variantStore/bench")
                    answers.append(time.monotonic() - started)
            for thread in threads:
                thread.join()
            peaks.append(server.peak())
    return {
        f"{ATTACKERS} connections without a key hold back a byte of 4 MiB: peak memory of the server": f"{statistics.median(peaks) / (1 << 20):.0f} MiB",
        "the same: longest signed request meanwhile": f"{max(answers) * 1000:.0f} ms",
    }


def send(connection, payload):
    with contextlib.suppress(OSError):
        connection.sendall(payload)


def other_account(varlake, work, files, rounds):
    """How long one file of an account takes while another account has thousands to import."""
    waits = []
    for _ in range(rounds):
        with Serve(varlake, work, files.tiny) as server:
            first = server.client()
            second = other(server, first)
            for _ in range(FLOOD_JOBS):
                start(first, "bench", [f"s3://bench/{files.tiny.vcf.name}"] * FLOOD_ITEMS)
            waits.append(finished(second, start(second, "bench", [f"s3://bench/{files.tiny.vcf.name}"])))
    return {f"one file of an account while another has {FLOOD_JOBS * FLOOD_ITEMS:,} to import": limited(
        statistics.median(waits))}


def unread_results(varlake, work, files, rounds):
    """How long another account's query takes while an account asks for large results and reads nothing of them."""
    took = {n: [] for n in UNREAD}
    for _ in range(rounds):
        with Serve(varlake, work, files.middle) as server:
            first = server.client()
            second = other(server, first)
            finished(first, start(first, "bench", [f"s3://bench/{files.middle.vcf.name}"]))
            counted(second)
            for n in UNREAD:
                with contextlib.ExitStack() as streams:
                    held = [streams.enter_context(unread(server, first)) for _ in range(n)]
                    end = time.monotonic() + LONGEST
                    while len(select.select(held, [], [], 0)[0]) < ENGINES:  # that many at least are at work
                        if time.monotonic() > end:
                            raise Failed("the results do not begin")
                        time.sleep(0.05)
                    end = time.monotonic() + LONGEST_QUERY
                    for _ in range(COUNTS):
                        took[n].append(counted(second))
                        if time.monotonic() >= end:
                            break
    figures = {}
    for n, all in took.items():
        name = f"SELECT count(*) of an account while another leaves {n} results unread"
        figures |= {f"{name}: p50": milliseconds(statistics.median(all)), f"{name}: longest": milliseconds(max(all))}
    return figures


def unread(server, client):
    """A connection on which a result comes that is larger than what the kernel takes of it."""
    payload = json.dumps({"sql": "SELECT * FROM bench", "format": "csv"}).encode()
    head = client.headers("POST", "/varlake/query", payload) | {
        "Host": server.address, "Content-Length": str(len(payload))}
    host, _, port = server.address.partition(":")
    connection = socket.create_connection((host, int(port)), timeout=LONGEST)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.sendall("".join(["POST /varlake/query HTTP/1.1\r\n",
                                *(f"{name}: {value}\r\n" for name, value in head.items()), "\r\n"]).encode() + payload)
    return connection


def counted(client):
    """Seconds of a query of next to no work, at most LONGEST_QUERY."""
    client.connection.close()
    client.connection.timeout = LONGEST_QUERY  # of the connection that the call opens
    started = time.monotonic()
    try:
        client.call("POST", "/varlake/query", {"sql": "SELECT count(*) FROM bench", "format": "csv"})
    except TimeoutError:
        client.connection.close()
    return time.monotonic() - started


def milliseconds(seconds):
    return f"more than {LONGEST_QUERY} s" if seconds >= LONGEST_QUERY else f"{seconds * 1000:.0f} ms"


def other(server, first):
    """A client of a second account that has a store of its own."""
    key = json.loads(server.store.run("access-key", "create", "--account", "210987654321", "--name",
                                      "second", "--json"))
    second = server.client()
    second.key, second.secret, second.account = key["accessKeyId"], key["secretAccessKey"], "210987654321"
    store = json.loads(second.call("POST", "/referencestore", {"name": "references"}))["id"]
    sources = [{"sourceFile": "s3://bench/bench.fa", "name": "bench"}]
    role = ROLE.replace("123456789012", second.account)
    job = json.loads(second.call("POST", f"/referencestore/{store}/importjob",
                                 {"roleArn": role, "sources": sources}))["id"]
    wait(second, f"/referencestore/{store}/importjob/{job}", "COMPLETED")
    references = json.loads(second.call("POST", f"/referencestore/{store}/references", {}))["references"]
    second.call("POST", "/variantStore", {"name": "bench", "reference": {"referenceArn": references[0]["arn"]}})
    wait(second, "/variantStore/bench", "ACTIVE")
    return second


def wait(client, path, status):
    end = time.monotonic() + LONGEST
    while (found := json.loads(client.call("GET", path))["status"]) != status:
        if time.monotonic() > end:
            raise Failed(f"{path} is {found}")
        time.sleep(0.02)


def limited(value):
    return f"more than {LONGEST} s" if value >= LONGEST else f"{value:.2f} s"


def beside_queries(varlake, work, files, rounds):
    """How long an import takes alone, and while clients ask one query after the other."""
    alone, beside, shares = [], [], []
    for _ in range(rounds):
        with Serve(varlake, work, files.middle) as server:
            client = server.client()
            source = [f"s3://bench/{files.middle.vcf.name}"]
            finished(client, start(client, "bench", source))
            took = [finished(client, start(client, "bench", source)) for _ in range(REPEATS)]
            alone.append(statistics.median(took))
            stop = threading.Event()
            askers = [threading.Thread(target=ask, args=(server.client(), stop)) for _ in range(ASKERS)]
            for asker in askers:
                asker.start()
            time.sleep(1)
            took = [finished(client, start(client, "bench", source)) for _ in range(REPEATS)]
            beside.append(statistics.median(took))
            shares.append(alone[-1] / beside[-1])
            stop.set()  # and what they wait for ends with the server
        for asker in askers:
            asker.join()
    name = f"import of {files.middle.records:,} records"
    return {
        f"{name}, alone": limited(statistics.median(alone)),
        f"{name}, beside {ASKERS} clients' queries": limited(statistics.median(beside)),
        "the same: speed, of that alone": f"{statistics.median(shares):.0%}",
    }


def ask(client, stop):
    """Asks a query again and again that keeps the engine busy for seconds; refused as too many, it tries again."""
    client.connection.timeout = LONGEST  # it is not open yet
    while not stop.is_set():
        try:
            client.call("POST", "/varlake/query", {"sql": HEAVY, "format": "csv"})
        except (OSError, http.client.HTTPException) as err:
            if not stop.is_set() and " 429 " not in str(err) and " 503 " not in str(err):
                raise
            time.sleep(0.05)


def polls(varlake, work, files, rounds):
    """The latency of GetVariantImportJob for many clients while many files are imported."""
    took = []
    for _ in range(rounds):
        with Serve(varlake, work, files.large, "--import-items", str(IMPORTS)) as server:
            client = server.client()
            job = start(client, "bench", [f"s3://bench/{files.large.vcf.name}"] * IMPORTS)
            while sum(i["jobStatus"] == "IN_PROGRESS"
                      for i in json.loads(client.call("GET", f"/import/variant/{job}"))["items"]) < IMPORTS:
                time.sleep(0.05)
            took += polled(server, job)
            running = json.loads(client.call("GET", f"/import/variant/{job}"))["status"]
            if running != "IN_PROGRESS":
                raise Failed("the import ended before the polls did")
    took.sort()
    name = f"GetVariantImportJob, {IMPORTS} running items, {POLLERS} clients"
    return {f"{name}: p50": f"{took[len(took) // 2] * 1000:.1f} ms",
            f"{name}: p99": f"{took[len(took) * 99 // 100] * 1000:.1f} ms"}


def polled(server, job):
    """Seconds of every poll of all clients, each of which asks every POLL_EVERY seconds."""
    took, end = [], time.monotonic() + POLL_SECONDS

    def poll(number):
        client = server.client()
        time.sleep(POLL_EVERY * number / POLLERS)
        while (started := time.monotonic()) < end:
            client.call("GET", f"/import/variant/{job}")
            took.append(time.monotonic() - started)
            time.sleep(max(0, POLL_EVERY - took[-1]))

    threads = [threading.Thread(target=poll, args=(number,)) for number in range(POLLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took


class Files:
    """What is imported: a few records, some, more, and many."""

    def __init__(self, varlake, work, records):
        self.tiny, self.small = harness.made(varlake, work, 100), harness.made(varlake, work, 20_000)
        self.middle, self.large = harness.made(varlake, work, 100_000), harness.made(varlake, work, records)


SCENARIOS = [held_bodies, unread_results, other_account, beside_queries, polls]


def scenarios(varlake, work, files, rounds, only):
    figures = {}
    for scenario in SCENARIOS:
        if only and scenario.__name__ not in only:
            continue
        say(f"{varlake}: {scenario.__name__}")
        shutil.rmtree(work / "store", ignore_errors=True)
        figures |= scenario(varlake, work, files, rounds)
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--varlake", type=pathlib.Path, default=pathlib.Path("bin/varlake"),
                        help="the program to measure")
    parser.add_argument("--before", type=pathlib.Path, help="another build of it, to stand beside")
    parser.add_argument("--docs", type=pathlib.Path, help="document to write the table into")
    parser.add_argument("--work", type=pathlib.Path,
                        help="folder for data, kept for the next run (default: a temporary one)")
    parser.add_argument("--records", type=int, default=1_000_000,
                        help="of the files that are imported while clients poll")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", action="append", help="measure this scenario alone (repeatable): "
                        + ", ".join(s.__name__ for s in SCENARIOS))
    args = parser.parse_args()
    machine = harness.Machine()
    with harness.Work(args) as work:
        programs = [str(p.resolve()) for p in (args.before, args.varlake) if p]
        files = Files(programs[-1], work, args.records)
        measured = [scenarios(p, work, files, args.rounds, args.only) for p in programs]
    names = ["before", "now"][-len(programs):]
    rows = [[what, *(figures.get(what, "") for figures in measured)] for what in measured[-1]]
    text = f"{machine.describe()}. Median of {args.rounds} rounds.\n\n" + harness.table(["figure", *names], rows)
    print(text)
    if args.docs:
        harness.write_section(args.docs, "bench:latency-", text)


if __name__ == "__main__":
    try:
        main()
    except Failed as err:
        sys.exit(f"{err}")
