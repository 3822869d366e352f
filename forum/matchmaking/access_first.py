"""People who need step-free ways are planned first, at tables they can reach and with the ways they can use; then everybody else. Pure.

The engine knows one matrix of minutes and no tables with steps, so one run of it could seat them where they cannot go.
They get no more than others: at most the aim or an even share, whichever is more.
"""

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from forum.matchmaking.engine.model import Meeting, Problem
from forum.matchmaking.problem import Inputs, StandingRow, recruiter_of


def first_inputs(inputs: Inputs, step_free_travel: tuple[tuple[int, ...], ...]) -> Inputs | None:
    """The inputs of the first run: people with the need, step-free tables, step-free minutes; None when nobody has the need."""
    need = {c.person for c in inputs.candidates if c.step_free_need}
    if not need or not any(w.candidate in need for w in inputs.wishes):
        return None
    seats = tuple(s for s in inputs.seats if s.step_free)
    share = max(inputs.guarantee, len(inputs.seats) // max(1, len(inputs.candidates)), 1)
    people = tuple(replace(c, max_meetings=min(c.max_meetings, share)) for c in inputs.candidates if c.person in need)
    taken = {(s.recruiter, s.slot) for s in inputs.standing if s.fixed and s.candidate not in need}
    return replace(
        inputs, travel=step_free_travel, candidates=people, seats=tuple(s for s in seats if (s.recruiter, s.slot) not in taken),
        wishes=tuple(w for w in inputs.wishes if w.candidate in need), standing=tuple(s for s in inputs.standing if s.candidate in need),
        busy={person: spells for person, spells in inputs.busy.items() if person in need},
    )  # fmt: skip


def with_first(inputs: Inputs, meetings: Iterable[Meeting], problem: Problem) -> Inputs:
    """*inputs* with the meetings of the first run fixed and no other wish of those people left."""
    need = {c.person for c in inputs.candidates if c.step_free_need}
    campus = {r.id: r.campus for r in problem.recruiters}
    company = {r.id: UUID(r.company) for r in problem.recruiters}
    placed = []
    for meeting in meetings:
        recruiter, table = recruiter_of(meeting.recruiter)
        placed.append(
            StandingRow(
                UUID(meeting.candidate), company[meeting.recruiter], recruiter, table, campus[meeting.recruiter], inputs.grid.starts[meeting.slot], True, False
            )
        )
    pairs = {(s.candidate, s.company) for s in placed}
    standing = tuple(replace(s, fixed=False) if s.fixed and s.candidate in need else s for s in inputs.standing) + tuple(placed)
    return replace(inputs, standing=standing, wishes=tuple(w for w in inputs.wishes if w.candidate not in need or (w.candidate, w.company) in pairs))
