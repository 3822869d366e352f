"""Companies suggested to a candidate's eyes, each with the declared facts that made it. Never the other way round. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Declared:
    """What a candidate declared."""

    roles: frozenset[str]
    skills: frozenset[str]
    languages: frozenset[str]
    contracts: frozenset[str]
    days: frozenset[str]
    campuses: frozenset[str]


@dataclass(frozen=True, slots=True)
class Offered:
    """What one offer asks for, and when and where its company is."""

    company: UUID
    slug: str
    name: str
    title: str
    role: str
    skills: frozenset[str]
    languages: frozenset[str]
    contracts: frozenset[str]
    days: frozenset[str]
    campuses: frozenset[str]
    wishes_per_seat: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One company with its best offer and the facts that speak for it; `points` orders the list and is explained by the facts."""

    company: UUID
    slug: str
    name: str
    title: str
    role: str
    skills: tuple[str, ...]
    contract: bool
    campus: bool
    calm: bool
    points: int


CALM = 0.5  # wishes per seat under which a company has time for everybody


def points_of(me: Declared, offer: Offered) -> Suggestion | None:
    """What speaks for one offer; None when nothing does, a language is missing, or the days do not meet."""
    if offer.days and me.days and not (offer.days & me.days):
        return None
    if offer.languages and me.languages and not (offer.languages & me.languages):
        return None
    skills = tuple(sorted(offer.skills & me.skills))
    role = offer.role in me.roles
    if not role and not skills:
        return None
    contract = bool(offer.contracts & me.contracts)
    campus = bool(offer.campuses & me.campuses)
    calm = offer.wishes_per_seat < CALM
    points = 4 * role + 2 * len(skills) + contract + campus + calm
    return Suggestion(offer.company, offer.slug, offer.name, offer.title, offer.role if role else "", skills, contract, campus, calm, points)


def suggest(me: Declared, offers: Iterable[Offered], *, without: Collection[UUID] = (), most: int = 6) -> list[Suggestion]:
    """The companies most facts speak for, one offer each, those already wished for left out; ties by name."""
    best: dict[UUID, Suggestion] = {}
    for offer in offers:
        if offer.company in without:
            continue
        found = points_of(me, offer)
        if found and (offer.company not in best or found.points > best[offer.company].points):
            best[offer.company] = found
    return sorted(best.values(), key=lambda s: (-s.points, s.name, s.title))[:most]
