"""A random history keeps overlap, capacity, travel and the order of waiting; each check fails when its protection is gone."""

from dataclasses import replace
from typing import Any

import pytest

from forum import db
from forum.matchmaking import booking, waiting
from tests.matchmaking.history import begin, play
from tests.matchmaking.stage import stage


async def test_six_hundred_random_operations_by_four_at_once_break_nothing(database: str) -> None:
    history = await begin(await stage())
    assert await play(history, 600) == []
    assert history.done["book", "done"] > 50
    assert history.done["move", "done"] > 5


async def test_control_without_constraints_the_same_history_breaks(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    history = await begin(await stage(), people=25)
    refuse = booking.refuse

    def without_the_look(facts: Any, *rest: Any) -> None:  # the look saves a lock, the constraint is the protection
        refuse(replace(facts, seat_taken=False), *rest)

    monkeypatch.setattr(booking, "refuse", without_the_look)
    await db.execute(
        "ALTER TABLE claim DROP CONSTRAINT one_thing_at_a_time, DROP CONSTRAINT one_meeting_per_recruiter_slot, DROP CONSTRAINT one_meeting_per_table_slot"
    )
    await db.execute("DROP INDEX meet_a_company_once")
    found = await play(history, 500)
    assert {"recruiter twice", "table twice"} & set(found)


async def test_control_without_the_look_at_the_day_journeys_cannot_be_kept(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    history = await begin(await stage(), people=25)

    async def nothing(*args: Any, **kwargs: Any) -> None:
        return

    monkeypatch.setattr(booking, "check_day", nothing)
    assert any(" min" in line for line in await play(history, 400))


async def test_control_with_the_list_upside_down_somebody_is_passed_over(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    history = await begin(await stage(), people=25)
    ask = waiting._next

    async def last_first(*args: Any) -> list[Any]:
        return list(reversed(await ask(*args)))

    monkeypatch.setattr(waiting, "_next", last_first)
    assert any("passed somebody over" in line for line in await play(history, 700))
