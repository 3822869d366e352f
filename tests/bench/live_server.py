"""A web process for the live measurements, told what to do on its standard input: `python -m tests.bench.live_server forum|bare PORT [DATABASE]`."""

import asyncio
import gc
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn
from websockets.asyncio.server import ServerConnection, broadcast, serve

from forum import serving
from forum.live import outbox
from forum.settings import Settings


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

    def stat() -> dict[str, int]:
        gc.collect()
        return {"rss": rss_kb(), "sockets": len(live.hub.subscribers), "topics": live.hub.topics(), "tasks": len(asyncio.all_tasks())}

    async def emit(topic: str, seconds: str, rate: str) -> int:
        """Events one by one, each with the moment it was written as its name."""
        begun, n, step = time.monotonic(), 0, 1 / float(rate)
        while time.monotonic() - begun < float(seconds):
            await outbox.emit(topic, "bench", str(time.monotonic_ns()))
            n += 1
            await asyncio.sleep(max(0.0, begun + n * step - time.monotonic()))
        return n

    await commands({"go": go, "stat": stat, "emit": emit})
    server.should_exit = True
    await task


def _app_of(config: uvicorn.Config) -> Any:
    return config.app


if __name__ == "__main__":
    if sys.argv[1] == "bare":
        asyncio.run(bare(int(sys.argv[2])))
    else:
        asyncio.run(forum(int(sys.argv[2]), sys.argv[3]))
