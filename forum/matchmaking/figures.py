"""Every figure of a run in words: counts, shares and spreads as the engine measured them, kept with the run; and runs side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from forum.i18n import N_, Message
from forum.matchmaking.runs import Run

COUNTS: Final = {
    "guarantee_shortfall": N_("Meetings missing to the aim, over everybody"), "firsts": N_("Mutual first choices met"), "firsts_attainable": N_("Mutual first choices that could be met"),
    "timetable_breaks": N_("Gaps in people's days"), "breaks_range": N_("Gaps of the person with most, less those of the person with fewest"),
    "timetable_idle_slots": N_("Slots of waiting, over everybody"), "recruiter_breaks": N_("Gaps in recruiters' days"), "campus_changes": N_("Changes of campus, over everybody"),
    "blocking_pairs": N_("Pairs that would both gain by another meeting"), "envious_candidates": N_("People who would rather have another person's meetings"),
    "changed": N_("Published meetings that change"), "cancelled": N_("Published meetings that are given up"), "persons_touched": N_("People whose published meetings change"),
}  # fmt: skip
SPREADS: Final = {
    "meetings_per_candidate": N_("Meetings per person"), "meetings_per_company": N_("Meetings per company"), "value_per_candidate": N_("Points of wishes per person"),
    "value_per_company": N_("Points of wishes per company"), "travel_per_candidate": N_("Minutes of journeys per person"),
}  # fmt: skip
COLUMNS: Final = ("least", "tenth", "median", "mean", "p95", "most", "gini", "jain")
TIERS: Final = {"guarantee": N_("First meetings, up to the aim"), "preference": N_("Points of wishes"), "comfort": N_("Journeys, gaps and waiting, in points")}
BOUNDS: Final = {
    "maximum flow without times; rests, tables and caps counted": N_("a maximum flow without times; rests, tables and caps counted"),
    "prices of the companies' seats, times left aside": N_("prices of the companies' seats, times left aside"),
    "no change of campus, break or idle slot at all": N_("no change of campus, gap or waiting at all"),
}  # the engine's names, in the reader's language
QUESTIONS: Final = {"gender": N_("Gender"), "territory": N_("Territory")}


def counts(metrics: Mapping[str, Any]) -> list[tuple[str, float]]:
    """(what, how many) in the order of the page; nothing for a run without expert figures."""
    expert = metrics.get("expert") or {}
    return [(words, expert[name]) for name, words in COUNTS.items() if expert.get(name) is not None]


def spreads(metrics: Mapping[str, Any]) -> list[tuple[str, list[float]]]:
    """(what, least, tenth percentile, median, mean, 95th percentile, most, Gini, Jain)."""
    expert = metrics.get("expert") or {}
    return [(words, [round(expert[name][column], 2) for column in COLUMNS]) for name, words in SPREADS.items() if expert.get(name)]


@dataclass(frozen=True, slots=True)
class TierGap:
    """One tier: reached, its own bound with its name, the gap to it in per cent, and the gap where no other tier gets worse."""

    words: str
    value: int
    bound: int
    bound_name: str
    gap: float
    kept_gap: float | None


def tiers(metrics: Mapping[str, Any]) -> list[TierGap]:
    """The tiers of the objective, first things first."""
    found = (metrics.get("expert") or {}).get("tiers") or {}
    return [
        TierGap(
            words, found[name]["value"], found[name]["bound"], BOUNDS.get(found[name]["bound_name"], found[name]["bound_name"]), round(100 * found[name]["gap"], 2),
            None if found[name]["kept_gap"] is None else round(100 * found[name]["kept_gap"], 2),
        )
        for name, words in TIERS.items() if name in found
    ]  # fmt: skip


def took(run: Run) -> list[tuple[str, float | None, str]]:
    """(what, how much, unit) of what making the plan took, and what a repair cost."""
    made, compared = run.metrics.get("run") or {}, run.metrics.get("compared") or {}
    rows: list[tuple[str, float | None, str]] = [
        (N_("Time to the first full plan"), run.first_seconds, "s"), (N_("Time to a proven gap of 1 %"), made.get("one_percent_seconds"), "s"),
        (N_("Time in all"), run.seconds, "s"), (N_("Most memory"), made.get("peak_mb"), "MB"),
    ]  # fmt: skip
    if repair := made.get("repair"):
        rows += [
            (N_("Published meetings that could not stand"), repair["must_change"], ""),
            (N_("People left without the meeting they had"), repair["lost_first"], ""),
        ]
    if compared:
        rows += [
            (N_("Points of wishes lost to a plan from nothing"), compared["preference_lost"], ""), (N_("First meetings lost to a plan from nothing"), compared["guarantee_lost"], ""),
            (N_("Time of that plan"), compared["seconds"], "s"),
        ]  # fmt: skip
    return rows


def opportunities(metrics: Mapping[str, Any]) -> list[tuple[str, float]]:
    """(question, least share of what a group could have had alone over the most; 1 is equal)."""
    return [(words, round(metrics["opportunity"][name], 2)) for name, words in QUESTIONS.items() if name in (metrics.get("opportunity") or {})]


def first_step(metrics: Mapping[str, Any]) -> Message | None:
    """What the first step placed: people who need step-free ways."""
    first = metrics.get("access_first")
    return (
        Message(
            N_("Placed first, at tables and by ways without steps: {people} people, {meetings} meetings."), people=first["people"], meetings=first["meetings"]
        )
        if first
        else None
    )


Cell = tuple[tuple[float | None, ...], str]  # numbers, joined by a stroke, and their unit


def side_by_side(runs: Sequence[Run]) -> list[tuple[str, list[Cell]]]:
    """(measure, a cell for each run) in the order of the page."""
    columns = [_column(run) for run in runs]
    return [(words, [column[words] for column in columns]) for words in (columns[0] if columns else ())]


def _column(run: Run) -> dict[str, Cell]:
    f, expert, made = run.figures, run.metrics.get("expert") or {}, run.metrics.get("run") or {}
    assert f is not None
    gaps = {tier.words: tier for tier in tiers(run.metrics)}
    wishes = gaps.get(TIERS["preference"])
    return {
        N_("Proven gap"): ((None if run.gap is None else round(run.gap, 2),), "%"), N_("Gap of the wishes alone"): ((None if wishes is None else wishes.gap,), "%"),
        N_("People with the meetings aimed at"): ((f.with_guarantee, f.people), ""), N_("People without a meeting"): ((f.with_none,), ""),
        N_("Mutual wishes met"): ((round(100 * f.mutual_kept / f.mutual, 1) if f.mutual else None,), "%"),
        N_("Mutual first choices met, of those that could be"): ((f.firsts_kept, expert.get("firsts_attainable", f.firsts)), ""),
        N_("Seats used"): ((round(100 * f.seats_used, 1),), "%"), N_("Changes of campus per person"): ((round(f.campus_changes, 2),), ""),
        N_("Median wait between meetings"): ((round(f.idle_minutes),), "min"), N_("Published meetings that change"): ((f.changed,), ""),
        N_("People whose published meetings change"): ((expert.get("persons_touched"),), ""), N_("Time in all"): ((None if run.seconds is None else round(run.seconds, 1),), "s"),
        N_("Most memory"): ((made.get("peak_mb"),), "MB"),
    }  # fmt: skip
