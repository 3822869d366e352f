"""Writes of sessions and speakers; drafts, releases and seats have modules of their own."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from forum import db, journal
from forum.agenda import queries
from forum.agenda.importing import new_code
from forum.agenda.model import Session, Speaker
from forum.agenda.rules import session_faults
from forum.clock import Interval
from forum.editions import Edition
from forum.errors import Conflict, Invalid, NotFound
from forum.i18n import N_

FIELDS = ("title", "subtitle", "kind", "track", "language", "level", "abstract", "description", "minutes", "seats", "reservable")


async def create_session(edition: Edition, words: dict[str, Any], speakers: Sequence[str], *, actor: UUID | None, now: datetime) -> UUID:
    """A new session in the pool. *words* by field name; speakers by name, made when unknown. Raises Invalid with a fault per field."""
    key = uuid4()
    _check(words)
    async with db.transaction():
        await db.lock(f"agenda:{edition.id}")
        await db.execute(
            f"""INSERT INTO session (id, edition, code, number, guid, needs, {", ".join(FIELDS)})
                SELECT $1, $2, $3, coalesce((SELECT max(number) FROM session WHERE edition = $2), 0) + 1, $4, $5, {", ".join(f"${n}" for n in range(6, 6 + len(FIELDS)))}""",
            key, edition.id, new_code(), str(key), sorted(words.get("needs", ())), *(words[name] for name in FIELDS),
        )  # fmt: skip
        await _hold(edition, key, speakers)
        await _wrote(edition, key, "agenda.session.new", actor, now)
    return key


async def edit_session(edition: Edition, key: UUID, words: dict[str, Any], speakers: Sequence[str], *, version: int, actor: UUID | None, now: datetime) -> None:
    """Change a session's words. Raises Conflict when somebody saved it since *version*: nothing of either is lost, theirs stands."""
    _check(words)
    async with db.transaction():
        await db.lock(f"agenda:{edition.id}")
        sets = ", ".join(f"{name} = ${n}" for n, name in enumerate(FIELDS, start=5))
        done = await db.execute(
            f"UPDATE session SET version = version + 1, needs = $4, {sets} WHERE id = $1 AND edition = $2 AND version = $3 AND withdrawn_at IS NULL",
            key, edition.id, version, sorted(words.get("needs", ())), *(words[name] for name in FIELDS),
        )  # fmt: skip
        if not done:
            raise Conflict(N_("Somebody saved this session while you were writing. Your text is below; theirs is beside it."))
        await db.execute("UPDATE placement SET end_at = start_at + make_interval(mins => $2) WHERE session = $1", key, words["minutes"])
        await _hold(edition, key, speakers)
        await _wrote(edition, key, "agenda.session.edit", actor, now)


async def withdraw_session(edition: Edition, key: UUID, *, actor: UUID | None, now: datetime) -> None:
    """Take a session out of the agenda; the next release cancels it."""
    async with db.transaction():
        await db.lock(f"agenda:{edition.id}")
        if not await db.execute(
            "UPDATE session SET withdrawn_at = $3, version = version + 1 WHERE id = $1 AND edition = $2 AND withdrawn_at IS NULL", key, edition.id, now
        ):
            raise NotFound(N_("There is no such session."))
        await db.execute("DELETE FROM placement WHERE session = $1", key)
        await _wrote(edition, key, "agenda.session.withdraw", actor, now)


def _check(words: dict[str, Any]) -> None:
    faults = session_faults(replace(Session(uuid4(), "", 1), **{name: words[name] for name in FIELDS}))
    if faults:
        raise Invalid(N_("Some answers need another look."), faults=faults)


async def _hold(edition: Edition, session: UUID, names: Sequence[str]) -> None:
    """Make *names* the speakers of *session*, in order."""
    await db.execute("DELETE FROM session_speaker WHERE session = $1", session)
    for position, name in enumerate(dict.fromkeys(n.strip() for n in names if n.strip())):
        if len(name) > 120:
            raise Invalid(N_("A name has at most 120 characters."), field="speakers")
        await db.execute("INSERT INTO session_speaker VALUES ($1, $2, $3)", session, await _speaker(edition, name), position)


async def _speaker(edition: Edition, name: str) -> UUID:
    known: UUID | None = await db.value("SELECT id FROM speaker WHERE edition = $1 AND name = $2 ORDER BY number LIMIT 1", edition.id, name)
    if known is not None:
        return known
    made: UUID = await db.value(
        "INSERT INTO speaker (edition, code, number, name) SELECT $1, $2, coalesce(max(number), 0) + 1, $3 FROM speaker WHERE edition = $1 RETURNING id",
        edition.id, new_code(), name,
    )  # fmt: skip
    return made


async def _wrote(edition: Edition, key: UUID, action: str, actor: UUID | None, now: datetime) -> None:
    await db.execute("INSERT INTO agenda (edition, version) VALUES ($1, 1) ON CONFLICT (edition) DO UPDATE SET version = agenda.version + 1", edition.id)
    await journal.note(action, actor=actor, now=now, subject=key)


# --- speakers -----------------------------------------------------------------------------------------------


async def speaker_of(edition: UUID, person: UUID) -> Speaker | None:
    """The speaker this account is."""
    return await db.row(Speaker, "SELECT id, name, code, number, biography FROM speaker WHERE edition = $1 AND person = $2", edition, person)


async def confirm_availability(edition: Edition, speaker: UUID, free: Sequence[Interval], *, actor: UUID | None, now: datetime) -> None:
    """A speaker says when they can speak; no interval says always. Overlapping intervals are joined."""
    joined: list[Interval] = []
    for one in sorted(free):
        if joined and one.start <= joined[-1].end:
            joined[-1] = Interval(joined[-1].start, max(joined[-1].end, one.end))
        else:
            joined.append(one)
    async with db.transaction():
        if not await db.execute("UPDATE speaker SET confirmed_at = $3 WHERE id = $1 AND edition = $2", speaker, edition.id, now):
            raise NotFound(N_("There is no such speaker."))
        await db.execute("DELETE FROM speaker_free WHERE speaker = $1", speaker)
        await db.execute_many("INSERT INTO speaker_free VALUES ($1, $2, $3)", [(speaker, one.start, one.end) for one in joined])
        await journal.note("agenda.availability", actor=actor, now=now, subject=speaker)


async def link_speaker(edition: Edition, speaker: UUID, person: UUID, *, actor: UUID | None, now: datetime) -> None:
    """Tie a speaker to an account, so that they see their schedule and say when they can. Raises Conflict when either is tied already."""
    async with db.transaction():
        await db.lock(f"agenda:{edition.id}")  # one tie at a time: the constraint behind it is for those who go round this
        done = await db.execute(
            """UPDATE speaker SET person = $3 WHERE id = $1 AND edition = $2 AND (person IS NULL OR person = $3)
               AND NOT EXISTS (SELECT FROM speaker o WHERE o.edition = $2 AND o.person = $3 AND o.id <> $1)""",
            speaker, edition.id, person,
        )  # fmt: skip
        if not done:
            raise Conflict(N_("This speaker or this account is already tied to another."))
        await journal.note("agenda.speaker", actor=actor, now=now, subject=speaker)


async def session(edition: UUID, code: str) -> tuple[Session, int]:
    """A session of the draft by its code, and its version. Raises NotFound."""
    async with db.connection() as conn:
        row = await conn.fetchrow("SELECT id, version FROM session WHERE edition = $1 AND code = $2 AND withdrawn_at IS NULL", edition, code)
    if row is None:
        raise NotFound(N_("There is no such session."))
    return (await queries.sessions(edition, [row["id"]]))[row["id"]], row["version"]
