"""What the control screen knows at one moment: plain facts about campuses, sessions, meetings and devices. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

WINDOW: Final = timedelta(minutes=30)  # of the sparkline
BUCKETS: Final = 15
NEARLY_FULL: Final = 0.95
WATCH: Final = 0.85
BATTERY_LOW: Final = 15  # per cent
SILENT: Final = timedelta(minutes=3)  # a device says something every half minute


@dataclass(frozen=True, slots=True)
class CampusNow:
    """One campus at this moment. `arrivals` are entries per two minutes over the last thirty, oldest first."""

    id: UUID
    slug: str
    number: int
    name: str
    phone: str
    capacity: int
    inside: int
    devices: int
    silent: int
    unsent: int
    heard: datetime | None
    suspended: datetime | None
    suspended_why: str
    evacuating: datetime | None
    lat: float
    lon: float
    arrivals: tuple[int, ...] = (0,) * BUCKETS

    @property
    def share(self) -> float:
        """Of the legal capacity, 0 to 1 and above."""
        return self.inside / self.capacity if self.capacity else 0.0

    @property
    def free(self) -> int:
        return max(0, self.capacity - self.inside)

    @property
    def per_minute(self) -> float:
        """Arrivals per minute over the last ten."""
        return sum(self.arrivals[-5:]) / 10

    @property
    def line(self) -> str:
        """The sparkline as an SVG path in a box of 80 by 22; made here, since a hundred of them are drawn per update."""
        top, step = max(*self.arrivals, 1), 80 / (len(self.arrivals) - 1)
        return "L".join(f"{n * step:.0f} {21 - 19 * value / top:.0f}" for n, value in enumerate(self.arrivals))

    @property
    def row(self) -> tuple[object, ...]:
        """All that its row of the table says: while this stays, the row stays."""
        return (self.slug, self.name, self.number, self.capacity, self.inside, self.arrivals, self.state)

    @property
    def state(self) -> str:
        """`evacuating`, `full`, `silent`, `suspended`, `watch` or `calm`: what its row and plate say."""
        if self.evacuating is not None:
            return "evacuating"
        if self.share >= NEARLY_FULL:
            return "full"
        if self.devices and self.silent == self.devices:
            return "silent"
        if self.suspended is not None:
            return "suspended"
        return "watch" if self.share >= WATCH else "calm"


URGENCY: Final = {"evacuating": 0, "full": 1, "silent": 2, "suspended": 3, "watch": 4, "calm": 5}


@dataclass(frozen=True, slots=True)
class SessionNow:
    """A session of the programme in force. `taken` counts seats held and people who walked in, `waiting` the queue; `seats` is its own limit in any room."""

    id: UUID
    code: str
    title: str
    campus: int
    slug: str
    room: UUID
    room_name: str
    start_at: datetime
    end_at: datetime
    places: int
    taken: int
    waiting: int
    arrived: int
    seats: int | None = None

    @property
    def limited(self) -> bool:
        """Whether its own limit, not the room, keeps people out."""
        return self.seats is not None and self.seats < self.wanted

    @property
    def wanted(self) -> int:
        return self.taken + self.waiting

    @property
    def full(self) -> bool:
        return self.wanted >= self.places > 0


@dataclass(frozen=True, slots=True)
class BiggerRoom:
    """A room of the same campus, free while *session* runs and large enough for all who want it."""

    session: UUID
    room: UUID
    name: str
    capacity: int


@dataclass(frozen=True, slots=True)
class MeetingsNow:
    """Meetings of the slots in progress by how they stand; `free` is seats of absent people that nobody holds."""

    slot: datetime | None
    planned: int
    late: int
    no_show: int
    free: int
    median_late: int
    most_late: int
    troubled: int

    @property
    def on_time(self) -> int:
        return self.planned - self.late - self.no_show


@dataclass(frozen=True, slots=True)
class MeetingsNext:
    """The slot after this moment, and how many meetings begin then; None when no meeting begins any more today."""

    slot: datetime | None
    count: int


@dataclass(frozen=True, slots=True)
class LateCompany:
    """A company that people wait for: meetings in progress that have not begun, how late the latest is, and where."""

    id: UUID
    name: str
    campus: int
    meetings: int
    minutes: int


@dataclass(frozen=True, slots=True)
class DeviceNow:
    """A phone at a door: the gates it serves, when it was last heard, and what it said it had still to send."""

    id: UUID
    name: str
    campus: int
    slug: str
    gates: str
    phone: str
    seen_at: datetime | None
    unsent: int
    battery: int | None = None

    @property
    def low(self) -> bool:
        """Whether its battery ends soon, as far as it says."""
        return self.battery is not None and self.battery <= BATTERY_LOW

    def silent(self, now: datetime) -> bool:
        return self.seen_at is None or now - self.seen_at >= SILENT


@dataclass(frozen=True, slots=True)
class Beside:
    """The nearest campus with room for those who come too late: minutes on the way, places left."""

    number: int
    slug: str
    minutes: int
    free: int


@dataclass(frozen=True, slots=True)
class ShutGate:
    """A gate people can enter by only: opened both ways, a full campus empties faster."""

    campus: str
    slug: str
    name: str
