"""What a listening socket keeps in memory while nothing happens: uvicorn's WebSocket protocol without its empty queues and its read request."""

import asyncio
import logging
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

log = logging.getLogger(__name__)
log.setLevel(logging.WARNING)  # uvicorn tells each socket's address and topics, and addresses are personal data


class Inbox:
    """What came in, for the one task that reads it: an `asyncio.Queue` is four empty deques, 3 kB for each of 5,000 silent sockets."""

    __slots__ = ("_kept", "_waiter")

    def __init__(self) -> None:
        self._kept: list[Any] = []
        self._waiter: asyncio.Future[None] | None = None

    def put_nowait(self, message: Any) -> None:
        self._kept.append(message)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def empty(self) -> bool:
        return not self._kept

    async def get(self) -> Any:
        """The oldest message; waits for one. One reader at a time."""
        while not self._kept:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        return self._kept.pop(0)


class Writable:
    """Whether the socket takes more; an event only while it does not."""

    __slots__ = ("_shut",)

    def __init__(self) -> None:
        self._shut: asyncio.Event | None = None

    def set(self) -> None:
        if self._shut is not None:
            self._shut.set()
            self._shut = None

    def clear(self) -> None:
        if self._shut is None:
            self._shut = asyncio.Event()

    async def wait(self) -> None:
        while self._shut is not None:
            await self._shut.wait()


class LeanWebSocket(WebSocketsSansIOProtocol):
    """One connection. The request is in the scope once it is read: the library's own copy goes with the answer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.queue = Inbox()  # type: ignore[assignment]
        self.writable = Writable()  # type: ignore[assignment]
        self.logger = self.conn.logger = log

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        event.headers.clear()  # the parser's frame holds the request for as long as the socket lives

    async def send(self, message: Any) -> None:
        await super().send(message)
        if self.handshake_complete and self.response.headers:
            self.response.headers.clear()
