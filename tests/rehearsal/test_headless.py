"""`forum rehearse --headless` as a program: what it writes, and that it ends with 1 when the day was damaged on its way."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from forum import clock
from forum.migrate import migrate

LOSES_SCANS = """
CREATE FUNCTION damaged() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    UPDATE check_in SET nonce = 'another-' || nonce WHERE id = NEW.id AND NEW.id % 3 = 0; RETURN NULL; END $$;
CREATE TRIGGER damaged AFTER INSERT ON check_in FOR EACH ROW EXECUTE FUNCTION damaged();
"""  # every third scan is kept under another nonce: a phone that asks whether it arrived hears that it did not


@pytest.fixture
def empty_database(server_url: str) -> str:
    """A migrated database without an edition; its address."""
    name = f"headless_{uuid4().hex[:12]}"
    head, _, query = server_url.partition("?")
    url = f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")
    asyncio.run(_do(server_url, f'CREATE DATABASE "{name}"'))
    asyncio.run(migrate(url, now=clock.now()))
    return url


async def _do(url: str, sql: str) -> None:
    conn = await asyncpg.connect(url)
    try:
        await conn.execute(sql)
    finally:
        await conn.close()


def rehearse(url: str, folder: Path) -> tuple[int, dict[str, Any]]:
    """Exit code and report of the first minutes of a small day."""
    report = folder / "out.json"
    words = "--people 60 --campuses 2 --companies 5 --minutes 35 --speed 120".split()
    env = os.environ | {"FORUM_DATABASE_URL": url, "FORUM_DATA_DIR": str(folder)}
    done = subprocess.run([sys.executable, "-m", "forum.cli", "rehearse", "--headless", *words, "--report", str(report)], env=env, capture_output=True, timeout=300)
    assert report.is_file(), done.stderr.decode()
    return done.returncode, json.loads(report.read_text())


def test_a_day_that_keeps_every_rule_ends_with_0_and_its_minutes_are_in_a_file_beside(empty_database: str, tmp_path: Path) -> None:
    code, found = rehearse(empty_database, tmp_path)
    assert (code, found["broken"], found["errors"]) == (0, [], [])
    assert found["scans"]["made"] > 10
    assert len((tmp_path / "out.minutes.csv").read_text().splitlines()) == len(found["minutes"]) + 1
    assert 0 < found["speed"]["reached"] <= found["speed"]["asked"] == 120


def test_a_day_that_loses_scans_ends_with_1(empty_database: str, tmp_path: Path) -> None:
    asyncio.run(_do(empty_database, LOSES_SCANS))
    code, found = rehearse(empty_database, tmp_path)
    assert code == 1
    assert found["invariants"]["lost_scan"] >= found["scans"]["made"] // 3 > 3
