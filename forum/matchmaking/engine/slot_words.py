"""Slots and presence in words: days counted from 1, a 24 h clock."""

from collections.abc import Iterable

from forum.i18n import N_, Message
from forum.matchmaking.engine.check import ADJACENT_MINUTES
from forum.matchmaking.engine.model import MINUTES_PER_DAY, Problem


def clock(minute: int) -> str:
    """A minute of the event on the clock of its day: 10:40."""
    return f"{minute % MINUTES_PER_DAY // 60:02}:{minute % 60:02}"


def when(problem: Problem, slot: int) -> Message:
    """The beginning of a slot: day 1 at 10:40."""
    start = problem.slots[slot].start
    return Message(N_("on day {day} at {time}"), day=start // MINUTES_PER_DAY + 1, time=clock(start))


def presence(problem: Problem, slots: Iterable[int]) -> Message:
    """Slots as spans of time, joined where they follow each other."""
    spans: list[list[int]] = []
    for slot in sorted(slots):
        if spans and slot == spans[-1][1] + 1 and problem.slots[slot].start - problem.slots[spans[-1][1]].end <= ADJACENT_MINUTES:
            spans[-1][1] = slot
        else:
            spans.append([slot, slot])
    return joined([_span(problem, first, last) for first, last in spans])


def _span(problem: Problem, first: int, last: int) -> Message:
    start, end = problem.slots[first].start, problem.slots[last].end
    return Message(N_("day {day} {start}–{end}"), day=start // MINUTES_PER_DAY + 1, start=clock(start), end=clock(end))


def joined(parts: list[Message]) -> Message:
    """The parts with commas between them, "never" without any."""
    if not parts:
        return Message(N_("never"))
    text = parts[0]
    for part in parts[1:]:
        text = Message(N_("{some}, {more}"), some=text, more=part)
    return text
