"""Reads about people: registrations, campuses to choose from, approvals."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from forum import db
from forum.people.model import HeldDay, Registration


@dataclass(frozen=True, slots=True)
class OpenCampus:
    """A campus on one day as the registration form shows it."""

    day: date
    slug: str
    number: int
    name: str
    city: str
    postcode: str
    step_free: bool
    left: int
    waiting: int


async def open_campuses(edition: UUID) -> list[OpenCampus]:
    """Every campus and day one can register for, with places left and people waiting."""
    return await db.rows(
        OpenCampus,
        """SELECT d.day, c.slug, c.number, c.name, c.city, c.postcode, c.step_free, d.places - d.taken AS left,
                  (SELECT count(*) FROM registration_day w WHERE w.campus = c.id AND w.day = d.day AND w.held_at IS NULL) AS waiting
           FROM campus c JOIN campus_day d ON d.campus = c.id
           WHERE c.edition = $1 AND c.removed_at IS NULL ORDER BY d.day, c.number""",
        edition,
    )


_REGISTRATION = """SELECT id, person, edition, purpose, is_minor, step_free_need, confirmed_at, guardian_agreed_at, cancelled_at, version
FROM registration WHERE """


async def registration(person: UUID, edition: UUID) -> Registration | None:
    """The person's registration with its days, cancelled or not."""
    found = await db.row(Registration, _REGISTRATION + "person = $1 AND edition = $2", person, edition)
    if found is None:
        return None
    return replace(found, days=tuple(await held_days(found.id)))


async def held_days(registration: UUID) -> list[HeldDay]:
    """The days of one registration in order, each with its rank when waiting."""
    return await db.rows(
        HeldDay,
        """SELECT d.day, d.campus, c.slug AS campus_slug, c.number AS campus_number, c.name AS campus_name, d.held_at IS NOT NULL AS held,
                  CASE WHEN d.held_at IS NULL THEN
                      (SELECT count(*) FROM registration_day w WHERE w.campus = d.campus AND w.day = d.day AND w.held_at IS NULL
                       AND (w.asked_at, w.registration) <= (d.asked_at, d.registration)) ELSE 0 END AS rank
           FROM registration_day d JOIN campus c ON c.id = d.campus WHERE d.registration = $1 ORDER BY d.day""",
        registration,
    )


@dataclass(frozen=True, slots=True)
class Profile:
    """What a candidate declared."""

    target_roles: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    contracts: tuple[str, ...] = ()
    level: str = ""
    about: str = ""
    max_meetings: int = 6


async def profile(registration: UUID) -> Profile:
    """The profile of a registration; an empty one before anything was declared."""
    found = await db.row(
        Profile, "SELECT target_roles, skills, languages, contracts, level, about, max_meetings FROM profile WHERE registration = $1", registration
    )
    return found or Profile()


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role as its holder and organisers see it."""

    id: UUID
    name: str
    campus: str
    company: str
    approved: bool


async def roles_of(person: UUID) -> list[HeldRole]:
    """Roles in force or waiting for approval."""
    return await db.rows(
        HeldRole,
        """SELECT r.id, r.name, coalesce(c.name, '') AS campus, coalesce(o.name, '') AS company, r.approved_at IS NOT NULL AS approved
           FROM role r LEFT JOIN campus c ON c.id = r.campus LEFT JOIN company o ON o.id = r.company
           WHERE r.person = $1 AND r.ended_at IS NULL ORDER BY r.granted_at, r.id""",
        person,
    )


@dataclass(frozen=True, slots=True)
class GroupMember:
    """A person of a group as its referent sees them: the name they typed and the answer, nothing Forum knew before."""

    party: UUID
    group: str
    name: str
    state: str  # invited, confirmed, lapsed


async def groups_of(referent: UUID, *, now: datetime) -> dict[str, list[GroupMember]]:
    """The referent's groups, the newest first, by name and id, each with its people in order of name."""
    found = await db.rows(
        GroupMember,
        """SELECT p.id AS party, p.name AS "group", m.name, CASE WHEN m.answered_at IS NOT NULL THEN 'confirmed' WHEN m.expires_at > $2 THEN 'invited' ELSE 'lapsed' END AS state
           FROM party p JOIN party_member m ON m.party = p.id WHERE p.referent = $1 ORDER BY p.created_at DESC, p.id, plain(m.name), m.person""",
        referent, now,
    )  # fmt: skip
    groups: dict[str, list[GroupMember]] = {}
    for member in found:
        groups.setdefault(str(member.party), []).append(member)
    return groups


async def unanswered(person: UUID, *, now: datetime) -> list[str]:
    """Names of the groups that count on *person* and wait for their answer."""
    return await db.column(
        "SELECT p.name FROM party_member m JOIN party p ON p.id = m.party WHERE m.person = $1 AND m.answered_at IS NULL AND m.expires_at > $2 ORDER BY m.invited_at",
        person, now,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """A person in the organisers' search."""

    id: UUID
    name: str
    email: str
    purpose: str
    confirmed: bool
    cancelled: bool
    days: int
    roles: tuple[str, ...]


PAGE = 50


async def find_people(edition: UUID, words: str, *, offset: int = 0, campus: str | None = None) -> tuple[list[Found], int]:
    """People of the edition whose name or address has *words*, one page of them, and how many there are; *campus* keeps to those expected there."""
    pattern = "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    where = """FROM registration g JOIN person p ON p.id = g.person WHERE g.edition = $1 AND p.erased_at IS NULL AND (plain(p.name) LIKE plain($2) OR p.email ILIKE $2)
               AND ($3::text IS NULL OR EXISTS (SELECT 1 FROM registration_day d JOIN campus c ON c.id = d.campus
                                                WHERE d.registration = g.id AND c.slug = $3))"""
    count = int(await db.value(f"SELECT count(*) {where}", edition, pattern, campus))
    found = await db.rows(
        Found,
        f"""SELECT p.id, p.name, p.email, g.purpose, g.confirmed_at IS NOT NULL AS confirmed, g.cancelled_at IS NOT NULL AS cancelled,
                   (SELECT count(*) FROM registration_day d WHERE d.registration = g.id AND d.held_at IS NOT NULL) AS days,
                   coalesce((SELECT array_agg(r.name ORDER BY r.name) FROM role r WHERE r.person = p.id AND r.ended_at IS NULL), '{{}}') AS roles
            {where} ORDER BY plain(p.name), p.id LIMIT {PAGE} OFFSET $4""",
        edition, pattern, campus, offset,
    )  # fmt: skip
    return found, count


async def person_found(edition: UUID, person: UUID) -> Found | None:
    """One person as organisers see them."""
    return await db.row(
        Found,
        """SELECT p.id, p.name, p.email, coalesce(g.purpose, '') AS purpose, g.confirmed_at IS NOT NULL AS confirmed, g.cancelled_at IS NOT NULL AS cancelled,
                  (SELECT count(*) FROM registration_day d WHERE d.registration = g.id AND d.held_at IS NOT NULL) AS days, '{}'::text[] AS roles
           FROM person p LEFT JOIN registration g ON g.person = p.id AND g.edition = $1 WHERE p.id = $2 AND p.erased_at IS NULL""",
        edition, person,
    )  # fmt: skip


async def campus_names(edition: UUID) -> list[tuple[str, str]]:
    """(slug, "12 · Goutte-d'Or") of every campus, by number."""
    async with db.connection() as conn:
        found = await conn.fetch("SELECT slug, number, name FROM campus WHERE edition = $1 AND removed_at IS NULL ORDER BY number", edition)
    return [(row["slug"], f"{row['number']} · {row['name']}") for row in found]


@dataclass(frozen=True, slots=True)
class Visit:
    """What a guardian agrees to: on which days, to which campus first. Not who: an address mistyped reads it too."""

    agreed: bool
    days: list[date]
    campuses: list[str]


async def visit_of(token_hash: bytes, *, now: datetime) -> Visit | None:
    """The visit behind a guardian's link, None when the link is unknown or too old, or the visit cancelled."""
    return await db.row(
        Visit,
        """SELECT r.guardian_agreed_at IS NOT NULL AS agreed, coalesce(array_agg(d.day ORDER BY d.day) FILTER (WHERE d.day IS NOT NULL), '{}') AS days,
                  coalesce(array_agg(c.number || ' · ' || c.name ORDER BY d.day) FILTER (WHERE d.day IS NOT NULL), '{}') AS campuses
           FROM mail_link l JOIN registration r ON r.id = l.registration AND r.cancelled_at IS NULL JOIN person p ON p.id = r.person AND p.erased_at IS NULL
           LEFT JOIN registration_day d ON d.registration = r.id LEFT JOIN campus c ON c.id = d.campus
           WHERE l.token_hash = $1 AND l.purpose = 'guardian' AND l.expires_at > $2 GROUP BY r.guardian_agreed_at""",
        token_hash, now,
    )  # fmt: skip
