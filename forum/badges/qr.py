"""QR codes of tokens: fixed mask and version, so one takes a millisecond, as a matrix, one SVG path or a one-bit PNG."""

import struct
import zlib
from functools import lru_cache
from typing import Final

QUIET: Final = 4  # light modules around the code; scanners need them
MASK: Final = 2  # choosing among the eight masks is 80 % of the time of making a code; any one of them is valid
# Alphanumeric characters at level M (ISO/IEC 18004, table 7), from the version a badge with one grant needs.
CAPACITY: Final = {6: 154, 7: 178, 8: 221, 9: 262, 10: 311, 11: 366, 12: 419}

Matrix = tuple[tuple[bool, ...], ...]


@lru_cache(maxsize=512)
def matrix(text: str) -> Matrix:
    """The dark modules of *text*, square, without the quiet zone: 41 a side for an ordinary badge.

    Raises ValueError for text outside the QR alphanumeric alphabet or above 419 characters.
    """
    version = next((version for version, most in CAPACITY.items() if len(text) <= most), None)
    if version is None:
        raise ValueError("a token has at most 419 characters")
    return _made(text, version, alphanumeric=True)


def _made(text: str, version: int | None, *, alphanumeric: bool) -> Matrix:
    """The dark modules of *text* at level M; without a *version* the smallest that holds it."""
    from qrcode.constants import ERROR_CORRECT_M  # late: it loads Pillow, and a start of `forum serve` draws nothing
    from qrcode.main import QRCode
    from qrcode.util import MODE_ALPHA_NUM, QRData

    code: QRCode = QRCode(version=version, error_correction=ERROR_CORRECT_M, mask_pattern=MASK)  # type: ignore[type-arg]
    code.add_data(QRData(text.encode(), mode=MODE_ALPHA_NUM if alphanumeric else None, check_data=True))  # type: ignore[call-overload]
    code.make(fit=version is None)
    return tuple(tuple(bool(module) for module in line) for line in code.modules)


def path(modules: Matrix) -> str:
    """SVG path data of the dark modules: one sub-path per run in a line, one unit a module."""
    parts: list[str] = []
    for y, line in enumerate(modules):
        for start, length in runs(line):
            parts.append(f"M{start} {y}h{length}v1h-{length}z")
    return "".join(parts)


def runs(line: tuple[bool, ...]) -> list[tuple[int, int]]:
    """(first, length) of every run of dark modules in *line*."""
    found: list[tuple[int, int]] = []
    start = None
    for x, dark in enumerate((*line, False)):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            found.append((start, x - start))
            start = None
    return found


def svg(text: str, label: str = "") -> str:
    """An SVG of *text* with its quiet zone, black on white whatever the page's theme; *label* is what a screen reader says."""
    return _svg(matrix(text), label)


def svg_of_address(address: str, label: str = "") -> str:
    """An SVG of any web address, as bytes at level M in the smallest version that holds it."""
    return _svg(matrix_of_address(address), label)


def matrix_of_address(address: str) -> Matrix:
    """The dark modules of any text, as bytes."""
    return _made(address, None, alphanumeric=False)


def _svg(modules: Matrix, label: str) -> str:
    side = len(modules) + 2 * QUIET
    name = f' role="img" aria-label="{_escape(label)}"' if label else ' aria-hidden="true"'
    return (
        f'<svg class="qr" xmlns="http://www.w3.org/2000/svg" viewBox="-{QUIET} -{QUIET} {side} {side}" shape-rendering="crispEdges"{name}>'
        f'<path fill="#fff" d="M-{QUIET}-{QUIET}h{side}v{side}h-{side}z"/><path fill="#000" d="{path(modules)}"/></svg>'
    )


def png(text: str, scale: int = 8) -> bytes:
    """A one-bit PNG of *text* with its quiet zone, *scale* pixels a module (1 … 40): under 2 kB at 8."""
    if not 1 <= scale <= 40:
        raise ValueError("scale is 1 to 40 pixels a module")
    modules = matrix(text)
    side = (len(modules) + 2 * QUIET) * scale
    blank = b"\x00" + b"\xff" * ((side + 7) // 8)
    lines = [blank] * (QUIET * scale)
    for line in modules:
        lines += [_png_line(line, side, scale)] * scale
    lines += [blank] * (QUIET * scale)
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(b"".join(lines), 9)) + _chunk(b"IEND", b"")


def _png_line(line: tuple[bool, ...], side: int, scale: int) -> bytes:
    """Filter byte 0, then one bit a pixel, 1 light."""
    bits = (1 << side) - 1
    for start, length in runs(line):
        bits &= ~(((1 << length * scale) - 1) << side - (start + QUIET + length) * scale)
    width = (side + 7) // 8
    return b"\x00" + (bits << width * 8 - side).to_bytes(width)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
