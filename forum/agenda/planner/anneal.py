"""Times shaken loose: sessions change their hour one by one, first almost freely, then only for the better (Kirkpatrick et al. 1983).

Moving one session at a time to its best spot ends where no single move helps; heat leads out of there. Rooms stay: what counts
here are the people who want two sessions at the same time. Each turn draws a start by its points (heat bath).
"""

import time
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forum.agenda.planner import check
from forum.agenda.planner.board import Board
from forum.agenda.planner.problem import Spot, Task

HOT: Final = 40.0  # points: at first a loss of four people's session is nothing
COLD: Final = 1.5
BATCH: Final = 64  # turns between two looks at the clock

Ints = NDArray[np.int64]


class _Times:
    """Starts and ends of every session as arrays, and who shares its audience with whom."""

    def __init__(self, board: Board) -> None:
        self.problem = board.problem
        self.at = {key: n for n, key in enumerate(board.spots)}
        self.start: Ints = np.array([spot.start for spot in board.spots.values()], dtype=np.int64)
        self.minutes: Ints = np.array([board.problem.tasks[key].minutes for key in board.spots], dtype=np.int64)
        self.near: dict[str, tuple[Ints, Ints]] = {}
        for key in board.spots:
            shared = [(self.at[other], people) for other, people in board.problem.neighbours[key] if other in self.at]
            if shared:
                self.near[key] = (np.array([n for n, _ in shared], dtype=np.int64), np.array([p for _, p in shared], dtype=np.int64))

    def gain(self, task: Task, starts: Ints) -> Ints:
        """Points of each of *starts*: clashes avoided, the published time kept."""
        others, people = self.near[task.key]
        begin = self.start[others]
        over = (starts[:, None] < begin + self.minutes[others]) & (begin < starts[:, None] + task.minutes)
        points: Ints = -self.problem.weights.clash * (over @ people)
        if task.previous is not None:
            points = points + self.problem.weights.same_start * (starts == task.previous.start)
        return points


def anneal(board: Board, deadline: float, seed: int) -> int:
    """Give sessions other times until *deadline* (monotonic seconds); the board keeps the better of before and after. Points gained."""
    times = _Times(board)
    keys = sorted(key for key in times.near if board.problem.tasks[key].fixed is None)
    before, had = check.terms(board.problem, board.spots).total, dict(board.spots)
    dice = np.random.default_rng(seed)
    began = time.monotonic()
    while keys and (now := time.monotonic()) < deadline:
        heat = HOT * (COLD / HOT) ** ((now - began) / (deadline - began))
        for n in dice.integers(len(keys), size=BATCH):
            _turn(board, times, keys[n], heat, dice)
    gained = check.terms(board.problem, board.spots).total - before
    if gained < 0:
        for key in had:
            board.take(key)
        for key, spot in had.items():
            board.put(key, spot)
    return max(0, gained)


def _turn(board: Board, times: _Times, key: str, heat: float, dice: np.random.Generator) -> None:
    """Draw a start for *key* in its room: exp(points / heat) to one, by the largest of points with Gumbel noise."""
    task, spot = board.problem.tasks[key], board.take(key)
    campus = board.problem.places[spot.place].campus
    starts = board.starts(task, campus)
    good = board.vacant(task, spot.place, starts) & board.open_for(task, campus, starts)
    drawn = np.where(good, times.gain(task, starts) / heat + dice.gumbel(size=len(starts)), -np.inf)
    best = int(starts[np.argmax(drawn)]) if good.any() else spot.start
    board.put(key, Spot(spot.place, best))
    times.start[times.at[key]] = best
