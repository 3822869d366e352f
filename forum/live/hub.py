"""Our own small hub: eager send, a bounded queue and a writer only while a socket is full, nobody waits for a slow reader."""

import asyncio
import logging
import types
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterable
from typing import Any, Final, TypeVar
from uuid import UUID

from forum.live.model import resync

log = logging.getLogger(__name__)

QUEUE_MOST: Final = 256  # frames kept for a socket that is full
FULL_TWICE: Final = 1013  # "try again later": the second overflow closes

Send = Callable[[str], Coroutine[Any, Any, None]]
Close = Callable[[int], Awaitable[None]]


class Closed:
    """Whether a socket is gone, and whom to tell: an event that costs no task to wait for."""

    __slots__ = ("_is", "tell")

    def __init__(self) -> None:
        self._is = False
        self.tell: Callable[[], None] | None = None

    def is_set(self) -> bool:
        return self._is

    def set(self) -> None:
        if not self._is:
            self._is = True
            if self.tell is not None:
                self.tell()


class Subscriber:
    """One socket: its topics and, while it is full, what waits for it."""

    __slots__ = ("_close", "_ending", "_queue", "_send", "_writer", "after", "closed", "overflows", "person", "stale", "topics")

    def __init__(self, topics: Iterable[str], send: Send, close: Close, *, after: int = 0, person: UUID | None = None) -> None:
        self.topics = frozenset(topics)
        self.after = after
        self.person = person
        self.stale = False  # whose rights have to be looked at again
        self.overflows = 0
        self.closed = Closed()
        self._send, self._close = send, close
        self._queue: deque[tuple[str, str]] | tuple[()] = ()  # an empty deque is 0.7 kB, and most sockets are never full
        self._writer: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None

    def push(self, topic: str, text: str) -> None:
        """Send now if the socket takes it, else queue; a full queue becomes one `resync` per topic, a second time the socket closes."""
        if self.closed.is_set():
            return
        if self._writer is not None:
            self._enqueue(topic, text)
            return
        sending = self._send(text)
        try:
            waits_for = sending.send(None)  # runs until the socket is full or the text is handed over
        except StopIteration:
            return
        except Exception:  # noqa: BLE001 - whatever broke, this socket is gone
            self.closed.set()
            return
        self._writer = asyncio.get_running_loop().create_task(self._write(sending, waits_for))

    def _enqueue(self, topic: str, text: str) -> None:
        if not isinstance(self._queue, deque):
            self._queue = deque()
        if len(self._queue) < QUEUE_MOST:
            self._queue.append((topic, text))
            return
        self.overflows += 1
        if self.overflows > 1:
            self.close_soon(FULL_TWICE)
            return
        missed = dict.fromkeys([*(t for t, _ in self._queue), topic])
        self._queue.clear()
        self._queue.extend((t, resync(t)) for t in missed if t)

    async def _write(self, sending: Coroutine[Any, Any, None], waits_for: object) -> None:
        try:
            await _resumed(sending, waits_for)
            while isinstance(self._queue, deque) and self._queue:
                await self._send(self._queue.popleft()[1])
            self._queue, self.overflows = (), 0
        except asyncio.CancelledError:
            raise
        except Exception:  # noqa: BLE001 - whatever broke, this socket is gone
            self.closed.set()
        finally:
            self._writer = None

    def look_again(self) -> None:
        """What this person may hear has changed: whoever keeps the socket looks at it now."""
        self.stale = True
        if self.closed.tell is not None:
            self.closed.tell()

    def close_soon(self, code: int) -> None:
        """Close without waiting for a peer that does not read."""
        if not self.closed.is_set():
            self.closed.set()
            self._queue = ()
            self._ending = asyncio.get_running_loop().create_task(self._end(code))

    async def ended(self) -> None:
        """Until the close that was begun, if one was, has been said or given up."""
        if self._ending is not None:
            await asyncio.wait({self._ending})

    async def _end(self, code: int) -> None:
        self.drop()
        try:
            async with asyncio.timeout(2):
                await self._close(code)
        except Exception:  # noqa: BLE001 - it is going anyway
            log.debug("socket did not close politely")

    def drop(self) -> None:
        """Let go of everything held for this socket."""
        self.closed.set()
        self._queue = ()
        if self._writer is not None:
            self._writer.cancel()


@types.coroutine
def _resumed(sending: Coroutine[Any, Any, None], waits_for: object) -> Generator[Any, Any, None]:
    """Go on with a coroutine whose first step has already run."""
    while True:
        try:
            try:
                got = yield waits_for
            except BaseException as error:  # noqa: BLE001 - handed on into the coroutine
                waits_for = sending.throw(error)
            else:
                waits_for = sending.send(got)
        except StopIteration:
            return


Key = TypeVar("Key")


def _let_go(where: dict[Key, set[Subscriber]], key: Key, subscriber: Subscriber) -> None:
    listening = where.get(key, set())
    listening.discard(subscriber)
    if not listening:
        where.pop(key, None)


class Hub:
    """Who listens to what, in this process."""

    def __init__(self) -> None:
        self._by_topic: dict[str, set[Subscriber]] = {}
        self.subscribers: set[Subscriber] = set()
        self._by_person: dict[UUID, set[Subscriber]] = {}

    def add(self, subscriber: Subscriber) -> None:
        self.subscribers.add(subscriber)
        if subscriber.person is not None:
            self._by_person.setdefault(subscriber.person, set()).add(subscriber)
        for topic in subscriber.topics:
            self._by_topic.setdefault(topic, set()).add(subscriber)

    def remove(self, subscriber: Subscriber) -> None:
        """Forget *subscriber*; a topic nobody listens to is forgotten too."""
        subscriber.drop()
        self.subscribers.discard(subscriber)
        if subscriber.person is not None:
            _let_go(self._by_person, subscriber.person, subscriber)
        for topic in subscriber.topics:
            _let_go(self._by_topic, topic, subscriber)

    def sockets_of(self, person: UUID) -> int:
        return len(self._by_person.get(person, ()))

    def rights_changed(self, person: UUID) -> None:
        """Have every socket of *person* looked at again."""
        for subscriber in self._by_person.get(person, ()):
            subscriber.look_again()

    def topics(self) -> int:
        return len(self._by_topic)

    def publish(self, topic: str, seq: int, text: str) -> int:
        """Hand *text* to everyone on *topic* who has not had *seq*; how many."""
        listening = self._by_topic.get(topic, ())
        for subscriber in listening:
            if seq > subscriber.after:
                subscriber.push(topic, text)
        return len(listening)

    def everyone(self, text: str) -> None:
        for subscriber in self.subscribers:
            subscriber.push("", text)

    def close_all(self, code: int) -> None:
        """The process stops: clients are told to come back."""
        for subscriber in list(self.subscribers):
            subscriber.close_soon(code)
