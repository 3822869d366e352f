"""When no plan exists: a minimal set of requirements that cannot all be kept, each in words a person can act on."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from ortools.sat.python import cp_model

from forum.agenda.planner import options
from forum.agenda.planner.problem import Impossible, Problem, Spot, Task
from forum.i18n import N_, Message

ALL = "*"
MOST_NAMED = 6  # rooms or campuses an explanation names one by one


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing a person asked for. `tasks` it touches; `kind` says which rule it stands for, `ref` of what."""

    kind: str
    ref: str
    words: Message


def explain(problem: Problem, left: Sequence[str], *, seconds: float) -> Impossible:
    """Why the sessions *left* cannot be placed with those they compete with.

    Deletion filter (Chinneck 2008, §6): a requirement is dropped for good when what remains is still impossible, so the set
    that is left is minimal. Works on the session left over and its rivals, first alone, then with more of them.
    """
    deadline = time.monotonic() + seconds
    for key in left:
        for rivals in _circles(problem, key):
            found = minimal_set(problem, rivals, deadline)
            if found is not None:
                return Impossible(tuple(r.words for r in found[0]), tuple(sorted(_named(found[0], rivals))), proven=found[1])
    words = tuple(
        Message(N_("“{title}” has no room and time left; no proof was found in {seconds} s."), title=problem.tasks[k].title, seconds=round(seconds))
        for k in left
    )
    return Impossible(words, tuple(left), proven=False)


def _named(found: Sequence[Requirement], rivals: Sequence[str]) -> set[str]:
    return {r.ref for r in found if r.ref in rivals}


def _circles(problem: Problem, key: str) -> list[list[str]]:
    """The session alone; with its speakers' others; with those that suit only rooms it also suits; with everything small enough."""
    task = problem.tasks[key]
    mates = sorted({k for name in task.speakers for k in problem.by_speaker[name]} | {key})
    rooms = {r for c in options.campuses(problem, task) for r in options.places(problem, task, c)}
    rivals = sorted(k for k, t in problem.tasks.items() if k == key or _rooms_of(problem, t) & rooms)
    circles = [[key], mates, rivals[:80] if key in rivals[:80] else [key, *rivals[:79]]]
    if len(problem.tasks) <= 120:
        circles.append(sorted(problem.tasks))
    return circles


def _rooms_of(problem: Problem, task: Task) -> set[str]:
    return {r for c in options.campuses(problem, task) for r in options.places(problem, task, c)}


def minimal_set(problem: Problem, keys: Sequence[str], deadline: float) -> tuple[list[Requirement], bool] | None:
    """An impossible subset of the requirements of *keys* and whether it is minimal; None when all can be kept, or time is up.

    Drops halves, then quarters, down to single requirements: few tests when few matter.
    """
    tasks = [problem.tasks[key] for key in keys]
    kept = _requirements(problem, tasks)
    if impossible(problem, tasks, kept, deadline) is not True:
        return None
    size, minimal = len(kept), True
    while size:
        for begin in range(len(kept) - size, -size, -size):
            without = kept[: max(0, begin)] + kept[begin + size :]
            verdict = impossible(problem, tasks, without, deadline)
            minimal = minimal and verdict is not None
            if verdict:
                kept = without
        size //= 2
    return kept, minimal


def _requirements(problem: Problem, tasks: Sequence[Task]) -> list[Requirement]:
    """What is asked of *tasks*, the easiest to give up last so that it is the one that stays in the explanation."""
    found = [Requirement("place", t.key, Message(N_("“{title}” ({minutes} min) takes place"), title=t.title, minutes=t.minutes)) for t in tasks]
    found += [Requirement("fixed", t.key, Message(N_("“{title}” stays where it was fixed"), title=t.title)) for t in tasks if t.fixed is not None]
    found += [Requirement("needs", t.key, Message(N_("“{title}” needs {things}"), title=t.title, things=", ".join(sorted(t.needs)))) for t in tasks if t.needs]
    for name in sorted({name for t in tasks for name in t.speakers}):
        speaker = problem.speakers.get(name)
        named = speaker.name if speaker is not None else name
        found.append(Requirement("one", name, Message(N_("{name} holds one session at a time, with the journey between"), name=named)))
        if speaker is not None and speaker.free is not None:
            found.append(Requirement("free", name, Message(N_("{name} speaks only when available"), name=named)))
        if speaker is not None and speaker.busy:
            found.append(Requirement("busy", name, Message(N_("{name} keeps the meetings already planned"), name=named)))
    return found + _grounds(problem, tasks)


def _grounds(problem: Problem, tasks: Sequence[Task]) -> list[Requirement]:
    """What rooms and campuses ask: one by one when they are few enough to read, else as one requirement for all."""
    rooms = sorted({place for t in tasks for c in problem.by_campus for place in options.places(problem, t, c)})
    sites = sorted(problem.by_campus)
    found = []
    if len(rooms) <= MOST_NAMED:
        found += [Requirement("room", place, Message(N_("{room} holds one session at a time"), room=problem.places[place].name)) for place in rooms]
    else:
        found.append(Requirement("room", ALL, Message(N_("each of the {count} rooms that suit holds one session at a time"), count=len(rooms))))
    given = [place for place in rooms if problem.places[place].free is not None]
    if len(given) <= MOST_NAMED:
        found += [
            Requirement("given", place, Message(N_("{room} is used only when it is given to the forum"), room=problem.places[place].name)) for place in given
        ]
    else:
        found.append(Requirement("given", ALL, Message(N_("rooms are used only when they are given to the forum"))))
    if len(sites) <= MOST_NAMED:
        found += [Requirement("open", site, Message(N_("{campus} keeps its opening hours"), campus=problem.campus_name(site))) for site in sites]
    else:
        found.append(Requirement("open", ALL, Message(N_("every campus keeps its opening hours"))))
    return found


def impossible(problem: Problem, tasks: Sequence[Task], kept: Sequence[Requirement], deadline: float) -> bool | None:
    """Whether *kept* cannot all hold, by CP-SAT; None when time is up."""
    asked = {(r.kind, r.ref) for r in kept}
    left = deadline - time.monotonic()
    if left <= 0:
        return None
    cp = cp_model.CpModel()
    spots: dict[str, list[tuple[Spot, cp_model.IntVar]]] = {}
    for task in tasks:
        if ("place", task.key) in asked:
            spots[task.key] = [(spot, cp.new_bool_var("")) for spot in _spots(problem, task, asked)]
            cp.add_exactly_one([var for _, var in spots[task.key]]) if spots[task.key] else cp.add_bool_or([])
    _no_two(cp, problem, spots, asked)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = left
    solver.parameters.num_workers = 1
    status = solver.solve(cp)
    return None if status == cp_model.UNKNOWN else status == cp_model.INFEASIBLE


def _spots(problem: Problem, task: Task, asked: set[tuple[str, str]]) -> list[Spot]:
    """The spots *task* may take when only what is *asked* counts."""
    if task.fixed is not None and ("fixed", task.key) in asked:
        return [task.fixed]
    found = []
    longest = max((end for windows in problem.opening.values() for _, end in windows), default=0)
    for place in problem.places.values():
        if ("needs", task.key) in asked and not options.suits(task, place):
            continue
        windows = problem.opening.get(place.campus, ()) if {("open", place.campus), ("open", ALL)} & asked else ((0, longest + 24 * 60),)
        for opens, closes in windows:
            for start in range(opens, closes - task.minutes + 1, problem.step):
                given = not {("given", place.key), ("given", ALL)} & asked or options.within(start, start + task.minutes, place.free)
                if given and _speakers_can(problem, task, start, place.campus, asked):
                    found.append(Spot(place.key, start))
    return found


def _speakers_can(problem: Problem, task: Task, start: int, campus: str, asked: set[tuple[str, str]]) -> bool:
    for name in task.speakers:
        speaker = problem.speakers.get(name)
        if speaker is None:
            continue
        if ("free", name) in asked and not options.within(start, start + task.minutes, speaker.free):
            return False
        if ("busy", name) in asked and not all(options.apart(problem, (start, start + task.minutes), campus, w, c) for w, c in speaker.busy):
            return False
    return True


Spots = dict[str, list[tuple[Spot, cp_model.IntVar]]]


def _no_two(cp: cp_model.CpModel, problem: Problem, spots: Spots, asked: set[tuple[str, str]]) -> None:
    """Rooms and speakers hold one session at a time, where that is asked."""
    rooms: dict[str, list[cp_model.IntervalVar]] = {}
    for key, mine in spots.items():
        for spot, var in mine:
            if {("room", spot.place), ("room", ALL)} & asked:
                rooms.setdefault(spot.place, []).append(cp.new_optional_fixed_size_interval_var(spot.start, problem.tasks[key].minutes, var, ""))
    for intervals in rooms.values():
        cp.add_no_overlap(intervals)
    for name, keys in problem.by_speaker.items():
        if ("one", name) in asked:
            for a, b in combinations([key for key in keys if key in spots], 2):
                _travel(cp, problem, spots, a, b)


def _travel(cp: cp_model.CpModel, problem: Problem, spots: Spots, a: str, b: str) -> None:
    """No spot of *a* with a spot of *b* the speaker cannot reach from it."""
    one, two = problem.tasks[a], problem.tasks[b]
    for spot, var in spots[a]:
        campus = problem.places[spot.place].campus
        bad = [
            other
            for place, other in spots[b]
            if not options.apart(problem, options.span(one, spot), campus, options.span(two, place), problem.places[place.place].campus)
        ]
        if bad:
            cp.add_bool_and([other.negated() for other in bad]).only_enforce_if(var)
