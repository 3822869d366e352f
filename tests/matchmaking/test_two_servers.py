"""The race and the rate over HTTP on two web processes, small; `tests/bench/booking.py` runs the full sizes."""

from pathlib import Path

import pytest

from forum import db
from tests.bench.booking import doubles, make_field, race, throughput, two_servers

pytestmark = pytest.mark.slow


async def test_eighty_at_once_on_each_of_four_slots_over_two_web_processes(database: str, tmp_path: Path) -> None:
    made = await make_field(4, 80, wishes="all")
    with two_servers(database, str(tmp_path)) as ports:
        found = await race(made, ports, attempts=80, slots=4)
    assert (found.statuses[201], found.server_errors, sum(found.statuses.values())) == (4, 0, 320)
    assert set(found.statuses) == {201, 409}
    assert (await db.value("SELECT count(*) FROM meeting"), await doubles()) == (4, 0)


async def test_distinct_free_slots_are_all_booked(database: str, tmp_path: Path) -> None:
    made = await make_field(4, 53, wishes="none")
    with two_servers(database, str(tmp_path)) as ports:
        found = await throughput(made, ports, bookings=160, clients=4)
    assert found.statuses == {201: 160}
    assert await doubles() == 0
