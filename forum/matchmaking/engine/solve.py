"""From a problem to a plan with its proof: the order of the phases, and what each may cost.

Two lanes on two cores: this thread makes plans, another makes prices and bounds. The first plan needs array code and
flows only; the compiled kernels join when they are loaded.
"""

import subprocess
import threading
from collections.abc import Callable

import numpy as np

from forum.matchmaking.engine.arrays import Ints
from forum.matchmaking.engine.compiled import CHILD_SECONDS, is_warm, start_child
from forum.matchmaking.engine.control import Control, Stopped
from forum.matchmaking.engine.grid import Grid, build_grid
from forum.matchmaking.engine.insertion import insert
from forum.matchmaking.engine.locked import locked_conflict
from forum.matchmaking.engine.matchbound import MatchBound, match_bound, match_prices
from forum.matchmaking.engine.matchdual import match_bound_at
from forum.matchmaking.engine.model import Infeasible, Plan, Problem, Progress, Repair
from forum.matchmaking.engine.network import Flows
from forum.matchmaking.engine.patterns import SCALE
from forum.matchmaking.engine.plans import NEEDED, SHUFFLE, needed, opened
from forum.matchmaking.engine.prices import FLOW, Prices, no_prices
from forum.matchmaking.engine.repair import kept, repaired
from forum.matchmaking.engine.roster import Roster, empty_roster, named
from forum.matchmaking.engine.seats import priced_patterns, seat_plan
from forum.matchmaking.engine.timed import timed_prices

CONSTRUCT_DELTA = 20  # value points from a candidate's best: a fifth of the arcs at 20,000 candidates, equal value
MANY_WISHES = 5000  # from here on flows take long enough to have a process of their own
REOPENINGS = 2  # rests of recruiters drawn again around what they work: fills the last seats of a scarce problem
SEARCH_ON = 200  # candidates up to which a repair is followed by a full search: it takes a second
LOOSE = 0.015  # a first plan further below the match: many people compete for the same few slots, or have far to go (balanced problems: 0.010 to 0.013)
PATIENCE = 60.0  # seconds a repair may take before it is given up: half done, it would lose meetings nobody had to lose
CLOSE_ENOUGH = 1e-5  # a proven gap below this ends the search: one point in 100,000


def solve(
    problem: Problem,
    *,
    time_limit: float = 60.0,
    workers: int = 2,
    seed: int = 1,
    on_progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | threading.Event | None = None,
) -> Plan | Infeasible:
    """The best plan found in *time_limit* seconds of wall time, with a proven bound.

    The plan is always valid; with too little time it holds at least the locked meetings. A repair takes the time it needs, up to
    `PATIENCE`, and keeps at least what can stand; the limit counts for what follows it. *stop*, or an interrupt from
    the keyboard, ends the search early with the best plan so far. With one worker, equal seeds give equal plans when
    the search ends by its proof and not by the clock.
    """
    if conflict := locked_conflict(problem):
        return conflict
    mends = bool(problem.previous and problem.weights.change)
    control = Control(time_limit, stop, on_progress, PATIENCE if mends else 0.0)
    child = None if is_warm() else start_child()
    flows = Flows(control.over)
    if len(problem.wishes) > MANY_WISHES:
        flows.prepare()
    grid = build_grid(problem)
    search = Search(grid, control, seed, flows)
    try:
        if mends:
            search.repair()
        else:
            search.construct()
        control.tell("construct", value=search.value, meetings=int((search.best.at >= 0).sum()))  # also when the first plan is the best: nobody can gain
        if not search.done() and (search.repairs is None or len(problem.candidates) <= SEARCH_ON):
            search.improve(workers, child)
    except Stopped:
        pass
    except KeyboardInterrupt:
        control.halt()
    finally:
        flows.close()
    return search.plan()


class Search:
    """One solve: the best roster so far and the phases that improve it."""

    def __init__(self, grid: Grid, control: Control, seed: int, flows: Flows) -> None:
        self.grid, self.control, self.seed, self.flows = grid, control, seed, flows
        self.seats = seat_plan(grid)
        self.price = np.zeros(grid.seats.shape, np.int64)
        self.best = empty_roster(grid, self.seats.patterns)
        self.value = self.best.value()
        self.first_seconds: float | None = None  # until a first plan is full
        self.repairs: Repair | None = None
        self.plan_lock, self.proof_lock = threading.Lock(), threading.Lock()
        self.start = no_prices(grid, self.seats.table_price)
        self.loose = False
        self.proof: tuple[Prices, str, int] | None = None  # until the match, or until it is asked for

    def match(self) -> None:
        """The first good bound and the first prices. Raises Stopped when time is over."""
        match = match_bound(self.grid, self.seats, self.flows)
        self.start, self.price = match_prices(self.grid, self.seats, match), flat_prices(self.grid, match)
        self.prove("bound", self.start, FLOW, match_bound_at(self.grid, self.start))

    def keep(self, phase: str, roster: Roster) -> bool:
        """Make *roster* the best plan if it is; whether it was."""
        value = roster.value()
        with self.plan_lock:
            if value <= self.value:
                return False
            self.best, self.value = roster, value
        self.control.tell(phase, value=value, meetings=int((roster.at >= 0).sum()))
        return True

    def done(self) -> bool:
        gap = self.control.gap
        return self.control.over() or (gap is not None and gap <= CLOSE_ENOUGH)

    def construct(self) -> None:
        """Insertion flows from the locked meetings until nothing more fits. Raises Stopped when time is over before the match."""
        self.match()
        self.best = empty_roster(self.grid, priced_patterns(self.grid, self.price))
        while not self.control.over():
            roster = self.best.copy()
            if not insert(roster, self.price, delta=CONSTRUCT_DELTA, flows=self.flows):
                break
            self.keep("construct", roster)
        self.first_seconds = self.control.seconds
        self.loose = (self.control.gap or 0.0) > LOOSE
        if self.loose:
            self.construct_with_times()
        worth = self.price[self.grid.recruiter_stand]
        random = np.random.default_rng(self.seed)
        for _ in range(REOPENINGS):
            if not self.control.over():
                shuffled = worth + random.integers(0, SHUFFLE, worth.shape)
                roster = opened(self.best, shuffled + NEEDED * needed(self.best)[self.grid.recruiter_stand])
                insert(roster, self.price, delta=CONSTRUCT_DELTA, flows=self.flows)
                self.keep("construct", roster)

    def construct_with_times(self) -> None:
        """Begin again with the prices of the match with times, if they prove more."""
        timed = timed_prices(self.grid, self.seats, self.start, self.flows)
        bound = match_bound_at(self.grid, timed)
        if self.proof is not None and bound >= self.proof[2]:
            return
        self.start, self.price = timed, timed.seat(self.grid)
        self.prove("bound", timed, FLOW, bound)
        roster = empty_roster(self.grid, priced_patterns(self.grid, np.maximum(timed.stand, 0)))
        while not self.control.over() and insert(roster, self.price, delta=CONSTRUCT_DELTA, flows=self.flows):
            self.keep("construct", roster.copy())

    def repair(self) -> None:
        """The smallest change that mends the previous plan; the search for a better one is another solve. Raises Stopped with what can stand kept."""
        standing, lost = kept(self.grid)
        self.keep("repair", standing)
        self.match()
        roster, self.repairs = repaired(standing, lost, self.price, self.flows)
        self.keep("repair", roster)
        self.first_seconds = self.control.seconds
        self.control.settle()
        if is_warm() and not self.control.over():
            from forum.matchmaking.engine.lanes import first_proof

            first_proof(self)

    def improve(self, workers: int, child: "subprocess.Popen[bytes] | None") -> None:
        """The two lanes; imported late because loading the kernels must not delay the first plan."""
        from forum.matchmaking.engine.lanes import run_lanes

        run_lanes(self, workers, lambda: _compiled(child, self.control))

    def plan(self) -> Plan:
        """The best plan with the best proof."""
        from forum.matchmaking.engine.certificate import certificate_json

        with self.proof_lock:
            prices, kind, bound = self.proof or (self.start, FLOW, match_bound_at(self.grid, self.start))
        seconds = self.control.seconds
        return Plan(
            self.grid.problem.name, tuple(named(self.best)), self.value, bound, kind, seconds, first_seconds=seconds if self.first_seconds is None else self.first_seconds,
            one_percent_seconds=self.control.one_percent_seconds, finished=not self.control.halted, repair=self.repairs,
            certificate=certificate_json(self.grid, prices, kind, bound),
        )  # fmt: skip

    def prove(self, phase: str, prices: Prices, kind: str, bound: int) -> None:
        """Note a bound if it is better than the one known."""
        with self.proof_lock:
            if self.proof is not None and bound >= self.proof[2]:
                return
            self.proof = prices, kind, bound
        self.control.tell(phase, bound=bound)


def _compiled(child: "subprocess.Popen[bytes] | None", control: Control) -> bool:
    """Whether the kernels can be loaded now without compiling here."""
    return child is None or child.poll() is not None or control.seconds > CHILD_SECONDS


def flat_prices(grid: Grid, match: MatchBound) -> Ints:
    """Prices of the match, the same in every slot, (S, T) in thousandths."""
    price = match.company_price[grid.stand_company] + match.stand_price + match.campus_price[grid.stand_campus]
    return np.repeat(SCALE * price[:, None], len(grid.start), axis=1)
