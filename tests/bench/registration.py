"""Registrations per second through the public form: CSRF, durable commits, the mail queued, a worker running. `python -m tests.bench.registration [seconds]`."""

import asyncio
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import asyncpg

from forum import postgres
from tests.badges.door_site import free_port

CLIENTS = 16
TICK = os.sysconf("SC_CLK_TCK")


def cpu_of(pid: int) -> float:
    """Seconds of processor time of one process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


async def post(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: str, body: bytes) -> int:
    """One POST on a kept connection; its status."""
    writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    answer = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", answer, re.IGNORECASE)
    if length:
        await reader.readexactly(int(length[1]))
    return int(answer[9:12])


async def client(port: int, number: int, until: float, taken: list[float], refused: list[int]) -> None:
    """Register one invented person after another, as one browser that keeps its form open."""
    origin = f"http://127.0.0.1:{port}"
    page = await asyncio.to_thread(lambda: urlopen(Request(f"{origin}/register", headers={"User-Agent": "bench"})))
    cookie = page.headers["set-cookie"].split(";")[0]
    text = page.read().decode()
    token = re.search(r'name="_csrf" value="([^"]+)"', text)[1]  # type: ignore[index]
    days = re.findall(r'value="(\d{4}-\d\d-\d\d:[^"]+)"', text)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"POST /register HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: {origin}\r\nCookie: {cookie}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    n = 0
    while time.monotonic() < until:
        n += 1
        form = {"_csrf": token, "name": f"Personne {number} {n}", "email": f"p{number}-{n}@example.org", "purpose": "candidate", "skills": "Python, SQL"}
        body = urlencode([*form.items(), ("days", days[(number * 7 + n) % len(days)]), ("target_roles", "data-scientist"), ("languages", "fr")]).encode()
        began = time.perf_counter()
        status = await post(reader, writer, head, body)
        taken.append(time.perf_counter() - began)
        if status != 303:
            refused.append(status)
    writer.close()


async def durable_commits(url: str, seconds: float) -> float:
    """The reference of the same run: bare one-row commits per second, 16 connections."""
    conns = [await asyncpg.connect(url) for _ in range(CLIENTS)]
    await conns[0].execute("CREATE TABLE bench_commit (n bigint GENERATED ALWAYS AS IDENTITY, t text)")
    until, done = time.monotonic() + seconds, 0

    async def one(conn: asyncpg.Connection) -> int:
        count = 0
        while time.monotonic() < until:
            await conn.execute("INSERT INTO bench_commit (t) VALUES ('x')")
            count += 1
        return count

    done = sum(await asyncio.gather(*(one(c) for c in conns)))
    for conn in conns:
        await conn.close()
    return done / seconds


async def measure(url: str, port: int, pid: int, seconds: float) -> None:
    commits = await durable_commits(url, min(5.0, seconds))
    taken: list[float] = []
    refused: list[int] = []
    began, cpu = time.monotonic(), cpu_of(pid)
    await asyncio.gather(*(client(port, n, began + seconds, taken, refused) for n in range(CLIENTS)))
    wall, used = time.monotonic() - began, cpu_of(pid) - cpu
    conn = await asyncpg.connect(url)
    stored = await conn.fetchval("SELECT count(*) FROM registration r JOIN person p ON p.id = r.person WHERE p.name LIKE 'Personne %'")
    mails = await conn.fetchval("SELECT count(*) FROM mail WHERE template = 'confirm'")
    await conn.close()
    done = len(taken) - len(refused)
    taken.sort()
    print("| what | figure |\n|---|---|")
    print(f"| registrations a second, {CLIENTS} clients, 1 web process | {done / wall:.0f} |")
    print(f"| server processor time each | {1000 * used / max(done, 1):.2f} ms |")
    print(f"| p50 / p99 | {1000 * statistics.median(taken):.0f} / {1000 * taken[int(len(taken) * 0.99)]:.0f} ms |")
    print(f"| bare durable commits a second, same run | {commits:.0f} |")
    print(f"| stored, mails queued, refused | {stored}, {mails}, {len(refused)} |")


def main(seconds: float = 15.0) -> None:
    port = free_port()
    with postgres.temporary() as cluster, tempfile.TemporaryDirectory() as folder:
        env = os.environ | {"FORUM_DATABASE_URL": cluster.url, "FORUM_DATA_DIR": folder, "FORUM_ORIGIN": f"http://127.0.0.1:{port}"}
        forum = [sys.executable, "-m", "forum.cli"]
        subprocess.run([*forum, "demo", "--prepare-only", "--people", "20", "--companies", "2"], env=env | {"FORUM_DEMO": "1"}, check=True, capture_output=True)
        asyncio.run(_room(cluster.url))
        server = subprocess.Popen([*forum, "serve", "--port", str(port)], env=env)
        worker = subprocess.Popen([*forum, "worker"], env=env)
        try:
            _wait(port)
            asyncio.run(measure(cluster.url, port, server.pid, seconds))
        finally:
            for process in (worker, server):
                process.terminate()
                process.wait(15)


async def _room(url: str) -> None:
    conn = await asyncpg.connect(url)
    await conn.execute("UPDATE campus_day SET places = 1000000")
    await conn.close()


def _wait(port: int) -> None:
    for _ in range(300):
        try:
            urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1).read()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server did not start")


if __name__ == "__main__":
    main(*(float(word) for word in sys.argv[1:2]))
