"""What a company's people read and do beside single meetings: who sits before them, seats a meeting could have, offers, outcomes."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from forum import clock, db
from forum.editions import Edition
from forum.errors import Invalid, NotFound
from forum.i18n import N_
from forum.matchmaking import places, sharing, times, wishers
from forum.matchmaking.model import Meeting
from forum.matchmaking.wishers import Wisher


async def name_of(person: UUID) -> str:
    return str(await db.value("SELECT name FROM person WHERE id = $1", person) or "")


async def card(company: UUID, person: UUID, *, by: UUID, now: datetime) -> Wisher | None:
    """Who sits before the recruiter, with what they share; None when the wish was taken back (the meeting stands, the facts do not)."""
    try:
        return await wishers.wisher(company, person, by=by, now=now)
    except NotFound:
        return None


async def contact(company: UUID, found: Wisher, *, by: UUID, now: datetime) -> str:
    """The address when it is shared, written down as seen; else ''. An address often is a name: nobody's before a first meeting without name."""
    person = found.person
    if "contact" not in found.shares or found.veiled:
        return ""
    await sharing.note_look(person, company, "contact", by=by, now=now)
    return str(await db.value("SELECT email FROM person WHERE id = $1", person))


async def companies(edition: UUID) -> list[tuple[UUID, str]]:
    """Every company that takes part, by name."""
    async with db.connection() as conn:
        rows = await conn.fetch(
            "SELECT id, name FROM company WHERE edition = $1 AND approved_at IS NOT NULL AND withdrawn_at IS NULL ORDER BY plain(name)", edition
        )
    return [(r[0], r[1]) for r in rows]


async def wishers_of(company: UUID) -> list[UUID]:
    return await db.column("SELECT candidate FROM wish WHERE company = $1 AND withdrawn_at IS NULL", company)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One answer to "what came of it?"; the last counts."""

    result: str
    by: str
    at: datetime


async def outcomes(meeting: UUID) -> list[Outcome]:
    return await db.rows(
        Outcome, "SELECT o.result, p.name AS by, o.at FROM outcome o JOIN person p ON p.id = o.by WHERE o.meeting = $1 ORDER BY o.id DESC", meeting
    )


# --- seats a meeting could have -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OpenSeat:
    """A free seat of the company: the same hour is a hand-over, another hour asks the candidate."""

    recruiter: UUID
    name: str
    slot: datetime
    table: int
    campus: int
    same_hour: bool

    @property
    def key(self) -> str:
        return f"{self.recruiter}|{self.slot.isoformat()}"


def seat_of(key: str) -> tuple[UUID, datetime]:
    """(recruiter, slot) of one choice in the grid. Raises Invalid."""
    recruiter, _, slot = key.partition("|")
    try:
        moment = datetime.fromisoformat(slot)
        if moment.tzinfo is None:
            raise ValueError(slot)
        return UUID(recruiter), moment
    except ValueError as error:
        raise Invalid(N_("Choose one of the free seats."), field="seat") from error


async def open_seats(edition: Edition, meeting: Meeting, *, now: datetime) -> list[OpenSeat]:
    """Free seats of the company that the candidate can reach in time, by slot; the meeting's own hour with colleagues comes first."""
    fit = await times.reachable(edition, meeting.id, now=now, own_hour=True)
    step_free = await places.needs_step_free(edition.id, meeting.candidate)
    return await db.rows(
        OpenSeat,
        """SELECT p.recruiter, n.name, p.slot, t.number AS table, k.number AS campus, p.slot = $3 AS same_hour FROM presence p JOIN person n ON n.id = p.recruiter
           JOIN meeting_table t ON t.id = p.meeting_table JOIN campus k ON k.id = t.campus
           JOIN unnest($2::timestamptz[], $4::text[]) AS fit (slot, campus) ON fit.slot = p.slot AND fit.campus = k.slug
           WHERE p.company = $1 AND (NOT $5 OR t.step_free)
             AND NOT EXISTS (SELECT 1 FROM claim c WHERE c.slot = p.slot AND (c.recruiter = p.recruiter OR c.meeting_table = p.meeting_table))
           ORDER BY p.slot <> $3, p.slot, t.number LIMIT 120""",
        meeting.company, [slot for slot, _ in fit], meeting.start, [campus for _, campus in fit], step_free,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Other:
    """Another meeting of the company."""

    id: UUID
    slot: datetime
    recruiter: str
    table: int


async def swappable(meeting: Meeting, *, now: datetime) -> list[Other]:
    """Meetings of the company still to come on that day, for a swap."""
    begin, end = clock.day_bounds(clock.local(meeting.start).date())
    return await db.rows(
        Other,
        """SELECT m.id, m.slot, n.name AS recruiter, t.number AS table FROM meeting m JOIN person n ON n.id = m.recruiter JOIN meeting_table t ON t.id = m.meeting_table
           WHERE m.company = $1 AND m.id <> $2 AND m.state IN ('proposed', 'accepted') AND m.slot > $3 AND m.slot >= $4 AND m.slot < $5 ORDER BY m.slot, t.number""",
        meeting.company,
        meeting.id,
        now,
        begin,
        end,
    )


@dataclass(frozen=True, slots=True)
class Trouble:
    """A meeting that lost its place and waits for a decision."""

    meeting: UUID
    why: str
    since: datetime
    slot: datetime
    recruiter: str
    state: str


async def trouble(company: UUID) -> list[Trouble]:
    """The company's meetings to resolve, the soonest first."""
    return await db.rows(
        Trouble,
        """SELECT t.meeting, t.why, t.since, m.slot, p.name AS recruiter, m.state FROM meeting_trouble t JOIN meeting m ON m.id = t.meeting
           JOIN person p ON p.id = m.recruiter WHERE m.company = $1 AND t.resolved_at IS NULL ORDER BY m.slot""",
        company,
    )
