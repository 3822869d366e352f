"""One scan at a door, online: one statement reads everything, the pure rule decides, one statement writes everything.

No lock is held while deciding. The write is conditional on the person's whereabouts being as they were read, and on the
campus having room: when somebody was faster, it writes nothing and the scan is decided again on what is true now. Both
statements are shared by the scans of the same moment (`together`).
"""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import msgspec

from forum import db
from forum.badges import doors, settle, vault
from forum.badges.admission import decide
from forum.badges.asking import READ, TYPED, Scan, ask_of, holder_of
from forum.badges.codes import number_of
from forum.badges.doors import Doors
from forum.badges.question import Decision
from forum.badges.recording import NOTE, Outcome, Record
from forum.badges.token import number_in
from forum.clock import local
from forum.errors import Conflict, Forbidden, Unavailable
from forum.i18n import N_

TRIES: Final = 50  # of one scan against others of the same person at the same moment
EARLY: Final = timedelta(minutes=15)  # how far ahead of ours a phone's corrected clock may still be


@lru_cache(1000)
def device_digest(token: str) -> bytes:
    """What is stored of a device's token."""
    return hashlib.sha256(token.encode()).digest()


async def redeem(device_token: str, edition: UUID, scan: Scan, *, now: datetime, secret: bytes) -> Outcome:
    """Decide *scan* and record it, once per nonce. Raises Forbidden for a device that is unknown, revoked or of another gate."""
    standing = await doors.of(edition)
    door = standing.by_id.get(scan.gate)
    if door is None:
        raise Forbidden(N_("This device is not enrolled for that gate."), code="gate")
    scan = replace(scan, at=min(scan.at, now + EARLY))
    day = local(scan.at, door.zone).date()
    number = number_of(scan.text) if len(scan.text) <= TYPED else number_in(scan.text)
    question = (device_digest(device_token), scan.gate, -1 if number is None else number, scan.nonce, door.campus, scan.at, day)
    ring = await vault.ring(secret)
    for _ in range(TRIES):
        row = await READ.ask(*question)
        _check_device(row)
        if row["known"] is not None:
            return _replay(row, standing, scan)
        ask, holder = ask_of(row, scan, standing, door, day.isoformat(), ring)
        record = Record(row, scan, door, day, decide(ask), holder, now)
        outcome = await (_late(record, standing) if record.is_late else record.write())
        if outcome is not None:
            return outcome
    raise Unavailable(N_("This badge is being scanned at many doors at once. Scan it again."))


def _check_device(row: Any) -> None:
    if row["device"] is None:
        raise Forbidden(N_("This device is not enrolled. Ask an organiser to show its QR code."), code="device")
    if row["device_revoked"]:
        raise Forbidden(N_("This device was withdrawn. What it still has to send can be exported; ask an organiser."), code="device_revoked")
    if not row["device_here"]:
        raise Forbidden(N_("This device is not enrolled for that gate."), code="gate")


def _replay(row: Any, standing: Doors, scan: Scan) -> Outcome:
    """The first answer again. Raises Conflict when the nonce was another scan's."""
    if row["known_gate"] != scan.gate or row["known_way"] != scan.way or (row["known_badge"] is not None and row["known_badge"] != row["badge"]):
        raise Conflict(N_("This nonce was used for another scan."), code="nonce")
    decision = Decision(
        "ok" if row["admitted"] else "error",
        row["detail"],
        row["reason"],
        "ok" if row["admitted"] else "stop",
        forced=row["forced"],
        warnings=tuple(row["warnings"]),
        facts=msgspec.json.decode(row["facts"]),
    )
    return Outcome(decision, standing.by_id[scan.gate], row["known_at"], row["known"], holder_of(row), row["inside"], True)


async def _late(record: Record, standing: Doors) -> Outcome | None:
    """A scan from before the last passage counted: recorded in its place, and the person's whereabouts worked out again."""
    assert record.holder is not None
    async with db.transaction(), db.connection() as conn:
        written = await conn.fetchrow(NOTE.alone, *record.note())
        if written is None:
            return None
        await settle.settle([record.holder.registration], now=record.now, travel=standing.between)
        inside = await db.value("SELECT inside FROM campus_inside WHERE campus = $1", record.door.campus)
    return record.outcome(written["id"], inside)
