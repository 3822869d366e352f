"""Start a PostgreSQL program with rights dropped, in its own session, bound to the life of the application.

Run as a script by `forum.postgres.server` (standard library only):

    child.py MODE PARENT UID GID -- PROGRAM ARGUMENT…

MODE `exec` becomes the program; on Linux the kernel sends it SIGINT (PostgreSQL's fast shutdown) when PARENT dies,
also after kill -9. MODE `watch` stays in front of the program and does the same when standard input closes: for
systems without PR_SET_PDEATHSIG. UID -1 keeps the caller's rights.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading

PR_SET_PDEATHSIG = 1


def drop_rights(uid: int, gid: int) -> None:
    """Become *uid* for good, without the caller's other groups."""
    os.setgroups([gid])
    os.setgid(gid)
    os.setuid(uid)


def die_with(parent: int, libc: ctypes.CDLL) -> None:
    """Have the kernel interrupt this process when *parent* dies. The change of user clears this, so it comes after it."""
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    if os.getppid() != parent:  # it died before the line above
        raise SystemExit(1)


def watch(command: list[str]) -> int:
    """Run *command* until it ends; interrupt it when standard input closes. Returns its exit status."""
    program = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT):
        signal.signal(number, lambda received, _frame: program.send_signal(received))

    def until_closed() -> None:
        while os.read(0, 4096):
            pass
        program.send_signal(signal.SIGINT)

    threading.Thread(target=until_closed, daemon=True).start()
    return program.wait()


def main(mode: str, parent: int, uid: int, gid: int, command: list[str]) -> int:
    """Do what the module says."""
    libc = ctypes.CDLL(None, use_errno=True)
    os.setsid()
    if uid != -1:
        drop_rights(uid, gid)
    if mode == "watch":
        return watch(command)
    if sys.platform == "linux":
        die_with(parent, libc)
    os.execv(command[0], command)  # noqa: S606 - without a shell is the point
    return 0  # for type checkers: never reached


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[6:]))
