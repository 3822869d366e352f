"""What could be had at most, time and travel left aside: maximum flows over candidates, companies, recruiters and campuses."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from forum.matchmaking.engine.check import ADJACENT_MINUTES
from forum.matchmaking.engine.model import Problem, Recruiter, Slot


def guarantee_bound(problem: Problem) -> int:
    """No plan has a larger Σ min(d, g): a flow from candidates over companies and their recruiters to campuses."""
    people = {c.id: n for n, c in enumerate(problem.candidates)}
    firms = {c.id: len(people) + n for n, c in enumerate(problem.companies)}
    sites = {v.id: len(people) + len(firms) + n for n, v in enumerate(problem.campuses)}
    source, sink = len(people) + len(firms) + len(sites), len(people) + len(firms) + len(sites) + 1
    gate = {name: sink + 1 + n for n, name in enumerate(firms)}  # a company's cap lies between its two nodes
    stands: dict[tuple[str, str], int] = defaultdict(int)
    for recruiter in problem.recruiters:
        stands[recruiter.company, recruiter.campus] += most_worked(problem.slots, recruiter)
    arcs = [(source, people[c.id], min(problem.guarantee, c.max_meetings, len(problem.slots))) for c in problem.candidates]
    arcs += [(people[wish.candidate], firms[wish.company], 1) for wish in problem.wishes]
    arcs += [(firms[name], gate[name], seats) for name, seats in company_seats(problem).items()]
    arcs += [(gate[company], sites[campus], count) for (company, campus), count in stands.items()]
    arcs += [(sites[name], sink, most) for name, most in table_slots(problem)]
    return most_flow(arcs, sink + 1 + len(firms), source, sink)


def most_meetings(problem: Problem, pairs: Collection[tuple[str, str]]) -> int:
    """The most of these pairs that could meet at once."""
    people = {c.id: n for n, c in enumerate(problem.candidates)}
    firms = {c.id: len(people) + n for n, c in enumerate(problem.companies)}
    source, sink = len(people) + len(firms), len(people) + len(firms) + 1
    arcs = [(source, people[c.id], min(c.max_meetings, len(problem.slots))) for c in problem.candidates]
    arcs += [(people[candidate], firms[company], 1) for candidate, company in sorted(pairs)]
    arcs += [(firms[name], sink, seats) for name, seats in company_seats(problem).items()]
    return most_flow(arcs, sink + 1, source, sink)


def most_flow(arcs: Sequence[tuple[int, int, int]], size: int, source: int, sink: int) -> int:
    """The maximum flow through arcs (tail, head, capacity)."""
    tails, heads, caps = np.array(arcs, np.int64).reshape(-1, 3).T
    graph = csr_array((caps.astype(np.int32), (tails, heads)), shape=(size, size))
    return int(maximum_flow(graph, source, sink).flow_value)


def company_seats(problem: Problem) -> dict[str, int]:
    """The most meetings each company can hold: presence less rests, up to its cap."""
    offered: dict[str, int] = defaultdict(int)
    for recruiter in problem.recruiters:
        offered[recruiter.company] += most_worked(problem.slots, recruiter)
    return {c.id: offered[c.id] if c.max_meetings is None else min(offered[c.id], c.max_meetings) for c in problem.companies}


def most_worked(slots: Sequence[Slot], recruiter: Recruiter) -> int:
    """The most meetings a recruiter can hold: in a run of L slots with at most k in a row, L - L // (k + 1)."""
    if recruiter.max_in_a_row is None:
        return len(set(recruiter.slots))
    return sum(length - length // (recruiter.max_in_a_row + 1) for length in _runs(slots, sorted(set(recruiter.slots))))


def _runs(slots: Sequence[Slot], present: Sequence[int]) -> Iterator[int]:
    length, last = 0, None
    for t in present:
        follows = last == t - 1 and slots[t].start - slots[t - 1].end <= ADJACENT_MINUTES
        if length and not follows:
            yield length
        length, last = (length + 1 if follows else 1), t
    if length:
        yield length


def table_slots(problem: Problem) -> Iterator[tuple[str, int]]:
    """(campus, the most meetings its tables and the presence of its recruiters allow)."""
    present = {campus.id: np.zeros(len(problem.slots), np.int64) for campus in problem.campuses}
    for recruiter in problem.recruiters:
        present[recruiter.campus][list(set(recruiter.slots))] += 1
    for campus in problem.campuses:
        here = present[campus.id]
        yield campus.id, int(here.sum() if campus.tables is None else np.minimum(here, campus.tables).sum())
