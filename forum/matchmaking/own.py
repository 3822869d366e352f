"""What a candidate reads and changes about themselves: preferences, expectations, invitations, offers of seats."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from forum import db
from forum.editions import Edition
from forum.errors import Invalid
from forum.i18n import N_
from forum.live import outbox
from forum.matchmaking import busy, places
from forum.matchmaking.forms import PreferenceForm
from forum.matchmaking.model import Busy
from forum.matchmaking.queries import NUMBER, SHOWN_NAME

# --- preferences -------------------------------------------------------------------------------------------


async def preferences(person: UUID, edition: Edition) -> dict[str, Any]:
    """The form's values as they stand. Raises Conflict for someone who is not a candidate."""
    taking = await places.candidate(edition.id, person)
    async with db.connection() as conn:
        row = await conn.fetchrow("SELECT break_from, break_minutes FROM meeting_preference WHERE person = $1 AND edition = $2", person, edition.id)
        off = await conn.fetch("SELECT day, half FROM half_day_off WHERE person = $1", person)
    return {
        "max_meetings": taking.max_meetings, "off": [f"{r[0].isoformat()}:{r[1]}" for r in off], "break_from": f"{row[0]:%H:%M}" if row and row[0] else "",
        "break_minutes": row[1] if row else 0, "step_free_need": taking.step_free_need, "discreet": taking.discreet,
    }  # fmt: skip


async def set_preferences(edition: Edition, person: UUID, form: PreferenceForm, *, now: datetime) -> None:
    """Keep the preferences; the next plan follows them. Raises Invalid for a half-day that is not in the edition, Conflict for a stranger."""
    halves = [_half(edition, text) for text in form.off]
    taking = await places.candidate(edition.id, person)
    async with db.transaction():
        await db.execute(
            """INSERT INTO meeting_preference (person, edition, break_from, break_minutes, discreet, updated_at) VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT (person, edition) DO UPDATE SET break_from = $3, break_minutes = $4, discreet = $5, updated_at = $6""",
            person, edition.id, form.break_from if form.break_minutes else None, form.break_minutes if form.break_from else 0, form.discreet, now,
        )  # fmt: skip
        await db.execute("DELETE FROM half_day_off WHERE person = $1 AND day = ANY($2)", person, [d.day for d in edition.days])
        await db.execute_many(
            "INSERT INTO half_day_off (person, day, half) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", [(person, day, half) for day, half in halves]
        )
        await db.execute(
            "UPDATE registration SET step_free_need = $2, version = version + 1 WHERE id = $1 AND step_free_need <> $2",
            taking.registration,
            form.step_free_need,
        )
        await db.execute(
            "INSERT INTO profile (registration, max_meetings) VALUES ($1, $2) ON CONFLICT (registration) DO UPDATE SET max_meetings = $2",
            taking.registration,
            form.max_meetings,
        )
        await outbox.emit(f"person.{person}", "preferences.changed")


async def taken(person: UUID, edition: Edition) -> list[Busy]:
    """What the person has reserved outside the meetings, in time: no plan proposes these hours."""
    grid = places.slot_grid(edition)
    found = await busy.of([person], grid.starts[0], grid.end(grid.starts[-1]))
    return sorted(found.get(person, []), key=lambda spell: spell.start)


def _half(edition: Edition, text: str) -> tuple[date, str]:
    day, _, half = text.partition(":")
    known = {d.day.isoformat(): d.day for d in edition.days}
    if day not in known or half not in {"morning", "afternoon"}:
        raise Invalid(N_("This half-day is not part of the edition."), field="off")
    return known[day], half


# --- what to expect ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Expectation:
    """Seats and people, so that nobody is promised what cannot be: `each` meetings per person if all were used evenly."""

    seats: int
    candidates: int
    wishes: int

    @property
    def each(self) -> float:
        return self.seats / self.candidates if self.candidates else 0.0


async def expectation(edition: UUID) -> Expectation:
    """Seats at the tables of companies that take part, and candidates with at least one wish."""
    found = await db.row(
        Expectation,
        """SELECT (SELECT count(*) FROM presence p JOIN company c ON c.id = p.company WHERE c.edition = $1 AND c.withdrawn_at IS NULL AND c.approved_at IS NOT NULL) AS seats,
                  (SELECT count(DISTINCT candidate) FROM wish WHERE edition = $1 AND withdrawn_at IS NULL) AS candidates,
                  (SELECT count(*) FROM wish WHERE edition = $1 AND withdrawn_at IS NULL) AS wishes""",
        edition,
    )
    assert found is not None
    return found


@dataclass(frozen=True, slots=True)
class Invitation:
    """A company that starred the candidate, who has no wish for it yet."""

    slug: str
    name: str
    sector: str


async def invitations(person: UUID, edition: UUID) -> list[Invitation]:
    """Companies that would like to meet the person and are not in their wishes."""
    return await db.rows(
        Invitation,
        """SELECT c.slug, c.name, c.sector FROM star s JOIN company c ON c.id = s.company WHERE s.candidate = $1 AND c.edition = $2 AND s.ended_at IS NULL
           AND s.verdict = 'star' AND c.withdrawn_at IS NULL AND NOT EXISTS (
               SELECT 1 FROM wish w WHERE w.candidate = $1 AND w.company = c.id AND w.withdrawn_at IS NULL) ORDER BY s.given_at""",
        person,
        edition,
    )


# --- seats, requests ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SeatOffer:
    """A seat that came free, offered to the person until `expires_at`."""

    id: UUID
    company_slug: str
    company_name: str
    start: datetime
    campus_number: int
    campus_name: str
    table: int
    cause: str
    minutes_away: int | None
    expires_at: datetime


async def seat_offers(person: UUID, now: datetime) -> list[SeatOffer]:
    """Offers that stand, the one that ends first on top."""
    return await db.rows(
        SeatOffer,
        """SELECT o.id, c.slug AS company_slug, c.name AS company_name, o.slot AS start, k.number AS campus_number, k.name AS campus_name, t.number AS table, o.cause,
                  o.minutes_away, o.expires_at
           FROM seat_offer o JOIN company c ON c.id = o.company JOIN meeting_table t ON t.id = o.meeting_table JOIN campus k ON k.id = t.campus
           WHERE o.candidate = $1 AND o.answered_at IS NULL AND o.expires_at > $2 ORDER BY o.expires_at""",
        person,
        now,
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for another time that waits for an answer."""

    id: UUID
    meeting: UUID
    side: str
    company_name: str
    candidate: UUID
    candidate_name: str
    candidate_number: int
    old_start: datetime
    new_start: datetime
    expires_at: datetime


_ASKED = f"""SELECT q.id, q.meeting, q.side, c.name AS company_name, m.candidate, {SHOWN_NAME.format(company="m.company", candidate="m.candidate")} AS candidate_name,
{NUMBER.format(company="m.company", candidate="m.candidate")} AS candidate_number, m.slot AS old_start, q.slot AS new_start, q.expires_at
FROM time_request q JOIN meeting m ON m.id = q.meeting JOIN company c ON c.id = m.company JOIN person p ON p.id = m.candidate
WHERE q.answered_at IS NULL AND q.expires_at > $2 AND """


async def requests_to(person: UUID, now: datetime) -> list[Asked]:
    """Requests of companies that the candidate may answer."""
    return await db.rows(Asked, _ASKED + "m.candidate = $1 AND q.side = 'company' ORDER BY q.expires_at", person, now)


async def requests_to_company(company: UUID, now: datetime) -> list[Asked]:
    """Requests of candidates that the company may answer."""
    return await db.rows(Asked, _ASKED + "m.company = $1 AND q.side = 'candidate' ORDER BY q.expires_at", company, now)


async def free_recruiter(company: UUID, slot: datetime, *, step_free: bool = False) -> UUID | None:
    """Somebody of the company who is free in that slot, at a table without steps when asked; the lowest table first."""
    found: UUID | None = await db.value(
        """SELECT p.recruiter FROM presence p JOIN meeting_table t ON t.id = p.meeting_table JOIN campus c ON c.id = t.campus
           WHERE p.company = $1 AND p.slot = $2 AND (NOT $3 OR (t.step_free AND c.step_free))
           AND NOT EXISTS (SELECT 1 FROM claim k WHERE k.slot = p.slot AND (k.recruiter = p.recruiter OR k.meeting_table = p.meeting_table)) ORDER BY t.number LIMIT 1""",
        company, slot, step_free,
    )  # fmt: skip
    return found


@dataclass(frozen=True, slots=True)
class Version:
    """The published version in force."""

    number: int
    published_at: datetime


async def published(edition: UUID) -> Version | None:
    """The last version, None before the first."""
    return await db.row(Version, "SELECT number, published_at FROM plan_version WHERE edition = $1 ORDER BY number DESC LIMIT 1", edition)
