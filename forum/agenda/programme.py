"""The programme as people read it: days, campuses, buildings and rooms; the grid of one campus; search and filters."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import gcd
from typing import Final

from forum.agenda.model import Campus, Item, Room, by_start
from forum.clock import local

DAWN: Final = timedelta(hours=4)  # what ends before four in the morning belongs to the evening before
STEP: Final = 5  # the shortest grid row, in minutes


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
    return [
        DayList(day, tuple(Block(local(start, held[0].campus.zone), tuple(held)) for start, held in blocks.items())) for day, blocks in sorted(found.items())
    ]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the grid that begins in its row: an item, or nothing, over `span` rows."""

    item: Item | None
    span: int


@dataclass(frozen=True, slots=True)
class Row:
    """One step of time; `hour` is set on the rows that carry a label."""

    at: datetime
    hour: bool
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """One campus on one day as a table: rooms across (each over `lanes` columns: imported sessions may overlap), time down."""

    day: date
    campus: Campus
    rooms: tuple[tuple[Room, int], ...]
    rows: tuple[Row, ...]


def grid(items: Sequence[Item], day: date) -> Grid | None:
    """The grid of *items*, all of one campus, on *day*; None when there are none. A row is as long as the times allow, at least five minutes."""
    mine = by_start([i for i in items if day_of(i) == day])
    if not mine:
        return None
    zone = mine[0].campus.zone
    first, last = min(i.start for i in mine), max(i.end for i in mine)
    step = max(STEP, gcd(60, *(_minutes(first, moment) for i in mine for moment in (i.start, i.end)), local(first, zone).minute))
    total = -(-_minutes(first, last) // step)
    rooms = sorted({i.room.id: i.room for i in mine}.values(), key=lambda r: (r.building, _natural(r.name)))
    lanes = [(room, _lanes([i for i in mine if i.room.id == room.id])) for room in rooms]
    columns = [_column(lane, first, step, total) for _, held in lanes for lane in held]
    rows = []
    for n in range(total):
        at = local(first + timedelta(minutes=n * step), zone)
        rows.append(Row(at, n == 0 or at.minute == 0, tuple(column[n] for column in columns if n in column)))
    return Grid(day, mine[0].campus, tuple((room, len(held)) for room, held in lanes), tuple(rows))


def editor_grid(items: Sequence[Item], campus: Campus, rooms: Sequence[Room], day: date, opens: datetime, closes: datetime, step: int = 15) -> Grid:
    """The editor's grid of one campus and day: every room, every step from opening to closing, and beyond them where something stands."""
    mine = by_start([i for i in items if i.campus.slug == campus.slug and day_of(i) == day])
    first = min([opens, *(i.start for i in mine)])
    first -= timedelta(minutes=local(first, campus.zone).minute % step)
    last = max([closes, *(i.end for i in mine)])
    total = -(-_minutes(first, last) // step)
    lanes = [(room, _lanes([i for i in mine if i.room.id == room.id]) or [[]]) for room in rooms]
    columns = [_column(lane, first, step, total) for _, held in lanes for lane in held]
    rows = []
    for n in range(total):
        at = local(first + timedelta(minutes=n * step), campus.zone)
        rows.append(Row(at, n == 0 or at.minute == 0, tuple(cell for column in columns for cell in _fine(column, n))))
    return Grid(day, campus, tuple((room, len(held)) for room, held in lanes), tuple(rows))


def _fine(column: Mapping[int, Cell], row: int) -> list[Cell]:
    """The cell of one row with free time cut into steps, each a place to put something."""
    begin = max(at for at in column if at <= row) if column else row
    cell = column.get(begin, Cell(None, 1))
    if cell.item is None:
        return [Cell(None, 1)]
    return [cell] if begin == row else []


def _lanes(items: Sequence[Item]) -> list[list[Item]]:
    """Items of one room in as few columns as hold them without overlap."""
    found: list[list[Item]] = []
    for item in items:
        lane = next((lane for lane in found if lane[-1].end <= item.start), None)
        if lane is None:
            found.append([item])
        else:
            lane.append(item)
    return found


def _column(lane: Sequence[Item], first: datetime, step: int, total: int) -> dict[int, Cell]:
    """The cells of one column by the row they begin in; free time is one cell up to the next item."""
    cells: dict[int, Cell] = {}
    at = 0
    for item in lane:
        begin = max(at, _minutes(first, item.start) // step)
        end = max(begin + 1, -(-_minutes(first, item.end) // step))
        if begin > at:
            cells[at] = Cell(None, begin - at)
        cells[begin] = Cell(item, end - begin)
        at = end
    if at < total:
        cells[at] = Cell(None, total - at)
    return cells


def _minutes(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds() // 60)


@dataclass(frozen=True, slots=True)
class CampusDay:
    """One line of the overview: how many sessions a campus holds on a day, and its buildings with their rooms."""

    campus: Campus
    sessions: int
    buildings: tuple[tuple[str, tuple[Room, ...]], ...]


def overview(items: Iterable[Item], day: date) -> list[CampusDay]:
    """The campuses with sessions on *day*, in order of number, as everywhere they are listed: what keeps a hundred sites readable."""
    held: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        if day_of(item) == day:
            held[item.campus.slug].append(item)
    return [CampusDay(mine[0].campus, len(mine), _buildings(mine)) for mine in sorted(held.values(), key=lambda m: (m[0].campus.number or 0, _natural(m[0].campus.name)))]


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
