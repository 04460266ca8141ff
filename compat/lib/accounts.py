"""Accounts of a server beside its first: their keys, clients and queries, as their people have them."""

from __future__ import annotations

import contextlib
import http.client
import json
import select
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

import server as servers

REGION = "us-east-1"
ADMIN = "123456789012"
SESSION = boto3.Session(region_name=REGION)  # one, since each reads the service model anew


class Account:
    """An account by one of its keys. Without a policy the first key of an account may do everything in it."""

    def __init__(self, server: servers.Server, account: str, key: str, secret: str):
        self.server, self.account, self.key, self.secret = server, account, key, secret
        self.role = f"arn:aws:iam::{account}:role/import"

    @cached_property
    def omics(self):
        return self.client()

    def client(self, **config):
        config = {"retries": {"total_max_attempts": 1}, "inject_host_prefix": False, **config}
        client = SESSION.client("omics", endpoint_url=self.server.endpoint, aws_access_key_id=self.key,
                                aws_secret_access_key=self.secret, config=Config(**config))
        client.meta.events.register("after-call.omics.*", servers.check_answer)
        return client

    def arn(self, resource: str) -> str:
        return f"arn:aws:omics:{REGION}:{self.account}:{resource}"

    # --- queries ---------------------------------------------------------------------------------------------------

    def send(self, sql: str, format: str = "json") -> Query:
        return Query(self, sql, format)

    def ask(self, sql: str, seconds: float = 120) -> Answer:
        return self.send(sql).answer(seconds)

    def rows(self, sql: str) -> list[dict]:
        answer = self.ask(sql)
        assert answer.status == 200 and not answer.broken, f"{sql}\n{answer}"
        return answer.rows

    def trino(self, sql: str) -> Answer:
        """The answer to a statement in Trino's dialect."""
        return Query(self, sql, "json", dialect="trino").answer()

    def count(self, table: str) -> int:
        row, = self.rows(f"SELECT count(*) AS n FROM {table}")
        return row["n"]

    # --- what most tests begin with --------------------------------------------------------------------------------

    def reference(self, source: str = "s3://tmp/ref.fa") -> dict:
        """GetReferenceMetadata of a FASTA, imported into the account's reference store, which is made when there is
        none."""
        stores = self.omics.list_reference_stores()["referenceStores"]
        store = (stores[0] if stores else self.omics.create_reference_store(name="references"))["id"]
        job = self.omics.start_reference_import_job(
            referenceStoreId=store, roleArn=self.role,
            sources=[{"sourceFile": source, "name": source.rpartition("/")[2]}])["id"]

        def look():
            found = self.omics.get_reference_import_job(referenceStoreId=store, id=job)
            return found if found["status"] in servers.FINAL else None

        done = servers.until(look, pause=0.02)
        assert done["status"] == "COMPLETED", done
        return self.omics.get_reference_metadata(referenceStoreId=store, id=done["sources"][0]["referenceId"])

    def variant_store(self, name: str, reference: str, **more) -> dict:
        """An ACTIVE one on the reference of that ARN."""
        self.omics.create_variant_store(name=name, reference={"referenceArn": reference}, **more)
        return self._active(lambda: self.omics.get_variant_store(name=name))

    def annotation_store(self, name: str, **more) -> dict:
        """An ACTIVE one, GFF unless it is said otherwise."""
        self.omics.create_annotation_store(name=name, **{"storeFormat": "GFF", **more})
        return self._active(lambda: self.omics.get_annotation_store(name=name))

    def version(self, store: str, version: str, **more) -> dict:
        self.omics.create_annotation_store_version(name=store, versionName=version, **more)
        return self._active(lambda: self.omics.get_annotation_store_version(name=store, versionName=version))

    def _active(self, get) -> dict:
        def look():
            found = get()
            assert found["status"] in ("CREATING", "ACTIVE"), found
            return found if found["status"] == "ACTIVE" else None

        return servers.until(look, pause=0.02)

    def start_variants(self, store: str, *sources: str, **more) -> str:
        return self.omics.start_variant_import_job(
            **{"destinationName": store, "roleArn": self.role, "items": [{"source": source} for source in sources],
               **more})["jobId"]

    def start_annotations(self, store: str, source: str, **more) -> str:
        return self.omics.start_annotation_import_job(
            **{"destinationName": store, "roleArn": self.role, "items": [{"source": source}], **more})["jobId"]

    def job(self, job: str) -> dict:
        """Get...ImportJob, whichever kind it is of."""
        try:
            return self.omics.get_variant_import_job(jobId=job)
        except self.omics.exceptions.ResourceNotFoundException:
            return self.omics.get_annotation_import_job(jobId=job)

    def wait(self, job: str) -> dict:
        def look():
            found = self.job(job)
            return found if found["status"] in servers.FINAL else None

        return servers.until(look, pause=0.02)

    def load(self, store: str, *sources: str) -> dict:
        """A variant import job that must succeed."""
        done = self.wait(self.start_variants(store, *sources))
        assert done["status"] == "COMPLETED", done
        return done

    def annotate(self, store: str, source: str, **more) -> dict:
        """An annotation import job that must succeed."""
        done = self.wait(self.start_annotations(store, source, **more))
        assert done["status"] == "COMPLETED", done
        return done

    def share(self, arn: str, subscriber: Account, name: str = "share") -> str:
        """The id of an ACTIVE share."""
        share = self.omics.create_share(resourceArn=arn, principalSubscriber=subscriber.account,
                                        shareName=name)["shareId"]
        subscriber.omics.accept_share(shareId=share)
        self.until_share(share, "ACTIVE")
        return share

    def until_share(self, share: str, *statuses: str) -> dict:
        def look():
            found = self.omics.get_share(shareId=share)["share"]
            return found if found["status"] in statuses else None

        return servers.until(look, pause=0.02)

    def gone(self, operation: str, **request) -> None:
        """Waits until a Get answers that there is nothing."""
        def look():
            try:
                getattr(self.omics, operation)(**request)
            except self.omics.exceptions.ResourceNotFoundException:
                return True
            return False

        servers.until(look, pause=0.02)


def namespace(kind: str, owner: Account, store: dict) -> str:
    """The catalog namespace of a store by its Get; kind is variant or annotation."""
    return f"{kind}_{owner.account}_{store['id']}"


def command_key(server: servers.Server, account: str, name: str, policy: dict | None = None,
                folder: Path | None = None) -> dict:
    """`varlake access-key create`; what it printed."""
    more = []
    if policy is not None:
        file = folder / f"{name}.json"
        file.write_text(json.dumps(policy))
        more = ["--policy", str(file)]
    done = server.command("access-key", "create", "--account", account, "--name", name, "--json", *more)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def open_account(server: servers.Server, account: str, name: str = "root", policy: dict | None = None,
                 folder: Path | None = None) -> Account:
    """A new key of an account."""
    made = command_key(server, account, name, policy, folder)
    return Account(server, account, made["accessKeyId"], made["secretAccessKey"])


def administrator(server: servers.Server) -> Account:
    """The key that the data folder began with."""
    return Account(server, ADMIN, *server.credentials())


def allow(*actions: str, resource: str | list[str] = "*", **more) -> dict:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


def deny(*actions: str, resource: str | list[str] = "*", **more) -> dict:
    return {**allow(*actions, resource=resource, **more), "Effect": "Deny"}


def policy(*statements: dict) -> dict:
    return {"Version": "2012-10-17", "Statement": list(statements)}


# --- POST /varlake/query ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    status: int
    code: str = ""
    message: str = ""
    rows: list | None = None  # of a complete JSON answer
    broken: str = ""  # why an answer broke off, as the server says when asked


class Query:
    """A statement that was sent to the server."""

    def __init__(self, who: Account, sql: str, format: str, **more: str):
        self.who, self.format = who, format
        self.connection = self.post("/varlake/query", {"sql": sql, "format": format, **more})
        self.response: http.client.HTTPResponse | None = None

    def post(self, path: str, body: dict) -> http.client.HTTPConnection:
        who, data = self.who, json.dumps(body).encode()
        request = AWSRequest("POST", who.server.endpoint + path, headers={"Content-Type": "application/json"},
                             data=data)
        SigV4Auth(Credentials(who.key, who.secret), "omics", REGION).add_auth(request)
        connection = http.client.HTTPConnection(who.server.endpoint.removeprefix("http://"), timeout=120)
        connection.request("POST", path, data, dict(request.headers))
        return connection

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.hang_up()

    def begun(self, seconds: float = 120) -> http.client.HTTPResponse:
        """The answer's head, once it is there."""
        if self.response is None:
            self.connection.sock.settimeout(seconds)
            self.response = self.connection.getresponse()
        return self.response

    def waits(self, seconds: float) -> bool:
        """Whether nothing is heard of it for that long."""
        readable, _, _ = select.select([self.connection.sock], [], [], seconds)
        return not readable

    def answer(self, seconds: float = 120) -> Answer:
        """All of it; the connection is closed then."""
        head = self.begun(seconds)
        try:
            body, broken = head.read(), ""
        except http.client.IncompleteRead:
            body, broken = b"", self.why_broken(head)
        self.hang_up()
        if head.status != 200:
            return Answer(head.status, head.getheader("x-amzn-errortype", ""), json.loads(body)["message"])
        return Answer(200, rows=json.loads(body) if self.format == "json" and not broken else None, broken=broken)

    def why_broken(self, head: http.client.HTTPResponse) -> str:
        """What a client of Varlake's asks when an answer has no end."""
        connection = self.post("/varlake/broken", {"requestId": head.getheader("x-amzn-requestid")})
        with contextlib.closing(connection):
            return json.loads(connection.getresponse().read())["message"]

    def hang_up(self) -> None:
        """The client leaves; the server ends the statement."""
        self.connection.close()
        if self.response is not None:
            self.response.close()
