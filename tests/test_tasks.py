"""A task that loses a cancellation is ended all the same."""

import asyncio

import pytest

from forum import tasks


async def stubborn() -> None:
    """Loses the first cancellation, as `asyncio.wait_for` of Python 3.11 does when it meets the answer."""
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        await asyncio.sleep(60)


async def broken() -> None:
    raise RuntimeError("broken")


async def test_every_task_ends_and_what_it_raised_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "AGAIN_SECONDS", 0.01)
    everyone = [asyncio.create_task(work) for work in (stubborn(), broken(), asyncio.sleep(0, "done"), asyncio.sleep(60))]
    await asyncio.sleep(0.01)
    ended = await tasks.end(everyone)
    assert [type(one) for one in ended] == [asyncio.CancelledError, RuntimeError, type(None), asyncio.CancelledError]


async def test_control_one_cancellation_is_not_enough() -> None:
    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=0.05)
    assert not done
    await tasks.end([task])
