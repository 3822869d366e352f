"""`forum worker`, `backup`, `restore`, `doctor`, `jobs`."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import click

from forum import clock, postgres, simulated
from forum.operations import logs
from forum.settings import Settings, read_settings

PARENT_SECONDS = 1.0


@click.command()
@click.option("--with-parent", type=int, metavar="PID", help="End when this process, which started this one, ends.")
def worker(with_parent: int | None) -> None:
    """Do the jobs: mails, plans, imports, retention."""
    from forum.database import database
    from forum.migrate import must_be_current

    settings = read_settings()
    logs.configure(settings.log_format)
    with database(settings) as url:
        asyncio.run(must_be_current(url))
        asyncio.run(_work(replace(settings, database_url=url), with_parent=with_parent))


async def _work(settings: Settings, *, with_parent: int | None) -> None:
    from forum.jobs.worker import run_worker

    simulated.follow(settings)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with _watching_parent(stop, with_parent) if with_parent else _nobody():
        await run_worker(settings, stop=stop)


@asynccontextmanager
async def _nobody() -> AsyncIterator[None]:
    yield


@asynccontextmanager
async def _watching_parent(stop: asyncio.Event, parent: int) -> AsyncIterator[None]:
    """The parent says its number: asked for here it might be another's already, since loading Forum takes a second."""

    async def watch() -> None:
        while os.getppid() == parent:  # noqa: ASYNC110 - the system tells nobody
            await asyncio.sleep(PARENT_SECONDS)
        stop.set()

    task = asyncio.create_task(watch())
    try:
        yield
    finally:
        task.cancel()


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
def backup(file: Path | None) -> None:
    """Write a whole backup to FILE while Forum runs (default: the data folder's backups/<time>.forum)."""
    from forum.database import database
    from forum.operations.backup import backup as write
    from forum.operations.backup import summary

    settings, now = read_settings(), clock.now()
    target = file or settings.data_dir / "backups" / f"{now:%Y-%m-%dT%H%M%SZ}.forum"
    with database(settings) as url:
        manifest = asyncio.run(write(settings, url, target, binaries=postgres.find_binaries(), now=now))
    click.echo(f"{target} ({target.stat().st_size // 1024} kB): " + ", ".join(f"{k} {v}" for k, v in summary(manifest).items()))


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--replace", "replace_all", is_flag=True, help="Throw away what the database holds now.")
def restore(file: Path, replace_all: bool) -> None:
    """Bring the database and the secret to what the backup FILE holds; all or nothing."""
    from forum.database import database
    from forum.operations.backup import summary
    from forum.operations.restore import restore as read

    settings = read_settings()
    with database(settings) as url:
        manifest = asyncio.run(read(settings, url, file, binaries=postgres.find_binaries(), replace=replace_all))
    click.echo("restored: " + ", ".join(f"{k} {v}" for k, v in summary(manifest).items()))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Say what is wrong and how to mend it; exit code 1 when something is."""
    from forum.operations.doctor import as_json as in_json
    from forum.operations.doctor import examine, running_url, settings_or_finding
    from forum.operations.findings import Finding, Health

    lang = ctx.obj["lang"]
    settings = settings_or_finding()

    async def all_of(good: Settings) -> list[Finding]:
        return [finding async for finding in examine(good, running_url(good))]

    findings = [settings] if isinstance(settings, Finding) else asyncio.run(all_of(settings))
    if as_json:
        click.echo(in_json(findings, lang))
    else:
        for finding in findings:
            mark = {Health.GOOD: click.style("✓", fg="green"), Health.ODD: click.style("!", fg="yellow"), Health.BAD: click.style("✗", fg="red")}[
                finding.health
            ]
            click.echo(f"{mark} {finding.name}: {finding.found.in_language(lang)}")
            if finding.mend is not None:
                click.echo(f"    → {finding.mend.in_language(lang)}")
    ctx.exit(1 if any(finding.health is Health.BAD for finding in findings) else 0)


@click.command()
@click.option("--revive", is_flag=True, help="Give the dead ones all their attempts again.")
def jobs(revive: bool) -> None:
    """List jobs that wait, run, and are dead, with the reason."""
    from forum import jobs as queue
    from forum.database import with_database

    async def show() -> None:
        for (name, state), count in sorted((await queue.counts()).items()):
            click.echo(f"{name:24} {state:8} {count}")
        for dead in await queue.dead():
            click.echo(f"  {dead.id} {dead.name}: {dead.why}" + (" – revived" if revive and await queue.revive(dead.id) else ""))

    with_database(read_settings(), show)


def register(group: click.Group) -> None:
    """Add the commands of operations."""
    for command in (worker, backup, restore, doctor, jobs):
        group.add_command(command)
