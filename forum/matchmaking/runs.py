"""Runs of the engine: asked for in the studio, done by a worker in a process of its own, kept whole with their inputs."""

import zlib
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from forum import db, jobs
from forum.editions import Edition
from forum.errors import Conflict, NotFound
from forum.i18n import N_
from forum.live import outbox
from forum.matchmaking.engine.files import parse_problem
from forum.matchmaking.engine.model import Meeting, Problem, Weights
from forum.matchmaking.metrics import Metrics
from forum.matchmaking.places import slot_grid
from forum.matchmaking.problem import recruiter_key
from forum.matchmaking.scenario import Scenario, to_json

DEFAULT_WEIGHTS: Final = Weights(guarantee=1000, preference=1, campus_change=8, break_=2, idle_slot=1, change=5)


@dataclass(frozen=True, slots=True)
class Run:
    """One run as the studio shows it; figures are None until there is a plan."""

    id: UUID
    number: int
    kind: str
    state: str
    scenario: dict[str, Any]
    weights: dict[str, int]
    guarantee: int
    seed: int
    time_limit: float
    base_version: int
    asked_by: UUID | None
    asked_by_name: str
    asked_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    stop_asked_at: datetime | None
    inputs_hash: str
    engine_version: str
    value: int | None
    bound: int | None
    bound_kind: str
    seconds: float | None
    first_seconds: float | None
    metrics: dict[str, Any]
    reason: str

    @property
    def over(self) -> bool:
        return self.state not in {"waiting", "running"}

    @property
    def has_plan(self) -> bool:
        return self.state in {"done", "stopped"}

    @property
    def gap(self) -> float | None:
        """Per cent of the bound still open."""
        if self.value is None or self.bound is None or self.bound_kind == "":
            return None
        return 0.0 if self.bound <= self.value else 100 * (self.bound - self.value) / abs(self.bound)

    @property
    def figures(self) -> Metrics | None:
        return msgspec.convert(self.metrics["plain"], Metrics) if self.metrics else None


_RUN = """SELECT p.id, p.number, p.kind, p.state, p.scenario, p.weights, p.guarantee, p.seed, p.time_limit, p.base_version, p.asked_by,
coalesce(n.name, '') AS asked_by_name, p.asked_at, p.started_at, p.ended_at, p.stop_asked_at, p.inputs_hash, p.engine_version, p.value, p.bound, p.bound_kind,
p.seconds, p.first_seconds, p.metrics, p.reason FROM plan p LEFT JOIN person n ON n.id = p.asked_by """


def _decoded(row: Any) -> Run:
    facts = dict(row)
    for name in ("scenario", "weights", "metrics"):
        facts[name] = msgspec.json.decode(facts[name])
    return msgspec.convert(facts, Run, strict=False)


async def runs(edition: UUID, *, limit: int = 30) -> list[Run]:
    """The latest runs, newest first."""
    async with db.connection() as conn:
        return [_decoded(row) for row in await conn.fetch(_RUN + "WHERE p.edition = $1 ORDER BY p.number DESC LIMIT $2", edition, limit)]


async def run_by_number(edition: UUID, number: int) -> Run:
    """One run. Raises NotFound."""
    async with db.connection() as conn:
        row = await conn.fetchrow(_RUN + "WHERE p.edition = $1 AND p.number = $2", edition, number)
    if row is None:
        raise NotFound(N_("There is no such run."))
    return _decoded(row)


@dataclass(frozen=True, slots=True)
class Point:
    """The state of a run after `seconds`."""

    seconds: float
    phase: str
    value: int | None
    bound: int | None
    meetings: int | None


async def points(plan: UUID) -> list[Point]:
    """How a run went, in time."""
    return await db.rows(Point, "SELECT seconds, phase, value, bound, meetings FROM plan_progress WHERE plan = $1 ORDER BY seconds, value", plan)


async def ask(
    edition: Edition, *, by: UUID | None, now: datetime, weights: Weights = DEFAULT_WEIGHTS, guarantee: int = 1, seed: int = 1,
    time_limit: float = 60.0, scenario: Scenario | None = None, kind: str = "plan",
) -> int:  # fmt: skip
    """Ask for a run; its number. Raises Conflict while another one of the edition waits or runs with the same kind."""
    async with db.transaction():
        await db.lock(f"runs.{edition.id}")
        if await db.value("SELECT 1 FROM plan WHERE edition = $1 AND state IN ('waiting', 'running') AND kind = $2", edition.id, kind):
            raise Conflict(N_("A run is under way. Wait for it, or stop it first."))
        number: int = await db.value("SELECT coalesce(max(number), 0) + 1 FROM plan WHERE edition = $1", edition.id)
        plan = await db.value(
            """INSERT INTO plan (edition, number, kind, scenario, weights, guarantee, seed, time_limit, asked_by, asked_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id""",
            edition.id, number, kind, to_json(scenario or Scenario()), msgspec.json.encode(weights_json(weights)).decode(), guarantee, seed, time_limit, by, now,
        )  # fmt: skip
        job = await jobs.enqueue("matchmaking.run", {"plan": str(plan)}, priority=5)
        await db.execute("UPDATE plan SET job = $2 WHERE id = $1", plan, job)
        await outbox.emit("edition", "plan.asked", str(number))
    return number


async def stop(edition: Edition, number: int, *, now: datetime) -> None:
    """End a run and keep the best plan it has; one that has not begun is dropped. A run that is over stays as it is."""
    async with db.transaction():
        await db.execute(
            "UPDATE plan SET state = 'stopped', ended_at = $3, reason = 'dropped' WHERE edition = $1 AND number = $2 AND state = 'waiting'",
            edition.id,
            number,
            now,
        )
        await db.execute("UPDATE plan SET stop_asked_at = $3 WHERE edition = $1 AND number = $2 AND state = 'running'", edition.id, number, now)
        await outbox.emit("edition", "plan.progress", str(number))


def weights_json(weights: Weights) -> dict[str, int]:
    """Weights under the names of the file format."""
    return {key.rstrip("_"): value for key, value in asdict(weights).items()}


def weights_from(raw: dict[str, int]) -> Weights:
    return Weights(**{("break_" if key == "break" else key): value for key, value in raw.items()})


async def meetings_of(plan: UUID, edition: Edition) -> tuple[Meeting, ...]:
    """The interviews of a plan as the engine knows them."""
    grid = slot_grid(edition)
    async with db.connection() as conn:
        rows = await conn.fetch(
            "SELECT candidate, recruiter, meeting_table, slot FROM plan_meeting WHERE plan = $1 AND guest_company IS NULL ORDER BY candidate, slot", plan
        )
    return tuple(Meeting(str(r[0]), recruiter_key(r[1], r[2]), grid.index(r[3])) for r in rows)


async def read_problem_of(plan: UUID) -> Problem:
    """The problem a run was given, from its kept inputs. Raises NotFound before there are any."""
    kept = await db.value("SELECT inputs FROM plan WHERE id = $1", plan)
    if kept is None:
        raise NotFound(N_("This run has not read its inputs yet."))
    return parse_problem(msgspec.json.decode(zlib.decompress(kept)))
