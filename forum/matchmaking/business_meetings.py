"""Business meetings: a company and a public buyer (or two companies) meet because both said yes; the engine only finds the time.

The host receives at its table; the guest sends one of its people. Given meetings are timed by the engine's timetable mode.
"""

import asyncio
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from forum import db, journal
from forum.editions import Edition
from forum.errors import Conflict, ForumError, Invalid, NotFound
from forum.i18n import N_
from forum.live import outbox
from forum.matchmaking import booking, places, telling
from forum.matchmaking.engine.business import BusinessDay, BusinessMeeting, Status, Timetable

SECONDS: Final = 10.0
ROUNDS: Final = 12
FAIRNESS: Final = 4  # breaks of any two participants differ by no more than this


@dataclass(frozen=True, slots=True)
class Asked:
    """One request between two companies, as one of them sees it; `mine` when it asked."""

    id: UUID
    host: UUID
    host_name: str
    guest: UUID
    guest_name: str
    text: str
    mine: bool
    accepted: bool | None
    start: datetime | None
    tried: bool  # times were looked for since both said yes, and this one found none


async def of_company(company: UUID) -> list[Asked]:
    """Requests to and from *company*, the open ones first."""
    return await db.rows(
        Asked,
        """SELECT q.id, q.host, h.name AS host_name, q.guest, g.name AS guest_name, q.text, (q.side = 'host') = (q.host = $1) AS mine, q.accepted,
                  (SELECT m.slot FROM meeting m WHERE m.company = q.host AND m.guest_company = q.guest AND m.state IN ('proposed', 'accepted', 'running', 'held') LIMIT 1) AS start,
                  coalesce(EXISTS (SELECT 1 FROM journal j WHERE j.action = 'meetings.business_timed' AND j.at >= q.answered_at), false) AS tried
           FROM business_request q JOIN company h ON h.id = q.host JOIN company g ON g.id = q.guest WHERE q.host = $1 OR q.guest = $1
           ORDER BY q.accepted IS NOT NULL, q.asked_at DESC""",
        company,
    )


async def ask(edition: Edition, company: UUID, other: UUID, text: str, *, by: UUID, now: datetime) -> UUID:
    """*company* asks *other*; a public buyer always hosts. Raises NotFound, Invalid for itself, Conflict when a request stands already."""
    if company == other:
        raise Invalid(N_("Choose another company."), field="company")
    mine, theirs = await places.firm_by_id(edition.id, company), await places.firm_by_id(edition.id, other)
    asks_to_host = mine.kind == "public" and theirs.kind != "public"
    host, guest = (company, other) if asks_to_host else (other, company)
    async with db.transaction():
        made: UUID | None = await db.value(
            """INSERT INTO business_request (edition, host, guest, asked_by, side, text, asked_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
               ON CONFLICT (host, guest) WHERE accepted IS NOT false DO NOTHING RETURNING id""",
            edition.id, host, guest, by, "host" if asks_to_host else "guest", text, now,
        )  # fmt: skip
        if made is None:
            raise Conflict(N_("A request between these two stands already."))
        await outbox.emit(f"company.{other}", "business.asked", made)
    return made


async def answer(company: UUID, request: UUID, accepted: bool, *, by: UUID, now: datetime) -> None:
    """The side that was asked says yes or no, once. Raises NotFound for anybody else's request."""
    async with db.transaction():
        other = await db.value(
            """UPDATE business_request SET accepted = $3, answered_at = $4, answered_by = $5 WHERE id = $1 AND accepted IS NULL
               AND $2 = CASE WHEN side = 'host' THEN guest ELSE host END RETURNING CASE WHEN side = 'host' THEN host ELSE guest END""",
            request, company, accepted, now, by,
        )  # fmt: skip
        if other is None:
            raise NotFound(N_("There is no such request."))
        await outbox.emit(f"company.{other}", "business.answered", request)


@dataclass(frozen=True, slots=True)
class Standing:
    """Business meetings as the studio sees them: accepted ones without a time, those that have one, and what timing them led to last."""

    waiting: int
    timed: int
    at: datetime | None
    placed: int
    left: int


async def waiting_names(edition: UUID) -> list[tuple[str, str]]:
    """(host, guest) of every accepted meeting without a time, the oldest request first."""
    pairs = await _pairs_of(edition)
    async with db.connection() as conn:
        names = {row["id"]: row["name"] for row in await conn.fetch("SELECT id, name FROM company WHERE id = ANY($1)", list({c for pair in pairs for c in pair}))}
    return [(names[host], names[guest]) for host, guest in pairs]


async def standing(edition: UUID) -> Standing:
    """How the business meetings of the edition stand."""
    found = await db.row(
        Standing,
        """SELECT (SELECT count(*) FROM business_request q WHERE q.edition = $1 AND q.accepted AND NOT EXISTS (SELECT 1 FROM meeting m WHERE m.company = q.host
                     AND m.guest_company = q.guest AND m.state IN ('proposed', 'accepted', 'running', 'held'))) AS waiting,
                  (SELECT count(*) FROM meeting WHERE edition = $1 AND kind = 'business' AND state IN ('proposed', 'accepted', 'running', 'held')) AS timed,
                  j.at, coalesce((j.facts ->> 'placed')::int, 0) AS placed, coalesce((j.facts ->> 'left')::int, 0) AS left
           FROM (SELECT 1) one LEFT JOIN LATERAL (SELECT at, facts FROM journal WHERE action = 'meetings.business_timed' ORDER BY id DESC LIMIT 1) j ON true""",
        edition,
    )
    assert found is not None
    return found


@dataclass(frozen=True, slots=True)
class Timed:
    """What finding times led to. `left` are pairs that found no slot; `breaks` and `bound` are the engine's."""

    placed: int
    left: tuple[tuple[UUID, UUID], ...]
    breaks: int | None
    bound: int


async def give_times(edition: Edition, *, by: UUID, now: datetime, seconds: float = SECONDS) -> Timed:
    """Time every accepted request that has no meeting yet, around everything people already have; each is claimed or left, never doubled."""
    done = await _timed(edition, by, now, seconds)
    async with db.transaction():
        facts = {"placed": done.placed, "left": len(done.left), "breaks": done.breaks, "bound": done.bound}
        await journal.note("meetings.business_timed", actor=by, now=now, facts=facts)
        await outbox.emit("edition", "business.timed")
    return done


async def _timed(edition: Edition, by: UUID, now: datetime, seconds: float) -> Timed:
    """Find times, claim them, and look again for what the day refused (a journey too short, somebody first): without that slot, at most `ROUNDS` times."""
    until = time.monotonic() + seconds
    slots = [slot for slot in places.slot_grid(edition).starts if slot > now]
    pairs = await _pairs_of(edition.id)
    people = await _people({company for pair in pairs for company in pair}, now)
    left = [pair for pair in pairs if pair[0] not in people or pair[1] not in people]
    pairs = [pair for pair in pairs if pair not in left]
    barred: dict[UUID, set[int]] = defaultdict(set)
    placed, first = 0, None
    for turn in range(ROUNDS):
        possible, found = await _times(pairs, people, slots, barred, max(0.5, (until - time.monotonic()) / (2 if turn == 0 else 1)))
        first = first or found
        left += [pair for pair in pairs if pair not in possible]
        pairs = []
        for pair, at in zip(possible, found.slots or (), strict=True):
            if await _place(edition, people[pair[0]], people[pair[1]], pair, slots[at], by, now):
                placed += 1
            else:
                barred[people[pair[1]]].add(at)
                pairs.append(pair)
        if not pairs or time.monotonic() >= until:
            break
    return Timed(placed, (*left, *pairs), first.breaks if first else 0, first.bound if first else 0)


async def _times(
    pairs: list[tuple[UUID, UUID]], people: dict[UUID, UUID], slots: list[datetime], barred: dict[UUID, set[int]], seconds: float
) -> tuple[list[tuple[UUID, UUID]], Timetable]:
    """The pairs that can be timed together, and their times: one pair with no hour in common, or one too many, must not cost the others theirs."""
    from forum.matchmaking.engine.timetable import timetable  # OR-Tools: more than a second of start-up nobody else needs

    until = time.monotonic() + seconds
    while True:
        if not pairs:
            return [], Timetable(Status.OPTIMAL, (), 0, 0, "", 0.0)
        day = await _day(pairs, people, slots, barred)
        common = {pair: len(day.possible(number)) for number, pair in enumerate(pairs)}
        if all(common.values()):
            found: Timetable = await asyncio.to_thread(timetable, day, fairness=FAIRNESS, time_limit=max(0.2, until - time.monotonic()))
            if found.slots is not None and found.status not in {Status.INFEASIBLE, Status.UNKNOWN}:
                return pairs, found
        many = 1 if time.monotonic() < until else (len(pairs) + 1) // 2  # the clock is kept: a last few tries instead of one a pair
        dropped = [pair for pair in pairs if not common[pair]] or sorted(pairs, key=lambda pair: (common[pair], -pairs.index(pair)))[:many]
        pairs = [pair for pair in pairs if pair not in dropped]


async def _pairs_of(edition: UUID) -> list[tuple[UUID, UUID]]:
    async with db.connection() as conn:
        rows = await conn.fetch(
            """SELECT q.host, q.guest FROM business_request q WHERE q.edition = $1 AND q.accepted AND NOT EXISTS (
                   SELECT 1 FROM meeting m WHERE m.company = q.host AND m.guest_company = q.guest AND m.state IN ('proposed', 'accepted', 'running', 'held'))
               ORDER BY q.asked_at, q.id""",
            edition,
        )
    return [(r[0], r[1]) for r in rows]


async def _people(companies: set[UUID], now: datetime) -> dict[UUID, UUID]:
    """Who speaks for each company: the one with most free hours at a table still to come, the same person in all its business meetings."""
    async with db.connection() as conn:
        rows = await conn.fetch(
            """SELECT p.company, p.recruiter FROM presence p LEFT JOIN claim k ON k.slot = p.slot AND (k.recruiter = p.recruiter OR k.person = p.recruiter)
               WHERE p.company = ANY($1) GROUP BY 1, 2 ORDER BY count(*) FILTER (WHERE k.slot IS NULL AND p.slot > $2), count(*), p.recruiter""",
            list(companies), now,
        )  # fmt: skip
    return {r[0]: r[1] for r in rows}


async def _day(pairs: list[tuple[UUID, UUID]], people: dict[UUID, UUID], slots: list[datetime], barred: dict[UUID, set[int]]) -> BusinessDay:
    """The given meetings as the engine takes them: a participant is absent where the host has no table, the person is taken, or *barred* says so."""
    numbers = {company: n for n, company in enumerate(sorted({c for pair in pairs for c in pair}, key=str))}
    hosts = {host for host, _ in pairs}
    index = {slot: n for n, slot in enumerate(slots)}
    present: dict[UUID, set[int]] = defaultdict(set)
    taken: dict[UUID, set[int]] = defaultdict(set)
    async with db.connection() as conn:
        for person, slot in await conn.fetch("SELECT recruiter, slot FROM presence WHERE recruiter = ANY($1)", list(people.values())):
            present[person].add(index.get(slot, -1))
        for person, slot in await conn.fetch(
            "SELECT coalesce(recruiter, person), slot FROM claim WHERE recruiter = ANY($1) OR person = ANY($1)", list(people.values())
        ):
            taken[person].add(index.get(slot, -1))
    absent = []
    for company in numbers:
        away = set(range(len(slots))) - present[people[company]] if company in hosts else set()
        absent.append(frozenset(away | (taken[people[company]] - {-1}) | barred[people[company]]))
    meetings = tuple(BusinessMeeting(numbers[host], numbers[guest]) for host, guest in pairs)
    return BusinessDay(len(numbers), len(pairs), len(slots), len(slots), meetings, tuple(absent))


async def _place(edition: Edition, host: UUID, guest: UUID, pair: tuple[UUID, UUID], slot: datetime, by: UUID, now: datetime) -> bool:
    """Claim one given meeting under both people's locks; False when somebody was first or the guest cannot be there in time."""
    try:
        async with db.transaction():
            await booking.hold(edition.id, host, guest)
            seat = await places.place(host, slot)
            if seat is None:
                return False
            await booking.check_day(edition, guest, slot, seat.campus, step_free=False)
            meeting = uuid4()
            # the guest is busy at their own table too: the same slot may not hold them as a recruiter
            if await db.value("SELECT 1 FROM claim WHERE recruiter = $1 AND slot = $2", guest, slot):
                return False
            if not await booking.claim(meeting, slot, person=guest, recruiter=host, meeting_table=seat.meeting_table, company=pair[0]):
                return False
            await db.execute(
                """INSERT INTO meeting (id, edition, kind, candidate, guest_company, company, recruiter, meeting_table, slot, minutes, state, origin, is_locked, created_at)
                   VALUES ($1, $2, 'business', $3, $4, $5, $6, $7, $8, $9, 'accepted', 'booked', true, $10)""",
                meeting, edition.id, guest, pair[1], pair[0], host, seat.meeting_table, slot, edition.slot_minutes, now,
            )  # fmt: skip
            await _leave_own_table(guest, slot, by, now)
            await db.execute(
                "INSERT INTO meeting_fact (meeting, kind, at, by, facts) VALUES ($1, 'booked', $2, $3, '{\"side\": \"organiser\"}')", meeting, now, by
            )
            await telling.tell_business(meeting, now=now)
            await outbox.emit_many([(f"company.{pair[0]}", "meeting.booked", str(meeting)), (f"company.{pair[1]}", "meeting.booked", str(meeting))])
    except ForumError:
        return False
    return True


async def _leave_own_table(guest: UUID, slot: datetime, by: UUID, now: datetime) -> None:
    """While the guest is out, nobody can be booked at their own table."""
    own = await db.value("SELECT meeting_table FROM presence WHERE recruiter = $1 AND slot = $2", guest, slot)
    if own is not None:
        block = await db.value("INSERT INTO slot_block (recruiter, slot, made_by, made_at) VALUES ($1, $2, $3, $4) RETURNING id", guest, slot, by, now)
        await db.execute(
            "INSERT INTO claim (slot, recruiter, meeting_table, kind, holder) VALUES ($1, $2, $3, 'block', $4) ON CONFLICT DO NOTHING", slot, guest, own, block
        )
