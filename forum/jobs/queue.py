"""Put jobs into the queue inside the current transaction; follow, cancel and revive them. Plain SQL on PgQueuer's tables.

The library itself is imported by workers only: it takes half a second, and `enqueue` is on the path of every registration.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from forum import db

ENQUEUE: Final = """
    INSERT INTO pgqueuer (priority, status, entrypoint, payload, dedupe_key, execute_after)
    VALUES ($1, 'queued', $2, $3, $4, coalesce($5, now()))
    ON CONFLICT (dedupe_key) WHERE status IN ('queued', 'picked') AND dedupe_key IS NOT NULL DO NOTHING
    RETURNING id
"""


class Cancelled(Exception):
    """Somebody asked this job to stop."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a job is: `waiting`, `running`, `done`, `dead` (every attempt failed), `cancelled`; `why` names the last error's class."""

    id: int
    name: str
    state: str
    attempts: int
    done: int
    total: int
    text: str
    cancel_asked: bool
    why: str


async def enqueue(name: str, payload: dict[str, Any], *, key: str | None = None, at: datetime | None = None, priority: int = 0) -> int | None:
    """Add a job to the current transaction; it exists only if that commits. Its number, or None when *key* waits or runs already.

    *at* delays it; of those that wait, higher *priority* goes first. Raises ValueError for a payload that could hold personal data.
    A *key* makes transactions that use the same one wait for each other: never the same for everybody on a hot path.
    """
    number: int | None = await db.value(ENQUEUE, priority, name, checked(payload), key, at)
    return number


async def enqueue_many(name: str, payloads: list[dict[str, Any]], *, priority: int = 0) -> None:
    """Add one job per payload in one statement, as `enqueue` does without a key."""
    await db.execute(
        """INSERT INTO pgqueuer (priority, status, entrypoint, payload, execute_after)
           SELECT $1, 'queued', $2, p, now() FROM unnest($3::bytea[]) AS t (p)""",
        priority, name, [checked(payload) for payload in payloads],
    )  # fmt: skip


def checked(payload: dict[str, Any]) -> bytes:
    """*payload* as JSON. Ids, numbers and short words only: job rows are kept, shown and logged, so no address may be in them."""
    for value in _leaves(payload):
        if isinstance(value, str) and ("@" in value or len(value) > 200):
            raise ValueError("a job's payload holds ids, not texts or addresses")
    return json.dumps(payload, allow_nan=False).encode()


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in _leaves(item)]
    if isinstance(value, list | tuple):
        return [leaf for item in value for leaf in _leaves(item)]
    return [value]


async def progress(job: int, done: int, total: int, text: str = "") -> None:
    """Say how far *job* is; *text* is an English msgid of at most 200 characters. Call it outside transactions, or nobody sees it.

    Raises Cancelled when somebody asked the job to stop.
    """
    asked = await db.value(
        "INSERT INTO job_progress (job, done, total, text) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (job) DO UPDATE SET done = $2, total = $3, text = $4, updated_at = now() RETURNING cancel_asked_at",
        job, done, total, text,
    )  # fmt: skip
    if asked is not None:
        raise Cancelled


async def cancel(job: int) -> str:
    """Stop *job*: `cancelled` when it had not begun, `asked` when it runs (it ends at its next progress, a heavy one at once), else `over`."""
    async with db.transaction():
        gone = await db.execute(
            "WITH gone AS (DELETE FROM pgqueuer WHERE id = $1 AND status IN ('queued', 'failed') RETURNING id, entrypoint, priority) "
            "INSERT INTO pgqueuer_log (job_id, status, entrypoint, priority) SELECT id, 'canceled', entrypoint, priority FROM gone",
            job,
        )
        if gone:
            return "cancelled"
        asked = await db.execute(
            "INSERT INTO job_progress (job, cancel_asked_at) SELECT id, now() FROM pgqueuer WHERE id = $1 AND status = 'picked' "
            "ON CONFLICT (job) DO UPDATE SET cancel_asked_at = coalesce(job_progress.cancel_asked_at, now())",
            job,
        )
        return "asked" if asked else "over"


async def cancel_asked(job: int) -> bool:
    """Whether somebody asked *job* to stop."""
    return bool(await db.value("SELECT cancel_asked_at IS NOT NULL FROM job_progress WHERE job = $1", job))


STANDING: Final = """
    SELECT coalesce(q.id, l.job_id) AS id, coalesce(q.entrypoint, l.entrypoint) AS name,
        CASE coalesce(q.status, l.status)
            WHEN 'queued' THEN 'waiting' WHEN 'picked' THEN 'running' WHEN 'successful' THEN 'done'
            WHEN 'canceled' THEN 'cancelled' WHEN 'deleted' THEN 'cancelled' ELSE 'dead' END AS state,
        coalesce(q.attempts, 0) AS attempts, coalesce(p.done, 0) AS done, coalesce(p.total, 0) AS total, coalesce(p.text, '') AS text,
        p.cancel_asked_at IS NOT NULL AS cancel_asked, coalesce(l.why, '') AS why
    FROM (SELECT * FROM pgqueuer WHERE id = $1) q
    FULL JOIN (SELECT job_id, entrypoint, status, traceback ->> 'exception_message' AS why FROM pgqueuer_log
               WHERE job_id = $1 ORDER BY id DESC LIMIT 1) l ON true
    LEFT JOIN job_progress p ON p.job = coalesce(q.id, l.job_id)
"""


async def standing(job: int) -> Standing | None:
    """Where *job* is, or None for a number that never was one (or was long ago)."""
    return await db.row(Standing, STANDING, job)


async def dead(limit: int = 100) -> list[Standing]:
    """Jobs whose every attempt failed, the newest first."""
    return [
        s for number in await db.column("SELECT id FROM pgqueuer WHERE status = 'failed' ORDER BY id DESC LIMIT $1", limit) if (s := await standing(number))
    ]


async def revive(job: int) -> bool:
    """Give a dead *job* all its attempts again; whether there was one."""
    return bool(
        await db.execute(
            "WITH back AS (UPDATE pgqueuer SET status = 'queued', attempts = 0, execute_after = now(), updated = now(), queue_manager_id = NULL "
            "WHERE id = $1 AND status = 'failed' RETURNING id, entrypoint, priority) "
            "INSERT INTO pgqueuer_log (job_id, status, entrypoint, priority) SELECT id, 'queued', entrypoint, priority FROM back",
            job,
        )
    )


async def counts() -> dict[tuple[str, str], int]:
    """How many jobs stand in the queue, by name and state (`queued`, `picked`, `failed`)."""
    async with db.connection() as conn:
        found = await conn.fetch("SELECT entrypoint, status::text, count(*) FROM pgqueuer GROUP BY 1, 2")
    return {(r[0], r[1]): r[2] for r in found}
