"""Travel between the campuses of an edition as the agenda's rules read it: minutes in memory, read again every few seconds."""

import time
from typing import Final
from uuid import UUID

from forum.agenda.model import Travel
from forum.campuses import travels
from forum.campuses.travel import LONGEST, Matrix

KEPT_SECONDS: Final = 5.0
_kept: dict[tuple[UUID, bool], tuple[float, Matrix, Travel]] = {}


async def travel(edition: UUID, *, step_free: bool = False) -> Travel:
    """Minutes between every two campuses, live changes included, *step_free* for those who need it; at most five seconds old."""
    read, known, made = _kept.get((edition, step_free), (0.0, None, Travel({})))
    if time.monotonic() - read < KEPT_SECONDS:
        return made
    found = await travels.matrix_of(edition, step_free=step_free)
    if known is None or found != known:
        made = plain(found)
    _kept[edition, step_free] = (time.monotonic(), found, made)
    return made


def plain(found: Matrix) -> Travel:
    """A matrix as the rules read it; ten hours is no way."""
    return Travel({(here, there): minutes for here, there, minutes in found.pairs() if minutes < LONGEST})


def forget() -> None:
    """Read again at the next question: between tests, and when a line closes."""
    _kept.clear()
