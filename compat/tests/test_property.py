"""Any sequence of operations from three accounts keeps the invariants: nothing of one account is seen by another,
states go as docs/jobs.md draws them, counts agree with rows. predict.py says what is allowed.

VARLAKE_PROPERTY_SEQUENCES=N tries N sequences, other ones each time; without it they are the same few. One that fails
is made as short as it can be and still fail. (hypothesis was tried: its sequences repeat themselves, and few of them
ever came to a query over a share.) """

from __future__ import annotations

import os
from collections import Counter
from random import Random

import pytest

import made
import server as servers
from predict import Api, World
from sequences import LENGTH, fault, sequence, shortest, try_sequences
from things import ABSENT, CONFLICT, DENIED, FILES, INVALID, LIMITS, OK, QUOTA

SEQUENCES = int(os.environ.get("VARLAKE_PROPERTY_SEQUENCES", "0"))
FEW = 7


@pytest.fixture(scope="module")
def server(binary, bucket, tmp_path_factory):
    """Takes the place of conftest's."""
    (bucket / "ref.fa").write_text(">22\n" + "ACGT" * 50 + "\n")
    made.big_vcf(bucket / "five.vcf", 5)
    made.big_vcf(bucket / "many.vcf", FILES["VCF"]["many.vcf"])
    made.bad_vcf(bucket / "bad.vcf", 3)
    (bucket / "three.gff").write_text("##gff-version 3\n" + "".join(
        f"22\tx\tgene\t{n}\t{n}\t.\t+\t.\tID=g{n}\n" for n in (1, 2, 3)))
    (bucket / "bad.gff").write_text("##gff-version 3\n22\tx\tgene\tone\t9\t.\t+\t.\tID=g1\n")
    (bucket / "four.tsv").write_text("chrom\tpos\n" + "22\t7\n" * 4)
    (bucket / "bad.tsv").write_text("chrom\tpos\n22\tseven\n")
    flags = [part for name, limit in LIMITS.items() for part in ("--quota", f"{name}={limit}")]
    one = servers.Server(tmp_path_factory.mktemp("server"), {"tmp": bucket}, *flags).start()
    yield one
    assert one.stop() == 0, f"the server's last words:\n{one.tail()}"
    log = one.log.read_text(errors="replace")
    assert "panic" not in log and "status=500" not in log, [
        line for line in log.splitlines() if "panic" in line or "status=500" in line][:5]


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
        if operation == "GetVariantImportJob" and self is self.apis[1]:
            return Api.call(self.apis[0], operation, **request)
        return code, answer


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
