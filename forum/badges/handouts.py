"""Paper in quantity, made by the worker: all badges of an edition or a campus, a campus's pack; progress and the file in one row.

What of it belongs to other features (programme, meetings, a person's day) is handed in by `forum.day_paper`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from forum import db, jobs
from forum.badges import doors, paper, queries
from forum.badges.codes import code_of
from forum.badges.model import DayLine, Face, Guest, Pack, Session, Sign, TableSheet, Words
from forum.clock import local
from forum.editions import Edition
from forum.errors import NotFound
from forum.formats import clock_time
from forum.formats import day as day_words
from forum.i18n import N_, say

KEPT: Final = timedelta(days=1)
Lines = Callable[[UUID, date, str], Awaitable[tuple[DayLine, ...]]]
Programme = Callable[[Edition, UUID, date, str], Awaitable[tuple[Session, ...]]]
Tables = Callable[[Edition, UUID, date, str], Awaitable[tuple[TableSheet, ...]]]


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the lines of a day, a campus's programme and its tables' meetings come from."""

    lines: Lines
    programme: Programme
    tables: Tables


async def _no_lines(person: UUID, on: date, lang: str) -> tuple[DayLine, ...]:
    return ()


async def _no_programme(edition: Edition, campus: UUID, on: date, lang: str) -> tuple[Session, ...]:
    return ()


async def _no_tables(edition: Edition, campus: UUID, on: date, lang: str) -> tuple[TableSheet, ...]:
    return ()


_sources = Sources(_no_lines, _no_programme, _no_tables)


def use(sources: Sources) -> None:
    """Called once, by the module that joins the features."""
    global _sources
    _sources = sources


@dataclass(frozen=True, slots=True)
class Batch:
    """One order of paper as its page shows it."""

    id: UUID
    campus: UUID | None
    campus_number: int | None
    what: str
    layout: str
    day: date | None
    asked_at: datetime
    total: int
    done: int
    finished_at: datetime | None
    failure: str


_BATCH = """SELECT b.id, b.campus, c.number AS campus_number, b.what, b.layout, b.day, b.asked_at, b.total, b.done, b.finished_at, b.failure
FROM badge_batch b LEFT JOIN campus c ON c.id = b.campus """


async def order(edition: UUID, what: str, *, campus: UUID | None, layout: str, day: date | None, now: datetime, by: UUID | None, enqueue: bool = True) -> UUID:
    """Ask the worker for paper; the order's number. Without *enqueue* the caller makes it."""
    async with db.transaction():
        batch: UUID = await db.value(
            "INSERT INTO badge_batch (edition, campus, what, layout, day, asked_by, asked_at) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
            edition, campus, what, layout, day, by, now,
        )  # fmt: skip
        if enqueue:
            await jobs.enqueue("badges.batch", {"batch": str(batch)})
    return batch


async def batches(edition: UUID, campuses: frozenset[str] | None) -> list[Batch]:
    """The last orders, of these campuses (None: all)."""
    return await db.rows(
        Batch, _BATCH + "WHERE b.edition = $1 AND ($2::text[] IS NULL OR c.slug = ANY($2)) ORDER BY b.asked_at DESC LIMIT 30", edition,
        None if campuses is None else sorted(campuses),
    )  # fmt: skip


async def batch(number: UUID) -> Batch:
    """One order. Raises NotFound."""
    found = await db.row(Batch, _BATCH + "WHERE b.id = $1", number)
    if found is None:
        raise NotFound(N_("There is no such order."))
    return found


async def file_of(number: UUID) -> bytes:
    """The finished PDF. Raises NotFound before it is there and a day after."""
    found: bytes | None = await db.value("SELECT file FROM badge_batch WHERE id = $1", number)
    if found is None:
        raise NotFound(N_("This file is not there yet, or was kept for a day and is gone: order it again."))
    return found


async def make(number: UUID, edition: Edition, *, now: datetime) -> None:
    """Do one order: progress as it goes, the file at the end."""
    asked = await batch(number)
    made = await (_badges(asked, edition, now) if asked.what == "badges" else _pack(asked, edition, now))
    await db.execute("UPDATE badge_batch SET file = $2, finished_at = $3, done = total WHERE id = $1", number, made, now)


async def forget(*, now: datetime) -> int:
    """Take files older than a day away; they hold names."""
    return await db.execute("UPDATE badge_batch SET file = NULL WHERE file IS NOT NULL AND finished_at < $1", now - KEPT)


def draw(faces: Sequence[Face], layout: str) -> bytes:
    """*faces* as a PDF; call it in a thread."""
    from forum.badges import sheet  # late: reportlab and Pillow are a tenth of a start of `forum serve`

    return sheet.pdf(faces, layout)  # type: ignore[arg-type]


async def _badges(asked: Batch, edition: Edition, now: datetime) -> bytes:
    count = len((await doors.of(edition.id)).campuses)
    total = await queries.count_to_print(edition.id, asked.campus)
    await db.execute("UPDATE badge_batch SET total = $2 WHERE id = $1", asked.id, total)
    faces: list[Face] = []
    printed: list[UUID] = []
    after = None
    while found := await queries.to_print(edition.id, asked.campus, after):
        for one in found:
            faces.append(paper.face(one, edition, campuses=count, now=now, day=await lines_of(one.person, one.days, one.language)))
            printed.append(one.id)
        after = (found[-1].name, found[-1].id)
        await db.execute("UPDATE badge_batch SET done = $2 WHERE id = $1", asked.id, len(faces) // 2)
    made = await asyncio.to_thread(draw, faces, asked.layout)
    await queries.log_print(printed, asked.layout, now=now, by=None)
    return made


async def lines_of(person: UUID, days: Sequence[date], lang: str) -> tuple[DayLine, ...]:
    """The lines of the first day, for the back of the badge."""
    return await _sources.lines(person, days[0], lang) if days else ()


async def next_of(badge: queries.Printed, edition: Edition, lang: str, *, now: datetime) -> tuple[date, DayLine] | None:
    """The next appointment of the badge's owner and its day, or None when nothing is left."""
    today, time = local(now, edition.zone).date(), clock_time(now, edition.zone)
    for on in badge.days:
        if on >= today:
            lines = await _sources.lines(badge.person, on, lang)
            found = next((line for line in lines if line.kind == "item" and (on > today or line.time >= time)), None)
            if found is not None:
                return on, found
    return None


async def agenda(badge: queries.Printed, edition: Edition, *, now: datetime) -> bytes:
    """All days of one person on paper."""
    from forum.badges import pack  # late, as in `draw`

    lang = badge.language
    days = [(day_words(lang, on, "long", edition.zone), await _sources.lines(badge.person, on, lang)) for on in badge.days]
    notes = [say(lang, N_("A question, something unexpected? Anyone in a violet vest.")), printed_at(lang, now)]
    return await asyncio.to_thread(pack.agenda, badge.name, code_of(badge.number), days, notes, nothing=say(lang, N_("Nothing planned yet.")))


def printed_at(lang: str, now: datetime) -> str:
    return say(lang, N_("Printed on {day} at {time}. Later changes are shown in the halls and in “My day”."), day=day_words(lang, now), time=clock_time(now))


@dataclass(frozen=True, slots=True)
class _Guest:
    name: str
    number: int
    role: str


@dataclass(frozen=True, slots=True)
class _Place:
    number: int
    name: str
    slug: str


@dataclass(frozen=True, slots=True)
class _Room:
    name: str
    building: str
    floor: str
    first: int | None
    last: int | None


async def _pack(asked: Batch, edition: Edition, now: datetime, lang: str = "fr") -> bytes:
    from forum.badges import pack  # late, as in `draw`

    assert asked.campus is not None
    on = asked.day or local(now, edition.zone).date()
    place = await db.row(_Place, "SELECT number, name, slug FROM campus WHERE id = $1", asked.campus)
    assert place is not None
    whole = Pack(
        place.number,
        place.name,
        day_words(lang, on, "long", edition.zone),
        words(lang, now),
        await _sources.programme(edition, asked.campus, on, lang),
        await _sources.tables(edition, asked.campus, on, lang),
        await _guests(edition, asked.campus, on, lang),
        await _signs(asked.campus, lang),
    )
    await db.execute("UPDATE badge_batch SET total = 1 WHERE id = $1", asked.id)
    return await asyncio.to_thread(pack.pdf, whole)


async def _guests(edition: Edition, campus: UUID, on: date, lang: str) -> tuple[Guest, ...]:
    """Everyone whose first campus of the day this is, by name."""
    rows = await db.rows(
        _Guest,
        """SELECT p.name, b.number, b.role FROM registration_day d JOIN registration r ON r.id = d.registration AND r.cancelled_at IS NULL
           JOIN badge b ON b.registration = r.id AND b.revoked_at IS NULL JOIN person p ON p.id = r.person
           WHERE d.campus = $1 AND d.day = $2 AND d.held_at IS NOT NULL AND b.edition = $3 ORDER BY plain(p.name), b.number""",
        campus, on, edition.id,
    )  # fmt: skip
    return tuple(Guest(row.name, code_of(row.number), paper.role_word(lang, row.role)) for row in rows)


async def _signs(campus: UUID, lang: str) -> tuple[Sign, ...]:
    """A sign per room; where a room has tables, their numbers are what people look for."""
    rooms = await db.rows(
        _Room,
        """SELECT r.name, r.building, r.floor, min(t.number) AS first, max(t.number) AS last FROM room r
           LEFT JOIN meeting_table t ON t.room = r.id AND t.removed_at IS NULL WHERE r.campus = $1 AND r.removed_at IS NULL
           GROUP BY r.id, r.name, r.building, r.floor, r.position ORDER BY r.position, r.name""",
        campus,
    )
    signs = []
    for room in rooms:
        building = say(lang, N_("building {name}"), name=room.building) if room.building else ""
        floor = say(lang, N_("floor {name}"), name=room.floor) if room.floor else ""
        detail = ", ".join(part for part in (building, floor) if part)
        if room.first is None:
            signs.append(Sign(room.name, detail))
        else:
            tables = say(lang, N_("Tables {first} to {last}"), first=room.first, last=room.last)
            signs.append(Sign(tables, ", ".join(part for part in (room.name, detail) if part)))
    return tuple(signs)


def words(lang: str, now: datetime) -> Words:
    """The pack's own words."""
    return Words(
        programme=say(lang, N_("Programme")),
        table=say(lang, N_("Meeting table")),
        guests_by_name=say(lang, N_("Door list by name")),
        guests_by_code=say(lang, N_("Door list by code")),
        time=say(lang, N_("Time")),
        organisation=say(lang, N_("Organisation met")),
        candidate=say(lang, N_("Person")),
        arrived=say(lang, N_("Came")),
        left=say(lang, N_("Left")),
        note=say(lang, N_("Note")),
        room=say(lang, N_("Room")),
        nothing=say(lang, N_("Nothing planned yet.")),
        printed=printed_at(lang, now),
    )
