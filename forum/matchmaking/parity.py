"""Parity and territory per run, from voluntary answers: aggregates only, and no group small enough to be somebody."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from forum import db
from forum.editions import Edition
from forum.i18n import N_
from forum.matchmaking.engine.model import Meeting, Problem
from forum.matchmaking.runs import Run

SMALL: Final = 20  # groups below this are not shown, nor can they be found by taking the shown ones from the whole
FOUR_FIFTHS: Final = 0.8
GROUPS: Final = {
    "woman": N_("women"), "man": N_("men"), "other": N_("other answers"), "paris": N_("Paris"), "inner-ring": N_("inner suburbs"), "outer-ring": N_("outer suburbs"),
    "elsewhere": N_("elsewhere"), "priority-district": N_("priority district"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Group:
    """One group that answered: how many, and the share of them with at least one meeting (0..1)."""

    answer: str
    people: int
    share: float
    mean: float


@dataclass(frozen=True, slots=True)
class Report:
    """One question of one plan. `ratio` is the least share over the most; below four fifths it deserves a look."""

    question: str
    answers: int
    groups: tuple[Group, ...]
    hidden: int

    @property
    def ratio(self) -> float | None:
        shares = [g.share for g in self.groups]
        return min(shares) / max(shares) if len(shares) > 1 and max(shares) > 0 else None

    @property
    def flagged(self) -> bool:
        return self.ratio is not None and self.ratio < FOUR_FIFTHS


def report(question: str, answers: Mapping[UUID, str], meetings: Counter[UUID]) -> Report:
    """The report of one question. When exactly one group would be hidden, the next smallest is hidden with it: a single gap can be counted back."""
    members: dict[str, list[UUID]] = defaultdict(list)
    for person, answer in answers.items():
        members[answer].append(person)
    sizes = sorted(members, key=lambda a: (len(members[a]), a))
    hidden = [a for a in sizes if len(members[a]) < SMALL]
    if len(hidden) == 1 and len(sizes) > 1:
        hidden.append(next(a for a in sizes if a not in hidden))
    shown = [a for a in sorted(members) if a not in hidden]
    return Report(question, sum(len(members[a]) for a in shown), tuple(_group(a, members[a], meetings) for a in shown), len(hidden))


def _group(answer: str, people: Iterable[UUID], meetings: Counter[UUID]) -> Group:
    counts = [meetings[p] for p in people]
    return Group(answer, len(counts), sum(n > 0 for n in counts) / len(counts), sum(counts) / len(counts))


async def _answers(edition: Edition) -> dict[str, dict[UUID, str]]:
    """Answers by question, of candidates with a wish: nobody else can have a meeting."""
    async with db.connection() as conn:
        rows = await conn.fetch(
            """SELECT v.question, v.person, v.answer FROM voluntary_answer v WHERE v.edition = $1
               AND EXISTS (SELECT 1 FROM wish w WHERE w.candidate = v.person AND w.edition = v.edition AND w.withdrawn_at IS NULL)""",
            edition.id,
        )
    asked: dict[str, dict[UUID, str]] = {}
    for question, person, answer in rows:
        asked.setdefault(question, {})[person] = answer
    return asked


async def of_held(edition: Edition) -> Report:
    """Who met a company, by territory."""
    async with db.connection() as conn:
        held = await conn.fetch("SELECT candidate, count(*) FROM meeting WHERE edition = $1 AND kind = 'interview' AND state = 'held' GROUP BY 1", edition.id)
    return report("territory", (await _answers(edition)).get("territory", {}), Counter({r[0]: r[1] for r in held}))


async def opportunity(edition: Edition, problem: Problem, meetings: Collection[Meeting]) -> dict[str, float]:
    """By question: what each shown group got of the most it could have had alone, the least such share over the most; 1 is equal (Castera)."""
    from forum.matchmaking.engine.attainable import most_meetings  # scipy, in the worker only

    held = Counter(UUID(m.candidate) for m in meetings)
    found = {}
    for question, answers in (await _answers(edition)).items():
        groups = {group.answer for group in report(question, answers, held).groups}
        wishes: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for wish in problem.wishes:
            if (answer := answers.get(UUID(wish.candidate), "")) in groups:
                wishes[answer].append((wish.candidate, wish.company))
        got = Counter[str]()
        for person, answer in answers.items():
            got[answer] += held[person]
        chances = [got[answer] / most for answer, pairs in wishes.items() if (most := most_meetings(problem, pairs))]
        if len(chances) > 1 and max(chances) > 0:
            found[question] = round(min(chances) / max(chances), 4)
    return found


async def by_run(edition: Edition, runs: list[Run]) -> dict[int, list[Report]]:
    """The reports of each run, by run number."""
    async with db.connection() as conn:
        counted = await conn.fetch("SELECT plan, candidate, count(*) FROM plan_meeting WHERE plan = ANY($1) GROUP BY 1, 2", [r.id for r in runs])
    asked = await _answers(edition)
    meetings: dict[UUID, Counter[UUID]] = defaultdict(Counter)
    for plan, candidate, count in counted:
        meetings[plan][candidate] = count
    return {run.number: [report(question, people, meetings[run.id]) for question, people in sorted(asked.items())] for run in runs}
