"""The programme as people read it: days, campuses, buildings and rooms; the grid of one campus; search and filters."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from forum.agenda.model import Campus, Item, Room, by_start
from forum.clock import local

DAWN: Final = timedelta(hours=4)  # what ends before four in the morning belongs to the evening before
STEP: Final = 5  # minutes of one grid row


def day_of(item: Item) -> date:
    """The day of the programme an item belongs to, on its campus's clock; the night belongs to the evening before."""
    return (local(item.start, item.campus.zone) - DAWN).date()


@dataclass(frozen=True, slots=True)
class Filter:
    """What a reader asked for; empty means all. `text` is matched without case or accents, word by word."""

    day: date | None = None
    campus: str = ""
    track: str = ""
    language: str = ""
    level: str = ""
    kind: str = ""
    text: str = ""

    def keeps(self, item: Item) -> bool:
        s = item.session
        wanted = ((self.campus, item.campus.slug), (self.track, s.track), (self.language, s.language), (self.level, s.level), (self.kind, s.kind))
        if any(asked and asked != has for asked, has in wanted) or (self.day is not None and day_of(item) != self.day):
            return False
        return not self.text or all(word in haystack(item) for word in plain(self.text).split())


def plain(text: str) -> str:
    """*text* folded for search: no case, no accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def haystack(item: Item) -> str:
    """Everything about an item a search looks at, folded."""
    s = item.session
    words = (s.title, s.subtitle, s.track, s.kind, s.abstract, s.description, item.room.name, item.campus.name, *(p.name for p in s.speakers))
    return plain(" ".join(words))


@dataclass(frozen=True, slots=True)
class Block:
    """Items that start together: `start` on the wall clock of their campus."""

    start: datetime
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class DayList:
    day: date
    blocks: tuple[Block, ...]


def days(items: Iterable[Item]) -> list[date]:
    return sorted({day_of(i) for i in items})


def listing(items: Iterable[Item]) -> list[DayList]:
    """Items by day and by starting time."""
    found: dict[date, dict[datetime, list[Item]]] = defaultdict(lambda: defaultdict(list))
    for item in by_start(list(items)):
        found[day_of(item)][item.start].append(item)
    return [DayList(day, tuple(Block(local(start, held[0].campus.zone), tuple(held)) for start, held in blocks.items())) for day, blocks in sorted(found.items())]


@dataclass(frozen=True, slots=True)
class Cell:
    """An item in the grid: rows are steps of five minutes from the grid's first, `span` rows long, in `column`."""

    item: Item
    row: int
    span: int
    column: int


@dataclass(frozen=True, slots=True)
class Grid:
    """One campus on one day: rooms across, time down; `hours` are the labelled rows."""

    day: date
    campus: Campus
    rooms: tuple[Room, ...]
    cells: tuple[Cell, ...]
    hours: tuple[tuple[int, datetime], ...]
    rows: int


def grid(items: Sequence[Item], day: date) -> Grid | None:
    """The grid of *items*, all of one campus and of *day*; None when there are none. Rows begin on the full hour."""
    mine = [i for i in items if day_of(i) == day]
    if not mine:
        return None
    zone = mine[0].campus.zone
    first = local(min(i.start for i in mine), zone).replace(minute=0, second=0, microsecond=0)
    last = max(i.end for i in mine)
    rooms = tuple({i.room.id: i.room for i in sorted(mine, key=lambda i: (i.room.building, i.room.name))}.values())
    column = {room.id: n for n, room in enumerate(rooms)}
    cells = tuple(Cell(i, _steps(first, i.start), max(1, _steps(i.start, i.end)), column[i.room.id]) for i in by_start(mine))
    rows = max(_steps(first, last), max(c.row + c.span for c in cells))
    hours = tuple((n * 60 // STEP, local(first + timedelta(hours=n), zone)) for n in range(-(-rows * STEP // 60)))
    return Grid(day, mine[0].campus, rooms, cells, hours, rows)


def _steps(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds() // 60) // STEP


@dataclass(frozen=True, slots=True)
class CampusDay:
    """One line of the overview: how many sessions a campus holds on a day, and its buildings with their rooms."""

    campus: Campus
    sessions: int
    buildings: tuple[tuple[str, tuple[Room, ...]], ...]


def overview(items: Iterable[Item], day: date) -> list[CampusDay]:
    """The campuses with sessions on *day*, in order of name: what keeps a hundred sites readable."""
    held: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        if day_of(item) == day:
            held[item.campus.slug].append(item)
    return [CampusDay(mine[0].campus, len(mine), _buildings(mine)) for mine in sorted(held.values(), key=lambda m: _natural(m[0].campus.name))]


def _buildings(items: Sequence[Item]) -> tuple[tuple[str, tuple[Room, ...]], ...]:
    found: dict[str, dict[object, Room]] = defaultdict(dict)
    for item in items:
        found[item.room.building][item.room.id] = item.room
    return tuple((name, tuple(sorted(rooms.values(), key=lambda r: _natural(r.name)))) for name, rooms in sorted(found.items()))


def _natural(name: str) -> list[tuple[int, int, str]]:
    """Campus 2 before Campus 12."""
    parts: list[tuple[int, int, str]] = []
    for word in name.split():
        parts.append((0, int(word), "") if word.isascii() and word.isdigit() and len(word) < 10 else (1, 0, plain(word)))
    return parts
