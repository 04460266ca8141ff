"""Whole-process measurements of `varlake import` against bcftools, paired in one run.

Each round runs both commands one after the other on the same file; the figures are medians over
the rounds, the ratios medians of the rounds' own ratios, so that a machine whose speed drifts does
not favour either. CPU time and peak memory come from the kernel's accounting of the finished
processes (wait4): CPU of all of a command's processes together, memory of its largest one.
"""

import argparse
import os
import pathlib
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"


def measure(command, env=None):
    """Runs a command to its end: (wall seconds, CPU seconds, peak MiB of its largest process)."""
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=env)
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"bench: {command} exited {process.returncode}: {errors.decode()[-2000:]}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def tree_bytes(folder):
    return sum(f.stat().st_size for f in folder.rglob("*.parquet"))


def workload(args, work, name, vcf, reference, normalize):
    """Rounds of one workload; returns a row of the table."""
    bcf = work / "out.bcf"
    if normalize:
        peer = f"bcftools norm -f {reference} -Ou {vcf} | bcftools view -Ob -o {bcf}"
    else:
        peer = f"bcftools view -Ob -o {bcf} {vcf}"
    rounds = []
    for _ in range(args.rounds):
        data = work / "data"
        shutil.rmtree(data, ignore_errors=True)
        env = dict(os.environ, VARLAKE_DATA=str(data))
        for setup in (["reference", "import", "--name", "bench", str(reference)], ["store", "create", "bench", "--reference", "bench"]):
            subprocess.run([args.varlake, *setup], env=env, check=True, stdout=subprocess.DEVNULL)
        command = [args.varlake, "import", "bench", str(vcf)] + (["--normalize"] if normalize else [])
        ours = measure(command, env)
        size = tree_bytes(data)
        theirs = measure(["bash", "-c", "set -euo pipefail; " + peer])
        rounds.append((ours, theirs, size, bcf.stat().st_size))
        print(f"{name}: varlake {ours[0]:.2f} s, bcftools {theirs[0]:.2f} s", file=sys.stderr)

    def median(pick):
        return statistics.median(pick(r) for r in rounds)

    source = vcf.stat().st_size
    return "| {} | {:.2f} s | {:.2f} s | **{:.2f}** | {:.2f} s | {:.2f} s | **{:.2f}** | {:.0f} MiB | {:.1f} MB | {:.1f} MB | {:.1f} MB |".format(
        name,
        median(lambda r: r[0][0]), median(lambda r: r[1][0]), median(lambda r: r[0][0] / r[1][0]),
        median(lambda r: r[0][1]), median(lambda r: r[1][1]), median(lambda r: r[0][1] / r[1][1]),
        median(lambda r: r[0][2]), source / 1e6, median(lambda r: r[2]) / 1e6, median(lambda r: r[3]) / 1e6,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--varlake", default="bin/varlake")
    parser.add_argument("--docs", type=pathlib.Path)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--cohort-records", type=int, default=30_000)
    parser.add_argument("--samples", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--work", type=pathlib.Path)
    args = parser.parse_args()
    args.varlake = str(pathlib.Path(args.varlake).resolve())
    scratch = tempfile.TemporaryDirectory(prefix="varlake-bench-") if args.work is None else None
    work = pathlib.Path(scratch.name if scratch else args.work)
    work.mkdir(parents=True, exist_ok=True)

    files = {}
    for kind, records, samples in (("one", args.records, 1), ("cohort", args.cohort_records, args.samples)):
        folder = work / kind
        if not (folder / "bench.vcf.gz").exists():
            subprocess.run([args.varlake, "sample-data", str(folder), "--records", str(records), "--samples", str(samples)], check=True)
        files[kind] = folder / "bench.vcf.gz", folder / "bench.fa"
    one = f"one sample, {args.records:,} records"
    cohort = f"{args.samples} samples, {args.cohort_records:,} records"
    rows = [
        workload(args, work, f"{one}, normalised", *files["one"], True),
        workload(args, work, one, *files["one"], False),
        workload(args, work, f"{cohort}, normalised", *files["cohort"], True),
        workload(args, work, cohort, *files["cohort"], False),
    ]
    version = subprocess.run(["bcftools", "--version"], capture_output=True, text=True, check=True).stdout.split("\n")[0]
    table = "\n".join([
        f"{platform.machine()}, {os.cpu_count()} cores, {version}, median of {args.rounds} paired rounds.",
        "",
        "| workload | wall, varlake | wall, bcftools | ratio | CPU, varlake | CPU, bcftools | ratio | peak memory, varlake | source | table | BCF |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
        *rows,
    ])
    print(table)
    if args.docs:
        text = args.docs.read_text()
        pattern = re.compile(re.escape(BEGIN) + ".*" + re.escape(END), re.S)
        if not pattern.search(text):
            sys.exit(f"bench: {args.docs} has no {BEGIN} ... {END}")
        args.docs.write_text(pattern.sub(lambda _: f"{BEGIN}\n{table}\n{END}", text))
    if scratch:
        scratch.cleanup()


if __name__ == "__main__":
    main()
