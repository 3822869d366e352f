"""Signing in: a code or a link by mail, single use, ten minutes, bound to the browser that asked; then our own server-side sign-in."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from forum import db, mail
from forum.errors import Forbidden, Invalid, NotFound, TooOften
from forum.forms import email_address
from forum.i18n import N_, Message
from forum.people.proving import address_proven
from forum.sign_ins import digest

CODE_DIGITS = 8  # 26.6 bits, five tries: one chance in 20 million per request
CODE_LIVES = timedelta(minutes=10)
TRIES = 5
REQUESTS_PER_HOUR = 8  # per address, known here or not: mail is not a weapon
ABSOLUTE = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Request:
    """A sign-in somebody asked for."""

    id: UUID
    person: UUID | None
    browser_hash: bytes
    code_hash: bytes
    expires_at: datetime
    attempts: int
    used_at: datetime | None


def code_digest(request: UUID, code: str) -> bytes:
    """Slow on purpose: a leaked table must not give eight digits away in their ten minutes."""
    return hashlib.scrypt(code.encode(), salt=request.bytes, n=2**12, r=8, p=1, dklen=32)


async def ask(email: str, *, browser: str, now: datetime) -> UUID:
    """Ask for a code; the same answer whether the address is known or not. Raises Invalid for a text that is no address, TooOften."""
    address = email_address(email)
    request = UUID(bytes=secrets.token_bytes(16), version=4)
    code, link = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}", secrets.token_urlsafe(24)
    async with db.transaction():
        await _bounded(address, now)
        person: UUID | None = await db.value("SELECT id FROM person WHERE lower(email) = lower($1) AND erased_at IS NULL", address)
        await db.execute(
            """INSERT INTO sign_in_request (id, person, browser_hash, code_hash, link_hash, created_at, expires_at, address_hash)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""",
            request,
            person,
            digest(browser),
            code_digest(request, code),
            digest(link),
            now,
            now + CODE_LIVES,
            digest(address.lower()),
        )
        await mail.post("sign_in", person=person, facts={"code": f"{code[:4]} {code[4:]}", "link": f"/sign-in/link/{link}"}, now=now, until=now + CODE_LIVES)
    return request


async def _bounded(address: str, now: datetime) -> None:
    """Raises TooOften, known address or not: a mail that will not come must not be waited for."""
    hour = timedelta(hours=1)
    await db.lock(f"sign_in.{address.lower()}")
    oldest: datetime | None = await db.value(
        "SELECT created_at FROM sign_in_request WHERE address_hash = $1 AND created_at > $2 ORDER BY created_at DESC OFFSET $3 LIMIT 1",
        digest(address.lower()), now - hour, REQUESTS_PER_HOUR - 1,
    )  # fmt: skip
    if oldest is not None:
        raise TooOften(
            Message(N_("A code was asked for {count} times within an hour for this address. Use the newest mail, or wait an hour."), count=REQUESTS_PER_HOUR),
            seconds=int((oldest + hour - now).total_seconds()) + 1, field="email",
        )  # fmt: skip


async def by_code(request: UUID, code: str, *, browser: str, now: datetime) -> UUID:
    """The person who typed the right code in the browser that asked. Raises Invalid with what to do, TooOften after five wrong ones."""
    typed = "".join(code.split())
    async with db.transaction():
        found = await db.row(
            Request,
            """UPDATE sign_in_request SET attempts = attempts + 1 WHERE id = $1
               RETURNING id, person, browser_hash, code_hash, expires_at, attempts, used_at""",
            request,
        )
        if found is None or not hmac.compare_digest(found.browser_hash, digest(browser)):
            raise NotFound(N_("This sign-in was asked for in another browser. Start again here."))
        right = hmac.compare_digest(found.code_hash, code_digest(request, typed))
        person = await _use(found, now) if right and found.attempts <= TRIES else None
    if person is None:
        _explain_refusal(found, now)
    assert person is not None
    return person


def _explain_refusal(found: Request, now: datetime) -> None:
    if found.used_at is not None:
        raise Invalid(N_("This code has been used. Ask for a new one."), field="code")
    if found.expires_at <= now:
        raise Invalid(N_("This code is older than ten minutes. Ask for a new one."), field="code")
    if found.attempts > TRIES:
        raise TooOften(N_("Too many wrong codes. Ask for a new one."), field="code", seconds=0)
    raise Invalid(N_("This is not the code we sent. Look at the newest mail."), field="code")


async def by_link(token: str, *, browser: str, now: datetime) -> UUID:
    """The person who opened the link in the browser that asked. Raises Forbidden elsewhere, NotFound when used or too old."""
    async with db.transaction():
        found = await db.row(
            Request,
            "SELECT id, person, browser_hash, code_hash, expires_at, attempts, used_at FROM sign_in_request WHERE link_hash = $1 FOR UPDATE",
            digest(token),
        )
        if found is None:
            raise NotFound(N_("This link has been used or is too old. Sign in with your address instead."))
        if not hmac.compare_digest(found.browser_hash, digest(browser)):
            raise Forbidden(N_("This link works in the browser that asked for it. In another one, type the code of the same mail."))
        person = await _use(found, now)
    if person is None:
        raise NotFound(N_("This link has been used or is too old. Sign in with your address instead."))
    return person


async def _use(found: Request, now: datetime) -> UUID | None:
    """Spend the request: of fifty parallel uses one wins."""
    person: UUID | None = await db.value(
        "UPDATE sign_in_request SET used_at = $2 WHERE id = $1 AND used_at IS NULL AND expires_at > $2 RETURNING person", found.id, now
    )
    if person is not None:
        await address_proven(person, now=now)
    return person


async def start(person: UUID, *, now: datetime, replaces: bytes = b"", second_factor: bool = False) -> str:
    """A new sign-in; its token for the cookie. The id is always ours and always new: a planted cookie is worth nothing."""
    token = secrets.token_urlsafe(32)
    async with db.transaction():
        if replaces:
            await end(replaces, now=now)
        await db.execute(
            "INSERT INTO sign_in (token_hash, person, created_at, seen_at, expires_at, second_factor_at) VALUES ($1, $2, $3, $3, $4, $5)",
            digest(token),
            person,
            now,
            now + ABSOLUTE,
            now if second_factor else None,
        )
    return token


async def leave_out(since: datetime, until: datetime) -> None:
    """A rehearsal's clock jumps from *since* to *until*: nobody was away meanwhile, and nobody is signed out for it."""
    await db.execute("UPDATE sign_in SET seen_at = seen_at + ($2 - $1) WHERE ended_at IS NULL AND expires_at > $2", since, until)


async def end(token_hash: bytes, *, now: datetime) -> None:
    """End one sign-in; the row stays as its tombstone, so no slow request can revive it."""
    await db.execute("UPDATE sign_in SET ended_at = $2 WHERE token_hash = $1 AND ended_at IS NULL", token_hash, now)


async def end_all(person: UUID, *, now: datetime) -> int:
    """End every sign-in of a person (roles changed, account erased); how many there were."""
    return await db.execute("UPDATE sign_in SET ended_at = $2 WHERE person = $1 AND ended_at IS NULL", person, now)
