"""A real server in its own process, and a camera that shows what a test wants: for the door in a real browser."""

import asyncio
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import asyncpg

from forum import clock, db
from forum.badges import qr
from forum.migrate import migrate
from tests.badges.house import SECRET, House, build

T = TypeVar("T")
WIDTH, HEIGHT = 640, 480


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def aside(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run *work* in a loop of its own thread: the browser's driver holds this one's."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(work())).result()


@dataclass
class Site:
    """The server's address, its database, and how to take it away and bring it back."""

    origin: str
    url: str
    house: House
    env: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    log: Path | None = field(default=None)

    def start(self) -> None:
        port = self.origin.rpartition(":")[2]
        assert self.log is not None
        with self.log.open("ab") as out:
            self.process = subprocess.Popen([sys.executable, "-m", "forum.cli", "serve", "--port", port], env=os.environ | self.env, stdout=out, stderr=out)
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{self.origin}/healthz", timeout=1).read()
                return
            except OSError:
                time.sleep(0.1)
        raise AssertionError("the server does not answer")

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def ask(self, sql: str, *args: object) -> list[asyncpg.Record]:
        """Rows of the database, asked from outside."""

        async def work() -> list[asyncpg.Record]:
            conn = await asyncpg.connect(self.url)
            try:
                return list(await conn.fetch(sql, *args))
            finally:
                await conn.close()

        return aside(work)


@contextmanager
def running(server_url: str, folder: Path, people: int = 4) -> Iterator[Site]:
    """A site with *people* badges, on a database of its own."""
    name = f"door_{uuid4().hex[:10]}"
    head, _, query = server_url.partition("?")
    url = f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")
    house = aside(lambda: _prepare(server_url, url, name, people))
    port = free_port()
    env = {"FORUM_DATABASE_URL": url, "FORUM_SECRET": SECRET.decode(), "FORUM_ORIGIN": f"http://127.0.0.1:{port}", "FORUM_DATA_DIR": str(folder / "data")}
    site = Site(f"http://127.0.0.1:{port}", url, house, env, log=folder / "server.log")
    try:
        site.start()
        yield site
    finally:
        site.stop()
        aside(lambda: _drop(server_url, name))


async def _prepare(server: str, url: str, name: str, people: int) -> House:
    conn = await asyncpg.connect(server)
    await conn.execute(f'CREATE DATABASE "{name}"')
    await conn.close()
    await migrate(url, now=clock.now())
    async with db.pool(url, size=2):
        return await build(people, now=clock.now())


async def _drop(server: str, name: str) -> None:
    conn = await asyncpg.connect(server)
    await conn.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    await conn.close()


def enrolment(site: Site, profile: str = "steward", gates: Sequence[int] = (0,)) -> str:
    """A token that enrols one phone for gates of the first campus."""
    from forum.badges import devices

    async def work() -> str:
        async with db.pool(site.url, size=1):
            ids = [site.house.gate(0, which) for which in gates]
            return (await devices.create(site.house.edition, "Téléphone A", ids, profile, now=clock.now(), by=None))[1]

    return aside(work)


def frame(text: str | None, module: int = 7) -> bytes:
    """One 4:2:0 picture: grey, with the QR of *text* in its middle when there is one."""
    luma = bytearray(bytes([150]) * (WIDTH * HEIGHT))
    if text is not None:
        modules = qr.matrix(text) if set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") else qr.matrix_of_address(text)
        size = (len(modules) + 8) * module
        left, top = (WIDTH - size) // 2, (HEIGHT - size) // 2
        for y in range(size):
            row = y // module - 4
            line = bytearray(b"\xeb" * size)
            if 0 <= row < len(modules):
                for start, length in qr.runs(modules[row]):
                    line[(start + 4) * module : (start + 4 + length) * module] = b"\x10" * (length * module)
            luma[(top + y) * WIDTH + left : (top + y) * WIDTH + left + size] = line
    return bytes(luma) + bytes([128]) * (WIDTH * HEIGHT // 2)


def film(path: Path, scenes: Sequence[tuple[str | None, float]], rate: int = 4) -> Path:
    """A video of *scenes* (what is shown, seconds), played again and again by Chromium's camera."""
    with path.open("wb") as out:
        out.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{rate}:1 Ip A1:1 C420jpeg\n".encode())
        for text, seconds in scenes:
            picture = frame(text)
            for _ in range(max(1, round(seconds * rate))):
                out.write(b"FRAME\n" + picture)
    return path
