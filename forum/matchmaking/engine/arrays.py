"""The facts of a problem as arrays: stands, options, people, and which option is legal in which slot."""

from dataclasses import dataclass
from itertools import chain
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from forum.matchmaking.engine.model import Problem

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Stands:
    company: Ints
    campus: Ints
    of_recruiter: Ints
    present: Bools


@dataclass(frozen=True, slots=True, eq=False)
class Options:
    first: Ints
    candidate: Ints
    company: Ints
    stand: Ints
    worth: Ints


@dataclass(frozen=True, slots=True, eq=False)
class People:
    available: Bools
    busy_start: Ints
    busy_end: Ints
    busy_campus: Ints
    cap: Ints


def shortest_ways(travel: Ints) -> Ints:
    best = travel.copy()
    for k in range(len(best)):
        np.minimum(best, best[:, k, None] + best[None, k, :], out=best)
    return best


def last_slots_before(start: Ints, end: Ints, travel: Ints) -> npt.NDArray[np.int16]:
    latest = start[None, None, :] - travel[:, :, None]
    found = np.searchsorted(end, latest.ravel(), side="right") - 1
    reach = np.minimum(found.reshape(latest.shape), np.arange(len(start)) - 1)
    return reach.astype(np.int16)


def _table(rows: list[tuple[int, ...]], width: int) -> Bools:
    """Slot lists as a boolean table."""
    table = np.zeros((len(rows), width), bool)
    lengths = np.fromiter(map(len, rows), np.int64, len(rows))
    flat = np.fromiter(chain.from_iterable(rows), np.int64, int(lengths.sum()))
    table[np.repeat(np.arange(len(rows)), lengths), flat] = True
    return table


def stands_of(problem: Problem) -> Stands:
    companies = {c.id: n for n, c in enumerate(problem.companies)}
    campuses = {v.id: n for n, v in enumerate(problem.campuses)}
    keys = [(companies[r.company], campuses[r.campus]) for r in problem.recruiters]
    index = {key: n for n, key in enumerate(sorted(set(keys)))}
    table = np.array(sorted(set(keys)), np.int64).reshape(-1, 2)
    of_recruiter = np.array([index[key] for key in keys], np.int64)
    present = _table([r.slots for r in problem.recruiters], len(problem.slots))
    return Stands(table[:, 0].copy(), table[:, 1].copy(), of_recruiter, present)


def options_of(problem: Problem) -> Options:
    """Wishes crossed with the stands of their company, sorted by candidate."""
    people = {c.id: n for n, c in enumerate(problem.candidates)}
    companies = {c.id: n for n, c in enumerate(problem.companies)}
    stands = stands_of(problem)
    wishes = problem.wishes
    who = np.fromiter(map(people.__getitem__, map(itemgetter(0), wishes)), np.int64, len(wishes))
    whom = np.fromiter(map(companies.__getitem__, map(itemgetter(1), wishes)), np.int64, len(wishes))
    weight = np.fromiter(map(itemgetter(2), wishes), np.int64, len(wishes))
    order = np.argsort(who, kind="stable")
    per_company = np.bincount(stands.company, minlength=len(companies)).astype(np.int64)
    first_stand = np.concatenate(([0], np.cumsum(per_company)))  # stands are sorted by company
    rows = np.repeat(order, per_company[whom[order]])
    ends = np.cumsum(per_company[whom[order]])
    nth = np.arange(len(rows)) - np.repeat(ends - per_company[whom[order]], per_company[whom[order]])
    counts = np.bincount(who[rows], minlength=len(people))
    return Options(
        np.concatenate(([0], np.cumsum(counts))).astype(np.int64), who[rows], whom[rows],
        first_stand[whom[rows]] + nth, problem.weights.preference * weight[rows],
    )  # fmt: skip


def people_of(problem: Problem) -> People:
    campuses = {v.id: n for n, v in enumerate(problem.campuses)}
    size = len(problem.candidates)
    most = max((len(c.busy) for c in problem.candidates), default=0)
    far = np.iinfo(np.int64).max // 4
    starts, ends = np.full((size, most), far), np.full((size, most), far + 1)
    where = np.zeros((size, most), np.int64)
    for i, candidate in enumerate(problem.candidates):
        for b, busy in enumerate(sorted(candidate.busy, key=lambda busy: (busy.start, busy.end))):
            starts[i, b], ends[i, b], where[i, b] = busy.start, busy.end, campuses[busy.campus]
    available = _table([c.slots for c in problem.candidates], len(problem.slots))
    cap = np.fromiter((min(c.max_meetings, len(problem.slots)) for c in problem.candidates), np.int64, size)
    return People(available, starts, ends, where, cap)


def legal_slots(
    problem: Problem, options: Options, stands: Stands, people: People, start: Ints, end: Ints, travel: Ints
) -> tuple[Bools, Ints, npt.NDArray[np.int16]]:
    """(ok, meetings allowed per candidate, calm) under *travel*."""
    size = len(start)
    open_stand = np.zeros((len(stands.company), size), bool)
    np.logical_or.at(open_stand, stands.of_recruiter, stands.present)
    campus = stands.campus[options.stand] if len(stands.campus) else options.stand
    if len(campus):
        without_tables = np.array([v.tables == 0 for v in problem.campuses], bool)
        open_stand &= ~without_tables[stands.campus][:, None]
    ok = people.available[options.candidate] & open_stand[options.stand]
    overlap = np.zeros((len(people.cap), size), bool)
    late = end.max(initial=0) + 10**10
    for b in range(people.busy_start.shape[1]):
        s, e, w = people.busy_start[:, b], people.busy_end[:, b], people.busy_campus[:, b]
        overlap |= (s[:, None] < end[None, :]) & (start[None, :] < e[:, None])
        reached = np.minimum(s[options.candidate], late) - travel[campus, w[options.candidate]]
        left = np.minimum(e[options.candidate], late) + travel[w[options.candidate], campus]
        before = np.searchsorted(end, reached, side="right")  # slots [0, before) end in time for the session
        after = np.searchsorted(start, left, side="left")  # slots [after, T) start late enough after it
        index = np.arange(size)
        ok &= (index[None, :] < before[:, None]) | (index[None, :] >= after[:, None])
    allowed = np.where(_agenda_holds(people, travel), people.cap, 0)
    calm = np.zeros((len(people.cap), size + 1), np.int16)
    np.cumsum(~overlap, axis=1, out=calm[:, 1:], dtype=np.int16)
    return ok, allowed, calm


def _agenda_holds(people: People, travel: Ints) -> Bools:
    """Whether a candidate's own sessions leave time to go from each to the next; if not, no meeting is legal."""
    holds = np.ones(len(people.cap), bool)
    for b in range(people.busy_start.shape[1] - 1):
        leg = travel[people.busy_campus[:, b], people.busy_campus[:, b + 1]]
        holds &= people.busy_end[:, b] + leg <= people.busy_start[:, b + 1] + (people.busy_start[:, b + 1] > 10**12)
    return holds
