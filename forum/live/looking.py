"""Who looks after an alert, and which alerts are put off."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from forum import db, journal
from forum.live import outbox

QUIET: Final = timedelta(minutes=10)
TAKEN: Final = timedelta(hours=1)  # then somebody should say so again


@dataclass(frozen=True, slots=True)
class _Taken:
    alert: str
    name: str


async def taken(edition: UUID, *, now: datetime) -> Mapping[str, str]:
    """Alert key → the name of who looks after it."""
    rows = await db.rows(
        _Taken,
        """SELECT DISTINCT ON (t.alert) t.alert, p.name FROM alert_taken t JOIN person p ON p.id = t.by
           WHERE t.edition = $1 AND t.until > $2 ORDER BY t.alert, t.id DESC""",
        edition, now,
    )  # fmt: skip
    return {row.alert: row.name for row in rows}


async def quiet(edition: UUID, *, now: datetime) -> frozenset[str]:
    """Keys of the alerts put off for now."""
    return frozenset(await db.column("SELECT alert FROM alert_quiet WHERE edition = $1 AND until > $2", edition, now))


async def take(edition: UUID, alert: str, campus: UUID | None, *, by: UUID, now: datetime) -> None:
    """*by* looks after *alert*; who said so last does."""
    async with db.transaction():
        await db.execute("INSERT INTO alert_taken (edition, alert, by, at, until) VALUES ($1, $2, $3, $4, $5)", edition, alert, by, now, now + TAKEN)
        await journal.note("alert.taken", actor=by, now=now, subject=alert, campus=campus)
        await outbox.emit("edition", "alert.taken", alert[:80])


async def put_off(edition: UUID, alert: str, campus: UUID | None, *, by: UUID, now: datetime) -> None:
    """Keep *alert* quiet for ten minutes; the same trouble comes back after."""
    async with db.transaction():
        await db.execute("INSERT INTO alert_quiet (edition, alert, by, at, until) VALUES ($1, $2, $3, $4, $5)", edition, alert, by, now, now + QUIET)
        await journal.note("alert.quieted", actor=by, now=now, subject=alert, campus=campus, facts={"minutes": int(QUIET.total_seconds() // 60)})
        await outbox.emit("edition", "alert.quieted", alert[:80])


async def bring_back(edition: UUID, alert: str, *, now: datetime) -> bool:
    """Show *alert* again; False when it was not put off."""
    async with db.transaction():
        changed = await db.execute("UPDATE alert_quiet SET until = $3 WHERE edition = $1 AND alert = $2 AND until > $3", edition, alert, now)
        await outbox.emit("edition", "alert.back", alert[:80])
    return changed > 0
