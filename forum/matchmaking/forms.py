"""What people may send about wishes, meetings and the studio; unknown fields are refused."""

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

Slug = Annotated[str, Meta(min_length=1, max_length=60)]
Moment = Annotated[dt.datetime, Meta(tz=True)]
Note = Annotated[str, Meta(min_length=1, max_length=2000)]
Words = Annotated[list[Annotated[str, Meta(max_length=80)]], Meta(max_length=30)]


class BrowseForm(Struct, forbid_unknown_fields=True, kw_only=True):
    """The filter of the company list; it travels in the address."""

    q: Annotated[str, Meta(max_length=80)] = ""
    role: Annotated[str, Meta(max_length=40)] = ""
    skill: Annotated[str, Meta(max_length=80)] = ""
    contract: Annotated[str, Meta(max_length=40)] = ""
    language: Annotated[str, Meta(max_length=10)] = ""
    campus: Annotated[str, Meta(max_length=40)] = ""
    day: dt.date | None = None
    page: Annotated[int, Meta(ge=1, le=1000)] = 1


class CompanyForm(Struct, forbid_unknown_fields=True, kw_only=True):
    company: Slug
    next: Annotated[str, Meta(max_length=500)] = ""


class OrderForm(Struct, forbid_unknown_fields=True, kw_only=True):
    """All wishes in order, and perhaps one to move by a step: without script a button moves one row."""

    order: Annotated[list[UUID], Meta(max_length=100)] = []
    up: UUID | None = None
    down: UUID | None = None


class PreferenceForm(Struct, forbid_unknown_fields=True, kw_only=True):
    """`off` are half-days one cannot, as `YYYY-MM-DD:morning`; a break is asked with its first minute."""

    max_meetings: Annotated[int, Meta(ge=1, le=20)] = 6
    off: Annotated[list[Annotated[str, Meta(max_length=30)]], Meta(max_length=20)] = []
    break_from: dt.time | None = None
    break_minutes: Literal[0, 20, 40, 60, 90] = 0
    step_free_need: bool = False
    discreet: bool = False


class ShareForm(Struct, forbid_unknown_fields=True, kw_only=True):
    """What one company may see from now on; what is not named is taken back."""

    company: UUID
    what: Annotated[list[Literal["name", "cv", "contact"]], Meta(max_length=3)] = []


class EmptyForm(Struct, forbid_unknown_fields=True):
    """A button alone."""


class ReasonForm(Struct, forbid_unknown_fields=True):
    reason: Annotated[str, Meta(max_length=400)] = ""


class LateForm(Struct, forbid_unknown_fields=True):
    minutes: Annotated[int, Meta(ge=0, le=120)]


class SlotForm(Struct, forbid_unknown_fields=True):
    slot: Moment


class QuestionForm(Struct, forbid_unknown_fields=True, kw_only=True):
    text: Note
    meeting: UUID | None = None
    company: UUID | None = None


class AnswerForm(Struct, forbid_unknown_fields=True):
    answer: Annotated[str, Meta(min_length=1, max_length=4000)]


class VoluntaryForm(Struct, forbid_unknown_fields=True, kw_only=True):
    """Voluntary answers; an empty one takes it back."""

    gender: Literal["", "woman", "man", "other"] = ""
    territory: Literal["", "paris", "inner-ring", "outer-ring", "elsewhere", "priority-district"] = ""


# --- the company's side ------------------------------------------------------------------------------------


class BookForm(Struct, forbid_unknown_fields=True, kw_only=True):
    candidate: UUID
    recruiter: UUID
    slot: Moment
    key: Annotated[str, Meta(max_length=200)] = ""


class SeatForm(Struct, forbid_unknown_fields=True, kw_only=True):
    recruiter: UUID
    slot: Moment


class MoveForm(Struct, forbid_unknown_fields=True, kw_only=True):
    """`seat` is `recruiter|slot`, one choice of the grid."""

    seat: Annotated[str, Meta(max_length=100)]


class SwapForm(Struct, forbid_unknown_fields=True):
    other: UUID


class PresenceForm(Struct, forbid_unknown_fields=True, kw_only=True):
    """Hours of one recruiter on one day at one table; without a table they are away."""

    recruiter: UUID
    table: UUID | None = None
    day: dt.date
    begins: dt.time
    ends: dt.time


class VerdictForm(Struct, forbid_unknown_fields=True, kw_only=True):
    verdict: Literal["star", "pass", ""] = ""
    next: Annotated[str, Meta(max_length=500)] = ""


class NoteForm(Struct, forbid_unknown_fields=True):
    text: Annotated[str, Meta(min_length=1, max_length=4000)]


class ResultForm(Struct, forbid_unknown_fields=True):
    result: Literal["no_follow_up", "second_interview", "offer", "hired"]


class OfferForm(Struct, forbid_unknown_fields=True, kw_only=True):
    title: Annotated[str, Meta(min_length=1, max_length=160)]
    target_role: Annotated[str, Meta(min_length=1, max_length=40)]
    skills: Annotated[str, Meta(max_length=400)] = ""
    contracts: Words = []
    languages: Words = []
    level: Annotated[str, Meta(max_length=40)] = ""
    place: Annotated[str, Meta(max_length=120)] = ""
    text_fr: Annotated[str, Meta(max_length=4000)] = ""
    text_en: Annotated[str, Meta(max_length=4000)] = ""
    posts: Annotated[int, Meta(ge=1, le=999)] = 1


class CompanyRuleForm(Struct, forbid_unknown_fields=True, kw_only=True):
    """`version` is that of the page (`company_pages.version_of`)."""

    pitch_fr: Annotated[str, Meta(max_length=1000)] = ""
    pitch_en: Annotated[str, Meta(max_length=1000)] = ""
    website: Annotated[str, Meta(max_length=200)] = ""
    max_meetings: Annotated[int, Meta(ge=0, le=10000)] | None = None
    max_in_a_row: Annotated[int, Meta(ge=1, le=40)] | None = None
    open_booking: bool = False
    version: Annotated[str, Meta(max_length=40)] = ""


class ShiftForm(Struct, forbid_unknown_fields=True, kw_only=True):
    """A late or ill recruiter: shift the queue by minutes, or hand it to a colleague, or re-seat what a colleague cannot take."""

    recruiter: UUID
    day: dt.date
    how: Literal["shift", "hand_over", "reseat"]
    minutes: Annotated[int, Meta(ge=0, le=240)] = 0
    to: UUID | None = None


class BusinessForm(Struct, forbid_unknown_fields=True, kw_only=True):
    company: UUID
    text: Annotated[str, Meta(max_length=1000)] = ""


# --- the studio --------------------------------------------------------------------------------------------


class RunForm(Struct, forbid_unknown_fields=True, kw_only=True):
    """A run to ask for. Weights are those of the file format; the scenario's fields are empty for a plain run."""

    guarantee: Annotated[int, Meta(ge=0, le=20)] = 1
    w_guarantee: Annotated[int, Meta(ge=0, le=2000)] = 1000
    w_preference: Annotated[int, Meta(ge=0, le=20)] = 1
    w_campus_change: Annotated[int, Meta(ge=0, le=100)] = 4
    w_break: Annotated[int, Meta(ge=0, le=50)] = 2
    w_idle_slot: Annotated[int, Meta(ge=0, le=50)] = 1
    w_change: Annotated[int, Meta(ge=0, le=50)] = 5
    seed: Annotated[int, Meta(ge=1, le=999999)] = 1
    seconds: Annotated[int, Meta(ge=1, le=900)] = 60
    close_campus: Annotated[str, Meta(max_length=40)] = ""
    close_room: UUID | None = None
    close_from: Annotated[str, Meta(max_length=20)] = ""
    withdraw: UUID | None = None
    extra_company: UUID | None = None
    extra_campus: Annotated[str, Meta(max_length=40)] = ""
    extra: Annotated[int, Meta(ge=0, le=10)] = 0
    lock_run: Annotated[int, Meta(ge=0)] = 0  # the run whose meetings are locked; 0 is what is published
    lock: Annotated[list[Annotated[str, Meta(max_length=80)]], Meta(max_length=2000)] = []  # `candidate|company`
    lock_company: UUID | None = None  # all meetings of it
    look: bool = False  # only say what the weights mean


class FindForm(Struct, forbid_unknown_fields=True):
    name: Annotated[str, Meta(max_length=80)] = ""


class LockForm(Struct, forbid_unknown_fields=True, kw_only=True):
    locked: bool = False
    next: Annotated[str, Meta(max_length=500)] = ""


class CloseForm(Struct, forbid_unknown_fields=True, kw_only=True):
    """A campus that closes, or one of its rooms, from a moment on the edition's clock (now when empty)."""

    campus: Slug
    room: UUID | None = None
    begins: Annotated[str, Meta(max_length=20)] = ""
    run: Annotated[int, Meta(ge=0)] = 0  # the what-if that tried it, whose locks become real


class PublishForm(Struct, forbid_unknown_fields=True):
    expected: Annotated[int, Meta(ge=0)]


class TargetForm(Struct, forbid_unknown_fields=True, kw_only=True):
    jobs: Annotated[int, Meta(ge=0, le=10**7)] | None = None
    meetings: Annotated[int, Meta(ge=0, le=10**7)] | None = None
    people: Annotated[int, Meta(ge=0, le=10**7)] | None = None
    second_interviews: Annotated[int, Meta(ge=0, le=10**7)] | None = None
    offers: Annotated[int, Meta(ge=0, le=10**7)] | None = None
    hires: Annotated[int, Meta(ge=0, le=10**7)] | None = None
    beyond_ring: Annotated[int, Meta(ge=0, le=10**7)] | None = None


class WisherForm(Struct, forbid_unknown_fields=True, kw_only=True):
    """Filters of a recruiter over declared facts; in the address."""

    role: Annotated[str, Meta(max_length=40)] = ""
    skill: Annotated[str, Meta(max_length=80)] = ""
    language: Annotated[str, Meta(max_length=10)] = ""
    contract: Annotated[str, Meta(max_length=40)] = ""
    verdict: Literal["", "star", "pass", "none"] = ""
    day: dt.date | None = None
    page: Annotated[int, Meta(ge=1, le=1000)] = 1
