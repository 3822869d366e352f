"""Bytes of a CSV file as a sheet: encoding and delimiter found, sizes capped, every fault with its line.

Strict UTF-8 (or a byte order mark) decides by itself, then French in CP1252; for the rest charset-normalizer chooses among
the encodings spreadsheets in France write. CleverCSV finds the delimiter (`docs/decisions/0061`, measured).
"""

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from charset_normalizer import from_bytes

from forum.errors import Invalid
from forum.i18n import N_, Message
from forum.tabular.guard import unguarded

MOST_BYTES: Final = 32 << 20
MOST_ROWS: Final = 100_000
MOST_COLUMNS: Final = 100
LONGEST_CELL: Final = 10_000  # characters
LONGEST_LINE: Final = 1 << 19  # characters between two line ends
SAMPLE: Final = 8000  # characters the delimiter is judged by
DELIMITERS: Final = (",", ";", "\t")
MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
ASCII: Final = frozenset(map(chr, range(128)))
SMALL: Final = frozenset("àâäçèéêëîïôöùûü")
WRITTEN: Final = frozenset("ÀÂÄÇÈÉÊËÎÏÔÖÙÛÜŒœæÆÿŸ«»’‘“”–—…°€·×²³\u00a0")
SPREADSHEETS: Final = ["cp1252", "mac_roman", "cp850", "utf_16"]  # French Excel on Windows, on the Mac, in DOS boxes, "Unicode text"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A header and its rows, each with the line it starts on (the header is line 1); every row is as wide as the header."""

    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    encoding: str
    delimiter: str


def read_sheet(content: bytes) -> Sheet:
    """The sheet in *content*. Empty lines are passed over, cells are trimmed.

    Raises Invalid for files that are empty, too large, binary, in no encoding known here, or broken somewhere (with the line).
    """
    if len(content) > MOST_BYTES:
        raise Invalid(Message(N_("The file is larger than {limit} MB."), limit=MOST_BYTES >> 20))
    text, encoding = _decoded(content)
    if "\n" not in text:  # Excel on the Mac ends lines with a carriage return alone
        text = text.replace("\r", "\n")
    if "\0" in text:
        raise Invalid(Message(N_("Line {line} has a NUL character; this is not a text file."), line=text.count("\n", 0, text.index("\0")) + 1))
    if not text.strip():
        raise Invalid(N_("The file is empty."))
    delimiter = _delimiter(text)
    rows = _rows(text, delimiter)
    header = _header(next(rows, (1, ()))[1])
    return Sheet(header, tuple(_aligned(rows, len(header))), encoding, delimiter)


def read_file(path: Path) -> Sheet:
    """The sheet in the file at *path*; a file that is too large is refused without reading it."""
    if path.stat().st_size > MOST_BYTES:
        raise Invalid(Message(N_("The file is larger than {limit} MB."), limit=MOST_BYTES >> 20))
    return read_sheet(path.read_bytes())


def _decoded(content: bytes) -> tuple[str, str]:
    for mark, encoding in MARKS:
        if content.startswith(mark):
            return _strict(content[len(mark) :] if encoding == "utf-8" else content, encoding)
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    if _french(content):
        return _strict(content, "cp1252")
    guess = from_bytes(content[: 1 << 16], cp_isolation=SPREADSHEETS).best()
    return _strict(content, guess.encoding if guess is not None else "cp1252")


def _french(content: bytes) -> bool:
    """Whether *content* is CP1252 French beyond doubt: accented small letters, and nothing French does not write.

    charset-normalizer needs a few lines to tell CP1252 from Mac Roman; a short list of rooms has three accents.
    """
    try:
        beyond = set(content.decode("cp1252")) - ASCII
    except UnicodeDecodeError:
        return False
    return bool(beyond & SMALL) and beyond <= SMALL | WRITTEN


def _strict(content: bytes, encoding: str) -> tuple[str, str]:
    try:
        return content.decode(encoding), encoding.replace("_", "-")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Invalid(Message(N_("Line {line} is not {encoding} text. Save the file as CSV UTF-8 and try again."), line=line, encoding=encoding)) from error


def _delimiter(text: str) -> str:
    """CleverCSV's answer when the titles have it; else (one column, hostile cells) what the titles have most of."""
    from clevercsv import Detector  # late: a tenth of a second of start-up, and most processes never read a table

    titles = text.lstrip().partition("\n")[0][:SAMPLE]
    found = Detector().detect(text[:SAMPLE], delimiters=DELIMITERS)
    if found is not None and found.delimiter in DELIMITERS and found.delimiter in titles:
        return found.delimiter
    return max(DELIMITERS, key=titles.count)


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """`(line, cells)` of every row that is not empty."""
    reader = csv.reader(_lines(text), delimiter=delimiter, strict=True)
    line = 1
    try:
        for row in reader:
            if len(row) > MOST_COLUMNS:
                raise _at(line, Message(N_("there are {count} columns; {limit} at most are read."), count=len(row), limit=MOST_COLUMNS))
            cells = [unguarded(cell.strip()) for cell in row]
            if any(cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise _at(line, Message(N_("the quotes do not close, or a cell is too long ({why})."), why=str(error))) from error


def _lines(text: str) -> Iterator[str]:
    start, number = 0, 0
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        number += 1
        if end - start > LONGEST_LINE:
            raise _at(number, Message(N_("the line is longer than {limit} characters."), limit=LONGEST_LINE))
        yield text[start:end]
        start = end


def _at(line: int, why: Message) -> Invalid:
    return Invalid(Message(N_("Line {line}: {why}"), line=line, why=why))


def _header(cells: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    while cells and not cells[-1]:
        cells = cells[:-1]
    folded = [cell.casefold() for cell in cells]
    twice = next((cell for i, cell in enumerate(cells) if cell and folded[i] in folded[:i]), None)
    if twice is not None:
        raise _at(1, Message(N_("the column {name} is there twice."), name=twice))
    return tuple(cells)


def _aligned(rows: Iterator[tuple[int, list[str]]], width: int) -> Iterator[tuple[int, tuple[str, ...]]]:
    for count, (line, cells) in enumerate(rows, start=1):
        if count > MOST_ROWS:
            raise Invalid(Message(N_("The file has more than {limit} rows; split it."), limit=MOST_ROWS))
        if any(cells[width:]):
            raise _at(line, Message(N_("there are {found} cells under {expected} column titles."), found=len(cells), expected=width))
        if max(map(len, cells)) > LONGEST_CELL:
            raise _at(line, Message(N_("a cell is longer than {limit} characters."), limit=LONGEST_CELL))
        yield line, tuple(cells[:width]) + ("",) * (width - len(cells))
