"""What others would do with the same problem: each peer returns meetings, or one line that says why it cannot run.

Three peers are no dependency of Forum and run where they are installed, beside the two locks of the repository:
uv pip install -r requirements.lock -r requirements-test.lock matching==1.4.3 conference-scheduler==3.0.1 timefold==1.24.0b0
(timefold needs a Java 17 runtime).
"""

import importlib.util
import multiprocessing
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from ortools.sat.python import cp_model
from scipy.optimize import linear_sum_assignment

from forum.matchmaking.engine.grid import Grid, build_grid
from forum.matchmaking.engine.model import Meeting, Problem
from forum.matchmaking.engine.repair import Keeper
from forum.matchmaking.engine.roster import empty_roster

MOST_BOOLEANS = 600_000  # beyond this one CP-SAT model does not leave presolve in a minute
STARTING = 300.0  # s beyond the limit for start-up, reading and writing; then a peer is ended


class Booker:
    """Takes bookings one by one where every rule allows them."""

    def __init__(self, problem: Problem) -> None:
        self.grid = build_grid(problem)
        self.roster = empty_roster(self.grid, np.zeros_like(self.grid.present))
        self.keeper = Keeper(self.grid, self.roster)
        self.meetings: list[Meeting] = []
        self._of_stand: defaultdict[int, list[int]] = defaultdict(list)
        for r, stand in enumerate(self.grid.recruiter_stand.tolist()):
            self._of_stand[stand].append(r)

    def book(self, option: int, slots: Iterable[int]) -> bool:
        """Book the first slot that works."""
        grid = self.grid
        who = int(grid.candidate[option])
        for t in slots:
            if grid.ok[option, t]:
                for r in self._of_stand[int(grid.stand[option])]:
                    if grid.present[r, t] and self.keeper.keep(who, option, r, int(t)):
                        self.meetings.append(Meeting(grid.problem.candidates[who].id, grid.problem.recruiters[r].id, int(t)))
                        return True
        return False


def first_come_first_served(problem: Problem, limit: float) -> list[Meeting]:
    """Requests as they arrive (the file, shuffled: there the wishes of one person stand together), the first free slot each: the human way."""
    booker = Booker(problem)
    slots = range(len(problem.slots))
    for option in np.random.default_rng(1).permutation(len(booker.grid.candidate)).tolist():
        booker.book(option, slots)
    return booker.meetings


def greedy(problem: Problem, limit: float) -> list[Meeting]:
    """One meeting for everyone first, the best wishes first, earliest slot."""
    booker = Booker(problem)
    slots = range(len(problem.slots))
    order = np.argsort(-booker.grid.worth, kind="stable").tolist()
    served: set[int] = set()
    later = []
    for option in order:
        who = int(booker.grid.candidate[option])
        if who in served or not booker.book(option, slots):
            later.append(option)
        else:
            served.add(who)
    for option in later:
        booker.book(option, slots)
    return booker.meetings


def slot_by_slot(problem: Problem, limit: float) -> list[Meeting]:
    """An optimal assignment in every slot, one slot after the other (Huang, Zhang, Alexander 2012)."""
    booker = Booker(problem)
    grid = booker.grid
    met = np.zeros(len(grid.candidate), bool)
    last = np.full(len(grid.max_meetings), -1)  # slot and campus of everyone's last meeting
    place = np.zeros(len(last), np.int64)
    for t in range(len(problem.slots)):
        recruiters = _free_tables(grid, [r for r in np.flatnonzero(grid.present[:, t]).tolist() if booker.keeper.rested(r, t)])
        count = (booker.roster.at >= 0).sum(axis=1)
        in_time = last[grid.candidate] <= grid.last_before[place[grid.candidate], grid.campus, t]
        options = np.flatnonzero(grid.ok[:, t] & ~met & in_time & (count < grid.max_meetings)[grid.candidate])
        people, row = np.unique(grid.candidate[options], return_inverse=True)
        worth = grid.worth[options] + grid.problem.weights.guarantee * (count[grid.candidate[options]] < grid.problem.guarantee)
        best = np.zeros((len(people), len(recruiters)))
        choice = np.full(best.shape, -1)
        for column, r in enumerate(recruiters):
            mine = grid.stand[options] == grid.recruiter_stand[r]
            best[row[mine], column], choice[row[mine], column] = worth[mine], options[mine]
        for a, b in zip(*linear_sum_assignment(best, maximize=True), strict=True):
            if (o := int(choice[a, b])) >= 0 and booker.book(o, [t]):
                i = int(grid.candidate[o])
                last[i], place[i] = t, grid.campus[o]
                mine = slice(int(grid.first_option[i]), int(grid.first_option[i + 1]))
                met[mine] |= grid.company[mine] == grid.company[o]
    return booker.meetings


def _free_tables(grid: Grid, recruiters: list[int]) -> list[int]:
    """As many recruiters of each campus as it has tables."""
    left = grid.tables.tolist()
    seated = []
    for r in recruiters:
        v = int(grid.stand_campus[grid.recruiter_stand[r]])
        if left[v] > 0:
            left[v] -= 1
            seated.append(r)
    return seated


def plain_cp_sat(problem: Problem, limit: float) -> list[Meeting] | str:
    """One model, default parameters: a boolean per legal (wish, recruiter, slot), one campus per half-day for travel."""
    grid = build_grid(problem)
    rows = [(o, r, t) for o, t in np.argwhere(grid.ok).tolist() for r in np.flatnonzero((grid.recruiter_stand == grid.stand[o]) & grid.present[:, t]).tolist()]
    if len(rows) > MOST_BOOLEANS:
        return f"{len(rows):,} booleans"
    model = cp_model.CpModel()
    take = [model.new_bool_var("") for _ in rows]
    groups: dict[str, defaultdict[tuple[int, ...], list[cp_model.IntVar]]] = {k: defaultdict(list) for k in ("pair", "who", "seat", "cap", "hall")}
    half = np.cumsum(~grid.adjacent)
    place: dict[tuple[int, int, int], cp_model.IntVar] = {}
    for x, (o, r, t) in zip(take, rows, strict=True):
        i, v = int(grid.candidate[o]), int(grid.campus[o])
        for key, value in (("pair", (i, int(grid.company[o]))), ("who", (i, t)), ("seat", (r, t)), ("cap", (i,)), ("hall", (v, t))):
            groups[key][value].append(x)
        model.add_implication(x, place.setdefault((i, int(half[t]), v), model.new_bool_var("")))
    by_half: defaultdict[tuple[int, int], list[cp_model.IntVar]] = defaultdict(list)
    for (i, b, _), here in place.items():
        by_half[i, b].append(here)
    for literals in (*groups["pair"].values(), *groups["who"].values(), *groups["seat"].values(), *by_half.values()):
        model.add_at_most_one(literals)
    served = []
    for (i,), literals in groups["cap"].items():
        model.add(sum(literals) <= int(grid.max_meetings[i]))
        served.append(model.new_bool_var(""))
        model.add(sum(literals) >= served[-1])
    for (v, _), literals in groups["hall"].items():
        if len(literals) > grid.tables[v]:
            model.add(sum(literals) <= int(grid.tables[v]))
    _rests(model, grid, groups["seat"])
    worth = [int(grid.worth[o]) for o, _, _ in rows]
    model.maximize(cp_model.LinearExpr.weighted_sum(take, worth) + grid.problem.weights.guarantee * sum(served))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = limit
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return f"no solution in {limit:.0f} s"
    chosen = [row for x, row in zip(take, rows, strict=True) if solver.boolean_value(x)]
    booker = Booker(problem)  # sessions far away can still forbid a meeting of the simplified model
    names = problem.recruiters
    return [
        Meeting(problem.candidates[int(grid.candidate[o])].id, names[r].id, t)
        for o, r, t in chosen
        if booker.keeper.keep(int(grid.candidate[o]), o, r, t)
    ]


def _rests(model: cp_model.CpModel, grid: Grid, seats: dict[tuple[int, ...], list[cp_model.IntVar]]) -> None:
    for r, cap in enumerate(grid.recruiter_run.tolist()):
        for t in range(cap, len(grid.start) if cap else 0):
            if grid.adjacent[t - cap + 1 : t + 1].all():
                model.add(sum(x for s in range(t - cap, t + 1) for x in seats.get((r, s), [])) <= cap)


def stable_matching(problem: Problem, limit: float) -> list[Meeting] | str:
    """`matching`: hospital-resident by the candidates' weights, then the first free slot."""
    if importlib.util.find_spec("matching") is None:
        return "`matching` is not installed (pip install matching)"
    from matching.games import HospitalResident

    booker = Booker(problem)
    grid = booker.grid
    by_person: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    by_company: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for who, whom, weight in problem.wishes:
        by_person[who].append((-weight, whom))
        by_company[whom].append((-weight, who))
    capacity = {c.id: int(grid.seats[grid.stand_company == j].sum()) for j, c in enumerate(problem.companies)}
    options = {(problem.candidates[i].id, problem.companies[j].id): o for o, (i, j) in enumerate(zip(grid.candidate, grid.company, strict=True))}
    try:
        game = HospitalResident.create_from_dictionaries(
            {who: [whom for _, whom in sorted(rows)] for who, rows in by_person.items()},
            {whom: [who for _, who in sorted(rows)] for whom, rows in by_company.items()},
            {whom: capacity[whom] for whom in by_company},
        )
    except RecursionError:
        return "`matching` copies players who are linked to one another by recursion, and so many exceed Python's limit"
    for hospital, residents in game.solve().items():
        for resident in residents:
            booker.book(options[str(resident), str(hospital)], range(len(problem.slots)))
    return booker.meetings


def talks_only(problem: Problem, limit: float) -> str:
    """A scheduler of given events: its model has a variable for (event, slot), its objectives are demand against capacity and changes."""
    if importlib.util.find_spec("conference_scheduler") is None:
        return "`conference-scheduler` is not installed (pip install conference-scheduler)"
    return "`conference-scheduler` gives a slot to every event of a list; it has no choice of pairs, so there is no plan to compare"


def timefold(problem: Problem, limit: float) -> list[Meeting] | str:
    """`timefold`: constraint streams and local search; what breaks a rule is not booked."""
    if importlib.util.find_spec("timefold") is None:
        return "`timefold` is not installed (pip install timefold==1.24.0b0, with a Java 17 runtime)"
    from jpype import JVMNotFoundException

    try:
        from tests.bench.matchmaking_timefold import solved
    except JVMNotFoundException:
        return "`timefold` is installed, but there is no Java runtime"
    booker = Booker(problem)
    rows = solved(booker.grid, limit)
    return [
        Meeting(problem.candidates[i].id, problem.recruiters[r].id, t)
        for o, r, t in rows
        if booker.keeper.keep(i := int(booker.grid.candidate[o]), o, r, t)
    ]


PEERS: dict[str, Callable[[Problem, float], list[Meeting] | str]] = {
    "first come, first served": first_come_first_served,
    "greedy": greedy,
    "slot by slot (scipy)": slot_by_slot,
    "plain CP-SAT, default parameters": plain_cp_sat,
    "matching (stable, one each)": stable_matching,
    "conference-scheduler": talks_only,
    "timefold": timefold,
}


@dataclass(frozen=True)
class Run:
    """What a peer gave, its own wall time and the largest resident size of its process."""

    meetings: list[Meeting] | str
    seconds: float
    memory_gb: float


def run_alone(name: str, problem: Problem, limit: float) -> Run:
    """One peer in a process of its own, so that its memory is its own and it can be ended."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_run_here, args=(theirs, name, problem, limit), daemon=True)
    process.start()
    theirs.close()
    patience = limit + STARTING
    try:
        answer = ours.recv() if ours.poll(patience) else Run(f"not finished after {patience:.0f} s", patience, 0.0)
    except EOFError:
        answer = Run("its process ended without an answer", 0.0, 0.0)
    process.kill()
    process.join()
    assert isinstance(answer, Run)
    return answer


def _run_here(answer: Connection, name: str, problem: Problem, limit: float) -> None:
    began = time.monotonic()
    meetings = PEERS[name](problem, limit)
    seconds = time.monotonic() - began
    answer.send(Run(meetings, seconds, _peak_gb()))


def _peak_gb() -> float:
    """Largest resident size of this process; `ru_maxrss` would start at that of the parent, which it takes over at exec."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 2**20
