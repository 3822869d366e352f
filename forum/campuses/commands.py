"""`forum import gtfs FEED.zip`: travel times from a timetable."""

import asyncio
from datetime import date, datetime, time
from pathlib import Path

import click

from forum.campuses.gtfs import Reading, Window
from forum.campuses.travel import Change
from forum.tabular.commands import imports


@imports.command("gtfs")
@click.argument("feed", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--edition", help="Short name of the edition; the current one without it.")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="Timetable day; the edition's first day without it.")
@click.option("--from", "opens", default="08:00", show_default=True, help="Start of the hours counted.")
@click.option("--to", "closes", default="20:00", show_default=True, help="End of the hours counted.")
@click.option("--dry-run", is_flag=True, help="Read and compare, store nothing.")
def import_gtfs(feed: Path, edition: str | None, day: datetime | None, opens: str, closes: str, dry_run: bool) -> None:
    """Read the GTFS feed FEED and make travel times between campuses from it.

    When the feed does not reach the day asked for, the busiest day with the same weekday stands for it.
    """
    from forum.database import with_database
    from forum.settings import read_settings

    hours = _hours(opens, closes)
    reading, found = with_database(read_settings(), lambda: _import(feed, edition, day.date() if day else None, hours, dry_run=dry_run))
    network = reading.network
    click.echo(f"{reading.trips} trips on {reading.day}, {len(network.stops)} stops and {len(network.lines)} lines near the campuses.")
    if not network.says_step_free:
        click.echo("The feed says nothing about step-free access: step-free journeys stay estimated.")
    click.echo(f"{len(found)} travel times {'would change' if dry_run else 'changed'}.")


def _hours(opens: str, closes: str) -> tuple[time, time]:
    try:
        first, last = time.fromisoformat(opens), time.fromisoformat(closes)
    except ValueError as error:
        raise click.BadParameter("hours are written as 08:00") from error
    if last <= first:
        raise click.BadParameter("--to comes after --from")
    return first, last


async def _import(feed: Path, edition: str | None, day: date | None, hours: tuple[time, time], *, dry_run: bool) -> tuple[Reading, tuple[Change, ...]]:
    from forum import clock, db, editions
    from forum.campuses import travels

    chosen = await editions.by_slug(edition) if edition else await editions.needed()
    wanted = day or (chosen.days[0].day if chosen.days else clock.now().date())
    sites = (await travels.world(chosen.id)).sites
    reading, digest = await asyncio.to_thread(travels.read_and_digest, feed, Window(wanted, *hours), sites, _reading)
    try:
        async with db.transaction():
            found = await travels.store_feed(chosen.id, feed.name, digest, reading, by=None, now=clock.now())
            if dry_run:
                raise _DryRun(found)
    except _DryRun as stopped:
        found = stopped.found
    return reading, found


def _reading(file: str) -> None:
    click.echo(f"reading {file} …", err=True)


class _DryRun(Exception):
    """Carries the answer out of a transaction that must not commit."""

    def __init__(self, found: tuple[Change, ...]) -> None:
        self.found = found


def register(main: click.Group) -> None:
    """The command hangs on the `import` group, which `forum.tabular` adds."""
