"""Locked meetings: what each one breaks by itself (bad input), and a minimal set that cannot stand together."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TypeVar

from forum.matchmaking.engine.faults import quoted
from forum.matchmaking.engine.model import Candidate, Infeasible, Meeting, Problem, Recruiter, Slot

ADJACENT_MINUTES = 5  # two slots are adjacent when at most this lies between them (rule 7)

Key = TypeVar("Key")
Conflict = tuple[int, str, tuple[Meeting, ...]]


def single_faults(problem: Problem) -> list[str]:
    """One line for every locked meeting that no plan can hold, whatever else is in the plan."""
    if not problem.locked:
        return []
    routes = _Routes(problem)
    recruiters = {recruiter.id: recruiter for recruiter in problem.recruiters}
    candidates = {candidate.id: candidate for candidate in problem.candidates}
    locked_people = {meeting.candidate for meeting in problem.locked}
    wished = {(w.candidate, w.company) for w in problem.wishes if w.candidate in locked_people}
    faults = []
    for n, meeting in enumerate(problem.locked):
        candidate, recruiter = candidates.get(meeting.candidate), recruiters.get(meeting.recruiter)
        if candidate is None:
            faults.append(f"locked[{n}]: unknown candidate {quoted(meeting.candidate)}")
        if recruiter is None:
            faults.append(f"locked[{n}]: unknown recruiter {quoted(meeting.recruiter)}")
        if not 0 <= meeting.slot < len(problem.slots):
            faults.append(f"locked[{n}]: slot {meeting.slot} out of range")
        elif candidate is not None and recruiter is not None:
            broken = [*_alone(problem, meeting, candidate, recruiter, wished)] or [why for _, why, _ in routes.conflicts(candidate, [meeting])]
            faults += [f"locked[{n}]: {why}" for why in broken]
    seen: set[Meeting] = set()
    for n, meeting in enumerate(problem.locked):
        if meeting in seen:
            faults.append(f"locked[{n}]: duplicate {quoted(meeting)}")
        seen.add(meeting)
    return faults


def _alone(
    problem: Problem, meeting: Meeting, candidate: Candidate, recruiter: Recruiter, wished: set[tuple[str, str]]
) -> Iterator[str]:
    slot = problem.slots[meeting.slot]
    if (candidate.id, recruiter.company) not in wished:
        yield f"{candidate.id} did not wish for {recruiter.company}"
    if meeting.slot not in candidate.slots:
        yield f"{candidate.id} is not available in slot {meeting.slot}"
    if meeting.slot not in recruiter.slots:
        yield f"{recruiter.id} is not present in slot {meeting.slot}"
    if any(busy.start < slot.end and slot.start < busy.end for busy in candidate.busy):
        yield f"{candidate.id} is busy in slot {meeting.slot}"
    if candidate.max_meetings < 1:
        yield f"{candidate.id} may have no meeting"
    if next(c for c in problem.companies if c.id == recruiter.company).max_meetings == 0:
        yield f"{recruiter.company} may have no meeting"
    if next(c for c in problem.campuses if c.id == recruiter.campus).tables == 0:
        yield f"{recruiter.campus} has no table"


def locked_conflict(problem: Problem) -> Infeasible | None:
    """A minimal set of locked meetings that breaks a rule together, or None if all of them can stand.

    The locked meetings name candidate, recruiter and slot, so together they are a plan or they break a rule; every
    rule but travel only gets harder with more meetings, so the members named by the broken rule are minimal. Travel
    between two commitments counts as broken when no meetings in between could mend it.
    """
    for rule, reason, members in _conflicts(problem):
        return Infeasible(problem.name, members, rule, reason)
    return None


def _conflicts(problem: Problem) -> Iterator[Conflict]:
    company = {r.id: r.company for r in problem.recruiters}
    campus = {r.id: r.campus for r in problem.recruiters}
    by_candidate = _grouped(problem.locked, [m.candidate for m in problem.locked])
    by_recruiter = _grouped(problem.locked, [m.recruiter for m in problem.locked])
    by_company = _grouped(problem.locked, [company[m.recruiter] for m in problem.locked])
    at_campus = _grouped(problem.locked, [(campus[m.recruiter], m.slot) for m in problem.locked])
    pairs = _grouped(problem.locked, [(m.candidate, company[m.recruiter]) for m in problem.locked])
    for (who, whom), meetings in pairs.items():
        if len(meetings) > 1:
            yield 1, f"{who} would meet {whom} twice", tuple(meetings[:2])
    for meetings in by_candidate.values():
        yield from _same_slot(2, meetings)
    for meetings in by_recruiter.values():
        yield from _same_slot(3, meetings)
    routes = _Routes(problem)
    for candidate in problem.candidates:
        yield from routes.conflicts(candidate, by_candidate.get(candidate.id, []))
    for c in problem.candidates:
        yield from _over(6, f"{c.id} may have {c.max_meetings} meetings", by_candidate.get(c.id, []), c.max_meetings)
    for s in problem.companies:
        yield from _over(6, f"{s.id} may have {s.max_meetings} meetings", by_company.get(s.id, []), s.max_meetings)
    tables = {v.id: v.tables for v in problem.campuses}
    for (where, slot), meetings in at_campus.items():
        yield from _over(6, f"{where} has {tables[where]} tables in slot {slot}", meetings, tables[where])
    for r in problem.recruiters:
        if r.max_in_a_row is not None:
            yield from _long_runs(problem.slots, r, by_recruiter.get(r.id, []))


def _grouped(meetings: Sequence[Meeting], keys: Sequence[Key]) -> dict[Key, list[Meeting]]:
    groups: defaultdict[Key, list[Meeting]] = defaultdict(list)
    for key, meeting in zip(keys, meetings, strict=True):
        groups[key].append(meeting)
    return groups


def _same_slot(rule: int, meetings: Iterable[Meeting]) -> Iterator[Conflict]:
    for a, b in pairwise(sorted(meetings, key=lambda m: m.slot)):
        if a.slot == b.slot:
            who = a.candidate if rule == 2 else a.recruiter
            yield rule, f"{who} has two meetings in slot {a.slot}", (a, b)


def _over(rule: int, reason: str, meetings: Sequence[Meeting], cap: int | None) -> Iterator[Conflict]:
    if cap is not None and len(meetings) > cap:
        yield rule, reason, tuple(meetings[: cap + 1])


def _long_runs(slots: Sequence[Slot], recruiter: Recruiter, meetings: Sequence[Meeting]) -> Iterator[Conflict]:
    cap = recruiter.max_in_a_row or len(slots)
    run: list[Meeting] = []
    for meeting in sorted(meetings, key=lambda m: m.slot):
        if run and not adjacent(slots, run[-1].slot, meeting.slot):
            run = []
        run.append(meeting)
        if len(run) > cap:
            yield 7, f"{recruiter.id} may have {cap} meetings in a row", tuple(run)
            return


def adjacent(slots: Sequence[Slot], first: int, second: int) -> bool:
    """Whether the slots follow each other with at most five minutes between them (rule 7)."""
    return second == first + 1 and slots[second].start - slots[first].end <= ADJACENT_MINUTES


class _Routes:
    """Rules 4 and 5 on locked meetings: where somebody would be at two places at once, or too far away to be in time."""

    def __init__(self, problem: Problem) -> None:
        index = {v.id: n for n, v in enumerate(problem.campuses)}
        self._slots, self._index, self._travel = problem.slots, index, problem.travel
        self._campus = {r.id: index[r.campus] for r in problem.recruiters}
        self._problem = problem

    def conflicts(self, candidate: Candidate, meetings: Sequence[Meeting]) -> Iterator[Conflict]:
        if not meetings:
            return
        line = [(self._slots[m.slot].start, self._slots[m.slot].end, self._campus[m.recruiter], m) for m in meetings]
        line += [(b.start, b.end, self._index[b.campus], _NO_MEETING) for b in candidate.busy]
        for a, b in pairwise(sorted(line, key=lambda stop: stop[:3])):
            if b[0] < a[1] or not (self._in_time(a[1], a[2], b[0], b[2]) or self._by_a_meeting(candidate, a[1], a[2], b[0], b[2])):
                names = tuple(stop[3] for stop in (a, b) if stop[3] is not _NO_MEETING) or tuple(meetings[:1])
                yield 5, f"{candidate.id} cannot be in both places around minute {a[1]}", names

    def _in_time(self, end: int, here: int, start: int, there: int) -> bool:
        return here == there or start - end >= self._travel[here][there]

    def _by_a_meeting(self, candidate: Candidate, end: int, here: int, start: int, there: int) -> bool:
        """Whether meetings on the way could make the journey legal: only where going round is quicker than going straight."""
        companies = {w.company for w in self._problem.wishes if w.candidate == candidate.id}
        hosts = [(self._index[r.campus], r.slots) for r in self._problem.recruiters if r.company in companies]
        reached = {(end, here)}
        for t in sorted(candidate.slots):
            slot = self._slots[t]
            for campus, present in hosts if end <= slot.start and slot.end <= start else ():
                if t in present and any(at <= slot.start and self._in_time(at, place, slot.start, campus) for at, place in reached):
                    reached.add((slot.end, campus))
        return any(self._in_time(at, place, start, there) for at, place in reached)


_NO_MEETING = Meeting("", "", -1)
