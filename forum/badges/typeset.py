"""Text on paper in any script: the face for each character, shaping where the script needs it, and both directions."""

import io
import json
import unicodedata
import zipfile
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont, shapeStr

ARCHIVE: Final = Path(__file__).with_name("fonts.zip")
# style → (family, weight) in order of preference; what no face has is printed as MISSING
STYLES: Final[dict[str, tuple[tuple[str, int], ...]]] = {
    "display": (("bricolage-grotesque", 800), ("noto-sans", 700)),
    "text": (("public-sans", 400), ("noto-sans", 400), ("noto-sans-arabic", 400)),
    "bold": (("public-sans", 700), ("noto-sans", 700)),
    "code": (("atkinson-hyperlegible-mono", 700),),
}
MISSING: Final = "?"
RTL: Final = frozenset({"R", "AL"})
NUMBERS: Final = frozenset({"EN", "AN"})


@dataclass(frozen=True, slots=True)
class Slice:
    """One font file of the archive and the characters it has (sorted starts and ends, inclusive)."""

    file: str
    family: str
    weight: int
    shaped: bool
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def has(self, point: int) -> bool:
        at = bisect_right(self.starts, point) - 1
        return at >= 0 and point <= self.ends[at]


@dataclass(frozen=True, slots=True)
class Run:
    """Characters of one face and one direction, in reading order; runs come in visual order, left to right."""

    font: str
    text: str
    shaped: bool


@cache
def slices() -> tuple[Slice, ...]:
    with zipfile.ZipFile(ARCHIVE) as archive:
        listed = json.loads(archive.read("index.json"))
    return tuple(
        Slice(each["file"], each["family"], each["weight"], each["shaped"], tuple(a for a, _ in each["ranges"]), tuple(b for _, b in each["ranges"]))
        for each in listed
    )


@cache
def _chain(style: str) -> tuple[Slice, ...]:
    """Every slice in the order a style prefers them: its own families, then all of Noto, nearest weight first."""
    preferred = STYLES[style]
    weight = preferred[0][1]

    def rank(one: Slice) -> tuple[int, int]:
        return (preferred.index((one.family, one.weight)), 0) if (one.family, one.weight) in preferred else (len(preferred), abs(one.weight - weight))

    return tuple(sorted((one for one in slices() if one.family.startswith("noto") or (one.family, one.weight) in preferred), key=rank))


@lru_cache(maxsize=20_000)
def _slice_for(character: str, style: str) -> Slice | None:
    return next((one for one in _chain(style) if one.has(ord(character))), None)


@cache
def _font(file: str) -> str:
    """The registered name of a slice, loaded on first use."""
    with zipfile.ZipFile(ARCHIVE) as archive:
        data = archive.read(file)
    name = file.removesuffix(".ttf")
    pdfmetrics.registerFont(TTFont(name, io.BytesIO(data), shapable=True))
    return name


def missing(text: str, style: str = "text") -> str:
    """The characters of *text* no face has: they would print as "?"."""
    return "".join(sorted({c for c in unicodedata.normalize("NFC", text) if not c.isspace() and not _ignorable(c) and _slice_for(c, style) is None}))


@lru_cache(maxsize=4096)
def runs(text: str, style: str) -> tuple[Run, ...]:
    """*text* as runs in visual order."""
    text = "".join(" " if c.isspace() else c for c in unicodedata.normalize("NFC", text) if c.isspace() or not _ignorable(c))
    faces = _faces(text, style)
    levels = _levels(text)
    pieces: list[tuple[int, Run]] = []
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or faces[at] != faces[start] or levels[at] != levels[start]:
            one = faces[start]
            words = text[start:at] if one is not None else MISSING * (at - start)
            one = one or _slice_for(MISSING, style)
            assert one is not None
            pieces.append((levels[start], Run(_font(one.file), words, one.shaped)))
            start = at
    return tuple(_visual(pieces))


def _faces(text: str, style: str) -> list[Slice | None]:
    """The slice of each character; spaces and marks stay with the character before when its slice has them."""
    found: list[Slice | None] = []
    for character in text:
        before = found[-1] if found else None
        follows = before is not None and (unicodedata.combining(character) or (character == " " and before.family != "noto-emoji"))  # whose space is a letter wide
        stays = before is not None and follows and before.has(ord(character))
        found.append(before if stays else _slice_for(character, style))
    return found


def _levels(text: str) -> list[int]:
    """Embedding levels, the part of the bidirectional algorithm (UAX 9) names and titles need: no explicit marks."""
    kinds = [unicodedata.bidirectional(character) for character in text]
    base = 1 if next((kind for kind in kinds if kind in RTL or kind == "L"), "L") in RTL else 0
    levels: list[int | None] = []
    strong = base
    for kind in kinds:
        if kind in RTL or kind == "L":
            strong = 1 if kind in RTL else 0
            levels.append(strong if strong or not base else 2)
        elif kind in NUMBERS:
            levels.append(2 if strong else base * 2)
        elif kind == "NSM" and levels:
            levels.append(levels[-1])
        else:
            levels.append(None)
    return _neutrals(levels, base)


def _neutrals(levels: list[int | None], base: int) -> list[int]:
    """Spaces and punctuation take the direction of both neighbours when they agree (numbers count as right-to-left there)."""
    settled: list[int] = []
    for at, level in enumerate(levels):
        if level is not None:
            settled.append(level)
            continue
        before = settled[-1] if settled else base
        after = next((later for later in levels[at:] if later is not None), base)
        agree = bool(before) == bool(after) and (base == 0 or before == after)
        settled.append(min(before, after) if agree else base)
    return settled


def _visual(pieces: list[tuple[int, Run]]) -> list[Run]:
    """Reverse every stretch at or above each level, highest first (rule L2)."""
    order = list(pieces)
    for level in range(max((level for level, _ in pieces), default=0), 0, -1):
        at = 0
        while at < len(order):
            end = at
            while end < len(order) and order[end][0] >= level:
                end += 1
            order[at:end] = order[at:end][::-1]
            at = max(end, at + 1)
    return [run for _, run in order]


def _ignorable(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn") and character not in "\u200c\u200d"


@lru_cache(maxsize=8192)
def _shaped(run: Run, size: float) -> tuple[Any, float]:
    """What to hand to the canvas for *run*, and its width in points."""
    if run.shaped:
        word = shapeStr(run.text, run.font, size, force=True)
        return word, sum(glyph.x_advance for glyph in word.__shapeData__) * size / 1000
    return run.text, pdfmetrics.stringWidth(run.text, run.font, size)


def width(text: str, style: str, size: float) -> float:
    """Points *text* takes on one line."""
    return sum(_shaped(run, size)[1] for run in runs(text, style))


def draw(canvas: Any, x: float, y: float, text: str, style: str, size: float) -> float:
    """Write *text* from *x* on the baseline *y*; where it ends."""
    for run in runs(text, style):
        words, length = _shaped(run, size)
        canvas.setFont(run.font, size)
        canvas.drawString(x, y, words)
        x += length
    return x


def is_rtl(text: str) -> bool:
    """Whether a paragraph of *text* starts at the right."""
    return next((kind for kind in map(unicodedata.bidirectional, text) if kind in RTL or kind == "L"), "L") in RTL


def wrap(text: str, style: str, size: float, room: float, lines: int) -> list[str] | None:
    """*text* broken at spaces, after hyphens and between Han characters into at most *lines* lines of *room* points; None when it does not fit."""
    found = [""]
    for piece in _pieces(text):
        longer = found[-1] + piece
        if width(longer.strip(), style, size) <= room:
            found[-1] = longer
        elif len(found) < lines and width(piece.strip(), style, size) <= room:
            found.append(piece)
        else:
            return None
    return [line.strip() for line in found]


def _pieces(text: str) -> list[str]:
    pieces = [""]
    for character in text:
        pieces[-1] += character
        if character in " -‐" or "\u3000" <= character <= "\u9fff" or character >= "\U00020000":
            pieces.append("")
    return [piece for piece in pieces if piece]


def fitted(text: str, style: str, sizes: tuple[float, ...], room: float, lines: int) -> tuple[list[str], float]:
    """The largest of *sizes* at which *text* fits, and its lines; at the smallest, what does not fit is cut with an ellipsis."""
    for size in sizes:
        broken = wrap(text, style, size, room, lines)
        if broken is not None:
            return broken, size
    return _cut(text, style, sizes[-1], room, lines), sizes[-1]


def _cut(text: str, style: str, size: float, room: float, lines: int) -> list[str]:
    """Filled character by character: for a word longer than a line."""
    found = [""]
    for character in text:
        if width(found[-1] + character, style, size) > room - (width("…", style, size) if len(found) == lines else 0):
            if len(found) == lines:
                found[-1] += "…"
                break
            found.append("")
        found[-1] += character
    return [line.strip() for line in found]
