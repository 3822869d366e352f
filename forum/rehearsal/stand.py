"""What a rehearsed day stands on: a server in this process, a client without cookies, the driver of the day."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import uvicorn

from forum import clock, db, editions, serving, tasks
from forum.editions import Edition
from forum.errors import Unavailable
from forum.i18n import N_
from forum.people import sign_in
from forum.rehearsal.client import Client, Unanswered
from forum.rehearsal.driver import Driver
from forum.rehearsal.hands import Hands, Ledger
from forum.settings import Settings, secret_of
from forum.simulated import Clock

OPENS = timedelta(minutes=-30)  # from the opening of a day: when the first people come
GONE = N_("The rehearsal's server ended by itself.")
CLEARS = timedelta(minutes=10)  # from the closing: when the last have gone


def start_of(edition: Edition) -> datetime:
    """When the rehearsed day begins: half an hour before the doors open on the edition's first day."""
    return begins_of(edition, edition.days[0].day)


def ends_of(edition: Edition, day: date) -> datetime:
    """When the rehearsed *day* is over: ten minutes after the doors close."""
    closes = next(d.closes for d in edition.days if d.day == day)
    return clock.at_local(day, closes, edition.zone) + CLEARS


def begins_of(edition: Edition, day: date) -> datetime:
    """When the rehearsed *day* begins: half an hour before the doors open."""
    opens = next(d.opens for d in edition.days if d.day == day)
    return clock.at_local(day, opens, edition.zone) + OPENS


async def over_night(running: Clock, to: datetime) -> None:
    """Go on at *to*, held, until the day is ready; who is signed in stays so, though a night has passed."""
    running.hold()
    await sign_in.leave_out(running.now(), to)
    running.jump(to)
    running.run()


async def resumed(edition: Edition) -> tuple[date, datetime]:
    """The day to rehearse and the moment to go on from: after the last passage, or the next day; after the last day, its end."""
    for each in edition.days:
        last = await db.value("SELECT max(k.at) FROM check_in k JOIN campus c ON c.id = k.campus WHERE c.edition = $1 AND k.day = $2", edition.id, each.day)
        opens, closes = (clock.at_local(each.day, when, edition.zone) for when in (each.opens, each.closes))
        if last is None:
            return each.day, opens + OPENS
        if last < closes - timedelta(minutes=30):
            return each.day, max(last, opens + OPENS)
    day = edition.days[-1].day
    return day, ends_of(edition, day)


async def driver_of(client: Client, settings: Settings, running: Clock, *, seed: int, prompt_jobs: bool, day: date | None = None) -> Driver:
    """The driver of a day of the current edition (the first when not given), ready to run."""
    edition = await editions.needed()
    organiser: UUID = await db.value("SELECT person FROM role WHERE edition = $1 AND name = 'forum_organiser' AND ended_at IS NULL LIMIT 1", edition.id)
    hands = Hands(client, settings, secret_of(settings), Ledger(), f"{seed}/{running.now().isoformat()}")  # other nonces when a day is gone on with
    driver = Driver(hands, edition, day or edition.days[0].day, running, organiser=organiser, seed=seed, prompt_jobs=prompt_jobs)
    await driver.prepare()
    return driver


@asynccontextmanager
async def serving_beside(settings: Settings) -> AsyncIterator[uvicorn.Server]:
    """The server in this process's loop, with its pool, until the block ends."""
    server = uvicorn.Server(serving.configuration(settings))
    task = asyncio.create_task(server.serve())
    while not server.started:
        if task.done():
            await task
        await asyncio.sleep(0.05)
    try:
        yield server
    finally:
        server.should_exit = True
        await task


@contextmanager
def server_apart(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """The server in a process of its own until the block ends."""
    child = subprocess.Popen([sys.executable, "-m", "forum.rehearsal.server"], stdin=subprocess.PIPE, env=serving.environment(settings))
    with serving.ended(child):
        yield child


async def until_answered(server: subprocess.Popen[bytes], client: Client) -> None:
    """Wait until *server* answers *client*. Raises Unavailable when it ends instead."""
    while not await _answers(client):
        if server.poll() is not None:
            raise Unavailable(GONE)
        await asyncio.sleep(0.1)


async def _answers(client: Client) -> bool:
    try:
        return (await client.get("/readyz")).status == 200
    except Unanswered:
        return False


async def while_served(server: subprocess.Popen[bytes], work: Coroutine[Any, Any, None]) -> None:
    """Do *work*; stop in the middle when the server's process ends. Raises Unavailable then."""
    task = asyncio.ensure_future(work)
    try:
        while not task.done():
            await asyncio.wait({task}, timeout=0.5)
            if server.poll() is not None:
                raise Unavailable(GONE)
    finally:
        await tasks.end([task])
    task.result()
