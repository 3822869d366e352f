"""Who comes and what for. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from forum.i18n import N_


class Purpose(StrEnum):
    """What a person comes for; each but the first two is approved by an organiser before it shows or publishes anything."""

    CANDIDATE = "candidate"
    VISITOR = "visitor"
    ACADEMY = "academy"
    RECRUITER = "recruiter"
    SPEAKER = "speaker"
    PRESS = "press"
    ORGANISER = "organiser"


PURPOSE_WORDS = {
    Purpose.CANDIDATE: N_("Find a job"),
    Purpose.VISITOR: N_("See and try"),
    Purpose.ACADEMY: N_("Come with the Académie"),
    Purpose.RECRUITER: N_("Recruit"),
    Purpose.SPEAKER: N_("Speak"),
    Purpose.PRESS: N_("Report"),
    Purpose.ORGANISER: N_("Organise"),
}
OPEN_PURPOSES = (Purpose.CANDIDATE, Purpose.VISITOR, Purpose.ACADEMY, Purpose.RECRUITER, Purpose.SPEAKER, Purpose.PRESS)
MINOR_PURPOSES = frozenset({Purpose.VISITOR, Purpose.ACADEMY})
MATCHED_PURPOSES = frozenset({Purpose.CANDIDATE, Purpose.ACADEMY})

CONFIRM_WITHIN = timedelta(hours=48)  # an address nobody confirmed gives its places back
GUARDIAN_WITHIN = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class DayChoice:
    """The first campus a person will enter on one day."""

    day: date
    campus: UUID


@dataclass(frozen=True, slots=True)
class HeldDay:
    """One day of a registration as it stands: a place held, or a rank (from 1) on the waiting list."""

    day: date
    campus: UUID
    campus_slug: str
    campus_number: int
    campus_name: str
    held: bool
    rank: int


@dataclass(frozen=True, slots=True)
class Registration:
    """One person's registration for one edition."""

    id: UUID
    person: UUID
    edition: UUID
    purpose: Purpose
    is_minor: bool
    step_free_need: bool
    confirmed_at: datetime | None
    guardian_agreed_at: datetime | None
    cancelled_at: datetime | None
    version: int
    days: tuple[HeldDay, ...] = ()

    @property
    def matched(self) -> bool:
        """Whether the matchmaking may know of this person: never under 18."""
        return self.purpose in MATCHED_PURPOSES and not self.is_minor


@dataclass(frozen=True, slots=True)
class Asked:
    """What registering led to: days held and days waited for. The page says the same whether the address was known or not."""

    registration: UUID | None
    held: int
    waiting: int
