"""Who may read a data folder: its owner alone, or a group that was named; whatever the umask, and what earlier
versions left open."""

from __future__ import annotations

import grp
import os
import shutil
import stat
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

import made
from backup import ok
from server import BINARY, Server

GROUP = next(g for g in grp.getgrall() if g.gr_gid not in (0, os.getgid()))


def modes(data: Path, skip: str = "/data/tmp") -> set[tuple[str, int, int]]:
    """Kind, mode and group of all that is in a data folder, itself included; what a query spilled aside."""
    found = set()
    for path in [data, *data.rglob("*")]:
        info = path.lstat()
        if skip not in str(path):
            found.add(("dir" if path.is_dir() else "file", stat.S_IMODE(info.st_mode), info.st_gid))
    return found


def own(data: Path) -> bool:
    return {(kind, mode) for kind, mode, _ in modes(data)} == {("dir", 0o700), ("file", 0o600)}


def use(server: Server, folder: Path) -> None:
    """Has the server write a table, a reference, an upload and keys."""
    made.big_vcf(folder / "one.vcf", 300)
    (folder / "ref.fa").write_text(">1\nACGT\n")
    ok(server, "import", "cohort", str(folder / "one.vcf"))
    ok(server, "compact", "--all")
    ok(server, "reference", "import", str(folder / "ref.fa"), "--name", f"r{time.monotonic_ns()}")
    ok(server, "store", "create", f"s{time.monotonic_ns()}", "--reference", "ref")


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_a_folder_is_its_owners(unpack, tmp_path, umask):  # noqa: F811
    server = unpack("old")
    assert not own(server.data)  # as an earlier version left it
    before = os.umask(umask)
    try:
        server.start()
        use(server, tmp_path)
        assert own(server.data), sorted(modes(server.data))
        assert server.stop() == 0
        ok(server, "check")
    finally:
        os.umask(before)
    assert own(server.data), sorted(modes(server.data))


@pytest.mark.skipif(os.geteuid() != 0, reason="giving files to a group that one is not in needs root")
def test_a_folder_is_shared_with_a_group(unpack, tmp_path):  # noqa: F811
    server = unpack("old")
    server.flags = ("--shared-group", GROUP.gr_name)
    before = os.umask(0o077)
    try:
        server.start()
        use(server, tmp_path)
        shared = {("dir", 0o2750, GROUP.gr_gid), ("file", 0o640, GROUP.gr_gid)}
        assert modes(server.data) == shared
        assert server.stop() == 0
        use(server, tmp_path)  # without a server: what is shared stays so
        assert modes(server.data) == shared
    finally:
        os.umask(before)
    server.flags = ()
    assert server.start().stop() == 0
    assert own(server.data), sorted(modes(server.data))
    unknown = server.command("serve", "--shared-group", "no-such-group", "--listen", "127.0.0.1:0")
    assert unknown.returncode == 2 and "no-such-group" in unknown.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="a server of another user needs root")
def test_uploads_to_a_server_of_another_user(unpack, tmp_path):  # noqa: F811
    """root imports local files into the folder of a server that runs as nobody: linked ones and copies."""
    source = unpack("old")
    home = Path(tempfile.mkdtemp(prefix="varlake-"))
    try:
        home.chmod(0o755)
        shutil.copy(BINARY, home / "varlake")
        server = Server(home, {})
        shutil.copytree(source.data, server.data)
        for path in [server.data, *server.data.rglob("*")]:
            os.chown(path, 65534, 65534)
        process = subprocess.Popen([home / "varlake", "serve", "--data", server.data, "--listen", "127.0.0.1:0"],
                                   user=65534, group=65534,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=home)
        try:
            assert process.stdout.readline().startswith("listening on")
            made.big_vcf(home / "linked.vcf", 300)
            ok(server, "import", "cohort", str(home / "linked.vcf"))
            if Path("/dev/shm").is_dir():  # another file system: a copy
                with tempfile.TemporaryDirectory(dir="/dev/shm") as other:
                    made.big_vcf(Path(other) / "copied.vcf", 300)
                    ok(server, "import", "cohort", str(Path(other) / "copied.vcf"))
            assert own(server.data)
        finally:
            process.terminate()
            process.wait(120)
            process.stdout.close()
    finally:
        shutil.rmtree(home)
