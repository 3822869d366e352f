"""What a plan gives whom, in figures a person can compare. Pure; from the problem and the meetings only."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from forum.matchmaking.engine.model import Meeting, Problem
from forum.matchmaking.worth import MUTUAL_FIRST, MUTUAL_LEAST


@dataclass(frozen=True, slots=True)
class Metrics:
    """Figures of one plan. Shares are 0..1; `idle_minutes` is the median over people of waiting between their meetings."""

    meetings: int
    seats: int
    people: int
    with_guarantee: int
    with_none: int
    fewest: int
    median_meetings: float
    mutual: int
    mutual_kept: int
    firsts: int
    firsts_kept: int
    wish_points: int
    campus_changes: float  # per person who has meetings
    travel_minutes: float  # per person who has meetings
    idle_minutes: float
    evenness: float  # Jain's index of meetings per person: 1 when all have the same
    changed: int  # meetings of the published plan that moved or are gone

    @property
    def seats_used(self) -> float:
        return self.meetings / self.seats if self.seats else 0.0


def seat_count(problem: Problem) -> int:
    """Recruiter-slots on offer, not looking at rests after long runs."""
    return sum(len(recruiter.slots) for recruiter in problem.recruiters)


def metrics(problem: Problem, meetings: Iterable[Meeting]) -> Metrics:
    """The figures of *meetings* as a plan for *problem*."""
    company = {r.id: r.company for r in problem.recruiters}
    campus = {r.id: r.campus for r in problem.recruiters}
    weight = {(w.candidate, w.company): w.weight for w in problem.wishes}
    by_person: dict[str, list[Meeting]] = defaultdict(list)
    for meeting in meetings:
        by_person[meeting.candidate].append(meeting)
    counts = [len(by_person.get(c.id, ())) for c in problem.candidates]
    pairs = {(m.candidate, company[m.recruiter]) for rows in by_person.values() for m in rows}
    changes, minutes, idle = _days(problem, by_person, campus)
    active = max(1, len(by_person))
    total = sum(counts)
    square = sum(n * n for n in counts)
    return Metrics(
        meetings=total, seats=seat_count(problem), people=len(counts), with_guarantee=sum(n >= problem.guarantee for n in counts),
        with_none=counts.count(0), fewest=min(counts, default=0), median_meetings=float(median(counts)) if counts else 0.0,
        mutual=_at_least(weight, MUTUAL_LEAST), mutual_kept=sum(weight.get(p, 0) >= MUTUAL_LEAST for p in pairs), firsts=_at_least(weight, MUTUAL_FIRST),
        firsts_kept=sum(weight.get(p, 0) == MUTUAL_FIRST for p in pairs), wish_points=sum(weight.get(p, 0) for p in pairs),
        campus_changes=changes / active, travel_minutes=minutes / active, idle_minutes=idle,
        evenness=total * total / (len(counts) * square) if square else 1.0, changed=_changed(problem, pairs, by_person, company),
    )  # fmt: skip


def _at_least(weight: dict[tuple[str, str], int], least: int) -> int:
    return sum(value >= least for value in weight.values())


def _days(problem: Problem, by_person: dict[str, list[Meeting]], campus: dict[str, str]) -> tuple[int, int, float]:
    """(changes of campus, minutes of travel for them, median minutes between following meetings of a day)."""
    index = {c.id: n for n, c in enumerate(problem.campuses)}
    changes = minutes = 0
    waits: list[int] = []
    for rows in by_person.values():
        rows.sort(key=lambda m: m.slot)
        wait = 0
        for one, other in pairwise(rows):
            first, second = problem.slots[one.slot], problem.slots[other.slot]
            if first.day != second.day:
                continue
            here, there = campus[one.recruiter], campus[other.recruiter]
            wait += second.start - first.end
            if here != there:
                changes += 1
                minutes += problem.travel[index[here]][index[there]]
        waits.append(wait)
    return changes, minutes, float(median(waits)) if waits else 0.0


def _changed(problem: Problem, pairs: set[tuple[str, str]], by_person: dict[str, list[Meeting]], company: dict[str, str]) -> int:
    if not problem.previous:
        return 0
    now = {(m.candidate, company[m.recruiter]): (m.recruiter, m.slot) for rows in by_person.values() for m in rows}
    return sum(now.get((old.candidate, old.company)) != (old.recruiter, old.slot) for old in problem.previous)


def fill(problem: Problem, meetings: Sequence[Meeting]) -> list[tuple[str, int, int, int]]:
    """(company, seats, wishes, meetings), the most asked for first."""
    company = {r.id: r.company for r in problem.recruiters}
    seats: Counter[str] = Counter()
    for recruiter in problem.recruiters:
        seats[recruiter.company] += len(recruiter.slots)
    wishes = Counter(w.company for w in problem.wishes)
    held = Counter(company[m.recruiter] for m in meetings)
    return [(c.id, seats[c.id], wishes[c.id], held[c.id]) for c in sorted(problem.companies, key=lambda c: (-wishes[c.id], c.id))]
