"""Very many WebSocket clients in few processes: raw sockets that only note when a frame came, so the server is what is measured."""

import asyncio
import json
import re
import sys
import time

PING, PONG = 0x89, 0x8A
STAMP = re.compile(rb'"t":(\d+)')
UPGRADE = "GET /live?topics={topic} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"


class Client(asyncio.Protocol):
    """One socket. A *deaf* one stops reading after the handshake."""

    latest: float = 0.0  # ns between hand-over and the last delivery, over all clients
    frames = 0
    bytes = 0

    def __init__(self, topic: str, port: int, deaf: bool, opened: asyncio.Future[None]) -> None:
        self.request = (UPGRADE.format(topic=topic, port=port) + KEY).encode()
        self.deaf, self.opened = deaf, opened
        self.transport: asyncio.Transport | None = None
        self.rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        if not self.opened.done():
            self.opened.set_result(None)
            if self.deaf and self.transport is not None:
                self.transport.pause_reading()
            data = data.partition(b"\r\n\r\n")[2]
        Client.bytes += len(data)
        if found := STAMP.search(data):
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
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("refused"))


async def opened(count: int, port: int, topics: int, deaf: float) -> list[Client]:
    loop, clients = asyncio.get_running_loop(), []
    for begin in range(0, count, 100):
        waits = []
        for n in range(begin, min(count, begin + 100)):
            wait = loop.create_future()
            topic = f"campus.{n % topics + 1}" if topics else "edition"
            _, client = await loop.create_connection(lambda t=topic, n=n, w=wait: Client(t, port, n % 100 < deaf * 100, w), "127.0.0.1", port)
            clients.append(client)
            waits.append(wait)
        await asyncio.wait_for(asyncio.gather(*waits), 60)
    return clients


async def main(port: int, count: int, topics: int, deaf: float) -> None:
    """Words on stdin: `seen` answers the latest delivery and forgets it, `again` closes everything and comes back, `stop` ends."""
    clients = await opened(count, port, topics, deaf)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    print('"ready"', flush=True)
    while (word := (await reader.readline()).decode().strip()) and word != "stop":
        if word == "again":
            for client in clients:
                if client.transport is not None:
                    client.transport.abort()
            clients = await opened(count, port, topics, deaf)
        print(json.dumps({"latest_ms": Client.latest / 1e6, "frames": Client.frames, "bytes": Client.bytes}), flush=True)
        Client.latest = 0.0


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
