"""`forum demo`: the database, the rehearsal edition made once, the server with a worker beside it, and the day that runs by itself."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date

import uvicorn
from litestar.datastructures import State
from rich.console import Console

from forum import clock, db, editions, serving, tasks
from forum.database import database
from forum.editions import Edition
from forum.migrate import migrate
from forum.people.demo import ROLES
from forum.rehearsal import kept, stand
from forum.rehearsal.client import client_of
from forum.rehearsal.control import Rehearsal
from forum.rehearsal.driver import Driver
from forum.rehearsal.prepare import Size, empty, half_made, prepare, stands
from forum.settings import Settings, secret_of
from forum.simulated import Clock, path_of

SPEED = 10.0  # of the day that runs by itself


def run(settings: Settings, *, people: int, campuses: int, companies: int, prepare_only: bool, still: bool) -> None:
    """Start the database, bring it up to date, make the rehearsal edition once, and serve it with its day until Ctrl-C."""
    console = Console(stderr=True, highlight=False)
    settings = replace(settings, origin=f"http://{settings.host}:{settings.port}") if settings.origin == Settings().origin else settings
    if not prepare_only:
        serving.must_be_free(settings)
    with database(settings) as url:
        settings = replace(settings, database_url=url)
        asyncio.run(ready(settings, Size(people, campuses, companies, 6.0 if people <= 5000 else 20.0), console))
        if prepare_only:
            return
        path_of(settings).unlink(missing_ok=True)
        serving.must_be_free(settings)  # once more: preparing takes a while
        with serving.worker(settings), suppress(KeyboardInterrupt):
            asyncio.run(_serve(settings, console, still=still))


async def ready(settings: Settings, size: Size, console: Console) -> None:
    """The rehearsal edition stands in the database."""

    @contextmanager
    def step(words: str) -> Iterator[None]:
        started = time.monotonic()
        with console.status(words):
            yield
        console.print(f"[green]✓[/] {words} [dim]{time.monotonic() - started:.1f} s[/]")

    with step("Database ready, up to date"):
        await migrate(settings.database_url, now=clock.now())
    async with db.pool(settings.database_url, size=4):
        broken = await half_made()
    if broken:
        with step("Thrown away: a preparation that was interrupted"):
            await empty(settings.database_url)
            await migrate(settings.database_url, now=clock.now())
    async with db.pool(settings.database_url, size=4):
        if not await stands():
            await prepare(size, secret=secret_of(settings), day=clock.local(clock.now()).date(), step=step)


async def _serve(settings: Settings, console: Console, *, still: bool) -> None:
    async with stand.serving_beside(settings) as server:
        day = None if still else asyncio.create_task(_days(settings, server))
        _welcome(settings, console, still=still)
        while not server.should_exit:
            await asyncio.sleep(0.2)
            if day is not None and day.done() and day.exception() is not None:
                console.print(f"[red]The simulated day ended early:[/] {day.exception()!r}")
                day = None
        if day is not None:
            await tasks.end([day])


def _welcome(settings: Settings, console: Console, *, still: bool) -> None:
    console.print(f"\n[bold]Forum is at {settings.origin}/[/]  (English: {settings.origin}/en/)\nSign in as:")
    for role in ROLES:
        console.print(f"  {role:10} {settings.origin}/demo/{role}")
    console.print(f"  {'mail':10} {settings.origin}/demo/outbox")
    if not still:
        console.print(f"The simulated day runs {SPEED:.0f} times as fast; an organiser pauses, jumps and breaks things at {settings.origin}/rehearsal")
    console.print("Ctrl-C ends it.\n")


async def _days(settings: Settings, server: uvicorn.Server) -> None:
    """Live the day that is due, at its pace, on a clock every process of the demo shares; then the next when somebody asks for it."""
    edition = await editions.needed()
    due, start = await stand.resumed(edition)
    running = Clock(start, speed=SPEED, path=path_of(settings), held=True)
    clock.run_on(running.now)
    state: State = server.config.app.state  # type: ignore[union-attr]
    day: date | None = due
    try:
        async with client_of(settings.origin) as client:
            while day is not None:
                day = await _one_day(state, edition, day, await stand.driver_of(client, settings, running, seed=1, prompt_jobs=True, day=day))
                await stand.over_night(running, stand.begins_of(edition, day))
    finally:
        running.forget()
        clock.run_on(None)


async def _one_day(state: State, edition: Edition, day: date, driver: Driver) -> date:
    """Live *day* to its end and wait until the next one is asked for: that day."""
    following = next((d.day for d in edition.days if d.day > day), None)
    state.rehearsal = here = Rehearsal(driver, driver.clock, stand.ends_of(edition, day), following)
    try:
        await driver.run(here.ends)
        driver.clock.pause()
        return await here.next_asked()
    finally:
        kept.keep(driver, driver.clock.now())
