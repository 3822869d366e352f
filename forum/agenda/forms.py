"""What people may send to the agenda."""

from typing import Annotated

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
