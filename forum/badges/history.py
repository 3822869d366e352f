"""Reads about check-ins: counts of a door, one person's scans, who answers to a name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from forum import db
from forum.badges.codes import code_of
from forum.badges.doors import Door
from forum.badges.question import REASONS

PAGE: Final = 50
# pretix's reason → our detail, for scans other systems refused
DETAIL_OF: Final = {
    "invalid": "foreign",
    "revoked": "revoked",
    "blocked": "blocked",
    "invalid_time": "expired",
    "canceled": "cancelled",
    "already_redeemed": "inside_here",
    "product": "rule_role",
    "rules": "rule_time",
    "unapproved": "unapproved",
}


class FailedBody(msgspec.Struct):
    """pretix's record of a refused scan."""

    raw_barcode: str
    error_reason: str = "invalid"
    datetime: str | None = None
    type: str = "entry"
    nonce: str | None = None
    error_explanation: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """One person a search by name found."""

    badge: UUID
    number: int
    name: str
    role: str
    inside: bool
    campus: int | None


@dataclass(frozen=True, slots=True)
class Status:
    """Counts of one door's campus, under pretix's names."""

    checkin_count: int
    position_count: int
    inside_count: int
    capacity: int


async def by_name(edition: UUID, text: str) -> list[Found]:
    """Up to twenty people whose name holds every word of *text* (three characters at least), or whose code it is."""
    words = [word for word in text.lower().split() if word]
    if sum(map(len, words)) < 3 or "\x00" in text:
        return []
    patterns = ["%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%" for word in words[:5]]
    return await db.rows(
        Found,
        """SELECT b.id AS badge, b.number, p.name, b.role, w.campus IS NOT NULL AS inside, k.number AS campus
           FROM badge b JOIN registration r ON r.id = b.registration JOIN person p ON p.id = r.person
           LEFT JOIN whereabouts w ON w.registration = r.id LEFT JOIN campus k ON k.id = w.campus
           WHERE b.edition = $1 AND b.revoked_at IS NULL AND p.erased_at IS NULL
             AND plain(p.name) LIKE ALL (SELECT plain(words) FROM unnest($2::text[]) AS words) ORDER BY plain(p.name), b.number LIMIT 20""",
        edition,
        patterns,
    )


async def is_scan_of(device: UUID, nonce: str) -> bool:
    """Whether *device* made the scan *nonce*."""
    return await db.value("SELECT 1 FROM check_in WHERE nonce = $1 AND device = $2", nonce.replace("\x00", ""), device) is not None


async def status(door: Door) -> Status:
    """People let in at this door today, people expected on its campus, people inside."""
    found = await db.row(
        Status,
        """SELECT (SELECT count(*) FROM check_in WHERE gate = $1 AND admitted AND undone_at IS NULL AND way = 'entry' AND day = current_date) AS checkin_count,
                  (SELECT count(*) FROM registration_day WHERE campus = $2 AND day = current_date AND held_at IS NOT NULL) AS position_count,
                  coalesce((SELECT inside FROM campus_inside WHERE campus = $2), 0) AS inside_count, $3::int AS capacity""",
        door.id,
        door.campus,
        door.capacity,
    )
    assert found is not None
    return found


async def page(gates: Sequence[UUID], since: datetime | None, number: int) -> dict[str, Any]:
    """One page of scans in the order we learnt of them, in pretix's shape."""
    async with db.connection() as conn:
        rows = await conn.fetch(
            """SELECT c.id, c.nonce, c.gate, c.way, c.at, c.created_at, c.admitted, c.forced, c.reason, c.detail, c.undone_at, c.source, b.number
               FROM check_in c LEFT JOIN badge b ON b.id = c.badge
               WHERE c.gate = ANY($1) AND ($2::timestamptz IS NULL OR c.created_at >= $2) ORDER BY c.created_at, c.id LIMIT $3 OFFSET $4""",
            list(gates),
            since,
            PAGE + 1,
            (number - 1) * PAGE,
        )
    return {"count": None, "next": number + 1 if len(rows) > PAGE else None, "previous": number - 1 or None, "results": [_shape(row) for row in rows[:PAGE]]}


def _shape(row: Any) -> dict[str, Any]:
    """`datetime` when it happened, `created` when we learnt it: both are kept."""
    return {
        "id": row["id"],
        "nonce": row["nonce"],
        "list": str(row["gate"]),
        "type": row["way"],
        "datetime": row["at"].isoformat(),
        "created": row["created_at"].isoformat(),
        "successful": row["admitted"] and row["undone_at"] is None,
        "forced": row["forced"],
        "error_reason": "annulled" if row["undone_at"] else None if row["admitted"] else row["reason"] or REASONS.get(row["detail"]),
        "detail": row["detail"],
        "auto_checked_in": False,
        "offline": row["source"] == "offline",
        "position": code_of(row["number"]) if row["number"] is not None else None,
    }


async def by_number(edition: UUID, number: int) -> list[Found]:
    """The person whose badge in force has that number."""
    return await db.rows(
        Found,
        """SELECT b.id AS badge, b.number, p.name, b.role, w.campus IS NOT NULL AS inside, k.number AS campus
           FROM badge b JOIN registration r ON r.id = b.registration JOIN person p ON p.id = r.person
           LEFT JOIN whereabouts w ON w.registration = r.id LEFT JOIN campus k ON k.id = w.campus
           WHERE b.edition = $1 AND b.number = $2 AND b.revoked_at IS NULL AND p.erased_at IS NULL""",
        edition,
        number,
    )
