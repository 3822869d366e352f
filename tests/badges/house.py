"""An edition with doors, badges and devices, for the tests that need a database."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from forum import db
from forum.badges import asking, devices, doors, recording, redeem, service, vault
from forum.badges.codes import code_of
from forum.campuses import travels
from forum.rehearsal import make_edition
from tests.conftest import NOW

SECRET = b"s" * 40


@dataclass
class House:
    edition: UUID
    campuses: list[UUID]
    gates: dict[UUID, list[UUID]]  # campus → its gates
    device: UUID
    token: str
    people: list[UUID] = field(default_factory=list)
    badges: list[UUID] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    registrations: list[UUID] = field(default_factory=list)

    def gate(self, campus: int = 0, which: int = 0) -> UUID:
        return self.gates[self.campuses[campus]][which]


async def build(people: int = 3, campuses: int = 3, *, now: datetime = NOW) -> House:
    """*people* confirmed candidates for every day at the first campus, each with a badge; one supervisor's device at every gate."""
    for forget in (vault.forget, doors.forget, travels.forget):
        forget()
    edition = await make_edition(now=now, campuses=campuses)
    ids = await db.column("SELECT id FROM campus WHERE edition = $1 ORDER BY number", edition)
    for campus in ids:
        await db.execute("INSERT INTO gate (campus, slug, name) VALUES ($1, 'test-a', 'Porte A'), ($1, 'test-b', 'Porte B')", campus)
    gates = {campus: await db.column("SELECT id FROM gate WHERE campus = $1 AND slug LIKE 'test-%' ORDER BY slug", campus) for campus in ids}
    device, enrolment = await devices.create(edition, "Phone 1", [g for each in gates.values() for g in each], "supervisor", now=now, by=None)
    _, token = await devices.enrol(enrolment, now=now)
    house = House(edition, ids, gates, device, token)
    await add_people(house, people, now=now)
    return house


async def add_people(house: House, count: int, *, now: datetime = NOW, purpose: str = "candidate", language: str = "fr") -> None:
    first = len(house.people)
    made = await db.column(
        """INSERT INTO person (email, name, language, created_at, confirmed_at)
           SELECT $4 || '-' || n || '@example.org', 'Personne ' || n, $3, $2, $2 FROM generate_series($5::int, $5 + $1 - 1) n RETURNING id""",
        count, now, language, uuid4().hex[:6], first,
    )  # fmt: skip
    registrations = await db.column(
        """INSERT INTO registration (edition, person, purpose, created_at, confirmed_at)
           SELECT $1, p, $4, $3, $3 FROM unnest($2::uuid[]) p RETURNING id""",
        house.edition, made, now, purpose,
    )  # fmt: skip
    await db.execute(
        """INSERT INTO registration_day (registration, day, campus, asked_at, held_at)
           SELECT r, d.day, $2, $3, $3 FROM unnest($1::uuid[]) r CROSS JOIN edition_day d WHERE d.edition = $4""",
        registrations, house.campuses[0], now, house.edition,
    )  # fmt: skip
    house.people += made
    house.registrations += registrations
    for registration in registrations:
        badge = await service.issue(registration, secret=SECRET, now=now)
        house.badges.append(badge)
        house.tokens.append(await db.value("SELECT token FROM badge WHERE id = $1", badge))


async def code(badge: UUID) -> str:
    return code_of(await db.value("SELECT number FROM badge WHERE id = $1", badge))


def scan(
    house: House, who: int | str = 0, campus: int = 0, *, way: str = "entry", minutes: float = 0, nonce: str = "", which: int = 0, **more: object
) -> asking.Scan:
    text = house.tokens[who] if isinstance(who, int) else who
    at = NOW + timedelta(minutes=minutes)
    return asking.Scan(nonce or uuid4().hex, text, house.gate(campus, which), way, at, **more)  # type: ignore[arg-type]


async def ask(house: House, given: asking.Scan, *, now: datetime | None = None, token: str = "") -> recording.Outcome:
    return await redeem.redeem(token or house.token, house.edition, given, now=now or given.at, secret=SECRET)
