"""A value no plan can exceed: each term bounded on its own, so their sum bounds the whole."""

from collections import Counter, defaultdict

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

from forum.agenda.planner import options
from forum.agenda.planner.problem import Problem, Terms


def bound(problem: Problem) -> Terms:
    """The most each term can be worth."""
    weights = problem.weights
    kept = [options.keepable(problem, task) for task in problem.tasks.values()]
    return Terms(
        seats=weights.seat * seated(problem),
        clashes=-weights.clash * _fixed_clashes(problem),
        unchanged=sum(weights.same_start * start + weights.same_place * room for start, room in kept),
        tracks=-_spread(problem),
        crowding=-weights.crowding * _overload(problem),
    )


def seated(problem: Problem) -> int:
    """Persons that can have a seat when room time may be shared out in fractions (a transport problem, by linear programming).

    Sessions alike (length, wanted, needs) and rooms alike (capacity, equipment) are merged; a room class has the open
    minutes of its rooms. Every plan is a solution of this relaxation, so its optimum, rounded down, is a bound.
    """
    kinds = Counter((task.minutes, task.wanted, task.needs) for task in problem.tasks.values())
    supply: dict[tuple[int, frozenset[str]], int] = defaultdict(int)
    for place in problem.places.values():
        supply[place.capacity, place.equipment] += sum(end - start for start, end in (place.free or problem.opening.get(place.campus, ())))
    for task in problem.tasks.values():  # a fixed item may stand outside the hours; give its room that time too
        if task.fixed is not None:
            place = problem.places[task.fixed.place]
            supply[place.capacity, place.equipment] += task.minutes
    fixed_needs = frozenset(t.needs for t in problem.tasks.values() if t.fixed is not None)
    pairs = [(k, c) for k in kinds for c in supply if k[2] <= c[1] or k[2] in fixed_needs]
    if not pairs:
        return 0
    rows = {k: n for n, k in enumerate(kinds)}
    columns = {c: n for n, c in enumerate(supply)}
    at = np.arange(len(pairs))
    ones = np.ones(len(pairs))
    sessions = coo_array((ones, ([rows[k] for k, _ in pairs], at)), shape=(len(rows), len(pairs)))
    minutes = coo_array(([float(k[0]) for k, _ in pairs], ([columns[c] for _, c in pairs], at)), shape=(len(columns), len(pairs)))
    worth = np.array([-min(k[1], c[0]) for k, c in pairs], dtype=float)
    solved = linprog(worth, A_ub=minutes.tocsr(), b_ub=list(supply.values()), A_eq=sessions.tocsr(), b_eq=list(kinds.values()), method="highs")  # type: ignore[call-overload]  # its stubs know no sparse arrays
    simple = sum(max((min(k[1], c[0]) for kk, c in pairs if kk == k), default=0) * n for k, n in kinds.items()) if len(pairs) <= 200_000 else 10**12
    return min(simple, int(np.floor(-solved.fun + 1e-6))) if solved.status == 0 else simple


def _fixed_clashes(problem: Problem) -> int:
    """Persons who lose a session whatever the plan: those who want two fixed items that overlap."""
    spots = {key: task.fixed for key, task in problem.tasks.items() if task.fixed is not None}
    lost = 0
    for (a, b), people in problem.together.items():
        if a in spots and b in spots:
            (s, e), (t, f) = options.span(problem.tasks[a], spots[a]), options.span(problem.tasks[b], spots[b])
            lost += people * (s < f and t < e)
    return lost


def _room_minutes(problem: Problem) -> dict[str, int]:
    """The open room minutes of each campus; fixed items may stand outside them."""
    found: dict[str, int] = defaultdict(int)
    for place in problem.places.values():
        found[place.campus] += sum(end - start for start, end in problem.opening.get(place.campus, ()))
    for task in problem.tasks.values():
        if task.fixed is not None:
            found[problem.places[task.fixed.place].campus] += task.minutes
    return found


def _campuses_needed(problem: Problem) -> int:
    """The fewest campuses each track must use: those its fixed items stand on, or those its minutes fill."""
    minutes: dict[str, int] = defaultdict(int)
    fixed: dict[str, set[str]] = defaultdict(set)
    for task in problem.tasks.values():
        if task.track:
            minutes[task.track] += task.minutes
            if task.fixed is not None:
                fixed[task.track].add(problem.places[task.fixed.place].campus)
    sizes = sorted(_room_minutes(problem).values(), reverse=True)
    return sum(max(1, len(fixed[track]), _fewest(sizes, need)) for track, need in minutes.items())


def _spread(problem: Problem) -> int:
    """The least points tracks and crowding cost beyond what fixed items overload.

    On `used` campuses at least `total - used × fair` minutes are too many, and each used campus is used by a track:
    few campuses crowd, many cost their tracks. The cheapest number of campuses bounds every plan.
    """
    weights = problem.weights
    tracks = _campuses_needed(problem)
    total = sum(task.minutes for task in problem.tasks.values())
    untracked = sum(task.minutes for task in problem.tasks.values() if not task.track)
    if untracked:
        return weights.track_campus * tracks
    costs = []
    for used in range(1, len(problem.by_campus) + 1):
        crowded = max(0, total - used * problem.fair_minutes) - _overload(problem)
        costs.append(weights.track_campus * max(tracks, used) + weights.crowding * max(0, crowded))
    return min(costs, default=0)


def _fewest(sizes: list[int], need: int) -> int:
    used = 0
    for size in sizes:
        if need <= 0:
            break
        used += 1
        need -= size
    return used


def _overload(problem: Problem) -> int:
    """Minutes beyond the fair share that fixed items alone make."""
    load: dict[str, int] = defaultdict(int)
    for task in problem.tasks.values():
        if task.fixed is not None:
            load[problem.places[task.fixed.place].campus] += task.minutes
    return sum(max(0, minutes - problem.fair_minutes) for minutes in load.values())
