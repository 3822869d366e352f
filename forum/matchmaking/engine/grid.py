"""A problem as arrays: what is legal for whom and when, computed once. Everything after this reads arrays only.

Words used in all array modules: a *stand* is the recruiters of one company on one campus; an *option* is a wish at one
stand (a wish for a company on two campuses is two options). Shapes are named by N candidates, O options, J companies,
S stands, R recruiters, V campuses, T slots.
"""

from dataclasses import dataclass
from itertools import chain
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from forum.matchmaking.engine.locked import ADJACENT_MINUTES
from forum.matchmaking.engine.model import Problem

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

NO_CAP = 1 << 40
KEPT_WORTH = 10  # cost points of a lost meeting of the previous plan
COST_OTHER_CAMPUS, COST_MOVED_FAR, COST_MOVED_NEAR, COST_OTHER_RECRUITER = 5, 3, 2, 1
NEAR_MINUTES = 15
LOCK = 1 << 32  # reward of a locked meeting inside bounds: any reward is valid, a large one makes the bound tight


@dataclass(frozen=True, slots=True)
class Old:
    """A meeting of the previous plan whose two sides still exist; recruiter and option are -1 if it cannot stand there."""

    candidate: int
    company: int
    recruiter: int
    option: int
    slot: int


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """The arrays of one problem.

    `last_before[u, v, t]`: the latest slot that ends early enough on campus u to be on campus v at slot t, -1 if none.
    `calm[i, t]`: slots before t that do not overlap a busy interval of candidate i, so idle slots are differences.
    `ok[o, t]`: option o may happen in slot t as far as its candidate's hours and agenda and its stand are concerned.
    `gain[gain_row[o], t]`: what keeping a meeting of the previous plan adds to option o in slot t; row 0 is zero.
    `old_seats` (K, 4) lists candidate, slot, option and recruiter of the old meetings that can stand as they were.
    `locked` lists (candidate, slot, option, recruiter) of the meetings that must stand; `gain` rewards them by LOCK.
    `metric` is False when travel breaks the triangle inequality; then `ok_relaxed`, `last_relaxed` and `max_relaxed`
    follow the shortest chains of campuses and admit every legal itinerary, while the others admit legal ones only.
    """

    problem: Problem
    start: Ints
    end: Ints
    day: Ints
    adjacent: Bools
    last_before: npt.NDArray[np.int16]
    last_relaxed: npt.NDArray[np.int16]
    metric: bool
    max_meetings: Ints
    max_relaxed: Ints
    calm: npt.NDArray[np.int16]
    first_option: Ints
    candidate: Ints
    company: Ints
    stand: Ints
    campus: Ints
    worth: Ints
    ok: Bools
    ok_relaxed: Bools
    gain_row: Ints
    gain: Ints
    stand_company: Ints
    stand_campus: Ints
    company_cap: Ints
    recruiter_stand: Ints
    recruiter_run: Ints
    present: Bools
    tables: Ints
    old: tuple[Old, ...]
    old_seats: Ints
    locked: tuple[tuple[int, int, int, int], ...]

    @property
    def sizes(self) -> tuple[int, int, int, int]:
        """(N, S, V, T)."""
        return len(self.max_meetings), len(self.stand_company), len(self.tables), len(self.start)

    @property
    def seats(self) -> Ints:
        """Recruiters present, (S, T)."""
        seats = np.zeros((len(self.stand_company), len(self.start)), np.int64)
        np.add.at(seats, self.recruiter_stand, self.present)
        return seats

    def best_gain(self) -> Ints:
        """The most that a legal slot adds to each option, (O,); 0 for most, whose row is zero."""
        best = np.zeros(len(self.candidate), np.int64)
        rows = np.flatnonzero(self.gain_row)
        best[rows] = np.where(self.ok_relaxed[rows], self.gain[self.gain_row[rows]], 0).max(axis=1, initial=0)
        return best

    @property
    def lost_worth(self) -> int:
        """The part of every `gain` that the value does not know: old meetings if all stood, and the locked rewards."""
        kept = self.problem.weights.change * KEPT_WORTH * len(self.old)
        return kept + LOCK * len(self.locked)

    @property
    def pinned(self) -> Bools:
        """Recruiter-slots of locked meetings, (R, T)."""
        pinned = np.zeros_like(self.present)
        for _, t, _, r in self.locked:
            pinned[r, t] = True
        return pinned


def build_grid(problem: Problem) -> Grid:
    """The arrays of *problem*, about a second for a million wishes."""
    start = np.array([s.start for s in problem.slots], np.int64)
    end = np.array([s.end for s in problem.slots], np.int64)
    travel = np.array(problem.travel, np.int64).reshape(len(problem.campuses), len(problem.campuses))
    shortest = _shortest(travel)
    metric = bool((shortest == travel).all())
    last = _last_before(start, end, travel)
    people, options, stands = _people(problem), _options(problem), _stands(problem)
    ok, allowed, calm = _legal(problem, options, stands, people, start, end, travel)
    ok_relaxed, allowed_relaxed = ok, allowed
    if not metric:
        ok_relaxed, allowed_relaxed, _ = _legal(problem, options, stands, people, start, end, shortest)
    locked = _locked(problem, options, stands)
    gain_row, gain, old = _gains(problem, options, stands, start, locked)
    return Grid(
        problem, start, end, start // 1440,
        np.concatenate(([False], start[1:] - end[:-1] <= ADJACENT_MINUTES)) if len(start) else np.zeros(0, bool),
        last, last if metric else _last_before(start, end, shortest), metric,
        allowed, allowed_relaxed, calm,
        options.first, options.candidate, options.company, options.stand,
        stands.campus[options.stand] if len(stands.campus) else options.stand, options.worth, ok, ok_relaxed,
        gain_row, gain, stands.company, stands.campus,
        np.array([NO_CAP if c.max_meetings is None else c.max_meetings for c in problem.companies], np.int64),
        stands.of_recruiter, np.array([r.max_in_a_row or 0 for r in problem.recruiters], np.int64), stands.present,
        np.array([NO_CAP if v.tables is None else v.tables for v in problem.campuses], np.int64),
        old, np.array([(m.candidate, m.slot, m.option, m.recruiter) for m in old if m.option >= 0], np.int64).reshape(-1, 4), locked,
    )  # fmt: skip


def meetings_cap(grid: Grid, relaxed: bool = False) -> Ints:
    """Most meetings of each candidate, (N,): never more than the options."""
    cap = grid.max_relaxed if relaxed else grid.max_meetings
    return np.minimum(cap, np.diff(grid.first_option))


@dataclass(frozen=True, slots=True, eq=False)
class _Stands:
    company: Ints
    campus: Ints
    of_recruiter: Ints
    present: Bools


@dataclass(frozen=True, slots=True, eq=False)
class _Options:
    first: Ints
    candidate: Ints
    company: Ints
    stand: Ints
    worth: Ints


@dataclass(frozen=True, slots=True, eq=False)
class _People:
    available: Bools
    busy_start: Ints
    busy_end: Ints
    busy_campus: Ints
    cap: Ints


def _shortest(travel: Ints) -> Ints:
    best = travel.copy()
    for k in range(len(best)):
        np.minimum(best, best[:, k, None] + best[None, k, :], out=best)
    return best


def _last_before(start: Ints, end: Ints, travel: Ints) -> npt.NDArray[np.int16]:
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


def _stands(problem: Problem) -> _Stands:
    companies = {c.id: n for n, c in enumerate(problem.companies)}
    campuses = {v.id: n for n, v in enumerate(problem.campuses)}
    keys = [(companies[r.company], campuses[r.campus]) for r in problem.recruiters]
    index = {key: n for n, key in enumerate(sorted(set(keys)))}
    table = np.array(sorted(set(keys)), np.int64).reshape(-1, 2)
    of_recruiter = np.array([index[key] for key in keys], np.int64)
    present = _table([r.slots for r in problem.recruiters], len(problem.slots))
    return _Stands(table[:, 0].copy(), table[:, 1].copy(), of_recruiter, present)


def _options(problem: Problem) -> _Options:
    """Wishes crossed with the stands of their company, sorted by candidate."""
    people = {c.id: n for n, c in enumerate(problem.candidates)}
    companies = {c.id: n for n, c in enumerate(problem.companies)}
    stands = _stands(problem)
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
    return _Options(
        np.concatenate(([0], np.cumsum(counts))).astype(np.int64), who[rows], whom[rows],
        first_stand[whom[rows]] + nth, problem.weights.preference * weight[rows],
    )  # fmt: skip


def _people(problem: Problem) -> _People:
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
    return _People(available, starts, ends, where, cap)


def _legal(
    problem: Problem, options: _Options, stands: _Stands, people: _People, start: Ints, end: Ints, travel: Ints
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
    for b in range(people.busy_start.shape[1]):
        s, e, w = people.busy_start[:, b], people.busy_end[:, b], people.busy_campus[:, b]
        overlap |= (s[:, None] < end[None, :]) & (start[None, :] < e[:, None])
        reached = np.minimum(s[options.candidate], end[-1] + 10**10) - travel[campus, w[options.candidate]]
        left = np.minimum(e[options.candidate], end[-1] + 10**10) + travel[w[options.candidate], campus]
        before = np.searchsorted(end, reached, side="right")  # slots [0, before) end in time for the session
        after = np.searchsorted(start, left, side="left")  # slots [after, T) start late enough after it
        index = np.arange(size)
        ok &= (index[None, :] < before[:, None]) | (index[None, :] >= after[:, None])
    allowed = np.where(_agenda_holds(people, travel), people.cap, 0)
    calm = np.zeros((len(people.cap), size + 1), np.int16)
    np.cumsum(~overlap, axis=1, out=calm[:, 1:], dtype=np.int16)
    return ok, allowed, calm


def _agenda_holds(people: _People, travel: Ints) -> Bools:
    """Whether a candidate's own sessions leave time to go from each to the next; if not, no meeting is legal."""
    holds = np.ones(len(people.cap), bool)
    for b in range(people.busy_start.shape[1] - 1):
        leg = travel[people.busy_campus[:, b], people.busy_campus[:, b + 1]]
        holds &= people.busy_end[:, b] + leg <= people.busy_start[:, b + 1] + (people.busy_start[:, b + 1] > 10**12)
    return holds


def _living_old(problem: Problem) -> list[tuple[int, int, int, str, int]]:
    """Meetings of the previous plan whose two sides still exist: (candidate, company, campus, recruiter id, slot)."""
    people = {c.id: n for n, c in enumerate(problem.candidates)}
    companies = {c.id: n for n, c in enumerate(problem.companies)}
    campuses = {v.id: n for n, v in enumerate(problem.campuses)}
    return [
        (people[o.candidate], companies[o.company], campuses[o.campus], o.recruiter, o.slot)
        for o in problem.previous or ()
        if o.candidate in people and o.company in companies
    ]


def _locked(problem: Problem, options: _Options, stands: _Stands) -> tuple[tuple[int, int, int, int], ...]:
    people = {c.id: n for n, c in enumerate(problem.candidates)}
    recruiters = {r.id: n for n, r in enumerate(problem.recruiters)}
    rows = []
    for who, recruiter, slot in problem.locked:
        i, r = people[who], recruiters[recruiter]
        mine = range(options.first[i], options.first[i + 1])
        rows.append((i, slot, next(o for o in mine if options.stand[o] == stands.of_recruiter[r]), r))
    return tuple(rows)


class _GainTable:
    """Rows of extra worth per slot, made only for the options that have one."""

    def __init__(self, options: int, slots: int) -> None:
        self.row_of = np.zeros(options, np.int64)
        self.rows = [np.zeros(slots, np.int64)]

    def add(self, option: int, extra: Ints) -> None:
        if not self.row_of[option]:
            self.row_of[option] = len(self.rows)
            self.rows.append(np.zeros_like(extra))
        self.rows[self.row_of[option]] += extra


def _gains(
    problem: Problem, options: _Options, stands: _Stands, start: Ints, locked: tuple[tuple[int, int, int, int], ...]
) -> tuple[Ints, Ints, tuple[Old, ...]]:
    """What keeping an old or a locked meeting adds to an option, and the old meetings themselves."""
    table = _GainTable(len(options.candidate), len(start))
    olds: list[Old] = []
    recruiters = {r.id: n for n, r in enumerate(problem.recruiters)}
    for i, j, v, name, t in _living_old(problem):
        r, kept_option = recruiters.get(name, -1), -1
        for o in range(options.first[i], options.first[i + 1]):
            if options.company[o] == j:
                same_campus = stands.campus[options.stand[o]] == v
                there = r >= 0 and stands.of_recruiter[r] == options.stand[o] and bool(stands.present[r, t])
                kept_option = o if there and same_campus else kept_option
                if problem.weights.change:
                    cost = _change_cost(start, t, same_campus, there)
                    table.add(o, problem.weights.change * (KEPT_WORTH - cost))
        olds.append(Old(i, j, r if kept_option >= 0 else -1, kept_option, t))
    for _, t, o, _ in locked:
        reward = np.zeros(len(start), np.int64)
        reward[t] = LOCK
        table.add(o, reward)
    return table.row_of, np.array(table.rows), tuple(olds)


def _change_cost(start: Ints, old_slot: int, same_campus: bool, recruiter_there: bool) -> Ints:
    """Least change points per slot (T,) of holding an old meeting at a stand."""
    if not same_campus:
        return np.full(len(start), COST_OTHER_CAMPUS)
    cost = np.where(np.abs(start - start[old_slot]) > NEAR_MINUTES, COST_MOVED_FAR, COST_MOVED_NEAR)
    cost[old_slot] = 0 if recruiter_there else COST_OTHER_RECRUITER
    return cost
