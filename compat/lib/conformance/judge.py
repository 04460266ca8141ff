"""What is wrong with an answer. Verdicts of a case:

accepted   the member is fine: whatever the answer, it is no ValidationException about that member
refused    400 ValidationException that names the member (or the body, where no member is meant)
malformed  400 ValidationException or a 403: a query that has no canonical form cannot be signed either
same       like its twin's answer: status and code
unknown    404 UnknownOperationException, or 405 with the methods that the path has
unsigned   403, one of the front end's codes
broken     400 by the HTTP server itself: no request could be read
any        nothing but what holds for every answer
"""

from __future__ import annotations

import json
import re

from .generate import Case
from .model import Model, Operation
from .wire import Answer

UNSIGNED = {"none": "MissingAuthenticationTokenException", "secret": "InvalidSignatureException",
            "key": "UnrecognizedClientException", "body": "InvalidSignatureException"}
UNKNOWN = "UnknownOperationException"


def judge(case: Case, answer: Answer, model: Model, twin: Answer | None = None) -> list[str]:
    """The complaints; none when the answer is right."""
    if case.verdict == "broken":
        return [] if answer.status == 400 else ["is not 400"]
    operation = model.operations[case.operation]
    complaints = _every(case, answer, model, operation)
    said = (answer.status, answer.code)
    match case.verdict:
        case "accepted":
            if answer.status == 400 and _names(answer.message, case.path):
                complaints.append(f"refuses {case.path}, which is within its bounds")
        case "refused":
            if said != (400, "ValidationException"):
                complaints.append("is no ValidationException")
            elif case.path and not _names(answer.message, case.path):
                complaints.append(f"does not name {case.path}")
        case "malformed":
            if answer.status not in (400, 403):
                complaints.append("is neither 400 nor 403")
        case "same":
            if twin is None or said != (twin.status, twin.code):
                complaints.append(f"is not like its twin's: {twin}")
        case "unknown":
            if case.allow and (answer.status != 405 or answer.headers.get("allow") != case.allow):
                complaints.append(f"is not 405 with Allow: {case.allow}")
            elif answer.status not in (404, 405) or answer.code != UNKNOWN:
                complaints.append(f"is no {UNKNOWN}")
        case "unsigned":
            if said != (403, UNSIGNED[case.request.spoilt]):
                complaints.append(f"is no {UNSIGNED[case.request.spoilt]}")
    return complaints


def _names(message: str, path: str) -> bool:
    """Whether a message is about the member at the path: it, or the list or map it stands in, is quoted."""
    steps = path.lower().split(".")
    about = {".".join(steps[:n + 1]) for n in range(len(steps))}
    return bool(about & set(re.findall(r"at '([^']*)'", message.lower())))


def _every(case: Case, answer: Answer, model: Model, operation: Operation) -> list[str]:
    complaints = []
    if answer.status >= 500:
        complaints.append("is the server's own fault")
    if not answer.headers.get("x-amzn-requestid"):
        complaints.append("has no request id")
    if answer.status < 400:
        return complaints + success(operation, answer, model)
    front = case.verdict in ("unknown", "unsigned", "malformed")
    if not answer.code:
        complaints.append("has no x-amzn-ErrorType")
    elif answer.code in model.errors:
        if answer.code not in operation.errors:
            complaints.append(f"has a code that the model does not list for {operation.name}")
        if answer.status != model.errors[answer.code]:
            complaints.append(f"has another status than {model.errors[answer.code]}")
    elif not front:
        complaints.append("has a code that the model does not have")
    if case.request.method == "HEAD":
        return complaints + ["has a body, to HEAD"] * bool(answer.body)
    return complaints + error_body(answer)


def error_body(answer: Answer) -> list[str]:
    if answer.headers.get("content-type", "").split(";")[0] != "application/json":
        return ["is not JSON by its content-type"]
    try:
        body = json.loads(answer.body.decode())
    except ValueError:
        return ["is not JSON"]
    if not isinstance(body, dict) or not isinstance(body.get("message"), str) or not body["message"].strip():
        return ["has no message"]
    return [f"says more than its message: {sorted(body)}"] if set(body) - {"message", "__type", "code"} else []


def success(operation: Operation, answer: Answer, model: Model) -> list[str]:
    if answer.status != operation.status:
        return [f"has a status other than {operation.status}"]
    shape = model.shapes[operation.output]
    if "payload" in shape:
        return []
    if not shape["members"]:
        return ["has a body, though nothing is to be said"] if answer.body.strip() not in (b"", b"{}") else []
    try:
        return model.check(operation.output, json.loads(answer.body.decode()), operation.name)
    except ValueError:
        return ["is not JSON"]
