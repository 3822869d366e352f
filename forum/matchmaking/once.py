"""Idempotency keys: the same request sent again gets the first answer, and happens once."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

from forum import db
from forum.errors import Conflict, Invalid
from forum.i18n import N_


async def once(asker: UUID, route: str, key: str, body: bytes, work: Callable[[], Awaitable[UUID]], *, now: datetime) -> tuple[UUID, bool]:
    """Do *work* under *key*: (its result, whether it was done now). A failure keeps no key, so it may be tried again.

    Two requests with one key wait for each other in the database. Raises Invalid for a bad key, Conflict for a key used with another body.
    """
    if not key:
        return await work(), True
    if not 8 <= len(key) <= 200 or not key.isprintable() or not key.isascii():
        raise Invalid(N_("An idempotency key has 8 to 200 plain characters."), field="key")
    digest = hashlib.sha256(body).digest()
    async with db.transaction():
        fresh = await db.value(
            "INSERT INTO idempotency (key, asker, route, body_hash, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING true",
            key,
            str(asker),
            route,
            digest,
            now,
        )
        if fresh:
            result = await work()
            await db.execute(
                "UPDATE idempotency SET status = 201, body = $4 WHERE asker = $1 AND route = $2 AND key = $3", str(asker), route, key, result.bytes
            )
            return result, True
        async with db.connection() as conn:
            row = await conn.fetchrow("SELECT body_hash, body FROM idempotency WHERE asker = $1 AND route = $2 AND key = $3", str(asker), route, key)
    if row is None or row["body"] is None:
        raise Conflict(N_("This request is being done. Look again in a moment."))
    if row["body_hash"] != digest:
        raise Conflict(N_("This idempotency key was used for another request."))
    return UUID(bytes=row["body"]), False
