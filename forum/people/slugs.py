"""The end of a company's address, made from its name. Pure."""

import re

from forum.tabular.kinds import plain


def slug_of(name: str, taken: set[str]) -> str:
    """*name* as the end of an address, with a number where another company has it."""
    words = "-".join(filter(None, (re.sub(r"[^a-z0-9]", "", plain(word)) for word in re.split(r"[^\w]+", name))))[:50].strip("-") or "company"
    return next(slug for slug in (words, *(f"{words}-{n}" for n in range(2, 100_000))) if slug not in taken)
