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
    graph = _Graph(people, seats)
    for each in range(1, most + 1):
        total, saturated = graph.flow(each)
        reach.append(Reach(each, total, total // each))
        if each == 1:
            short = saturated
    only = sum(short.issuperset(asker.companies) for asker in people)
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


class _Graph:
    """People, wishes and companies as arrays, made once for all guarantees: lists of pairs would cost more than the flows."""

    def __init__(self, people: Sequence[Asker], seats: Counter[str]) -> None:
        import numpy as np  # late, with the flow: start-up of every web process

        self.companies = list(seats)
        at = {company: n for n, company in enumerate(self.companies)}
        self.room = np.fromiter(seats.values(), np.int64, len(seats))
        self.can = np.fromiter((min(len(asker.companies), asker.most) for asker in people), np.int64, len(people))
        lengths = np.fromiter((len(asker.companies) for asker in people), np.int64, len(people))
        wished = np.fromiter((at.get(company, -1) for asker in people for company in asker.companies), np.int64, int(lengths.sum()))
        who = np.repeat(np.arange(len(people)), lengths)
        self.who, self.wished = who[wished >= 0], wished[wished >= 0]

    def flow(self, each: int) -> tuple[int, frozenset[str]]:
        """(meetings possible with *each* per person who can have as many, companies on the people's side of the minimum cut)."""
        import numpy as np
        from ortools.graph.python import max_flow

        able = self.can >= each
        people, firms = int(able.sum()), len(self.companies)
        if not people or not firms:
            return 0, frozenset()
        number = np.cumsum(able) - 1
        theirs = able[self.who]
        source, sink, company = people + firms, people + firms + 1, people + np.arange(firms)
        tails = np.concatenate((np.full(people, source), number[self.who[theirs]], company))
        heads = np.concatenate((np.arange(people), people + self.wished[theirs], np.full(firms, sink)))
        room = np.concatenate((np.full(people, each), np.ones(int(theirs.sum()), np.int64), self.room))
        flow = max_flow.SimpleMaxFlow()
        flow.add_arcs_with_capacity(tails, heads, room)
        flow.solve(source, sink)
        cut = set(flow.get_source_side_min_cut())
        return int(flow.optimal_flow()), frozenset(c for n, c in enumerate(self.companies) if people + n in cut)
