"""One person's day: sessions, meetings and passages at doors in one timeline with the journeys between. The only module that joins features."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.params import FromQuery

from forum import clock, db, editions, web
from forum.access import Principal
from forum.agenda import current, fitting
from forum.agenda import seats as seatings
from forum.agenda.model import Item
from forum.agenda.seats import Seat
from forum.agenda.timeline import Clash, Entry, Gap, Journey, Stop, StopKind, Way, Ways, still, timeline
from forum.campuses import queries as campuses
from forum.campuses import travels
from forum.campuses.model import Campus
from forum.campuses.travel import Leg
from forum.editions import Edition
from forum.matchmaking import busy
from forum.matchmaking.model import Busy, Meeting
from forum.matchmaking.queries import meetings_of
from forum.people import queries as people

SOON = timedelta(hours=2)  # what the card "next" looks ahead


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of the day as the page shows it: the entry, and what stands behind it."""

    entry: Entry
    campus: Campus | None
    meeting: Meeting | None = None
    item: Item | None = None
    seat: Seat | None = None
    legs: tuple[Leg, ...] = ()

    @property
    def kind(self) -> str:
        return self.entry.kind.value if isinstance(self.entry, Stop) else "journey" if isinstance(self.entry, Journey) else "gap"

    @property
    def lines(self) -> tuple[str, ...]:
        """Transport lines of a journey, in order."""
        return tuple(leg.line for leg in self.legs if leg.kind == "ride")


@dataclass(frozen=True, slots=True)
class Day:
    """A person's day: what is over, lines in order from now, what cannot be kept, and the first thing still to come."""

    day: date
    past: tuple[Line, ...]
    lines: tuple[Line, ...]
    clashes: tuple[Clash, ...]
    next: Line | None
    way_there: Line | None


@dataclass(frozen=True, slots=True)
class _Passage:
    campus: str
    way: str
    at: datetime


async def day_of(asker: Principal, edition: Edition, day: date, *, now: datetime) -> Day:
    """The day of *asker* as it stands."""
    begin, end = clock.day_bounds(day, edition.zone)
    programme, seats = await current.programme(edition.id), await seatings.standing(asker.person)
    items = {s: programme.by_id[s] for s in seats if programme is not None and s in programme.by_id and begin <= programme.by_id[s].start < end}
    spoken = await fitting.spoken_by(edition, programme, asker.person) if programme is not None else []
    held = {i.session.id: i for i in spoken if begin <= i.start < end}
    items = {s: i for s, i in items.items() if s not in held}
    meetings = {str(m.id): m for m in await meetings_of(asker.person, edition.id, day=day, zone=edition.zone, past=False) if m.state != "unplaced"}
    stops = [
        *(fitting.stop_of(i, StopKind.SPEAKING) for i in held.values()),
        *_seat_stops(items, seats),
        *_meeting_stops(meetings.values(), asker.person),
        *await _passages(asker, begin, end),
    ]
    registration = await people.registration(asker.person, edition.id)
    step_free = registration is not None and registration.step_free_need
    sites = {c.slug: c for c in await campuses.campuses(edition.id)}
    found = timeline(stops, await ways_of(edition.id, step_free=step_free), zone=edition.zone)
    lines = [await _line(edition.id, e, sites, meetings, items | held, seats, step_free) for e in found.entries]
    past = tuple(line for line in lines if isinstance(line.entry, Stop) and still(line.entry, now) is None)
    ahead = tuple(replace(line, entry=left) for line in lines if (left := still(line.entry, now)) is not None)
    upcoming = next(
        (line for line in ahead if isinstance(line.entry, Stop) and line.entry.kind.binding and not line.entry.cancelled and line.entry.start >= now), None
    )
    before = ahead[ahead.index(upcoming) - 1] if upcoming is not None and ahead.index(upcoming) > 0 else None
    return Day(day, past, ahead, found.clashes, upcoming, before if before is not None and isinstance(before.entry, Journey) else None)


def _seat_stops(items: dict[UUID, Item], seats: dict[UUID, Seat]) -> list[Stop]:
    return [fitting.stop_of(item, StopKind.SESSION if seats[s].state == "held" else StopKind.WAITING) for s, item in items.items()]


def _meeting_stops(meetings: Any, person: UUID) -> list[Stop]:
    return [
        Stop(
            StopKind.MEETING,
            str(m.id),
            m.company_name if m.candidate == person else m.candidate_name,
            m.campus,
            str(m.table),
            m.start,
            m.end,
            f"/meetings/{m.id}",
        )
        for m in meetings
    ]


async def _passages(asker: Principal, begin: datetime, end: datetime) -> list[Stop]:
    """Where the person went in and out today, as facts in the timeline."""
    rows = await db.rows(
        _Passage,
        """SELECT c.slug AS campus, k.way, k.at FROM check_in k JOIN campus c ON c.id = k.campus JOIN registration r ON r.id = k.registration
           WHERE r.person = $1 AND k.admitted AND k.at >= $2 AND k.at < $3 AND k.undone_at IS NULL ORDER BY k.at""",
        asker.person, begin, end,
    )  # fmt: skip
    return [Stop(StopKind.CHECK_IN, f"{r.way}-{n}", r.way, r.campus, "", r.at, r.at) for n, r in enumerate(rows)]


async def ways_of(edition: UUID, *, step_free: bool) -> Ways:
    """Minutes between campuses as the timeline asks for them."""
    matrix = await travels.matrix_of(edition, step_free=step_free)

    def way(here: str, there: str) -> Way | None:
        return Way(matrix.between(here, there), step_free=step_free) if here in matrix and there in matrix else None

    return way


async def _line(
    edition: UUID, entry: Entry, sites: dict[str, Campus], meetings: dict[str, Meeting], items: dict[UUID, Item], seats: dict[UUID, Seat], step_free: bool
) -> Line:
    if isinstance(entry, Journey):
        legs = (await travels.journey_of(edition, entry.origin, entry.destination, step_free=step_free)).legs if entry.way else ()
        return Line(entry, sites.get(entry.destination), legs=legs)
    if isinstance(entry, Gap):
        return Line(entry, sites.get(entry.campus))
    session = next((s for s in items if str(s) == entry.ref), None)
    return Line(entry, sites.get(entry.campus), meetings.get(entry.ref), items.get(session) if session else None, seats.get(session) if session else None)


# --- what matchmaking must know of the agenda ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Seated:
    person: UUID
    session: UUID


async def seats_as_busy(asked: Sequence[UUID], begin: datetime, end: datetime) -> dict[UUID, list[Busy]]:
    """Held seats of *asked* people in `[begin, end)` as busy times, handed across as plain data."""
    edition = await editions.needed()
    programme = await current.programme(edition.id)
    if programme is None:
        return {}
    found: dict[UUID, list[Busy]] = {}
    for row in await db.rows(_Seated, "SELECT person, session FROM seat WHERE ended_at IS NULL AND held_at IS NOT NULL AND person = ANY($1)", list(asked)):
        item = programme.by_id.get(row.session)
        if item is not None and not item.cancelled and item.start < end and begin < item.end:
            found.setdefault(row.person, []).append(Busy(item.start, item.end, item.campus.slug))
    return found


busy.use(seats_as_busy)


# --- the page -----------------------------------------------------------------------------------------------


def chosen_day(edition: Edition, text: str, now: datetime) -> date:
    """The day asked for if it is one of the edition's, else today, else the first."""
    days = [one.day for one in edition.days]
    today = clock.local(now, edition.zone).date()
    wanted = next((d for d in days if d.isoformat() == text), None)
    return wanted or (today if today in days else days[0] if days else today)


@get("/day")
async def my_day(request: web.AnyRequest, on: FromQuery[str] = "") -> Response[str]:
    asker, edition, now = await web.signed_in(request), await editions.needed(), clock.now()
    day = chosen_day(edition, on, now)
    return await web.page(request, "day.html", edition=edition, day=await day_of(asker, edition, day, now=now), offline="day")


ROUTES = [my_day]
