"""The child process that solves flows: arrays in through standard input, units out through standard output.

It ends when its parent closes the pipe, also when the parent was killed.
"""

import signal
import sys
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from ortools.graph.python import min_cost_flow

from forum.matchmaking.engine.arrays import Ints

HEAD = 4  # numbers before the arrays: arcs, source, sink, supply


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """A min-cost flow of *supply* units from source to sink; one number per arc in each array."""

    source: int
    sink: int
    supply: int
    tails: Ints
    heads: Ints
    capacity: Ints
    cost: Ints

    @property
    def sizes(self) -> tuple[int, int, int, int]:
        return len(self.tails), self.source, self.sink, self.supply

    @property
    def parts(self) -> tuple[Ints, Ints, Ints, Ints]:
        return self.tails, self.heads, self.capacity, self.cost


def solved(flow: Flow) -> Ints:
    """Least cost, then the units on every arc. Raises RuntimeError on a range the solver refuses."""
    solver = min_cost_flow.SimpleMinCostFlow()
    arcs = solver.add_arcs_with_capacity_and_unit_cost(*flow.parts)
    solver.set_nodes_supplies(np.array([flow.source, flow.sink]), np.array([flow.supply, -flow.supply]))
    status = solver.solve()
    if status != solver.OPTIMAL:
        raise RuntimeError(f"min-cost flow: {status}")
    return np.concatenate(([int(solver.optimal_cost())], solver.flows(arcs)))


def read(source: BinaryIO) -> Flow | None:
    """The next flow, None at the end."""
    head = source.read(8 * HEAD)
    if len(head) < 8 * HEAD:
        return None
    arcs, start, end, supply = np.frombuffer(head, np.int64).tolist()
    parts = source.read(8 * 4 * arcs)
    return Flow(start, end, supply, *np.frombuffer(parts, np.int64).reshape(4, arcs)) if len(parts) == 8 * 4 * arcs else None


def main() -> None:
    """Solve what comes, one flow after the other."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt from the keyboard is the parent's: it ends this process
    while (flow := read(sys.stdin.buffer)) is not None:
        sys.stdout.buffer.write(solved(flow).tobytes())
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
