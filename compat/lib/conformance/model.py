"""The public service model, read where it lies: ../shared/spec, never a copy of it."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from functools import cache

import pytest

import server as servers

PATH = servers.CORPUS.parent / "spec" / "omics-analytics-model.json"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


@dataclass(frozen=True)
class Member:
    name: str
    shape: str
    required: bool
    location: str  # body, uri, querystring or header
    wire: str  # its name there


class Operation:
    """One operation and the shapes it speaks."""

    def __init__(self, model: Model, name: str, described: dict):
        self.name, self.method, self.uri = name, described["method"], described["uri"]
        self.status, self.errors = described["status"], frozenset(described["errors"])
        self.input, self.output = described["input"], described["output"]
        self.members = model.members(self.input)

    def __repr__(self) -> str:
        return self.name


class Model:
    def __init__(self, described: dict):
        self.shapes: dict[str, dict] = described["shapes"]
        self.operations = {name: Operation(self, name, one) for name, one in described["operations"].items()}
        # code -> HTTP status
        self.errors = {name: one["error"]["httpStatusCode"] for name, one in self.shapes.items() if "error" in one}

    def members(self, shape: str) -> list[Member]:
        one = self.shapes[shape]
        return [Member(name, ref["shape"], name in one.get("required", ()), ref.get("location", "body"),
                       ref.get("locationName", name)) for name, ref in one["members"].items()]

    def check(self, shape: str, value, where: str) -> list[str]:
        """What is wrong with an answer's value: required members, unknown ones, types, enums, longest lengths."""
        one = self.shapes[shape]
        check = getattr(self, "_check_" + one["type"])
        return [f"{where} is null"] if value is None else check(one, value, where)

    def _check_structure(self, one, value, where):
        if not isinstance(value, dict):
            return [f"{where}: {value!r} is no structure"]
        wrong = [f"{where}.{name}, required, is absent" for name in one.get("required", ()) if name not in value]
        wrong += [f"{where}.{name} is not in the model" for name in value if name not in one["members"]]
        if one.get("union") and len(value) != 1:
            wrong.append(f"{where}: a union with {len(value)} members")
        for name in value.keys() & one["members"].keys():
            wrong += self.check(one["members"][name]["shape"], value[name], f"{where}.{name}")
        return wrong

    def _check_list(self, one, value, where):
        if not isinstance(value, list):
            return [f"{where}: {value!r} is no list"]
        wrong = [f"{where} has {len(value)} members"] if len(value) > one.get("max", len(value)) else []
        return wrong + [w for at, member in enumerate(value)
                        for w in self.check(one["member"], member, f"{where}[{at}]")]

    def _check_map(self, one, value, where):
        if not isinstance(value, dict):
            return [f"{where}: {value!r} is no map"]
        wrong = [w for key in value for w in self.check(one["key"], key, f"{where}'s key")]
        return wrong + [w for key, member in value.items() for w in self.check(one["value"], member, f"{where}[{key}]")]

    def _check_string(self, one, value, where):
        if not isinstance(value, str):
            return [f"{where}: {value!r} is no string"]
        if value not in one.get("enum", [value]):
            return [f"{where}: {value!r} is not in {one['enum']}"]
        return [f"{where}: {value!r} is too long"] if len(value) > one.get("max", len(value)) else []

    def _check_integer(self, one, value, where):
        if type(value) is not int:
            return [f"{where}: {value!r} is no integer"]
        return [f"{where}: {value} is out of bounds"] if not one.get("min", value) <= value <= one.get(
            "max", value) else []

    _check_long = _check_integer

    def _check_boolean(self, one, value, where):
        return [] if isinstance(value, bool) else [f"{where}: {value!r} is no boolean"]

    def _check_timestamp(self, one, value, where):
        return [] if isinstance(value, str) and TIME.fullmatch(value) else [f"{where}: {value!r} is no ISO-8601 time"]

    def _check_blob(self, one, value, where):
        return [] if isinstance(value, str) else [f"{where}: {value!r} are no bytes"]


@cache
def load() -> Model:
    """In CI the model's absence is a failure, elsewhere a reason to skip."""
    if not PATH.exists():
        word = f"no service model at {PATH} (set VARLAKE_CORPUS)"
        pytest.fail(word) if os.environ.get("CI") else pytest.skip(word, allow_module_level=True)
    return Model(json.loads(PATH.read_text()))
