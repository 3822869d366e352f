"""Consent per company for name, CV and contact: given, taken back, and every look written down."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from forum import db
from forum.editions import Edition
from forum.live import outbox
from forum.matchmaking import places

TEXT_VERSION: Final = "share-1"  # of the words beside the boxes; a new wording asks again


@dataclass(frozen=True, slots=True)
class Shared:
    """What one company may see of the person."""

    company: UUID
    slug: str
    name: str
    what: list[str]
    has_meeting: bool


async def consents_of(person: UUID, edition: UUID) -> list[Shared]:
    """Every company the person wishes for, meets, or shares something with."""
    return await db.rows(
        Shared,
        """SELECT c.id AS company, c.slug, c.name,
                  ARRAY(SELECT substr(k.purpose, 7) FROM consent k WHERE k.person = $1 AND k.company = c.id AND k.purpose LIKE 'share:%' AND k.withdrawn_at IS NULL ORDER BY 1) AS what,
                  EXISTS (SELECT 1 FROM meeting m WHERE m.candidate = $1 AND m.company = c.id AND m.state IN ('proposed', 'accepted', 'running', 'held')) AS has_meeting
           FROM company c WHERE c.edition = $2 AND (
               EXISTS (SELECT 1 FROM wish w WHERE w.candidate = $1 AND w.company = c.id AND w.withdrawn_at IS NULL)
               OR EXISTS (SELECT 1 FROM meeting m WHERE m.candidate = $1 AND m.company = c.id)
               OR EXISTS (SELECT 1 FROM consent k WHERE k.person = $1 AND k.company = c.id AND k.withdrawn_at IS NULL)) ORDER BY plain(c.name)""",
        person,
        edition,
    )


async def share(edition: Edition, person: UUID, company: UUID, what: set[str], *, now: datetime) -> None:
    """From now on *company* may see exactly *what* ("name", "cv", "contact"). Raises NotFound for an unknown company when something is given."""
    if what:
        await places.firm_by_id(edition.id, company)
    async with db.transaction():
        await db.execute(
            "UPDATE consent SET withdrawn_at = $4 WHERE person = $1 AND company = $2 AND purpose LIKE 'share:%' AND purpose <> ALL($3) AND withdrawn_at IS NULL",
            person, company, [f"share:{item}" for item in what], now,
        )  # fmt: skip
        await db.execute(
            """INSERT INTO consent (person, purpose, company, text_version, given_at) SELECT $1, p, $2, $4, $5 FROM unnest($3::text[]) AS p
               ON CONFLICT (person, purpose, company) WHERE withdrawn_at IS NULL DO NOTHING""",
            person, company, [f"share:{item}" for item in sorted(what)], TEXT_VERSION, now,
        )  # fmt: skip
        await outbox.emit_many([(f"person.{person}", "consent.changed", str(company)), (f"company.{company}", "consent.changed", str(person))])


@dataclass(frozen=True, slots=True)
class Look:
    """One access to what a person shares."""

    company: str
    what: str
    by: str
    at: datetime


LOOKS: Final = 50  # on one page


async def looks_at(person: UUID, page: int = 1) -> tuple[list[Look], int]:
    """(one page of who saw what, newest first; how many looks there were)."""
    total: int = await db.value("SELECT count(*) FROM disclosure WHERE person = $1", person)
    return await db.rows(
        Look,
        """SELECT c.name AS company, d.what, p.name AS by, d.at FROM disclosure d JOIN company c ON c.id = d.company JOIN person p ON p.id = d.seen_by
           WHERE d.person = $1 ORDER BY d.at DESC, d.id DESC LIMIT $2 OFFSET $3""",
        person, LOOKS, (page - 1) * LOOKS,
    ), total  # fmt: skip


async def shown(person: UUID, company: UUID) -> frozenset[str]:
    """What the company may see of the person now."""
    return frozenset(
        await db.column(
            "SELECT substr(purpose, 7) FROM consent WHERE person = $1 AND company = $2 AND purpose LIKE 'share:%' AND withdrawn_at IS NULL", person, company
        )
    )


async def note_look(person: UUID, company: UUID, what: str, *, by: UUID, now: datetime) -> None:
    """Write one look down, as `note_looks`."""
    await note_looks([person], company, what, by=by, now=now)


async def note_looks(people: Collection[UUID], company: UUID, what: str, *, by: UUID, now: datetime) -> None:
    """Write a look at each of *people* down; the same look again within an hour is the same look."""
    if not people:
        return
    await db.execute(
        """INSERT INTO disclosure (person, company, what, seen_by, at)
           SELECT p, $2, $3, $4, $5::timestamptz FROM (SELECT DISTINCT unnest($1::uuid[]) AS p) q WHERE NOT EXISTS (
               SELECT 1 FROM disclosure WHERE person = p AND company = $2 AND what = $3 AND seen_by = $4 AND at > $5::timestamptz - interval '1 hour')""",
        list(people), company, what, by, now,
    )  # fmt: skip
