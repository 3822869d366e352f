"""A real web process for the measurements of doors, and clients that cost the machine little."""

import asyncio
import os
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import msgspec

from tests.badges.house import SECRET, House


@dataclass
class Server:
    """One web process on *url*, or with its own cluster when that is empty; everything it keeps is below *folder*."""

    url: str
    port: int
    folder: Path
    process: subprocess.Popen[bytes] = field(init=False)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def start(self) -> None:
        env = {"FORUM_DATABASE_URL": self.url, "FORUM_SECRET": SECRET.decode(), "FORUM_ORIGIN": f"http://127.0.0.1:{self.port}", "FORUM_POOL_SIZE": "16"}
        env |= {"FORUM_DATA_DIR": str(self.data), "PYTHONDONTWRITEBYTECODE": ""}  # bytecode is kept, as it is where Forum is installed
        with (self.folder / "server.log").open("ab") as log:
            command = [sys.executable, "-m", "forum.cli", "serve", "--port", str(self.port)]
            self.process = subprocess.Popen(command, env=os.environ | env, stdout=log, stderr=log, start_new_session=True)

    async def ready(self, seconds: float = 30) -> float:
        """Seconds until it answers."""
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            try:
                client = await Client.open(self.port)
                with closing(client):
                    status, _ = await asyncio.wait_for(client.send("GET", "/readyz", b"", ""), 2)
                if status == 200:
                    return time.monotonic() - began
            except (OSError, asyncio.IncompleteReadError, ValueError):
                pass
            await asyncio.sleep(0.02)
        raise AssertionError("the server does not answer")

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


class Client:
    """A keep-alive connection that costs the machine little."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
        self.reader, self.writer, self.port = reader, writer, port

    @classmethod
    async def open(cls, port: int) -> "Client":
        return cls(*await asyncio.open_connection("127.0.0.1", port), port)

    def close(self) -> None:
        self.writer.close()

    async def send(self, method: str, path: str, body: bytes, token: str) -> tuple[int, bytes]:
        head = f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{self.port}\r\nauthorization: Device {token}\r\ncontent-type: application/json\r\n"
        self.writer.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        raw = await self.reader.readuntil(b"\r\n\r\n")
        status = int(raw[9:12])
        length = next((int(line[15:]) for line in raw.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
        return status, await self.reader.readexactly(length)


def body(house: House, who: int, gate: UUID, nonce: str, way: str = "entry") -> bytes:
    return msgspec.json.encode({"secret": house.tokens[who], "gate": str(gate), "type": way, "nonce": nonce})


PATH = "/api/v1/organizers/current/checkinrpc/redeem/"
