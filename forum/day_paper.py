"""A person's day and a campus's programme on paper: joins features for `badges.handouts` and hands plain data across."""

from datetime import date
from uuid import UUID

from forum import clock, day, db, editions, jobs
from forum.access import Principal
from forum.agenda import current
from forum.agenda.timeline import Journey, Stop, StopKind
from forum.badges import handouts
from forum.badges.model import DayLine, Session, TableSheet
from forum.clock import day_bounds
from forum.editions import Edition
from forum.formats import clock_time, duration
from forum.i18n import N_, say

SHOWN = frozenset({StopKind.SESSION, StopKind.SPEAKING, StopKind.MEETING})


async def lines(person: UUID, on: date, lang: str) -> tuple[DayLine, ...]:
    """Sessions, meetings and the journeys between them; facts such as passages at doors are left out."""
    edition = await editions.needed()
    whole = await day.day_of(Principal(person, "", "", lang), edition, on, now=clock.day_bounds(on, edition.zone)[0])
    found = []
    for line in whole.lines:
        entry, campus = line.entry, line.campus.number if line.campus else 0
        if isinstance(entry, Journey) and entry.way is not None:
            said = say(lang, N_("{length} to get there"), length=duration(entry.way.minutes))
            found.append(DayLine(clock_time(entry.leave, edition.zone), said, "", campus, "trip"))
        elif isinstance(entry, Stop) and entry.kind in SHOWN:
            table = say(lang, N_("Table {number}"), number=entry.place) if entry.kind is StopKind.MEETING else entry.place
            found.append(DayLine(clock_time(entry.start, edition.zone), str(entry.title), table, campus))
    return tuple(found)


async def programme(edition: Edition, campus: UUID, on: date, lang: str) -> tuple[Session, ...]:
    """The published sessions of one campus and day, in order of time and room."""
    published = await current.programme(edition.id)
    if published is None:
        return ()
    begin, end = day_bounds(on, edition.zone)
    slug = await db.value("SELECT slug FROM campus WHERE id = $1", campus)
    here = [item for item in published.by_id.values() if item.campus.slug == slug and begin <= item.start < end and not item.cancelled]
    return tuple(
        Session(
            f"{clock_time(item.start, edition.zone)}–{clock_time(item.end, edition.zone)}",
            item.session.title,
            item.room.name,
            ", ".join(speaker.name for speaker in item.session.speakers),
        )
        for item in sorted(here, key=lambda item: (item.start, item.room.name))
    )


async def tables(edition: Edition, campus: UUID, on: date, lang: str) -> tuple[TableSheet, ...]:
    """Every table of a campus with the meetings it holds that day: from what is claimed now."""
    begin, end = day_bounds(on, edition.zone)
    async with db.connection() as conn:
        rows = await conn.fetch(
            """SELECT t.number, coalesce(r.name, '') AS room, cl.slot, coalesce(c.name, '') AS company, coalesce(p.name, '') AS person,
                      coalesce(g.step_free_need, false) AS step_free
               FROM meeting_table t LEFT JOIN room r ON r.id = t.room
               LEFT JOIN claim cl ON cl.meeting_table = t.id AND cl.kind = 'meeting' AND cl.slot >= $2 AND cl.slot < $3
               LEFT JOIN company c ON c.id = cl.company LEFT JOIN person p ON p.id = cl.person
               LEFT JOIN registration g ON g.person = p.id AND g.edition = $4
               WHERE t.campus = $1 AND t.removed_at IS NULL ORDER BY t.number, cl.slot""",
            campus, begin, end, edition.id,
        )  # fmt: skip
    found: dict[tuple[int, str], list[tuple[str, str, str, str]]] = {}
    for row in rows:
        sheet = found.setdefault((row["number"], row["room"]), [])
        if row["slot"] is not None:
            note = say(lang, N_("step-free")) if row["step_free"] else ""
            sheet.append((clock_time(row["slot"], edition.zone), row["company"], row["person"], note))
    return tuple(TableSheet(number, room, tuple(meetings)) for (number, room), meetings in found.items())


handouts.use(handouts.Sources(lines, programme, tables))


@jobs.handler("badges.batch", tries=2, seconds=1800, heavy=True, at_once=1)
async def batch(job: jobs.Job) -> None:
    """Paper in quantity: here, because the process that makes it must know where a person's day comes from."""
    number = UUID(job.payload["batch"])
    try:
        await handouts.make(number, await editions.needed(), now=clock.now())
    except Exception as error:
        await db.execute("UPDATE badge_batch SET failure = $2 WHERE id = $1", number, type(error).__name__)
        raise
