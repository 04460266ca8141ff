"""What judges the server, shown wrong answers of every kind: it must notice each. Needs no server."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from conformance import generate, judge, model, samples, scenario, walk
from conformance.clients import Client, Outcome, Refusal
from conformance.wire import Answer, Request

MODEL = model.load()
HEADERS = {"x-amzn-requestid": "1", "content-type": "application/json"}
ID = "0123456789"
STORE = {"id": ID, "arn": f"arn:aws:omics:us-east-1:123456789012:referenceStore/{ID}",
         "creationTime": "2024-01-01T00:00:00.000Z"}


def case(verdict, operation="GetReferenceStore", path="", method="GET", spoilt="", allow=""):
    return generate.Case(operation, "a test", Request(method, b"/x", spoilt=spoilt), verdict, path, allow=allow)


def error(status, code, message="wrong", **headers):
    return Answer(status, {**HEADERS, "x-amzn-errortype": code, **headers}, json.dumps({"message": message}).encode())


def success(body=STORE, status=200, **headers):
    return Answer(status, {**HEADERS, **headers}, json.dumps(body).encode())


INVALID = error(400, "ValidationException",
                "1 validation error detected: Value 'x' at 'id' failed to satisfy constraint: no")
RIGHT = [
    (case("accepted", path="id"), success()), (case("accepted", path="id"), error(404, "ResourceNotFoundException")),
    (case("accepted", path="name"), INVALID), (case("refused", path="id"), INVALID),
    (case("refused", path="id.1.member"), INVALID),
    (case("refused"), error(400, "ValidationException")), (case("unknown"), error(404, judge.UNKNOWN)),
    (case("unknown", allow="DELETE, GET"), error(405, judge.UNKNOWN, allow="DELETE, GET")),
    (case("unknown", method="HEAD"), Answer(404, {**HEADERS, "x-amzn-errortype": judge.UNKNOWN})),
    (case("unsigned", spoilt="none"), error(403, "MissingAuthenticationTokenException")), (case("broken"), Answer(400)),
    (case("malformed"), error(403, "IncompleteSignatureException")), (case("any"), success()),
    (case("accepted", "DeleteReferenceStore"), Answer(200, HEADERS)),
]
WRONG = [
    (case("accepted", path="id"), INVALID),
    (case("refused", path="id"), success()),
    (case("refused", path="id"), error(404, "ResourceNotFoundException")),
    (case("refused", path="id"), error(400, "ValidationException", "something is not valid")),
    (case("refused", path="id"), error(400, "ValidationException", "at 'name'")),
    (case("refused", path="id"), error(400, "ResourceNotFoundException", "at 'id'")),
    (case("any"), error(500, "InternalServerException")),
    (case("any"), error(404, "NoSuchException")),
    (case("any"), error(403, "AccessDeniedException", **{"x-amzn-requestid": ""})),
    (case("any"), error(409, "ConflictException")),  # which the model does not list for the operation
    (case("any"), error(400, "ResourceNotFoundException")),
    (case("any"), error(404, "")),
    (case("any"), error(404, "ResourceNotFoundException", **{"content-type": "text/plain"})),
    (case("any"), error(404, "ResourceNotFoundException", "")),
    (case("any"),
     Answer(404, {**HEADERS, "x-amzn-errortype": "ResourceNotFoundException"}, b'{"Message": "upper case"}')),
    (case("any"),
     Answer(404, {**HEADERS, "x-amzn-errortype": "ResourceNotFoundException"}, b'{"message": "x", "trace": "y"}')),
    (case("any"), Answer(404, {**HEADERS, "x-amzn-errortype": "ResourceNotFoundException"}, b"no JSON")),
    (case("any"), Answer(404, {**HEADERS, "x-amzn-errortype": "ResourceNotFoundException"}, b"[]")),
    (case("any"), Answer(200, HEADERS, b"no JSON")),
    (case("any"), success(status=201)),
    (case("any"), success({name: value for name, value in STORE.items() if name != "arn"})),
    (case("any"), success({**STORE, "extra": 1})),
    (case("any"), success({**STORE, "id": 7})),
    (case("any"), success({**STORE, "id": "0" * 37})),
    (case("any"), success({**STORE, "name": None})),
    (case("any"), success({**STORE, "creationTime": 1700000000})),
    (case("any"), success({**STORE, "sseConfig": {"type": "AES"}})),
    (case("any"), success([])),
    (case("any", "ListReferenceStores"), success({"referenceStores": {}})),
    (case("any", "ListTagsForResource"), success({"tags": {"": "v"}, "other": []})),
    (case("any", "ListTagsForResource"), success({"tags": {"k": 7}})),
    (case("any", "DeleteReferenceStore"), success({"status": "DELETING"})),
    (case("any", "CreateVariantStore"),
     success({"id": "x", "name": "n", "status": "CREATING", "creationTime": STORE["creationTime"], "reference": {}})),
    (case("unknown"), success()),
    (case("unknown"), error(404, "ResourceNotFoundException")),
    (case("unknown", allow="GET"), error(405, judge.UNKNOWN, allow="GET, POST")),
    (case("unknown", allow="GET"), error(404, judge.UNKNOWN)),
    (case("unknown", method="HEAD"), error(404, judge.UNKNOWN)),
    (case("unsigned", spoilt="none"), success()),
    (case("unsigned", spoilt="secret"), error(403, "MissingAuthenticationTokenException")),
    (case("broken"), success()),
    (case("malformed"), success()),
]


@pytest.mark.parametrize("one, answer", RIGHT, ids=str)
def test_right_answers_pass(one, answer):
    assert judge.judge(one, answer, MODEL) == []


@pytest.mark.parametrize("one, answer", WRONG, ids=str)
def test_wrong_answers_do_not(one, answer):
    assert judge.judge(one, answer, MODEL)


def test_twins():
    assert judge.judge(case("same"), success(), MODEL, success()) == []
    assert judge.judge(case("same"), success(), MODEL, error(404, "ResourceNotFoundException"))
    assert judge.judge(case("same"), error(404, "ResourceNotFoundException"), MODEL,
                       error(403, "AccessDeniedException"))


# --- the table --------------------------------------------------------------------------------------------------------


def labels(operation):
    cases = generate.Generator(MODEL).cases(MODEL.operations[operation], "members")
    return {f"{one.label} -> {one.verdict}" for one in cases}


def test_every_kind_of_case_is_made():
    """By name, so that a case that goes missing is missed."""
    assert {"name null -> accepted", "name type 7 -> refused", "name 2 long -> refused",
            "name 3 long of 'a' -> accepted", "name 255 long of 'a' -> accepted",
            "name 256 long of 'a' -> refused", "description 500 long of 'é' -> accepted", "reference null -> refused",
            "reference absent -> refused",
            "reference no member of the union -> refused", "reference referenceArn 128 long of 'a' -> refused",
            "sseConfig type absent -> refused",
            "sseConfig type enum 'NOPE' -> refused", "sseConfig keyArn null -> accepted",
            "tags value type 7 -> refused", "tags key reserved 'aws:' -> refused",
            "unknown member in sseConfig 'x' -> same", "NAME is another member -> same"} <= labels("CreateVariantStore")
    assert {"versions 0 members -> refused", "versions 1 members -> accepted", "versions 10 members -> accepted",
            "versions 11 members -> refused",
            "versions null inside -> refused", "versions [0] pattern 'Store' (5) -> refused", "force 'yes' -> refused",
            "force twice -> refused"} <= labels("DeleteAnnotationStoreVersions")
    assert {"maxResults 0 -> refused", "maxResults 1 -> accepted", "maxResults 100 -> accepted",
            "maxResults 101 -> refused", "maxResults 'x' -> refused",
            "nextToken 6144 long of 'a' -> accepted", "nextToken 6145 long of 'a' -> refused",
            "filter createdAfter 'yesterday' -> refused",
            "filter createdAfter type true -> refused",
            "filter status enum 'NOPE' -> refused"} <= labels("ListReferenceImportJobs")


def bounded(shape, path):
    """The paths of all values in a shape that a bound, a pattern, an enum or a type holds."""
    one = MODEL.shapes[shape]
    if one["type"] != "string" or one.keys() & {"max", "pattern", "enum"}:
        yield path
    for name, ref in one.get("members", {}).items():
        yield from bounded(ref["shape"], f"{path}.{name}")
    if "member" in one:
        yield from bounded(one["member"], f"{path}.1.member")
    if "value" in one:
        yield from bounded(one["value"], path)


@pytest.mark.parametrize("operation", MODEL.operations)
def test_every_member_however_deep_is_bounded(operation):
    """Each has values that must be refused, and those with limits values that must not be."""
    cases = generate.Generator(MODEL).cases(MODEL.operations[operation], "members")
    refused = {one.path for one in cases if one.verdict == "refused"}
    accepted = {one.path for one in cases if one.verdict == "accepted"}
    wanted = {path for member in MODEL.operations[operation].members for path in bounded(member.shape, member.name)}
    assert not wanted - refused
    assert not {path for path in wanted if path not in accepted
                and not any(other.startswith(path + ".") for other in accepted)}


def test_samples_are_what_they_say():
    for pattern, (good, bad) in samples.PATTERNS.items():
        if r"\p" in pattern:
            continue  # not of Python's re
        assert all(re.fullmatch(pattern or ".*", good(n, "a")) for n in (40, 200)), pattern
        assert not [one for one in bad if re.fullmatch(pattern, one)], pattern
    patterns = {one["pattern"] for one in MODEL.shapes.values() if "pattern" in one}
    assert patterns <= samples.PATTERNS.keys() and samples.PATTERNS.keys() - {""} <= patterns


# --- scenarios --------------------------------------------------------------------------------------------------------


class Liar(Client):
    """Answers what it is told to."""

    name = "liar"

    def __init__(self, *outcomes: Outcome):
        super().__init__("", {}, Path("/tmp"))
        self.outcomes = list(outcomes)

    def call(self, operation, values, who="admin", retry=False):
        return self.outcomes.pop(0)

    def pages(self, operation, values, size=0, who="admin"):
        return self.outcomes.pop(0)

    def wait(self, waiter, values, seconds, who="admin", delay=1):
        return self.outcomes.pop(0)


GET = {"call": "GetReferenceStore", "input": {"id": ID}}
NOT_FOUND = Outcome(error=Refusal("ResourceNotFoundException", "Reference store was not found.", 404,
                                  "ResourceNotFoundException"))
LISTED = Outcome(pages=[{"referenceStores": [STORE], "nextToken": "x"},
                        {"referenceStores": [{**STORE, "id": "1234567890"}]}])
HONEST = [
    ({**GET, "answer": {"$members": ["id", "arn", "creationTime"], "id": ID, "arn": {"$re": "arn:.*"},
                        "creationTime": "$any"}}, Outcome(answer=STORE)),
    ({**GET, "answer": {"id": {"$not": "7"}}}, Outcome(answer=STORE)),
    ({**GET, "error": "ResourceNotFoundException", "message": ".*not found.*"}, NOT_FOUND),
    ({"wait": "VariantStoreCreated", "input": {}, "ends": "success"}, Outcome(ends="success")),
    ({"pages": "ListReferenceStores", "items": [{"id": ID}, {"id": "1234567890"}]}, LISTED),
    ({"pages": "ListReferenceStores", "items": {"$has": [{"id": ID}]}}, LISTED),
    ({"pages": "ListReferenceStores", "items": {"$size": 2}}, LISTED),
]
LIES = [
    ({**GET, "answer": {"id": "another"}}, Outcome(answer=STORE)),
    ({**GET, "answer": {"name": "$any"}}, Outcome(answer=STORE)),
    ({**GET, "answer": {"$members": ["id", "arn"]}}, Outcome(answer=STORE)),
    ({**GET, "answer": {"$members": ["id", "arn", "creationTime", "name"]}}, Outcome(answer=STORE)),
    ({**GET, "answer": {"id": {"$re": "[a-z]+"}}}, Outcome(answer=STORE)),
    ({**GET, "answer": {"id": {"$not": ID}}}, Outcome(answer=STORE)),
    (GET, NOT_FOUND),
    (GET, Outcome(answer={**STORE, "strange": 1})),
    (GET, Outcome(answer={"id": ID})),
    ({**GET, "error": "ResourceNotFoundException"}, Outcome(answer=STORE)),
    ({**GET, "error": "ValidationException"}, NOT_FOUND),
    ({**GET, "error": "ResourceNotFoundException", "message": ".*other words.*"}, NOT_FOUND),
    ({**GET, "error": "ResourceNotFoundException"},
     Outcome(error=Refusal("ResourceNotFoundException", "x", 400, None))),
    ({**GET, "error": "ResourceNotFoundException"},
     Outcome(error=Refusal("ResourceNotFoundException", "x", 404, "ClientError"))),
    ({**GET, "error": "ResourceNotFoundException"}, Outcome(error=Refusal("ResourceNotFoundException", "", 404, None))),
    ({**GET, "error": "ConflictException"}, Outcome(error=Refusal("ConflictException", "x", 409, "ConflictException"))),
    ({**GET, "seconds": 1, "outcome": "any"}, NOT_FOUND),
    ({"wait": "VariantStoreCreated", "input": {}, "ends": "success"}, Outcome(ends="timeout")),
    ({"wait": "VariantStoreCreated", "input": {}, "ends": "failure"}, NOT_FOUND),
    ({"pages": "ListReferenceStores", "items": [{"id": ID}]}, LISTED),
    ({"pages": "ListReferenceStores", "items": [{"id": "1234567890"}, {"id": ID}]}, LISTED),
    ({"pages": "ListReferenceStores", "items": {"$has": [{"id": "7"}]}}, LISTED),
    ({"pages": "ListReferenceStores", "items": {"$size": 3}}, LISTED),
    ({"pages": "ListReferenceStores", "items": []}, NOT_FOUND),
]


@pytest.mark.parametrize("step, outcome", HONEST, ids=str)
def test_honest_outcomes_pass(step, outcome):
    scenario.Player(Liar(outcome), MODEL, {}).play([step])


@pytest.mark.parametrize("step, outcome", LIES, ids=str)
def test_lies_do_not(step, outcome):
    with pytest.raises(scenario.Wrong):
        scenario.Player(Liar(outcome), MODEL, {}).play([step])


def test_what_is_saved_is_there_for_later_steps():
    player = scenario.Player(Liar(Outcome(answer=STORE), Outcome(answer=STORE)), MODEL, {})
    player.play([{**GET, "save": {"it": "id"}},
        {**GET, "answer": {"id": "${it}", "arn": "arn:aws:omics:us-east-1:123456789012:referenceStore/${it}"}}])
    with pytest.raises(KeyError):
        player.play([{**GET, "answer": {"id": "${nothing}"}}])


# --- walks ------------------------------------------------------------------------------------------------------------


def item(number):
    return {"id": str(number), "creationTime": f"2024-01-01T00:00:{number:02}.5Z"}


def test_walks():
    before, after = {"1", "2", "3"}, {"1", "2", "3", "4", "5"}
    good = [[3, 2, 1], [4, 3, 2, 1], [5, 4, 3, 2, 1]]
    wrong = [[3, 2], [3, 2, 2, 1], [3, 2, 1, 3], [1, 2, 3], [3, 4, 2, 1], [3, 2, 1, 4], [6, 3, 2, 1], [], [3, 1]]
    assert [one for one in good if walk.complaints(before, [item(n) for n in one], after)] == []
    assert [one for one in wrong if not walk.complaints(before, [item(n) for n in one], after)] == []
    assert walk.page_complaints([3, 3, 1], 3) == walk.page_complaints([3], 3) == []
    assert all(walk.page_complaints(sizes, 3) for sizes in ([3, 2, 1], [4, 1], [3, 0], [4], [0]))
