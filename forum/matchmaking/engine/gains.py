"""What keeping an old meeting, or a locked one, adds to an option: extra worth by slot."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from forum.matchmaking.engine.arrays import Ints, Options, Stands
from forum.matchmaking.engine.model import Problem

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


def _living_old(problem: Problem) -> list[tuple[int, int, int, str, int]]:
    """Meetings of the previous plan whose two sides still exist: (candidate, company, campus or -1 if it is gone, recruiter id, slot)."""
    people = {c.id: n for n, c in enumerate(problem.candidates)}
    companies = {c.id: n for n, c in enumerate(problem.companies)}
    campuses = {v.id: n for n, v in enumerate(problem.campuses)}
    return [
        (people[o.candidate], companies[o.company], campuses.get(o.campus, -1), o.recruiter, o.slot)
        for o in problem.previous or ()
        if o.candidate in people and o.company in companies
    ]


def locked_rows(problem: Problem, options: Options, stands: Stands) -> tuple[tuple[int, int, int, int], ...]:
    people = {c.id: n for n, c in enumerate(problem.candidates)}
    recruiters = {r.id: n for n, r in enumerate(problem.recruiters)}
    rows = []
    for who, recruiter, slot in problem.locked:
        i, r = people[who], recruiters[recruiter]
        mine = range(options.first[i], options.first[i + 1])
        rows.append((i, slot, next(o for o in mine if options.stand[o] == stands.of_recruiter[r]), r))
    return tuple(rows)


class _GainTable:
    """Rows of extra worth per slot, made only for the options that have one; options of like worth share a row."""

    def __init__(self, options: int, slots: int) -> None:
        self.row_of = np.zeros(options, np.int64)
        self.rows = [np.zeros(slots, np.int64)]
        self._shared: dict[object, int] = {}

    def add(self, option: int, kind: object, extra: Callable[[], Ints]) -> None:
        """Equal *kind*, equal *extra*."""
        row = int(self.row_of[option])
        if row:
            self.rows.append(self.rows[row] + extra())
            self.row_of[option] = len(self.rows) - 1
            return
        if kind not in self._shared:
            self._shared[kind] = len(self.rows)
            self.rows.append(extra())
        self.row_of[option] = self._shared[kind]


def gains_of(
    problem: Problem, options: Options, stands: Stands, start: Ints, locked: tuple[tuple[int, int, int, int], ...]
) -> tuple[Ints, Ints, tuple[Old, ...]]:
    """What keeping an old or a locked meeting adds to an option, and the old meetings themselves."""
    table = _GainTable(len(options.candidate), len(start))
    olds: list[Old] = []
    recruiters = {r.id: n for n, r in enumerate(problem.recruiters)}
    living = _living_old(problem)
    for (i, j, v, name, t), mine in zip(living, _options_of_old(options, living), strict=True):
        r, kept_option = recruiters.get(name, -1), -1
        for o in mine:
            same_campus = bool(stands.campus[options.stand[o]] == v)
            there = r >= 0 and stands.of_recruiter[r] == options.stand[o] and bool(stands.present[r, t])
            kept_option = o if there and same_campus else kept_option
            if problem.weights.change:
                table.add(o, (t, same_campus, there), partial(_kept_worth, problem.weights.change, start, t, same_campus, there))
        olds.append(Old(i, j, r if kept_option >= 0 else -1, kept_option, t))
    for _, t, o, _ in locked:
        table.add(o, t, partial(_reward, len(start), t))
    return table.row_of, np.array(table.rows), tuple(olds)


def _options_of_old(options: Options, living: list[tuple[int, int, int, str, int]]) -> list[list[int]]:
    """The options of each old meeting's candidate at its company."""
    who, whom = (np.array([old[k] for old in living], np.int64) for k in (0, 1))
    counts = options.first[who + 1] - options.first[who]
    row = np.repeat(np.arange(len(living)), counts)
    option = np.arange(int(counts.sum())) + np.repeat(options.first[who] - np.cumsum(counts) + counts, counts)
    same = options.company[option] == whom[row]
    found: list[list[int]] = [[] for _ in living]
    for k, o in zip(row[same].tolist(), option[same].tolist(), strict=True):
        found[k].append(o)
    return found


def _kept_worth(change: int, start: Ints, old_slot: int, same_campus: bool, recruiter_there: bool) -> Ints:
    """What holding an old meeting at a stand adds by slot, (T,)."""
    return change * (KEPT_WORTH - _change_cost(start, old_slot, same_campus, recruiter_there))


def _reward(slots: int, locked: int) -> Ints:
    reward = np.zeros(slots, np.int64)
    reward[locked] = LOCK
    return reward


def _change_cost(start: Ints, old_slot: int, same_campus: bool, recruiter_there: bool) -> Ints:
    """Least change points per slot (T,) of holding an old meeting at a stand."""
    if not same_campus:
        return np.full(len(start), COST_OTHER_CAMPUS)
    cost = np.where(np.abs(start - start[old_slot]) > NEAR_MINUTES, COST_MOVED_FAR, COST_MOVED_NEAR)
    cost[old_slot] = 0 if recruiter_there else COST_OTHER_RECRUITER
    return cost
