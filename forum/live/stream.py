"""From the outbox to the sockets: sequence after commit, wake the other processes, read on, coalesce, publish."""

import asyncio
import logging
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg

from forum import clock, db, tasks
from forum.live.hub import Hub
from forum.live.model import BEAT, Event, coalesced, frame, resync

log = logging.getLogger(__name__)

CHANNEL: Final = "forum_live"
POLL_SECONDS: Final = 1.0  # the truth is the table; a lost wake-up costs a second, never an event
AGAIN_SECONDS: Final = 0.5  # between attempts while the database is away
BATCH: Final = 5000
QUICK_SECONDS: Final = 0.05  # between frames of a topic while few listen: a control screen
CALM_SECONDS: Final = 1.0  # while many listen: a crowd of phones
FEW: Final = 500
BEAT_SECONDS: Final = 15.0
PING_SECONDS: Final = 2.0  # a listener that does not hear itself within this is deaf
RIGHTS: Final = "rights.changed"  # said by the tables of roles and sign-ins; its ref is the person
HISTORY_MOST: Final = 2000  # events sent again to one who returns; more is a resync

_SEQUENCE = """
WITH state AS (SELECT seq FROM live_state WHERE one),
     fresh AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM (SELECT id FROM event WHERE seq IS NULL ORDER BY id LIMIT 5000) e),
     numbered AS (UPDATE event e SET seq = state.seq + fresh.n, at = coalesce($1, e.at) FROM fresh, state WHERE e.id = fresh.id RETURNING e.seq)
UPDATE live_state SET seq = seq + (SELECT count(*) FROM numbered) WHERE one AND EXISTS (SELECT 1 FROM numbered) RETURNING seq
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the stream stands: another `epoch` means another stream."""

    epoch: UUID
    seq: int


async def place() -> Place:
    found = await db.row(Place, "SELECT epoch, seq FROM live_state WHERE one")
    assert found is not None
    return found


async def sequence() -> int:
    """Give every committed event its number; the last one given, or 0 when there was nothing. Any process may; one at a time does."""
    if not await db.value("SELECT EXISTS (SELECT 1 FROM event WHERE seq IS NULL)"):
        return 0
    async with db.transaction():
        await db.value("SELECT seq FROM live_state WHERE one FOR UPDATE")  # first: what another process numbered is seen by the statement after
        return int(await db.value(_SEQUENCE, clock.now() if clock.is_simulated() else None) or 0)  # a rehearsal's events happen in its own time


async def since(seq: int, topics: tuple[str, ...] | None = None, *, most: int = BATCH) -> list[Event]:
    """Events after *seq* in order, of *topics* or of all."""
    return await db.rows(
        Event,
        "SELECT seq, topic, kind, ref, at FROM event WHERE seq > $1 AND ($2::text[] IS NULL OR topic = ANY($2)) ORDER BY seq LIMIT $3",
        seq,
        list(topics) if topics is not None else None,
        most,
    )


async def oldest() -> int:
    """The lowest number still kept, or the next one when none is: before it, history is gone."""
    return int(await db.value("SELECT coalesce((SELECT min(seq) FROM event WHERE seq IS NOT NULL), (SELECT seq + 1 FROM live_state WHERE one))"))


class Stream:
    """One per web process: follows the outbox and feeds the hub."""

    def __init__(self, hub: Hub, url: str) -> None:
        self.hub, self.url = hub, url
        self.seq = 0
        self.heard = 0.0  # monotonic time when the database was last known to answer
        self._wake = asyncio.Event()
        self._pending: list[Event] = []
        self._flushed = 0.0
        self._advanced = 0.0  # reading for each of 200 scans a second costs more than the scans: twice per frame is enough
        self._tasks: list[asyncio.Task[None]] = []
        self._asking: asyncio.Task[Place] | None = None

    async def epoch(self) -> UUID:
        """Which stream this is. Who asks while it is being read shares the answer: a crowd that comes back is one statement, not one each."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.get_running_loop().create_task(place())
        return (await asyncio.shield(self._asking)).epoch

    def wake(self) -> None:
        """Something was committed here."""
        self._wake.set()

    async def start(self) -> None:
        self.seq = (await place()).seq
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._follow()), loop.create_task(self._listen()), loop.create_task(self._beat())]

    async def stop(self) -> None:
        """Tell clients to come back, then end."""
        self.hub.close_all(1012)
        for ended in await tasks.end(self._tasks):
            if isinstance(ended, Exception):  # a statement cut in the middle complains; the process stops all the same
                log.warning("live channel ended with %s", type(ended).__name__)

    async def _follow(self) -> None:
        """The loop: wait for a wake-up (or a second), number, read, publish. A database that is away is waited for."""
        while True:
            with suppress(TimeoutError):  # asyncio.timeout: Python 3.11's wait_for loses a cancellation that meets its answer, and stop would wait for ever
                async with asyncio.timeout(POLL_SECONDS if not self._pending else self._until_flush()):
                    await self._wake.wait()
            await asyncio.sleep(max(0.0, self._advanced + self._interval() / 2 - time.monotonic()))
            self._wake.clear()
            self._advanced = time.monotonic()
            try:
                await self._advance()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
                log.warning("outbox out of reach, trying again")
                await asyncio.sleep(AGAIN_SECONDS)
                self.wake()  # a wake-up that met a database still starting is not lost
            self.flush_if_due()

    async def _advance(self) -> None:
        if await sequence():
            await db.execute(f"NOTIFY {CHANNEL}")
        while events := await since(self.seq):
            self._pending += events
            for event in events:
                if event.kind == RIGHTS:
                    self.hub.rights_changed(UUID(event.ref))
            self.seq = events[-1].seq
            if len(events) < BATCH:
                break
        self.heard = time.monotonic()

    def _interval(self) -> float:
        return QUICK_SECONDS if len(self.hub.subscribers) <= FEW else CALM_SECONDS

    def _until_flush(self) -> float:
        return max(0.001, self._flushed + self._interval() - time.monotonic())

    def flush_if_due(self) -> None:
        """Publish what is pending, at most once per interval: the first event of a quiet time goes out at once."""
        if not self._pending or time.monotonic() < self._flushed + self._interval():
            return
        self._flushed = time.monotonic()
        events, self._pending = self._pending, []
        for topic, latest in coalesced(events):
            self.hub.publish(topic, latest[-1].seq, frame(topic, latest))

    async def _beat(self) -> None:
        """Clients know that silence means nothing happened only while they hear this; it stops when the database is away."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            if time.monotonic() - self.heard < BEAT_SECONDS:
                self.hub.everyone(BEAT)

    async def _listen(self) -> None:
        """A kept connection that hears NOTIFY, and hears itself: one that went deaf is replaced."""
        while True:
            try:
                await self._listen_once()
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
                log.warning("listener lost, connecting again")
            await asyncio.sleep(AGAIN_SECONDS)

    async def _listen_once(self) -> None:
        conn = await asyncpg.connect(self.url, timeout=PING_SECONDS)
        echoed = asyncio.Event()
        own = f"{CHANNEL}_{id(self):x}"
        try:
            await conn.add_listener(CHANNEL, lambda *_: self.wake())
            await conn.add_listener(own, lambda *_: echoed.set())
            self.wake()  # whatever was said while nobody listened
            while True:
                echoed.clear()
                async with asyncio.timeout(PING_SECONDS):
                    await conn.execute(f"NOTIFY {own}")
                    await echoed.wait()
                await asyncio.sleep(PING_SECONDS)
        finally:
            with suppress(Exception):
                await conn.close(timeout=1)


async def missed(topics: tuple[str, ...], epoch: str, seq: int, *, here: Place) -> tuple[list[Event], list[str]]:
    """What one who returns with (*epoch*, *seq*) missed: events in order, or the topics to fetch anew."""
    again = [resync(topic) for topic in topics]
    if epoch != str(here.epoch) or seq > here.seq:
        return [], again
    events = [e for e in await since(seq, topics, most=HISTORY_MOST + 1) if e.seq <= here.seq]
    if len(events) > HISTORY_MOST or (seq < here.seq and seq + 1 < await oldest()):  # asked after reading: what was dropped meanwhile counts
        return [], again
    return events, []
