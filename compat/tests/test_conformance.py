"""Every operation of the model, asked everything that follows from the model: see conformance/generate.py."""

from __future__ import annotations

import pytest

import server as servers
from conformance import generate, judge, model, wire

GENERATOR = generate.Generator(model.load())
SHOWN = 30


@pytest.fixture(scope="module")
def place(binary, tmp_path_factory):
    """A server whose account has used up its one reference store, and a connection to it."""
    one = servers.Server(tmp_path_factory.mktemp("conformance"), {}).start()
    one.client().create_reference_store(name="taken")
    connection = wire.Wire(one.endpoint, *one.credentials())
    yield connection
    connection.close()
    assert one.stop() == 0, f"the server's last words:\n{one.tail()}"
    assert "panic" not in one.log.read_text(errors="replace")


@pytest.mark.parametrize("group", generate.Generator.GROUPS)
@pytest.mark.parametrize("operation", model.load().operations)
def test_conformance(place, operation, group):
    cases = GENERATOR.cases(model.load().operations[operation], group)
    assert cases, "an operation without cases"
    twins: dict[wire.Request, wire.Answer] = {}
    wrong = []
    for case in cases:
        if case.twin is not None and case.twin not in twins:
            twins[case.twin] = place.send(case.twin)
        answer = place.send(case.request)
        for complaint in judge.judge(case, answer, model.load(), twins.get(case.twin)):
            wrong.append(f"{case}\n    {answer}\n    {complaint}")
    assert not wrong, f"{len(wrong)} of {len(cases)} answers are wrong:\n" + "\n".join(wrong[:SHOWN])
