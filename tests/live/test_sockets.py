"""What a silent socket keeps: the small queue and event behave as asyncio's, and a read request is not kept twice."""

import asyncio
import logging
from collections import deque
from types import SimpleNamespace

import pytest
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.asyncio.client import connect

from forum import serving
from forum.settings import Settings
from forum.sockets import Inbox, LeanWebSocket, Writable
from tests.live.serving import running


async def test_messages_are_read_in_order_and_waiting_for_one_can_be_given_up() -> None:
    inbox = Inbox()
    assert inbox.empty()
    waiting = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    waiting = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    for n in (1, 2, 3):
        inbox.put_nowait(n)
    assert [await waiting, await inbox.get(), await inbox.get()] == [1, 2, 3]
    assert inbox.empty()


async def test_a_message_that_comes_as_the_reader_gives_up_is_kept() -> None:
    inbox = Inbox()
    waiting = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    inbox.put_nowait("kept")
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert await inbox.get() == "kept"


async def test_everybody_who_waits_for_a_full_socket_goes_on_when_it_takes_more() -> None:
    writable = Writable()
    await writable.wait()
    writable.clear()
    waiting = [asyncio.create_task(writable.wait()) for _ in range(3)]
    await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)
    writable.set()
    await asyncio.wait_for(asyncio.gather(*waiting), 1)
    await writable.wait()


def _deques(of: object, depth: int = 3) -> int:
    """Deques reachable from *of* through attributes."""
    if isinstance(of, deque):
        return 1
    inside = [*vars(of).values()] if hasattr(of, "__dict__") else [getattr(of, name, None) for name in getattr(of, "__slots__", ())]
    return sum(_deques(each, depth - 1) for each in inside) if depth else 0


async def test_no_address_is_logged_when_a_socket_opens(settings: Settings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):  # whatever another test of this process made of them
        caplog.set_level(logging.DEBUG, logger=name)
        monkeypatch.setattr(logging.getLogger(name), "propagate", True)
        monkeypatch.setattr(logging.getLogger(name), "disabled", False)
    address = "ws://127.0.0.1:{port}/live?topics=edition"
    async with running(settings) as server, connect(address.format(port=server.port), origin=server.origin) as ws:  # type: ignore[arg-type]
        await asyncio.wait_for(ws.recv(), 5)
        assert [r.getMessage() for r in caplog.records if "/live" in r.getMessage() and r.name.partition(".")[0] in ("uvicorn", "forum")] == []
        caplog.clear()
    async with running(settings, ws=WebSocketsSansIOProtocol) as server, connect(address.format(port=server.port), origin=server.origin) as ws:  # type: ignore[arg-type]
        await asyncio.wait_for(ws.recv(), 5)
        assert [r for r in caplog.records if "[accepted]" in r.getMessage()], "the control: uvicorn's own does"


async def test_a_connection_keeps_neither_empty_queues_nor_the_request_it_read(settings: Settings) -> None:
    seen: list[LeanWebSocket] = []

    class Noted(LeanWebSocket):
        def __init__(self, *args: object, **kwargs: object) -> None:
            super().__init__(*args, **kwargs)
            seen.append(self)

    plain = asyncio.Queue[None]()
    assert _deques(SimpleNamespace(queue=plain)) > 1, "the control: asyncio's queue is made of them"
    assert serving.configuration(settings, open_pool=False).ws is LeanWebSocket
    async with running(settings, ws=Noted) as server, connect(f"ws://127.0.0.1:{server.port}/live?topics=edition", origin=server.origin) as ws:  # type: ignore[arg-type]
        await asyncio.wait_for(ws.recv(), 5)
        (socket,) = seen
        assert _deques(socket.queue) + _deques(socket.writable) == 0
        assert (len(socket.request.headers), len(socket.response.headers)) == (0, 0)
