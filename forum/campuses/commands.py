"""`forum edition add`: where an event begins; `forum import gtfs FEED.zip`: travel times from a timetable."""

import asyncio
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import available_timezones

import click

from forum.campuses.gtfs import Reading, Window
from forum.campuses.travel import Change
from forum.tabular.commands import imports


@click.group()
def edition() -> None:
    """Editions of the event."""


@edition.command("add")
@click.argument("slug")
@click.argument("name")
@click.option("--day", "days", type=click.DateTime(["%Y-%m-%d"]), multiple=True, required=True, help="A day of the event; give it once for each.")
@click.option("--from", "opens", default="09:00", show_default=True, help="When the days begin.")
@click.option("--to", "closes", default="18:00", show_default=True, help="When they end.")
@click.option("--zone", type=click.Choice(sorted(available_timezones())), default="Europe/Paris", show_default=True, metavar="ZONE")
@click.option("--replace", "in_its_place", is_flag=True, help="Take the place of the current edition.")
def add_edition(slug: str, name: str, days: tuple[datetime, ...], opens: str, closes: str, zone: str, in_its_place: bool) -> None:
    """Begin the edition NAME; SLUG is its short name in addresses. Everything else about it is on its pages."""
    from forum import clock
    from forum.campuses import service
    from forum.campuses.forms import EditionDayForm
    from forum.database import with_database
    from forum.settings import read_settings

    first, last = _hours(opens, closes)
    each = [EditionDayForm(day.date(), first, last) for day in days]
    with_database(read_settings(), lambda: service.add_edition(slug, name, zone, each, in_its_place=in_its_place, now=clock.now()))
    click.echo(f"{name} is the current edition. Campuses come next: /organise/campuses, or forum import campuses FILE.")


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
    """Add `forum edition`; `gtfs` hangs on the `import` group, which `forum.tabular` adds."""
    main.add_command(edition)
