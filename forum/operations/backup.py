"""Backup: one file that holds the database, the deployment's secret and what the database should contain."""

import asyncio
import hashlib
import io
import os
import tarfile
import tempfile
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import asyncpg
import msgspec

from forum import __version__
from forum.errors import Invalid, Unavailable
from forum.i18n import N_, Message
from forum.operations.programs import run
from forum.postgres import Binaries
from forum.settings import Settings, secret_of

DUMP, SECRET, MANIFEST = "database.dump", "secret", "manifest.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds: `rows` counted in the dump's own snapshot; `secret` is a digest, to know the right one."""

    forum: str
    made_at: datetime
    server: int
    migrations: list[str]
    rows: dict[str, int]
    dump_sha256: str
    secret_sha256: str


async def backup(settings: Settings, url: str, target: Path, *, binaries: Binaries, now: datetime) -> Manifest:
    """Write a backup of the database at *url* to *target* (mode 0600), whole or not at all, while Forum runs.

    The secret is inside when it lives in the data folder; one given by FORUM_SECRET is not. Raises Unavailable, or Invalid
    when *target* exists.
    """
    with tempfile.TemporaryDirectory(dir=_folder_for(target), prefix=".backup-") as folder:
        dump = Path(folder, DUMP)
        rows, migrations, server = await _dump(url, dump, binaries)
        manifest = Manifest(__version__, now, server, migrations, rows, digest(dump), hashlib.sha256(secret_of(settings)).hexdigest())
        await asyncio.to_thread(_pack, Path(folder, "whole"), dump, b"" if settings.secret else secret_of(settings), manifest)
        try:
            os.link(Path(folder, "whole"), target)
        except FileExistsError:
            raise Invalid(Message(N_("{file} exists already; a backup is never written over."), file=target)) from None
    return manifest


def _folder_for(target: Path) -> Path:
    """The folder of *target*, made if missing; on the same disk, so that the last step is a rename."""
    if target.exists():
        raise Invalid(Message(N_("{file} exists already; a backup is never written over."), file=target))
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return target.parent


async def _dump(url: str, dump: Path, binaries: Binaries) -> tuple[dict[str, int], list[str], int]:
    """Dump the snapshot that is counted: the manifest and the dump see the same rows."""
    try:
        conn = await asyncpg.connect(url)
    except (OSError, asyncpg.PostgresError) as error:
        raise Unavailable(Message(N_("The database does not answer: {why}. Check FORUM_DATABASE_URL, or run forum doctor."), why=str(error))) from error
    try:
        async with conn.transaction(isolation="repeatable_read", readonly=True):
            snapshot = await conn.fetchval("SELECT pg_export_snapshot()")
            options = ["--format=custom", "--no-owner", "--no-privileges", "--schema=public", f"--snapshot={snapshot}", f"--file={dump}"]
            await asyncio.to_thread(run, binaries.program("pg_dump"), options, url=url)
            names = await conn.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
            rows = {r[0]: await conn.fetchval(f'SELECT count(*) FROM public."{r[0]}"') for r in names}
            migrations = [r[0] for r in await conn.fetch("SELECT name FROM migration ORDER BY 1")] if "migration" in rows else []
            return rows, migrations, conn.get_server_version().major
    finally:
        await conn.close()


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _pack(path: Path, dump: Path, secret: bytes, manifest: Manifest) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        with tarfile.open(fileobj=file, mode="w") as archive:
            for name, text in ((MANIFEST, msgspec.json.encode(asdict(manifest))), (SECRET, secret)):
                if text:
                    entry = tarfile.TarInfo(name)
                    entry.size, entry.mode = len(text), 0o600
                    archive.addfile(entry, io.BytesIO(text))
            entry = tarfile.TarInfo(DUMP)
            entry.size, entry.mode = dump.stat().st_size, 0o600
            with dump.open("rb") as content:
                archive.addfile(entry, content)
        file.flush()
        os.fsync(file.fileno())


def read_manifest(file: Path) -> Manifest:
    """What the backup *file* says it holds. Raises Invalid for a file that is no backup."""
    try:
        with tarfile.open(file) as archive, member(archive, MANIFEST) as content:
            return msgspec.json.decode(content.read(1_000_000), type=Manifest)
    except (OSError, tarfile.TarError, KeyError, msgspec.MsgspecError) as error:
        raise Invalid(Message(N_("{file} is not a backup made by Forum, or it is damaged."), file=file)) from error


def member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    """The content of *name* in the archive. Raises KeyError."""
    content = archive.extractfile(name)
    if content is None:
        raise KeyError(name)
    return content


def summary(manifest: Manifest) -> dict[str, Any]:
    """The manifest in the few words a person wants."""
    return {
        "made_at": manifest.made_at.isoformat(),
        "forum": manifest.forum,
        "postgresql": manifest.server,
        "tables": len(manifest.rows),
        "rows": sum(manifest.rows.values()),
    }
