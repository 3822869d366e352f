"""The grid, and who may take part: reads every part of the matchmaking needs."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import TypeVar
from uuid import UUID

from forum import clock, db
from forum.editions import Edition
from forum.errors import Conflict, NotFound
from forum.i18n import N_
from forum.matchmaking.slots import SlotGrid, grid_of

T = TypeVar("T")


def slot_grid(edition: Edition) -> SlotGrid:
    """The meeting grid of *edition*."""
    return grid_of([(d.day, d.opens, d.closes) for d in edition.days], edition.slot_minutes, edition.zone)


@dataclass(frozen=True, slots=True)
class Taking:
    """A person as the matchmaking knows them: registered, confirmed, of age, looking for a position."""

    person: UUID
    registration: UUID
    name: str
    step_free_need: bool
    max_meetings: int
    discreet: bool


_TAKING = """
SELECT r.person, r.id AS registration, p.name, r.step_free_need, coalesce(f.max_meetings, 6) AS max_meetings, coalesce(m.discreet, false) AS discreet
FROM registration r JOIN person p ON p.id = r.person LEFT JOIN profile f ON f.registration = r.id
LEFT JOIN meeting_preference m ON m.person = r.person AND m.edition = r.edition
WHERE r.edition = $1 AND r.purpose IN ('candidate', 'academy') AND NOT r.is_minor AND r.confirmed_at IS NOT NULL AND r.cancelled_at IS NULL
"""


async def candidate(edition: UUID, person: UUID) -> Taking:
    """The person as a candidate. Raises Conflict with what is missing."""
    found = await db.row(Taking, _TAKING + " AND r.person = $2", edition, person)
    if found is None:
        raise Conflict(N_("Meetings are for adults who registered to find a position and confirmed their address."))
    return found


@dataclass(frozen=True, slots=True)
class Firm:
    """A company that takes part."""

    id: UUID
    slug: str
    name: str
    kind: str
    sector: str
    pitch_fr: str
    pitch_en: str
    website: str
    open_booking: bool
    max_meetings: int | None
    max_in_a_row: int | None

    def pitch(self, lang: str) -> str:
        return (self.pitch_fr or self.pitch_en) if lang == "fr" else (self.pitch_en or self.pitch_fr)


_FIRM = """
SELECT c.id, c.slug, c.name, c.kind, c.sector, c.pitch_fr, c.pitch_en, c.website, coalesce(u.open_booking, false) AS open_booking, u.max_meetings,
       CASE WHEN u.company IS NULL THEN 6 ELSE u.max_in_a_row END AS max_in_a_row
FROM company c LEFT JOIN company_rule u ON u.company = c.id WHERE c.edition = $1 AND c.approved_at IS NOT NULL AND c.withdrawn_at IS NULL
"""


async def firm(edition: UUID, slug: str) -> Firm:
    """The company of that address. Raises NotFound when it is unknown, unapproved or withdrawn."""
    found = await db.row(Firm, _FIRM + " AND c.slug = $2", edition, slug)
    if found is None:
        raise NotFound(N_("This company does not take part, or no longer."))
    return found


async def firm_by_id(edition: UUID, company: UUID) -> Firm:
    """The company by its id. Raises NotFound when it is unknown, unapproved or withdrawn."""
    found = await db.row(Firm, _FIRM + " AND c.id = $2", edition, company)
    if found is None:
        raise NotFound(N_("This company does not take part, or no longer."))
    return found


@dataclass(frozen=True, slots=True)
class Place:
    """Where a recruiter sits in one slot."""

    recruiter: UUID
    slot: datetime
    meeting_table: UUID
    company: UUID
    campus: str
    step_free: bool


async def place(recruiter: UUID, slot: datetime) -> Place | None:
    """The recruiter's table in that slot, None when they are not present (or no longer a recruiter, or the table or campus is gone)."""
    return await db.row(
        Place,
        """SELECT p.recruiter, p.slot, p.meeting_table, p.company, c.slug AS campus, t.step_free AND c.step_free AS step_free
           FROM presence p JOIN meeting_table t ON t.id = p.meeting_table JOIN campus c ON c.id = t.campus JOIN company f ON f.id = p.company
           WHERE p.recruiter = $1 AND p.slot = $2 AND t.removed_at IS NULL AND c.removed_at IS NULL AND f.withdrawn_at IS NULL AND f.approved_at IS NOT NULL
             AND EXISTS (SELECT 1 FROM role r WHERE r.person = p.recruiter AND r.company = p.company AND r.ended_at IS NULL AND r.approved_at IS NOT NULL)""",
        recruiter,
        slot,
    )


async def held_days(edition: UUID, person: UUID) -> list[date]:
    """Days on which the person holds a place."""
    return await db.column(
        "SELECT d.day FROM registration_day d JOIN registration r ON r.id = d.registration WHERE r.edition = $1 AND r.person = $2 AND d.held_at IS NOT NULL ORDER BY d.day",
        edition,
        person,
    )


def by_day(moments: Iterable[T], start: Callable[[T], datetime], zone: str) -> list[tuple[date, list[T]]]:
    """*moments* in groups of one local day, in order."""
    return [(day, list(group)) for day, group in groupby(moments, key=lambda one: clock.local(start(one), zone).date())]


async def needs_step_free(edition: UUID, person: UUID) -> bool:
    """Whether the person declared the need; nobody is told why."""
    return bool(await db.value("SELECT step_free_need FROM registration WHERE edition = $1 AND person = $2", edition, person))
