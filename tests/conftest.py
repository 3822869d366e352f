"""What every test may ask for: a real PostgreSQL, a clean database, a client in the same loop, a fixed clock."""

import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx
import pytest
from litestar import Litestar

from forum import clock, db, editions, limits, postgres
from forum.agenda import current, ways
from forum.app import create_app
from forum.badges import doors, snapshot, vault
from forum.campuses import travels
from forum.live import announcements
from forum.migrate import migrate
from forum.settings import Settings

KEPT = (editions, current, ways, travels, doors, snapshot, vault, announcements, limits)  # what a process keeps in memory of its database
SHARED = Path(__file__).parent.parent.parent / "shared"
NOW = datetime(2028, 11, 16, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """A PostgreSQL to make databases on: FORUM_TEST_DATABASE_URL, or a private cluster for this run."""
    given = os.environ.get("FORUM_TEST_DATABASE_URL")
    if given:
        yield given
        return
    with postgres.temporary() as cluster:
        yield cluster.url


def _sibling(url: str, name: str) -> str:
    """*url* with another database name; the query string (socket folder) stays."""
    head, _, query = url.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")


@pytest.fixture(scope="session")
async def template_database(server_url: str) -> AsyncIterator[tuple[str, str]]:
    """A migrated database; each test module copies it in milliseconds."""
    name = f"template_{uuid4().hex[:12]}"
    await _sql(server_url, f'CREATE DATABASE "{name}"')
    await migrate(_sibling(server_url, name), now=NOW)
    yield server_url, name
    await _sql(server_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


async def _sql(url: str, statement: str) -> None:
    conn = await asyncpg.connect(url)
    try:
        await conn.execute(statement)
    finally:
        await conn.close()


@pytest.fixture
async def database(template_database: tuple[str, str]) -> AsyncIterator[str]:
    """An own, empty, migrated database for one test, with the pool open on it; its address."""
    server, template = template_database
    name = f"test_{uuid4().hex[:12]}"
    await _sql(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY WAL_LOG')
    url = _sibling(server, name)
    for kept in KEPT:
        kept.forget()
    async with db.pool(url, size=6):
        yield url
    await _sql(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    return Settings(database_url=database, data_dir=tmp_path, origin="http://forum.test", secret="s" * 40)


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[Litestar]:
    built = create_app(settings, open_pool=False)
    async with built.lifespan():
        yield built


@pytest.fixture
async def client(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without JavaScript: cookies kept, redirects not followed."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app, raise_app_exceptions=True), base_url="http://forum.test") as browser:
        yield browser


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """A fixed present for handlers too."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return NOW


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data beside the checkout; tests that need it are not run where it is absent, and say so."""
    if not SHARED.is_dir():
        pytest.skip("real data beside the checkout is absent; the small instances cover the same code")
    return SHARED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Leave the names of what failed in FORUM_FAILED, for the run that tries them once more alone."""
    path = os.environ.get("FORUM_FAILED")
    if path:
        failed = {report.nodeid for kind in ("failed", "error") for report in terminalreporter.stats.get(kind, [])}
        Path(path).write_text("\n".join(sorted(failed)), "utf-8")
