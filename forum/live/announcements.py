"""Announcements: said once in both languages, shown on pages and boards while they stand, sent by mail when asked for."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from uuid import UUID

from forum import clock, db, jobs, journal
from forum.access import Principal
from forum.editions import Edition
from forum.errors import Conflict, NotFound
from forum.i18n import N_
from forum.live import outbox


@dataclass(frozen=True, slots=True)
class Words:
    """What is said to whom: `audience` is `everyone`, `campus` (registered there today, or inside), `inside` or `company`."""

    audience: str
    text_fr: str
    text_en: str
    campus: UUID | None = None
    company: UUID | None = None
    urgent: bool = False
    by_mail: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """An announcement that is shown now."""

    id: UUID
    audience: str
    campus: UUID | None
    number: int | None
    slug: str
    company: UUID | None
    company_name: str
    text_fr: str
    text_en: str
    urgent: bool
    by_mail: bool
    who: str
    made_at: datetime
    until: datetime
    evacuates: bool = False  # it is the order of an evacuation under way

    def text(self, lang: str) -> str:
        return self.text_fr if lang == "fr" else self.text_en


@dataclass(slots=True)
class _Reading:
    """The list of one edition as it was last read, and the turn in which that reading began."""

    turn: int = 0
    known: list[Standing] = field(default_factory=list)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


_readings: dict[UUID, _Reading] = {}
_turns = count(1)


async def standing(edition: UUID, *, now: datetime) -> list[Standing]:
    """Everything announced that is neither over nor taken back: urgent first, then the newest.

    Nobody is shown less than was said when they asked: a page that came back for an order to leave would not ask again. A crowd that asks at
    once waits for the reading that begins next and shares it.
    """
    asked, reading = next(_turns), _readings.setdefault(edition, _Reading())
    async with reading.lock:
        if reading.turn < asked:
            turn, reading.known = next(_turns), await _read(edition, now)
            reading.turn = turn
    return [a for a in reading.known if a.until > now]


async def _read(edition: UUID, now: datetime) -> list[Standing]:
    return await db.rows(
        Standing,
        """SELECT a.id, a.audience, a.campus, c.number, coalesce(c.slug, '') AS slug, a.company, coalesce(f.name, '') AS company_name, a.text_fr, a.text_en,
                  a.urgent, a.by_mail, coalesce(p.name, '') AS who, a.made_at, a.until,
                  EXISTS (SELECT FROM evacuation e WHERE e.announcement = a.id AND e.ended_at IS NULL) AS evacuates
           FROM announcement a LEFT JOIN campus c ON c.id = a.campus LEFT JOIN company f ON f.id = a.company LEFT JOIN person p ON p.id = a.made_by
           WHERE a.edition = $1 AND a.ended_at IS NULL AND a.until > $2 ORDER BY a.urgent DESC, a.made_at DESC, a.id""",
        edition, now,
    )  # fmt: skip


def forget() -> None:
    """Start anew: another event loop, another database."""
    _readings.clear()


@dataclass(frozen=True, slots=True)
class _Place:
    inside: UUID | None
    registered: UUID | None


async def for_person(edition: Edition, every: Sequence[Standing], asker: Principal | None, *, now: datetime) -> list[Standing]:
    """What of *every* announcement that stands *asker* is told; a stranger is told what is for everyone."""
    if asker is None or not any(a.audience != "everyone" for a in every):
        return [a for a in every if a.audience == "everyone"]
    here = None
    if asker.registration is not None and any(a.campus is not None for a in every):
        here = await _place(asker.registration, clock.local(now, edition.zone).date())
    staff = {g.campus for g in asker.grants if g.campus}
    return [a for a in every if _meant(a, asker, here, staff)]


async def _place(registration: UUID, day: date) -> _Place:
    found = await db.row(
        _Place,
        """SELECT (SELECT campus FROM whereabouts WHERE registration = $1) AS inside,
                  (SELECT campus FROM registration_day WHERE registration = $1 AND day = $2 AND held_at IS NOT NULL) AS registered""",
        registration, day,
    )  # fmt: skip
    assert found is not None, "one row of two values"
    return found


def _meant(a: Standing, asker: Principal, here: _Place | None, staff: set[str]) -> bool:
    if a.audience == "everyone" or a.slug in staff:
        return True
    if a.audience == "company":
        return any(g.company == a.company for g in asker.grants)
    if here is None:
        return False
    return here.inside == a.campus or (a.audience == "campus" and here.registered == a.campus)


async def for_board(edition: UUID, campus: UUID, *, now: datetime) -> list[Standing]:
    """What the boards of a campus show: for everyone, for this campus, for those inside it."""
    return [a for a in await standing(edition, now=now) if a.audience == "everyone" or a.campus == campus]


async def make(edition: Edition, words: Words, *, by: UUID | None, now: datetime, minutes: int = 30) -> UUID:
    """Announce it for *minutes*; pages and boards hear at once, mails follow. The announcement's id."""
    async with db.transaction():
        made: UUID = await db.value(
            """INSERT INTO announcement (edition, audience, campus, company, text_fr, text_en, urgent, by_mail, made_by, made_at, until)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id""",
            edition.id, words.audience, words.campus, words.company, words.text_fr, words.text_en, words.urgent, words.by_mail, by, now,
            now + timedelta(minutes=minutes),
        )  # fmt: skip
        await journal.note("announcement.made", actor=by, now=now, subject=made, campus=words.campus, facts={"audience": words.audience})
        await _said("announcement.made", made, words.campus, words.company)
        if words.by_mail:
            await jobs.enqueue("live.tell", {"announcement": str(made)})
    return made


@dataclass(frozen=True, slots=True)
class _Ended:
    campus: UUID | None
    company: UUID | None


async def end(announcement: UUID, *, by: UUID | None, now: datetime) -> None:
    """Take it back from pages and boards; mails already posted stay posted. Raises NotFound when it is over, Conflict for a standing evacuation's."""
    async with db.transaction():
        if await db.value("SELECT 1 FROM evacuation WHERE announcement = $1 AND ended_at IS NULL", announcement):
            raise Conflict(N_("This message belongs to an evacuation; it ends with the all clear."))
        gone = await db.row(
            _Ended, "UPDATE announcement SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL AND until > $2 RETURNING campus, company", announcement, now
        )
        if gone is None:
            raise NotFound(N_("This announcement is over already."))
        await journal.note("announcement.ended", actor=by, now=now, subject=announcement, campus=gone.campus)
        await _said("announcement.ended", announcement, gone.campus, gone.company)


async def _said(kind: str, ref: UUID, campus: UUID | None, company: UUID | None) -> None:
    """Everybody's pages look whether it is for them; a company's people are told alone."""
    topics = [] if company is not None else ["edition"]
    if campus is not None:
        topics.append(f"campus.{await db.value('SELECT slug FROM campus WHERE id = $1', campus)}")
    if company is not None:
        people = await db.column("SELECT DISTINCT person FROM role WHERE company = $1 AND ended_at IS NULL AND approved_at IS NOT NULL", company)
        topics += [f"company.{company}", *(f"person.{person}" for person in people)]
    await outbox.emit_many([(topic, kind, str(ref)) for topic in topics])


async def place_of(announcement: UUID) -> tuple[str, str]:
    """(audience, campus slug) of an announcement. Raises NotFound."""
    async with db.connection() as conn:
        row = await conn.fetchrow("SELECT a.audience, coalesce(c.slug, '') AS slug FROM announcement a LEFT JOIN campus c ON c.id = a.campus WHERE a.id = $1", announcement)
    if row is None:
        raise NotFound(N_("There is no such announcement."))
    return row["audience"], row["slug"]
