"""Shares of stores between accounts: their states, what is refused, and how they are listed."""

from __future__ import annotations

import re
import sqlite3

import pytest

from accounts import REGION, Account, open_account
from shares import FRIEND, LIMIT, OWNER, ROWS, STRANGER, Shared, cannot_see, error_of, status
from shares import files, friend, owner, references, server, store, stranger  # noqa: F401 (fixtures)


# --- states -----------------------------------------------------------------------------------------------------------


def test_the_life_of_a_share(owner, friend, stranger, store):
    created = owner.omics.create_share(resourceArn=store.arn, principalSubscriber=FRIEND, shareName="of-life_1")
    share = created["shareId"]
    assert created["status"] == "PENDING" and created["shareName"] == "of-life_1"
    assert re.fullmatch(r"[0-9a-f]{32}-[0-9a-f]{32}", share)
    for side in (owner, friend):
        got = side.omics.get_share(shareId=share)["share"]
        assert {key: got[key] for key in ("shareId", "resourceArn", "resourceId", "principalSubscriber", "ownerId",
                                          "status", "shareName")} == {
            "shareId": share, "resourceArn": store.arn, "resourceId": store.id, "principalSubscriber": FRIEND,
            "ownerId": OWNER,
            "status": "PENDING", "shareName": "of-life_1"}
        assert got["creationTime"] == got["updateTime"]
    cannot_see(friend, store.name)

    for wrong in (owner, stranger):  # only the one it is offered to
        assert error_of(wrong.omics.accept_share, shareId=share) == "ResourceNotFoundException"
    assert status(friend, share) == "PENDING"
    assert friend.omics.accept_share(shareId=share)["status"] == "ACTIVATING"
    got = friend.until_share(share, "ACTIVE")
    assert got["updateTime"] > got["creationTime"] and not got.get("statusMessage")
    assert error_of(friend.omics.accept_share, shareId=share) == "ConflictException"
    assert friend.count(store.name) == ROWS[OWNER]

    assert owner.omics.delete_share(shareId=share)["status"] == "DELETING"
    cannot_see(friend, store.name)
    owner.until_share(share, "DELETED")
    for side in (owner, friend):
        assert status(side, share) == "DELETED"
        assert error_of(side.omics.delete_share, shareId=share) == "ConflictException"
    assert error_of(friend.omics.accept_share, shareId=share) == "ConflictException"
    assert owner.share(store.arn, friend) != share  # it may be shared again
    assert friend.count(store.name) == ROWS[OWNER]


@pytest.mark.parametrize("ended_by", ["owner", "subscriber"])
@pytest.mark.parametrize("ended_when", ["PENDING", "ACTIVE"])
def test_either_side_ends_it(owner, friend, stranger, store, ended_by, ended_when):
    share = owner.omics.create_share(resourceArn=store.arn, principalSubscriber=FRIEND)["shareId"]
    if ended_when == "ACTIVE":
        friend.omics.accept_share(shareId=share)
        friend.until_share(share, "ACTIVE")
        assert friend.count(store.name) == ROWS[OWNER]
    for operation in ("get_share", "delete_share"):
        assert error_of(getattr(stranger.omics, operation), shareId=share) == "ResourceNotFoundException"
    side = owner if ended_by == "owner" else friend
    assert side.omics.delete_share(shareId=share)["status"] == "DELETING"
    cannot_see(friend, store.name)
    owner.until_share(share, "DELETED")
    assert owner.count(store.name) == ROWS[OWNER]


def test_activation_fails_when_the_store_is_not_active(server, owner, friend, store):
    """No operation brings a shared store out of ACTIVE without ending its shares; so the state is made by hand."""
    share = owner.omics.create_share(resourceArn=store.arn, principalSubscriber=FRIEND)["shareId"]

    def set_status(value):
        state = sqlite3.connect(server.data / "varlake.db", timeout=20)
        with state:
            assert state.execute("UPDATE stores SET status = ? WHERE id = ?", (value, store.id)).rowcount == 1
        state.close()

    set_status("UPDATING")
    assert error_of(owner.omics.create_share, resourceArn=store.arn,
                    principalSubscriber=STRANGER) == "ConflictException"
    assert friend.omics.accept_share(shareId=share)["status"] == "ACTIVATING"
    failed = friend.until_share(share, "ACTIVE", "FAILED")
    assert failed["status"] == "FAILED" and "not ACTIVE" in failed["statusMessage"]
    set_status("ACTIVE")
    cannot_see(friend, store.name)  # it does not come back by itself
    assert error_of(friend.omics.accept_share, shareId=share) == "ConflictException"
    again = owner.share(store.arn, friend)  # a share that failed is in nobody's way
    assert friend.count(store.name) == ROWS[OWNER]
    assert owner.omics.delete_share(shareId=share)["status"] in ("DELETING", "DELETED")
    owner.until_share(share, "DELETED")
    assert status(owner, again) == "ACTIVE" and friend.count(store.name) == ROWS[OWNER]


@pytest.mark.parametrize("kind", ["variant", "annotation"])
def test_deleting_the_store_ends_its_shares(owner, friend, stranger, references, kind):
    name = f"ends_{kind}"
    if kind == "variant":
        store = owner.variant_store(name, references[OWNER])
    else:
        store = owner.annotation_store(name)
        owner.version(name, "another")
    active = owner.share(store["storeArn"], friend)
    pending = owner.omics.create_share(resourceArn=store["storeArn"], principalSubscriber=STRANGER)["shareId"]
    assert friend.count(name) == 0
    getattr(owner.omics, f"delete_{kind}_store")(name=name, force=True)
    cannot_see(friend, name)
    for share, side in ((active, friend), (pending, stranger)):
        got = side.omics.get_share(shareId=share)["share"]
        assert (got["status"], got["statusMessage"]) == ("DELETED", "The store was deleted.")
        assert error_of(side.omics.accept_share, shareId=share) == "ConflictException"
    owner.gone(f"get_{kind}_store", name=name)
    # A store of that name is another store.
    getattr(owner, f"{kind}_store")(name, *([references[OWNER]] if kind == "variant" else []))
    cannot_see(friend, name)
    getattr(owner.omics, f"delete_{kind}_store")(name=name)


def test_shares_outlive_a_restart(server, owner, friend, store):
    share = owner.share(store.arn, friend)
    offered = owner.omics.create_share(resourceArn=store.arn, principalSubscriber=STRANGER)["shareId"]
    server.kill()
    server.start()
    for who in (owner, friend):
        vars(who).pop("omics", None)  # the port is another
    assert status(friend, share) == "ACTIVE" and status(owner, offered) == "PENDING"
    assert friend.count(store.name) == ROWS[OWNER]
    friend.omics.delete_share(shareId=share)
    server.kill()  # perhaps before the share ended
    server.start()
    for who in (owner, friend):
        vars(who).pop("omics", None)
    owner.until_share(share, "DELETED")
    cannot_see(friend, store.name)


@pytest.fixture(autouse=True)
def at_the_port_of_today(server, owner, friend, stranger):
    for who in (owner, friend, stranger):
        if "omics" in vars(who) and who.omics.meta.endpoint_url != server.endpoint:
            del vars(who)["omics"]


# --- requests that are refused ----------------------------------------------------------------------------------------


def test_what_cannot_be_shared(owner, friend, store):
    create = owner.omics.create_share
    reference = f"arn:aws:omics:{REGION}:{OWNER}:referenceStore/1234567890"
    for arn in ("nonsense", reference, f"arn:aws:omics:{REGION}:{OWNER}:variantStore/", f"arn:aws:s3:::{store.name}",
                f"arn:aws:omics:{REGION}:{OWNER}:annotationStore/x/version/y"):
        assert error_of(create, resourceArn=arn, principalSubscriber=FRIEND) == "ValidationException", arn
    for subscriber in ("12345", "x" * 12, OWNER):
        assert error_of(create, resourceArn=store.arn,
                        principalSubscriber=subscriber) == "ValidationException", subscriber
    assert error_of(create, resourceArn=store.arn, principalSubscriber=FRIEND,
                    shareName="not a name") == "ValidationException"
    assert error_of(create, resourceArn=owner.arn("variantStore/none"),
                    principalSubscriber=FRIEND) == "ResourceNotFoundException"
    assert error_of(create, resourceArn=owner.arn(f"annotationStore/{store.name}"),
                    principalSubscriber=FRIEND) == "ResourceNotFoundException"
    assert error_of(create, resourceArn=store.arn.replace(REGION, "eu-west-1"),
                    principalSubscriber=FRIEND) == "ResourceNotFoundException"
    assert error_of(friend.omics.create_share, resourceArn=store.arn,
                    principalSubscriber=STRANGER) == "ResourceNotFoundException"
    share = create(resourceArn=store.arn, principalSubscriber=FRIEND)["shareId"]
    assert error_of(create, resourceArn=store.arn, principalSubscriber=FRIEND) == "ConflictException"
    friend.omics.accept_share(shareId=share)
    assert error_of(create, resourceArn=store.arn, principalSubscriber=FRIEND) == "ConflictException"
    assert owner.omics.list_shares(resourceOwner="SELF", filter={"resourceArns": [store.arn]})["shares"][0][
        "shareId"] == share
    # nor handed on
    assert error_of(friend.omics.create_share, resourceArn=store.arn,
                    principalSubscriber=STRANGER) == "ResourceNotFoundException"


def test_each_store_has_its_quota(owner, store, references):
    other = Shared(owner, "quota_other", references[OWNER])
    for arn in (store.arn, other.arn):
        shares = [owner.omics.create_share(resourceArn=arn, principalSubscriber=f"90000000000{n}")["shareId"]
                  for n in range(LIMIT)]
        assert error_of(owner.omics.create_share, resourceArn=arn,
                        principalSubscriber=FRIEND) == "ServiceQuotaExceededException"
        owner.omics.delete_share(shareId=shares[0])
        owner.until_share(shares[0], "DELETED")
        assert owner.omics.create_share(resourceArn=arn, principalSubscriber=FRIEND)["status"] == "PENDING"
        assert error_of(owner.omics.create_share, resourceArn=arn,
                        principalSubscriber=STRANGER) == "ServiceQuotaExceededException"
    owner.omics.delete_variant_store(name="quota_other")


# --- lists ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def listed(server):
    """Accounts of their own: one with two stores, six shares in five states, and a subscriber of three of them."""
    giver, taker = open_account(server, "444444444444"), open_account(server, "555555555555")
    variant = giver.variant_store("listed", giver.reference()["arn"])["storeArn"]
    notes = giver.annotation_store("listed")["storeArn"]
    back = taker.annotation_store("back")["storeArn"]
    shares = {}
    offer = lambda arn, to: giver.omics.create_share(resourceArn=arn, principalSubscriber=to)["shareId"]  # noqa: E731
    shares["variant deleted"] = offer(variant, taker.account)
    giver.omics.delete_share(shareId=shares["variant deleted"])
    giver.until_share(shares["variant deleted"], "DELETED")
    shares["variant active"] = giver.share(variant, taker)
    shares["variant pending"] = offer(variant, "900000000001")
    shares["notes pending"] = offer(notes, "900000000001")
    shares["notes pending too"] = offer(notes, taker.account)
    shares["back"] = taker.omics.create_share(resourceArn=back, principalSubscriber=giver.account)["shareId"]
    return giver, taker, {"variant": variant, "notes": notes, "back": back}, shares


LISTS = [
    ("giver", "SELF", {}, ["notes pending too", "notes pending", "variant pending", "variant active",
                           "variant deleted"]),
    ("giver", "OTHER", {}, ["back"]),
    ("taker", "SELF", {}, ["back"]),
    ("taker", "OTHER", {}, ["notes pending too", "variant active", "variant deleted"]),
    ("giver", "SELF", {"status": ["PENDING"]}, ["notes pending too", "notes pending", "variant pending"]),
    ("giver", "SELF", {"status": ["ACTIVE", "DELETED"]}, ["variant active", "variant deleted"]),
    ("giver", "SELF", {"status": ["FAILED", "ACTIVATING"]}, []),
    ("giver", "SELF", {"type": ["VARIANT_STORE"]}, ["variant pending", "variant active", "variant deleted"]),
    ("giver", "SELF", {"type": ["ANNOTATION_STORE"]}, ["notes pending too", "notes pending"]),
    ("giver", "SELF", {"type": ["ANNOTATION_STORE", "VARIANT_STORE"], "status": ["PENDING"]},
     ["notes pending too", "notes pending", "variant pending"]),
    ("giver", "SELF", {"resourceArns": ["variant"]}, ["variant pending", "variant active", "variant deleted"]),
    ("giver", "SELF", {"resourceArns": ["variant", "notes"], "status": ["PENDING"]},
     ["notes pending too", "notes pending", "variant pending"]),
    ("giver", "SELF", {"resourceArns": ["back"]}, []),
    ("giver", "OTHER", {"resourceArns": ["back"]}, ["back"]),
    ("taker", "OTHER", {"resourceArns": ["notes"], "type": ["ANNOTATION_STORE"], "status": ["PENDING"]},
     ["notes pending too"]),
    ("taker", "OTHER", {"resourceArns": ["notes"], "type": ["VARIANT_STORE"]}, []),
]


def asked_for(listed, who: str, owner: str, filter: dict) -> tuple[Account, dict]:
    giver, taker, arns, _ = listed
    filter = {**filter, **({"resourceArns": [arns[name] for name in filter["resourceArns"]]}
                           if "resourceArns" in filter else {})}
    return (giver if who == "giver" else taker), {"resourceOwner": owner, **({"filter": filter} if filter else {})}


@pytest.mark.parametrize("who, owner_, filter, want", LISTS)
def test_lists(listed, who, owner_, filter, want):
    account, request = asked_for(listed, who, owner_, filter)
    shares = listed[3]
    ids = [one["shareId"] for one in account.omics.list_shares(**request)["shares"]]
    assert [next(name for name, share in shares.items() if share == id) for id in ids] == want
    pages = list(account.omics.get_paginator("list_shares").paginate(**request, PaginationConfig={"PageSize": 2}))
    assert [one["shareId"] for page in pages for one in page["shares"]] == ids
    assert len(pages) == max(1, -(-len(ids) // 2)) and all("nextToken" in page for page in pages[:-1])


def test_a_list_shows_what_get_shows(listed):
    giver, taker, _, _ = listed
    for account in (giver, taker):
        for owner_ in ("SELF", "OTHER"):
            for one in account.omics.list_shares(resourceOwner=owner_)["shares"]:
                assert account.omics.get_share(shareId=one["shareId"])["share"] == one


def test_tokens_are_for_their_own_list(listed):
    giver, taker, _, _ = listed
    token = giver.omics.list_shares(resourceOwner="SELF", maxResults=1)["nextToken"]
    for account, request in ((taker, {"resourceOwner": "SELF"}), (giver, {"resourceOwner": "OTHER"}),
                             (giver, {"resourceOwner": "SELF", "filter": {"status": ["PENDING"]}})):
        assert error_of(account.omics.list_shares, **request, nextToken=token) == "ValidationException"
    assert giver.omics.list_shares(resourceOwner="SELF", maxResults=1, nextToken=token)["shares"]
    for wrong in ({"resourceOwner": "BOTH"}, {"resourceOwner": "SELF", "filter": {"status": ["RESTING"]}},
                  {"resourceOwner": "SELF", "filter": {"type": ["READ_SET"]}},
                  {"resourceOwner": "SELF", "maxResults": 101}):
        assert error_of(giver.omics.list_shares, **wrong) == "ValidationException", wrong
