"""Heavy jobs: a child process of low priority, killed when the job is cancelled, when the worker stops, or dies."""

import asyncio
import contextlib
import dataclasses
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from typing import Final

from forum.jobs.queue import Cancelled, cancel_asked
from forum.jobs.registry import Handler, Job

CHECK_SECONDS: Final = 0.5
KILL_AFTER: Final = 5.0  # seconds between asking a child to end and ending it
DONE, CANCELLED, FAILED = 0, 10, 11


class ChildFailed(Exception):
    """The child ended without having done the job."""


async def run_in_child(handler: Handler, job: Job) -> None:
    """Run *job* in a process of its own. Raises Cancelled, or ChildFailed with the class and place of its error."""
    reading, writing = os.pipe()
    child = await asyncio.create_subprocess_exec(sys.executable, "-m", "forum.jobs.child", str(writing), stdin=PIPE, pass_fds=(writing,))
    os.close(writing)
    try:
        assert child.stdin is not None
        child.stdin.write(_order(handler, job))
        with contextlib.suppress(ConnectionError):
            await child.stdin.drain()  # left open: its end tells the child that we are gone
        status = await _watched(child, job)
        why = os.read(reading, 1000).decode()  # the other end is closed: what was said, or nothing
    finally:
        await end(child)
        os.close(reading)
    if status == CANCELLED:
        raise Cancelled
    if status != DONE:
        raise ChildFailed(why or f"the process ended with {status}")


def _order(handler: Handler, job: Job) -> bytes:
    settings = {f.name: str(getattr(job.settings, f.name)) if f.name == "data_dir" else getattr(job.settings, f.name) for f in dataclasses.fields(job.settings)}
    order = {"module": handler.module, "name": job.name, "id": job.id, "payload": job.payload, "attempt": job.attempt, "settings": settings}
    return json.dumps(order).encode() + b"\n"


async def _watched(child: Process, job: Job) -> int:
    """The child's exit status; it is ended when somebody asks the job to stop."""
    while True:
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                return await child.wait()
        except TimeoutError:
            if await cancel_asked(job.id):
                await end(child)
                return CANCELLED


async def end(child: Process) -> None:
    """Ask the child to end, then end it. A handler may catch SIGTERM to keep the best it has."""
    if child.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
        try:
            async with asyncio.timeout(KILL_AFTER):
                await child.wait()
        except TimeoutError:
            child.kill()
            await child.wait()
