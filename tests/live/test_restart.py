"""The database is killed and started again under a running server: sockets stay, and what is written after it reaches them."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
from websockets.asyncio.client import ClientConnection, connect

from forum import clock, db, postgres
from forum.live import stream
from forum.migrate import migrate
from forum.settings import Settings
from tests.live.serving import running

DEAF_SECONDS = 5.0  # at most, from the moment the database answers again


@dataclass
class Database:
    """A cluster of the test's own, that may be killed."""

    folder: Path
    cluster: postgres.Cluster

    async def killed_and_started(self) -> None:
        """No last word to anyone: as after a crash, its next start recovers from the log."""
        os.kill(self.cluster.pid, signal.SIGQUIT)
        await asyncio.to_thread(self.cluster.stop)
        await asyncio.sleep(0.5)
        self.cluster = postgres.start(self.folder)

    async def write(self, ref: str) -> None:
        """An event as another process writes and announces it."""
        other = await asyncpg.connect(self.cluster.url)
        await other.execute("INSERT INTO event (topic, kind, ref) VALUES ('edition', 'changed', $1)", ref)
        await other.execute(f"NOTIFY {stream.CHANNEL}")
        await other.close()


@pytest.fixture
async def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    """A cluster, and a stream that does not look by itself within the test: only a wake-up makes it read."""
    monkeypatch.setattr(stream, "POLL_SECONDS", 30.0)
    with postgres.temporary() as cluster:
        here = Database(cluster.home.root.parent, cluster)
        await migrate(cluster.url, now=clock.now())
        try:
            async with db.pool(cluster.url, size=4):
                yield here
        finally:
            here.cluster.stop()


async def _said(ws: ClientConnection, ref: str, *, within: float) -> None:
    """Until the event *ref* is heard, at most *within* seconds."""
    async with asyncio.timeout(within):
        while json.loads(await ws.recv()).get("id") != ref:
            pass


async def test_events_after_a_restart_of_the_database_reach_a_socket_that_stayed(own: Database, tmp_path: Path) -> None:
    settings = Settings(database_url=own.cluster.url, data_dir=tmp_path, secret="s" * 40)
    async with running(settings) as server, connect(f"ws://127.0.0.1:{server.port}/live?topics=edition", origin=server.origin) as ws:
        await own.write("before")
        await _said(ws, "before", within=5)
        await own.killed_and_started()
        await own.write("first")  # written while the server may still be deaf
        await _said(ws, "first", within=DEAF_SECONDS)
        await own.write("second")
        await _said(ws, "second", within=DEAF_SECONDS)


async def test_without_a_new_listener_they_would_not(own: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the listener that died with the database is not replaced."""

    async def once(self: stream.Stream) -> None:
        try:
            await self._listen_once()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await asyncio.Event().wait()

    monkeypatch.setattr(stream.Stream, "_listen", once)
    settings = Settings(database_url=own.cluster.url, data_dir=tmp_path, secret="s" * 40)
    async with running(settings) as server, connect(f"ws://127.0.0.1:{server.port}/live?topics=edition", origin=server.origin) as ws:
        await own.write("before")
        await _said(ws, "before", within=5)
        await own.killed_and_started()
        await own.write("first")  # a try that began while the database was away may still read this one
        await asyncio.sleep(6 * stream.AGAIN_SECONDS)
        await own.write("second")
        with pytest.raises(TimeoutError):
            await _said(ws, "second", within=DEAF_SECONDS + 1)
