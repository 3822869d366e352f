"""A real server in the test's loop, and one that can be stopped and started again."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import uvicorn

from forum import serving
from forum.settings import Settings


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@asynccontextmanager
async def running(settings: Settings, port: int = 0, *, ws: Any = None) -> AsyncIterator[Settings]:
    """uvicorn as Forum runs it, on *port* or a free one; stopped at the end of the block."""
    port = port or free_port()
    here = replace(settings, port=port, origin=f"http://127.0.0.1:{port}")
    config = serving.configuration(here, open_pool=False)
    config.ws = ws or config.ws
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield here
    finally:
        server.should_exit = True
        await task
