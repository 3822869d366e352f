"""Forum's own PostgreSQL: start it on a folder, or join the one that already runs there."""

import os
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen
from threading import Thread
from types import TracebackType
from typing import Final, Self
from urllib.parse import quote

from forum.errors import Unavailable
from forum.i18n import N_, Message
from forum.postgres import server
from forum.postgres.binaries import Binaries, find_binaries, readable_by
from forum.postgres.lock import Lock, holder, try_lock
from forum.postgres.places import Home, make_home
from forum.postgres.stale import read_pidfile, settle

DEFAULT_MODE: Final = "exec" if sys.platform == "linux" else "watch"
_here: dict[Path, "Cluster"] = {}


@dataclass(slots=True)
class Cluster:
    """A running server. `owned` when this process started it: then it ends with `stop()` or with the process."""

    home: Home
    binaries: Binaries
    pid: int
    owned: bool
    _child: Popen[bytes] | None = None
    _lock: Lock | None = None
    _process: int = field(default_factory=os.getpid)

    @property
    def url(self) -> str:
        """DSN over the private socket; for asyncpg and for PostgreSQL's programs."""
        return f"postgresql://{server.ROLE}@/{server.DATABASE}?host={quote(str(self.home.run), safe='')}"

    def stop(self) -> None:
        """Stop the server if this process started it; again and in others, nothing."""
        if self._child is None or self._process != os.getpid():
            return
        child, self._child = self._child, None
        server.stop(child)
        _here.pop(self.home.root, None)
        if self._lock is not None:
            self._lock.release()

    def when_gone(self, call: Callable[[], None]) -> None:
        """Have a thread *call* once the server ends without `stop()`: killed, or out of memory. For a server that was joined, nothing."""
        child = self._child
        if child is None:
            return

        def watch() -> None:
            child.wait()
            if self._child is child:
                call()

        Thread(target=watch, name="postgres-watch", daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


def start(data_dir: Path, *, join: bool = True, mode: str = DEFAULT_MODE, step: Callable[[Message], None] = lambda _: None) -> Cluster:
    """Start the cluster below *data_dir*, made when new; call from the main thread.

    When another living process runs it, join that server (`owned` is then False), or refuse if *join* is False.
    *step* hears what takes time. Raises Unavailable with a sentence that says what to do.
    """
    data_dir = _made(data_dir)
    home = make_home(data_dir)
    if home.root in _here:
        return _joined(home, _here[home.root].pid)
    lock, pid = _owner_or_pid(data_dir / "postgres.lock", home, join=join)
    if lock is None:
        return _joined(home, pid)
    try:
        cluster = _own(home, mode, step)
    except BaseException:
        lock.release()
        raise
    cluster._lock = lock
    _here[home.root] = cluster
    return cluster


@contextmanager
def temporary() -> Iterator[Cluster]:
    """A new cluster in a folder of its own that goes away with it: for tests and drills."""
    folder = Path(tempfile.mkdtemp(prefix="forum-"))
    folder.chmod(0o711)  # the server's user passes through
    try:
        with start(folder) as cluster:
            yield cluster
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def running(data_dir: Path) -> Cluster | None:
    """The server that another process runs on *data_dir* now, or None. Starts and makes nothing."""
    if not (data_dir / "postgres").exists():
        return None
    home = make_home(data_dir.absolute())
    if home.root in _here:
        return _joined(home, _here[home.root].pid)
    pid = _answering(home)
    return _joined(home, pid) if pid else None


def _made(data_dir: Path) -> Path:
    """*data_dir*, absolute and existing; the server's user may pass through a folder made here, and read nothing in it."""
    data_dir = data_dir.absolute()
    if not data_dir.is_dir():
        try:
            data_dir.parent.mkdir(parents=True, exist_ok=True)
            data_dir.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, exist_ok=True)
        except OSError as error:
            raise Unavailable(Message(N_("The folder {folder} cannot be made: {why}."), folder=data_dir, why=error.strerror)) from error
    return data_dir


def _own(home: Home, mode: str, step: Callable[[Message], None]) -> Cluster:
    binaries = readable_by(find_binaries(_version_of(home)), home.account)
    if home.data.exists():
        settle(home.data, home.run)
    else:
        step(Message(N_("Making the database")))
        server.initialise(home, binaries)
    server.write_access_files(home)
    step(Message(N_("Starting the database")))
    child = server.launch(home, binaries, mode=mode)
    try:
        return Cluster(home, binaries, server.wait_ready(child, home), owned=True, _child=child)
    except BaseException:
        server.stop(child)
        raise


def _version_of(home: Home) -> int | None:
    """The major version that made the cluster; None when it is still to be made. Raises Unavailable for a folder that is no cluster."""
    try:
        return int((home.data / "PG_VERSION").read_text())
    except (OSError, ValueError):
        if not home.data.exists():
            return None
    raise Unavailable(Message(N_("{folder} is not a database. Remove it to begin with an empty one, or restore a backup (forum restore)."), folder=home.data))


def _owner_or_pid(path: Path, home: Home, *, join: bool, seconds: float = 60) -> tuple[Lock | None, int]:
    """The lock, or the process number of the server its holder runs; waits while the holder starts or stops."""
    until = time.monotonic() + (seconds if join else 1.5)
    while True:
        try:
            lock = try_lock(path)
        except OSError as error:
            raise Unavailable(Message(N_("The file {file} cannot be locked: {why}."), file=path, why=error.strerror)) from error
        if lock is not None:
            return lock, 0
        if join and (pid := _answering(home)):
            return None, pid
        if time.monotonic() > until:
            raise Unavailable(
                Message(
                    N_("Forum already runs on {folder} (process {pid}). Stop it first, or give another FORUM_DATA_DIR."), folder=path.parent, pid=holder(path)
                )
            )
        time.sleep(0.05)


def _answering(home: Home) -> int:
    """The process number of a ready server that takes connections, or 0."""
    found = read_pidfile(home.data)
    if found is None or found.status != "ready":
        return 0
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(home.run / ".s.PGSQL.5432"))
        except OSError:
            return 0
    return found.pid


def _joined(home: Home, pid: int) -> Cluster:
    return Cluster(home, readable_by(find_binaries(_version_of(home)), home.account), pid, owned=False)
