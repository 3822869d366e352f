"""A lower bound on the breaks of any timetable that anyone can check: prices, and their value in exact integers.

Every participant walks through the slots (not begun, meeting, gap, finished) with its number of meetings counted, so
that one participant alone is described exactly. The linear programme over all walks ties them to the meetings; its
duals are prices of a participant's slots and of tables. At any prices, the cheapest walks and the cheapest slots of the
meetings add up to a valid bound (Lagrangian relaxation), whatever the accuracy of the solver that proposed them.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from ortools.linear_solver.python import model_builder
from scipy.sparse import csr_matrix

from forum.matchmaking.engine.business import BusinessDay

SCALE: Final = 10_000  # prices are multiples of 1/SCALE of a break
BEFORE, MEETING, GAP, AFTER = range(4)
Node = tuple[int, int, int]  # slots passed, meetings held, state


@dataclass(frozen=True, slots=True)
class BreakPrices:
    """Prices in units of 1/SCALE of a break: `person[p][t]` for using slot t, `table[t]` >= 0 for a table in it."""

    person: tuple[tuple[int, ...], ...]
    table: tuple[int, ...]


def breaks_bound(day: BusinessDay, prices: BreakPrices) -> int:
    """The proven lower bound on all breaks at these prices, in exact integers, rounded up to whole breaks.

    Valid for any prices, fairness and order left out of account; at least 0. Raises ValueError for a negative table price.
    """
    if any(price < 0 for price in prices.table):
        raise ValueError("a table price is negative")
    total = -day.tables * sum(prices.table)
    for k, meeting in enumerate(day.meetings):
        first, second = prices.person[meeting.first], prices.person[meeting.second]
        costs = [prices.table[t] - first[t] - second[t] for t in day.possible(k)]
        if not costs:
            return 0  # no timetable at all; the rules say so, not the bound
        total += min(costs)
    open_slots = _open_slots(day)
    for person, mine in enumerate(day.meetings_of()):
        cheapest = _cheapest_walk(day.slots, len(mine), open_slots[person], prices.person[person])
        if cheapest is None:
            return 0
        total += cheapest
    return max(0, -(-total // SCALE))


def _open_slots(day: BusinessDay) -> list[frozenset[int]]:
    """The slots in which each participant can meet anyone it shall meet."""
    slots: list[set[int]] = [set() for _ in range(day.participants)]
    for k, meeting in enumerate(day.meetings):
        for person in meeting.participants:
            slots[person].update(day.possible(k))
    return [frozenset(mine) for mine in slots]


def _steps(slot: int, held: int, state: int, meetings: int, open_slots: frozenset[int]) -> list[tuple[int, int, bool]]:
    """From a node through *slot*: (meetings held, state, whether a break ends here) after it."""
    rest = {BEFORE: BEFORE, MEETING: AFTER if held == meetings else GAP, GAP: GAP, AFTER: AFTER}[state]
    steps = [(held, rest, False)]
    if slot in open_slots and held < meetings:
        steps.append((held + 1, MEETING, state == GAP))
    return steps


def _cheapest_walk(slots: int, meetings: int, open_slots: frozenset[int], price: tuple[int, ...]) -> int | None:
    """Breaks and prices of the cheapest way to hold so many meetings, None if there is none."""
    layer = {(0, BEFORE): 0}
    for t in range(slots):
        after: dict[tuple[int, int], int] = {}
        for (held, state), cost in layer.items():
            for count, into, breaks in _steps(t, held, state, meetings, open_slots):
                if meetings - count < slots - t:
                    whole = cost + (price[t] if count > held else 0) + SCALE * breaks
                    after[count, into] = min(whole, after.get((count, into), whole))
        layer = after
    ends = [cost for (held, _), cost in layer.items() if held == meetings]
    return min(ends, default=None)


class _Programme:
    """Rows and columns of the linear programme, gathered as triples; every column lies in 0..1."""

    def __init__(self) -> None:
        self.cost: list[int] = []
        self.entries: list[tuple[int, int, int]] = []
        self.low: list[float] = []
        self.high: list[float] = []

    def column(self, cost: int = 0) -> int:
        self.cost.append(cost)
        return len(self.cost) - 1

    def row(self, terms: list[tuple[int, int]], low: float, high: float) -> int:
        self.entries += [(len(self.low), column, factor) for column, factor in terms]
        self.low.append(low)
        self.high.append(high)
        return len(self.low) - 1


def break_prices(day: BusinessDay, *, time_limit: float) -> BreakPrices | None:
    """Prices from the linear programme of all walks, None without an answer in *time_limit* seconds."""
    programme = _Programme()
    takes = {(k, t): programme.column() for k in range(len(day.meetings)) for t in day.possible(k)}
    for k in range(len(day.meetings)):
        programme.row([(takes[k, t], 1) for t in day.possible(k)], 1, 1)
    tables = [
        programme.row([(takes[k, t], 1) for k in range(len(day.meetings)) if (k, t) in takes], 0, day.tables) for t in range(day.slots)
    ]
    links = _add_walks(programme, day, takes)
    duals = _duals(programme, time_limit)
    if duals is None:
        return None
    rounded = np.rint(duals * SCALE).astype(np.int64)
    person = [[0] * day.slots for _ in range(day.participants)]
    for (p, t), row in links.items():
        person[p][t] = -int(rounded[row])
    # a table row's dual is <= 0 in a minimum: one more table never adds breaks
    return BreakPrices(tuple(map(tuple, person)), tuple(max(0, -int(rounded[row])) for row in tables))


def _add_walks(programme: _Programme, day: BusinessDay, takes: dict[tuple[int, int], int]) -> dict[tuple[int, int], int]:
    """One unit of flow through the slots per participant; returns the row that links its use of a slot to its meetings."""
    links: dict[tuple[int, int], int] = {}
    open_slots = _open_slots(day)
    for person, mine in enumerate(day.meetings_of()):
        flow: dict[Node, list[tuple[int, int]]] = {}
        uses: dict[int, list[int]] = {}
        layer = {(0, BEFORE)}
        for t in range(day.slots):
            after = set()
            for held, state in layer:
                for count, into, breaks in _steps(t, held, state, len(mine), open_slots[person]):
                    if len(mine) - count >= day.slots - t:
                        continue
                    column = programme.column(int(breaks))
                    flow.setdefault((t, held, state), []).append((column, -1))
                    flow.setdefault((t + 1, count, into), []).append((column, 1))
                    after.add((count, into))
                    if count > held:
                        uses.setdefault(t, []).append(column)
            layer = after
        for (t, held, _), terms in flow.items():
            if t == 0:
                programme.row(terms, -1, -1)
            elif t < day.slots or held < len(mine):
                programme.row(terms, 0, 0)
        for t, columns in uses.items():
            meetings = [(takes[k, t], -1) for k in mine if (k, t) in takes]
            links[person, t] = programme.row(meetings + [(c, 1) for c in columns], 0, 0)
    return links


def _duals(programme: _Programme, time_limit: float) -> np.ndarray[tuple[int], np.dtype[np.float64]] | None:
    rows, columns, factors = zip(*programme.entries, strict=True)
    width = len(programme.cost)
    matrix = csr_matrix((np.array(factors, float), (rows, columns)), shape=(len(programme.low), width))
    model = model_builder.Model()  # type: ignore[no-untyped-call]
    model.helper.fill_model_from_sparse_data(
        np.zeros(width), np.ones(width), np.array(programme.cost, float), np.array(programme.low), np.array(programme.high), matrix  # type: ignore[arg-type]  # its stubs want scalars
    )
    solver = model_builder.Solver("GLOP")
    solver.set_time_limit_in_seconds(time_limit)
    if solver.solve(model) != model_builder.SolveStatus.OPTIMAL:
        return None
    return np.asarray(solver.dual_values(model.get_linear_constraints()), float)
