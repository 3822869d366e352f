"""What a badge, a door and a pack are, as plain data. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from forum.i18n import N_

# role → its word on the badge: a function, never a person, so nobody is gendered
ROLE_WORDS: Final = {
    "candidate": N_("Candidate"),
    "visitor": N_("Visitor"),
    "recruiter": N_("Recruiting"),
    "speaker": N_("Speaking"),
    "press": N_("Media"),
    "academy": N_("Académie"),
    "organiser": N_("Organisation"),
}
# role → colour of the edge above the black band; it never replaces the word and the initial
ROLE_COLOURS: Final = {
    "candidate": "#4a1fa8",
    "visitor": "#6b6878",
    "recruiter": "#16141f",
    "speaker": "#c2185b",
    "press": "#8a5a00",
    "academy": "#0a6639",
    "organiser": "#a3122a",
}


@dataclass(frozen=True, slots=True)
class DayLine:
    """One line of the day on the back: an appointment, or the journey before it (`trip`)."""

    time: str
    title: str
    where: str = ""
    campus: int = 0
    kind: Literal["item", "trip"] = "item"


@dataclass(frozen=True, slots=True)
class Face:
    """Everything printed on one badge, already in words. `code` without its space; `role` a key of ROLE_WORDS."""

    name: str
    role: str
    role_word: str
    token: str
    code: str
    organisation: str = ""
    languages: tuple[str, ...] = ()
    dates: str = ""
    place: str = ""
    day_title: str = ""
    day: tuple[DayLine, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Session:
    """One line of the programme, times in words."""

    time: str
    title: str
    room: str
    speakers: str = ""


@dataclass(frozen=True, slots=True)
class TableSheet:
    """Who meets at one table: (time, organisation, candidate, note) in order."""

    number: int
    room: str
    rows: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Guest:
    """One line of the door list."""

    name: str
    code: str
    role: str


@dataclass(frozen=True, slots=True)
class Sign:
    """Where something is: shown with an arrow to the left, to the right and straight on."""

    text: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """The pack's own words, in its language."""

    programme: str
    table: str
    guests_by_name: str
    guests_by_code: str
    time: str
    organisation: str
    candidate: str
    arrived: str
    left: str
    note: str
    room: str
    nothing: str
    printed: str


@dataclass(frozen=True, slots=True)
class Pack:
    """One campus on one day."""

    campus: int
    name: str
    day: str
    words: Words
    programme: tuple[Session, ...] = ()
    tables: tuple[TableSheet, ...] = ()
    guests: tuple[Guest, ...] = ()
    signs: tuple[Sign, ...] = ()
    on_page: Callable[[int], None] = lambda pages: None
