"""`kill -9` of the web process and its database under load: what is lost, and how long nobody is served.

Measured: from the moment the supervisor starts `forum serve` again (`systemd` in the docs, three lines here) to the first scan that is
answered with its record on the disk. The load stays beside it on the same two cores: eight doors that together scan RATE times a second,
the peak an event of 20,000 people expects. It is paced, for a load that takes both cores would measure itself; while nobody answers each
door tries again ten times a second.
"""

import asyncio
import os
import random
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Final
from uuid import uuid4

import asyncpg
import psutil

from forum import clock, db, postgres
from forum.migrate import migrate
from tests.badges.door_site import free_port
from tests.badges.house import House, build
from tests.bench.door_server import PATH, Client, Server, body

DOORS: Final = 8
RATE: Final = 200  # scans a second, all doors together
VICTIMS: Final = ("web", "database", "both")
AWAY = (OSError, asyncio.IncompleteReadError, ValueError, TimeoutError)


@dataclass(frozen=True)
class Back:
    """One return: what was killed, seconds until a scan was answered, seconds of processor the web process took for it."""

    victim: str
    seconds: float
    processor: float


@dataclass(frozen=True)
class Endured:
    """What is left after every kill: nonces acknowledged, nonces recorded, each return, whether counts agree with whereabouts."""

    acked: frozenset[str]
    held: frozenset[str]
    back: tuple[Back, ...]
    agree: bool

    @property
    def lost(self) -> int:
        return len(self.acked - self.held)

    @property
    def longest(self) -> float:
        return max(each.seconds for each in self.back)

    def table(self) -> str:
        """Median, 95th percentile and longest, in seconds, for each victim and all; the processor of the longest start."""
        lines = [f"{'killed':10} {'times':>5} {'median':>7} {'p95':>6} {'longest':>8} {'processor':>10}"]
        for name in (*dict.fromkeys(each.victim for each in self.back), "all"):
            mine = [each for each in self.back if name in (each.victim, "all")]
            taken = sorted(each.seconds for each in mine)
            late, used = taken[min(len(taken) - 1, int(len(taken) * 0.95))], max(each.processor for each in mine)
            lines.append(f"{name:10} {len(taken):5} {statistics.median(taken):7.2f} {late:6.2f} {taken[-1]:8.2f} {used:10.2f}")
        return "\n".join(lines)


@dataclass
class Load:
    """Doors that scan people of *house* in and out at random until `stop`; `acked` are the nonces that were answered."""

    house: House
    port: int
    acked: list[str] = field(default_factory=list)
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    def one(self, dice: random.Random, nonce: str) -> bytes:
        gate = dice.choice([gate for each in self.house.gates.values() for gate in each])
        return body(self.house, dice.randrange(len(self.house.tokens)), gate, nonce, dice.choice(("entry", "exit")))

    async def scan(self, client: Client, dice: random.Random) -> bool:
        """One scan on *client*; whether it was answered."""
        nonce = uuid4().hex
        status, _ = await asyncio.wait_for(client.send("POST", PATH, self.one(dice, nonce), self.house.token), 5)
        if status in (201, 400):
            self.acked.append(nonce)
        return status in (201, 400)

    async def door(self, seed: int) -> None:
        dice = random.Random(seed)
        while not self.stop.is_set():
            try:
                client = await Client.open(self.port)
                with closing(client):
                    due = time.monotonic()
                    while not self.stop.is_set():
                        await self.scan(client, dice)
                        due += DOORS / RATE
                        await asyncio.sleep(max(0.0, due - time.monotonic()))
            except AWAY:
                await asyncio.sleep(0.1)

    async def served(self, seconds: float = 120) -> float:
        """Seconds until a scan is answered."""
        began, dice = time.monotonic(), random.Random(0)
        while time.monotonic() - began < seconds:
            with suppress(*AWAY):
                client = await Client.open(self.port)
                with closing(client):
                    if await self.scan(client, dice):
                        return time.monotonic() - began
            await asyncio.sleep(0.01)
        raise AssertionError("nobody is served again")

    async def more(self, scans: int = 40, seconds: float = 20) -> None:
        """Wait until *scans* more were answered: the first ones after a start warm it up."""
        enough, end = len(self.acked) + scans, time.monotonic() + seconds
        while len(self.acked) < enough and time.monotonic() < end:
            await asyncio.sleep(0.01)


def victims(times: int) -> tuple[str, ...]:
    return tuple(islice(cycle(VICTIMS), times))


async def endure(killed: Sequence[str], *, before: Sequence[str] = (), step: Callable[[str], None] = lambda line: None) -> Endured:
    """Kill what *killed* names one after the other under load. *before*: statements that spoil the database, for a control."""
    dice = random.Random(9)
    with tempfile.TemporaryDirectory() as scratch:
        server = Server("", free_port(), Path(scratch))
        load = Load(await _house(server.data, before), server.port)
        server.start()
        await load.served()
        doors = [asyncio.create_task(load.door(n)) for n in range(DOORS)]
        back = []
        for victim in killed:
            await load.more()
            await asyncio.sleep(dice.uniform(0, 0.8))
            _kill(server, victim)
            await asyncio.to_thread(server.process.wait, 20)  # without its database the web process ends by itself
            server.start()
            seconds = await load.served()
            used = sum(psutil.Process(server.process.pid).cpu_times()[:2])
            back.append(Back(victim, seconds, used))
            step(f"{len(back)} of {len(killed)}: {victim}, {seconds:.2f} s ({used:.2f} s of processor), {len(load.acked)} acknowledged")
        load.stop.set()
        await asyncio.gather(*doors)
        server.process.terminate()
        await asyncio.to_thread(server.process.wait)
        held, agree = await _left(server.data)
    return Endured(frozenset(load.acked), held, tuple(back), agree)


def _kill(server: Server, victim: str) -> None:
    """SIGKILL to the web process, to every process of its database, or to all of them at once."""
    web = psutil.Process(server.process.pid)
    database = web.children(recursive=True) if victim != "web" else []
    for process in (*([web] if victim != "database" else []), *database):
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)


async def _house(data: Path, before: Sequence[str]) -> House:
    with postgres.start(data) as cluster:
        await migrate(cluster.url, now=clock.now())
        async with db.pool(cluster.url, size=4):
            house = await build(400, 5, now=clock.now())
        conn = await asyncpg.connect(cluster.url)
        for statement in before:
            await conn.execute(statement)
        await conn.close()
    return house


async def _left(data: Path) -> tuple[frozenset[str], bool]:
    """Nonces on record, and whether the counts of people inside agree with whereabouts."""
    with postgres.start(data) as cluster:
        conn = await asyncpg.connect(cluster.url)
        held = frozenset(row["nonce"] for row in await conn.fetch("SELECT nonce FROM check_in"))
        agree = await conn.fetchval("SELECT bool_and(i.inside = (SELECT count(*) FROM whereabouts w WHERE w.campus = i.campus)) FROM campus_inside i")
        await conn.close()
    return held, bool(agree)


def tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
