"""What a person may send about themselves."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

Line = Annotated[str, Meta(min_length=1, max_length=120)]
Email = Annotated[str, Meta(min_length=3, max_length=254)]
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


class CodeForm(Struct, forbid_unknown_fields=True):
    """A code from a mail or an authenticator; spaces people type are forgiven."""

    code: Annotated[str, Meta(min_length=6, max_length=20)]
    next: Annotated[str, Meta(max_length=500)] = "/"


class NextForm(Struct, forbid_unknown_fields=True):
    next: Annotated[str, Meta(max_length=500)] = "/"
