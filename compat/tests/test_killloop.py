"""The short form of the kill loop (killloop.py), and that its account notices what is wrong."""

from __future__ import annotations

import os

import pytest

import killloop

COPIES = True


@pytest.fixture
def loop(binary, tmp_path):
    made = killloop.Loop(tmp_path, seed=7, copies=COPIES)
    yield made
    if made.server.running:
        made.server.kill()


@pytest.mark.timeout(300)
def test_a_few_kills(loop, monkeypatch):
    loop.go(kills=5, seconds=240, every=5)
    assert loop.kills >= 5 and loop.done["verified"] >= 1
    loop.server.start()
    job = loop.import_variants(loop.server, loop.random)
    loop.settle_on(loop.server)
    assert loop.server.stop() == 0
    rows = killloop.expected
    with monkeypatch.context() as patched:  # as if every file had one row more than the tables hold
        patched.setattr(killloop, "expected", lambda name: (rows(name)[0] + 1, *rows(name)[1:]))
        with pytest.raises(killloop.Wrong, match="expected and found"):
            loop.verify()
    loop.server.kill()
    loop.ledger.answered["variant"].add("no-such-job")
    with pytest.raises(killloop.Wrong, match="are not there"):
        loop.verify()
    assert job in loop.ledger.ended["variant"]


def test_a_digest_notices_every_change(tmp_path):
    path = tmp_path / "deep" / "file"
    path.parent.mkdir()
    path.write_text("one")
    before, when = killloop.digest(tmp_path), path.stat().st_mtime_ns
    path.write_text("two")
    os.utime(path, ns=(when, when))
    assert killloop.digest(tmp_path) != before
    path.write_text("one")
    os.utime(path, ns=(when, when))
    assert killloop.digest(tmp_path) == before
    os.utime(path, ns=(when, when + 1))
    assert killloop.digest(tmp_path) != before
    path.with_name("more").touch()
    assert len(killloop.digest(tmp_path)) == len(before) + 1
