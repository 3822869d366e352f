"""One owner per cluster: a record lock that ends with the process, however it ends, and is not inherited."""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(slots=True)
class Lock:
    """Held until `release()` or the end of the process."""

    descriptor: int

    def release(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


def try_lock(path: Path) -> Lock | None:
    """The lock on *path*, with our process number written in it; None while another process holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        os.close(descriptor)
        return None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return Lock(descriptor)


def holder(path: Path) -> int:
    """The process number written by the last holder; 0 when there is none. Never call it in the holder: closing drops the lock."""
    try:
        return int(path.read_text() or 0)
    except (OSError, ValueError):
        return 0
