"""The doctor's checks on the database, the queue and the mail server."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Final

import asyncpg

from forum import migrate
from forum.errors import ForumError
from forum.i18n import N_, Message
from forum.mail.transport import read_server
from forum.operations.findings import Finding, Health, good
from forum.settings import Settings

MOST_SKEW: Final = 2.0  # seconds


async def database(settings: Settings, url: str, now: Callable[[], datetime]) -> AsyncIterator[Finding]:
    """Reachable, new enough, durable, up to date, with a worker."""
    try:
        conn = await asyncpg.connect(url, timeout=10)
    except (OSError, asyncpg.PostgresError, TimeoutError, ValueError) as error:
        yield Finding(
            "database",
            Health.BAD,
            Message(N_("The database does not answer: {why}."), why=str(error) or type(error).__name__),
            Message(N_("Check FORUM_DATABASE_URL, that PostgreSQL runs, and that it lets this machine in (pg_hba.conf).")),
        )
        return
    try:
        async for finding in _server(conn, settings):
            yield finding
        skew = abs((await conn.fetchval("SELECT clock_timestamp()") - now()).total_seconds())
        if skew > MOST_SKEW:
            yield Finding(
                "clocks",
                Health.BAD,
                Message(N_("The clocks of this machine and of the database are {seconds} s apart."), seconds=round(skew)),
                Message(N_("Let both follow a time server (chrony, systemd-timesyncd).")),
            )
    finally:
        await conn.close()
    try:
        waiting = await migrate.pending(url)
    except ForumError as error:
        yield Finding("schema", Health.BAD, error.message, Message(N_("Run the Forum that made this database, or restore a backup.")))
        return
    if waiting:
        yield Finding(
            "schema", Health.BAD, Message(N_("The database is older than this Forum: {names}."), names=", ".join(waiting)), Message(N_("Run forum migrate."))
        )
        return
    yield good("schema", N_("The database is up to date."))
    async for finding in _work(url):
        yield finding


async def _server(conn: asyncpg.Connection, settings: Settings) -> AsyncIterator[Finding]:
    version = conn.get_server_version().major
    if version < migrate.OLDEST_SERVER // 10000:
        yield Finding(
            "database",
            Health.BAD,
            Message(N_("This PostgreSQL is version {version}; Forum needs 15 or later."), version=version),
            Message(N_("Upgrade PostgreSQL.")),
        )
    else:
        yield good("database", N_("PostgreSQL {version} answers."), version=version)
    off = [n for n in ("fsync", "synchronous_commit", "full_page_writes") if await conn.fetchval(f"SHOW {n}") in {"off", "local"}]
    if off:
        yield Finding(
            "durability",
            Health.BAD,
            Message(N_("A power cut can lose what people were told is done: {names} is off."), names=", ".join(off)),
            Message(N_("Switch it on in postgresql.conf.")),
        )
    most, used = (
        int(await conn.fetchval("SHOW max_connections")),
        int(await conn.fetchval("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")),
    )
    if most - used < settings.pool_size:
        yield Finding(
            "connections",
            Health.BAD,
            Message(N_("{used} of {most} connections are in use."), used=used, most=most),
            Message(N_("Raise max_connections, or lower FORUM_POOL_SIZE.")),
        )


async def _work(url: str) -> AsyncIterator[Finding]:
    conn = await asyncpg.connect(url)
    try:
        workers = await conn.fetchval("SELECT count(*) FROM job_worker WHERE seen_at > now() - interval '30 s'")
        dead = await conn.fetch("SELECT entrypoint, count(*) FROM pgqueuer WHERE status = 'failed' GROUP BY 1 ORDER BY 1")
        oldest = await conn.fetchval(
            "SELECT extract(epoch FROM now() - min(execute_after))::int FROM pgqueuer WHERE status = 'queued' AND execute_after < now()"
        )
        failed = await conn.fetch(
            "SELECT failure, count(*) FROM mail WHERE failure NOT IN ('', 'nobody', 'too late') AND created_at > now() - interval '1 day' GROUP BY 1"
        )
    finally:
        await conn.close()
    if workers:
        yield good("worker", N_("{count} worker processes are at work."), count=workers)
    else:
        yield Finding(
            "worker", Health.BAD, Message(N_("No worker is at work: mails and plans wait.")), Message(N_("Start forum worker (the demo starts its own)."))
        )
    if oldest is not None and oldest > 60:
        yield Finding(
            "queue", Health.ODD, Message(N_("The oldest job has waited for {seconds} s."), seconds=oldest), Message(N_("Start another forum worker."))
        )
    if dead:
        yield Finding(
            "dead jobs",
            Health.ODD,
            Message(N_("Every attempt failed: {names}."), names=", ".join(f"{r[0]} × {r[1]}" for r in dead)),
            Message(N_("See why with forum jobs, and give them their attempts again with forum jobs --revive.")),
        )
    if failed:
        yield Finding(
            "mail",
            Health.ODD,
            Message(N_("Mails failed in the last day: {codes}."), codes=", ".join(f"{r[0]} × {r[1]}" for r in failed)),
            Message(N_("Look the codes up at your mail service.")),
        )


async def smtp(settings: Settings) -> Finding:
    """Whether the mail server answers; nothing is sent."""
    if not settings.smtp_url:
        return good("mail", N_("Mail stays in the outbox page."))
    server = read_server(settings.smtp_url)
    try:
        async with asyncio.timeout(10):
            _, writer = await asyncio.open_connection(server.host, server.port)
            writer.close()
    except (OSError, TimeoutError) as error:
        return Finding(
            "mail",
            Health.BAD,
            Message(N_("{host} does not answer on port {port}: {why}."), host=server.host, port=server.port, why=type(error).__name__),
            Message(N_("Check FORUM_SMTP_URL and the firewall.")),
        )
    return good("mail", N_("{host} answers on port {port}."), host=server.host, port=server.port)
