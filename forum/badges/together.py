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


class Together:
    """*sql* asks about `{asked}`, rows of *columns* ("name type, …") numbered `n` from 1, and answers rows by `n`; whoever gets none gets None.

    Somebody alone is asked about as plain values: the cheapest plan. Several come as arrays.
    """

    def __init__(self, sql: str, columns: str) -> None:
        self.sql, self.columns = sql, columns
        named = [column.rsplit(" ", 1) for column in columns.split(", ")]
        values = ", ".join(f"${at}::{kind} AS {name}" for at, (name, kind) in enumerate(named, 1))
        arrays = ", ".join(f"${at}::{kind}[]" for at, (_, kind) in enumerate(named, 1))
        names = ", ".join(name for name, _ in named)
        self.alone = sql.replace("{asked}", f"(SELECT {values}, 1::bigint AS n)")
        # The condition changes no row. Without it the planner takes the arrays for ten rows, finds a plan made for those in hand cheaper every
        # time, and spends ten times longer on planning than on running; with it a run counts as one row and the general plan is kept.
        kept = "WHERE n BETWEEN 1 AND 1000"
        self.several = sql.replace("{asked}", f"(SELECT * FROM unnest({arrays}) WITH ORDINALITY AS u ({names}, n) {kept})")
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
            if len(asked) == 1:
                rows = await conn.fetch(self.alone, *asked[0])
            else:
                rows = await conn.fetch(self.several, *zip(*asked, strict=True))
        return {row["n"]: row for row in rows}


def _fail(asked: Sequence[tuple[Values, asyncio.Future[Any]]], error: BaseException) -> None:
    for _, answer in asked:
        if not answer.done():
            answer.set_exception(error)
