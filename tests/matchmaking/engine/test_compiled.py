"""Kernels are cached where that is allowed, and their absence does not spoil a first plan."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from forum.matchmaking.engine import compiled
from forum.matchmaking.engine.compiled import cache_folder, is_warm, kernel_folder, stamp, start_child
from forum.matchmaking.engine.warm import main, once

ROOT = Path(__file__).parents[3]


def test_the_stamp_follows_the_sources(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    main()
    assert is_warm()
    before = kernel_folder()
    for name in compiled.SOURCES:
        shutil.copy(compiled.HERE / name, tmp_path / name)
    monkeypatch.setattr(compiled, "HERE", tmp_path)
    assert kernel_folder().name == before.name
    for name in compiled.SOURCES:  # also where only a file that another one calls has changed
        whole = (tmp_path / name).read_bytes()
        (tmp_path / name).write_text("changed")
        assert kernel_folder().name != before.name
        (tmp_path / name).write_bytes(whole)


def test_warm_kernels_are_loaded_and_not_compiled_again() -> None:
    main()
    code = (
        "from forum.matchmaking.engine import kernels, move_kernels, seat_kernels, softkernels, warm\n"
        "warm.main()\n"
        "called = [kernels.price_candidates, move_kernels.fill, move_kernels.ruin, seat_kernels.refresh_all, softkernels.soft_demand, softkernels.soft_supply]\n"
        "print([(sum(f.stats.cache_hits.values()) > 0, sum(f.stats.cache_misses.values())) for f in called])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout == f"{[(True, 0)] * 6}\n"


def test_the_compiling_child_outlives_a_short_solve_and_an_interrupt() -> None:
    child = start_child()
    assert child is not None
    assert os.getsid(child.pid) == child.pid  # a session of its own: neither the end of its parent nor a key on its terminal ends it
    assert child.wait(120) == 0
    assert is_warm()


def test_what_is_compiled_is_not_compiled_again() -> None:
    main()
    before = stamp().stat().st_mtime_ns
    once()
    assert stamp().stat().st_mtime_ns == before
    stamp().unlink()
    once()
    assert is_warm()


@pytest.fixture
def without_rights() -> Iterator[None]:
    """The superuser may write everywhere, so root takes the test as nobody."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    yield
    if root:
        os.seteuid(0)


def test_a_read_only_package_caches_elsewhere(monkeypatch: pytest.MonkeyPatch, without_rights: None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "__pycache__").mkdir(mode=0o500)
        monkeypatch.setattr(compiled, "HERE", Path(folder))
        monkeypatch.setenv("HOME", folder)
        assert cache_folder() == Path(folder) / ".cache/forum/kernels"


def test_a_package_without_a_writable_folder_caches_in_the_users_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "package").write_text("a file where a folder is needed")
    monkeypatch.setattr(compiled, "HERE", tmp_path / "package")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache/forum/kernels"
    monkeypatch.setenv("HOME", str(tmp_path / "package"))
    assert cache_folder().is_dir()


def test_the_first_plan_loads_no_compiled_code() -> None:
    code = (
        "import sys; from forum.matchmaking.engine.files import parse_problem; from forum.matchmaking.engine.solve import solve\n"
        "from tests.matchmaking.engine.made import raw_made\n"
        "def listen(progress):\n"
        "    if progress.phase == 'construct': print('numba' in sys.modules, 'scipy' in sys.modules); raise KeyboardInterrupt\n"
        "solve(parse_problem(raw_made(1, candidates=40, companies=6)), on_progress=listen)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "False False\n"
