"""Run PostgreSQL's programs for one cluster: make it, start the server as our child, wait until it answers, stop it."""

import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from forum.errors import Unavailable
from forum.i18n import N_, Message
from forum.postgres.binaries import Binaries
from forum.postgres.places import Home
from forum.postgres.stale import is_server_of, read_pidfile

DATABASE: Final = "forum"
ROLE: Final = "forum"
LARGEST_LOG: Final = 5_000_000  # bytes, then the old log is set aside

# On the command line, so that nothing in the folder can switch them off.
DURABLE: Final = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
# A shared machine of two cores; statements and key values stay out of the log (they are personal data).
SETTINGS: Final = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "effective_cache_size": "512MB",
    "work_mem": "8MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "max_wal_size": "1GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_min_messages": "warning",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "idle_in_transaction_session_timeout": "60s",
}
QUIET_ERRORS: Final = (5, 8)  # before this Linux, syncfs() kept write errors to itself
ENVIRONMENT: Final = {"PATH": os.defpath, "LC_ALL": "C"}


def initialise(home: Home, binaries: Binaries) -> None:
    """Make the cluster with its database beside `data`, then rename: a crash never leaves half a cluster in its place."""
    for left in home.root.glob("data.new-*"):
        shutil.rmtree(left, ignore_errors=True)  # its initdb may still be cleaning up after itself
    fresh = home.root / f"data.new-{os.getpid()}"
    # The built-in provider knows upper and lower case beyond ASCII and never changes with the C library.
    locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if binaries.major >= 17 else ["--locale=C.UTF-8"]
    _run(
        home,
        [
            binaries.program("initdb"),
            f"--pgdata={fresh}",
            f"--username={ROLE}",
            "--encoding=UTF8",
            *locale,
            "--data-checksums",
            "--auth=peer",
            "--no-instructions",
        ],
    )
    _run(home, [binaries.program("postgres"), "--single", "-D", str(fresh), "postgres"], said=f"CREATE DATABASE {DATABASE}\n")
    fresh.rename(home.data)
    descriptor = os.open(home.root, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def _run(home: Home, command: list[str], *, said: str = "") -> None:
    done = subprocess.run(
        _as_child(home, command, "exec"), input=said, capture_output=True, text=True, errors="replace", cwd="/", env=ENVIRONMENT, timeout=120, check=False
    )
    if done.returncode != 0 or "ERROR:" in done.stderr:
        why = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise Unavailable(Message(N_("The database in {folder} could not be made: {why}"), folder=home.root, why=_last(why)))


def write_access_files(home: Home) -> None:
    """Only the user who runs Forum, and root, may connect: by the socket, known by the kernel (peer), under the one role."""
    names = {pwd.getpwuid(os.geteuid()).pw_name, "root", *([] if home.account.dropped else [home.account.name])}
    files = {"pg_hba.conf": "local all all peer map=forum\n", "pg_ident.conf": "".join(f"forum {_quoted(n)} {ROLE}\n" for n in sorted(names))}
    for name, text in files.items():
        fresh = home.data / f"{name}.forum"
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        os.write(descriptor, text.encode())
        if home.account.dropped:
            os.fchown(descriptor, home.account.uid, home.account.gid)
        os.close(descriptor)
        fresh.rename(home.data / name)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def launch(home: Home, binaries: Binaries, *, mode: str) -> subprocess.Popen[bytes]:
    """Start the server as a child that dies with this process. Call from the main thread: Linux ties it to the thread."""
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("the embedded cluster is started from the main thread")
    if home.log.exists() and home.log.stat().st_size > LARGEST_LOG:
        home.log.rename(home.log.with_name("log.1"))
    options = {**SETTINGS, **DURABLE, **_one_flush(), "unix_socket_directories": str(home.run), "unix_socket_permissions": "0700"}
    command = [binaries.program("postgres"), "-D", str(home.data), *(f"--{k}={v}" for k, v in options.items())]
    descriptor = os.open(home.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    try:
        stdin = subprocess.PIPE if mode == "watch" else subprocess.DEVNULL
        return subprocess.Popen(_as_child(home, command, mode), stdin=stdin, stdout=descriptor, stderr=descriptor, cwd="/", env=ENVIRONMENT)
    finally:
        os.close(descriptor)


def _one_flush() -> dict[str, str]:
    """After a crash PostgreSQL flushes each of a thousand files before it recovers, two to three seconds; here the file system is flushed at once."""
    if sys.platform != "linux" or tuple(int(n) for n in re.findall(r"\d+", os.uname().release)[:2]) < QUIET_ERRORS:
        return {}
    return {"recovery_init_sync_method": "syncfs"}


def _as_child(home: Home, command: Sequence[str], mode: str) -> list[str]:
    uid, gid = (home.account.uid, home.account.gid) if home.account.dropped else (-1, -1)
    script = str(Path(__file__).with_name("child.py"))
    return [sys.executable, "-I", "-S", script, mode, str(os.getpid()), str(uid), str(gid), "--", *command]


def wait_ready(child: subprocess.Popen[bytes], home: Home, *, seconds: float = 60) -> int:
    """The server's process number once it answers. Raises Unavailable with PostgreSQL's own reason when it does not come up."""
    until = time.monotonic() + seconds
    while child.poll() is None and time.monotonic() < until:
        found = read_pidfile(home.data)
        if found is not None and found.status == "ready" and is_server_of(found.pid, home.data):  # not the note of a killed one
            return found.pid
        time.sleep(0.005)
    stop(child)
    raise Unavailable(Message(N_("The database in {folder} does not start: {why}"), folder=home.root, why=_last(tail(home.log))))


def stop(child: subprocess.Popen[bytes]) -> None:
    """Fast shutdown (10 s), then immediate (5 s), then the kernel's; the child is reaped."""
    for number, seconds in ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
        if child.poll() is not None:
            break
        child.send_signal(number)
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
    if child.stdin is not None:
        child.stdin.close()


def tail(log: Path, size: int = 4000) -> list[str]:
    """The last lines of the server's log."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - size))
            return file.read().decode(errors="replace").splitlines()
    except OSError:
        return []


def _last(lines: list[str]) -> str:
    """The reason among *lines*: the last one PostgreSQL marks as fatal, else the last."""
    marked = [line for line in lines if any(word in line for word in ("FATAL:", "PANIC:", "error:", "ERROR:"))]
    return (marked or [line for line in lines if line.strip()] or ["–"])[-1].strip()
