"""A web process for the live measurements, told what to do on its standard input: `python -m tests.bench.live_server forum|bare PORT [DATABASE]`."""

import asyncio
import gc
import json
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import uvicorn
from websockets.asyncio.server import ServerConnection, broadcast, serve

from forum import db, serving
from forum.live import outbox
from forum.settings import Settings
from tests.bench.limits import most_files


def rss_kb() -> int:
    """Resident memory of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


def payload() -> str:
    """300 bytes with the moment they were handed over."""
    return json.dumps({"type": "event", "t": time.monotonic_ns(), "pad": ""}, separators=(",", ":"))[:-2].ljust(298, "x") + '"}'


async def commands(does: dict[str, Callable[..., Any]]) -> None:
    """Read words from stdin until `stop`, answer each with one JSON line."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    print('"ready"', flush=True)
    while (line := (await reader.readline()).decode().split()) and line[0] != "stop":
        answer = does[line[0]](*line[1:])
        print(json.dumps(await answer if asyncio.iscoroutine(answer) else answer), flush=True)


async def bare(port: int) -> None:
    """The yardstick: the websockets library alone, its own broadcast."""
    here: set[ServerConnection] = set()

    async def keep(ws: ServerConnection) -> None:
        here.add(ws)
        try:
            await ws.wait_closed()
        finally:
            here.discard(ws)

    def go() -> int:
        broadcast(here, payload())
        return len(here)

    async with serve(keep, "127.0.0.1", port, compression=None, ping_interval=None, backlog=4096):
        await commands({"go": go, "stat": lambda: {"rss": rss_kb(), "sockets": len(here)}})


async def forum(port: int, database: str) -> None:
    settings = Settings(database_url=database, data_dir=Path(tempfile.mkdtemp()), origin=f"http://127.0.0.1:{port}", port=port, secret="s" * 40)
    config = serving.configuration(settings)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.02)
    live = _app_of(config).state.live

    def go() -> int:
        count: int = live.hub.publish("edition", 1 << 40, payload())
        return count

    def stat() -> dict[str, float]:
        gc.collect()
        hub = live.hub
        return {"rss": rss_kb(), "sockets": len(hub.subscribers), "topics": hub.topics(), "tasks": len(asyncio.all_tasks()), "cpu": time.process_time()}

    await commands({"go": go, "stat": stat, "emit": emit, "scans": scans})
    server.should_exit = True
    await task


AT_ONCE = 8  # writers: one alone waits for each of its commits, and a disk allows it fewer than 200 a second


async def emit(topic: str, seconds: str, rate: str) -> int:
    """Events, each with the moment it was written as its name; how many."""

    async def one(n: int) -> None:
        await outbox.emit(topic, "bench", str(time.monotonic_ns()))

    return await _paced(one, float(seconds), float(rate))


async def scans(seconds: str, rate: str) -> list[tuple[float, str, int]]:
    """Entries over all campuses, each counted with its event in one transaction; (milliseconds of the epoch before its commit, campus, inside then)."""
    async with db.connection() as conn:
        campuses = await conn.fetch("SELECT id, slug FROM campus ORDER BY number")
    written: list[tuple[float, str, int]] = []

    async def one(n: int) -> None:
        campus, slug = campuses[n % len(campuses)]
        async with db.transaction():
            inside = await db.value("UPDATE campus_inside SET inside = inside + 1 WHERE campus = $1 RETURNING inside", campus)
            await outbox.emit(f"campus.{slug}", "check_in", str(n))
            at = time.time() * 1000
        written.append((at, slug, inside))

    await _paced(one, float(seconds), float(rate))
    return sorted(written)


async def _paced(write: Callable[[int], Awaitable[None]], seconds: float, rate: float) -> int:
    """Do *write* with 0, 1, 2 … at *rate* a second for *seconds*; how often."""
    begun, numbers = time.monotonic(), iter(range(int(rate * seconds)))

    async def writer() -> None:
        for n in numbers:
            await asyncio.sleep(max(0.0, begun + n / rate - time.monotonic()))
            await write(n)

    async with asyncio.TaskGroup() as writers:
        for _ in range(AT_ONCE):
            writers.create_task(writer())
    return int(rate * seconds)


def _app_of(config: uvicorn.Config) -> Any:
    return config.app


if __name__ == "__main__":
    most_files()
    if sys.argv[1] == "bare":
        asyncio.run(bare(int(sys.argv[2])))
    else:
        asyncio.run(forum(int(sys.argv[2]), sys.argv[3]))
