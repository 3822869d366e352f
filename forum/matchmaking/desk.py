"""A company's day: its tables and slots as a grid, who is next and where they are."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from forum import clock, db
from forum.editions import Edition
from forum.matchmaking import places, queries, travel, whereabouts
from forum.matchmaking.model import Meeting, State
from forum.matchmaking.refill import DESK_MINUTES
from forum.matchmaking.whereabouts import Here


@dataclass(frozen=True, slots=True)
class Column:
    """One recruiter at one table on that day."""

    recruiter: UUID
    name: str
    table: int
    campus: str
    campus_number: int
    campus_name: str
    mine: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """One slot of one recruiter: `state` is meeting, free, blocked or away."""

    state: str
    meeting: Meeting | None = None
    css: str = ""
    here: Here | None = None
    minutes: int | None = None  # away, when the person is on a campus
    by: str = ""
    guest_of: str = ""  # the company this recruiter visits in the slot


@dataclass(frozen=True, slots=True)
class Line:
    """All recruiters in one slot."""

    slot: datetime
    past: bool
    current: bool
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Desk:
    """A company's day."""

    day: date
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    upcoming: tuple[Cell, ...]  # of the reader's own table (or of all), soonest first
    held: int
    coming: int
    absent: int
    free: int

    @property
    def named(self) -> list[UUID]:
        """Candidates whose name stands on the page; guests of business meetings come in the name of their company."""
        return [c.meeting.candidate for line in self.lines for c in line.cells if c.meeting and c.meeting.kind == "interview" and c.meeting.candidate_name]

    @property
    def current(self) -> Cell | None:
        return self.upcoming[0] if self.upcoming else None


async def desk(edition: Edition, company: UUID, reader: UUID, day: date, *, now: datetime) -> Desk:
    """The grid of *day* for everybody of the company, with the reader's own table first."""
    begin, end = clock.day_bounds(day, edition.zone)
    columns = await _columns(company, reader, begin, end)
    meetings = await queries.company_meetings(company, begin=begin, end=end)
    seats = await _seats(company, begin, end)
    blocked = await _blocked(company, begin, end)
    here = await whereabouts.of([m.candidate for m in meetings])
    minutes = await travel.minutes_between(edition.id)
    by_place: dict[tuple[UUID, datetime], Meeting] = {}
    for meeting in sorted(meetings, key=lambda m: (m.live or m.state == State.HELD, m.state != State.NO_SHOW)):
        by_place[meeting.recruiter, meeting.start] = meeting
    slots = sorted({slot for _, slot in seats} | {m.start for m in meetings})
    length = timedelta(minutes=edition.slot_minutes)
    lines = []
    for slot in slots:
        cells = tuple(_cell(column, slot, by_place, seats, blocked, here, minutes, now) for column in columns)
        lines.append(Line(slot, slot + length <= now, slot <= now < slot + length, cells))
    own = [c for line in lines for n, c in enumerate(line.cells) if c.meeting and columns[n].mine]
    upcoming = [c for c in own if c.meeting and (c.meeting.state == State.RUNNING or (c.meeting.live and c.meeting.end > now))]
    everything = [c for line in lines for c in line.cells]
    return Desk(
        day, tuple(columns), tuple(lines), tuple(upcoming), sum(c.meeting is not None and c.meeting.state == State.HELD for c in everything),
        sum(c.meeting is not None and c.meeting.live and c.meeting.end > now for c in everything), sum(m.state == State.NO_SHOW for m in meetings),
        sum(c.state == "free" and line.slot > now for line in lines for c in line.cells),
    )  # fmt: skip


def _cell(
    column: Column, slot: datetime, meetings: dict[tuple[UUID, datetime], Meeting], seats: dict[tuple[UUID, datetime], UUID], blocked: dict[tuple[UUID, datetime], tuple[str, str]],
    here: dict[UUID, Here], minutes: travel.Minutes, now: datetime,
) -> Cell:  # fmt: skip
    meeting = meetings.get((column.recruiter, slot))
    if meeting is not None and meeting.state != State.UNPLACED:
        at = here.get(meeting.candidate)
        away = None if at is None else DESK_MINUTES if at.campus == meeting.campus else minutes.between(at.campus, meeting.campus)
        return Cell("meeting", meeting, _css(meeting, away, now), at, away)
    if (column.recruiter, slot) in blocked:
        by, guest_of = blocked[column.recruiter, slot]
        return Cell("blocked", css="s-off", by=by, guest_of=guest_of)
    if (column.recruiter, slot) in seats:
        return Cell("free", css="s-free")
    return Cell("away", css="s-off")


def _css(meeting: Meeting, away: int | None, now: datetime) -> str:
    if meeting.state == State.HELD:
        return "s-done"
    if meeting.state == State.NO_SHOW:
        return "s-no"
    if meeting.state == State.RUNNING:
        return "s-live"
    late = meeting.late_minutes or (away is not None and now + timedelta(minutes=away) > meeting.start)
    return "s-late" if late and meeting.start - now < timedelta(hours=1) else ""


async def _columns(company: UUID, reader: UUID, begin: datetime, end: datetime) -> list[Column]:
    return await db.rows(
        Column,
        """SELECT DISTINCT ON (p.recruiter = $4, t.number, p.recruiter) p.recruiter, n.name, t.number AS table, k.slug AS campus, k.number AS campus_number,
                  k.name AS campus_name, p.recruiter = $4 AS mine
           FROM presence p JOIN person n ON n.id = p.recruiter JOIN meeting_table t ON t.id = p.meeting_table JOIN campus k ON k.id = t.campus
           WHERE p.company = $1 AND p.slot >= $2 AND p.slot < $3 ORDER BY p.recruiter = $4 DESC, t.number, p.recruiter""",
        company,
        begin,
        end,
        reader,
    )


async def _seats(company: UUID, begin: datetime, end: datetime) -> dict[tuple[UUID, datetime], UUID]:
    async with db.connection() as conn:
        rows = await conn.fetch("SELECT recruiter, slot, meeting_table FROM presence WHERE company = $1 AND slot >= $2 AND slot < $3", company, begin, end)
    return {(r[0], r[1]): r[2] for r in rows}


async def _blocked(company: UUID, begin: datetime, end: datetime) -> dict[tuple[UUID, datetime], tuple[str, str]]:
    """Who closed each slot, and the company its recruiter is a guest of then, '' for none."""
    async with db.connection() as conn:
        rows = await conn.fetch(
            """SELECT k.recruiter, k.slot, coalesce(n.name, ''), h.name FROM claim k JOIN presence p ON p.recruiter = k.recruiter AND p.slot = k.slot
               LEFT JOIN slot_block b ON b.id = k.holder LEFT JOIN person n ON n.id = b.made_by
               LEFT JOIN meeting m ON m.kind = 'business' AND m.candidate = k.recruiter AND m.slot = k.slot AND m.state IN ('proposed', 'accepted', 'running', 'held')
               LEFT JOIN company h ON h.id = m.company
               WHERE p.company = $1 AND k.kind = 'block' AND k.slot >= $2 AND k.slot < $3""",
            company,
            begin,
            end,
        )
    return {(r[0], r[1]): (r[2], r[3] or "") for r in rows}


def days_of(edition: Edition) -> list[date]:
    return sorted({places.slot_grid(edition).day_of(start) for start in places.slot_grid(edition).starts})
