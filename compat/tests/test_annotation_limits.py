"""The largest annotation files: columns, lines, and bytes in bounded memory."""

from __future__ import annotations

import gzip
import random
import re

import pytest

import annotation
import separated
import server as servers
from annotation import Annotator
from separated import Layout

MIB = 1 << 20
SITES = Layout("CHR_POS_REF_ALT", {"chrom": "STRING", "pos": "LONG", "ref": "STRING", "alt": "STRING",
                                   "score": "DOUBLE", "gene": "STRING"},
               {"CHR": "chrom", "POS": "pos", "REF": "ref", "ALT": "alt"})


@pytest.fixture
def server(binary, bucket, tmp_path):
    """A fresh server for each test: its peak memory is that of the test."""
    one = servers.Server(tmp_path, {"tmp": bucket}, *annotation.QUOTAS).start()
    yield one
    assert one.stop() == 0, f"the server's last words:\n{one.tail()}"


def peak(server) -> int:
    """The most memory that the server has had, in bytes."""
    status = open(f"/proc/{server.process.pid}/status").read()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) << 10


def test_5000_columns(server, bucket):
    """The most that the API lets a schema have."""
    kinds = list(separated.ICEBERG)
    wide = Layout("CHR_POS", {"chrom": "STRING", "pos": "LONG"} | {f"c{n}": kinds[n % 6] for n in range(4_998)},
                  {"CHR": "chrom", "POS": "pos"})
    values = {"STRING": "text", "INT": "-7", "LONG": "5000000000", "FLOAT": "0.1", "DOUBLE": "0.1", "BOOLEAN": "true"}
    lines = ["\t".join([*wide.columns, *(f"extra{n}" for n in range(100))])]
    for at in range(1, 25):
        lines.append("\t".join(["chr1", str(at), *("" if (n + at) % 11 == 0 else values[kinds[n % 6]]
                                                   for n in range(4_998)), *(str(n * at) for n in range(100))]))
    (bucket / "wide.tsv").write_text("\n".join(lines) + "\n")
    user = Annotator(server)
    with pytest.raises(user.omics.exceptions.ValidationException):
        user.create("too_wide", "TSV", Layout(None, {f"c{n}": "INT" for n in range(5_001)}).wire())
    user.create("wide", "TSV", wide.wire())
    done = user.load("wide", "s3://tmp/wide.tsv")
    assert done["status"] == "COMPLETED", done["statusMessage"]
    got = annotation.table_of(server, "wide").scan().to_arrow()
    assert [(field.name, str(field.field_type)) for field in annotation.table_of(server,
        "wide").schema().fields] == wide.shape()
    want = [{**row, "importjobid": done["id"]} for row in separated.rows((bucket / "wide.tsv").read_bytes(), wide)]
    assert annotation.differences(want, got.to_pylist(), wide.shape()) == []
    assert annotation.differences([{**want[0], "c4997": None}, *want[1:]], got.to_pylist(), wide.shape())
    answer = server.query("SELECT sum(c1) AS a, count(c4997) AS b, max(pos) AS c, max(CAST(information['extra99'] AS INTEGER)) AS d FROM wide")
    assert answer == [{"a": sum(row["c1"] or 0 for row in want), "b": sum(row["c4997"] is not None for row in want),
                       "c": 23, "d": 99 * 24}]
    assert peak(server) < 512 * MIB, f"{peak(server) >> 20} MiB"


@pytest.mark.parametrize("line", [1, 3])
def test_a_line_beyond_the_limit(server, bucket, line):
    """128 MiB are the most: the job fails with the line's number, the server lives on and keeps nothing."""
    before = b"" if line == 1 else b"chrom\tpos\tref\talt\tscore\tgene\nchr1\t1\tA\tC\t1\tg\n"
    with gzip.open(bucket / "long.tsv.gz", "wb", compresslevel=1) as out:
        out.write(before)
        for _ in range(132):
            out.write(b"chr1\t2\tA" * (MIB // 8))
        out.write(b"\nchr1\t3\tA\tC\t1\tg\n")
    user = Annotator(server)
    user.create("lines", "TSV", SITES.wire())
    user.create("features", "GFF")
    for store in ("lines", "features") if line == 1 else ("lines",):
        done = user.load(store, "s3://tmp/long.tsv.gz")
        assert done["status"] == "FAILED", done["statusMessage"]
        assert done["statusMessage"] == f"Line {line}: longer than 128 MiB [s3://tmp/long.tsv.gz]"
        annotation.nothing_of(server, store, done["id"])
    (bucket / "fine.tsv").write_bytes(b"chrom\tpos\tref\talt\tscore\tgene\nchr1\t1\tA\tC\t1\tg\n")
    assert user.load("lines", "s3://tmp/fine.tsv")["status"] == "COMPLETED"
    assert peak(server) < 1280 * MIB, f"{peak(server) >> 20} MiB"


def test_300_mb_of_text_in_bounded_memory(server, bucket):
    """Thrice the text takes no more memory. One block, compressed once, again and again: gzip members make one
    stream."""
    choose = random.Random(1)
    lines = [f"chr{at // 4_000}\t{at * 37 + choose.randint(1, 30)}\t{'ACGT'[at % 4]}\t{'CGTA'[at % 4]}\t{choose.random():.6f}\tENSG{choose.randrange(10**8):011d}" for at in range(80_000)]
    block = ("\n".join(lines) + "\n").encode()
    packed = gzip.compress(block, 1)
    user = Annotator(server)
    user.create("large", "TSV", SITES.wire())
    most, times = [peak(server)], [100_000_000 // len(block), 300_000_000 // len(block) + 1]
    for many in times:
        with open(bucket / "large.tsv.gz", "wb") as out:
            out.write(gzip.compress(b"chrom\tpos\tref\talt\tscore\tgene\n"))
            for _ in range(many):
                out.write(packed)
        done = user.load("large", "s3://tmp/large.tsv.gz")
        assert done["status"] == "COMPLETED", done["statusMessage"]
        assert done["statusMessage"].startswith(f"Imported {len(lines) * many} records as {len(lines) * many} rows")
        most.append(peak(server))
    assert most[0] < most[1] and most[2] < 1024 * MIB, most
    assert most[2] - most[1] < (times[1] - times[0]) * len(block), f"memory grows with the file: {most}"
    answer = server.query('SELECT count(*) AS n, count(DISTINCT gene) AS genes, sum(pos) AS pos, sum("end") AS last, min(score) AS low FROM large')
    places, both = [int(line.split("\t")[1]) for line in lines], sum(times)
    assert answer == [{"n": len(lines) * both, "genes": len({line.split("\t")[5] for line in lines}),
                       "pos": (sum(places) - len(places)) * both,
                       "last": sum(places) * both, "low": min(float(line.split("\t")[4]) for line in lines)}]
