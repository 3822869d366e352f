"""The problem as a timefold model (1.24.0b0, needs a Java runtime): annotated dataclasses, constraint streams.

A planning entity is a seat: one recruiter in one slot, which takes a wish of its own range or stays empty. Importing
this module starts a Java machine, so only the process that runs this peer may do it. The small costs of the value (a
change of campus, breaks, idle slots) are left out, as in the plain CP-SAT model.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
from timefold.solver import SolverFactory
from timefold.solver.config import Duration, ScoreDirectorFactoryConfig, SolverConfig, TerminationConfig
from timefold.solver.domain import (
    PlanningEntityCollectionProperty,
    PlanningId,
    PlanningScore,
    PlanningVariable,
    ProblemFactCollectionProperty,
    ValueRangeProvider,
    planning_entity,
    planning_solution,
)
from timefold.solver.score import Constraint, ConstraintCollectors, ConstraintFactory, HardSoftScore, Joiners, constraint_provider

from forum.matchmaking.engine.arrays import Ints
from forum.matchmaking.engine.grid import Grid

MOVES_A_SECOND = 10_000  # evaluated, measured at 500 candidates
EARLY = """<solver xmlns="https://timefold.ai/xsd/solver">
  <constructionHeuristic>
    <constructionHeuristicType>FIRST_FIT</constructionHeuristicType>
    <forager><pickEarlyType>FIRST_NON_DETERIORATING_SCORE</pickEarlyType></forager>
  </constructionHeuristic>
  <localSearch/>
</solver>"""  # the default construction tries every wish at every seat: where that cannot end in half the limit, the first wish that fits

# Identity is equality for facts (eq=False): the solver's translator compares them once per evaluated move.


@dataclass(eq=False)
class Person:
    number: int
    most: int
    aim: int
    bonus: int


@dataclass(eq=False)
class Wish:
    """A pair (numbered) at one stand of the company; bit t of `free` is set when the candidate can come in slot t."""

    option: int
    person: Person
    pair: int
    weight: int
    free: int


@dataclass(eq=False)
class Hall:
    """A campus in a slot when it has fewer tables than recruiters."""

    tables: int
    scarce: bool


@dataclass(eq=False)
class Run:
    """Adjacent slots of a recruiter, one more than they may work in a row."""

    recruiter: int
    first: int
    last: int
    most: int


@planning_entity
@dataclass(eq=False)
class Seat:
    id: Annotated[int, PlanningId]
    recruiter: int
    slot: int
    start: int
    end: int
    campus: int
    minutes_to: list[int]
    hall: Hall
    wishes: Annotated[list[Wish], ValueRangeProvider(id="wishes")]
    wish: Annotated[Wish | None, PlanningVariable(value_range_provider_refs=["wishes"], allows_unassigned=True)] = field(default=None)

    def too_near(self, other: "Seat") -> bool:
        """Whether nobody can be at both: travel takes longer than the time between."""
        if self.start < other.start:
            return other.start - self.end < self.minutes_to[other.campus]
        return self.start - other.end < other.minutes_to[self.campus]


@planning_solution
@dataclass
class Schedule:
    runs: Annotated[list[Run], ProblemFactCollectionProperty]
    seats: Annotated[list[Seat], PlanningEntityCollectionProperty]
    score: Annotated[HardSoftScore, PlanningScore] = field(default=None)


@constraint_provider
def rules(factory: ConstraintFactory) -> list[Constraint]:
    return [
        free(factory),
        apart(factory),
        one_meeting_a_pair(factory),
        most_meetings(factory),
        tables(factory),
        rests(factory),
        wishes(factory),
        guarantee(factory),
    ]


def free(factory: ConstraintFactory) -> Constraint:
    taken = factory.for_each(Seat).filter(lambda seat: (seat.wish.free >> seat.slot) & 1 == 0)
    return taken.penalize(HardSoftScore.ONE_HARD).as_constraint("free")


def apart(factory: ConstraintFactory) -> Constraint:
    """Nobody twice in a slot, and time to travel between two meetings."""
    same = factory.for_each_unique_pair(Seat, Joiners.equal(lambda seat: seat.wish.person))
    return same.filter(lambda a, b: a.too_near(b)).penalize(HardSoftScore.ONE_HARD).as_constraint("apart")


def one_meeting_a_pair(factory: ConstraintFactory) -> Constraint:
    same = factory.for_each_unique_pair(Seat, Joiners.equal(lambda seat: seat.wish.pair))
    return same.penalize(HardSoftScore.ONE_HARD).as_constraint("one meeting a pair")


def most_meetings(factory: ConstraintFactory) -> Constraint:
    held = factory.for_each(Seat).group_by(lambda seat: seat.wish.person, ConstraintCollectors.count())
    return (
        held.filter(lambda person, count: count > person.most)
        .penalize(HardSoftScore.ONE_HARD, lambda person, count: count - person.most)
        .as_constraint("most meetings")
    )


def tables(factory: ConstraintFactory) -> Constraint:
    held = factory.for_each(Seat).filter(lambda seat: seat.hall.scarce).group_by(lambda seat: seat.hall, ConstraintCollectors.count())
    return (
        held.filter(lambda hall, count: count > hall.tables)
        .penalize(HardSoftScore.ONE_HARD, lambda hall, count: count - hall.tables)
        .as_constraint("tables")
    )


def rests(factory: ConstraintFactory) -> Constraint:
    inside = factory.for_each(Run).join(
        Seat,
        Joiners.equal(lambda run: run.recruiter, lambda seat: seat.recruiter),
        Joiners.less_than_or_equal(lambda run: run.first, lambda seat: seat.slot),
        Joiners.greater_than_or_equal(lambda run: run.last, lambda seat: seat.slot),
    )
    return (
        inside.group_by(lambda run, seat: run, ConstraintCollectors.count_bi())
        .filter(lambda run, count: count > run.most)
        .penalize(HardSoftScore.ONE_HARD, lambda run, count: count - run.most)
        .as_constraint("rests")
    )


def wishes(factory: ConstraintFactory) -> Constraint:
    return factory.for_each(Seat).reward(HardSoftScore.ONE_SOFT, lambda seat: seat.wish.weight).as_constraint("wishes")


def guarantee(factory: ConstraintFactory) -> Constraint:
    held = factory.for_each(Seat).group_by(lambda seat: seat.wish.person, ConstraintCollectors.count())
    return held.reward(
        HardSoftScore.ONE_SOFT, lambda person, count: person.bonus * (count if count < person.aim else person.aim)
    ).as_constraint("guarantee")


def solved(grid: Grid, limit: float) -> list[tuple[int, int, int]]:
    """What the solver has after *limit* seconds: (option, recruiter, slot)."""
    seats = _seats(grid)
    moves = sum(len(seat.wishes) for seat in seats)
    config = SolverConfig(
        xml_source_text=EARLY if moves > MOVES_A_SECOND * limit / 2 else None,
        solution_class=Schedule,
        entity_class_list=[Seat],
        score_director_factory_config=ScoreDirectorFactoryConfig(constraint_provider_function=rules),
        termination_config=TerminationConfig(spent_limit=Duration(milliseconds=round(1000 * limit))),
    )
    best = SolverFactory.create(config).build_solver().solve(Schedule(list(_runs(grid)), seats))
    return [(seat.wish.option, seat.recruiter, seat.slot) for seat in best.seats if seat.wish is not None]


def _runs(grid: Grid) -> Iterator[Run]:
    for r, most in enumerate(grid.recruiter_run.tolist()):
        for last in range(most, len(grid.start) if most else 0):
            if grid.adjacent[last - most + 1 : last + 1].all():
                yield Run(r, last - most, last, most)


def _seats(grid: Grid) -> list[Seat]:
    travel = [list(row) for row in grid.problem.travel]
    campus = grid.stand_campus[grid.recruiter_stand]
    halls = {}
    for v, t in np.ndindex(len(grid.tables), len(grid.start)):
        most = int(grid.tables[v])
        halls[v, t] = Hall(most, bool(grid.present[campus == v, t].sum() > most))
    half = np.cumsum(~grid.adjacent)
    ranges = _ranges(grid, half)
    seats = []
    for r, t in np.argwhere(grid.present).tolist():
        v, wishes = int(campus[r]), ranges[int(grid.recruiter_stand[r]), int(half[t])]
        seats.append(Seat(len(seats), r, t, int(grid.start[t]), int(grid.end[t]), v, travel[v], halls[v, t], wishes))
    return seats


def _ranges(grid: Grid, half: Ints) -> defaultdict[tuple[int, int], list[Wish]]:
    """The wishes that a stand may take in a half-day, highest weight first.

    One list for all seats of a stand and a half-day: every entry of every list crosses into Java and back, so a list for
    each slot (a million entries at 2,000 candidates) takes minutes. That the candidate is free in the very slot is a rule.
    """
    problem = grid.problem
    people = [Person(i, int(most), problem.guarantee, problem.weights.guarantee) for i, most in enumerate(grid.max_meetings)]
    pairs: dict[tuple[int, int], int] = {}
    ranges: defaultdict[tuple[int, int], list[Wish]] = defaultdict(list)
    for o in np.argsort(-grid.worth, kind="stable").tolist():
        i, slots = int(grid.candidate[o]), np.flatnonzero(grid.ok[o]).tolist()
        pair = pairs.setdefault((i, int(grid.company[o])), len(pairs))
        wish = Wish(o, people[i], pair, int(grid.worth[o]), sum(1 << t for t in slots))
        for h in sorted({int(half[t]) for t in slots}):
            ranges[int(grid.stand[o]), h].append(wish)
    return ranges
