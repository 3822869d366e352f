"""What a list is made of, declared once: columns with their names in two languages, how a cell is read and written, and the key."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final

from forum.clock import at_local, local
from forum.errors import Invalid
from forum.forms import CONTROL, email_address
from forum.i18n import N_, Message

Record = dict[str, Any]
Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `read` turns a trimmed, non-empty cell into a value or raises Invalid; `write` does the reverse.

    `label` is its English title (a msgid); `synonyms` are other titles, compared without case, accents and punctuation.
    """

    name: str
    label: str
    read: Callable[[str], Any]
    required: bool = False
    may_be_empty: bool = False  # the file has this column, a cell of it may say nothing: the owner of the list judges
    synonyms: tuple[str, ...] = ()
    default: Any = ""
    write: Callable[[Any], str] = str
    private: bool = False  # never in an export of the list


@dataclass(frozen=True, slots=True)
class Kind:
    """A list people import: its columns, and those that together name one row."""

    name: str
    label: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    def key_of(self, record: Record) -> Key:
        """What makes *record* one and the same thing: text is compared without case."""
        return tuple(value.casefold() if isinstance(value := record[name], str) else value for name in self.key)

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


def plain(title: str) -> str:
    """*title* without case, accents, spaces and punctuation: "Début (heure)" → "debutheure"."""
    decomposed = unicodedata.normalize("NFKD", title.casefold())
    return "".join(char for char in decomposed if char.isalnum())


# --- reading cells ------------------------------------------------------------------------------------------


def text(most: int = 120) -> Callable[[str], str]:
    """Text of at most *most* characters, without control characters."""

    def read(cell: str) -> str:
        if CONTROL.search(cell):
            raise Invalid(N_("This has a character that cannot be stored."))
        if len(cell) > most:
            raise Invalid(Message(N_("This is too long: {most} characters at most."), most=most))
        return cell

    return read


def whole(least: int, most: int) -> Callable[[str], int]:
    """A whole number in a range; spaces between thousands are forgiven."""

    def read(cell: str) -> int:
        digits = re.sub(r"[\s\u00a0\u202f]", "", cell)
        if not re.fullmatch(r"[+-]?[0-9]{1,9}", digits):
            raise Invalid(N_("Enter a whole number."))
        if not least <= int(digits) <= most:
            raise Invalid(Message(N_("Enter a number from {least} to {most}."), least=least, most=most))
        return int(digits)

    return read


def degrees(limit: float) -> Callable[[str], float]:
    """WGS84 degrees with a point or a French comma."""

    def read(cell: str) -> float:
        number = cell.replace(",", ".")
        if not re.fullmatch(r"[+-]?[0-9]{1,3}(\.[0-9]{1,15})?", number) or abs(float(number)) > limit:
            raise Invalid(Message(N_("Enter degrees, for example {example}."), example="48.8566" if limit == 90 else "2.3522"))
        return float(number)

    return read


YES: Final = frozenset({"1", "x", "oui", "o", "yes", "y", "true", "vrai"})
NO: Final = frozenset({"0", "non", "n", "no", "false", "faux"})


def yes_no(cell: str) -> bool:
    """Yes or no as French and English spreadsheets write it."""
    word = plain(cell)
    if word not in YES | NO:
        raise Invalid(N_("Enter yes or no."))
    return word in YES


def one_of(words: dict[str, str]) -> Callable[[str], str]:
    """One of the values of *words*, whose keys are the (plain) words people write for it."""

    def read(cell: str) -> str:
        found = words.get(plain(cell))
        if found is None:
            raise Invalid(Message(N_("Enter one of: {choices}."), choices=", ".join(dict.fromkeys(words.values()))))
        return found

    return read


def words(most: int = 30) -> Callable[[str], tuple[str, ...]]:
    """Several words in one cell, separated by `;`, `,` or `|`, each kept once."""

    def read(cell: str) -> tuple[str, ...]:
        found = tuple(dict.fromkeys(filter(None, (text(80)(word.strip()) for word in re.split(r"[;,|\n]", cell)))))
        if len(found) > most:
            raise Invalid(Message(N_("{count} words are too many: {most} at most."), count=len(found), most=most))
        return found

    return read


def write_words(value: tuple[str, ...]) -> str:
    return ", ".join(value)


def code(cell: str) -> str:
    """A short name of 3 to 12 capital letters and digits; small letters are forgiven."""
    if not re.fullmatch(r"[A-Za-z0-9]{3,12}", cell, re.ASCII):
        raise Invalid(N_("Enter 3 to 12 letters and digits, for example K7QX2M."))
    return cell.upper()


def email(cell: str) -> str:
    return email_address(text(254)(cell))


def website(cell: str) -> str:
    """An address that starts with http:// or https:// (added when only a host was given)."""
    address = text(300)(cell if "://" in cell else f"https://{cell}")
    if not re.fullmatch(r"https?://[^\s/\"<>@]+\.[^\s\"<>]+", address, re.IGNORECASE):
        raise Invalid(N_("Enter a web address, for example https://example.org."))
    return address


def day(cell: str) -> date:
    """A date as 2028-11-16 or 16/11/2028, in the years Forum knows."""
    found = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})|(\d{1,2})[/.](\d{1,2})[/.](\d{4})", cell, re.ASCII)
    if not found:
        raise Invalid(N_("Enter a date, for example 2028-11-16 or 16/11/2028."))
    year, month, on = (found[1], found[2], found[3]) if found[1] else (found[6], found[5], found[4])
    try:
        when = date(int(year), int(month), int(on))
    except ValueError:
        raise Invalid(N_("There is no such day in the calendar.")) from None
    if not 2000 <= when.year <= 2199:
        raise Invalid(N_("Enter a year from 2000 to 2199."))
    return when


def days(cell: str) -> tuple[date, ...]:
    """Several dates in one cell, in order, each once."""
    return tuple(sorted({day(word) for word in words(10)(cell)}))


def write_days(value: tuple[date, ...]) -> str:
    return ", ".join(on.isoformat() for on in value)


def hour(cell: str) -> time:
    """A time as 09:30, 9h30 or 9h."""
    found = re.fullmatch(r"(\d{1,2})\s?[:hH]\s?(\d{2})?(?::00)?", cell, re.ASCII)
    if not found or int(found[1]) > 23 or int(found[2] or 0) > 59:
        raise Invalid(N_("Enter a time, for example 09:30."))
    return time(int(found[1]), int(found[2] or 0))


def moment(cell: str) -> datetime:
    """Day and time on the wall clock of Paris ("2028-11-16 09:30", "16/11/2028 9h30", ISO 8601 with an offset)."""
    if re.search(r"(Z|[+-]\d{2}:?\d{2})$", cell):
        try:
            return _within(datetime.fromisoformat(cell))
        except (ValueError, OverflowError):
            raise Invalid(N_("Enter a date and a time, for example 2028-11-16 09:30.")) from None
    on, _, at = cell.replace("T", " ").partition(" ")
    return at_local(day(on), hour(at.strip()))


def _within(when: datetime) -> datetime:
    if when.tzinfo is None or not 2000 <= when.year <= 2199:
        raise ValueError(when)
    return when.astimezone(UTC)


def write_moment(value: datetime) -> str:
    return f"{local(value):%Y-%m-%d %H:%M}"


def write_hour(value: time) -> str:
    return f"{value:%H:%M}"


def optional(write: Callable[[Any], str]) -> Callable[[Any], str]:
    """*write*, with nothing for None."""
    return lambda value: "" if value is None else write(value)


def write_yes_no(value: bool) -> str:
    return "oui" if value else "non"


def write_degrees(value: float) -> str:
    return f"{value:.6f}"
