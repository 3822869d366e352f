"""A first plan: the hardest sessions first, each at its best spot; what does not fit is given a way by moving others."""

import time

from forum.agenda.planner import options
from forum.agenda.planner.board import Board, best_spot
from forum.agenda.planner.problem import Problem, Task


def construct(problem: Problem) -> tuple[Board, list[str]]:
    """A board with as many sessions as the greedy order can place, and the keys of those it could not."""
    board = Board(problem)
    for task in problem.tasks.values():
        if task.fixed is not None:
            board.put(task.key, task.fixed)
    left = []
    for task in sorted((t for t in problem.tasks.values() if t.fixed is None), key=lambda t: _ease(problem, t)):
        spot = best_spot(board, task)
        if spot is None:
            left.append(task.key)
        else:
            board.put(task.key, spot)
    return board, left


def settle(board: Board, deadline: float) -> int:
    """Move one session at a time to its best spot, those with most clashes first, until no move helps or time is up; points gained."""
    gained, moved = 0, True
    while moved:
        moved = False
        for key in sorted(board.spots, key=lambda k: -board.lost(k)):
            task = board.problem.tasks[key]
            if task.fixed is not None:
                continue
            if time.monotonic() >= deadline:
                return gained
            had = board.take(key)
            worth = board.gain(key, had)
            spot = best_spot(board, task) or had
            better = board.gain(key, spot) - worth
            board.put(key, spot if better > 0 else had)
            gained += max(0, better)
            moved = moved or better > 0
    return gained


def _ease(problem: Problem, task: Task) -> tuple[bool, int, int, str]:
    """Sorts the sessions with least choice first: scarce speakers, then scarce rooms, then the most wanted of a track."""
    scarce = any(
        ((s := problem.speakers.get(name)) is not None and (s.free is not None or s.busy)) or len(problem.by_speaker[name]) > 1 for name in task.speakers
    )
    rooms = sum(options.suits(task, place) for place in problem.places.values()) if task.needs else len(problem.places)
    return not scarce, rooms * 100_000 - task.minutes * 10, -task.wanted, task.key
