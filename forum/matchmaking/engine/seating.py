"""A valid plan by seats, to try changes on: what a meeting would hinder, who could go elsewhere, who would gain."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from forum.matchmaking.engine.check import ADJACENT_MINUTES, Directory
from forum.matchmaking.engine.model import Meeting, Problem
from forum.matchmaking.engine.person_days import PersonDays


@dataclass(frozen=True, slots=True)
class Move:
    """What happens to one meeting of one candidate: moved, lost (`after` None) or won (`before` None)."""

    candidate: str
    before: Meeting | None
    after: Meeting | None


Way = tuple[int, Meeting | None]  # cost to the value, the meeting instead


class Seating:
    """The plan as it is now tried; `planned` stays as it was given."""

    def __init__(self, problem: Problem, meetings: Sequence[Meeting], who: Directory | None = None) -> None:
        self.problem = problem
        self.who = who or Directory(problem)
        self.of: dict[str, list[Meeting]] = defaultdict(list)
        self.at_recruiter: dict[str, dict[int, Meeting]] = defaultdict(dict)
        self.at_campus: dict[tuple[int, int], set[Meeting]] = defaultdict(set)
        self.at_company: dict[str, set[Meeting]] = defaultdict(set)
        self.locked = frozenset(problem.locked)
        self.staff: dict[str, list[str]] = defaultdict(list)
        self.wishes: dict[str, list[str]] = defaultdict(list)
        self.wishers: dict[str, list[str]] = defaultdict(list)
        self.hosts: dict[int, list[str]] = defaultdict(list)
        self.days = PersonDays(problem, self.who)
        for recruiter in problem.recruiters:
            self.staff[recruiter.company].append(recruiter.id)
            self.hosts[self.who.campus[recruiter.campus]].append(recruiter.id)
        for wish in problem.wishes:
            self.wishes[wish.candidate].append(wish.company)
            self.wishers[wish.company].append(wish.candidate)
        for meeting in meetings:
            self.add(meeting)
        self.planned = {name: tuple(mine) for name, mine in self.of.items()}
        self.every_day: list[Any] | None = None  # kept for `whole_exchange`, which lists them once,
        self.best_value: int | None = None  # and finds the best of all plans once
        self._ways: dict[Meeting, list[Way]] = {}
        self._takers: dict[Meeting, tuple[list[tuple[int, str, Meeting]], list[tuple[int, Move]]]] = {}
        self._lost: dict[str, int] = {}
        self._opened: dict[Meeting, set[tuple[str, int]]] = {}
        self._open: dict[Meeting, tuple[list[Way], dict[tuple[str, int], Way]]] = {}
        self._plan: Seating | None = None
        self._at_table = Counter((self.who.campus_of(m.recruiter), m.slot) for m in meetings)
        self._received = Counter(self.company(m) for m in meetings)

    def company(self, meeting: Meeting) -> str:
        return self.who.recruiter[meeting.recruiter].company

    def add(self, meeting: Meeting) -> None:
        self.of[meeting.candidate].append(meeting)
        self.at_recruiter[meeting.recruiter][meeting.slot] = meeting
        self.at_campus[self.who.campus_of(meeting.recruiter), meeting.slot].add(meeting)
        self.at_company[self.company(meeting)].add(meeting)

    def remove(self, meeting: Meeting) -> None:
        self.of[meeting.candidate].remove(meeting)
        del self.at_recruiter[meeting.recruiter][meeting.slot]
        self.at_campus[self.who.campus_of(meeting.recruiter), meeting.slot].remove(meeting)
        self.at_company[self.company(meeting)].remove(meeting)

    def seats_for(self, candidate: str, company: str) -> Iterator[Meeting]:
        """Every meeting of the pair that both are there for, whatever else they do."""
        free = self.who.free[candidate]
        for recruiter in self.staff[company]:
            for slot in sorted(self.who.present[recruiter] & free):
                yield Meeting(candidate, recruiter, slot)

    def hindrances(self, meeting: Meeting) -> dict[str, set[Meeting]]:
        """Rules on seats that the meeting would break, each with the meetings of which any one would have to go."""
        found: dict[str, set[Meeting]] = {}
        campus = self.who.campus_of(meeting.recruiter)
        company = self.who.company[self.company(meeting)]
        tables = self.problem.campuses[campus].tables
        if holder := self.at_recruiter[meeting.recruiter].get(meeting.slot):
            return {"seat": {holder}}  # its leaving frees the table, the company's count and the run as well
        if tables is not None and len(self.at_campus[campus, meeting.slot]) >= tables:
            found["tables"] = self.at_campus[campus, meeting.slot]
        if company.max_meetings is not None and len(self.at_company[company.id]) >= company.max_meetings:
            found["cap"] = self.at_company[company.id]
        if (run := self._run_breakers(meeting)) is not None:
            found["run"] = run
        return found

    def _run_breakers(self, meeting: Meeting) -> set[Meeting] | None:
        """None when the recruiter's run stays short enough, else the meetings of which any one would have to go."""
        most = self.who.recruiter[meeting.recruiter].max_in_a_row
        held = self.at_recruiter[meeting.recruiter]
        if most is None:
            return None
        before, after = self._run(held, meeting.slot, -1), self._run(held, meeting.slot, 1)
        if len(before) + 1 + len(after) <= most:
            return None
        run = [*reversed(before), meeting.slot, *after]
        at = len(before)
        cuts = [k for k in range(len(run)) if k != at and self._short_enough(run, k, most)]
        return {held[run[k]] for k in cuts}

    def _run(self, held: dict[int, Meeting], slot: int, step: int) -> list[int]:
        found = []
        while slot + step in held and self._adjacent(min(slot, slot + step)):
            slot += step
            found.append(slot)
        return found

    def _adjacent(self, slot: int) -> bool:
        slots = self.problem.slots
        return slots[slot + 1].start - slots[slot].end <= ADJACENT_MINUTES

    @staticmethod
    def _short_enough(run: Sequence[int], cut: int, most: int) -> bool:
        return cut <= most and len(run) - cut - 1 <= most

    def clearing(self, hindrances: dict[str, set[Meeting]], touched: frozenset[str], most: int) -> list[tuple[Meeting, ...]]:
        """The smallest sets of at most *most* (<= 2) meetings whose leaving clears all hindrances, without locked and touched."""
        if most <= 0:
            return []
        sets = [{m for m in found if m not in self.locked and m.candidate not in touched} for found in hindrances.values()]
        common = set.intersection(*sets)
        alone: list[tuple[Meeting, ...]] = [(m,) for m in sorted(common)]
        if most < 2 or len(sets) < 2:
            return alone
        pairs = combinations(sorted(set.union(*sets) - common), 2)
        return alone + [(a, b) for a, b in pairs if a.candidate != b.candidate and all(a in found or b in found for found in sets)]

    def least_loss(self, leaving: Meeting) -> int:
        """At least so much does the value lose when the holder leaves, whatever it gets instead; quick where it can be."""
        if leaving in self._ways:
            return self._ways[leaving][0][0]
        person = leaving.candidate
        met = {self.company(m) for m in self.planned[person] if m != leaving}
        best = max(self.who.weight[person, company] for company in self.wishes[person] if company not in met)
        return self.problem.weights.preference * (self.who.weight[person, self.company(leaving)] - best) - self._deductions(person)

    def ways_out(self, leaving: Meeting) -> list[Way]:
        """What the holder can have instead of a meeting, (cost to the value, new meeting or None), cheapest first."""
        if leaving not in self._ways:
            person = leaving.candidate
            rest = [m for m in self.planned[person] if m != leaving]
            now = self._worth(person, self.planned[person])
            ways: list[Way] = [(now - self._worth(person, rest), None)]
            met = {self.company(m) for m in rest}
            for company in self.wishes[person]:
                for seat in () if company in met else self.seats_for(person, company):
                    worth = self.days.worth(person, [*rest, seat])
                    if seat != leaving and worth is not None:
                        ways.append((now - worth, seat))
            self._ways[leaving] = sorted(ways, key=lambda way: (way[0], way[1] or ()))
        return self._ways[leaving]

    def open_ways(self, leaving: Meeting, gone: Iterable[Meeting]) -> list[Way]:
        """The ways out that can be open without anybody else's leaving, when the planned meetings *gone* are gone as well.

        A superset, cheapest first, far shorter than all ways: in a full plan nearly every seat is taken.
        """
        if leaving not in self._open:
            known = [way for way in self.ways_out(leaving) if way[1] is None or self._open_in_plan(way[1], leaving)]
            self._open[leaving] = known, {way[1][1:]: way for way in self.ways_out(leaving) if way[1]}
        known, at = self._open[leaving]
        opened = {at[seat] for meeting in gone for seat in self._openings(meeting) if seat in at}
        return sorted({*known, *opened}, key=lambda way: (way[0], way[1] or ()))

    def _open_in_plan(self, seat: Meeting, leaving: Meeting) -> bool:
        if self._plan is None:
            self._plan = Seating(self.problem, [m for mine in self.planned.values() for m in mine], self.who)
        return all(leaving in meetings for meetings in self._plan.hindrances(seat).values())

    def _worth(self, person: str, meetings: Sequence[Meeting]) -> int:
        worth = self.days.worth(person, meetings)
        if worth is None:
            raise ValueError("the plan is not valid")
        return worth

    def takers(self, left: Meeting, least: int) -> list[tuple[int, Move]]:
        """Who would gain more than *least* >= 0 by a place that *left* leaves empty: its own seat, or what its table, the
        company's count or the recruiter's rest then allow. Largest gain first; smaller gains may follow."""
        if left not in self._takers:
            self._takers[left] = (self._hopes(left), [])
        hopes, found = self._takers[left]
        if hopes and hopes[-1][0] > least:
            while hopes and hopes[-1][0] > least:
                _, person, seat = hopes.pop()
                found += self._gains(person, seat)
            found.sort(key=lambda way: (-way[0], way[1].candidate, way[1].before or (), way[1].after or ()))
        return found

    def _hopes(self, left: Meeting) -> list[tuple[int, str, Meeting]]:
        """(most that could be gained, person, seat) for the seats that become free, the best hope last."""
        weights, hopes = self.problem.weights, []
        for recruiter, slot in self._openings(left):
            company = self.who.recruiter[recruiter].company
            for person in self.wishers[company]:
                mine = self.planned.get(person, ())
                hope = self._deductions(person)
                if all(self.company(m) != company for m in mine):
                    first = weights.guarantee * (len(mine) < self.problem.guarantee)
                    hope += first + weights.preference * self.who.weight[person, company]
                if hope > 0 and slot in self.who.free[person]:
                    hopes.append((hope, person, Meeting(person, recruiter, slot)))
        return sorted(hopes)

    def _deductions(self, person: str) -> int:
        if person not in self._lost:
            self._lost[person] = self.days.deductions(person, self.planned.get(person, ()))
        return self._lost[person]

    def _openings(self, left: Meeting) -> set[tuple[str, int]]:
        """Seats that can become free when a planned meeting goes: a superset of those it alone stands against."""
        if left in self._opened:
            return self._opened[left]
        campus, company = self.who.campus_of(left.recruiter), self.who.company[self.company(left)]
        tables = self.problem.campuses[campus].tables
        present = self.who.present
        seats = {(left.recruiter, left.slot)}
        if tables is not None and self._at_table[campus, left.slot] >= tables:
            seats |= {(r, left.slot) for r in self.hosts[campus] if left.slot in present[r]}
        if company.max_meetings is not None and self._received[company.id] >= company.max_meetings:
            seats |= {(r, t) for r in self.staff[company.id] for t in present[r]}
        if self.who.recruiter[left.recruiter].max_in_a_row is not None:
            seats |= {(left.recruiter, t) for t in present[left.recruiter]}
        self._opened[left] = seats
        return seats

    def _gains(self, person: str, seat: Meeting) -> Iterator[tuple[int, Move]]:
        """Moves of one person into a seat that raise its worth: one more meeting, or this instead of another."""
        mine = self.planned.get(person, ())
        if seat in mine:
            return
        now = self._worth(person, mine)
        for before in (None, *mine):
            worth = self.days.worth(person, [*(m for m in mine if m != before), seat])
            if worth is not None and worth > now:
                yield worth - now, Move(person, before, seat)


class Tried:
    """Meetings taken off and put on the seating for the time of a `with`."""

    def __init__(self, seating: Seating, *, removed: Sequence[Meeting] = (), added: Sequence[Meeting] = ()) -> None:
        self.seating, self.removed, self.added = seating, removed, added

    def __enter__(self) -> None:
        for meeting in self.removed:
            self.seating.remove(meeting)
        for meeting in self.added:
            self.seating.add(meeting)

    def __exit__(self, *_: object) -> None:
        for meeting in self.added:
            self.seating.remove(meeting)
        for meeting in self.removed:
            self.seating.add(meeting)
