"""The lock files hold what `pyproject.toml` asks for: a dependency added without a new lock is missing on every other machine."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ASKED = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def name_of(requirement: str) -> str:
    """The distribution's name, normalised (PEP 503)."""
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found
    return re.sub(r"[-_.]+", "-", found[0]).lower()


@pytest.mark.parametrize(("lock", "groups"), [("requirements.lock", ["build"]), ("requirements-test.lock", ["build", "test"])])
def test_a_lock_names_every_dependency_and_every_file_by_its_hash(lock: str, groups: list[str]) -> None:
    text = (ROOT / lock).read_text("utf-8")
    asked = ASKED["project"]["dependencies"] + [line for group in groups for line in ASKED["dependency-groups"][group]]
    held = {name_of(line) for line in text.splitlines() if line and line[0].isalnum()}
    assert {name_of(line) for line in asked} - held == set()
    assert text.count("--hash=sha256:") >= len(held)
    assert "://" not in text
