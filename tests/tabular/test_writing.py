"""What goes out runs nothing in a spreadsheet and comes in again unchanged."""

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forum.tabular.guard import guarded, unguarded
from forum.tabular.lists import ROOMS, SESSIONS
from forum.tabular.mapping import guess
from forum.tabular.preview import preview
from forum.tabular.reading import read_sheet
from forum.tabular.writing import write_csv, write_list


@pytest.mark.parametrize("cell", ["=1+1", "+33 1 02", "-2+3", "@SUM(A1)", "\tx", "\rx", "\nx", "  =cmd|' /C calc'!A0", "=HYPERLINK(1)", "@x", "-", "'=1"])
def test_formulas_are_quoted_as_text(cell: str) -> None:
    assert guarded(cell) == "'" + cell
    assert unguarded(guarded(cell)) == cell


@pytest.mark.parametrize("cell", ["", "Anh", "48.8566", "-3.5", "-12", "+4", "2,35", "l'école", "'90s", "a=b", "12-14", "x@example.org", "'"])
def test_text_and_numbers_stay_as_they_are(cell: str) -> None:
    assert guarded(cell) == cell


@given(st.text())
def test_the_guard_comes_off_as_it_went_on(cell: str) -> None:
    assert unguarded(guarded(cell)) == cell
    safe = guarded(cell)
    assert safe.lstrip()[:1] not in tuple("=@") or not safe


def test_two_dialects() -> None:
    rows = [("Éloïse; dite", "=1"), ("a,b", "x")]
    assert "".join(write_csv(("Nom", "Note"), rows)) == "Nom,Note\r\nÉloïse; dite,'=1\r\n\"a,b\",x\r\n"
    assert "".join(write_csv(("Nom", "Note"), rows, french_excel=True)) == "\ufeffNom;Note\r\n\"Éloïse; dite\";'=1\r\na,b;x\r\n"


def test_long_tables_come_in_pieces() -> None:
    pieces = list(write_csv(("n",), ([str(n)] for n in range(50_000))))
    assert len(pieces) > 2
    assert [row[0] for row in csv.reader(io.StringIO("".join(pieces)))] == ["n", *map(str, range(50_000))]


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("french_excel", [False, True])
def test_a_list_goes_out_and_comes_in_unchanged(lang: str, french_excel: bool) -> None:
    rooms = [
        {"campus": 3, "building": "A", "floor": "0", "name": "-Préau", "capacity": 180, "step_free": True, "equipment": ("sound", "projector")},
        {"campus": 3, "building": "", "floor": "2", "name": "Salle; 21", "capacity": 40, "step_free": False, "equipment": ()},
    ]
    sheet = read_sheet("".join(write_list(ROOMS, rooms, lang=lang, french_excel=french_excel)).encode())
    again = preview(ROOMS, sheet, guess(ROOMS, sheet.header), {})
    assert [row.values for row in again.added] == rooms
    assert again.fault_count == 0


def test_moments_go_out_on_the_wall_clock() -> None:
    session = {c.name: c.default for c in SESSIONS.columns} | {"code": "T10", "title": "Ouverture", "starts": datetime(2028, 11, 16, 9, 0, tzinfo=UTC)}
    text = "".join(write_list(SESSIONS, [session], lang="en"))
    assert "2028-11-16 10:00" in text
    sheet = read_sheet(text.encode())
    assert preview(SESSIONS, sheet, guess(SESSIONS, sheet.header), {}).added[0].values == session
