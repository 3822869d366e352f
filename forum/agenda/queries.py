"""Reads of the agenda: SQL to model. The published programme is one release; the draft is the placements of now."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import msgspec

from forum import db
from forum.agenda.model import Busy, Campus, Item, Link, Placement, Release, Room, Session, Speaker
from forum.clock import Interval, at_local
from forum.i18n import N_


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """A release as stored."""

    id: UUID
    edition: UUID
    number: int
    name: str
    note: str
    at: datetime
    restores: UUID | None = None

    @property
    def plain(self) -> Release:
        return Release(self.number, self.name, self.at, self.note)


@dataclass(frozen=True, slots=True)
class Published:
    """A release and its items in reading order; `head` is what an imported file said about itself."""

    release: ReleaseRow
    items: tuple[Item, ...]
    head: dict[str, Any] = field(default_factory=dict)

    @property
    def standing(self) -> tuple[Item, ...]:
        """The items that take place."""
        return tuple(i for i in self.items if not i.cancelled)


@dataclass(frozen=True, slots=True)
class _SessionRow:
    id: UUID
    code: str
    number: int
    guid: str
    title: str
    subtitle: str
    kind: str
    track: str
    language: str
    level: str
    abstract: str
    description: str
    minutes: int
    needs: frozenset[str]
    seats: int | None
    reservable: bool
    licence: str | None
    optout: bool
    slug: str
    logo: str
    links: str
    attachments: str
    extra: str


@dataclass(frozen=True, slots=True)
class _SpeakerRow:
    session: UUID
    id: UUID
    name: str
    code: str
    number: int
    biography: str


_RELEASE = "SELECT id, edition, number, name, note, at, restores FROM release"


async def sessions(edition: UUID, only: Sequence[UUID] | None = None) -> dict[UUID, Session]:
    """The sessions of an edition that are not withdrawn, by id, in order of number; *only* those when given."""
    columns = ", ".join(_SessionRow.__slots__)
    found = await db.rows(
        _SessionRow,
        f"SELECT {columns} FROM session WHERE edition = $1 AND withdrawn_at IS NULL AND ($2::uuid[] IS NULL OR id = ANY($2)) ORDER BY number",
        edition,
        None if only is None else list(only),
    )
    held = await _speakers([row.id for row in found])
    return {row.id: _session(row, held.get(row.id, ())) for row in found}


async def _speakers(ids: Sequence[UUID]) -> dict[UUID, tuple[Speaker, ...]]:
    rows = await db.rows(
        _SpeakerRow,
        "SELECT ss.session, s.id, s.name, s.code, s.number, s.biography FROM session_speaker ss JOIN speaker s ON s.id = ss.speaker "
        "WHERE ss.session = ANY($1) ORDER BY ss.session, ss.position, s.name",
        list(ids),
    )
    found: dict[UUID, list[Speaker]] = defaultdict(list)
    for row in rows:
        found[row.session].append(Speaker(row.id, row.name, row.code, row.number, row.biography))
    return {key: tuple(people) for key, people in found.items()}


def _session(row: _SessionRow, speakers: tuple[Speaker, ...]) -> Session:
    plain = {name: getattr(row, name) for name in _SessionRow.__slots__}
    plain["links"] = msgspec.json.decode(row.links, type=tuple[Link, ...])
    plain["attachments"] = msgspec.json.decode(row.attachments, type=tuple[Link, ...])
    plain["extra"] = msgspec.json.decode(row.extra, type=tuple[str, ...])
    return Session(speakers=speakers, **plain)


# --- places -------------------------------------------------------------------------------------------------


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


# --- releases -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _ItemRow:
    session: UUID
    room: UUID
    start_at: datetime
    end_at: datetime
    sequence: int
    changed_at: datetime
    cancelled: bool
    content: str


async def latest_number(edition: UUID) -> int:
    """The number of the release in force; 0 before the first."""
    return int(await db.value("SELECT coalesce(max(number), 0) FROM release WHERE edition = $1", edition))


async def release(edition: UUID, number: int | None = None, name: str | None = None) -> ReleaseRow | None:
    """A release by number or name; with neither the one in force."""
    if name is not None:
        return await db.row(ReleaseRow, _RELEASE + " WHERE edition = $1 AND name = $2", edition, name)
    return await db.row(
        ReleaseRow, _RELEASE + " WHERE edition = $1 AND number = coalesce($2, (SELECT max(number) FROM release WHERE edition = $1))", edition, number
    )


async def release_by_id(key: UUID) -> ReleaseRow:
    """A release that exists."""
    found = await db.row(ReleaseRow, _RELEASE + " WHERE id = $1", key)
    assert found is not None, "releases are never removed"
    return found


async def releases(edition: UUID) -> list[ReleaseRow]:
    """Every release, the newest first."""
    return await db.rows(ReleaseRow, _RELEASE + " WHERE edition = $1 ORDER BY number DESC", edition)


async def published(of: ReleaseRow) -> Published:
    """The items of a release in reading order."""
    rooms, campuses = await places(of.edition)
    rows = await db.rows(
        _ItemRow,
        """SELECT i.session, i.room, i.start_at, i.end_at, i.sequence, i.changed_at, i.cancelled, i.content
           FROM release_item i JOIN room r ON r.id = i.room JOIN campus c ON c.id = r.campus
           WHERE i.release = $1 ORDER BY i.start_at, c.number, r.position, r.name""",
        of.id,
    )
    items = tuple(_item(row, rooms[row.room], campuses) for row in rows)
    head = msgspec.json.decode(await db.value("SELECT head FROM release WHERE id = $1", of.id))
    return Published(of, items, head)


def _item(row: _ItemRow, room: Room, campuses: dict[str, Campus]) -> Item:
    session = msgspec.json.decode(row.content, type=Session)
    placement = Placement(row.session, row.room, row.start_at, row.end_at)
    return Item(session, placement, room, campuses[room.campus], row.sequence, row.changed_at, row.cancelled)


# --- the draft ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _DraftRow:
    session: UUID
    room: UUID
    start_at: datetime
    end_at: datetime
    locked: bool


async def draft(edition: UUID) -> list[Placement]:
    """The placements of the draft in time order; withdrawn sessions have none."""
    rows = await db.rows(
        _DraftRow,
        """SELECT p.session, p.room, p.start_at, p.end_at, p.locked_at IS NOT NULL AS locked
           FROM placement p JOIN session s ON s.id = p.session WHERE s.edition = $1 AND s.withdrawn_at IS NULL ORDER BY p.start_at, p.session""",
        edition,
    )
    return [Placement(r.session, r.room, r.start_at, r.end_at, r.locked) for r in rows]


async def draft_version(edition: UUID) -> int:
    return int(await db.value("SELECT coalesce((SELECT version FROM agenda WHERE edition = $1), 0)", edition))


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


async def interest(edition: UUID) -> dict[UUID, int]:
    """Persons who want each session: stars, seats and places in the queue (each person once), and what organisers expect."""
    async with db.connection() as conn:
        rows = await conn.fetch(
            """SELECT s.id, greatest(s.interest, count(DISTINCT w.person)) FROM session s
               LEFT JOIN (SELECT session, person FROM favourite UNION SELECT session, person FROM seat WHERE ended_at IS NULL) w ON w.session = s.id
               WHERE s.edition = $1 GROUP BY s.id""",
            edition,
        )
    return {row[0]: row[1] for row in rows}


async def together(edition: UUID) -> dict[tuple[UUID, UUID], int]:
    """Persons who want both of two sessions (stars and seats); people with more than 60 wishes say too little and are left out."""
    async with db.connection() as conn:
        rows = await conn.fetch(
            """WITH wish AS (
                   SELECT f.person, f.session FROM favourite f JOIN session s ON s.id = f.session WHERE s.edition = $1
                   UNION SELECT t.person, t.session FROM seat t JOIN session s ON s.id = t.session WHERE s.edition = $1 AND t.ended_at IS NULL),
               modest AS (SELECT person FROM wish GROUP BY person HAVING count(*) <= 60)
               SELECT a.session, b.session, count(*) FROM wish a JOIN modest USING (person) JOIN wish b ON b.person = a.person AND a.session < b.session
               GROUP BY 1, 2""",
            edition,
        )
    return {(row[0], row[1]): row[2] for row in rows}


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A stored plan: its value and bound in points, or why there is none."""

    id: UUID
    made_at: datetime
    draft_version: int
    value: int | None
    bound: int | None
    seconds: float
    sessions: int
    impossible: tuple[str, ...]
    applied_at: datetime | None

    @property
    def gap(self) -> float | None:
        """The most a plan could be better, in percent of the bound."""
        if self.value is None or self.bound is None:
            return None
        return 100 * (self.bound - self.value) / max(1, abs(self.bound))


async def plans(edition: UUID, most: int = 5) -> list[PlanRow]:
    """The last plans, newest first."""
    return await db.rows(
        PlanRow,
        """SELECT id, made_at, draft_version, value, bound, seconds, jsonb_array_length(placements) AS sessions, applied_at,
                  ARRAY(SELECT jsonb_array_elements_text(impossible)) AS impossible
           FROM agenda_plan WHERE edition = $1 ORDER BY made_at DESC LIMIT $2""",
        edition,
        most,
    )


async def untold(release: UUID) -> list[tuple[UUID, list[UUID]]]:
    """Whom the release concerns and who was not told yet, with their sessions."""
    async with db.connection() as conn:
        rows = await conn.fetch("SELECT person, sessions FROM release_notice WHERE release = $1 AND told_at IS NULL ORDER BY person", release)
    return [(row[0], list(row[1])) for row in rows]


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
        found[speaker].append(Busy(Interval(slot, slot + timedelta(minutes=slot_minutes)), campus, N_("a meeting")))
    return dict(found)
