"""The live channel on a real server: events in order after commit, rights before accepting, resume without a gap."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from forum import clock, db, serving
from forum.live import outbox, stream
from forum.live.hub import QUEUE_MOST, Hub, Subscriber
from forum.live.model import Event, coalesced, read_topics
from forum.people import sign_in
from forum.rehearsal import make_edition
from forum.settings import Settings


@pytest.fixture
async def server(settings: Settings) -> AsyncIterator[Settings]:
    """uvicorn as Forum runs it, in this loop, on the test's database and pool."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    here = replace(settings, port=port, origin=f"http://127.0.0.1:{port}")
    running = uvicorn.Server(serving.configuration(here, open_pool=False))
    task = asyncio.create_task(running.serve())
    while not running.started:
        await asyncio.sleep(0.01)
    yield here
    running.should_exit = True
    await task


def _live(server: Settings, topics: str, *, query: str = "", cookie: str = "", origin: str | None = None) -> connect:
    headers = {"Cookie": f"forum_sign_in={cookie}"} if cookie else {}
    return connect(f"ws://127.0.0.1:{server.port}/live?topics={topics}{query}", additional_headers=headers, origin=origin or server.origin)


async def _frame(ws: ClientConnection) -> dict[str, object]:
    return json.loads(await asyncio.wait_for(ws.recv(), 5))


async def test_an_event_arrives_after_commit_and_never_before(server: Settings) -> None:
    async with _live(server, "edition") as ws:
        assert (await _frame(ws))["type"] == "hello"
        async with db.transaction():
            await outbox.emit("edition", "registration.created", "r1")
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(ws.recv(), 0.4)
        said = await _frame(ws)
    assert (said["type"], said["kind"], said["id"]) == ("event", "registration.created", "r1")


async def test_an_event_rolled_back_is_never_said(server: Settings) -> None:
    async with _live(server, "edition") as ws:
        await _frame(ws)
        with contextlib.suppress(ZeroDivisionError):
            async with db.transaction():
                await outbox.emit("edition", "never", "x")
                raise ZeroDivisionError
        await outbox.emit("edition", "after", "y")
        assert (await _frame(ws))["kind"] == "after"


async def test_one_who_returns_gets_exactly_what_was_missed(server: Settings) -> None:
    async with _live(server, "edition,campus.1") as ws:
        first = await _frame(ws)
    for n in range(30):
        await outbox.emit("edition" if n % 2 else "campus.1", "changed", str(n))
    await outbox.emit("campus.2", "changed", "not asked for")
    while await db.value("SELECT count(*) FROM event WHERE seq IS NULL"):
        await asyncio.sleep(0.05)
    async with _live(server, "edition,campus.1", query=f"&epoch={first['epoch']}&since={first['seq']}") as ws:
        await _frame(ws)
        got = [(await _frame(ws))["id"] for _ in range(30)]
    assert got == [str(n) for n in range(30)]


async def test_another_epoch_or_a_pruned_history_is_said_not_hidden(server: Settings) -> None:
    await outbox.emit("edition", "a", "1")
    await stream.sequence()
    async with _live(server, "edition", query="&epoch=00000000-0000-0000-0000-000000000000&since=0") as ws:
        await _frame(ws)
        assert await _frame(ws) == {"type": "resync", "topic": "edition"}


async def test_a_foreign_origin_is_refused_before_accepting(server: Settings) -> None:
    with pytest.raises(InvalidStatus):
        async with _live(server, "edition", origin="https://evil.example"):
            pass


@pytest.mark.parametrize("topics", ["me", "person.00000000-0000-0000-0000-000000000000", "company.00000000-0000-0000-0000-000000000000", "", "edition,%00"])
async def test_topics_that_are_not_the_askers_are_refused(server: Settings, topics: str) -> None:
    with pytest.raises(InvalidStatus):
        async with _live(server, topics):
            pass


async def test_a_persons_own_topic_reaches_its_owner_as_me(server: Settings) -> None:
    await make_edition(now=clock.now(), campuses=2)
    person = await db.value("SELECT id FROM person WHERE email = 'anh@example.org'")
    token = await sign_in.start(person, now=clock.now())
    async with _live(server, "me", cookie=token) as ws:
        await _frame(ws)
        await outbox.emit(f"person.{person}", "meeting.changed", "m")
        said = await _frame(ws)
    assert (said["topic"], said["kind"]) == ("me", "meeting.changed")


async def test_a_reader_that_stops_reading_is_told_to_resync_then_closed_and_nobody_waits() -> None:
    closed: list[int] = []
    blocked = asyncio.Event()
    sent: list[str] = []

    async def full(text: str) -> None:
        await blocked.wait()
        sent.append(text)

    async def close(code: int) -> None:
        closed.append(code)

    hub = Hub()
    slow = Subscriber(["edition"], full, close)
    hub.add(slow)
    for n in range(1, QUEUE_MOST + 3):
        hub.publish("edition", n, f"event {n}")
    await asyncio.sleep(0)
    assert closed == []
    for n in range(QUEUE_MOST + 3, 3 * QUEUE_MOST):
        hub.publish("edition", n, f"event {n}")
    await asyncio.sleep(0.05)
    assert closed == [1013]
    hub.remove(slow)
    assert (hub.topics(), len(hub.subscribers)) == (0, 0)


def test_coalescing_keeps_the_latest_of_each_kind_and_subject_in_reading_order() -> None:
    at = clock.now()
    events = [Event(n, topic, kind, "x", at) for n, (topic, kind) in enumerate([("a", "k"), ("b", "k"), ("a", "j"), ("a", "k"), ("b", "k")], 1)]
    assert [(topic, sorted(e.seq for e in latest)) for topic, latest in coalesced(events)] == [("a", [3, 4]), ("b", [5])]


def test_a_topic_is_one_of_the_few() -> None:
    assert read_topics("edition,campus.12,edition", None) == ("edition", "campus.12")
    assert read_topics("campus.12;drop", None) is None


async def _recruiters_sockets(server: Settings) -> tuple[connect, UUID]:
    """A socket on the company of the rehearsal's recruiter, and the recruiter."""
    await make_edition(now=clock.now(), campuses=2)
    person = await db.value("SELECT id FROM person WHERE email = 'ines@example.org'")
    company = await db.value("SELECT company FROM role WHERE person = $1", person)
    return _live(server, f"company.{company}", cookie=await sign_in.start(person, now=clock.now())), person


_ENDED = "UPDATE role SET ended_at = now() WHERE person = $1"


async def test_a_role_that_ends_closes_what_it_opened_at_once(server: Settings) -> None:
    opened, person = await _recruiters_sockets(server)
    async with opened as ws:
        await _frame(ws)
        await db.execute(_ENDED, person)  # as any part, command or list does it
        with pytest.raises(ConnectionClosed):
            await asyncio.wait_for(ws.recv(), 10)
        assert ws.close_code == 4401


async def test_without_the_tables_word_the_socket_would_listen_on(server: Settings) -> None:
    """The control: the half minute's look has not come yet."""
    await db.execute("DROP TRIGGER role_changed ON role")
    opened, person = await _recruiters_sockets(server)
    async with opened as ws:
        await _frame(ws)
        await db.execute(_ENDED, person)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(ws.recv(), 2.5)


async def test_a_sign_in_that_ends_closes_its_sockets_and_another_role_does_not(server: Settings) -> None:
    opened, person = await _recruiters_sockets(server)
    async with opened as ws:
        await _frame(ws)
        await db.execute("UPDATE role SET approved_at = approved_at + interval '1 s' WHERE person = $1", person)
        await outbox.emit(f"company.{(await db.value('SELECT company FROM role WHERE person = $1', person))}", "presence.changed")
        assert (await _frame(ws))["kind"] == "presence.changed"
        await sign_in.end_all(person, now=clock.now())
        with pytest.raises(ConnectionClosed):
            await asyncio.wait_for(ws.recv(), 10)
