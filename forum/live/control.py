"""The control screen's pages: the forum, one campus, the wall, the journal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath, FromQuery, Parameter

from forum import clock, db, editions, formats, web
from forum.campuses.map import CityMap, city_map
from forum.errors import NotFound
from forum.i18n import N_
from forum.live import board, gates, log, situation
from forum.live.drawn import drawn
from forum.live.now import CampusNow
from forum.live.situation import scope_of

ROWS_MOST = 14  # campuses in full in the table; the calm rest is one line that opens
WALL_ROWS = 13


def _drawn(seen: situation.Situation) -> CityMap:
    return city_map(sorted(seen.every, key=lambda c: c.number))


@get("/control")
async def control(request: web.AnyRequest) -> Response[Any]:
    edition, now = await editions.needed(), clock.now()
    scope = scope_of(await web.signed_in(request))
    seen = await situation.read(edition, scope, now=now)
    return await web.page(
        request, "live/control.html", edition=edition, s=seen, drawn=drawn, scope=scope, one=None, rooms=(), rows_most=ROWS_MOST, map=_drawn(seen),
        rehearsal=getattr(request.app.state, "rehearsal", None) if scope is None else None,  # a demo's: its clock has buttons here
    )  # fmt: skip


@get("/control/wall")
async def wall(request: web.AnyRequest, campus: FromQuery[str] = "") -> Response[Any]:
    """The same on a screen that nobody touches: larger, fewer, no buttons."""
    edition, now = await editions.needed(), clock.now()
    scope = scope_of(await web.signed_in(request))
    if campus:
        if scope is not None and campus not in scope:
            raise NotFound(N_("There is no such campus."))
        scope = frozenset({(await gates.site(edition.id, campus)).slug})
    seen = await situation.read(edition, scope, now=now)
    return await web.page(request, "live/wall.html", edition=edition, s=seen, drawn=drawn, rows_most=WALL_ROWS, map=_drawn(seen), one_only=bool(campus))


@get("/control/figures")
async def figures(request: web.AnyRequest, campus: FromQuery[str] = "") -> Response[dict[str, str]]:
    """How many are inside, as the screens write it: `inside` of all that is shown, and each campus by its slug. Asked for at every scan, so it reads nothing else."""
    edition = await editions.needed()
    scope = scope_of(await web.signed_in(request))
    counts = {slug: n for slug, n in (await board.inside_now(edition.id)).items() if (scope is None or slug in scope) and campus in ("", slug)}
    lang = web.lang_of(request)
    return Response({"inside": formats.number(lang, sum(counts.values()))} | {slug: formats.number(lang, n) for slug, n in counts.items()})


@get("/control/{campus:str}")
async def one_campus(request: web.AnyRequest, campus: FromPath[str]) -> Response[Any]:
    """One campus: rooms and tables in place of campuses."""
    edition, now = await editions.needed(), clock.now()
    site = await gates.site(edition.id, campus)
    seen = await situation.read(edition, frozenset({campus}), now=now)
    return await web.page(
        request, "live/control.html", edition=edition, s=seen, drawn=drawn, scope=scope_of(await web.signed_in(request)), one=site, map=None, rows_most=ROWS_MOST, rehearsal=None,
        rooms=rooms_of(await tables_now(edition.id, site.id, now=now), await _rooms(site.id)), gates=await _gates(site.id),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class TableNow:
    """A meeting table at this moment: who receives there, whether the meeting of the slot has begun, is awaited or is missing somebody."""

    number: int
    room: UUID | None
    company: str
    state: str
    late: int
    slot: datetime | None

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
        """SELECT DISTINCT ON (t.number) t.number, t.room, coalesce(c.name, '') AS company, coalesce(m.state, '') AS state, coalesce(m.late_minutes, 0) AS late, m.slot
           FROM meeting_table t LEFT JOIN meeting m ON m.meeting_table = t.id AND m.edition = $1 AND m.slot <= $3 AND m.slot + make_interval(mins => m.minutes) > $3
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


async def _rooms(campus: UUID) -> list[RoomRow]:
    return await db.rows(
        RoomRow, "SELECT id, name, building, capacity FROM room WHERE campus = $1 AND removed_at IS NULL ORDER BY building, position, name", campus
    )


@dataclass(frozen=True, slots=True)
class GateRow:
    slug: str
    name: str
    ways: str


async def _gates(campus: UUID) -> list[GateRow]:
    return await db.rows(GateRow, "SELECT slug, name, ways FROM gate WHERE campus = $1 AND removed_at IS NULL ORDER BY name", campus)


@dataclass(frozen=True, slots=True)
class RoomNow:
    """A room (None: tables that stand in no room) and its tables."""

    room: RoomRow | None
    tables: tuple[TableNow, ...]


def rooms_of(tables: Sequence[TableNow], rooms: Sequence[RoomRow]) -> list[RoomNow]:
    """Rooms in order, each with its tables; then the tables of no room."""
    found = [RoomNow(room, tuple(t for t in tables if t.room == room.id)) for room in rooms]
    loose = tuple(t for t in tables if t.room is None)
    return [*found, *([RoomNow(None, loose)] if loose else [])]


@get("/control/journal")
async def journal_page(request: web.AnyRequest, before: Annotated[int, Parameter(ge=1, le=2**62)] = 2**62) -> Response[Any]:
    edition, now = await editions.needed(), clock.now()
    scope = scope_of(await web.signed_in(request))
    mine = None if scope is None else [c.id for c in _in(await board.campuses_now(edition.id, now=now), scope)]
    rows = await log.done(campuses=mine, before=before, limit=50)
    return await web.page(request, "live/journal.html", edition=edition, rows=rows, older=rows[-1].id if len(rows) == 50 else None)


def _in(campuses: Sequence[CampusNow], scope: frozenset[str]) -> list[CampusNow]:
    return [c for c in campuses if c.slug in scope]


ROUTES = [control, wall, figures, journal_page, one_campus]
