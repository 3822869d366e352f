"""Seats that came free: offered to those who asked first, each for a time, then to the next."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from forum import db, mail
from forum.agenda import current, seats
from forum.agenda.model import Item
from forum.editions import Edition
from forum.live import outbox

OFFER: Final = timedelta(minutes=30)  # how long an offered seat waits for its answer; shorter near the start
LAST_OFFER: Final = timedelta(minutes=5)  # nobody is offered a seat later than this before the start


async def offer(item: Item, *, now: datetime) -> int:
    """Offer every free seat to those who asked first, each for a time; how many were offered."""
    until = min(now + OFFER, item.start - LAST_OFFER)
    if item.cancelled or until <= now:
        return 0
    offered = 0
    while True:
        free = await db.execute("UPDATE seating SET taken = taken + 1 WHERE session = $1 AND taken + walked_in < places", item.session.id)
        if not free:
            return offered
        person = await db.value(
            """UPDATE seat SET offered_at = $2, offer_until = $3 WHERE id = (
                   SELECT id FROM seat WHERE session = $1 AND ended_at IS NULL AND held_at IS NULL AND offered_at IS NULL ORDER BY place LIMIT 1 FOR UPDATE)
               RETURNING person""",
            item.session.id, now, until,
        )  # fmt: skip
        if person is None:
            await db.execute("UPDATE seating SET taken = taken - 1 WHERE session = $1", item.session.id)
            return offered
        offered += 1
        await outbox.emit(f"person.{person}", "seat.offered", item.session.id)
        facts = {"code": item.session.code, "title": item.session.title, "until": until.isoformat()}
        await mail.post("seat_offer", person=person, now=now, facts=facts, until=until)


async def lapse(edition: Edition, *, now: datetime) -> int:
    """End the offers whose time is up and offer the seats to the next; how many lapsed. Run every minute."""
    programme = await current.programme(edition.id)
    rows = await _lapsed(edition.id, now)
    for seat, session, person in rows:
        async with db.transaction():
            await db.lock(f"person:{person}")
            await seats.hold(session)
            gone = await db.execute(
                "UPDATE seat SET ended_at = $2, ended_why = 'lapsed' WHERE id = $1 AND ended_at IS NULL AND held_at IS NULL AND offer_until <= $2", seat, now
            )
            if gone:
                await db.execute("UPDATE seating SET taken = taken - 1 WHERE session = $1", session)
                await outbox.emit(f"person.{person}", "seat.lapsed", session)
                if programme is not None and session in programme.by_id:
                    await offer(programme.by_id[session], now=now)
    return len(rows)


async def _lapsed(edition: UUID, now: datetime) -> list[tuple[UUID, UUID, UUID]]:
    async with db.connection() as conn:
        rows = await conn.fetch(
            """SELECT t.id, t.session, t.person FROM seat t JOIN session s ON s.id = t.session
               WHERE s.edition = $1 AND t.ended_at IS NULL AND t.held_at IS NULL AND t.offer_until <= $2 ORDER BY t.place""",
            edition, now,
        )  # fmt: skip
    return [(r[0], r[1], r[2]) for r in rows]
