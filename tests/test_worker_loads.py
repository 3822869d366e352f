"""A worker, in a process that has loaded nothing else, knows every job that any part puts into the queue."""

import re
import subprocess
import sys
from pathlib import Path

FORUM = Path(__file__).parent.parent / "forum"
KNOWN = "from forum.jobs import registry; registry.load(); print(*registry.HANDLERS)"


def _named(pattern: str) -> set[str]:
    return {name for path in FORUM.rglob("*.py") for name in re.findall(pattern, path.read_text("utf-8"))}


def test_every_job_written_down_is_one_a_fresh_worker_does() -> None:
    done = subprocess.run([sys.executable, "-c", KNOWN], capture_output=True, text=True, timeout=60, check=True)
    known = set(done.stdout.split())
    handled = _named(r"handler\(\s*\"([a-z._]+)\"")
    put = _named(r"enqueue(?:_many)?\(\s*\"([a-z._]+)\"")
    assert {"mail.send", "matchmaking.run", "live.tell"} <= handled & put, "the search finds what there is"
    assert (handled - known, put - known) == (set(), set())
