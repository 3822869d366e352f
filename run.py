#!/usr/bin/env python3
"""Set Forum up and run it: `python3 run.py demo` or `python3 run.py test`; `python3 run.py forum …` is the command line.

Needs Python 3.11 to 3.14 with `venv`, and a network the first time. Uses `uv` when it is there. Standard library only.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = Path(os.environ.get("FORUM_VENV", ROOT / ".venv"))
PYTHON = VENV / "bin" / "python"
LOCKS = {"demo": "requirements.lock", "forum": "requirements.lock", "test": "requirements-test.lock"}
OLDEST, NEWEST = (3, 11), (3, 14)
AGAIN_MOST = 25  # failed tests that are tried once more, alone


def main(words: list[str]) -> int:
    if not words or words[0] not in LOCKS:
        print(__doc__)
        return 2
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        return _with_another_python(words)
    os.chdir(ROOT)
    set_up(words[0])
    if words[0] == "test":
        return run_tests(words[1:])
    command = [str(PYTHON), "-m", "forum.cli", *(words if words[0] == "demo" else words[1:])]
    os.execv(command[0], command)  # signals reach Forum itself
    return 1


def _with_another_python(words: list[str]) -> int:
    """Hand over to a Python that fits, if one is installed."""
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found and subprocess.run([found, "-c", "import venv, ensurepip"], stderr=subprocess.DEVNULL, check=False).returncode == 0:
            return subprocess.run([found, __file__, *words], check=False).returncode
    print(f"Forum needs Python 3.11 to 3.14; this is {sys.version.split()[0]}.", file=sys.stderr)
    return 1


# --- set-up -------------------------------------------------------------------------------------------------


def set_up(what: str) -> None:
    """Environment, packages and front end, each only when its inputs changed."""
    digest = lock_digest()
    stamps = [VENV / ".set-up-test"] if what == "test" else [VENV / ".set-up-test", VENV / ".set-up-run"]  # the tests' packages run Forum too
    if any(stamp.is_file() and stamp.read_text() == digest for stamp in stamps):
        subprocess.run([str(PYTHON), "hatch_build.py"], cwd=ROOT, check=True)
        subprocess.run([str(PYTHON), "-m", "compileall", "-q", "forum"], cwd=ROOT, check=True)  # what changed since
        _compile_kernels()
        return
    _environment()
    _install(ROOT / LOCKS[what])
    _step("front end", [str(PYTHON), "hatch_build.py"])
    _step("Forum itself", [*_pip(), "--no-deps", "--no-build-isolation", "--editable", "."])
    _keep_bytecode()
    _compile_kernels()
    stamps[-1].write_text(digest)


def _keep_bytecode() -> None:
    """Load once what a start loads, so that its bytecode is kept: uv compiles nothing, and a service may not write beside its code.

    Without it every start compiles a thousand files again, two seconds of processor.
    """
    allowed = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([str(PYTHON), "-c", "import forum.cli, forum.serving, forum.app, forum.operations.commands"], cwd=ROOT, env=allowed, check=True)


def _compile_kernels() -> None:
    """Let the engine's kernels be compiled in the background, if they are not: half a minute that the first plan need not wait for."""
    code = "from forum.matchmaking.engine.compiled import is_warm, start_child; is_warm() or start_child()"
    subprocess.run([str(PYTHON), "-c", code], cwd=ROOT, check=True)


def lock_digest() -> str:
    """Of everything that decides what is installed."""
    files = [ROOT / "pyproject.toml", *(ROOT / name for name in sorted(set(LOCKS.values())))]
    return hashlib.sha256(b"\0".join(f.read_bytes() for f in files) + sys.version.encode()).hexdigest()


def _environment() -> None:
    if PYTHON.exists() and _fits(PYTHON):
        return
    shutil.rmtree(VENV, ignore_errors=True)
    uv = shutil.which("uv")
    if uv:
        _step("environment", [uv, "venv", "--quiet", "--python", sys.executable, str(VENV)])
        return
    if subprocess.run([sys.executable, "-c", "import venv, ensurepip"], stderr=subprocess.DEVNULL, check=False).returncode:
        sys.exit("This Python has no venv. On Debian and Ubuntu: apt install python3-venv. Then run this again.")
    _step("environment", [sys.executable, "-m", "venv", str(VENV)])


def _fits(python: Path) -> bool:
    """Whether the environment's Python still runs and is the one asked for."""
    code = f"import sys; sys.exit(sys.version_info[:2] != {tuple(sys.version_info[:2])})"
    return subprocess.run([str(python), "-c", code], stderr=subprocess.DEVNULL, check=False).returncode == 0


def _pip() -> list[str]:
    uv = shutil.which("uv")
    if uv:
        return [uv, "pip", "install", "--quiet", "--python", str(PYTHON)]
    return [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]


def _install(lock: Path) -> None:
    """The lock names everything, so nothing is resolved: pip 23.2.1 finds no hash for `pydantic[email]`, which a dependency asks for."""
    _step(f"packages of {lock.name} (a few hundred megabytes the first time)", [*_pip(), "--no-deps", "--require-hashes", "--requirement", str(lock)])


def _step(words: str, command: list[str]) -> None:
    """Say what is done and how long it took; on failure the command's own words stand above the sentence."""
    started = time.monotonic()
    print(f"· {words} …", file=sys.stderr, flush=True)
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        sys.exit(f"Set-up stopped at: {words}. The lines above say why; running the same command again goes on from here.")
    print(f"  {time.monotonic() - started:.1f} s", file=sys.stderr, flush=True)


# --- tests --------------------------------------------------------------------------------------------------


def run_tests(words: list[str]) -> int:
    """Lint, import contracts, types, then every test; arguments go to pytest and leave the rest out."""
    tests = [str(PYTHON), "-m", "pytest", *(words or ["-n", "2", "--dist", "loadgroup"])]
    checks = {
        "lint": [str(PYTHON), "-m", "ruff", "check", "."],
        "import contracts": [str(VENV / "bin" / "lint-imports")],
        "types": [str(PYTHON), "-m", "mypy"],
    }
    failed = [] if words else [name for name, command in checks.items() if _check(name, command)]
    code = _tests(tests)
    if failed:
        print(f"failed before the tests: {', '.join(failed)}", file=sys.stderr)
    return code or len(failed)


def _tests(command: list[str]) -> int:
    """Run the tests; what failed beside others is tried once more alone, and both runs are printed.

    Two workers on a busy machine can starve a browser or a timer; a real fault fails alone too. More than a handful is not tried again.
    """
    with tempfile.TemporaryDirectory() as folder:
        names = Path(folder) / "failed"
        code = subprocess.run(command, cwd=ROOT, check=False, env=os.environ | {"FORUM_FAILED": str(names)}).returncode
        failed = [name for name in names.read_text("utf-8").splitlines() if name] if names.is_file() else []
    if code != 1 or not 0 < len(failed) <= AGAIN_MOST:
        return code
    print(f"once more, alone: {', '.join(failed)}", flush=True)
    return subprocess.run([str(PYTHON), "-m", "pytest", "-q", *failed], cwd=ROOT, check=False).returncode


def _check(name: str, command: list[str]) -> bool:
    started = time.monotonic()
    bad = subprocess.run(command, cwd=ROOT, check=False).returncode != 0
    print(f"{'✗' if bad else '✓'} {name} ({time.monotonic() - started:.1f} s)", flush=True)
    return bad


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
