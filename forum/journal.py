"""Who did what: organisers, supervisors, admins. Ids only; each row's chain covers the one before, so a row taken out shows."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from forum import db


async def note(
    action: str, *, actor: UUID | None, now: datetime, subject: str | UUID = "", campus: UUID | None = None, facts: dict[str, Any] | None = None
) -> int:
    """Write one row in the current transaction; its number. Facts hold ids and figures, never names."""
    body = msgspec.json.encode(facts or {}, order="deterministic").decode()
    async with db.transaction():
        await db.lock("journal")
        before = await db.value("SELECT chain FROM journal ORDER BY id DESC LIMIT 1") or b""
        chain = _chain(before, now, actor, action, campus, str(subject), body)
        number: int = await db.value(
            "INSERT INTO journal (at, actor, action, campus, subject, facts, chain) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
            now, actor, action, campus, str(subject), body, chain,
        )  # fmt: skip
    return number


def _chain(before: bytes, now: datetime, actor: UUID | None, action: str, campus: UUID | None, subject: str, body: str) -> bytes:
    said = "\x1f".join([now.isoformat(), str(actor or ""), action, str(campus or ""), subject, body])
    return hashlib.sha256(before + said.encode()).digest()


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    at: datetime
    actor: UUID | None
    action: str
    campus: UUID | None
    subject: str
    facts: str
    chain: bytes


async def broken_at() -> int | None:
    """The number of the first row whose chain does not follow from the row before, or None: the journal is whole."""
    rows = await db.rows(_Row, "SELECT id, at, actor, action, campus, subject, facts::text AS facts, chain FROM journal ORDER BY id")
    before = rows[0].chain if rows else b""
    for row in rows[1:]:
        body = msgspec.json.encode(msgspec.json.decode(row.facts), order="deterministic").decode()
        if row.chain != _chain(before, row.at, row.actor, row.action, row.campus, row.subject, body):
            return row.id
        before = row.chain
    return None
