"""What the driver of the simulated day reads: who has a badge, which gates and phones there are, what everybody holds."""

from collections import defaultdict
from collections.abc import Callable, Collection
from datetime import date, datetime
from uuid import UUID

from forum import clock, db
from forum.campuses import travels
from forum.editions import Edition
from forum.rehearsal.script import Person, Stage, Stop, merged

_PEOPLE = """
SELECT r.id AS registration, r.person, b.token, coalesce(c.slug, w.slug) AS home, r.purpose IN ('recruiter', 'organiser') AS works
FROM registration r JOIN badge b ON b.registration = r.id AND b.revoked_at IS NULL
LEFT JOIN registration_day d ON d.registration = r.id AND d.day = $2 AND d.held_at IS NOT NULL LEFT JOIN campus c ON c.id = d.campus
LEFT JOIN LATERAL (SELECT k.slug FROM presence p JOIN meeting_table t ON t.id = p.meeting_table JOIN campus k ON k.id = t.campus
                   WHERE p.recruiter = r.person AND p.slot >= $3 AND p.slot < $4 ORDER BY p.slot LIMIT 1) w ON r.purpose = 'recruiter'
WHERE r.edition = $1 AND r.cancelled_at IS NULL AND coalesce(w.slug, c.slug) IS NOT NULL ORDER BY r.id
"""


async def people(edition: Edition, day: date) -> list[Person]:
    """Everybody who may come on *day*."""
    return await db.rows(Person, _PEOPLE, edition.id, day, *clock.day_bounds(day, edition.zone))


_STOPS = """
WITH standing AS (
  SELECT m.candidate, m.recruiter, c.slug, m.slot AS start_at, m.slot + make_interval(mins => m.minutes) AS end_at
  FROM meeting m JOIN meeting_table t ON t.id = m.meeting_table JOIN campus c ON c.id = t.campus
  WHERE m.edition = $1 AND m.slot >= $2 AND m.slot < $3 AND m.state IN ('proposed', 'accepted', 'running', 'held')
    AND NOT EXISTS (SELECT FROM meeting_trouble q WHERE q.meeting = m.id AND q.resolved_at IS NULL)
), own AS (
  SELECT candidate AS person, slug, start_at, end_at FROM standing UNION ALL SELECT recruiter, slug, start_at, end_at FROM standing
  UNION ALL
  SELECT s.person, c.slug, i.start_at, i.end_at
  FROM release_item i JOIN seat s ON s.session = i.session JOIN room r ON r.id = i.room JOIN campus c ON c.id = r.campus
  WHERE i.release = (SELECT id FROM release WHERE edition = $1 ORDER BY number DESC LIMIT 1) AND NOT i.cancelled AND i.start_at >= $2 AND i.start_at < $3
    AND s.ended_at IS NULL AND s.held_at IS NOT NULL
)
SELECT person, slug, start_at, end_at FROM own WHERE end_at > $4
"""


async def stops(edition: Edition, day: date, *, after: datetime | None = None) -> dict[UUID, tuple[Stop, ...]]:
    """What each person has to be at on *day*, in order; only what ends later than *after*: most of a day is over most of the time."""
    begins, ends = clock.day_bounds(day, edition.zone)
    async with db.connection() as conn:
        rows = await conn.fetch(_STOPS, edition.id, begins, ends, after or begins)
    found: dict[UUID, list[Stop]] = defaultdict(list)
    for person, campus, start, end in rows:
        found[person].append(Stop(campus, start, end))
    return {person: merged(mine) for person, mine in found.items()}


async def minutes(edition: Edition) -> Callable[[str, str], int]:
    """Travel between campuses as it stands."""
    return (await travels.matrix_of(edition.id)).between


async def gates(edition: UUID) -> dict[str, list[UUID]]:
    """Gates people can enter by, by campus; `inwards` tells those that let nobody out."""
    found: dict[str, list[UUID]] = defaultdict(list)
    async with db.connection() as conn:
        rows = await conn.fetch(
            """SELECT c.slug, g.id FROM gate g JOIN campus c ON c.id = g.campus
               WHERE c.edition = $1 AND c.removed_at IS NULL AND g.removed_at IS NULL AND g.ways <> 'exit' ORDER BY c.number, g.slug""",
            edition,
        )
    for slug, gate in rows:
        found[slug].append(gate)
    return found


async def paused(edition: UUID) -> list[str]:
    """Campuses whose entries are paused; not those being evacuated."""
    return await db.column(
        """SELECT c.slug FROM door_suspension u JOIN campus c ON c.id = u.campus WHERE c.edition = $1 AND u.ended_at IS NULL
             AND NOT EXISTS (SELECT FROM evacuation v WHERE v.campus = c.id AND v.ended_at IS NULL) ORDER BY c.number""",
        edition,
    )


async def inwards(edition: UUID) -> frozenset[UUID]:
    """Gates that open inwards only, as they stand: an organiser may open one both ways."""
    return frozenset(await db.column("SELECT g.id FROM gate g JOIN campus c ON c.id = g.campus WHERE c.edition = $1 AND g.removed_at IS NULL AND g.ways = 'entry'", edition))


async def recruiters(edition: UUID, company: UUID) -> list[UUID]:
    """Who receives for *company*."""
    return await db.column("SELECT person FROM role WHERE edition = $1 AND company = $2 AND name = 'recruiter' AND ended_at IS NULL AND approved_at IS NOT NULL ORDER BY person", edition, company)


async def devices(edition: UUID) -> dict[UUID, UUID]:
    """The phone of each gate: the one prepared first."""
    async with db.connection() as conn:
        rows = await conn.fetch(
            """SELECT DISTINCT ON (a.gate) a.gate, d.id FROM door_device d JOIN door_device_gate a ON a.device = d.id
               WHERE d.edition = $1 AND d.revoked_at IS NULL ORDER BY a.gate, d.created_at, d.id""",
            edition,
        )
    return dict(rows)


async def inside(edition: UUID) -> dict[UUID, str]:
    """Who is on which campus already, by registration: a day that is gone on with."""
    async with db.connection() as conn:
        rows = await conn.fetch("SELECT w.registration, c.slug FROM whereabouts w JOIN campus c ON c.id = w.campus WHERE c.edition = $1", edition)
    return {row[0]: row[1] for row in rows}


_PROGRAMME = """
SELECT c.slug, s.code, i.start_at, i.room FROM release_item i JOIN session s ON s.id = i.session JOIN room r ON r.id = i.room JOIN campus c ON c.id = r.campus
WHERE i.release = (SELECT id FROM release WHERE edition = $1 ORDER BY number DESC LIMIT 1) AND NOT i.cancelled AND i.start_at >= $2 AND i.start_at < $3
ORDER BY i.start_at, s.code
"""


async def sessions(edition: Edition, day: date) -> list[tuple[str, str, datetime, UUID]]:
    """(campus, code, start, room) of the day's published sessions."""
    async with db.connection() as conn:
        return [(r[0], r[1], r[2], r[3]) for r in await conn.fetch(_PROGRAMME, edition.id, *clock.day_bounds(day, edition.zone))]


_MEETINGS = """
SELECT DISTINCT m.slot, c.slug, m.company, m.recruiter FROM meeting m JOIN meeting_table t ON t.id = m.meeting_table JOIN campus c ON c.id = t.campus
WHERE m.edition = $1 AND m.kind = 'interview' AND m.state IN ('proposed', 'accepted') AND m.slot > $2 AND m.slot < $3 ORDER BY 1, 2, 3, 4
"""


async def stage(edition: Edition, day: date, *, after: datetime | None = None, shut: Collection[str] = ()) -> Stage:
    """What can go wrong on *day*: with sessions that begin later than *after*, not on the campuses *shut*."""
    doors = {slug: mine for slug, mine in (await gates(edition.id)).items() if slug not in shut}
    held = [s for s in await sessions(edition, day) if s[0] not in shut and (after is None or s[2] > after)]
    begin, end = clock.day_bounds(day, edition.zone)
    async with db.connection() as conn:
        met = await conn.fetch(_MEETINGS, edition.id, max(begin, after or begin), end)
    one_way = await inwards(edition.id)
    return Stage(
        tuple(doors), tuple((slug, str(gate)) for slug, mine in doors.items() for gate in mine), tuple(sorted({(slug, str(room)) for slug, _, _, room in held})),
        tuple((slug, code, start) for slug, code, start, _ in held),
        tuple((slot, campus, str(company), str(recruiter)) for slot, campus, company, recruiter in met if campus not in shut),
        tuple(slug for slug, mine in doors.items() if one_way & set(mine)),
    )  # fmt: skip


async def spare_room(campus: str, room: UUID, edition: UUID) -> UUID | None:
    """The largest room of the campus without sessions and without meeting tables, to move to."""
    found: UUID | None = await db.value(
        """SELECT r.id FROM room r JOIN campus c ON c.id = r.campus WHERE c.edition = $1 AND c.slug = $2 AND r.id <> $3 AND r.removed_at IS NULL
           AND NOT EXISTS (SELECT FROM placement p WHERE p.room = r.id) AND NOT EXISTS (SELECT FROM meeting_table t WHERE t.room = r.id) ORDER BY r.capacity DESC LIMIT 1""",
        edition, campus, room,
    )  # fmt: skip
    return found
