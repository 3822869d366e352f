"""Who a sign-in cookie stands for: read on every signed-in request, written by `people.sign_in`."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from forum import db
from forum.access import NEEDS_SECOND_FACTOR, Grant, Principal

IDLE = timedelta(days=30)  # people come back between registration and the event
IDLE_STAFF = timedelta(hours=12)  # one working day for anyone who sees other people's data
SEEN_EVERY = timedelta(minutes=5)  # how exact `seen_at` is; keeps most requests free of writes


def digest(token: str) -> bytes:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).digest()


@dataclass(frozen=True, slots=True)
class _Row:
    person: UUID
    name: str
    email: str
    language: str
    confirmed: bool
    seen_at: datetime
    second_factor: bool
    registration: UUID | None
    purpose: str
    is_minor: bool
    role_names: list[str]
    role_campuses: list[str | None]
    role_companies: list[UUID | None]


_SELECT = """
SELECT p.id AS person, p.name, p.email, p.language, p.confirmed_at IS NOT NULL AS confirmed, s.seen_at,
       s.second_factor_at IS NOT NULL AS second_factor, g.id AS registration, coalesce(g.purpose, '') AS purpose,
       coalesce(g.is_minor, false) AS is_minor,
       coalesce(r.names, '{}') AS role_names, coalesce(r.campuses, '{}') AS role_campuses, coalesce(r.companies, '{}') AS role_companies
FROM sign_in s
JOIN person p ON p.id = s.person AND p.erased_at IS NULL
LEFT JOIN edition e ON e.is_current
LEFT JOIN registration g ON g.edition = e.id AND g.person = p.id AND g.cancelled_at IS NULL
LEFT JOIN LATERAL (
    SELECT array_agg(r.name) AS names, array_agg(c.slug) AS campuses, array_agg(r.company) AS companies
    FROM role r LEFT JOIN campus c ON c.id = r.campus
    WHERE r.person = p.id AND r.ended_at IS NULL AND (r.edition IS NULL OR r.edition = e.id)
      AND (r.approved_at IS NOT NULL OR r.name NOT IN ('recruiter', 'company_admin', 'speaker', 'press'))
) r ON true
WHERE s.token_hash = $1 AND s.ended_at IS NULL AND s.expires_at > $2
"""


async def principal_of(token: str, *, now: datetime) -> Principal | None:
    """The person behind *token*, or None when it is unknown, ended or idle for too long."""
    key = digest(token)
    found = await db.row(_Row, _SELECT, key, now)
    if found is None:
        return None
    grants = tuple(Grant(*g) for g in zip(found.role_names, found.role_campuses, found.role_companies, strict=True))
    if now - found.seen_at > (IDLE_STAFF if grants else IDLE):
        return None
    if now - found.seen_at > SEEN_EVERY:
        await db.execute("UPDATE sign_in SET seen_at = $2 WHERE token_hash = $1 AND ended_at IS NULL", key, now)
    waiting = not found.second_factor and any(g.name in NEEDS_SECOND_FACTOR for g in grants)
    return Principal(
        found.person,
        found.name,
        found.email,
        found.language,
        grants=tuple(g for g in grants if found.second_factor or g.name not in NEEDS_SECOND_FACTOR),
        second_factor=found.second_factor,
        factor_missing=waiting,
        registration=found.registration,
        purpose=found.purpose,
        is_minor=found.is_minor,
        confirmed=found.confirmed,
        token_hash=key,
    )
