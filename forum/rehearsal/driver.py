"""The simulated day: people come, move, meet and go by the script, through the API; the clock runs, pauses and jumps."""

import asyncio
import heapq
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from time import monotonic
from typing import Any, Final
from uuid import UUID

from forum import jobs
from forum.clock import local
from forum.editions import Edition
from forum.rehearsal import kept, meetings, shortages, troubles, world
from forum.rehearsal.hands import Hands, Ledger, Phone
from forum.rehearsal.plot import Minute
from forum.rehearsal.script import Fault, Gate, Habit, Minutes, Person, Stop, faults, habit, next_move
from forum.simulated import Clock

STEP: Final = timedelta(minutes=1)  # of the simulated day: how often people look where they have to be
READ_AGAIN: Final = timedelta(minutes=4)  # how often appointments are read again
AT_ONCE: Final = 6  # requests under way
TICK_SECONDS: Final = 0.1
MOST_TRIES: Final = 6  # of somebody the door refuses


@dataclass(slots=True)
class Going:
    """Somebody on the way to a door, reaching it at `at`."""

    person: Person
    campus: str
    way: str
    reaches: datetime
    then: str = ""
    minutes: int = 0
    tries: int = 0


@dataclass(slots=True)
class State:
    """Where the day is: who is where (by registration), who is between doors, what is shut, what is still to go wrong."""

    where: dict[UUID, str] = field(default_factory=dict)
    left: dict[UUID, tuple[str, datetime]] = field(default_factory=dict)  # which campus last, and when
    between: set[UUID] = field(default_factory=set)
    given_up: set[UUID] = field(default_factory=set)
    doors: list[tuple[datetime, int, Going]] = field(default_factory=list)
    walking: list[tuple[datetime, int, Going]] = field(default_factory=list)
    said: dict[UUID, datetime] = field(default_factory=dict)  # when a phone last said that it is there
    queues: dict[UUID, Gate] = field(default_factory=dict)
    shut: frozenset[str] = frozenset()
    faults: list[Fault] = field(default_factory=list)
    ends: list[Fault] = field(default_factory=list)
    away: dict[UUID, datetime] = field(default_factory=dict)  # recruiters who are not there, until when
    empty: dict[UUID, datetime] = field(default_factory=dict)  # phones nobody charged, by gate: since when they are nearly empty
    narrowed: dict[str, int] = field(default_factory=dict)  # campuses that take fewer people for a while: how many they took
    number: int = 0


class Driver:
    """One rehearsed day of *edition*. `prepare` once, then `run`; `inject` adds a fault now."""

    def __init__(self, hands: Hands, edition: Edition, day: date, clock: Clock, *, organiser: UUID, seed: int = 1, prompt_jobs: bool = False) -> None:
        self.hands, self.edition, self.day, self.clock, self.organiser, self.seed = hands, edition, day, clock, organiser, seed
        self.prompt_jobs = prompt_jobs  # the worker's own pace is in real minutes: too slow for a fast day
        self.state = State()
        self.phones: dict[UUID, Phone] = {}
        self.people: list[Person] = []
        self.by_person: dict[UUID, Person] = {}
        self.stops: dict[UUID, tuple[Stop, ...]] = {}
        self.habits: dict[UUID, Habit] = {}
        self.gates: dict[str, list[UUID]] = {}
        self.inwards: frozenset[UUID] = frozenset()  # gates of these that let nobody out
        self.devices: dict[UUID, UUID] = {}  # by gate
        self.minutes: Minutes = lambda a, b: 0
        self.meetings = meetings.Meetings(self)
        self.started: set[UUID] = set()
        self.ahead: datetime | None = None  # the moment somebody wants to see soon
        self.curve: list[Minute] = []
        self.held_back: list[UUID] = []  # gates whose phones held scans when the demo was last stopped
        self._slots = asyncio.Semaphore(AT_ONCE)

    @property
    def ledger(self) -> Ledger:
        return self.hands.ledger

    async def prepare(self) -> None:
        """Read the day, set the phones up, and decide who comes when and what goes wrong."""
        self.gates = await world.gates(self.edition.id)
        self.devices = await world.devices(self.edition.id)
        self.phones = await self.hands.enrol(self.devices, self.clock.now())
        self.people = await world.people(self.edition, self.day)
        self.by_person = {p.person: p for p in self.people}
        self.state.where = await world.inside(self.edition.id)
        kept.go_on(self)
        for gate in self.held_back:
            await self.hands.sync(self.phones[gate], self.clock.now())
        await self._read()
        self.habits = {p.registration: habit(p, self.stops.get(p.person, ()), self.day, self.edition.zone, self.seed) for p in self.people}
        now = self.clock.now()
        if not self.curve:  # the morning: whoever paused entries yesterday did so for yesterday
            for slug in await world.paused(self.edition.id):
                await self.organise(f"/control/{slug}/entries", now, state="resume")
        self.state.faults = [f for f in faults(await world.stage(self.edition, self.day), self.day, self.edition.zone, self.seed) if f.at >= now]

    async def _read(self, after: datetime | None = None) -> None:
        self.stops = await world.stops(self.edition, self.day, after=after)
        self.minutes = await world.minutes(self.edition)

    async def run(self, until: datetime) -> None:
        """Live the day until *until*, minute by minute; phones send what they still hold at the end.

        The clock stands while a minute is lived, so a slow machine makes a slower day, never another one; a fast one is where
        it would be without having stood, at most at the next minute. Up to `ahead` the minutes follow each other as fast as the machine can.
        """
        self.clock.release()
        done = read = self.clock.now()
        since = monotonic()
        while done < until:
            hurry = self.ahead is not None and done < self.ahead
            if not hurry and self.clock.now() - done < STEP:
                await asyncio.sleep(TICK_SECONDS)
                since = since if self.clock.running else monotonic()
                continue
            self.clock.hold()
            before, held = done, monotonic()
            if hurry:
                self.clock.jump(max(self.clock.now(), min(done + STEP, until)))
            done = self.clock.now()
            if done - read >= READ_AGAIN:
                await self._read(done)
                read = done
                await self._prompt()
                await self._again()
                kept.keep(self, done)
            await self.minute(done)
            self.clock.catch_up(done, monotonic() - held, STEP)
            self.clock.release()
            self.ledger.simulated_seconds += (done - before).total_seconds()
            self.ledger.real_seconds += monotonic() - since
            since = monotonic()
        for phone in self.phones.values():
            await self.hands.sync(phone, self.clock.now())
        kept.keep(self, self.clock.now())

    async def minute(self, now: datetime) -> None:
        """Everything that happens at *now*."""
        passed = len(self.ledger.waits)
        self.inwards = await world.inwards(self.edition.id)
        await self._troubles(now)
        self._decide(now)
        await self._doors(now)
        await shortages.ends(self, now)  # after the doors: who passed before a floor opened was counted without it
        await self._beats(now)
        await self.meetings.minute(now)
        inside = sum(1 for campus in self.state.where.values() if campus)
        waited = max(self.ledger.waits[passed:], default=0.0)
        on_the_way = sum(1 for at, _, going in self.state.walking if at > now and not going.tries)
        self.curve.append(Minute(now, inside, self.meetings.running, self.ledger.counts["held"], waited, on_the_way))

    async def _again(self) -> None:
        """Phones that kept a scan because nobody answered send it again."""
        for phone in self.phones.values():
            if phone.unsent and not phone.offline:
                await self.hands.sync(phone, self.clock.now())

    async def _prompt(self) -> None:
        if self.prompt_jobs:
            for name in ("matchmaking.lapse", "agenda.offers"):
                await jobs.enqueue(name, {})

    # --- people and doors -----------------------------------------------------------------------------------

    def _decide(self, now: datetime) -> None:
        state = self.state
        for person in self.people:
            key = person.registration
            if key in state.between or key in state.given_up:
                continue
            where = state.where.get(key, "")
            move = next_move(where, self.habits[key], person.home, self.stops.get(person.person, ()), now, self.minutes, state.shut)
            if move is None:
                continue
            state.between.add(key)
            if move.leaves:
                self._queue(Going(person, move.leaves, "exit", now, then=move.enters, minutes=move.minutes))
            else:
                self._comes(person, move.enters, now)

    def _comes(self, person: Person, campus: str, now: datetime) -> None:
        """Somebody outside makes for *campus*: who left another one is there no sooner than the way from it takes."""
        since, ago = self.state.left.get(person.registration, (campus, now))
        self._walk(Going(person, campus, "entry", max(now, ago + timedelta(minutes=self.minutes(since, campus)))))

    def _queue(self, going: Going) -> None:
        """Somebody joins the queue of a door."""
        gate = self._gate(going)
        if gate is None:
            self.state.between.discard(going.person.registration)
            return
        at = self.state.queues.setdefault(gate, Gate()).passes(going.reaches)
        self.state.number += 1
        heapq.heappush(self.state.doors, (at, self.state.number, going))

    def _gate(self, going: Going) -> UUID | None:
        """The door somebody takes, of those that open their way."""
        mine = [gate for gate in self.gates.get(going.campus, ()) if going.way == "entry" or gate not in self.inwards]
        return mine[going.person.registration.int % len(mine)] if mine else None

    def _walk(self, going: Going) -> None:
        """Somebody is on the way and joins the queue when they are there."""
        self.state.number += 1
        heapq.heappush(self.state.walking, (going.reaches, self.state.number, going))

    async def _doors(self, now: datetime) -> None:
        while self.state.walking and self.state.walking[0][0] <= now:
            self._queue(heapq.heappop(self.state.walking)[2])
        due = []
        while self.state.doors and self.state.doors[0][0] <= now:
            at, _, going = heapq.heappop(self.state.doors)
            due.append(self._pass(going, at))
        await self.together(due)

    async def together(self, work: list[Coroutine[Any, Any, None]]) -> None:
        """Do *work*, some at a time."""

        async def one(task: Coroutine[Any, Any, None]) -> None:
            async with self._slots:
                await task

        if work:
            await asyncio.gather(*(one(task) for task in work))

    async def _pass(self, going: Going, at: datetime) -> None:
        person, state = going.person, self.state
        gate = self._gate(going)
        if gate is None:  # the last way out was shut while they queued
            state.between.discard(person.registration)
            return
        phone = self.phones[gate]
        admitted, detail = await self.hands.scan(phone, person, going.way, at)
        self.ledger.waits.append((at - going.reaches).total_seconds())
        if going.way == "exit":
            state.where[person.registration] = ""
            state.left[person.registration] = (going.campus, at)
            if going.then:
                self.ledger.counts["journeys"] += 1
                self._walk(Going(person, going.then, "entry", at + timedelta(minutes=going.minutes)))
                return
        elif admitted:
            self.ledger.counts["entries"] += 1
            state.where[person.registration] = going.campus
        else:
            self.ledger.counts[f"refused_{detail}"] += 1
            if detail in ("full", "suspended") and going.tries < MOST_TRIES and going.campus not in state.shut:
                self._walk(Going(person, going.campus, "entry", at + timedelta(minutes=10), tries=going.tries + 1))
                return
            if detail == "inside_here":
                state.where[person.registration] = going.campus
            else:
                state.given_up.add(person.registration)
        state.between.discard(person.registration)

    async def _beats(self, now: datetime) -> None:
        """Every other minute each phone with a network, half of them at a time, says that it is there, and what its battery still holds."""
        said = self.state.said
        for n, gate in enumerate(self.phones):
            said.setdefault(gate, now - (n % 2 + 1) * STEP)
        due = [phone for gate, phone in self.phones.items() if not phone.offline and now - said[gate] >= 2 * STEP]
        said |= {phone.gate: now for phone in due}
        await self.together([self.hands.beat(phone, now, shortages.battery(self, phone.gate, now)) for phone in due])

    async def organise(self, path: str, now: datetime, **fields: Any) -> bool:
        """A form of the organiser's; whether the server took it."""
        return await self.hands.post(self.organiser, path, now, second_factor=True, **fields)

    # --- what goes wrong -------------------------------------------------------------------------------------

    async def inject(self, fault: Fault) -> None:
        """Let *fault* happen at the next minute."""
        self.state.faults.insert(0, fault)

    def wall(self, moment: datetime | None) -> str:
        return local(moment, self.edition.zone).isoformat(timespec="minutes") if moment else ""

    async def _troubles(self, now: datetime) -> None:
        for due in [f for f in self.state.faults if f.at <= now]:
            self.state.faults.remove(due)
            fault = await troubles.still(self, due, now)
            if fault is None:
                continue
            said, sessions = await troubles.happen(self, fault, now)
            self.ledger.faults.append({
                "at": self.wall(now), "kind": fault.kind, "campus": fault.campus, "what": said, "sessions": str(sessions), "until": self.wall(fault.until)
            })  # fmt: skip
            if fault.until is not None:
                self.state.ends.append(fault)
