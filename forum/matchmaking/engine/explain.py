"""In words: why this meeting, why not that one, what it would cost whom, and one change that would make it possible.

Nobody is named but the candidate who asks; of others only what would happen to one of their meetings, never a rank or a
weight. Every figure is exact: seats are counted, costs come from `exchange`, changes from `one_change`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from forum.errors import NotFound
from forum.i18n import N_, Message
from forum.matchmaking.engine.exchange import MOST_OTHERS, WHOLE_CANDIDATES, Found, cheapest_exchange
from forum.matchmaking.engine.model import Meeting, Problem
from forum.matchmaking.engine.one_change import Change, heavier_wish, one_change
from forum.matchmaking.engine.seating import Move, Seating
from forum.matchmaking.engine.slot_words import clock, presence, when

SECONDS = 10.0  # for the exchanges of one unmet wish


@dataclass(frozen=True, slots=True)
class Explanation:
    """About one candidate and one company. `reason` is a code; `found` and `change` name others and stay with organisers."""

    candidate: str
    company: str
    meeting: Meeting | None
    reason: str
    sentences: tuple[Message, ...]
    found: Found | None = None
    change: Change | None = None

    def in_language(self, lang: str) -> list[str]:
        return [sentence.in_language(lang) for sentence in self.sentences]


def explain(
    problem: Problem, meetings: Sequence[Meeting], candidate: str, company: str | None = None, *, seconds: float = SECONDS
) -> list[Explanation]:
    """One explanation, or without *company* one for each meeting and unmet wish of the candidate, heaviest wish first.

    The plan must be valid. *seconds* is for each unmet wish. Raises NotFound for an unknown candidate or company.
    """
    seating = Seating(problem, meetings)
    if candidate not in seating.who.candidate:
        raise NotFound(Message(N_("There is no candidate {name}."), name=candidate))
    if company is not None and company not in seating.who.company:
        raise NotFound(Message(N_("There is no company {name}."), name=company))
    wished = sorted(seating.wishes[candidate], key=lambda c: (-seating.who.weight[candidate, c], c))
    return [explain_pair(seating, candidate, name, seconds=seconds) for name in ([company] if company else wished)]


def explain_pair(seating: Seating, candidate: str, company: str, *, seconds: float = SECONDS) -> Explanation:
    """Why the pair meets when it does, or why it does not."""
    meeting = next((m for m in seating.of.get(candidate, []) if seating.company(m) == company), None)
    if meeting:
        return Explanation(candidate, company, meeting, "meets", tuple(_why(seating, meeting)))
    reason, sentences, found = _why_not(seating, candidate, company, seconds)
    change = one_change(seating, candidate, company) or heavier_wish(seating, candidate, company, found.exchange if found else None)
    last = change.words if change else Message(N_("No single change would make it possible with everything else as it stands."))
    return Explanation(candidate, company, None, reason, (*sentences, last), found, change)


def _why(seating: Seating, meeting: Meeting) -> Iterator[Message]:
    problem, candidate, company = seating.problem, meeting.candidate, seating.company(meeting)
    campus = problem.campuses[seating.who.campus_of(meeting.recruiter)].id
    yield Message(N_("You meet {company} {when} on {campus}."), company=company, when=when(problem, meeting.slot), campus=campus)
    weight = seating.who.weight[candidate, company]
    yield Message(N_("You asked for it; after what both sides declared, this wish counts {weight} of 100."), weight=weight)
    if len(seating.of[candidate]) <= problem.guarantee and problem.weights.guarantee:
        yield Message(
            N_("It is among the meetings aimed at for everybody ({count} each), which count {points} more."),
            count=problem.guarantee, points=problem.weights.guarantee,
        )  # fmt: skip
    if meeting in seating.locked:
        yield Message(N_("An organiser has fixed it at this time."))
        return
    yield _why_this_slot(seating, meeting)


def _why_this_slot(seating: Seating, meeting: Meeting) -> Message:
    """The other places and times of the pair, sorted by what speaks against them."""
    candidate = meeting.candidate
    others = [m for m in seating.of[candidate] if m != meeting]
    now = seating.days.worth(candidate, [*others, meeting]) or 0
    day = taken = free = 0
    best: tuple[int, Meeting] | None = None
    for seat in seating.seats_for(candidate, seating.company(meeting)):
        if seat == meeting:
            continue
        worth = seating.days.worth(candidate, [*others, seat])
        if worth is None:
            day += 1
        elif set.union(set(), *seating.hindrances(seat).values()) - {meeting}:
            taken += 1
        else:
            free += 1
            best = max(best or (now, meeting), (worth, seat))
    if best and best[0] > now:
        return Message(
            N_("A free seat {when} would be better, in points of the plan’s value by {points}; ask an organiser to move it."),
            when=when(seating.problem, best[1].slot), points=best[0] - now,
        )  # fmt: skip
    return Message(
        N_("Other seats when both of you are there: {total}; taken: {taken}; in the way of the rest of your day: {day}; free but no better: {free}."),
        total=day + taken + free, taken=taken, day=day, free=free,
    )  # fmt: skip


def _why_not(seating: Seating, candidate: str, company: str, seconds: float) -> tuple[str, list[Message], Found | None]:
    """The first reason that applies: no wish, no slot in common, sessions in the way, or the seats."""
    problem, who = seating.problem, seating.who
    if (candidate, company) not in who.weight:
        return "no wish", [Message(N_("You did not ask to meet {company}, and only wishes are planned."), company=company)], None
    common = list(seating.seats_for(candidate, company))
    if not common:
        theirs = {t for r in seating.staff[company] for t in who.present[r]}
        words = Message(
            N_("No slot in common: you are free {mine}; {company} receives {theirs}."),
            company=company, mine=presence(problem, who.free[candidate]), theirs=presence(problem, theirs),
        )  # fmt: skip
        return "no common slot", [words], None
    alone = [seat for seat in common if seating.days.worth(candidate, [seat]) is not None]
    if not alone:
        return "own day", [_in_the_way(seating, candidate, common)], None
    found = _cheapest(seating, candidate, company, seconds)
    sentences = [*_seats(seating, candidate, company, alone), *_exchange(seating, candidate, company, found)]
    return "feasible" if found.exchange else "no exchange", sentences, found


def _cheapest(seating: Seating, candidate: str, company: str, seconds: float) -> Found:
    """Of all exchanges where the problem is small enough for that, else of those that touch few others."""
    if len(seating.problem.candidates) <= WHOLE_CANDIDATES:
        from forum.matchmaking.engine.whole_exchange import cheapest_of_all  # loads a solver

        if found := cheapest_of_all(seating, candidate, company, seconds=seconds):
            return found
    return cheapest_exchange(seating, candidate, company, seconds=seconds)


def _in_the_way(seating: Seating, candidate: str, common: list[Meeting]) -> Message:
    """Which of the candidate's own sessions, or the way to them, stand against every slot in common."""
    who, slots = seating.who, seating.problem.slots
    person = who.candidate[candidate]
    if not person.max_meetings:
        return Message(N_("You accept no meetings."))
    starts = {seat.slot for seat in common}
    overlaps = {t for t in starts if any(b.start < slots[t].end and slots[t].start < b.end for b in person.busy)}
    spans = ", ".join(f"{clock(b.start)}–{clock(b.end)} ({b.campus})" for b in person.busy)
    return Message(
        N_("Slots in common: {count}; in sessions you chose: {overlaps}; too near to them for the journey: {near}. Your sessions: {spans}."),
        count=len(starts), overlaps=len(overlaps), near=len(starts - overlaps), spans=spans,
    )  # fmt: skip


def _seats(seating: Seating, candidate: str, company: str, alone: list[Meeting]) -> Iterator[Message]:
    """What became of the seats that the candidate could take."""
    who, mine = seating.who, seating.of.get(candidate, [])
    weight = who.weight[candidate, company]
    held = [holder for seat in alone if (holder := seating.at_recruiter[seat.recruiter].get(seat.slot))]
    if held:
        heavier = sum(who.weight[m.candidate, company] > weight for m in held)
        yield Message(
            N_("Seats of {company} when you could come: {seats}. Taken by others: {held}, of which by wishes of higher weight than yours: {heavier}."),
            seats=len(alone), company=company, held=len(held), heavier=heavier,
        )  # fmt: skip
    free = [seat for seat in alone if not seating.at_recruiter[seat.recruiter].get(seat.slot)]
    closed = [seat for seat in free if seating.hindrances(seat)]
    if closed:
        yield Message(
            N_("Seats that stay empty: {count}, because no table is free, the recruiter needs a rest, or {company} receives no more."), count=len(closed), company=company
        )
    crowded = [seat for seat in free if seat not in closed and seating.days.worth(candidate, [*mine, seat]) is None]
    if crowded and len(mine) >= who.candidate[candidate].max_meetings:
        yield Message(N_("You have as many meetings as you accept: {count}."), count=len(mine))
    elif crowded:
        yield Message(N_("Free seats that collide with your other meetings or the journeys between them: {count}."), count=len(crowded))


def _exchange(seating: Seating, candidate: str, company: str, found: Found) -> Iterator[Message]:
    if found.exchange is None:
        if found.whole:
            yield Message(N_("Every plan was searched; none has room for it beside what is fixed."))
        elif found.proved < MOST_OTHERS:
            yield Message(N_("The search was cut short before an exchange was found that makes room for it."))
        else:
            yield Message(N_("Every exchange was searched (others touched: up to {count}, each in one meeting); none makes room for it."), count=found.proved)
        return
    if found.exchange.cost > 0:
        yield Message(N_("It is feasible at a cost, in points of the plan’s value: {cost}."), cost=found.exchange.cost)
    else:
        yield Message(N_("It is feasible, and the plan would gain by it, in points of its value: {gain}."), gain=-found.exchange.cost)
    for move in found.exchange.moves:
        yield _move_words(seating, candidate, move)
    if found.whole:
        yield Message(N_("Every plan with this meeting was searched; none costs less."))
        if found.below_best:
            yield Message(
                N_("The best of all plans is worth {gain} more than this one; measured against it, the meeting costs {cost}."),
                gain=found.below_best, cost=found.exchange.cost + found.below_best,
            )  # fmt: skip
    elif found.proved >= found.exchange.others or found.proved == MOST_OTHERS:
        yield Message(N_("Every exchange was searched (others touched: up to {count}, each in one meeting); none costs less."), count=found.proved)
    else:
        yield Message(N_("The search was cut short; a cheaper exchange may exist."))


def _move_words(seating: Seating, candidate: str, move: Move) -> Message:
    """One move: in full for the candidate who asks, without a name for anyone else."""
    problem, mine = seating.problem, move.candidate == candidate
    before, after = move.before, move.after
    if before is None and after is not None:
        text = N_("You would meet {company} {when}.") if mine else N_("Another candidate would gain a meeting with {company}.")
        return Message(text, company=seating.company(after), when=when(problem, after.slot))
    if before is None:
        raise ValueError("a move of nothing")
    company = seating.company(before)
    if after is None:
        text = N_("You would give up your meeting with {company}.") if mine else N_("Another candidate would lose a meeting with {company}.")
        return Message(text, company=company)
    if seating.company(after) == company:
        text = (
            N_("Your meeting with {company} would be {when} instead.") if mine else N_("Another candidate would meet {company} {when} instead of now.")
        )
        return Message(text, company=company, when=when(problem, after.slot))
    return Message(N_("Another candidate would meet {other} instead of {company}."), company=company, other=seating.company(after))
