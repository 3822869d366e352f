"""`forum rehearse --headless`: a day from nothing to its report, on a database of its own, through a real server and a real worker."""

import asyncio
import signal
import socket
import tempfile
import time
from contextlib import AsyncExitStack, ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.console import Console

from forum import clock, db, editions, serving, tasks
from forum.database import database
from forum.rehearsal import judge
from forum.rehearsal.client import client_of
from forum.rehearsal.demo import ready
from forum.rehearsal.driver import Driver
from forum.rehearsal.judge import Broken
from forum.rehearsal.prepare import Size
from forum.rehearsal.report import judged, report
from forum.rehearsal.stand import driver_of, server_apart, start_of, until_answered, while_served
from forum.settings import Settings
from forum.simulated import Clock, path_of

WATCHED = timedelta(minutes=30)  # of the day between two looks at what is held


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def rehearse(settings: Settings, size: Size, *, speed: float, minutes: int) -> dict[str, Any]:
    """Prepare, live *minutes* simulated minutes at *speed*, judge; the report."""
    with ExitStack() as stack:
        stack.callback(signal.signal, signal.SIGTERM, signal.signal(signal.SIGTERM, signal.default_int_handler))  # as Ctrl-C: its database goes with it
        if not settings.database_url:
            settings = replace(settings, data_dir=Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="forum-rehearsal-"))))
        port = free_port()
        settings = replace(settings, demo=True, host="127.0.0.1", port=port, origin=f"http://127.0.0.1:{port}")
        settings = replace(settings, database_url=stack.enter_context(database(settings)))
        return asyncio.run(_whole(settings, size, speed=speed, minutes=minutes))


async def _whole(settings: Settings, size: Size, *, speed: float, minutes: int) -> dict[str, Any]:
    await ready(settings, size, Console(stderr=True, highlight=False))
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(db.pool(settings.database_url, size=settings.pool_size))
        server = stack.enter_context(server_apart(settings))
        running = Clock(start_of(await editions.needed()), speed=speed, path=path_of(settings), held=True)
        stack.callback(running.forget)
        stack.callback(clock.run_on, None)
        clock.run_on(running.now)
        stack.enter_context(serving.worker(settings))
        client = await stack.enter_async_context(client_of(settings.origin))
        await until_answered(server, client)
        started = time.monotonic()
        driver = await driver_of(client, settings, running, seed=size.seed, prompt_jobs=True)
        seen: dict[Broken, None] = {}
        watching = asyncio.create_task(_watch(driver, seen))
        try:
            await while_served(server, driver.run(running.now() + timedelta(minutes=minutes)))
            running.pause()
            if watching.done():
                watching.result()  # it ends only with an error
        finally:
            await tasks.end([watching])
        seen |= dict.fromkeys(await judged(driver))
        return await report(driver, list(seen), real_seconds=time.monotonic() - started)


async def _watch(driver: Driver, seen: dict[Broken, None]) -> None:
    """Judge what is held every half hour of the day too: what is broken only for a while would be mended, or missed, by its end."""
    due = driver.clock.now()
    while True:
        await asyncio.sleep(0.2)
        if driver.clock.now() >= due:
            due += WATCHED
            seen |= dict.fromkeys(await judge.standing(driver.edition.id, driver.minutes))
