"""One scan at a door, online: one statement reads everything, the pure rule decides, one statement writes everything.

No lock is held while deciding. The write is conditional on the person's whereabouts being as they were read, and on the
campus having room: when somebody was faster, it writes nothing and the scan is decided again on what is true now.
"""

import base64
import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from forum import db
from forum.badges import doors, settle, vault
from forum.badges.admission import Around, Ask, Decision, Expected, Passage, Right, Seen, Standing, State, Way, decide
from forum.badges.codes import number_of
from forum.badges.doors import Door, Doors
from forum.badges.token import Badge, Refused, edition_mark, number_in, read
from forum.clock import local
from forum.errors import Conflict, Forbidden, Unavailable
from forum.i18n import N_

TRIES: Final = 50  # of one scan against others of the same person at the same moment
TYPED: Final = 24  # characters up to which a text is a typed code, with its spaces and dashes
EARLY: Final = timedelta(minutes=15)  # how far ahead of ours a phone's corrected clock may still be


@dataclass(frozen=True, slots=True)
class Scan:
    """What a device asks. `text` is the QR's text or a typed code; `gate` one of the device's; `at` when it happened."""

    nonce: str
    text: str
    gate: UUID
    way: Way
    at: datetime
    force: bool = False
    staff: str = ""
    device_at: datetime | None = None
    source: str = "online"


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose badge it is, for the screen of the door."""

    badge: UUID
    registration: UUID
    number: int
    name: str
    language: str
    role: str
    organisation: str = ""


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


_READ: Final = """
SELECT dv.id AS device, dv.profile, dv.revoked_at IS NOT NULL AS device_revoked,
       EXISTS (SELECT 1 FROM door_device_gate dg WHERE dg.device = dv.id AND dg.gate = $2) AS device_here,
       k.id AS known, k.badge AS known_badge, k.admitted, k.forced, k.detail, k.reason, k.warnings, k.facts,
       k.at AS known_at, k.gate AS known_gate, k.way AS known_way,
       b.id AS badge, b.number, b.token, b.role, b.printed_days, b.valid_from, b.valid_until, b.edition, b.revoked_at, b.replaced_by, b.blocked_at,
       r.id AS registration, r.cancelled_at, r.confirmed_at, r.step_free_need, p.name, p.language,
       ARRAY(SELECT d.day FROM registration_day d WHERE d.registration = r.id AND d.held_at IS NOT NULL ORDER BY d.day) AS held_days,
       w.campus AS in_campus, w.version, w.last_at, i.inside,
       h.ats, h.campuses, h.gates, h.gate_names, h.ways, h.days,
       n.slot AS next_slot, n.number AS next_table, n.campus AS next_campus
FROM door_device dv
LEFT JOIN check_in k ON k.nonce = $4
LEFT JOIN badge b ON b.number = $3
LEFT JOIN registration r ON r.id = b.registration
LEFT JOIN person p ON p.id = r.person
LEFT JOIN whereabouts w ON w.registration = r.id
LEFT JOIN campus_inside i ON i.campus = $5
LEFT JOIN LATERAL (
    SELECT array_agg(c.at) AS ats, array_agg(cc.number) AS campuses, array_agg(g.slug) AS gates, array_agg(g.name) AS gate_names,
           array_agg(c.way) AS ways, array_agg(c.day) AS days
    FROM check_in c JOIN campus cc ON cc.id = c.campus JOIN gate g ON g.id = c.gate
    WHERE c.registration = r.id AND c.admitted AND c.undone_at IS NULL AND (c.day = $7 OR c.id = w.check_in)
) h ON true
LEFT JOIN LATERAL (
    SELECT cl.slot, t.number, t.campus FROM claim cl JOIN meeting_table t ON t.id = cl.meeting_table
    WHERE cl.person = r.person AND cl.slot >= $6::timestamptz - interval '30 minutes' AND cl.slot < $6::timestamptz + interval '14 hours'
    ORDER BY cl.slot LIMIT 1
) n ON true
WHERE dv.token_hash = $1
"""

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
    for _ in range(TRIES):
        async with db.connection() as conn:
            row = await conn.fetchrow(_READ, key, scan.gate, -1 if number is None else number, scan.nonce, door.campus, scan.at, day)
        _check_device(row)
        if row["known"] is not None:
            return await _replay(row, standing, scan)
        ask, holder = await _ask(row, scan, standing, door, day.isoformat(), secret)
        decision = decide(ask)
        outcome = await _write(row, scan, door, day, decision, holder, now, standing.between)
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


async def _replay(row: Any, standing: Doors, scan: Scan) -> Outcome:
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
    return Outcome(decision, standing.by_id[scan.gate], row["known_at"], row["known"], _holder(row), row["inside"], True)


def _holder(row: Any) -> Holder | None:
    if row["badge"] is None:
        return None
    return Holder(row["badge"], row["registration"], row["number"], row["name"], row["language"], row["role"])


async def _ask(row: Any, scan: Scan, standing: Doors, door: Door, day: str, secret: bytes) -> tuple[Ask, Holder | None]:
    fault, seen, holder = await _seen(row, scan, standing.edition, secret)
    wall = local(scan.at, door.zone)
    ask = Ask(scan.way, _ms(scan.at), day, wall.hour * 60 + wall.minute, door.gate(), seen, fault, rules=standing.rules_of(door), force=scan.force)
    if holder is None:
        return ask, None
    return replace(ask, standing=_standing(row), around=_around(row, standing, door)), holder


async def _seen(row: Any, scan: Scan, edition: UUID, secret: bytes) -> tuple[str, Seen | None, Holder | None]:
    """What the text is: the stored token or code itself, or whatever reading it says is wrong with it."""
    typed = number_of(scan.text) if len(scan.text) <= TYPED else None
    if row["badge"] is not None and (row["token"] == scan.text or typed is not None):
        if row["edition"] != edition:
            return "other_edition", _stored(row), None
        return await _key_fault(row, scan, secret), _stored(row), _holder(row)
    if typed is not None:
        return "unknown_code", None, None
    result = read(scan.text, await vault.ring(secret), edition_mark(edition), scan.at)
    if isinstance(result, Badge):  # signed by us and not in the database: a restored backup; the signature counts, the record cannot
        return "unknown_code", None, None
    assert isinstance(result, Refused)
    fault = "binary" if any(character < " " or character == "\x7f" for character in scan.text) else result.fault
    return fault, None, None


async def _key_fault(row: Any, scan: Scan, secret: bytes) -> str:
    """A genuine token whose key is past its date."""
    if len(scan.text) <= TYPED:
        return ""
    key = (await vault.ring(secret)).key(_kid(row["token"]))
    return "" if key is not None and key.in_force(scan.at) else "key_retired"


def _kid(token: str) -> int:
    return base64.b32decode(token[:8])[1]


def _stored(row: Any) -> Seen:
    days = tuple(day.isoformat() for day in row["printed_days"])
    return Seen(row["number"], row["role"], _ms(row["valid_from"]), _ms(row["valid_until"]), (Right(days),) if days else ())


def _standing(row: Any) -> Standing:
    state: State = "valid"
    since = row["revoked_at"] or row["cancelled_at"] or row["blocked_at"]
    if row["revoked_at"] is not None:
        state = "reissued" if row["replaced_by"] is not None else "revoked"
    elif row["cancelled_at"] is not None:
        state = "cancelled"
    elif row["blocked_at"] is not None:
        state = "blocked"
    elif row["confirmed_at"] is None:
        state = "unapproved"
    days = row["printed_days"] if row["role"] in settle.WORKING else row["held_days"]
    rights = (Right(tuple(day.isoformat() for day in days)),) if days else ()
    return Standing(state, _ms(since) if since else 0, rights)


def _around(row: Any, standing: Doors, door: Door) -> Around:
    history = tuple(
        Passage(_ms(at), campus, gate, name, way, day.isoformat())
        for at, campus, gate, name, way, day in zip(*(row[c] or () for c in ("ats", "campuses", "gates", "gate_names", "ways", "days")), strict=True)
    )
    minutes, expected = None, None
    if row["in_campus"] in standing.campuses and row["in_campus"] != door.campus:
        minutes = standing.minutes(row["in_campus"], door.campus)
    if row["next_slot"] is not None and row["next_campus"] in standing.campuses:
        away, step_free = standing.minutes(door.campus, row["next_campus"]), standing.minutes(door.campus, row["next_campus"], step_free=True)
        if row["step_free_need"]:
            away = step_free
        number = standing.campuses[row["next_campus"]][0]
        expected = Expected(number, _ms(row["next_slot"]), away, away == step_free, "meeting", str(row["next_table"]))
    return Around(history, True, row["inside"] or 0, True, door.capacity, minutes, expected, True)


async def _write(
    row: Any, scan: Scan, door: Door, day: date, decision: Decision, holder: Holder | None, now: datetime, between: settle.Travel
) -> Outcome | None:
    """The record of the decision, and the move it means; None when something changed under it."""
    admitted = decision.status == "ok"
    moves = admitted and (scan.way == "entry" or row["in_campus"] == door.campus)
    facts = msgspec.json.encode(decision.facts).decode()
    common = (scan.staff, scan.way, scan.at, scan.device_at, now, day)
    said = (decision.forced, decision.detail, decision.reason, list(decision.warnings), facts, scan.source)
    if not moves or holder is None or (row["last_at"] is not None and scan.at <= row["last_at"]):
        ids = (holder.badge, holder.registration) if holder else (None, None)
        values = (scan.nonce, *ids, door.campus, scan.gate, row["device"], *common, admitted, *said, "" if holder else shown(scan.text), door.campus_slug)
        if admitted and moves and holder is not None:
            return await _late(values, decision, door, scan, holder, now, between)
        check_in = await db.value(_NOTE, *values)
        return None if check_in is None else Outcome(decision, door, scan.at, check_in, holder, row["inside"])
    entered, left = (door.campus if scan.way == "entry" else None), row["in_campus"]
    changed = [] if entered == left else [campus for campus in (entered, left) if campus is not None]
    limit = None if decision.forced or not changed or entered is None or not door.capacity else door.capacity
    async with db.connection() as conn:
        written = await conn.fetchrow(
            _MOVE, holder.registration, row["version"], changed, limit, entered,
            scan.nonce, holder.badge, door.campus, scan.gate, row["device"], *common, *said, door.campus_slug,
        )  # fmt: skip
    if written is None:
        return None
    return Outcome(decision, door, scan.at, written["id"], holder, written["inside"] if changed else row["inside"])


async def _late(values: tuple[Any, ...], decision: Decision, door: Door, scan: Scan, holder: Holder, now: datetime, between: settle.Travel) -> Outcome | None:
    """A scan from before the last passage counted: recorded in its place, and the person's whereabouts worked out again."""
    async with db.transaction():
        check_in = await db.value(_NOTE, *values)
        if check_in is None:
            return None
        await settle.settle([holder.registration], now=now, travel=between)
        inside = await db.value("SELECT inside FROM campus_inside WHERE campus = $1", door.campus)
    return Outcome(decision, door, scan.at, check_in, holder, inside)


def shown(text: str) -> str:
    """A refused text as it is kept: 400 characters at most, bytes that are no text as base64 behind `binary:`."""
    if any(character < " " or character == "\x7f" or "\ud800" <= character <= "\udfff" for character in text):
        return ("binary:" + base64.b64encode(text.encode("utf-8", "surrogatepass")).decode())[:400]
    return text[:400]


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
