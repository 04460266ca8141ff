"""Files made to harm: each job ends with a message that names the file and the fault, within bounded memory, and the
server goes on.

Many more of them are in internal/act/ingest/hostile_test.go, without a server around.
"""

from __future__ import annotations

import gzip
import re
import struct
import zlib
from pathlib import Path

import pytest

import server as servers

MEMORY = 1 << 30  # bytes that the server may hold at most, whatever the file

HEADER = b"""##fileformat=VCFv4.3
##INFO=<ID=S,Number=.,Type=String,Description="">
##FORMAT=<ID=GT,Number=1,Type=String,Description="">
##FORMAT=<ID=PL,Number=G,Type=Integer,Description="">
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"""
SITES = HEADER + b"\n"
CALLS = HEADER + b"\tFORMAT\tNA1\n"
RECORD = b"MT\t10\t.\tA\tC\t.\tPASS\t.\n"
EOF_MARKER = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


def block(text: bytes) -> bytes:
    """One BGZF block."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = deflate.compress(text) + deflate.flush()
    head = struct.pack("<4BI2BH2BHH", 31, 139, 8, 4, 0, 0, 255, 6, 66, 67, 2, len(data) + 25)
    return head + data + struct.pack("<II", zlib.crc32(text), len(text))


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1:]


def columns(**changes: str) -> bytes:
    """A record with one sample."""
    values = dict(CHROM="MT", POS="10", ID=".", REF="A", ALT="C", QUAL=".", FILTER=".", INFO=".", FORMAT="GT",
                  NA1="0/1") | changes
    return "\t".join(values.values()).encode() + b"\n"


BODY = block(SITES) + block(RECORD * 2000)
MEBIBYTE = gzip.compress(b"ACGT" * (1 << 18), mtime=0)

REFUSED = {
    "cut.vcf.gz": (BODY[:-100], "deflate|truncated"),
    "unmarked.vcf.gz": (BODY, "end-of-file marker is missing"),
    "crc.vcf.gz": (flipped(BODY, len(BODY) - 8) + EOF_MARKER, "checksum"),
    "isize.vcf.gz": (flipped(BODY, len(BODY) - 4) + EOF_MARKER, "size"),
    "line.vcf.gz": (gzip.compress(SITES + b"MT\t10\t.\tA\tC\t.\t.\tS=") + MEBIBYTE * 1024,
                    r"Line 6: longer than 128 MiB"),
    "lines.vcf.gz": (gzip.compress(b"##fileformat=VCFv4.3\n") + gzip.compress(b"##a=b\n" * (1 << 20)) * 100,
                     r"line 1048577: a header may hold 1048576 lines"),
    # no record: nothing wrong beside another file
    "blank.vcf.gz": (block(SITES) + block(b" " * 65_000 + b"\n") * 4000 + EOF_MARKER, None),
    "nul.vcf": (SITES + RECORD + RECORD.replace(b"PASS", b"PA\0SS"),
                "line number 7: the line is not valid text: it holds a NUL byte"),
    "latin.vcf": (SITES + RECORD + RECORD.replace(b"PASS", b"caf\xe9"),
                  "line number 7: the line is not valid text: it is not UTF-8"),
    "twice.vcf": (HEADER + b"\tFORMAT\tNA1\tNA1\n" + columns(), r'line 5: sample "NA1" occurs twice'),
    "negative.vcf": (CALLS + columns(POS="-1"), "line number 6: position is not an integer from 0 to 2147483647"),
    "allele.vcf": (CALLS + columns(NA1="0/2"), "line number 6: genotype names an allele that ALT does not have"),
    "number.vcf": (CALLS + columns(FORMAT="GT:PL", NA1="0/1:1,2,x"), "line number 6: value is not an integer"),
}


def peak(server: servers.Server) -> int:
    """The most memory, in bytes, that the server held since the last reset."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) << 10


def reset_peak(server: servers.Server) -> None:
    Path(f"/proc/{server.process.pid}/clear_refs").write_text("5")


@pytest.fixture(scope="module")
def good(bucket):
    (bucket / "good.vcf").write_bytes(SITES + RECORD)
    return "s3://tmp/good.vcf"


@pytest.mark.parametrize("name", REFUSED)
def test_refused(user, server, store, bucket, good, name):
    content, fault = REFUSED[name]
    (bucket / name).write_bytes(content)
    reset_peak(server)
    done = user.load(store, f"s3://tmp/{name}", good)
    bad, beside = done["items"]
    assert beside["jobStatus"] == "COMPLETED", done
    if fault is None:
        assert done["status"] == bad["jobStatus"] == "COMPLETED", done
        assert "Imported 0 records as 0 rows" in bad["statusMessage"], done
    else:
        assert done["status"] == "COMPLETED_WITH_FAILURES" and bad["jobStatus"] == "FAILED", done
        assert re.search(fault, bad["statusMessage"]) and f"[s3://tmp/{name}]" in bad["statusMessage"], bad
        assert len(bad["statusMessage"]) < 1000, bad
    assert peak(server) < MEMORY
    assert server.query(f"SELECT count(*) AS n FROM {store} WHERE importjobid = '{done['id']}'") == [{"n": 1}]


def test_odd_but_sound(user, server, store, bucket):
    """What the specification allows, however odd, is in the table as it stands in the file."""
    ploidies = range(1, 21)
    records = [columns(POS="0", REF="N", ALT="<DEL>"), columns(POS="2147483647"), columns(INFO="END=5", POS="20"),
               columns(POS="15"), columns(NA1="", POS="30")]
    records += [columns(POS=str(100 + n), FORMAT="GT:PL",
                        NA1="/".join("1" * n) + ":" + ",".join(map(str, range(n + 1)))) for n in ploidies]
    (bucket / "odd.vcf").write_bytes(CALLS + b"".join(records))
    done = user.load(store, "s3://tmp/odd.vcf")
    assert done["status"] == "COMPLETED", done
    rows = server.query(f'SELECT start, "end", calls, phredlikelihoods AS pl, attributes FROM {store} WHERE importjobid = \'{done["id"]}\' ORDER BY start')
    found = {row["start"]: row for row in rows}
    assert len(rows) == len(found) == len(records)
    assert found[-1]["end"] == 0 and found[2147483646]["end"] == 2147483647
    assert found[19]["end"] == 20 and found[19]["attributes"] == {"END": "5"}
    assert found[29]["calls"] == [-1]
    for n in ploidies:
        assert found[99 + n]["calls"] == [1] * n and found[99 + n]["pl"] == list(range(n + 1))


def test_many_samples(user, server, store, bucket):
    """A record of very many samples, of which all but one have the same call."""
    samples = 200_000
    names = b"\t".join(b"S%d" % i for i in range(samples))
    text = HEADER + b"\tFORMAT\t" + names + b"\nMT\t10\t.\tA\tC\t.\t.\t.\tGT:PL" + b"\t0/0:0,1,2" * (
        samples - 1) + b"\t1/1:2,1,0\n"
    (bucket / "many.vcf.gz").write_bytes(gzip.compress(text, 1))
    reset_peak(server)
    done = user.load(store, "s3://tmp/many.vcf.gz")
    assert done["status"] == "COMPLETED", done
    assert peak(server) < MEMORY
    where = f"FROM {store} WHERE importjobid = '{done['id']}'"
    assert server.query(f"SELECT count(*) AS n, count(DISTINCT sampleid) AS names {where}") == [{
        "n": samples, "names": samples}]
    assert server.query(f"SELECT sampleid, calls {where} AND calls[1] = 1") == [{
        "sampleid": f"S{samples - 1}", "calls": [1, 1]}]
