"""The rehearsal's programme: about ten sessions per campus and day, published as a release; favourites and seats of invented people.

Everything follows from the seed and the edition. Sessions are stored in bulk and published by the agenda's own service, with its rules.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID, uuid5

from forum import db
from forum.agenda import claims, queries, releasing
from forum.agenda.invented import ABSTRACT_EN, ABSTRACT_FR, FAMILY, FIELDS, GIVEN, LEVELS, LEVELS_EN, PITCHES, TALKS, VISITS, WORKSHOPS
from forum.agenda.model import Item
from forum.clock import at_local, local
from forum.editions import Edition

RELEASE: Final = "Programme 1"
SEATED: Final = 0.35  # of the people registered for a day: how many hold a seat that day
CROWD: Final = 0.85  # where one of them is a session many want
WAITING: Final = 5  # at most, for a seat in a session many want
POPULAR: Final = ((time(10), "workshop"), (time(15, 40), "pitch"), (time(14), "workshop"), (time(12, 40), "visit"))  # one of these on a campus that has one
OFFICE: Final = 0  # position of the room where the meeting tables stand: no session is put there


@dataclass(frozen=True, slots=True)
class Made:
    """How much was made."""

    sessions: int
    favourites: int
    seats: int


@dataclass(frozen=True, slots=True)
class _Spot:
    """One line of the pattern of a day: when, how long, in which of the campus's session rooms, what kind; `seats` where there are fewer than the room has."""

    start: time
    minutes: int
    room: int
    kind: str
    reservable: bool = False
    seats: int | None = None


PATTERN: Final = (
    _Spot(time(9, 30), 45, 0, "talk"), _Spot(time(10), 80, 2, "workshop", True), _Spot(time(10, 40), 45, 0, "talk", True), _Spot(time(11, 40), 40, 1, "pitch"),
    _Spot(time(12, 40), 40, 3, "visit", True, 20), _Spot(time(13, 40), 45, 0, "talk", True), _Spot(time(14), 80, 2, "workshop", True, 24), _Spot(time(15), 45, 0, "talk"),
    _Spot(time(15, 40), 40, 1, "pitch", True), _Spot(time(16, 40), 60, 0, "talk", True),
)  # fmt: skip


async def fill(edition: Edition, *, now: datetime, actor: UUID | None = None, seed: int = 1) -> int:
    """Store and publish the programme; how many sessions. Runs once per edition."""
    async with db.connection() as conn:
        rooms = await conn.fetch(
            """SELECT c.number, r.id FROM room r JOIN campus c ON c.id = r.campus
               WHERE c.edition = $1 AND c.removed_at IS NULL AND r.removed_at IS NULL AND (r.position > $2 OR NOT EXISTS
                   (SELECT FROM room o WHERE o.campus = c.id AND o.removed_at IS NULL AND o.position > $2)) ORDER BY c.number, r.position""",
            edition.id, OFFICE,
        )  # fmt: skip
    by_campus: dict[int, list[UUID]] = defaultdict(list)
    for number, room in rooms:
        by_campus[number].append(room)
    programme = _Programme(edition, Random(f"{seed}/{edition.slug}"))
    for number, held in by_campus.items():
        for day in edition.days:
            programme.add_day(number, held, day.day)
    async with db.transaction():
        await programme.store(seed)
        version = await queries.draft_version(edition.id)
        await releasing.publish(edition, RELEASE, version=version, actor=actor, now=now)
    return len(programme.sessions)


class _Programme:
    """Rows of sessions, speakers and placements as they are made."""

    def __init__(self, edition: Edition, random: Random) -> None:
        self.edition, self.random = edition, random
        self.sessions: list[tuple[Any, ...]] = []
        self.placements: list[tuple[Any, ...]] = []
        self.holding: list[tuple[Any, ...]] = []
        self.speakers: dict[UUID, tuple[Any, ...]] = {}

    def add_day(self, campus: int, rooms: Sequence[UUID], day: date) -> None:
        """The pattern of one day on one campus; a campus with fewer rooms gets the lines that fit."""
        for line, spot in enumerate(PATTERN):
            if spot.room >= len(rooms):
                continue
            room = rooms[spot.room]
            number = len(self.sessions) + 1
            key = uuid5(self.edition.id, f"session {campus} {day} {line}")
            start = at_local(day, spot.start, self.edition.zone)
            self.sessions.append(self._words(key, number, spot, campus + line))
            self.placements.append((key, room, start, start + timedelta(minutes=spot.minutes)))
            for position in range(2 if spot.kind in ("pitch", "workshop") else 1):
                self.holding.append((key, self._speaker(campus, line + len(PATTERN) * position), position))

    def _words(self, key: UUID, number: int, spot: _Spot, turn: int) -> tuple[Any, ...]:
        english = self.random.random() < 0.25
        field = FIELDS[self.random.randrange(len(FIELDS))][english]
        titles = {"talk": TALKS, "workshop": WORKSHOPS, "pitch": PITCHES, "visit": VISITS}[spot.kind]
        words = titles[turn % len(titles)]
        level = self.random.choices((0, 1, 2), (5, 3, 1))[0]
        return (
            key, self.edition.id, f"R{number:05d}", number, str(key), words[english].format(field), spot.kind, words[2], "en" if english else "fr",
            (LEVELS_EN if english else LEVELS)[level], ABSTRACT_EN if english else ABSTRACT_FR, spot.minutes, spot.seats, spot.reservable,
        )  # fmt: skip

    def _speaker(self, campus: int, n: int) -> UUID:
        """Speakers stay on their campus and hold one line of its days: they never clash."""
        key = uuid5(self.edition.id, f"speaker {campus} {n}")
        if key not in self.speakers:
            number = len(self.speakers) + 1
            name = f"{GIVEN[self.random.randrange(len(GIVEN))]} {FAMILY[self.random.randrange(len(FAMILY))]}"
            self.speakers[key] = (key, self.edition.id, f"S{number:05d}", number, name, "")
        return key

    async def store(self, seed: int) -> None:
        """Everything in one go, in the current transaction."""
        async with db.connection() as conn:
            words = ["id", "edition", "code", "number", "guid", "title", "kind", "track", "language", "level", "abstract", "minutes", "seats", "reservable"]
            await conn.copy_records_to_table("speaker", records=list(self.speakers.values()), columns=["id", "edition", "code", "number", "name", "biography"])
            await conn.copy_records_to_table("session", records=self.sessions, columns=words)
            await conn.copy_records_to_table("session_speaker", records=self.holding, columns=["session", "speaker", "position"])
            await conn.copy_records_to_table("placement", records=self.placements, columns=["session", "room", "start_at", "end_at"])
        await db.execute(
            "INSERT INTO agenda (edition, version) VALUES ($1, 1) ON CONFLICT (edition) DO UPDATE SET version = agenda.version + 1", self.edition.id
        )


# --- the public ---------------------------------------------------------------------------------------------


async def seat(edition: Edition, *, now: datetime, first: Sequence[UUID] = (), seed: int = 1) -> Made:
    """Favourites and seats for the people registered, each at the campus of their day; people in *first* always get two seats a day."""
    release = await releasing.in_force(edition.id)
    assert release is not None, "the programme is published before anyone takes a seat"
    async with db.connection() as conn:
        days = await conn.fetch(
            """SELECT r.person, c.slug, d.day FROM registration_day d JOIN registration r ON r.id = d.registration JOIN campus c ON c.id = d.campus
               WHERE r.edition = $1 AND d.held_at IS NOT NULL AND r.confirmed_at IS NOT NULL AND r.cancelled_at IS NULL
                 AND (r.purpose IN ('candidate', 'academy', 'visitor') OR r.person = ANY($2)) ORDER BY r.person, d.day""",
            edition.id, list(first),
        )  # fmt: skip
    public = _Public(edition, Random(f"{seed}/seats"), release.standing, now)
    for person, campus, day in sorted(days, key=lambda row: row[0] not in first):
        public.choose(person, campus, day, eager=person in first)
    async with db.transaction():
        await public.store()
    return Made(len(release.standing), len(public.favourites), len(public.seats))


class _Public:
    """Who stars and who sits where, never over the places of a session and never twice at a time. Some sessions are wanted by more than they hold."""

    def __init__(self, edition: Edition, random: Random, items: Sequence[Item], now: datetime) -> None:
        self.edition, self.random, self.now = edition, random, now
        self.left = {i.session.id: _places(i) for i in items}
        self.on: dict[tuple[str, date], list[Item]] = defaultdict(list)
        self.slots = {i.session.id: frozenset(claims.slots(edition, i)) for i in items}
        for item in sorted(items, key=lambda i: (i.start, i.session.code)):
            self.on[item.campus.slug, item.start.date()].append(item)
        self.popular = self._most_wanted(items)
        self.waiting: dict[UUID, int] = defaultdict(int)
        self.favourites: dict[tuple[UUID, UUID], None] = {}
        self.seats: list[tuple[UUID, UUID, UUID, datetime | None]] = []
        self.claims: list[tuple[datetime, UUID, str, UUID]] = []

    def _most_wanted(self, items: Sequence[Item]) -> frozenset[UUID]:
        """One session a day on some campuses: four of twelve, thirteen of a hundred."""
        campuses = sorted({i.campus.number: i.campus.slug for i in items}.items())
        chosen = campuses[:: max(3, len(campuses) // 12)]
        wanted = {(slug, *POPULAR[n % len(POPULAR)]) for n, (_, slug) in enumerate(chosen)}
        zone = self.edition.zone
        return frozenset(i.session.id for i in items if i.session.reservable and (i.campus.slug, local(i.start, zone).time(), i.session.kind) in wanted)

    def choose(self, person: UUID, campus: str, day: date, *, eager: bool) -> None:
        here = self.on.get((campus, day), [])
        for item in here:
            if self.random.random() < (0.3 if eager else 0.08):
                self.favourites[person, item.session.id] = None
        likes = CROWD if any(i.session.id in self.popular for i in here) else SEATED
        if not eager and self.random.random() > likes:
            return
        taken: frozenset[datetime] = frozenset()
        wanted = 2 if eager else self.random.choice((1, 1, 2))
        for item in sorted(self.random.sample(here, len(here)), key=lambda i: i.session.id not in self.popular):
            slots = self.slots[item.session.id]
            if wanted and item.session.reservable and self.left[item.session.id] > 0 and not taken & slots:
                self._take(person, item, slots)
                taken, wanted = taken | slots, wanted - 1
            elif item.session.id in self.popular and self.waiting[item.session.id] < WAITING and not taken & slots:
                self.waiting[item.session.id] += 1
                self.seats.append((uuid5(item.session.id, f"seat {person}"), item.session.id, person, None))
                taken |= slots

    def _take(self, person: UUID, item: Item, slots: frozenset[datetime]) -> None:
        key = uuid5(item.session.id, f"seat {person}")
        self.left[item.session.id] -= 1
        self.seats.append((key, item.session.id, person, self.now))
        self.claims += [(slot, person, "seat", key) for slot in sorted(slots)]

    async def store(self) -> None:
        """Seats with their claims, and the counts; in the current transaction."""
        async with db.connection() as conn:
            await conn.copy_records_to_table("favourite", records=[(p, s, self.now) for p, s in self.favourites], columns=["person", "session", "at"])
            await conn.copy_records_to_table(
                "seat", records=[(*row, self.now) for row in self.seats], columns=["id", "session", "person", "held_at", "asked_at"]
            )
            await conn.copy_records_to_table("claim", records=self.claims, columns=["slot", "person", "kind", "holder"])
        await db.execute(
            "UPDATE seating g SET taken = g.taken + n.more FROM (SELECT session, count(*) AS more FROM unnest($1::uuid[]) AS s (session) GROUP BY 1) n WHERE g.session = n.session",
            [row[1] for row in self.seats if row[3] is not None],
        )


def _places(item: Item) -> int:
    known = [n for n in (item.session.seats, item.room.capacity) if n is not None]
    return min(known) if known else 0
