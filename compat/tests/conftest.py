"""Fixtures: a server of its own for each test module, its user, and files made for the tests."""

from __future__ import annotations

import os
import subprocess

import pytest

import backup
import server as servers
from conformance import clients

for name in list(os.environ):  # nothing of the developer's own AWS set-up may reach the tests
    if name.startswith("AWS_"):
        del os.environ[name]
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"

REFERENCE = "s3://corpus/reference/GRCh37.MT.fa"


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes more than a few seconds")
    config.addinivalue_line("markers", "matrix: the same with one more client; `make test-all` runs it")


# The files that take longest, which the processes of `make test` take first: none is left with one at the end.
LONG = ("test_crash.py", "test_corpus.py", "test_annotation_vcf.py", "test_scenarios.py", "test_rules.py",
        "test_upkeep.py", "test_paging.py", "test_annotation_limits.py")


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: LONG.index(item.path.name) if item.path.name in LONG else len(LONG))


@pytest.fixture(scope="session")
def corpus():
    """The corpus folder. In CI its absence is a failure, elsewhere a reason to skip."""
    if not (servers.CORPUS / "README.md").exists():
        word = f"no corpus at {servers.CORPUS} (set VARLAKE_CORPUS)"
        pytest.fail(word) if os.environ.get("CI") else pytest.skip(word)
    return servers.CORPUS


@pytest.fixture
def unpack(binary, tmp_path):
    """Unpacks the data folder of an earlier state, whose metadata says that it is elsewhere, into one of the given
    name."""
    if not backup.BACKUP.exists():
        word = f"no data folder of an earlier state at {backup.BACKUP}"
        pytest.fail(word) if os.environ.get("CI") else pytest.skip(word)
    before = backup.tree(backup.HOME)
    yield lambda name: backup.unpacked(tmp_path / name)
    assert backup.tree(backup.HOME) == before, "something was written where the folder was"


@pytest.fixture(scope="session")
def binary():
    for path in (servers.BINARY, servers.CRASHING):
        if not path.exists():
            pytest.fail(f"no {path}: run make build build-crash first")
    return servers.BINARY


@pytest.fixture(scope="session")
def go_program(tmp_path_factory):
    """The client of aws-sdk-go-v2, built from gosdk/."""
    clients.Go.program = tmp_path_factory.mktemp("gosdk") / "gosdk"
    subprocess.run(["go", "build", "-o", clients.Go.program, "./compat/gosdk"], cwd=servers.ROOT, check=True)


@pytest.fixture(scope="module")
def bucket(tmp_path_factory):
    """The folder behind s3://tmp."""
    return tmp_path_factory.mktemp("bucket")


@pytest.fixture(scope="module")
def server(binary, corpus, bucket, tmp_path_factory):
    one = servers.Server(tmp_path_factory.mktemp("server"), {"corpus": corpus, "tmp": bucket}).start()
    yield one
    if one.running:
        assert one.stop() == 0, f"the server's last words:\n{one.tail()}"


@pytest.fixture(scope="module")
def user(server):
    return servers.User(server)


@pytest.fixture(scope="module")
def omics(user):
    return user.omics


@pytest.fixture(scope="module")
def reference(user):
    """A reference: GRCh37 MT."""
    return user.reference(REFERENCE)


@pytest.fixture(scope="module")
def store(user):
    """An ACTIVE store named like the module's first need of it."""
    return user.store("compat_store", REFERENCE)
