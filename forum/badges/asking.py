"""What the database says about one scan: the one statement that reads it, and the question for the rule made from its row."""

import base64
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from forum.badges.codes import number_of
from forum.badges.doors import Door, Doors
from forum.badges.keys import Ring
from forum.badges.question import Around, Ask, Expected, Passage, Right, Seen, Standing, State, Way
from forum.badges.settle import WORKING
from forum.badges.together import Together
from forum.badges.token import Badge, Refused, edition_mark, read
from forum.clock import local

TYPED: Final = 24  # characters up to which a text is a typed code, with its spaces and dashes


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


READ: Final = Together(
    """
SELECT q.n, dv.id AS device, dv.revoked_at IS NOT NULL AS device_revoked,
       EXISTS (SELECT 1 FROM door_device_gate dg WHERE dg.device = dv.id AND dg.gate = q.gate) AS device_here,
       k.id AS known, k.badge AS known_badge, k.admitted, k.forced, k.detail, k.reason, k.warnings, k.facts,
       k.at AS known_at, k.gate AS known_gate, k.way AS known_way,
       b.id AS badge, b.number, b.token, b.role, b.printed_days, b.valid_from, b.valid_until, b.edition, b.revoked_at, b.replaced_by, b.blocked_at,
       r.id AS registration, r.cancelled_at, r.confirmed_at, r.step_free_need, p.name, p.language,
       ARRAY(SELECT d.day FROM registration_day d WHERE d.registration = r.id AND d.held_at IS NOT NULL ORDER BY d.day) AS held_days,
       w.campus AS in_campus, w.version, w.last_at, i.inside,
       h.ats, h.campuses, h.gates, h.gate_names, h.ways, h.days,
       x.at AS next_at, x.campus AS next_campus, x.what AS next_what, x.place AS next_place
FROM {asked} AS q
LEFT JOIN door_device dv ON dv.token_hash = q.key
LEFT JOIN check_in k ON k.nonce = q.nonce
LEFT JOIN badge b ON b.number = q.number
LEFT JOIN registration r ON r.id = b.registration
LEFT JOIN person p ON p.id = r.person
LEFT JOIN whereabouts w ON w.registration = r.id
LEFT JOIN campus_inside i ON i.campus = q.campus
LEFT JOIN LATERAL (
    SELECT array_agg(c.at) AS ats, array_agg(cc.number) AS campuses, array_agg(g.slug) AS gates, array_agg(g.name) AS gate_names,
           array_agg(c.way) AS ways, array_agg(c.day) AS days
    FROM check_in c JOIN campus cc ON cc.id = c.campus JOIN gate g ON g.id = c.gate
    WHERE c.registration = r.id AND c.admitted AND c.undone_at IS NULL AND (c.day = q.day OR c.id = w.check_in)
) h ON true
LEFT JOIN LATERAL (
    SELECT e.* FROM (
        SELECT cl.slot AS at, t.campus, 'meeting' AS what, t.number::text AS place FROM claim cl JOIN meeting_table t ON t.id = cl.meeting_table
        WHERE cl.person = r.person AND cl.slot >= q.at - interval '30 minutes' AND cl.slot < q.at + interval '14 hours'
        UNION ALL
        SELECT cl.slot, t.campus, 'meeting', t.number::text FROM claim cl JOIN meeting_table t ON t.id = cl.meeting_table
        WHERE cl.recruiter = r.person AND cl.slot >= q.at - interval '30 minutes' AND cl.slot < q.at + interval '14 hours'
        UNION ALL
        SELECT ri.start_at, m.campus, 'session', m.name FROM seat s
        JOIN release_item ri ON ri.session = s.session AND ri.release = (SELECT l.id FROM release l WHERE l.edition = b.edition ORDER BY l.number DESC LIMIT 1)
        JOIN room m ON m.id = ri.room
        WHERE s.person = r.person AND s.ended_at IS NULL AND s.held_at IS NOT NULL AND NOT ri.cancelled
          AND ri.start_at >= q.at - interval '30 minutes' AND ri.start_at < q.at + interval '14 hours'
    ) e ORDER BY e.at LIMIT 1
) x ON true
""",
    "key bytea, gate uuid, number bigint, nonce text, campus uuid, at timestamptz, day date",
)


def holder_of(row: Any) -> Holder | None:
    """Whose badge the row is about, if it is about one."""
    if row["badge"] is None:
        return None
    return Holder(row["badge"], row["registration"], row["number"], row["name"], row["language"], row["role"])


def ask_of(row: Any, scan: Scan, standing: Doors, door: Door, day: str, ring: Ring) -> tuple[Ask, Holder | None]:
    """The question for the rule, and whose badge it is when it is one of ours."""
    fault, seen, holder = _seen(row, scan, standing.edition, ring)
    wall = local(scan.at, door.zone)
    ask = Ask(scan.way, _ms(scan.at), day, wall.hour * 60 + wall.minute, door.gate(), seen, fault, rules=standing.rules_of(door), force=scan.force)
    if holder is None:
        return ask, None
    return replace(ask, standing=_standing(row), around=_around(row, standing, door, day)), holder


def _seen(row: Any, scan: Scan, edition: UUID, ring: Ring) -> tuple[str, Seen | None, Holder | None]:
    """What the text is: the stored token or code itself, or whatever reading it says is wrong with it."""
    typed = number_of(scan.text) if len(scan.text) <= TYPED else None
    if row["badge"] is not None and (row["token"] == scan.text or typed is not None):
        if row["edition"] != edition:
            return "other_edition", _stored(row), None
        return _key_fault(row, scan, ring), _stored(row), holder_of(row)
    if typed is not None:
        return "unknown_code", None, None
    result = read(scan.text, ring, edition_mark(edition), scan.at)
    if isinstance(result, Badge):  # signed by us and not in the database: a restored backup; the signature counts, the record cannot
        return "unknown_code", None, None
    assert isinstance(result, Refused)
    fault = "binary" if any(character < " " or character == "\x7f" for character in scan.text) else result.fault
    return fault, None, None


def _key_fault(row: Any, scan: Scan, ring: Ring) -> str:
    """A genuine token whose key is past its date."""
    if len(scan.text) <= TYPED:
        return ""
    key = ring.key(_kid(row["token"]))
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
    days = row["printed_days"] if row["role"] in WORKING else row["held_days"]
    rights = (Right(tuple(day.isoformat() for day in days)),) if days else ()
    return Standing(state, _ms(since) if since else 0, rights)


def _around(row: Any, standing: Doors, door: Door, day: str) -> Around:
    """What the row knows besides the badge; what is expected on another day than *day* is not said: the door names hours."""
    history = tuple(
        Passage(_ms(at), campus, gate, name, way, day.isoformat())
        for at, campus, gate, name, way, day in zip(*(row[c] or () for c in ("ats", "campuses", "gates", "gate_names", "ways", "days")), strict=True)
    )
    minutes, expected = None, None
    if row["in_campus"] in standing.campuses and row["in_campus"] != door.campus:
        minutes = standing.minutes(row["in_campus"], door.campus)
    if row["next_at"] is not None and row["next_campus"] in standing.campuses and local(row["next_at"], door.zone).date().isoformat() == day:
        away, step_free = standing.minutes(door.campus, row["next_campus"]), standing.minutes(door.campus, row["next_campus"], step_free=True)
        if row["step_free_need"]:
            away = step_free
        number = standing.campuses[row["next_campus"]][0]
        expected = Expected(number, _ms(row["next_at"]), away, away == step_free, row["next_what"], row["next_place"])
    return Around(history, True, row["inside"] or 0, True, door.capacity, minutes, expected, True)


def shown(text: str) -> str:
    """A refused text as it is kept: 400 characters at most, bytes that are no text as base64 behind `binary:`."""
    if any(character < " " or character == "\x7f" or "\ud800" <= character <= "\udfff" for character in text):
        return ("binary:" + base64.b64encode(text.encode("utf-8", "surrogatepass")).decode())[:400]
    return text[:400]


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
