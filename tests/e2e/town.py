"""A small rehearsal edition in processes of its own, served and worked on as in a demo, at a time of day the test sets: `python -m tests.e2e.town PORT` serves."""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from datetime import time as clock_time
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from playwright.sync_api import Browser, BrowserContext, Page

from forum import clock, db, serving, simulated
from forum.people import sign_in
from forum.settings import read_settings
from forum.simulated import FILE, Clock
from tests.badges.door_site import aside, free_port
from tests.conftest import _sibling


@dataclass
class Town:
    """Where it is served, its database, its day and its clock, which stands until the test moves it."""

    origin: str
    url: str
    day: date
    clock: Clock

    def ask(self, sql: str, *args: Any) -> list[Any]:
        async def work() -> list[Any]:
            conn = await asyncpg.connect(self.url)
            try:
                return list(await conn.fetch(sql, *args))
            finally:
                await conn.close()

        return aside(work)

    def until(self, sql: str, *args: Any, seconds: float = 60) -> Any:
        """The first value of *sql* once it is something."""
        end = time.monotonic() + seconds
        while not (rows := self.ask(sql, *args)) or not rows[0][0]:
            assert time.monotonic() < end, f"never came true: {sql}"
            time.sleep(0.2)
        return rows[0][0]

    def at(self, hour: int, minute: int = 0) -> datetime:
        """A moment of the day by the campuses' clocks."""
        return clock.at_local(self.day, clock_time(hour, minute))

    def go_to(self, moment: datetime) -> None:
        self.clock.jump(max(moment, self.clock.now()))

    def sign_in(self, browser: Browser, person: UUID) -> Page:
        """A browser of its own, signed in as *person*."""

        async def start() -> str:
            async with db.pool(self.url, size=1):
                return await sign_in.start(person, now=self.clock.now())

        context = browser.new_context(viewport={"width": 1280, "height": 900}, service_workers="block")
        context.set_default_timeout(15_000)
        context.add_cookies([{"name": "forum_sign_in", "value": aside(start), "url": self.origin}])
        return context.new_page()

    def signed_in(self, browser: Browser, role: str, *, width: int = 1280) -> tuple[BrowserContext, Page]:
        """A browser of its own for a role of the demo, in English."""
        context = browser.new_context(viewport={"width": width, "height": 900}, service_workers="block")
        context.set_default_timeout(15_000)
        page = context.new_page()
        page.goto(f"{self.origin}/en/demo/{role}")
        page.click("main button[type=submit]")
        page.wait_for_load_state()
        return context, page


@contextmanager
def town(server_url: str, folder: Path, *, people: int, campuses: int, companies: int) -> Iterator[Town]:
    """Prepare, serve, work; half past eight on the first day."""
    name, port = f"town_{uuid4().hex[:8]}", free_port()

    async def make() -> None:
        conn = await asyncpg.connect(server_url)
        await conn.execute(f'CREATE DATABASE "{name}"')
        await conn.close()

    aside(make)
    origin, url = f"http://127.0.0.1:{port}", _sibling(server_url, name)
    env = os.environ | {"FORUM_DATABASE_URL": url, "FORUM_DATA_DIR": str(folder), "FORUM_DEMO": "1", "FORUM_ORIGIN": origin}
    forum = [sys.executable, "-m", "forum.cli"]
    size = ["--people", str(people), "--campuses", str(campuses), "--companies", str(companies)]
    subprocess.run([*forum, "demo", "--prepare-only", *size], env=env, check=True, capture_output=True, timeout=200)
    day = clock.local(clock.now()).date()
    own = Clock(clock.at_local(day, clock_time(8, 30)), speed=0, path=folder / FILE)
    with (folder / "log").open("wb") as log, _processes([[sys.executable, "-m", "tests.e2e.town", str(port)], [*forum, "worker", "--with-parent", str(os.getpid())]], env, log):
        _until_answers(f"{origin}/healthz")
        yield Town(origin, url, day, own)
    assert b"Traceback" not in (folder / "log").read_bytes(), (folder / "log").read_text()[-3000:]


@contextmanager
def _processes(commands: list[list[str]], env: dict[str, str], log: Any) -> Iterator[None]:
    started = [subprocess.Popen(command, env=env, stdout=log, stderr=log) for command in commands]
    try:
        yield
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(20)


def _until_answers(address: str) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(address, timeout=1).read()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(address)


def main(port: int) -> None:
    settings = read_settings()
    simulated.follow(settings)
    serving.serve(replace(settings, port=port))


if __name__ == "__main__":
    main(int(sys.argv[1]))
