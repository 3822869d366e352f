"""One candidate's meetings at a time: may it hold exactly these, and what do they add to the value?

The same rules and terms as `check`, for one person and fast; a test holds the two together.
"""

from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise

from forum.matchmaking.engine.check import CHANGE_COSTS, Directory, change_kinds, idle_between
from forum.matchmaking.engine.model import Meeting, OldMeeting, Problem


class PersonDays:
    """Judges sets of meetings of one candidate, and remembers what it found."""

    def __init__(self, problem: Problem, who: Directory) -> None:
        self._problem, self._who = problem, who
        self._busy = {
            c.id: tuple((b.start, b.end, who.campus[b.campus]) for b in c.busy) for c in problem.candidates if c.busy
        }
        self._old: dict[str, list[OldMeeting]] = defaultdict(list)
        for old in problem.previous or ():
            self._old[old.candidate].append(old)
        self._known: dict[str, dict[frozenset[tuple[str, int]], int | None]] = defaultdict(dict)

    def forget(self, candidate: str) -> None:
        """Judge this person anew: its presence, sessions or limits are no longer the same."""
        self._known.pop(candidate, None)
        busy = self._who.candidate[candidate].busy
        self._busy[candidate] = tuple((b.start, b.end, self._who.campus[b.campus]) for b in busy)

    def worth(self, candidate: str, meetings: Iterable[Meeting]) -> int | None:
        """What the meetings add to the value, a sum over persons; None when the candidate alone could not hold them.

        The slots must be ones in which both sides are there.
        """
        mine = list(meetings)
        key = frozenset((m.recruiter, m.slot) for m in mine)
        known = self._known[candidate]
        if key not in known:
            known[key] = self._judge(candidate, mine)
        return known[key]

    def deductions(self, candidate: str, meetings: Iterable[Meeting]) -> int:
        """How much of the worth the candidate's comfort and changes take away: no change can win back more."""
        mine = list(meetings)
        worth = self.worth(candidate, mine)
        return 0 if worth is None else self._merit(candidate, mine) - worth

    def _merit(self, candidate: str, meetings: list[Meeting]) -> int:
        weights, who = self._problem.weights, self._who
        wishes = sum(who.weight[candidate, who.recruiter[m.recruiter].company] for m in meetings)
        return weights.preference * wishes + weights.guarantee * min(len(meetings), self._problem.guarantee)

    def _judge(self, candidate: str, meetings: list[Meeting]) -> int | None:
        who, slots = self._who, self._problem.slots
        desks = [who.recruiter[m.recruiter] for m in meetings]
        if len(meetings) > who.candidate[candidate].max_meetings or len({d.company for d in desks}) < len(desks):
            return None
        seats = sorted((m.slot, who.campus[d.campus]) for m, d in zip(meetings, desks, strict=True))
        line = [(slots[t].start, slots[t].end, v) for t, v in seats]
        if meetings and (busy := self._busy.get(candidate)):  # sessions that collide by themselves are in nobody's way without a meeting
            line = sorted([*line, *busy])
        for (_, end, here), (start, _, there) in pairwise(line):
            if start < end or (here != there and start - end < self._problem.travel[here][there]):
                return None
        return self._merit(candidate, meetings) - self._discomfort(candidate, seats) - self._change(candidate, meetings)

    def _discomfort(self, candidate: str, seats: list[tuple[int, int]]) -> int:
        weights, slots, cost = self._problem.weights, self._problem.slots, 0
        for (early, here), (late, there) in pairwise(seats):
            if slots[early].day != slots[late].day:
                continue
            idle = late - early - 1
            if idle and candidate in self._busy:
                idle = idle_between(self._problem, self._who.candidate[candidate].busy, early, late)
            cost += weights.campus_change * (here != there) + weights.break_ * (idle > 0) + weights.idle_slot * idle
        return cost

    def _change(self, candidate: str, meetings: list[Meeting]) -> int:
        if not self._old or candidate not in self._old:
            return 0
        return self._problem.weights.change * sum(CHANGE_COSTS[k] for k in change_kinds(self._who, meetings, self._old[candidate]))
