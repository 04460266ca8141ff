"""What a subscriber can query of a shared store, and for how long."""

from __future__ import annotations

import contextlib

import pytest

from accounts import REGION, Account, allow, deny, namespace, open_account, policy
from shares import FRIEND, OWNER, PART, ROWS, SLOTS, Shared, cannot_see, error_of
from shares import files, friend, owner, references, server, store, stranger  # noqa: F401 (fixtures)


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
    assert friend.count(f'"{theirs}"."{store.name}"') == 0 and friend.count(store.name) == ROWS[FRIEND]
    assert friend.count(store.table) == ROWS[OWNER]
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


def test_of_two_denied_tables_the_message_names_the_one_that_was_meant(
        server, owner, friend, store, references, tmp_path):
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
    starts = ", ".join(f"CAST(t{n}.start AS varchar)" for n in range(times))
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
DELETED = (403, "AccessDeniedException", "A table of the query was deleted.")


@pytest.mark.parametrize("by", ["owner", "subscriber", "store"])
def test_a_query_that_runs_ends(server, owner, friend, store, by):
    share, before = owner.share(store.arn, friend), server.workers()
    with friend.send(endless(store.name)) as running, owner.send(endless(store.name)) as owners:
        server.until_working(before, 2)
        assert running.waits(0) and owners.waits(0)
        revocations(owner, friend, store, share)[by]()
        answer = running.answer()  # by itself it would not end
        assert (answer.status, answer.code, answer.message) == (DELETED if by == "store" else REVOKED)
        if by == "store":  # then it is nobody's any more
            answer = owners.answer()
            assert (answer.status, answer.code, answer.message) == DELETED
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
            assert (answer.status, answer.code, answer.message) == DELETED
        assert staying.waits(0.5)
    owner.omics.delete_annotation_store(name="ends_versions", force=True)
