"""One's own data: see it, take it along, take it back. Features add their part; erasing keeps counts and no trace of the person."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from forum import db, journal
from forum.people import sign_in
from forum.people.changes import cancel

KEPT_AFTER_EDITION = timedelta(days=90)  # then people who did not consent to more are erased
JOURNAL_KEPT = timedelta(days=365)  # six to twelve months: CNIL, deliberation 2021-122 on logging

Export = Callable[[UUID], Awaitable[list[dict[str, Any]]]]
Erase = Callable[[UUID, datetime], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Part:
    """What one feature knows of a person, and how it forgets."""

    name: str
    export: Export
    erase: Erase


_parts: dict[str, Part] = {}


def contribute(part: Part) -> None:
    """Add a feature's part; called once when the feature is joined to the application."""
    _parts[part.name] = part


async def export(person: UUID) -> dict[str, Any]:
    """Everything Forum knows of *person*, as plain data; dates are ISO 8601."""
    known: dict[str, Any] = {"person": await _records("SELECT email, name, language, created_at, confirmed_at FROM person WHERE id = $1", person)}
    for name, sql in _OWN.items():
        known[name] = await _records(sql, person)
    for part in _parts.values():
        known[part.name] = await part.export(person)
    return known


_OWN = {
    "registrations": """SELECT e.slug AS edition, r.purpose, r.step_free_need, r.is_minor, r.guardian_email, r.created_at, r.confirmed_at, r.cancelled_at
                        FROM registration r JOIN edition e ON e.id = r.edition WHERE r.person = $1""",
    "days": """SELECT d.day, c.name AS campus, d.asked_at, d.held_at FROM registration_day d JOIN campus c ON c.id = d.campus
               JOIN registration r ON r.id = d.registration WHERE r.person = $1 ORDER BY d.day""",
    "profile": """SELECT p.target_roles, p.skills, p.languages, p.contracts, p.level, p.about, p.max_meetings FROM profile p
                  JOIN registration r ON r.id = p.registration WHERE r.person = $1""",
    "roles": "SELECT name, granted_at, approved_at, ended_at FROM role WHERE person = $1",
    "sign_ins": "SELECT created_at, seen_at, ended_at FROM sign_in WHERE person = $1",
    "consents": "SELECT purpose, company, text_version, given_at, withdrawn_at FROM consent WHERE person = $1",
    "mails": "SELECT template, created_at, sent_at, subject FROM mail WHERE person = $1",
}


async def _records(sql: str, person: UUID) -> list[dict[str, Any]]:
    async with db.connection() as conn:
        return [dict(row) for row in await conn.fetch(sql, person)]


async def erase(person: UUID, *, now: datetime) -> None:
    """Forget *person*: rights end, places go to those who wait, every name, address and declaration is gone; anonymous counts stay."""
    async with db.transaction():
        for registration, version in await _standing(person):
            await cancel(registration, version=version, now=now)
        for part in _parts.values():
            await part.erase(person, now)
        await sign_in.end_all(person, now=now)
        await db.execute("UPDATE role SET ended_at = $2 WHERE person = $1 AND ended_at IS NULL", person, now)
        await db.execute("DELETE FROM profile WHERE registration IN (SELECT id FROM registration WHERE person = $1)", person)
        for table in ("sign_in_request", "second_factor", "mail", "mail_link", "consent"):
            await db.execute(f"DELETE FROM {table} WHERE person = $1", person)
        await db.execute("UPDATE registration SET guardian_email = CASE WHEN is_minor THEN 'erased' ELSE '' END WHERE person = $1", person)
        anonymous = f"erased-{secrets.token_hex(12)}@invalid.invalid"
        await db.execute("UPDATE person SET email = $2, name = '—', erased_at = $3, confirmed_at = NULL WHERE id = $1", person, anonymous, now)
        await journal.note("person.erased", actor=None, now=now, subject=person)


async def _standing(person: UUID) -> list[tuple[UUID, int]]:
    async with db.connection() as conn:
        found = await conn.fetch("SELECT id, version FROM registration WHERE person = $1 AND cancelled_at IS NULL", person)
    return [(row["id"], row["version"]) for row in found]


@dataclass(frozen=True, slots=True)
class Retained:
    """What a run of retention removed; counted before and after, so that it can be shown."""

    people: int
    journal: int


async def retain(*, now: datetime) -> Retained:
    """Remove people of editions past who did not consent to more, and old journal rows; the rest is in `operations.retention`."""
    people = await db.column(
        """SELECT p.id FROM person p WHERE p.erased_at IS NULL
           AND EXISTS (SELECT 1 FROM registration r WHERE r.person = p.id)
           AND NOT EXISTS (SELECT 1 FROM registration r JOIN edition_day d ON d.edition = r.edition WHERE r.person = p.id AND d.day > $1)
           AND NOT EXISTS (SELECT 1 FROM consent c WHERE c.person = p.id AND c.purpose = 'keep' AND c.withdrawn_at IS NULL AND c.given_at > $2)
           AND NOT EXISTS (SELECT 1 FROM role o WHERE o.person = p.id AND o.ended_at IS NULL AND o.name IN ('admin', 'forum_organiser', 'dpo'))""",
        (now - KEPT_AFTER_EDITION).date(), now - timedelta(days=730),
    )  # fmt: skip
    for person in people:
        await erase(person, now=now)
    return Retained(len(people), await db.execute("DELETE FROM journal WHERE at < $1", now - JOURNAL_KEPT))
