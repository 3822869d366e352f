"""The door of a room: who holds a seat, who has come, and whether someone without one may enter."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from forum import db, journal
from forum.agenda import current, seats
from forum.agenda.model import Item
from forum.editions import Edition
from forum.errors import Conflict, NotFound
from forum.i18n import N_
from forum.live import outbox

GRACE: Final = timedelta(minutes=5)  # a reserved seat waits this long after the start


@dataclass(frozen=True, slots=True)
class Holder:
    """A held seat: whose, and whether they have come."""

    seat: UUID
    name: str
    arrived_at: datetime | None


@dataclass(frozen=True, slots=True)
class State:
    """The room now. `free`: people without a seat who may enter."""

    item: Item
    places: int
    holders: tuple[Holder, ...]
    walked_in: int
    free: int

    @property
    def arrived(self) -> int:
        return sum(h.arrived_at is not None for h in self.holders)


async def _item(edition: Edition, code: str) -> Item:
    programme = await current.programme(edition.id)
    item = programme.by_code.get(code) if programme is not None else None
    if item is None or item.cancelled:
        raise NotFound(N_("There is no such session."))
    return item


async def state(edition: Edition, code: str, *, now: datetime) -> State:
    """Who is expected and who is there. Raises NotFound."""
    item = await _item(edition, code)
    async with db.connection() as conn:
        row = await conn.fetchrow("SELECT places, taken, walked_in FROM seating WHERE session = $1", item.session.id)
    if row is None:
        raise NotFound(N_("This session has no seats to count."))
    holders = await db.rows(
        Holder,
        "SELECT s.id AS seat, p.name, s.arrived_at FROM seat s JOIN person p ON p.id = s.person WHERE s.session = $1 AND s.ended_at IS NULL AND s.held_at IS NOT NULL ORDER BY p.name",
        item.session.id,
    )
    absent = sum(h.arrived_at is None for h in holders) if now >= item.start + GRACE else 0
    return State(item, row["places"], tuple(holders), row["walked_in"], row["places"] - row["taken"] - row["walked_in"] + absent)


async def walk_in(edition: Edition, code: str, *, actor: UUID | None, now: datetime) -> bool:
    """Let one person without a seat in, when there is room: a free seat, or after the grace that of somebody who did not come."""
    item = await _item(edition, code)
    async with db.transaction():
        await seats.hold(item.session.id)
        entered = await _one_more(item)
        if not entered and now >= item.start + GRACE:
            gone = await db.value(
                """UPDATE seat SET ended_at = $2, ended_why = 'no_show' WHERE id = (
                       SELECT id FROM seat WHERE session = $1 AND ended_at IS NULL AND held_at IS NOT NULL AND arrived_at IS NULL ORDER BY place DESC LIMIT 1)
                   RETURNING id""",
                item.session.id, now,
            )  # fmt: skip
            if gone is not None:
                await db.execute("DELETE FROM claim WHERE holder = $1", gone)
                await db.execute("UPDATE seating SET taken = taken - 1 WHERE session = $1", item.session.id)
                entered = await _one_more(item)
        if entered:
            await journal.note("room.walk-in", actor=actor, now=now, subject=item.session.id)
            await outbox.emit(f"campus.{item.campus.slug}", "seats", item.session.id)
    return entered


async def _one_more(item: Item) -> bool:
    return bool(await db.execute("UPDATE seating SET walked_in = walked_in + 1 WHERE session = $1 AND taken + walked_in < places", item.session.id))


async def arrive(edition: Edition, code: str, seat: UUID, *, actor: UUID | None, now: datetime) -> None:
    """Note that a seat's holder came; saying it twice keeps the first time. Raises Conflict when the seat is not held any more."""
    item = await _item(edition, code)
    async with db.transaction():
        done = await db.execute(
            "UPDATE seat SET arrived_at = coalesce(arrived_at, $3) WHERE id = $1 AND session = $2 AND ended_at IS NULL AND held_at IS NOT NULL",
            seat,
            item.session.id,
            now,
        )
        if not done:
            raise Conflict(N_("This seat is not held any more."))
        await journal.note("room.arrival", actor=actor, now=now, subject=seat)
