"""The lock files hold what `pyproject.toml` asks for: a dependency added without a new lock is missing on every other machine."""

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

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


def asked_by(name: str, extras: set[str]) -> Iterator[Requirement]:
    """What an installed distribution asks for here, on this Python, with these extras."""
    for line in distribution(name).requires or []:
        asked = Requirement(line)
        if asked.marker is None or any(asked.marker.evaluate({"extra": extra}) for extra in {"", *extras}):
            yield asked


@pytest.mark.parametrize(("lock", "groups"), [("requirements.lock", ["build"]), ("requirements-test.lock", ["build", "test"])])
def test_a_lock_is_whole_so_that_nothing_has_to_be_resolved(lock: str, groups: list[str]) -> None:
    """`run.py` installs it with `--no-deps`: what a dependency of a dependency asks for must stand there, at a version it takes."""
    here = [Requirement(line.rstrip("\\ ")) for line in (ROOT / lock).read_text("utf-8").splitlines() if line and line[0].isalnum()]
    held = {name_of(pin.name): str(pin.specifier).removeprefix("==") for pin in here if pin.marker is None or pin.marker.evaluate()}
    lines = ASKED["project"]["dependencies"] + [line for group in groups for line in ASKED["dependency-groups"][group]]
    todo = [asked for asked in map(Requirement, lines) if asked.marker is None or asked.marker.evaluate()]
    seen: set[tuple[str, frozenset[str]]] = set()
    while todo:
        asked = todo.pop()
        name = name_of(asked.name)
        assert asked.specifier.contains(held.get(name, "0"), prereleases=True), f"{lock} lacks {asked}"
        if (name, frozenset(asked.extras)) not in seen:
            seen.add((name, frozenset(asked.extras)))
            todo += asked_by(name, asked.extras)
    assert len(seen) > 40
