"""Asking for another time: one side proposes a slot, the other agrees, and only then is anything moved. A request holds nothing and lapses by itself."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from forum import clock, db
from forum.editions import Edition
from forum.errors import Conflict, ForumError, NotFound
from forum.i18n import N_
from forum.matchmaking import booking, changes, own, places, telling, travel
from forum.matchmaking.changes import Actor
from forum.matchmaking.itinerary import Stop, first_clash
from forum.matchmaking.model import REQUEST_FOR, State


async def ask(edition: Edition, meeting: UUID, slot: datetime, actor: Actor, *, now: datetime) -> UUID:
    """Ask the other side for *slot*; a former request of the same side is replaced. The request's id.

    Raises Invalid off the grid or past, Conflict when nobody of the company is free then or the journey is too long.
    """
    booking.check_slot(edition, slot, now)
    async with db.transaction():
        row = await changes.locked(edition, meeting)
        changes.need(row, State.PROPOSED, State.ACCEPTED)
        if row.slot <= now:
            raise Conflict(N_("This meeting has begun. Say that you are late, or talk to the other side."))
        recruiter = await _free(row.company, row.recruiter, slot, await places.needs_step_free(edition.id, row.candidate))
        if recruiter is None:
            raise Conflict(N_("Nobody of the company is free in that slot."))
        await db.execute(
            "UPDATE time_request SET answered_at = $3, answer = 'withdrawn' WHERE meeting = $1 AND side = $2 AND answered_at IS NULL", row.id, actor.side, now
        )
        request: UUID = await db.value(
            "INSERT INTO time_request (meeting, asked_by, side, slot, asked_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
            row.id, actor.person, actor.side, slot, now, min(now + REQUEST_FOR, slot, row.slot),
        )  # fmt: skip
        await changes.note_fact(row, "time_asked", actor.person, now, side=actor.side, slot=slot)
        if actor.side == "company":
            await telling.tell_candidate(row.id, "asked", now=now, asked=slot)
    return request


async def _free(company: UUID, recruiter: UUID, slot: datetime, step_free: bool) -> UUID | None:
    """The same recruiter when they are free, else a colleague; at a table the candidate can reach."""
    same = await db.value(
        """SELECT 1 FROM presence p JOIN meeting_table t ON t.id = p.meeting_table JOIN campus c ON c.id = t.campus
           WHERE p.recruiter = $1 AND p.slot = $2 AND p.company = $3 AND (NOT $4 OR (t.step_free AND c.step_free))
             AND NOT EXISTS (SELECT 1 FROM claim k WHERE k.recruiter = $1 AND k.slot = $2)""",
        recruiter, slot, company, step_free,
    )  # fmt: skip
    return recruiter if same else await own.free_recruiter(company, slot, step_free=step_free)


@dataclass(frozen=True, slots=True)
class _Request:
    meeting: UUID
    side: str
    slot: datetime
    expires_at: datetime
    answered: bool
    company: UUID
    candidate: UUID
    recruiter: UUID


async def _read(request: UUID) -> _Request:
    found = await db.row(
        _Request,
        """SELECT q.meeting, q.side, q.slot, q.expires_at, q.answered_at IS NOT NULL AS answered, m.company, m.candidate, m.recruiter
           FROM time_request q JOIN meeting m ON m.id = q.meeting WHERE q.id = $1""",
        request,
    )
    if found is None:
        raise NotFound(N_("There is no such request."))
    return found


async def answer(edition: Edition, request: UUID, agreed: bool, actor: Actor, *, now: datetime) -> str:
    """Answer the other side's request: "agreed" (and moved), "refused", or "taken" when the slot went meanwhile (nothing moved).

    Raises NotFound for a request that is not to the actor's side, Conflict for one that lapsed.
    """
    asked = await _read(request)
    if asked.side == actor.side:
        raise NotFound(N_("There is no such request."))
    if asked.answered or asked.expires_at <= now:
        raise Conflict(N_("This request has lapsed; nothing moved."))
    if not agreed:
        await _close(request, "refused", now)
        return "refused"
    try:
        async with db.transaction():
            await changes.locked(edition, asked.meeting)  # the person's lock before any row, like everybody else
            recruiter = await _free(asked.company, asked.recruiter, asked.slot, await places.needs_step_free(edition.id, asked.candidate))
            if recruiter is None:
                raise Conflict(N_("Nobody of the company is free in that slot."), code="taken")
            if not await _close(request, "agreed", now):
                raise Conflict(N_("This request has lapsed; nothing moved."))
            await changes.move(edition, asked.meeting, recruiter, asked.slot, actor, now=now)
            await db.execute("UPDATE meeting SET state = 'accepted' WHERE id = $1 AND state = 'proposed'", asked.meeting)
    except ForumError as error:
        if error.code not in {"taken", "overlap", "travel"}:
            raise
        await _close(request, "taken", now)
        return "taken"
    return "agreed"


async def _close(request: UUID, answer: str, now: datetime) -> bool:
    return bool(await db.execute("UPDATE time_request SET answered_at = $2, answer = $3 WHERE id = $1 AND answered_at IS NULL", request, now, answer))


async def possible(edition: Edition, meeting: UUID, *, now: datetime) -> list[datetime]:
    """Other slots where somebody of the company and the candidate are free and the journeys fit, in order."""
    return list(dict.fromkeys(slot for slot, _ in await reachable(edition, meeting, now=now)))


async def reachable(edition: Edition, meeting: UUID, *, now: datetime, own_hour: bool = False) -> list[tuple[datetime, str]]:
    """(slot, campus) where somebody of the company and the candidate are free and the journeys fit, in order; the meeting's own hour only when asked for."""
    row = await db.row(changes.Row, changes.ROW, meeting)
    if row is None:
        raise NotFound(N_("There is no such meeting."))
    need = await places.needs_step_free(edition.id, row.candidate)
    minutes = await travel.minutes_between(edition.id, step_free=need)
    found: list[tuple[datetime, str]] = []
    stops: dict[object, list[Stop]] = {}
    for slot, campus in await _open(row, now, need, own_hour):
        day = clock.local(slot, edition.zone).date()
        if day not in stops:
            stops[day] = await booking.commitments(edition, row.candidate, slot, but=row.id)
        if first_clash(stops[day], Stop(slot, places.slot_grid(edition).end(slot), campus), minutes.between) is None:
            found.append((slot, campus))
    return found


async def _open(row: changes.Row, now: datetime, need: bool, own_hour: bool) -> list[tuple[datetime, str]]:
    async with db.connection() as conn:
        rows = await conn.fetch(
            """SELECT DISTINCT p.slot, k.slug FROM presence p JOIN meeting_table t ON t.id = p.meeting_table JOIN campus k ON k.id = t.campus
               JOIN registration r ON r.person = $2 AND r.edition = k.edition
               JOIN registration_day d ON d.registration = r.id AND d.held_at IS NOT NULL AND d.day = (p.slot AT TIME ZONE k.zone)::date
               WHERE p.company = $1 AND p.slot > $3 AND (p.slot <> $4 OR $6) AND (NOT $5 OR (t.step_free AND k.step_free))
                 AND NOT EXISTS (SELECT 1 FROM claim c WHERE c.slot = p.slot AND (c.recruiter = p.recruiter OR c.meeting_table = p.meeting_table))
                 AND NOT EXISTS (SELECT 1 FROM claim c WHERE c.slot = p.slot AND c.person = $2 AND c.holder IS DISTINCT FROM $7) ORDER BY p.slot, k.slug""",
            row.company, row.candidate, now, row.slot, need, own_hour, row.id,
        )  # fmt: skip
    return [(r[0], r[1]) for r in rows]


SAID = {
    "agreed": N_("Agreed: the meeting moved to the new time."),
    "refused": N_("The meeting stays where it was."),
    "taken": N_("The slot went to somebody else meanwhile. The meeting stays where it was."),
}


async def is_to_candidate(request: UUID, person: UUID) -> bool:
    """Whether *person* is the candidate who may answer this request."""
    return bool(
        await db.value(
            "SELECT 1 FROM time_request q JOIN meeting m ON m.id = q.meeting WHERE q.id = $1 AND m.candidate = $2 AND q.side = 'company'", request, person
        )
    )


async def is_to_company(request: UUID, company: UUID) -> bool:
    """Whether *company* may answer this request."""
    return bool(
        await db.value(
            "SELECT 1 FROM time_request q JOIN meeting m ON m.id = q.meeting WHERE q.id = $1 AND m.company = $2 AND q.side = 'candidate'", request, company
        )
    )
