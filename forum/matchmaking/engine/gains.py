"""What keeping an old meeting, or a locked one, adds to an option: extra worth by slot."""

from dataclasses import dataclass

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
    """Rows of extra worth per slot, made only for the options that have one."""

    def __init__(self, options: int, slots: int) -> None:
        self.row_of = np.zeros(options, np.int64)
        self.rows = [np.zeros(slots, np.int64)]

    def add(self, option: int, extra: Ints) -> None:
        if not self.row_of[option]:
            self.row_of[option] = len(self.rows)
            self.rows.append(np.zeros_like(extra))
        self.rows[self.row_of[option]] += extra


def gains_of(
    problem: Problem, options: Options, stands: Stands, start: Ints, locked: tuple[tuple[int, int, int, int], ...]
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
