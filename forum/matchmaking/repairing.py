"""Repair of the published plan during the day: the worker's last step, publishing what the repair found."""

from datetime import datetime
from uuid import UUID

from forum import db
from forum.editions import Edition
from forum.matchmaking import publishing


async def publish_repair(plan: UUID, edition: Edition, *, now: datetime) -> publishing.Published | None:
    """Publish *plan* when it is a repair with a plan; an organiser asked for both when closing the place. None for any other run."""
    async with db.connection() as conn:
        row = await conn.fetchrow("SELECT number, kind, state, asked_by FROM plan WHERE id = $1", plan)
    if row is None or row["kind"] != "repair" or row["state"] not in {"done", "stopped"} or row["asked_by"] is None:
        return None
    version = await db.value("SELECT coalesce(max(number), 0) FROM plan_version WHERE edition = $1", edition.id)
    return await publishing.publish(edition, row["number"], by=row["asked_by"], now=now, expected_version=version)
