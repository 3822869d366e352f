"""Ending tasks for certain."""

import asyncio
from collections.abc import Iterable
from typing import Any, Final

AGAIN_SECONDS: Final = 2.0


async def end(tasks: Iterable[asyncio.Task[Any]]) -> list[BaseException | None]:
    """Cancel *tasks* and wait until each has ended; what each raised, CancelledError included, or None.

    Asked again every two seconds: code below us may lose one cancellation (`asyncio.wait_for` of Python 3.11 does when it meets the answer).
    """
    everyone = list(tasks)
    while left := [task for task in everyone if not task.done()]:
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=AGAIN_SECONDS)
    return [asyncio.CancelledError() if task.cancelled() else task.exception() for task in everyone]
