"""The programme's HTML, made once per release: rows with a gap where each reader's star and the seats left go."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from markupsafe import Markup

from forum import pages
from forum.agenda import programme
from forum.agenda.current import Current
from forum.agenda.model import Item
from forum.agenda.programme import Filter
from forum.agenda.seating import Seat

GAP: Final = re.compile("\x01([^\x02]*)\x02")
MOST_KEPT: Final = 400  # filtered lists kept per release


@dataclass(frozen=True, slots=True)
class Rows:
    """Rendered sessions: text before each gap, whose gap it is, and the text after the last."""

    parts: tuple[str, ...]
    sessions: tuple[UUID, ...]
    count: int


def gap(item: Item) -> Markup:
    """Where a template leaves room for what only this reader sees."""
    return Markup(f"\x01{item.session.id}\x02")  # noqa: S704 (a UUID)


def rows(current: Current, lang: str, template: str, key: Any, context: Mapping[str, Any], count: int) -> Rows:
    """*template* rendered with *context*, kept with the release under *key*."""
    kept = current.made.get((template, lang, key))
    if kept is None:
        text = pages.environment(lang).get_template(template).render(**context, gap=gap)
        pieces = GAP.split(text)
        kept = Rows(tuple(pieces[::2]), tuple(UUID(piece) for piece in pieces[1::2]), count)
        if len(current.made) < MOST_KEPT:
            current.made[template, lang, key] = kept
    found: Rows = kept
    return found


def listing(current: Current, lang: str, wanted: Filter) -> Rows:
    """The programme as a list, by day and starting time, as *wanted*."""
    items = select(current, wanted)
    return rows(current, lang, "agenda/rows.html", wanted, {"days": programme.listing(items)}, len(items))


def select(current: Current, wanted: Filter) -> list[Item]:
    """The standing items *wanted* keeps."""
    return [item for item in current.published.standing if wanted.keeps(item)]


@dataclass(frozen=True, slots=True)
class Reader:
    """What one reader's gaps are filled with; nobody signed in has no stars."""

    signed_in: bool
    stars: frozenset[UUID]
    seats: Mapping[UUID, Seat]
    left: Mapping[UUID, int]


def filled(found: Rows, reader: Reader, lang: str, codes: Mapping[UUID, str]) -> Markup:
    """The rows with every gap filled."""
    pieces = []
    for text, session in zip(found.parts, found.sessions, strict=False):
        seat = reader.seats.get(session)
        left = reader.left.get(session)
        pieces.append(text)
        pieces.append(
            tools(
                lang, codes[session], reader.signed_in, session in reader.stars, seat.state if seat is not None else "", None if left is None else min(left, 21)
            )
        )
    pieces.append(found.parts[-1])
    return Markup("".join(pieces))  # noqa: S704 (made of templates, which escape)


@lru_cache(maxsize=20_000)
def tools(lang: str, code: str, signed_in: bool, starred: bool, seat: str, left: int | None) -> str:
    """A session's star and the state of its seats, in words; *left* above twenty is not counted."""
    return pages.environment(lang).get_template("agenda/tools.html").render(code=code, signed_in=signed_in, starred=starred, seat=seat, left=left)


def options(items: Sequence[Item], name: str) -> list[str]:
    """The values a filter can take, in order."""
    return sorted({getattr(item.session, name) for item in items} - {""})
