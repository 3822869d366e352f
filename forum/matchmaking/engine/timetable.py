"""When given meetings take place: the fewest breaks, with a proof, on two cores.

Two lanes run side by side and share the best timetable and the best bound. The first is one core-guided search: bound
from below until it meets a timetable. The second finds a timetable, proves a bound from prices, asks whether a
timetable as good as the bound exists, improves the best one neighbourhood by neighbourhood, and tries its luck with
other seeds; it closes what the first cannot, and answers when time is short.
"""

import math
import random
import threading
import time
from collections.abc import Callable
from typing import Final, Protocol

from ortools.sat.python import cp_model

from forum.matchmaking.engine.business import (
    DEFAULT_FAIRNESS,
    BusinessDay,
    Status,
    Timetable,
    breaks_by_participant,
    timetable_faults,
)
from forum.matchmaking.engine.cp_solver import cp_solver
from forum.matchmaking.engine.model import Progress
from forum.matchmaking.engine.timetable_bound import break_prices, breaks_bound
from forum.matchmaking.engine.timetable_model import Choices, TimetableModel, build_timetable_model

FIRST_SLICE: Final = 2.0  # seconds of a question in the first round
FIRST_LONG_SLICE: Final = 6.0  # the same for large days: three breaks above the bound take 3-4 s, the bound itself 13-19 s
GROWTH: Final = 1.5  # how much longer each round of the second lane is than the one before
GUIDE_SHARE: Final = 2  # slices for a guided search: its luck varies threefold with the seed, and it needs some seconds
ASK_SLACK: Final = 3  # breaks above the bound that are easy to ask for when the bound itself is not
SMALL_PROGRAMME: Final = 10_000  # participants x slots²: above it the prices take seconds and seldom raise the bound
PRICES_LIMIT: Final = 15.0  # seconds
NEIGHBOURHOOD: Final = 14  # participants whose meetings are free at once: 60-90 meetings, well under a second
IMPROVE_LIMIT: Final = 1.0  # seconds for one neighbourhood


class _Stoppable(Protocol):
    def stop_search(self) -> None: ...


class _Race:
    """What the lanes share: the best timetable, the best bound, and whether it is over."""

    def __init__(self, day: BusinessDay, fairness: int, time_limit: float, on_progress: Callable[[Progress], None] | None) -> None:
        self.day, self.fairness = day, fairness
        self.start = time.monotonic()
        self.deadline = self.start + time_limit
        self.choices: Choices = [day.possible(k) for k in range(len(day.meetings))]
        self.slots: tuple[int, ...] | None = None
        self.breaks: int | None = None
        self.bound, self.bound_kind = 0, "none"
        self.infeasible = False
        self.over = threading.Event()
        self.failure: BaseException | None = None
        self._running: set[_Stoppable] = set()
        self.lock = threading.RLock()
        self._on_progress = on_progress

    @property
    def left(self) -> float:
        return max(0.0, self.deadline - time.monotonic())

    def offer(self, slots: tuple[int, ...], phase: str) -> None:
        """Take a timetable if it is better; every timetable passes the judge first, whoever made it."""
        if faults := timetable_faults(self.day, slots, self.fairness):
            raise AssertionError(f"{phase}: {faults[0]}")
        breaks = sum(breaks_by_participant(self.day, slots))
        with self.lock:
            if self.breaks is None or breaks < self.breaks:
                self.slots, self.breaks = slots, breaks
                self._tell(phase)

    def raise_bound(self, bound: int, kind: str) -> None:
        with self.lock:
            if bound > self.bound and not self.over.is_set():
                self.bound, self.bound_kind = bound, kind
                self._tell(kind)

    def refute(self) -> None:
        """No timetable exists."""
        with self.lock:
            if not self.over.is_set():
                self.infeasible = True
                self.close()

    def close(self) -> None:
        """End every lane; what a stopped solver says afterwards is not believed (or-tools#4430)."""
        with self.lock:
            self.over.set()
            for solver in self._running:
                solver.stop_search()

    def solve(self, built: TimetableModel, solver: cp_model.CpSolver, callback: cp_model.CpSolverSolutionCallback | None = None) -> str:
        """The status by name, "STOPPED" when the race ended meanwhile."""
        with self.lock:
            if self.over.is_set():
                return "STOPPED"
            self._running.add(solver)
        status = solver.solve(built.model, callback)
        with self.lock:
            self._running.discard(solver)
            return "STOPPED" if self.over.is_set() else solver.status_name(status)

    def _tell(self, phase: str) -> None:
        if self.breaks is not None and self.bound >= self.breaks:
            self.close()
        if self._on_progress:
            gap = None if self.breaks is None else (self.breaks - self.bound) / max(1, self.breaks)
            seconds = time.monotonic() - self.start
            self._on_progress(Progress(phase, self.breaks, self.bound, gap, len(self.day.meetings), seconds))


def timetable(
    day: BusinessDay,
    *,
    fairness: int = DEFAULT_FAIRNESS,
    time_limit: float = 60.0,
    seed: int = 1,
    on_progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Timetable:
    """The timetable with the fewest breaks found in *time_limit* seconds, two threads; its status says what is proved.

    The breaks of any two participants differ by at most *fairness*. *stop* is asked ten times a second.
    """
    race = _Race(day, fairness, time_limit, on_progress)
    if not all(race.choices):
        return Timetable(Status.INFEASIBLE, None, None, 0, "a meeting has no slot", 0.0)
    lanes = [threading.Thread(target=_guarded, args=(lane, race, seed), daemon=True) for lane in (_prove, _search) if race.left]
    for lane in lanes:
        lane.start()
    while not race.over.wait(0.1):
        if stop() or not race.left or not any(lane.is_alive() for lane in lanes):
            race.close()
    for lane in lanes:
        lane.join()
    if race.failure is not None:
        raise race.failure
    return _result(race)


def _guarded(lane: Callable[[_Race, int], None], race: _Race, seed: int) -> None:
    try:
        lane(race, seed)
    except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
        race.failure = error
        race.close()


def _result(race: _Race) -> Timetable:
    seconds = time.monotonic() - race.start
    if race.infeasible:
        return Timetable(Status.INFEASIBLE, None, None, race.bound, "search", seconds)
    if race.slots is None or race.breaks is None:
        return Timetable(Status.UNKNOWN, None, None, race.bound, race.bound_kind, seconds)
    status = Status.OPTIMAL if race.bound >= race.breaks else Status.FEASIBLE
    kind = race.bound_kind if race.bound else "no breaks below zero"
    return Timetable(status, race.slots, race.breaks, race.bound, kind, seconds)


class _Listener(cp_model.CpSolverSolutionCallback):
    """Hands every timetable of the core-guided search to the race."""

    def __init__(self, race: _Race, built: TimetableModel) -> None:
        super().__init__()
        self._race, self._built = race, built

    def on_solution_callback(self) -> None:
        self._race.offer(self._built.slots(self), "core")


def _prove(race: _Race, seed: int) -> None:
    """The first lane: one core-guided search to the end."""
    _guide(race, race.left, seed, probing=True)


def _guide(race: _Race, time_limit: float, seed: int, *, probing: bool = False) -> None:
    """Core-guided search, from below: its bound rises until it meets a timetable.

    With probing most files close within a second; the hard ones end sooner without, so the lanes differ.
    """
    built = build_timetable_model(race.day, race.choices, race.fairness)
    solver = cp_solver(time_limit, seed=seed, linear=False, core=True, probing=probing)
    solver.best_bound_callback = lambda bound: race.raise_bound(math.ceil(bound - 1e-6), "core")
    match race.solve(built, solver, _Listener(race, built)):
        case "OPTIMAL":
            race.offer(built.slots(solver), "core")
            race.raise_bound(round(solver.objective_value), "core")
            race.close()
        case "INFEASIBLE":
            race.refute()


def _search(race: _Race, seed: int) -> None:
    """The second lane: a first timetable, prices, then rounds of questions, improvements and a second guided search."""
    rng = random.Random(seed)
    small = race.day.participants * race.day.slots**2 <= SMALL_PROGRAMME
    length = first = FIRST_SLICE if small else FIRST_LONG_SLICE
    while race.left and not race.over.is_set():
        if race.breaks is None and _ask(race, None, min(2 * length, race.left), seed) == "INFEASIBLE":
            race.refute()
        if small == (length == first):  # at once, or after the first round
            _price(race)
        for slack in (0, 0, ASK_SLACK) if small else (ASK_SLACK, 0):
            seed += 1
            _ask_near_bound(race, slack, min(length, race.left), seed)
        _guide(race, min(GUIDE_SHARE * length, race.left), seed)
        _improve(race, rng, min(length, race.left))
        length *= GROWTH


def _price(race: _Race) -> None:
    """Raise the bound by prices."""
    limit = min(PRICES_LIMIT, race.left / 2)
    if limit and not race.over.is_set() and (prices := break_prices(race.day, time_limit=limit)):
        race.raise_bound(breaks_bound(race.day, prices), "prices")


def _ask_near_bound(race: _Race, slack: int, time_limit: float, seed: int) -> None:
    """Ask for a timetable within *slack* breaks of the bound, and better than the best; a refusal raises the bound."""
    with race.lock:
        bound, best = race.bound, race.breaks
    at_most = bound + slack if best is None else min(bound + slack, best - 1)
    if _ask(race, at_most, time_limit, seed) == "INFEASIBLE":
        race.raise_bound(at_most + 1, "search")


def _ask(race: _Race, at_most: int | None, time_limit: float, seed: int) -> str:
    """Look for a timetable with at most so many breaks, any if None."""
    at_most = race.day.participants * race.day.slots if at_most is None else at_most
    built = build_timetable_model(race.day, race.choices, race.fairness, at_most=at_most)
    solver = cp_solver(time_limit, seed=seed, linear=False, probing=False)
    status = race.solve(built, solver)
    if status in ("OPTIMAL", "FEASIBLE"):
        race.offer(built.slots(solver), "search")
    return status


def _improve(race: _Race, rng: random.Random, time_limit: float) -> None:
    """Free the meetings around a participant with breaks, keep the others, and seek fewer breaks."""
    end = time.monotonic() + time_limit
    while race.slots is not None and not race.over.is_set() and time.monotonic() < end:
        held = race.slots
        free = _neighbourhood(race.day, held, rng)
        choices = [race.choices[k] if k in free else [held[k]] for k in range(len(held))]
        built = build_timetable_model(race.day, choices, race.fairness)
        solver = cp_solver(min(IMPROVE_LIMIT, time_limit), seed=rng.randrange(1 << 30), linear=False, core=True)
        if race.solve(built, solver) in ("OPTIMAL", "FEASIBLE"):
            race.offer(built.slots(solver), "improve")


def _neighbourhood(day: BusinessDay, slots: tuple[int, ...], rng: random.Random) -> set[int]:
    """The meetings of some participants found by walking from one with breaks, along meetings."""
    mine = day.meetings_of()
    breaks = breaks_by_participant(day, slots)
    start = rng.choice([p for p, count in enumerate(breaks) if count] or [p for p, ks in enumerate(mine) if ks])
    people, walk = {start}, start
    for _ in range(20 * NEIGHBOURHOOD):
        if len(people) == NEIGHBOURHOOD:
            break
        meeting = day.meetings[rng.choice(mine[walk])]
        walk = meeting.second if walk == meeting.first else meeting.first
        people.add(walk)
    return {k for p in people for k in mine[p]}
