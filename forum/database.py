"""The database in reach: the one given, or the embedded cluster for as long as it is needed."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from forum import postgres
from forum.settings import Settings


@contextmanager
def database(settings: Settings, *, when_gone: Callable[[], None] | None = None) -> Iterator[str]:
    """The address of the database: the one given, or the embedded cluster for as long as the block runs.

    *when_gone* is called in a thread when a cluster of ours ends before the block.
    """
    if settings.database_url:
        yield settings.database_url
        return
    with postgres.start(settings.data_dir) as cluster:
        if when_gone is not None:
            cluster.when_gone(when_gone)
        yield cluster.url


def with_database(settings: Settings, work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """Run *work* with the pool open on the settings' database, or on the embedded cluster, started for it or joined."""
    from forum import db  # late: `forum serve` starts the cluster first and loads the rest meanwhile

    async def run(url: str) -> Any:
        async with db.pool(url, size=4):
            return await work()

    with database(settings) as url:
        return asyncio.run(run(url))
