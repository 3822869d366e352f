"""What people may send to the agenda."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

Code = Annotated[str, msgspec.Meta(min_length=3, max_length=12)]


class StarForm(msgspec.Struct, forbid_unknown_fields=True):
    """The button pressed in a list: the code of one session, and where to return to."""

    star: Code
    back: str = "/programme"


class SeatForm(msgspec.Struct, forbid_unknown_fields=True):
    """A seat asked for; `anyway` accepts a journey that is too short."""

    anyway: str = ""


class EmptyForm(msgspec.Struct, forbid_unknown_fields=True):
    """A button."""


class EditForm(msgspec.Struct, forbid_unknown_fields=True):
    """What to do with the chosen sessions of the draft. `start` is wall-clock time on the room's campus."""

    version: int
    act: str
    session: list[UUID] = []
    room: UUID | None = None
    start: datetime | None = None
    by: Annotated[int, msgspec.Meta(ge=-1440, le=1440)] = 0
    back: str = "/organise/agenda"


class StepForm(msgspec.Struct, forbid_unknown_fields=True):
    """Undo or redo."""

    version: int
    back: str = "/organise/agenda"


class ReleaseForm(msgspec.Struct, forbid_unknown_fields=True):
    """A release of the draft as it was looked at."""

    version: int
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    note: Annotated[str, msgspec.Meta(max_length=4000)] = ""
    despite: str = ""


class SessionForm(msgspec.Struct, forbid_unknown_fields=True):
    """A session's words; speakers one per line, equipment separated by commas."""

    title: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    minutes: Annotated[int, msgspec.Meta(ge=1, le=1440)]
    version: int = 0
    subtitle: Annotated[str, msgspec.Meta(max_length=400)] = ""
    kind: Annotated[str, msgspec.Meta(max_length=60)] = "talk"
    track: Annotated[str, msgspec.Meta(max_length=80)] = ""
    language: Annotated[str, msgspec.Meta(max_length=20)] = "fr"
    level: Annotated[str, msgspec.Meta(max_length=40)] = ""
    abstract: Annotated[str, msgspec.Meta(max_length=20000)] = ""
    description: Annotated[str, msgspec.Meta(max_length=50000)] = ""
    speakers: Annotated[str, msgspec.Meta(max_length=4000)] = ""
    needs: Annotated[str, msgspec.Meta(max_length=400)] = ""
    seats: Annotated[int, msgspec.Meta(ge=0, le=20000)] | None = None
    reservable: str = ""

    def words(self) -> dict[str, object]:
        """The fields as `service` takes them."""
        found: dict[str, object] = {
            name: getattr(self, name) for name in ("title", "subtitle", "kind", "track", "language", "level", "abstract", "description", "minutes", "seats")
        }
        return found | {"reservable": bool(self.reservable), "needs": [n.strip() for n in self.needs.split(",") if n.strip()]}


class FreeForm(msgspec.Struct, forbid_unknown_fields=True):
    """A speaker's availability: half-days as `2028-11-16/am`; none says always."""

    free: list[Annotated[str, msgspec.Meta(max_length=20)]] = []


class TieForm(msgspec.Struct, forbid_unknown_fields=True):
    """The address of the account a speaker has."""

    email: Annotated[str, msgspec.Meta(min_length=3, max_length=254)]
