"""VCF → table → VCF: what `varlake export` writes, held to `bcftools view` of the source.

Both sides go through bcftools, which writes numbers in one way; the order of INFO keys is no part of a record.
"""

from __future__ import annotations

import re
import subprocess
import threading

import pytest

import bcftools
import expect
import made
import server as servers
import test_corpus as files
from test_corpus import Imports

REFERENCE = "s3://corpus/reference/GRCh37.MT.fa"


@pytest.fixture(scope="module")
def imports(user, bucket, corpus):
    return Imports(user, bucket)


@pytest.fixture(scope="module")
def corpus_jobs(imports, user):
    """A store with every valid file of the corpus, each in a job of its own: {name: job}."""
    store = user.store("export_corpus", REFERENCE)
    names = [name for name in files.VALID if expect.read(imports.path(name))[1]]
    jobs = {}
    for at in range(0, len(names), 5):  # so many may be unfinished
        jobs |= {name: user.start(store, imports.uri(name)) for name in names[at:at + 5]}
        for name in names[at:at + 5]:
            assert user.wait(jobs[name])["status"] == "COMPLETED", name
    return store, jobs


def export(server, store: str, *flags: str, fails: int = 0) -> subprocess.CompletedProcess:
    done = server.command("export", store, *flags)
    assert done.returncode == fails, f"{flags}: exit {done.returncode}\n{done.stderr}"
    return done


def view(path, *flags: str) -> str:
    return bcftools.run("view", "--no-version", *flags, str(path))


def canonical(line: str) -> str:
    columns = line.split("\t")
    columns[7] = ";".join(sorted(columns[7].split(";")))
    return "\t".join(columns)


def records(text: str) -> list[str]:
    """The records by contig and position, those of one position in the order of the file."""
    found = [canonical(line) for line in bcftools.body(text)]
    return sorted(found, key=lambda line: (line.split("\t", 2)[0], int(line.split("\t", 2)[1])))


def header(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.startswith("#")]


def same(got: str, want: str, name: str) -> None:
    if bcftools.body(got) == bcftools.body(want):
        return
    got, want = records(got), records(want)
    different = [f"{a[:2000]}\n{b[:2000]}" for a, b in zip(got, want) if a != b]
    if different or len(got) != len(want):
        pytest.fail(f"{name}: {len(got)} records of {len(want)}, {len(different)} differ, first\n{''.join(different[:1])}", pytrace=False)


def test_corpus(corpus_jobs, imports, server, tmp_path):
    """Every file comes out as it went in, header and all, under an index that counts its records."""
    store, jobs = corpus_jobs
    faults = []
    for name, job in jobs.items():
        out = tmp_path / "out.vcf.gz"
        export(server, store, "--import-job", job, "-o", str(out))
        try:
            got, want = view(out), view(imports.path(name))
            same(got, want, name)
            contigs = {f"##contig=<ID={line.split(chr(9))[0]}>" for line in bcftools.body(want)} - set(header(want))
            assert [line for line in header(got) if line not in contigs] == header(want), f"{name}: the headers differ"
            counted = subprocess.run(["bcftools", "index", "-n", str(out)], capture_output=True, text=True,
                                     check=True).stdout
            assert int(counted) == len(bcftools.body(want)), f"{name}: the index counts {counted} records"
        except (AssertionError, bcftools.Refused, pytest.fail.Exception) as fault:
            faults.append(str(fault)[:1500])
    if faults:
        pytest.fail(f"{len(faults)} of {len(jobs)} files:\n" + "\n".join(faults), pytrace=False)


@pytest.fixture(scope="module")
def trio(user, bucket, tmp_path_factory):
    """A store with one file of several samples, contigs, long records and records at one place, and the file with an
    index."""
    store = user.store("export_trio", REFERENCE)
    path = bucket / "trio.vcf"
    lines = [made.HEADER.format(contig="2", samples="a\tb\tc").replace("##contig",
        "##contig=<ID=10>\n##INFO=<ID=END,Number=1,Type=Integer,"
             "Description=\"End\">\n##contig").rstrip("\n")]
    for contig in ("10", "2"):
        for at in range(1, 4000, 3):
            ref, info = ("ACGTACGT", "DP=1") if at % 5 == 0 else ("A",
                f"END={at + at % 700};DP=3") if at % 11 == 0 else ("A", "DP=2")
            for alt in ("C", "<DEL>")[:1 + (at % 7 == 0)]:
                lines.append(f"{contig}\t{at}\t.\t{ref}\t{alt}\t{at}\tPASS\t{info}\tGT:AD:DP\t0/1:{at},1:9\t./.\t1|1:.:{at}")
    path.write_text("\n".join(lines) + "\n")
    assert user.load(store, "s3://tmp/trio.vcf")["status"] == "COMPLETED"
    packed = tmp_path_factory.mktemp("trio") / "trio.vcf.gz"
    packed.write_bytes(subprocess.run(["bgzip", "-c", path], capture_output=True, check=True).stdout)
    subprocess.run(["bcftools", "index", packed], check=True)
    return store, packed


REGIONS = ["10", "2:100-200", "2:1", "10:3990-", "2:700-710,10:5-9,2:705-900", "2:2000-1999999", "3"]


@pytest.mark.parametrize("regions", REGIONS)
def test_regions(trio, server, tmp_path, regions):
    """Overlap as bcftools means it: by POS to the end of REF or END. The index of an export finds what a look at all
    records does."""
    store, packed = trio
    part, whole = tmp_path / "part.vcf.gz", tmp_path / "whole.vcf.gz"
    export(server, store, "--region", regions, "-o", str(part))
    want = view(packed, "-r", regions)
    same(view(part), want, regions)
    assert bool(bcftools.body(want)) == (regions != "3")
    export(server, store, "-o", str(whole))
    same(view(whole, "-r", regions), want, f"the index, {regions}")


@pytest.mark.parametrize("samples", ["a", "c,a", "b,c,a"])
def test_samples(trio, server, tmp_path, samples):
    store, packed = trio
    out = tmp_path / "out.vcf"
    export(server, store, "--samples", samples, "-o", str(out))
    want = view(packed, "--no-update", "-s", samples)
    same(view(out), want, samples)
    assert header(view(out)) == header(want)


def test_far_positions_get_a_csi(user, server, bucket, tmp_path):
    store = user.store("export_far", REFERENCE)
    (bucket / "far.vcf").write_text(made.HEADER.format(contig="2", samples="a") + "".join(
        f"2\t{at}\t.\tA\tC\t1\tPASS\tDP=1\tGT\t0/1\n" for at in (1, 2**29 - 1, 2**29, 2**29 + 1, 2**31 - 2)))
    assert user.load(store, "s3://tmp/far.vcf")["status"] == "COMPLETED"
    out = tmp_path / "far.vcf.gz"
    export(server, store, "-o", str(out))
    assert not out.with_suffix(".gz.tbi").exists() and out.with_suffix(".gz.csi").exists()
    found = bcftools.body(view(out, "-r", f"2:{2**29 - 1}-{2**29}"))
    assert [line.split("\t")[1] for line in found] == [str(2**29 - 1), str(2**29)]


def test_several_imports(user, server, bucket, tmp_path):
    """The files of two jobs as one: samples side by side, what bcftools merge would join stays apart, in the order of
    the imports."""
    store = user.store("export_several", REFERENCE)
    made.big_vcf(bucket / "one.vcf", 500, samples=2)
    made.big_vcf(bucket / "two.vcf", 700, samples=3)
    (bucket / "two.vcf").write_text((bucket / "two.vcf").read_text().replace("ID=AF,Number=A", "ID=AF,Number=1", 1))
    jobs = [user.load(store, f"s3://tmp/{name}.vcf") for name in ("one", "two")]
    assert [job["status"] for job in jobs] == ["COMPLETED"] * 2
    out = tmp_path / "out.vcf.gz"
    done = export(server, store, "-o", str(out))
    assert "warning: the imports define INFO AF (now Number=., Type=Float) differently: Number and Type hold the values of all" in done.stderr
    text = view(out)
    assert header(text)[-1].split("\t")[9:] == ["s0", "s1", "s2"] and "##INFO=<ID=AF,Number=.,Type=Float" in text
    want = [(line, 0) for line in bcftools.body(view(bucket / "one.vcf"))] + [(line, 1)
        for line in bcftools.body(view(bucket / "two.vcf"))]
    want.sort(key=lambda pair: (int(pair[0].split("\t")[1]), pair[1]))
    got = bcftools.body(text)
    assert [line.split("\t")[:9] for line in got] == [line.split("\t")[:9] for line, _ in want]
    for line, (source, file) in zip(got, want):
        cells, theirs = line.split("\t")[9:], source.split("\t")[9:]
        assert cells[:len(theirs)] == theirs
        assert all(set(cell) <= set(".:/") for cell in cells[len(theirs):])


def test_export_while_imports_run(user, server, bucket, tmp_path):
    """Each export is one snapshot: all of a job's records or none."""
    store = user.store("export_busy", REFERENCE)
    made.big_vcf(bucket / "busy.vcf", 20_000)
    jobs, seen = [user.start(store, "s3://tmp/busy.vcf") for _ in range(4)], set()
    while any(user.omics.get_variant_import_job(jobId=job)["status"] not in servers.FINAL
              for job in jobs) or len(seen) < 1:
        out = tmp_path / "out.vcf"
        export(server, store, "-o", str(out))
        seen.add(sum(1 for line in out.open() if line[0] != "#"))
    export(server, store, "-o", str(out))
    seen.add(sum(1 for line in out.open() if line[0] != "#"))
    assert max(seen) == 80_000 and all(count % 20_000 == 0 for count in seen), seen
    many = [threading.Thread(target=export, args=(server, store, "-o", str(tmp_path / f"{n}.vcf"))) for n in range(3)]
    for one in many:
        one.start()
    for one in many:
        one.join()
    assert all((tmp_path / f"{n}.vcf").read_bytes() == out.read_bytes() for n in range(3))


def test_annotation_store_of_vcf_files(server, user, imports, corpus, tmp_path):
    name = next(one for one in files.VALID if one.startswith("annotation-files/"))
    assert server.command("annotation", "create", "export_known", "--format", "VCF").returncode == 0
    done = server.command("annotation", "import", "export_known", str(corpus / name))
    assert done.returncode == 0, done.stderr
    out = tmp_path / "out.vcf.gz"
    export(server, "export_known", "-o", str(out))
    same(view(out), view(imports.path(name)), name)


VERSIONS = {  # files of one version each: records whose end other versions would have elsewhere
    "VCFv4.2": ["1\t100\t.\tA\t<DEL>\t.\tPASS\tSVTYPE=DEL;SVLEN=-50\tGT\t0/1",
                "1\t200\t.\tA\t<DUP>\t.\tPASS\tSVLEN=40;END=220\tGT\t0/1",
                "1\t300\t.\tACGTACGT\tA\t.\tPASS\tEND=302\tGT\t1/1", "1\t400\t.\tA\t<INS>\t.\tPASS\tSVLEN=70\tGT\t0/1",
                "1\t500\t.\tA\t<INV>\t.\tPASS\tSVLEN=60;SVLEN=60;SVTYPE=INV\tGT\t0/1",
                "1\t600\t.\tA\tC\t.\tPASS\t.\tGT\t0/1"],
    "VCFv4.4": ["1\t100\t.\tA\t<DEL>\t.\tPASS\tSVLEN=50\tGT\t0/1", "1\t150\t.\tA\t<*>\t.\tPASS\t.\tGT:LEN\t0/0:30"],
    "VCFv4.5": ["1\t100\t.\tA\t<DEL>\t.\tPASS\tSVLEN=50\tGT\t0/1", "1\t150\t.\tA\t<*>\t.\tPASS\t.\tGT:LEN\t0/0:30"],
}
VERSIONS_ENDS = {"VCFv4.2": [100, 220, 302, 400, 500, 600], "VCFv4.4": [150, 150], "VCFv4.5": [150, 179]}


@pytest.fixture(scope="module")
def versions_store(user):
    return user.store("versions", REFERENCE)


@pytest.mark.parametrize("mix", [("VCFv4.2", "VCFv4.4"), ("VCFv4.4", "VCFv4.5"), ("VCFv4.2", "VCFv4.4", "VCFv4.5"),
                                 ("VCFv4.2",), ("VCFv4.5",)], ids=" ".join)
def test_versions_mixed(server, user, bucket, versions_store, mix):
    """An export of files of several versions gives the same rows when it is imported again, and so does an export of
    those."""
    name = "mixed_" + "_".join(version[-1] for version in mix)
    for version in mix:
        (bucket / f"{name}{version}.vcf").write_text("\n".join([
            f"##fileformat={version}", "##contig=<ID=1,length=1000>", '##FILTER=<ID=PASS,Description="p">',
            '##ALT=<ID=DEL,Description="d">',
            '##INFO=<ID=SVLEN,Number=.,Type=Integer,Description="l">',
            '##FORMAT=<ID=GT,Number=1,Type=String,Description="g">',
            '##FORMAT=<ID=LEN,Number=1,Type=Integer,Description="l">',
            "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS",
            *VERSIONS[version]]) + "\n")
    store = versions_store

    def rows(job):
        found = server.query(f"""SELECT * FROM {store} WHERE importjobid = '{job}' ORDER BY start, json_format(CAST(attributes AS json)), "end" """)
        return [{key: value for key, value in row.items() if key != "importjobid"} for row in found]

    def load(*names):
        done = user.load(store, *(f"s3://tmp/{one}.vcf" for one in names))
        assert done["status"] == "COMPLETED", done
        return done["id"]

    jobs, texts = [load(*(f"{name}{version}" for version in mix))], []
    assert sorted(row["end"] for row in rows(jobs[0])) == sorted(
        end for version in mix for end in VERSIONS_ENDS[version])
    for _ in range(2):
        texts.append(export(server, store, "--import-job", jobs[-1]).stdout)
        assert texts[-1].startswith(f"##fileformat={max(mix)}\n") and ("VARLAKE_END" in texts[-1]) == (len(mix) > 1)
        (bucket / f"{name}_again.vcf").write_text(texts[-1])
        jobs.append(load(f"{name}_again"))
        assert rows(jobs[-1]) == rows(jobs[0])
    assert texts[0] == texts[1]
