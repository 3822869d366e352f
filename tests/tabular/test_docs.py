"""The page for organisers names every list with its columns."""

import re
from pathlib import Path

from forum.tabular.lists import KINDS

PAGE = Path(__file__).parents[2] / "docs" / "lists-and-journeys.md"


def test_the_table_of_lists_is_the_code() -> None:
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \| ([^|]+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    written = {name: (needed.strip().split(", "), more.strip().split(", ")) for name, needed, more in rows}
    assert written == {
        kind.name: ([c.name for c in kind.columns if c.required], [c.name for c in kind.columns if not c.required]) for kind in KINDS.values()
    }
