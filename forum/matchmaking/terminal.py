"""What a person sees while an engine works: one line of progress on a terminal, and Ctrl-C that ends in a result."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.table import Table

from forum.matchmaking.engine.model import Progress

REFRESH = 0.1  # seconds


class ProgressLine:
    """Shows the latest news on a terminal; silent when the error stream is none. Safe to call from any thread."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._live = Live(console=console, auto_refresh=False, transient=False) if console.is_terminal else None
        self._last = 0.0
        self._news: Progress | None = None

    def __enter__(self) -> "ProgressLine":
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            if self._news:
                self._live.update(_row(self._news), refresh=True)
            self._live.stop()

    def __call__(self, news: Progress) -> None:
        self._news = news
        if self._live and time.monotonic() - self._last > REFRESH:
            self._last = time.monotonic()
            self._live.update(_row(news), refresh=True)


def _row(news: Progress) -> Table:
    table = Table("phase", "value", "bound", "gap", "meetings", "time")
    gap = "" if news.gap is None else f"{100 * news.gap:.4f} %"
    table.add_row(news.phase, _number(news.value), _number(news.bound), gap, _number(news.meetings), f"{news.seconds:.1f} s")
    return table


def _number(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


@contextmanager
def interruptible() -> Iterator[threading.Event]:
    """The first Ctrl-C sets the event, so that the best result so far is kept; the second one interrupts as usual."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def on_interrupt(*_: object) -> None:
        stop.set()
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
