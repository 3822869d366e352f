"""`forum demo`: the database, the rehearsal edition made once, the server with a worker beside it, and the day that runs by itself."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import uvicorn
from rich.console import Console

from forum import clock, db, serving
from forum.migrate import migrate
from forum.people.demo import ROLES
from forum.rehearsal.prepare import Size, prepare, stands
from forum.settings import Settings, secret_of


def run(settings: Settings, *, people: int, campuses: int, companies: int, prepare_only: bool) -> None:
    """Start the database, bring it up to date, make the rehearsal edition once, and serve it until Ctrl-C."""
    console = Console(stderr=True, highlight=False)
    settings = replace(settings, origin=f"http://{settings.host}:{settings.port}") if settings.origin == Settings().origin else settings
    with serving.database(settings) as url:
        settings = replace(settings, database_url=url)
        asyncio.run(ready(settings, Size(people, campuses, companies, 6.0 if people <= 5000 else 20.0), console))
        if not prepare_only:
            _serve(settings, console)


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
        if not await stands():
            await prepare(size, secret=secret_of(settings), day=clock.local(clock.now()).date(), step=step)


def _serve(settings: Settings, console: Console) -> None:
    config = serving.configuration(settings)
    console.print(f"\n[bold]Forum is at {settings.origin}/[/]  (English: {settings.origin}/en/)\nSign in as:")
    for role in ROLES:
        console.print(f"  {role:10} {settings.origin}/demo/{role}")
    console.print(f"  {'mail':10} {settings.origin}/demo/outbox\nCtrl-C ends it.\n")
    with serving.worker(settings):
        uvicorn.Server(config).run()
