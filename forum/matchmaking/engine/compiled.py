"""Where compiled kernels are cached, and whether they are: importing the kernels must never spoil a first plan.

Compiling takes 10 to 40 s and is started when Forum is set up. A solve that finds no cache all the same lets a child
process compile while this one makes its first plans with array code, and loads the result when it is there. The child
outlives a solve that is over sooner, so that the next one is warm.
"""

import hashlib
import os
import platform
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

HERE = Path(__file__).parent
SOURCES = ("kernel_types.py", "route_programme.py", "kernels.py", "seat_kernels.py", "move_kernels.py", "softkernels.py", "list_kernels.py")
CHILD_SECONDS = 300.0  # a compiling child that takes longer is given up; the kernels then compile in this process


def cache_folder() -> Path:
    """The first folder that can be written: beside the package, in the user's cache, in the temporary folder."""
    places = [HERE / "__pycache__", Path("~/.cache/forum/kernels").expanduser()]
    for place in places:
        try:
            place.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=place):
                return place
        except (OSError, RuntimeError):
            continue
    place = Path(tempfile.gettempdir()) / f"forum-kernels-{os.getuid() if hasattr(os, 'getuid') else 'user'}"
    place.mkdir(mode=0o700, exist_ok=True)
    return place


def kernel_folder() -> Path:
    """Where the kernels of exactly these sources, for this interpreter and machine, are compiled to."""
    parts = [(HERE / name).read_bytes() for name in SOURCES]
    parts += [sys.version.encode(), platform.machine().encode(), platform.node().encode()]
    return cache_folder() / f"kernels-{hashlib.sha256(b''.join(parts)).hexdigest()[:16]}"


def stamp() -> Path:
    """The file that says they all are."""
    return kernel_folder() / "ready"


def is_warm() -> bool:
    """Whether loading the kernels takes a second rather than half a minute."""
    return stamp().exists()


_child: "list[subprocess.Popen[bytes]]" = []  # the one this process has started, if any


def start_child() -> "subprocess.Popen[bytes] | None":
    """The child that compiles the kernels at low priority, in a session of its own: the one already at it, or a new one; None if it cannot start."""
    if _child and _child[0].poll() is None:
        return _child[0]
    code = "import os; os.nice(5) if hasattr(os, 'nice') else None; from forum.matchmaking.engine.warm import once; once()"
    root = str(HERE.parents[2])
    try:
        child = subprocess.Popen([sys.executable, "-c", code], cwd=root, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    except OSError:
        return None
    _child[:] = [child]
    threading.Thread(target=child.wait, daemon=True).start()  # somebody must hear it end, also when the solve that wanted it is long done
    return child
