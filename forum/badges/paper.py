"""What a badge's paper says: a row of the database in words, ready for `sheet`."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Final

from babel import Locale

from forum import formats
from forum.badges.codes import code_of
from forum.badges.model import ROLE_WORDS, DayLine, Face
from forum.badges.queries import Printed
from forum.editions import Edition
from forum.i18n import N_, say

SHOWN_LANGUAGES: Final = 4
Days = Callable[[Printed], tuple[DayLine, ...]]


def role_word(lang: str, role: str) -> str:
    return say(lang, ROLE_WORDS[role])


def languages(lang: str, codes: Sequence[str]) -> tuple[str, ...]:
    """Language codes or names in words of *lang*: "fr" → "français"; what is no known code stays as it is."""
    names = Locale.parse(lang).languages
    return tuple(str(names.get(code.lower(), code)) for code in codes)[:SHOWN_LANGUAGES]


def days(lang: str, given: Sequence[date]) -> str:
    """Days as the badge says them: "jeu. 16 nov., ven. 17 nov. 2028"."""
    return ", ".join(formats.day(lang, day) for day in given) + (f" {given[-1].year}" if given else "")


def face(badge: Printed, edition: Edition, *, campuses: int, now: datetime, day: tuple[DayLine, ...] = (), on: date | None = None) -> Face:
    """The badge on paper in its owner's language; *day* are the lines of the back, of the day *on*."""
    lang = badge.language
    shown = on or (badge.days[0] if badge.days else None)
    where = say(lang, N_("Paris, {count} campuses"), count=campuses)
    notes = (
        say(lang, N_("A question, something unexpected? Anyone in a violet vest.")),
        say(
            lang,
            N_("Printed on {day} at {time}. Later changes are shown in the halls and in “My day”."),
            day=formats.day(lang, now),
            time=formats.clock_time(now),
        ),
    )
    return Face(
        name=badge.name,
        role=badge.role,
        role_word=role_word(lang, badge.role),
        token=badge.token,
        code=code_of(badge.number),
        organisation=badge.organisation,
        languages=languages(lang, badge.languages),
        dates=days(lang, badge.days),
        place=where,
        day_title=say(lang, N_("My day, {day}"), day=formats.day(lang, shown, "long", edition.zone)) if shown and day else "",
        day=day,
        notes=tuple(formats.typography(lang, note) for note in notes),
    )
