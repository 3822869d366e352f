"""What a release does to seats: room for more or fewer, other times, cancelled sessions."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from forum import db
from forum.agenda import claims, offers, queries, seats
from forum.agenda.model import Change, ChangeKind, Item
from forum.agenda.queries import ReleaseRow
from forum.agenda.rules import places_of
from forum.editions import Edition
from forum.live import outbox


async def reseat(edition: Edition, row: ReleaseRow, changes: Sequence[Change], *, now: datetime) -> None:
    """Bring seats in line with the release just stored, in its transaction.

    The last to have asked lose their seat when a room is too small; they wait before everyone who already waits. Seats of
    cancelled sessions end. Who holds a seat in a moved session holds it at the new time, unless they are held elsewhere then.
    """
    published = await queries.published(row)
    await _wait_for(changes)
    cancelled = [c.session.id for c in changes if c.kind is ChangeKind.CANCELLED]
    await _end_all(cancelled, now)
    standing = {i.session.id: i for i in published.standing if i.session.reservable}
    for _, item in sorted(standing.items(), key=lambda entry: str(entry[0])):
        await _fit(item, places_of(item.session, item.room) or 0, now)
    for change in changes:
        if change.kind is ChangeKind.MOVED and (moved := standing.get(change.session.id)) is not None:
            await _move_claims(edition, moved, now)


async def _wait_for(changes: Sequence[Change]) -> None:
    """Take the locks of everyone with a seat in a changed session, before any row of `seating`: the order all writers keep."""
    ids = [c.session.id for c in changes if c.kind is not ChangeKind.NEW]
    people = await db.column("SELECT DISTINCT person FROM seat WHERE session = ANY($1) AND ended_at IS NULL", ids)
    await db.lock(*(f"person:{person}" for person in people))


async def _end_all(sessions: Sequence[UUID], now: datetime) -> None:
    await db.execute("DELETE FROM claim WHERE holder IN (SELECT id FROM seat WHERE session = ANY($1) AND ended_at IS NULL)", list(sessions))
    await db.execute("UPDATE seat SET ended_at = $2, ended_why = 'cancelled' WHERE session = ANY($1) AND ended_at IS NULL", list(sessions), now)
    await db.execute("UPDATE seating SET taken = 0, places = 0, walked_in = 0 WHERE session = ANY($1)", list(sessions))


async def _fit(item: Item, places: int, now: datetime) -> None:
    """Set the places of a session; take seats back from the last when there are too many, offer those that came free."""
    session = item.session.id
    over = await db.value("SELECT greatest(0, taken + walked_in - $2) FROM seating WHERE session = $1 FOR UPDATE", session, places) or 0
    if over:
        back = await db.column(
            """SELECT id FROM seat WHERE session = $1 AND ended_at IS NULL AND (held_at IS NOT NULL OR offered_at IS NOT NULL)
               ORDER BY place DESC LIMIT $2""", session, over,
        )  # fmt: skip
        await db.execute("DELETE FROM claim WHERE holder = ANY($1)", back)
        await db.execute("UPDATE seat SET held_at = NULL, offered_at = NULL, offer_until = NULL WHERE id = ANY($1)", back)
        await db.execute("UPDATE seating SET taken = taken - $2 WHERE session = $1", session, len(back))
    await db.execute(
        "INSERT INTO seating (session, places) VALUES ($1, $2) ON CONFLICT (session) DO UPDATE SET places = greatest($2, seating.walked_in)", session, places
    )
    await offers.offer(item, now=now)


async def _move_claims(edition: Edition, item: Item, now: datetime) -> None:
    """The held seats of a moved session claim its new time; who is held elsewhere then gives the seat to the queue and is told."""
    async with db.connection() as conn:
        rows = await conn.fetch("SELECT id, person FROM seat WHERE session = $1 AND ended_at IS NULL AND held_at IS NOT NULL ORDER BY person", item.session.id)
    await db.execute("DELETE FROM claim WHERE holder = ANY($1)", [row[0] for row in rows])
    lost = False
    for seat, person in rows:
        wanted = claims.slots(edition, item)
        taken = await db.value("SELECT count(*) FROM claim WHERE person = $1 AND slot = ANY($2) AND kind <> 'seat'", person, wanted)
        if taken:
            await seats.end(seat, why="cancelled", now=now, counted=True, session=item.session.id)
            await outbox.emit(f"person.{person}", "seat.lost", item.session.id)
            lost = True
        else:
            await claims.claim(edition, person, seat, item)
    if lost:
        await offers.offer(item, now=now)
