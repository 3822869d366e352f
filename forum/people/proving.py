"""An address is proven: by the button of a mailed link, or by signing in with a code. What waited for it is confirmed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from forum import db, jobs
from forum.errors import NotFound
from forum.i18n import N_
from forum.live import outbox
from forum.sign_ins import digest


@dataclass(frozen=True, slots=True)
class Proven:
    """Who confirmed. Only a `first` proof may sign in: an account that has a history is opened by a code, never by an old mail."""

    person: UUID
    first: bool


@dataclass(frozen=True, slots=True)
class _Link:
    person: UUID
    party: UUID | None
    first: bool


async def confirm(token: str, *, now: datetime) -> Proven:
    """Spend *token*: the address is proven, the registration stands, a group learns the answer. Raises NotFound when unknown, used or too old."""
    async with db.transaction():
        link = await db.row(
            _Link,
            """UPDATE mail_link l SET used_at = $2 FROM person p
               WHERE l.token_hash = $1 AND l.purpose = 'confirm' AND l.used_at IS NULL AND l.expires_at > $2 AND p.id = l.person AND p.erased_at IS NULL
               RETURNING l.person, l.party, p.confirmed_at IS NULL AS first""",
            digest(token), now,
        )  # fmt: skip
        if link is None:
            raise NotFound(N_("This link has been used or is too old. Sign in with your address instead."))
        if link.party is not None:
            await _joins(link.party, link.person, now)
        await address_proven(link.person, now=now, also_by_others=True)
    return Proven(link.person, link.first)


async def address_proven(person: UUID, *, now: datetime, also_by_others: bool = False) -> None:
    """Confirm *person* and the registrations they made themselves; *also_by_others* those that a referent made."""
    await db.execute("UPDATE person SET confirmed_at = coalesce(confirmed_at, $2) WHERE id = $1", person, now)
    for registration in await db.column(
        """UPDATE registration SET confirmed_at = $2 WHERE person = $1 AND confirmed_at IS NULL AND cancelled_at IS NULL AND (party IS NULL OR $3)
           RETURNING id""",
        person, now, also_by_others,
    ):  # fmt: skip
        await outbox.emit(f"person.{person}", "registration.confirmed", registration)
        await jobs.enqueue("badges.issue", {"registration": str(registration)})


async def joins_all(person: UUID, *, now: datetime) -> None:
    """Confirm what referents registered *person* for, and answer their groups: the person is signed in and pressed the button."""
    async with db.transaction():
        for party in await db.column("SELECT party FROM party_member WHERE person = $1 AND answered_at IS NULL AND expires_at > $2", person, now):
            await _joins(party, person, now)
        await address_proven(person, now=now, also_by_others=True)


async def _joins(party: UUID, person: UUID, now: datetime) -> None:
    """The person comes with the group; of a company's team, they ask to recruit for it and wait for an organiser."""
    await db.execute("UPDATE party_member SET answered_at = $3 WHERE party = $1 AND person = $2 AND answered_at IS NULL", party, person, now)
    await db.execute(
        """UPDATE registration r SET party = $1, version = version + 1 FROM party p
           WHERE p.id = $1 AND r.person = $2 AND r.edition = p.edition AND r.party IS NULL AND r.cancelled_at IS NULL""",
        party, person,
    )  # fmt: skip
    await db.execute(
        """INSERT INTO role (person, edition, name, company, granted_at) SELECT $2, edition, 'recruiter', company, $3 FROM party WHERE id = $1 AND company IS NOT NULL
           ON CONFLICT DO NOTHING""",
        party, person, now,
    )  # fmt: skip
