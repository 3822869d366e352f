"""Badges on paper: A6, four A6 on A4, and labels 62 mm and 100 × 62 mm wide. Everything comes in as `model.Face`."""

import io
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from reportlab.lib.colors import HexColor
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from forum.badges import qr, typeset
from forum.badges.codes import spaced
from forum.badges.model import ROLE_COLOURS, DayLine, Face

Format = Literal["a6", "a4", "label62", "label100"]
INK: Final = HexColor("#16141f")
ROSE: Final = HexColor("#d9748a")
RULE: Final = HexColor("#c9c6d3")
A6: Final = (105 * mm, 148 * mm)
SIZES: Final[dict[str, tuple[float, float]]] = {"a6": A6, "a4": (210 * mm, 297 * mm), "label62": (62 * mm, 100 * mm), "label100": (100 * mm, 62 * mm)}
NAME_SIZES: Final = (30.0, 27.0, 24.0, 21.0, 18.0, 16.0)
PAD: Final = 7 * mm

one_at_a_time = threading.Lock()  # the font registry of reportlab is one per process


@dataclass(frozen=True, slots=True)
class Brand:
    """What stands at the top of every badge."""

    mark: str = "Forum"
    title: str = "IA & Territoires"


def pdf(faces: Iterable[Face], layout: Format, brand: Brand = Brand(), *, back: bool = True, on_page: Callable[[int], None] = lambda done: None) -> bytes:
    """A PDF of *faces*; `on_page` hears how many badges are done. On A4 the backs follow mirrored, for printing both sides on the long edge."""
    out = io.BytesIO()
    with one_at_a_time:
        canvas = Canvas(out, pagesize=SIZES[layout], pageCompression=1, invariant=1)
        canvas.setTitle(f"{brand.mark} {brand.title}")
        done = 0
        for page in _pages(faces, layout):
            _page(canvas, page, layout, brand, back)
            done += len(page)
            on_page(done)
        canvas.save()
    return out.getvalue()


def _pages(faces: Iterable[Face], layout: Format) -> Iterator[list[Face]]:
    several = iter(faces)
    size = 4 if layout == "a4" else 1
    while page := [face for _, face in zip(range(size), several, strict=False)]:
        yield page


def _page(canvas: Canvas, page: list[Face], layout: Format, brand: Brand, back: bool) -> None:
    if layout == "label62":
        _label_tall(canvas, page[0])
    elif layout == "label100":
        _label_wide(canvas, page[0])
    else:
        _sides(canvas, page, layout, lambda face: _front(canvas, face, brand), mirrored=False)
        canvas.showPage()
        if not back or not any(face.day or face.notes for face in page):
            return
        _sides(canvas, page, layout, lambda face: _back(canvas, face), mirrored=True)
    canvas.showPage()


def _sides(canvas: Canvas, page: list[Face], layout: Format, side: Callable[[Face], None], *, mirrored: bool) -> None:
    """Each face at its place on the sheet, the origin at its lower left corner."""
    for place, face in enumerate(page):
        canvas.saveState()
        if layout == "a4":
            column = 1 - place % 2 if mirrored else place % 2
            canvas.translate(column * A6[0], 0.5 * mm + (1 - place // 2) * A6[1])
        side(face)
        canvas.restoreState()
    if layout == "a4" and not mirrored:
        _cutting_marks(canvas)


def _cutting_marks(canvas: Canvas) -> None:
    canvas.setStrokeColor(RULE)
    canvas.setLineWidth(0.3)
    middle = 0.5 * mm + A6[1]
    for x, y, dx, dy in ((0, middle, 4 * mm, 0), (206 * mm, middle, 4 * mm, 0), (A6[0], 0, 0, 4 * mm), (A6[0], 293 * mm, 0, 4 * mm)):
        canvas.line(x, y, x + dx, y + dy)


def _front(canvas: Canvas, face: Face, brand: Brand) -> None:
    width, height = A6
    _head(canvas, face, brand)
    band = 16 * mm
    canvas.setFillColor(HexColor(ROLE_COLOURS[face.role]))
    canvas.rect(0, band, width, 2 * mm, stroke=0, fill=1)
    _band(canvas, face, 0, 0, width, band, 19)
    side = 42 * mm
    _code_matrix(canvas, face.token, PAD - 2 * mm, band + 4 * mm, side)
    _code_and_languages(canvas, face, PAD + side + 2 * mm, band + 4 * mm, 17)
    bottom = band + 4 * mm + side
    _identity(canvas, face, PAD, bottom + 3 * mm, width - 2 * PAD, height - 22 * mm - bottom, NAME_SIZES)


def _head(canvas: Canvas, face: Face, brand: Brand) -> None:
    width, height = A6
    canvas.setFillColor(ROSE)
    canvas.rect(PAD, height - PAD - 8 * mm, 0.8 * mm, 8 * mm, stroke=0, fill=1)
    canvas.setFillColor(INK)
    end = typeset.draw(canvas, PAD + 3 * mm, height - PAD - 5.5 * mm, brand.mark, "display", 15)
    typeset.draw(canvas, end + 2 * mm, height - PAD - 5.5 * mm, brand.title, "text", 8)
    for line, text in enumerate((face.dates, face.place)):
        typeset.draw(canvas, width - PAD - typeset.width(text, "text", 8), height - PAD - (2.5 + 3.6 * line) * mm, text, "text", 8)


def _identity(canvas: Canvas, face: Face, x: float, y: float, room: float, high: float, sizes: tuple[float, ...]) -> None:
    """Name as large as it fits, organisation below it, the two centred in the height they have."""
    sizes = tuple(size for size in sizes if size * 3.1 < high) or sizes[-1:]
    name, size = typeset.fitted(face.name, "display", sizes, room, 3 if high > 60 else 2)
    org, org_size = typeset.fitted(face.organisation, "text", (12.5, 11.0, 9.5), room, 2) if face.organisation else ([], 0.0)
    total = len(name) * size * 1.06 + (len(org) * org_size * 1.25 + 2.5 * mm if org else 0)
    at = y + (high + total) / 2
    canvas.setFillColor(INK)
    for line in name:
        at -= size * 1.06
        _aligned(canvas, line, "display", size, x, at + size * 0.22, room, typeset.is_rtl(face.name))
    at -= 2.5 * mm
    for line in org:
        at -= org_size * 1.25
        _aligned(canvas, line, "text", org_size, x, at + org_size * 0.25, room, typeset.is_rtl(face.organisation))


def _aligned(canvas: Canvas, text: str, style: str, size: float, x: float, y: float, room: float, rtl: bool) -> None:
    typeset.draw(canvas, x + room - typeset.width(text, style, size) if rtl else x, y, text, style, size)


def _band(canvas: Canvas, face: Face, x: float, y: float, width: float, height: float, size: float) -> None:
    """The black band: initial in a circle and the role in words; it reads the same on any printer."""
    canvas.setFillColor(INK)
    canvas.rect(x, y, width, height, stroke=0, fill=1)
    canvas.setFillColorRGB(1, 1, 1)
    radius, middle = height * 0.29, y + height / 2
    pad = min(PAD, 4 * mm + width * 0.03)
    canvas.circle(x + pad + radius, middle, radius, stroke=0, fill=1)
    typeset.draw(canvas, x + pad + 2 * radius + 3 * mm, middle - size * 0.35, face.role_word, "display", size)
    canvas.setFillColor(INK)
    initial = face.role_word[:1].upper()
    typeset.draw(canvas, x + pad + radius - typeset.width(initial, "display", size * 0.85) / 2, middle - size * 0.3, initial, "display", size * 0.85)


def _code_matrix(canvas: Canvas, token: str, x: float, y: float, side: float) -> None:
    """The QR with its quiet zone in a square of *side* points, as one path of whole-number rectangles."""
    modules = qr.matrix(token)
    count = len(modules)
    unit = side / (count + 2 * qr.QUIET)
    left, top = x + qr.QUIET * unit, y + side - qr.QUIET * unit
    boxes = [f"{start} {-row - 1} {length} 1 re" for row, line in enumerate(modules) for start, length in qr.runs(line)]
    canvas.addLiteral(f"q {unit:.4f} 0 0 {unit:.4f} {left:.3f} {top:.3f} cm 0 g {' '.join(boxes)} f Q")


def _code_and_languages(canvas: Canvas, face: Face, x: float, y: float, size: float) -> None:
    canvas.setFillColor(INK)
    at = y + 3 * mm
    for language in reversed(face.languages[:4]):
        typeset.draw(canvas, x, at, language, "text", 10)
        at += 14
    at += 2 * mm
    for half in reversed(spaced(face.code).split()):
        typeset.draw(canvas, x, at, half, "code", size)
        at += size * 1.12


def _back(canvas: Canvas, face: Face) -> None:
    width, height = A6
    canvas.setFillColor(INK)
    for text, style, sizes, down in ((face.day_title, "display", (15.0, 14.0, 13.0, 12.0, 11.0, 10.0), 12), (face.name, "text", (9.5, 8.5, 7.5), 24)):
        (shown,), size = typeset.fitted(text, style, sizes, width - 2 * PAD, 1)
        typeset.draw(canvas, PAD, height - PAD - down, shown, style, size)
    floor = PAD + len(face.notes) * 11 + 4 * mm
    draw_day(canvas, face.day, PAD, height - PAD - 24 - 5 * mm, width - 2 * PAD, floor)
    canvas.setStrokeColor(INK)
    canvas.setLineWidth(0.8)
    canvas.line(PAD, floor - 2 * mm, width - PAD, floor - 2 * mm)
    for line, note in enumerate(face.notes):
        (text,), size = typeset.fitted(note, "text", (8.5, 7.5, 6.5), width - 2 * PAD, 1)
        typeset.draw(canvas, PAD, floor - 2 * mm - 11 * (line + 1), text, "text", size)


def draw_day(canvas: Canvas, day: tuple[DayLine, ...], x: float, top: float, room: float, floor: float, scale: float = 1.0) -> None:
    """Hours, the rose line, what and where; a day too long for the paper says how many lines are left out."""
    margin = x + 14 * mm * scale
    at = top
    for done, line in enumerate(day):
        high = (19.0 if line.kind == "trip" else 30.0) * scale
        if at - high < floor + (12 * scale if done < len(day) - 1 else 0):
            typeset.draw(canvas, margin + 3 * mm, at - 11 * scale, f"+ {len(day) - done}", "bold", 9 * scale)
            return
        _day_line(canvas, line, at, margin, x + room - margin - 3 * mm * scale, high, scale)
        at -= high


def _day_line(canvas: Canvas, line: DayLine, at: float, margin: float, room: float, high: float, scale: float) -> None:
    trip = line.kind == "trip"
    canvas.setStrokeColor(INK if trip else ROSE)
    canvas.setLineWidth(3 if trip else 1.2)
    canvas.setDash([0.1, 6] if trip else [], 3 if trip else 0)
    canvas.setLineCap(1 if trip else 0)
    canvas.line(margin, at, margin, at - high)
    canvas.setDash([], 0)
    canvas.setFillColor(INK)
    size, text = 9.5 * scale, margin + 3 * mm * scale
    typeset.draw(canvas, margin - 2.5 * mm * scale - typeset.width(line.time, "bold", size), at - 12 * scale, line.time, "bold", size)
    if not trip:
        typeset.draw(canvas, text, at - 12 * scale, typeset.fitted(line.title, "bold", (size,), room, 1)[0][0], "bold", size)
    base = at - (12 if trip else 24) * scale
    where = line.title if trip else line.where
    end = plate(canvas, text, base, line.campus, 8.5 * scale) + 1.2 * mm * scale if line.campus else text
    typeset.draw(canvas, end, base, typeset.fitted(where, "text", (9 * scale,), room - (end - text), 1)[0][0], "text", 9 * scale)


def plate(canvas: Canvas, x: float, y: float, number: int, size: float) -> float:
    """A campus number as a house number; where it ends."""
    wide = max(typeset.width(str(number), "bold", size) + size * 0.7, size * 1.7)
    canvas.setStrokeColor(INK)
    canvas.setLineWidth(size * 0.1)
    canvas.roundRect(x, y - size * 0.32, wide, size * 1.35, size * 0.18, stroke=1, fill=0)
    canvas.setFillColor(INK)
    typeset.draw(canvas, x + (wide - typeset.width(str(number), "bold", size)) / 2, y, str(number), "bold", size)
    return x + wide


def _label_wide(canvas: Canvas, face: Face) -> None:
    """100 × 62 mm: name left, code right, band below."""
    width, height = SIZES["label100"]
    band, side = 10 * mm, 38 * mm
    _band(canvas, face, 0, 0, width, band, 13)
    _code_matrix(canvas, face.token, width - side - 2 * mm, height - side - 2 * mm, side)
    _identity(canvas, face, 4 * mm, band + 2 * mm, width - side - 9 * mm, height - band - 4 * mm, (22.0, 20.0, 18.0, 16.0, 14.0, 12.0, 10.0))
    code = spaced(face.code)
    typeset.draw(canvas, width - 2 * mm - side / 2 - typeset.width(code, "code", 12) / 2, band + 3.5 * mm, code, "code", 12)


def _label_tall(canvas: Canvas, face: Face) -> None:
    """62 mm wide, 100 mm of tape: name, code, band."""
    width, height = SIZES["label62"]
    band, side = 11 * mm, 42 * mm
    _band(canvas, face, 0, 0, width, band, 13)
    code = spaced(face.code)
    typeset.draw(canvas, (width - typeset.width(code, "code", 13)) / 2, band + 3 * mm, code, "code", 13)
    _code_matrix(canvas, face.token, (width - side) / 2, band + 7 * mm, side)
    top = band + 7 * mm + side
    _identity(canvas, face, 4 * mm, top, width - 8 * mm, height - top - 3 * mm, (22.0, 20.0, 18.0, 16.0, 14.0, 12.0, 10.0))
