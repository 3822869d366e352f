"""What a badge, a door and a pack are, as plain data. Pure."""

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
