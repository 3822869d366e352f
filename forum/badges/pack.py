"""What a campus prints before a day without power or network, and a person's agenda on paper. Plain data in, PDF out."""

import io
from collections.abc import Sequence
from typing import Any, Final, Literal

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from forum.badges import typeset
from forum.badges.codes import spaced
from forum.badges.model import DayLine, Guest, Pack, Sign, TableSheet
from forum.badges.sheet import INK, ROSE, RULE, draw_day, one_at_a_time, plate

A4: Final = (210 * mm, 297 * mm)
EDGE: Final = 15 * mm
ROW: Final = 17.0  # points of a line one can tick by hand


class _Paper:
    """A4 pages with a head and a number, and a place that moves down."""

    def __init__(self, canvas: Canvas, pack: Pack) -> None:
        self.canvas, self.pack = canvas, pack
        self.at = 0.0
        self.pages = 0
        self.title = ""

    def begin(self, title: str) -> None:
        """A new page under *title*."""
        if self.pages:
            self.canvas.showPage()
        self.pages += 1
        self.pack.on_page(self.pages)
        self.title = title
        canvas, top = self.canvas, A4[1] - EDGE
        canvas.setFillColor(INK)
        end = plate(canvas, EDGE, top - 16, self.pack.campus, 15)
        self.text(end + 8, top - 16, title, "display", 16)
        said = f"{self.pack.name} · {self.pack.day}"
        self.text(A4[0] - EDGE - typeset.width(said, "text", 9), top - 14, said, "text", 9)
        foot = f"{self.pack.words.printed} · {self.pages}"
        self.text(A4[0] - EDGE - typeset.width(foot, "text", 8), EDGE - 6 * mm, foot, "text", 8)
        self.at = top - 16 * mm

    def room_for(self, height: float) -> None:
        """Go on to the next page of the same section when *height* does not fit."""
        if self.at - height < EDGE:
            self.begin(self.title)

    def text(self, x: float, y: float, text: str, style: str = "text", size: float = 9.5, room: float = 0) -> None:
        """*text*, cut with an ellipsis when it is longer than *room*."""
        if room:
            text = typeset.fitted(text, style, (size,), room, 1)[0][0]
        typeset.draw(self.canvas, x, y, text, style, size)

    def rule(self) -> None:
        self.canvas.setStrokeColor(RULE)
        self.canvas.setLineWidth(0.4)
        self.canvas.line(EDGE, self.at, A4[0] - EDGE, self.at)

    def box(self, x: float, y: float) -> None:
        """A square to tick."""
        self.canvas.setStrokeColor(INK)
        self.canvas.setLineWidth(0.8)
        self.canvas.rect(x, y, 9, 9)


def pdf(pack: Pack) -> bytes:
    """Programme, one run sheet a table, the door list by name and by code, signs."""
    out = io.BytesIO()
    with one_at_a_time:
        canvas = Canvas(out, pagesize=A4, pageCompression=1, invariant=1)
        canvas.setTitle(f"{pack.name} · {pack.day}")
        paper = _Paper(canvas, pack)
        _programme(paper)
        for table in pack.tables:
            _table(paper, table)
        _guests(paper, pack.words.guests_by_name, pack.guests)
        _guests(paper, pack.words.guests_by_code, sorted(pack.guests, key=lambda guest: guest.code))
        for sign in pack.signs:
            _sign(paper, sign)
        for table in pack.tables:
            _table_sign(paper, table)
        canvas.showPage()
        canvas.save()
    return out.getvalue()


def _programme(paper: _Paper) -> None:
    paper.begin(paper.pack.words.programme)
    if not paper.pack.programme:
        paper.text(EDGE, paper.at - 12, paper.pack.words.nothing)
    for session in paper.pack.programme:
        lines, size = typeset.fitted(session.title, "bold", (10,), 105 * mm, 2)
        more = 12 * (len(lines) - 1)
        paper.room_for(30 + more)
        paper.text(EDGE, paper.at - 12, session.time, "bold", 10)
        for n, line in enumerate(lines):
            paper.text(EDGE + 30 * mm, paper.at - 12 - 12 * n, line, "bold", size)
        paper.text(EDGE + 140 * mm, paper.at - 12, session.room, "text", 9.5, 40 * mm)
        paper.text(EDGE + 30 * mm, paper.at - 24 - more, session.speakers, "text", 8.5, 140 * mm)
        paper.at -= 30 + more
        paper.rule()


def _table(paper: _Paper, table: TableSheet) -> None:
    w = paper.pack.words
    paper.begin(f"{w.table} {table.number}{' · ' + table.room if table.room else ''}")
    columns = ((w.time, 0.0), (w.organisation, 18 * mm), (w.candidate, 75 * mm), (w.arrived, 133 * mm), (w.note, 150 * mm))
    for word, x in columns:
        paper.text(EDGE + x, paper.at - 10, word, "bold", 8.5)
    paper.at -= 14
    paper.rule()
    for time, organisation, candidate, note in table.rows:
        paper.room_for(ROW + 5)
        base = paper.at - ROW + 3
        paper.text(EDGE, base, time, "bold", 10)
        paper.text(EDGE + 18 * mm, base, organisation, "text", 9.5, 55 * mm)
        paper.text(EDGE + 75 * mm, base, candidate, "text", 9.5, 56 * mm)
        paper.box(EDGE + 136 * mm, base - 1)
        paper.text(EDGE + 150 * mm, base, note, "text", 8.5, 29 * mm)
        paper.at -= ROW + 5
        paper.rule()
    if not table.rows:
        paper.text(EDGE, paper.at - 14, w.nothing)


def _guests(paper: _Paper, title: str, guests: Sequence[Guest]) -> None:
    """Two columns of forty a page: a box to tick on entry, one on exit."""
    width = (A4[0] - 2 * EDGE) / 2
    per_column = int((A4[1] - 2 * EDGE - 16 * mm) // ROW)
    for first in range(0, max(1, len(guests)), per_column * 2):
        paper.begin(title)
        for place, guest in enumerate(guests[first : first + per_column * 2]):
            x = EDGE + (place // per_column) * width
            y = paper.at - (place % per_column + 1) * ROW + 5
            paper.box(x, y - 1)
            paper.box(x + 13, y - 1)
            paper.text(x + 27, y, guest.name, "bold", 8.5, width - 27 - 32 * mm)
            paper.text(x + width - 31 * mm, y, spaced(guest.code), "code", 8.5)
            paper.text(x + width - 9 * mm, y, guest.role[:1].upper(), "bold", 8.5)
        if not guests:
            paper.text(EDGE, paper.at - 12, paper.pack.words.nothing)


def _sign(paper: _Paper, sign: Sign) -> None:
    """Three pages: to the left, to the right, straight on."""
    for turn in ("left", "right", "up"):
        _page(paper)
        canvas, middle = paper.canvas, A4[0] / 2
        _arrow(canvas, middle, 200 * mm, turn)
        lines, size = typeset.fitted(sign.text, "display", (76, 64, 54, 44, 34, 26), A4[0] - 2 * EDGE, 3)
        at = 125 * mm
        for line in lines:
            paper.text(middle - typeset.width(line, "display", size) / 2, at, line, "display", size)
            at -= size * 1.05
        paper.text(middle - typeset.width(sign.detail, "text", 24) / 2, at - 12, sign.detail, "text", 24)


def _page(paper: _Paper) -> None:
    paper.canvas.showPage()
    paper.pages += 1
    paper.pack.on_page(paper.pages)
    paper.canvas.setFillColor(INK)
    plate(paper.canvas, EDGE, A4[1] - EDGE - 34, paper.pack.campus, 30)


def _table_sign(paper: _Paper, table: TableSheet) -> None:
    """The table's number, to be read across a hall."""
    _page(paper)
    canvas = paper.canvas
    number = str(table.number)
    size = min(420.0, 420 * 150 * mm / max(1.0, typeset.width(number, "display", 420)))
    paper.text(A4[0] / 2 - typeset.width(number, "display", size) / 2, A4[1] / 2 - size * 0.34, number, "display", size)
    canvas.setFillColor(ROSE)
    canvas.rect(EDGE, 42 * mm, 1.2 * mm, 18 * mm, stroke=0, fill=1)
    canvas.setFillColor(INK)
    paper.text(EDGE + 6 * mm, 47 * mm, paper.pack.words.table, "display", 34)
    if table.room:
        paper.text(EDGE + 6 * mm, 34 * mm, table.room, "text", 18, 150 * mm)


def _arrow(canvas: Any, x: float, y: float, turn: Literal["left", "right", "up"]) -> None:
    """A stroke and a head, 80 mm long, around (x, y)."""
    canvas.saveState()
    canvas.translate(x, y)
    canvas.rotate({"up": 90, "right": 0, "left": 180}[turn])
    canvas.setStrokeColor(INK)
    canvas.setLineWidth(9 * mm)
    canvas.setLineCap(1)
    canvas.setLineJoin(1)
    path = canvas.beginPath()
    path.moveTo(-40 * mm, 0)
    path.lineTo(40 * mm, 0)
    path.moveTo(14 * mm, 27 * mm)
    path.lineTo(40 * mm, 0)
    path.lineTo(14 * mm, -27 * mm)
    canvas.drawPath(path)
    canvas.restoreState()


def agenda(name: str, code: str, days: Sequence[tuple[str, tuple[DayLine, ...]]], notes: Sequence[str], *, nothing: str) -> bytes:
    """One person's days on A4, for people without a phone: a day a column of hours, as on the back of the badge."""
    out = io.BytesIO()
    with one_at_a_time:
        canvas = Canvas(out, pagesize=A4, pageCompression=1, invariant=1)
        for title, lines in days:
            canvas.setFillColor(INK)
            typeset.draw(canvas, EDGE, A4[1] - EDGE - 22, title, "display", 24)
            whose = f" · {spaced(code)}"
            (shown,), size = typeset.fitted(name, "text", (12.0, 11.0, 10.0), A4[0] - 2 * EDGE - typeset.width(whose, "text", 12), 1)
            typeset.draw(canvas, EDGE, A4[1] - EDGE - 40, shown + whose, "text", size)
            if lines:
                draw_day(canvas, lines, EDGE, A4[1] - EDGE - 60, A4[0] - 2 * EDGE, EDGE + 20 * mm, scale=1.5)
            else:
                typeset.draw(canvas, EDGE, A4[1] - EDGE - 80, nothing, "text", 12)
            for place, note in enumerate(notes):
                typeset.draw(canvas, EDGE, EDGE + 12 * (len(notes) - 1 - place), note, "text", 9.5)
            canvas.showPage()
        canvas.save()
    return out.getvalue()
