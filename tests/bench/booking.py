"""Booking under load, over HTTP, on two web processes: the race for few slots, and the rate at which free slots are booked.

`python -m tests.bench.booking` runs the full sizes: 1,000 parallel attempts on each of 50 slots (50 meetings, no doubles, no 5xx), then
20,000 distinct free slots by 16 clients (6,000 confirmed bookings a minute on two cores). `tests/matchmaking/test_two_servers.py` runs it small.
"""

import asyncio
import hashlib
import hmac
import json
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from forum import clock, db, editions, postgres
from forum.matchmaking.places import slot_grid
from forum.migrate import migrate
from forum.rehearsal import make_edition
from forum.sign_ins import digest

SECRET = "bench " * 8


@dataclass
class Field:
    """What the bench plays on."""

    edition: UUID
    slots: tuple[datetime, ...]
    companies: list[UUID] = field(default_factory=list)
    recruiters: list[UUID] = field(default_factory=list)
    people: list[UUID] = field(default_factory=list)


@dataclass
class Result:
    """What came back."""

    statuses: Counter[int]
    seconds: float
    slowest: float

    @property
    def server_errors(self) -> int:
        return sum(n for status, n in self.statuses.items() if status >= 500 or status == 0)


async def make_field(recruiters: int, people: int, *, wishes: str) -> Field:
    """*recruiters* companies of one person each at one campus; *people* wish for all of them ("all") or for those `want` needs ("some")."""
    async with db.transaction():
        await make_edition(now=clock.now() + timedelta(days=30), campuses=2)
    editions.forget()
    edition = await editions.needed()
    made = Field(edition.id, slot_grid(edition).starts)
    campus = await db.value("SELECT id FROM campus WHERE slug = '1'")
    now = clock.now()
    made.companies = [uuid4() for _ in range(recruiters)]
    made.recruiters = [uuid4() for _ in range(recruiters)]
    made.people = [uuid4() for _ in range(people)]
    tables = [uuid4() for _ in range(recruiters)]
    registrations = [uuid4() for _ in range(people)]
    async with db.connection() as conn:
        copy = conn.copy_records_to_table
        await copy(
            "person",
            records=[(p, f"b{n}@example.org", f"B{n}", now, now) for n, p in enumerate(made.recruiters + made.people)],
            columns=["id", "email", "name", "created_at", "confirmed_at"],
        )
        await copy(
            "company",
            records=[(c, edition.id, f"b{n}", f"B{n}", now, now) for n, c in enumerate(made.companies)],
            columns=["id", "edition", "slug", "name", "created_at", "approved_at"],
        )
        await copy("company_rule", records=[(c, True, now, None) for c in made.companies], columns=["company", "open_booking", "updated_at", "max_in_a_row"])
        await copy(
            "role",
            records=[(p, edition.id, "recruiter", c, now, now) for p, c in zip(made.recruiters, made.companies, strict=True)],
            columns=["person", "edition", "name", "company", "granted_at", "approved_at"],
        )
        await copy("meeting_table", records=[(t, campus, 1000 + n) for n, t in enumerate(tables)], columns=["id", "campus", "number"])
        await copy(
            "presence",
            records=[(p, s, t, c) for p, t, c in zip(made.recruiters, tables, made.companies, strict=True) for s in made.slots],
            columns=["recruiter", "slot", "meeting_table", "company"],
        )
        await copy(
            "registration",
            records=[(r, edition.id, p, "candidate", now, now) for r, p in zip(registrations, made.people, strict=True)],
            columns=["id", "edition", "person", "purpose", "created_at", "confirmed_at"],
        )
        await copy("profile", records=[(r, 20) for r in registrations], columns=["registration", "max_meetings"])
        await copy(
            "registration_day",
            records=[(r, d.day, campus, now, now) for r in registrations for d in edition.days],
            columns=["registration", "day", "campus", "asked_at", "held_at"],
        )
        if wishes == "all":
            await copy(
                "wish",
                records=[(edition.id, p, c, n + 1, now) for p in made.people for n, c in enumerate(made.companies)],
                columns=["edition", "candidate", "company", "rank", "made_at"],
            )
        await copy(
            "sign_in",
            records=[(digest(token(p)), p, now, now, now + timedelta(hours=9)) for p in made.people + made.recruiters],
            columns=["token_hash", "person", "created_at", "seen_at", "expires_at"],
        )
    await db.execute("ANALYZE")
    return made


def token(person: UUID) -> str:
    return f"t-{person.hex}-bench-sign-in"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def two_servers(url: str, folder: str) -> Iterator[list[int]]:
    """Two web processes on one database; their ports."""
    ports, children = [free_port(), free_port()], []
    try:
        for port in ports:
            env = os.environ | {"FORUM_DATABASE_URL": url, "FORUM_SECRET": SECRET, "FORUM_PORT": str(port), "FORUM_HOST": "127.0.0.1", "FORUM_ORIGIN": f"http://127.0.0.1:{port}",
                                "FORUM_DATA_DIR": folder, "FORUM_POOL_SIZE": "12"}  # fmt: skip
            children.append(subprocess.Popen([sys.executable, "-m", "forum.cli", "serve"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        for port in ports:
            _wait_for(port)
        yield ports
    finally:
        for child in children:
            child.terminate()
        for child in children:
            try:
                child.wait(timeout=15)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _wait_for(port: int, seconds: float = 120.0) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as probe:
            probe.settimeout(0.5)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("the web process did not begin")


class Client:
    """One kept connection that speaks just enough HTTP, signed in as one person at a time."""

    def __init__(self, port: int) -> None:
        self.port = port

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Client"]:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield self
        finally:
            self.writer.close()
            await self.writer.wait_closed()

    async def book(self, asker: UUID, candidate: UUID, company: UUID, recruiter: UUID, slot: datetime, key: str) -> int:
        """The status of one booking."""
        body = json.dumps({"candidate": str(candidate), "company": str(company), "recruiter": str(recruiter), "slot": slot.isoformat()}).encode()
        proof = hmac.new(SECRET.encode(), b"csrf:" + token(asker).encode(), hashlib.sha256).hexdigest()
        head = (
            f"POST /api/meetings HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nCookie: forum_sign_in={token(asker)}\r\nX-CSRF-Token: {proof}\r\n"
            f"Idempotency-Key: {key}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )  # fmt: skip
        self.writer.write(head.encode() + body)
        status = int((await self.reader.readline()).split()[1])
        length = 0
        while (line := await self.reader.readline()) not in {b"\r\n", b""}:
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        await self.reader.readexactly(length)
        return status


async def race(made: Field, ports: list[int], *, attempts: int, slots: int) -> Result:
    """*attempts* people at once on one slot of each of *slots* recruiters, one slot after the other."""
    clients = [Client(ports[n % len(ports)]) for n in range(attempts)]
    statuses: Counter[int] = Counter()
    slowest = 0.0
    stacks = [client.open() for client in clients]
    for stack in stacks:
        await stack.__aenter__()
    started = time.monotonic()
    for n in range(slots):
        began = time.monotonic()
        answers = await asyncio.gather(
            *(
                client.book(person, person, made.companies[n], made.recruiters[n], made.slots[3 + n % 20], f"race-{n}-{k}-{person.hex}")
                for k, (client, person) in enumerate(zip(clients, made.people, strict=False))
            ),
            return_exceptions=True,
        )  # fmt: skip
        slowest = max(slowest, time.monotonic() - began)
        statuses.update(a if isinstance(a, int) else 0 for a in answers)
    seconds = time.monotonic() - started
    for stack in stacks:
        await stack.__aexit__(None, None, None)
    return Result(statuses, seconds, slowest)


async def throughput(made: Field, ports: list[int], *, bookings: int, clients: int) -> Result:
    """*bookings* distinct free slots, each booked by its recruiter for another person, by *clients* at a time."""
    per = 50
    jobs = iter(range(bookings))
    now = clock.now()
    pairs = {(made.people[m % (len(made.people))], made.companies[m // per]) for m in range(bookings)}
    async with db.connection() as conn:
        await conn.copy_records_to_table(
            "wish", records=[(made.edition, p, c, 1, now) for p, c in pairs], columns=["edition", "candidate", "company", "rank", "made_at"]
        )
    await db.execute("ANALYZE wish")
    statuses: Counter[int] = Counter()
    slowest = 0.0

    async def player(number: int) -> None:
        nonlocal slowest
        async with Client(ports[number % len(ports)]).open() as client:
            for m in jobs:
                r, person = m // per, made.people[m % len(made.people)]
                began = time.monotonic()
                statuses[
                    await client.book(made.recruiters[r], person, made.companies[r], made.recruiters[r], made.slots[m % per], f"flow-{m}-{person.hex}")
                ] += 1
                slowest = max(slowest, time.monotonic() - began)

    started = time.monotonic()
    await asyncio.gather(*(player(n) for n in range(clients)))
    return Result(statuses, time.monotonic() - started, slowest)


async def doubles() -> int:
    """Meetings that share a recruiter, a person or a table in one slot."""
    return int(
        await db.value(
            """SELECT (SELECT count(*) FROM (SELECT 1 FROM meeting WHERE state IN ('proposed', 'accepted') GROUP BY recruiter, slot HAVING count(*) > 1) a)
                    + (SELECT count(*) FROM (SELECT 1 FROM meeting WHERE state IN ('proposed', 'accepted') GROUP BY candidate, slot HAVING count(*) > 1) b)
                    + (SELECT count(*) FROM (SELECT 1 FROM meeting WHERE state IN ('proposed', 'accepted') GROUP BY meeting_table, slot HAVING count(*) > 1) c)"""
        )
    )  # fmt: skip


async def main(url: str, folder: str) -> int:
    sizes = {"race": (50, 1000), "flow": (400, 4001)}
    ok = True
    for what in sys.argv[1:] or ["race", "flow"]:
        name = f"bench_{what}"
        await _create(url, name)
        target = url.replace("/postgres", f"/{name}") if "/postgres?" in url else url
        await migrate(target, now=clock.now())
        async with db.pool(target, size=4):
            made = await make_field(*sizes[what], wishes="all" if what == "race" else "none")
            with two_servers(target, folder) as ports:
                if what == "race":
                    found = await race(made, ports, attempts=1000, slots=50)
                    meetings = await db.value("SELECT count(*) FROM meeting")
                    ok &= (meetings, await doubles(), found.server_errors) == (50, 0, 0)
                    print(f"race: {sum(found.statuses.values())} attempts in {found.seconds:.1f} s on 2 web processes: {meetings} meetings, {await doubles()} doubles, "
                          f"{found.server_errors} x 5xx, statuses {dict(found.statuses)}, slowest thousand {found.slowest:.1f} s")  # fmt: skip
                else:
                    found = await throughput(made, ports, bookings=20_000, clients=16)
                    rate = 60 * found.statuses[201] / found.seconds
                    ok &= found.statuses[201] == 20_000 and await doubles() == 0
                    print(f"throughput: {found.statuses[201]} bookings in {found.seconds:.1f} s by 16 clients: {rate:.0f} a minute, slowest {found.slowest * 1000:.0f} ms, "
                          f"statuses {dict(found.statuses)}, {await doubles()} doubles")  # fmt: skip
    return 0 if ok else 1


async def _create(url: str, name: str) -> None:
    import asyncpg

    conn = await asyncpg.connect(url)
    try:
        await conn.execute(f'CREATE DATABASE "{name}"')
    finally:
        await conn.close()


if __name__ == "__main__":
    import tempfile

    with postgres.temporary() as cluster, tempfile.TemporaryDirectory() as folder:
        head, _, query = cluster.url.partition("?")
        base = head.rsplit("/", 1)[0] + "/postgres" + (f"?{query}" if query else "")
        sys.exit(asyncio.run(main(base, folder)))
