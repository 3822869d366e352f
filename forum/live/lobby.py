"""The public display of a campus's lobby: what is said, next sessions, meetings called by short code and table."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath

from forum import clock, db, editions, web
from forum.formats import short_code
from forum.live import agenda, announcements, evacuation, gates

CALLED: Final = timedelta(minutes=10)  # how long before its slot a meeting is called
SESSIONS_MOST: Final = 6
CALLS_MOST: Final = 24


@dataclass(frozen=True, slots=True)
class Call:
    """A meeting that begins soon or waits for somebody: no name is on the board, the candidate knows the code from their page."""

    meeting: UUID
    table: int
    room: str
    slot: datetime
    late: int

    @property
    def code(self) -> str:
        return short_code(self.meeting)


async def calls(edition: UUID, campus: UUID, *, now: datetime) -> list[Call]:
    """Meetings to be called at *campus*: those of the next slot from ten minutes before, and those in progress that have not begun."""
    return await db.rows(
        Call,
        """SELECT m.id AS meeting, t.number AS table, coalesce(r.name, '') AS room, m.slot, m.late_minutes AS late
           FROM meeting m JOIN meeting_table t ON t.id = m.meeting_table LEFT JOIN room r ON r.id = t.room
           WHERE m.edition = $1 AND t.campus = $2 AND m.state IN ('proposed', 'accepted') AND m.slot <= $3 AND m.slot + make_interval(mins => m.minutes) > $4
           ORDER BY m.slot, t.number LIMIT $5""",
        edition, campus, now + CALLED, now, CALLS_MOST,
    )  # fmt: skip


@get("/board/{campus:str}")
async def lobby(request: web.AnyRequest, campus: FromPath[str]) -> Response[Any]:
    edition, now = await editions.needed(), clock.now()
    site = await gates.site(edition.id, campus)
    _, midnight = clock.day_bounds(clock.local(now, site.zone).date(), site.zone)
    sessions = [s for s in await agenda.sessions(edition.id, [site.id], now, midnight) if s.end_at > now + timedelta(minutes=5)]
    return await web.page(
        request, "live/lobby.html", edition=edition, site=site, sessions=sessions[:SESSIONS_MOST], calls=await calls(edition.id, site.id, now=now),
        said=await announcements.for_board(edition.id, site.id, now=now), evacuating=await evacuation.under_way(site.id) is not None,
    )  # fmt: skip


ROUTES = [lobby]
