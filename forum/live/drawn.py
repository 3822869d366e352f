"""Rows of the control screen already drawn: of a hundred campuses a few change between two looks, and drawing is most of a look's cost."""

from collections.abc import Callable, Hashable
from typing import Final

MOST: Final = 1000  # 100 campuses, two languages, screens and walls, and the row before

_kept: dict[Hashable, str] = {}


def drawn(key: Hashable, draw: Callable[..., str], *args: object) -> str:
    """What `draw(*args)` made the last time for *key*, which names everything it shows. The longest unused is forgotten."""
    text = _kept.pop(key, None)
    if text is None:
        text = draw(*args)
        while len(_kept) >= MOST:
            del _kept[next(iter(_kept))]
    _kept[key] = text
    return text
