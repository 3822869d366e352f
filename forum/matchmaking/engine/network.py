"""One door to OR-Tools' min-cost flow: most profit through a network, with free disposal, exact in integers."""

import numpy as np
from ortools.graph.python import min_cost_flow

from forum.matchmaking.engine.arrays import Ints


class Network:
    """Arcs are added in blocks of arrays; `solve` maximises total profit from `source` to `sink`."""

    def __init__(self, nodes: int) -> None:
        self.source, self.sink = nodes, nodes + 1
        self._flow = min_cost_flow.SimpleMinCostFlow()

    def add(self, tails: Ints, heads: Ints, capacity: Ints, profit: Ints) -> Ints:
        """Arc numbers of a block."""
        arcs: Ints = self._flow.add_arcs_with_capacity_and_unit_cost(tails, heads, capacity, -profit)
        return arcs

    def solve(self, supply: int) -> None:
        """Send up to *supply* units where they earn something. Raises RuntimeError on a range the solver refuses."""
        self._flow.add_arc_with_capacity_and_unit_cost(self.source, self.sink, supply, 0)
        self._flow.set_nodes_supplies(np.array([self.source, self.sink]), np.array([supply, -supply]))
        status = self._flow.solve()
        if status != self._flow.OPTIMAL:
            raise RuntimeError(f"min-cost flow: {status}")

    @property
    def profit(self) -> int:
        return -int(self._flow.optimal_cost())

    def flows(self, arcs: Ints) -> Ints:
        """Units on each of *arcs*."""
        units: Ints = self._flow.flows(arcs)
        return units
