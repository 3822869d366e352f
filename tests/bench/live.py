"""Reach of the live channel: `python -m tests.bench.live [broadcast soak latency resume screen] [--seconds 600] [--scale 1.0]`.

Prints a table: what, measured, what must be reached. Server and clients are processes of their own on this machine.
"""

import asyncio
import json
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from websockets.asyncio.client import connect

from forum import clock, db, postgres
from forum.live import outbox, stream
from forum.migrate import migrate
from forum.people import sign_in
from tests.live import day as days
from tests.live.serving import free_port

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Line:
    what: str
    measured: str
    must: str


class Child:
    """A process that is told words and answers each with one JSON line."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def tell(self, *words: object) -> Any:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write((" ".join(map(str, words)) + "\n").encode())
        return json.loads(await asyncio.wait_for(self.process.stdout.readline(), 900))

    async def stop(self) -> float:
        """Ask it to end; seconds until it has."""
        assert self.process.stdin
        begun = time.monotonic()
        self.process.stdin.write(b"stop\n")
        await asyncio.wait_for(self.process.wait(), 60)
        return time.monotonic() - begun


@asynccontextmanager
async def child(module: str, *words: object) -> AsyncIterator[Child]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"tests.bench.{module}", *map(str, words), cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    try:
        said = await asyncio.wait_for(process.stdout.readline(), 600)
        assert json.loads(said) == "ready"
        yield Child(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def broadcast(database: str, scale: float) -> list[Line]:
    """The same 300 bytes to the same number of sockets, by the bare library and by Forum, in turns."""
    count, found = int(5000 * scale), {}
    for kind in ("bare", "forum"):
        port = free_port()
        async with child("live_server", kind, port, *([database] if kind == "forum" else [])) as server:
            before = (await server.tell("stat"))["rss"]
            async with child("sockets", port, count // 2, 0, 0) as one, child("sockets", port, count - count // 2, 0, 0) as two:
                last = []
                await _joined(server, count)
                for _ in range(12):
                    await asyncio.sleep(0.3)
                    assert await server.tell("go") == count
                    await asyncio.sleep(1.5)
                    last.append(max([(await c.tell("seen"))["latest_ms"] for c in (one, two)]))
                found[kind] = (statistics.median(last[2:]), ((await server.tell("stat"))["rss"] - before) / count)
    (bare_ms, bare_kb), (ms, kb) = found["bare"], found["forum"]
    return [
        Line(f"300 bytes to {count} sockets, last delivery", f"{ms:.0f} ms, bare library {bare_ms:.0f} ms: {ms / bare_ms:.2f} times", "at most 2 times"),
        Line("memory per socket", f"{kb:.1f} kB, bare library {bare_kb:.1f} kB", "at most 25 kB"),
    ]


async def _joined(server: Child, count: int) -> None:
    """Wait until all clients have been greeted, at most a minute."""
    until = time.monotonic() + 60
    while (await server.tell("stat"))["sockets"] != count and time.monotonic() < until:
        await asyncio.sleep(0.2)


async def soak(database: str, scale: float, seconds: float, reconnects: int = 20) -> list[Line]:
    """Many sockets over 100 topics, one of ten never reading, 500 events a second in; in the second half everybody comes back twenty times meanwhile."""
    count, port = int(10_000 * scale), free_port()
    async with child("live_server", "forum", port, database) as server:
        idle = await server.tell("stat")
        async with child("sockets", port, count // 2, 100, 0.1) as one, child("sockets", port, count - count // 2, 100, 0.1) as two:
            await _joined(server, count)
            await _events(min(20, seconds / 5))
            early = await server.tell("stat")
            events = asyncio.create_task(_events(seconds))
            await asyncio.sleep(seconds / 2)
            late = await server.tell("stat")
            for _ in range(reconnects):
                await asyncio.gather(one.tell("again"), two.tell("again"))
            sent = await events
            await _joined(server, count)
            back = await server.tell("stat")
            frames = [await c.tell("seen") for c in (one, two)]
            await asyncio.gather(one.stop(), two.stop())
            await _joined(server, 0)
            await asyncio.sleep(2)
            empty = await server.tell("stat")
        ended = await server.stop()
    leaked = f"{empty['sockets']} subscribers, {empty['topics']} topics, {empty['tasks'] - idle['tasks']} tasks"
    growth, after = (late["rss"] - early["rss"]) / 1024, (back["rss"] - early["rss"]) / 1024
    return [
        Line(f"{count} sockets, 10 % deaf, {sent / seconds:.0f} events/s, {seconds:.0f} s: memory", f"{early['rss'] / 1024:.0f} → {late['rss'] / 1024:.0f} MB ({growth:+.1f}), after {reconnects} mass reconnects {after:+.1f}", "flat"),
        Line("frames read", f"{sum(f['frames'] for f in frames)}", "about one a second and topic"),
        Line(f"sockets after {reconnects} mass reconnects", f"{back['sockets']}, and when all left: {leaked}", f"{count}, then nothing left"),
        Line("clean stop", f"{ended:.1f} s", "at most 10 s"),
    ]


async def _events(seconds: float, rate: int = 500) -> int:
    """*rate* events a second over a hundred campuses, fifty at a time."""
    begun, n = time.monotonic(), 0
    while time.monotonic() - begun < seconds:
        await outbox.emit_many([(f"campus.{(n + k) % 100 + 1}", "checked-in", str(n + k)) for k in range(50)])
        n += 50
        await asyncio.sleep(max(0.0, begun + n / rate - time.monotonic()))
    return n


async def latency(database: str, seconds: float) -> list[Line]:
    """Written in one web process, heard by a client of another, at 200 a second."""
    writer, reader = free_port(), free_port()
    address = f"ws://127.0.0.1:{reader}/live?topics=campus.1"
    async with (
        child("live_server", "forum", writer, database) as one,
        child("live_server", "forum", reader, database),
        connect(address, origin=f"http://127.0.0.1:{reader}", compression=None) as ws,  # type: ignore[arg-type]
    ):
        task = asyncio.create_task(one.tell("emit", "campus.1", seconds, 200))
        waits: list[float] = []
        while not task.done() or len(waits) < task.result():
            try:
                said = json.loads(await asyncio.wait_for(ws.recv(), 5 if task.done() else 1))
            except TimeoutError:
                if task.done():
                    break
                continue
            at = time.monotonic_ns()
            waits += [(at - int(e["id"])) / 1e6 for e in said.get("events", [said]) if e.get("kind") == "bench"]
        sent = await task
    assert len(waits) == sent, f"{len(waits)} heard of {sent}"
    cut = statistics.quantiles(waits, n=100)
    return [Line(f"event written → heard through another process, {sent / seconds:.0f}/s", f"p50 {cut[49]:.0f} ms, p99 {cut[98]:.0f} ms, {len(waits)} of {sent}", "p99 at most 250 ms")]


async def resume(scale: float) -> list[Line]:
    """Half an hour away at 200 events a second over 100 campuses: either every event or an explicit resync."""
    here, total = await stream.place(), int(360_000 * scale)
    await db.execute("INSERT INTO event (topic, kind, ref) SELECT 'campus.' || (n % 100 + 1), 'checked-in', n::text FROM generate_series(1, $1) AS n", total)
    await outbox.emit_many([("edition", "agenda.released", str(n)) for n in range(40)])
    begun = time.monotonic()
    while await stream.sequence():
        pass
    numbered, now = time.monotonic() - begun, await stream.place()
    lines = [Line(f"numbering {total} events left behind", f"{numbered:.1f} s", "")]
    for topics, exact in ((("edition",), 40), (("campus.1",), None)):
        begun = time.monotonic()
        events, again = await stream.missed(topics, str(here.epoch), here.seq, here=now)
        took = 1000 * (time.monotonic() - begun)
        due = await db.value("SELECT count(*) FROM event WHERE seq > $1 AND topic = ANY($2)", here.seq, list(topics))
        assert (len(events) == due) != bool(again), "a silent gap"
        assert exact is None or len(events) == exact
        lines.append(Line(f"resume of {topics[0]} after {due} events", f"{'resync' if again else f'{len(events)} events'} in {took:.0f} ms", "all, or an explicit resync"))
    return lines


async def screen(database: str, scale: float, seconds: float) -> list[Line]:
    """The control screen in Chromium with 100 campuses: bytes of the first view, script per update, event written → figure on the screen."""
    from playwright.async_api import async_playwright

    now, campuses = clock.now(), int(100 * scale)
    day = await days.make(now=now, campuses=campuses)
    for slug in day.campuses:
        await days.fill(day, slug, 100, per_minute=3, now=now)
        await days.device(day, slug, f"p{slug}", seen=now + timedelta(hours=1))
    token = await sign_in.start(await days.person_of("sofia@example.org"), now=now, second_factor=True)
    port = free_port()
    async with child("live_server", "forum", port, database), async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
        context = await browser.new_context(viewport={"width": 1280, "height": 900}, service_workers="block")
        await context.add_cookies([{"name": "forum_sign_in", "value": token, "url": f"http://127.0.0.1:{port}"}])
        page = await context.new_page()
        client = await context.new_cdp_session(page)
        sizes: list[float] = []
        client.on("Network.loadingFinished", lambda e: sizes.append(e["encodedDataLength"]))
        await client.send("Network.enable")
        await client.send("Performance.enable")
        await page.goto(f"http://127.0.0.1:{port}/control")
        await page.wait_for_load_state("networkidle")
        first = sum(sizes)
        sizes.clear()
        await client.send("Runtime.evaluate", {"expression": _WATCH})
        before = await _script(client)
        written = await _scans(day, seconds)
        await asyncio.sleep(2)
        after, seen = await _script(client), await page.evaluate("seen")
        await browser.close()
    waits = sorted(_until_shown(written, seen))
    updates = max(1, len(seen))
    return [
        Line(f"control screen, {campuses} campuses: first view", f"{first / 1000:.0f} kB", "at most 150 kB"),
        Line("script per update", f"{1000 * (after - before) / updates:.1f} ms over {updates} updates", "at most 16 ms"),
        Line(f"scan written → figure on the screen, {len(written) / seconds:.0f}/s", f"p50 {waits[len(waits) // 2]:.0f} ms, p99 {waits[int(len(waits) * 0.99)]:.0f} ms", "p99 at most 250 ms"),
    ]  # fmt: skip


_WATCH = """window.seen = [];
const read = () => Number(document.querySelector(".k-main dd").firstChild.textContent.replace(/[^0-9]/g, ""));
new MutationObserver(() => { const now = read(); if (!seen.length || seen.at(-1)[1] !== now) seen.push([Date.now(), now]); })
  .observe(document.getElementById("board"), {subtree: true, childList: true, characterData: true});"""


async def _script(client: Any) -> float:
    metrics = {m["name"]: m["value"] for m in (await client.send("Performance.getMetrics"))["metrics"]}
    return float(metrics["ScriptDuration"])


async def _scans(day: days.Day, seconds: float, rate: int = 200) -> list[tuple[float, int]]:
    """Entries counted one by one with their event; (milliseconds of the epoch when committed, people inside then)."""
    inside = await db.value("SELECT sum(inside) FROM campus_inside")
    slugs, written, begun = list(day.campuses), [], time.monotonic()
    while time.monotonic() - begun < seconds:
        slug = slugs[len(written) % len(slugs)]
        async with db.transaction():
            await db.execute("UPDATE campus_inside SET inside = inside + 1 WHERE campus = $1", day.campuses[slug])
            await outbox.emit(f"campus.{slug}", "checked-in")
        written.append((time.time() * 1000, inside + len(written) + 1))
        await asyncio.sleep(max(0.0, begun + len(written) / rate - time.monotonic()))
    return written


def _until_shown(written: list[tuple[float, int]], seen: list[tuple[float, int]]) -> list[float]:
    """For each write the milliseconds until the screen showed at least its figure."""
    waits, place = [], 0
    for at, figure in written:
        while place < len(seen) and seen[place][1] < figure:
            place += 1
        if place < len(seen):
            waits.append(seen[place][0] - at)
    assert len(waits) == len(written), "the screen did not catch up"
    return waits


async def measure(what: tuple[str, ...], seconds: float, scale: float) -> list[Line]:
    """All lines of *what*, each printed as soon as it is known, on a database of their own."""
    lines: list[Line] = []
    with postgres.temporary() as cluster:
        await migrate(cluster.url, now=clock.now())
        url = cluster.url
        does = {
            "broadcast": lambda: broadcast(url, scale), "latency": lambda: latency(url, min(30, seconds)), "resume": lambda: resume(scale),
            "screen": lambda: screen(url, scale, min(20, seconds)), "soak": lambda: soak(url, scale, seconds),
        }  # fmt: skip
        async with db.pool(url, size=4):
            for name in what:
                for line in await does[name]():
                    click.echo(f"{line.what:<76} {line.measured:<64} {line.must}")
                    lines.append(line)
    return lines


@click.command()
@click.argument("what", nargs=-1)
@click.option("--seconds", default=600.0, show_default=True, help="Of the soak; the others take at most half a minute of it.")
@click.option("--scale", default=1.0, show_default=True, help="Of sockets, events and campuses.")
def main(what: tuple[str, ...], seconds: float, scale: float) -> None:
    """Measure WHAT, or everything."""
    asyncio.run(measure(what or ("broadcast", "latency", "resume", "screen", "soak"), seconds, scale))


if __name__ == "__main__":
    main()
