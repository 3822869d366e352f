"""Jobs of the live channel: mails of an announcement; events and alerts that are forgotten, and when."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from forum import clock, db, jobs
from forum.i18n import N_
from forum.jobs import Job
from forum.live import telling
from forum.operations import retention

KEPT: Final = timedelta(hours=24)  # screens resume within half an hour; whoever was away longer fetches anew
BATCH: Final = 20_000  # rows per transaction: numbering goes on between two

retention.rule("alert_quiet", days=14, condition="until < $1", why="an alert that was put off a fortnight ago is nobody's")
retention.rule("alert_taken", days=14, condition="until < $1", why="the same, for who looked after it")


@jobs.handler("live.tell", seconds=600)
async def tell(job: Job) -> None:
    """Post the mails of an announcement; how many is kept as the job's progress."""
    told = await telling.tell(UUID(job.payload["announcement"]), now=clock.now())
    await jobs.progress(job.id, told, told, N_("Mails posted"))


async def forget_events(now: datetime) -> int:
    """Drop numbered events older than a day, oldest first; how many."""
    gone = 0
    while count := await db.execute(
        """DELETE FROM event WHERE id IN (SELECT id FROM event WHERE seq IS NOT NULL AND seq <= (SELECT seq FROM live_state WHERE one) AND at < $1
           ORDER BY seq LIMIT $2)""",
        now - KEPT,
        BATCH,
    ):
        gone += count
    return gone


@jobs.every(hours=1)
@jobs.handler("live.forget", tries=3)
async def forget(job: Job) -> None:
    gone = await forget_events(clock.now())
    await jobs.progress(job.id, gone, gone, N_("Forgotten what is due"))
