"""The process of one heavy job: `python -m forum.jobs.child FD`, its order on standard input as one line of JSON."""

import asyncio
import json
import os
import sys
import threading
from importlib import import_module
from pathlib import Path
from typing import Any

from forum import db, simulated
from forum.jobs.describe import describe
from forum.jobs.heavy import CANCELLED, DONE, FAILED
from forum.jobs.queue import Cancelled
from forum.jobs.registry import HANDLERS, JOINING, Job
from forum.settings import Settings


def live_with_parent() -> None:
    """End at once when the worker's end of standard input closes: its job is somebody else's then."""

    def wait() -> None:
        while os.read(0, 4096):
            pass
        os._exit(FAILED)

    threading.Thread(target=wait, daemon=True).start()


async def work(order: dict[str, Any]) -> int:
    """Do what *order* says; the exit status."""
    settings = Settings(**{**order["settings"], "data_dir": Path(order["settings"]["data_dir"])})
    simulated.follow(settings)
    job = Job(order["id"], order["name"], order["payload"], order["attempt"], settings)
    async with db.pool(settings.database_url, size=2):
        try:
            await HANDLERS[job.name].work(job)
        except Cancelled:
            return CANCELLED
    return DONE


def main() -> int:
    line = b""
    while not line.endswith(b"\n"):
        piece = os.read(0, 65536)
        if not piece:
            return FAILED
        line += piece
    live_with_parent()
    os.nice(10)
    order = json.loads(line)
    for module in (order["module"], *JOINING):
        import_module(module)
    try:
        return asyncio.run(work(order))
    except Exception as error:  # noqa: BLE001 - told to the worker without its message, which may quote a person
        os.write(int(sys.argv[1]), describe(error).encode())
        return FAILED


if __name__ == "__main__":
    sys.exit(main())
