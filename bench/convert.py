"""The other tools' conversions, each as its documentation has it: convert.py TOOL VCF OUT, with the Python of the
tool's environment.

convert.py rows OUT prints how many rows a Parquet file has.
"""

import os
import sys


def polars_bio(vcf, out):
    import polars_bio

    polars_bio.set_option("datafusion.execution.target_partitions", str(os.cpu_count()))
    polars_bio.scan_vcf(vcf).sink_parquet(out, compression="zstd")


def oxbow(vcf, out):
    import oxbow
    import pyarrow
    import pyarrow.parquet

    file = oxbow.from_vcf(vcf, compression="bgzf", samples="*")
    writer = None
    for batch in file.batches():
        batch = pyarrow.record_batch(batch)
        if writer is None:
            writer = pyarrow.parquet.ParquetWriter(out, batch.schema, compression="zstd")
        writer.write_batch(batch)
    writer.close()


def vcf2parquet(vcf, out):
    import pyvcf2parquet

    pyvcf2parquet.convert_vcf(vcf, out, compression=pyvcf2parquet.Compression.Zstd)


def duckdb(vcf, out):
    import gzip

    import duckdb

    with gzip.open(vcf, "rt") as lines:
        meta = 0
        while lines.readline().startswith("##"):
            meta += 1
    duckdb.read_csv(vcf, skiprows=meta, header=True, sep="\t", quotechar="", escapechar="", all_varchar=True,
                    compression="gzip").write_parquet(
        out, compression="zstd")


def hail(vcf, out):
    os.environ["PYSPARK_SUBMIT_ARGS"] = "--driver-memory 8g pyspark-shell"
    import hail

    folder = os.path.dirname(out)
    hail.init(master=f"local[{os.cpu_count()}]", quiet=True, log=os.path.join(folder, "hail.log"), tmp_dir=folder)
    hail.import_vcf(vcf, force_bgz=True, reference_genome=None, array_elements_required=False,
                    min_partitions=os.cpu_count()).write(out)


def glow(vcf, out):
    from pyspark.sql import SparkSession

    session = (SparkSession.builder.master(f"local[{os.cpu_count()}]").config("spark.driver.memory",
        "8g").config("spark.jars", os.environ["GLOW_JAR"])
               .config("spark.hadoop.io.compression.codecs", "io.projectglow.sql.util.BGZFCodec").getOrCreate())
    session.read.format("vcf").load(vcf).write.option("compression", "zstd").parquet(out)


def tiledbvcf(vcf, out):
    import tiledbvcf

    dataset = tiledbvcf.Dataset(out, mode="w")
    dataset.create_dataset()
    dataset.ingest_samples([vcf])


def rows(out):
    import duckdb

    print(duckdb.sql("SELECT sum(num_rows)::BIGINT FROM parquet_file_metadata(?)", params=[out]).fetchall()[0][0])


if __name__ == "__main__":
    sys.path.pop(0)  # this folder's modules are none of the tools'
    {f.__name__: f for f in (polars_bio, oxbow, vcf2parquet, duckdb, hail, glow, tiledbvcf,
                             rows)}[sys.argv[1]](*sys.argv[2:])
