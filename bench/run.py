"""Measures `varlake import` against bcftools on the same files in the same run, and holds the figures to the goals.

Each round runs both commands one after the other, the other one first in every second round. The figures are medians
over the rounds, the ratios medians of the rounds' own ratios, so that a machine whose speed drifts favours neither.
"""

import dataclasses
import json
import queue
import signal
import subprocess
import sys
import threading
import time

import harness
from client import Client
from harness import Failed, Source, Usage, median, megabytes, mebibytes, say, seconds

MOST_WALL = {"normalised": 0.33, "not normalised": 0.4}  # of bcftools' time
MOST_OF_SOURCE = 0.75  # size of one sample's table
MOST_OF_BCF = 2  # size of a joint-called table
LEAST_ROWS = 8e6  # a second and core
MOST_MEMORY = 1 << 30
MOST_WAIT = 0.1  # seconds from the end of an import to the first answer
SWEEP = (1, 10, 100, 1000)  # samples, and then as many as the joint-called files have
REGION = ("SELECT sampleid, contigname, start, referenceallele, alternatealleles, calls FROM bench0 "
          "WHERE contigname = 'chr1' AND start >= 100000 AND start < 150000")
POLL = 0.005  # seconds between two looks at a job


@dataclasses.dataclass(frozen=True)
class Workload:
    """A file to import, and what of the goals it is held to."""

    name: str
    source: Source
    normalise: bool
    fast: bool = False  # the goal of wall time against bcftools
    joint: bool = False  # the goals of rows per core and of size against BCF, else that of size against the source

    @property
    def title(self):
        return f"{self.name}, {'normalised' if self.normalise else 'not normalised'}"


@dataclasses.dataclass(frozen=True)
class Round:
    ours: Usage
    size: int  # bytes of the table
    theirs: Usage
    bcf: int  # bytes


@dataclasses.dataclass(frozen=True)
class Goal:
    """A figure beside the one wanted."""

    workload: str
    what: str
    wanted: str
    measured: str
    met: bool

    @staticmethod
    def unmeasured(workload, what, why):
        return Goal(workload, what, "", why, False)


def peer(workload, out):
    """bcftools' command for a workload."""
    vcf = workload.source.vcf
    if workload.normalise:
        return harness.pipeline(f"bcftools norm -f {workload.source.reference} -Ou {vcf} | bcftools view -Ob --threads 2 -o {out}")
    return ["bcftools", "view", "-Ob", "--threads", "2", "-o", str(out), str(vcf)]


def against_bcftools(args, work, workload):
    """The rounds of a workload."""
    store, out, rounds = harness.Store(args.varlake, work / "store", workload.source.reference,
                                       args.rounds), work / "out.bcf", []
    for number in range(args.rounds):
        if number % 2:
            theirs = harness.measure(peer(workload, out), args.timeout)
        ours, size = store.load(number, workload.source, workload.normalise, args.timeout)
        if not number % 2:
            theirs = harness.measure(peer(workload, out), args.timeout)
        rounds.append(Round(ours, size, theirs, out.stat().st_size))
        say(f"{workload.title}: varlake {ours.wall:.2f} s, bcftools {theirs.wall:.2f} s")
    store.remove()
    return rounds


def figures(workload, rounds):
    """A row of the table of workloads."""
    def of(pick):
        return median([pick(r) for r in rounds])

    return [
        workload.title,
        seconds(of(lambda r: r.ours.wall)), seconds(of(lambda r: r.theirs.wall)),
        f"**{of(lambda r: r.ours.wall / r.theirs.wall):.2f}**",
        seconds(of(lambda r: r.ours.cpu)), seconds(of(lambda r: r.theirs.cpu)),
        f"**{of(lambda r: r.ours.cpu / r.theirs.cpu):.2f}**",
        f"{rows_per_core(workload, rounds) / 1e6:.2f} M", mebibytes(of(lambda r: r.ours.peak)),
        mebibytes(of(lambda r: r.theirs.peak)),
        megabytes(workload.source.bytes), megabytes(of(lambda r: r.size)), megabytes(of(lambda r: r.bcf)),
    ]


def rows_per_core(workload, rounds):
    return median([workload.source.rows / r.ours.cpu for r in rounds])


def goals(workload, rounds):
    """The goals that a workload's figures are held to."""
    found = []
    if workload.fast:
        most = MOST_WALL["normalised" if workload.normalise else "not normalised"]
        ratio = median([r.ours.wall / r.theirs.wall for r in rounds])
        found.append(Goal(workload.title, "wall time against bcftools", f"≤ {most}", f"{ratio:.2f}", ratio <= most))
    size = median([r.size for r in rounds])
    if workload.joint:
        rows = rows_per_core(workload, rounds)
        found.append(Goal(workload.title, "rows per second and core", f"≥ {LEAST_ROWS / 1e6:.0f} M",
                          f"{rows / 1e6:.2f} M", rows >= LEAST_ROWS))
        share = size / median([r.bcf for r in rounds])
        found.append(Goal(workload.title, "size against BCF", f"≤ {MOST_OF_BCF}", f"{share:.2f}", share <= MOST_OF_BCF))
    else:
        share = size / workload.source.bytes
        found.append(Goal(workload.title, "size against the source", f"≤ {MOST_OF_SOURCE}", f"{share:.2f}",
                          share <= MOST_OF_SOURCE))
    return found


def sweep(args, work, sources):
    """CPU nanoseconds per row of each file: medians over rounds that import one file after the other; and the highest
    memory of all."""
    stores = [harness.Store(args.varlake, work / f"store-{source.samples}", source.reference, args.rounds)
              for source in sources]
    found, peak = [[] for _ in sources], 0
    for number in range(args.rounds):
        for source, store, values in zip(sources, stores, found):
            usage, _ = store.load(number, source, False, args.timeout)
            values.append(usage.cpu / source.rows * 1e9)
            peak = max(peak, usage.peak)
            say(f"{source.samples} samples, {source.rows:,} rows: {values[-1]:.0f} ns of CPU a row")
    for store in stores:
        store.remove()
    return [median(values) for values in found], peak


def sweep_table(sources, costs):
    return harness.table(
        ["samples", "records", "rows", "CPU per row", "per record"],
        [[f"{s.samples:,}", f"{s.records:,}", f"{s.rows:,}", f"{cost:.0f} ns", f"{cost * s.samples / 1000:.1f} µs"]
         for s, cost in zip(sources, costs)])


def first_answer(args, work, source):
    """On a server that just started: seconds of an import by its API, and from its end to the whole answer of the
    first query."""
    store = harness.Store(args.varlake, work / "store", source.reference, 1)
    command = [args.varlake, "serve", "--listen", "127.0.0.1:0", "--rate", "*=off", "--log-level", "error", "--bucket",
               f"bench={source.vcf.parent}"]
    server = subprocess.Popen(command, env=store.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        client = Client(store.folder, listening(server))
        begun = time.monotonic()
        job = json.loads(client.call("POST", "/import/variant", {
            "destinationName": "bench0", "roleArn": f"arn:aws:iam::{client.account}:role/bench",
            "items": [{"source": f"s3://bench/{source.vcf.name}"}], "runLeftNormalization": True}))["jobId"]
        while (status := json.loads(client.call("GET", f"/import/variant/{job}"))["status"]) in (
                "SUBMITTED", "IN_PROGRESS"):
            if time.monotonic() - begun > args.timeout:
                raise Failed(f"the job is not done after {args.timeout} s")
            time.sleep(POLL)
        if status != "COMPLETED":
            raise Failed(f"the job ended {status}")
        done = time.monotonic()
        found = json.loads(client.call("POST", "/varlake/query", {"sql": REGION, "format": "json"}))
        answered = time.monotonic()
    except (OSError, ValueError, KeyError) as err:
        raise Failed(f"{type(err).__name__}: {err}") from err
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(60)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        server.stdout.close()
    if not found:
        raise Failed("the query found nothing")
    store.remove()
    say(f"import {done - begun:.2f} s, then the first answer {1000 * (answered - done):.0f} ms")
    return done - begun, answered - done


def listening(server):
    """HOST:PORT of a server that starts, from its first line."""
    lines = queue.Queue()
    threading.Thread(target=lambda: lines.put(server.stdout.readline()), daemon=True).start()
    try:
        line = lines.get(timeout=60)
    except queue.Empty:
        line = ""
    _, there, address = line.strip().partition("http://")
    if not there:
        raise Failed(f"the server said {line!r}")
    return address


def two_commands(args, work, source):
    """Seconds of `varlake query` as a whole process, right after `varlake import`; no server runs."""
    store = harness.Store(args.varlake, work / "store", source.reference, 1)
    harness.measure([args.varlake, "import", "--normalize", "bench0", str(source.vcf)], args.timeout, store.env)
    usage = harness.measure([args.varlake, "query", "--format", "json", REGION], args.timeout, store.env)
    store.remove()
    return usage.wall


def waits(args, work, source):
    """What was measured of the time to the first answer, in words, and the goals."""
    rounds = [first_answer(args, work, source) for _ in range(args.rounds)]
    imported, wait = median([r[0] for r in rounds]), median([r[1] for r in rounds])
    command = median([two_commands(args, work, source) for _ in range(args.rounds)])
    text = (f"From a VCF to the first answer, {source.records:,} records of one sample, normalised: on a server that had just started, "
            f"{seconds(imported)} from StartVariantImportJob to COMPLETED, then {1000 * wait:.0f} ms to the last byte of the first query's answer "
            f"(one gene's region, its calls and alleles). Without a server `varlake query` after `varlake import` takes {1000 * command:.0f} ms as a whole process.")
    limit = f"≤ {1000 * MOST_WAIT:.0f} ms"
    return text, [
        Goal("first answer, on a server", "after the import's own time", limit, f"{1000 * wait:.0f} ms",
             wait <= MOST_WAIT),
        Goal("first answer, by a command", "after the import's own time", limit, f"{1000 * command:.0f} ms",
             command <= MOST_WAIT),
    ]


def slower(rows):
    """Says where Varlake is not first, by the ratios of wall time."""
    behind = [f"{title} ({ratio:.2f})" for title, ratio in rows if ratio > 1]
    if not behind:
        return "Varlake is faster than bcftools in every row."
    return "Varlake is slower than bcftools, wall time as a ratio: " + "; ".join(behind) + "."


def main():
    parser = harness.arguments(__doc__)
    parser.add_argument("--sweep-rows", type=int, default=5_000_000, help="rows of each file of the sweep over samples")
    args = harness.parsed(parser)
    if args.quick:
        args.sweep_rows = args.joint_records * args.samples
    harness.adopt_orphans()
    try:
        with harness.Work(args) as work:
            text, broken = run(args, work)
        print(text)
        if args.docs:
            harness.write_section(args.docs, "bench:", text)
    except Failed as err:
        sys.exit(f"bench: {err}")
    if broken:
        sys.exit("bench: not measured: " + "; ".join(broken))


def run(args, work):
    """The section for the document, and what could not be measured."""
    machine, version = harness.Machine(), harness.output(["bcftools", "--version"]).split("\n")[0]

    def joint(samples, records, *flags):
        return harness.made(args.varlake, work, records, samples, flags)

    one = harness.made(args.varlake, work, args.records, flags=["--gvcf"])
    gvcf = harness.made(args.varlake, work, args.records, flags=["--gvcf"], name="bench.g.vcf.gz")
    called, panel = joint(args.samples, args.joint_records), joint(args.samples, args.joint_records, "--genotypes-only")
    sweep_sources = [joint(samples, max(1, args.sweep_rows // samples))
                     for samples in [*(s for s in SWEEP if s < args.samples), args.samples]]

    one_name, gvcf_name = f"one sample, {one.records:,} records", f"gVCF, {gvcf.records:,} records"
    called_name, panel_name = (f"{s.samples:,} samples, {s.records:,} records, {formats}"
                               for s, formats in ((called, "GT:AD:DP:GQ:PL"), (panel, "GT")))
    workloads = [
        Workload(one_name, one, True, fast=True),
        Workload(one_name, one, False, fast=True),
        Workload(gvcf_name, gvcf, True, fast=True),
        Workload(called_name, called, True, joint=True),
        Workload(called_name, called, False, joint=True),
        Workload(panel_name, panel, False, joint=True),
    ]
    rows, held, peaks, ratios, broken = [], [], [], [], []
    for workload in workloads:
        try:
            rounds = against_bcftools(args, work, workload)
        except Failed as err:
            broken.append(f"{workload.title}: {err}")
            held.append(Goal.unmeasured(workload.title, "all", str(err)))
            continue
        rows.append(figures(workload, rounds))
        held += goals(workload, rounds)
        peaks.append(max(r.ours.peak for r in rounds))
        ratios.append((workload.title, median([r.ours.wall / r.theirs.wall for r in rounds])))

    sweep_text, wait_text = "", ""
    try:
        costs, peak = sweep(args, work, sweep_sources)
        peaks.append(peak)
        sweep_text = sweep_table(sweep_sources, costs)
        falls = all(later < earlier for earlier, later in zip(costs, costs[1:]))
        held.append(Goal("1 to " + f"{args.samples:,} samples", "CPU per row", "falls",
                         " → ".join(f"{cost:.0f}" for cost in costs) + " ns", falls))
    except Failed as err:
        broken.append(f"sweep over samples: {err}")
        held.append(Goal.unmeasured("sweep over samples", "CPU per row", str(err)))
    if peaks:
        held.append(Goal("all of the above", "peak memory, highest round", "≤ 1 GiB", mebibytes(max(peaks)),
                         max(peaks) <= MOST_MEMORY))
    try:
        wait_text, wait_goals = waits(args, work, one)
        held += wait_goals
    except Failed as err:
        broken.append(f"first answer: {err}")
        held.append(Goal.unmeasured("first answer", "after the import's own time", str(err)))

    text = [
        f"{machine.describe()}. {version}, median of {args.rounds} paired rounds.",
        harness.table(["workload", "goal", "wanted", "measured", ""],
                      [[g.workload, g.what, g.wanted, g.measured, "met" if g.met else "**missed**"] for g in held]),
        harness.table(["workload", "wall, varlake", "wall, bcftools", "ratio", "CPU, varlake", "CPU, bcftools", "ratio",
                       "rows per CPU second, varlake",
                       "peak memory, varlake", "bcftools", "source", "table", "BCF"], rows),
        slower(ratios),
        sweep_text, wait_text,
    ]
    return "\n\n".join(part for part in text if part), broken


if __name__ == "__main__":
    main()
