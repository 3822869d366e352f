"""One CP-SAT model: a few sessions into the rooms and times of a campus or two, everything else standing still.

One function per rule. Variables: `x[task, start]` and `y[task, place]`, exactly one of each per task.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import floor

import numpy as np
from ortools.sat.python import cp_model

from forum.agenda.planner import options
from forum.agenda.planner.board import Board
from forum.agenda.planner.problem import Problem, Spot, Task


@dataclass
class Model:
    """The model in the making, and the questions rules ask about its variables."""

    problem: Problem
    board: Board  # without the tasks to place
    tasks: Sequence[Task]
    campuses: Sequence[str]
    cp: cp_model.CpModel = field(default_factory=cp_model.CpModel)
    x: dict[tuple[str, int], cp_model.IntVar] = field(default_factory=dict)
    y: dict[tuple[str, str], cp_model.IntVar] = field(default_factory=dict)
    start: dict[str, cp_model.IntVar] = field(default_factory=dict)
    starts: dict[str, list[int]] = field(default_factory=dict)
    points: list[cp_model.LinearExprT] = field(default_factory=list)
    here: dict[tuple[str, str], cp_model.IntVar] = field(default_factory=dict)

    def on(self, task: Task, campus: str) -> cp_model.IntVar | None:
        """The variable that says *task* is on *campus*, made once; None when no room there suits it."""
        if (task.key, campus) not in self.here:
            rooms = [var for (key, place), var in self.y.items() if key == task.key and self.problem.places[place].campus == campus]
            if not rooms:
                return None
            self.here[task.key, campus] = self.cp.new_bool_var(f"{task.key} on {campus}")
            self.cp.add(sum(rooms) == self.here[task.key, campus])
        return self.here[task.key, campus]


def build(board: Board, keys: Sequence[str], campuses: Sequence[str]) -> Model | None:
    """The model of *keys* on *campuses*, hinting at the spots they have; None when one of them has no spot at all there.

    The board is changed and put back: no other thread may use it meanwhile. Solving the model needs no board.
    """
    problem = board.problem
    tasks = [problem.tasks[key] for key in keys if problem.tasks[key].fixed is None]
    had = {task.key: board.take(task.key) for task in tasks if task.key in board.spots}
    try:
        model = Model(problem, board, tasks, campuses)
        if not _variables(model):
            return None
        for rule in (rooms_hold_one, speakers_travel, seats_and_change, audience, tracks_together, no_crowding):
            rule(model)
        model.cp.maximize(sum(model.points))
        _hint(model, had)
        return model
    finally:
        for key, spot in had.items():
            board.put(key, spot)


def _variables(model: Model) -> bool:
    """Exactly one start and one room per task, each alone possible with what stands; False when a task has none."""
    for task in model.tasks:
        able: dict[int, list[str]] = {}
        for campus in model.campuses:
            starts = model.board.starts(task, campus)
            good = model.board.open_for(task, campus, starts)
            for place in options.places(model.problem, task, campus):
                for start in starts[good & model.board.vacant(task, place, starts)]:
                    able.setdefault(int(start), []).append(place)
        if not able:
            return False
        _one_of_each(model, task, able)
    return True


def _one_of_each(model: Model, task: Task, able: Mapping[int, Sequence[str]]) -> None:
    places = sorted({place for found in able.values() for place in found})
    model.starts[task.key] = sorted(able)
    for start in able:
        model.x[task.key, start] = model.cp.new_bool_var(f"{task.key}@{start}")
    for place in places:
        model.y[task.key, place] = model.cp.new_bool_var(f"{task.key}#{place}")
    model.cp.add_exactly_one(model.x[task.key, start] for start in able)
    model.cp.add_exactly_one(model.y[task.key, place] for place in places)
    for start, found in able.items():
        for place in set(places) - set(found):
            model.cp.add_implication(model.x[task.key, start], model.y[task.key, place].negated())
    start_at = model.cp.new_int_var_from_domain(cp_model.Domain.from_values(sorted(able)), f"{task.key}@")
    model.cp.add(start_at == sum(start * model.x[task.key, start] for start in able))
    model.start[task.key] = start_at


def rooms_hold_one(model: Model) -> None:
    """A room holds one session at a time."""
    held: dict[str, list[cp_model.IntervalVar]] = {}
    for (key, place), var in model.y.items():
        minutes = model.problem.tasks[key].minutes
        interval = model.cp.new_optional_fixed_size_interval_var(model.start[key], minutes, var, f"{key}#{place}")
        held.setdefault(place, []).append(interval)
    for intervals in held.values():
        model.cp.add_no_overlap(intervals)


def speakers_travel(model: Model) -> None:
    """A speaker holds one session at a time, with the journey between two campuses."""
    mine = {task.key: task for task in model.tasks}
    seen: set[tuple[str, str]] = set()
    for task in model.tasks:
        for name in task.speakers:
            for other in model.problem.by_speaker[name]:
                pair = (min(task.key, other), max(task.key, other))
                if other in mine and other != task.key and pair not in seen:
                    seen.add(pair)
                    _apart(model, mine[pair[0]], mine[pair[1]])


def _apart(model: Model, a: Task, b: Task) -> None:
    order = model.cp.new_bool_var(f"{a.key}<{b.key}")
    for here in model.campuses:
        for there in model.campuses:
            literals = [var for var in (model.on(a, here), model.on(b, there)) if var is not None]
            if len(literals) < 2:
                continue
            go, come = model.problem.journey(here, there), model.problem.journey(there, here)
            for first, second, minutes, sense in ((a, b, go, order), (b, a, come, order.negated())):
                if minutes is None:
                    model.cp.add_bool_or([*(var.negated() for var in literals), sense.negated()])
                else:
                    model.cp.add(model.start[first.key] + first.minutes + minutes <= model.start[second.key]).only_enforce_if([*literals, sense])


def seats_and_change(model: Model) -> None:
    """Seats for those who want to come; sessions stay where the published release has them."""
    for (key, place), var in model.y.items():
        model.points.append(model.board.place_gain(model.problem.tasks[key], place) * var)


def audience(model: Model) -> None:
    """Sessions the same people want do not overlap: with what stands by start, among themselves by pair."""
    mine = {task.key for task in model.tasks}
    for task in model.tasks:
        starts = np.array(model.starts[task.key], dtype=np.int64)
        for start, gain in zip(model.starts[task.key], model.board.start_gain(task, starts), strict=True):
            if gain:
                model.points.append(int(gain) * model.x[task.key, start])
        for other, people in model.problem.neighbours[task.key]:
            if other in mine and task.key < other:
                _overlap(model, task, model.problem.tasks[other], people * model.problem.weights.clash)


def _overlap(model: Model, a: Task, b: Task, points: int) -> None:
    """Costs *points* unless one ends before the other starts."""
    before, after = model.cp.new_bool_var(""), model.cp.new_bool_var("")
    model.cp.add(model.start[a.key] + a.minutes <= model.start[b.key]).only_enforce_if(before)
    model.cp.add(model.start[b.key] + b.minutes <= model.start[a.key]).only_enforce_if(after)
    clash = model.cp.new_bool_var("")
    model.cp.add_bool_or([before, after, clash])
    model.points.append(-points * clash)


def tracks_together(model: Model) -> None:
    """A track uses as few campuses as it can."""
    if len(model.campuses) == 1:
        return
    for track in sorted({task.track for task in model.tasks if task.track}):
        for campus in model.campuses:
            if model.board.tracks[track, campus]:
                continue  # used anyway by sessions that stand
            used = model.cp.new_bool_var(f"{track} on {campus}")
            for task in model.tasks:
                if task.track == track and (there := model.on(task, campus)) is not None:
                    model.cp.add_implication(there, used)
            model.points.append(-model.problem.weights.track_campus * used)


def no_crowding(model: Model) -> None:
    """A campus holds its fair share of minutes."""
    if len(model.campuses) == 1:
        return
    for campus in model.campuses:
        room = model.problem.fair_minutes - model.board.load[campus]
        total = sum(task.minutes for task in model.tasks)
        over = model.cp.new_int_var(0, total + max(0, -room), f"over {campus}")
        held = [task.minutes * there for task in model.tasks if (there := model.on(task, campus)) is not None]
        model.cp.add(over >= sum(held) - room)
        model.points.append(-model.problem.weights.crowding * over)


def _hint(model: Model, had: Mapping[str, Spot]) -> None:
    for (key, start), var in model.x.items():
        if key in had:
            model.cp.add_hint(var, start == had[key].start)
    for (key, place), var in model.y.items():
        if key in had:
            model.cp.add_hint(var, place == had[key].place)


def solve(model: Model, *, seconds: float, seed: int) -> dict[str, Spot] | None:
    """The best spots found in *seconds*; None when none was. One worker: the same model and seed, the same spots."""
    found = solve_proven(model, seconds=seconds, seed=seed)
    return None if found is None else found[0]


def solve_proven(model: Model, *, seconds: float, seed: int) -> tuple[dict[str, Spot], int] | None:
    """As `solve`, with the points by which a better answer could at most exceed this one: 0 when it is the best."""
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    if solver.solve(model.cp) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    placed = {key: place for (key, place), var in model.y.items() if solver.boolean_value(var)}
    spots = {key: Spot(placed[key], start) for (key, start), var in model.x.items() if solver.boolean_value(var)}
    return spots, max(0, floor(solver.best_objective_bound + 1e-6) - round(solver.objective_value))
