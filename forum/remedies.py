"""What the control screen can do in other features: offer seats again, move a session. Joined here, like `day`, so that features stay apart."""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from forum import db
from forum.agenda import drafting, queries, releasing
from forum.editions import Edition
from forum.errors import Conflict, NotFound
from forum.i18n import N_
from forum.live import remedies
from forum.matchmaking import refill, whereabouts
from forum.matchmaking.whereabouts import Here

LOOKED_SECONDS: Final = 10.0


async def where(people: Sequence[UUID]) -> dict[UUID, Here]:
    """Who of *people* is inside which campus of the current edition, by the doors."""
    async with db.connection() as conn:
        rows = await conn.fetch(
            """SELECT r.person, c.slug, w.since FROM whereabouts w JOIN registration r ON r.id = w.registration JOIN edition e ON e.id = r.edition AND e.is_current
               JOIN campus c ON c.id = w.campus WHERE r.person = ANY($1) AND w.since IS NOT NULL""",
            list(people),
        )
    return {person: Here(slug, since) for person, slug, since in rows}


async def _absent(edition: Edition, now: datetime) -> list[UUID]:
    """Meetings in progress whose candidate did not come, whose seat nobody holds nor is asked about, and that somebody of the same campus could still reach."""
    return await db.column(
        """SELECT m.id FROM meeting m WHERE m.edition = $1 AND m.state = 'no_show' AND m.slot <= $2 AND m.slot + make_interval(mins => m.minutes) >= $3
             AND NOT EXISTS (SELECT 1 FROM claim k WHERE k.recruiter = m.recruiter AND k.slot = m.slot)
             AND NOT EXISTS (SELECT 1 FROM seat_offer o WHERE o.recruiter = m.recruiter AND o.slot = m.slot AND o.answered_at IS NULL) ORDER BY m.id""",
        edition.id, now, now + timedelta(minutes=refill.LEAST_LEFT + refill.DESK_MINUTES),
    )  # fmt: skip


async def _wishing(meetings: Sequence[UUID]) -> dict[UUID, str]:
    """Who is inside which campus, by slug, of those who wish for a company of *meetings*."""
    async with db.connection() as conn:
        return dict(await conn.fetch(
            """SELECT DISTINCT r.person, c.slug FROM meeting m JOIN wish w ON w.company = m.company AND w.withdrawn_at IS NULL
               JOIN registration r ON r.person = w.candidate AND r.edition = m.edition AND r.cancelled_at IS NULL
               JOIN whereabouts a ON a.registration = r.id JOIN campus c ON c.id = a.campus WHERE m.id = ANY($1)""",
            list(meetings),
        ))  # fmt: skip


async def refill_seats(edition: Edition, now: datetime) -> tuple[int, int]:
    """Offer every free seat of an absent candidate in progress; (seats offered, people asked)."""
    gone = await _absent(edition, now)
    here = await _wishing(gone)
    asked = [await refill.offer_seat(edition, meeting, here, now=now) for meeting in gone]
    _looked.clear()
    return sum(1 for people in asked if people), len({person for people in asked for person in people})


_looked: dict[UUID, tuple[float, bool]] = {}  # by the absent candidate's meeting: when it was looked at, and whether somebody could take the seat


async def fillable(edition: Edition, now: datetime) -> int:
    """How many free seats of absent candidates `refill_seats` would offer to somebody; each is looked at every ten seconds."""
    gone = await _absent(edition, now)
    due = [meeting for meeting in gone if meeting not in _looked or time.monotonic() - _looked[meeting][0] >= LOOKED_SECONDS]
    here = await _wishing(due) if due else {}
    for meeting in due:
        _looked[meeting] = time.monotonic(), await refill.could_be_offered(edition, meeting, here, now=now)
    for meeting in _looked.keys() - set(gone):
        del _looked[meeting]
    return sum(_looked[meeting][1] for meeting in gone if meeting in _looked)  # another reader, a moment later, may have dropped one


def forget() -> None:
    """Look again at who could take a seat."""
    _looked.clear()


async def move_session(edition: Edition, code: str, room: UUID, actor: UUID | None, now: datetime) -> UUID:
    """Move the session *code* to *room* at its own time and publish that alone; the room it left.

    Raises Conflict when it is there already, or when the draft holds other unpublished changes: they would be published with it.
    """
    async with db.transaction():
        await db.lock(f"agenda:{edition.id}")
        session = await db.value("SELECT id FROM session WHERE edition = $1 AND code = $2 AND withdrawn_at IS NULL", edition.id, code)
        standing = next((p for p in await queries.draft(edition.id) if p.session == session), None)
        if standing is None:
            raise NotFound(N_("There is no such session."))
        if standing.room == room:
            raise Conflict(N_("The session is in that room already."))
        if (await releasing.what_if(edition)).changes:
            raise Conflict(N_("The draft of the agenda holds changes that are not published. Publish or undo them first, then move the session."))
        version = await queries.draft_version(edition.id)
        moved = await drafting.place(edition, standing.session, room, standing.start, version=version, actor=actor, now=now, minutes=int((standing.end - standing.start).total_seconds() // 60))
        await releasing.publish(edition, await _name(edition, code), version=moved, actor=actor, now=now)
    return standing.room


async def _name(edition: Edition, code: str) -> str:
    count = await db.value("SELECT count(*) FROM release WHERE edition = $1", edition.id)
    return f"{code} ({count + 1})"


def join() -> None:
    """Hand in everything; called where the application is made."""
    remedies.use(remedies.Remedies(fillable, refill_seats, move_session))
    whereabouts.use(where)
