"""Events at a webhook: signed, each at least once and in order, whatever the receiver answers."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import server as servers
from accounts import administrator, open_account
from events import BOB, Told, check_envelope, each_once, everything, kept, lives
from events import files  # noqa: F401 (fixtures)

SECRET = "a secret of two parties"


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
        assert hmac.compare_digest(headers["X-Varlake-Signature"],
                                   "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest())
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
