#!/usr/bin/env python3
"""Other engines read what Varlake wrote: `make test-engines`.

Corpus files and made ones are imported, one table is compacted, and then Spark (and Trino, if there is one) opens the
data folder's own catalog, counts rows by predicates that prune, and copies each table whole. DuckDB compares: a copy
must hold the table's rows, each as often.

    engines.py BINARY [--engine spark|trino] [--corpus DIR] [--work DIR]

Spark is installed here and runs on Java 17; Trino is fetched by Maven and runs on Java 24 or later (install.py).
--engine names the one to run. Exit 0 when all agree, 1 at a difference, 2 when an engine cannot be run. """

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import duckdb

import install
import trino

ROOT = Path(__file__).resolve().parents[2]
# Vectorised reading of this Iceberg knows no encodings but those of Parquet's first version, as most that are in use.
JARS = "org.apache.iceberg:iceberg-spark-runtime-3.5_2.12:1.9.2,org.xerial:sqlite-jdbc:3.46.1.3"
VARIANT_FILTERS = (
    "start BETWEEN 1000 AND 200000", '"end" > 16000 AND contigname <> \'22\'', "contigname = 'MT'",
    "sampleid = 'NA12878'", "sampleid = 'sample7'",
    "referenceallele = 'A'", "depth >= 30", "qual IS NULL", "conditionalquality < 20", "phased",
    "splitfrommultiallelic", "importjobid = 'none'",
)
ANNOTATION_FILTERS = ("start BETWEEN 1000 AND 200000", '"end" IS NULL')


@dataclass
class Table:
    namespace: str
    name: str
    files: list[str]

    @property
    def filters(self) -> tuple[str, ...]:
        return VARIANT_FILTERS if self.namespace.startswith("variant_") else ANNOTATION_FILTERS


class Varlake:
    """A data folder, filled through the command."""

    def __init__(self, binary: Path, folder: Path, corpus: Path):
        self.binary, self.data, self.corpus, self.made = binary, folder / "data", corpus, folder / "made"

    def run(self, *arguments: object, may_fail: bool = False) -> str:
        done = subprocess.run([self.binary, *map(str, arguments), "--data", self.data], capture_output=True, text=True,
                              timeout=600)
        if done.returncode and not may_fail:
            raise AssertionError(f"varlake {' '.join(map(str, arguments))[:200]}: exit {done.returncode}\n{done.stderr[-2000:]}")
        return done.stdout

    def sample_data(self, name: str, *flags: object) -> Path:
        self.run("sample-data", self.made / name, *flags)
        return next((self.made / name).glob("*.g.vcf.gz" if "--gvcf" in flags else "*.vcf.gz"))

    def fill(self) -> None:
        self.run("reference", "import", "--name", "mito", self.corpus / "reference" / "GRCh37.MT.fa")
        folders = ("cohort", "single-sample", "gvcf", "annotated", "structural", "quirks",
                   "conformance/hts-specs/4.3/passed")
        real = sorted(path for folder in folders for path in (self.corpus / folder).rglob("*")
                      if path.name.endswith((".vcf", ".vcf.gz")))
        assert len(real) > 50, f"only {len(real)} files below {self.corpus}"
        for store, files, flags in (
            ("corpus", real, ("--relax", "all")),  # some files have no record: their items fail
            ("annotated", [self.corpus / "annotated" / "vep.loftee.vcf"], ("--vep", "CSQ", "--relax", "all")),
            ("single", [self.sample_data("single", "--records", 100_000)], ()),
            ("joint", [self.sample_data("joint", "--records", 2_000, "--samples", 100)], ()),
            ("panel", [self.sample_data("panel", "--records", 500, "--samples", 1_000, "--genotypes-only")], ()),
            ("blocks", [self.sample_data("blocks", "--records", 50_000, "--gvcf")], ()),
            ("nothing", [], ()),
        ):
            self.run("store", "create", store, "--reference", "mito")
            if files:
                self.run("import", store, *files, *flags, may_fail=store == "corpus")
        self.run("store", "create", "merged", "--reference", "mito")
        for path in real[:6]:
            self.run("import", "merged", path, "--relax", "all", may_fail=True)
        merged = json.loads(self.run("compact", "merged", "--all", "--json"))
        assert merged["after"]["files"] == 1, merged
        self.run("annotation", "create", "genes", "--format", "gff")
        for path in sorted((self.corpus / "annotation-files").glob("*.gff3*")):
            self.run("annotation", "import", "genes", path)
        columns = ("--column", "chrom:string", "--column", "start:int", "--column", "end:int", "--column",
                   "score:double")
        self.run("annotation", "create", "scores", "--format", "tsv", *columns, "--type", "chr_start_end_zero_base",
                 "--map", "chr=chrom", "--map", "start=start", "--map", "end=end")
        self.run("annotation", "import", "scores", "--no-header", self.corpus / "annotation-files" / "fitcons.bed.gz")

    def tables(self) -> list[Table]:
        """The tables and their live data files: all of the folder but what the compaction replaced."""
        found = []
        with contextlib.closing(sqlite3.connect(f"file:{self.data / 'varlake.db'}?mode=ro", uri=True)) as state:
            for namespace, name, metadata in state.execute(
                    "SELECT table_namespace, table_name, metadata_location FROM iceberg_tables ORDER BY 1"):
                folder = Path(metadata.removeprefix("file://")).parent.parent
                files = sorted(map(str, folder.glob("data/**/*.parquet")), key=lambda path: os.stat(path).st_mtime_ns)
                found.append(Table(namespace, name, files[-1:] if name == "merged" else files))
        return found


class Spark:
    name = "Spark"

    def __init__(self, state: Path, work: Path):
        os.environ["JAVA_HOME"] = str(install.java(17, 17))
        from pyspark.sql import SparkSession

        catalog = "spark.sql.catalog.varlake"
        settings = {
            "spark.jars.packages": JARS, "spark.jars.ivy": str(work / "ivy"), "spark.ui.enabled": "false",
            "spark.driver.memory": "4g",
            "spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1",
            "spark.ui.showConsoleProgress": "false",
            catalog: "org.apache.iceberg.spark.SparkCatalog", f"{catalog}.type": "jdbc",
            f"{catalog}.uri": f"jdbc:sqlite:{state}?open_mode=1",
            f"{catalog}.warehouse": str(work / "unused"), f"{catalog}.jdbc.init-catalog-tables": "false",
            f"{catalog}.jdbc.schema-version": "V1",
            "spark.sql.ansi.doubleQuotedIdentifiers": "true", "spark.sql.ansi.enabled": "true",
        }
        builder = SparkSession.builder.master("local[2]")
        for key, value in settings.items():
            builder = builder.config(key, value)
        self.session, self.work = builder.getOrCreate(), work
        self.session.sparkContext.setLogLevel("ERROR")

    def count(self, table: Table, where: str) -> int:
        return self.session.sql(f"SELECT count(*) FROM varlake.{table.namespace}.{table.name} WHERE {where}").first()[0]

    def copies(self, table: Table) -> dict[str, str]:
        """Globs of the copies of a table: as Iceberg, and its files as plain Parquet by each of Spark's two readers."""
        out = {"as Iceberg": self.work / "spark" / table.name}
        self.session.table(f"varlake.{table.namespace}.{table.name}").write.parquet(str(out["as Iceberg"]))
        for vectorised in ("true", "false") if table.files else ():
            self.session.conf.set("spark.sql.parquet.enableVectorizedReader", vectorised)
            words = f"as Parquet, vectorised: {vectorised}"
            out[words] = self.work / "spark" / f"{table.name}-{vectorised}"
            self.session.read.parquet(*table.files).write.parquet(str(out[words]))
        return {words: f"{path}/*.parquet" for words, path in out.items()}

    def stop(self) -> None:
        self.session.stop()


class Trino:
    name = "Trino"

    def __init__(self, state: Path, work: Path):
        self.work = work / "trino"
        catalogs = {"varlake": trino.varlake_catalog(state), "copies": trino.copies_catalog(self.work / "metastore")}
        self.server = trino.Server(self.work, catalogs)
        self.client = trino.Client(self.server.url)
        self.client.rows(f"CREATE SCHEMA copies.made WITH (location = 'file://{self.work}/copies')")

    def count(self, table: Table, where: str) -> int:
        return self.client.rows(f"SELECT count(*) FROM varlake.{table.namespace}.{table.name} WHERE {where}")[0][0]

    def copies(self, table: Table) -> dict[str, str]:
        self.client.rows(f"CREATE TABLE copies.made.{table.name} AS SELECT * FROM varlake.{table.namespace}.{table.name}")
        return {"as Iceberg": f"{self.work}/copies/{table.name}-*/data/*.parquet"}

    def stop(self) -> None:
        self.server.stop()


def compare(engine: Spark | Trino, table: Table) -> list[str]:
    """What differs between the table and what the engine makes of it."""
    wrong = []
    with duckdb.connect() as db:
        if table.files:
            db.execute(f"CREATE VIEW source AS SELECT COLUMNS('^[^_]') FROM read_parquet({table.files})")
        for where in table.filters:
            want = db.execute(f"SELECT count(*) FROM source WHERE {where}").fetchone()[0] if table.files else 0
            if (got := engine.count(table, where)) != want:
                wrong.append(f"{where}: {got} rows, {want} in the files")
        for words, files in engine.copies(table).items():
            if not table.files:
                continue
            # The columns in the same order, rows as text, counted: equal bags are equal texts as often.
            columns = ", ".join(f'"{name}"' for name, *_ in db.execute("DESCRIBE source").fetchall())
            tally = f"SELECT md5(row({columns})::VARCHAR) AS digest, count(*) AS times FROM {{}} GROUP BY ALL"
            different, rows = db.execute(
                f"SELECT count(*) FILTER (s.times IS DISTINCT FROM c.times), sum(s.times) FROM ({tally.format('source')}) s "
                f"FULL JOIN ({tally.format(f'read_parquet({files!r})')}) c USING (digest)").fetchone()
            print(f"{engine.name}, {table.name}, {words}: {rows} rows, {different} differ", flush=True)
            if different:
                wrong.append(f"{words}: {different} of {rows} rows differ")
    return [f"{engine.name}, {table.name}: {word}" for word in wrong]


ENGINES = {"spark": Spark, "trino": Trino}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=Path)
    parser.add_argument("--corpus", type=Path,
                        default=Path(os.environ.get("VARLAKE_CORPUS", ROOT.parent / "shared" / "corpus")))
    parser.add_argument("--engine", choices=ENGINES, help="the one to run (default: each)")
    parser.add_argument("--work", type=Path, help="a folder to work in (default: a new one, removed at the end)")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are stopped
    arguments = parser.parse_args()
    kinds = [ENGINES[arguments.engine]] if arguments.engine else list(ENGINES.values())
    with contextlib.ExitStack() as stack:
        work = arguments.work or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="varlake-engines-")))
        work = work.resolve()
        varlake = Varlake(arguments.binary.resolve(), work, arguments.corpus.resolve())
        varlake.fill()
        tables, wrong = varlake.tables(), []
        for kind in kinds:
            try:
                engine = kind(varlake.data / "varlake.db", work)
            except install.CannotRun as reason:
                print(f"{kind.name} cannot be run: {reason}", flush=True)
                return 2
            try:
                for table in tables:
                    wrong += compare(engine, table)
            finally:
                engine.stop()
    for word in wrong:
        print(word)
    print(f"{len(kinds)} engines, {len(tables)} tables, {len(wrong)} differences")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
