"""The one migration history: `migrations/NNNN_name.sql`, each in its own transaction, recorded in that same transaction."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import asyncpg

from forum.errors import Conflict, Unavailable
from forum.i18n import N_, Message

FOLDER = Path(__file__).parent / "migrations"
OLDEST_SERVER = 150000  # PostgreSQL 15: UNIQUE NULLS NOT DISTINCT


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: its number orders it, its digest shows whether it changed after it was applied."""

    name: str
    sql: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def history(folder: Path = FOLDER) -> list[Migration]:
    """Every migration in order."""
    return [Migration(path.stem, path.read_text("utf-8")) for path in sorted(folder.glob("[0-9]*.sql"))]


async def migrate(url: str, *, now: datetime, steps: list[Migration] | None = None, on_step: Callable[[str], None] = lambda name: None) -> list[str]:
    """Bring the database at *url* up to date; the names applied.

    A kill in the middle leaves whole migrations only. Two processes at once wait for each other. Raises Conflict when
    the database is newer than this Forum or an applied file changed, Unavailable when the server is too old or away.
    """
    steps = history() if steps is None else steps
    conn = await _connect(url)
    try:
        await conn.execute("SELECT pg_advisory_lock(hashtext('forum.migrate'))")
        await conn.execute("CREATE TABLE IF NOT EXISTS migration (name text PRIMARY KEY, digest text NOT NULL, applied_at timestamptz NOT NULL)")
        applied = {r["name"]: r["digest"] for r in await conn.fetch("SELECT name, digest FROM migration")}
        _refuse_foreign_history(applied, steps)
        todo = [step for step in steps if step.name not in applied]
        for step in todo:
            on_step(step.name)
            async with conn.transaction():
                await conn.execute(step.sql)
                await conn.execute("INSERT INTO migration VALUES ($1, $2, $3)", step.name, step.digest, now)
        return [step.name for step in todo]
    finally:
        await conn.close()


async def _connect(url: str) -> asyncpg.Connection:
    try:
        conn = await asyncpg.connect(url)
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Unavailable(Message(N_("The database does not answer: {why}. Check FORUM_DATABASE_URL, or run forum doctor."), why=str(error))) from error
    version = int(await conn.fetchval("SHOW server_version_num"))
    if version < OLDEST_SERVER:
        await conn.close()
        raise Unavailable(Message(N_("This PostgreSQL is version {version}; Forum needs 15 or later."), version=version // 10000))
    return conn


def _refuse_foreign_history(applied: dict[str, str], steps: list[Migration]) -> None:
    known = {step.name: step.digest for step in steps}
    newer = sorted(set(applied) - set(known))
    if newer:
        raise Conflict(Message(N_("This database was made by a newer Forum ({names}). Install that version, or restore a backup."), names=", ".join(newer)))
    changed = sorted(name for name, digest in applied.items() if known[name] != digest)
    if changed:
        raise Conflict(Message(N_("Migration {names} changed after it was applied; a migration is never edited, add a new one."), names=", ".join(changed)))


async def pending(url: str) -> list[str]:
    """Names not applied yet."""
    applied = await _applied(url)
    return [step.name for step in history() if step.name not in applied]


async def must_be_current(url: str) -> None:
    """Raise Conflict unless the database at *url* is exactly this Forum's: neither older, newer nor edited. Unavailable when it is away."""
    applied, steps = await _applied(url), history()
    _refuse_foreign_history(applied, steps)
    if len(applied) < len(steps):
        raise Conflict(Message(N_("The database lacks {count} migrations. Run forum migrate, then start again."), count=len(steps) - len(applied)))


async def _applied(url: str) -> dict[str, str]:
    """Digests by name, of a database that may be empty."""
    conn = await _connect(url)
    try:
        known = await conn.fetchval("SELECT to_regclass('migration')")
        return {r["name"]: r["digest"] for r in await conn.fetch("SELECT name, digest FROM migration")} if known else {}
    finally:
        await conn.close()
