"""After a no-show: the seat is offered at once to candidates on site who wish for the company and can arrive; the first to accept gets it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from forum import db
from forum.editions import Edition
from forum.errors import Conflict, NotFound
from forum.i18n import N_
from forum.live import outbox
from forum.matchmaking import booking, places, telling, travel
from forum.matchmaking.itinerary import Stop, first_clash

MOST_ASKED: Final = 12  # people asked about one seat
LEAST_LEFT: Final = 8  # minutes of the slot that must be left on arrival
DESK_MINUTES: Final = 2  # from anywhere on a campus to a table


@dataclass(frozen=True, slots=True)
class Offered:
    """An offer as it stands."""

    company: UUID
    recruiter: UUID
    meeting_table: UUID
    slot: datetime
    cause: str
    answer: str | None
    answered: bool
    expires_at: datetime


async def read_offer(offer: UUID, person: UUID) -> Offered:
    """The offer made to *person*. Raises NotFound."""
    found = await db.row(
        Offered,
        """SELECT company, recruiter, meeting_table, slot, cause, answer, answered_at IS NOT NULL AS answered, expires_at
           FROM seat_offer WHERE id = $1 AND candidate = $2""",
        offer, person,
    )  # fmt: skip
    if found is None:
        raise NotFound(N_("This seat is not offered to you any more."))
    return found


@dataclass(frozen=True, slots=True)
class _Seat:
    edition: UUID
    company: UUID
    recruiter: UUID
    meeting_table: UUID
    slot: datetime
    minutes: int
    campus: str
    step_free: bool


async def offer_seat(edition: Edition, meeting: UUID, whereabouts: Mapping[UUID, str], *, now: datetime) -> list[UUID]:
    """Offer the seat of a meeting whose candidate did not come; who was asked, nearest first.

    *whereabouts* is who is inside which campus (by slug), handed in as plain data. Asked are people who wish for the
    company, were not passed, have no meeting with it, are free for the rest of the slot and get there with 8 minutes left.
    Done again it asks nobody twice, only who came on site meanwhile.
    """
    seat = await _free_seat(meeting)
    if seat is None:
        return []
    until = seat.slot + timedelta(minutes=seat.minutes - LEAST_LEFT)
    near = await _near(edition, seat, whereabouts, now)
    async with db.transaction():
        asked = [person for person, away in near if await _ask(seat, person, away, now, until)]
        await outbox.emit_many([(f"person.{person}", "seat.offered", str(seat.company)) for person in asked])
    return asked


async def could_be_offered(edition: Edition, meeting: UUID, whereabouts: Mapping[UUID, str], *, now: datetime) -> bool:
    """Whether `offer_seat` would ask anybody."""
    seat = await _free_seat(meeting)
    return seat is not None and bool(await _near(edition, seat, whereabouts, now, most=1))


async def _free_seat(meeting: UUID) -> _Seat | None:
    """The seat of a meeting whose candidate did not come, unless somebody has it already."""
    return await db.row(
        _Seat,
        """SELECT m.edition, m.company, m.recruiter, m.meeting_table, m.slot, m.minutes, c.slug AS campus, t.step_free AND c.step_free AS step_free
           FROM meeting m JOIN meeting_table t ON t.id = m.meeting_table JOIN campus c ON c.id = t.campus
           WHERE m.id = $1 AND m.state = 'no_show' AND NOT EXISTS (SELECT FROM claim k WHERE k.recruiter = m.recruiter AND k.slot = m.slot)""",
        meeting,
    )


async def _ask(seat: _Seat, person: UUID, away: int, now: datetime, until: datetime) -> bool:
    """Offer the seat by page and by mail; False when it is offered to them already."""
    made = await db.value(
        """INSERT INTO seat_offer (edition, company, recruiter, meeting_table, slot, candidate, cause, minutes_away, offered_at, expires_at)
           VALUES ($1, $2, $3, $4, $5, $6, 'no_show', $7, $8, $9) ON CONFLICT (recruiter, slot, candidate) WHERE answered_at IS NULL DO NOTHING RETURNING id""",
        seat.edition, seat.company, seat.recruiter, seat.meeting_table, seat.slot, person, away, now, until,
    )  # fmt: skip
    if made is not None:
        await telling.tell_offer(person, seat.company, seat.meeting_table, seat.slot, now=now, until=until)
    return made is not None


async def is_offered(meeting: UUID, now: datetime) -> bool:
    """Whether the seat of an absent person is offered to somebody now."""
    return bool(
        await db.value(
            "SELECT 1 FROM seat_offer o JOIN meeting m ON m.recruiter = o.recruiter AND m.slot = o.slot WHERE m.id = $1 AND o.answered_at IS NULL AND o.expires_at > $2",
            meeting, now,
        )
    )  # fmt: skip


async def _near(edition: Edition, seat: _Seat, whereabouts: Mapping[UUID, str], now: datetime, most: int = MOST_ASKED * 4) -> list[tuple[UUID, int]]:
    """(person, minutes away) of who could come, nearest first; no more are looked for once there are *most*."""
    end = seat.slot + timedelta(minutes=seat.minutes)
    plain = await travel.minutes_between(edition.id)
    found: list[tuple[int, UUID]] = []
    for person, need in await _wishers(seat, list(whereabouts)):
        if need and not seat.step_free:
            continue
        minutes = plain if not need else await travel.minutes_between(edition.id, step_free=True)
        at = whereabouts[person]
        away = DESK_MINUTES if at == seat.campus else minutes.between(at, seat.campus)
        arrives = now + timedelta(minutes=away)
        if arrives > end - timedelta(minutes=LEAST_LEFT):
            continue
        stops = [s for s in await booking.commitments(edition, person, seat.slot) if s.end > now]
        if first_clash(stops, Stop(max(now, seat.slot), end, seat.campus), minutes.between) is None:
            found.append((away, person))
        if len(found) >= most:
            break
    return [(person, away) for away, person in sorted(found, key=lambda f: (f[0], str(f[1])))[:MOST_ASKED]]


async def _wishers(seat: _Seat, present: list[UUID]) -> list[tuple[UUID, bool]]:
    async with db.connection() as conn:
        rows = await conn.fetch(
            """SELECT w.candidate, r.step_free_need FROM wish w JOIN registration r ON r.person = w.candidate AND r.edition = w.edition
               WHERE w.company = $1 AND w.withdrawn_at IS NULL AND w.candidate = ANY($2) AND r.cancelled_at IS NULL
                 AND NOT EXISTS (SELECT 1 FROM star s WHERE s.company = $1 AND s.candidate = w.candidate AND s.ended_at IS NULL AND s.verdict = 'pass')
                 AND NOT EXISTS (SELECT 1 FROM claim k WHERE k.person = w.candidate AND (k.slot = $3 OR (k.company = $1 AND k.kind = 'meeting')))
                 AND NOT EXISTS (SELECT 1 FROM meeting m WHERE m.candidate = w.candidate AND m.company = $1 AND m.state IN ('held', 'running', 'no_show'))
                 AND NOT EXISTS (SELECT 1 FROM seat_offer o WHERE o.recruiter = $4 AND o.slot = $3 AND o.candidate = w.candidate AND o.cause = 'no_show'
                                 AND (o.answered_at IS NULL OR o.answer = 'refused'))
               ORDER BY w.rank, w.made_at LIMIT 200""",
            seat.company, present, seat.slot, seat.recruiter,
        )  # fmt: skip
    return [(r[0], r[1]) for r in rows]


async def seat_after_no_show(edition: Edition, want: booking.Want, found: Offered, *, now: datetime) -> UUID:
    """Give the running slot to who accepted first; inside a transaction. Raises Conflict when somebody was faster."""
    await booking.hold(edition.id, want.candidate)
    place = await places.place(want.recruiter, want.slot)
    if place is None:
        raise NotFound(N_("Nobody of this company is at a table in that slot."))
    need = (await places.candidate(edition.id, want.candidate)).step_free_need
    stops = [s for s in await booking.commitments(edition, want.candidate, want.slot) if s.end > now]
    end = want.slot + timedelta(minutes=edition.slot_minutes)
    minutes = await travel.minutes_between(edition.id, step_free=need)
    if first_clash(stops, Stop(max(now, want.slot), end, place.campus), minutes.between) is not None:
        raise Conflict(N_("You are taken during this slot now."))
    meeting = uuid4()
    if not await booking.claim(meeting, want.slot, person=want.candidate, recruiter=want.recruiter, meeting_table=place.meeting_table, company=want.company):
        raise Conflict(N_("Somebody else accepted this seat first."), code="taken")
    await booking.insert(edition, want, place.meeting_table, meeting, "accepted", "offered", now)
    return meeting
