"""Reads about people: registrations, campuses to choose from, approvals."""

from dataclasses import dataclass, replace
from datetime import date
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
