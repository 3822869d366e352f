"""What a phone keeps to decide by itself: keys, badges that no longer open, rights that changed, who is where; no names."""

import time
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from forum import db
from forum.badges import doors, sentences, vault
from forum.badges.devices import Device
from forum.badges.settle import WORKING
from forum.badges.token import edition_mark
from forum.editions import Edition
from forum.i18n import LANGUAGES

KEPT_SECONDS: Final = 5.0  # a hundred phones that refresh at once ask the database once
_kept: dict[UUID, tuple[float, "Common"]] = {}


@dataclass(frozen=True, slots=True)
class Common:
    """The part that is the same for every phone of an edition; numbers are badge numbers."""

    ended: list[list[Any]]  # [number, state, since]
    rights: list[list[Any]]  # [number, [days]]: those in force where they differ from the printed ones
    inside: dict[int, int]
    keys: list[dict[str, Any]]
    codes: list[list[Any]]  # [role, [printed days], valid from, valid until, base64 of 5-byte numbers]: what a typed code is checked against


def forget() -> None:
    """Read again next time: between tests."""
    _kept.clear()


async def snapshot(device: Device, edition: Edition, *, now: datetime, since: int = 0) -> dict[str, Any]:
    """The snapshot for *device*, ready for JSON; with *since* (a former `at`, ms) `seen` holds only what changed after it."""
    standing = await doors.of(device.edition)
    common = await _common(device.edition)
    mine = [standing.by_id[gate] for gate in device.gates if gate in standing.by_id]
    numbers = {door.number for door in mine}
    return {
        "at": _ms(now),
        "since": since,
        "edition": {"slug": edition.slug, "name": edition.name, "mark": edition_mark(edition.id).hex()},
        "device": {"id": str(device.id), "name": device.name, "profile": device.profile},
        "gates": [_gate(standing, door) for door in mine],
        "keys": common.keys,
        "ended": common.ended,
        "rights": common.rights,
        "inside": common.inside,
        "seen": await _seen(device.edition, since),
        "travel": {here: {there: standing.between(there, here) for there, _ in standing.campuses.values()} for here in sorted(numbers)},
        "codes": [] if since else common.codes,
        "sentences": {} if since else {lang: sentences.catalogue(lang) for lang in LANGUAGES},
    }


def _gate(standing: doors.Doors, door: doors.Door) -> dict[str, Any]:
    rules = msgspec.to_builtins(standing.rules_of(door))
    here = {"id": str(door.id), "slug": door.slug, "name": door.name, "ways": door.ways, "suspended": door.suspended, "evacuating": door.evacuating}
    return here | {"campus": door.number, "campus_name": door.campus_name, "capacity": door.capacity, "zone": door.zone, "phone": door.phone, "rules": rules}


async def _common(edition: UUID) -> Common:
    held = _kept.get(edition)
    if held is None or time.monotonic() - held[0] > KEPT_SECONDS:
        held = _kept[edition] = (time.monotonic(), await _read(edition))
    return held[1]


async def _read(edition: UUID) -> Common:
    async with db.connection() as conn:
        ended = await conn.fetch(
            """SELECT b.number, CASE WHEN b.replaced_by IS NOT NULL THEN 'reissued' WHEN b.revoked_at IS NOT NULL THEN 'revoked'
                                     WHEN r.cancelled_at IS NOT NULL THEN 'cancelled' ELSE 'blocked' END AS state,
                      coalesce(b.revoked_at, r.cancelled_at, b.blocked_at) AS since
               FROM badge b JOIN registration r ON r.id = b.registration
               WHERE b.edition = $1 AND (b.revoked_at IS NOT NULL OR r.cancelled_at IS NOT NULL OR b.blocked_at IS NOT NULL) ORDER BY b.number""",
            edition,
        )
        rights = await conn.fetch(
            """SELECT b.number, coalesce(h.days, '{}') AS days FROM badge b LEFT JOIN
                   (SELECT registration, array_agg(day ORDER BY day) AS days FROM registration_day WHERE held_at IS NOT NULL GROUP BY registration) h
                   ON h.registration = b.registration
               WHERE b.edition = $1 AND b.revoked_at IS NULL AND NOT (b.role = ANY($2)) AND coalesce(h.days, '{}') <> b.printed_days ORDER BY b.number""",
            edition,
            sorted(WORKING),
        )
        inside = await conn.fetch("SELECT c.number, i.inside FROM campus_inside i JOIN campus c ON c.id = i.campus WHERE c.edition = $1", edition)
        codes = await conn.fetch(
            """SELECT role, printed_days, valid_from, valid_until,
                      string_agg(substring(int8send(number) FROM 4), ''::bytea ORDER BY number) AS numbers
               FROM badge WHERE edition = $1 AND revoked_at IS NULL GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4""",
            edition,
        )
    keys = [
        {"kid": key.kid, "public": key.public.hex(), "retires_at": _ms(key.retires_at) if key.retires_at else None} for key in (await vault.public_ring()).keys
    ]
    return Common(
        [[row["number"], row["state"], _ms(row["since"])] for row in ended],
        [[row["number"], [day.isoformat() for day in row["days"]]] for row in rights],
        {row["number"]: row["inside"] for row in inside},
        keys,
        [
            [row["role"], [day.isoformat() for day in row["printed_days"]], _ms(row["valid_from"]), _ms(row["valid_until"]), b64encode(row["numbers"]).decode()]
            for row in codes
        ],
    )


async def _seen(edition: UUID, since: int) -> list[list[Any]]:
    """[number, campus (0: outside), gate slug, gate name, at]: where each badge was last known to be."""
    async with db.connection() as conn:
        rows = await conn.fetch(
            """SELECT b.number, coalesce(k.number, 0) AS campus, coalesce(g.slug, '') AS gate, coalesce(g.name, '') AS gate_name,
                      coalesce(w.since, w.last_at) AS at
               FROM whereabouts w JOIN badge b ON b.registration = w.registration AND b.revoked_at IS NULL
               LEFT JOIN check_in c ON c.id = w.check_in LEFT JOIN gate g ON g.id = c.gate LEFT JOIN campus k ON k.id = w.campus
               WHERE b.edition = $1 AND w.last_at IS NOT NULL AND CASE WHEN $2::float8 = 0 THEN w.campus IS NOT NULL ELSE
                     EXISTS (SELECT 1 FROM check_in n WHERE n.registration = w.registration AND n.created_at > to_timestamp($2::float8 / 1000)
                             AND n.admitted) END""",
            edition,
            float(since),
        )
    return [[row["number"], row["campus"], row["gate"], row["gate_name"], _ms(row["at"])] for row in rows]


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
