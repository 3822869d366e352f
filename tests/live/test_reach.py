"""The measurements of the live channel, small: what must hold at any size holds; figures are printed by `tests/bench/live.py`."""

import pytest

from forum.live import stream
from tests.bench import live


async def test_every_event_written_is_heard_once_through_another_process(database: str) -> None:
    (line,) = await live.latency(database, 1)  # asserts that as many were heard as written
    assert " of " in line.measured


async def test_half_an_hour_away_is_every_event_or_an_explicit_resync(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "HISTORY_MOST", 100)
    lines = await live.resume(0.05)  # asserts that there is no silent gap
    assert [line.measured.partition(" in ")[0] for line in lines[1:]] == ["40 events", "resync"]


async def test_after_mass_reconnects_with_deaf_readers_nothing_is_left_behind(database: str) -> None:
    lines = await live.soak(database, 0.02, 2, reconnects=3)
    reconnected = next(line for line in lines if line.what.startswith("sockets after"))
    assert reconnected.measured == "200, and when all left: 0 subscribers, 0 topics, 0 tasks"
