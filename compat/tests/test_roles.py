"""The roles of jobs, against moto: a real STS, IAM and S3 over HTTP that enforces signatures, policies and trust.

`serve --roles` says which roles are assumed at moto's STS. Each of two roles may read one bucket by its IAM policy;
the others' trust policies keep the server out, or ask for an external id.
"""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import urllib.request

import boto3
import pytest
from botocore.config import Config

import made
import server as servers

ACCOUNT = "123456789012"  # moto's own, and therefore that of keys without a known account
RECORDS = 40
EXTERNAL_ID = "varlake/lab:7"
BUCKETS = {"alpha": "roles-alpha", "beta": "roles-beta"}


def arn(role: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{role}"


class Moto:
    """moto's server as a child process. Until enforce() it asks no one for a signature or a right."""

    def __init__(self, log):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.endpoint, self.log = f"http://127.0.0.1:{port}", log
        with open(log, "ab") as out:
            self.process = subprocess.Popen([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
                                            stdout=out, stderr=out)

    def await_answer(self):
        def look():
            assert self.process.poll() is None, self.log.read_text(errors="replace")
            with contextlib.suppress(OSError):
                return self.post("/moto-api/reset") or True

        servers.until(look, servers.START_SECONDS)

    def post(self, path: str, body: str = "") -> bytes:
        request = urllib.request.Request(self.endpoint + path, data=body.encode(),
                                         headers={"Content-Type": "text/plain"}, method="POST")
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.read()

    def enforce(self):
        self.post("/moto-api/reset-auth", "0")

    def sessions(self) -> list[dict]:
        """Every session of an assumed role, as moto remembers it."""
        with urllib.request.urlopen(self.endpoint + "/moto-api/data.json", timeout=5) as answer:
            return json.load(answer)["sts"]["AssumedRole"]

    def client(self, service: str):
        return boto3.client(service, endpoint_url=self.endpoint, region_name="us-east-1", aws_access_key_id="setup",
                            aws_secret_access_key="setup", config=Config(s3={"addressing_style": "path"}))

    def stop(self):
        self.process.terminate()
        self.process.wait(120)


def allow(action: str, *resources: str) -> dict:
    return {"Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": action.split(), "Resource": list(resources)}]}


def trust(principal: str, external_id: str = "") -> str:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": [principal]}}
    if external_id:
        statement["Condition"] = {"StringEquals": {"sts:ExternalId": external_id}}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture(scope="module")
def moto(tmp_path_factory):
    one = Moto(tmp_path_factory.mktemp("moto") / "moto.log")
    try:
        one.await_answer()
        yield one
    finally:
        one.stop()


@pytest.fixture(scope="module")
def assumer(moto, tmp_path_factory):
    """The buckets, the roles, and the key of the user that may assume roles. From here on moto enforces them."""
    s3, iam, folder = moto.client("s3"), moto.client("iam"), tmp_path_factory.mktemp("made")
    source = made.big_vcf(folder / "in.vcf", RECORDS).read_bytes()
    reference = (servers.CORPUS / "reference" / "GRCh37.MT.fa").read_bytes()
    for bucket in BUCKETS.values():
        s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key="in.vcf", Body=source)
        s3.put_object(Bucket=bucket, Key="MT.fa", Body=reference)
    user = iam.create_user(UserName="varlake")["User"]["Arn"]
    iam.put_user_policy(UserName="varlake", PolicyName="assume",
                        PolicyDocument=json.dumps(allow("sts:AssumeRole", arn("*"))))
    stranger = f"arn:aws:iam::{ACCOUNT}:user/stranger"
    for role, bucket, trusted in [
        ("alpha", "alpha", trust(user)),
        ("beta", "beta", trust(user)),
        ("untrusting", "alpha", trust(stranger)),
        ("guarded", "alpha", trust(user, EXTERNAL_ID)),
        ("guarded-otherwise", "alpha", trust(user, EXTERNAL_ID)),
    ]:
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=trusted)
        name = BUCKETS[bucket]
        iam.put_role_policy(RoleName=role, PolicyName="read", PolicyDocument=json.dumps(
            allow("s3:GetObject s3:HeadObject s3:ListBucket s3:ListObjectsV2", f"arn:aws:s3:::{name}",
                  f"arn:aws:s3:::{name}/*")))
    key = iam.create_access_key(UserName="varlake")["AccessKey"]
    moto.enforce()
    return {"accessKeyId": key["AccessKeyId"], "secretAccessKey": key["SecretAccessKey"]}


@pytest.fixture(scope="module")
def server(binary, corpus, bucket, moto, assumer, tmp_path_factory):
    """Takes the place of conftest's."""
    roles = {
        "sts": {"endpoint": moto.endpoint, **assumer, "durationSeconds": 1800},
        "roles": {
            servers.ROLE: {"server": True, "buckets": ["corpus"]},
            arn("guarded"): {"assume": True, "externalId": EXTERNAL_ID},
            arn("guarded-otherwise"): {"assume": True, "externalId": "another"},
            arn("alpha"): {"assume": True},
            arn("*t*"): {"assume": True},
        },
        "default": "deny",
    }
    made.big_vcf(bucket / "in.vcf", RECORDS)
    folder = tmp_path_factory.mktemp("server")
    (folder / "roles.json").touch(0o600)
    (folder / "roles.json").write_text(json.dumps(roles))
    one = servers.Server(folder, {"corpus": corpus, "tmp": bucket}, "--roles", str(folder / "roles.json"),
                         "--s3-endpoint", moto.endpoint)
    # The server's own key is none that moto knows: what is read from moto is read as a role.
    one.start(VARLAKE_S3_ACCESS_KEY_ID="nobody", VARLAKE_S3_SECRET_ACCESS_KEY="nobody")
    yield one
    if one.running:
        assert one.stop() == 0, f"the server's last words:\n{one.tail()}"


def load(user, store: str, role: str, source: str) -> dict:
    job = user.omics.start_variant_import_job(destinationName=store, roleArn=role, items=[{"source": source}])["jobId"]
    return user.wait(job)


def uri(bucket: str, key: str = "in.vcf") -> str:
    return f"s3://{BUCKETS[bucket]}/{key}"


def refused(role: str) -> str:
    """moto words a refusal in another shape than AWS, which the SDK does not read; internal/source/blob tests that of
    AWS."""
    return f"Role {arn(role)} cannot be assumed: STS refused with status 403"


def message(job: dict) -> str:
    """What a failed job of one item says."""
    item, = job["items"]
    assert (job["status"], item["jobStatus"]) == ("FAILED", "FAILED"), job
    return item["statusMessage"]


@pytest.mark.parametrize("role", ["alpha", "beta"])
def test_role_reads_its_bucket(user, store, server, moto, role):
    before = len(moto.sessions())
    done = load(user, store, arn(role), uri(role))
    assert done["status"] == "COMPLETED", done
    rows, = server.query(f"SELECT count(*) AS n FROM {store} WHERE importjobid = '{done['id']}'")
    assert rows["n"] == RECORDS
    session, = moto.sessions()[before:]
    assert session["session_name"] == done["id"] and session["role_arn"] == arn(role), session


@pytest.mark.parametrize(("role", "other"), [("alpha", "beta"), ("beta", "alpha")])
def test_role_does_not_read_anothers_bucket(user, store, role, other):
    assert message(load(user, store, arn(role), uri(other))) == f"{uri(other)}: access denied to role {arn(role)}"


@pytest.mark.parametrize("source", [uri("alpha"), "s3://tmp/in.vcf"])
def test_role_that_cannot_be_assumed(user, store, source):
    """Wherever the source is: a folder needs no credentials, but the role counts."""
    assert message(load(user, store, arn("untrusting"), source)) == refused("untrusting")


def test_role_reads_folders(user, store):
    assert load(user, store, arn("beta"), "s3://tmp/in.vcf")["status"] == "COMPLETED"


def test_external_id(user, store, moto):
    before = len(moto.sessions())
    assert load(user, store, arn("guarded"), uri("alpha"))["status"] == "COMPLETED"
    session, = moto.sessions()[before:]
    assert session["external_id"] == EXTERNAL_ID, session


def test_wrong_external_id(user, store):
    assert message(load(user, store, arn("guarded-otherwise"), uri("alpha"))) == refused("guarded-otherwise")


def test_server_role_is_held_to_its_buckets(user, store):
    said = message(load(user, store, servers.ROLE, "s3://tmp/in.vcf"))
    assert said == f"s3://tmp/in.vcf: access denied: role {servers.ROLE} may not read bucket tmp"


def test_role_that_is_not_configured(user, store):
    said = message(load(user, store, arn("nobody"), "s3://tmp/in.vcf"))
    assert said == f"Role {arn('nobody')} cannot be used: it is not configured on this server"


def test_reference_import(user):
    """Reference import jobs have roles too."""
    store = user.reference_store()
    for role, status, words in [
        ("alpha", "COMPLETED", ""),
        ("beta", "FAILED", f"{uri('alpha', 'MT.fa')}: access denied to role {arn('beta')}"),
        ("untrusting", "FAILED", refused("untrusting")),
    ]:
        job = user.omics.start_reference_import_job(referenceStoreId=store, roleArn=arn(role), sources=[
            {"sourceFile": uri("alpha", "MT.fa"), "name": f"MT-{role}"}])["id"]
        done = user.wait_reference(store, job)
        source, = done["sources"]
        assert done["status"] == status and (not words or source["statusMessage"] == words), done


def test_uploads_are_read_under_any_role(server, store, tmp_path):
    """`varlake import` hands a local file over in the server's own bucket, which no role is asked for."""
    done = server.command("import", store, str(made.big_vcf(tmp_path / "local.vcf", RECORDS)), "--role-arn",
                          arn("untrusting"))
    assert done.returncode == 0, done.stderr


def test_sts_that_does_not_answer(user, store, moto):
    """The last one: it stops moto."""
    moto.stop()
    said = message(load(user, store, arn("alpha"), "s3://tmp/in.vcf"))
    assert said == f"Role {arn('alpha')} cannot be assumed: STS did not answer"
