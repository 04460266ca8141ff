"""Thousands of jobs through every client's paginator, while more are being started: 10,000 in `make test-matrix`."""

from __future__ import annotations

import contextlib
import itertools
import json
import socket
import threading

import pytest

import server as servers
from conformance import clients, scenario, walk, wire

MAKERS, BETWEEN = 4, 0.02
DEFAULT_SIZE = 100


class Crowd:
    """A server whose one worker waits for an answer that never comes, so that jobs may be started as fast as rows can
    be written and none of them ends; and what jobs there are."""

    def __init__(self, folder, jobs: int):
        self.silent = socket.create_server(("127.0.0.1", 0))
        bucket = folder / "bucket"
        bucket.mkdir()
        (bucket / "ref.fa").write_text(scenario.REFERENCE_FILE["ref.fa"])
        self.server = servers.Server(
            folder, {"tmp": bucket}, "--quota", "concurrent-jobs=100000", "--import-items", "1", "--log-level", "warn",
            "--rate", "*=off",
            "--s3-endpoint", f"http://127.0.0.1:{self.silent.getsockname()[1]}",
        ).start(VARLAKE_S3_ACCESS_KEY_ID="key", VARLAKE_S3_SECRET_ACCESS_KEY="secret")
        self.key = clients.Key(*self.server.credentials())
        self.user = servers.User(self.server)
        for name in ("many", "few"):
            self.user.store(name, "s3://tmp/ref.fa")
        self.jobs = {self.user.start("many", "s3://silent/x.vcf")}
        self.make(jobs - 1)

    def make(self, count: int) -> None:
        makers = [threading.Thread(target=self._make, args=(count // MAKERS + (n < count % MAKERS),))
                  for n in range(MAKERS)]
        for one in makers:
            one.start()
        for one in makers:
            one.join()

    def _make(self, count: int) -> None:
        with self.connection() as connection:
            self.jobs.update([self.start(connection) for _ in range(count)])

    @contextlib.contextmanager
    def connection(self):
        one = wire.Wire(self.server.endpoint, self.key.id, self.key.secret)
        yield one
        one.close()

    def start(self, connection: wire.Wire, store: str = "many") -> str:
        body = {"destinationName": store, "roleArn": servers.ROLE, "items": [{"source": "s3://tmp/nothing.vcf"}]}
        answer = connection.send(wire.Request("POST", b"/import/variant", json.dumps(body).encode()))
        assert answer.status == 200, answer
        return answer.json["jobId"]

    @contextlib.contextmanager
    def growing(self):
        """More jobs are started until the end of the block; gives the list of them."""
        enough, more = threading.Event(), []

        def grow():
            with self.connection() as connection:
                while not enough.wait(BETWEEN):
                    more.append(self.start(connection))

        thread = threading.Thread(target=grow)
        thread.start()
        try:
            yield more
        finally:
            enough.set()
            thread.join()
            self.jobs.update(more)

    def close(self) -> None:
        self.silent.close()
        assert self.server.stop() == 0, self.server.tail()


@pytest.fixture(scope="module")
def crowd(binary, tmp_path_factory, pytestconfig):
    jobs = 10_000 if pytestconfig.getoption("markexpr") == "matrix" else 2_000
    one = Crowd(tmp_path_factory.mktemp("crowd"), jobs)
    assert len(one.jobs) == jobs
    yield one
    one.close()


ACCOUNTS = itertools.count(10)


@pytest.fixture(scope="module")
def client(request, crowd, go_program, tmp_path_factory):
    account = f"2109876543{next(ACCOUNTS)}"  # a new one: its first key may do everything
    made = json.loads(crowd.server.command("access-key", "create", "--account", account, "--name", "stranger",
                                           "--json").stdout)
    keys = {"admin": crowd.key, "stranger": clients.Key(made["accessKeyId"], made["secretAccessKey"])}
    with clients.opened(clients.ALL[request.param], crowd.server.endpoint, keys,
                        tmp_path_factory.mktemp(request.param)) as one:
        yield one


def of_clients(name: str) -> pytest.param:
    """All walk the list with pages of the default size; what else there is, boto3 alone but for `make test-matrix`."""
    return pytest.param(name, marks=() if name == clients.Boto3.name else pytest.mark.matrix)


@pytest.mark.parametrize("client, size", [*((name, 0) for name in clients.ALL),
    *(pytest.param(name, 13, marks=of_clients(name).marks) for name in clients.ALL)], indirect=["client"])
def test_thousands_of_jobs(crowd, client, size):
    before = set(crowd.jobs)
    with crowd.growing() as more:
        outcome = client.pages("ListVariantImportJobs", {"filter": {"storeName": "many"}}, size)
    assert outcome.error is None, outcome.error
    assert len(more) > 3, "nothing was added during the walk"
    pages = [page["variantImportJobs"] for page in outcome.pages]
    wrong = walk.complaints(before, [one for page in pages for one in page], crowd.jobs)
    if client.name != "cli":  # which shows all pages as one
        wrong += walk.page_complaints([len(page) for page in pages], size or DEFAULT_SIZE)
    assert not wrong, wrong


@pytest.mark.parametrize("client", map(of_clients, clients.ALL), indirect=True)
def test_tokens(crowd, client):
    """A token is good again and again, with any page size, and for nothing but the list that it came from."""
    def ask(operation="ListVariantImportJobs", who="admin", **values):
        return client.call(operation, values, who)

    first = ask(maxResults=5, filter={"storeName": "many"}).answer
    token = first["nextToken"]
    second = ask(maxResults=5, filter={"storeName": "many"}, nextToken=token).answer
    assert [len(page["variantImportJobs"]) for page in (first, second)] == [5, 5]
    longer = ask(maxResults=10, filter={"storeName": "many"}, nextToken=token).answer["variantImportJobs"]
    assert longer[:5] == second["variantImportJobs"]

    stores = ask("ListVariantStores", maxResults=1).answer["nextToken"]
    foreign = [{"filter": {"storeName": "few"}, "nextToken": token}, {"nextToken": token},
               {"filter": {"storeName": "many", "status": "SUBMITTED"}, "nextToken": token}, {"nextToken": stores},
               {"filter": {"storeName": "many"}, "nextToken": stores},
               {"filter": {"storeName": "many"}, "nextToken": token, "ids": ["x"]}]
    for values in foreign:
        refused(ask(**values))
    refused(ask("ListVariantStores", nextToken=token))
    refused(ask(who="stranger", filter={"storeName": "many"}, nextToken=token))


def refused(outcome: clients.Outcome) -> None:
    assert outcome.error is not None and outcome.error.code == "ValidationException", outcome


def test_tampered_tokens(crowd):
    """No other text passes for a token: none of another letter, length or spelling."""
    with crowd.connection() as connection:
        def ask(token: str) -> wire.Answer:
            target = b"/import/variants?maxResults=5&nextToken=" + "".join(
                f"%{byte:02x}" for byte in token.encode()).encode()
            return connection.send(wire.Request("POST", target, b"{}"))

        token = connection.send(wire.Request("POST", b"/import/variants?maxResults=5", b"{}")).json["nextToken"]
        assert ask(token).status == 200
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=\n\r \0é"
        # The last letters of base64 have bits to spare, where another spelling could hide: all are tried there.
        others = {token[:at] + letter + token[at + 1:] for at in range(len(token))
                  for letter in (letters if at > len(token) - 5 else letters[at % 7::7])}
        others |= {token[:at] + letter + token[at:] for at in range(len(token) + 1) for letter in "A=\0"}
        others |= {token[:at] for at in range(1, len(token))} | {token[at:]
            for at in range(1, len(token))} | {token * 2, token[::-1], token.swapcase()}
        passed = sorted(repr(other) for other in others - {token} if (ask(other).status, ask(other).code) != (400,
            "ValidationException"))
        assert not passed, f"{len(passed)} of {len(others)} passed for {token}: {passed[:10]}"
