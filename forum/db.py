"""One pool for the process; SQL to frozen dataclasses; transactions that cannot be half done."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any, Final, TypeVar

import asyncpg
import msgspec
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction

from forum.errors import Unavailable
from forum.i18n import N_, Message

T = TypeVar("T")
log = logging.getLogger(__name__)

CLOSE_SECONDS: Final = 5.0  # a lent connection gets this long to come back when the pool closes


class _Engine(PostgresEngine):
    """Piccolo's engine without its call to the server at import: Forum checks the version when it migrates."""

    async def check_version(self) -> None:
        return

    async def prep_database(self) -> None:
        return


# Tables name this engine (`class Room(Table, db=DB)`); it learns its address when the pool opens.
DB = _Engine(config={}, extensions=())


async def _as_it_is(conn: asyncpg.Connection) -> None:
    """Nothing to take back when a connection returns: we set, listen and lock only inside transactions, and asyncpg still rolls an
    open one back. Its default asks the server on every release, a third of the round trips of a scan at a door."""


async def _reach(*args: Any, **options: Any) -> asyncpg.Connection:
    """Connect; a server that is away is a ConnectionError however it shows: a missing socket file, an unknown name, no answer in time."""
    try:
        return await asyncpg.connect(*args, **options)
    except ConnectionError:
        raise
    except OSError as error:
        raise ConnectionError(str(error)) from error


@asynccontextmanager
async def pool(url: str, *, size: int = 10) -> AsyncIterator[PostgresEngine]:
    """Open the process's one pool on *url* and close it at the end. Raises Unavailable with a sentence."""
    DB.config = {"dsn": url}
    try:
        server = {"timezone": "UTC", "jit": "off", "application_name": "forum"}
        await DB.start_connection_pool(min_size=min(2, size), max_size=size, server_settings=server, reset=_as_it_is, connect=_reach)
    except (OSError, asyncpg.PostgresError) as error:
        raise Unavailable(Message(N_("The database does not answer: {why}. Check FORUM_DATABASE_URL, or run forum doctor."), why=str(error))) from error
    try:
        yield DB
    finally:
        await _close()


async def _close() -> None:
    """Close the pool; connections that somebody still holds after a while are cut, for a process must be able to end."""
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await DB.close_connection_pool()
    except TimeoutError:
        log.warning("connections were still held when the pool closed, and were cut")
    finally:
        DB.pool = None


@asynccontextmanager
async def transaction() -> AsyncIterator[None]:
    """One transaction; everything in the block commits together or not at all. Nested blocks are the same transaction.

    Piccolo's own manager leaves its transaction current after a failed COMMIT; this one always lets go.
    """
    if DB.current_transaction.get() is not None:
        yield
        return
    assert DB.pool is not None, "the pool is not open"
    held = PostgresTransaction(engine=DB)
    held.connection = await DB.pool.acquire()
    after: dict[Callable[[], None], None] = {}
    try:
        async with held.connection.transaction():
            token, committed = DB.current_transaction.set(held), _after.set(after)
            try:
                yield
            finally:
                DB.current_transaction.reset(token)
                _after.reset(committed)
    finally:
        await DB.pool.release(held.connection)
    for call in after:
        call()


_after: ContextVar[dict[Callable[[], None], None] | None] = ContextVar("after_commit", default=None)


def after_commit(call: Callable[[], None]) -> None:
    """Do *call* once when the current transaction has committed, never when it has not; without a transaction, now."""
    waiting = _after.get()
    if waiting is None:
        call()
    else:
        waiting[call] = None


@asynccontextmanager
async def connection() -> AsyncIterator[asyncpg.Connection]:
    """The current transaction's connection, or one lent by the pool."""
    current = DB.current_transaction.get()
    if current is not None:
        yield current.connection
        return
    assert DB.pool is not None, "the pool is not open"
    async with DB.pool.acquire() as lent:
        yield lent


async def rows(shape: type[T], sql: str, *args: Any) -> list[T]:
    """Every row of *sql* (`$1`, `$2` …) as *shape*, a frozen dataclass whose fields are the column names."""
    async with connection() as conn:
        return msgspec.convert([dict(r) for r in await conn.fetch(sql, *args)], list[shape], strict=False)  # type: ignore[valid-type]


async def row(shape: type[T], sql: str, *args: Any) -> T | None:
    """The first row as *shape*, or None."""
    async with connection() as conn:
        found = await conn.fetchrow(sql, *args)
    return None if found is None else msgspec.convert(dict(found), shape, strict=False)


async def value(sql: str, *args: Any) -> Any:
    """The first column of the first row, or None."""
    async with connection() as conn:
        return await conn.fetchval(sql, *args)


async def column(sql: str, *args: Any) -> list[Any]:
    """The first column of every row."""
    async with connection() as conn:
        return [r[0] for r in await conn.fetch(sql, *args)]


async def execute(sql: str, *args: Any) -> int:
    """Run *sql*; how many rows it touched."""
    async with connection() as conn:
        status: str = await conn.execute(sql, *args)
    last = status.rsplit(" ", 1)[-1]
    return int(last) if last.isdigit() else 0


async def execute_many(sql: str, args: Sequence[Sequence[Any]]) -> None:
    """Run *sql* once per row of *args*, pipelined."""
    async with connection() as conn:
        await conn.executemany(sql, args)


async def lock(*keys: str) -> None:
    """Hold an advisory lock on each of *keys* until the transaction ends; taken in sorted order, so two callers never deadlock."""
    assert DB.current_transaction.get() is not None, "locks live in a transaction"
    for key in sorted(set(keys)):
        await value("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", key)
