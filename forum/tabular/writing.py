"""Tables as CSV that no spreadsheet runs, and that Forum reads again."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from forum.i18n import say
from forum.tabular.guard import guarded
from forum.tabular.kinds import Kind, Record

BOM: Final = "\ufeff"


def write_csv(header: Sequence[str], rows: Iterable[Sequence[str]], *, french_excel: bool = False) -> Iterator[str]:
    """The table as CSV text, piece by piece: comma and UTF-8, or `;` with a byte order mark for Excel in French. Lines end CRLF (RFC 4180)."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=";" if french_excel else ",", lineterminator="\r\n")
    if french_excel:
        yield BOM
    writer.writerow([guarded(cell) for cell in header])
    for row in rows:
        writer.writerow([guarded(cell) for cell in row])
        if buffer.tell() > 1 << 16:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def write_list(kind: Kind, records: Iterable[Record], *, lang: str, french_excel: bool = False) -> Iterator[str]:
    """*records* as the file one could import again, with titles in *lang*."""
    columns = [column for column in kind.columns if not column.private]
    rows = ([column.write(record[column.name]) for column in columns] for record in records)
    return write_csv([say(lang, column.label) for column in columns], rows, french_excel=french_excel)
