"""The rehearsal's meetings: invented companies and wishes, then a first plan, calculated and published like a real one."""

from datetime import datetime
from uuid import UUID

from forum import db
from forum.editions import Edition
from forum.matchmaking import publishing, running, runs, sample


async def rehearse(edition: Edition, *, people: int, companies: int, now: datetime, seconds: float = 6.0, seed: int = 1) -> sample.Made:
    """Fill *edition* and publish its first plan in the name of its organiser; what was made."""
    made = await sample.fill(edition, companies=companies, candidates=people, now=now, seed=seed)
    await plan(edition, now=now, seconds=seconds, seed=seed)
    return made


async def plan(edition: Edition, *, now: datetime, seconds: float = 6.0, seed: int = 1) -> None:
    """Calculate and publish the first plan of *edition*; most people have accepted by the morning."""
    organiser: UUID | None = await db.value("SELECT person FROM role WHERE edition = $1 AND name = 'forum_organiser' AND ended_at IS NULL LIMIT 1", edition.id)
    number = await runs.ask(edition, by=organiser, now=now, time_limit=seconds, seed=seed)
    key = await db.value("SELECT id FROM plan WHERE edition = $1 AND number = $2", edition.id, number)
    await running.execute(key, edition, now=now)
    run = await runs.run_by_number(edition.id, number)
    if run.has_plan and organiser is not None:
        await publishing.publish(edition, number, by=organiser, now=now, expected_version=0)
        await _answers(edition, now)


async def _answers(edition: Edition, now: datetime) -> None:
    """Most people have accepted by the morning of the rehearsal."""
    await db.execute(
        """WITH yes AS (UPDATE meeting SET state = 'accepted', version = version + 1 WHERE edition = $1 AND state = 'proposed'
                        AND ('x' || substr(md5(id::text), 1, 4))::bit(16)::int % 100 < 80 RETURNING id, candidate)
           INSERT INTO meeting_fact (meeting, kind, at, by) SELECT id, 'accepted', $2, candidate FROM yes""",
        edition.id,
        now,
    )
