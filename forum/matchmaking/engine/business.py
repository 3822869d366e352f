"""Meetings that are given and only need their time: the day of business meetings, its timetable, and the judge of both.

The problem of Bofill et al., JAIR 74 (2022) 263-301: slots, meetings and participants are numbered from 0 here, from 1
in files and sentences. A break is a gap of any length between two consecutive meetings of one participant.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

MORNING, AFTERNOON, ANY_TIME = 1, 2, 3
DEFAULT_FAIRNESS = 2


@dataclass(frozen=True, slots=True)
class BusinessMeeting:
    """Two participants who shall meet: when they may (`session`), must (`fixed`, a slot), and after which meetings."""

    first: int
    second: int
    session: int = ANY_TIME
    fixed: int | None = None
    after: frozenset[int] = frozenset()

    @property
    def participants(self) -> tuple[int, int]:
        return self.first, self.second


@dataclass(frozen=True, slots=True)
class BusinessDay:
    """What a timetable must respect: `tables` meetings at once, the first `morning` of `slots` slots before noon.

    `absent` has the slots in which each participant cannot meet.
    """

    participants: int
    tables: int
    slots: int
    morning: int
    meetings: tuple[BusinessMeeting, ...]
    absent: tuple[frozenset[int], ...]

    def possible(self, number: int) -> list[int]:
        """The slots that meeting *number* may take as far as it alone is concerned."""
        meeting = self.meetings[number]
        away = self.absent[meeting.first] | self.absent[meeting.second]
        first = self.morning if meeting.session == AFTERNOON else 0
        last = self.morning if meeting.session == MORNING else self.slots
        return [t for t in range(first, last) if t not in away and meeting.fixed in (None, t)]

    def meetings_of(self) -> list[list[int]]:
        """The numbers of the meetings of each participant."""
        mine: list[list[int]] = [[] for _ in range(self.participants)]
        for number, meeting in enumerate(self.meetings):
            for person in meeting.participants:
                mine[person].append(number)
        return mine


class Status(StrEnum):
    """What is known about a timetable: proved best, valid, proved impossible, or nothing yet."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Timetable:
    """The slot of every meeting (None without a timetable), its breaks, and a proven lower bound on the breaks of any.

    `bound_kind` names the proof of the bound, `seconds` is wall time.
    """

    status: Status
    slots: tuple[int, ...] | None
    breaks: int | None
    bound: int
    bound_kind: str
    seconds: float


def breaks_of(slots: Sequence[int]) -> int:
    """The number of gaps between consecutive meetings of one participant."""
    return sum(late > early + 1 for early, late in pairwise(sorted(slots)))


def breaks_by_participant(day: BusinessDay, slots: Sequence[int]) -> list[int]:
    """The breaks of each participant when meeting k takes `slots[k]`."""
    return [breaks_of([slots[k] for k in mine]) for mine in day.meetings_of()]


def timetable_faults(day: BusinessDay, slots: Sequence[int], fairness: int = DEFAULT_FAIRNESS) -> list[str]:
    """What is wrong with a timetable, one line each; an empty list means every rule holds."""
    if len(slots) != len(day.meetings):
        return [f"{len(slots)} slots for {len(day.meetings)} meetings"]
    faults = [line for k, t in enumerate(slots) for line in _meeting_faults(day, k, t, slots)]
    full = [(t, k) for t, k in sorted(Counter(slots).items()) if k > day.tables]
    faults += [f"slot {t + 1}: {k} meetings, {day.tables} tables" for t, k in full]
    for person, mine in enumerate(day.meetings_of()):
        if len({slots[k] for k in mine}) < len(mine):
            faults.append(f"participant {person + 1}: two meetings at once")
    breaks = breaks_by_participant(day, slots)
    if breaks and max(breaks) - min(breaks) > fairness:
        faults.append(f"breaks differ by {max(breaks) - min(breaks)}, at most {fairness}")
    return faults


def _meeting_faults(day: BusinessDay, number: int, slot: int, slots: Sequence[int]) -> list[str]:
    meeting, name = day.meetings[number], f"meeting {number + 1}"
    faults = [
        f"{name}: slot {slot + 1} is forbidden for participant {person + 1}"
        for person in meeting.participants
        if slot in day.absent[person]
    ]
    early, late = slot < day.morning, slot >= day.morning
    if not 0 <= slot < day.slots or (meeting.session == MORNING and late) or (meeting.session == AFTERNOON and early):
        faults.append(f"{name}: slot {slot + 1} is out of its session")
    if meeting.fixed not in (None, slot):
        faults.append(f"{name}: is fixed to slot {(meeting.fixed or 0) + 1}")
    return faults + [f"meeting {k + 1} is not before {name}" for k in sorted(meeting.after) if slots[k] >= slot]
