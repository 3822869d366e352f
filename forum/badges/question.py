"""A scan as a question for the rule, and the rule's answer: plain data, the same JSON here and in `frontend/src/door/admission.ts`.

Times are milliseconds since 1970 UTC, days are ISO dates and minutes of the day on the campus's clock. What a phone cannot
know is None or marked as not known. Reasons are pretix's words; `detail` is ours and finer.
"""

from dataclasses import dataclass, field
from typing import Final, Literal

Way = Literal["entry", "exit"]
State = Literal["valid", "revoked", "reissued", "cancelled", "blocked", "unapproved"]
Fact = int | str | bool

REASONS: Final = {
    "foreign": "invalid",
    "truncated": "invalid",
    "binary": "invalid",
    "unknown_key": "invalid",
    "forged": "invalid",
    "unknown_code": "invalid",
    "other_edition": "invalid",
    "expired": "invalid_time",
    "not_yet": "invalid_time",
    "key_retired": "revoked",
    "revoked": "revoked",
    "reissued": "revoked",
    "cancelled": "canceled",
    "blocked": "blocked",
    "unapproved": "unapproved",
    "suspended": "blocked",
    "entry_only": "rules",
    "exit_only": "rules",
    "day": "invalid_time",
    "campus": "product",
    "inside_here": "already_redeemed",
    "no_reentry": "already_redeemed",
    "rule_day": "rules",
    "rule_role": "product",
    "rule_time": "rules",
    "entries": "rules",
    "full": "rules",
    "elsewhere": "rules",
}
# Who may let somebody in all the same; what is not listed, nobody.
OVERRIDES: Final = {
    "inside_here": "steward",
    "elsewhere": "steward",
    "no_reentry": "steward",
    "day": "supervisor",
    "campus": "supervisor",
    "rule_day": "supervisor",
    "rule_role": "supervisor",
    "rule_time": "supervisor",
    "entries": "supervisor",
    "full": "supervisor",
    "unapproved": "supervisor",
}


@dataclass(frozen=True, slots=True)
class Right:
    """Days (ISO) on which campuses (numbers; none means all) may be entered."""

    days: tuple[str, ...]
    campuses: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What the badge itself says; `printed` are the rights it was printed with."""

    number: int
    role: str
    valid_from: int
    valid_until: int
    printed: tuple[Right, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """What the house says of the badge. `rights` None: those printed still hold; not `known`: nobody could say."""

    state: State = "valid"
    since: int = 0
    rights: tuple[Right, ...] | None = None
    known: bool = True


@dataclass(frozen=True, slots=True)
class Gate:
    """A door: its campus's number, its slug and name, which ways it opens, and whether scanning is suspended."""

    campus: int
    slug: str
    name: str = ""
    ways: Literal["entry", "exit", "both"] = "both"
    suspended: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One way of being let in; empty tuples and 0 mean no limit. Minutes of the day, `[opens, closes)`."""

    gate: str = ""
    days: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    opens: int = 0
    closes: int = 1440
    reentry: bool = True
    entries_per_day: int = 0


@dataclass(frozen=True, slots=True)
class Passage:
    """An admitted scan that was not undone, on its campus's local day."""

    at: int
    campus: int
    gate: str
    gate_name: str
    way: Way
    day: str


@dataclass(frozen=True, slots=True)
class Expected:
    """Where the person is expected next: campus, when (0: any time today), how far from here, what and where in there."""

    campus: int
    at: int = 0
    minutes: int = 0
    step_free: bool = False
    what: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Around:
    """What is known besides the badge. `inside` None: not known; not `inside_exact`: other doors may have let people in
    since. `travel` is minutes from the campus the person was last in to this one."""

    history: tuple[Passage, ...] = ()
    history_complete: bool = True
    inside: int | None = None
    inside_exact: bool = True
    capacity: int = 0
    travel: int | None = None
    expected: Expected | None = None
    itinerary_known: bool = True


@dataclass(frozen=True, slots=True)
class Ask:
    """One scan to decide on. `fault` is why the text was not a badge ("" when it was); `force`: it happened, or somebody said so."""

    way: Way
    at: int
    day: str
    minute: int
    gate: Gate
    seen: Seen | None = None
    fault: str = ""
    standing: Standing = Standing()
    rules: tuple[Rule, ...] = ()
    around: Around = Around()
    force: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer. `look` is the ground of the screen; `override` who may let the person pass all the same ("": nobody)."""

    status: Literal["ok", "error"]
    detail: str
    reason: str = ""
    look: Literal["ok", "seen", "else", "stop", "idle"] = "ok"
    attention: bool = False
    forced: bool = False
    override: Literal["", "steward", "supervisor"] = ""
    unknown: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    facts: dict[str, Fact] = field(default_factory=dict)
