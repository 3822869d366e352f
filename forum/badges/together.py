"""One statement asked by many at once: what is asked while it runs goes together in its next run.

At a busy door most of a scan's cost is the round trip, the plan and the commit; sixteen phones that ask in the same two
milliseconds share them. Somebody alone waits for nobody: the statement goes out at once.
"""

import asyncio
from collections.abc import Sequence
from contextvars import Context
from dataclasses import dataclass, field
from typing import Any, Final
from weakref import WeakKeyDictionary

import asyncpg

from forum import db

MOST: Final = 64  # of one run

Values = tuple[Any, ...]


@dataclass(slots=True)
class _Queue:
    """Who waits in one event loop, and whether a run is under way."""

    busy: bool = False
    waiting: list[tuple[Values, asyncio.Future[Any]]] = field(default_factory=list)


# ONE_PLAN: `WHERE n BETWEEN 1 AND 1000` on the arrays changes no row. Without it the planner takes an unnest for ten rows, finds a plan made
# for the arrays in hand cheaper every time, and spends ten times longer on planning a scan than on running it; with it a run is
# guessed at one row, the general plan costs the same, and each connection keeps it.


class Together:
    """*sql* takes one array per value and answers rows whose column `n` says whose they are, from 1; whoever gets none gets None."""

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self._queues: WeakKeyDictionary[asyncio.AbstractEventLoop, _Queue] = WeakKeyDictionary()

    async def ask(self, *values: Any) -> Any:
        """The row of these values. Not inside a transaction: the run is nobody's own."""
        loop = asyncio.get_running_loop()
        queue = self._queues.setdefault(loop, _Queue())
        if queue.busy:
            answer = loop.create_future()
            queue.waiting.append((values, answer))
            return await answer
        queue.busy = True
        try:
            return (await self.run([values])).get(1)
        finally:
            self._go_on(loop, queue)

    def _go_on(self, loop: asyncio.AbstractEventLoop, queue: _Queue) -> None:
        queue.busy = bool(queue.waiting)
        if queue.waiting:
            loop.create_task(self._run(loop, queue), context=Context())  # a context of its own: nobody's transaction

    async def _run(self, loop: asyncio.AbstractEventLoop, queue: _Queue) -> None:
        asked, queue.waiting = queue.waiting[:MOST], queue.waiting[MOST:]
        try:
            await self._answer(asked)
        finally:
            self._go_on(loop, queue)

    async def _answer(self, asked: Sequence[tuple[Values, asyncio.Future[Any]]]) -> None:
        """Every waiting one gets its row or its failure. What the database refuses together is asked one by one: nobody fails for another."""
        try:
            found = await self.run([values for values, _ in asked])
        except asyncpg.PostgresError as error:
            if len(asked) == 1:
                _fail(asked, error)
            for each in asked if len(asked) > 1 else ():
                await self._answer([each])
        except (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError, ValueError, TypeError) as error:
            _fail(asked, error)
        except BaseException as error:
            _fail(asked, ConnectionError("the run was ended"))
            raise error
        else:
            for number, (_, answer) in enumerate(asked, 1):
                if not answer.done():
                    answer.set_result(found.get(number))

    async def run(self, asked: Sequence[Values]) -> dict[int, Any]:
        """One run for all of *asked*: rows by number from 1."""
        async with db.connection() as conn:
            return {row["n"]: row for row in await conn.fetch(self.sql, *zip(*asked, strict=True))}


def _fail(asked: Sequence[tuple[Values, asyncio.Future[Any]]], error: BaseException) -> None:
    for _, answer in asked:
        if not answer.done():
            answer.set_exception(error)
