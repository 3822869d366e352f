"""Many WebSocket clients in few processes: raw sockets that only count frames, so the server is what is measured."""

import asyncio
import json
import re
import socket
import struct
import sys
import time
from collections.abc import Awaitable
from typing import ClassVar

from tests.bench.limits import most_files

PING, PONG = 0x89, 0x8A
STAMP = re.compile(rb'"t":(\d+)')
UPGRADE = "GET /live?topics={topic} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
GONE_AT_ONCE = struct.pack("ii", 1, 0)  # as a phone that loses the network; and no port waits a minute after it
DEAF_SECONDS = 30  # the server gives up on a client that answers no ping after 40 s: a deaf one comes back before


class Client(asyncio.Protocol):
    """One socket. A *deaf* one stops reading after the handshake."""

    latest: float = 0.0  # ns between hand-over and the last delivery, over all clients
    frames = 0
    heard = 0  # bytes
    live: ClassVar[set["Client"]] = set()

    def __init__(self, topic: str, port: int, deaf: bool) -> None:
        self.request = (UPGRADE.format(topic=topic, port=port) + KEY).encode()
        self.deaf = deaf
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport | None = None
        self.rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, GONE_AT_ONCE)
        self.transport = transport
        Client.live.add(self)
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        if not self.opened.done():
            self.opened.set_result(None)
            if self.deaf and self.transport is not None:
                self.transport.pause_reading()
            data = data.partition(b"\r\n\r\n")[2]
        Client.heard += len(data)
        if found := STAMP.search(data, 0, 64):
            Client.latest = max(Client.latest, time.monotonic_ns() - int(found[1]))
        self.rest = self._frames(self.rest + data)

    def _frames(self, data: bytes) -> bytes:
        """Count the whole frames, answer pings (who does not is dead after 40 s); what is left over."""
        while len(data) >= 2:
            size, head = data[1], 2
            if size >= 126:
                head = 4 if size == 126 else 10
                size = int.from_bytes(data[2:head], "big")
            if len(data) < head + size:
                break
            if data[0] == PING and self.transport is not None:
                self.transport.write(bytes((PONG, 0x80 | size)) + bytes(4) + data[head : head + size])
            else:
                Client.frames += 1
            data = data[head + size :]
        return data

    def connection_lost(self, exc: Exception | None) -> None:
        Client.live.discard(self)
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("refused"))


class Crowd:
    """*count* clients on *port*, over that many campus topics (0: the edition's), a share of them *deaf*."""

    def __init__(self, port: int, count: int, topics: int, deaf: float) -> None:
        self.port, self.count, self.topics, self.deaf = port, count, topics, deaf
        self.clients: list[Client] = []
        self._deaf_ones: asyncio.Task[None] | None = None

    def _client(self, n: int) -> Client:
        return Client(f"campus.{n % self.topics + 1}" if self.topics else "edition", self.port, n % 100 < self.deaf * 100)

    async def _open(self, n: int) -> Client:
        _, client = await asyncio.get_running_loop().create_connection(lambda: self._client(n), "127.0.0.1", self.port)
        await client.opened
        return client

    async def come(self) -> None:
        """Everybody, a hundred at a time."""
        self.clients = []
        for begin in range(0, self.count, 100):
            async with asyncio.timeout(60):
                self.clients += await asyncio.gather(*(self._open(n) for n in range(begin, min(self.count, begin + 100))))
        if self.deaf:
            self._deaf_ones = asyncio.create_task(self._come_back())

    async def _come_back(self) -> None:
        """Deaf clients, one after the other, each every half minute."""
        deaf = [n for n, client in enumerate(self.clients) if client.deaf]
        while deaf:
            for n in deaf:
                await asyncio.sleep(DEAF_SECONDS / len(deaf))
                _gone(self.clients[n])
                self.clients[n] = await self._open(n)

    def leave(self) -> None:
        """All at once, without a word."""
        if self._deaf_ones is not None:
            self._deaf_ones.cancel()
        for client in list(Client.live):
            _gone(client)

    async def again(self) -> None:
        self.leave()
        await self.come()


def _gone(client: Client) -> None:
    if client.transport is not None:
        client.transport.abort()


async def main(port: int, count: int, topics: int, deaf: float) -> None:
    """Words on stdin: `seen` answers what was read and forgets the latest delivery, `again` closes everything and comes back, `leave` only closes, `stop` ends."""
    most_files()
    crowd = Crowd(port, count, topics, deaf)
    await crowd.come()
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    print('"ready"', flush=True)
    while (word := (await reader.readline()).decode().strip()) and word != "stop":
        if word in {"again", "leave"}:
            done = getattr(crowd, word)()
            if isinstance(done, Awaitable):
                await done
        print(json.dumps({"latest_ms": Client.latest / 1e6, "frames": Client.frames, "bytes": Client.heard, "cpu": time.process_time()}), flush=True)
        Client.latest = 0.0


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
