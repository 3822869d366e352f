"""Reads of the outbox: the page that shows it where no SMTP server is set, and the figures of operations."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from forum import db


@dataclass(frozen=True, slots=True)
class Kept:
    """A mail kept readable."""

    id: UUID
    template: str
    recipient: str
    subject: str
    body: str
    html: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Load:
    """How mail stands: `waiting` with the age of the oldest in seconds, `failed` in the last day."""

    waiting: int
    oldest_seconds: float
    failed: int


KEPT = "SELECT id, template, recipient, subject, body, html, sent_at FROM mail WHERE sent_at IS NOT NULL AND body <> '' "


async def outbox(*, limit: int = 50, to: str = "") -> list[Kept]:
    """The last mails, the newest first; only those to the address *to* when one is given."""
    return await db.rows(Kept, KEPT + "AND ($2 = '' OR lower(recipient) = lower($2)) ORDER BY sent_at DESC, created_at DESC LIMIT $1", limit, to)


async def kept(number: UUID) -> Kept | None:
    """One mail of the outbox."""
    return await db.row(Kept, KEPT + "AND id = $1", number)


async def load(now: datetime) -> Load:
    """Figures for /metrics and doctor."""
    found = await db.row(
        Load,
        "SELECT count(*) FILTER (WHERE sent_at IS NULL AND failure = '') AS waiting, "
        "coalesce(extract(epoch FROM $1 - min(created_at) FILTER (WHERE sent_at IS NULL AND failure = '')), 0)::float AS oldest_seconds, "
        "count(*) FILTER (WHERE failure NOT IN ('', 'nobody', 'too late') AND created_at > $1 - interval '1 day') AS failed FROM mail",
        now,
    )
    assert found is not None
    return found
