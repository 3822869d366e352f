"""Companies suggested to a candidate's eyes, each with the declared facts that made it. Never the other way round. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Final
from uuid import UUID

from forum.i18n import N_, Message
from forum.matchmaking.affinity import Declared, Fact, suggest
from forum.people.vocabulary import CONTRACTS, LANGUAGES_SPOKEN, TARGET_ROLES

SEVERAL: Final = 8  # offers looked at for each company shown: one with many offers does not hide the others
CALM: Final = 0.5  # wishes per seat under which a company has time for everybody
WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "job": TARGET_ROLES,
    "language": LANGUAGES_SPOKEN,
    "contract": CONTRACTS,
}  # kind of fact → what its keys are called


@dataclass(frozen=True, slots=True)
class Offered:
    """One offer of one company: what it asks for, and when and where the company is."""

    company: UUID
    slug: str
    name: str
    title: str
    facts: Declared
    wishes_per_seat: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One company with its best offer; `points` (0..100) order the list and are the sum of what the facts count."""

    company: UUID
    slug: str
    name: str
    title: str
    points: int
    facts: tuple[Message, ...]
    calm: bool


def suggested(me: Declared, offers: Sequence[Offered], *, without: Collection[UUID] = (), most: int = 6) -> list[Suggestion]:
    """The companies that fit best, one offer each, those already wished for left out; ties in the order of *offers*."""
    open_offers = {n: offer for n, offer in enumerate(offers) if offer.company not in without}
    found: dict[UUID, Suggestion] = {}
    for n, affinity in suggest(me, {n: offer.facts for n, offer in open_offers.items()}, most * SEVERAL):
        offer = open_offers[n]
        words = tuple(in_words(fact) for fact in affinity.facts)
        found.setdefault(offer.company, Suggestion(offer.company, offer.slug, offer.name, offer.title, affinity.points, words, offer.wishes_per_seat < CALM))
    return list(found.values())[:most]


def in_words(fact: Fact) -> Message:
    """The sentence of a fact with the words people chose from in place of keys."""
    words = WORDS.get(fact.kind)
    return Message(fact.words.text, **{name: _called(str(keys), words) for name, keys in fact.words.facts.items()}) if words else fact.words


def _called(keys: str, words: Mapping[str, str]) -> Message:
    """Comma-separated keys as their words."""
    called = [Message(words.get(key, key)) for key in keys.split(", ")]
    return reduce(lambda some, more: Message(N_("{some}, {more}"), some=some, more=more), called)
