"""A plan being made: who holds which room and speaker when, what each campus carries, what moving a session would cost."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from forum.agenda.planner import options
from forum.agenda.planner.problem import Problem, Spot, Task

Minutes = NDArray[np.int64]


class Board:
    """Spots placed so far, with the indexes that make a question about a session cheap."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.spots: dict[str, Spot] = {}
        self.rooms: dict[str, set[str]] = defaultdict(set)
        self.load: dict[str, int] = defaultdict(int)
        self.tracks: dict[tuple[str, str], int] = defaultdict(int)
        self._starts: dict[tuple[str, object], Minutes] = {}

    def put(self, key: str, spot: Spot) -> None:
        """Place *key*, which is not placed yet."""
        self.spots[key] = spot
        self._count(key, spot, 1)
        self.rooms[spot.place].add(key)

    def take(self, key: str) -> Spot:
        """Lift *key* off the board."""
        spot = self.spots.pop(key)
        self._count(key, spot, -1)
        self.rooms[spot.place].discard(key)
        return spot

    def _count(self, key: str, spot: Spot, sign: int) -> None:
        task, campus = self.problem.tasks[key], self.problem.places[spot.place].campus
        self.load[campus] += sign * task.minutes
        if task.track:
            self.tracks[task.track, campus] += sign

    def campus(self, key: str) -> str:
        return self.problem.places[self.spots[key].place].campus

    def starts(self, task: Task, campus: str) -> Minutes:
        """The starts of *task* on *campus*, other sessions left aside; one array for campuses with the same hours."""
        busy = any((s := self.problem.speakers.get(name)) is not None and s.busy for name in task.speakers)
        key = (task.key, campus if busy else self.problem.opening.get(campus, ()))
        if key not in self._starts:
            self._starts[key] = np.array(options.starts(self.problem, task, campus), dtype=np.int64)
        return self._starts[key]

    def open_for(self, task: Task, campus: str, starts: Minutes, ignoring: Iterable[str] = ()) -> NDArray[np.bool_]:
        """Which of *starts* leave the speakers of *task* able to be there, given the sessions they already hold."""
        skip = set(ignoring)
        good = np.ones(len(starts), dtype=np.bool_)
        for name in task.speakers:
            for other in self.problem.by_speaker[name]:
                if other != task.key and other in self.spots and other not in skip:
                    good &= self._apart(task, campus, starts, other)
        return good

    def _apart(self, task: Task, campus: str, starts: Minutes, other: str) -> NDArray[np.bool_]:
        begin, end = options.span(self.problem.tasks[other], self.spots[other])
        there = self.campus(other)
        go, come = self.problem.journey(campus, there), self.problem.journey(there, campus)
        before = starts + task.minutes + go <= begin if go is not None else np.zeros(len(starts), dtype=np.bool_)
        after = end + come <= starts if come is not None else np.zeros(len(starts), dtype=np.bool_)
        found: NDArray[np.bool_] = before | after
        return found

    def vacant(self, task: Task, place: str, starts: Minutes) -> NDArray[np.bool_]:
        """Which of *starts* find the room given and empty."""
        free = self.problem.places[place].free
        good = np.ones(len(starts), dtype=np.bool_)
        if free is not None and task.fixed is None:
            good = np.array([options.within(int(s), int(s) + task.minutes, free) for s in starts], dtype=np.bool_)
        for other in self.rooms[place]:
            begin, end = options.span(self.problem.tasks[other], self.spots[other])
            good &= (starts + task.minutes <= begin) | (end <= starts)
        return good

    def clashes(self, task: Task, starts: Minutes, ignoring: Iterable[str] = ()) -> Minutes:
        """Persons who would lose a session, per start: those who want *task* and one that overlaps it."""
        skip = set(ignoring)
        lost = np.zeros(len(starts), dtype=np.int64)
        for other, people in self.problem.neighbours[task.key]:
            if other in self.spots and other not in skip:
                begin, end = options.span(self.problem.tasks[other], self.spots[other])
                lost += people * ((starts < end) & (begin < starts + task.minutes))
        return lost

    def campus_gain(self, task: Task, campus: str) -> int:
        """Points of putting *task* on *campus* for its track and the crowding there."""
        weights, load = self.problem.weights, self.load[campus]
        over = max(0, load + task.minutes - self.problem.fair_minutes) - max(0, load - self.problem.fair_minutes)
        opens = bool(task.track) and self.tracks[task.track, campus] == 0
        return -weights.crowding * over - weights.track_campus * opens

    def start_gain(self, task: Task, starts: Minutes, ignoring: Iterable[str] = ()) -> Minutes:
        """Points per start: clashes avoided and the published time kept."""
        gain: Minutes = -self.problem.weights.clash * self.clashes(task, starts, ignoring)
        if task.previous is not None:
            gain = gain + self.problem.weights.same_start * (starts == task.previous.start)
        return gain

    def place_gain(self, task: Task, place: str) -> int:
        """Points of a room: seats for those who want to come, and the published room kept."""
        weights = self.problem.weights
        kept = task.previous is not None and task.previous.place == place
        return weights.seat * min(task.wanted, self.problem.places[place].capacity) + weights.same_place * kept

    def fits(self, key: str, spot: Spot) -> bool:
        """Whether *key*, not placed, could stand at *spot* as the board is."""
        task, at = self.problem.tasks[key], np.array([spot.start], dtype=np.int64)
        campus = self.problem.places[spot.place].campus
        return bool(self.open_for(task, campus, at)[0] and self.vacant(task, spot.place, at)[0])

    def gain(self, key: str, spot: Spot) -> int:
        """The points of putting *key*, not placed, at *spot*."""
        task, at = self.problem.tasks[key], np.array([spot.start], dtype=np.int64)
        campus = self.problem.places[spot.place].campus
        return int(self.start_gain(task, at)[0]) + self.place_gain(task, spot.place) + self.campus_gain(task, campus)

    def lost(self, key: str) -> int:
        """Persons who lose a session because *key* stands where it does."""
        begin, end = options.span(self.problem.tasks[key], self.spots[key])
        lost = 0
        for other, people in self.problem.neighbours[key]:
            if other in self.spots:
                start = self.spots[other].start
                lost += people * (start < end and begin < start + self.problem.tasks[other].minutes)
        return lost

    def replace(self, spots: Mapping[str, Spot]) -> int | None:
        """Move sessions to *spots* when that is possible and worth more; the points gained, or None and nothing moved."""
        had = {key: self.take(key) for key in spots if key in self.spots}
        before = self._put_all(had)
        assert before is not None, "what stood was valid"
        for key in had:
            self.take(key)
        after = self._put_all(spots)
        if after is not None and (after > before or len(spots) > len(had)):
            return after - before
        for key in spots:
            if key in self.spots:
                self.take(key)
        self._put_all(had)
        return None

    def _put_all(self, spots: Mapping[str, Spot]) -> int | None:
        """Put *spots* one by one; the points together, or None when one does not fit (those before it stay)."""
        total = 0
        for key, spot in spots.items():
            if not self.fits(key, spot):
                return None
            total += self.gain(key, spot)
            self.put(key, spot)
        return total


def best_spot(board: Board, task: Task) -> Spot | None:
    """The spot of most points for *task* as the board stands, on the emptiest campus among equals; None when there is none."""
    best: tuple[int, Spot] | None = None
    gains: dict[int, Minutes] = {}
    for most, _, campus, rooms in sorted(_sites(board, task), key=lambda site: (-site[0], site[1], site[2])):
        starts = board.starts(task, campus)
        if not len(starts):
            continue
        gain = gains.get(id(starts))
        if gain is None:
            gain = gains[id(starts)] = board.start_gain(task, starts)
        if best is not None and most + int(np.max(gain)) <= best[0]:
            continue
        able = board.open_for(task, campus, starts)
        for place in rooms:
            good = able & board.vacant(task, place, starts)
            if good.any():
                at = int(np.argmax(np.where(good, gain, np.iinfo(np.int64).min)))
                worth = int(gain[at]) + board.campus_gain(task, campus) + board.place_gain(task, place)
                if best is None or worth > best[0]:
                    best = worth, Spot(place, int(starts[at]))
    return best[1] if best is not None else None


def _sites(board: Board, task: Task) -> list[tuple[int, int, str, list[str]]]:
    """Per campus that suits *task*: the most points it can give but for the time, its load, and its rooms, best first."""
    found = []
    for campus in board.problem.by_campus:
        rooms = options.places(board.problem, task, campus)
        if rooms:
            rooms.sort(key=lambda place: (-board.place_gain(task, place), board.problem.places[place].capacity))
            found.append((board.campus_gain(task, campus) + board.place_gain(task, rooms[0]), board.load[campus], campus, rooms))
    return found
