"""Cells that a spreadsheet could take for formulas, made plain text, and back.

A cell that starts with `=`, `+`, `-`, `@`, a tab or a carriage return (also after spaces, and their full-width forms) gets an
apostrophe before it (OWASP, "CSV Injection"); plain numbers such as -3.5 stay numbers.
"""

import re
from typing import Final

DANGEROUS: Final = re.compile(r"\s*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
NUMBER: Final = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?", re.ASCII)
GUARDED: Final = re.compile(r"'(?=\s*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20'])")


def guarded(cell: str) -> str:
    """*cell*, with an apostrophe before it when a spreadsheet could take it for a formula."""
    if NUMBER.fullmatch(cell):
        return cell
    return "'" + cell if DANGEROUS.match(cell) or GUARDED.match(cell) else cell


def unguarded(cell: str) -> str:
    """What `guarded` made of it, undone."""
    return cell[1:] if GUARDED.match(cell) else cell
