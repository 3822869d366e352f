"""Seats: reserve, wait, be offered, accept, release. The database counts; two people never get the last seat.

Order of locks: the person (advisory), then the session's row of `seating`. Offers go to the first who asked, for a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from forum import db, mail
from forum.agenda import current, ways
from forum.agenda.current import Current
from forum.agenda.model import Item
from forum.agenda.timeline import Clash, Stop, StopKind, Verdict, Way, before_committing
from forum.editions import Edition
from forum.errors import Conflict, NotFound
from forum.formats import clock_time
from forum.i18n import N_, Message
from forum.live import outbox

OFFER: Final = timedelta(minutes=30)  # how long an offered seat waits for its answer; shorter near the start
LAST_OFFER: Final = timedelta(minutes=5)  # nobody is offered a seat later than this before the start


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a person stands with a session: `held`, `offered` until `offer_until`, or `waiting` at `rank` ≥ 1."""

    id: UUID
    session: UUID
    state: str
    rank: int = 0
    offer_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class NotPossible:
    """A seat that would clash with what the person already holds, and sessions that would fit instead."""

    clashes: tuple[Clash, ...]
    alternatives: tuple[Stop, ...]


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


async def reserve(edition: Edition, person: UUID, code: str, *, now: datetime, anyway: bool = False) -> Seat | NotPossible:
    """A seat in the session *code*, or a place in its queue; asking twice changes nothing.

    With *anyway* a journey that is too short is accepted; an overlap with something held never is.
    Raises NotFound, or Conflict when the session takes no reservations or has begun.
    """
    programme, item = await _open(edition, code, now)
    async with db.transaction():
        await db.lock(f"person:{person}")
        known = await seat_of(person, item.session.id)
        if known is not None and known.state != "offered":
            return known
        verdict = await _verdict(edition, programme, person, item)
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
    await hold(item.session.id)
    got = await db.execute(
        """UPDATE seating SET taken = taken + 1 WHERE session = $1 AND taken + walked_in < places
           AND NOT EXISTS (SELECT FROM seat WHERE session = $1 AND ended_at IS NULL AND held_at IS NULL AND offered_at IS NULL)""",
        item.session.id,
    )
    seat = await db.value(
        "INSERT INTO seat (session, person, asked_at, held_at) VALUES ($1, $2, $3, $4) RETURNING id", item.session.id, person, now, now if got else None
    )
    if got:
        await claim(edition, person, seat, item)
    await _said(item, person)
    found = await seat_of(person, item.session.id)
    assert found is not None, "it was inserted in this transaction"
    return found


async def _accept(edition: Edition, person: UUID, seat: Seat, item: Item, now: datetime) -> Seat:
    """An offered seat becomes held; its place was counted when it was offered. Raises Conflict when the time is up."""
    done = await db.execute("UPDATE seat SET held_at = $2 WHERE id = $1 AND ended_at IS NULL AND held_at IS NULL AND offer_until > $2", seat.id, now)
    if not done:
        raise Conflict(Message(N_("The offer for {title} has lapsed. You can join the queue again."), title=item.session.title))
    await claim(edition, person, seat.id, item)
    await _said(item, person)
    return Seat(seat.id, seat.session, "held")


async def release(edition: Edition, person: UUID, code: str, *, now: datetime) -> bool:
    """Give back a seat, decline an offer or leave the queue; the next in the queue is offered the seat. False when there was none."""
    programme = await current.programme(edition.id)
    item = programme.by_code.get(code) if programme is not None else None
    if item is None:
        raise NotFound(N_("There is no such session."))
    async with db.transaction():
        await db.lock(f"person:{person}")
        await hold(item.session.id)
        seat = await seat_of(person, item.session.id)
        if seat is None:
            return False
        await end(seat.id, why="released", now=now, counted=seat.state != "waiting", session=seat.session)
        await claim_again(edition, person)
        await _said(item, person)
        await offer(item, now=now)
    return True


async def hold(session: UUID) -> None:
    """Wait for our turn at a session's seats: its row of `seating` is locked before any of its seats is."""
    await db.value("SELECT taken FROM seating WHERE session = $1 FOR UPDATE", session)


async def end(seat: UUID, *, why: str, now: datetime, counted: bool, session: UUID) -> None:
    """Close a seat and free what it held."""
    await db.execute("UPDATE seat SET ended_at = $2, ended_why = $3 WHERE id = $1", seat, now, why)
    await db.execute("DELETE FROM claim WHERE holder = $1", seat)
    if counted:
        await db.execute("UPDATE seating SET taken = taken - 1 WHERE session = $1", session)


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
        await mail.post(
            "seat_offer", person=person, now=now, facts={"code": item.session.code, "title": item.session.title, "until": clock_time(until, item.campus.zone)}
        )


async def lapse(edition: Edition, *, now: datetime) -> int:
    """End the offers whose time is up and offer the seats to the next; how many lapsed. Run every minute."""
    programme = await current.programme(edition.id)
    rows = await _lapsed(edition.id, now)
    for seat, session, person in rows:
        async with db.transaction():
            await db.lock(f"person:{person}")
            await hold(session)
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


# --- what else the person holds -----------------------------------------------------------------------------


def slots(edition: Edition, item: Item) -> list[datetime]:
    """The slots of the meeting grid a session overlaps."""
    step = timedelta(minutes=edition.slot_minutes)
    first = item.start - timedelta(seconds=int(item.start.timestamp()) % int(step.total_seconds()))
    found = []
    while first < item.end:
        found.append(first)
        first += step
    return found


async def claim(edition: Edition, person: UUID, seat: UUID, item: Item) -> None:
    """Hold the person's time. A slot shared with another seat that does not overlap stays with that seat (`claim_again`).

    Raises Conflict when a meeting or a block holds one: someone else was faster.
    """
    await db.execute(
        "INSERT INTO claim (slot, person, kind, holder) SELECT unnest($1::timestamptz[]), $2, 'seat', $3 ON CONFLICT DO NOTHING",
        slots(edition, item),
        person,
        seat,
    )
    other = await db.value("SELECT kind FROM claim WHERE person = $1 AND slot = ANY($2) AND kind <> 'seat' LIMIT 1", person, slots(edition, item))
    if other is not None:
        raise Conflict(Message(N_("You have a meeting during {title}."), title=item.session.title))


async def claim_again(edition: Edition, person: UUID) -> None:
    """After a seat was given back: the person's other seats take the slots they shared with it."""
    programme = await current.programme(edition.id)
    for seat in (await standing(person)).values():
        if seat.state == "held" and programme is not None and (item := programme.by_id.get(seat.session)) is not None and not item.cancelled:
            await db.execute(
                "INSERT INTO claim (slot, person, kind, holder) SELECT unnest($1::timestamptz[]), $2, 'seat', $3 ON CONFLICT DO NOTHING",
                slots(edition, item),
                person,
                seat.id,
            )


@dataclass(frozen=True, slots=True)
class _Held:
    slot: datetime
    holder: UUID
    kind: str
    campus: str | None


async def day_of(edition: Edition, programme: Current, person: UUID) -> list[Stop]:
    """What binds the person: held seats and everything else that claims their time (meetings, blocks)."""
    found = [stop_of(programme.by_id[s.session]) for s in (await standing(person)).values() if s.state == "held" and s.session in programme.by_id]
    rows = await db.rows(
        _Held,
        """SELECT k.slot, k.holder, k.kind, c.slug AS campus FROM claim k LEFT JOIN meeting_table t ON t.id = k.meeting_table LEFT JOIN campus c ON c.id = t.campus
           WHERE k.person = $1 AND k.kind <> 'seat' ORDER BY k.slot""",
        person,
    )
    step = timedelta(minutes=edition.slot_minutes)
    return found + [Stop(StopKind.MEETING, str(r.holder), N_("a meeting"), r.campus or "", "", r.slot, r.slot + step) for r in rows]


def stop_of(item: Item, kind: StopKind = StopKind.SESSION) -> Stop:
    """A published session as a stop of somebody's day."""
    return Stop(
        kind,
        str(item.session.id),
        item.session.title,
        item.campus.slug,
        item.room.name,
        item.start,
        item.end,
        f"/programme/{item.session.code}",
        item.cancelled,
    )


async def verdict(edition: Edition, person: UUID, item: Item) -> Verdict:
    """Whether the session fits in the person's day, said before they commit."""
    programme = await current.programme(edition.id)
    assert programme is not None, "the item comes from it"
    return await _verdict(edition, programme, person, item)


async def _verdict(edition: Edition, programme: Current, person: UUID, item: Item) -> Verdict:
    minutes = await ways.travel(edition.id)

    def way(here: str, there: str) -> Way | None:
        found = minutes.between(here, there) if here and there else 0
        return None if found is None else Way(found)

    return before_committing(await day_of(edition, programme, person), stop_of(item), _instead(programme, item), way, zone=item.campus.zone)


def _instead(programme: Current, item: Item) -> Sequence[Stop]:
    """Sessions like this one: the same track, else the same kind."""
    s = item.session
    alike = [
        i
        for i in programme.published.standing
        if i.session.id != s.id and ((s.track and i.session.track == s.track) or (not s.track and i.session.kind == s.kind))
    ]
    return [stop_of(i) for i in alike if i.start.date() == item.start.date()]


def _only_journeys(found: Verdict) -> bool:
    return all(c.second.start >= c.first.end for c in found.clashes)


async def _said(item: Item, person: UUID) -> None:
    await outbox.emit_many([(f"person.{person}", "seat", str(item.session.id)), (f"campus.{item.campus.slug}", "seats", str(item.session.id))])
