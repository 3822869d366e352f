"""Seats: reserve, wait, accept, release. The database counts; two people never get the last seat.

Order of locks: the person (advisory), then the session's row of `seating`. Offers go to the first who asked, for a time.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from forum import db
from forum.agenda import claims, current, fitting, offers, seats
from forum.agenda.current import Current
from forum.agenda.model import Item
from forum.agenda.seats import Seat
from forum.agenda.timeline import Clash, Stop, Verdict
from forum.editions import Edition
from forum.errors import Conflict, NotFound
from forum.i18n import N_, Message


@dataclass(frozen=True, slots=True)
class NotPossible:
    """A seat that would clash with what the person already holds, and sessions that would fit instead."""

    clashes: tuple[Clash, ...]
    alternatives: tuple[Stop, ...]


async def reserve(edition: Edition, person: UUID, code: str, *, now: datetime, anyway: bool = False) -> Seat | NotPossible:
    """A seat in the session *code*, or a place in its queue; asking twice changes nothing.

    With *anyway* a journey that is too short is accepted; an overlap with something held never is.
    Raises NotFound, or Conflict when the session takes no reservations or has begun.
    """
    programme, item = await _open(edition, code, now)
    async with db.transaction():
        await db.lock(f"person:{person}")
        known = await seats.seat_of(person, item.session.id)
        if known is not None and known.state != "offered":
            return known
        verdict = await fitting.judged(edition, programme, person, item, now=now)
        if not verdict.fits and not (anyway and _only_journeys(verdict)):
            return NotPossible(verdict.clashes, verdict.alternatives)
        if known is not None:
            return await _accept(edition, person, known, item, now)
        return await _take(edition, person, item, now)


async def _open(edition: Edition, code: str, now: datetime) -> tuple[Current, Item]:
    programme = await current.programme(edition.id)
    item = programme.by_code.get(code) if programme is not None else None
    if programme is None or item is None:
        raise NotFound(N_("There is no such session."))
    if item.cancelled:
        raise Conflict(Message(N_("{title} is cancelled."), title=item.session.title))
    if not item.session.reservable:
        raise Conflict(Message(N_("{title} takes no reservations: come, and enter while there is room."), title=item.session.title))
    if item.start <= now:
        raise Conflict(Message(N_("{title} has begun. Ask at the door of the room."), title=item.session.title))
    return programme, item


async def _take(edition: Edition, person: UUID, item: Item, now: datetime) -> Seat:
    """The next free seat, or the end of the queue; those who wait go first."""
    await seats.hold(item.session.id)
    got = await db.execute(
        """UPDATE seating SET taken = taken + 1 WHERE session = $1 AND taken + walked_in < places
           AND NOT EXISTS (SELECT FROM seat WHERE session = $1 AND ended_at IS NULL AND held_at IS NULL AND offered_at IS NULL)""",
        item.session.id,
    )
    seat = await db.value(
        "INSERT INTO seat (session, person, asked_at, held_at) VALUES ($1, $2, $3, $4) RETURNING id", item.session.id, person, now, now if got else None
    )
    if got:
        await claims.claim(edition, person, seat, item)
    await seats.said(item, person)
    found = await seats.seat_of(person, item.session.id)
    assert found is not None, "it was inserted in this transaction"
    return found


async def _accept(edition: Edition, person: UUID, seat: Seat, item: Item, now: datetime) -> Seat:
    """An offered seat becomes held; its place was counted when it was offered. Raises Conflict when the time is up."""
    done = await db.execute("UPDATE seat SET held_at = $2 WHERE id = $1 AND ended_at IS NULL AND held_at IS NULL AND offer_until > $2", seat.id, now)
    if not done:
        raise Conflict(Message(N_("The offer for {title} has lapsed. You can join the queue again."), title=item.session.title))
    await claims.claim(edition, person, seat.id, item)
    await seats.said(item, person)
    return Seat(seat.id, seat.session, "held")


async def release(edition: Edition, person: UUID, code: str, *, now: datetime) -> bool:
    """Give back a seat, decline an offer or leave the queue; the next in the queue is offered the seat. False when there was none."""
    programme = await current.programme(edition.id)
    item = programme.by_code.get(code) if programme is not None else None
    if item is None:
        raise NotFound(N_("There is no such session."))
    async with db.transaction():
        await db.lock(f"person:{person}")
        await seats.hold(item.session.id)
        seat = await seats.seat_of(person, item.session.id)
        if seat is None:
            return False
        await seats.end(seat.id, why="released", now=now, counted=seat.state != "waiting", session=seat.session)
        await claims.claim_again(edition, person)
        await seats.said(item, person)
        await offers.offer(item, now=now)
    return True


def _only_journeys(found: Verdict) -> bool:
    return all(c.second.start >= c.first.end for c in found.clashes)
