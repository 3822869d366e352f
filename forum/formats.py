"""Numbers, times and French typography, the same in pages, mails and PDFs."""

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final
from uuid import UUID

from babel.dates import format_date
from babel.numbers import format_decimal

from forum.clock import local

NARROW: Final = "\u202f"  # before ; ? ! % and in thousands
NO_BREAK: Final = "\u00a0"  # before : and inside « »


CODE_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that reads as something else: no 0, 1, I, L, O


def short_code(ident: UUID) -> str:
    """Four characters that name a meeting on a lobby's board: the same for the same meeting, two of a million share one by chance."""
    rest, code = ident.int % len(CODE_LETTERS) ** 4, ""
    for _ in range(4):
        rest, digit = divmod(rest, len(CODE_LETTERS))
        code += CODE_LETTERS[digit]
    return code


@lru_cache(maxsize=1 << 14, typed=True)
def number(lang: str, value: float) -> str:
    """*value* grouped as the language writes it: 14 212, 14,212. Kept: Babel takes a tenth of a millisecond, and a control screen writes four hundred."""
    return format_decimal(value, locale=lang)


def clock_time(moment: datetime, zone_name: str = "Europe/Paris") -> str:
    """24 h with a colon in both languages: 10:40."""
    return f"{local(moment, zone_name):%H:%M}"


def day(lang: str, when: date | datetime, style: str = "short", zone_name: str = "Europe/Paris") -> str:
    """`short` "jeu. 16 nov." / "Thu 16 Nov", `long` "jeudi 16 novembre 2028", `medium` without the weekday."""
    on = local(when, zone_name).date() if isinstance(when, datetime) else when
    patterns = {"short": "EEE d MMM", "long": "EEEE d MMMM y", "medium": "d MMMM y", "weekday": "EEE"}
    pattern = patterns[style]
    if lang == "fr" and on.day == 1:
        pattern = pattern.replace("d", "d'er'")  # the first of a month, and no other day, is an ordinal: 1er décembre
    return format_date(on, pattern, locale="en_GB" if lang == "en" else lang)


def duration(length: timedelta | int) -> str:
    """Minutes as "18 min", "1 h 10", "2 h"; the same in both languages."""
    minutes = length if isinstance(length, int) else int(length.total_seconds() // 60)
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{minutes}{NO_BREAK}min"
    return f"{hours}{NO_BREAK}h{NO_BREAK}{rest:02}" if rest else f"{hours}{NO_BREAK}h"


def typography(lang: str, text: str) -> str:
    """French spaces put where a writer typed plain ones; other languages unchanged. Idempotent."""
    if lang != "fr":
        return text
    text = re.sub(r" ([;?!%])", NARROW + r"\1", text)
    text = re.sub(r" :(?=\s|$)", NO_BREAK + ":", text)
    return text.replace("« ", "«" + NO_BREAK).replace(" »", NO_BREAK + "»")
