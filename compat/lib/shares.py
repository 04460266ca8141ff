"""Accounts that share stores: an owner, a friend and a stranger, on a server of few slots.

The fixtures are for the tests that import them.
"""

from __future__ import annotations

import contextlib
import re

import pytest
from botocore.exceptions import ClientError

import made
import server as servers
from accounts import Account, namespace, open_account

OWNER, FRIEND, STRANGER = "111111111111", "222222222222", "333333333333"
LIMIT = 3  # shares of a store
SLOTS = 4  # statements that the server runs at the same time
PART = 3  # of them of one account
ROWS = {OWNER: 400, FRIEND: 7}


@pytest.fixture(scope="module")
def files(bucket):
    (bucket / "ref.fa").write_text(">22\n" + "ACGT" * 50 + "\n")
    (bucket / "one.gff").write_text("##gff-version 3\n22\tx\tgene\t1\t9\t.\t+\t.\tID=g1\n")
    (bucket / "many.gff").write_text("##gff-version 3\n" + "".join(
        f"22\tx\tgene\t{n}\t{n + 9}\t.\t+\t.\tID=g{n}\n" for n in range(1, 401)))
    for account, rows in ROWS.items():
        made.big_vcf(bucket / f"{account}.vcf", rows)
    return bucket


@pytest.fixture(scope="module")
def server(binary, files, tmp_path_factory):
    """Takes the place of conftest's."""
    one = servers.Server(tmp_path_factory.mktemp("server"), {"tmp": files}, "--quota", f"shares-per-store={LIMIT}",
                         "--quota", "variant-stores=50", "--quota", "annotation-stores=50").start()
    yield one
    if one.running:
        assert one.stop() == 0, f"the server's last words:\n{one.tail()}"
    assert "panic" not in one.log.read_text(errors="replace")


@pytest.fixture(scope="module")
def owner(server):
    return open_account(server, OWNER)


@pytest.fixture(scope="module")
def friend(server):
    return open_account(server, FRIEND)


@pytest.fixture(scope="module")
def stranger(server):
    return open_account(server, STRANGER)


@pytest.fixture(scope="module")
def references(owner, friend):
    return {who.account: who.reference()["arn"] for who in (owner, friend)}


class Shared:
    """A variant store of the owner's with its rows."""

    def __init__(self, owner: Account, name: str, reference: str):
        got = owner.variant_store(name, reference)
        self.name, self.arn, self.id = name, got["storeArn"], got["id"]
        self.table = f'"{namespace("variant", owner, got)}"."{name}"'
        owner.load(name, f"s3://tmp/{owner.account}.vcf")


@pytest.fixture()
def store(owner, references, request):
    """A store of this test's own, and gone after it."""
    name = re.sub(r"[^a-z0-9_]", "_", request.node.name.lower())[:60]
    yield Shared(owner, name, references[OWNER])
    with contextlib.suppress(owner.omics.exceptions.ResourceNotFoundException):
        owner.omics.delete_variant_store(name=name, force=True)


def status(who: Account, share: str) -> str:
    return who.omics.get_share(shareId=share)["share"]["status"]


def cannot_see(who: Account, table: str) -> None:
    """To the account the table is not there."""
    answer = who.ask(f"SELECT count(*) AS n FROM {table}")
    assert (answer.status, answer.code) == (404, "ResourceNotFoundException"), answer


def error_of(call, **request) -> str:
    with pytest.raises(ClientError) as error:
        call(**request)
    return error.value.response["Error"]["Code"]
