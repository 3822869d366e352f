"""Recruiters of a closed campus: the nearest table they can have reached when their next hour begins."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from forum.matchmaking.relocation import Displaced, FreeTable, relocate

CLOSES = datetime(2028, 11, 16, 10, 28, tzinfo=UTC)
INES = UUID(int=1)
NEAR, FAR = UUID(int=11), UUID(int=12)
TABLES = (FreeTable(NEAR, "2", True, frozenset()), FreeTable(FAR, "3", True, frozenset()))


def at(hour: int, minute: int) -> datetime:
    return CLOSES.replace(hour=hour, minute=minute)


def minutes(here: str, there: str) -> int:
    return {"2": 26, "3": 50}[there]


def moved(busy_until: datetime | None) -> list[tuple[str, tuple[datetime, ...]]]:
    gone = [Displaced(INES, "1", (at(10, 40), at(11, 0), at(11, 20)), 3, busy_until)]
    return [(s.campus, s.slots) for s in relocate(gone, TABLES, minutes, begins=CLOSES, closed=("1",))]


def test_a_recruiter_goes_to_the_nearest_table_and_slots_before_they_arrive_are_left_out() -> None:
    assert moved(None) == [("2", (at(11, 0), at(11, 20)))]  # there at 10:54


def test_who_is_in_a_meeting_when_it_closes_leaves_when_it_ends() -> None:
    assert moved(at(10, 40)) == [("2", (at(11, 20),))]  # there at 11:06


def test_a_meeting_that_ended_before_holds_nobody_back() -> None:
    assert moved(CLOSES - timedelta(minutes=8)) == moved(None)
