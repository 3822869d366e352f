"""Seat arithmetic before any solving: how many seats for how many people, and the largest guarantee seats and wishes allow. Pure.

A maximum flow from people over wishes to companies, each person at most g: an upper limit, since hours and journeys only take
away. Its minimum cut names the companies that are short.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reach:
    """`each` meetings for those who wish for as many: how many meetings there can be, and how many people can have that many."""

    each: int
    meetings: int
    people: int


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`recruiters` × `slots_each` = `seats` for `people` with a wish; `reach` for 1, 2, 3 … meetings each; `short` are saturated companies."""

    recruiters: int
    seats: int
    people: int
    wishes: int
    reach: tuple[Reach, ...]
    short: tuple[str, ...]
    short_seats: int
    short_people: int  # who wish for nobody else

    @property
    def slots_each(self) -> float:
        return self.seats / self.recruiters if self.recruiters else 0.0

    @property
    def guarantee(self) -> int:
        """The largest number of meetings that everybody with as many wishes could have; 0 when some get none."""
        return max((r.each for r in self.reach if r.people >= self.people > 0), default=0)


@dataclass(frozen=True, slots=True)
class Asker:
    """A person with wishes: the companies, and how many meetings they want at most."""

    companies: tuple[str, ...]
    most: int


def counted(people: Sequence[Asker], seats: Counter[str], recruiters: int, *, most: int = 4) -> Arithmetic:
    """The arithmetic of *people* and the seats of each company, for guarantees of 1 to *most*."""
    reach, short = [], frozenset[str]()
    for each in range(1, most + 1):
        able = [asker.companies for asker in people if min(len(asker.companies), asker.most) >= each]
        total, saturated = _flow(able, seats, each)
        reach.append(Reach(each, total, total // each))
        if each == 1:
            short = saturated
    only = sum(set(asker.companies) <= short for asker in people)
    return Arithmetic(
        recruiters,
        sum(seats.values()),
        len(people),
        sum(len(asker.companies) for asker in people),
        tuple(reach),
        tuple(sorted(short)),
        sum(seats[c] for c in short),
        only,
    )


def _flow(people: Sequence[tuple[str, ...]], seats: Counter[str], each: int) -> tuple[int, frozenset[str]]:
    """(meetings possible with at most *each* per person, companies on the people's side of the minimum cut)."""
    companies = list(seats)
    if not people or not companies:
        return 0, frozenset()
    at = {company: len(people) + n for n, company in enumerate(companies)}
    source, sink = len(people) + len(companies), len(people) + len(companies) + 1
    arcs = [(source, n, each) for n in range(len(people))]
    arcs += [(n, at[company], 1) for n, wished in enumerate(people) for company in wished if company in at]
    arcs += [(at[company], sink, seats[company]) for company in companies]
    import numpy as np  # late, with the flow: start-up of every web process
    from ortools.graph.python import max_flow

    tails, heads, room = np.array(arcs, np.int64).T
    flow = max_flow.SimpleMaxFlow()
    flow.add_arcs_with_capacity(tails, heads, room)
    flow.solve(source, sink)
    cut = set(flow.get_source_side_min_cut())
    return int(flow.optimal_flow()), frozenset(c for c in companies if at[c] in cut)
