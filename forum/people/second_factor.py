"""The second factor of organisers and admins: TOTP (RFC 6238), its secret encrypted, no code accepted twice."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pyotp
from cryptography.fernet import Fernet

from forum import db, journal
from forum.errors import Invalid, NotFound, TooOften
from forum.i18n import N_
from forum.people import sign_in

STEP_SECONDS = 30
DRIFT_STEPS = 1  # one step early or late: clocks of phones
FAILURES = 5
LOCKED_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Setup:
    """What the page shows: nothing once confirmed, else the secret to type and the address for the QR code."""

    confirmed: bool
    key: str = ""
    uri: str = ""


@dataclass(frozen=True, slots=True)
class _Row:
    secret: bytes
    confirmed_at: datetime | None
    last_step: int
    failures: int
    locked_until: datetime | None


def _vault(secret: bytes) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"second-factor:" + secret).digest()))


async def setup(person: UUID, email: str, *, secret: bytes, now: datetime) -> Setup:
    """The person's second factor, prepared at the first visit and shown until it is confirmed."""
    await db.execute(
        "INSERT INTO second_factor (person, secret, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        person,
        _vault(secret).encrypt(pyotp.random_base32().encode()),
        now,
    )
    found = await db.row(_Row, "SELECT secret, confirmed_at, last_step, failures, locked_until FROM second_factor WHERE person = $1", person)
    assert found is not None
    if found.confirmed_at is not None:
        return Setup(True)
    key = _vault(secret).decrypt(found.secret).decode()
    return Setup(False, key, pyotp.TOTP(key).provisioning_uri(name=email, issuer_name="Forum"))


async def forget(person: UUID, *, by: UUID | None, now: datetime) -> None:
    """A lost authenticator: the person sets a new one up at the next sign-in; every sign-in of theirs ends. Raises NotFound when there is none."""
    async with db.transaction():
        if not await db.execute("DELETE FROM second_factor WHERE person = $1", person):
            raise NotFound(N_("This person has no second factor."))
        await sign_in.end_all(person, now=now)
        await journal.note("second_factor.removed", actor=by, now=now, subject=person)


async def check(person: UUID, code: str, *, secret: bytes, now: datetime) -> None:
    """Accept *code* once. Raises Invalid with what to do; five wrong codes lock for ten minutes: TooOften."""
    typed = "".join(code.split())
    async with db.transaction():
        found = await db.row(_Row, "SELECT secret, confirmed_at, last_step, failures, locked_until FROM second_factor WHERE person = $1 FOR UPDATE", person)
        locked = found is not None and found.locked_until is not None and found.locked_until > now
        step = None if found is None or locked else _step(pyotp.TOTP(_vault(secret).decrypt(found.secret).decode()), typed, now, after=found.last_step)
        if step is not None:
            await db.execute(
                "UPDATE second_factor SET last_step = $2, failures = 0, locked_until = NULL, confirmed_at = coalesce(confirmed_at, $3) WHERE person = $1",
                person,
                step,
                now,
            )
        elif not locked:
            await db.execute(
                """UPDATE second_factor SET failures = (failures + 1) % $2,
                   locked_until = CASE WHEN failures + 1 >= $2 THEN $3 ELSE locked_until END WHERE person = $1""",
                person,
                FAILURES,
                now + LOCKED_FOR,
            )
    if locked:
        raise TooOften(N_("Too many wrong codes. Wait ten minutes."), field="code", seconds=int(LOCKED_FOR.total_seconds()))
    if step is None:
        raise Invalid(N_("This is not the code your app shows now."), field="code")


def _step(totp: pyotp.TOTP, typed: str, now: datetime, *, after: int) -> int | None:
    """The time step *typed* belongs to, if it is near *now* and newer than the last one accepted."""
    present = int(now.timestamp()) // STEP_SECONDS
    steps = range(max(after + 1, present - DRIFT_STEPS), present + DRIFT_STEPS + 1)
    return next((step for step in steps if pyotp.utils.strings_equal(totp.generate_otp(step), typed)), None)
