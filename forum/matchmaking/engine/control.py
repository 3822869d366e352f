"""When to stop, and who to tell: one clock for all phases of a solve."""

import threading
import time
from collections.abc import Callable

from forum.matchmaking.engine.model import Progress

Stop = Callable[[], bool] | threading.Event
Listener = Callable[[Progress], None]

ONE_PERCENT = 0.01
POLL_SECONDS = 0.05  # between two looks at the clock while another thread or process works


def never() -> bool:
    """No limit."""
    return False


class Stopped(Exception):
    """The clock or the caller ended a computation that has no use half done."""


class Control:
    """The deadline, the caller's wish to stop, and the latest value and bound; safe to share between lanes.

    The deadline comes no sooner than *patience* seconds, until what has to be done is done (`settle`).
    """

    def __init__(self, time_limit: float, stop: Stop | None, on_progress: Listener | None, patience: float = 0.0) -> None:
        self._start = time.monotonic()
        self._asked, self._limit = time_limit, max(time_limit, patience)
        self._stop = stop.is_set if isinstance(stop, threading.Event) else (stop or (lambda: False))
        self._listener = on_progress
        self._lock = threading.Lock()
        self.value: int | None = None
        self.meetings: int | None = None
        self.bound: int | None = None
        self.one_percent_seconds: float | None = None
        self.halted = False
        self.quiet = False

    @property
    def seconds(self) -> float:
        """Wall time since the solve began."""
        return time.monotonic() - self._start

    @property
    def left(self) -> float:
        return max(0.0, self._limit - self.seconds)

    def over(self) -> bool:
        """Whether the time is up or the caller wants to stop."""
        self.halted = self.halted or self.left <= 0 or self._stop()
        return self.halted

    def settle(self) -> None:
        """What had to be done is done: the time limit counts from now on."""
        self._limit = self._asked

    def halt(self) -> None:
        """The caller ends the search."""
        self.halted = True

    def halt_quietly(self) -> None:
        """The search ends by itself: the other lane may stop."""
        self.quiet = True

    @property
    def gap(self) -> float | None:
        if self.value is None or self.bound is None:
            return None
        return 0.0 if self.bound <= self.value else (self.bound - self.value) / abs(self.bound)

    def tell(self, phase: str, *, value: int | None = None, meetings: int | None = None, bound: int | None = None) -> None:
        """Note a better value or bound and pass the news on."""
        with self._lock:
            if value is not None and (self.value is None or value > self.value):
                self.value, self.meetings = value, meetings
            if bound is not None and (self.bound is None or bound < self.bound):
                self.bound = bound
            if self.one_percent_seconds is None and self.gap is not None and self.gap <= ONE_PERCENT:
                self.one_percent_seconds = self.seconds
            news = Progress(phase, self.value, self.bound, self.gap, self.meetings, self.seconds)
        if self._listener is not None:
            self._listener(news)
