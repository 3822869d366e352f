"""The programme's HTML, made once per release: rows with a gap where each reader's star and the seats left go."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Final
from uuid import UUID

from markupsafe import Markup

from forum import pages
from forum.agenda import programme
from forum.agenda.current import Current
from forum.agenda.model import Item
from forum.agenda.programme import Filter
from forum.agenda.seats import Seat

GAP: Final = re.compile("\x01([^\x02]*)\x02")
MOST_KEPT: Final = 400  # filtered lists kept per release


@dataclass(frozen=True)
class Rows:
    """Rendered sessions: text before each gap and after the last, whose gap it is, and where each session's gaps are."""

    parts: tuple[bytes, ...]
    sessions: tuple[UUID, ...]
    count: int
    ready: dict[bool, tuple[object, list[bytes]]] = field(default_factory=dict)

    @cached_property
    def gaps(self) -> dict[UUID, list[int]]:
        """Per session, the indexes of its gaps among the pieces."""
        found: dict[UUID, list[int]] = {}
        for n, session in enumerate(self.sessions):
            found.setdefault(session, []).append(2 * n + 1)
        return found


def gap(item: Item) -> Markup:
    """Where a template leaves room for what only this reader sees."""
    return Markup(f"\x01{item.session.id}\x02")  # noqa: S704 (a UUID)


def rows(current: Current, lang: str, template: str, key: Any, context: Callable[[], tuple[Mapping[str, Any], int]]) -> Rows:
    """*template* rendered with the context and count that *context* gives, kept with the release under *key*."""
    kept = current.made.get((template, lang, key))
    if kept is None:
        facts, count = context()
        pieces = GAP.split(pages.environment(lang).get_template(template).render(**facts, gap=gap))
        kept = Rows(tuple(piece.encode() for piece in pieces[::2]), tuple(UUID(piece) for piece in pieces[1::2]), count)
        if len(current.made) < MOST_KEPT:
            current.made[template, lang, key] = kept
    found: Rows = kept
    return found


def listing(current: Current, lang: str, wanted: Filter) -> Rows:
    """The programme as a list, by day and starting time, as *wanted*."""

    def context() -> tuple[Mapping[str, Any], int]:
        items = select(current, wanted)
        return {"days": programme.listing(items)}, len(items)

    return rows(current, lang, "agenda/rows.html", wanted, context)


def of_items(current: Current, lang: str, key: Any, items: Sequence[Item]) -> Rows:
    """A list of some *items*, kept under *key*."""
    return rows(current, lang, "agenda/rows.html", key, lambda: ({"days": programme.listing(items)}, len(items)))


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


def filled(found: Rows, reader: Reader, lang: str, codes: Mapping[UUID, str]) -> bytes:
    """The rows with every gap filled: as for a reader without stars, then what is this reader's own."""
    pieces = _plain(found, reader, lang, codes).copy()
    for session in reader.stars | reader.seats.keys():
        for at in found.gaps.get(session, ()):
            pieces[at] = _tools(reader, lang, codes, session)
    return b"".join(pieces)


def _plain(found: Rows, reader: Reader, lang: str, codes: Mapping[UUID, str]) -> list[bytes]:
    """The pieces for a reader without stars and seats; made again when a seat somewhere was taken."""
    of, pieces = found.ready.get(reader.signed_in, (None, []))
    if of is not reader.left:
        nobody = Reader(reader.signed_in, frozenset(), {}, reader.left)
        pieces = [b""] * (2 * len(found.sessions) + 1)
        pieces[::2] = found.parts
        pieces[1::2] = (_tools(nobody, lang, codes, session) for session in found.sessions)
        found.ready[reader.signed_in] = reader.left, pieces
    return pieces


def _tools(reader: Reader, lang: str, codes: Mapping[UUID, str], session: UUID) -> bytes:
    seat, left = reader.seats.get(session), reader.left.get(session)
    return tools(
        lang, codes[session], reader.signed_in, session in reader.stars, seat.state if seat is not None else "", None if left is None else min(left, 21)
    )


@lru_cache(maxsize=20_000)
def tools(lang: str, code: str, signed_in: bool, starred: bool, seat: str, left: int | None) -> bytes:
    """A session's star and the state of its seats, in words; *left* above twenty is not counted."""
    return pages.environment(lang).get_template("agenda/tools.html").render(code=code, signed_in=signed_in, starred=starred, seat=seat, left=left).encode()


def options(items: Sequence[Item], name: str) -> list[str]:
    """The values a filter can take, in order."""
    return sorted({getattr(item.session, name) for item in items} - {""})
