"""A rehearsal's clock: a simulated present that runs at a chosen speed, pauses and jumps, shared by every process of a demo through one small file."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from forum import clock
from forum.settings import Settings

FILE = "clock.json"


@dataclass(frozen=True, slots=True)
class Anchor:
    """At real time `real` (seconds since 1970) it was `shown`; from then on it runs `speed` times as fast, 0 stands."""

    real: float
    shown: datetime
    speed: float

    def at(self, real: float) -> datetime:
        return self.shown + timedelta(seconds=(real - self.real) * self.speed)


class Clock:
    """The simulated present. With a *path* every change is written there at once, for the other processes.

    *held*, it stands at *start* until `release`: whoever lives the day gets ready first, which takes long on a slow machine.
    """

    def __init__(self, start: datetime, *, speed: float = 1.0, path: Path | None = None, held: bool = False, real: Callable[[], float] = time.time) -> None:
        self._real, self._path = real, path
        self.speed, self._running, self._held = speed, True, held
        self._keep(start)

    @property
    def running(self) -> bool:
        """Whether it runs, or will as soon as nobody holds it."""
        return self._running

    def now(self) -> datetime:
        return self._anchor.at(self._real()).astimezone(UTC)

    def run(self, speed: float | None = None) -> None:
        """Go on from the present at *speed* (that of before when not given)."""
        self.speed, self._running = self.speed if speed is None else speed, True
        self._keep(self.now())

    def pause(self) -> None:
        self._running = False
        self._keep(self.now())

    def hold(self) -> None:
        """Stand still until `release`, whatever else is asked meanwhile: something has to happen at one moment."""
        self._held = True
        self._keep(self.now())

    def release(self) -> None:
        self._held = False
        self._keep(self.now())

    def jump(self, to: datetime) -> None:
        """Go on from *to*; a clock never goes back. Raises ValueError."""
        if to < self.now():
            raise ValueError("a rehearsal's clock does not go back")
        self._keep(to)

    def _keep(self, shown: datetime) -> None:
        self._anchor = Anchor(self._real(), shown, self.speed if self._running and not self._held else 0.0)
        if self._path is not None:
            fresh = self._path.with_suffix(f".{os.getpid()}")
            fresh.write_bytes(msgspec.json.encode(self._anchor))
            fresh.replace(self._path)

    def catch_up(self, since: datetime, real_seconds: float, most: timedelta) -> None:
        """Held since *since* for *real_seconds*, be where it would have run to meanwhile, but at most *most* further; paused, stay."""
        if self._running:
            self.jump(max(self.now(), since + min(most, timedelta(seconds=real_seconds * self.speed))))

    def forget(self) -> None:
        """The day is over: other processes live in the real present again."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)


def path_of(settings: Settings) -> Path:
    """Where the processes of a demo share their clock."""
    return settings.data_dir / FILE


def follow(settings: Settings) -> None:
    """In a demo, live in the simulated present as long as its file is there; elsewhere nothing."""
    if not settings.demo:
        return
    path = path_of(settings)
    kept: tuple[int, Anchor | None] = (0, None)

    def now() -> datetime:
        nonlocal kept
        try:
            changed = path.stat().st_mtime_ns
            if changed != kept[0]:
                kept = (changed, msgspec.json.decode(path.read_bytes(), type=Anchor))
        except FileNotFoundError:
            kept = (0, None)
        return datetime.now(UTC) if kept[1] is None else kept[1].at(time.time()).astimezone(UTC)

    clock.run_on(now)
