"""Any sequence of operations from three accounts keeps the invariants: nothing of one account is seen by another,
states go as docs/jobs.md draws them, counts agree with rows. predict.py says what is allowed.

VARLAKE_PROPERTY_SEQUENCES=N tries N sequences, other ones each time; without it they are the same few. One that fails
is made as short as it can be and still fail. (hypothesis was tried: its sequences repeat themselves, and few of them
ever came to a query over a share.) """

from __future__ import annotations

import os
import time
from collections import Counter
from random import Random

import pytest

import made
import server as servers
from predict import ABSENT, CONFLICT, DENIED, FILES, INVALID, LIMITS, OK, QUOTA, Api, World

SEQUENCES = int(os.environ.get("VARLAKE_PROPERTY_SEQUENCES", "0"))
FEW, LENGTH = 7, 70


@pytest.fixture(scope="module")
def server(binary, bucket, tmp_path_factory):
    """Takes the place of conftest's."""
    (bucket / "ref.fa").write_text(">22\n" + "ACGT" * 50 + "\n")
    made.big_vcf(bucket / "five.vcf", 5)
    made.big_vcf(bucket / "many.vcf", FILES["VCF"]["many.vcf"])
    made.bad_vcf(bucket / "bad.vcf", 3)
    (bucket / "three.gff").write_text("##gff-version 3\n" + "".join(f"22\tx\tgene\t{n}\t{n}\t.\t+\t.\tID=g{n}\n"
                                                                    for n in (1, 2, 3)))
    (bucket / "bad.gff").write_text("##gff-version 3\n22\tx\tgene\tone\t9\t.\t+\t.\tID=g1\n")
    (bucket / "four.tsv").write_text("chrom\tpos\n" + "22\t7\n" * 4)
    (bucket / "bad.tsv").write_text("chrom\tpos\n22\tseven\n")
    flags = [part for name, limit in LIMITS.items() for part in ("--quota", f"{name}={limit}")]
    one = servers.Server(tmp_path_factory.mktemp("server"), {"tmp": bucket}, *flags).start()
    yield one
    assert one.stop() == 0, f"the server's last words:\n{one.tail()}"
    log = one.log.read_text(errors="replace")
    assert "panic" not in log and "status=500" not in log, [line for line in log.splitlines() if "panic" in line
                                                            or "status=500" in line][:5]


# --- steps ------------------------------------------------------------------------------------------------------------


def create_store(w, who, kind, name, description, tags, format, reference):
    w.create_store(who, kind, name, description, tags, format, reference)
    w.check_store(who, kind, name)


def update_store(w, who, kind, name, description):
    w.update_store(who, kind, name, description)
    w.check_store(who, kind, name)


def delete_store(w, who, kind, name, force):
    w.delete_store(who, kind, name, force)
    w.check_store(who, kind, name)


def create_version(w, who, name, version, description):
    w.create_version(who, name, version, description)
    w.check_store(who, "annotation", name)


def update_version(w, who, name, version, description):
    w.update_version(who, name, version, description)
    w.check_store(who, "annotation", name)


def delete_versions(w, who, name, versions, force):
    w.delete_versions(who, name, versions, force)
    w.check_store(who, "annotation", name)


def import_variants(w, who, name, files, role, regret):
    had = len(w.jobs)
    w.start(who, "variant", name, name, files, who if role is None else role)
    if regret and len(w.jobs) > had:
        w.cancel(who, had)


def import_annotations(w, who, name, version, number):
    store = w.store(who, "annotation", name)
    files = list(FILES[store.format if store else "VCF"])
    w.start(who, "annotation", name, version, [files[number % len(files)]], who)


def get_job(w, number, stranger):
    if w.jobs:
        w.get_job((w.jobs[number % len(w.jobs)].owner + stranger) % 3, number)


def cancel(w, number, stranger):
    """One of the last jobs, since the others have ended."""
    if w.jobs:
        number = len(w.jobs) - 1 - number % min(3, len(w.jobs))
        w.cancel((w.jobs[number].owner + stranger) % 3, number)


def share(w, who, kind, name, by, stranger):
    w.share(who, kind, name, (who + by) % 3, (who + 1) % 3 if stranger else who)


def accept(w, number, stranger, settle):
    if w.shares:
        number = len(w.shares) - 1 - number % min(3, len(w.shares))
        w.accept((w.shares[number].subscriber + stranger) % 3, number)
        if settle:
            w.settle()


def unshare(w, who, number):
    w.unshare(who, number)
    w.get_share(who, number)


def tag(w, number, stranger, tags):
    if w.places:
        who = (w.places[number % len(w.places)].owner + stranger) % 3
        w.tag(who, number, tags)
        w.list_tags(who, number)


def untag(w, number, stranger, keys):
    if w.places:
        who = (w.places[number % len(w.places)].owner + stranger) % 3
        w.untag(who, number, keys)
        w.list_tags(who, number)


def list_pages(w, who, which, size):
    w.list_pages(who, which, size)


def query(w, number, stranger):
    w.query((w.tables[number % len(w.tables)].owner + stranger) % 3, number)


def query_name(w, who, name):
    w.query_name(who, name)


def query_share(w, number):
    """Everybody's view of a table that is, or was, shared."""
    if w.shares:
        store = w.shares[len(w.shares) - 1 - number % min(3, len(w.shares))].store
        tables = [number for number, table in enumerate(w.tables) if store in (table, table.store)]
        for who in range(3):
            w.query(who, tables[number % len(tables)])


def settle(w):
    w.settle()


def one_of(*values):
    return lambda random: random.choice(values)


def some_of(least: int, most: int, *values):
    return lambda random: [random.choice(values) for _ in range(random.randint(least, most))]


def tags(random):
    return {key: random.choice(["", "x", "y"]) for key in random.sample("ab", random.randint(0, 2))}


ACCOUNT, NUMBER, YES, SELDOM = one_of(0, 1, 2), one_of(*range(24)), one_of(False, True), one_of(*[False] * 6, True)
KIND, NAME, STORE = one_of("variant", "annotation"), one_of("same", "second", "third"), one_of(*["same"] * 4, "second")
VERSION, TEXT, ANOTHER = one_of("same", "same", "newer", "newer", "second"), one_of("", "one",
                                                                                    "two"), one_of(*[None] * 6, 0, 1, 2)

STEPS = {  # how often, and with what; nothing depends on an answer, so that a part of a sequence is a sequence too
    create_store: (6, dict(who=ACCOUNT, kind=KIND, name=NAME, description=TEXT, tags=tags, format=one_of(*FILES),
                           reference=ANOTHER)),
    update_store: (2, dict(who=ACCOUNT, kind=KIND, name=STORE, description=TEXT)),
    delete_store: (4, dict(who=ACCOUNT, kind=KIND, name=NAME, force=YES)),
    create_version: (4, dict(who=ACCOUNT, name=STORE, version=VERSION, description=TEXT)),
    update_version: (1, dict(who=ACCOUNT, name=STORE, version=VERSION, description=TEXT)),
    delete_versions: (1, dict(who=ACCOUNT, name=STORE, versions=one_of(["newer"], ["second"], ["newer", "second"],
                                                                       ["same", "newer"]), force=YES)),
    import_variants: (6, dict(who=ACCOUNT, name=STORE, files=some_of(1, 3, *FILES["VCF"]), role=ANOTHER,
                              regret=SELDOM)),
    import_annotations: (6, dict(who=ACCOUNT, name=STORE, version=VERSION, number=NUMBER)),
    get_job: (1, dict(number=NUMBER, stranger=SELDOM)),
    cancel: (4, dict(number=NUMBER, stranger=SELDOM)),
    share: (6, dict(who=ACCOUNT, kind=KIND, name=STORE, by=one_of(1, 1, 1, 2, 2, 2, 0), stranger=SELDOM)),
    accept: (5, dict(number=NUMBER, stranger=SELDOM, settle=YES)),
    unshare: (2, dict(who=ACCOUNT, number=NUMBER)),
    tag: (2, dict(number=NUMBER, stranger=SELDOM, tags=tags)),
    untag: (2, dict(number=NUMBER, stranger=SELDOM, keys=some_of(1, 2, "a", "b"))),
    list_pages: (2, dict(who=ACCOUNT, which=one_of("variant stores", "annotation stores", "variant jobs",
                                                   "annotation jobs", "shares", "offers"), size=one_of(1, 2, 3))),
    query: (1, dict(number=NUMBER, stranger=YES)),
    query_name: (3, dict(who=ACCOUNT, name=one_of("same", "same", "second", "same__newer"))),
    query_share: (4, dict(number=NUMBER)),
    settle: (3, {}),
}


def sequence(seed: int, length: int) -> list[tuple]:
    random = Random(seed)
    often = [weight for weight, _ in STEPS.values()]
    return [(step, {name: draw(random) for name, draw in STEPS[step][1].items()})
            for step in random.choices(list(STEPS), often, k=length)]


def play(server: servers.Server, steps: list[tuple], api=Api) -> None:
    """Plays a sequence in three accounts that have a variant store with rows and an annotation store with two versions
    each, all of the same names."""
    world = World(server, api)
    for who in range(3):
        world.create_store(who, "variant", "same")
        world.create_store(who, "annotation", "same", format="VCF")
    world.settle()
    for who in range(3):
        world.create_version(who, "same", "newer")
        world.start(who, "variant", "same", "same", ["five.vcf"], who)
    for turn, (step, arguments) in enumerate(steps):
        step(world, **arguments)
        # what is wrong does not go away, and to look at all of them takes longer than the calls
        world.check_account(turn % 3)
    world.settle()
    for number, table in enumerate(world.tables):
        world.query(table.owner, number)
        if number % 2:
            world.query((table.owner + 1 + number // 2 % 2) % 3, number)


def fault(server: servers.Server, steps: list[tuple], api) -> AssertionError | None:
    try:
        play(server, steps, api)
    except AssertionError as found:
        return found
    return None


def shortest(steps: list, fault, seconds: float = 90) -> tuple[list, AssertionError | None]:
    """A part of the sequence that has a fault too, from which no step can be taken away; no fault when it does not
    come again."""
    end, last = time.monotonic() + seconds, fault(steps)
    size = len(steps) // 2 if last else 0
    while size and time.monotonic() < end:
        at = 0
        while at < len(steps) and time.monotonic() < end:
            less = steps[:at] + steps[at + size:]
            if found := fault(less):
                steps, last = less, found
            else:
                at += size
        size //= 2
    return steps, last


def written(steps: list[tuple]) -> str:
    return "\n".join(f"    ({step.__name__}, {arguments})," for step, arguments in steps)


def try_sequences(server: servers.Server, seeds, api=Api) -> None:
    for seed in seeds:
        steps = sequence(seed, LENGTH)
        if found := fault(server, steps, api):
            less, again = shortest(steps, lambda steps: fault(server, steps, api))
            kept = (f"the shortest that fails: {again}\n{written(less)}" if again else
                    f"it did not come again; all there was:\n{written(steps)}")
            raise AssertionError(f"sequence {seed}: {found}\n{kept}") from found


class Noting(Api):
    """Notes which answers there were, to which questions."""

    seen: Counter = Counter()

    def call(self, operation, **request):
        code, answer = super().call(operation, **request)
        self.seen[operation.replace("Variant", "").replace("Annotation", ""), code] += 1
        return code, answer

    def query(self, sql):
        code, rows = super().query(sql)
        self.seen["query of its own" if self.account.account in sql else "query of another's"
                  if '"' in sql else "query", code if code != OK or rows else "no rows"] += 1
        return code, rows


REACHED = {  # what sequences that are worth their time come to, of either kind of store
    "CreateStore": {OK, CONFLICT, QUOTA, ABSENT}, "UpdateStore": {OK, ABSENT}, "DeleteStore": {OK, ABSENT, CONFLICT},
    "CreateStoreVersion": {OK, ABSENT, CONFLICT, QUOTA}, "UpdateStoreVersion": {OK, ABSENT},
    "DeleteStoreVersions": {OK},
    "StartImportJob": {OK, ABSENT, DENIED}, "CancelImportJob": {OK, INVALID, ABSENT},
    "CreateShare": {OK, ABSENT, CONFLICT, QUOTA, INVALID}, "AcceptShare": {OK, ABSENT, CONFLICT}, "DeleteShare": {OK},
    "TagResource": {OK, ABSENT}, "UntagResource": {OK, ABSENT}, "ListTagsForResource": {OK, ABSENT},
    "query of its own": {OK, "no rows", ABSENT}, "query of another's": {OK, "no rows", ABSENT},
    "query": {OK, "no rows", ABSENT},
}


def not_reached() -> set:
    return {(what, answer) for what, answers in REACHED.items() for answer in answers if not Noting.seen[what, answer]}


@pytest.mark.timeout(0 if SEQUENCES else 600)
def test_any_sequence_keeps_the_invariants(server):
    Noting.seen.clear()
    first = Random().randrange(1 << 40) if SEQUENCES else 1
    last = first + (SEQUENCES or FEW)
    try_sequences(server, range(first, last), Noting)
    for more in range(last, last + 5 * FEW):  # how far a job is when it is asked for is the machine's to say
        if not not_reached():
            break
        try_sequences(server, [more], Noting)
    missed = not_reached()
    assert not missed, f"nothing came to {sorted(missed)}; what there was: {sorted(Noting.seen.items())}"


# --- the invariants can fail ------------------------------------------------------------------------------------------


def walk(server: servers.Server, api) -> None:
    """One of everything: what a planted fault must show itself in."""
    world = World(server, api)
    for who in (0, 1, 2):
        world.create_store(who, "variant", "same", tags={"a": "b"})
    world.create_store(0, "annotation", "same", format="GFF")
    world.settle()
    world.check_store(0, "variant", "same")
    world.start(0, "variant", "same", "same", ["five.vcf", "bad.vcf"], 0)
    world.start(1, "variant", "same", "same", ["many.vcf", "many.vcf"], 1)
    world.cancel(1, 1)
    world.get_job(1, 0)
    world.settle()
    world.get_job(0, 0)
    world.start(0, "annotation", "same", "same", ["three.gff"], 0)
    world.create_version(0, "same", "newer")
    world.settle()
    world.check_store(0, "annotation", "same")
    world.list_pages(0, "annotation jobs", 1)
    world.list_tags(0, 0)
    world.list_tags(1, 0)
    world.share(0, "variant", "same", 1, 0)
    world.check()
    world.query(1, 0)
    world.accept(2, 0)
    world.accept(1, 0)
    world.settle()
    for who in (0, 1, 2):
        world.query(who, 0)
        world.query_name(who, "same")
    world.unshare(1, 0)
    world.query(1, 0)
    world.settle()
    world.delete_store(0, "variant", "same", False)
    world.create_store(0, "variant", "second")
    world.settle()
    world.query(0, 0)
    world.check()


class Plant(Api):
    """A fault of the server's: answers are changed on their way."""

    def call(self, operation, **request):
        code, answer = super().call(operation, **request)
        return self.change(operation, request, code, answer)

    def change(self, operation, request, code, answer):
        return code, answer

    def of(self, who: int) -> Api:
        return super(Plant, self.apis[who])


class StoresOfAnother(Plant):
    def change(self, operation, request, code, answer):
        if operation == "ListVariantStores" and self is self.apis[1]:
            answer["variantStores"] += Api.call(self.apis[0], operation, **request)[1]["variantStores"]
        return code, answer


class JobsById(Plant):
    def change(self, operation, request, code, answer):
        return Api.call(self.apis[0], operation, **request) if operation == "GetVariantImportJob" and self is self.apis[
            1] else (code, answer)


class AnybodyQueries(Plant):
    def query(self, sql):
        code, rows = super().query(sql)
        return Api.query(self.apis[0], sql) if self is self.apis[2] and code != OK else (code, rows)


class LateQueries(Plant):
    """Access outlives the share."""

    accepted = False

    def change(self, operation, request, code, answer):
        self.accepted = self.accepted or operation == "AcceptShare" and code == OK
        return code, answer

    def query(self, sql):
        code, rows = super().query(sql)
        return Api.query(self.apis[0], sql) if self.accepted and code != OK else (code, rows)


class UnlistedError(Plant):
    def change(self, operation, request, code, answer):
        return ("TeapotException" if operation == "AcceptShare" and code != OK else code), answer


class JobsGoBack(Plant):
    seen = 0

    def change(self, operation, request, code, answer):
        for one in answer.get("variantImportJobs", []):
            if one["status"] == "COMPLETED_WITH_FAILURES":
                self.seen += 1
                one["status"] = "IN_PROGRESS" if self.seen % 2 == 0 else one["status"]
        return code, answer


class CancelledJobsComplete(Plant):
    def change(self, operation, request, code, answer):
        for one in answer.get("variantImportJobs", []):
            one["status"] = "COMPLETED" if one["status"] == "CANCELLED" else one["status"]
        return code, answer


class JobsAreMissing(Plant):
    def change(self, operation, request, code, answer):
        answer.get("annotationImportJobs", []).clear()
        return code, answer


class StoresGoBack(Plant):
    seen = 0

    def change(self, operation, request, code, answer):
        for one in answer.get("variantStores", []):
            if one["status"] == "ACTIVE":
                self.seen += 1
                one["status"] = "CREATING" if self.seen % 2 == 0 else "ACTIVE"
        return code, answer


class DeletedStoresStay(Plant):
    def change(self, operation, request, code, answer):
        for one in answer.get("variantStores", []):
            one["status"] = "ACTIVE" if one["status"] == "DELETING" else one["status"]
        if operation == "DeleteVariantStore":
            answer["status"] = "ACTIVE"
        return code, answer


class SharesGoActive(Plant):
    def change(self, operation, request, code, answer):
        for one in answer.get("shares", []):
            one["status"] = "ACTIVE" if one["status"] == "PENDING" else one["status"]
        return code, answer


class OneVersionTooMany(Plant):
    def change(self, operation, request, code, answer):
        if "numVersions" in answer:
            answer["numVersions"] += 1
        return code, answer


class SizesShrink(Plant):
    def change(self, operation, request, code, answer):
        for one in answer.get("variantStores", []):
            one["storeSizeBytes"] = 0
        return code, answer


class TagsAreLost(Plant):
    def change(self, operation, request, code, answer):
        answer.get("tags", {}).clear()
        return code, answer


class PagesRepeat(Plant):
    def change(self, operation, request, code, answer):
        if operation == "ListAnnotationImportJobs" and request.get("maxResults"):
            answer["annotationImportJobs"] *= 2
        return code, answer


class OneRowTooMany(Plant):
    def query(self, sql):
        code, rows = super().query(sql)
        return code, [{**row, "n": row["n"] + 1} for row in rows]


def plants(kind: type = Plant) -> list[type]:
    return [one for one in kind.__subclasses__()]


def test_the_walk_finds_nothing_wrong(server):
    walk(server, Api)


@pytest.mark.parametrize("plant", plants())
def test_a_planted_fault_is_found(server, plant):
    with pytest.raises(AssertionError) as found:
        walk(server, plant)
    assert str(found.value)


def test_the_sequences_find_a_planted_fault(server):
    assert any(fault(server, sequence(seed, LENGTH), LateQueries) for seed in range(1, FEW + 1))


def test_a_sequence_that_fails_is_made_short():
    steps = sequence(1, LENGTH)
    needed = steps[5], steps[31], steps[32]

    def fault(some):
        places = [number for number, one in enumerate(some) if any(one is other for other in needed)]
        return AssertionError(len(some)) if len(places) == 3 else None

    less, found = shortest(steps, fault)
    assert less == list(needed) and str(found) == "3"
    assert shortest(steps, lambda _: None) == (steps, None)  # a fault that does not come again
