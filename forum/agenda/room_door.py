"""The door of a room: who holds a seat, who has come, and whether someone without one may enter."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from forum import db, journal
from forum.agenda import current, seats
from forum.agenda.model import Item
from forum.clock import local
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


async def item(edition: Edition, code: str) -> Item:
    """The published session *code*, not cancelled. Raises NotFound."""
    programme = await current.programme(edition.id)
    found = programme.by_code.get(code) if programme is not None else None
    if found is None or found.cancelled:
        raise NotFound(N_("There is no such session."))
    return found


async def expected(edition: Edition, campuses: frozenset[str] | None) -> list[tuple[date, Item]]:
    """Sessions that take reservations, with their day, on *campuses* (None: all), in order of time and room."""
    programme = await current.programme(edition.id)
    standing = programme.published.standing if programme is not None else ()
    mine = [i for i in standing if i.session.reservable and (campuses is None or i.campus.slug in campuses)]
    return [(local(i.start, i.campus.zone).date(), i) for i in sorted(mine, key=lambda i: (i.start, i.room.name))]


async def state(edition: Edition, code: str, *, now: datetime) -> State:
    """Who is expected and who is there. Raises NotFound."""
    of = await item(edition, code)
    async with db.connection() as conn:
        row = await conn.fetchrow("SELECT places, taken, walked_in FROM seating WHERE session = $1", of.session.id)
    if row is None:
        raise NotFound(N_("This session has no seats to count."))
    holders = await db.rows(
        Holder,
        "SELECT s.id AS seat, p.name, s.arrived_at FROM seat s JOIN person p ON p.id = s.person WHERE s.session = $1 AND s.ended_at IS NULL AND s.held_at IS NOT NULL ORDER BY plain(p.name), s.id",
        of.session.id,
    )
    absent = sum(h.arrived_at is None for h in holders) if now >= of.start + GRACE else 0
    return State(of, row["places"], tuple(holders), row["walked_in"], row["places"] - row["taken"] - row["walked_in"] + absent)


async def walk_in(edition: Edition, code: str, *, actor: UUID | None, now: datetime) -> bool:
    """Let one person without a seat in, when there is room: a free seat, or after the grace that of somebody who did not come."""
    of = await item(edition, code)
    async with db.transaction():
        await seats.hold(of.session.id)
        entered = await _one_more(of)
        if not entered and now >= of.start + GRACE:
            gone = await db.value(
                """UPDATE seat SET ended_at = $2, ended_why = 'no_show' WHERE id = (
                       SELECT id FROM seat WHERE session = $1 AND ended_at IS NULL AND held_at IS NOT NULL AND arrived_at IS NULL ORDER BY place DESC LIMIT 1)
                   RETURNING id""",
                of.session.id, now,
            )  # fmt: skip
            if gone is not None:
                await db.execute("DELETE FROM claim WHERE holder = $1", gone)
                await db.execute("UPDATE seating SET taken = taken - 1 WHERE session = $1", of.session.id)
                entered = await _one_more(of)
        if entered:
            await journal.note("room.walk-in", actor=actor, now=now, subject=of.session.id)
            await outbox.emit(f"campus.{of.campus.slug}", "seats", of.session.id)
    return entered


async def _one_more(of: Item) -> bool:
    return bool(await db.execute("UPDATE seating SET walked_in = walked_in + 1 WHERE session = $1 AND taken + walked_in < places", of.session.id))


async def arrive(edition: Edition, code: str, seat: UUID, *, actor: UUID | None, now: datetime) -> None:
    """Note that a seat's holder came; saying it twice keeps the first time. Raises Conflict when the seat is not held any more."""
    of = await item(edition, code)
    async with db.transaction():
        done = await db.execute(
            "UPDATE seat SET arrived_at = coalesce(arrived_at, $3) WHERE id = $1 AND session = $2 AND ended_at IS NULL AND held_at IS NOT NULL",
            seat,
            of.session.id,
            now,
        )
        if not done:
            raise Conflict(N_("This seat is not held any more."))
        await journal.note("room.arrival", actor=actor, now=now, subject=seat)
