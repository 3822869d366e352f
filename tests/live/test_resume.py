"""Coming back: `forum watch` over a restart, history that was dropped, everything else exactly once."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest
from click.testing import CliRunner

from forum import clock, db
from forum.cli import main
from forum.errors import Forbidden, Unavailable
from forum.live import outbox, stream
from forum.live.commands import follow, line
from forum.live.hub import Hub
from forum.live.jobs import forget_events
from forum.live.stream import Place
from forum.settings import Settings
from tests.live.serving import free_port, running


async def test_watch_goes_on_after_the_last_event_when_the_server_was_away(settings: Settings) -> None:
    got: list[str] = []
    connected = asyncio.Event()
    port = free_port()

    async def watching(origin: str, until: int) -> None:
        async for said in follow(origin, ("edition",), first_wait=0.05):
            if said["type"] == "hello":
                connected.set()
            if said["type"] == "event":
                got.append(said["id"])
            if len(got) == until:
                return

    async with running(settings, port) as server:
        task = asyncio.create_task(watching(server.origin, 3))
        await asyncio.wait_for(connected.wait(), 5)
        await outbox.emit("edition", "changed", "1")
        while not got:
            await asyncio.sleep(0.05)
    await outbox.emit("edition", "changed", "2")  # while nobody serves
    async with running(settings, port):
        await outbox.emit("edition", "changed", "3")
        await asyncio.wait_for(task, 10)
    assert got == ["1", "2", "3"]


async def test_watch_refused_or_nowhere_is_one_sentence(settings: Settings) -> None:
    async with running(settings) as server:
        with pytest.raises(Forbidden):
            await anext(follow(server.origin, ("me",)))
    with pytest.raises(Unavailable):
        await anext(follow("http://127.0.0.1:9", ("edition",)))


def test_watch_prints_a_sentence_and_fails_when_nothing_answers() -> None:
    done = CliRunner().invoke(main, ["watch", "--server", "http://127.0.0.1:9"])
    assert (done.exit_code, done.output) == (1, "No live channel at http://127.0.0.1:9.\n")


def test_a_line_is_time_topic_what_which() -> None:
    said = {"type": "event", "seq": 4, "topic": "campus.12", "kind": "checked-in", "id": "x", "at": "2028-11-16T09:42:18Z"}
    assert line(said) == "10:42:18  campus.12          checked-in               x"


async def test_events_a_day_old_are_forgotten_and_who_asks_for_them_is_told_to_read_anew(database: str) -> None:
    now = clock.now()
    for n in range(5):
        await outbox.emit("edition", "changed", str(n))
    await stream.sequence()
    await db.execute("UPDATE event SET at = $1 WHERE seq <= 3", now - timedelta(hours=25))
    await outbox.emit("edition", "unnumbered", "old")
    await db.execute("UPDATE event SET at = $1 WHERE seq IS NULL", now - timedelta(hours=25))
    assert await forget_events(now) == 3
    here = await stream.place()
    epoch = str(here.epoch)
    assert await stream.missed(("edition",), epoch, 2, here=here) == ([], ['{"type":"resync","topic":"edition"}'])
    kept, again = await stream.missed(("edition",), epoch, 3, here=here)
    assert ([e.ref for e in kept], again) == (["3", "4"], [])


async def test_when_all_history_is_gone_only_who_had_everything_goes_on(database: str) -> None:
    for n in range(3):
        await outbox.emit("edition", "changed", str(n))
    await stream.sequence()
    await db.execute("DELETE FROM event")
    here = await stream.place()
    assert here.seq == 3
    assert await stream.missed(("edition",), str(here.epoch), 3, here=here) == ([], [])
    assert await stream.missed(("edition",), str(here.epoch), 2, here=here) == ([], ['{"type":"resync","topic":"edition"}'])
    assert await stream.missed(("edition",), str(here.epoch), 9, here=Place(here.epoch, 3)) == ([], ['{"type":"resync","topic":"edition"}'])


async def test_several_processes_number_at_once_and_no_event_has_two_numbers(database: str) -> None:
    heard: list[str] = []
    done = asyncio.Event()

    async def number() -> None:
        while not done.is_set():
            await stream.sequence()

    async def write() -> None:
        for n in range(150):
            await outbox.emit("edition", "changed", str(n))
        done.set()

    async def read() -> None:
        last = 0
        while len(set(heard)) < 150:
            for event in await stream.since(last):
                heard.append(event.ref)
                last = event.seq

    await asyncio.wait_for(asyncio.gather(number(), number(), number(), write()), 30)
    await stream.sequence()
    await asyncio.wait_for(read(), 10)
    assert await db.column("SELECT count(*) FROM event GROUP BY seq HAVING count(*) > 1") == []
    assert await db.value("SELECT max(seq) FROM event") == await db.value("SELECT seq FROM live_state") == 150


async def test_a_listener_that_went_deaf_is_noticed_and_replaced(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[asyncpg.Connection] = []
    connect = asyncpg.connect

    async def noted(*args: object, **kwargs: object) -> asyncpg.Connection:
        opened.append(await connect(*args, **kwargs))
        return opened[-1]

    monkeypatch.setattr(asyncpg, "connect", noted)
    following = stream.Stream(Hub(), database)
    await following.start()
    try:
        async with asyncio.timeout(20):
            while not opened:
                await asyncio.sleep(0.05)
            await asyncio.sleep(0.2)
            await _quietly(opened[0], "UNLISTEN *")  # nothing tells it: only its own note that does not come
            while len(opened) < 2:
                await asyncio.sleep(0.05)
        assert opened[0].is_closed()
    finally:
        await following.stop()


async def _quietly(conn: asyncpg.Connection, statement: str) -> None:
    while True:
        try:
            await conn.execute(statement)
            return
        except asyncpg.InterfaceError:  # it is saying its note
            await asyncio.sleep(0.01)


def test_a_deaf_listener_is_noticed_within_five_seconds() -> None:
    assert 2 * stream.PING_SECONDS <= 5, "it rests, then waits for its own note"


async def test_a_crowd_that_comes_back_asks_once_which_stream_this_is(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, real = [], stream.place

    async def counted() -> stream.Place:
        asked.append(1)
        return await real()

    monkeypatch.setattr(stream, "place", counted)
    following = stream.Stream(Hub(), database)
    epochs = set(await asyncio.gather(*(following.epoch() for _ in range(200))))
    assert (epochs, len(asked)) == ({(await real()).epoch}, 1)
    await db.execute("UPDATE live_state SET epoch = gen_random_uuid() WHERE one")
    assert (await following.epoch(), len(asked)) == ((await real()).epoch, 2)  # the control: an answer is shared, never kept
