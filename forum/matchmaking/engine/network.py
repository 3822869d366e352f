"""One door to OR-Tools' min-cost flow: most profit through a network, with free disposal, exact in integers.

The library holds the interpreter's lock while it solves and cannot be stopped. A large flow is therefore solved by a
child process: the other lane goes on meanwhile, and when time is over the child is ended.
"""

import select
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from forum.matchmaking.engine.arrays import Ints
from forum.matchmaking.engine.control import POLL_SECONDS, Stopped, never
from forum.matchmaking.engine.flow_child import Flow, solved

SMALL_FLOW = 20_000  # arcs: ten milliseconds, not worth a letter to another process


class Flows:
    """Where flows are solved: here, or once *prepared* in a child process until *over* says that time is up."""

    def __init__(self, over: Callable[[], bool] = never) -> None:
        self.over = over
        self.child: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        """Start the child, half a second before it is needed; without one, flows are solved here."""
        command = [sys.executable, "-m", "forum.matchmaking.engine.flow_child"]
        try:
            self.child = subprocess.Popen(command, cwd=Path(__file__).parents[3], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        except OSError:
            self.child = None

    def solve(self, flow: Flow) -> Ints:
        """Cost, then units on every arc. Raises Stopped when time is over, RuntimeError on a range the solver refuses."""
        if self.child is None or len(flow.tails) < SMALL_FLOW:
            return solved(flow)
        try:
            return self._asked(self.child, flow)
        except (OSError, EOFError):  # it was killed: one process less, the same flow
            self.close()
            return solved(flow)
        except BaseException:  # an answer nobody waits for must not be taken for the next one
            self.close()
            raise

    def _asked(self, child: "subprocess.Popen[bytes]", flow: Flow) -> Ints:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(np.array(flow.sizes, np.int64).tobytes())
        for part in flow.parts:
            child.stdin.write(part.tobytes())
        child.stdin.flush()
        while not select.select([child.stdout], [], [], POLL_SECONDS)[0]:
            if self.over():
                raise Stopped
        answer = np.frombuffer(child.stdout.read(8 * (len(flow.tails) + 1)), np.int64)
        if len(answer) != len(flow.tails) + 1:
            raise EOFError
        return answer

    def close(self) -> None:
        """End the child."""
        if self.child is not None:
            self.child.kill()
            self.child.communicate()
            self.child = None


HERE = Flows()


class Network:
    """Arcs are added in blocks of arrays; `solve` maximises total profit from `source` to `sink`."""

    def __init__(self, nodes: int, flows: Flows = HERE) -> None:
        self.source, self.sink = nodes, nodes + 1
        self._flows, self._blocks, self._size = flows, list[tuple[Ints, Ints, Ints, Ints]](), 0
        self._answer = np.zeros(1, np.int64)

    def add(self, tails: Ints, heads: Ints, capacity: Ints, profit: Ints) -> Ints:
        """Arc numbers of a block."""
        self._blocks.append((tails, heads, capacity, -profit))
        self._size += len(tails)
        return np.arange(self._size - len(tails), self._size)

    def solve(self, supply: int) -> None:
        """Send up to *supply* units where they earn something. Raises RuntimeError on a range the solver refuses."""
        spare = [np.array([x], np.int64) for x in (self.source, self.sink, supply, 0)]
        parts = [np.concatenate(column).astype(np.int64) for column in zip(*self._blocks, spare, strict=True)]
        self._answer = self._flows.solve(Flow(self.source, self.sink, supply, *parts))

    @property
    def profit(self) -> int:
        return -int(self._answer[0])

    def flows(self, arcs: Ints) -> Ints:
        """Units on each of *arcs*."""
        units: Ints = self._answer[1 + arcs]
        return units
