"""One scan at a door, online: one statement reads everything, the pure rule decides, one statement writes everything.

No lock is held while deciding. The write is conditional on the person's whereabouts being as they were read, and on the
campus having room: when somebody was faster, it writes nothing and the scan is decided again on what is true now.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from forum import db
from forum.badges import doors, settle, vault
from forum.badges.admission import Decision, decide
from forum.badges.asking import READ, TYPED, Holder, Scan, ask_of, holder_of, shown
from forum.badges.codes import number_of
from forum.badges.doors import Door, Doors
from forum.badges.token import number_in
from forum.clock import local
from forum.errors import Conflict, Forbidden, Unavailable
from forum.i18n import N_

TRIES: Final = 50  # of one scan against others of the same person at the same moment
EARLY: Final = timedelta(minutes=15)  # how far ahead of ours a phone's corrected clock may still be


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to one scan; `check_in` is its record, `inside` the campus's count after it, `replayed` when the nonce was known."""

    decision: Decision
    door: Door
    at: datetime
    check_in: int
    holder: Holder | None = None
    inside: int | None = None
    replayed: bool = False


_MOVE: Final = """
WITH held AS (SELECT registration FROM whereabouts WHERE registration = $1 AND version = $2 FOR UPDATE),
room AS (SELECT campus, inside FROM campus_inside WHERE campus = ANY($3::uuid[]) AND EXISTS (SELECT 1 FROM held) ORDER BY campus FOR UPDATE),
ok AS (SELECT 1 FROM held WHERE $4::int IS NULL OR coalesce((SELECT inside FROM room WHERE campus = $5), 0) < $4),
recorded AS (
    INSERT INTO check_in (nonce, badge, registration, campus, gate, device, staff, way, at, device_at, created_at, day, admitted, forced, detail, reason,
                          warnings, facts, source)
    SELECT $6, $7, $1, $8, $9, $10, $11, $12, $13, $14, $15, $16, true, $17, $18, $19, $20, $21, $22 FROM ok
    ON CONFLICT ON CONSTRAINT one_check_in_per_nonce DO NOTHING RETURNING id),
moved AS (UPDATE whereabouts w SET campus = $5, since = $13, check_in = recorded.id, last_at = $13, version = w.version + 1
          FROM recorded WHERE w.registration = $1),
counted AS (UPDATE campus_inside c SET inside = c.inside + CASE WHEN c.campus = $5 THEN 1 ELSE -1 END
            FROM recorded WHERE c.campus = ANY($3::uuid[]) RETURNING c.campus, c.inside),
told AS (INSERT INTO event (topic, kind, ref) SELECT 'campus.' || $23, 'check_in', recorded.id::text FROM recorded)
SELECT recorded.id, (SELECT inside FROM counted WHERE campus = $8) AS inside FROM recorded
"""

_NOTE: Final = """
WITH recorded AS (
    INSERT INTO check_in (nonce, badge, registration, campus, gate, device, staff, way, at, device_at, created_at, day, admitted, forced, detail, reason,
                          warnings, facts, source, given)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
    ON CONFLICT ON CONSTRAINT one_check_in_per_nonce DO NOTHING RETURNING id),
told AS (INSERT INTO event (topic, kind, ref) SELECT 'campus.' || $21, 'check_in.refused', id::text FROM recorded WHERE NOT $13)
SELECT id FROM recorded
"""


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
    key = device_digest(device_token)
    ring = await vault.ring(secret)
    for _ in range(TRIES):
        async with db.connection() as conn:  # nothing else is asked of the pool while it is held
            row = await conn.fetchrow(READ, key, scan.gate, -1 if number is None else number, scan.nonce, door.campus, scan.at, day)
            _check_device(row)
            if row["known"] is not None:
                return _replay(row, standing, scan)
            ask, holder = ask_of(row, scan, standing, door, day.isoformat(), ring)
            record = Record(row, scan, door, day, decide(ask), holder, now)
            if not record.is_late:
                outcome = await record.write(conn)
        if record.is_late:
            outcome = await _late(record, standing)
        if outcome is not None:
            return outcome
    raise Unavailable(N_("This badge is being scanned at many doors at once. Scan it again."))


def _check_device(row: Any) -> None:
    if row is None:
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


@dataclass(frozen=True, slots=True)
class Record:
    """One decision on its way into the database."""

    row: Any
    scan: Scan
    door: Door
    day: date
    decision: Decision
    holder: Holder | None
    now: datetime

    @property
    def moves(self) -> bool:
        """Whether the person is somewhere else afterwards: leaving a campus one is not in moves nobody."""
        return self.decision.status == "ok" and self.holder is not None and (self.scan.way == "entry" or self.row["in_campus"] == self.door.campus)

    @property
    def is_late(self) -> bool:
        """Whether it happened before the last passage already counted."""
        return self.moves and self.row["last_at"] is not None and self.scan.at <= self.row["last_at"]

    async def write(self, conn: Any) -> Outcome | None:
        """The record of the decision and the move it means, in one statement; None when something changed under it."""
        return await (self._move(conn) if self.moves else self.note(conn))

    async def note(self, conn: Any) -> Outcome | None:
        """A record that moves nobody."""
        badge, registration = (self.holder.badge, self.holder.registration) if self.holder else (None, None)
        given = "" if self.holder else shown(self.scan.text)
        admitted = self.decision.status == "ok"
        values = (self.scan.nonce, badge, registration, *self._where(), admitted, *self._said(), given, self.door.campus_slug)
        check_in = await conn.fetchval(_NOTE, *values)
        return None if check_in is None else self._outcome(check_in, self.row["inside"])

    async def _move(self, conn: Any) -> Outcome | None:
        assert self.holder is not None
        entered, left = (self.door.campus if self.scan.way == "entry" else None), self.row["in_campus"]
        changed = [] if entered == left else [campus for campus in (entered, left) if campus is not None]
        limit = None if self.decision.forced or not changed or entered is None or not self.door.capacity else self.door.capacity
        condition = (self.holder.registration, self.row["version"], changed, limit, entered)
        written = await conn.fetchrow(_MOVE, *condition, self.scan.nonce, self.holder.badge, *self._where(), *self._said(), self.door.campus_slug)
        return None if written is None else self._outcome(written["id"], written["inside"] if changed else self.row["inside"])

    def _where(self) -> tuple[Any, ...]:
        scan = self.scan
        return (self.door.campus, scan.gate, self.row["device"], scan.staff, scan.way, scan.at, scan.device_at, self.now, self.day)

    def _said(self) -> tuple[Any, ...]:
        decision = self.decision
        facts = msgspec.json.encode(decision.facts).decode()
        return (decision.forced, decision.detail, decision.reason, list(decision.warnings), facts, self.scan.source)

    def _outcome(self, check_in: int, inside: int | None) -> Outcome:
        return Outcome(self.decision, self.door, self.scan.at, check_in, self.holder, inside)


async def _late(record: Record, standing: Doors) -> Outcome | None:
    """A scan from before the last passage counted: recorded in its place, and the person's whereabouts worked out again."""
    assert record.holder is not None
    async with db.transaction(), db.connection() as conn:
        outcome = await record.note(conn)
        if outcome is None:
            return None
        await settle.settle([record.holder.registration], now=record.now, travel=standing.between)
        inside = await db.value("SELECT inside FROM campus_inside WHERE campus = $1", record.door.campus)
    return replace(outcome, inside=inside)
