"""The control screen's pages: the forum, one campus, the wall, the journal."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath, FromQuery, Parameter

from forum import clock, db, editions, formats, web
from forum.campuses.map import city_map
from forum.errors import NotFound
from forum.i18n import N_
from forum.live import board, gates, log, rooms, situation
from forum.live.drawn import drawn
from forum.live.now import CampusNow
from forum.live.situation import scope_of

ROWS_MOST = 14  # campuses in full in the table; the calm rest is one line that opens
WALL_ROWS = 13
ALERTS_MOST = 10  # in full; the rest opens


def _drawn(seen: situation.Situation) -> dict[str, Any]:
    """The map, and by number what its plates say."""
    return {"map": city_map(sorted(seen.every, key=lambda c: c.number)), "by_number": {c.number: c for c in seen.campuses}}


@get("/control")
async def control(request: web.AnyRequest) -> Response[Any]:
    """All campuses; who organises one sees that one as its own page shows it."""
    edition, now = await editions.needed(), clock.now()
    scope = scope_of(await web.signed_in(request))
    if scope is not None and len(scope) == 1:
        return await _of_one(request, min(scope))
    seen = await situation.read(edition, scope, now=now)
    return await web.page(
        request, "live/control.html", edition=edition, s=seen, drawn=drawn, scope=scope, one=None, rooms=(), rows_most=ROWS_MOST, alerts_most=ALERTS_MOST, **_drawn(seen),
        rehearsal=getattr(request.app.state, "rehearsal", None) if scope is None else None,  # a demo's: its clock has buttons here
    )  # fmt: skip


@get("/control/wall")
async def wall(request: web.AnyRequest, campus: FromQuery[str] = "") -> Response[Any]:
    """The same on a screen that nobody touches: larger, fewer, no buttons."""
    edition, now = await editions.needed(), clock.now()
    scope, one = scope_of(await web.signed_in(request)), None
    if scope is not None and len(scope) == 1:
        campus = campus or min(scope)
    if campus:
        if scope is not None and campus not in scope:
            raise NotFound(N_("There is no such campus."))
        one = await gates.site(edition.id, campus)
        scope = frozenset({one.slug})
    seen = await situation.read(edition, scope, now=now)
    places = await rooms.on_campus(edition.id, one.id, now=now) if one else ()
    return await web.page(request, "live/wall.html", edition=edition, s=seen, drawn=drawn, rows_most=WALL_ROWS, one=one, rooms=places, **_drawn(seen))


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
    return await _of_one(request, campus)


async def _of_one(request: web.AnyRequest, campus: str) -> Response[Any]:
    edition, now = await editions.needed(), clock.now()
    site = await gates.site(edition.id, campus)
    seen = await situation.read(edition, frozenset({campus}), now=now)
    return await web.page(
        request, "live/control.html", edition=edition, s=seen, drawn=drawn, scope=scope_of(await web.signed_in(request)), one=site, map=None,
        rows_most=ROWS_MOST, alerts_most=ALERTS_MOST, rehearsal=None,
        rooms=await rooms.on_campus(edition.id, site.id, now=now), gates=await _gates(site.id),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class GateRow:
    slug: str
    name: str
    ways: str


async def _gates(campus: UUID) -> list[GateRow]:
    return await db.rows(GateRow, "SELECT slug, name, ways FROM gate WHERE campus = $1 AND removed_at IS NULL ORDER BY name", campus)


@get("/control/{campus:str}/tables/{number:int}")
async def one_table(request: web.AnyRequest, campus: FromPath[str], number: FromPath[int]) -> Response[Any]:
    """One table: its day, meeting by meeting."""
    edition, now = await editions.needed(), clock.now()
    site = await gates.site(edition.id, campus)
    table = next((t for t in await rooms.tables_now(edition.id, site.id, now=now) if t.number == number), None)
    if table is None:
        raise NotFound(N_("There is no such table."))
    day = await rooms.day_of(edition, site.id, number, now=now)
    return await web.page(request, "live/table.html", edition=edition, site=site, table=table, day=day)


@get("/control/journal")
async def journal_page(request: web.AnyRequest, before: Annotated[int, Parameter(ge=1, le=2**62)] = 2**62) -> Response[Any]:
    edition, now = await editions.needed(), clock.now()
    scope = scope_of(await web.signed_in(request))
    mine = None if scope is None else [c.id for c in _in(await board.campuses_now(edition.id, now=now), scope)]
    rows = await log.done(now=now, campuses=mine, before=before, limit=50)
    return await web.page(request, "live/journal.html", edition=edition, days=_days(log.gathered(rows), edition.zone), older=rows[-1].id if len(rows) == 50 else None)


def _days(rows: Sequence[log.Done], zone: str) -> list[list[log.Done]]:
    """The rows by the day they were done on, in the order they came."""
    return [list(day) for _, day in groupby(rows, key=lambda row: clock.local(row.at, zone).date())]


def _in(campuses: Sequence[CampusNow], scope: frozenset[str]) -> list[CampusNow]:
    return [c for c in campuses if c.slug in scope]


ROUTES = [control, wall, figures, journal_page, one_table, one_campus]
