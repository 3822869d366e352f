"""Edits of the draft: place, move, copy, lock, take off; each one edit that can be undone, refused when somebody was faster."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from forum import db, journal
from forum.agenda import queries
from forum.agenda.importing import new_code
from forum.editions import Edition
from forum.errors import Conflict, Invalid, NotFound
from forum.i18n import N_, Message


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a session stands in the draft."""

    room: UUID
    start: datetime
    end: datetime
    locked: bool = False


State = Mapping[UUID, Spot | None]


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit of the draft, as the history shows it."""

    version: int
    kind: str
    at: datetime
    who: str | None
    sessions: int
    undone: bool


async def place(
    edition: Edition, session: UUID, room: UUID, start: datetime, *, version: int, actor: UUID | None, now: datetime, minutes: int | None = None
) -> int:
    """Put *session* into *room* at *start*; the new version of the draft. Raises Conflict, NotFound, Invalid."""
    length = await db.value("SELECT coalesce($2, minutes) FROM session WHERE id = $1 AND edition = $3 AND withdrawn_at IS NULL", session, minutes, edition.id)
    if length is None:
        raise NotFound(N_("There is no such session."))
    if minutes is not None and not 1 <= minutes <= 24 * 60:
        raise Invalid(N_("A session lasts between 1 minute and 24 hours."), field="minutes")
    spot = Spot(room, start, start + timedelta(minutes=length))
    return await _edit(edition, "place", {session: spot}, version=version, actor=actor, now=now)


async def move(edition: Edition, sessions: Sequence[UUID], by: timedelta, *, room: UUID | None = None, version: int, actor: UUID | None, now: datetime) -> int:
    """Move *sessions* together in time, and into *room* when one is given; locked ones refuse."""
    standing = await _standing(edition.id, sessions)
    wanted: dict[UUID, Spot | None] = {key: Spot(room or s.room, s.start + by, s.end + by, s.locked) for key, s in standing.items() if s is not None}
    return await _edit(edition, "move", wanted, version=version, actor=actor, now=now)


async def take_off(edition: Edition, sessions: Sequence[UUID], *, version: int, actor: UUID | None, now: datetime) -> int:
    """Take *sessions* off the grid; they wait in the pool."""
    return await _edit(edition, "take-off", dict.fromkeys(sessions), version=version, actor=actor, now=now)


async def lock(edition: Edition, sessions: Sequence[UUID], locked: bool, *, version: int, actor: UUID | None, now: datetime) -> int:
    """Fix *sessions* where they stand, for people and for the planner, or free them."""
    standing = await _standing(edition.id, sessions)
    wanted: dict[UUID, Spot | None] = {key: Spot(s.room, s.start, s.end, locked) for key, s in standing.items() if s is not None}
    return await _edit(edition, "lock" if locked else "unlock", wanted, version=version, actor=actor, now=now, even_locked=True)


async def copy(edition: Edition, session: UUID, *, actor: UUID | None, now: datetime) -> UUID:
    """A new session with the same words and speakers, in the pool."""
    async with db.transaction():
        await db.lock(f"agenda:{edition.id}")
        made: UUID | None = await db.value(
            """INSERT INTO session (edition, code, number, guid, title, subtitle, kind, track, language, level, abstract, description, minutes, needs, seats, reservable,
                                    licence, optout, logo, links, attachments, interest)
               SELECT edition, $3, (SELECT max(number) + 1 FROM session WHERE edition = $2), gen_random_uuid()::text, title, subtitle, kind, track, language, level,
                      abstract, description, minutes, needs, seats, reservable, licence, optout, logo, links, attachments, interest
               FROM session WHERE id = $1 AND edition = $2 AND withdrawn_at IS NULL RETURNING id""",
            session, edition.id, new_code(),
        )  # fmt: skip
        if made is None:
            raise NotFound(N_("There is no such session."))
        await db.execute("INSERT INTO session_speaker SELECT $2, speaker, position FROM session_speaker WHERE session = $1", session, made)
        await journal.note("agenda.copy", actor=actor, now=now, subject=made)
    return made


async def put_all(edition: Edition, spots: State, *, kind: str, version: int, actor: UUID | None, now: datetime) -> int:
    """Many sessions at once, as one edit: a plan applied."""
    return await _edit(edition, kind, spots, version=version, actor=actor, now=now)


async def undo(edition: Edition, *, version: int, actor: UUID | None, now: datetime) -> int:
    """Take the last edit back. Raises Conflict when there is none, or the draft changed."""
    return await _step(edition, "before", version=version)


async def redo(edition: Edition, *, version: int, actor: UUID | None, now: datetime) -> int:
    """Do the edit last undone again. Raises Conflict when there is none, or the draft changed."""
    return await _step(edition, "after", version=version)


async def history(edition: UUID, most: int = 20) -> list[Edit]:
    """The last edits, newest first."""
    return await db.rows(
        Edit,
        """SELECT e.version, e.kind, e.at, p.name AS who, (SELECT count(*) FROM jsonb_object_keys(e.after)) AS sessions, e.undone_at IS NOT NULL AS undone
           FROM draft_edit e LEFT JOIN person p ON p.id = e.actor WHERE e.edition = $1 ORDER BY e.id DESC LIMIT $2""",
        edition, most,
    )  # fmt: skip


# --- one edit -----------------------------------------------------------------------------------------------


async def _edit(edition: Edition, kind: str, wanted: State, *, version: int, actor: UUID | None, now: datetime, even_locked: bool = False) -> int:
    if not wanted:
        raise Invalid(N_("Choose at least one session."), field="session")
    async with db.transaction():
        new = await _next_version(edition, version)
        before = await _standing(edition.id, list(wanted))
        _refuse_locked(before, wanted, even_locked)
        await _apply(edition.id, wanted, actor, now)
        await db.execute("DELETE FROM draft_edit WHERE edition = $1 AND undone_at IS NOT NULL", edition.id)  # a new edit ends what could be redone
        await db.execute(
            "INSERT INTO draft_edit (edition, version, actor, at, kind, before, after) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            edition.id, new, actor, now, kind, _json(before), _json(wanted),
        )  # fmt: skip
    return new


async def _next_version(edition: Edition, version: int) -> int:
    """Raise the draft's version, once per edit. Raises Conflict with who was faster."""
    await db.lock(f"agenda:{edition.id}")
    await db.execute("INSERT INTO agenda (edition) VALUES ($1) ON CONFLICT DO NOTHING", edition.id)
    new: int | None = await db.value("UPDATE agenda SET version = version + 1 WHERE edition = $1 AND version = $2 RETURNING version", edition.id, version)
    if new is None:
        last = next(iter(await history(edition.id, 1)), None)
        if last is None or last.who is None:
            raise Conflict(N_("The draft changed meanwhile. Look at it again; nothing of yours was saved."))
        raise Conflict(Message(N_("{name} changed the draft meanwhile. Look at it again; nothing of yours was saved."), name=last.who))
    return new


def _refuse_locked(before: State, wanted: State, even_locked: bool) -> None:
    for key, spot in before.items():
        if spot is not None and spot.locked and not even_locked and wanted[key] != spot:
            raise Conflict(N_("This session is locked where it is. Unlock it first."))


async def _standing(edition: UUID, sessions: Sequence[UUID]) -> dict[UUID, Spot | None]:
    """Where *sessions* stand; None for the pool. Raises NotFound for one of another edition."""
    known = set(await db.column("SELECT id FROM session WHERE edition = $1 AND id = ANY($2)", edition, list(sessions)))
    if known != set(sessions):
        raise NotFound(N_("There is no such session."))
    found: dict[UUID, Spot | None] = dict.fromkeys(sessions)
    for p in await queries.draft(edition):
        if p.session in found:
            found[p.session] = Spot(p.room, p.start, p.end, p.locked)
    return found


async def _apply(edition: UUID, wanted: State, actor: UUID | None, now: datetime) -> None:
    rooms = {spot.room for spot in wanted.values() if spot is not None}
    there = set(
        await db.column(
            "SELECT r.id FROM room r JOIN campus c ON c.id = r.campus WHERE c.edition = $1 AND r.removed_at IS NULL AND r.id = ANY($2)", edition, list(rooms)
        )
    )
    if there != rooms:
        raise NotFound(N_("There is no such room."))
    if any(spot is not None and not 2000 <= spot.start.year <= 2199 for spot in wanted.values()):
        raise Invalid(N_("This date is out of range."), field="start")
    await db.execute("DELETE FROM placement WHERE session = ANY($1)", [key for key, spot in wanted.items() if spot is None])
    await db.execute_many(
        """INSERT INTO placement (session, room, start_at, end_at, locked_at, locked_by) VALUES ($1, $2, $3, $4, $5, $6)
           ON CONFLICT (session) DO UPDATE SET room = $2, start_at = $3, end_at = $4, locked_at = $5, locked_by = $6""",
        [(key, s.room, s.start, s.end, now if s.locked else None, actor if s.locked else None) for key, s in wanted.items() if s is not None],
    )


async def _step(edition: Edition, side: str, *, version: int) -> int:
    async with db.transaction():
        new = await _next_version(edition, version)
        undoing = side == "before"
        order = "undone_at IS NULL ORDER BY id DESC" if undoing else "undone_at IS NOT NULL ORDER BY id"
        async with db.connection() as conn:
            row = await conn.fetchrow(f"SELECT id, {side} AS state, actor, at FROM draft_edit WHERE edition = $1 AND {order} LIMIT 1", edition.id)
        if row is None:
            raise Conflict(N_("There is nothing to undo.") if undoing else N_("There is nothing to redo."))
        state = msgspec.json.decode(row["state"], type=dict[UUID, Spot | None])
        await _apply(edition.id, state, row["actor"], row["at"])
        await db.execute("UPDATE draft_edit SET undone_at = CASE WHEN $2 THEN now() END WHERE id = $1", row["id"], undoing)
    return new


def _json(state: State) -> str:
    plain: dict[str, Any] = {str(key): spot for key, spot in state.items()}
    return msgspec.json.encode(plain).decode()
