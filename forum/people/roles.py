"""Roles: asked for, approved, granted, ended; every change ends the person's sign-ins, so nobody acts with yesterday's rights."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from forum import db, journal, mail
from forum.access import NEEDS_SECOND_FACTOR, Principal
from forum.editions import Edition
from forum.errors import Forbidden, Invalid, NotFound
from forum.i18n import N_
from forum.live import outbox
from forum.people import sign_in

EVERYWHERE = frozenset({"admin", "dpo"})  # not of one edition, and given by administrators only
OF_A_CAMPUS = frozenset({"campus_organiser", "door"})


@dataclass(frozen=True, slots=True)
class Asked:
    """A role somebody asked for and nobody has decided on."""

    id: UUID
    person: UUID
    person_name: str
    email: str
    role: str
    company: UUID | None
    company_name: str
    company_known: bool
    asked_at: datetime


async def asked(edition: UUID) -> list[Asked]:
    """Roles that wait for an organiser, oldest first."""
    return await db.rows(
        Asked,
        """SELECT r.id, r.person, p.name AS person_name, p.email, r.name AS role, r.company, coalesce(c.name, '') AS company_name,
                  c.approved_at IS NOT NULL AS company_known, r.granted_at AS asked_at
           FROM role r JOIN person p ON p.id = r.person AND p.confirmed_at IS NOT NULL LEFT JOIN company c ON c.id = r.company
           WHERE r.edition = $1 AND r.approved_at IS NULL AND r.ended_at IS NULL AND r.name IN ('recruiter', 'company_admin', 'speaker', 'press')
           ORDER BY r.granted_at, r.id""",
        edition,
    )


async def approve(role: UUID, *, by: Principal, now: datetime) -> None:
    """Let the person act in the role; a recruiter's company is approved with the first of its people. Raises NotFound when it was decided already."""
    async with db.transaction():
        found = await db.row(
            _Decided,
            """UPDATE role SET approved_at = $2, approved_by = $3 WHERE id = $1 AND approved_at IS NULL AND ended_at IS NULL
               RETURNING person, name, company""",
            role, now, by.person,
        )  # fmt: skip
        if found is None:
            raise NotFound(N_("This request has been decided already."))
        if found.company is not None:
            await db.execute("UPDATE company SET approved_at = $2, approved_by = $3 WHERE id = $1 AND approved_at IS NULL", found.company, now, by.person)
        await journal.note("role.approved", actor=by.person, now=now, subject=role)
        await mail.post("role_approved", person=found.person, now=now, facts={"role": found.name})
        await _changed(found.person)


async def decline(role: UUID, *, by: Principal, now: datetime) -> None:
    """Say no; the person keeps their registration as a visitor. Raises NotFound when it was decided already."""
    async with db.transaction():
        found = await db.row(
            _Decided, "UPDATE role SET ended_at = $2 WHERE id = $1 AND approved_at IS NULL AND ended_at IS NULL RETURNING person, name, company", role, now
        )
        if found is None:
            raise NotFound(N_("This request has been decided already."))
        await db.execute(
            "UPDATE registration SET purpose = 'visitor' WHERE person = $1 AND purpose = $2 AND edition = (SELECT edition FROM role WHERE id = $3)",
            found.person, found.name, role,
        )  # fmt: skip
        await journal.note("role.declined", actor=by.person, now=now, subject=role)
        await mail.post("role_declined", person=found.person, now=now, facts={"role": found.name})
        await _changed(found.person)


@dataclass(frozen=True, slots=True)
class _Decided:
    person: UUID
    name: str
    company: UUID | None


async def grant(edition: Edition, person: UUID, name: str, campus_slug: str, *, by: Principal, now: datetime) -> None:
    """Give a role. Only administrators make administrators. Raises Invalid for a missing campus, Forbidden, NotFound."""
    if name in EVERYWHERE and not by.has("admin"):
        raise Forbidden(N_("Only an administrator can give this role."))
    campus = await db.value("SELECT id FROM campus WHERE edition = $1 AND slug = $2", edition.id, campus_slug) if name in OF_A_CAMPUS else None
    if name in OF_A_CAMPUS and campus is None:
        raise Invalid(N_("Choose the campus of this role."), field="campus")
    async with db.transaction():
        if await db.value("SELECT 1 FROM person WHERE id = $1 AND erased_at IS NULL", person) is None:
            raise NotFound(N_("There is no such person."))
        await db.execute(
            """INSERT INTO role (person, edition, name, campus, granted_at, granted_by, approved_at, approved_by)
               VALUES ($1, $2, $3, $4, $5, $6, $5, $6)
               ON CONFLICT (person, name, edition, campus, company) WHERE ended_at IS NULL
               DO UPDATE SET approved_at = coalesce(role.approved_at, excluded.approved_at), approved_by = coalesce(role.approved_by, excluded.approved_by)""",
            person, None if name in EVERYWHERE else edition.id, name, campus, now, by.person,
        )  # fmt: skip
        await journal.note("role.granted", actor=by.person, now=now, subject=person, campus=campus, facts={"role": name})
        await _changed(person)
        if name in NEEDS_SECOND_FACTOR:
            await sign_in.end_all(person, now=now)


async def end(role: UUID, *, by: Principal, now: datetime) -> UUID:
    """Take a role back; the person is signed out everywhere. The person's id. Raises NotFound."""
    async with db.transaction():
        found = await db.row(_Decided, "UPDATE role SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL RETURNING person, name, company", role, now)
        if found is None or (found.name in EVERYWHERE and not by.has("admin")):
            raise NotFound(N_("There is no such role."))
        await sign_in.end_all(found.person, now=now)
        await journal.note("role.ended", actor=by.person, now=now, subject=role)
        await _changed(found.person)
    return found.person


async def _changed(person: UUID) -> None:
    await outbox.emit(f"person.{person}", "roles.changed", person)
