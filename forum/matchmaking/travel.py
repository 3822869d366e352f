"""Minutes between campuses as meetings need them: a campus that closed for good stands in no matrix, and asks no journey."""

from dataclasses import dataclass
from uuid import UUID

from forum.campuses.travel import Matrix
from forum.campuses.travels import matrix_of


@dataclass(frozen=True, slots=True)
class Minutes:
    """Door to door, by slug of campus."""

    matrix: Matrix

    def between(self, origin: str, destination: str) -> int:
        if origin not in self.matrix or destination not in self.matrix:
            return 0
        return self.matrix.between(origin, destination)


async def minutes_between(edition: UUID, *, step_free: bool = False) -> Minutes:
    """The minutes in force now; step-free ways only when asked."""
    return Minutes(await matrix_of(edition, step_free=step_free))
