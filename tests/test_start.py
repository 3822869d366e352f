"""What a start of `forum serve` loads: a door waits for it. A child process says which modules are there."""

import subprocess
import sys

import pytest

LATE = (
    "attr", "clevercsv", "httpx", "icalendar", "networkx", "numba", "numpy", "ortools", "PIL", "pydantic", "qrcode", "reportlab", "rich", "scipy", "uharfbuzz",
    "forum.badges.pack", "forum.badges.sheet", "forum.live.commands", "forum.matchmaking.commands", "forum.matchmaking.terminal", "forum.tabular.commands",
)  # fmt: skip


def loaded(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*sys.modules)"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60).stdout.split())


MAKE = "from forum.settings import Settings; forum.app.create_app(Settings(database_url='postgresql://nobody', secret='s' * 40))"


def test_a_start_loads_no_module_that_only_some_pages_need() -> None:
    assert sorted(loaded(f"import forum.cli, forum.serving, forum.app; {MAKE}") & set(LATE)) == []


def test_the_database_is_started_before_the_application_is_loaded() -> None:
    there = loaded("import forum.cli, forum.serving, forum.database")
    assert sorted(there & {"forum.app", "forum.db", "asyncpg", "litestar", "piccolo"}) == []


@pytest.mark.parametrize(("statement", "late"), [("import forum.badges.sheet", "reportlab"), ("from forum.cli import main; main.list_commands(None)", "rich")])
def test_control_what_is_late_is_seen_once_it_is_asked_for(statement: str, late: str) -> None:
    assert late in loaded(statement)
