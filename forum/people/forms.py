"""What a person may send about themselves."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from forum.forms import ADDRESS_SHAPE

Line = Annotated[str, Meta(min_length=1, max_length=120)]
Email = Annotated[str, Meta(max_length=254, pattern=ADDRESS_SHAPE)]
Words = Annotated[list[Annotated[str, Meta(max_length=80)]], Meta(max_length=30)]


class RegisterForm(Struct, forbid_unknown_fields=True, kw_only=True):
    """One page, few fields. `days` are `YYYY-MM-DD:campus-slug`."""

    name: Line
    email: Email
    purpose: Literal["candidate", "visitor", "academy", "recruiter", "speaker", "press"]
    days: Annotated[list[Annotated[str, Meta(max_length=60)]], Meta(min_length=1, max_length=10)]
    target_roles: Words = []
    skills: Annotated[str, Meta(max_length=400)] = ""
    languages: Words = []
    company: Annotated[str, Meta(max_length=120)] = ""
    minor: bool = False
    guardian_email: Annotated[str, Meta(max_length=254)] = ""
    step_free_need: bool = False


class EmailForm(Struct, forbid_unknown_fields=True):
    email: Email
    next: Annotated[str, Meta(max_length=500)] = "/"


class AddressForm(Struct, forbid_unknown_fields=True):
    """The address one wants to have."""

    email: Email


class CodeForm(Struct, forbid_unknown_fields=True):
    """A code from a mail or an authenticator; spaces people type are forgiven."""

    code: Annotated[str, Meta(min_length=6, max_length=20)]
    next: Annotated[str, Meta(max_length=500)] = "/"


class NextForm(Struct, forbid_unknown_fields=True):
    next: Annotated[str, Meta(max_length=500)] = "/"


class DaysForm(Struct, forbid_unknown_fields=True):
    """`days` as in RegisterForm; `version` is that of the page."""

    version: int
    days: Annotated[list[Annotated[str, Meta(max_length=60)]], Meta(max_length=10)] = []


class VersionForm(Struct, forbid_unknown_fields=True):
    version: int


class ProfileForm(Struct, forbid_unknown_fields=True, kw_only=True):
    """What a candidate declares; each is optional, nothing else is known to the matchmaking."""

    target_roles: Words = []
    skills: Annotated[str, Meta(max_length=400)] = ""
    languages: Words = []
    contracts: Words = []
    level: Literal["", "student", "junior", "confirmed", "senior", "retraining"] = ""
    about: Annotated[str, Meta(max_length=2000)] = ""
    max_meetings: Annotated[int, Meta(ge=1, le=20)] = 6


class DetailsForm(Struct, forbid_unknown_fields=True, kw_only=True):
    name: Line
    language: Literal["fr", "en"]
    step_free_need: bool = False


class KeepForm(Struct, forbid_unknown_fields=True):
    """Consent to be kept for the next edition; an unticked box takes it back."""

    keep: bool = False


class GroupForm(Struct, forbid_unknown_fields=True):
    """A list pasted by a referent: one `name; address` per line."""

    name: Line
    days: Annotated[list[Annotated[str, Meta(max_length=60)]], Meta(min_length=1, max_length=10)]
    people: Annotated[str, Meta(min_length=3, max_length=60_000)]
    purpose: Literal["academy", "visitor", "candidate", "recruiter"] = "academy"


class GrantForm(Struct, forbid_unknown_fields=True, kw_only=True):
    role: Literal["door", "campus_organiser", "forum_organiser", "speaker", "press", "dpo", "admin"]
    campus: Annotated[str, Meta(max_length=40)] = ""


class SearchForm(Struct, forbid_unknown_fields=True):
    """A part of a name or an address, and which page of what was found."""

    q: Annotated[str, Meta(max_length=80)] = ""
    page: Annotated[int, Meta(ge=1, le=100_000)] = 1


class EmptyForm(Struct, forbid_unknown_fields=True):
    """A form that is one button."""
