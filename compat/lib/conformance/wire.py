"""Requests as bytes: signed by hand, sent over a plain socket, so that what no client would send reaches the server."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import http.client
import json
import socket
import urllib.parse
from dataclasses import dataclass, field, replace

from botocore.utils import normalize_url_path


@dataclass(frozen=True)
class Request:
    method: str
    target: bytes  # path and query as they stand on the request line
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    chunked: bool = False
    spoilt: str = ""  # how the signature is: "" good, "none", "secret", "key", "body"

    def __str__(self) -> str:
        body = self.body if len(self.body) <= 300 else self.body[:300] + b"... %d bytes" % len(self.body)
        return f"{self.method} {self.target[:300]!r} {dict(self.headers) or ''} {body!r}{' spoilt: ' + self.spoilt if self.spoilt else ''}"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str] = field(default_factory=dict)  # names in lower case
    body: bytes = b""

    @property
    def code(self) -> str:
        return self.headers.get("x-amzn-errortype", "").split(":")[0]

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def message(self) -> str:
        try:
            return self.json["message"]
        except (ValueError, KeyError, TypeError):
            return ""

    def __str__(self) -> str:
        return f"{self.status} {self.code} {self.body[:400]!r}"


class Wire:
    """One connection, made again when the server closed it."""

    def __init__(self, endpoint: str, key: str, secret: str, region: str = "us-east-1"):
        where = urllib.parse.urlsplit(endpoint)
        self.address, self.host = (where.hostname, where.port), where.netloc
        self.key, self.secret, self.region = key, secret, region
        self.socket: socket.socket | None = None

    def send(self, request: Request) -> Answer:
        data = self._bytes(request)
        fresh = self.socket is None
        try:
            return self._exchange(request.method, data)
        except (ConnectionError, http.client.BadStatusLine):
            self.close()
            if fresh:
                raise
        return self._exchange(request.method, data)  # the idle connection was closed meanwhile

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self.socket = None

    def _exchange(self, method: str, data: bytes) -> Answer:
        if self.socket is None:
            self.socket = socket.create_connection(self.address, timeout=60)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.socket.sendall(data)
        except ConnectionError:
            pass  # refused before its end: there may be an answer all the same
        got = http.client.HTTPResponse(self.socket, method=method)
        got.begin()
        answer = Answer(got.status, {name.lower(): value for name, value in got.getheaders()}, got.read())
        if got.will_close:
            self.close()
        return answer

    def _bytes(self, request: Request) -> bytes:
        headers = {"host": self.host, **dict(request.headers)}
        if request.spoilt != "none":
            headers |= self._signature(request, headers)
        body = request.body
        if request.spoilt == "body":
            body = b" " + body[1:] if body else b"{}"
        if request.chunked:
            headers["transfer-encoding"] = "chunked"
            size = 1 << 20
            parts = (body[at:at + size] for at in range(0, len(body), size))
            body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
        elif body:
            headers["content-length"] = str(len(body))
        head = b"%s %s HTTP/1.1\r\n" % (request.method.encode(), request.target)
        return head + "".join(f"{name}: {value}\r\n"
                              for name, value in headers.items()).encode("latin-1") + b"\r\n" + body

    def _signature(self, request: Request, headers: dict[str, str]) -> dict[str, str]:
        """Signature Version 4 over the target as it stands; SDKs would tidy it first."""
        now = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%SZ")
        scope = f"{now[:8]}/{self.region}/omics/aws4_request"
        path, _, query = request.target.decode("latin-1").partition("?")
        signed = {"host": headers["host"], "x-amz-date": now}
        canonical = "\n".join([
            request.method, urllib.parse.quote(normalize_url_path(path).encode("latin-1"), safe="/~"),
            _canonical_query(query),
            *(f"{name}:{value}" for name, value in signed.items()), "", ";".join(signed),
            hashlib.sha256(request.body).hexdigest()])
        secret = "another" if request.spoilt == "secret" else self.secret
        digest = ("AWS4" + secret).encode()
        for part in scope.split("/"):
            digest = hmac.digest(digest, part.encode(), "sha256")
        text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        key = "AKIAIOSFODNN7EXAMPLE" if request.spoilt == "key" else self.key
        return {"x-amz-date": now, "authorization": f"AWS4-HMAC-SHA256 Credential={key}/{scope}, "
                f"SignedHeaders={';'.join(signed)}, Signature={hmac.digest(digest, text.encode(), 'sha256').hex()}"}


def _canonical_query(query: str) -> str:
    pairs = []
    for part in filter(None, query.split("&")):
        name, _, value = part.partition("=")
        pairs.append(tuple(urllib.parse.quote(urllib.parse.unquote_to_bytes(text.replace("+", " ")), safe="~")
                           for text in (name, value)))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def changed(request: Request, **how) -> Request:
    return replace(request, **how)
