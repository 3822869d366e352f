"""Any spreadsheet's CSV is read, or refused with the line that is wrong."""

import csv
import io
import re
from collections.abc import Sequence
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forum.errors import Invalid
from forum.tabular.reading import LONGEST_CELL, MOST_BYTES, MOST_COLUMNS, MOST_ROWS, Sheet, read_sheet

PEOPLE = [
    ("Nom", "Courriel", "Compétences"),
    ("Éloïse Béranger-Çagla", "eloise@example.org", "droit; python"),
    ("Noël Gaëtan, dit « Sœur »", "noel@example.org", "C++"),
]


def written(delimiter: str, rows: Sequence[tuple[str, ...]] = PEOPLE) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "mac_roman", "utf-16", "utf-16-le-bom", "utf-32"])
def test_what_spreadsheets_write_is_read(delimiter: str, encoding: str) -> None:
    text = written(delimiter)
    content = b"\xff\xfe" + text.encode("utf-16-le") if encoding == "utf-16-le-bom" else text.encode(encoding)
    sheet = read_sheet(content)
    assert (sheet.header, sheet.delimiter) == (PEOPLE[0], delimiter)
    assert sheet.rows == ((2, PEOPLE[1]), (3, PEOPLE[2]))


@pytest.mark.parametrize("text", ["Bâtiment\n1\n", "Salle;Étage\nPréau;0\n", "Prénom\nZoé\n", "Capacité,Accès\n3,«oui»\n", "Nom\nŒuvre à l’école\n"])
@pytest.mark.parametrize("encoding", ["cp1252", "utf-8"])
def test_a_very_short_french_list_is_read(text: str, encoding: str) -> None:
    sheet = read_sheet(text.encode(encoding))
    assert (sheet.encoding, sheet.header[0]) == (encoding, re.split("[,;\n]", text)[0])


@pytest.mark.parametrize(
    ("text", "header", "delimiter"),
    [
        ("E-mail\na@example.org\n", ("E-mail",), ","),
        ("Nom;Adresse\n" + "A;12 rue X, 75010, Paris\n" * 5, ("Nom", "Adresse"), ";"),
        ("Nom;Lat;Lon\nA;48,85;2,35\nB;48,86;2,36\n", ("Nom", "Lat", "Lon"), ";"),
        ("Nom,Compétences\nA,python;sql;droit\nB,python;sql;java\n", ("Nom", "Compétences"), ","),
        ("Titre,Début\nA,09:30\n", ("Titre", "Début"), ","),
        ("Nom;Courriel\n", ("Nom", "Courriel"), ";"),
        ("a;b;;\n1;2;;\n", ("a", "b"), ";"),
    ],
)
def test_the_delimiter_is_the_one_that_makes_a_table(text: str, header: tuple[str, ...], delimiter: str) -> None:
    sheet = read_sheet(text.encode())
    assert (sheet.header, sheet.delimiter) == (header, delimiter)


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    content = b'Nom,Note\n\nA,"une\nnote\nlongue"\n  ,  \nB,x\n'
    assert read_sheet(content) == Sheet(("Nom", "Note"), ((3, ("A", "une\nnote\nlongue")), (7, ("B", "x"))), "utf-8", ",")


def test_lines_of_a_mac_end_with_a_carriage_return_alone() -> None:
    sheet = read_sheet("numéro;nom\r7;École\r\r8;Été\r".encode("mac_roman"))
    assert (sheet.header, sheet.rows, sheet.encoding) == (("numéro", "nom"), ((2, ("7", "École")), (4, ("8", "Été"))), "mac-roman")


def test_short_rows_are_filled_and_a_guard_is_taken_off() -> None:
    assert read_sheet(b"a,b,c\n1,2\n'=x,'-y,'z\n").rows == ((2, ("1", "2", "")), (3, ("=x", "-y", "'z")))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b" \r\n\t\n", "The file is empty."),
        (b"\xef\xbb\xbf", "The file is empty."),
        (b"a,b\n1,\x00\n", "Line 2 has a NUL character; this is not a text file."),
        (b"PK\x03\x04" + b"\x00" * 30, "Line 1 has a NUL character; this is not a text file."),
        (b"a,b\n1,2,3\n", "Line 2: there are 3 cells under 2 column titles."),
        (b"Nom,nom\n1,2\n", "Line 1: the column nom is there twice."),
        (b'a,b\n"1,2\n3,4\n', "Line 2: the quotes do not close, or a cell is too long (unexpected end of data)."),
        (b'a,b\n1,2\n"x" y,3\n', "Line 3: the quotes do not close, or a cell is too long (',' expected after '\"')."),
        (b"a,b\n1," + b"x" * (LONGEST_CELL + 1) + b"\n", f"Line 2: a cell is longer than {LONGEST_CELL} characters."),
        (b"a\n" + b"x" * 600_000, "Line 2: the line is longer than 524288 characters."),
        (b"," * 200_000 + b"\n", f"Line 1: there are 200001 columns; {MOST_COLUMNS} at most are read."),
        (b"a\n" + b"1\n" * (MOST_ROWS + 1), f"The file has more than {MOST_ROWS} rows; split it."),
        (b"\xef\xbb\xbfa,b\n1,\xff\n", "Line 2 is not utf-8 text. Save the file as CSV UTF-8 and try again."),
        (b"x" * (MOST_BYTES + 1), "The file is larger than 32 MB."),
        (b"," * 1_000_000 + b"\n", "Line 1: the line is longer than 524288 characters."),
    ],
)
def test_a_file_that_cannot_be_used_says_why_and_where(content: bytes, sentence: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_sheet(content)
    assert str(caught.value) == sentence


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=400))
def test_any_bytes_are_a_sheet_or_a_sentence(content: bytes) -> None:
    with suppress(Invalid):
        sheet = read_sheet(content)
        assert all(len(row) == len(sheet.header) for _, row in sheet.rows)


cells = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n", exclude_categories=("Cc", "Cs")), max_size=12).map(str.strip)
tables = st.integers(2, 5).flatmap(lambda width: st.lists(st.tuples(*[cells] * width), min_size=1, max_size=8))


@settings(deadline=None, max_examples=200)
@given(tables, st.sampled_from([",", ";", "\t"]))
def test_a_written_table_comes_back(rows: list[tuple[str, ...]], delimiter: str) -> None:
    header = tuple(f"colonne {n}" for n in range(len(rows[0])))
    kept = [row for row in (tuple(cell.lstrip("'") for cell in row) for row in rows) if any(row)]
    sheet = read_sheet(written(delimiter, [header, *kept]).encode("utf-8-sig"))
    assert sheet.header == header
    assert [row for _, row in sheet.rows] == [tuple(cell.strip() for cell in row) for row in kept]
