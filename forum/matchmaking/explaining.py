"""The worker's side of explanations: who asked first, then everybody's meetings, then unmet wishes until the time is over."""

import math
import time
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from forum import db
from forum.editions import Edition
from forum.live import outbox
from forum.matchmaking import explanations, runs
from forum.matchmaking.engine.explain import explain_pair
from forum.matchmaking.engine.seating import Seating

BUDGET: Final = 240.0  # seconds for those who did not ask
SHORT: Final = 0.3  # seconds for an unmet wish of somebody who did not ask
ASKED: Final = 15.0  # and of somebody who did; wall time, and the job has low priority
A_PERSON: Final = 45.0  # for all wishes of somebody who asked: the next in the queue waits no longer
BATCH: Final = 200  # rows written in one transaction


async def explain(plan: UUID, edition: Edition, *, now: datetime, budget: float = BUDGET) -> int:
    """Work out what is still missing for *plan*; how many explanations were kept.

    Whoever asks meanwhile is served next. A wish that is not in the run's inputs (passed, withdrawn, given up) has its
    reason elsewhere and gets none here. Doing it again adds only what is missing.
    """
    seating = await _seating(plan, edition)
    work = _Work(plan, seating, await _locked(plan), now)
    done = await work.serve_who_asked()
    until = time.monotonic() + budget
    for candidate, companies in await work.missing():
        done += await work.serve_who_asked()
        if time.monotonic() > until:
            break
        done += await work.keep(candidate, companies, SHORT)
    return done + await work.flush() + await work.serve_who_asked()


async def _seating(plan: UUID, edition: Edition) -> Seating:
    return Seating(await runs.read_problem_of(plan), await runs.meetings_of(plan, edition))


async def _locked(plan: UUID) -> set[tuple[str, str]]:
    """Pairs whose meeting an organiser locked."""
    async with db.connection() as conn:
        rows = await conn.fetch(
            """SELECT m.candidate, m.company FROM meeting m JOIN plan p ON p.edition = m.edition
               WHERE p.id = $1 AND m.is_locked AND m.state IN ('proposed', 'accepted', 'running', 'held')""",
            plan,
        )  # fmt: skip
    return {(str(r[0]), str(r[1])) for r in rows}


class _Work:
    """One plan being explained: its seating, and rows that wait to be written."""

    def __init__(self, plan: UUID, seating: Seating, locked: set[tuple[str, str]], now: datetime) -> None:
        self.plan, self.seating, self.locked, self.now = plan, seating, locked, now
        self.rows: list[tuple[Any, ...]] = []

    async def serve_who_asked(self) -> int:
        """Everybody who waits, in the order of asking, each told at once."""
        served = 0
        while person := await db.value("SELECT candidate FROM explanation_wanted WHERE plan = $1 ORDER BY asked_at, candidate LIMIT 1", self.plan):
            served += await self.flush()
            served += await self.keep(str(person), self.seating.wishes.get(str(person), []), ASKED, all_in=A_PERSON)
            served += await self.flush(replace=True)
            async with db.transaction():
                await db.execute("DELETE FROM explanation_wanted WHERE plan = $1 AND candidate = $2", self.plan, person)
                await outbox.emit(f"person.{person}", "meetings.explained")
        return served

    async def missing(self) -> list[tuple[str, list[str]]]:
        """(candidate, companies) not explained yet: all the meetings first, since each takes a moment; then people with fewest meetings."""
        async with db.connection() as conn:
            have = {(str(r[0]), str(r[1])) for r in await conn.fetch("SELECT candidate, company FROM explanation WHERE plan = $1", self.plan)}
        met = {person: [self.seating.company(m) for m in mine] for person, mine in self.seating.of.items() if mine}
        people = sorted(self.seating.wishes, key=lambda p: (len(met.get(p, ())), p))
        unmet = ((p, [c for c in self.seating.wishes[p] if c not in met.get(p, ())]) for p in people)
        return [(p, left) for p, companies in (*met.items(), *unmet) if (left := [c for c in companies if (p, c) not in have])]

    async def keep(self, candidate: str, companies: Iterable[str], seconds: float, *, all_in: float = math.inf) -> int:
        """Explain each pair within *seconds*, the last ones shorter once *all_in* is spent; rows are written by the batch. How many were written."""
        until = time.monotonic() + all_in
        for company in companies:
            found = explain_pair(self.seating, candidate, company, seconds=max(SHORT, min(seconds, until - time.monotonic())))
            said = explanations.for_the_person(found.sentences, is_locked=(candidate, company) in self.locked)
            self.rows.append((UUID(candidate), UUID(company), found.reason, msgspec.json.encode(said).decode()))
        return await self.flush() if len(self.rows) >= BATCH else 0

    async def flush(self, *, replace: bool = False) -> int:
        """Write what waits; only one that was asked for may *replace* what is there."""
        rows, self.rows = self.rows, []
        await db.execute_many(
            """INSERT INTO explanation (plan, candidate, company, reason, sentences, made_at) VALUES ($5, $1, $2, $3, $4, $6)
               ON CONFLICT (plan, candidate, company) DO UPDATE SET reason = excluded.reason, sentences = excluded.sentences, made_at = excluded.made_at WHERE $7""",
            [(*row, self.plan, self.now, replace) for row in rows],
        )  # fmt: skip
        return len(rows)
