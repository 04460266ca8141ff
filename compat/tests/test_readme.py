"""What README.md shows, run as it stands there against a folder of its own, and `make quickstart`'s script. Only the
server's port and the places of folders are others."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from server import ROOT, Server

# boto3's waiters ask every 30 s and more
QUICK = "import time\nsleep = time.sleep\ntime.sleep = lambda seconds: sleep(min(seconds, 0.2))\n"
README = (ROOT / "README.md").read_text()
PYTHON = re.findall(r"^```python\n(.*?)^```$", README, re.M | re.S)
SHELL = [textwrap.dedent(block) for block in re.findall(r"(?:^    .*\n|^\n(?=    ))+", README, re.M) if block.strip()]


def only(blocks: list[str], word: str) -> str:
    """The one block that has the word."""
    found = [block for block in blocks if word in block]
    assert len(found) == 1, f"README.md has {len(found)} blocks with {word!r}"
    return found[0]


def run(*command: str, cwd: Path = ROOT, **environment: str) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120,
                          env={**os.environ, **environment})
    assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def server(binary, tmp_path_factory):
    """As README.md starts it: the bucket my-vcfs is a folder, here with what the snippets read."""
    folder = tmp_path_factory.mktemp("readme")
    vcfs = folder / "my-vcfs"
    run(str(binary), "sample-data", str(vcfs))
    (vcfs / "reference.fa").rename(vcfs / "GRCh38.fa")
    (vcfs / "cohort.vcf.gz").rename(vcfs / "trio.vcf.gz")
    line = next(line for line in only(SHELL, "varlake serve").splitlines() if "varlake serve" in line)
    flags = shlex.split(line.replace("/path/to/vcfs", str(vcfs)))[2:]
    one = Server(folder, {}, *flags).start()
    yield one
    assert one.stop() == 0, one.tail()


def test_snippets_of_python(server):
    """boto3's makes the store and its rows, PyIceberg's reads the table."""
    shell = only(SHELL, "varlake env")
    set_up = next(line for line in shell.splitlines() if "varlake env" in line)
    snippet = QUICK + only(PYTHON, "import boto3")
    run("bash", "-euc", f'{set_up}\n"$PYTHON" -c "$SNIPPET"', PYTHON=sys.executable, SNIPPET=snippet,
        VARLAKE_DATA=str(server.data))
    rows = server.query("SELECT count(*) AS n FROM cohort")[0]["n"]
    assert rows > 0
    snippet = only(PYTHON, "pyiceberg").replace("/path/to/varlake-data", str(server.data))
    *lines, scan = snippet.strip().splitlines()
    snippet = "\n".join([*lines, f"read = {scan}", "print(read.num_rows, len(table.scan().to_arrow()))"])
    want = server.query("SELECT count(*) AS n FROM cohort WHERE contigname = 'chr20' AND start >= 100000 "
                        "AND start < 200000")[0]["n"]
    assert run(sys.executable, "-c", snippet).split() == [str(want), str(rows)]


def test_snippets_of_the_shell(binary, server, tmp_path):
    """What is shown below the commands is what they print."""
    text = only(SHELL, "bin/varlake query")
    commands, shown = text[:text.index("contigname  start")], text[text.index("contigname  start"):]
    assert commands.count("bin/varlake ") == 5
    (tmp_path / "bin").symlink_to(binary.parent)
    out = run("bash", "-euc", commands, cwd=tmp_path, VARLAKE_DATA=str(server.data))
    assert out.rstrip().endswith("\n" + shown.rstrip()), out


def test_quickstart(binary, tmp_path):
    """make quickstart's script, with files that it makes and with the user's own; nothing of it is left."""
    out = run("./scripts/quickstart.sh", TMPDIR=str(tmp_path), VCF="", REF="")
    assert "the server stopped cleanly" in out and '"status": "COMPLETED"' in out
    run(str(binary), "sample-data", str(tmp_path / "own"))
    own = run("./scripts/quickstart.sh", TMPDIR=str(tmp_path), VCF=str(tmp_path / "own" / "cohort.vcf.gz"),
              REF=str(tmp_path / "own" / "reference.fa"))
    table = re.search(r"\ncontigname .*?rows\)\n.*?row\)\n", out, re.S)
    assert table and table.group() in own
    assert [path.name for path in tmp_path.iterdir()] == ["own"]
