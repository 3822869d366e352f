"""The planning problem as plain data: whole minutes from an origin, names as keys, windows as `[start, end)`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from forum.i18n import Message

Window = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where and when: a place's key and the minute a session starts."""

    place: str
    start: int


@dataclass(frozen=True, slots=True)
class Task:
    """A session to place. `wanted`: persons who want to come; `previous`: where the published release has it."""

    key: str
    title: str
    minutes: int
    speakers: tuple[str, ...] = ()
    needs: frozenset[str] = frozenset()
    wanted: int = 0
    track: str = ""
    fixed: Spot | None = None
    previous: Spot | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A room. `capacity` in persons; `free` None: whenever its campus is open."""

    key: str
    name: str
    campus: str
    capacity: int
    equipment: frozenset[str] = frozenset()
    free: tuple[Window, ...] | None = None


@dataclass(frozen=True, slots=True)
class Speaker:
    """A person who speaks; `free` None: always. `busy`: held elsewhere (a meeting) on a campus."""

    key: str
    name: str
    free: tuple[Window, ...] | None = None
    busy: tuple[tuple[Window, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Weights:
    """What one unit of each wish is worth, in points; each line says its unit."""

    seat: int = 10  # a person who wants the session and has a seat
    clash: int = 10  # a person who wants two sessions that overlap
    same_start: int = 15  # a session that stays at its published time
    same_place: int = 5  # a session that stays in its published room
    track_campus: int = 30  # each campus a track uses
    crowding: int = 1  # a minute of sessions beyond a campus's fair share
    fair_margin: int = 25  # percent a campus may hold above the average before it counts as crowded


@dataclass(frozen=True)
class Problem:
    """Everything the planner knows. `together[(a, b)]` with `a < b`: persons who want both sessions.

    `travel[(campus, campus)]` minutes, same campus 0, missing: no way. `step`: sessions start on multiples of it after opening.
    """

    tasks: Mapping[str, Task]
    places: Mapping[str, Place]
    opening: Mapping[str, tuple[Window, ...]]
    speakers: Mapping[str, Speaker] = field(default_factory=dict)
    travel: Mapping[tuple[str, str], int] = field(default_factory=dict)
    together: Mapping[tuple[str, str], int] = field(default_factory=dict)
    campus_names: Mapping[str, str] = field(default_factory=dict)
    step: int = 15
    weights: Weights = Weights()

    @cached_property
    def neighbours(self) -> dict[str, list[tuple[str, int]]]:
        """Per session, the sessions its audience also wants."""
        found: dict[str, list[tuple[str, int]]] = {key: [] for key in self.tasks}
        for (a, b), people in self.together.items():
            found[a].append((b, people))
            found[b].append((a, people))
        return found

    @cached_property
    def by_speaker(self) -> dict[str, list[str]]:
        """Per speaker, their sessions."""
        found: dict[str, list[str]] = {}
        for task in self.tasks.values():
            for speaker in task.speakers:
                found.setdefault(speaker, []).append(task.key)
        return found

    @cached_property
    def by_campus(self) -> dict[str, list[str]]:
        """Per campus, its rooms."""
        found: dict[str, list[str]] = {}
        for place in self.places.values():
            found.setdefault(place.campus, []).append(place.key)
        return found

    @cached_property
    def fair_minutes(self) -> int:
        """The minutes of sessions a campus may hold before it is crowded."""
        total = sum(task.minutes for task in self.tasks.values())
        return -(-total * (100 + self.weights.fair_margin) // (100 * max(1, len(self.by_campus))))

    def journey(self, here: str, there: str) -> int | None:
        return 0 if here == there else self.travel.get((here, there))

    def campus_name(self, key: str) -> str:
        return self.campus_names.get(key, key)


@dataclass(frozen=True, slots=True)
class Terms:
    """The parts of a value, in points: what is won, and what is lost (negative)."""

    seats: int = 0
    clashes: int = 0
    unchanged: int = 0
    tracks: int = 0
    crowding: int = 0

    @property
    def total(self) -> int:
        return self.seats + self.clashes + self.unchanged + self.tracks + self.crowding


@dataclass(frozen=True, slots=True)
class Plan:
    """A valid placement of every session, its value in points and a proof that no plan is worth more than `most`.

    `bound` holds the most each wish can be worth on its own; `exact` what one model of everything proved, when it was small enough.
    """

    spots: Mapping[str, Spot]
    terms: Terms
    bound: Terms
    seconds: float
    exact: int | None = None

    @property
    def value(self) -> int:
        return self.terms.total

    @property
    def most(self) -> int:
        return self.bound.total if self.exact is None else min(self.exact, self.bound.total)

    @property
    def gap(self) -> float:
        """How much better a plan could at most be, as a share of the bound: 0 is proven best."""
        return 0.0 if self.most == self.value else (self.most - self.value) / max(1, abs(self.most))


@dataclass(frozen=True, slots=True)
class Impossible:
    """No plan exists, or none was found in time (`proven` False): requirements that cannot all be kept, each in words.

    The set is minimal when `proven`: with any one of them dropped, the rest can be kept.
    """

    requirements: tuple[Message, ...]
    sessions: tuple[str, ...]
    proven: bool
