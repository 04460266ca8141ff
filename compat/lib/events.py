"""What a server tells of transitions: the shape of an event, the events of a file, and what brings every kind about."""

from __future__ import annotations

import datetime
import json
import re
import sqlite3
import uuid
from collections import defaultdict

import pytest

import made
import server as servers
from accounts import ADMIN, REGION

BOB = "222222222222"
ENVELOPE = ["version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"]
KINDS = {f"{kind} Status Change" for kind in (
    "Variant Store", "Annotation Store", "Variant Import Job", "Annotation Import Job", "Variant Store Share",
    "Annotation Store Share")}


@pytest.fixture(scope="module")
def files(bucket):
    (bucket / "ref.fa").write_text(">22\n" + "ACGT" * 50 + "\n")
    (bucket / "one.gff").write_text("##gff-version 3\n22\tx\tgene\t1\t9\t.\t+\t.\tID=g1\n")
    (bucket / "bad.gff").write_text("##gff-version 3\n22\tx\tgene\tone\t9\t.\t+\t.\tID=g1\n")
    made.big_vcf(bucket / "good.vcf", 10)
    made.bad_vcf(bucket / "bad.vcf", 3)
    made.big_vcf(bucket / "big.vcf", 300_000)
    return bucket


def check_envelope(event: dict) -> None:
    """EventBridge's, with the detail that HealthOmics has."""
    assert list(event) == ENVELOPE, event
    assert (event["version"], event["source"], event["region"]) == ("0", "aws.omics", REGION)
    assert str(uuid.UUID(event["id"])) == event["id"] and uuid.UUID(event["id"]).version == 4
    assert event["detail-type"] in KINDS, event
    assert re.fullmatch(r"\d{12}", event["account"])
    at = datetime.datetime.strptime(event["time"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.UTC)
    assert abs(datetime.datetime.now(datetime.UTC) - at) < datetime.timedelta(minutes=10)
    detail = event["detail"]
    assert detail["omicsVersion"] == "1.0.0" and event["resources"] == [detail["arn"]]
    assert re.fullmatch(rf"arn:aws:omics:{REGION}:\d{{12}}:\S+", detail["arn"]) and detail["status"]
    assert detail["storeId"]
    kind = event["detail-type"].removesuffix(" Status Change")
    assert ("jobId" in detail) == kind.endswith("Job") and ("shareId" in detail) == kind.endswith("Share")
    if kind.endswith("Job"):
        assert detail["arn"] == f"arn:aws:omics:{REGION}:{event['account']}:{detail['storeName']}/{detail['jobId']}"
    elif kind.endswith("Store"):
        assert detail["arn"].startswith(f"arn:aws:omics:{REGION}:{event['account']}:")
        assert detail["arn"].endswith("/" + detail["storeName"])


def lives(events: list[dict]) -> dict[tuple, list[str]]:
    """The states of each thing, as each account was told of them."""
    found = defaultdict(list)
    for event in events:
        detail = event["detail"]
        kind = event["detail-type"].removesuffix(" Status Change")
        found[event["account"], kind, detail.get("jobId") or detail.get("shareId")
              or detail["storeId"]].append(detail["status"])
    return found


class Told:
    """The events of a file, so far."""

    def __init__(self, path):
        self.path = path

    def read(self) -> list[dict]:
        text = self.path.read_text() if self.path.exists() else ""
        assert not text or text.endswith("\n"), text[-200:]
        return [json.loads(line) for line in text.splitlines()]

    def until(self, done) -> list[dict]:
        servers.until(lambda: done(self.read()))
        return self.read()


def states(path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{path / 'varlake.db'}?mode=ro", uri=True)


def kept(server: servers.Server) -> int:
    """Rows of the events table."""
    state = states(server.data)
    try:
        return state.execute("SELECT count(*) FROM events").fetchone()[0]
    finally:
        state.close()


JOB = ["SUBMITTED", "IN_PROGRESS"]


def everything(admin, bob) -> dict[tuple, list[str]]:
    """Brings about every transition there is, and says what is to be told of each thing."""
    want: dict[tuple, list[str]] = {}
    mine = admin.omics
    reference = admin.reference()["arn"]
    store, notes = admin.variant_store("events", reference)["id"], admin.annotation_store("events_notes")["id"]
    want[ADMIN, "Variant Store", store] = ["CREATING", "CREATED", "UPDATED", "DELETING", "DELETED"]
    want[ADMIN, "Annotation Store", notes] = ["CREATING", "CREATED", "UPDATED", "DELETING", "DELETED"]
    mine.update_variant_store(name="events", description="new")
    mine.update_variant_store(name="events", description="new")  # no change
    mine.update_annotation_store(name="events_notes", description="new")
    for sources, end in ((["good"], "COMPLETED"), (["bad"], "FAILED"), (["good", "bad"], "COMPLETED_WITH_FAILURES")):
        done = admin.wait(admin.start_variants("events", *(f"s3://tmp/{name}.vcf" for name in sources)))
        assert done["status"] == end
        want[ADMIN, "Variant Import Job", done["id"]] = [*JOB, end]
    for name, end in (("one", "COMPLETED"), ("bad", "FAILED")):
        done = admin.wait(admin.start_annotations("events_notes", f"s3://tmp/{name}.gff"))
        assert done["status"] == end
        want[ADMIN, "Annotation Import Job", done["id"]] = [*JOB, end]

    running = admin.start_variants("events", *["s3://tmp/big.vcf"] * 8)
    servers.until(lambda: mine.get_variant_import_job(jobId=running)["status"] == "IN_PROGRESS")
    mine.cancel_variant_import_job(jobId=running)
    want[ADMIN, "Variant Import Job", running] = [*JOB, "CANCELLED"]

    for resource, kind, ended_by in (("variantStore/events", "Variant Store Share", "owner"),
                                     ("annotationStore/events_notes", "Annotation Store Share", "store")):
        share = admin.share(admin.arn(resource), bob)
        told = ["PENDING", "ACTIVATING", "ACTIVE", *(["DELETING"] if ended_by == "owner" else []), "DELETED"]
        want[ADMIN, kind, share] = want[BOB, kind, share] = told
        if ended_by == "owner":
            mine.delete_share(shareId=share)
            admin.until_share(share, "DELETED")

    forced = admin.start_variants("events", *["s3://tmp/big.vcf"] * 8)
    servers.until(lambda: mine.get_variant_import_job(jobId=forced)["status"] == "IN_PROGRESS")
    want[ADMIN, "Variant Import Job", forced] = [*JOB, "CANCELLED"]
    mine.delete_variant_store(name="events", force=True)
    mine.delete_annotation_store(name="events_notes")
    admin.gone("get_variant_store", name="events")
    admin.gone("get_annotation_store", name="events_notes")
    bobs = bob.annotation_store("bobs_notes")["id"]
    want[BOB, "Annotation Store", bobs] = ["CREATING", "CREATED"]
    return want


def each_once(events: list[dict]) -> list[tuple[str, str]]:
    """Names and states in the order of their first telling; that of a second one is the same."""
    seen: dict[str, tuple] = {}
    for event in events:
        said = event["detail"]["storeName"], event["detail"]["status"]
        assert seen.setdefault(event["id"], said) == said
    return list(seen.values())
