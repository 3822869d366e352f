"""Phones at the doors: made by an organiser, enrolled with one code, withdrawn when they should no longer open anything."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from forum import db, journal
from forum.badges.redeem import device_digest
from forum.errors import Forbidden, Invalid, NotFound
from forum.i18n import N_

ENROL_WITHIN = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Device:
    """One device as its token or an organiser sees it."""

    id: UUID
    edition: UUID
    name: str
    profile: str
    gates: list[UUID]
    created_at: datetime
    enrolled_at: datetime | None = None
    revoked_at: datetime | None = None
    seen_at: datetime | None = None
    unsent: int = 0
    clock_ms: int = 0


_SELECT = """SELECT d.id, d.edition, d.name, d.profile, d.created_at, d.enrolled_at, d.revoked_at, d.seen_at, d.unsent, d.clock_ms,
       ARRAY(SELECT g.gate FROM door_device_gate g WHERE g.device = d.id ORDER BY g.gate) AS gates FROM door_device d """


async def create(edition: UUID, name: str, gates: Sequence[UUID], profile: str, *, now: datetime, by: UUID | None) -> tuple[UUID, str]:
    """A new device for *gates* and the token its enrolment QR carries, good for half an hour. Raises Invalid without a gate."""
    if not gates:
        raise Invalid(N_("Choose at least one gate."), field="gates")
    token = secrets.token_urlsafe(24)
    async with db.transaction():
        device: UUID = await db.value(
            """INSERT INTO door_device (edition, name, profile, enrol_hash, enrol_until, created_at, created_by)
               VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id""",
            edition,
            name,
            profile,
            device_digest(token),
            now + ENROL_WITHIN,
            now,
            by,
        )
        await db.execute(
            """INSERT INTO door_device_gate (device, gate)
               SELECT $1, g.id FROM gate g JOIN campus c ON c.id = g.campus WHERE g.id = ANY($2) AND c.edition = $3 AND g.removed_at IS NULL""",
            device,
            list(gates),
            edition,
        )
        await _log("device.created", device, by, now)
    return device, token


async def enrol(token: str, *, now: datetime) -> tuple[Device, str]:
    """The device *token* enrols, and its own token from now on; an enrolment token works once. Raises Forbidden."""
    own = secrets.token_urlsafe(32)
    async with db.transaction():
        device: UUID | None = await db.value(
            """UPDATE door_device SET token_hash = $2, enrolled_at = $3, seen_at = $3, enrol_hash = NULL
               WHERE enrol_hash = $1 AND enrol_until > $3 AND revoked_at IS NULL RETURNING id""",
            device_digest(token),
            device_digest(own),
            now,
        )
        if device is None:
            raise Forbidden(N_("This enrolment code was used or is too old. Ask an organiser to show a new one."), code="enrolment")
        await _log("device.enrolled", device, None, now)
    found = await db.row(Device, _SELECT + "WHERE d.id = $1", device)
    assert found is not None
    return found, own


async def again(device: UUID, *, now: datetime, by: UUID | None) -> str:
    """A new enrolment token for a device that is to be set up again. Raises NotFound."""
    token = secrets.token_urlsafe(24)
    changed = await db.execute(
        "UPDATE door_device SET enrol_hash = $2, enrol_until = $3 WHERE id = $1 AND revoked_at IS NULL", device, device_digest(token), now + ENROL_WITHIN
    )
    if not changed:
        raise NotFound(N_("There is no such device."))
    return token


async def withdraw(device: UUID, *, now: datetime, by: UUID | None) -> None:
    """The device's token opens nothing from its next request on. Raises NotFound."""
    async with db.transaction():
        if not await db.execute(
            "UPDATE door_device SET revoked_at = $2, revoked_by = $3, enrol_hash = NULL WHERE id = $1 AND revoked_at IS NULL", device, now, by
        ):
            raise NotFound(N_("There is no such device."))
        await _log("device.revoked", device, by, now)


async def by_token(token: str) -> Device:
    """The device of *token*. Raises Forbidden when it is unknown or withdrawn."""
    found = await db.row(Device, _SELECT + "WHERE d.token_hash = $1", device_digest(token))
    if found is None:
        raise Forbidden(N_("This device is not enrolled. Ask an organiser to show its QR code."), code="device")
    if found.revoked_at is not None:
        raise Forbidden(N_("This device was withdrawn. What it still has to send can be exported; ask an organiser."), code="device_revoked")
    return found


async def all_of(edition: UUID) -> list[Device]:
    """Every device of *edition*, those in use first, by campus and name."""
    campus = "(SELECT min(c.number) FROM door_device_gate x JOIN gate g ON g.id = x.gate JOIN campus c ON c.id = g.campus WHERE x.device = d.id)"
    return await db.rows(Device, f"{_SELECT}WHERE d.edition = $1 ORDER BY d.revoked_at IS NOT NULL, {campus}, d.name, d.created_at", edition)


async def _log(action: str, device: UUID, by: UUID | None, now: datetime) -> None:
    await journal.note(action, actor=by, now=now, subject=device)
