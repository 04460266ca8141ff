#!/usr/bin/env python3
"""Kills servers and commands at random moments, copies and moves the folder between, and accounts for every row.

    killloop.py [--kills 300] [--seconds 3600] [--seed N] [--every 10] [--folder DIR]

A round is a server with clients at work, or one command without a server; it ends with SIGKILL at a random moment. The
next begins with what is left. Now and then the folder is moved, or copied and the copy treated badly while the
original must stay as it is, byte for byte. Every so many kills, and at the end, all work is let come to its end, and
then

- each job that was answered is there, and has ended; a job that was to read from a bucket did not fail by itself;
- each COMPLETED job's rows are there exactly once, by count, by distinct places and by sum of positions; no other row
  is;
- stores whose deletion was answered are gone; references that are ACTIVE are whole;
- `varlake check --deep` says nothing, and `check --orphans --remove` has taken no file that anything above needs.

Prints what was done as JSON. Exit 0 when all was right, 1 with the reason at the first that was not; the folder then
stays.
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

import server as servers
from annotation import Annotator
from counted import RECORDS, ROWS, TSV, Ledger, expected, make_files
from server import FINAL, ROLE, Server, User, until

COMMAND_SECONDS = 120  # a command that takes longer hangs
# An item gives up after five attempts that ended with the server: no fault where servers are killed all the time.
GAVE_UP = re.compile(r"Gave up after \d+ attempts")
BUSY = {"ConflictException", "ResourceNotFoundException", "ThrottlingException", "ServiceQuotaExceededException",
        "ValidationException"}


class Wrong(Exception):
    """What was found is not as it must be."""


def digest(folder: Path) -> dict[str, str]:
    """Every file below the folder: size, time of modification and content."""
    found = {}
    for root, _, names in os.walk(folder):
        for name in names:
            path = Path(root, name)
            status = path.lstat()
            found[str(path.relative_to(
                folder))] = f"{status.st_size} {status.st_mtime_ns} {hashlib.sha1(path.read_bytes()).hexdigest()}"
    return found


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Loop:
    def __init__(self, base: Path, seed: int, copies: bool):
        self.base, self.random, self.copies = base, random.Random(seed), copies
        self.done: Counter = Counter()
        self.words: set[str] = set()  # why items of commands were not resumed
        self.bucket, self.number = base / "src", 0
        make_files(self.bucket)
        port = free_port()
        self.flags = ["--listen", f"127.0.0.1:{port}", "--max-concurrent-jobs", "1000", "--upkeep", "on",
                      "--keep-snapshots", "3", "--keep-snapshots-for", "1s"]
        self.has_relocate = "relocate" in subprocess.run([servers.BINARY, "--help"], capture_output=True,
                                                         text=True).stdout
        self.ledger = Ledger()
        self.server = self.at(self.new_folder())
        self.users: dict[str, User] = {}
        self.set_up()

    def new_folder(self) -> Path:
        self.number += 1
        return self.base / f"place{self.number}"

    def at(self, folder: Path) -> Server:
        folder.mkdir(exist_ok=True)
        return Server(folder, {"src": self.bucket}, *self.flags)

    def user(self) -> Annotator:
        """One client for all servers: they listen at one address, and a folder's copies have its keys."""
        if not self.users:
            self.users["any"] = Annotator(self.server)
        return self.users["any"]

    def set_up(self) -> None:
        self.server.start()
        User(self.server).store("kept", "s3://src/ref.fa")
        self.user().create("known", "TSV", TSV)
        if self.server.stop() != 0:
            raise Wrong("the first server did not stop well")

    # One round: a server, clients at work on it, and its death.

    def server_round(self) -> None:
        delay = self.random.uniform(0.02, 2.2)
        server, killer = self.server, threading.Thread(target=self._kill_after, args=(self.server, delay))
        server.process = None
        killer.start()
        server.start(may_die=True)
        seeds = [self.random.random() for _ in range(3)]
        clients = [threading.Thread(target=self._client, args=(server, random.Random(seed))) for seed in seeds]
        for one in clients:
            one.start()
        killer.join()
        code = server.wait(120)
        for one in clients:
            one.join(COMMAND_SECONDS)
            if one.is_alive():
                raise Wrong("a client or command still waits for the server that was killed")
        if code != -signal.SIGKILL:
            raise Wrong(f"the server ended by itself with {code}:\n{server.tail()}")
        self.done["kills of servers"] += 1

    @staticmethod
    def _kill_after(server: Server, delay: float) -> None:
        until(lambda: server.process, 30, 0.001)
        time.sleep(delay)
        server.process.kill()

    def _client(self, server: Server, choose: random.Random) -> None:
        acts = [self.import_variants] * 4 + [self.import_annotations] * 2 + [
            self.import_reference, self.make_and_delete, self.start_and_cancel, self.compact, self.export, self.query,
            self.read_beside]
        while server.running:
            act = choose.choice(acts)
            try:
                act(server, choose)
            except ClientError as err:
                if err.response["Error"]["Code"] not in BUSY:
                    self.fail(f"{act.__name__}: {err}")
            except BotoCoreError:
                time.sleep(0.01)  # it is dead, or not yet there

    def fail(self, reason: str) -> None:
        self.done["faults"] += 1
        self.reason = reason

    def import_variants(self, server: Server, choose: random.Random) -> str:
        names = choose.sample(list(RECORDS), choose.choice([1, 1, 2]))
        job = self.user().omics.start_variant_import_job(
            destinationName="kept", roleArn=ROLE, items=[{"source": f"s3://src/{name}"} for name in names])["jobId"]
        self.ledger.answered["variant"].add(job)
        return job

    def import_annotations(self, server: Server, choose: random.Random) -> None:
        job = self.user().start("known", f"s3://src/{choose.choice(list(ROWS))}")
        self.ledger.answered["annotation"].add(job)

    def import_reference(self, server: Server, choose: random.Random) -> None:
        user = self.user()
        user.omics.start_reference_import_job(referenceStoreId=user.reference_store(), roleArn=ROLE,
                                              sources=[{"sourceFile": "s3://src/ref.fa",
                                                        "name": f"r{choose.randrange(10**9)}"}])

    def start_and_cancel(self, server: Server, choose: random.Random) -> None:
        job = self.import_variants(server, choose)
        time.sleep(choose.uniform(0, 0.1))
        self.user().omics.cancel_variant_import_job(jobId=job)

    def make_and_delete(self, server: Server, choose: random.Random) -> None:
        omics, name = self.user().omics, f"gone_{choose.randrange(10**9)}"
        omics.create_variant_store(name=name, reference=omics.get_variant_store(name="kept")["reference"])
        until(lambda: omics.get_variant_store(name=name)["status"] == "ACTIVE", 10, 0.02)
        omics.start_variant_import_job(destinationName=name, roleArn=ROLE, items=[{"source": "s3://src/f1.vcf"}])
        time.sleep(choose.uniform(0, 0.2))
        omics.delete_variant_store(name=name, force=True)
        self.ledger.deleted.add(name)

    def compact(self, server: Server, choose: random.Random) -> None:
        self.run(choose.choice([["--all"], ["--expire"], []]), "compact")

    def export(self, server: Server, choose: random.Random) -> None:
        done = self.run(["kept"], "export")
        if done.returncode == 0:
            self.whole(Counter(line.split("\t", 1)[0] for line in done.stdout.splitlines() if line[0] != "#"),
                       RECORDS, "export")

    def query(self, server: Server, choose: random.Random) -> None:
        done = self.run(["--format", "json", "SELECT contigname AS c, count(*) AS n FROM kept GROUP BY 1"], "query")
        if done.returncode == 0:
            self.whole({row["c"]: row["n"] for row in json.loads(done.stdout)},
                       {name: expected(name)[0] for name in RECORDS}, "query")

    def read_beside(self, server: Server, choose: random.Random) -> None:
        """Another engine opens the catalog in the state, and closes it: the state's log is the server's still."""
        state, code = server.data / "varlake.db", "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('SELECT * FROM iceberg_tables').fetchall()"
        before = self.log_of(state)
        subprocess.run([sys.executable, "-c", code, state], timeout=COMMAND_SECONDS, capture_output=True)
        if before and self.log_of(state) != before and server.running:
            self.fail("a reader of the state took its log away")
        self.done["readers of the state"] += 1

    @staticmethod
    def log_of(state: Path) -> int:
        """The inode; 0: there is none."""
        try:
            return Path(f"{state}-wal").stat().st_ino
        except FileNotFoundError:
            return 0

    def whole(self, counts: dict[str, int], unit: dict[str, int], what: str) -> None:
        """Every job is there with all its rows, or with none."""
        torn = {name: n for name, n in counts.items() if n % unit[name]}
        if torn:
            self.fail(f"{what}: {torn} are no multiples of {unit}")
        self.done[f"{what} answered whole"] += 1

    def run(self, arguments: list[str], *command: str) -> subprocess.CompletedProcess:
        return self.server.command(*command, *arguments, timeout=COMMAND_SECONDS)

    # One round: a command without a server.

    def commands(self, rough: bool) -> list[list[str]]:
        source, beside = self.random.sample(list(RECORDS), 2)
        found = [["import", "kept", str(self.bucket / source)],
                 ["import", "kept", str(self.bucket / source), str(self.bucket / beside)],
                 ["annotation", "import", "known", str(self.bucket / self.random.choice(list(ROWS)))],
                 ["compact", "--all"], ["compact", "--expire"], ["compact", "kept"],
                 ["export", "kept", "-o", str(self.base / "out.vcf")],
                 ["reference", "import", str(self.bucket / "ref.fa"), "--name", f"made_{self.number}"],
                 ["check", "--orphans", "--remove"], ["query", "SELECT count(*) FROM kept"], ["store", "list"]]
        if self.has_relocate:
            found += [["relocate"]] * 2
        if rough:
            found += [["store", "delete", "kept", "--force"], ["check", "--orphans", "--remove"]] * 2
        return found

    def command_round(self, rough: bool = False) -> None:
        command = self.random.choice(self.commands(rough))
        if command[:3] == ["store", "delete", "kept"]:
            self.ledger.kept = False
        with subprocess.Popen([servers.BINARY, *command, "--data", str(self.server.data)], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as process:
            try:
                _, words = process.communicate(timeout=self.random.uniform(0.01, 1.0))
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                self.done["kills of commands"] += 1
                self.done[f"killed {command[0]}"] += 1
                return
        self.done["commands that ended before"] += 1
        # what was left of before is still at work
        refused = re.search("has reached its limit of|already exists|is not ACTIVE|inflight import running|is used by a store|"
                            "begun by an earlier command", words)
        if process.returncode not in (0, 3) and self.ledger.kept and not refused:
            raise Wrong(f"{command}: exit {process.returncode}: {words}")

    # Between rounds.

    def move(self) -> None:
        target = self.new_folder()
        if self.random.random() < 0.3:  # to another depth
            target = target / "deep" / "er"
            target.parent.mkdir(parents=True)
        shutil.move(self.server.data.parent, target)
        self.server = self.at(target)
        self.done["moves"] += 1

    def copied(self) -> Path:
        target = self.new_folder()
        subprocess.run(["cp", "-a", self.server.data.parent, target], check=True)
        self.done["copies"] += 1
        return target

    def rough_copy(self) -> None:
        """Kills over a copy, which in the end is thrown away: its original stays as it is."""
        original, ledger, before = self.server, copy.deepcopy(self.ledger), digest(self.server.data.parent)
        target = self.copied()
        self.server = self.at(target)
        for _ in range(self.random.randint(2, 5)):
            self.round(rough=True)
        self.verify()
        self.server, self.ledger = original, ledger
        after = digest(original.data.parent)
        changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
        if changed:
            raise Wrong(f"what was done to a copy changed its original: {changed[:10]}")
        shutil.rmtree(target)

    def move_to_copy(self) -> None:
        """A copy takes the place of its original, which is removed: a backup restored elsewhere."""
        target, original = self.copied(), self.server.data.parent
        shutil.rmtree(original)
        self.server = self.at(target)

    def round(self, rough: bool = False) -> None:
        before = self.kills
        if self.random.random() < 0.7:
            self.server_round()
        else:
            # else commands take up what a server left, and fail it for want of its buckets
            if self.random.random() < 0.8:
                self.settle()
            while self.kills < before + 3:
                self.command_round(rough)
        if self.done["faults"]:
            raise Wrong(self.reason)

    def settle(self) -> None:
        """Lets a server end what is left to do."""
        self.server.start()
        self.settle_on(self.server)
        self.server.kill()

    def settle_on(self, server: Server) -> None:
        """Waits until every job has ended."""
        self._settle("variant")
        self._settle("annotation")

    @property
    def kills(self) -> int:
        return self.done["kills of servers"] + self.done["kills of commands"]

    # The account.

    def verify(self) -> None:
        self.server.start()
        self._answers()
        user = self.user()
        self.settle_on(self.server)
        self._orphans()
        for kind, place in (("variant", "kept"), ("annotation", "known")):
            if kind == "annotation" or self.ledger.kept:
                self._rows(kind, place)
        listed = user.omics.get_paginator("list_variant_stores").paginate().build_full_result()
        stores = {one["name"] for one in listed["variantStores"]}
        until(lambda: not self._present(stores & self.ledger.deleted), 60, 0.1)
        self._references(user)
        deep = self.run([], "check", "--deep")
        if (deep.returncode, deep.stdout) != (0, ""):
            raise Wrong(f"check --deep: {deep.stdout}{deep.stderr}")
        if (code := self.server.stop()) != 0:
            raise Wrong(f"the server stopped with {code}:\n{self.server.tail()}")
        self.done["verified"] += 1

    def _answers(self) -> None:
        if self.server.process.poll() is not None:
            raise Wrong(f"the server does not start:\n{self.server.tail()}")

    def _present(self, names: set[str]) -> list[str]:
        found = []
        for name in names:
            try:
                self.user().omics.get_variant_store(name=name)
                found.append(name)
            except self.user().omics.exceptions.ResourceNotFoundException:
                pass
        return found

    def _orphans(self) -> None:
        """What kills of compactions and expiry left lies there for a day, or until it is asked for: then all of it
        goes, and nothing else."""
        done = self.run(["--orphans", "--remove"], "check")
        if done.returncode != 0:
            raise Wrong(f"check --orphans --remove: {done.stdout}{done.stderr}")
        self.done["orphans removed"] += len(done.stdout.splitlines())
        done = self.run(["--orphans"], "check")
        if (done.returncode, done.stdout) != (0, ""):
            raise Wrong(f"check --orphans after their removal: {done.stdout}{done.stderr}")

    def _settle(self, kind: str) -> None:
        """Waits for every job that is listed, and holds how each ended."""
        omics, ended = self.user().omics, self.ledger.ended[kind]
        pages = omics.get_paginator(f"list_{kind}_import_jobs").paginate()
        listed = {job["id"] for page in pages for job in page[f"{kind}ImportJobs"]}
        if lost := self.ledger.answered[kind] - listed:
            raise Wrong(f"jobs that were answered and are not there: {sorted(lost)}")
        get = getattr(omics, f"get_{kind}_import_job")
        for job in listed - ended.keys():
            found = until(lambda: one if (one := get(jobId=job))["status"] in FINAL else None, 120, 0.02)
            ended[job] = {name: found[name] for name in ("status", "destinationName", "items", "statusMessage")}
            self.done[f"{kind} jobs {found['status']}"] += 1
            self._failed_rightly(job, found)

    def _failed_rightly(self, job: str, found: dict) -> None:
        if found["status"] not in ("FAILED", "COMPLETED_WITH_FAILURES") or found["destinationName"].startswith("gone_"):
            return
        for item in found["items"]:
            # an annotation job has them for its one item
            words = item.get("statusMessage") or found.get("statusMessage", "")
            if item["jobStatus"] != "FAILED":
                continue
            if GAVE_UP.search(words):
                self.done["items given up"] += 1
            elif item["source"].startswith("s3://src/"):
                raise Wrong(f"job {job} failed: {found}")
            else:
                self.done["items of commands that were not resumed"] += 1
                self.words.add(re.sub(r"/\S+", "PATH", words))

    def _rows(self, kind: str, table: str) -> None:
        place, start, who = ("contigname", "start", "sampleid") if kind == "variant" else ("chrom", "pos", "chrom")
        done = self.run(["--format", "json", f"""SELECT importjobid AS job, {place} AS file, count(*) AS n, count(DISTINCT ("{start}", {who})) AS places,
            sum("{start}") AS total FROM {table} GROUP BY 1, 2"""], "query")
        if done.returncode != 0:
            raise Wrong(f"query: {done.stderr}")
        got = {(row["job"], row["file"]): (row["n"], row["places"], int(row["total"]))
               for row in json.loads(done.stdout)}
        want = {}
        for job, found in self.ledger.ended[kind].items():
            if found["destinationName"] == table and found["status"] in ("COMPLETED", "COMPLETED_WITH_FAILURES"):
                for item in found["items"] if kind == "variant" else found["items"][:1]:
                    if item["jobStatus"] == "COMPLETED":
                        name = item["source"].rpartition("/")[2]
                        want[job, name] = expected(name)
        wrong = [(key, want.get(key), got.get(key)) for key in want.keys() | got.keys()
                 if want.get(key) != got.get(key)]
        if wrong:
            raise Wrong(f"{table}: (job, file), expected and found (rows, places, sum): {wrong[:5]}")
        self.done["rows accounted for"] += sum(n for n, _, _ in got.values())

    def _references(self, user: User) -> None:
        store = user.reference_store()
        listed = user.omics.get_paginator("list_references").paginate(referenceStoreId=store).build_full_result()
        for one in listed["references"]:
            if one["status"] == "ACTIVE":
                body = user.omics.get_reference(referenceStoreId=store, id=one["id"], partNumber=1)["payload"].read()
                if not body.startswith(b">f1.vcf") and b"f1.vcf" not in body[:100]:
                    raise Wrong(f"reference {one['name']} begins with {body[:40]!r}")

    def go(self, kills: int, seconds: float, every: int) -> None:
        begin, due = time.monotonic(), every
        while self.kills < kills and time.monotonic() - begin < seconds:
            self.round()
            chance = self.random.random() if self.copies else 1
            if chance < 0.1:
                self.rough_copy()
            elif chance < 0.22:
                self.move()
            elif chance < 0.28:
                self.move_to_copy()
            if self.kills >= due:
                self.verify()
                due = self.kills + every
        self.verify()
        self.done["seconds"] = round(time.monotonic() - begin)


def main(argv=None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=3600,
                        help="after so many the loop ends, however few kills there were")
    parser.add_argument("--every", type=int, default=10, help="kills from one account to the next")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--no-copies", action="store_true", help="neither copy nor move the folder")
    parser.add_argument("--folder",
        help="an empty folder to work in; it stays. Default: a temporary one, which stays when something is wrong")
    given = parser.parse_args(argv)
    base = Path(given.folder or tempfile.mkdtemp(prefix="killloop_")).resolve()
    loop = None
    try:
        loop = Loop(base, given.seed, not given.no_copies)
        loop.go(given.kills, given.seconds, given.every)
    except (Wrong, AssertionError, subprocess.TimeoutExpired) as wrong:
        print(f"seed {given.seed}, {base}: {type(wrong).__name__}: {wrong}", file=sys.stderr)
        if loop is not None:
            print(json.dumps(loop.done, indent=1), file=sys.stderr)
            if loop.server.running:
                loop.server.kill()
        return 1
    print(json.dumps({"seed": given.seed, "kills": loop.kills, **dict(sorted(loop.done.items())),
                      "reasons": sorted(loop.words)}, indent=1))
    if not given.folder:
        shutil.rmtree(base)
    return 0


if __name__ == "__main__":
    sys.exit(main())
