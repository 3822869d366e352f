"""One change, of the candidate first, of the company or a campus last, after which a pair can meet and nobody else moves."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from forum.i18n import N_, Message
from forum.matchmaking.engine.exchange import Exchange
from forum.matchmaking.engine.model import Campus, Candidate, Company, Meeting, Problem, Recruiter, Wish
from forum.matchmaking.engine.seating import Seating, Tried
from forum.matchmaking.engine.slot_words import clock, when

MOST_WEIGHT = 100
EXTRA = "+1"  # what the name of a further recruiter ends with


@dataclass(frozen=True, slots=True)
class Change:
    """What to change, the meeting that is then possible, the own meeting given up for it, and the problem so changed."""

    kind: str
    words: Message
    meeting: Meeting
    given_up: Meeting | None
    changed: Callable[[Problem], Problem]


def one_change(seating: Seating, candidate: str, company: str) -> Change | None:
    """The first change that helps, None if no single one does. The seating is left as it was."""
    for changes in (_wish, _another_slot, _without_a_session, _without_a_meeting, _one_more_meeting, _another_recruiter, _another_table, _higher_cap):
        if found := next(changes(seating, candidate, company), None):
            return found
    return None


def possible_meeting(seating: Seating, candidate: str, company: str) -> Meeting | None:
    """A meeting of the pair that fits beside everything as it stands, the best for the value."""
    mine = seating.of.get(candidate, [])
    options = [
        (worth, seat)
        for seat in seating.seats_for(candidate, company)
        if (worth := seating.days.worth(candidate, [*mine, seat])) is not None and not seating.hindrances(seat)
    ]
    return max(options, key=lambda option: (option[0], -option[1].slot))[1] if options else None


def heavier_wish(seating: Seating, candidate: str, company: str, exchange: Exchange | None) -> Change | None:
    """The weight from which the exchange would pay: unlike the others, a change after which somebody else may move."""
    preference = seating.problem.weights.preference
    if exchange is None or exchange.cost < 0 or not preference:
        return None
    wish = Wish(candidate, company, seating.who.weight[candidate, company] + exchange.cost // preference + 1)
    won = (move.after for move in exchange.moves if move.candidate == candidate and move.after)
    meeting = next(m for m in won if seating.company(m) == company)
    if wish.weight > MOST_WEIGHT:
        return None
    words = Message(N_("If the wish counted {weight} of 100, the plan would prefer it."), weight=wish.weight)
    return Change("weight", words, meeting, None, lambda problem: replace(problem, wishes=tuple(wish if w[:2] == wish[:2] else w for w in problem.wishes)))


@contextmanager
def _pretending(seating: Seating, candidate: Candidate) -> Iterator[None]:
    """The candidate with other slots, sessions or limits, for the time of a `with`."""
    who, name = seating.who, candidate.id
    true = who.candidate[name]
    try:
        who.candidate[name], who.free[name] = candidate, frozenset(candidate.slots)
        seating.days.forget(name)
        yield
    finally:
        who.candidate[name], who.free[name] = true, frozenset(true.slots)
        seating.days.forget(name)


def _as_candidate(seating: Seating, changed: Candidate, company: str) -> Meeting | None:
    with _pretending(seating, changed):
        return possible_meeting(seating, changed.id, company)


def _put(candidate: Candidate) -> Callable[[Problem], Problem]:
    return lambda problem: replace(problem, candidates=tuple(candidate if c.id == candidate.id else c for c in problem.candidates))


def _wish(seating: Seating, candidate: str, company: str) -> Iterator[Change]:
    pair = (candidate, company)
    if pair in seating.who.weight:
        return
    seating.who.weight[pair] = 1
    meeting = possible_meeting(seating, candidate, company)
    del seating.who.weight[pair]
    seating.days.forget(candidate)
    if meeting:
        words = Message(N_("If you asked to meet {company}, {when} would be possible."), company=company, when=when(seating.problem, meeting.slot))
        yield Change("wish", words, meeting, None, lambda problem: replace(problem, wishes=(*problem.wishes, Wish(candidate, company, 1))))


def _another_slot(seating: Seating, candidate: str, company: str) -> Iterator[Change]:
    true = seating.who.candidate[candidate]
    slots = {t for r in seating.staff[company] for t in seating.who.present[r]} - set(true.slots)
    for slot in sorted(slots):
        changed = replace(true, slots=tuple(sorted((*true.slots, slot))))
        if meeting := _as_candidate(seating, changed, company):
            words = Message(N_("If you were also free {when}, you could meet {company} then."), company=company, when=when(seating.problem, slot))
            yield Change("slot", words, meeting, None, _put(changed))


def _without_a_session(seating: Seating, candidate: str, company: str) -> Iterator[Change]:
    true = seating.who.candidate[candidate]
    for busy in true.busy:
        changed = replace(true, busy=tuple(b for b in true.busy if b is not busy))
        if meeting := _as_candidate(seating, changed, company):
            words = Message(
                N_("Without the session you chose from {start} to {end}, {when} would be possible."),
                start=clock(busy.start), end=clock(busy.end), when=when(seating.problem, meeting.slot),
            )  # fmt: skip
            yield Change("session", words, meeting, None, _put(changed))


def _without_a_meeting(seating: Seating, candidate: str, company: str) -> Iterator[Change]:
    for given_up in sorted(seating.of.get(candidate, []), key=lambda m: seating.who.weight[candidate, seating.company(m)]):
        if given_up in seating.locked:
            continue
        with Tried(seating, removed=[given_up]):
            meeting = possible_meeting(seating, candidate, company)
        if meeting:
            words = Message(
                N_("If you gave up your meeting with {other}, {when} would be possible."),
                other=seating.company(given_up), when=when(seating.problem, meeting.slot),
            )  # fmt: skip
            yield Change("meeting", words, meeting, given_up, lambda problem: problem)


def _one_more_meeting(seating: Seating, candidate: str, company: str) -> Iterator[Change]:
    true = seating.who.candidate[candidate]
    changed = replace(true, max_meetings=true.max_meetings + 1)
    if meeting := _as_candidate(seating, changed, company):
        words = Message(
            N_("If you accepted {count} meetings, {when} would be possible."), count=changed.max_meetings, when=when(seating.problem, meeting.slot)
        )
        yield Change("limit", words, meeting, None, _put(changed))


def _another_recruiter(seating: Seating, candidate: str, company: str) -> Iterator[Change]:
    """A further recruiter beside one that is there, for one slot."""
    who = seating.who
    for name in seating.staff[company]:
        for slot in sorted(who.free[candidate]):
            extra = Recruiter(name + EXTRA, company, who.recruiter[name].campus, (slot,), None)
            who.recruiter[extra.id] = extra
            meeting = Meeting(candidate, extra.id, slot)
            worth = seating.days.worth(candidate, [*seating.of.get(candidate, []), meeting])
            possible = worth is not None and not seating.hindrances(meeting)
            del who.recruiter[extra.id]
            seating.days.forget(candidate)
            seating.at_recruiter.pop(extra.id, None)
            if possible:
                words = Message(
                    N_("If {company} had one more recruiter on {campus} {when}, you could meet then."),
                    company=company, campus=extra.campus, when=when(seating.problem, slot),
                )  # fmt: skip
                yield Change("recruiter", words, meeting, None, lambda problem, e=extra: replace(problem, recruiters=(*problem.recruiters, e)))  # type: ignore[misc]


def _hindered_only_by(seating: Seating, candidate: str, company: str, rule: str) -> Iterator[Meeting]:
    mine = seating.of.get(candidate, [])
    for seat in seating.seats_for(candidate, company):
        if seating.days.worth(candidate, [*mine, seat]) is not None and seating.hindrances(seat).keys() == {rule}:
            yield seat


def _another_table(seating: Seating, candidate: str, company: str) -> Iterator[Change]:
    for meeting in _hindered_only_by(seating, candidate, company, "tables"):
        campus = seating.problem.campuses[seating.who.campus_of(meeting.recruiter)]
        more = Campus(campus.id, (campus.tables or 0) + 1)
        words = Message(
            N_("If {campus} had one more table, {when} would be possible."), campus=campus.id, when=when(seating.problem, meeting.slot)
        )
        yield Change(
            "table", words, meeting, None,
            lambda problem, v=more: replace(problem, campuses=tuple(v if c.id == v.id else c for c in problem.campuses)),  # type: ignore[misc]
        )  # fmt: skip


def _higher_cap(seating: Seating, candidate: str, company: str) -> Iterator[Change]:
    for meeting in _hindered_only_by(seating, candidate, company, "cap"):
        more = Company(company, (seating.who.company[company].max_meetings or 0) + 1)
        words = Message(
            N_("If {company} accepted one more meeting, {when} would be possible."), company=company, when=when(seating.problem, meeting.slot)
        )
        yield Change(
            "cap", words, meeting, None,
            lambda problem, j=more: replace(problem, companies=tuple(j if c.id == j.id else c for c in problem.companies)),  # type: ignore[misc]
        )  # fmt: skip
