"""Answers that break off: no client can take one for a whole, and ours say why."""

import itertools
import json
import shutil
import subprocess

import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

import server as servers
from accounts import REGION

NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    one = servers.Server(tmp_path_factory.mktemp("server"), {}, "--query-spill", str(16 << 20)).start()
    yield one
    assert one.stop() == 0


@pytest.fixture
def key(server):
    """An administrator's key that the test deletes."""
    made = json.loads(server.command("access-key", "create", "--account", "210987654321", "--name",
                                     f"key{next(NUMBERS)}", "--json").stdout)
    return made["accessKeyId"], made["secretAccessKey"]


def delete(server, key):
    done = server.command("access-key", "delete", key[0])
    assert done.returncode == 0, done.stderr


def request(server, key, body):
    signed = AWSRequest("POST", server.endpoint + "/varlake/query", headers={"Content-Type": "application/json"},
                        data=json.dumps(body).encode())
    SigV4Auth(Credentials(*key), "omics", REGION).add_auth(signed)
    return requests.post(signed.url, data=signed.data, headers=dict(signed.headers), stream=True, timeout=60)


@pytest.mark.parametrize("format", ["csv", "json"])
def test_requests_raises(server, key, format):
    with request(server, key, {"sql": servers.ENDLESS, "format": format}) as answer:
        assert answer.status_code == 200
        parts = answer.iter_content(1 << 16)
        assert next(parts)
        delete(server, key)
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            for _ in parts:
                pass


@pytest.mark.parametrize("http", ["--http1.1", "--http1.0"])
def test_curl_fails(server, key, http):
    curl = shutil.which("curl")
    assert curl, "curl is needed"
    asked = [curl, "-sS", "-N", http, "--aws-sigv4", f"aws:amz:{REGION}:omics", "--user", ":".join(key), "-H",
             "Content-Type: application/json",
             "-d", json.dumps({"sql": servers.ENDLESS, "format": "csv"}), server.endpoint + "/varlake/query"]
    with subprocess.Popen(asked, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"x\n"
        delete(server, key)
        _, words = process.communicate(timeout=120)
    assert process.returncode in (18, 56), words  # a partial file; a reset


def test_a_failing_statement_has_a_status(server, key):
    """An error after some rows comes before the answer is begun."""
    sql = """SELECT CAST(IF(a.x = 9 AND b.x = 5, 'no number', CAST(b.x AS varchar)) AS bigint) AS y
        FROM UNNEST(sequence(0, 9)) AS a (x), UNNEST(sequence(0, 9999)) AS b (x)"""
    with request(server, key, {"sql": sql, "format": "csv"}) as answer:
        assert answer.status_code == 400 and "no number" in answer.json()["message"]
