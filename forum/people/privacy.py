"""One's own data: see it, take it along, take it back. Features add their part; erasing keeps counts and no trace of the person."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from forum import db, journal
from forum.people import parts, sign_in
from forum.people.changes import cancel

KEPT_AFTER_EDITION = timedelta(days=90)  # then people who did not consent to more are erased
KEPT_WITH_CONSENT = timedelta(days=730)
JOURNAL_KEPT = timedelta(days=365)  # six to twelve months: CNIL, deliberation 2021-122 on logging


async def export(person: UUID) -> dict[str, Any]:
    """Everything Forum knows of *person*, as plain data by section; dates are ISO 8601."""
    own = dict(OWN)
    for part in parts.all_parts():
        own |= part.own
    return {name: await parts.records(sql, person) for name, sql in own.items()}


OWN = {
    "person": "SELECT email, name, language, created_at, confirmed_at FROM person WHERE id = $1",
    "registrations": """SELECT e.name AS edition, r.purpose, r.step_free_need, r.is_minor, r.guardian_email, r.created_at, r.confirmed_at, r.cancelled_at
                        FROM registration r JOIN edition e ON e.id = r.edition WHERE r.person = $1""",
    "days": """SELECT d.day, c.name AS campus, d.asked_at, d.held_at FROM registration_day d JOIN campus c ON c.id = d.campus
               JOIN registration r ON r.id = d.registration WHERE r.person = $1 ORDER BY d.day""",
    "profile": """SELECT p.target_roles, p.skills, p.languages, p.contracts, p.level, p.about, p.max_meetings FROM profile p
                  JOIN registration r ON r.id = p.registration WHERE r.person = $1""",
    "roles": """SELECT r.name, c.name AS campus, o.name AS company, r.granted_at, r.approved_at, r.ended_at FROM role r
                LEFT JOIN campus c ON c.id = r.campus LEFT JOIN company o ON o.id = r.company WHERE r.person = $1 ORDER BY r.granted_at""",
    "groups": """SELECT p.name AS "group", m.name, m.invited_at, m.answered_at FROM party_member m JOIN party p ON p.id = m.party WHERE m.person = $1""",
    "my_groups": """SELECT p.name AS "group", m.name, m.invited_at FROM party p JOIN party_member m ON m.party = p.id WHERE p.referent = $1 ORDER BY p.created_at""",
    "second_factor": "SELECT created_at, confirmed_at FROM second_factor WHERE person = $1",
    "sign_ins": "SELECT created_at, seen_at, ended_at FROM sign_in WHERE person = $1",
    "consents": """SELECT k.purpose, c.name AS company, k.text_version, k.given_at, k.withdrawn_at FROM consent k LEFT JOIN company c ON c.id = k.company
                   WHERE k.person = $1 ORDER BY k.given_at""",
    "mails": "SELECT template, subject, recipient, created_at, sent_at FROM mail WHERE person = $1 ORDER BY created_at",
}


async def erase(person: UUID, *, now: datetime) -> None:
    """Forget *person*: rights end, places go to those who wait, every name, address and declaration is gone; anonymous counts stay."""
    async with db.transaction():
        for registration, version in await _standing(person):
            await cancel(registration, version=version, now=now)
        await parts.leave(person, now=now)
        for part in parts.all_parts():
            await part.erase(person, now)
        await sign_in.end_all(person, now=now)
        await db.execute("UPDATE role SET ended_at = $2 WHERE person = $1 AND ended_at IS NULL", person, now)
        await db.execute("DELETE FROM profile WHERE registration IN (SELECT id FROM registration WHERE person = $1)", person)
        for table in ("sign_in_request", "address_change", "second_factor", "mail", "mail_link", "consent"):
            await db.execute(f"DELETE FROM {table} WHERE person = $1", person)
        await db.execute("DELETE FROM party_member WHERE person = $1 OR party IN (SELECT id FROM party WHERE referent = $1)", person)
        await db.execute("UPDATE party SET name = '—' WHERE referent = $1", person)
        await db.execute("UPDATE registration SET guardian_email = CASE WHEN is_minor THEN 'erased' ELSE '' END WHERE person = $1", person)
        anonymous = f"erased-{secrets.token_hex(12)}@invalid.invalid"
        await db.execute("UPDATE person SET email = $2, name = '—', erased_at = $3, confirmed_at = NULL WHERE id = $1", person, anonymous, now)
        await journal.note("person.erased", actor=None, now=now, subject=person)


async def _standing(person: UUID) -> list[tuple[UUID, int]]:
    async with db.connection() as conn:
        found = await conn.fetch("SELECT id, version FROM registration WHERE person = $1 AND cancelled_at IS NULL", person)
    return [(row["id"], row["version"]) for row in found]


async def keep(person: UUID, wanted: bool, *, now: datetime) -> None:
    """Consent to be kept after the edition, two years at most, or take it back. Saying the same again changes nothing."""
    if wanted:
        await db.execute("INSERT INTO consent (person, purpose, text_version, given_at) VALUES ($1, 'keep', 'keep-1', $2) ON CONFLICT DO NOTHING", person, now)
    else:
        await db.execute("UPDATE consent SET withdrawn_at = $2 WHERE person = $1 AND purpose = 'keep' AND withdrawn_at IS NULL", person, now)


async def keeps(person: UUID) -> bool:
    """Whether the person's consent to be kept stands."""
    return bool(await db.value("SELECT 1 FROM consent WHERE person = $1 AND purpose = 'keep' AND withdrawn_at IS NULL", person))


@dataclass(frozen=True, slots=True)
class Retained:
    """What a run of retention removed; counted before and after, so that it can be shown."""

    people: int
    journal: int


async def retain(*, now: datetime) -> Retained:
    """Remove people of editions past who did not consent to more, and old journal rows; the rest is in `operations.retention`."""
    people = await db.column(
        """SELECT p.id FROM person p WHERE p.erased_at IS NULL
           AND EXISTS (SELECT edition FROM registration WHERE person = p.id UNION ALL SELECT edition FROM role WHERE person = p.id AND edition IS NOT NULL)
           AND NOT EXISTS (SELECT 1 FROM edition_day d WHERE d.day > $1 AND d.edition IN (SELECT edition FROM registration WHERE person = p.id
                                                                                         UNION ALL SELECT edition FROM role WHERE person = p.id))
           AND NOT EXISTS (SELECT 1 FROM consent c WHERE c.person = p.id AND c.purpose = 'keep' AND c.withdrawn_at IS NULL AND c.given_at > $2)
           AND NOT EXISTS (SELECT 1 FROM role o WHERE o.person = p.id AND o.ended_at IS NULL AND o.name IN ('admin', 'forum_organiser', 'dpo'))""",
        (now - KEPT_AFTER_EDITION).date(), now - KEPT_WITH_CONSENT,
    )  # fmt: skip
    for person in people:
        await erase(person, now=now)
    return Retained(len(people), await db.execute("DELETE FROM journal WHERE at < $1", now - JOURNAL_KEPT))
