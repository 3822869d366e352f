"""Why this meeting, at this time, at this place: read from the wishes, the plan's run and what people did since. For the person it concerns."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from forum import db
from forum.i18n import N_, Message
from forum.matchmaking.explanations import Explained
from forum.matchmaking.model import Meeting


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to a meeting."""

    kind: str
    at: datetime
    side: str
    by: str
    old: datetime | None
    new: datetime | None
    minutes: int | None


FACT_WORDS = {
    "proposed": N_("Proposed by the plan"), "booked": N_("Booked"), "accepted": N_("Accepted"), "declined": N_("Declined"), "cancelled": N_("Cancelled"), "moved": N_("Moved"),
    "handed": N_("Handed to a colleague"), "late": N_("Late"), "started": N_("Begun"), "held": N_("Held"), "no_show": N_("Absence noted"), "time_asked": N_("Another time asked for"),
    "shifted": N_("Moved, the queue is late"), "notes_read": N_("Notes read by the candidate"), "locked": N_("Fixed by an organiser"), "unlocked": N_("No longer fixed"),
}  # fmt: skip


async def history(meeting: UUID) -> list[Step]:
    """Everything that happened, oldest first. Names are of the company's people and the organisers only."""
    async with db.connection() as conn:
        rows = await conn.fetch(
            """SELECT f.kind, f.at, f.facts, CASE WHEN m.candidate = f.by THEN '' ELSE coalesce(p.name, '') END AS by
               FROM meeting_fact f JOIN meeting m ON m.id = f.meeting LEFT JOIN person p ON p.id = f.by WHERE f.meeting = $1 ORDER BY f.id""",
            meeting,
        )
    return [_step(row) for row in rows]


def _step(row: Any) -> Step:
    facts = msgspec.json.decode(row["facts"])

    def moment(name: str) -> datetime | None:
        return msgspec.convert(facts[name], datetime, strict=False) if facts.get(name) else None

    return Step(row["kind"], row["at"], str(facts.get("side", "")), row["by"], moment("old_slot"), moment("new_slot") or moment("slot"), facts.get("minutes"))


@dataclass(frozen=True, slots=True)
class Ground:
    """What the run behind a meeting was told and answered."""

    run: int | None
    seed: int | None
    inputs_hash: str
    engine: str
    version: int | None
    worth: int | None


async def ground(meeting: UUID) -> Ground:
    """The run, the version and the worth of the wish behind a meeting."""
    from forum.matchmaking.worth import worth

    async with db.connection() as conn:
        row = await conn.fetchrow(
            """SELECT p.number, p.seed, p.inputs_hash, p.engine_version, (SELECT v.number FROM plan_version v WHERE v.plan = p.id ORDER BY v.number LIMIT 1) AS version,
                      w.rank, coalesce(s.verdict = 'star', false) AS starred
               FROM meeting m LEFT JOIN plan p ON p.id = m.plan LEFT JOIN wish w ON w.candidate = m.candidate AND w.company = m.company AND w.withdrawn_at IS NULL
               LEFT JOIN star s ON s.candidate = m.candidate AND s.company = m.company AND s.ended_at IS NULL WHERE m.id = $1""",
            meeting,
        )
    if row is None:
        return Ground(None, None, "", "", None, None)
    points = worth(row["rank"], row["starred"]) if row["rank"] else None
    return Ground(row["number"], row["seed"], row["inputs_hash"] or "", row["engine_version"] or "", row["version"], points)


def reasons(meeting: Meeting, found: Ground) -> list[Message]:
    """The sentences of "why this meeting?", most telling first."""
    said: list[Message] = []
    if meeting.rank is not None:
        said.append(Message(N_("You wished for {company}: it is your choice number {rank}."), company=meeting.company_name, rank=meeting.rank))
    if meeting.starred:
        said.append(Message(N_("{company} wants to meet you too."), company=meeting.company_name))
    if meeting.origin == "plan" and found.run is not None and found.worth is not None:
        said.append(
            Message(
                N_(
                    "Such a wish counts {points} points out of 100; the calculation (run {run}) looked for the plan with most points for everybody, "
                    "after giving as many people as possible a first meeting."
                ),
                points=found.worth,
                run=found.run,
            )
        )
    elif meeting.origin == "booked":
        said.append(Message(N_("A person booked this slot, not the calculation.")))
    elif meeting.origin == "offered":
        said.append(Message(N_("A seat came free and you accepted it.")))
    if meeting.is_locked:
        said.append(Message(N_("An organiser has fixed it at this time.")))
    said.append(
        Message(
            N_("At {clock} you and {recruiter} were both free, and the ways before and after leave enough time."),
            clock=_clock(meeting),
            recruiter=meeting.recruiter_name,
        )
    )
    return said


def exact(meeting: Meeting, found: Explained | None) -> tuple[Message, ...]:
    """What the calculation says about a meeting that still is where the plan put it."""
    return found.sentences if found and found.reason == "meets" and meeting.origin == "plan" else ()


def reasons_for_company(meeting: Meeting, found: Ground) -> list[Message]:
    """The same question from the company's side: never the candidate's rank, points or other plans."""
    said = [Message(N_("This person wished to meet {company}."), company=meeting.company_name)]
    if meeting.starred:
        said.append(Message(N_("Your company starred this person.")))
    if meeting.origin == "plan" and found.run is not None:
        said.append(Message(N_("The calculation (run {run}) proposed this time; an organiser published it."), run=found.run))
    elif meeting.origin == "booked":
        said.append(Message(N_("A person booked this slot, not the calculation.")))
    elif meeting.origin == "offered":
        said.append(Message(N_("The seat came free and the candidate accepted it.")))
    said.append(Message(N_("At {clock} both sides were free, and the ways before and after leave enough time."), clock=_clock(meeting)))
    return said


def _clock(meeting: Meeting) -> str:
    from forum.formats import clock_time

    return clock_time(meeting.start)
