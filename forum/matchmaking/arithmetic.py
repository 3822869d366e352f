"""Seat arithmetic before any solving: how many seats for how many people, and the largest guarantee seats and wishes allow. Pure.

A maximum flow from people over wishes to companies, each person at most g: an upper limit, since hours and journeys only take
away. Its minimum cut names the companies that are short.
"""

from collections import Counter
from dataclasses import dataclass

from forum.matchmaking.engine.model import Problem


@dataclass(frozen=True, slots=True)
class Reach:
    """With at most `each` meetings per person: how many meetings there can be, and how many people can have that many."""

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
        return max((r.each for r in self.reach if r.people >= self.people), default=0)


def arithmetic(problem: Problem, *, most: int = 4) -> Arithmetic:
    """The arithmetic of *problem*, for guarantees of 1 to *most*."""
    seats = Counter[str]()
    for recruiter in problem.recruiters:
        seats[recruiter.company] += len(recruiter.slots)
    for company in problem.companies:
        if company.max_meetings is not None:
            seats[company.id] = min(seats[company.id], company.max_meetings)
    by_person: dict[str, list[str]] = {}
    for wish in problem.wishes:
        by_person.setdefault(wish.candidate, []).append(wish.company)
    reach, short = [], frozenset[str]()
    for each in range(1, most + 1):
        total, saturated = _flow(by_person, seats, each)
        reach.append(Reach(each, total, total // each if each else 0))
        if each == 1:
            short = saturated
    only = sum(set(companies) <= short for companies in by_person.values())
    return Arithmetic(
        len({r.id.partition("@")[0] for r in problem.recruiters}), sum(seats.values()), len(by_person), len(problem.wishes), tuple(reach), tuple(sorted(short)),
        sum(seats[c] for c in short), only,
    )  # fmt: skip


def _flow(by_person: dict[str, list[str]], seats: Counter[str], each: int) -> tuple[int, frozenset[str]]:
    """(meetings possible with at most *each* per person, companies on the people's side of the minimum cut)."""
    people, companies = list(by_person), list(seats)
    if not people or not companies:
        return 0, frozenset()
    at = {company: len(people) + n for n, company in enumerate(companies)}
    source, sink = len(people) + len(companies), len(people) + len(companies) + 1
    arcs = [(source, n, min(each, len(by_person[person]))) for n, person in enumerate(people)]
    arcs += [(n, at[company], 1) for n, person in enumerate(people) for company in by_person[person] if company in at]
    arcs += [(at[company], sink, seats[company]) for company in companies]
    import numpy as np  # late, with the flow: start-up of every web process
    from ortools.graph.python import max_flow

    tails, heads, room = np.array(arcs, np.int64).T
    flow = max_flow.SimpleMaxFlow()
    flow.add_arcs_with_capacity(tails, heads, room)
    flow.solve(source, sink)
    cut = set(flow.get_source_side_min_cut())
    return int(flow.optimal_flow()), frozenset(c for c in companies if at[c] in cut)
