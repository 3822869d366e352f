"""A problem and a plan as frozen facts, in the words of the file formats `forum-problem/1` and `forum-plan/1`.

Times are minutes since 00:00 of day 0 and intervals are half-open. A slot is named by its index in `Problem.slots`.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

PROBLEM_FORMAT = "forum-problem/1"
PLAN_FORMAT = "forum-plan/1"
MINUTES_PER_DAY = 1440


@dataclass(frozen=True, slots=True)
class Slot:
    """One position of the meeting grid."""

    start: int
    length: int

    @property
    def end(self) -> int:
        return self.start + self.length

    @property
    def day(self) -> int:
        return self.start // MINUTES_PER_DAY


@dataclass(frozen=True, slots=True)
class Campus:
    """A site; `tables` meetings can run there at once, None means no cap."""

    id: str
    tables: int | None


@dataclass(frozen=True, slots=True)
class Company:
    """An exhibitor; at most `max_meetings` meetings in all, None means no cap."""

    id: str
    max_meetings: int | None


@dataclass(frozen=True, slots=True)
class Recruiter:
    """One person of a company at one table of one campus, present in `slots`, with at most `max_in_a_row` in a run."""

    id: str
    company: str
    campus: str
    slots: tuple[int, ...]
    max_in_a_row: int | None


@dataclass(frozen=True, slots=True)
class Busy:
    """An agenda session a candidate has already chosen."""

    start: int
    end: int
    campus: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person looking for a position, available in `slots` but for the `busy` intervals."""

    id: str
    slots: tuple[int, ...]
    busy: tuple[Busy, ...]
    max_meetings: int


class Wish(NamedTuple):
    """A pair that may meet, and what the meeting is worth (1..100)."""

    candidate: str
    company: str
    weight: int


class Meeting(NamedTuple):
    """Who sits at whose table, and when."""

    candidate: str
    recruiter: str
    slot: int


class OldMeeting(NamedTuple):
    """A meeting of the published plan; its recruiter, candidate or company may be gone."""

    candidate: str
    company: str
    campus: str
    recruiter: str
    slot: int


@dataclass(frozen=True, slots=True)
class Weights:
    """Integer weights (>= 0) of the named objective terms."""

    guarantee: int
    preference: int
    campus_change: int
    break_: int
    idle_slot: int
    change: int


@dataclass(frozen=True, slots=True)
class Problem:
    """Everything a plan must respect and is judged by."""

    name: str
    slots: tuple[Slot, ...]
    campuses: tuple[Campus, ...]
    travel: tuple[tuple[int, ...], ...]
    companies: tuple[Company, ...]
    recruiters: tuple[Recruiter, ...]
    candidates: tuple[Candidate, ...]
    wishes: tuple[Wish, ...]
    locked: tuple[Meeting, ...]
    guarantee: int
    weights: Weights
    previous: tuple[OldMeeting, ...] | None = None


@dataclass(frozen=True, slots=True)
class Repair:
    """What a repair took: old meetings that cannot stand, old meetings that changed, people left without the meeting
    they had, and every trade beyond: (undamaged meetings changed, value gained).
    """

    must_change: int
    changed: int
    lost_first: int
    trades: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A valid set of meetings, its value, and a proven upper bound on the value of any plan.

    `bound_kind` names the proof; `certificate` holds the prices it follows from (see `certificate.py`), None in a plan
    read from a file. `seconds` is wall time from the problem in memory to this plan; `first_seconds` to the first
    full plan, `one_percent_seconds` to a proven gap of 1 % (None if it never was). `repair` is set when the plan repairs a previous one.
    `finished` is False when the time limit or the caller stopped the search.
    """

    problem: str
    meetings: tuple[Meeting, ...]
    value: int
    bound: int
    bound_kind: str
    seconds: float
    first_seconds: float = 0.0
    one_percent_seconds: float | None = None
    finished: bool = True
    repair: Repair | None = None
    certificate: dict[str, Any] | None = field(default=None, repr=False, compare=False)

    @property
    def gap(self) -> float:
        """(bound - value) / bound, 0 when they are equal."""
        return 0.0 if self.bound == self.value else (self.bound - self.value) / abs(self.bound or 1)


@dataclass(frozen=True, slots=True)
class Infeasible:
    """No plan exists: these locked meetings cannot all stand, and leaving out any one of them resolves this conflict.

    `rule` is the number of the broken rule in the format page (1..7), `reason` one English line that names the place.
    """

    problem: str
    conflict: tuple[Meeting, ...]
    rule: int
    reason: str


@dataclass(frozen=True, slots=True)
class Progress:
    """One line of news from a running solve; `value` and `meetings` are None before the first plan, `gap` with them."""

    phase: str
    value: int | None
    bound: int | None
    gap: float | None
    meetings: int | None
    seconds: float
