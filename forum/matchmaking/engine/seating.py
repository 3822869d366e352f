"""A valid plan by seats, to try changes on: what a meeting would hinder, who could go elsewhere, who would gain."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from forum.matchmaking.engine.check import ADJACENT_MINUTES, CHANGE_COSTS, Directory, Seat, candidate_errors, change_kinds, count_terms
from forum.matchmaking.engine.model import Meeting, OldMeeting, Problem


@dataclass(frozen=True, slots=True)
class Move:
    """What happens to one meeting of one candidate: moved, lost (`after` None) or won (`before` None)."""

    candidate: str
    before: Meeting | None
    after: Meeting | None


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
        self.old: dict[str, list[OldMeeting]] = defaultdict(list)
        for recruiter in problem.recruiters:
            self.staff[recruiter.company].append(recruiter.id)
            self.hosts[self.who.campus[recruiter.campus]].append(recruiter.id)
        for wish in problem.wishes:
            self.wishes[wish.candidate].append(wish.company)
            self.wishers[wish.company].append(wish.candidate)
        for old in problem.previous or ():
            self.old[old.candidate].append(old)
        for meeting in meetings:
            self.add(meeting)
        self.planned = {name: tuple(mine) for name, mine in self.of.items()}
        self._ways: dict[Meeting, list[tuple[int, Meeting | None]]] = {}
        self._takers: dict[Meeting, list[tuple[int, Move]]] = {}

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

    def person_seats(self, meetings: Sequence[Meeting]) -> list[Seat]:
        seats = [Seat(m.slot, self.who.campus_of(m.recruiter), self.company(m)) for m in meetings]
        return sorted(seats, key=lambda seat: (seat.slot, seat.campus, seat.company))

    def legal(self, candidate: str, meetings: Sequence[Meeting]) -> bool:
        """Whether one person can hold exactly these meetings, as far as it alone is concerned."""
        if len({m.slot for m in meetings}) < len(meetings) or len({self.company(m) for m in meetings}) < len(meetings):
            return False
        return next(candidate_errors(self.who, candidate, self.person_seats(meetings)), None) is None

    def worth(self, candidate: str, meetings: Sequence[Meeting]) -> int:
        """What one person with exactly these meetings adds to the value: the objective is a sum over persons."""
        weights = self.problem.weights
        terms = count_terms(self.who, (), {candidate: self.person_seats(meetings)})
        comfort = weights.campus_change * terms.campus_changes + weights.break_ * terms.breaks + weights.idle_slot * terms.idle_slots
        change = sum(CHANGE_COSTS[kind] for kind in change_kinds(self.who, meetings, self.old[candidate])) if self.old else 0
        return weights.guarantee * terms.guaranteed + weights.preference * terms.preference - comfort - weights.change * change

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

    def ways_out(self, leaving: Meeting) -> list[tuple[int, Meeting | None]]:
        """What the holder can have instead of a meeting, (cost to the value, new meeting or None), cheapest first."""
        if leaving not in self._ways:
            person = leaving.candidate
            rest = [m for m in self.planned[person] if m != leaving]
            now = self.worth(person, [*rest, leaving])
            ways: list[tuple[int, Meeting | None]] = [(now - self.worth(person, rest), None)]
            met = {self.company(m) for m in rest}
            for company in self.wishes[person]:
                if company in met:
                    continue
                options = [m for m in self.seats_for(person, company) if m != leaving and self.legal(person, [*rest, m])]
                ways += [(now - self.worth(person, [*rest, m]), m) for m in options]
            self._ways[leaving] = sorted(ways, key=lambda way: (way[0], way[1] or ()))
        return self._ways[leaving]

    def takers(self, left: Meeting) -> list[tuple[int, Move]]:
        """Who would gain a place that *left* leaves empty, its own seat or what its table, count or rest allow: largest gain first."""
        if left not in self._takers:
            found: list[tuple[int, Move]] = []
            for recruiter, slot in sorted(self._openings(left)):
                company = self.who.recruiter[recruiter].company
                for person in self.wishers[company]:
                    if slot in self.who.free[person]:
                        found += self._gains(person, Meeting(person, recruiter, slot))
            self._takers[left] = sorted(found, key=lambda way: (-way[0], way[1].candidate, way[1].before or (), way[1].after or ()))
        return self._takers[left]

    def _openings(self, left: Meeting) -> set[tuple[str, int]]:
        """Seats that can become free when the meeting goes: a superset, to be checked on the board."""
        campus, company = self.who.campus_of(left.recruiter), self.who.company[self.company(left)]
        seats = {(left.recruiter, left.slot)}
        if self.problem.campuses[campus].tables is not None:
            seats |= {(r, left.slot) for r in self.hosts[campus] if left.slot in self.who.present[r]}
        if company.max_meetings is not None:
            seats |= {(r, t) for r in self.staff[company.id] for t in self.who.present[r]}
        if self.who.recruiter[left.recruiter].max_in_a_row is not None:
            seats |= {(left.recruiter, t) for t in self.who.present[left.recruiter]}
        return seats

    def _gains(self, person: str, seat: Meeting) -> Iterator[tuple[int, Move]]:
        """Moves of one person into a seat that raise its worth: one more meeting, or this instead of another."""
        mine = self.planned.get(person, ())
        now = self.worth(person, mine)
        for before in (None, *mine):
            after = [m for m in mine if m != before] + [seat]
            if seat not in mine and self.legal(person, after) and (gain := self.worth(person, after) - now) > 0:
                yield gain, Move(person, before, seat)


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
