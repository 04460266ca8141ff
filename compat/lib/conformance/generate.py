"""The table of requests that follows from the model: for every operation and every member of its input, values at each
bound and beyond it, of wrong patterns and types; bodies, paths, methods and signatures that no client would send."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass

from . import samples
from .model import Member, Model, Operation
from .wire import Request, changed

# docs/limits.md: the largest body, in bytes
MAX_BODY = 256 << 10
LARGER_BODIES = {
    "StartVariantImportJob": 4 << 20, "StartAnnotationImportJob": 4 << 20, "StartReferenceImportJob": 4 << 20,
    "CreateAnnotationStore": 2 << 20, "CreateAnnotationStoreVersion": 2 << 20,
}
NESTED = 10_000  # levels of JSON that the server reads, as Go's encoding/json does

# What else a request must say for a member to make sense.
CONTEXT = {("CreateAnnotationStore", "storeOptions"): {"storeFormat": "TSV"}}


@dataclass(frozen=True)
class Case:
    operation: str
    label: str
    request: Request
    verdict: str  # accepted, refused, same, unknown, unsigned, broken: see judge.py
    path: str = ""  # of the member that it is about
    twin: Request | None = None  # what a same one is to be answered like
    allow: str = ""  # the methods that a path has

    def __str__(self) -> str:
        return f"{self.operation} {self.label}: {self.request}"


class Generator:
    def __init__(self, model: Model):
        self.model = model

    # --- requests -------------------------------------------------------------------------------------------------

    def minimal(self, operation: Operation) -> dict:
        return {m.name: self.sample(m.shape) for m in operation.members if m.required}

    def sample(self, shape: str, number: int = 0):
        """A good value of the shape with as little in it as may be."""
        one = self.model.shapes[shape]
        match one["type"]:
            case "structure" if one.get("union"):
                name, ref = next(iter(one["members"].items()))
                return {name: self.sample(ref["shape"], number)}
            case "structure":
                return {m.name: self.sample(m.shape, number) for m in self.model.members(shape) if m.required}
            case "list":
                return [self.sample(one["member"], n) for n in range(one.get("min", 0))]
            case "map":
                return self.pairs(one, one.get("min", 1))
            case "string":
                return samples.text(shape, one, number)
            case "integer" | "long":
                return one.get("min", 1)
            case "boolean":
                return True
            case "timestamp":
                return samples.TIMES[0][0]

    def pairs(self, one: dict, count: int) -> dict:
        key, value = one["key"], one["value"]
        described = self.model.shapes[key]
        longest = described.get("max", 30)
        names = [samples.text(key, described, n) for n in range(count)]
        if len(set(names)) < count:
            names = [f"k{n}"[:longest] for n in range(count)]
        return {name: self.sample(value) for name in names}

    def request(self, operation: Operation, values: dict, query: str = "") -> Request:
        """The request that a client would make of the values; query is raw and comes after theirs."""
        target, body, headers, parameters = operation.uri, {}, [], []
        for m in operation.members:
            if m.name not in values:
                continue
            value = values[m.name]
            match m.location:
                case "uri":
                    target = target.replace("{%s}" % m.wire, urllib.parse.quote(value, safe="~"))
                case "querystring":
                    parameters += [(m.wire, _query_text(one))
                                   for one in (value if isinstance(value, list) else [value])]
                case "header":
                    headers.append((m.wire, value))
                case "body":
                    body[m.wire] = value
        assert "{" not in target, (operation, target)
        encoded = urllib.parse.urlencode(parameters, quote_via=urllib.parse.quote)
        target += "?" * bool(encoded or query) + encoded + "&" * bool(encoded and query) + query
        data = b""
        if self.has_body(operation):
            data = json.dumps(body).encode()
            headers.append(("content-type", "application/json"))
        return Request(operation.method, target.encode(), data, tuple(headers))

    def has_body(self, operation: Operation) -> bool:
        return any(m.location == "body" for m in operation.members)

    def base(self, operation: Operation) -> Request:
        return self.request(operation, self.minimal(operation))

    # --- members --------------------------------------------------------------------------------------------------

    def members(self, operation: Operation) -> Iterator[Case]:
        for m in operation.members:
            context = self.minimal(operation) | CONTEXT.get((operation.name, m.name), {})
            for label, value, verdict, path in self._variants(m):
                yield Case(operation.name, f"{m.name} {label}", self.request(operation, context | {m.name: value}),
                           verdict, path)
            if m.required and m.location != "uri":
                absent = {name: value for name, value in context.items() if name != m.name}
                yield Case(operation.name, f"{m.name} absent", self.request(operation, absent), "refused", m.name)
        yield from self._query(operation)
        base = self.minimal(operation)
        for label, with_unknown, without in self._unknown_members(operation, base):
            yield Case(operation.name, label, self.request(operation, with_unknown), "same",
                       twin=self.request(operation, without))
        if self.has_body(operation):
            for m in operation.members:
                if m.location == "body":  # names are matched exactly
                    renamed = {name: value for name, value in base.items() if name != m.name}
                    request = self.request(operation, renamed)
                    body = json.dumps(json.loads(request.body) | {m.wire.upper(): ["not", "looked", "at"]}).encode()
                    yield Case(operation.name, f"{m.name.upper()} is another member", changed(request, body=body),
                               "same", twin=request)

    def _variants(self, m: Member):
        body = m.location == "body"
        if body:
            yield "null", None, "refused" if m.required else "accepted", m.name
        for label, value, verdict, path in self.variants(m.shape, m.name, body):
            if m.location == "uri" and value in ("", ".", ".."):
                continue  # which makes another path: see paths
            if m.location == "querystring" and value == []:
                continue  # which is absence
            if m.location == "header" and not (value.isascii() and value.isprintable()):
                continue  # no header can hold it
            if m.location != "body" and len(value if isinstance(value, str) else "") > 6000 and not value.isascii():
                continue  # three times as long on the request line, where 64 KiB is the most
            yield label, value, verdict, path

    def variants(self, shape: str, path: str, body: bool = True):
        """(label, value, verdict, path) for the shape's values; those outside a body have no JSON type."""
        one = self.model.shapes[shape]
        yield from getattr(self, "_" + one["type"])(shape, one, path, body)

    def _string(self, shape, one, path, body):
        if body:
            yield from _wrong_types(path, 7, 1.5, True, [], ["x"], {}, {"x": "y"})
        if "enum" in one:
            for value in one["enum"]:
                yield value, value, "accepted", path
            for value in ("NOPE", one["enum"][0].lower(), one["enum"][0] + " ", ""):
                yield f"enum {value!r}", value, "refused", path
            return
        pattern = one.get("pattern", "")
        letters = ["a", "é", samples.WIDE] if pattern in samples.LETTERS else ["a"]
        for bound in (one[name] for name in ("min", "max") if name in one):
            for letter in letters:
                value = samples.of_length(one, bound, letter)
                if len(value) == bound:  # a pattern may want more than the shortest length
                    yield f"{bound} long of {letter!r}", value, "accepted", path
        if "max" in one:
            for letter in letters:
                yield f"{one['max'] + 1} long of {letter!r}", samples.of_length(
                    one, one["max"] + 1, letter), "refused", path
        if one.get("min", 0) > 0:
            shorter = samples.of_length(one, one["min"] - 1)
            yield f"{len(shorter)} long", shorter if len(shorter) < one["min"] else shorter[
                :one["min"] - 1], "refused", path
        for value in samples.AT_PATTERN.get(pattern, []):
            yield f"pattern {value[:30]!r} ({len(value)})", value, "accepted", path
        for value in samples.PATTERNS[pattern][1]:
            yield f"pattern {value[:30]!r} ({len(value)})", value, "refused", path
        if shape == "String":
            yield "empty", "", "any", path  # where it is required, it may pass for absent
            for value in (" ", "a/b", "..", "%2F", "\x00", "é" + samples.WIDE, "x" * 3000, "'; DROP TABLE stores; --",
                          "a?b&c=d#e"):
                yield f"any {value[:30]!r}", value, "accepted", path

    def _integer(self, shape, one, path, body):
        smallest, largest = one.get("min", -2**31), one.get("max", 2**31 - 1)
        for value in (smallest, largest) if one.keys() & {"min", "max"} else (1, 100):
            yield str(value), value, "accepted", path
        for value in (smallest - 1, largest + 1, -2**31 - 1, 2**31, -2**63 - 1, 2**63, 10**30):
            yield str(value), value, "refused", path
        for value in ("", "x", "1.5", "1e1", "0x1", "1 ", "true", "١"):
            yield repr(value), value, "refused", path

    _long = _integer

    def _boolean(self, shape, one, path, body):
        for value in (True, False):
            yield str(value), value, "accepted", path
        if body:
            yield from _wrong_types(path, "true", 0, 1, [], {})
        else:
            for value in ("", "1", "0", "yes", "TRUE", "True", "null", "true "):
                yield repr(value), value, "refused", path

    def _timestamp(self, shape, one, path, body):
        for value in samples.TIMES[0]:
            yield value, value, "accepted", path
        for value in samples.TIMES[1]:
            yield repr(value), value, "refused", path
        yield from _wrong_types(path, True, [], {}, 1700000000)

    def _structure(self, shape, one, path, body):
        yield from _wrong_types(path, [], ["x"], "x", 7, True)
        members, base = self.model.members(shape), self.sample(shape)
        needed = [m.name for m in members if m.required]
        if one.get("union"):
            yield "no member of the union", {}, "refused", path
            yield "an unknown member of the union", {"noSuchMember": "x"}, "refused", path
            if len(members) > 1:
                yield "two members of the union", {m.name: self.sample(m.shape) for m in members}, "refused", path
        elif not needed:
            yield "{}", {}, "accepted", path
        for name in needed:
            yield f"{name} absent", {n: v for n, v in base.items() if n != name}, "refused", f"{path}.{name}"
        for m in members:
            rest = {} if one.get("union") else base
            yield f"{m.name} null", {**rest,
                                     m.name: None}, "refused" if m.required or one.get("union") else "accepted", \
                path if one.get("union") else f"{path}.{m.name}"
            for label, value, verdict, where in self.variants(m.shape, f"{path}.{m.name}"):
                yield f"{m.name} {label}", {**rest, m.name: value}, verdict, where

    def _list(self, shape, one, path, body):
        good = lambda count: [self.sample(one["member"], n) for n in range(count)]
        if body:
            yield from _wrong_types(path, {}, {"0": "x"}, "x", 7, True)
            yield "null inside", [None], "refused", f"{path}.1.member"
            yield "null inside", [*good(1), None], "refused", f"{path}.2.member"
        smallest, largest = one.get("min", 0), one.get("max")
        yield f"{smallest} members", good(smallest), "accepted", path
        if smallest > 0:
            yield f"{smallest - 1} members", good(smallest - 1), "refused", path
        if largest:
            yield f"{largest} members", good(largest), "accepted", path
            yield f"{largest + 1} members", good(largest + 1), "refused", path
        for label, value, verdict, where in self.variants(one["member"], f"{path}.1.member", body):
            yield f"[0] {label}", [value], verdict, where
            if verdict == "refused" and (largest or 2) > 1:
                yield f"[1] {label}", [*good(1), value], verdict, where.replace(".1.member", ".2.member", 1)

    def _map(self, shape, one, path, body):
        yield from _wrong_types(path, [], [{}], "x", 7, True)
        key, value = one["key"], one["value"]
        good_key, good_value = samples.text(key, self.model.shapes[key]), self.sample(value)
        yield "null inside", {good_key: None}, "refused", path
        for bound in ("min", "max"):
            if bound in one:
                yield f"{one[bound]} members", self.pairs(one, one[bound]), "accepted", path
        if one.get("min", 0) > 0:
            yield f"{one['min'] - 1} members", self.pairs(one, one["min"] - 1), "refused", path
        if "max" in one:
            yield f"{one['max'] + 1} members", self.pairs(one, one["max"] + 1), "refused", path
        if key == "TagKey":
            for reserved in ("aws:", "aws:x", "AWS:x"):
                yield f"key reserved {reserved!r}", {reserved: good_value}, "refused", path
        for label, one_key, verdict, _ in self.variants(key, path, body=False):
            yield f"key {label}", {one_key: good_value}, verdict, path
        for label, one_value, verdict, where in self.variants(value, path):
            yield f"value {label}", {good_key: one_value}, verdict, where

    def _query(self, operation):
        base = self.minimal(operation)
        for m in operation.members:
            if m.location != "querystring" or self.model.shapes[m.shape]["type"] == "list":
                continue
            twice = f"{m.wire}=1&{m.wire}=1" if self.model.shapes[m.shape][
                "type"] == "integer" else f"{m.wire}=true&{m.wire}=true"
            rest = {name: value for name, value in base.items() if name != m.name}
            yield Case(operation.name, f"{m.name} twice", self.request(operation, rest, query=twice), "refused", m.name)
            yield Case(operation.name, f"{m.name} bad UTF-8", self.request(operation, rest, query=f"{m.wire}=%ff%fe"),
                       "refused", m.name)
        yield Case(operation.name, "query percent alone", self.request(operation, base, query="x=%"), "malformed")
        yield Case(operation.name, "query bad escape", self.request(operation, base, query="x=%zz"), "malformed")

    def _unknown_members(self, operation, base):
        """(label, values with members that the model does not have, the same without)."""
        if not self.has_body(operation):
            return
        for m in operation.members:
            if m.location != "body":
                continue
            for where, value in self._full(m.shape):
                for odd in ("x", None, [1], {"a": {}}):
                    yield (f"unknown member in {m.name}{where} {odd!r}",
                           base | {m.name: _planted(value, where, odd)}, base | {m.name: value})

    def _full(self, shape: str, where: str = ""):
        """(place, value) for each structure in the shape: a value that holds the structure at the place."""
        one = self.model.shapes[shape]
        match one["type"]:
            case "structure" if not one.get("union"):
                yield where, self.sample(shape)
        match one["type"]:
            case "structure":
                for m in self.model.members(shape):
                    rest = {} if one.get("union") else self.sample(shape)
                    for place, value in self._full(m.shape, f"{where}.{m.name}"):
                        yield place, {**rest, m.name: value}
            case "list":
                for place, value in self._full(one["member"], f"{where}.0"):
                    yield place, [value]

    # --- bodies ---------------------------------------------------------------------------------------------------

    def bodies(self, operation: Operation) -> Iterator[Case]:
        base, most = self.base(operation), LARGER_BODIES.get(operation.name, MAX_BODY)
        if not self.has_body(operation):
            for label, body in (("text", b"no body is wanted"), ("object", b'{"a":1}'), ("bad UTF-8", b"\xff\xfe\x00"),
                                ("as large as may be", b" " * most)):
                yield Case(operation.name, f"body {label} where none is", changed(base, body=body), "same", twin=base)
            yield Case(operation.name, "body too large where none is", changed(base, body=b" " * (most + 1)), "refused")
            return

        def case(label, body, verdict, path="", **how):
            return Case(operation.name, f"body {label}", changed(base, body=body, **how), verdict, path, twin=base)

        good = base.body
        inside = good[:-1] + (b"," if len(good) > 2 else b"")  # to be gone on with
        for body in (b"{", b"nope", b"{'a':1}", b'{"a":}', b'{"a":1,}', b'{"a":NaN}', b'{"a":01}', b"/**/" + good,
                     good + b"x", good + good,
                     good[:-1], inside + b'"\x00":1}', inside + b'"a":"\n"}', inside + b'"a":"\\x"}',
                     inside + b'"a":"\\u12"}'):
            yield case(f"no JSON {body[:40]!r}..{body[-8:]!r}", body, "refused")
        for body in (b"[]", b'"x"', b"7", b"1e999", b"true", b"null", b"[%s]" % good):
            yield case(f"no object {body[:40]!r}", body, "refused")
        for odd in (b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80"):
            yield case(f"bad UTF-8 {odd!r} in a value", inside + b'"a":"%s"}' % odd, "refused")
            yield case(f"bad UTF-8 {odd!r} in a name", inside + b'"%s":1}' % odd, "refused")
        for m in operation.members:
            if m.location == "body" and self.model.shapes[m.shape]["type"] == "string":
                rest = json.loads(good)
                rest.pop(m.wire, None)
                text = json.dumps(rest).encode()[:-1] + b", " * bool(rest) + b'"%s":"\xff\xfe\xfd"}' % m.wire.encode()
                yield case(f"bad UTF-8 in {m.name}", text, "refused")
                lone = json.dumps({**rest, m.wire: "\ud800" * 5}).encode()
                yield case(f"a lone surrogate in {m.name}", lone, "any")
        yield case("UTF-16", good.decode().encode("utf-16"), "refused")
        yield case("byte order mark", b"\xef\xbb\xbf" + good, "refused")
        yield case("white space around", b" \t\r\n" + good + b"\n ", "same")
        yield case("chunked", good, "same", chunked=True)
        yield case("none", b"", "refused" if any(m.required and m.location == "body" for m in operation.members)
                   else "same")
        yield case("a member twice", inside + b'"noSuchMember":1,"noSuchMember":2}', "same")
        for kind in ("text/plain", "application/x-amz-json-1.1", "application/json; charset=utf-8", ""):
            yield case(f"content-type {kind!r}", good, "same", headers=(("content-type", kind),) if kind else ())
        fill = most - len(inside) - len(b'"a":""}')
        yield case("as large as may be", inside + b'"a":"%s"}' % (b"x" * fill), "same")
        yield case("too large by a byte", inside + b'"a":"%s"}' % (b"x" * (fill + 1)), "refused")
        yield case("too large by a byte, chunked", inside + b'"a":"%s"}' % (b"x" * (fill + 1)), "refused", chunked=True)
        deep = NESTED - 10
        yield case("nested deeply", inside + b'"a":' + b"[" * deep + b"]" * deep + b"}", "same")
        yield case("nested too deeply", inside + b'"a":' + b"[" * 2 * NESTED + b"]" * 2 * NESTED + b"}", "refused")
        yield case("nested objects too deeply", inside + b'"a":' + b'{"a":' * 2 * NESTED + b"1" + b"}" * 2 * NESTED
                   + b"}", "refused")
        yield case("a million open brackets", b"[" * 1_000_000, "refused")
        yield case("many members", inside + b",".join(b'"m%d":%d' % (n, n) for n in range(15_000)) + b"}", "same")

    # --- paths ----------------------------------------------------------------------------------------------------

    def paths(self, operation: Operation) -> Iterator[Case]:
        base = self.base(operation)
        path, _, query = base.target.partition(b"?")
        after = b"?" + query if query else b""

        def case(label, target, verdict, where="", twin=None):
            return Case(operation.name, f"path {label}", changed(base, target=target + after), verdict,
                        where, twin=twin)

        for label, target in (("with a slash at the end", path + b"/"), ("with two slashes", b"/" + path),
                              ("with a dot", b"/." + path),
                              ("with two dots", b"/x/.." + path),
                              ("through another", path + b"/../" + path.rsplit(b"/", 1)[-1]),
                              ("in upper case", b"/" + path.split(b"/")[1].upper() + b"/"
                               + b"/".join(path.split(b"/")[2:])),
                              ("with an escaped letter", b"/%" + path[1:2].hex().encode() + path[2:]),
                              ("with an escaped slash", path.replace(b"/", b"%2F").replace(b"%2F", b"/", 1) + b"%2F"),
                              ("with more", path + b"/more/than/any"), ("with a null", path + b"/a/b/%00"),
                              ("with bad UTF-8", path + b"/a/b/%ff")):
            yield case(label, target, "unknown")
        for label, target in (("with a percent alone", path + b"/%"), ("with a bad escape", path + b"/%zz"),
                              ("with a space", path + b"/a b")):
            yield case(label, target, "broken")
        yield case("with an unknown parameter", path, "same", twin=base)
        yield Case(operation.name, "an unknown parameter",
                   changed(base, target=path + (after + b"&" if after else b"?") + b"noSuch=1&a=%2F"),
                   "same", twin=base)
        for m in operation.members:
            if m.location != "uri":
                continue
            template = self.request(operation, self.minimal(operation) | {m.name: "LABEL"}).target.partition(b"?")[0]
            strict = "pattern" in self.model.shapes[m.shape]
            for raw in (b"a%2Fb", b"%2F", b"..%2F..%2Fetc%2Fpasswd", b"%2e%2e", b"%2E", b"%00", b"%20", b"x%0Ay",
                        b"%25", b"%252F",
                        b"%C3%A9", b"*", b"x;y", b"x=y", b"x@y:z", b"%3Fa=b", b"%23", b"\xc3\xa9", b"x" * 4000):
                yield case(f"{m.name} {raw[:30]!r}", template.replace(b"LABEL", raw), "refused"
                           if strict else "accepted", m.name)
            for raw in (b"%ff", b"%C3", b"a%ED%A0%80", b"%c0%af"):
                yield case(f"{m.name} {raw!r}", template.replace(b"LABEL", raw), "refused", m.name)
            for raw in (b"", b".", b".."):
                yield case(f"{m.name} {raw!r}", template.replace(b"LABEL", raw), "unknown")
            for raw in (b"%", b"%2", b"%zz", b"%u0041"):
                yield case(f"{m.name} {raw!r}", template.replace(b"LABEL", raw), "broken")

    # --- methods and signatures -----------------------------------------------------------------------------------

    def methods(self, operation: Operation) -> Iterator[Case]:
        base = self.base(operation)
        here = sorted(o.method for o in self.model.operations.values() if _form(o.uri) == _form(operation.uri))
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get", "PROPFIND"):
            if method not in here:
                for body in (b"", b"{}"):
                    yield Case(operation.name, f"method {method} {body!r}", changed(base, method=method, body=body),
                               "unknown", allow=", ".join(here))

    def signatures(self, operation: Operation) -> Iterator[Case]:
        base = self.base(operation)
        for spoilt in ("none", "secret", "key", "body"):
            yield Case(operation.name, f"signature spoilt: {spoilt}", changed(base, spoilt=spoilt), "unsigned")
        huge = changed(base, body=b" " * (MAX_BODY + 1), spoilt="none")
        yield Case(operation.name, "a huge body without a signature", huge, "unsigned")

    GROUPS = ("members", "bodies", "paths", "methods", "signatures")

    def cases(self, operation: Operation, group: str) -> list[Case]:
        return list(getattr(self, group)(operation))


def _wrong_types(path, *values):
    for value in values:
        yield f"type {json.dumps(value)}", value, "refused", path


def _query_text(value) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def _form(uri: str) -> list[str]:
    return ["{}" if part.startswith("{") else part for part in uri.split("/")]


def _planted(value, where: str, odd):
    """A copy of the value with an unknown member in the structure at the place."""
    copy = json.loads(json.dumps(value))
    at = copy
    for step in where.split(".")[1:]:
        at = at[int(step) if isinstance(at, list) else step]
    at["noSuchMember"] = odd
    return copy
