"""What badges and doors know of a person: badges, prints, passages; how they let go of them."""

from datetime import datetime
from typing import Final
from uuid import UUID

from forum import db
from forum.live import outbox
from forum.people import parts

_MINE: Final = "(SELECT id FROM registration WHERE person = $1)"
OWN: Final = {
    "badges": f"SELECT role, printed_days, valid_from, valid_until, issued_at, revoked_at, revoked_why FROM badge WHERE registration IN {_MINE} ORDER BY issued_at",
    "badge_prints": f"""SELECT p.printed_at, p.layout, p.identity FROM badge_print p JOIN badge b ON b.id = p.badge
                        WHERE b.registration IN {_MINE} ORDER BY p.printed_at""",
    "passages": f"""SELECT c.name AS campus, g.name AS gate, i.way, i.at, i.admitted, i.reason, i.undone_at FROM check_in i
                    JOIN campus c ON c.id = i.campus JOIN gate g ON g.id = i.gate WHERE i.registration IN {_MINE} ORDER BY i.at""",
    "whereabouts": f"SELECT c.name AS campus, w.since FROM whereabouts w LEFT JOIN campus c ON c.id = w.campus WHERE w.registration IN {_MINE}",
    "double_uses": f"SELECT found_at, resolved_at, resolution FROM double_use WHERE registration IN {_MINE} ORDER BY found_at",
}


async def leave(person: UUID, now: datetime) -> None:
    """Nothing is held here: a badge says what its registration may, and a cancelled one may nothing."""


async def erase(person: UUID, now: datetime) -> None:
    """No badge opens a door and no token leads to the row; passages stay as counts, without words anybody typed."""
    for badge in await db.column(
        f"UPDATE badge SET revoked_at = $2, revoked_why = '' WHERE registration IN {_MINE} AND revoked_at IS NULL RETURNING id", person, now
    ):
        await outbox.emit("edition", "badge.revoked", badge)
    await db.execute(f"UPDATE badge SET token = 'erased ' || id, revoked_why = '' WHERE registration IN {_MINE}", person)
    await db.execute(f"UPDATE check_in SET facts = '{{}}', staff = '', given = '' WHERE registration IN {_MINE}", person)
    await db.execute(f"UPDATE double_use SET resolution = '' WHERE registration IN {_MINE}", person)


parts.contribute(parts.Part("badges", leave, erase, OWN))
