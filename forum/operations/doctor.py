"""What is wrong and how to mend it: each check is a sentence and, when it fails, another."""

import json
import os
import resource
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from forum import clock, postgres
from forum.errors import ForumError
from forum.i18n import N_, Message
from forum.mail.transport import read_server
from forum.operations.doctor_database import database, smtp
from forum.operations.findings import Finding, Health, good
from forum.settings import Settings, read_settings

LEAST_DISK: Final = 2 * 1024**3  # bytes
LEAST_FILES: Final = 4096


async def examine(settings: Settings, url: str | None, *, now: Callable[[], datetime] = clock.now) -> AsyncIterator[Finding]:
    """Every check, the most basic first. *url* is the database that runs now, None when none does."""
    for finding in (*_settings(settings), *_machine(settings)):
        yield finding
    if url is None:
        yield Finding(
            "database",
            Health.ODD,
            Message(N_("The embedded database is not running.")),
            Message(N_("It starts with forum serve or forum demo. To look into it, run forum doctor while Forum runs, or forum migrate.")),
        )
        return
    async for finding in database(settings, url, now):
        yield finding
    yield await smtp(settings)


def _settings(settings: Settings) -> Iterator[Finding]:
    public = not any(name in settings.origin for name in ("127.0.0.1", "localhost", "[::1]"))
    if public and not settings.secure:
        yield Finding(
            "address",
            Health.BAD,
            Message(N_("People reach Forum at {origin}, without HTTPS."), origin=settings.origin),
            Message(N_("Put a certificate (forum serve --certfile --keyfile) or a proxy in front, and set FORUM_ORIGIN to the https:// address.")),
        )
    else:
        yield good("address", N_("People reach Forum at {origin}."), origin=settings.origin)
    if settings.demo and public:
        yield Finding("demo", Health.BAD, Message(N_("FORUM_DEMO is on at a public address.")), Message(N_("Take FORUM_DEMO away: it opens sign-in links.")))
    if settings.smtp_url:
        try:
            read_server(settings.smtp_url)
        except ForumError as error:
            yield Finding("mail settings", Health.BAD, error.message, Message(N_("Correct FORUM_SMTP_URL.")))
    elif public:
        yield Finding("mail settings", Health.BAD, Message(N_("No mail leaves: FORUM_SMTP_URL is empty.")), Message(N_("Set FORUM_SMTP_URL.")))


def _machine(settings: Settings) -> Iterator[Finding]:
    folder = next(p for p in (settings.data_dir.absolute(), *settings.data_dir.absolute().parents) if p.exists())
    if not os.access(folder, os.W_OK | os.X_OK):
        yield Finding(
            "data folder",
            Health.BAD,
            Message(N_("{folder} cannot be written."), folder=folder),
            Message(N_("Give it to the user who runs Forum, or set FORUM_DATA_DIR.")),
        )
    else:
        yield good("data folder", N_("{folder} can be written."), folder=folder)
    secret = settings.data_dir / "secret"
    if secret.exists() and secret.stat().st_mode & 0o077:
        yield Finding(
            "secret", Health.BAD, Message(N_("Others on this machine can read {file}."), file=secret), Message(N_("Run chmod 600 {file}."), file=secret)
        )
    free = shutil.disk_usage(folder).free
    if free < LEAST_DISK:
        yield Finding(
            "disk",
            Health.BAD,
            Message(N_("{free} MB are free on the disk of {folder}."), free=free // 1024**2, folder=folder),
            Message(N_("Free at least 2 GB; PostgreSQL stops when the disk is full.")),
        )
    else:
        yield good("disk", N_("{free} GB are free."), free=free // 1024**3)
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if files < LEAST_FILES:
        yield Finding(
            "open files",
            Health.ODD,
            Message(N_("A process may open {files} files; each person watching live takes one."), files=files),
            Message(N_("Raise the limit: ulimit -n 20000, or LimitNOFILE= in the service.")),
        )


def settings_or_finding() -> Settings | Finding:
    """The settings, or why they cannot be read: the doctor says it like everything else."""
    try:
        return read_settings()
    except ForumError as error:
        return Finding("settings", Health.BAD, error.message, Message(N_("Correct the variable and run forum doctor again.")))


def running_url(settings: Settings) -> str | None:
    """The database that runs now: the one given, or the embedded cluster if some process runs it. Starts nothing."""
    if settings.database_url:
        return settings.database_url
    cluster = postgres.running(Path(settings.data_dir))
    return cluster.url if cluster else None


def as_json(findings: list[Finding], lang: str) -> str:
    """For programs: one object per check."""
    return json.dumps(
        [{"name": f.name, "health": f.health.value, "found": f.found.in_language(lang), "mend": f.mend.in_language(lang) if f.mend else ""} for f in findings],
        ensure_ascii=False,
        indent=1,
    )
