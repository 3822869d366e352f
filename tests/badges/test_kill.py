"""`kill -9` under load, small: the measurement of `tests.bench.badges` with one kill of the web process and one of its database."""

from dataclasses import replace

from tests.bench.badges import endure


async def test_no_acknowledged_scan_is_lost_when_the_processes_are_killed() -> None:
    seen = await endure(2)
    assert len(seen.acked) > 0
    assert (seen.lost, seen.agree, len(seen.back)) == (0, True, 2)
    assert replace(seen, held=seen.held - {min(seen.acked)}).lost == 1, "control: a record that is missing is noticed"
