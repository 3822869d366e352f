"""What a plan is like beyond its value: seats, shares, comfort, envy, repair, and parity between voluntary groups.

Counted from the problem and the meetings; where a figure needs "the most that could be had", a maximum flow without
time and travel gives an upper bound.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from forum.matchmaking.engine.attainable import most_meetings
from forum.matchmaking.engine.business import breaks_of
from forum.matchmaking.engine.check import Directory, Report, change_kinds
from forum.matchmaking.engine.model import Meeting, Problem
from forum.matchmaking.engine.tiers import Tier, tiers

FIRST_CHOICE = 100  # the weight of a mutual first choice, the top of the scale
SMALL_GROUP = 10  # groups below this size are not reported: their figures could be read back to persons
FOUR_FIFTHS = 0.8


@dataclass(frozen=True, slots=True)
class Spread:
    """How a count is distributed: its least, tenth percentile, median, mean, 95th percentile and most; Gini, Jain."""

    least: float
    tenth: float
    median: float
    mean: float
    p95: float
    most: float
    gini: float
    jain: float


@dataclass(frozen=True, slots=True)
class Parity:
    """Meetings by group of candidates, aggregates only. Ratios are least / most over the groups, 1 is equal.

    `opportunity` compares what each group got with the most it could have had alone; `suppressed` groups were too small.
    """

    rates: Mapping[str, float]
    ratio: float
    four_fifths: bool
    opportunity: float
    suppressed: int


@dataclass(frozen=True, slots=True)
class Metrics:
    """Every metric of a plan; shares are 0..1, travel in minutes, None where the question does not arise.

    `breaks` and `idle_slots` are those of the value, which leaves sessions out; the `timetable_` ones count every gap of
    a day and every slot in it, as the business meetings do (JAIR 74), and `breaks_range` is how far people's numbers differ.
    """

    gap: float | None
    tiers: Mapping[str, Tier]
    guarantee_shortfall: int
    guarantee_share: float
    firsts: int
    firsts_attainable: int
    seats: int
    seats_used: float
    meetings_per_candidate: Spread
    meetings_per_company: Spread
    value_per_candidate: Spread
    value_per_company: Spread
    travel_per_candidate: Spread
    breaks: int
    breaks_range: int
    idle_slots: int
    timetable_breaks: int
    timetable_idle_slots: int
    recruiter_breaks: int
    campus_changes: int
    blocking_pairs: int
    envious_candidates: int
    changes: Mapping[str, int]
    changed: int
    cancelled: int
    persons_touched: int
    parity: Parity | None


def metrics(
    problem: Problem, meetings: Sequence[Meeting], report: Report, *, bound: float | None = None, groups: Mapping[str, str] | None = None
) -> Metrics:
    """The metrics of a valid plan. *groups* maps candidates who gave it to a group; it never leaves this function."""
    who = Directory(problem)
    pairs = [(m.candidate, who.recruiter[m.recruiter].company) for m in meetings]
    held = Counter(candidate for candidate, _ in pairs)
    received = Counter(company for _, company in pairs)
    counts = [held[c.id] for c in problem.candidates]
    aim = problem.guarantee
    blocking = _blocking_pairs(who, pairs, held)
    comfort = _comfort(who, meetings)
    firsts = {(w.candidate, w.company) for w in problem.wishes if w.weight >= FIRST_CHOICE}
    seats = sum(len(r.slots) for r in problem.recruiters)
    return Metrics(
        gap=None if bound is None else (bound - report.value) / abs(bound or 1),
        tiers=tiers(problem, report.terms, bound),
        guarantee_shortfall=sum(max(0, aim - d) for d in counts),
        guarantee_share=_share(sum(d >= aim for d in counts), len(counts)),
        firsts=len(firsts & set(pairs)),
        firsts_attainable=most_meetings(problem, firsts),
        seats=seats,
        seats_used=_share(len(meetings), seats),
        meetings_per_candidate=spread(counts),
        meetings_per_company=spread([received[c.id] for c in problem.companies]),
        value_per_candidate=spread(_sums(((c, who.weight[c, s]) for c, s in pairs), [c.id for c in problem.candidates])),
        value_per_company=spread(_sums(((s, who.weight[c, s]) for c, s in pairs), [c.id for c in problem.companies])),
        travel_per_candidate=spread([day.travel for day in comfort]),
        breaks=report.terms.breaks,
        breaks_range=max((day.breaks for day in comfort), default=0) - min((day.breaks for day in comfort), default=0),
        idle_slots=report.terms.idle_slots,
        timetable_breaks=sum(day.breaks for day in comfort),
        timetable_idle_slots=sum(day.idle for day in comfort),
        recruiter_breaks=_recruiter_breaks(problem, meetings),
        campus_changes=report.terms.campus_changes,
        blocking_pairs=len(blocking),
        envious_candidates=len({candidate for candidate, _ in blocking}),
        changes=report.terms.changes,
        changed=sum(count for kind, count in report.terms.changes.items() if kind != "same"),
        cancelled=report.terms.changes.get("gone", 0),
        persons_touched=_persons_touched(who, meetings),
        parity=_parity(problem, held, groups) if groups else None,
    )


def spread(counts: Sequence[float]) -> Spread:
    """The distribution of non-negative counts; all zero for an empty sequence."""
    if not counts:
        return Spread(0, 0, 0, 0, 0, 0, 0, 1)
    x = np.sort(np.asarray(counts, float))
    least, tenth, median, p95, most = (float(np.quantile(x, q, method="inverted_cdf")) for q in (0, 0.1, 0.5, 0.95, 1))
    return Spread(least, tenth, median, float(x.mean()), p95, most, gini(counts), jain(counts))


def gini(counts: Sequence[float]) -> float:
    """0 when all have the same, towards 1 when one has all."""
    x = np.sort(np.asarray(counts, float))
    total = x.sum()
    if not total:
        return 0.0
    ranks = np.arange(1, len(x) + 1)
    return float((2 * (ranks * x).sum() / total - (len(x) + 1)) / len(x))


def jain(counts: Sequence[float]) -> float:
    """(Σ d)² / (n Σ d²): 1 when all have the same, 1/n when one has all."""
    x = np.asarray(counts, float)
    squares = float((x**2).sum())
    return float(x.sum()) ** 2 / (len(x) * squares) if squares else 1.0


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _sums(worth: Iterable[tuple[str, int]], names: Sequence[str]) -> list[int]:
    total: Counter[str] = Counter()
    for name, weight in worth:
        total[name] += weight
    return [total[name] for name in names]


@dataclass(frozen=True, slots=True)
class _Days:
    """One candidate's minutes of travel between meetings of a day, gaps, and slots in them."""

    travel: int = 0
    breaks: int = 0
    idle: int = 0


def _comfort(who: Directory, meetings: Sequence[Meeting]) -> list[_Days]:
    """Of each candidate with a meeting, all days together."""
    problem = who.problem
    days: dict[tuple[str, int], list[tuple[int, int]]] = defaultdict(list)
    for m in meetings:
        days[m.candidate, problem.slots[m.slot].day].append((m.slot, who.campus_of(m.recruiter)))
    comfort: dict[str, _Days] = defaultdict(_Days)
    for (name, _), mine in days.items():
        mine.sort()
        slots, all_ = [slot for slot, _ in mine], comfort[name]
        travel = sum(problem.travel[u][v] for (_, u), (_, v) in pairwise(mine))
        comfort[name] = _Days(all_.travel + travel, all_.breaks + breaks_of(slots), all_.idle + slots[-1] - slots[0] + 1 - len(slots))
    return list(comfort.values())


def _recruiter_breaks(problem: Problem, meetings: Sequence[Meeting]) -> int:
    days: dict[tuple[str, int], list[int]] = defaultdict(list)
    for m in meetings:
        days[m.recruiter, problem.slots[m.slot].day].append(m.slot)
    return sum(breaks_of(slots) for slots in days.values())


def _blocking_pairs(who: Directory, pairs: Sequence[tuple[str, str]], held: Counter[str]) -> list[tuple[str, str]]:
    """Unmet wishes heavier than one the company met, whose candidate has room or a lighter meeting; times left aside."""
    lightest_at: dict[str, int] = {}
    lightest_of: dict[str, int] = {}
    for candidate, company in pairs:
        weight = who.weight[candidate, company]
        lightest_at[company] = min(weight, lightest_at.get(company, weight))
        lightest_of[candidate] = min(weight, lightest_of.get(candidate, weight))
    met = set(pairs)
    return [
        (candidate, company)
        for (candidate, company), weight in who.weight.items()
        if weight > lightest_at.get(company, math.inf)
        and (candidate, company) not in met
        and (held[candidate] < who.candidate[candidate].max_meetings or weight > lightest_of.get(candidate, math.inf))
    ]


def _persons_touched(who: Directory, meetings: Sequence[Meeting]) -> int:
    """Candidates with a meeting of the previous plan that is not as it was."""
    old = [m for m in who.problem.previous or () if m.candidate in who.candidate and m.company in who.company]
    kinds = change_kinds(who, meetings)
    return len({m.candidate for m, kind in zip(old, kinds, strict=True) if kind != "same"})


def _parity(problem: Problem, held: Counter[str], groups: Mapping[str, str]) -> Parity:
    members: dict[str, list[str]] = defaultdict(list)
    for candidate in problem.candidates:
        if candidate.id in groups:
            members[groups[candidate.id]].append(candidate.id)
    shown = {name: people for name, people in members.items() if len(people) >= SMALL_GROUP}
    rates = {name: _share(sum(held[p] > 0 for p in people), len(people)) for name, people in sorted(shown.items())}
    ratio = _least_by_most(rates.values())
    wishes: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for wish in problem.wishes:
        wishes[groups.get(wish.candidate, "")].append((wish.candidate, wish.company))
    chances = [
        _share(sum(held[p] for p in people), most) for name, people in shown.items() if (most := most_meetings(problem, wishes[name]))
    ]
    return Parity(rates, ratio, ratio >= FOUR_FIFTHS, _least_by_most(chances), len(members) - len(shown))


def _least_by_most(rates: Iterable[float]) -> float:
    known = list(rates)
    least, most = min(known, default=0.0), max(known, default=0.0)
    return least / most if most else 1.0
