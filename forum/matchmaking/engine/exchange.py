"""The cheapest exchange that lets a candidate meet a company: who would move, who would lose what, exactly.

An exchange: the candidate takes a seat of the company; it may give up some of its own meetings, and have one other at
another time. Whoever is in the way (at that seat, or of the last table, the company's last meeting, the run) is seated
elsewhere or loses that one meeting, and so may push the next; and who gains a place left empty may take it. At most
two other candidates are touched, each in one meeting. All such exchanges are searched, so the least cost among them is
exact; value and rules are those of `check`.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from forum.matchmaking.engine.model import Meeting
from forum.matchmaking.engine.seating import Move, Seating, Tried

MOST_OTHERS = 2
WHOLE_CANDIDATES = 60  # up to so many, all plans are searched where the list of days is short enough (`whole_exchange.py`)


@dataclass(frozen=True, slots=True)
class Exchange:
    """Moves that lead from one valid plan to another, and what the plan's value loses by them (less than 0: it gains)."""

    cost: int
    moves: tuple[Move, ...]

    @property
    def others(self) -> int:
        """How many candidates besides the first mover are touched."""
        return len({move.candidate for move in self.moves}) - 1

    def applied(self, meetings: Sequence[Meeting]) -> list[Meeting]:
        """The meetings after the exchange."""
        gone = {move.before for move in self.moves if move.before}
        return [m for m in meetings if m not in gone] + [move.after for move in self.moves if move.after]


@dataclass(frozen=True, slots=True)
class Found:
    """The cheapest exchange found, None if there is none.

    None is cheaper among those that touch at most `proved` others; that is less than asked for when time ran out.
    `whole`: none is cheaper at all, whatever anybody does (`whole_exchange.py`); the best plan is then worth `below_best` more
    than this one.
    """

    exchange: Exchange | None
    proved: int
    whole: bool = False
    below_best: int = 0


def cheapest_exchange(seating: Seating, candidate: str, company: str, *, most_others: int = MOST_OTHERS, seconds: float = 20.0) -> Found:
    """The cheapest exchange after which the pair meets; of equal ones, the one with fewest moves.

    The pair must be wished for and not meet in the plan. The seating is left as it was.
    """
    search = _Search(seating, candidate, company, time.monotonic() + seconds)
    for others in range(most_others + 1):
        search.run(others)
        if search.late:
            return Found(search.best, others - 1)
    return Found(search.best, most_others)


class _Search:
    """Depth first over all exchanges; the seating is changed and restored on the way."""

    def __init__(self, seating: Seating, candidate: str, company: str, deadline: float) -> None:
        self.seating, self.candidate, self.company = seating, candidate, company
        self.most_others = 0
        self.deadline, self.late = deadline, False
        self.best: Exchange | None = None
        self._futures: list[tuple[int, tuple[Move, ...], Meeting]] | None = None

    def run(self, most_others: int) -> None:
        """Search all exchanges that touch at most so many others, keeping the best known."""
        self.most_others = most_others
        for cost, own, meeting in self._own_futures():
            moved = [move.after for move in own if move.after]
            with Tried(self.seating, removed=[move.before for move in own if move.before]):
                self._place((*moved, meeting), (*own, Move(self.candidate, None, meeting)), cost, frozenset({self.candidate}))

    def _own_futures(self) -> list[tuple[int, tuple[Move, ...], Meeting]]:
        """(cost to the candidate's own worth, its own changes, the meeting), cheapest first: good exchanges prune the rest."""
        if self._futures is None:
            days, name = self.seating.days, self.candidate
            mine = list(self.seating.planned.get(name, ()))
            now = days.worth(name, mine) or 0
            found = []
            for own in self._own_changes(mine):
                gone = {move.before for move in own}
                rest = [m for m in mine if m not in gone] + [move.after for move in own if move.after]
                for meeting in self.seating.seats_for(name, self.company):
                    worth = days.worth(name, [*rest, meeting])
                    if worth is not None:
                        found.append((now - worth, own, meeting))
            self._futures = sorted(found, key=lambda future: (future[0], len(future[1])))
        return self._futures

    def _own_changes(self, mine: list[Meeting]) -> Iterator[tuple[Move, ...]]:
        """Nothing; any meetings given up; and with them, one other at another time or table of its company."""
        free = [m for m in mine if m not in self.seating.locked]
        for size in range(len(free) + 1):
            for dropped in combinations(free, size):
                moves = tuple(Move(self.candidate, m, None) for m in dropped)
                yield moves
                for moved in free:
                    if moved not in dropped:
                        seats = self.seating.seats_for(self.candidate, self.seating.company(moved))
                        yield from ((*moves, Move(self.candidate, moved, to)) for to in seats if to != moved)

    def _place(self, pending: tuple[Meeting, ...], moves: tuple[Move, ...], cost: int, touched: frozenset[str]) -> None:
        """Seat the pending meetings one after another, at once or in others' places."""
        self.late = self.late or time.monotonic() > self.deadline
        if self.late:
            return
        if not pending:
            self._finish(moves, cost, touched)
            return
        meeting, *rest = pending
        hindrances = self.seating.hindrances(meeting)
        if not hindrances:
            with Tried(self.seating, added=[meeting]):
                self._place(tuple(rest), moves, cost, touched)
            return
        left = self.most_others + 1 - len(touched)
        for leaving in self.seating.clearing(hindrances, touched, left):
            if left == len(leaving) and self._hopeless(cost + sum(self.seating.least_loss(m) for m in leaving)):
                continue  # nobody would be left to gain it back
            with Tried(self.seating, removed=leaving, added=[meeting]):
                self._resettle(leaving, tuple(rest), moves, cost, touched)

    def _resettle(self, leaving: Sequence[Meeting], pending: tuple[Meeting, ...], moves: tuple[Move, ...], cost: int, touched: frozenset[str]) -> None:
        """Give each of those who leave another meeting or none."""
        if not leaving:
            self._place(pending, moves, cost, touched)
            return
        first, *others = leaving
        known = touched | {first.candidate}
        last = len(known) > self.most_others  # nobody else may be touched, so the seat must be open
        gone = [move.before for move in moves if move.before]
        for loss, instead in self.seating.open_ways(first, gone) if last else self.seating.ways_out(first):
            if last and self._hopeless(cost + loss):
                break
            seats = pending if instead is None else (*pending, instead)
            self._resettle(others, seats, (*moves, Move(first.candidate, first, instead)), cost + loss, known)

    def _hopeless(self, cost: int) -> bool:
        return self.best is not None and cost > self.best.cost

    def _finish(self, moves: tuple[Move, ...], cost: int, touched: frozenset[str]) -> None:
        """Note the exchange, and the same with one more candidate who gains a place it leaves empty."""
        if self.best is None or (cost, len(moves)) < (self.best.cost, len(self.best.moves)):
            self.best = Exchange(cost, moves)
        if len(touched) > self.most_others:
            return
        for move in moves:
            if move.before is None:
                continue
            alone = len(touched) == self.most_others  # the taker would be the last to be touched
            least = max(0, cost - self.best.cost) if alone else 0
            for gain, taker in self.seating.takers(move.before, least):
                if gain <= least:
                    break
                if taker.candidate in touched or taker.before in self.seating.locked or taker.after is None:
                    continue
                with Tried(self.seating, removed=[taker.before] if taker.before else []):
                    if not self.seating.hindrances(taker.after):
                        with Tried(self.seating, added=[taker.after]):
                            self._finish((*moves, taker), cost - gain, touched | {taker.candidate})
