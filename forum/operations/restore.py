"""Restore: the database and the secret as a backup holds them, checked before anything is final."""

import asyncio
import hashlib
import os
import subprocess
import tarfile
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

import asyncpg

from forum.errors import Conflict, Invalid, Unavailable
from forum.i18n import N_, Message
from forum.operations.backup import DUMP, SECRET, Manifest, digest, member, read_manifest
from forum.operations.programs import environment, reason
from forum.postgres import Binaries
from forum.settings import Settings, secret_of

LOCK_WAIT: Final = "10s"
HEAD_LINES: Final = 200  # where the settings of a dump stand


async def restore(settings: Settings, url: str, file: Path, *, binaries: Binaries, replace: bool = False) -> Manifest:
    """Bring the database at *url* and the secret to what *file* holds, in one transaction; checked row by row count before it commits.

    Raises Conflict when the database holds tables and *replace* is False, Invalid for a damaged file, Unavailable.
    """
    manifest = read_manifest(file)
    if not replace and await _holds_tables(url):
        raise Conflict(Message(N_("This database is not empty. Give --replace to throw away what it holds, or restore into a new one.")))
    await asyncio.to_thread(_restore, file, manifest, url, binaries)
    _restore_secret(settings, file, manifest)
    return manifest


def _restore(file: Path, manifest: Manifest, url: str, binaries: Binaries) -> None:
    with tempfile.TemporaryDirectory(prefix="forum-restore-") as folder:
        path = Path(folder, DUMP)
        try:
            with tarfile.open(file) as archive, member(archive, DUMP) as content, path.open("wb") as dump:
                while piece := content.read(1 << 20):
                    dump.write(piece)
        except (OSError, tarfile.TarError, KeyError):
            path.touch()
        if digest(path) != manifest.dump_sha256:
            raise Invalid(Message(N_("{file} is not a backup made by Forum, or it is damaged."), file=file))
        _replay(path, url, binaries, manifest)


async def _holds_tables(url: str) -> bool:
    conn = await asyncpg.connect(url)
    try:
        return bool(await conn.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"))
    finally:
        await conn.close()


def _replay(dump: Path, url: str, binaries: Binaries, manifest: Manifest) -> None:
    """Old tables away, new ones in, counted: one transaction, so a failure leaves what was."""
    script = [binaries.program("pg_restore"), "--no-owner", "--no-privileges", "--file=-", str(dump)]
    with subprocess.Popen(script, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment(url)) as writer:
        said = _play(writer, url, binaries, manifest)
        if said is not None:
            writer.kill()
    if said is not None:
        hint = N_("Stop forum serve and forum worker first: they hold the tables.") if "lock timeout" in said else ""
        raise Unavailable(Message(N_("The restore failed and nothing has changed: {why} {hint}"), why=reason(said), hint=Message(hint)))


def _play(writer: subprocess.Popen[bytes], url: str, binaries: Binaries, manifest: Manifest) -> str | None:
    """Feed psql; what it said when it failed, else None."""
    command = [binaries.program("psql"), "--no-psqlrc", "--single-transaction", "--set=ON_ERROR_STOP=1", "--quiet", "--file=-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment(url)) as reader:
        assert reader.stdin is not None
        assert reader.stderr is not None
        assert writer.stdout is not None
        with suppress(BrokenPipeError):  # psql says why
            reader.stdin.write(f"SET lock_timeout = '{LOCK_WAIT}';\nDROP SCHEMA IF EXISTS public CASCADE;\nCREATE SCHEMA public;\n".encode())
            _copy(writer.stdout, reader.stdin)
            reader.stdin.write(_check(manifest.rows).encode())
            reader.stdin.close()
        said = reader.stderr.read().decode(errors="replace")
        with suppress(BrokenPipeError):
            reader.stdin.close()
        return said if reader.wait() else None


def _copy(source: IO[bytes], sink: IO[bytes]) -> None:
    """The script, without the setting of its head that an older server does not know, nor the schema that is there already."""
    for number, line in enumerate(source):
        if number >= HEAD_LINES or not line.startswith((b"SET transaction_timeout", b"CREATE SCHEMA public;")):
            sink.write(line)


def _check(rows: dict[str, int]) -> str:
    """SQL that fails when a table has not the rows it should have."""
    lines = [f"""IF (SELECT count(*) FROM public."{name}") <> {count} THEN RAISE 'table {name} is not whole'; END IF;""" for name, count in rows.items()]
    return "\nDO $check$ BEGIN\n" + "\n".join(lines) + "\nEND $check$;\n"


def _restore_secret(settings: Settings, file: Path, manifest: Manifest) -> None:
    """Put the backup's secret into the data folder. Raises Conflict when FORUM_SECRET is another: nothing it sealed would open."""
    if settings.secret:
        if hashlib.sha256(secret_of(settings)).hexdigest() != manifest.secret_sha256:
            raise Conflict(
                Message(N_("The rows are restored, but FORUM_SECRET is not the one they were sealed with: set the old one, or badge keys will not open."))
            )
        return
    with tarfile.open(file) as archive:
        if SECRET not in archive.getnames():
            raise Conflict(Message(N_("The rows are restored. This backup was made with FORUM_SECRET set: set the same one before you start Forum.")))
        with member(archive, SECRET) as content:
            secret = content.read(10_000)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    fresh = settings.data_dir / f"secret.{os.getpid()}"
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    os.write(descriptor, secret)
    os.close(descriptor)
    fresh.rename(settings.data_dir / "secret")
