"""The places of an edition: campuses with their days, rooms, meeting tables and gates."""

from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID


@dataclass(frozen=True, slots=True)
class EditionDay:
    """One day of the edition, on the wall clock of its zone; `opens < closes`."""

    day: date
    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class Edition:
    """One yearly forum. `slot_minutes` is the length of a meeting; `version` guards against two editors."""

    id: UUID
    slug: str
    name: str
    zone: str = "Europe/Paris"
    slot_minutes: int = 20
    is_current: bool = False
    is_rehearsal: bool = False
    registration_opens: datetime | None = None
    registration_closes: datetime | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Campus:
    """A site taking part. `capacity` is the number of people who may be inside at once; degrees are WGS84."""

    id: UUID
    edition: UUID
    slug: str
    number: int
    name: str
    address: str
    postcode: str
    city: str
    latitude: float
    longitude: float
    zone: str
    capacity: int
    step_free: bool
    access_fr: str
    access_en: str
    phone: str
    version: int
    removed_at: datetime | None = None

    @property
    def lat(self) -> float:
        return self.latitude

    @property
    def lon(self) -> float:
        return self.longitude

    @property
    def beyond_the_ring(self) -> bool:
        """Outside the city of Paris, whose postcodes are 75001–75020 and 75116."""
        return not self.postcode.startswith("75")

    def access(self, lang: str) -> str:
        """How to get in, in *lang*, or in the other language when only that was written."""
        return (self.access_fr or self.access_en) if lang == "fr" else (self.access_en or self.access_fr)


@dataclass(frozen=True, slots=True)
class CampusDay:
    """Opening hours of a campus on one day and its places: `taken` of `places` are registered, `waiting` people would like one (counted where a campus's own days are read)."""

    campus: UUID
    day: date
    opens: time
    closes: time
    places: int
    taken: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Room:
    """A room with the seats it has by law; `position` orders rooms on a page."""

    id: UUID
    campus: UUID
    building: str
    floor: str
    name: str
    capacity: int
    step_free: bool
    equipment: tuple[str, ...]
    position: int
    version: int
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MeetingTable:
    """A numbered meeting place; `room` is empty when the table stands in a hall of its own."""

    id: UUID
    campus: UUID
    room: UUID | None
    number: int
    step_free: bool
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Gate:
    """A campus door where badges are scanned: for `entry`, `exit` or `both`."""

    id: UUID
    campus: UUID
    slug: str
    name: str
    ways: str
    step_free: bool
    removed_at: datetime | None = None
