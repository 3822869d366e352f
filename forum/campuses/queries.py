"""Reads about places: campuses with their days, rooms, tables, gates; what travel times are made from."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from forum import db
from forum.campuses.geo import Area
from forum.campuses.model import Campus, CampusDay, Gate, MeetingTable, Room
from forum.campuses.travel import Patch
from forum.errors import NotFound
from forum.i18n import N_

_CAMPUS = """SELECT id, edition, slug, number, name, address, postcode, city, latitude, longitude, zone, capacity, step_free,
       access_fr, access_en, phone, version, removed_at FROM campus """


async def campuses(edition: UUID) -> list[Campus]:
    """Every campus that takes part, by number."""
    return await db.rows(Campus, _CAMPUS + "WHERE edition = $1 AND removed_at IS NULL ORDER BY number", edition)


async def campus(edition: UUID, slug: str) -> Campus:
    """One campus by its slug. Raises NotFound."""
    found = await db.row(Campus, _CAMPUS + "WHERE edition = $1 AND slug = $2 AND removed_at IS NULL", edition, slug)
    if found is None:
        raise NotFound(N_("There is no such campus."))
    return found


async def days(campus: UUID) -> list[CampusDay]:
    """A campus's opening hours and places, by day."""
    return await db.rows(
        CampusDay,
        """SELECT d.campus, d.day, d.opens, d.closes, d.places, d.taken,
                  (SELECT count(*) FROM registration_day w WHERE w.campus = d.campus AND w.day = d.day AND w.held_at IS NULL) AS waiting
           FROM campus_day d WHERE d.campus = $1 ORDER BY d.day""",
        campus,
    )


async def days_of_all(edition: UUID) -> dict[UUID, list[CampusDay]]:
    """The days of every campus, by campus."""
    found: dict[UUID, list[CampusDay]] = {}
    for row in await db.rows(
        CampusDay,
        "SELECT d.campus, d.day, d.opens, d.closes, d.places, d.taken FROM campus_day d JOIN campus c ON c.id = d.campus WHERE c.edition = $1 ORDER BY d.day",
        edition,
    ):
        found.setdefault(row.campus, []).append(row)
    return found


_ROOM = "SELECT id, campus, building, floor, name, capacity, step_free, equipment, position, version, removed_at FROM room "


async def rooms(campus: UUID) -> list[Room]:
    """The rooms of a campus, by building and position."""
    return await db.rows(Room, _ROOM + "WHERE campus = $1 AND removed_at IS NULL ORDER BY building, position, name", campus)


async def room(campus: UUID, room: UUID) -> Room:
    """One room of that campus. Raises NotFound."""
    found = await db.row(Room, _ROOM + "WHERE campus = $1 AND id = $2 AND removed_at IS NULL", campus, room)
    if found is None:
        raise NotFound(N_("There is no such room."))
    return found


async def tables(campus: UUID) -> list[MeetingTable]:
    """The meeting tables of a campus, by number."""
    wanted = "SELECT id, campus, room, number, step_free, removed_at FROM meeting_table WHERE campus = $1 AND removed_at IS NULL ORDER BY number"
    return await db.rows(MeetingTable, wanted, campus)


async def gates(campus: UUID) -> list[Gate]:
    """The doors of a campus, by name."""
    wanted = "SELECT id, campus, slug, name, ways, step_free, removed_at FROM gate WHERE campus = $1 AND removed_at IS NULL ORDER BY name"
    return await db.rows(Gate, wanted, campus)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much a campus has, for lists."""

    campus: UUID
    rooms: int
    seats: int
    tables: int
    gates: int


async def sizes(edition: UUID) -> dict[UUID, Sizes]:
    """Rooms, seats, tables and gates of every campus."""
    found = await db.rows(
        Sizes,
        """SELECT c.id AS campus, coalesce(r.rooms, 0) AS rooms, coalesce(r.seats, 0) AS seats,
                  (SELECT count(*) FROM meeting_table t WHERE t.campus = c.id AND t.removed_at IS NULL) AS tables,
                  (SELECT count(*) FROM gate g WHERE g.campus = c.id AND g.removed_at IS NULL) AS gates
           FROM campus c LEFT JOIN (SELECT campus, count(*) AS rooms, sum(capacity)::int AS seats FROM room WHERE removed_at IS NULL GROUP BY campus) r
             ON r.campus = c.id WHERE c.edition = $1""",
        edition,
    )
    return {row.campus: row for row in found}


# --- travel -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Override:
    """An entry of the matrix set by hand."""

    id: UUID
    origin: str
    destination: str
    minutes: int
    step_free: bool
    reason: str
    by: str
    made_at: datetime


async def overrides(edition: UUID) -> list[Override]:
    """The entries set by hand that stand, with who set them."""
    return await db.rows(
        Override,
        """SELECT o.id, a.slug AS origin, b.slug AS destination, o.minutes, o.step_free, o.reason, coalesce(p.name, '') AS by, o.made_at
           FROM travel_override o JOIN campus a ON a.id = o.origin JOIN campus b ON b.id = o.destination LEFT JOIN person p ON p.id = o.made_by
           WHERE a.edition = $1 AND o.removed_at IS NULL ORDER BY a.number, b.number""",
        edition,
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """A live change in force (or ended, when `ended_at` says so); `percent` of the usual minutes, closed when None."""

    id: UUID
    line: str
    latitude: float | None
    longitude: float | None
    radius_m: int | None
    percent: int | None
    walking: bool
    reason: str
    by: str
    made_at: datetime
    ended_at: datetime | None

    @property
    def patch(self) -> Patch:
        """The change as travel sees it."""
        area = None if self.latitude is None or self.longitude is None or self.radius_m is None else Area(self.latitude, self.longitude, self.radius_m)
        return Patch(None if self.percent is None else self.percent / 100, self.line, area, self.walking)


async def patches(edition: UUID, *, ended: bool = False) -> list[Standing]:
    """The live changes in force, or the last fifty that have ended."""
    which = "t.ended_at IS NOT NULL ORDER BY t.ended_at DESC LIMIT 50" if ended else "t.ended_at IS NULL ORDER BY t.made_at"
    return await db.rows(
        Standing,
        """SELECT t.id, t.line, t.latitude, t.longitude, t.radius_m, t.percent, t.walking, t.reason, coalesce(p.name, '') AS by, t.made_at, t.ended_at
           FROM travel_patch t LEFT JOIN person p ON p.id = t.made_by WHERE t.edition = $1 AND """
        + which,
        edition,
    )


@dataclass(frozen=True, slots=True)
class FeedInfo:
    """The timetable in force."""

    id: UUID
    name: str
    day: date
    trips: int
    stops: int
    imported_at: datetime


async def feed(edition: UUID) -> FeedInfo | None:
    """What is known of the imported timetable, or None."""
    return await db.row(FeedInfo, "SELECT id, name, day, trips, stops, imported_at FROM travel_feed WHERE edition = $1 AND removed_at IS NULL", edition)


async def feed_bytes(feed: UUID) -> bytes:
    """The packed network of a feed."""
    found: bytes = await db.value("SELECT network FROM travel_feed WHERE id = $1", feed)
    return found


async def travel_fingerprint(edition: UUID) -> str:
    """Changes when anything a travel time depends on changes: campuses and their places, feed, live changes, entries set by hand."""
    found: str = await db.value(
        """SELECT md5(concat_ws('/',
               (SELECT string_agg(concat(slug, ':', latitude, ',', longitude), ';' ORDER BY number) FROM campus WHERE edition = $1 AND removed_at IS NULL),
               (SELECT id FROM travel_feed WHERE edition = $1 AND removed_at IS NULL),
               (SELECT string_agg(id::text, ';' ORDER BY id) FROM travel_patch WHERE edition = $1 AND ended_at IS NULL),
               (SELECT string_agg(o.id::text, ';' ORDER BY o.id) FROM travel_override o JOIN campus c ON c.id = o.origin
                WHERE c.edition = $1 AND o.removed_at IS NULL)))""",
        edition,
    )
    return found
