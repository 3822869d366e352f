"""The rehearsal is made whole or not at all: killed on its way, the next start begins again; any other edition is left alone."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from forum import db
from forum.rehearsal import make_edition
from forum.rehearsal.prepare import half_made
from tests.conftest import _sibling, _sql

NOW = datetime(2028, 11, 16, 7, tzinfo=UTC)
COMMAND = [sys.executable, "-m", "forum.cli", "demo", "--prepare-only", "--people", "40", "--campuses", "2", "--companies", "3"]


@pytest.fixture
async def url(server_url: str) -> AsyncIterator[str]:
    """An empty database, without any table."""
    name = f"prepared_{uuid4().hex[:8]}"
    await _sql(server_url, f'CREATE DATABASE "{name}"')
    yield _sibling(server_url, name)
    await _sql(server_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


async def asked(url: str, sql: str) -> Any:
    conn = await asyncpg.connect(url)
    try:
        return await conn.fetchval(sql)
    except asyncpg.UndefinedTableError:
        return None
    finally:
        await conn.close()


async def test_a_preparation_killed_on_its_way_is_begun_again(url: str, tmp_path: Path) -> None:
    env = os.environ | {"FORUM_DATABASE_URL": url, "FORUM_DATA_DIR": str(tmp_path)}
    first = subprocess.Popen(COMMAND, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    began = time.monotonic()
    while not await asked(url, "SELECT count(*) FROM edition") and first.poll() is None and time.monotonic() - began < 60:
        await asyncio.sleep(0.02)
    first.kill()
    first.wait()
    assert not await asked(url, "SELECT count(*) FROM door_device")
    second = subprocess.run(COMMAND, env=env, check=True, capture_output=True, text=True, timeout=120)
    assert "Thrown away" in second.stderr
    assert await asked(url, "SELECT count(*) FROM edition") == 1
    assert await asked(url, "SELECT count(*) FROM door_device") > 0
    third = subprocess.run(COMMAND, env=env, check=True, capture_output=True, text=True, timeout=60)
    assert "Badges" not in third.stderr


async def test_only_a_rehearsal_alone_and_not_whole_is_thrown_away(database: str) -> None:
    assert not await half_made()
    await make_edition(now=NOW, campuses=1)
    assert await half_made()
    await db.execute("UPDATE edition SET slug = '2028'")
    assert not await half_made()
