"""Rooms and tables of one campus: how each stands now, and the day of one table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from forum import clock, db
from forum.editions import Edition
from forum.formats import short_code


@dataclass(frozen=True, slots=True)
class TableNow:
    """A meeting table at this moment: who receives there, whether the meeting of the slot has begun, is awaited or is missing somebody."""

    number: int
    room: UUID | None
    company: str
    state: str
    late: int
    slot: datetime | None
    place: str

    @property
    def mark(self) -> str:
        """`free`, `empty` (nobody of a company), `awaited`, `late`, `running`, `held` or `no_show`."""
        if self.state in {"running", "held", "no_show"}:
            return self.state
        if self.state in {"proposed", "accepted"}:
            return "late" if self.late else "awaited"
        return "free" if self.company else "empty"


async def tables_now(edition: UUID, campus: UUID, *, now: datetime) -> list[TableNow]:
    """Every table of the campus with its meeting in progress, by number."""
    return await db.rows(
        TableNow,
        """SELECT DISTINCT ON (t.number) t.number, t.room, coalesce(c.name, '') AS company, coalesce(m.state, '') AS state, coalesce(m.late_minutes, 0) AS late, m.slot,
                  coalesce(r.name, '') AS place
           FROM meeting_table t LEFT JOIN room r ON r.id = t.room LEFT JOIN meeting m ON m.meeting_table = t.id AND m.edition = $1 AND m.slot <= $3 AND m.slot + make_interval(mins => m.minutes) > $3
                AND m.state IN ('proposed', 'accepted', 'running', 'held', 'no_show')
           LEFT JOIN presence p ON p.meeting_table = t.id AND p.slot <= $3 AND p.slot + make_interval(mins => (SELECT slot_minutes FROM edition WHERE id = $1)) > $3
           LEFT JOIN company c ON c.id = coalesce(m.company, p.company)
           WHERE t.campus = $2 AND t.removed_at IS NULL ORDER BY t.number, m.state = 'no_show', m.slot""",
        edition, campus, now,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class RoomRow:
    id: UUID
    name: str
    building: str
    capacity: int


async def _rows(campus: UUID) -> list[RoomRow]:
    return await db.rows(
        RoomRow, "SELECT id, name, building, capacity FROM room WHERE campus = $1 AND removed_at IS NULL ORDER BY building, position, name", campus
    )


@dataclass(frozen=True, slots=True)
class RoomNow:
    """A room (None: tables that stand in no room) and its tables."""

    room: RoomRow | None
    tables: tuple[TableNow, ...]

    @property
    def waiting(self) -> int:
        """Tables somebody should look at: late, or somebody is absent."""
        return sum(t.mark in {"late", "no_show"} for t in self.tables)


async def on_campus(edition: UUID, campus: UUID, *, now: datetime) -> list[RoomNow]:
    """Every room of the campus with its tables at this moment."""
    return rooms_of(await tables_now(edition, campus, now=now), await _rows(campus))


def rooms_of(tables: Sequence[TableNow], rooms: Sequence[RoomRow]) -> list[RoomNow]:
    """Rooms in order, each with its tables; then the tables of no room."""
    found = [RoomNow(room, tuple(t for t in tables if t.room == room.id)) for room in rooms]
    loose = tuple(t for t in tables if t.room is None)
    return [*found, *([RoomNow(None, loose)] if loose else [])]


@dataclass(frozen=True, slots=True)
class TableMeeting:
    """A meeting at a table: no name of a candidate, organisers and boards use its code."""

    id: UUID
    company: str
    guest: str
    slot: datetime
    minutes: int
    state: str
    late: int

    @property
    def code(self) -> str:
        return short_code(self.id)

    @property
    def until(self) -> datetime:
        return self.slot + timedelta(minutes=self.minutes)

    @property
    def mark(self) -> str:
        return self.state if self.state in {"running", "held", "no_show"} else "late" if self.late else "awaited"


async def day_of(edition: Edition, campus: UUID, number: int, *, now: datetime) -> list[TableMeeting]:
    """Today's meetings at table *number* of the campus, in order."""
    begin, end = clock.day_bounds(clock.local(now, edition.zone).date(), edition.zone)
    return await db.rows(
        TableMeeting,
        """SELECT m.id, c.name AS company, coalesce(g.name, '') AS guest, m.slot, m.minutes, m.state, m.late_minutes AS late
           FROM meeting m JOIN meeting_table t ON t.id = m.meeting_table JOIN company c ON c.id = m.company LEFT JOIN company g ON g.id = m.guest_company
           WHERE m.edition = $1 AND t.campus = $2 AND t.number = $3 AND m.slot >= $4 AND m.slot < $5
             AND m.state IN ('proposed', 'accepted', 'running', 'held', 'no_show') ORDER BY m.slot, m.id""",
        edition.id, campus, number, begin, end,
    )  # fmt: skip
