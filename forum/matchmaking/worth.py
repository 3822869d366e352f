"""What a wish is worth to the plan, from what both sides declared: its rank, and the company's star. Pure.

Never from who the person is. The table is shown as it stands on the public page "how meetings are proposed".
"""

from functools import cache
from typing import Final

MUTUAL_FIRST: Final = 100
MUTUAL_TOP: Final = 70  # second and third choice
MUTUAL: Final = 50
ONE_SIDED: Final = 20
LEAST: Final = 5
MUTUAL_LEAST: Final = 31  # every mutual wish is worth more than any one-sided one, so the worth tells them apart


@cache
def worth(rank: int, starred: bool) -> int:
    """1..100: a mutual first choice 100, a mutual top three 70, mutual 50, one-sided 20; each further rank one point less.

    >>> worth(1, True), worth(2, True), worth(3, True), worth(4, True), worth(1, False), worth(40, False)
    (100, 70, 69, 50, 20, 5)
    """
    if starred:
        if rank == 1:
            return MUTUAL_FIRST
        return MUTUAL_TOP - (rank - 2) if rank <= 3 else max(MUTUAL_LEAST, MUTUAL - (rank - 4))
    return max(LEAST, ONE_SIDED - (rank - 1))


def steps() -> tuple[tuple[int, int, int], ...]:
    """(rank, worth when mutual, worth when one-sided) for the ranks where something changes, for the public page."""
    return tuple((rank, worth(rank, True), worth(rank, False)) for rank in (1, 2, 3, 4, 5, 8, 12, 20))
