"""The rehearsal's clock: a chosen speed, a pause, never back; other processes read the same present."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from forum import clock, simulated
from forum.settings import Settings
from forum.simulated import Clock

NINE = datetime(2028, 11, 16, 9, tzinfo=UTC)


class Real:
    """A wall clock that is told what to show."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def test_it_runs_pauses_and_jumps() -> None:
    real = Real()
    running = Clock(NINE, speed=60, real=real)
    real.seconds += 2
    assert running.now() == NINE + timedelta(minutes=2)
    running.pause()
    real.seconds += 100
    assert (running.now(), running.running) == (NINE + timedelta(minutes=2), False)
    running.run(10)
    real.seconds += 6
    assert running.now() == NINE + timedelta(minutes=3)
    running.jump(NINE + timedelta(hours=1))
    assert running.now() == NINE + timedelta(hours=1)
    with pytest.raises(ValueError, match="does not go back"):
        running.jump(NINE)


def test_held_it_stands_and_what_was_asked_meanwhile_holds_afterwards() -> None:
    real = Real()
    running = Clock(NINE, speed=60, real=real)
    running.hold()
    running.run(120)
    real.seconds += 10
    assert running.now() == NINE
    running.release()
    real.seconds += 1
    assert running.now() == NINE + timedelta(minutes=2)


def test_other_processes_of_a_demo_live_in_the_same_present_until_it_ends(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, demo=True)
    try:
        simulated.follow(settings)
        before = clock.now()
        running = Clock(NINE, speed=1, path=simulated.path_of(settings))
        running.pause()
        assert clock.now() == running.now()
        running.forget()
        assert abs(clock.now() - before) < timedelta(minutes=5)
    finally:
        clock.run_on(None)


def test_outside_a_demo_the_file_changes_nothing(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    Clock(NINE, path=simulated.path_of(settings)).pause()
    simulated.follow(settings)
    assert clock.now() > NINE - timedelta(days=36500)
    assert clock._source is None


def test_made_held_it_stands_until_whoever_lives_the_day_is_ready() -> None:
    real = Real()
    running = Clock(NINE, speed=120, held=True, real=real)
    real.seconds += 18
    assert running.now() == NINE
    running.release()
    real.seconds += 1
    assert running.now() == NINE + timedelta(minutes=2)


def test_after_a_minute_that_took_no_longer_than_a_minute_may_it_is_where_it_would_have_run_to() -> None:
    real = Real()
    running = Clock(NINE, speed=60, held=True, real=real)
    for took, ahead in ((0.25, 15), (0.75, 60), (9.0, 120)):  # the last was too slow: one minute, not nine
        since = running.now()
        real.seconds += took
        running.catch_up(since, took, timedelta(minutes=1))
        assert running.now() == NINE + timedelta(seconds=ahead)
    running.pause()
    running.catch_up(running.now(), 1.0, timedelta(minutes=1))
    assert running.now() == NINE + timedelta(minutes=2), "paused, it stays"
