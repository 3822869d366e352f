"""Large flows are solved by a child process: the same answer, an end when time is over, and no harm when it dies."""

import io
import os
import signal

import numpy as np
import pytest

from forum.matchmaking.engine import network
from forum.matchmaking.engine.control import Stopped
from forum.matchmaking.engine.flow_child import HEAD, read
from forum.matchmaking.engine.network import Flows, Network

PEOPLE, SEATS, ARCS = 300, 200, 1500  # a letter that fits into the pipe also while nobody reads


@pytest.fixture(autouse=True)
def _every_flow_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "SMALL_FLOW", 0)


def assignment(flows: Flows) -> tuple[int, np.ndarray]:
    """Profit and units of people on seats at random profits, all different, so that the best set is the only one."""
    random = np.random.default_rng(1)
    net = Network(PEOPLE + SEATS, flows)
    net.add(np.full(PEOPLE, net.source), np.arange(PEOPLE), np.ones(PEOPLE, np.int64), np.zeros(PEOPLE, np.int64))
    tails, heads = random.integers(0, PEOPLE, ARCS), PEOPLE + random.integers(0, SEATS, ARCS)
    chosen = net.add(tails, heads, np.ones(ARCS, np.int64), random.integers(1, 1 << 40, ARCS))
    net.add(PEOPLE + np.arange(SEATS), np.full(SEATS, net.sink), np.ones(SEATS, np.int64), np.zeros(SEATS, np.int64))
    net.solve(PEOPLE)
    return net.profit, net.flows(chosen)


def test_a_child_answers_as_this_process_does() -> None:
    flows = Flows()
    flows.prepare()
    here = assignment(Flows())
    for _ in range(2):
        there = assignment(flows)
        assert there[0] == here[0]
        assert (there[1] == here[1]).all()
    flows.close()


def test_time_that_is_over_ends_a_flow_and_the_child() -> None:
    flows = Flows(lambda: True)
    flows.prepare()
    assert flows.child is not None
    os.kill(flows.child.pid, signal.SIGSTOP)  # a flow that takes for ever
    with pytest.raises(Stopped):
        assignment(flows)
    assert flows.child is None


def test_a_child_that_was_killed_is_done_without() -> None:
    flows = Flows()
    flows.prepare()
    assert flows.child is not None
    os.kill(flows.child.pid, signal.SIGKILL)
    assert assignment(flows)[0] == assignment(Flows())[0]
    assert flows.child is None


def test_half_a_letter_is_no_flow() -> None:
    head = np.array([2, 0, 1, 1], np.int64)
    assert len(head) == HEAD
    whole = head.tobytes() + np.zeros(8, np.int64).tobytes()
    assert read(io.BytesIO(whole)) is not None
    assert read(io.BytesIO(whole[:-1])) is None
    assert read(io.BytesIO(b"")) is None
