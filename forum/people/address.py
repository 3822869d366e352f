"""Changing one's own address: a code sent to the new one proves it, the old one is told. Whether an address is known here is never said."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from uuid import UUID

import asyncpg

from forum import db, journal, mail
from forum.errors import Invalid, NotFound, TooOften
from forum.forms import email_address
from forum.i18n import N_
from forum.people.sign_in import CODE_DIGITS, CODE_LIVES, REQUESTS_PER_HOUR, TRIES, code_digest

RECENT = timedelta(minutes=15)  # a sign-in as old as this may not change the address: the phone may lie on a table


@dataclass(frozen=True, slots=True)
class _Change:
    email: str
    code_hash: bytes
    expires_at: datetime
    attempts: int
    used_at: datetime | None


async def is_recent(token_hash: bytes, *, now: datetime) -> bool:
    """Whether the person proved who they are a moment ago."""
    since = await db.value("SELECT greatest(created_at, second_factor_at) FROM sign_in WHERE token_hash = $1 AND ended_at IS NULL", token_hash)
    return since is not None and since > now - RECENT


async def ask(person: UUID, email: str, *, now: datetime) -> UUID:
    """Send a code to *email*, or to its owner a word that somebody asked; the same statements and the same answer. Raises Invalid."""
    address = email_address(email)
    change, code = UUID(bytes=secrets.token_bytes(16), version=4), f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    async with db.transaction():
        if await db.value("SELECT count(*) FROM address_change WHERE person = $1 AND created_at > $2", person, now - timedelta(hours=1)) >= REQUESTS_PER_HOUR:
            raise TooOften(N_("Too many tries. Wait a little and try again."), field="email", seconds=3600)
        owner: UUID | None = await db.value("SELECT id FROM person WHERE lower(email) = lower($1) AND id <> $2", address, person)
        await db.execute(
            "INSERT INTO address_change (id, person, email, code_hash, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
            change, person, "" if owner else address, code_digest(change, code), now, now + CODE_LIVES,
        )  # fmt: skip
        if owner is None:
            await mail.post("address_change", person=person, to=address, facts={"code": f"{code[:4]} {code[4:]}"}, now=now, until=now + CODE_LIVES)
        else:
            await mail.post("address_in_use", person=owner, now=now)
    return change


async def prove(person: UUID, change: UUID, code: str, *, now: datetime) -> None:
    """The right code changes the address: the old one is told, sign-ins stay, codes on their way to the old one end. Raises Invalid, NotFound."""
    async with db.transaction():
        found = await db.row(
            _Change,
            "UPDATE address_change SET attempts = attempts + 1 WHERE id = $1 AND person = $2 RETURNING email, code_hash, expires_at, attempts, used_at",
            change, person,
        )  # fmt: skip
        if found is None:
            raise NotFound(N_("There is no such page."))
        right = compare_digest(found.code_hash, code_digest(change, "".join(code.split()))) and bool(found.email) and found.attempts <= TRIES
        if right and found.used_at is None and found.expires_at > now:
            await _change(person, change, found.email, now)
            return
    _refuse(found, now)


async def _change(person: UUID, change: UUID, email: str, now: datetime) -> None:
    old = await db.value("SELECT email FROM person WHERE id = $1 FOR UPDATE", person)
    try:
        await db.execute("UPDATE person SET email = $2 WHERE id = $1", person, email)
    except asyncpg.UniqueViolationError as error:  # somebody registered with it meanwhile: they proved it too
        raise Invalid(N_("This address cannot be used. Try another one."), field="code") from error
    await db.execute("UPDATE address_change SET used_at = $2 WHERE id = $1", change, now)
    await db.execute("UPDATE sign_in_request SET expires_at = $2 WHERE person = $1 AND expires_at > $2", person, now)
    await db.execute("UPDATE mail_link SET expires_at = $2 WHERE person = $1 AND purpose = 'confirm' AND expires_at > $2", person, now)
    await mail.post("address_changed", person=person, to=old, now=now)
    await journal.note("person.address_changed", actor=person, now=now, subject=person)


def _refuse(found: _Change, now: datetime) -> None:
    if found.used_at is not None:
        raise Invalid(N_("This code has been used. Ask for a new one."), field="code")
    if found.expires_at <= now:
        raise Invalid(N_("This code is older than ten minutes. Ask for a new one."), field="code")
    if found.attempts > TRIES:
        raise TooOften(N_("Too many wrong codes. Ask for a new one."), field="code", seconds=0)
    raise Invalid(N_("This is not the code we sent. Look at the newest mail."), field="code")
