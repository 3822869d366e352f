"""A run, done by the worker: inputs read in one snapshot, solved with live progress, judged by the checker, kept with its plan."""

import asyncio
import gc
import hashlib
import resource
import sys
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from importlib.metadata import version
from typing import Any, Final
from uuid import UUID

import msgspec

from forum import __version__, db
from forum.editions import Edition
from forum.live import outbox
from forum.matchmaking import access_first, afterwards, parity, reading
from forum.matchmaking.engine.check import Report, check
from forum.matchmaking.engine.files import problem_json
from forum.matchmaking.engine.model import Infeasible, Plan, Problem, Progress
from forum.matchmaking.metrics import metrics
from forum.matchmaking.places import slot_grid
from forum.matchmaking.problem import build, recruiter_key, recruiter_of
from forum.matchmaking.runs import weights_from
from forum.matchmaking.scenario import hindered, parse

FIRST_SECONDS: Final = 10.0  # at most for the people who are placed first
ENGINE: Final = f"forum {__version__}, ortools {version('ortools')}"


async def execute(plan: UUID, edition: Edition, *, now: datetime, workers: int = 2) -> None:
    """Do the run: read the inputs, solve with live progress, keep the plan. A run that is over, or was dropped, is left alone."""
    started = await db.execute("UPDATE plan SET state = 'running', started_at = $2 WHERE id = $1 AND state IN ('waiting', 'running')", plan, now)
    if not started:
        return
    async with db.connection() as conn:
        row = await conn.fetchrow("SELECT number, kind, scenario, weights, guarantee, seed, time_limit FROM plan WHERE id = $1", plan)
    try:
        await _run(plan, edition, row, now, workers)
    except Exception as error:
        await db.execute("UPDATE plan SET state = 'failed', ended_at = clock_timestamp(), reason = $2 WHERE id = $1", plan, type(error).__name__)
        await outbox.emit("edition", "plan.ended", str(row["number"]))
        raise


async def _run(plan: UUID, edition: Edition, row: Any, now: datetime, workers: int) -> None:
    """First the people who need step-free ways, then everybody, with those meetings fixed."""
    began = time.process_time()
    scenario = parse(msgspec.json.decode(row["scenario"]))
    with _whole_at_once():
        inputs = await reading.read_inputs(
            edition, now=now, guarantee=row["guarantee"], weights=weights_from(msgspec.json.decode(row["weights"])),
            scenario=scenario, name=f"{edition.slug} run {row['number']}",
        )  # fmt: skip
    if wrong := hindered(inputs, scenario.locked):
        why, one = wrong
        await _no_plan(plan, row["number"], why, "", [(one.candidate, recruiter_key(one.recruiter, one.meeting_table), inputs.grid.index(one.slot))])
        return
    limit, extra = float(row["time_limit"]), dict[str, Any]()
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
    with _whole_at_once():
        problem = build(inputs)
        await _keep_inputs(plan, problem)
    found = await _solve(plan, problem, row["number"], max(1.0, limit), row["seed"], workers)
    extra["processor_seconds"] = round(time.process_time() - began, 1)  # of all threads, from the reading of the inputs to the plan
    await _keep(plan, edition, problem, found, row["number"], extra, hurry=row["kind"] == "repair")


@contextmanager
def _whole_at_once() -> Iterator[None]:
    """No search for garbage meanwhile: hundreds of thousands of rows are made that all stay, and the search took two thirds of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


async def _keep_inputs(plan: UUID, problem: Problem) -> None:
    kept = problem_json(problem)
    await db.execute(
        """UPDATE plan SET inputs = $2, inputs_hash = $3, engine_version = $4,
           base_version = coalesce((SELECT max(number) FROM plan_version WHERE edition = plan.edition), 0) WHERE id = $1""",
        plan, zlib.compress(kept, 1), hashlib.sha256(kept).hexdigest(), ENGINE,
    )  # fmt: skip


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


async def _keep(
    plan: UUID, edition: Edition, problem: Problem, found: Plan | Infeasible, number: int, extra: dict[str, Any] | None = None, *, hurry: bool = False
) -> None:
    if isinstance(found, Infeasible):
        await _no_plan(plan, number, found.rule, found.reason, found.conflict)
        return
    report, facts = await asyncio.to_thread(_judged, problem, found, hurry)
    if not report.valid:  # the engine's own judge is another program than its search
        await db.execute("UPDATE plan SET state = 'failed', ended_at = clock_timestamp(), reason = $2 WHERE id = $1", plan, f"checker: {report.errors[0]}")
        await outbox.emit("edition", "plan.ended", str(number))
        return
    if not hurry:
        facts["opportunity"] = await parity.opportunity(edition, problem, found.meetings)
    async with db.transaction():
        await write_meetings(plan, edition, problem, found)
        await db.execute(
            """UPDATE plan SET state = $2, ended_at = clock_timestamp(), value = $3, bound = $4, bound_kind = $5, seconds = $6, first_seconds = $7, metrics = $8
               WHERE id = $1""",
            plan, "done" if found.finished or not await _asked_to_stop(plan) else "stopped", found.value, found.bound, found.bound_kind, found.seconds,
            found.first_seconds, msgspec.json.encode(facts | (extra or {})).decode(),
        )  # fmt: skip
        await outbox.emit("edition", "plan.ended", str(number))


async def _no_plan(plan: UUID, number: int, rule: int | str, reason: str, conflict: Iterable[tuple[Any, ...]]) -> None:
    """No plan exists: the locked meetings that cannot all stand, and the rule they break."""
    kept = msgspec.json.encode({"rule": rule, "reason": reason, "conflict": [list(m) for m in conflict]}).decode()
    await db.execute("UPDATE plan SET state = 'infeasible', ended_at = clock_timestamp(), reason = $2 WHERE id = $1", plan, kept)
    await outbox.emit("edition", "plan.ended", str(number))


def _judged(problem: Problem, found: Plan, hurry: bool) -> tuple[Report, dict[str, Any]]:
    """The checker's report, and every figure of the plan: ours for people, the engine's for experts (later, in a *hurry*)."""
    report = check(problem, found.meetings, value=found.value, bound=found.bound)
    expert = None if hurry or not report.valid else afterwards.expert(problem, found.meetings, found.bound)
    return report, {"plain": asdict(metrics(problem, found.meetings)), "expert": expert, "run": _took(found)}


def _took(found: Plan) -> dict[str, Any]:
    """What making the plan took; the memory is the largest of the run's own process."""
    unit = 1024**2 if sys.platform == "darwin" else 1024  # bytes there, kB elsewhere
    return {
        "first_seconds": found.first_seconds, "one_percent_seconds": found.one_percent_seconds, "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit),
        "repair": asdict(found.repair) if found.repair else None,
    }  # fmt: skip


async def _asked_to_stop(plan: UUID) -> bool:
    return bool(await db.value("SELECT stop_asked_at IS NOT NULL FROM plan WHERE id = $1", plan))


async def write_meetings(plan: UUID, edition: Edition, problem: Problem, found: Plan) -> None:
    """The plan's meetings as rows."""
    starts = slot_grid(edition).starts
    seat = {r.id: (UUID(r.company), *recruiter_of(r.id)) for r in problem.recruiters}
    rows = [(UUID(m.candidate), *seat[m.recruiter], starts[m.slot]) for m in found.meetings]
    await db.execute("DELETE FROM plan_meeting WHERE plan = $1", plan)
    await db.execute(
        """INSERT INTO plan_meeting (plan, candidate, company, recruiter, meeting_table, slot)
           SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::timestamptz[])""",
        plan, *([list(column) for column in zip(*rows, strict=True)] if rows else [[], [], [], [], []]),
    )  # fmt: skip
