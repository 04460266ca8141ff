"""Measures `varlake import` beside other tools that turn a VCF into a table, on the same files in the same run.

Each tool converts a file of one sample and a joint-called one, with all fields as far as it can. A round runs every
tool once. What does not install, fails or exceeds --timeout is listed with the reason and ends nothing. Figures are
medians over the rounds, ratios those of the rounds' own. """

import dataclasses
import os
import pathlib
import shutil
import sys

import harness
from harness import Failed, median, megabytes, mebibytes, say, seconds

HERE = pathlib.Path(__file__).resolve().parent
ENVIRONMENTS = HERE / ".venv"
INSTALL_SECONDS = 1800
GLOW_JAR = "io.projectglow:glow-spark4_2.13:2.1.0"


@dataclasses.dataclass(frozen=True)
class Tool:
    """Another tool: the packages it comes in, its function in convert.py, and what becomes of a VCF's fields."""

    name: str
    packages: tuple
    function: str
    keeps: str
    jar: str = ""  # Maven coordinates of what it needs beside its packages
    parquet: bool = True

    @property
    def folder(self):
        return ENVIRONMENTS / self.function

    @property
    def python(self):
        return self.folder / "bin" / "python"

    @property
    def jar_file(self):
        _, name, release = self.jar.split(":")
        return self.folder / "jars" / f"{name}-{release}.jar"

    def release(self, pinned):
        return self.jar.rpartition(":")[2] or pinned[self.packages[0]].partition("==")[2]

    def wanted(self, pinned):
        """What its environment is made of, one a line."""
        return [pinned[package] for package in self.packages] + [self.jar] * bool(self.jar)


TOOLS = (
    Tool("polars-bio", ("polars-bio",), "polars_bio",
         "Parquet, a row per record. INFO and FORMAT typed, floats in 32 bits; "
         "several samples as lists in one column, their names not in the file; ALT and FILTER as text."),
    Tool("oxbow", ("oxbow", "pyarrow"), "oxbow",
         "Parquet by way of Arrow, a row per record. INFO typed, a struct for each sample, floats in 32 bits; FILTER PASS is an empty list."),
    Tool("vcf2parquet", ("vcf2parquet",), "vcf2parquet",
         "Parquet, a row per record and alternative allele. INFO and FORMAT typed, floats in 32 bits, "
         "a column for each sample and key; of a genotype's other alternatives nothing is left (`0/2` is `0/.`)."),
    Tool("DuckDB, as CSV", ("duckdb",), "duckdb",
         "Parquet, a row per record. Every column is text: "
         "INFO, FORMAT and samples are as in the file, to be taken apart by each query; the header is lost."),
    Tool("Hail", ("hail",), "hail",
         "Its own MatrixTable, a row per record. INFO and FORMAT typed; the header's descriptions are lost.",
         parquet=False),
    Tool("Glow", ("pyspark",), "glow", "Parquet by way of Spark, a row per record with an array of genotypes.",
         jar=GLOW_JAR),
    Tool("TileDB-VCF", ("tiledbvcf",), "tiledbvcf", "Its own arrays.", parquet=False),
)
VARLAKE_KEEPS = ("An Iceberg table in Parquet, a row per record and sample, committed as one snapshot. GT, AD, DP, GQ, PL typed; "
                 "INFO and all other FORMAT fields as the file's text. Every record is checked against the specification.")


def pins():
    """The lines of requirements.txt by package."""
    lines = (HERE / "requirements.txt").read_text().split("\n")
    return {line.partition("==")[0]: line for line in lines if line and not line.startswith("#")}


def install(tool, pinned):
    """Makes the tool's environment unless it is there with the same versions."""
    done = tool.folder / "installed"
    if done.exists() and done.read_text().split() == tool.wanted(pinned):
        return
    shutil.rmtree(tool.folder, ignore_errors=True)
    tool.folder.mkdir(parents=True)
    if tool.jar:
        fetch(tool)
    packages = [pinned[package] for package in tool.packages]
    harness.measure([sys.executable, "-m", "venv", str(tool.folder)], INSTALL_SECONDS)
    harness.measure([str(tool.python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages],
                    INSTALL_SECONDS)
    done.write_text("\n".join(tool.wanted(pinned)))


def fetch(tool):
    """Gets the tool's jar and what it needs into its environment."""
    if not shutil.which("mvn"):
        raise Failed("Maven is not there to get " + tool.jar)
    for goal in (["dependency:get"], ["dependency:copy", f"-DoutputDirectory={tool.jar_file.parent}"]):
        try:
            harness.measure(["mvn", "--batch-mode", *goal, f"-Dartifact={tool.jar}"], INSTALL_SECONDS)
        except Failed:
            raise Failed(f"Maven's {goal[0]} does not get {tool.jar}") from None


def convert(args, work, tool, source, counter):
    """One conversion: its Usage and the size of what it wrote, in bytes. counter is the Python that counts its rows,
    or None."""
    folder = work / "out"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    out = folder / "table"
    usage = harness.measure([str(tool.python), str(HERE / "convert.py"), tool.function, str(source.vcf), str(out)],
                            args.timeout,
                            {**os.environ, **({"GLOW_JAR": str(tool.jar_file)} if tool.jar else {})})
    files = [out] if out.is_file() else [f for f in out.rglob("*") if f.is_file()]
    size = sum(f.stat().st_size for f in files)
    if size == 0:
        raise Failed("it wrote nothing")
    if tool.parquet and counter:
        pattern = out if out.is_file() else out / "**" / "*.parquet"
        rows = int(harness.output([str(counter), str(HERE / "convert.py"), "rows", str(pattern)]))
        if rows < source.records:
            raise Failed(f"{rows} rows written of {source.records} records")
    shutil.rmtree(folder)
    return usage, size


@dataclasses.dataclass
class Line:
    """What the rounds showed of a tool."""

    usages: list = dataclasses.field(default_factory=list)
    size: int = 0
    failure: str = ""


def compare(args, work, title, source, tools):
    """The table of a file, and in words how Varlake stands."""
    store = harness.Store(args.varlake, work / "store", source.reference, args.rounds)
    counter = next((tool.python for tool in tools if tool.function == "duckdb"), None)
    ours, lines = Line(), {tool: Line() for tool in tools}
    for number in range(args.rounds):
        usage, ours.size = store.load(number, source, False, args.timeout)
        ours.usages.append(usage)
        say(f"{title}: varlake {usage.wall:.2f} s")
        for tool, line in lines.items():
            if line.failure or line.usages and line.usages[-1].wall > args.patience:
                continue
            try:
                usage, line.size = convert(args, work, tool, source, counter)
                line.usages.append(usage)
                say(f"{title}: {tool.name} {usage.wall:.2f} s")
            except Failed as err:
                line.failure = str(err)
                say(f"{title}: {tool.name}: {err}")
    store.remove()
    rows = [["Varlake", *cells(ours, ours)]]
    faster, done = [], {tool.name: line for tool, line in lines.items() if not line.failure}
    for name, line in sorted(done.items(), key=lambda item: ratio(item[1], ours)):
        rows.append([name, *cells(line, ours)])
        if ratio(line, ours) < 1:
            faster.append(f"{name} takes {ratio(line, ours):.2f} of its time")
    rows += [[tool.name, f"failed: {line.failure}", *[""] * 4] for tool, line in lines.items() if line.failure]
    verdict = "Varlake is first." if not faster else "Varlake is not first: " + "; ".join(faster) + "."
    return "\n\n".join([
        f"**{title}**, {source.bytes / 1e6:.1f} MB as .vcf.gz. {verdict}",
        harness.table(["tool", "wall", "times Varlake's", "CPU", "peak memory", "output"], rows),
    ])


def ratio(line, ours):
    return median([theirs.wall / usage.wall for theirs, usage in zip(line.usages, ours.usages)])


def cells(line, ours):
    def of(pick):
        return median([pick(usage) for usage in line.usages])

    wall, cpu, peak = (of(lambda u, name=name: getattr(u, name)) for name in ("wall", "cpu", "peak"))
    return [seconds(wall), f"{ratio(line, ours):.2f}", seconds(cpu), mebibytes(peak), megabytes(line.size)]


def run(args, work):
    machine, pinned, ready, absent = harness.Machine(), pins(), [], []
    for tool in TOOLS:
        if args.only and tool.function not in args.only.split(","):
            continue
        say(f"{tool.name}: is it there?")
        try:
            install(tool, pinned)
            ready.append(tool)
        except Failed as err:
            absent.append((tool, str(err)))
            say(f"{tool.name} does not install: {err}")
    version = harness.output([args.varlake, "--version"]).split()[2]
    parts = []
    for records, samples in ((args.records, 1), (args.joint_records, args.samples)):
        source = harness.made(args.varlake, work, records, samples)
        harness.output(["tabix", "-f", "-p", "vcf", str(source.vcf)])
        people = "one sample" if samples == 1 else f"{samples:,} samples"
        parts.append(compare(args, work, f"{people}, {source.records:,} records, GT:AD:DP:GQ:PL", source, ready))
    parts.append(harness.table(["tool", "version", "what it writes, and what it keeps"],
                               [["Varlake", version, VARLAKE_KEEPS],
                                *([tool.name, tool.release(pinned), tool.keeps] for tool in ready)]))
    if absent:
        parts.append("Not installed here: " + "; ".join(f"{tool.name} ({why})" for tool, why in absent) + ".")
    return "\n\n".join([f"{machine.describe()}. Median of {args.rounds} rounds. Varlake {version}.", *parts])


def main():
    parser = harness.arguments(__doc__)
    parser.add_argument("--only", help="functions of convert.py, with commas between: these tools and no others")
    parser.add_argument("--patience", type=int, default=100,
                        help="a tool that took longer than so many seconds is not run in further rounds")
    args = harness.parsed(parser)
    harness.adopt_orphans()
    try:
        with harness.Work(args) as work:
            text = run(args, work)
        print(text)
        if args.docs:
            harness.write_section(args.docs, "bench:peers-", text)
    except Failed as err:
        sys.exit(f"bench: {err}")


if __name__ == "__main__":
    main()
