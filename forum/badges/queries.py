"""Reads about badges: a person's own, the desk's list, what is printed on each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from forum import db


@dataclass(frozen=True, slots=True)
class Printed:
    """A badge in force with what its page and its paper show."""

    id: UUID
    registration: UUID
    person: UUID
    number: int
    token: str
    role: str
    name: str
    language: str
    organisation: str
    languages: list[str]
    days: list[date]
    campus: int | None
    issued_at: datetime
    valid_until: datetime


_PRINTED = """
SELECT b.id, b.registration, r.person, b.number, b.token, b.role, p.name, p.language, b.issued_at, b.valid_until,
       coalesce((SELECT c.name FROM role o JOIN company c ON c.id = o.company WHERE o.person = p.id AND o.edition = b.edition AND o.ended_at IS NULL
                 ORDER BY o.granted_at LIMIT 1), y.name, '') AS organisation,
       coalesce(f.languages, '{}') AS languages,
       CASE WHEN b.role IN ('recruiter', 'speaker', 'press', 'organiser') THEN ARRAY(SELECT day FROM edition_day d WHERE d.edition = b.edition ORDER BY day)
            ELSE ARRAY(SELECT d.day FROM registration_day d WHERE d.registration = r.id AND d.held_at IS NOT NULL ORDER BY d.day) END AS days,
       (SELECT c.number FROM registration_day d JOIN campus c ON c.id = d.campus WHERE d.registration = r.id AND d.held_at IS NOT NULL
        ORDER BY d.day LIMIT 1) AS campus
FROM badge b JOIN registration r ON r.id = b.registration JOIN person p ON p.id = r.person
LEFT JOIN profile f ON f.registration = r.id LEFT JOIN party y ON y.id = r.party
WHERE b.revoked_at IS NULL AND r.cancelled_at IS NULL
"""


async def of_registration(registration: UUID) -> Printed | None:
    """The badge in force of one registration."""
    return await db.row(Printed, _PRINTED + " AND b.registration = $1", registration)


async def by_id(badge: UUID) -> Printed | None:
    """One badge in force."""
    return await db.row(Printed, _PRINTED + " AND b.id = $1", badge)


async def to_print(edition: UUID, campus: UUID | None, after: tuple[str, UUID] | None, size: int = 500) -> list[Printed]:
    """Badges in force in order of name, from the one after *after*; of those who begin at *campus*, if one is given."""
    return await db.rows(
        Printed,
        _PRINTED
        + """ AND b.edition = $1 AND ($2::uuid IS NULL OR EXISTS (SELECT 1 FROM registration_day d WHERE d.registration = r.id AND d.campus = $2
                 AND d.held_at IS NOT NULL)) AND ($3::text IS NULL OR (plain(p.name), b.id) > (plain($3), $4)) ORDER BY plain(p.name), b.id LIMIT $5""",
        edition,
        campus,
        after[0] if after else None,
        after[1] if after else None,
        size,
    )


async def count_to_print(edition: UUID, campus: UUID | None) -> int:
    """How many badges `to_print` gives in all."""
    found: int = await db.value(
        """SELECT count(*) FROM badge b JOIN registration r ON r.id = b.registration WHERE b.edition = $1 AND b.revoked_at IS NULL AND r.cancelled_at IS NULL
           AND ($2::uuid IS NULL OR EXISTS (SELECT 1 FROM registration_day d WHERE d.registration = r.id AND d.campus = $2 AND d.held_at IS NOT NULL))""",
        edition,
        campus,
    )
    return found


@dataclass(frozen=True, slots=True)
class GateChoice:
    """A gate an organiser may enrol a device for."""

    id: UUID
    name: str
    campus_slug: str
    campus: int
    campus_name: str


async def gates(edition: UUID, campuses: frozenset[str] | None) -> list[GateChoice]:
    """Gates of the campuses the asker organises (None: all)."""
    return await db.rows(
        GateChoice,
        """SELECT g.id, g.name, c.slug AS campus_slug, c.number AS campus, c.name AS campus_name FROM gate g JOIN campus c ON c.id = g.campus
           WHERE c.edition = $1 AND c.removed_at IS NULL AND g.removed_at IS NULL AND ($2::text[] IS NULL OR c.slug = ANY($2)) ORDER BY c.number, g.slug""",
        edition,
        None if campuses is None else sorted(campuses),
    )


async def log_print(badges: Sequence[UUID], layout: str, *, now: datetime, by: UUID | None, identity: str = "") -> None:
    """Who put which badge on paper."""
    await db.execute(
        "INSERT INTO badge_print (badge, printed_at, printed_by, layout, identity) SELECT b, $2, $3, $4, $5 FROM unnest($1::uuid[]) b",
        list(badges),
        now,
        by,
        layout,
        identity,
    )
