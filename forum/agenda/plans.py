"""Plans of the agenda as stored: asked for, how far they are, what was found, and one made the draft."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from forum import db, jobs
from forum.agenda import drafting, queries
from forum.agenda.drafting import Spot
from forum.agenda.model import Placement
from forum.agenda.planner import Impossible, Plan
from forum.editions import Edition
from forum.errors import NotFound
from forum.i18n import N_, Message, plain, read
from forum.live import outbox

PLAN_SECONDS: Final = 50.0  # how long the planner looks for a better plan


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A stored plan: its value and bound in points, or why there is none. Not finished, they are those of the moment."""

    id: UUID
    made_at: datetime
    job: int | None
    finished_at: datetime | None
    draft_version: int
    value: int | None
    bound: int | None
    seconds: float
    sessions: int
    terms: str
    impossible: str
    applied_at: datetime | None

    @property
    def gap(self) -> float | None:
        """The most a plan could be better, in percent of the bound."""
        if self.value is None or self.bound is None:
            return None
        return 100 * (self.bound - self.value) / max(1, abs(self.bound))

    @property
    def why(self) -> list[Message]:
        """The requirements that cannot all be kept."""
        return [read(one) for one in msgspec.json.decode(self.impossible)]

    @property
    def parts(self) -> dict[str, dict[str, int]]:
        """Points per wish, as reached (`value`) and at most (`bound`)."""
        found: dict[str, dict[str, int]] = msgspec.json.decode(self.terms)
        return found


_PLAN = """SELECT id, made_at, job, finished_at, draft_version, value, bound, seconds, jsonb_array_length(placements) AS sessions,
                  terms::text AS terms, impossible::text AS impossible, applied_at FROM agenda_plan"""


async def plans(edition: UUID, most: int = 5) -> list[PlanRow]:
    """The last plans, newest first."""
    return await db.rows(PlanRow, _PLAN + " WHERE edition = $1 ORDER BY made_at DESC LIMIT $2", edition, most)


async def plan(edition: UUID, key: UUID) -> PlanRow:
    """One plan. Raises NotFound."""
    found = await db.row(PlanRow, _PLAN + " WHERE edition = $1 AND id = $2", edition, key)
    if found is None:
        raise NotFound(N_("There is no such plan."))
    return found


async def state(of: PlanRow) -> str:
    """`done`, `impossible`, `waiting`, `running`, or `stopped` when its job ended without a result."""
    if of.finished_at is not None:
        return "impossible" if of.value is None else "done"
    job = None if of.job is None else await jobs.standing(of.job)
    return job.state if job is not None and job.state in {"waiting", "running"} else "stopped"


async def ask(edition: Edition, *, actor: UUID | None, now: datetime) -> UUID:
    """Ask the worker for a plan; the one at work when there is one already."""
    async with db.transaction():
        version = await queries.draft_version(edition.id)
        made: UUID = await db.value(
            "INSERT INTO agenda_plan (edition, made_at, actor, draft_version, seconds) VALUES ($1, $2, $3, $4, 0) RETURNING id", edition.id, now, actor, version
        )
        job = await jobs.enqueue("agenda.plan", {"edition": edition.slug, "plan": str(made)}, key=f"agenda.plan:{edition.slug}")
        if job is None:
            await db.execute("DELETE FROM agenda_plan WHERE id = $1", made)
            found: UUID = await db.value("SELECT id FROM agenda_plan WHERE edition = $1 AND finished_at IS NULL ORDER BY made_at DESC LIMIT 1", edition.id)
            return found
        await db.execute("UPDATE agenda_plan SET job = $2 WHERE id = $1", made, job)
    return made


async def stop(of: PlanRow) -> None:
    """End the planner's work on it; nothing is kept, the draft stays as it is."""
    if of.finished_at is None and of.job is not None:
        await jobs.cancel(of.job)


async def news(key: UUID, seconds: float, value: int, bound: int) -> None:
    """How far the planner is."""
    async with db.transaction():
        await db.execute("UPDATE agenda_plan SET seconds = $2, value = $3, bound = $4 WHERE id = $1 AND finished_at IS NULL", key, seconds, value, bound)
        await outbox.emit("edition", "agenda.plan", key)


async def keep(
    edition: Edition, found: Plan | Impossible, origin: datetime, version: int, seconds: float, *, actor: UUID | None, now: datetime, key: UUID | None = None
) -> UUID:
    """Store a plan, or why there is none, as it was computed; in the row *key* when it was asked for there."""
    facts = _facts(found, origin)
    async with db.transaction():
        if key is None:
            key = await db.value(
                "INSERT INTO agenda_plan (edition, made_at, actor, draft_version, seconds) VALUES ($1, $2, $3, $4, 0) RETURNING id",
                edition.id, now, actor, version,
            )  # fmt: skip
        await db.execute(
            """UPDATE agenda_plan SET finished_at = $2, draft_version = $3, seconds = $4, value = $5, bound = $6, terms = $7, placements = $8, impossible = $9
               WHERE id = $1""",
            key, now, version, seconds, facts["value"], facts["bound"], _json(facts["terms"]), _json(facts["placements"]), _json(facts["impossible"]),
        )  # fmt: skip
        await outbox.emit("edition", "agenda.plan", key)
    assert key is not None, "given or just made"
    return key


def _facts(found: Plan | Impossible, origin: datetime) -> dict[str, Any]:
    if isinstance(found, Impossible):
        return {"value": None, "bound": None, "terms": {}, "placements": [], "impossible": [plain(message) for message in found.requirements]}
    return {
        "value": found.value,
        "bound": found.most,
        "terms": {"value": asdict(found.terms), "bound": asdict(found.bound)},
        "placements": [(key, spot.place, origin + timedelta(minutes=spot.start)) for key, spot in found.spots.items()],
        "impossible": [],
    }


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


async def placements(edition: Edition, key: UUID) -> tuple[int, list[Placement]]:
    """The draft as a finished plan would make it, and the version it was read at; locked sessions stay where they are. Raises NotFound."""
    async with db.connection() as conn:
        row = await conn.fetchrow(
            "SELECT draft_version, placements FROM agenda_plan WHERE id = $1 AND edition = $2 AND finished_at IS NOT NULL AND value IS NOT NULL",
            key, edition.id,
        )  # fmt: skip
    if row is None:
        raise NotFound(N_("There is no such plan."))
    placed = msgspec.json.decode(row["placements"], type=list[tuple[UUID, UUID, datetime]])
    lengths = {s.id: s.minutes for s in (await queries.sessions(edition.id)).values()}
    standing = {p.session: p for p in await queries.draft(edition.id)}
    return row["draft_version"], _merged(placed, lengths, standing)


def _merged(placed: Sequence[tuple[UUID, UUID, datetime]], lengths: Mapping[UUID, int], standing: Mapping[UUID, Placement]) -> list[Placement]:
    found = {key: Placement(key, room, start, start + timedelta(minutes=lengths[key])) for key, room, start in placed if key in lengths}
    locked = {key: p for key, p in standing.items() if p.locked}
    return list({**standing, **found, **locked}.values())


async def apply(edition: Edition, key: UUID, *, actor: UUID | None, now: datetime) -> int:
    """Make a stored plan the draft, as one edit that can be undone. Raises NotFound, Conflict when the draft changed since the plan was asked for."""
    version, after = await placements(edition, key)
    spots: dict[UUID, Spot | None] = {p.session: Spot(p.room, p.start, p.end) for p in after if not p.locked}
    async with db.transaction():
        new = await drafting.put_all(edition, spots, kind="plan", version=version, actor=actor, now=now)
        await db.execute("UPDATE agenda_plan SET applied_at = $2 WHERE id = $1", key, now)
    return new
