"""How well a candidate and a company fit, from declared facts only: a whole number 0..100 and the facts that made it. Pure.

It suggests companies to candidates' eyes; candidates are never ranked for a recruiter. Symmetric: each side reads the
same number. The points of the facts add up to it; what one side did not declare adds nothing and takes nothing away.
The weight of a wish does not come from here but from what both sides asked for (`worth`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from forum.i18n import N_, Message
from forum.matchmaking.job_words import JOB_WORDS, job, nearness, skill

JOB_POINTS: Final = 40
SKILL_POINTS: Final = 28
ENOUGH_SKILLS: Final = 4  # so many skills in common are full points, or all of the shorter list
LANGUAGE_POINTS: Final = 8
CONTRACT_POINTS: Final = 8
LEVEL_POINTS: Final = 6
DAY_POINTS: Final = 5
CAMPUS_POINTS: Final = 5
NEXT_LEVEL: Final = 50  # percent for the level beside
LEVELS_BESIDE: Final = frozenset(
    frozenset(pair) for pair in (("student", "junior"), ("junior", "confirmed"), ("confirmed", "senior"), ("retraining", "junior"), ("retraining", "student"))
)
Key = TypeVar("Key")
if TYPE_CHECKING:  # numpy is loaded by the first who asks: half a second of start-up that most requests never need
    import numpy as np

    Scores = np.ndarray[tuple[int, int], np.dtype[np.int16]]


@dataclass(frozen=True, slots=True)
class Declared:
    """What one side declared, in keys: of a candidate what it has and seeks, of a company what it offers and asks for."""

    jobs: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    contracts: frozenset[str] = frozenset()
    levels: frozenset[str] = frozenset()
    days: frozenset[str] = frozenset()
    campuses: frozenset[str] = frozenset()


def declared(
    *, jobs: Iterable[str] = (), skills: Iterable[str] = (), languages: Iterable[str] = (), contracts: Iterable[str] = (),
    levels: Iterable[str] = (), days: Iterable[str] = (), campuses: Iterable[str] = (),
) -> Declared:  # fmt: skip
    """Declared facts from free words: jobs and skills in French or English find their keys; unknown jobs are left out."""
    known = frozenset(key for word in jobs if (key := word if word in JOB_WORDS else job(word)))
    words = frozenset(key for word in skills if (key := skill(word)))
    return Declared(known, words, frozenset(languages), frozenset(contracts), frozenset(filter(None, levels)), frozenset(days), frozenset(campuses))


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that speaks for the pair, its points, and the sentence that says so."""

    kind: str
    points: int
    words: Message


@dataclass(frozen=True, slots=True)
class Affinity:
    """The sum of the facts' points. `hindrance` says why a pair that could not talk or meet has none."""

    points: int
    facts: tuple[Fact, ...]
    hindrance: Message | None = None


def affinity(one: Declared, other: Declared) -> Affinity:
    """0 when no language or no day is shared although both declared some; else the facts in common."""
    if hindrance := _hindrance(one, other):
        return Affinity(0, (), hindrance)
    facts = tuple(
        fact
        for fact in (
            _job_fact(one, other), _skill_fact(one, other), _level_fact(one, other),
            _shared("language", LANGUAGE_POINTS, N_("a language in common: {shared}"), one.languages, other.languages),
            _shared("contract", CONTRACT_POINTS, N_("the contract sought: {shared}"), one.contracts, other.contracts),
            _shared("day", DAY_POINTS, N_("there on the same day"), one.days, other.days),
            _shared("campus", CAMPUS_POINTS, N_("on a campus within reach"), one.campuses, other.campuses),
        )
        if fact
    )  # fmt: skip
    return Affinity(sum(fact.points for fact in facts), facts)


def suggest(me: Declared, others: Mapping[Key, Declared], most: int = 6) -> list[tuple[Key, Affinity]]:
    """The best fits for one candidate, highest first, those without a job or skill in common left out; ties in given order."""
    import numpy as np

    keys = list(others)
    points = affinities([me], [others[key] for key in keys])[0]
    chosen: list[tuple[Key, Affinity]] = []
    for n in np.argsort(-points, kind="stable"):
        if len(chosen) == most or points[n] == 0:
            break
        found = affinity(me, others[keys[n]])
        if any(fact.kind in ("job", "skill") for fact in found.facts):
            chosen.append((keys[n], found))
    return chosen


def affinities(ones: Sequence[Declared], others: Sequence[Declared]) -> Scores:
    """The points of every pair, (ones, others): the same numbers as `affinity`, 4 million in a few seconds."""
    import numpy as np

    points = _job_points(ones, others)
    points += _skill_points(ones, others)
    points += _level_points(ones, others)
    for name, worth in (("languages", LANGUAGE_POINTS), ("contracts", CONTRACT_POINTS), ("days", DAY_POINTS), ("campuses", CAMPUS_POINTS)):
        points += np.int16(worth) * (_in_common(ones, others, name) > 0)
    for name in ("languages", "days"):
        both = _pairs([bool(getattr(d, name)) for d in ones], [bool(getattr(d, name)) for d in others])
        points[both & (_in_common(ones, others, name) == 0)] = 0
    return points


def _hindrance(one: Declared, other: Declared) -> Message | None:
    if one.languages and other.languages and not one.languages & other.languages:
        return Message(N_("no language in common"))
    if one.days and other.days and not one.days & other.days:
        return Message(N_("never there on the same day"))
    return None


def _job_fact(one: Declared, other: Declared) -> Fact | None:
    pairs = [(nearness(a, b), min(a, b), max(a, b)) for a in one.jobs for b in other.jobs]
    near, first, second = max(pairs, default=(0, "", ""))
    if near == 100:
        return Fact("job", JOB_POINTS, Message(N_("the job sought: {job}"), job=first))
    points = JOB_POINTS * near // 100
    return Fact("job", points, Message(N_("neighbouring jobs: {first} and {second}"), first=first, second=second)) if points else None


def _skill_fact(one: Declared, other: Declared) -> Fact | None:
    shared = one.skills & other.skills
    enough = min(ENOUGH_SKILLS, len(one.skills), len(other.skills))
    if not shared:
        return None
    points = SKILL_POINTS * min(len(shared), enough) // enough
    return Fact("skill", points, Message(N_("skills in common: {shared}"), shared=", ".join(sorted(shared))))


def _level_fact(one: Declared, other: Declared) -> Fact | None:
    if one.levels & other.levels:
        return Fact("level", LEVEL_POINTS, Message(N_("the level sought")))
    if any(frozenset((a, b)) in LEVELS_BESIDE for a in one.levels for b in other.levels):
        return Fact("level", LEVEL_POINTS * NEXT_LEVEL // 100, Message(N_("a level beside the one sought")))
    return None


def _shared(kind: str, points: int, text: str, one: frozenset[str], other: frozenset[str]) -> Fact | None:
    shared = one & other
    return Fact(kind, points, Message(text, shared=", ".join(sorted(shared)))) if shared else None


def _marks(rows: Sequence[frozenset[str]], names: Sequence[str]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """1 where a row has the name, (rows, names)."""
    import numpy as np

    place = {name: k for k, name in enumerate(names)}
    marks = np.zeros((len(rows), len(names)), np.float32)
    for n, row in enumerate(rows):
        marks[n, [place[name] for name in row if name in place]] = 1
    return marks


def _in_common(ones: Sequence[Declared], others: Sequence[Declared], name: str) -> Scores:
    """How many entries of the field each pair shares; words that only one side uses need no column."""
    import numpy as np

    left, right = [getattr(d, name) for d in ones], [getattr(d, name) for d in others]
    words = sorted(frozenset().union(*left) & frozenset().union(*right))
    return (_marks(left, words) @ _marks(right, words).T).astype(np.int16)


def _job_points(ones: Sequence[Declared], others: Sequence[Declared]) -> Scores:
    import numpy as np

    names = sorted({name for d in (*ones, *others) for name in d.jobs})
    near = np.array([[JOB_POINTS * nearness(a, b) // 100 for b in names] for a in names], np.int16).reshape(len(names), len(names))
    mine, theirs = _marks([d.jobs for d in ones], names), _marks([d.jobs for d in others], names)
    points = np.zeros((len(ones), len(others)), np.int16)
    for k in range(len(names)):
        reach = (mine * near[k]).max(axis=1).astype(np.int16)
        np.maximum(points, reach[:, None] * theirs[None, :, k].astype(np.int16), out=points)
    return points


def _skill_points(ones: Sequence[Declared], others: Sequence[Declared]) -> Scores:
    import numpy as np

    shared = _in_common(ones, others, "skills")
    enough = np.minimum.outer([len(d.skills) for d in ones], [len(d.skills) for d in others]).clip(1, ENOUGH_SKILLS).astype(np.int16)
    return (SKILL_POINTS * np.minimum(shared, enough) // enough).astype(np.int16)


def _level_points(ones: Sequence[Declared], others: Sequence[Declared]) -> Scores:
    import numpy as np

    same = _in_common(ones, others, "levels") > 0
    beside = np.zeros_like(same)
    for pair in LEVELS_BESIDE:
        a, b = sorted(pair)
        for x, y in ((a, b), (b, a)):
            beside |= _pairs([x in d.levels for d in ones], [y in d.levels for d in others])
    return np.where(same, LEVEL_POINTS, np.where(beside, LEVEL_POINTS * NEXT_LEVEL // 100, 0)).astype(np.int16)


def _pairs(left: Sequence[bool], right: Sequence[bool]) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Where both sides are true, (left, right), also without anybody on a side."""
    import numpy as np

    return np.outer(np.array(left, bool), np.array(right, bool))
