"""Every figure of a run in words, for the run's page: counts, shares and spreads as the engine measured them, kept with the run. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from forum.i18n import N_, Message

COUNTS: Final = {
    "guarantee_shortfall": N_("Meetings missing to the aim, over everybody"), "firsts": N_("Mutual first choices met"), "firsts_attainable": N_("Mutual first choices that could be met"),
    "breaks": N_("Gaps in people's days"), "breaks_range": N_("Gaps of the person with most, less those of the person with fewest"), "idle_slots": N_("Slots of waiting, over everybody"),
    "recruiter_breaks": N_("Gaps in recruiters' days"), "campus_changes": N_("Changes of campus, over everybody"),
    "blocking_pairs": N_("Pairs that would both gain by another meeting"), "envious_candidates": N_("People who would rather have another person's meetings"),
    "persons_touched": N_("People whose published meetings change"),
}  # fmt: skip
SPREADS: Final = {
    "meetings_per_candidate": N_("Meetings per person"), "meetings_per_company": N_("Meetings per company"), "value_per_candidate": N_("Points of wishes per person"),
    "value_per_company": N_("Points of wishes per company"), "travel_per_candidate": N_("Minutes of journeys per person"),
}  # fmt: skip


def counts(metrics: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(what, how many) in the order of the page; nothing for a run without expert figures."""
    expert = metrics.get("expert") or {}
    return [(words, f"{expert[name]:g}") for name, words in COUNTS.items() if expert.get(name) is not None]


def spreads(metrics: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """(what, least, tenth percentile, median, 95th percentile, most, Gini, Jain)."""
    expert = metrics.get("expert") or {}
    columns = ("least", "tenth", "median", "p95", "most", "gini", "jain")
    return [(words, [_short(expert[name][column]) for column in columns]) for name, words in SPREADS.items() if expert.get(name)]


def _short(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def first_step(metrics: Mapping[str, Any]) -> Message | None:
    """What the first step placed: people who need step-free ways."""
    first = metrics.get("access_first")
    return Message(N_("Placed first, at tables and by ways without steps: {people} people, {meetings} meetings."), people=first["people"], meetings=first["meetings"]) if first else None
