"""What the door says: for every detail a title and what to do instead, in words the phone keeps for when it is offline. Pure.

Placeholders are facts of the decision, already in words: `{day}`, `{at}`, `{campus}` … (`worded`).
"""

import re
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Final

from forum import formats
from forum.badges.question import Decision, Fact
from forum.i18n import N_, say

# detail → (title, what to do)
SENTENCES: Final[dict[str, tuple[str, str]]] = {
    "welcome": (N_("Come in"), ""),
    "welcome_next": (N_("Come in"), N_("Meeting at {next_at}, table {next_place}.")),
    "welcome_next_session": (N_("Come in"), N_("Session at {next_at}, {next_place}.")),
    "goodbye": (N_("Goodbye"), ""),
    "forced": (N_("Come in"), N_("Let in by the door, written in the journal.")),
    "foreign": (N_("This code is not a Forum badge"), N_("Ask for the badge in “My day”, or the eight characters under the code. The reader is ready.")),
    "binary": (N_("This code is not a Forum badge"), N_("Ask for the badge in “My day”, or the eight characters under the code. The reader is ready.")),
    "truncated": (N_("This code is cut off"), N_("Show the whole code, or type the eight characters under it.")),
    "forged": (N_("This badge was not made by the Forum"), N_("Nobody enters with it. Ask for an identity document and search by name.")),
    "unknown_key": (N_("This badge has an unknown signature"), N_("Bring this device online once, or search by name.")),
    "unknown_code": (N_("Nobody has this code"), N_("Type the eight characters again, or search by name.")),
    "other_edition": (N_("This badge is for another edition"), N_("This year's badge is in the confirmation e-mail and in “My day”.")),
    "expired": (N_("This badge has expired"), N_("It was valid until {valid_until}. The desk can register on the spot.")),
    "not_yet": (N_("This badge is not valid yet"), N_("It is valid from {valid_from}.")),
    "key_retired": (N_("This badge must be renewed"), N_("Badges printed that early no longer open. The current one is in “My day”, or the desk prints it.")),
    "revoked": (N_("Badge withdrawn"), N_("Withdrawn on {since}. Ask for an identity document and search by name.")),
    "reissued": (
        N_("Badge replaced"),
        N_("Replaced on {since} by a new badge. The old one no longer opens: please show the newer one, from the latest e-mail."),
    ),
    "cancelled": (N_("Registration cancelled"), N_("Cancelled on {since}. The desk can register again on the spot.")),
    "blocked": (N_("Badge blocked"), N_("Call the supervisor.")),
    "unapproved": (N_("Registration not confirmed yet"), N_("The link in the confirmation e-mail confirms it; the desk can too.")),
    "suspended": (N_("Nobody enters for now"), N_("Scanning is stopped on this campus. Keep the door clear and follow the supervisor.")),
    "entry_only": (N_("This door is an entrance"), N_("The exit is at another door of this campus.")),
    "exit_only": (N_("This door is an exit"), N_("The entrance is at another door of this campus.")),
    "day": (N_("Not today"), N_("This badge is for {days}. The desk can add today if there is room.")),
    "day_none": (N_("Not today"), N_("This badge has no day yet: its holder is on a waiting list. The desk can add today if there is room.")),
    "campus": (N_("Expected at Campus {campus}"), N_("This badge opens Campus {campus} today.")),
    "inside_here": (
        N_("Already inside"),
        N_("Entered at {seen_gate} at {seen_at}, {ago} ago, and not left since. Ask for an identity document: the same person may enter."),
    ),
    "no_reentry": (N_("Already entered today"), N_("This door lets each person in once a day. Ask the supervisor.")),
    "rule_day": (N_("Not at this door today"), N_("This door is for {days}.")),
    "rule_role": (N_("Not at this door"), N_("This door is for others; the main entrance of this campus is open to this badge.")),
    "rule_time": (N_("Not at this hour"), N_("This door opens to this badge from {opens} to {closes}.")),
    "entries": (N_("No more entries today"), N_("This door lets each person in {entries} times a day. Ask the supervisor.")),
    "full": (N_("This campus is full"), N_("{inside} people are inside, the legal limit is {capacity}. Wait for somebody to leave, or go to a campus nearby.")),
    "elsewhere": (
        N_("Expected at Campus {next_campus} at {next_at}, {next_minutes}"),
        N_("Meeting at table {next_place}. Leave now to be on time."),
    ),
    "elsewhere_step_free": (
        N_("Expected at Campus {next_campus} at {next_at}, {next_minutes}, step-free"),
        N_("Meeting at table {next_place}. Leave now to be on time."),
    ),
    "elsewhere_session": (
        N_("Expected at Campus {next_campus} at {next_at}, {next_minutes}"),
        N_("Reserved session, {next_place}. Leave now to be on time."),
    ),
    "elsewhere_session_step_free": (
        N_("Expected at Campus {next_campus} at {next_at}, {next_minutes}, step-free"),
        N_("Reserved session, {next_place}. Leave now to be on time."),
    ),
    "withdrawn_device": (N_("This device was withdrawn"), N_("It no longer decides. Hand it to an organiser; nothing it scanned is lost.")),
}
# warning → one line under the answer
WARNINGS: Final[dict[str, str]] = {
    "closes": N_("Came from Campus {from_campus}, entered there at {from_at}."),
    "too_fast": N_("This badge was at Campus {from_campus} less than {travel} ago, the time of the journey: check that it is the same person."),
    "next": N_("Next: Campus {next_campus} at {next_at}."),
    "not_inside": N_("Was not counted inside."),
    "maybe_full": N_("{inside} inside by this device's count, the limit is {capacity}: ask another door before letting more people in."),
    "maybe_day": N_("Printed for {days}; whether today was added since is not known here."),
    "maybe_campus": N_("Printed for Campus {campus}; whether this one was added since is not known here."),
}
# what could not be known → one line
UNKNOWNS: Final[dict[str, str]] = {
    "rights": N_("Changes since the badge was made are not known here."),
    "doors": N_("Scans at other doors are not known here."),
    "inside": N_("The count is this device's estimate."),
    "itinerary": N_("Today's meetings and sessions are not known here."),
}
MOMENTS: Final = frozenset({"valid_from", "valid_until", "since"})
CLOCKS: Final = frozenset({"seen_at", "from_at", "next_at"})
LENGTHS: Final = frozenset({"ago", "travel", "next_minutes"})
HOURS: Final = frozenset({"opens", "closes"})


@cache
def placeholders(text: str) -> frozenset[str]:
    """The facts a sentence names."""
    return frozenset(re.findall(r"\{(\w+)\}", text))


def worded(lang: str, facts: Mapping[str, Fact], zone: str, wanted: Collection[str]) -> dict[str, str]:
    """The *wanted* facts in words: times of day, days, durations."""
    words: dict[str, str] = {}
    for name in wanted:
        if name not in facts:
            continue
        fact = facts[name]
        if name in MOMENTS:
            moment = datetime.fromtimestamp(int(fact) / 1000, UTC)
            words[name] = f"{formats.day(lang, moment, 'short', zone)} {formats.clock_time(moment, zone)}"
        elif name in CLOCKS:
            words[name] = formats.clock_time(datetime.fromtimestamp(int(fact) / 1000, UTC), zone)
        elif name in LENGTHS:
            words[name] = formats.duration(max(1, int(fact)) if name == "ago" else int(fact))  # nobody says "0 min ago"
        elif name in HOURS:
            words[name] = f"{int(fact) // 60:02}:{int(fact) % 60:02}"
        elif name == "days":
            words[name] = ", ".join(formats.day(lang, date.fromisoformat(day)) for day in str(fact).split(",") if day) or "–"
        else:
            words[name] = str(fact)
    return words


def sentences(lang: str, decision: Decision, zone: str = "Europe/Paris") -> tuple[str, str, list[str]]:
    """Title, what to do, and a line per warning, in *lang*. A fact a replayed answer no longer has is left out with its sentence."""
    title, instead = SENTENCES[_variant(decision)]
    lines = [WARNINGS[warning] if warning in WARNINGS else SENTENCES[warning][0] for warning in decision.warnings]
    lines += [UNKNOWNS[unknown] for unknown in decision.unknown]
    wanted = placeholders(title) | placeholders(instead) | frozenset().union(*map(placeholders, lines))
    facts = worded(lang, decision.facts, zone, wanted)
    said = [_filled(lang, text, facts) for text in (title, instead, *lines)]
    return said[0], said[1], [line for line in said[2:] if line]


def _variant(decision: Decision) -> str:
    """The detail, with what is expected (a session is not at a table) and the way there; a badge without a day has its own sentence."""
    detail = decision.detail
    if detail == "day" and not decision.facts.get("days"):
        return "day_none"
    if detail in ("elsewhere", "welcome_next") and decision.facts.get("next_what") == "session":
        detail += "_session"
    return detail + "_step_free" if detail.startswith("elsewhere") and decision.facts.get("next_step_free") else detail


def _filled(lang: str, text: str, facts: Mapping[str, str]) -> str:
    """The sentence in words; "" when a fact it names is not known."""
    return formats.typography(lang, say(lang, text, **facts)) if text and placeholders(text) <= facts.keys() else ""


def catalogue(lang: str) -> dict[str, dict[str, list[str] | str]]:
    """Every sentence in *lang* with its placeholders, for a phone to keep."""
    return {
        "details": {detail: [_plain(lang, title), _plain(lang, instead)] for detail, (title, instead) in SENTENCES.items()},
        "warnings": {name: _plain(lang, text) for name, text in WARNINGS.items()},
        "unknowns": {name: _plain(lang, text) for name, text in UNKNOWNS.items()},
    }


def _plain(lang: str, text: str) -> str:
    return formats.typography(lang, say(lang, text)) if text else ""
