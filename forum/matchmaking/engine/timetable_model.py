"""The timetable of given meetings as one CP-SAT model: one function per rule.

Booleans per (meeting, slot) and per (participant, slot). What makes it fast (Bofill et al., JAIR 74, 2022, and measured
again here, docs/performance-timetable.md): breaks as gap ends behind a prefix of meetings held, counted per participant
in order (has one, has two), the number of used slots per participant said again, participants per slot even, and the
tables counted over clusters of meetings that share a participant.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ortools.sat.python import cp_model

from forum.matchmaking.engine.business import BusinessDay

Literal = cp_model.IntVar
Choices = Sequence[Sequence[int]]


@dataclass(slots=True)
class TimetableModel:
    """The model and its variables; `counts` sum to the breaks to minimise, `gap_ends` say where they are."""

    day: BusinessDay
    model: cp_model.CpModel = field(default_factory=cp_model.CpModel)
    takes: dict[tuple[int, int], Literal] = field(default_factory=dict)
    used: dict[tuple[int, int], Literal] = field(default_factory=dict)
    gap_ends: list[list[Literal]] = field(default_factory=list)
    counts: list[Literal] = field(default_factory=list)

    def slots(self, solver: cp_model.CpSolver | cp_model.CpSolverSolutionCallback) -> tuple[int, ...]:
        """The slot of every meeting in the solution at hand."""
        chosen = {k: t for (k, t), literal in self.takes.items() if solver.boolean_value(literal)}
        return tuple(chosen[k] for k in range(len(self.day.meetings)))


def build_timetable_model(day: BusinessDay, choices: Choices, fairness: int, *, at_most: int | None = None) -> TimetableModel:
    """Minimise the breaks, or, with *at_most*, ask whether a timetable with so few exists.

    *choices* has the slots open to each meeting; none of them may be empty.
    """
    built = TimetableModel(day)
    every_meeting_has_one_slot(built, choices)
    one_meeting_at_a_time(built)
    enough_tables(built)
    meetings_in_order(built)
    breaks_are_gap_ends(built)
    breaks_are_fair(built, fairness)
    breaks_are_counted(built, fairness)
    total = cp_model.LinearExpr.sum(built.counts)
    if at_most is None:
        built.model.minimize(total)
    else:
        built.model.add(total <= at_most)
    return built


def every_meeting_has_one_slot(built: TimetableModel, choices: Choices) -> None:
    """Every meeting takes exactly one of its slots."""
    for k, open_slots in enumerate(choices):
        for t in open_slots:
            built.takes[k, t] = built.model.new_bool_var("")
        built.model.add_exactly_one(built.takes[k, t] for t in open_slots)


def one_meeting_at_a_time(built: TimetableModel) -> None:
    """A participant has at most one meeting in a slot, and uses as many slots as it has meetings."""
    model, day = built.model, built.day
    for person, mine in enumerate(day.meetings_of()):
        row = []
        for t in range(day.slots):
            here = [built.takes[k, t] for k in mine if (k, t) in built.takes]
            if here:
                used = built.used[person, t] = model.new_bool_var("")
                model.add_exactly_one([*here, ~used])
                row.append(used)
        model.add(cp_model.LinearExpr.sum(row) == len(mine))


def enough_tables(built: TimetableModel) -> None:
    """At most `tables` meetings in a slot, and the participants of a slot are two for each."""
    model, day = built.model, built.day
    groups = clusters(day)
    for t in range(day.slots):
        held = [literal for group in groups if (literal := _any_of(built, group, t)) is not None]
        model.add(cp_model.LinearExpr.sum(held) <= day.tables)
        pairs = model.new_int_var(0, day.tables, "")
        present = [built.used[p, t] for p in range(day.participants) if (p, t) in built.used]
        model.add(cp_model.LinearExpr.sum(present) == 2 * pairs)


def _any_of(built: TimetableModel, group: Sequence[int], slot: int) -> Literal | None:
    """Whether a meeting of the group, of which at most one can be, is held in the slot."""
    here = [built.takes[k, slot] for k in group if (k, slot) in built.takes]
    if len(here) <= 1:
        return here[0] if here else None
    held = built.model.new_bool_var("")
    built.model.add_exactly_one([*here, ~held])
    return held


def clusters(day: BusinessDay) -> list[list[int]]:
    """The meetings in groups that share a participant, largest first: at most one of a group in a slot."""
    left = set(range(len(day.meetings)))
    groups = []
    while left:
        count = Counter(person for k in sorted(left) for person in day.meetings[k].participants)
        person = count.most_common(1)[0][0]
        group = sorted(k for k in left if person in day.meetings[k].participants)
        left -= set(group)
        groups.append(group)
    return groups


def meetings_in_order(built: TimetableModel) -> None:
    """A meeting is later than those it must follow."""
    for k, meeting in enumerate(built.day.meetings):
        for earlier in meeting.after:
            for t in range(built.day.slots):
                late = [built.takes[earlier, u] for u in range(t, built.day.slots) if (earlier, u) in built.takes]
                soon = [built.takes[k, u] for u in range(t + 1) if (k, u) in built.takes]
                if late and soon:
                    built.model.add_at_most_one(late + soon)


def breaks_are_gap_ends(built: TimetableModel) -> None:
    """A break of a participant ends where it meets again after an empty slot that follows an earlier meeting."""
    model = built.model
    for person in range(built.day.participants):
        ends: list[Literal] = []
        met: Literal | None = None  # whether a meeting was held before the slot at hand
        before: Literal | None = None
        for t in range(built.day.slots):
            used = built.used.get((person, t))
            if used is not None and met is not None:
                ends.append(_gap_end(model, used, before, met))
            met = _met_by_now(model, used, met)
            before = used
        built.gap_ends.append(ends)


def _gap_end(model: cp_model.CpModel, used: Literal, before: Literal | None, met: Literal) -> Literal:
    end = model.new_bool_var("")
    model.add_implication(end, used)
    model.add_implication(end, met)
    if before is not None:
        model.add_implication(end, ~before)
        model.add_bool_or(~used, before, ~met, end)
    else:
        model.add_bool_or(~used, ~met, end)
    return end


def _met_by_now(model: cp_model.CpModel, used: Literal | None, met: Literal | None) -> Literal | None:
    if used is None or met is None:
        return used if met is None else met
    now = model.new_bool_var("")
    model.add_implication(used, now)
    model.add_implication(met, now)
    model.add_bool_or(used, met, ~now)
    return now


def breaks_are_fair(built: TimetableModel, fairness: int) -> None:
    """The breaks of any two participants differ by at most *fairness*; who has one meeting or none has no break."""
    least = built.model.new_int_var(0, 0 if _somebody_has_no_break(built.day) else built.day.slots, "")
    for ends in built.gap_ends:
        breaks = cp_model.LinearExpr.sum(ends)
        built.model.add(breaks <= least + fairness)
        built.model.add(breaks >= least)


def _somebody_has_no_break(day: BusinessDay) -> bool:
    return min((len(mine) for mine in day.meetings_of()), default=0) <= 1


def breaks_are_counted(built: TimetableModel, fairness: int) -> None:
    """Whether a participant has one break, has two, …: a search that assumes "no break" assumes one thing, not twenty."""
    bounded = _somebody_has_no_break(built.day)
    for ends, mine in zip(built.gap_ends, built.day.meetings_of(), strict=True):
        most = min(len(ends), len(mine) - 1, built.day.slots - len(mine))
        counts = [built.model.new_bool_var("") for _ in range(max(0, min(most, fairness) if bounded else most))]
        for fewer, more in pairwise(counts):
            built.model.add_implication(more, fewer)
        if counts:
            for end in ends:
                built.model.add_implication(end, counts[0])
        built.model.add(cp_model.LinearExpr.sum(ends) <= cp_model.LinearExpr.sum(counts))
        built.counts += counts
