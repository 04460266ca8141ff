"""Shares of stores between accounts: their states, what a subscriber can query and for how long, and how they are
listed."""

from __future__ import annotations

import contextlib
import re
import sqlite3

import pytest
from botocore.exceptions import ClientError

import made
import server as servers
from accounts import REGION, Account, allow, deny, namespace, open_account, policy

OWNER, FRIEND, STRANGER = "111111111111", "222222222222", "333333333333"
LIMIT = 3  # shares of a store
SLOTS = 4  # statements that the server runs at the same time
PART = 3  # of them of one account
ROWS = {OWNER: 400, FRIEND: 7}


@pytest.fixture(scope="module")
def files(bucket):
    (bucket / "ref.fa").write_text(">22\n" + "ACGT" * 50 + "\n")
    (bucket / "one.gff").write_text("##gff-version 3\n22\tx\tgene\t1\t9\t.\t+\t.\tID=g1\n")
    (bucket / "many.gff").write_text("##gff-version 3\n" + "".join(f"22\tx\tgene\t{n}\t{n + 9}\t.\t+\t.\tID=g{n}\n"
        for n in range(1, 401)))
    for account, rows in ROWS.items():
        made.big_vcf(bucket / f"{account}.vcf", rows)
    return bucket


@pytest.fixture(scope="module")
def server(binary, files, tmp_path_factory):
    """Takes the place of conftest's."""
    one = servers.Server(tmp_path_factory.mktemp("server"), {"tmp": files}, "--quota", f"shares-per-store={LIMIT}",
        "--quota", "variant-stores=50",
                         "--quota", "annotation-stores=50").start()
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


# --- states -----------------------------------------------------------------------------------------------------------


def test_the_life_of_a_share(owner, friend, stranger, store):
    created = owner.omics.create_share(resourceArn=store.arn, principalSubscriber=FRIEND, shareName="of-life_1")
    share = created["shareId"]
    assert created["status"] == "PENDING" and created["shareName"] == "of-life_1" and re.fullmatch(
        r"[0-9a-f]{32}-[0-9a-f]{32}", share)
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


# --- what a subscriber can query --------------------------------------------------------------------------------------


def test_the_shared_store_and_only_it(owner, friend, stranger, store, references):
    secret = Shared(owner, "a_secret", references[OWNER])
    owner.share(store.arn, friend)
    space = store.table.partition(".")[0]
    for table in (store.name, store.table, f"{space}.{store.name}", f'"{store.name}"'):
        assert friend.count(table) == ROWS[OWNER], table
    assert friend.count(f"{store.name} a JOIN {store.table} b ON a.start = b.start") == ROWS[OWNER]
    row, = friend.rows(f"SELECT * FROM {store.name} WHERE start = 999 LIMIT 1")
    assert row == owner.rows(f"SELECT * FROM {store.name} WHERE start = 999 LIMIT 1")[0]
    for table in ("a_secret", secret.table, f"{space}.a_secret", f'{store.name} JOIN a_secret ON TRUE'):
        cannot_see(friend, table)
    for table in (store.name, store.table):
        cannot_see(stranger, table)
        assert owner.count(table) == ROWS[OWNER]
    # It can be queried, and nothing else can be done with it.
    mine = friend.omics
    for call, request in (
        (mine.get_variant_store, {"name": store.name}),
        (mine.update_variant_store, {"name": store.name, "description": "d"}),
        (mine.delete_variant_store, {"name": store.name}), (mine.list_tags_for_resource, {"resourceArn": store.arn}),
        (mine.tag_resource, {"resourceArn": store.arn, "tags": {"k": "v"}}),
        (mine.start_variant_import_job, {"destinationName": store.name, "roleArn": friend.role,
        "items": [{"source": "s3://tmp/x"}]}),
    ):
        assert error_of(call, **request) == "ResourceNotFoundException"
    assert all(one["storeArn"] != store.arn for one in mine.list_variant_stores()["variantStores"])
    owner.omics.delete_variant_store(name="a_secret")


def test_rows_that_come_later_are_shared_too(owner, friend, store):
    owner.share(store.arn, friend)
    assert friend.count(store.name) == ROWS[OWNER]
    owner.load(store.name, f"s3://tmp/{FRIEND}.vcf")
    assert friend.count(store.name) == ROWS[OWNER] + ROWS[FRIEND]


def test_a_shared_annotation_store_has_all_its_versions(owner, friend, stranger):
    store = owner.annotation_store("notes")
    space = namespace("annotation", owner, store)
    owner.annotate("notes", "s3://tmp/one.gff")
    share = owner.share(store["storeArn"], friend)
    owner.version("notes", "later")
    assert friend.count("notes") == 1 and friend.count("notes__later") == 0
    owner.annotate("notes", "s3://tmp/one.gff", versionName="later")
    for table in ("notes__later", f'"{space}"."notes__later"'):
        assert friend.count(table) == 1
        cannot_see(stranger, table)
    owner.omics.delete_annotation_store_versions(name="notes", versions=["later"])
    cannot_see(friend, "notes__later")
    assert friend.count("notes") == 1
    friend.omics.delete_share(shareId=share)
    cannot_see(friend, "notes")
    assert owner.count("notes") == 1


def test_names_that_collide(owner, friend, stranger, store, references):
    """One's own table comes before a shared one of its name; the namespace tells any two apart."""
    stranger.annotation_store(store.name)
    theirs = namespace("annotation", stranger, stranger.omics.get_annotation_store(name=store.name))
    owner.share(store.arn, friend)
    assert friend.count(store.name) == ROWS[OWNER]
    own = Shared(friend, store.name, references[FRIEND])
    assert friend.count(store.name) == ROWS[FRIEND]
    assert friend.count(own.table) == ROWS[FRIEND] and friend.count(store.table) == ROWS[OWNER]
    both, = friend.rows(f"SELECT (SELECT count(*) FROM {store.table}) AS theirs, (SELECT count(*) FROM {store.name}) AS mine")
    assert both == {"theirs": ROWS[OWNER], "mine": ROWS[FRIEND]}
    second = stranger.share(stranger.arn(f"annotationStore/{store.name}"), friend)
    assert friend.count(f'"{theirs}"."{store.name}"') == 0 and friend.count(store.name) == ROWS[
        FRIEND] and friend.count(store.table) == ROWS[OWNER]
    friend.omics.delete_variant_store(name=store.name)
    friend.gone("get_variant_store", name=store.name)
    stranger.omics.delete_share(shareId=second)
    assert friend.count(store.name) == ROWS[OWNER]
    cannot_see(friend, own.table)
    cannot_see(friend, f'"{theirs}"."{store.name}"')
    stranger.omics.delete_annotation_store(name=store.name)


def test_the_subscribers_policies_count(server, owner, friend, store, tmp_path):
    owner.share(store.arn, friend)
    table = f"arn:aws:glue:{REGION}:{OWNER}:table/variant_{OWNER}_{store.id}/{store.name}"
    start = allow("athena:StartQueryExecution")
    for name, statements, may in (
        ("glue-theirs", [start, allow("glue:GetTable", resource=table)], True),
        ("glue-own", [start, allow("glue:GetTable", resource=f"arn:aws:glue:{REGION}:{FRIEND}:table/*")], False),
        ("glue-denied", [allow("*"), deny("glue:GetTable", resource=f"arn:aws:glue:*:{OWNER}:table/*")], False),
    ):
        user = open_account(server, FRIEND, f"{name}-{store.id}", policy(*statements), tmp_path)
        if may:
            assert user.count(store.name) == ROWS[OWNER]
            continue
        answer = user.ask(f"SELECT * FROM {store.name}")
        assert (answer.status, answer.code) == (403, "AccessDeniedException")
        assert f"user/{name}-{store.id} is not authorized to perform: glue:GetTable on resource: {table} " in answer.message


def test_of_two_denied_tables_the_message_names_the_one_that_was_meant(server, owner, friend, store,
        references, tmp_path):
    owner.share(store.arn, friend)
    own = Shared(friend, store.name, references[FRIEND])
    user = open_account(server, FRIEND, f"no-glue-{store.id}", policy(allow("athena:*")), tmp_path)
    for table, account in ((store.name, FRIEND), (own.table, FRIEND), (store.table, OWNER)):
        answer = user.ask(f"SELECT * FROM {table}")
        assert answer.status == 403 and f"on resource: arn:aws:glue:{REGION}:{account}:table/" in answer.message, (
            table, answer)
    friend.omics.delete_variant_store(name=store.name)


# --- revocation while a query waits or runs ---------------------------------------------------------------------------


def endless(table: str, times: int = 8) -> str:
    """A statement that would run for hours; a small table takes more times. The filter is one that no optimiser decides
    before it has a row of every table."""
    tables = ", ".join(f"{table} t{n}" for n in range(times))
    starts = ", ".join(f"t{n}.start" for n in range(times))
    return f"SELECT count(*) AS n FROM {tables} WHERE concat({starts}) = ''"


def stream(table: str) -> str:
    """One whose answer never ends."""
    return f"SELECT t0.start AS a, t1.start AS b FROM {', '.join(f'{table} t{n}' for n in range(5))}"


def revocations(owner: Account, friend: Account, store: Shared, share: str):
    return {
        "owner": lambda: owner.omics.delete_share(shareId=share),
        "subscriber": lambda: friend.omics.delete_share(shareId=share),
        "store": lambda: owner.omics.delete_variant_store(name=store.name, force=True),
    }


REVOKED = (403, "AccessDeniedException", "Access to a table of the query was revoked.")


@pytest.mark.parametrize("by", ["owner", "subscriber", "store"])
def test_a_query_that_runs_ends(server, owner, friend, store, by):
    share, before = owner.share(store.arn, friend), server.workers()
    with friend.send(endless(store.name)) as running, owner.send(endless(store.name)) as owners:
        server.until_working(before, 2)
        assert running.waits(0) and owners.waits(0)
        revocations(owner, friend, store, share)[by]()
        answer = running.answer()  # by itself it would not end
        assert (answer.status, answer.code, answer.message) == REVOKED
        if by == "store":  # then it is nobody's any more
            answer = owners.answer()
            assert (answer.status, answer.code, answer.message) == REVOKED
        else:
            assert owners.waits(0.5)  # the owner's own goes on
    cannot_see(friend, store.name)


def test_an_answer_under_way_breaks_off_and_says_why(owner, friend, store):
    share = owner.share(store.arn, friend)
    with friend.send(stream(store.name), "csv") as running:
        head = running.begun()
        assert head.status == 200 and len(head.read(100_000)) == 100_000
        owner.omics.delete_share(shareId=share)
        answer = running.answer()
    assert answer.broken == REVOKED[2] and answer.rows is None


def test_a_query_that_waits_for_its_turn_does_not_begin(server, owner, friend, store, references):
    """All slots are taken, most by the owner's; the subscriber's stand in line when the share ends, and so does one
    that may go on."""
    own = Shared(friend, "friends_own", references[FRIEND])
    share = owner.share(store.arn, friend)
    with contextlib.ExitStack() as stack:
        busy = [stack.enter_context(owner.send(endless(store.name))) for _ in range(PART)]
        busy += [stack.enter_context(friend.send(endless("friends_own", 24))) for _ in range(SLOTS - PART)]
        server.until_queries(SLOTS)
        waiting = [stack.enter_context(friend.send(f"SELECT count(*) AS n FROM {table}"))
            for table in (store.name, store.table)]
        free = stack.enter_context(friend.send("SELECT count(*) AS n FROM friends_own"))
        server.until_queries(SLOTS, len(waiting) + 1)
        owner.omics.delete_share(shareId=share)
        for query in waiting:
            answer = query.answer()
            assert (answer.status, answer.code, answer.message) == REVOKED
        assert all(query.waits(0) for query in (*busy, free))  # the slots were taken all along
        for query in busy:
            query.hang_up()
        assert free.answer().rows == [{"n": ROWS[FRIEND]}]
    friend.omics.delete_variant_store(name="friends_own")
    assert own.name == "friends_own"


def test_a_query_of_other_tables_goes_on(server, owner, friend, store, references):
    """A share that ends takes nothing else with it."""
    other = Shared(owner, "other_shared", references[OWNER])
    ends, stays = owner.share(store.arn, friend), owner.share(other.arn, friend)
    with friend.send(endless("other_shared")) as running:
        server.until_queries(1)
        friend.omics.delete_share(shareId=ends)
        assert running.waits(1)
        friend.omics.delete_share(shareId=stays)
        answer = running.answer()
    assert (answer.status, answer.code, answer.message) == REVOKED
    owner.omics.delete_variant_store(name="other_shared")


def test_a_share_that_ends_and_comes_again_is_another(server, owner, friend, store):
    """A query that began under the first share does not live on under the second."""
    share = owner.share(store.arn, friend)
    with friend.send(endless(store.name)) as running:
        server.until_queries(1)
        owner.omics.delete_share(shareId=share)
        owner.until_share(share, "DELETED")
        owner.share(store.arn, friend)
        answer = running.answer()
    assert (answer.status, answer.code, answer.message) == REVOKED
    assert friend.count(store.name) == ROWS[OWNER]


def test_deleting_a_version_ends_the_queries_over_it(server, owner, friend):
    store = owner.annotation_store("ends_versions")
    for version in ("doomed", "staying"):
        owner.version("ends_versions", version)
        owner.annotate("ends_versions", "s3://tmp/many.gff", versionName=version)
    owner.share(store["storeArn"], friend)
    with contextlib.ExitStack() as stack:
        doomed = [stack.enter_context(who.send(endless("ends_versions__doomed"))) for who in (owner, friend)]
        staying = stack.enter_context(friend.send(endless("ends_versions__staying")))
        server.until_queries(3)
        owner.omics.delete_annotation_store_versions(name="ends_versions", versions=["doomed"])
        for query in doomed:
            answer = query.answer()
            assert (answer.status, answer.code, answer.message) == REVOKED
        assert staying.waits(0.5)
    owner.omics.delete_annotation_store(name="ends_versions", force=True)


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
