"""The programme as lists and grids: nothing lost, nothing twice, a table without holes."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from forum.agenda import programme
from forum.agenda.model import Item
from forum.agenda.programme import Filter, Grid
from tests.agenda.builders import ALPHA, HALL, LAB, LOFT, NINE, at, item, session

DAY = date(2028, 11, 16)
SPANS = st.lists(st.tuples(st.sampled_from([HALL, LAB]), st.integers(0, 90), st.integers(1, 30)), min_size=1, max_size=10)


def items_of(spans: list[tuple[object, int, int]]) -> list[Item]:
    return [item(session(f"s{n}", minutes=length * 5), room, start * 5) for n, (room, start, length) in enumerate(spans)]  # type: ignore[arg-type]


def holes(grid: Grid) -> list[tuple[int, int]]:
    """The places of the table that no cell, or more than one, covers."""
    columns = sum(lanes for _, lanes in grid.rooms)
    busy = [0] * columns
    found = []
    for row, line in enumerate(grid.rows):
        cells = list(line.cells)
        for column in range(columns):
            if busy[column] > row:
                continue
            if not cells:
                found.append((row, column))
                continue
            busy[column] = row + cells.pop(0).span
        found += [(row, -1) for _ in cells]
    return found + [(len(grid.rows), n) for n, end in enumerate(busy) if end != len(grid.rows)]


@given(SPANS)
def test_the_grid_shows_every_session_once_and_has_no_holes(spans: list[tuple[object, int, int]]) -> None:
    items = items_of(spans)
    grid = programme.grid(items, DAY)
    assert grid is not None
    shown = [cell.item.session.id for row in grid.rows for cell in row.cells if cell.item is not None]
    assert sorted(shown, key=str) == sorted((i.session.id for i in items), key=str)
    assert holes(grid) == []


@given(SPANS)
def test_the_editors_grid_has_a_cell_for_every_free_step(spans: list[tuple[object, int, int]]) -> None:
    items = items_of(spans)
    grid = programme.editor_grid(items, ALPHA, [HALL, LAB], DAY, at(0), at(600))
    assert holes(grid) == []
    assert all(cell.span == 1 for row in grid.rows for cell in row.cells if cell.item is None)


@given(SPANS)
def test_the_list_shows_every_session_once_in_order(spans: list[tuple[object, int, int]]) -> None:
    items = items_of(spans)
    shown = [i for day in programme.listing(items) for block in day.blocks for i in block.items]
    assert sorted((i.session.id for i in shown), key=str) == sorted((i.session.id for i in items), key=str)
    assert [i.start for i in shown] == sorted(i.start for i in items)


def test_the_night_belongs_to_the_evening_before() -> None:
    late = item(session("late"), HALL, 16 * 60)  # one in the morning
    assert programme.day_of(late) == DAY
    assert programme.day_of(item(session("early"), HALL, 19 * 60)) == date(2028, 11, 17)


def test_campuses_stand_in_the_order_of_their_numbers() -> None:
    names = [c.campus.name for c in programme.overview([item(session("b"), LOFT, 0), item(session("a"), HALL, 0)], DAY)]
    assert names == ["Campus 1", "Campus 2"]


def test_a_search_ignores_case_and_accents_and_takes_every_word() -> None:
    found = item(session("Écoute"), HALL, 0)
    assert Filter(text="ECOUTE preau").keeps(found)
    assert not Filter(text="ecoute grenier").keeps(found)
    assert found.start == NINE
