"""What a rehearsed day stands on: a server in this process, a client without cookies, the driver of the day."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from http.cookiejar import DefaultCookiePolicy
from uuid import UUID

import httpx
import uvicorn

from forum import clock, db, editions, serving
from forum.editions import Edition
from forum.rehearsal.driver import Driver
from forum.rehearsal.hands import Hands, Ledger
from forum.settings import Settings, secret_of
from forum.simulated import Clock

OPENS = timedelta(minutes=-30)  # from the opening of the first day: when the first people come


def start_of(edition: Edition) -> datetime:
    """When the rehearsed day begins: half an hour before the doors open on the edition's first day."""
    first = edition.days[0]
    return clock.at_local(first.day, first.opens, edition.zone) + OPENS


def client_of(url: str, transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """A client that keeps no cookies: everybody sends their own."""
    client = httpx.AsyncClient(base_url=url, transport=transport, timeout=60, limits=httpx.Limits(max_connections=16))
    client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return client


async def resumed(edition: Edition) -> tuple[date, datetime] | None:
    """The day to rehearse and the moment to go on from: after the last passage, or the next day; None after the last day."""
    for each in edition.days:
        last = await db.value("SELECT max(k.at) FROM check_in k JOIN campus c ON c.id = k.campus WHERE c.edition = $1 AND k.day = $2", edition.id, each.day)
        opens, closes = (clock.at_local(each.day, when, edition.zone) for when in (each.opens, each.closes))
        if last is None:
            return each.day, opens + OPENS
        if last < closes - timedelta(minutes=30):
            return each.day, max(last, opens + OPENS)
    return None


async def driver_of(client: httpx.AsyncClient, settings: Settings, running: Clock, *, seed: int, prompt_jobs: bool, day: date | None = None) -> Driver:
    """The driver of a day of the current edition (the first when not given), ready to run."""
    edition = await editions.needed()
    organiser: UUID = await db.value("SELECT person FROM role WHERE edition = $1 AND name = 'forum_organiser' AND ended_at IS NULL LIMIT 1", edition.id)
    hands = Hands(client, settings, secret_of(settings), Ledger(), seed)
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
