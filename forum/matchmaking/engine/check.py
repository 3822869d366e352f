"""Judge a plan: every rule and the value of `forum-plan/1`, read from the format page alone, without any solver.

Wrong plans are judged too: every broken rule has one line, and the terms are counted as far as they make sense.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from forum.matchmaking.engine.model import Busy, Candidate, Company, Meeting, OldMeeting, Problem, Recruiter

ADJACENT_MINUTES = 5  # two slots are adjacent when at most so many minutes lie between them
NEAR_MINUTES = 15  # a meeting moved by up to this is moved near
CHANGE_COSTS = {"gone": 10, "other campus": 5, "moved far": 3, "moved near": 2, "other recruiter": 1, "same": 0}
Commitment = tuple[int, int, int]  # start, end, campus (index)


@dataclass(frozen=True, slots=True)
class Terms:
    """The counts that make the value, in the letters of the format page: Σ min(d, g), Σ w, C, B, I, X."""

    guaranteed: int
    preference: int
    campus_changes: int
    breaks: int
    idle_slots: int
    change: int
    travel_minutes: int = 0
    changes: Mapping[str, int] = field(default_factory=dict)

    def value(self, problem: Problem) -> int:
        """The weighted sum."""
        w = problem.weights
        gain = w.guarantee * self.guaranteed + w.preference * self.preference
        comfort = w.campus_change * self.campus_changes + w.break_ * self.breaks + w.idle_slot * self.idle_slots
        return gain - comfort - w.change * self.change


@dataclass(frozen=True, slots=True)
class Report:
    """The judgement: `errors` has one line per broken rule or false claim, and none for a plan."""

    errors: tuple[str, ...]
    value: int
    terms: Terms
    meetings: int

    @property
    def valid(self) -> bool:
        return not self.errors


@dataclass(frozen=True, slots=True)
class Seat:
    """One meeting seen from its candidate: when, on which campus (index), with which company."""

    slot: int
    campus: int
    company: str


class Directory:
    """The problem by names: who is who, who wished what."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.campus = {campus.id: k for k, campus in enumerate(problem.campuses)}
        self.candidate: dict[str, Candidate] = {c.id: c for c in problem.candidates}
        self.recruiter: dict[str, Recruiter] = {r.id: r for r in problem.recruiters}
        self.company: dict[str, Company] = {c.id: c for c in problem.companies}
        self.weight = {(wish.candidate, wish.company): wish.weight for wish in problem.wishes}
        self.free = {c.id: frozenset(c.slots) for c in problem.candidates}
        self.present = {r.id: frozenset(r.slots) for r in problem.recruiters}

    def campus_of(self, recruiter: str) -> int:
        return self.campus[self.recruiter[recruiter].campus]


def check(
    problem: Problem, meetings: Sequence[Meeting], *, value: float | None = None, bound: float | None = None, directory: Directory | None = None
) -> Report:
    """Judge the meetings, and what their plan claims of itself if *value* or *bound* are given."""
    who = directory or Directory(problem)
    errors: list[str] = []
    seats: dict[str, list[Seat]] = defaultdict(list)
    shifts: dict[str, list[int]] = defaultdict(list)
    for number, meeting in enumerate(meetings):
        errors += meeting_errors(who, number, meeting)
        if is_wished(who, meeting):
            company = who.recruiter[meeting.recruiter].company
            seats[meeting.candidate].append(Seat(meeting.slot, who.campus_of(meeting.recruiter), company))
            shifts[meeting.recruiter].append(meeting.slot)
    for mine in seats.values():
        mine.sort(key=lambda seat: (seat.slot, seat.campus, seat.company))
    errors += pair_errors(seats)
    errors += company_errors(who, shifts)
    errors += table_errors(who, shifts)
    errors += double_errors(shifts)
    errors += row_errors(who, shifts)
    errors += limit_errors(who, seats)
    for name, mine in seats.items():
        line = commitments(who, name, mine)
        errors += overlap_errors(name, line)
        errors += travel_errors(problem, name, line)
    errors += locked_errors(problem, meetings)
    terms = count_terms(who, meetings, seats)
    true_value = terms.value(problem)
    errors += claim_errors(true_value, value, bound)
    return Report(tuple(errors), true_value, terms, len(meetings))


def exists(who: Directory, meeting: Meeting) -> bool:
    """Whether its candidate, recruiter and slot are in the problem."""
    return meeting.candidate in who.candidate and meeting.recruiter in who.recruiter and 0 <= meeting.slot < len(who.problem.slots)


def is_wished(who: Directory, meeting: Meeting) -> bool:
    return exists(who, meeting) and (meeting.candidate, who.recruiter[meeting.recruiter].company) in who.weight


def meeting_errors(who: Directory, number: int, meeting: Meeting) -> Iterator[str]:
    """Rules 1 to 3 on one meeting alone: wished for, the candidate available, the recruiter present."""
    candidate, recruiter, slot = meeting
    if not exists(who, meeting):
        yield f"meetings[{number}]: unknown candidate, recruiter or slot"
    elif not is_wished(who, meeting):
        yield f"meetings[{number}]: {candidate} did not wish for {who.recruiter[recruiter].company}"
    else:
        if slot not in who.free[candidate]:
            yield f"meetings[{number}]: {candidate} is not available in slot {slot}"
        if slot not in who.present[recruiter]:
            yield f"meetings[{number}]: {recruiter} is not present in slot {slot}"


def pair_errors(seats: Mapping[str, Sequence[Seat]]) -> Iterator[str]:
    """Rule 1: a candidate and a company meet at most once."""
    for candidate, mine in seats.items():
        for company, count in Counter(seat.company for seat in mine).items():
            if count > 1:
                yield f"{candidate} meets {company} {count} times"


def company_errors(who: Directory, shifts: Mapping[str, Sequence[int]]) -> Iterator[str]:
    """Rule 6: the cap of a company."""
    count: Counter[str] = Counter()
    for recruiter, slots in shifts.items():
        count[who.recruiter[recruiter].company] += len(slots)
    for company, meetings in count.items():
        most = who.company[company].max_meetings
        if most is not None and meetings > most:
            yield f"{company}: {meetings} meetings, at most {most}"


def table_errors(who: Directory, shifts: Mapping[str, Sequence[int]]) -> Iterator[str]:
    """Rule 6: the tables of a campus."""
    count = Counter((who.campus_of(recruiter), slot) for recruiter, slots in shifts.items() for slot in slots)
    for (campus, slot), meetings in count.items():
        tables = who.problem.campuses[campus].tables
        if tables is not None and meetings > tables:
            yield f"{who.problem.campuses[campus].id}: {meetings} meetings in slot {slot}, {tables} tables"


def double_errors(shifts: Mapping[str, Sequence[int]]) -> Iterator[str]:
    """Rule 3: a recruiter has one meeting at a time."""
    for recruiter, mine in shifts.items():
        if len(set(mine)) < len(mine):
            yield from (f"{recruiter}: two meetings in slot {slot}" for slot, again in pairwise(sorted(mine)) if slot == again)


def row_errors(who: Directory, shifts: Mapping[str, Sequence[int]]) -> Iterator[str]:
    """Rule 7: no more meetings in a row than the recruiter wants."""
    slots = who.problem.slots
    for recruiter, mine in shifts.items():
        most = who.recruiter[recruiter].max_in_a_row
        if most is None:
            continue
        run, last = 0, None
        for slot in sorted(mine):
            follows = last is not None and slot == last + 1 and slots[slot].start - slots[last].end <= ADJACENT_MINUTES
            run, last = run + 1 if follows else 1, slot
            if run > most:
                yield f"{recruiter}: {run} meetings in a row at slot {slot}"


def limit_errors(who: Directory, seats: Mapping[str, Sequence[Seat]]) -> Iterator[str]:
    """Rule 6: the meetings a candidate accepts."""
    for name, mine in seats.items():
        if len(mine) > who.candidate[name].max_meetings:
            yield f"{name}: {len(mine)} meetings, at most {who.candidate[name].max_meetings}"


def commitments(who: Directory, name: str, mine: Sequence[Seat]) -> list[Commitment]:
    """Meetings and sessions of a candidate in order of time."""
    slots = who.problem.slots
    line = [(slots[seat.slot].start, slots[seat.slot].end, seat.campus) for seat in mine]
    return sorted(line + [(busy.start, busy.end, who.campus[busy.campus]) for busy in who.candidate[name].busy])


def overlap_errors(name: str, line: Sequence[Commitment]) -> Iterator[str]:
    """Rules 2 and 4: no two meetings at once, and none during a session."""
    return (f"{name}: commitments overlap at minute {start}" for (_, end, _), (start, _, _) in pairwise(line) if start < end)


def travel_errors(problem: Problem, name: str, line: Sequence[Commitment]) -> Iterator[str]:
    """Rule 5: time for the way between two commitments on different campuses."""
    for (_, end, here), (start, _, there) in pairwise(line):
        if end <= start and here != there and start - end < problem.travel[here][there]:
            places = f"from {problem.campuses[here].id} to {problem.campuses[there].id}"
            yield f"{name}: {start - end} minutes {places} at minute {end}, needs {problem.travel[here][there]}"


def locked_errors(problem: Problem, meetings: Iterable[Meeting]) -> Iterator[str]:
    """Rule 8: every locked meeting stands."""
    held = {tuple(meeting) for meeting in meetings}
    for locked in problem.locked:
        if tuple(locked) not in held:
            yield f"locked meeting {tuple(locked)} is missing"


def claim_errors(true_value: int, value: float | None, bound: float | None) -> Iterator[str]:
    """What the plan says of itself must be true: its value, and a bound that is not below it."""
    if value is not None and value != true_value:
        yield f"the plan says value {value}, it is {true_value}"
    if bound is not None and bound < true_value:
        yield f"the plan says bound {bound}, below its value"


def count_terms(who: Directory, meetings: Sequence[Meeting], seats: Mapping[str, Sequence[Seat]]) -> Terms:
    """Every count of the value."""
    problem = who.problem
    changes = breaks = idle = travel = 0
    for name, mine in seats.items():
        for early, late in pairwise(mine):
            if problem.slots[early.slot].day != problem.slots[late.slot].day:
                continue
            changes += early.campus != late.campus
            travel += problem.travel[early.campus][late.campus]
            empty = idle_between(problem, who.candidate[name].busy, early.slot, late.slot)
            idle += empty
            breaks += empty > 0
    kinds = Counter(change_kinds(who, meetings))
    return Terms(
        guaranteed=sum(min(len(mine), problem.guarantee) for mine in seats.values()),
        preference=sum(who.weight[name, company] for name, mine in seats.items() for company in {seat.company for seat in mine}),
        campus_changes=changes,
        breaks=breaks,
        idle_slots=idle,
        change=sum(CHANGE_COSTS[kind] * count for kind, count in kinds.items()),
        travel_minutes=travel,
        changes=dict(kinds),
    )


def idle_between(problem: Problem, busy: Sequence[Busy], early: int, late: int) -> int:
    """Slots strictly between two meetings of a day that no session of the candidate overlaps."""
    slots = problem.slots[early + 1 : late]
    return sum(not any(b.start < slot.end and slot.start < b.end for b in busy) for slot in slots)


def change_kinds(who: Directory, meetings: Iterable[Meeting], previous: Sequence[OldMeeting] | None = None) -> Iterator[str]:
    """What became of every meeting of the previous plan (or of these of it) whose candidate and company still exist."""
    problem = who.problem
    before = problem.previous if previous is None else previous
    if not before:
        return
    now = {(m.candidate, who.recruiter[m.recruiter].company): m for m in meetings if m.recruiter in who.recruiter}
    for old in before:
        if old.candidate not in who.candidate or old.company not in who.company:
            continue
        new = now.get((old.candidate, old.company))
        if new is None:
            yield "gone"
        elif who.recruiter[new.recruiter].campus != old.campus:
            yield "other campus"
        elif not -len(problem.slots) <= new.slot < len(problem.slots):
            yield "gone"  # a wrong plan: no such slot
        elif new.slot != old.slot:
            moved = abs(problem.slots[old.slot].start - problem.slots[new.slot].start)
            yield "moved far" if moved > NEAR_MINUTES else "moved near"
        else:
            yield "same" if new.recruiter == old.recruiter else "other recruiter"
