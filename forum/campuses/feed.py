"""A GTFS archive as tables: one row at a time, never a whole file in memory, every fault with its file and line.

Format: GTFS Schedule Reference, gtfs.org/documentation/schedule/reference (files are UTF-8 CSV with a header line).
"""

import csv
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from io import TextIOWrapper
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any, Final, Self

from forum.errors import Invalid
from forum.i18n import N_, Message

LONGEST_LINE: Final = 1 << 16  # characters; real feeds stay under 1,000
MOST_COLUMNS: Final = 200
MOST_BYTES: Final = 16 << 30  # of one unpacked file


class Feed:
    """An open archive. Use as a context manager. Raises Invalid when it is not a readable zip."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
            self._open = ExitStack()  # files being read: a fault found half-way must not leave one behind
        except (OSError, zipfile.BadZipFile) as error:
            raise Invalid(Message(N_("{name} is not a zip archive that can be read: {why}."), name=path.name, why=str(error))) from error
        # Some publishers zip the folder, not its files.
        self._names = {PurePosixPath(info.filename).name: info for info in self._zip.infolist() if info.filename.endswith(".txt")}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._open.close()
        self._zip.close()

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def rows(self, name: str, *columns: str, optional: tuple[str, ...] = ()) -> Iterator[tuple[int, list[str]]]:
        """`(line, values)` of file *name*: the values of *columns*, then of *optional* ones ("" where the file has none).

        Raises Invalid when the file or a required column is missing, or a line cannot be read.
        """
        info = self._names.get(name)
        if info is None:
            raise Invalid(Message(N_("The feed has no {file}."), file=name))
        if info.file_size > MOST_BYTES:
            raise Invalid(Message(N_("{file} is larger than {limit} GB unpacked; cut the feed to the region first."), file=name, limit=MOST_BYTES >> 30))
        try:
            text = self._open.enter_context(TextIOWrapper(self._zip.open(info), "utf-8-sig", newline=""))
            yield from _picked(name, csv.reader(_lines(name, text), strict=True), columns, optional)
        except UnicodeDecodeError as error:
            raise Invalid(Message(N_("{file} is not UTF-8, as GTFS asks for."), file=name)) from error
        except (csv.Error, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
            raise Invalid(Message(N_("{file} cannot be read to its end: {why}."), file=name, why=str(error))) from error


def fault(file: str, line: int, why: Message) -> Invalid:
    """The error for one line of one file."""
    return Invalid(Message(N_("{file}, line {line}: {why}"), file=file, line=line, why=why))


def _lines(name: str, text: TextIOWrapper) -> Iterator[str]:
    readline = text.readline
    while line := readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise Invalid(Message(N_("{file} has a line of more than {limit} characters; it is not a GTFS table."), file=name, limit=LONGEST_LINE))
        yield line


def _picked(name: str, reader: Any, columns: tuple[str, ...], optional: tuple[str, ...]) -> Iterator[tuple[int, list[str]]]:
    header = [cell.strip() for cell in next(reader, [])]
    if len(header) > MOST_COLUMNS:
        raise Invalid(Message(N_("{file} has {count} columns; a GTFS table has at most {limit}."), file=name, count=len(header), limit=MOST_COLUMNS))
    missing = [column for column in columns if column not in header]
    if missing:
        raise Invalid(Message(N_("{file} has no column {columns}."), file=name, columns=", ".join(missing)))
    wanted = [header.index(column) if column in header else -1 for column in (*columns, *optional)]
    width, last = len(header), max(wanted)
    for row in reader:
        if not row:
            continue
        if len(row) < width:
            if len(row) <= last:
                row += [""] * (width - len(row))
        elif len(row) > width:
            raise fault(name, reader.line_num, Message(N_("{found} values for {expected} columns."), found=len(row), expected=width))
        yield reader.line_num, [row[i].strip() if i >= 0 else "" for i in wanted]
