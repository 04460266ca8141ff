"""Disks that are full or broken: a job ends FAILED without a row or a file, or COMPLETED after all; the server goes
on, and so does the next job."""

from __future__ import annotations

import contextlib
import errno
import os
import random
import re
import signal
import subprocess

import pytest
from botocore.exceptions import ClientError

import annotation
import faults
import made
from conftest import REFERENCE
from server import FINAL, Server, User, until

ROWS = 1_000


@pytest.fixture(scope="module")
def fault():
    watched = faults.Faults()
    if why := watched.unsupported():
        pytest.skip(f"system calls cannot be watched here: {why}")
    return watched


@pytest.fixture(scope="module")
def server(binary, corpus, bucket, tmp_path_factory, fault):
    made.big_vcf(bucket / "a.vcf", ROWS)
    made.big_vcf(bucket / "large.vcf", 60_000)
    one = Server(tmp_path_factory.mktemp("server"), {"corpus": corpus, "tmp": bucket})
    one.popen = fault.popen
    one.start()
    yield one
    fault.stop()
    if one.running:
        assert one.stop() == 0, one.tail()


@pytest.fixture(scope="module")
def user(server):
    user = User(server)
    user.store("kept", REFERENCE)
    return user


def sound(server: Server) -> None:
    """The rows are those that the jobs recorded, and there is no file that nothing refers to."""
    for flag in ([], ["--orphans"]):
        done = server.command("check", *flag)
        assert (done.returncode, done.stdout) == (0, ""), f"check {flag}: {done.stdout}{done.stderr}\n{server.tail()}"


def rows(server: Server) -> int:
    return server.query("SELECT count(*) AS n FROM kept")[0]["n"]


def plain(message: str) -> bool:
    """For people: no path, no Go."""
    return bool(message) and not re.search(r"(^|\s)/|%!|\n", message)


@pytest.mark.parametrize("calls, error", [("openat mkdirat write pwrite64", errno.ENOSPC), ("fsync close", errno.EIO)],
                         ids=["full", "broken"])
def test_the_table_cannot_be_written(server, user, fault, calls, error):
    """The first such call of an import in the tables' folders fails, then the second, and so on until there is none."""
    before, failed, completed = rows(server), 0, 0
    for nth in range(1, 300):
        fault.fail(calls, r"/data/tables/", error, nth)
        job = user.load("kept", "s3://tmp/a.vcf")
        fired = fault.stop()
        item, = job["items"]
        if job["status"] == "COMPLETED":
            completed += 1
        else:
            failed += 1
            assert (job["status"], item["jobStatus"]) == ("FAILED", "FAILED"), job
            assert "The table could not be written: " in item["statusMessage"], (fired, item)
            assert os.strerror(error).lower() in item["statusMessage"], (fired, item)
            assert plain(item["statusMessage"])
        if not fired or nth % 4 == 0:  # a file that is left stays
            sound(server)
        if not fired:
            break
    else:
        pytest.fail("there was no end of calls")
    assert job["status"] == "COMPLETED" and nth > 2
    assert failed > 0, "no call was one of the data file's"
    assert rows(server) == before + completed * ROWS


def test_a_store_is_made_after_all(server, user, fault):
    """The first such call of its creation fails, then the second, and so on: it is made at the next try."""
    arn = user.omics.get_variant_store(name="kept")["reference"]["referenceArn"]
    for nth in range(1, 300):
        fault.fail("openat mkdirat write fsync", r"/data/tables/", errno.ENOSPC, nth)
        user.omics.create_variant_store(name="second", reference={"referenceArn": arn})
        until(lambda: user.omics.get_variant_store(name="second")["status"] != "CREATING")
        fired, store = fault.stop(), user.omics.get_variant_store(name="second")
        assert (store["status"], store["statusMessage"]) == ("ACTIVE", ""), (fired, store)
        assert len(list(annotation.location(server, "second").joinpath("metadata").iterdir())) == 1
        user.omics.delete_variant_store(name="second", force=True)
        until(lambda: len(user.omics.list_variant_stores()["variantStores"]) == 1)
        if not fired:
            break
    assert nth > 4
    sound(server)


def test_the_source_cannot_be_read(server, user, fault, bucket):
    before = rows(server)
    for nth in (1, 2):
        fault.fail("pread64 read", rf"^{bucket}/large\.vcf$", errno.EIO, nth)
        job = user.load("kept", "s3://tmp/large.vcf")
        assert fault.stop(), "nothing was read"
        assert (job["status"], job["items"][0]["statusMessage"]) == ("FAILED",
                                                                     "s3://tmp/large.vcf: read: input/output error")
        sound(server)
    assert rows(server) == before
    assert user.load("kept", "s3://tmp/large.vcf")["status"] == "COMPLETED"
    sound(server)


@pytest.mark.parametrize("nth, error", [(3, errno.EIO), (20, errno.ENOSPC)])
def test_the_state_cannot_be_written_for_a_time(server, user, fault, nth, error):
    """The server lives, what it answers is so, and work goes on by itself once the disk has room."""
    before, known = rows(server), jobs(user)
    fault.fail("write pwrite64 fsync fdatasync ftruncate fallocate", r"/data/varlake\.db", error, nth, times=1 << 30)
    with contextlib.suppress(ClientError):  # it may be refused: then there is no job
        user.start("kept", "s3://tmp/a.vcf")
    until(lambda: len(fault.fired) > 1)  # what was refused has been tried again
    assert fault.stop() and server.running, server.tail()
    started = jobs(user) - known
    assert len(started) <= 1
    done = [user.wait(job) for job in started]
    assert {job["status"] for job in done} <= {"COMPLETED", "FAILED"}
    assert user.load("kept", "s3://tmp/a.vcf")["status"] == "COMPLETED"
    sound(server)
    assert rows(server) == before + ROWS * (1 + sum(job["status"] == "COMPLETED" for job in done))


def jobs(user: User) -> set[str]:
    return {job["id"] for page in user.omics.get_paginator("list_variant_import_jobs").paginate()
            for job in page["variantImportJobs"]}


def test_the_state_cannot_be_written_until_a_restart(server, user, fault):
    before = rows(server)
    job = user.start("kept", "s3://tmp/large.vcf")
    until(lambda: user.omics.get_variant_import_job(jobId=job)["status"] == "IN_PROGRESS", pause=0.01)
    fault.fail("write pwrite64 fsync fdatasync ftruncate fallocate", r"/data/varlake\.db", errno.ENOSPC, times=1 << 30)
    until(lambda: len(fault.fired) > 3)
    assert server.kill() == -signal.SIGKILL
    fault.stop()
    server.start()
    again = User(server)
    assert again.wait(job)["status"] == "COMPLETED"
    sound(server)
    assert rows(server) == before + 60_000


def noisy_vcf(path) -> None:
    """A file that stays large in a table."""
    noise = random.Random(4)
    with open(path, "w") as out:
        out.write("##fileformat=VCFv4.2\n##contig=<ID=1,length=249250621>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n")
        out.writelines(f"1\t{at + 1}\t{noise.getrandbits(256):064x}\tA\tC\t.\t.\t.\n" for at in range(100_000))


def test_a_file_system_that_is_full(binary, corpus, bucket, tmp_path):
    """A real one, too small for what is imported: what fits is imported, what does not fails, what fits again is
    imported again."""
    if os.geteuid() != 0:
        pytest.skip("mounting a file system needs root")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "none", str(disk)],
                             capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    try:
        noisy_vcf(bucket / "huge.vcf")
        made.big_vcf(bucket / "a.vcf", ROWS)
        server = Server(disk, {"corpus": corpus, "tmp": bucket}).start()
        server.log = tmp_path / "server.log"
        user = User(server)
        user.store("kept", REFERENCE)
        assert user.load("kept", "s3://tmp/a.vcf")["status"] == "COMPLETED"
        space = os.statvfs(disk)
        (disk / "ballast").write_bytes(bytes(space.f_bavail * space.f_frsize - (1 << 20)))
        job = user.load("kept", "s3://tmp/huge.vcf")
        assert job["status"] == "FAILED" and "no space left on device" in job["items"][0]["statusMessage"], job
        sound(server)
        assert user.load("kept", "s3://tmp/a.vcf")["status"] == "COMPLETED"
        with open(disk / "ballast", "ab", buffering=0) as ballast, contextlib.suppress(OSError):
            while True:  # not a byte is left
                ballast.write(bytes(4096))
        with contextlib.suppress(ClientError):
            user.start("kept", "s3://tmp/a.vcf")
        assert server.running
        (disk / "ballast").unlink()
        for job in jobs(user):
            assert user.wait(job)["status"] in FINAL
        assert user.load("kept", "s3://tmp/a.vcf")["status"] == "COMPLETED"
        sound(server)
        assert server.stop() == 0
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)
