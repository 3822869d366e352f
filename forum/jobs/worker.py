"""The worker: takes jobs from the queue until told to stop, through database restarts and its own."""

import asyncio
import contextlib
import logging
import os
import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg
from pgqueuer import PgQueuer
from pgqueuer.adapters.drivers.asyncpg import AsyncpgPoolDriver
from pgqueuer.core.executors import EntrypointExecutorParameters
from pgqueuer.domain import models
from pgqueuer.domain.errors import FailingListenerError

from forum import db, tasks
from forum.errors import Unavailable
from forum.i18n import N_, Message
from forum.jobs import registry
from forum.jobs.queue import enqueue
from forum.jobs.registry import HANDLERS, SCHEDULES, Handler
from forum.jobs.runner import Runner
from forum.settings import Settings

log = logging.getLogger("forum.jobs")

LOOK_EVERY: Final = timedelta(seconds=0.5)
HEARTBEAT: Final = timedelta(seconds=20)  # a job silent for so long belongs to a dead worker
BATCH: Final = 10
BEAT_SECONDS: Final = 10.0
PROBE_SECONDS: Final = 10.0
AWAY: Final = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, Unavailable, FailingListenerError)


async def run_worker(settings: Settings, *, stop: asyncio.Event | None = None, open_pool: bool = True) -> None:
    """Work until *stop* is set; at most 10 s later it has ended. A database that is away is asked again, ever less often.

    With `open_pool=False` the caller (a test) has the pool open already.
    """
    registry.load()
    stop = stop or asyncio.Event()
    pause = 1.0
    while not stop.is_set():
        try:
            async with db.pool(settings.database_url, size=settings.pool_size) if open_pool else contextlib.nullcontext():
                pause = 1.0
                await _serve(settings, stop)
        except* AWAY as away:
            log.warning("the database is away", extra={"facts": {"why": type(away.exceptions[0]).__name__, "again_in": pause}})
            await _wait(stop, pause)
            pause = min(30.0, pause * 2)


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()


@dataclass(slots=True)
class _Ending:
    """Why the worker's loop ends, once it does: the database failed it (the first time), or it was told to stop."""

    event: asyncio.Event = field(default_factory=asyncio.Event)
    why: BaseException | None = None

    def lost(self, why: BaseException) -> None:
        self.why = self.why or why
        self.event.set()


Lost = Callable[[BaseException], None]


class _Driver(AsyncpgPoolDriver):
    """PgQueuer's driver, which says when the database failed it."""

    def __init__(self, pool: asyncpg.Pool, lost: Lost) -> None:
        super().__init__(pool)
        self.lost = lost

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        with _telling(self.lost):
            return await super().fetch(query, *args)

    async def execute(self, query: str, *args: object) -> str:
        with _telling(self.lost):
            return await super().execute(query, *args)


@contextlib.contextmanager
def _telling(lost: Lost) -> Iterator[None]:
    try:
        yield
    except AWAY as away:
        lost(away)
        raise


async def _serve(settings: Settings, stop: asyncio.Event) -> None:
    """Take jobs on the open pool until *stop*, or until the database goes away.

    PgQueuer's loop, once it ends, waits for the jobs that run and takes no others: mails would wait minutes for a plan. So whatever
    ends the loop is told to the running jobs too; they go back to the queue.
    """
    if await db.value("SELECT to_regclass('job_worker') IS NULL"):
        raise Unavailable(Message(N_("The database has no job queue yet: run forum migrate.")))
    assert db.DB.pool is not None
    ending = _Ending()
    queue = PgQueuer(_Driver(db.DB.pool, ending.lost))
    for handler in HANDLERS.values():
        _register(queue, handler, settings, ending.event)
    for name, expression in SCHEDULES.items():
        queue.schedule(f"every.{name}", expression, clean_old=False)(_enqueuer(name))
    side = [
        asyncio.create_task(work)
        for work in (_stop_with(queue, ending.event), _passed_on(stop, ending.event), _beat(uuid4(), ending.lost), _listens(queue, ending.lost))
    ]
    try:
        await queue.run(
            dequeue_timeout=LOOK_EVERY, batch_size=BATCH, max_concurrent_tasks=2 * BATCH, heartbeat_timeout=HEARTBEAT, log_aggregation_interval=timedelta(0),
        )  # fmt: skip
    finally:
        await tasks.end(side)
    if not stop.is_set():
        raise ending.why or FailingListenerError


def _register(queue: PgQueuer, handler: Handler, settings: Settings, stopping: asyncio.Event) -> None:
    async def unused(job: models.Job) -> None:
        """PgQueuer wants a coroutine of its own shape; `Runner` calls the handler's."""

    make: Callable[[EntrypointExecutorParameters], Runner] = partial(Runner, handler=handler, settings=settings, stopping=stopping)
    queue.entrypoint(handler.name, concurrency_limit=handler.at_once, on_failure="hold", executor_factory=make)(unused)


def _enqueuer(name: str) -> Any:
    """What PgQueuer's scheduler runs: the job goes through the queue like any other, with its attempts and its place among the dead."""

    async def due(schedule: models.Schedule) -> None:
        await enqueue(name, {}, key=f"every.{name}")

    return due


async def _stop_with(queue: PgQueuer, ending: asyncio.Event) -> None:
    await ending.wait()
    queue.shutdown.set()


async def _passed_on(stop: asyncio.Event, ending: asyncio.Event) -> None:
    await stop.wait()
    ending.set()


async def _listens(queue: PgQueuer, lost: Lost) -> None:
    """Ask now and then whether the queue's listener still hears. PgQueuer's own first probe may be said before its LISTEN takes hold, on a busy machine, and is not believed."""
    while True:
        await asyncio.sleep(PROBE_SECONDS)
        with _telling(lost):
            await queue.qm.listener_healthy(timedelta(seconds=PROBE_SECONDS))


async def _beat(worker: UUID, lost: Lost) -> None:
    """Keep this worker's row fresh; forget those that have been silent for an hour."""
    try:
        while True:
            with _telling(lost):
                await db.execute(
                    "INSERT INTO job_worker (id, host, process) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET seen_at = now()",
                    worker, platform.node()[:60], os.getpid(),
                )  # fmt: skip
                await db.execute("DELETE FROM job_worker WHERE seen_at < now() - interval '1 hour'")
            await asyncio.sleep(BEAT_SECONDS)
    finally:
        with contextlib.suppress(*AWAY, asyncio.CancelledError):
            await db.execute("DELETE FROM job_worker WHERE id = $1", worker)
