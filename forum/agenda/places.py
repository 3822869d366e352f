"""Where and when: rooms and campuses, opening hours, and when rooms and speakers can be had."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, time, timedelta
from uuid import UUID

from forum import db
from forum.agenda.model import Busy, Campus, Room
from forum.clock import Interval, at_local
from forum.i18n import N_, Message


@dataclass(frozen=True, slots=True)
class _PlaceRow:
    id: UUID
    name: str
    capacity: int
    building: str
    equipment: frozenset[str]
    step_free: bool
    campus: str
    campus_name: str
    number: int
    address: str
    latitude: float
    longitude: float
    zone: str


async def places(edition: UUID) -> tuple[dict[UUID, Room], dict[str, Campus]]:
    """Every room of the edition by id (closed ones too: releases name them), and every campus by slug."""
    rows = await db.rows(
        _PlaceRow,
        """SELECT r.id, r.name, r.capacity, r.building, r.equipment, r.step_free, c.slug AS campus, c.name AS campus_name, c.number,
                  concat_ws(', ', nullif(c.address, ''), nullif(concat_ws(' ', nullif(c.postcode, ''), c.city), '')) AS address,
                  c.latitude, c.longitude, c.zone
           FROM room r JOIN campus c ON c.id = r.campus WHERE c.edition = $1 ORDER BY c.number, r.building, r.position, r.name""",
        edition,
    )
    rooms = {r.id: Room(r.id, r.campus, r.name, r.capacity, r.building, equipment=r.equipment, step_free=r.step_free) for r in rows}
    campuses = {r.campus: Campus(r.campus, r.campus_name, r.address, r.latitude, r.longitude, r.zone, r.number) for r in rows}
    return rooms, campuses


@dataclass(frozen=True, slots=True)
class _HoursRow:
    slug: str
    zone: str
    day: date
    opens: time
    closes: time


async def opening(edition: UUID) -> dict[str, list[Interval]]:
    """Opening hours per campus as UTC intervals; a campus without days of its own keeps the edition's."""
    rows = await db.rows(
        _HoursRow,
        """SELECT c.slug, c.zone, d.day, d.opens, d.closes FROM campus c JOIN campus_day d ON d.campus = c.id WHERE c.edition = $1
           UNION ALL
           SELECT c.slug, c.zone, d.day, d.opens, d.closes FROM campus c JOIN edition_day d ON d.edition = c.edition
           WHERE c.edition = $1 AND NOT EXISTS (SELECT FROM campus_day o WHERE o.campus = c.id)
           ORDER BY 1, 3""",
        edition,
    )
    found: dict[str, list[Interval]] = defaultdict(list)
    for row in rows:
        found[row.slug].append(Interval(at_local(row.day, row.opens, row.zone), at_local(row.day, row.closes, row.zone)))
    return dict(found)


async def intervals(table: str, edition: UUID) -> dict[UUID, list[Interval]]:
    """Availability per speaker (`speaker_free`) or room (`room_free`)."""
    sql = {
        "speaker_free": "SELECT f.speaker, f.start_at, f.end_at FROM speaker_free f JOIN speaker s ON s.id = f.speaker WHERE s.edition = $1 ORDER BY 2",
        "room_free": "SELECT f.room, f.start_at, f.end_at FROM room_free f JOIN room r ON r.id = f.room JOIN campus c ON c.id = r.campus WHERE c.edition = $1 ORDER BY 2",
    }[table]
    found: dict[UUID, list[Interval]] = defaultdict(list)
    async with db.connection() as conn:
        for key, start, end in await conn.fetch(sql, edition):
            found[key].append(Interval(start, end))
    return dict(found)


async def busy_speakers(edition: UUID, slot_minutes: int) -> dict[UUID, list[Busy]]:
    """Per speaker with an account, the time they have given to meetings, and where."""
    async with db.connection() as conn:
        rows = await conn.fetch(
            """SELECT s.id, k.slot, coalesce(c.slug, '') FROM speaker s JOIN claim k ON k.person = s.person OR k.recruiter = s.person
               LEFT JOIN meeting_table t ON t.id = k.meeting_table LEFT JOIN campus c ON c.id = t.campus
               WHERE s.edition = $1 AND k.kind = 'meeting' AND c.slug IS NOT NULL ORDER BY k.slot""",
            edition,
        )
    found: dict[UUID, list[Busy]] = defaultdict(list)
    for speaker, slot, campus in rows:
        found[speaker].append(Busy(Interval(slot, slot + timedelta(minutes=slot_minutes)), campus, Message(N_("a meeting"))))
    return dict(found)
