"""Who may pass a door: one rule for the server and, as `frontend/src/door/admission.ts`, for phones without a network.

What a phone cannot know is listed in `Decision.unknown` and warns instead of refusing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Literal

from forum.badges.question import OVERRIDES, REASONS, Ask, Decision, Fact, Passage, Rule

MINUTE: Final = 60_000
STAY: Final = 20  # minutes somebody may still linger here before leaving for what they are expected at
LATE: Final = 30  # minutes after its start until which an appointment still sends people on


@dataclass(slots=True)
class _Notes:
    """What is gathered on the way to a decision."""

    unknown: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    facts: dict[str, Fact] = field(default_factory=dict)


def decide(ask: Ask) -> Decision:
    """Whether the person passes, why not, and what to do instead. Validity comes first, then the door, then the day."""
    notes = _Notes()
    fault = _not_genuine(ask, notes)
    if fault:
        return _refusal(ask, fault, notes, final=ask.seen is None)
    if ask.gate.ways not in ("both", ask.way):
        return _refusal(ask, f"{ask.gate.ways}_only", notes)
    if ask.way == "exit":
        return _leave(ask, notes)
    for step in (_standing, _door, _rights, _inside, _rules, _room, _expected):
        fault = step(ask, notes)
        if fault:
            return _refusal(ask, fault, notes)
    detail = "welcome_next" if "next_at" in notes.facts and notes.facts["next_campus"] == ask.gate.campus else "welcome"
    return _passes(detail, notes)


def whereabouts(history: Iterable[Passage]) -> Passage | None:
    """The entry that holds now, or None outside: entering B closes A, and leaving a campus one is not in changes nothing."""
    held: Passage | None = None
    for passage in sorted(history, key=lambda p: (p.at, p.way, p.campus, p.gate)):
        if passage.way == "entry":
            held = passage
        elif held is not None and held.campus == passage.campus:
            held = None
    return held


def _not_genuine(ask: Ask, notes: _Notes) -> str:
    """Why the text is no badge of ours at this time; leaving with a badge that ran out is not stopped."""
    if ask.seen is None:
        return ask.fault or "foreign"
    notes.facts["valid_from"], notes.facts["valid_until"] = ask.seen.valid_from, ask.seen.valid_until
    if ask.fault == "other_edition":
        return ask.fault
    if ask.way == "entry" and ask.standing.state == "valid":
        if ask.fault:
            return ask.fault
        if ask.at >= ask.seen.valid_until:
            return "expired"
        if ask.at < ask.seen.valid_from:
            return "not_yet"
    return ""


def _leave(ask: Ask, notes: _Notes) -> Decision:
    """Nobody is kept inside: a badge that no longer opens still leaves, and the door is told."""
    if ask.standing.state != "valid":
        notes.facts["since"] = ask.standing.since
        notes.warnings.append(ask.standing.state)
    held = whereabouts(_before(ask))
    if held is None or held.campus != ask.gate.campus:
        if ask.around.history_complete:
            notes.warnings.append("not_inside")
        else:
            notes.unknown.append("doors")
    return _passes("goodbye", notes)


def _standing(ask: Ask, notes: _Notes) -> str:
    if ask.standing.state == "valid":
        return ""
    notes.facts["since"] = ask.standing.since
    return ask.standing.state


def _door(ask: Ask, notes: _Notes) -> str:
    return "suspended" if ask.gate.suspended else ""


def _rights(ask: Ask, notes: _Notes) -> str:
    """The rights in force, else those printed; when nobody knows whether they changed, they warn instead of refusing."""
    assert ask.seen is not None
    rights = ask.seen.printed if ask.standing.rights is None else ask.standing.rights
    today = [right for right in rights if ask.day in right.days]
    if not today:
        notes.facts["days"] = ",".join(sorted({day for right in rights for day in right.days}))
        fault = "day"
    elif any(not right.campuses or ask.gate.campus in right.campuses for right in today):
        fault = ""
    else:
        notes.facts["campus"] = min(number for right in today for number in right.campuses)
        fault = "campus"
        _say_expected(ask, notes)
    if not ask.standing.known:
        notes.unknown.append("rights")
        if fault:
            notes.warnings.append(f"maybe_{fault}")
        return ""
    return fault


def _inside(ask: Ask, notes: _Notes) -> str:
    """Already in this campus is refused; in another one, entering here closes it, and a journey too fast is pointed out."""
    if not ask.around.history_complete:
        notes.unknown.append("doors")
    held = whereabouts(_before(ask))
    if held is None:
        return ""
    minutes = (ask.at - held.at) // MINUTE
    if held.campus == ask.gate.campus:
        notes.facts.update(seen_gate=held.gate_name, seen_at=held.at, ago=minutes, same_gate=held.gate == ask.gate.slug)
        return "inside_here"
    notes.facts.update(from_campus=held.campus, from_at=held.at)
    notes.warnings.append("closes")
    if ask.around.travel is not None and minutes < ask.around.travel:
        notes.facts["travel"] = ask.around.travel
        notes.warnings.append("too_fast")
    return ""


def _rules(ask: Ask, notes: _Notes) -> str:
    """One rule met is enough; when none is, the one that came closest gives the reason."""
    failures = [(rule, _failures(rule, ask)) for rule in ask.rules if rule.gate in ("", ask.gate.slug)]
    if not failures or any(not failed for _, failed in failures):
        return ""
    rule, failed = min(failures, key=lambda each: len(each[1]))
    if failed[0] == "rule_time":
        notes.facts.update(opens=rule.opens, closes=rule.closes)
    elif failed[0] == "rule_day":
        notes.facts["days"] = ",".join(sorted(rule.days))
    elif failed[0] == "entries":
        notes.facts["entries"] = rule.entries_per_day
    elif failed[0] == "rule_role":
        notes.facts["roles"] = ",".join(rule.roles)
    return failed[0]


def _failures(rule: Rule, ask: Ask) -> list[str]:
    assert ask.seen is not None
    entries = sum(p.way == "entry" and p.campus == ask.gate.campus and p.day == ask.day for p in _before(ask))
    conditions = {
        "rule_role": not rule.roles or ask.seen.role in rule.roles,
        "rule_day": not rule.days or ask.day in rule.days,
        "rule_time": rule.opens <= ask.minute < rule.closes,
        "no_reentry": rule.reentry or not entries,
        "entries": not rule.entries_per_day or entries < rule.entries_per_day,
    }
    return [name for name, met in conditions.items() if not met]


def _room(ask: Ask, notes: _Notes) -> str:
    """The legal capacity of the campus against the people inside."""
    around = ask.around
    if around.inside is None or not around.inside_exact:
        notes.unknown.append("inside")
    if around.inside is None or not around.capacity or around.inside < around.capacity:
        return ""
    notes.facts.update(inside=around.inside, capacity=around.capacity)
    if around.inside_exact:
        return "full"
    notes.warnings.append("maybe_full")
    return ""


def _expected(ask: Ask, notes: _Notes) -> str:
    """Sent on when what they are expected at elsewhere leaves no time to stay; told about it otherwise."""
    expected = ask.around.expected
    if not ask.around.itinerary_known:
        notes.unknown.append("itinerary")
        return ""
    if expected is None:
        return ""
    _say_expected(ask, notes)
    if expected.campus == ask.gate.campus or not expected.at:
        return ""
    left = (expected.at - ask.at) // MINUTE
    if -LATE <= left <= expected.minutes + STAY:
        return "elsewhere"
    notes.warnings.append("next")
    return ""


def _say_expected(ask: Ask, notes: _Notes) -> None:
    expected = ask.around.expected
    if expected is None or not ask.around.itinerary_known or not expected.at:
        return
    notes.facts.update(next_campus=expected.campus, next_at=expected.at, next_what=expected.what, next_place=expected.place)
    notes.facts.update(next_minutes=expected.minutes, next_step_free=expected.step_free)


def _before(ask: Ask) -> list[Passage]:
    return [passage for passage in ask.around.history if passage.at <= ask.at]


def _passes(detail: str, notes: _Notes) -> Decision:
    quiet = {"closes", "next", "not_inside"}
    attention = any(warning not in quiet for warning in notes.warnings)
    return Decision("ok", detail, attention=attention, unknown=tuple(notes.unknown), warnings=tuple(notes.warnings), facts=notes.facts)


def _refusal(ask: Ask, detail: str, notes: _Notes, *, final: bool = False) -> Decision:
    """Not admitted; or, when the scan already happened or somebody took it on themselves, admitted with the reason kept."""
    facts, unknown, warnings = notes.facts, tuple(notes.unknown), tuple(notes.warnings)
    if ask.force and not final:
        return Decision("ok", "forced", REASONS[detail], "ok", True, True, "", unknown, (*warnings, detail), facts)
    override = OVERRIDES.get(detail, "")
    return Decision("error", detail, REASONS[detail], _look(detail), True, False, override, unknown, warnings, facts)  # type: ignore[arg-type]


def _look(detail: str) -> Literal["seen", "else", "stop", "idle"]:
    if detail in ("inside_here", "no_reentry"):
        return "seen"
    if detail in ("elsewhere", "campus"):
        return "else"
    return "idle" if detail in ("foreign", "truncated", "binary", "unknown_code") else "stop"
