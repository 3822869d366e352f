"""What the control screen may send."""

from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

Slug = Annotated[str, Meta(max_length=40)]


class Nothing(Struct, forbid_unknown_fields=True):
    """A button and nothing else."""


class AlertForm(Struct, forbid_unknown_fields=True):
    """An alert by its key, and what about it."""

    alert: Annotated[str, Meta(min_length=1, max_length=120)]
    what: Literal["take", "later"]


class EntriesForm(Struct, forbid_unknown_fields=True):
    state: Literal["pause", "resume"]


class MoveForm(Struct, forbid_unknown_fields=True):
    room: UUID


class AnnounceForm(Struct, forbid_unknown_fields=True, kw_only=True):
    """An announcement; `campus` is a slug for the audiences that are about one, `company` an id."""

    audience: Literal["everyone", "campus", "inside", "company"]
    campus: Slug = ""
    company: UUID | None = None
    text_fr: Annotated[str, Meta(min_length=3, max_length=500)]
    text_en: Annotated[str, Meta(min_length=3, max_length=500)]
    minutes: Annotated[int, Meta(ge=5, le=600)] = 30
    urgent: bool = False
    by_mail: bool = False
