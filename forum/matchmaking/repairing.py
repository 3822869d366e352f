"""Repair of the published plan during the day: the worker's last step, publishing what the repair found."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from forum import db
from forum.editions import Edition
from forum.matchmaking import publishing

MOST_CHANGED: Final = 2.0  # meetings that change for each that must: a sound repair needs 1.0 to 1.1 of them
FEW: Final = 20  # and so many more, where little must change


def small(metrics: Mapping[str, Any]) -> bool:
    """Whether a repair with these *metrics* changes little enough to be published without anybody's look at it. One that was stopped half done does not."""
    repair = (metrics.get("run") or {}).get("repair")
    return repair is not None and repair["changed"] <= MOST_CHANGED * repair["must_change"] + FEW


async def publish_repair(plan: UUID, edition: Edition, *, now: datetime) -> publishing.Published | None:
    """Publish *plan* when it is a small repair; an organiser asked for both when closing the place. None for any other run: people decide."""
    async with db.connection() as conn:
        row = await conn.fetchrow("SELECT number, kind, state, asked_by, metrics FROM plan WHERE id = $1", plan)
    if row is None or row["kind"] != "repair" or row["state"] not in {"done", "stopped"} or row["asked_by"] is None or not small(msgspec.json.decode(row["metrics"])):
        return None
    version = await db.value("SELECT coalesce(max(number), 0) FROM plan_version WHERE edition = $1", edition.id)
    return await publishing.publish(edition, row["number"], by=row["asked_by"], now=now, expected_version=version)
