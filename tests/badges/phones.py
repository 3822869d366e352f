"""Phones that decide by themselves with the door's own rule, lose the network, and send everything three times in any order."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from forum import db
from forum.badges import devices, sync
from forum.badges.admission import decide
from forum.badges.batch import Batch, OfflineScan
from forum.badges.devices import Device
from forum.badges.question import Around, Ask, Gate, Passage, Right, Seen, Way
from tests.badges.house import SECRET, House

MINUTE = 60_000


@dataclass
class Phone:
    """One simulated phone: its clock is off by `wrong` ms, it remembers only what it admitted itself."""

    device: Device
    campus: int
    gate: UUID
    slug: str
    wrong: int
    seen: dict[int, list[Passage]] = field(default_factory=dict)
    queue: list[OfflineScan] = field(default_factory=list)
    sent: list[OfflineScan] = field(default_factory=list)

    def scan(self, who: int, text: str, way: Way, at: int, nonce: str) -> bool:
        """Decide without a network; the scan waits to be sent."""
        number = self.campus
        seen = Seen(who, "candidate", at - 10**9, at + 10**9, (Right(("d",)),))
        around = Around(tuple(self.seen.get(who, ())), False, None, False, 0, None, None, False)
        decision = decide(Ask(way, at, "d", 600, Gate(number, self.slug), seen, around=around))
        admitted = decision.status == "ok"
        if admitted:
            self.seen.setdefault(who, []).append(Passage(at, number, self.slug, "", way, "d"))
        self.queue.append(OfflineScan(nonce, text, self.gate, way, at - self.wrong, admitted, decision.detail, None))
        return admitted


@dataclass
class Truth:
    """What really happened, by nonce: when, and the pairs of scans that used one badge at two doors."""

    at: dict[str, int] = field(default_factory=dict)
    admitted: set[str] = field(default_factory=set)
    doubles: list[tuple[str, str]] = field(default_factory=list)


async def enrol(house: House, count: int, dice: random.Random, now: datetime) -> list[Phone]:
    """*count* phones spread over the house's gates, clocks up to a quarter of an hour wrong either way."""
    gates = [(campus, gate) for campus in range(len(house.campuses)) for gate in house.gates[house.campuses[campus]]]
    phones = []
    for n in range(count):
        campus, gate = gates[n % len(gates)]
        _, token = await devices.create(house.edition, f"Phone {n}", [gate], "steward", now=now, by=None)
        device, _ = await devices.enrol(token, now=now)
        number, slug = await db.value("SELECT number FROM campus WHERE id = $1", house.campuses[campus]), f"g{n}"
        phones.append(Phone(device, number, gate, slug, dice.randint(-15 * MINUTE, 15 * MINUTE)))
    return phones


def morning(house: House, phones: list[Phone], dice: random.Random, start: int, doubles: float = 0.05) -> Truth:
    """Everybody enters somewhere once within four hours, some leave; of *doubles*, the badge is used at another door two minutes later."""
    truth = Truth()
    events = sorted((start + dice.randrange(240 * MINUTE), who) for who in range(len(house.tokens)))
    for at, who in events:
        phone = dice.choice(phones)
        first = f"{at:x}-{who}-1"
        if phone.scan(who, house.tokens[who], "entry", at, first):
            truth.admitted.add(first)
        truth.at[first] = at
        if dice.random() < doubles:
            other = dice.choice([each for each in phones if each is not phone])
            second, later = f"{at:x}-{who}-2", at + 2 * MINUTE
            if other.scan(who, house.tokens[who], "entry", later, second):
                truth.admitted.add(second)
                truth.doubles.append((first, second))
            truth.at[second] = later
        elif dice.random() < 0.2:
            out, later = f"{at:x}-{who}-3", at + 30 * MINUTE
            if phone.scan(who, house.tokens[who], "exit", later, out):
                truth.admitted.add(out)
            truth.at[out] = later
    return truth


def deliveries(phones: list[Phone], dice: random.Random, size: int = 40, times: int = 3) -> list[tuple[Phone, list[OfflineScan]]]:
    """Every phone's scans in batches, each sent *times* over, all in any order; within a batch too."""
    batches = []
    for phone in phones:
        for _ in range(times):
            scans = list(phone.queue)
            dice.shuffle(scans)
            batches += [(phone, scans[at : at + size]) for at in range(0, len(scans), size)]
    dice.shuffle(batches)
    return batches


async def deliver(batches: list[tuple[Phone, list[OfflineScan]]], now: datetime) -> None:
    """Hand the batches over, a few milliseconds apart."""
    for n, (phone, scans) in enumerate(batches):
        moment = now + timedelta(milliseconds=n)
        batch = Batch(int(moment.timestamp() * 1000) - phone.wrong, scans)
        await sync.take(phone.device, batch, now=moment, secret=SECRET)


@dataclass(frozen=True)
class Result:
    """What the server ended up with, to compare with the truth."""

    nonces: int
    admitted: int
    doubles: frozenset[frozenset[str]]
    inside: tuple[tuple[str, int], ...]
    worst_ms: int


async def outcome(truth: Truth) -> Result:
    async with db.connection() as conn:
        scans = await conn.fetch("SELECT nonce, admitted, at FROM check_in WHERE source = 'offline'")
        doubles = await conn.fetch(
            "SELECT a.nonce AS first, b.nonce AS second FROM double_use u, check_in a, check_in b WHERE a.id = u.first AND b.id = u.second"
        )
        inside = await conn.fetch("SELECT campus::text, count(*) AS n FROM whereabouts WHERE campus IS NOT NULL GROUP BY 1 ORDER BY 1")
    worst = max((abs(int(row["at"].timestamp() * 1000) - truth.at[row["nonce"]]) for row in scans), default=0)
    return Result(
        len(scans),
        sum(row["admitted"] for row in scans),
        frozenset(frozenset((row["first"], row["second"])) for row in doubles),
        tuple((row["campus"], row["n"]) for row in inside),
        worst,
    )
