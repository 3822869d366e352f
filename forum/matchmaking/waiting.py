"""Seats that come free: offered to who waits, one person at a time in order, or to everybody on site after a no-show. Offers never hold a slot."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from forum import clock, db
from forum.editions import Edition
from forum.errors import Conflict, NotFound
from forum.i18n import N_
from forum.live import outbox
from forum.matchmaking import booking, places, telling, travel
from forum.matchmaking.itinerary import Stop, first_clash
from forum.matchmaking.model import OFFER_FOR


@dataclass(frozen=True, slots=True)
class _Gone:
    """The seat of an offer that was not taken."""

    company: UUID
    recruiter: UUID
    meeting_table: UUID
    slot: datetime
    cause: str


async def wait(edition: Edition, person: UUID, slug: str, *, now: datetime) -> int:
    """Ask for a seat that comes free with a company one wishes for; the rank in the list, from 1. Asking again keeps the place."""
    async with db.transaction():
        await places.candidate(edition.id, person)
        firm = await places.firm(edition.id, slug)
        if not await db.value("SELECT 1 FROM wish WHERE candidate = $1 AND company = $2 AND withdrawn_at IS NULL", person, firm.id):
            raise Conflict(N_("A meeting needs the candidate's wish first."))
        await db.execute(
            "INSERT INTO seat_wait (company, candidate, asked_at) VALUES ($1, $2, $3) ON CONFLICT (company, candidate) WHERE ended_at IS NULL DO NOTHING",
            firm.id,
            person,
            now,
        )
        await outbox.emit(f"person.{person}", "waiting.changed")
        rank: int = await db.value(
            """SELECT count(*) FROM seat_wait o WHERE o.company = $1 AND o.ended_at IS NULL
               AND o.place <= (SELECT place FROM seat_wait WHERE company = $1 AND candidate = $2 AND ended_at IS NULL)""",
            firm.id,
            person,
        )
    return rank


async def leave(person: UUID, company: UUID, *, now: datetime) -> None:
    """Stop waiting; offers that stand are refused. Leaving twice changes nothing."""
    async with db.transaction():
        await db.execute("UPDATE seat_wait SET ended_at = $3 WHERE candidate = $1 AND company = $2 AND ended_at IS NULL", person, company, now)
        await db.execute(
            "UPDATE seat_offer SET answered_at = $3, answer = 'refused' WHERE candidate = $1 AND company = $2 AND answered_at IS NULL", person, company, now
        )
        await outbox.emit(f"person.{person}", "waiting.changed")


async def freed(
    edition: Edition, company: UUID, recruiter: UUID, meeting_table: UUID, slot: datetime, *, but: UUID | None, now: datetime
) -> UUID | None:  # fmt: skip
    """Offer a free seat to the first on the waiting list who can be there; who got the offer. Inside the transaction that frees it."""
    if slot <= now:
        return None
    campus = await db.value("SELECT c.slug FROM meeting_table t JOIN campus c ON c.id = t.campus WHERE t.id = $1", meeting_table)
    for candidate in await _next(company, recruiter, slot, but):
        if await can_be_there(edition, candidate, slot, campus):
            await _offer(edition, company, recruiter, meeting_table, slot, candidate, "freed", None, now, min(now + OFFER_FOR, slot))
            return candidate
    return None


async def _next(company: UUID, recruiter: UUID, slot: datetime, but: UUID | None) -> list[UUID]:
    """Who waits for the company and was not yet asked about this seat, in order; people already taken in the slot or met are passed over."""
    return await db.column(
        """SELECT w.candidate FROM seat_wait w WHERE w.company = $1 AND w.ended_at IS NULL AND w.candidate IS DISTINCT FROM $4
             AND NOT EXISTS (SELECT 1 FROM seat_offer o WHERE o.recruiter = $2 AND o.slot = $3 AND o.candidate = w.candidate)
             AND NOT EXISTS (SELECT 1 FROM claim k WHERE k.person = w.candidate AND (k.slot = $3 OR (k.company = $1 AND k.kind = 'meeting')))
             AND NOT EXISTS (SELECT 1 FROM star s WHERE s.company = $1 AND s.candidate = w.candidate AND s.ended_at IS NULL AND s.verdict = 'pass')
           ORDER BY w.place LIMIT 50""",
        company,
        recruiter,
        slot,
        but,
    )


async def can_be_there(edition: Edition, person: UUID, slot: datetime, campus: str) -> bool:
    """Whether the person's day leaves the slot and the ways to it free (a look, not a lock)."""
    stops = await booking.commitments(edition, person, slot)
    need = await places.needs_step_free(edition.id, person)
    minutes = await travel.minutes_between(edition.id, step_free=need)
    end = slot + timedelta(minutes=edition.slot_minutes)
    on = clock.local(slot, edition.zone).date()
    return on in await places.held_days(edition.id, person) and first_clash(stops, Stop(slot, end, campus), minutes.between) is None


async def _offer(
    edition: Edition, company: UUID, recruiter: UUID, meeting_table: UUID, slot: datetime, candidate: UUID, cause: str, away: int | None, now: datetime, until: datetime
) -> None:  # fmt: skip
    made = await db.value(
        """INSERT INTO seat_offer (edition, company, recruiter, meeting_table, slot, candidate, cause, minutes_away, offered_at, expires_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (recruiter, slot, candidate) WHERE answered_at IS NULL DO NOTHING RETURNING id""",
        edition.id,
        company,
        recruiter,
        meeting_table,
        slot,
        candidate,
        cause,
        away,
        now,
        until,
    )
    if made is None:
        return
    await outbox.emit(f"person.{candidate}", "seat.offered", company)
    await telling.tell_offer(candidate, company, meeting_table, slot, now=now, until=until)


async def take(edition: Edition, offer: UUID, person: UUID, *, now: datetime) -> UUID:
    """Accept an offered seat: the first who does gets it; the new meeting. Raises NotFound, or Conflict when it is over or taken."""
    from forum.matchmaking.refill import Offered, read_offer, seat_after_no_show

    found: Offered = await read_offer(offer, person)
    if found.answer == "taken":
        held: UUID = await db.value("SELECT holder FROM claim WHERE person = $1 AND company = $2 AND kind = 'meeting'", person, found.company)
        return held
    if found.answered or found.expires_at <= now:
        raise Conflict(N_("This seat is not offered to you any more."))
    async with db.transaction():
        want = booking.Want(person, found.company, found.recruiter, found.slot, person, "company")
        if found.cause == "no_show":
            meeting = await seat_after_no_show(edition, want, found, now=now)
        else:
            meeting = await booking.book(edition, want, now=now, state="accepted", origin="offered")
        await db.execute("UPDATE seat_offer SET answered_at = $2, answer = 'taken' WHERE id = $1", offer, now)
        await db.execute(
            "UPDATE seat_offer SET answered_at = $3, answer = 'gone' WHERE recruiter = $1 AND slot = $2 AND answered_at IS NULL",
            found.recruiter,
            found.slot,
            now,
        )
        await db.execute("UPDATE seat_wait SET ended_at = $3 WHERE candidate = $1 AND company = $2 AND ended_at IS NULL", person, found.company, now)
    return meeting


async def refuse(edition: Edition, offer: UUID, person: UUID, *, now: datetime) -> None:
    """Leave the seat to the next in order."""
    async with db.transaction():
        row = await db.row(
            _Gone,
            """UPDATE seat_offer SET answered_at = $3, answer = 'refused' WHERE id = $1 AND candidate = $2 AND answered_at IS NULL
               RETURNING company, recruiter, meeting_table, slot, cause""",
            offer,
            person,
            now,
        )
        if row is None:
            raise NotFound(N_("This seat is not offered to you any more."))
        if row.cause == "freed":
            await freed(edition, row.company, row.recruiter, row.meeting_table, row.slot, but=person, now=now)


async def lapse(edition: Edition, *, now: datetime) -> int:
    """Pass seats on whose offers ran out, in order; how many ran out. Called every minute by the worker."""
    async with db.transaction():
        gone = await db.rows(
            _Gone,
            """UPDATE seat_offer SET answered_at = $2, answer = 'expired' WHERE id IN (
                 SELECT id FROM seat_offer WHERE edition = $1 AND answered_at IS NULL AND expires_at <= $2 ORDER BY offered_at, id LIMIT 500 FOR UPDATE SKIP LOCKED)
               RETURNING company, recruiter, meeting_table, slot, cause""",
            edition.id,
            now,
        )
        for row in gone:
            if row.cause == "freed" and not await db.value("SELECT 1 FROM claim WHERE recruiter = $1 AND slot = $2", row.recruiter, row.slot):
                await freed(edition, row.company, row.recruiter, row.meeting_table, row.slot, but=None, now=now)
    return len(gone)
