"""Plays the tables in scenarios/: what happens, step by step, when an operation is used as it should be, and each way
in which it refuses.

A table is JSON, so that whoever calls the API in whatever language may read it:

  flags      of `varlake serve`
  files      for the bucket s3://tmp: name -> text, or {"records": n, "bad": true} for a VCF
  keys       more callers: name -> {"account": "12 digits", "policy": {...}}; without an account, the server's own
  reference  true: there is a reference, the ARN ${reference} in the store ${refs}
  tables     "broken": no table of a store can be made
  given      steps that come first, played once with boto3
  scenarios  name -> steps

A step is one of

  {"call": OPERATION, "input": {...}}     with  "answer": pattern  or  "error": CODE, "message": regex  or  "outcome":
  "any" {"wait": WAITER, "input": {...}, "ends": "success" | "failure" | "timeout"} {"pages": OPERATION, "input":
  {...}, "size": n, "items": pattern of all pages' items together}

and may have "as": a caller of keys, "save": {variable: place in the answer}, "until": a pattern that the answer of the
repeated call comes to match, "times": n to do it n times with ${n} from 0, "seconds": what that takes at least, and
"retry": true to let the client try again by itself. "${variable}" in strings stands for what was saved. Patterns: see
match().
"""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

from .clients import Client, Outcome
from .generate import Generator
from .model import Model

FOLDER = Path(__file__).resolve().parent / "scenarios"
WAIT_SECONDS, GIVE_UP_SECONDS, PATIENCE = 30, 3, 60

REFERENCE_FILE, REFERENCE = {"ref.fa": ">22\nACGTACGTACGTACGT\n"}, [
    {"call": "CreateReferenceStore", "input": {"name": "refs"}, "save": {"refs": "id"}},
    {"call": "StartReferenceImportJob", "input": {"referenceStoreId": "${refs}", "roleArn": "${role}",
                                                  "sources": [{"sourceFile": "s3://tmp/ref.fa", "name": "ref"}]},
     "save": {"job": "id"}},
    {"call": "GetReferenceImportJob", "input": {"referenceStoreId": "${refs}", "id": "${job}"},
     "until": {"status": "COMPLETED"},
     "save": {"reference": "sources.0.referenceId"}},
    {"call": "GetReferenceMetadata", "input": {"referenceStoreId": "${refs}", "id": "${reference}"},
     "save": {"reference": "arn"}},
]


class Wrong(AssertionError):
    """The server did not answer as the table says."""


def tables() -> dict[str, dict]:
    return {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}


def derived(model: Model) -> dict[str, dict]:
    """The tables that are alike for every operation: a caller without rights, and a second call too soon."""
    minimal = {name: Generator(model).minimal(operation) for name, operation in model.operations.items()}
    denied = {name: [{"call": name, "input": values, "as": "nobody", "error": "AccessDeniedException",
                      "message": f".*omics:{name}.*"}]
              for name, values in minimal.items()}
    throttled = {name: [{"call": name, "input": values, "outcome": "any"},
                        {"call": name, "input": values, "error": "ThrottlingException", "message": "Rate exceeded.*"}]
                 for name, values in minimal.items()}
    return {"denied": {"keys": {"nobody": {}}, "scenarios": denied},
            "throttled": {"flags": ["--rate", "*=0.02:1"], "scenarios": throttled}}


def shows(steps: list[dict]) -> set[tuple[str, str]]:
    """What a client must be able to do for these steps: read an operation's answer, walk its pages, wait, name an
    error, try again."""
    shown = set()
    for step in steps:
        kind = next(name for name in ("call", "wait", "pages") if name in step)
        if "error" in step:
            shown.add(("error", step["error"]))
        elif "outcome" not in step:
            shown.add((kind, step[kind]))
        if step.get("retry"):
            shown.add(("retry", step[kind]))
    return shown


def covering(tables: dict[str, dict]) -> set[tuple[str, str]]:
    """A few scenarios, as (table, name), that together show all that the tables show of a client."""
    shown = {(table, name): shows(steps) for table, one in tables.items() for name, steps in one["scenarios"].items()}
    wanted, chosen = set().union(*shown.values()), set()
    while wanted:
        best = max(shown, key=lambda scenario: len(shown[scenario] & wanted))  # of equals the first
        chosen.add(best)
        wanted -= shown[best]
    return chosen


# --- patterns ---------------------------------------------------------------------------------------------------------


def match(pattern, value, where: str = "answer") -> list[str]:
    """The differences between a value and what a pattern says of it.

    A dict has at least the pattern's members, and with "$members" just those; a list has as many members as the
    pattern. {"$re": text} is a string that the whole expression matches, {"$has": [...]} a list with a member for each
    of these, {"$not": pattern} anything else, {"$size": n} a list or map of n; "$any" is anything. """
    if pattern == "$any":
        return []
    if isinstance(pattern, dict) and len(pattern) == 1 and (kind := next(iter(pattern))) in SPECIAL:
        return SPECIAL[kind](pattern[kind], value, where)
    if isinstance(pattern, dict):
        if not isinstance(value, dict):
            return [f"{where}: {value!r} is no object"]
        wrong = []
        if "$members" in pattern and sorted(pattern["$members"]) != sorted(value):
            wrong.append(f"{where} has the members {sorted(value)}, not {sorted(pattern['$members'])}")
        for name, one in pattern.items():
            if name == "$members":
                continue
            wrong += match(one, value[name], f"{where}.{name}") if name in value else [f"{where}.{name} is absent"]
        return wrong
    if isinstance(pattern, list):
        if not isinstance(value, list) or len(value) != len(pattern):
            return [f"{where}: {value!r} is no list of {len(pattern)}"]
        return [w for at, (one, member) in enumerate(zip(pattern, value)) for w in match(one, member, f"{where}[{at}]")]
    return [] if type(pattern) is type(value) and pattern == value else [f"{where} is {value!r}, not {pattern!r}"]


SPECIAL = {
    "$re": lambda text, value, where: [] if isinstance(value, str)
    and re.fullmatch(text, value, re.DOTALL) else [f"{where} is {value!r}, not like {text!r}"],
    "$has": lambda list_, value, where: [f"{where} has no {one!r}: {value!r}" for one in list_
                                         if not any(not match(one, v) for v in value)],
    "$not": lambda one, value, where: [] if match(one, value) else [f"{where} is {value!r}"],
    "$size": lambda size, value, where: [] if len(value) == size else [f"{where} has {len(value)} members, not {size}"],
}


def filled(value, variables: dict):
    """A copy with ${variables} put in; a string that is nothing else takes the variable's own type."""
    if isinstance(value, dict):
        return {filled(name, variables): filled(one, variables) for name, one in value.items()}
    if isinstance(value, list):
        return [filled(one, variables) for one in value]
    if not isinstance(value, str):
        return value
    if found := re.fullmatch(r"\$\{(\w+)\}", value):
        return variables[found[1]]
    return re.sub(r"\$\{(\w+)\}", lambda found: str(variables[found[1]]), value)


def taken(answer, place: str):
    """answer["a"][0]["b"] for the place a.0.b."""
    for step in place.split("."):
        answer = answer[int(step) if isinstance(answer, list) else step]
    return answer


# --- steps ------------------------------------------------------------------------------------------------------------


class Player:
    """Plays steps with a client. What it saves is there for the steps after."""

    def __init__(self, client: Client, model: Model, variables: dict):
        self.client, self.model, self.variables = client, model, variables

    def play(self, steps: list[dict]) -> None:
        for number, step in enumerate(steps, 1):
            began = time.monotonic()
            for n in range(step.get("times", 1)):
                self.variables["n"] = n
                self._step(step, f"step {number}{f' ({n})' if 'times' in step else ''}")
            took = time.monotonic() - began
            if took < step.get("seconds", 0):
                raise Wrong(f"step {number} took {took} s, not {step['seconds']}")

    def _step(self, step: dict, where: str) -> None:
        ready = filled(step, self.variables)
        kind = next(name for name in ("call", "wait", "pages") if name in step)
        where = f"{where}, {step[kind]} {ready.get('input', {})}"
        getattr(self, "_" + kind)(ready, where)

    def _call(self, step: dict, where: str) -> None:
        end = time.monotonic() + PATIENCE
        while True:
            outcome = self.client.call(step["call"], step.get("input", {}), step.get("as", "admin"),
                                       step.get("retry", False))
            if "outcome" in step:
                return None
            if "error" in step:
                return self._refused(step, outcome, where)
            self._succeeded(step["call"], outcome, where)
            if "until" not in step or not match(step["until"], outcome.answer):
                break
            if time.monotonic() > end:
                raise Wrong(f"{where}: after {PATIENCE} s still {outcome.answer}")
            time.sleep(0.05)
        self._held(match(step.get("answer", {}), outcome.answer), outcome, where)
        for name, place in step.get("save", {}).items():
            self.variables[name] = taken(outcome.answer, place)

    def _succeeded(self, operation: str, outcome: Outcome, where: str) -> None:
        if outcome.error is not None:
            raise Wrong(f"{where}: refused with {outcome.error}")
        described = self.model.operations[operation]
        self._held(self.model.check(described.output, outcome.answer, operation), outcome, where)

    def _refused(self, step: dict, outcome: Outcome, where: str) -> None:
        code, error = step["error"], outcome.error
        if error is None or error.code != code:
            raise Wrong(f"{where}: {error or outcome.answer}, not {code}")
        if code not in self.model.operations[step["call"]].errors:
            raise Wrong(f"{where}: the model does not list {code}")
        wrong = match({"$re": step.get("message", ".+")}, error.message, "message")
        if error.status not in (None, self.model.errors[code]):
            wrong.append(f"status is {error.status}, not {self.model.errors[code]}")
        if error.type not in (None, code):
            wrong.append(f"is a {error.type} to the client")
        self._held(wrong, outcome, where)

    def _wait(self, step: dict, where: str) -> None:
        seconds = GIVE_UP_SECONDS if step["ends"] == "timeout" else WAIT_SECONDS
        outcome = self.client.wait(step["wait"], step["input"], seconds, step.get("as", "admin"))
        if outcome.ends != step["ends"]:
            raise Wrong(f"{where}: ends with {outcome.ends or outcome.error}, not {step['ends']}")

    def _pages(self, step: dict, where: str) -> None:
        operation = step["pages"]
        outcome = self.client.pages(operation, step.get("input", {}), step.get("size", 0), step.get("as", "admin"))
        if outcome.error is not None:
            raise Wrong(f"{where}: refused with {outcome.error}")
        key = items_key(self.model, operation)
        for page in outcome.pages:
            self._succeeded(operation, Outcome(answer=page), where)
        items = [one for page in outcome.pages for one in page.get(key, [])]
        self._held(match(step["items"], items, "items"), Outcome(answer={key: items}), where)

    def _held(self, wrong: list[str], outcome: Outcome, where: str) -> None:
        if wrong:
            raise Wrong(f"{where}: " + "; ".join(wrong) + f"\n{outcome}")


def items_key(model: Model, operation: str) -> str:
    """The member of a list's answer that holds its items."""
    name, = (m.name for m in model.members(model.operations[operation].output) if m.name != "nextToken")
    return name
