"""Wherever a job runs, the planner knows of the seats people hold in sessions: a repair that did not sent people across Paris in no time."""

import subprocess
import sys

KNOWN = """
from forum.jobs import child
from importlib import import_module
from forum.matchmaking import busy
import forum.matchmaking.jobs
assert not busy._sources, "nothing was joined before"
for module in child.JOINING:
    import_module(module)
assert len(busy._sources) == 1
"""


def test_a_heavy_jobs_own_process_loads_what_joins_the_features() -> None:
    done = subprocess.run([sys.executable, "-c", KNOWN], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
