"""Speed of the agenda's pages and feeds: `python -m tests.bench.agenda`. One web process on this machine, warm, real sockets.

300 sessions in 20 rooms as pretalx was measured with (2025.2: programme 266 ms and 6.6/s; schedule.json 1003, .xml 201, .ics 284 ms),
then 1,500 sessions of which one day is shown. Prints a table; the last column is what must be reached.
"""

import asyncio
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import uvicorn

from forum import clock, db, editions, postgres
from forum.agenda import releasing
from forum.app import create_app
from forum.migrate import migrate
from forum.people import sign_in
from forum.settings import Settings

DAY = date(2028, 11, 16)
NINE = datetime(2028, 11, 16, 8, 0, tzinfo=UTC)
WORDS = [
    "modèle", "langue", "juge", "équipe", "atelier", "données", "mesure", "école", "ville", "métier", "preuve", "écoute", "limite", "usage", "lecture", "santé",
    "droit", "règle", "erreur", "image",
]  # fmt: skip


@dataclass(frozen=True)
class Line:
    what: str
    path: str
    signed_in: bool
    most_ms: float
    least_per_s: float = 0


LINES = (
    Line("full programme", "/programme", False, 6, 250),
    Line("full programme, signed in with stars", "/programme", True, 6, 250),
    Line("schedule.json", "/bench/schedule.json", False, 6),
    Line("schedule.xml", "/bench/schedule.xml", False, 6),
    Line("schedule.ics", "/bench/schedule.ics", False, 6),
)
DAY_LINES = (
    Line("1,500 sessions, one day", f"/programme?day={DAY}", False, 20),
    Line("1,500 sessions, one day, signed in", f"/programme?day={DAY}", True, 20),
)


async def make(sessions: int, campuses: int, rooms: int, days: int) -> None:
    """An edition of that size, published; speakers, abstracts of some 400 characters."""
    dice = random.Random(7)  # noqa: S311 (no secret)
    edition = await db.value("INSERT INTO edition (slug, name, is_current) VALUES ('bench', 'Forum de mesure', true) RETURNING id")
    places = []
    for number in range(1, campuses + 1):
        campus = await db.value(
            """INSERT INTO campus (edition, slug, number, name, address, postcode, latitude, longitude, capacity)
               VALUES ($1, $2, $3, $4, '1 rue', '75018', 48.8, 2.3, 500) RETURNING id""",
            edition, str(number), number, f"Campus {number}",
        )  # fmt: skip
        places += [
            await db.value("INSERT INTO room (campus, name, capacity) VALUES ($1, $2, 60) RETURNING id", campus, f"Salle {campus!s:.4} {r}")
            for r in range(rooms)
        ]
    speakers = [
        await db.value("INSERT INTO speaker (edition, code, number, name) VALUES ($1, $2, $3, $4) RETURNING id", edition, f"SPK{n:04}", n, f"Prénom {n} Nom")
        for n in range(sessions)
    ]
    for n in range(sessions):
        title = " ".join(dice.sample(WORDS, 6)).capitalize()
        session = await db.value(
            """INSERT INTO session (edition, code, number, guid, title, minutes, track, language, abstract, reservable)
               VALUES ($1, $2, $3, gen_random_uuid()::text, $4, 30, $5, $6, $7, $8) RETURNING id""",
            edition, f"SES{n:05}", n + 1, title, dice.choice(("Société", "Métiers", "Recherche")), dice.choice(("fr", "en")), " ".join(dice.choices(WORDS, k=60)), n % 2 == 0,
        )  # fmt: skip
        await db.execute("INSERT INTO session_speaker VALUES ($1, $2)", session, speakers[n])
        turn = n // len(places)
        start = NINE + timedelta(days=turn % days, minutes=30 * (turn // days))
        await db.execute(
            "INSERT INTO placement (session, room, start_at, end_at) VALUES ($1, $2, $3, $4)",
            session,
            places[n % len(places)],
            start,
            start + timedelta(minutes=30),
        )
    await db.execute("INSERT INTO agenda (edition, version) VALUES ($1, 1)", edition)
    editions.forget()
    await releasing.publish(await editions.needed(), "1.0", version=1, actor=None, now=clock.now(), despite=True)


async def reader(stars: int) -> str:
    """Somebody signed in, with stars; their cookie."""
    person: UUID = await db.value("INSERT INTO person (email, name, created_at, confirmed_at) VALUES ('bench@example.org', 'Anh', now(), now()) RETURNING id")
    await db.execute("INSERT INTO favourite SELECT $1, id, now() FROM session ORDER BY number LIMIT $2", person, stars)
    return await sign_in.start(person, now=clock.now())


async def fetch(reads: asyncio.StreamReader, writes: asyncio.StreamWriter, request: bytes) -> tuple[int, int]:
    """(status, bytes) of one answer on a kept connection."""
    writes.write(request)
    head = await reads.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    await reads.readexactly(length)
    return int(head.split(b" ", 2)[1]), length


def request(port: int, path: str, cookie: str, zipped: bool) -> bytes:
    lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
    lines += [f"Cookie: forum_sign_in={cookie}"] if cookie else []
    lines += ["Accept-Encoding: gzip"] if zipped else []
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def measure(port: int, line: Line, cookie: str, zipped: bool) -> tuple[float, float, int]:
    """Median milliseconds one after the other, answers per second with 16 clients, and the size of one."""
    asked = request(port, line.path, cookie if line.signed_in else "", zipped)
    reads, writes = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
    times, size = [], 0
    for n in range(220):
        began = time.perf_counter()
        status, size = await fetch(reads, writes, asked)
        assert status == 200, (line.path, status)
        if n >= 20:
            times.append((time.perf_counter() - began) * 1000)
    writes.close()

    async def client() -> int:
        reads, writes = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
        done = 0
        while time.perf_counter() < until:
            await fetch(reads, writes, asked)
            done += 1
        writes.close()
        return done

    began = time.perf_counter()
    until = began + 3
    done = sum(await asyncio.gather(*(client() for _ in range(16))))
    return statistics.median(times), done / (time.perf_counter() - began), size


async def seen_after(port: int) -> float:
    """Seconds from a publication to the first page that shows it."""
    await db.execute("UPDATE session SET title = 'Tout neuf' WHERE number = 1")
    version = await db.value("UPDATE agenda SET version = version + 1 RETURNING version")
    await releasing.publish(await editions.needed(), "1.1", version=version, actor=None, now=clock.now(), despite=True)
    began = time.perf_counter()
    reads, writes = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
    while True:
        writes.write(request(port, "/programme", "", False))
        head = await reads.readuntil(b"\r\n\r\n")
        if b"Tout neuf" in await reads.readexactly(int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])):
            return time.perf_counter() - began
        await asyncio.sleep(0.02)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


async def bench(url: str, size: tuple[int, int, int, int], lines: Sequence[Line]) -> bool:
    await migrate(url, now=clock.now())
    port, good = free_port(), True
    async with db.pool(url, size=4):
        await make(*size)
        cookie = await reader(40)
        server = subprocess.Popen([sys.executable, "-m", "tests.bench.agenda", "serve", url, str(port)])  # noqa: ASYNC220, S603 (before any client)
        try:
            for _ in range(900):
                try:
                    (await asyncio.open_connection("127.0.0.1", port))[1].close()
                    break
                except OSError:
                    await asyncio.sleep(0.1)
            for line in lines:
                for zipped in (False, True):
                    ms, rate, length = await measure(port, line, cookie, zipped)
                    reached = ms <= line.most_ms and rate >= line.least_per_s
                    good &= reached
                    least = f", ≥ {line.least_per_s:g}/s" if line.least_per_s else ""
                    print(
                        f"| {line.what}{', gzip' if zipped else ''} | {ms:.2f} ms | {rate:.0f}/s | {length // 1000} kB | ≤ {line.most_ms:g} ms{least} | {'yes' if reached else 'NO'} |",
                        flush=True,
                    )
            print(f"| a publication is seen after | {await seen_after(port):.2f} s | | | ≤ 1 s | |", flush=True)
        finally:
            server.terminate()
            server.wait(15)
    return good


def serve(url: str, port: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(database_url=url, data_dir=Path(folder), origin=f"http://127.0.0.1:{port}", secret="s" * 40)
        uvicorn.run(create_app(settings), host="127.0.0.1", port=port, log_level="error", access_log=False, loop="uvloop", http="httptools")


def main() -> int:
    print("| page | p50 | 16 clients | size | must reach | reached |\n|---|--:|--:|--:|---|---|")
    good = True
    for size, lines in (((300, 4, 5, 1), LINES), ((1500, 100, 5, 3), DAY_LINES)):
        with postgres.temporary() as cluster:
            good &= asyncio.run(bench(cluster.url, size, lines))
    return 0 if good else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(sys.argv[2], int(sys.argv[3]))
    else:
        sys.exit(main())
