"""The process's one pool: a connection somebody never gave back does not keep the process from ending."""

import asyncio

import asyncpg
import pytest

from forum import db


async def test_a_pool_closes_though_a_connection_never_came_back(server_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(db, "CLOSE_SECONDS", 0.1)
    async with asyncio.timeout(20), db.pool(server_url, size=2):
        assert db.DB.pool is not None
        lost = await db.DB.pool.acquire()
    assert "were cut" in caplog.text
    assert db.DB.pool is None
    with pytest.raises(asyncpg.InterfaceError):
        await lost.fetchval("SELECT 1")


async def test_without_the_limit_it_would_wait_for_it_for_ever(server_url: str) -> None:
    """The control: asyncpg's own close waits for the connection."""
    pool = await asyncpg.create_pool(server_url, min_size=1, max_size=2)
    await pool.acquire()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await pool.close()
