"""What an earlier run left: a process number of a server that is gone, a zombie, an orphan, backends without a server."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from forum.errors import Unavailable
from forum.i18n import N_, Message


@dataclass(frozen=True, slots=True)
class Pidfile:
    """What postmaster.pid says; `status` is `starting`, `ready`, `stopping` or empty (source: PostgreSQL, storage-file-layout)."""

    pid: int
    status: str


def read_pidfile(data: Path) -> Pidfile | None:
    """The server's own note in its folder, or None when there is none or it is not written yet."""
    try:
        lines = (data / "postmaster.pid").read_text(errors="replace").splitlines()
        return Pidfile(abs(int(lines[0])), lines[7].strip() if len(lines) > 7 else "")
    except (OSError, ValueError, IndexError):
        return None


def is_server_of(pid: int, data: Path) -> bool:
    """Whether *pid* is a living PostgreSQL process working in *data*: not a zombie, not a stranger who got the number."""
    if sys.platform == "linux":
        return _linux_state(pid) not in {"", "Z", "X"} and _linux_works_in(pid, data)
    said = subprocess.run(["ps", "-ww", "-o", "stat=,command=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout.strip()
    return bool(said) and not said.startswith("Z") and str(data) in said


def exists(pid: int) -> bool:
    """Whether the number is taken, by a zombie or a stranger too: what PostgreSQL itself looks at."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def settle(data: Path, run: Path) -> None:
    """Leave *data*, with its socket in *run*, ready for a start. Call with the cluster's lock held. Raises Unavailable when an old server does not stop."""
    found = read_pidfile(data)
    if found is not None and is_server_of(found.pid, data):
        stop_server(found.pid, data)
        found = read_pidfile(data)
    for pid in _left_behind(data):
        _signal(pid, signal.SIGQUIT)  # its server is gone: nothing it does can be committed any more
        _wait_gone(pid, data, seconds=5)
    if found is not None and exists(found.pid) and not is_server_of(found.pid, data):
        (data / "postmaster.pid").unlink(missing_ok=True)  # PostgreSQL would take the zombie or stranger for a server
    for note in run.glob(".s.PGSQL.*.lock"):
        note.unlink(missing_ok=True)  # the socket's own note of the same number; nobody serves in this folder any more


def stop_server(pid: int, data: Path) -> None:
    """Stop the server *pid*: fast, then at once, in at most 25 s. Raises Unavailable when it lives on."""
    for number, seconds in ((signal.SIGINT, 15.0), (signal.SIGQUIT, 10.0)):
        _signal(pid, number)
        if _wait_gone(pid, data, seconds=seconds):
            return
    raise Unavailable(
        Message(
            N_("An older database server (process {pid}) still runs on {folder} and does not stop. End it with kill -9 {pid}, then start again."),
            pid=pid,
            folder=data,
        )
    )


def _signal(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _wait_gone(pid: int, data: Path, *, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while is_server_of(pid, data):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def _left_behind(data: Path) -> list[int]:
    """PostgreSQL processes still working in *data*. Linux only: elsewhere they notice by themselves, and the start waits."""
    if sys.platform != "linux":
        return []
    numbers = (int(name) for name in os.listdir("/proc") if name.isdigit())
    return [pid for pid in numbers if is_server_of(pid, data)]


def _linux_state(pid: int) -> str:
    """The letter of /proc/PID/stat (Z zombie, X dead) when the process is called postgres; else empty."""
    try:
        line = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return ""
    name, _, rest = line.partition("(")[2].rpartition(")")
    return rest.split()[0] if name.startswith("postgres") else ""


def _linux_works_in(pid: int, data: Path) -> bool:
    try:
        return os.path.samefile(f"/proc/{pid}/cwd", data)
    except OSError:  # gone, or of another user: then not of this cluster
        return False
