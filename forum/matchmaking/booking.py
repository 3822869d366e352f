"""Booking a slot: the database's constraints decide who was first; what they cannot see is checked under the person's lock.

Locks, always in this order: the edition's plan (shared; publishing and presence take it alone), then the people by name.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from forum import clock, db
from forum.editions import Edition
from forum.errors import Conflict, Invalid, NotFound
from forum.i18n import N_, Message
from forum.matchmaking import busy, places, telling, travel
from forum.matchmaking.itinerary import Stop, first_clash


@dataclass(frozen=True, slots=True)
class Want:
    """Who is to meet whom, when. `side` is who asks: the company's people may book who wishes, candidates where they were invited."""

    candidate: UUID
    company: UUID
    recruiter: UUID
    slot: datetime
    by: UUID
    side: str


@dataclass(frozen=True, slots=True)
class _Facts:
    """Everything a booking depends on, read once."""

    meeting_table: UUID | None
    campus: str | None
    table_step_free: bool
    registered: bool
    need: bool
    max_meetings: int
    has: int
    day_held: bool
    rank: int | None
    verdict: str | None
    open_booking: bool
    company_most: int | None
    company_has: int
    seat_taken: bool


_FACTS = """
SELECT p.meeting_table, c.slug AS campus, coalesce(t.step_free AND c.step_free, false) AS table_step_free,
    r.id IS NOT NULL AS registered, coalesce(r.step_free_need, false) AS need, coalesce(f.max_meetings, 6) AS max_meetings,
    (SELECT count(*) FROM meeting m WHERE m.candidate = $2 AND m.edition = $1 AND m.kind = 'interview' AND m.state IN ('proposed', 'accepted', 'running', 'held', 'unplaced')) AS has,
    EXISTS (SELECT 1 FROM registration_day d WHERE d.registration = r.id AND d.day = $6 AND d.held_at IS NOT NULL) AS day_held,
    (SELECT rank FROM wish w WHERE w.candidate = $2 AND w.company = $3 AND w.withdrawn_at IS NULL) AS rank,
    (SELECT verdict FROM star s WHERE s.candidate = $2 AND s.company = $3 AND s.ended_at IS NULL) AS verdict,
    coalesce(u.open_booking, false) AS open_booking, u.max_meetings AS company_most,
    CASE WHEN u.max_meetings IS NULL THEN 0 ELSE
        (SELECT count(*) FROM meeting m WHERE m.company = $3 AND m.state IN ('proposed', 'accepted', 'running', 'held', 'unplaced')) END AS company_has,
    EXISTS (SELECT 1 FROM claim k WHERE k.recruiter = $4 AND k.slot = $5) AS seat_taken
FROM (SELECT 1) one
LEFT JOIN company b ON b.id = $3 AND b.edition = $1 AND b.approved_at IS NOT NULL AND b.withdrawn_at IS NULL
LEFT JOIN presence p ON p.recruiter = $4 AND p.slot = $5 AND p.company = b.id
    AND EXISTS (SELECT 1 FROM role o WHERE o.person = $4 AND o.company = b.id AND o.ended_at IS NULL AND o.approved_at IS NOT NULL)
LEFT JOIN meeting_table t ON t.id = p.meeting_table AND t.removed_at IS NULL LEFT JOIN campus c ON c.id = t.campus AND c.removed_at IS NULL
LEFT JOIN company_rule u ON u.company = b.id
LEFT JOIN registration r ON r.edition = $1 AND r.person = $2 AND r.purpose IN ('candidate', 'academy') AND NOT r.is_minor
    AND r.confirmed_at IS NOT NULL AND r.cancelled_at IS NULL
LEFT JOIN profile f ON f.registration = r.id
"""

LOCKS = "SELECT pg_advisory_xact_lock_shared(hashtextextended('plan.' || $1::text, 0))"


async def hold(edition: UUID, *people: UUID) -> None:
    """Take the locks a change of these people's days needs, inside the current transaction."""
    await db.value(LOCKS, str(edition))
    await db.lock(*(day_key(person) for person in people))


async def hold_alone(edition: Edition) -> None:
    """Keep every booking of the edition out until the transaction ends: publishing, and who sits where, change under nobody's hands."""
    await db.value("SELECT pg_advisory_xact_lock(hashtextextended('plan.' || $1::text, 0))", str(edition.id))


def day_key(person: UUID) -> str:
    """The advisory lock under which a person's commitments change; seats of sessions take the same one."""
    return f"person:{person}"


async def book(edition: Edition, want: Want, *, now: datetime, state: str | None = None, origin: str = "booked") -> UUID:
    """Book the slot; the new meeting's id. Both sides hear of it.

    Raises Invalid off the grid or in the past, NotFound for a seat that does not exist, Conflict when somebody was first
    or a rule stands against it; every message says which and what to do.
    """
    check_slot(edition, want.slot, now)
    async with db.transaction():
        await hold(edition.id, want.candidate)
        facts = await _read(edition, want)
        refuse(facts, want, edition)
        assert facts.meeting_table is not None
        assert facts.campus is not None
        if facts.company_most is not None:
            await db.lock(f"cap.{want.company}")
        meeting = uuid4()
        await check_day(edition, want.candidate, want.slot, facts.campus, step_free=facts.need)
        if not await claim(meeting, want.slot, person=want.candidate, recruiter=want.recruiter, meeting_table=facts.meeting_table, company=want.company):
            raise await taken(edition, want, now)
        await insert(edition, want, facts.meeting_table, meeting, state or ("accepted" if want.side == "candidate" else "proposed"), origin, now)
        if want.side == "company" and origin == "booked":
            await telling.tell_candidate(meeting, "added", now=now)
    return meeting


def check_slot(edition: Edition, slot: datetime, now: datetime) -> None:
    """Raises Invalid for a slot off the grid or already begun."""
    if slot not in places.slot_grid(edition):
        raise Invalid(N_("This is not a slot of the meeting grid."), field="slot")
    if slot <= now:
        raise Invalid(N_("This slot has begun. Choose a later one."), field="slot")


async def _read(edition: Edition, want: Want) -> _Facts:
    facts = await db.row(_Facts, _FACTS, edition.id, want.candidate, want.company, want.recruiter, want.slot, clock.local(want.slot, edition.zone).date())
    assert facts is not None
    return facts


def refuse(facts: _Facts, want: Want, edition: Edition) -> None:
    """Raise the first thing that stands against the booking, in words for the side that asks."""
    if facts.meeting_table is None or facts.campus is None:
        raise NotFound(N_("Nobody of this company is at a table in that slot."))
    if not facts.registered:
        raise Conflict(N_("This person does not take part in the meetings, or no longer."))
    if facts.rank is None:
        raise Conflict(N_("A meeting needs the candidate's wish first."))
    if facts.verdict == "pass":
        raise Conflict(N_("The company did not open this meeting."))
    if want.side == "candidate" and facts.verdict != "star" and not facts.open_booking:
        raise Conflict(N_("This company chooses its meetings itself: your wish is with them."))
    if not facts.day_held:
        raise Conflict(N_("The candidate is not registered for that day."))
    if facts.need and not facts.table_step_free:
        raise Conflict(N_("This table cannot be reached step-free. Choose another one."))
    if facts.has >= facts.max_meetings:
        raise Conflict(Message(N_("The candidate has {most} meetings, the most they want."), most=facts.max_meetings))
    if facts.company_most is not None and facts.company_has >= facts.company_most:
        raise Conflict(Message(N_("The company holds {most} meetings, the most it wants."), most=facts.company_most))
    if facts.seat_taken:
        raise Conflict(N_("This slot was just taken."), code="taken")


async def check_day(edition: Edition, person: UUID, slot: datetime, campus: str, *, step_free: bool, but: UUID | None = None) -> None:
    """Whether the person can be there: no overlap and every journey possible. Call it under their lock. Raises Conflict with the leg in the way."""
    end = slot + timedelta(minutes=edition.slot_minutes)
    stops = await commitments(edition, person, slot, but=but)
    minutes = await travel.minutes_between(edition.id, step_free=step_free)
    clash = first_clash(stops, Stop(slot, end, campus), minutes.between)
    if clash is None:
        return
    if clash.minutes == 0:
        raise Conflict(Message(N_("At {clock} the candidate is already taken."), clock=f"{clock.local(clash.other.start, edition.zone):%H:%M}"), code="overlap")
    raise Conflict(
        Message(
            N_("Too far: {minutes} min are needed between campus {one} and campus {other}, and there are {spare}."),
            minutes=clash.minutes, one=clash.origin, other=clash.destination, spare=clash.spare,
        ),
        code="travel",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Held:
    start: datetime
    minutes: int
    campus: str


_COMMITMENTS = """
SELECT m.slot AS start, m.minutes, c.slug AS campus FROM claim k JOIN meeting m ON m.id = k.holder
JOIN meeting_table t ON t.id = m.meeting_table JOIN campus c ON c.id = t.campus
WHERE (k.person = $1 OR k.recruiter = $1) AND k.kind = 'meeting' AND k.slot >= $2 AND k.slot < $3 AND k.holder IS DISTINCT FROM $4
"""


async def commitments(edition: Edition, person: UUID, slot: datetime, *, but: UUID | None = None) -> list[Stop]:
    """What the person has on the day of *slot*: meetings held by claims (without the meeting *but*), and commitments outside."""
    begin, end = clock.day_bounds(clock.local(slot, edition.zone).date(), edition.zone)
    held = await db.rows(_Held, _COMMITMENTS, person, begin, end, but)
    outside = (await busy.of([person], begin, end)).get(person, [])
    stops = [Stop(h.start, h.start + timedelta(minutes=h.minutes), h.campus) for h in held]
    return sorted(stops + [Stop(b.start, b.end, b.campus) for b in outside])


async def claim(
    holder: UUID, slot: datetime, *, person: UUID, recruiter: UUID, meeting_table: UUID, company: UUID | None
) -> bool:  # fmt: skip
    """Take the slot for all three at once, or nothing."""
    taken_now = await db.value(
        """INSERT INTO claim (slot, person, recruiter, meeting_table, company, kind, holder) VALUES ($1, $2, $3, $4, $5, 'meeting', $6)
           ON CONFLICT DO NOTHING RETURNING id""",
        slot,
        person,
        recruiter,
        meeting_table,
        company,
        holder,
    )
    return taken_now is not None


async def insert(edition: Edition, want: Want, meeting_table: UUID, meeting: UUID, state: str, origin: str, now: datetime) -> None:
    """Write the meeting whose slot is claimed, its first fact and its events. Raises Conflict when the two have one already (without a place yet, or held)."""
    answer_before = min(now + timedelta(hours=24), want.slot) if state == "proposed" else None
    made = await db.value(
        """WITH made AS (
               INSERT INTO meeting (id, edition, candidate, company, recruiter, meeting_table, slot, minutes, state, origin, answer_before, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
               ON CONFLICT (candidate, company) WHERE state IN ('proposed', 'accepted', 'running', 'held', 'unplaced') DO NOTHING RETURNING id),
           told AS (INSERT INTO meeting_fact (meeting, kind, at, by, facts) SELECT id, $10, $12, $13, jsonb_build_object('side', $14::text) FROM made),
           said AS (INSERT INTO event (topic, kind, ref) SELECT topic, 'meeting.booked', $1::text FROM made,
                    unnest(ARRAY['person.' || $3::text, 'company.' || $4::text]) AS t (topic))
           SELECT id FROM made""",
        meeting, edition.id, want.candidate, want.company, want.recruiter, meeting_table, want.slot, edition.slot_minutes, state, origin, answer_before, now,
        want.by, want.side,
    )  # fmt: skip
    if made is None:
        raise Conflict(N_("These two already have a meeting."), code="pair")


async def taken(edition: Edition, want: Want, now: datetime) -> Conflict:
    """The sentence for a slot somebody else got first, with the next slots that are free on both sides."""
    if await db.value("SELECT 1 FROM claim WHERE person = $1 AND company = $2 AND kind = 'meeting'", want.candidate, want.company):
        return Conflict(N_("These two already have a meeting."), code="pair")
    if await db.value("SELECT 1 FROM claim WHERE person = $1 AND slot = $2", want.candidate, want.slot):
        return Conflict(N_("The candidate is already taken in that slot."), code="overlap")
    left = await free_slots(want.company, want.candidate, now, limit=2)
    if not left:
        return Conflict(N_("This slot was just taken."), code="taken")
    clocks = ", ".join(f"{clock.local(slot, edition.zone):%H:%M}" for slot in left)
    return Conflict(Message(N_("This slot was just taken. Free with this company: {clocks}."), clocks=clocks), code="taken")


async def free_slots(company: UUID, candidate: UUID, now: datetime, *, limit: int = 50) -> list[datetime]:
    """Slots of the candidate's days where they and somebody of the company, at a table they can reach, are both free (journeys not looked at), in order."""
    return await db.column(
        """SELECT DISTINCT p.slot FROM presence p JOIN meeting_table t ON t.id = p.meeting_table JOIN campus c ON c.id = t.campus
           JOIN registration r ON r.person = $2 AND r.edition = c.edition
           JOIN registration_day d ON d.registration = r.id AND d.held_at IS NOT NULL AND d.day = (p.slot AT TIME ZONE c.zone)::date
           WHERE p.company = $1 AND p.slot > $3 AND (NOT r.step_free_need OR (t.step_free AND c.step_free))
             AND NOT EXISTS (SELECT 1 FROM claim k WHERE k.recruiter = p.recruiter AND k.slot = p.slot)
             AND NOT EXISTS (SELECT 1 FROM claim k WHERE k.meeting_table = p.meeting_table AND k.slot = p.slot)
             AND NOT EXISTS (SELECT 1 FROM claim k WHERE k.person = $2 AND k.slot = p.slot) ORDER BY p.slot LIMIT $4""",
        company,
        candidate,
        now,
        limit,
    )
