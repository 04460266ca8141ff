"""Events: every transition of stores, jobs and shares, in EventBridge's shape, in a file and at a webhook, each at
least once and in order."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import json
import re
import socket
import sqlite3
import threading
import time
import uuid
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import made
import server as servers
from accounts import ADMIN, REGION, administrator, open_account

BOB = "222222222222"
SECRET = "a secret of two parties"
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
    assert re.fullmatch(rf"arn:aws:omics:{REGION}:\d{{12}}:\S+",
        detail["arn"]) and detail["status"] and detail["storeId"]
    kind = event["detail-type"].removesuffix(" Status Change")
    assert ("jobId" in detail) == kind.endswith("Job") and ("shareId" in detail) == kind.endswith("Share")
    if kind.endswith("Job"):
        assert detail["arn"] == f"arn:aws:omics:{REGION}:{event['account']}:{detail['storeName']}/{detail['jobId']}"
    elif kind.endswith("Store"):
        assert detail["arn"].startswith(f"arn:aws:omics:{REGION}:{event['account']}:") and detail["arn"].endswith("/"
            + detail["storeName"])


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


# --- a file -----------------------------------------------------------------------------------------------------------

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


def test_every_transition_is_in_the_file(binary, files, tmp_path):
    told = Told(tmp_path / "events.jsonl")
    one = servers.Server(tmp_path, {"tmp": files}, "--events-file", str(told.path)).start()
    try:
        admin, bob = administrator(one), open_account(one, BOB)
        want = everything(admin, bob)
        events = told.until(lambda events: len(events) >= sum(map(len, want.values())))
        servers.until(lambda: kept(one) == 0)  # what every sink has is forgotten
    finally:
        assert one.stop() == 0
    assert lives(told.read()) == want
    for event in events:
        check_envelope(event)
    assert len({event["id"] for event in events}) == len(events)
    assert [event["time"] for event in events] == sorted(event["time"] for event in events)
    messages = {event["detail"]["status"]: event["detail"].get("statusMessage", "") for event in events
        if event["detail-type"] == "Variant Import Job Status Change"}
    assert "1 of 2 items" in messages["COMPLETED_WITH_FAILURES"] and messages["FAILED"]
    shares = [event for event in events if event["detail-type"].endswith("Share Status Change")]
    assert {event["detail"]["arn"] for event in shares} == {admin.arn("variantStore/events"),
        admin.arn("annotationStore/events_notes")}
    names = {event["detail"].get("storeName") for event in events
        if not event["detail-type"].endswith("Share Status Change")}
    assert names == {"events", "events_notes", "bobs_notes"}


def test_a_store_that_cannot_be_made(binary, files, tmp_path):
    told = Told(tmp_path / "events.jsonl")
    one = servers.Server(tmp_path, {"tmp": files}, "--events-file", str(told.path)).start()
    try:
        admin = administrator(one)
        (one.data / "tables").mkdir(exist_ok=True)
        (one.data / "tables").rmdir()
        (one.data / "tables").write_text("not a folder")
        admin.omics.create_annotation_store(name="broken", storeFormat="GFF")
        servers.until(lambda: admin.omics.get_annotation_store(name="broken")["status"] == "FAILED")
        events = told.until(lambda events: len(events) >= 2)
    finally:
        assert one.stop() == 0
    assert [event["detail"]["status"] for event in events] == ["CREATING", "CREATION_FAILED"]
    assert events[-1]["detail"]["statusMessage"]


def test_a_file_goes_on_after_a_stop_a_crash_and_a_torn_line(binary, files, tmp_path):
    told = Told(tmp_path / "events.jsonl")
    one = servers.Server(tmp_path, {"tmp": files}, "--events-file", str(told.path)).start()
    admin = administrator(one)
    admin.annotation_store("first")
    assert one.stop() == 0
    before = told.read()  # a stop need not wait for the delivery: what is not here comes later
    with open(told.path, "a") as file:
        file.write('{"version":"0","id":"1234')
    one.start()
    administrator(one).annotation_store("second")
    told.until(lambda events: len(events) >= 4)
    administrator(one).omics.create_annotation_store(name="third", storeFormat="GFF")
    one.kill()
    one.start()
    try:
        administrator(one)._active(lambda: administrator(one).omics.get_annotation_store(name="third"))
        events = told.until(lambda events: len({event["id"] for event in events}) >= 6)
    finally:
        assert one.stop() == 0
    assert events[:len(before)] == before
    assert each_once(events) == [(name, status) for name in ("first", "second", "third")
        for status in ("CREATING", "CREATED")]


def each_once(events: list[dict]) -> list[tuple[str, str]]:
    """Names and states in the order of their first telling; that of a second one is the same."""
    seen: dict[str, tuple] = {}
    for event in events:
        said = event["detail"]["storeName"], event["detail"]["status"]
        assert seen.setdefault(event["id"], said) == said
    return list(seen.values())


def test_what_a_command_does_while_the_server_rests_is_told_later(binary, files, tmp_path):
    told = Told(tmp_path / "events.jsonl")
    one = servers.Server(tmp_path, {"tmp": files}, "--events-file", str(told.path)).start()
    administrator(one).variant_store("rested", administrator(one).reference()["arn"])
    told.until(lambda events: len(events) == 2)
    assert one.stop() == 0
    done = one.command("import", "rested", str(files / "good.vcf"))
    assert done.returncode == 0, done.stderr
    assert len(told.read()) == 2
    one.start()
    try:
        events = told.until(lambda events: len(events) >= 5)
    finally:
        assert one.stop() == 0
    assert [event["detail"]["status"] for event in events[2:]] == [*JOB, "COMPLETED"]


def test_a_file_may_be_rotated(binary, files, tmp_path):
    told, old = Told(tmp_path / "events.jsonl"), Told(tmp_path / "events.1")
    one = servers.Server(tmp_path, {"tmp": files}, "--events-file", str(told.path)).start()
    try:
        admin = administrator(one)
        admin.annotation_store("first")
        told.until(lambda events: len(events) == 2)
        told.path.rename(old.path)
        admin.annotation_store("second")
        told.until(lambda events: len(events) == 2)
    finally:
        assert one.stop() == 0
    assert each_once(old.read() + told.read()) == [(name, status) for name in ("first", "second")
        for status in ("CREATING", "CREATED")]


def test_without_a_sink_nothing_is_kept(binary, files, tmp_path):
    one = servers.Server(tmp_path, {"tmp": files}).start()
    try:
        everything(administrator(one), open_account(one, BOB))
        state = states(one.data)
        assert state.execute("SELECT count(*) FROM events").fetchone() == (0,)
        assert state.execute("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'events'").fetchone() == (
            0,), "an event was written"
        assert state.execute("SELECT count(*) FROM event_sinks").fetchone() == (0,)
        state.close()
    finally:
        assert one.stop() == 0


def test_a_sink_that_was_taken_away_keeps_nothing(binary, files, tmp_path):
    """Nor does a new one begin with what was before it."""
    first, second = Told(tmp_path / "first"), Told(tmp_path / "second")
    one = servers.Server(tmp_path, {"tmp": files}, "--events-file", str(first.path)).start()
    administrator(one).annotation_store("first")
    assert one.stop() == 0
    one.flags = ()
    one.start()
    assert kept(one) == 0
    administrator(one).annotation_store("second")
    assert kept(one) == 0 and one.stop() == 0
    one.flags = ("--events-file", str(second.path))
    one.start()
    administrator(one).annotation_store("third")
    second.until(lambda events: len(events) == 2)
    assert one.stop() == 0
    assert {event["detail"]["storeName"] for event in second.read()} == {"third"}
    assert {event["detail"]["storeName"] for event in first.read()} <= {"first"}


# --- a webhook --------------------------------------------------------------------------------------------------------


class Receiver:
    """A webhook's other side. behave(n, handler) answers the n-th request and says whether it took the event."""

    def __init__(self, behave=None):
        self.behave = behave or self.take
        self.heard: list[tuple[dict, dict, bytes]] = []  # every request: event, headers, body
        self.taken: list[dict] = []
        self.lock, receiver = threading.Lock(), self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with receiver.lock:
                    receiver.heard.append((json.loads(body), dict(self.headers), body))
                    number = len(receiver.heard)
                if receiver.behave(number, self):
                    with receiver.lock:
                        receiver.taken.append(json.loads(body))

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}/hook?token=t0ken-in-the-url"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    @staticmethod
    def answer(handler, status: int, **headers) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    def take(self, _, handler) -> bool:
        self.answer(handler, 200)
        return True

    def refuse(self, _, handler) -> bool:
        self.answer(handler, 503)
        return False

    def until(self, count: int) -> list[dict]:
        servers.until(lambda: len({event["id"] for event in self.taken}) >= count)
        return list(self.taken)

    def close(self):
        self.http.shutdown()
        self.http.server_close()


@pytest.fixture()
def receiver():
    made_ = []

    def make(behave=None) -> Receiver:
        made_.append(Receiver(behave))
        return made_[-1]

    yield make
    for one in made_:
        one.close()


@pytest.fixture()
def hooked(binary, files, tmp_path):
    """hooked(receiver): a server whose events go there."""
    running = []

    def start(to: Receiver, *flags: str, **environment: str) -> servers.Server:
        one = servers.Server(tmp_path, {"tmp": files}, "--events-webhook", to.url, *flags)
        running.append(one)
        return one.start(**{"VARLAKE_WEBHOOK_SECRET": SECRET, **environment})

    yield start
    for one in running:
        if one.running:
            assert one.stop() == 0, one.tail()
        assert "panic" not in one.log.read_text(errors="replace")


def test_the_webhook_is_told_and_signs(receiver, hooked):
    to = receiver()
    one = hooked(to)
    want = everything(administrator(one), open_account(one, BOB))
    events = to.until(sum(map(len, want.values())))
    assert lives(events) == want
    for event, headers, body in to.heard:
        check_envelope(event)
        assert headers["Content-Type"] == "application/json" and headers["X-Varlake-Event-Id"] == event["id"]
        assert hmac.compare_digest(headers["X-Varlake-Signature"], "sha256=" + hmac.new(SECRET.encode(), body,
            hashlib.sha256).hexdigest())
    servers.until(lambda: kept(one) == 0)
    log = one.log.read_text()
    assert SECRET not in log and "t0ken-in-the-url" not in log


def test_without_a_secret_nothing_is_signed(receiver, hooked):
    to = receiver()
    one = hooked(to, VARLAKE_WEBHOOK_SECRET="")
    administrator(one).annotation_store("unsigned")
    to.until(2)
    assert not any("X-Varlake-Signature" in headers for _, headers, _ in to.heard)


def test_failures_are_retried_in_order(receiver, hooked):
    """An error, an answer that never comes, one that asks to wait; then all is well, and nothing was passed over."""
    times = []

    def behave(number, handler) -> bool:
        times.append(time.monotonic())
        if number == 1:
            to.answer(handler, 500)
        elif number == 2:
            handler.connection.shutdown(socket.SHUT_RDWR)
        elif number == 5:
            to.answer(handler, 429, Retry_After="2")
        else:
            return to.take(number, handler)
        return False

    to = receiver(behave)
    one = hooked(to)
    admin = administrator(one)
    admin.annotation_store("first")
    events = to.until(2)
    admin.annotation_store("second")
    events = to.until(4)
    heard = [event["id"] for event, _, _ in to.heard]
    assert heard[0] == heard[1] == heard[2] and heard[4] == heard[5]
    assert each_once(events) == [(name, status) for name in ("first", "second") for status in ("CREATING", "CREATED")]
    assert len(events) == 4
    assert times[1] - times[0] >= 0.4 and times[5] - times[4] >= 1.9, times
    assert "retry" in one.log.read_text()


@pytest.mark.parametrize("status", [400, 401, 404, 410])
def test_what_the_receiver_refuses_for_good_is_dropped(receiver, hooked, status):
    def behave(number, handler) -> bool:
        if number != 1:
            return to.take(number, handler)
        to.answer(handler, status)
        return False

    to = receiver(behave)
    one = hooked(to)
    administrator(one).annotation_store("dropped")
    events = to.until(1)
    assert [event["detail"]["status"] for event in events] == ["CREATED"]
    servers.until(lambda: kept(one) == 0)
    assert "Dropped an event" in one.log.read_text()


def test_redirects_lead_to_no_other_server(receiver, hooked):
    elsewhere = receiver()
    to = receiver(lambda _, handler: to.answer(handler, 307, Location=elsewhere.url))
    one = hooked(to)
    administrator(one).annotation_store("redirected")
    servers.until(lambda: len(to.heard) >= 2)
    assert not elsewhere.heard
    assert kept(one) == 2


def test_nothing_is_lost_when_the_server_is_killed(receiver, hooked, tmp_path):
    """Killed with events that were never sent, with one that was sent and not answered, and again after all were
    taken."""
    to = receiver()
    to.behave = to.refuse
    told = Told(tmp_path / "events.jsonl")
    one = hooked(to, "--events-file", str(told.path))
    admin = administrator(one)
    admin.annotation_store("first")
    share = admin.omics.create_share(resourceArn=admin.arn("annotationStore/first"), principalSubscriber=BOB)["shareId"]
    assert one.kill() != 0
    assert kept(one) >= 3 and not to.taken

    held = threading.Event()
    to.behave = lambda number, handler: held.set()  # takes it in, and is not heard of
    one.start(VARLAKE_WEBHOOK_SECRET=SECRET)
    assert held.wait(120)
    one.kill()
    heard = to.heard[-1][0]["id"]

    to.behave = to.take
    one.start(VARLAKE_WEBHOOK_SECRET=SECRET)
    events = to.until(4)
    assert heard == events[0]["id"]  # the same event with the same id
    admin = administrator(one)
    admin.omics.delete_share(shareId=share)
    admin.until_share(share, "DELETED")
    events = to.until(8)
    one.kill()
    one.start(VARLAKE_WEBHOOK_SECRET=SECRET)
    administrator(one).annotation_store("second")
    events = to.until(10)
    unique = {event["id"]: event for event in events}
    want = [("first", "CREATING"), ("first", "CREATED"),
        *[(None, status) for status in ("PENDING", "DELETING", "DELETED") for _ in range(2)],
            ("second", "CREATING"), ("second", "CREATED")]
    assert [(event["detail"].get("storeName"), event["detail"]["status"]) for event in unique.values()] == want
    servers.until(lambda: kept(one) == 0)
    in_file = told.until(lambda events: len({event["id"] for event in events}) >= 10)
    assert {event["id"]: event for event in in_file} == unique  # both sinks, the same events


def test_sinks_do_not_wait_for_one_another(receiver, hooked, tmp_path):
    to = receiver()
    to.behave = to.refuse
    told = Told(tmp_path / "events.jsonl")
    one = hooked(to, "--events-file", str(told.path))
    administrator(one).annotation_store("alone")
    told.until(lambda events: len(events) == 2)
    assert kept(one) == 2 and not to.taken  # they wait for the webhook
    to.behave = to.take
    to.until(2)
    servers.until(lambda: kept(one) == 0)
    assert len(told.read()) == 2


@pytest.mark.parametrize("flags", [("--events-webhook", "ftp://x/y"), ("--events-webhook", "no url"),
    ("--events-file", "{folder}")])
def test_sinks_that_cannot_be(binary, tmp_path, flags):
    one = servers.Server(tmp_path, {}, *(flag.replace("{folder}", str(tmp_path)) for flag in flags)).start(may_die=True)
    assert one.wait(120) in (1, 2) and one.tail().strip()
