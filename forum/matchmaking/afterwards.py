"""Figures a repair does not wait for: worked out once it is published, in a job of their own."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

import msgspec

from forum import db
from forum.editions import Edition
from forum.matchmaking import parity, runs
from forum.matchmaking.engine.check import check
from forum.matchmaking.engine.model import Infeasible, Meeting, Problem

COMPARE: Final = 15.0  # seconds for the plan from nothing that a repair is held against


@dataclass(frozen=True, slots=True)
class _Judge:
    bound: int
    seed: int


def expert(problem: Problem, meetings: tuple[Meeting, ...], bound: int) -> Any:
    """Every figure of the engine's own metrics, as plain data."""
    from forum.matchmaking.engine.metrics import metrics

    return msgspec.to_builtins(metrics(problem, meetings, check(problem, meetings), bound=bound))


async def add_figures(plan: UUID, edition: Edition, *, seconds: float = COMPARE) -> None:
    """Complete the figures of a run that has none yet. Done again it changes nothing."""
    row = await db.row(_Judge, "SELECT bound, seed FROM plan WHERE id = $1 AND bound IS NOT NULL AND metrics -> 'expert' = 'null'::jsonb", plan)
    if row is None:
        return
    problem, meetings = await runs.read_problem_of(plan), await runs.meetings_of(plan, edition)
    facts = {
        "expert": await asyncio.to_thread(expert, problem, meetings, row.bound), "opportunity": await parity.opportunity(edition, problem, meetings),
        "compared": await asyncio.to_thread(_against_a_new_plan, problem, meetings, seconds, row.seed),
    }  # fmt: skip
    await db.execute("UPDATE plan SET metrics = metrics || $2 WHERE id = $1", plan, msgspec.json.encode(facts).decode())


def _against_a_new_plan(problem: Problem, meetings: tuple[Meeting, ...], seconds: float, seed: int) -> dict[str, Any] | None:
    """What the repair loses to a plan made from nothing in *seconds*, when changes cost nothing; negative where it is better."""
    from forum.matchmaking.engine.solve import solve

    fresh = replace(problem, previous=None)
    found = solve(fresh, time_limit=seconds, workers=1, seed=seed)
    if isinstance(found, Infeasible):
        return None
    new, old = check(fresh, found.meetings).terms, check(fresh, meetings).terms
    return {
        "seconds": found.seconds, "preference": new.preference, "preference_lost": new.preference - old.preference, "guarantee_lost": new.guaranteed - old.guaranteed,
        "value_lost": new.value(fresh) - old.value(fresh),
    }  # fmt: skip
