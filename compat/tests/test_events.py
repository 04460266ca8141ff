"""Events in a file: every transition of stores, jobs and shares, in EventBridge's shape, at least once and in order."""

from __future__ import annotations

import server as servers
from accounts import administrator, open_account
from events import BOB, JOB, Told, check_envelope, each_once, everything, kept, lives, states
from events import files  # noqa: F401 (fixtures)


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
    assert {event["detail"]["arn"] for event in shares} == {
        admin.arn("variantStore/events"), admin.arn("annotationStore/events_notes")}
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
