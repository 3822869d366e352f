"""Wishes, presence and meetings as plain facts. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from forum.i18n import N_


class State(StrEnum):
    """Where a meeting stands; only the first three hold their slot."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    RUNNING = "running"
    HELD = "held"
    NO_SHOW = "no_show"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    UNPLACED = "unplaced"


HOLDING: Final = frozenset({State.PROPOSED, State.ACCEPTED, State.RUNNING})
STATE_WORDS: Final = {
    State.PROPOSED: N_("Waiting for your answer"),
    State.ACCEPTED: N_("Accepted"),
    State.RUNNING: N_("Running"),
    State.HELD: N_("Held"),
    State.NO_SHOW: N_("Absence"),
    State.DECLINED: N_("Declined"),
    State.CANCELLED: N_("Cancelled"),
    State.UNPLACED: N_("Looking for another place"),
}
RESULTS: Final = {
    "no_follow_up": N_("No follow-up"),
    "second_interview": N_("Second interview"),
    "offer": N_("Offer made"),
    "hired": N_("Hired"),
}
SHARED: Final = {"name": N_("Name"), "cv": N_("CV and profile"), "contact": N_("E-mail address")}
REQUEST_FOR: Final = timedelta(hours=12)  # a request for another time lapses after this, or when the slot begins
OFFER_FOR: Final = timedelta(minutes=30)  # a freed seat is offered to one person this long
NOTICE: Final = timedelta(hours=2)  # a cancellation with notice; later ones are said to the organiser
FROZEN: Final = timedelta(minutes=30)  # a re-plan leaves everything alone that begins within this
MOST_WISHES: Final = 20


@dataclass(frozen=True, slots=True)
class Busy:
    """A person's commitment outside the meetings: a seat in a session, on one campus (by slug)."""

    start: datetime
    end: datetime
    campus: str


@dataclass(frozen=True, slots=True)
class Meeting:
    """One meeting with everything a page says about it. `side` names are as the reader may see them."""

    id: UUID
    kind: str
    state: State
    origin: str
    start: datetime
    minutes: int
    candidate: UUID
    candidate_name: str  # '' where the reader's company may not see it
    candidate_number: int
    company: UUID
    company_slug: str
    company_name: str
    recruiter: UUID
    recruiter_name: str
    table: int
    room: str
    floor: str
    campus: str
    campus_number: int
    campus_name: str
    is_locked: bool
    late_minutes: int
    answer_before: datetime | None
    rank: int | None  # of the candidate's wish
    starred: bool
    version: int

    @property
    def end(self) -> datetime:
        return self.start + timedelta(minutes=self.minutes)

    @property
    def mutual(self) -> bool:
        return self.starred and self.rank is not None

    @property
    def live(self) -> bool:
        return self.state in HOLDING

    def may_answer(self, now: datetime) -> bool:
        return self.state == State.PROPOSED and now < self.start

    def may_cancel(self, now: datetime) -> bool:
        return self.state in {State.PROPOSED, State.ACCEPTED} and now < self.start


@dataclass(frozen=True, slots=True)
class HalfDay:
    """A half of one day of the edition: the morning ends at 13:00."""

    day: date
    half: str


HALF: Final = {"morning": N_("morning"), "afternoon": N_("afternoon")}
NOON: Final = 13  # the hour at which the afternoon begins
