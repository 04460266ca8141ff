"""A client of a running server that adds next to nothing to what it measures: one connection, requests signed here
(Signature Version 4)."""

import configparser
import datetime
import hashlib
import hmac
import http.client
import json

REGION, SERVICE, PROFILE = "us-east-1", "omics", "varlake"


class Client:
    """Signs as the administrator of a data folder, for the server at host:port."""

    def __init__(self, folder, address):
        credentials = configparser.ConfigParser()
        credentials.read_string((folder / "aws" / "credentials").read_text())
        profile = credentials[PROFILE]
        self.key, self.secret = profile["aws_access_key_id"], profile["aws_secret_access_key"]
        self.account = profile["aws_account_id"]
        self.address, self.connection = address, http.client.HTTPConnection(address, timeout=600)

    def call(self, method, path, body=None):
        """The answer's body."""
        payload = b"" if body is None else json.dumps(body).encode()
        self.connection.request(method, path, payload or None, self.headers(method, path, payload))
        response = self.connection.getresponse()
        answer = response.read()
        if response.status != 200:
            raise ConnectionError(f"{method} {path}: {response.status} {answer.decode(errors='replace')[:300]}")
        return answer

    def headers(self, method, path, payload):
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        scope = f"{now[:8]}/{REGION}/{SERVICE}/aws4_request"
        signed = "host;x-amz-date"
        canonical = f"{method}\n{path}\n\nhost:{self.address}\nx-amz-date:{now}\n\n{signed}\n{hashlib.sha256(payload).hexdigest()}"
        key = ("AWS4" + self.secret).encode()
        for part in [*scope.split("/"),
                     f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"]:
            key = hmac.digest(key, part.encode(), "sha256")
        return {
            "Content-Type": "application/json",
            "X-Amz-Date": now,
            "Authorization": f"AWS4-HMAC-SHA256 Credential={self.key}/{scope}, SignedHeaders={signed}, Signature={key.hex()}",
        }
