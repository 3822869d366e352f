"""Makes `forum/badges/fonts.zip`, the faces badges are printed with, from the npm packages of Fontsource (all SIL OFL 1.1).

    uv run --with fonttools python tools/print_fonts.py

Each slice becomes a TrueType file without hinting, kerning of Han and other tables a PDF has no use for; `index.json` lists
its characters. Run it again only to add a script or take newer faces: the archive is checked in.
"""

import io
import json
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import Any, Final

from fontTools.ttLib import TTFont

OUT: Final = Path(__file__).resolve().parent.parent / "forum" / "badges" / "fonts.zip"
# package → weights, and the slices wanted (none: all but those another package serves better)
FACES: Final[dict[str, tuple[tuple[int, ...], tuple[str, ...]]]] = {
    "bricolage-grotesque": ((800,), ("latin", "latin-ext", "vietnamese")),
    "public-sans": ((400, 700), ("latin", "latin-ext", "vietnamese")),
    "atkinson-hyperlegible-mono": ((700,), ("latin",)),
    "noto-sans": ((400, 700), ()),
    "noto-sans-arabic": ((400, 700), ("arabic",)),
    "noto-sans-hebrew": ((700,), ("hebrew",)),
    "noto-sans-armenian": ((700,), ("armenian",)),
    "noto-sans-georgian": ((700,), ("georgian",)),
    "noto-sans-thai": ((700,), ("thai",)),
    "noto-sans-tamil": ((700,), ("tamil",)),
    "noto-sans-bengali": ((700,), ("bengali",)),
    "noto-sans-sc": ((700,), ()),
    "noto-sans-kr": ((700,), ()),
    "noto-emoji": ((700,), ()),
}
# package → what its numbered slices are kept for; Latin, symbols, the whole again in one file: other faces have them
KEPT: Final[dict[str, tuple[tuple[int, int], ...]]] = {
    "noto-sans-sc": ((0x2E80, 0x9FFF), (0x20001, 0x10FFFF)),
    "noto-sans-kr": ((0x1100, 0x11FF), (0x3130, 0x318F), (0xAC00, 0xD7A3)),
    "noto-emoji": ((0x2600, 0x27BF), (0x1F000, 0x1FAFF)),
}
USELESS: Final = ("fpgm", "prep", "cvt ", "gasp", "DSIG", "STAT", "vhea", "vmtx", "VORG", "MATH", "HVAR", "MVAR", "avar", "fvar", "gvar")
SHAPED: Final = ("arabic", "hebrew", "thai", "tamil", "bengali", "devanagari")


def main() -> None:
    index: list[dict[str, Any]] = []
    with zipfile.ZipFile(OUT, "w", zipfile.ZIP_LZMA) as archive, tempfile.TemporaryDirectory() as scratch:
        for package, (weights, slices) in FACES.items():
            for name, data in sorted(fetch(package, Path(scratch)).items()):
                part, weight = parse(name, package)
                if weight in weights and (not slices or part in slices):
                    add(archive, index, package, part, weight, data)
        write(archive, "index.json", json.dumps(index, separators=(",", ":")).encode())
        write(archive, "LICENSE.txt", b"All faces in this archive are under the SIL Open Font License 1.1, https://openfontlicense.org\n")
    print(f"{len(index)} slices, {OUT.stat().st_size / 1e6:.1f} MB", file=sys.stderr)


def fetch(package: str, scratch: Path) -> dict[str, bytes]:
    """The upright woff files of one package."""
    packed = subprocess.run(["npm", "pack", f"@fontsource/{package}", "--silent"], cwd=scratch, capture_output=True, text=True, check=True)
    with tarfile.open(scratch / packed.stdout.split()[-1]) as tar:
        wanted = [member for member in tar.getmembers() if member.name.endswith("-normal.woff")]
        return {Path(member.name).name: tar.extractfile(member).read() for member in wanted}  # type: ignore[union-attr]


def parse(name: str, package: str) -> tuple[str, int]:
    """`noto-sans-sc-14-700-normal.woff` → ("14", 700)."""
    part, weight, _ = name.removeprefix(package + "-").rsplit("-", 2)
    return part, int(weight)


def add(archive: zipfile.ZipFile, index: list[dict[str, Any]], package: str, part: str, weight: int, data: bytes) -> None:
    font = TTFont(io.BytesIO(data))
    kept = KEPT.get(package)
    if kept and (not part.isdigit() or not any(first <= c <= last for c in font.getBestCmap() for first, last in kept)):
        return
    shaped = any(script in (part, *package.split("-")) for script in SHAPED)
    for table in (*USELESS, *(() if shaped else ("GSUB", "GPOS", "GDEF"))):
        if table in font:
            del font[table]
    font.flavor = None
    file = f"{package}-{part}-{weight}.ttf"
    font["name"].names = []
    for field in (1, 4, 6):  # a PDF tells fonts apart by name, and slices of one family come with the same one
        font["name"].setName(file.removesuffix(".ttf"), field, 3, 1, 0x409)
    out = io.BytesIO()
    font.save(out)
    write(archive, file, out.getvalue())
    index.append({"file": file, "family": package, "weight": weight, "shaped": shaped, "ranges": ranges(sorted(font.getBestCmap()))})


def ranges(points: list[int]) -> list[list[int]]:
    found: list[list[int]] = []
    for point in points:
        if found and point == found[-1][1] + 1:
            found[-1][1] = point
        else:
            found.append([point, point])
    return found


def write(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    """With a fixed date, so the same faces make the same archive."""
    info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_LZMA
    archive.writestr(info, data)


if __name__ == "__main__":
    main()
