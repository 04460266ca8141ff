"""What the benchmarks share: measuring whole processes, made data, tables in documents."""

import argparse
import ctypes
import dataclasses
import os
import pathlib
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

PR_SET_CHILD_SUBREAPER = 36
QUIET = 0.05  # of the machine's CPU that others may use


class Failed(Exception):
    """A command that failed, did not end in its time, or did not do what it should. The text says which and why."""


@dataclasses.dataclass(frozen=True)
class Usage:
    """What a command used: wall and CPU in seconds, CPU of all its processes together; peak memory of its largest
    process, in bytes."""

    wall: float
    cpu: float
    peak: int


def adopt_orphans():
    """Lets measure count processes whose parent ended before them, such as Spark's JVM. Once, before the first
    measure."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def measure(command, timeout, env=None):
    """Runs a command to its end: its Usage. The kernel's accounting of finished processes (wait4) is the source of CPU
    and memory.

    The disk is let finish what others wrote before. After timeout seconds the command is killed with all its
    processes."""
    os.sync()
    with tempfile.TemporaryFile() as errors:
        started = time.monotonic()
        try:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors, env=env,
                                       start_new_session=True)
        except OSError as err:
            raise Failed(f"{pathlib.Path(command[0]).name}: {err.strerror}") from err
        timer = threading.Timer(timeout, kill_group, [process.pid])
        timer.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.monotonic() - started
            process.returncode = os.waitstatus_to_exitcode(status)
            cpu, peak = usage.ru_utime + usage.ru_stime, usage.ru_maxrss
            for usage in orphans(process.pid):
                cpu, peak = cpu + usage.ru_utime + usage.ru_stime, max(peak, usage.ru_maxrss)
        finally:
            timer.cancel()
            kill_group(process.pid)
        if process.returncode != 0:
            if wall >= timeout:
                raise Failed(f"not done after {timeout} s")
            raise Failed(f"exit {process.returncode}: {last_words(errors)}")
    return Usage(wall, cpu, peak * 1024)


def orphans(group):
    """The usage of the processes of a group that were handed to this one, as they end."""
    while True:
        try:
            yield os.wait4(-group, 0)[2]
        except ChildProcessError:
            return


def kill_group(group):
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass


def last_words(file):
    """The last line that a command wrote that says something, at most 300 characters, fit for a table and without
    folders."""
    file.seek(max(0, file.seek(0, os.SEEK_END) - 16384))
    lines = [line.strip() for line in file.read().decode(errors="replace").splitlines()]
    told = [line for line in lines if line and not line.startswith("at ")]  # of a stack trace
    return re.sub(r"/\S*/", "", told[-1])[:300].replace("|", "/") if told else "no word"


def pipeline(text):
    """The command that runs a pipeline of the shell and fails when a part of it does."""
    return ["bash", "-c", "set -euo pipefail; " + text]


def output(command, timeout=600, env=None):
    """What a command that is not measured prints."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=timeout, env=env)
    except subprocess.TimeoutExpired:
        raise Failed(f"{command[0]}: not done after {timeout} s") from None
    except OSError as err:
        raise Failed(f"{command[0]}: {err.strerror}") from err
    if done.returncode != 0:
        raise Failed(f"{' '.join(map(str, command))}: exit {done.returncode}: {done.stderr.strip()[-300:]}")
    return done.stdout


def say(text):
    """Tells how far the run is."""
    print(text, file=sys.stderr, flush=True)


def median(values):
    return statistics.median(values)


@dataclasses.dataclass(frozen=True)
class Source:
    """A VCF to be read, its reference, and how many records and samples it has."""

    vcf: pathlib.Path
    reference: pathlib.Path
    records: int
    samples: int

    @property
    def rows(self):
        return self.records * self.samples

    @property
    def bytes(self):
        return self.vcf.stat().st_size


def made(varlake, work, records, samples=1, flags=(), name="bench.vcf.gz"):
    """A file of `varlake sample-data` with about so many records, kept in the work folder for the next run."""
    folder = work / "-".join(["data", str(records), str(samples), *(flag.strip("-") for flag in flags)])
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        output([varlake, "sample-data", str(folder), "--records", str(records), "--samples", str(samples), *flags])
        (folder / "complete").touch()
    vcf, count = folder / name, folder / (name + ".records")
    if not count.exists():
        count.write_text(output(pipeline(f"bcftools query -f '\\n' {vcf} | wc -c")))
    return Source(vcf, folder / "bench.fa", int(count.read_text()), samples)


class Store:
    """A data folder with empty variant stores, for one import each."""

    def __init__(self, varlake, folder, reference, stores):
        shutil.rmtree(folder, ignore_errors=True)
        self.varlake, self.folder = varlake, folder
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("VARLAKE_")}
        self.env["VARLAKE_DATA"] = str(folder)
        self.run("reference", "import", "--name", "bench", str(reference))
        for number in range(stores):
            self.run("store", "create", f"bench{number}", "--reference", "bench")

    def run(self, *arguments):
        return output([self.varlake, *arguments], env=self.env)

    def load(self, number, source, normalize, timeout):
        """Measures the import of a source into a store: its Usage and the size of the table in bytes, once the table
        is found to hold every row."""
        before = tree_bytes(self.folder)
        command = [self.varlake, "import", f"bench{number}", str(source.vcf)] + ["--normalize"] * normalize
        usage = measure(command, timeout, self.env)
        size = tree_bytes(self.folder) - before
        rows = int(self.run("query", "--format", "csv", f"SELECT count(*) AS n FROM bench{number}").split()[-1])
        if rows != source.rows:
            raise Failed(f"{rows} rows in the table, {source.rows} in the file")
        return usage, size

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def tree_bytes(folder):
    return sum(f.stat().st_size for f in folder.rglob("*.parquet"))


class Machine:
    """What the figures are measured on, and how much of it others use from now on."""

    def __init__(self):
        self.started, self.busy, self.own = time.monotonic(), busy_seconds(), own_seconds()

    def describe(self):
        model = re.search(r"^model name\s*:\s*(.+)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
        others = busy_seconds() - self.busy - (own_seconds() - self.own)
        share = others / (time.monotonic() - self.started) / os.cpu_count()
        text = f"{model[1] if model else platform.machine()}, {os.cpu_count()} cores"
        if share > QUIET:
            text += f", of which others used {share:.0%} meanwhile. **To be measured again on an idle one**"
        return text


def busy_seconds():
    """CPU seconds that the machine has spent on anything, or that were stolen from it."""
    user, nice, system, _, _, *interrupts = map(int, pathlib.Path("/proc/stat").read_text().split("\n")[0].split()[1:9])
    return (user + nice + system + sum(interrupts)) / os.sysconf("SC_CLK_TCK")


def own_seconds():
    """CPU seconds of this process and of all that it has waited for."""
    return sum(os.times()[:4])


def table(header, rows):
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [header, ["---"] * len(header), *rows])


def seconds(value):
    return f"{value:.2f} s"


def mebibytes(value):
    return f"{value / (1 << 20):.0f} MiB"


def megabytes(value):
    return f"{value / 1e6:.1f} MB"


def write_section(path, name, text):
    """Puts text between the marks NAMEbegin and NAMEend of a document."""
    begin, end = f"<!-- {name}begin -->", f"<!-- {name}end -->"
    document = path.read_text()
    pattern = re.compile(re.escape(begin) + ".*" + re.escape(end), re.S)
    if not pattern.search(document):
        raise Failed(f"{path} has no {begin} ... {end}")
    path.write_text(pattern.sub(lambda _: f"{begin}\n{text}\n{end}", document))


def arguments(description):
    """The flags that both benchmarks have."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--varlake", type=pathlib.Path, default=pathlib.Path("bin/varlake"),
                        help="the program to measure")
    parser.add_argument("--docs", type=pathlib.Path, help="document to write the tables into")
    parser.add_argument("--work", type=pathlib.Path,
                        help="folder for data, kept for the next run (default: a temporary one)")
    parser.add_argument("--records", type=int, default=1_010_000, help="of the files of one sample")
    parser.add_argument("--samples", type=int, default=2504, help="of the joint-called files")
    parser.add_argument("--joint-records", type=int, default=2000, help="of the joint-called files")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--timeout", type=int, default=900, help="seconds that one command may take")
    parser.add_argument("--quick", action="store_true", help="tiny files and one round: does the harness work?")
    return parser


def parsed(parser):
    args = parser.parse_args()
    args.varlake = str(args.varlake.resolve())
    if args.quick:
        args.records, args.samples, args.joint_records, args.rounds = 2000, 20, 50, 1
    if args.rounds < 1:
        parser.error("--rounds must be at least 1")
    return args


class Work:
    """The folder for a run's data: args.work, or a temporary one that goes with the run."""

    def __init__(self, args):
        self.given = args.work

    def __enter__(self):
        if self.given:
            self.given.mkdir(parents=True, exist_ok=True)
            return self.given.resolve()
        self.temporary = tempfile.TemporaryDirectory(prefix="varlake-bench-")
        return pathlib.Path(self.temporary.name)

    def __exit__(self, *_):
        if not self.given:
            self.temporary.cleanup()
