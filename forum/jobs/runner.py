"""One attempt at one job: bounded in time, stoppable, its failure told without anybody's data."""

import asyncio
import dataclasses
import json
import logging
from datetime import timedelta
from typing import Final

from pgqueuer.core.executors import EntrypointExecutor
from pgqueuer.domain import errors, models

from forum import db
from forum.jobs.describe import describe
from forum.jobs.heavy import ChildFailed, run_in_child
from forum.jobs.queue import Cancelled
from forum.jobs.registry import Handler, Job
from forum.settings import Settings

log = logging.getLogger("forum.jobs")

LOST_STARTS: Final = 3  # a job that took its worker down so often is dead
GRACE: Final = 5.0  # seconds a running job gets when the worker stops
LONGEST_WAIT: Final = 3600.0

STARTS: Final = """
    SELECT count(*) FROM pgqueuer_log WHERE job_id = $1 AND status = 'picked'
    AND id > coalesce((SELECT max(id) FROM pgqueuer_log WHERE job_id = $1 AND status = 'queued'), 0)
"""


class Failed(Exception):
    """The last attempt failed; the text names the error's class and place, never its message (it may quote a person)."""


class Stopping(Exception):
    """The worker ends before the job did."""


def wait_after(failures: int) -> timedelta:
    """How long to wait after the *failures*-th failure (from 1): 2, 8, 32, 128 … s, at most an hour."""
    return timedelta(seconds=min(LONGEST_WAIT, 2.0 * 4.0 ** (failures - 1)))


@dataclasses.dataclass
class Runner(EntrypointExecutor):
    """PgQueuer's executor for one of our handlers."""

    handler: Handler | None = None
    settings: Settings | None = None
    stopping: asyncio.Event = dataclasses.field(default_factory=asyncio.Event)

    async def execute(self, job: models.Job, context: models.Context) -> None:
        """Do the job, or say (in PgQueuer's terms) whether it is to be repeated, is dead, or was cancelled."""
        assert self.handler is not None
        assert self.settings is not None
        await self._refuse_a_killer(job)
        ours = Job(job.id, str(job.entrypoint), json.loads(job.payload or b"{}"), job.attempts + 1, self.settings)
        try:
            await self._until_done_or_stopped(ours)
        except Cancelled:
            context.cancellation.cancel()
        except Stopping:
            raise errors.RetryRequested(delay=timedelta(0), reason="the worker stopped") from None
        except Exception as error:  # noqa: BLE001 - every failure of a job is its own, never the worker's
            why = str(error) if isinstance(error, ChildFailed) else describe(error)
            log.warning("job failed", extra={"facts": {"job": job.id, "name": ours.name, "attempt": ours.attempt, "why": why}})
            if ours.attempt >= self.handler.tries:
                raise Failed(why) from None
            raise errors.RetryRequested(delay=wait_after(ours.attempt), reason=why) from None

    async def _refuse_a_killer(self, job: models.Job) -> None:
        """PgQueuer gives a job whose worker died to the next one, without end: count the starts since it was last put back."""
        if await db.value(STARTS, job.id) > LOST_STARTS:
            raise Failed("its worker died each time")

    async def _until_done_or_stopped(self, job: Job) -> None:
        assert self.handler is not None
        work = run_in_child(self.handler, job) if self.handler.heavy else self.handler.work(job)
        task = asyncio.ensure_future(work)
        stop = asyncio.ensure_future(self.stopping.wait())
        try:
            async with asyncio.timeout(self.handler.seconds):
                await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
                if not task.done() and not self.handler.heavy:
                    await asyncio.wait({task}, timeout=GRACE)
                if not task.done():
                    raise Stopping
            await task
        finally:
            stop.cancel()
            if not task.done():
                task.cancel()
                await asyncio.wait({task})
