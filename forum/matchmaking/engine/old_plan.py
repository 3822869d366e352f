"""The published plan as the `previous` of a problem that changed since, also where its people are gone."""

from collections.abc import Sequence
from dataclasses import replace

from forum.matchmaking.engine.model import Meeting, OldMeeting, Problem, Recruiter


def with_previous(problem: Problem, meetings: Sequence[Meeting], published: Problem | None = None) -> tuple[Problem, list[str]]:
    """The problem with these meetings as its previous plan, and the recruiters of whom nothing is known.

    Where a recruiter was is read in *published*, the problem of the old plan: it may be gone by now, or on another campus.
    Without it, the company of who is gone is the one that everybody it met has wished for, if that is one company; its
    campus that of the company's other recruiters.
    """
    known = {r.id: r for r in problem.recruiters}
    known |= {r.id: r for r in published.recruiters} if published else {}
    gone = sorted({m.recruiter for m in meetings} - known.keys())
    found = {name: recruiter for name in gone if (recruiter := _inferred(problem, name, meetings))}
    known |= found
    old = tuple(
        OldMeeting(m.candidate, known[m.recruiter].company, known[m.recruiter].campus, m.recruiter, m.slot) for m in meetings if m.recruiter in known
    )
    return replace(problem, previous=old), [name for name in gone if name not in found]


def _inferred(problem: Problem, name: str, meetings: Sequence[Meeting]) -> Recruiter | None:
    """Who the recruiter must have been, None if the wishes leave more than one company, or none."""
    met = {m.candidate for m in meetings if m.recruiter == name}
    wished: dict[str, set[str]] = {candidate: set() for candidate in met}
    for wish in problem.wishes:
        if wish.candidate in wished:
            wished[wish.candidate].add(wish.company)
    here = [companies for companies in wished.values() if companies]
    possible = set.intersection(*here) if here else set()
    if len(possible) != 1:
        return None
    company = possible.pop()
    colleagues = [r.campus for r in problem.recruiters if r.company == company]
    return Recruiter(name, company, colleagues[0] if colleagues else problem.campuses[0].id, (), None)
