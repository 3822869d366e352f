import asyncio

import asyncpg
import pytest

from forum import db
from forum.badges.together import Together

SQUARE = "SELECT n, v * v AS v FROM {asked} AS q WHERE v <> 7"
DIVIDE = "SELECT n, 10 / v AS v FROM {asked} AS q"


async def test_everybody_gets_the_own_row_and_whoever_has_none_none(database: str) -> None:
    together = Together(SQUARE, "v int")
    rows = await asyncio.gather(*(together.ask(n) for n in range(200)))
    assert [row and row["v"] for row in rows] == [None if n == 7 else n * n for n in range(200)]


async def test_what_is_asked_while_a_run_is_under_way_goes_together(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    together, runs = Together(SQUARE, "v int"), []
    fetch = together.run

    async def counted(asked):  # type: ignore[no-untyped-def]
        runs.append(len(asked))
        return await fetch(asked)

    monkeypatch.setattr(together, "run", counted)
    await asyncio.gather(*(together.ask(n) for n in range(100)))
    assert runs == [1, 64, 35]
    await together.ask(1)
    assert runs[-1] == 1, "somebody alone waits for nobody"


async def test_one_the_database_refuses_fails_alone(database: str) -> None:
    together = Together(DIVIDE, "v int")
    answers = await asyncio.gather(*(together.ask(n) for n in (5, 2, 0, 1, 10)), return_exceptions=True)
    assert isinstance(answers[2], asyncpg.DivisionByZeroError)
    assert [answer["v"] for answer in answers if not isinstance(answer, BaseException)] == [2, 5, 10, 1]


async def test_one_who_goes_away_takes_nobody_along(database: str) -> None:
    together = Together("SELECT n, pg_sleep(0.05) AS v FROM {asked} AS q", "v int")
    asked = [asyncio.create_task(together.ask(n)) for n in range(4)]
    await asyncio.sleep(0.01)
    asked[0].cancel()
    asked[2].cancel()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [isinstance(answer, asyncio.CancelledError) for answer in answers] == [True, False, True, False]


async def test_a_run_is_never_part_of_somebody_s_transaction(database: str) -> None:
    """Those who waited are not undone with the one in whose time their run began."""
    await db.execute("CREATE TABLE kept (v int)")
    together = Together("WITH a AS (SELECT * FROM {asked} AS q), k AS (INSERT INTO kept SELECT v FROM a) SELECT n FROM a", "v int")
    slow = asyncio.create_task(together.ask(1))
    await asyncio.sleep(0)
    with pytest.raises(ZeroDivisionError):
        async with db.transaction():
            await together.ask(2)
            raise ZeroDivisionError
    await slow
    assert sorted(await db.column("SELECT v FROM kept")) == [1, 2]
