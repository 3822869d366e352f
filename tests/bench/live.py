"""Reach of the live channel: `python -m tests.bench.live [broadcast] [latency] [resume] [screen] [soak]`, all of them when none is named.

Prints a table: what, measured, what must be reached. Servers and clients are processes of their own on this machine; they open as many files as they may.
"""

import asyncio
import json
import statistics
import time

import click
from websockets.asyncio.client import connect

from forum import clock, db, postgres
from forum.live import outbox, stream
from forum.migrate import migrate
from tests.bench.limits import most_files
from tests.bench.live_children import Child, Line, child
from tests.bench.live_screen import screen
from tests.live.serving import free_port


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


async def _joined(server: Child, count: int) -> int:
    """Wait until all clients have been greeted, at most a minute; how many there are."""
    until = time.monotonic() + 60
    while (here := int((await server.tell("stat"))["sockets"])) != count and time.monotonic() < until:
        await asyncio.sleep(0.5)
    return here


async def soak(database: str, scale: float, seconds: float, reconnects: int = 20) -> list[Line]:
    """Many sockets over 100 topics, one of ten never reading, 500 events a second in; in the second half everybody comes back *reconnects* times.

    When all have left nothing may be left of them; then all come once more, for the stop.
    """
    count, port = int(10_000 * scale), free_port()
    async with child("live_server", "forum", port, database) as server:
        idle = await server.tell("stat")
        async with child("sockets", port, count // 2, 100, 0.1) as one, child("sockets", port, count - count // 2, 100, 0.1) as two:
            both = (one, two)
            await _joined(server, count)
            await _events(min(20, seconds / 5))
            events = asyncio.create_task(_events(seconds))
            early, before = await server.tell("stat"), await _frames(both)
            await asyncio.sleep(seconds / 2)
            late, after = await server.tell("stat"), await _frames(both)
            for _ in range(reconnects):
                await asyncio.gather(*(c.tell("again") for c in both))
            came_back = await _joined(server, count)
            sent = await events
            back = await server.tell("stat")
            await asyncio.gather(*(c.tell("leave") for c in both))
            await _joined(server, 0)
            await asyncio.sleep(2)
            empty = await server.tell("stat")
            await asyncio.gather(*(c.tell("again") for c in both))
            await _joined(server, count)
            ended = await server.stop()
    leaked = f"{empty['sockets']} subscribers, {empty['topics']} topics, {empty['tasks'] - idle['tasks']} tasks"
    growth, later = (late["rss"] - early["rss"]) / 1024, (back["rss"] - early["rss"]) / 1024
    return [
        Line(f"{count} sockets, 10 % deaf, {sent / seconds:.0f} events/s, {seconds:.0f} s: memory", f"{early['rss'] / 1024:.0f} → {late['rss'] / 1024:.0f} MB ({growth:+.1f}), after {reconnects} mass reconnects {later:+.1f}", "flat"),
        Line("frames a second to each socket that reads; a core's share", f"{(after - before) / (seconds / 2) / (count * 0.9):.2f}; {100 * (late['cpu'] - early['cpu']) / (seconds / 2):.0f} %", "about one"),
        Line(f"sockets after {reconnects} mass reconnects", f"{came_back}, and when all left: {leaked}", f"{count}, then nothing left"),
        Line(f"clean stop with {count} sockets", f"{ended:.1f} s", "at most 10 s"),
    ]


async def _frames(clients: tuple[Child, Child]) -> int:
    """Frames read so far."""
    return sum([int((await c.tell("seen"))["frames"]) for c in clients])


async def _events(seconds: float, rate: int = 500) -> int:
    """*rate* events a second over a hundred campuses, fifty at a time."""
    begun, n = time.monotonic(), 0
    while time.monotonic() - begun < seconds:
        await outbox.emit_many([(f"campus.{(n + k) % 100 + 1}", "checked-in", str(n + k)) for k in range(50)])
        n += 50
        await asyncio.sleep(max(0.0, begun + n / rate - time.monotonic()))
    return n


async def latency(database: str, seconds: float, rate: float = 200) -> list[Line]:
    """Written in one web process, heard by a client of another, at 200 a second."""
    writer, reader = free_port(), free_port()
    address = f"ws://127.0.0.1:{reader}/live?topics=campus.1"
    async with (
        child("live_server", "forum", writer, database) as one,
        child("live_server", "forum", reader, database),
        connect(address, origin=f"http://127.0.0.1:{reader}", compression=None) as ws,  # type: ignore[arg-type]
    ):
        task = asyncio.create_task(one.tell("emit", "campus.1", seconds, rate))
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
    return [Line(f"event written → heard through another process, {rate:.0f}/s", f"p50 {cut[49]:.0f} ms, p99 {cut[98]:.0f} ms, {len(waits)} of {sent}", "p99 at most 250 ms")]


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


async def measure(what: tuple[str, ...], *, seconds: float, reconnects: int, latency_seconds: float, screen_seconds: float, rate: float, scale: float) -> None:
    """Each of *what*, its lines printed as soon as they are known, on a database of their own."""
    with postgres.temporary() as cluster:
        await migrate(cluster.url, now=clock.now())
        url = cluster.url
        does = {
            "broadcast": lambda: broadcast(url, scale), "latency": lambda: latency(url, latency_seconds, rate), "resume": lambda: resume(scale),
            "screen": lambda: screen(url, scale, screen_seconds, rate), "soak": lambda: soak(url, scale, seconds, reconnects),
        }  # fmt: skip
        async with db.pool(url, size=4):
            for name in what:
                for line in await does[name]():
                    click.echo(f"{line.what:<82} {line.measured:<72} {line.must}")


PARTS = ("broadcast", "latency", "resume", "screen", "soak")


@click.command()
@click.argument("what", nargs=-1, type=click.Choice(PARTS))
@click.option("--seconds", default=600.0, show_default=True, help="Of the soak.")
@click.option("--reconnects", default=20, show_default=True, help="How often everybody comes back in the soak's second half.")
@click.option("--latency-seconds", default=30.0, show_default=True, help="Of the events heard through another process.")
@click.option("--screen-seconds", default=20.0, show_default=True, help="Of the scans watched on the control screen.")
@click.option("--rate", default=200.0, show_default=True, help="Events or scans a second of both.")
@click.option("--scale", default=1.0, show_default=True, help="Of sockets, missed events and campuses.")
def main(what: tuple[str, ...], **how: float) -> None:
    """Measure WHAT, or everything."""
    most_files()
    asyncio.run(measure(what or PARTS, **how))  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
