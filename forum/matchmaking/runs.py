"""Runs of the engine: asked for in the studio, done by a worker in a process of its own, kept whole with their inputs."""

import asyncio
import hashlib
import zlib
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any, Final
from uuid import UUID

import msgspec

from forum import __version__, db, jobs
from forum.editions import Edition
from forum.errors import Conflict, NotFound
from forum.i18n import N_
from forum.live import outbox
from forum.matchmaking import access_first, reading
from forum.matchmaking.engine.check import Report, check
from forum.matchmaking.engine.files import parse_problem, problem_json
from forum.matchmaking.engine.model import Infeasible, Plan, Problem, Progress, Weights
from forum.matchmaking.metrics import Metrics, metrics
from forum.matchmaking.problem import build, recruiter_of
from forum.matchmaking.scenario import Scenario, parse, to_json

DEFAULT_WEIGHTS: Final = Weights(guarantee=1000, preference=1, campus_change=8, break_=2, idle_slot=1, change=5)
FIRST_SECONDS: Final = 10.0  # at most for the people who are placed first
ENGINE: Final = f"forum {__version__}, ortools {version('ortools')}"


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


# --- the worker's side -------------------------------------------------------------------------------------


async def execute(plan: UUID, edition: Edition, *, now: datetime, workers: int = 2) -> None:
    """Do the run: read the inputs, solve with live progress, keep the plan. A run that is over, or was dropped, is left alone."""
    started = await db.execute("UPDATE plan SET state = 'running', started_at = $2 WHERE id = $1 AND state IN ('waiting', 'running')", plan, now)
    if not started:
        return
    async with db.connection() as conn:
        row = await conn.fetchrow("SELECT number, scenario, weights, guarantee, seed, time_limit FROM plan WHERE id = $1", plan)
    try:
        await _run(plan, edition, row, now, workers)
    except Exception as error:
        await db.execute("UPDATE plan SET state = 'failed', ended_at = clock_timestamp(), reason = $2 WHERE id = $1", plan, type(error).__name__)
        await outbox.emit("edition", "plan.ended", str(row["number"]))
        raise


async def _run(plan: UUID, edition: Edition, row: Any, now: datetime, workers: int) -> None:
    """First the people who need step-free ways, then everybody, with those meetings fixed."""
    inputs = await reading.read_inputs(
        edition, now=now, guarantee=row["guarantee"], weights=weights_from(msgspec.json.decode(row["weights"])),
        scenario=parse(msgspec.json.decode(row["scenario"])), name=f"{edition.slug} run {row['number']}",
    )  # fmt: skip
    limit, extra = float(row["time_limit"]), {}
    first = access_first.first_inputs(inputs, await reading.table_of(edition, inputs.campuses, step_free=True))
    if first is not None:
        problem = build(first)
        found = await _solve(plan, problem, row["number"], min(FIRST_SECONDS, limit / 5), row["seed"], workers, quiet=True)
        if isinstance(found, Infeasible):
            await _keep(plan, edition, problem, found, row["number"])
            return
        inputs = access_first.with_first(inputs, found.meetings, problem)
        limit -= found.seconds
        extra = {"access_first": {"people": len(problem.candidates), "meetings": len(found.meetings), "value": found.value, "bound": found.bound}}
    problem = build(inputs)
    await _keep_inputs(plan, problem)
    found = await _solve(plan, problem, row["number"], max(1.0, limit), row["seed"], workers)
    await _keep(plan, edition, problem, found, row["number"], extra)


async def _keep_inputs(plan: UUID, problem: Problem) -> None:
    kept = problem_json(problem)
    await db.execute(
        """UPDATE plan SET inputs = $2, inputs_hash = $3, engine_version = $4,
           base_version = coalesce((SELECT max(number) FROM plan_version WHERE edition = plan.edition), 0) WHERE id = $1""",
        plan, zlib.compress(kept, 6), hashlib.sha256(kept).hexdigest(), ENGINE,
    )  # fmt: skip


async def read_problem_of(plan: UUID) -> Problem:
    """The problem a run was given, from its kept inputs. Raises NotFound before there are any."""
    kept = await db.value("SELECT inputs FROM plan WHERE id = $1", plan)
    if kept is None:
        raise NotFound(N_("This run has not read its inputs yet."))
    return parse_problem(msgspec.json.decode(zlib.decompress(kept)))


def _engine(problem: Problem, **options: Any) -> Plan | Infeasible:
    """The engine, loaded by the thread that needs it: its libraries take seconds a web process never spends."""
    from forum.matchmaking.engine.solve import solve

    return solve(problem, **options)


async def _solve(plan: UUID, problem: Problem, number: int, time_limit: float, seed: int, workers: int, *, quiet: bool = False) -> Plan | Infeasible:
    """The engine in a thread; its news written every half second (unless *quiet*), the wish to stop read as often."""
    news: list[Progress] = []
    stopping = False
    task = asyncio.create_task(
        asyncio.to_thread(_engine, problem, time_limit=time_limit, workers=workers, seed=seed, on_progress=news.append, stop=lambda: stopping)
    )  # fmt: skip
    written = 0
    while True:
        done, _ = await asyncio.wait({task}, timeout=0.5)
        fresh = news[written:]
        written += len(fresh)
        if fresh and not quiet:
            await _write(plan, number, fresh)
        if done:
            return task.result()
        stopping = bool(await db.value("SELECT stop_asked_at IS NOT NULL FROM plan WHERE id = $1", plan))


async def _write(plan: UUID, number: int, fresh: list[Progress]) -> None:
    """The last line of each half second and phase is enough to draw the run."""
    last = {(item.phase, item.value, item.bound): item for item in fresh}
    async with db.transaction():
        await db.execute_many(
            "INSERT INTO plan_progress (plan, seconds, phase, value, bound, meetings) VALUES ($1, $2, $3, $4, $5, $6)",
            [(plan, p.seconds, p.phase, p.value, p.bound, p.meetings) for p in list(last.values())[-200:]],
        )
        await outbox.emit("edition", "plan.progress", str(number))


async def _keep(plan: UUID, edition: Edition, problem: Problem, found: Plan | Infeasible, number: int, extra: dict[str, Any] | None = None) -> None:
    if isinstance(found, Infeasible):
        reason = msgspec.json.encode({"rule": found.rule, "reason": found.reason, "conflict": [list(m) for m in found.conflict]}).decode()
        await db.execute("UPDATE plan SET state = 'infeasible', ended_at = clock_timestamp(), reason = $2 WHERE id = $1", plan, reason)
        await outbox.emit("edition", "plan.ended", str(number))
        return
    report, facts = await asyncio.to_thread(_judged, problem, found)
    if not report.valid:  # the engine's own judge is another program than its search
        await db.execute("UPDATE plan SET state = 'failed', ended_at = clock_timestamp(), reason = $2 WHERE id = $1", plan, f"checker: {report.errors[0]}")
        await outbox.emit("edition", "plan.ended", str(number))
        return
    async with db.transaction():
        await write_meetings(plan, edition, problem, found)
        await db.execute(
            """UPDATE plan SET state = $2, ended_at = clock_timestamp(), value = $3, bound = $4, bound_kind = $5, seconds = $6, first_seconds = $7, metrics = $8
               WHERE id = $1""",
            plan, "done" if found.finished or not await _asked_to_stop(plan) else "stopped", found.value, found.bound, found.bound_kind, found.seconds,
            found.first_seconds, msgspec.json.encode(facts | (extra or {})).decode(),
        )  # fmt: skip
        await outbox.emit("edition", "plan.ended", str(number))


def _judged(problem: Problem, found: Plan) -> tuple[Report, dict[str, Any]]:
    """The checker's report, and every figure of the plan: ours for people, the engine's for experts."""
    from forum.matchmaking.engine.metrics import metrics as engine_metrics

    report = check(problem, found.meetings, value=found.value, bound=found.bound)
    expert = engine_metrics(problem, found.meetings, report, bound=found.bound) if report.valid else None
    return report, {"plain": asdict(metrics(problem, found.meetings)), "expert": msgspec.to_builtins(expert)}


async def _asked_to_stop(plan: UUID) -> bool:
    return bool(await db.value("SELECT stop_asked_at IS NOT NULL FROM plan WHERE id = $1", plan))


async def write_meetings(plan: UUID, edition: Edition, problem: Problem, found: Plan) -> None:
    """The plan's meetings as rows."""
    from forum.matchmaking.places import slot_grid

    starts = slot_grid(edition).starts
    company = {r.id: UUID(r.company) for r in problem.recruiters}
    rows = [(UUID(m.candidate), company[m.recruiter], *recruiter_of(m.recruiter), starts[m.slot]) for m in found.meetings]
    await db.execute("DELETE FROM plan_meeting WHERE plan = $1", plan)
    await db.execute(
        """INSERT INTO plan_meeting (plan, candidate, company, recruiter, meeting_table, slot)
           SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::timestamptz[])""",
        plan, *([list(column) for column in zip(*rows, strict=True)] if rows else [[], [], [], [], []]),
    )  # fmt: skip
