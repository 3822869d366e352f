"""Nobody of the simulated public is in two places too soon: who has left a campus comes to another one by the way between them."""

from datetime import timedelta
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import pytest

from forum.editions import Edition
from forum.rehearsal.driver import Driver
from forum.rehearsal.hands import Ledger, Phone
from tests.rehearsal.test_script import DAY, NOBODY, NOON, THERE, minutes

GATE = uuid4()


class Hands:
    """Doors that let everybody through."""

    ledger = Ledger()

    async def scan(self, phone: object, person: object, way: str, at: object) -> tuple[bool, str]:
        return True, "ok"


@pytest.fixture
def driver() -> Driver:
    day = Driver(cast("Any", Hands()), cast("Edition", None), DAY, cast("Any", None), organiser=uuid4())
    day.people, day.habits, day.gates = [NOBODY], {NOBODY.registration: THERE}, {"1": [GATE], "2": [GATE]}
    day.phones, day.minutes = {GATE: cast("Any", None)}, lambda a, b: 0 if a == b else minutes(a, b)
    return day


async def _entered(driver: Driver, after: int, until: int = 60) -> int | None:
    """In which minute from noon on the person is inside again."""
    for minute in range(after, until):
        now = NOON + timedelta(minutes=minute)
        driver._decide(now)
        await driver._doors(now)
        if driver.state.where.get(NOBODY.registration):
            return minute
    return None


async def test_who_was_sent_out_of_a_closing_campus_is_home_only_after_the_way(driver: Driver) -> None:
    driver.state.where[NOBODY.registration], driver.state.shut = "2", frozenset({"2"})
    driver._decide(NOON)
    await driver._doors(NOON + timedelta(minutes=1))
    assert driver.state.left[NOBODY.registration][0] == "2"
    entered = await _entered(driver, 1)
    assert entered is not None
    assert entered >= 25


async def test_who_comes_for_the_first_time_is_there_at_once(driver: Driver) -> None:
    """The control: without a campus left behind there is no way to wait for."""
    entered = await _entered(driver, 0)
    assert entered is not None
    assert entered <= 1


@pytest.mark.parametrize("step", [1, 2, 3])
async def test_every_phone_is_heard_however_large_the_minutes_of_a_slow_machine_are(driver: Driver, step: int) -> None:
    heard: dict[object, list[int]] = {}
    gates = [uuid4() for _ in range(4)]
    driver.phones = {gate: Phone(gate, "t") for gate in gates}
    driver.edition = cast("Edition", SimpleNamespace(zone="Europe/Paris"))
    for minute in range(0, 24, step):

        async def beat(phone: Phone, now: object, battery: object, minute: int = minute) -> None:
            heard.setdefault(phone.gate, []).append(minute)

        driver.hands.beat = beat  # type: ignore[method-assign, assignment]
        await driver._beats(NOON + timedelta(minutes=minute))
    waits = [after - before for beats in heard.values() for before, after in pairwise([0, *beats, 24])]
    assert set(heard) == set(gates)
    assert max(waits) <= max(3, step)
