"""Registration at the door: a few fields, a badge at once, and the first entry with it; also for what a phone took down without a network.

The address is not proven at a door: the badge goes to it by mail, and somebody already registered is never handed another
person's badge for knowing their address. One walk-in per nonce, however often it is sent.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import msgspec

from forum import db, jobs
from forum.badges import doors, redeem, service
from forum.badges.asking import Scan
from forum.badges.codes import code_of
from forum.badges.devices import Device
from forum.badges.recording import Outcome
from forum.clock import local
from forum.errors import Conflict, Forbidden, Invalid
from forum.forms import email_address
from forum.i18n import N_
from forum.live import outbox

OLDEST = timedelta(days=3)  # a phone offline for longer than the edition lasts is not believed


class WalkInBody(msgspec.Struct, forbid_unknown_fields=True):
    """What the door asks a visitor. `at` milliseconds by the server's clock as the phone knows it, 0: now; `happened`: let in already, offline."""

    nonce: Annotated[str, msgspec.Meta(min_length=8, max_length=64)]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    email: Annotated[str, msgspec.Meta(min_length=3, max_length=254)]
    gate: UUID
    adult: bool
    language: Annotated[str, msgspec.Meta(pattern="^(fr|en)$")] = "fr"
    staff: Annotated[str, msgspec.Meta(max_length=40)] = ""
    at: int = 0
    happened: bool = False


@dataclass(frozen=True, slots=True)
class _Made:
    registration: UUID
    at: datetime


async def take(device: Device, token: str, asked: WalkInBody, *, now: datetime, secret: bytes) -> Outcome:
    """Register and let in, once per nonce. Raises Forbidden for a foreign gate, Invalid, Conflict for an address already registered."""
    standing = await doors.of(device.edition)
    door = standing.by_id.get(asked.gate)
    if door is None or asked.gate not in device.gates:
        raise Forbidden(N_("This device is not enrolled for that gate."), code="gate")
    if "\x00" in asked.nonce + asked.name + asked.staff or not asked.name.strip():
        raise Invalid(N_("Enter the name as it should stand on the badge."), field="name")
    if not asked.adult:
        raise Invalid(N_("Under 18, a parent or guardian must agree first: the desk explains how."), field="adult")
    at = now if not asked.at else max(now - OLDEST, min(datetime.fromtimestamp(asked.at / 1000, now.tzinfo), now))
    try:
        made = await _known(asked.nonce) or await _register(device, asked, door, at, now)
    except (Conflict, Invalid) as error:
        if asked.happened:
            await _keep(device, asked, error.code or error.field or "", at, now)
        raise
    badge = await service.issue(made.registration, secret=secret, now=now)
    number = await db.value("SELECT number FROM badge WHERE id = $1", badge)
    scan = Scan(asked.nonce, code_of(number), asked.gate, "entry", made.at, asked.happened, asked.staff)
    return await redeem.redeem(token, device.edition, scan, now=now, secret=secret)


async def _keep(device: Device, asked: WalkInBody, why: str, at: datetime, now: datetime) -> None:
    """Somebody is inside whom we cannot register: that it happened is kept, without the name."""
    facts = msgspec.json.encode({"walk_in": why, "gate": str(asked.gate), "at": at.isoformat(), "staff": asked.staff}).decode()
    await db.execute(
        """INSERT INTO check_in_evidence (nonce, device, body, created_at)
           SELECT $1, $2, $3, $4 WHERE NOT EXISTS (SELECT 1 FROM check_in_evidence WHERE nonce = $1 AND device = $2)""",
        asked.nonce, device.id, facts, now,
    )  # fmt: skip


async def _known(nonce: str) -> _Made | None:
    return await db.row(_Made, "SELECT registration, at FROM walk_in WHERE nonce = $1", nonce)


async def _register(device: Device, asked: WalkInBody, door: doors.Door, at: datetime, now: datetime) -> _Made:
    """A visitor's registration for that day and campus; a place if one is left, and none is needed for who is inside already."""
    email, day = email_address(asked.email), local(at, door.zone).date()
    async with db.transaction():
        await db.lock(f"walk-in-{asked.nonce}")
        known = await _known(asked.nonce)
        if known is not None:
            return known
        person = await db.value(
            "INSERT INTO person (email, name, language, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (lower(email)) DO UPDATE SET email = person.email RETURNING id",
            email, asked.name.strip(), asked.language, now,
        )  # fmt: skip
        registration = await db.value(
            """INSERT INTO registration (edition, person, purpose, created_at, confirmed_at) VALUES ($1, $2, 'visitor', $3, $3)
               ON CONFLICT (edition, person) DO NOTHING RETURNING id""",
            device.edition, person, now,
        )  # fmt: skip
        if registration is None:
            raise Conflict(N_("This address is registered already: ask for the badge in “My day”, or search by name."), code="registered")
        taken = await db.execute("UPDATE campus_day SET taken = taken + 1 WHERE campus = $1 AND day = $2 AND taken < places", door.campus, day)
        if not taken and not asked.happened:
            raise Conflict(N_("No place is left on this campus today."), code="full")
        await db.execute(
            "INSERT INTO registration_day (registration, day, campus, asked_at, held_at) VALUES ($1, $2, $3, $4, $5)",
            registration, day, door.campus, now, now if taken else None,
        )  # fmt: skip
        await db.execute(
            "INSERT INTO walk_in (nonce, registration, device, staff, at, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
            asked.nonce, registration, device.id, asked.staff, at, now,
        )  # fmt: skip
        await jobs.enqueue("badges.issue", {"registration": str(registration)})
        await outbox.emit("edition", "registration.created", registration)
    return _Made(registration, at)
