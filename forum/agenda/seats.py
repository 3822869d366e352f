"""Where a person stands with a session, and the row that counts its seats."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from forum import db
from forum.agenda.model import Item
from forum.live import outbox


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a person stands with a session: `held`, `offered` until `offer_until`, or `waiting` at `rank` ≥ 1."""

    id: UUID
    session: UUID
    state: str
    rank: int = 0
    offer_until: datetime | None = None


_STANDING = """
SELECT s.id, s.session, CASE WHEN s.held_at IS NOT NULL THEN 'held' WHEN s.offered_at IS NOT NULL THEN 'offered' ELSE 'waiting' END AS state,
       CASE WHEN s.held_at IS NULL AND s.offered_at IS NULL THEN
           (SELECT count(*) FROM seat w WHERE w.session = s.session AND w.ended_at IS NULL AND w.held_at IS NULL AND w.offered_at IS NULL AND w.place <= s.place)
           ELSE 0 END AS rank, s.offer_until
FROM seat s WHERE s.ended_at IS NULL AND s.person = $1
"""


async def standing(person: UUID) -> dict[UUID, Seat]:
    """The person's seats, offers and places in queues, by session."""
    return {seat.session: seat for seat in await db.rows(Seat, _STANDING, person)}


async def seat_of(person: UUID, session: UUID) -> Seat | None:
    return await db.row(Seat, _STANDING + " AND s.session = $2", person, session)


async def hold(session: UUID) -> None:
    """Wait for our turn at a session's seats: its row of `seating` is locked before any of its seats is."""
    await db.value("SELECT taken FROM seating WHERE session = $1 FOR UPDATE", session)


async def end(seat: UUID, *, why: str, now: datetime, counted: bool, session: UUID) -> None:
    """Close a seat and free what it held."""
    await db.execute("UPDATE seat SET ended_at = $2, ended_why = $3 WHERE id = $1", seat, now, why)
    await db.execute("DELETE FROM claim WHERE holder = $1", seat)
    if counted:
        await db.execute("UPDATE seating SET taken = taken - 1 WHERE session = $1", session)


async def said(item: Item, person: UUID) -> None:
    await outbox.emit_many([(f"person.{person}", "seat", str(item.session.id)), (f"campus.{item.campus.slug}", "seats", str(item.session.id))])
