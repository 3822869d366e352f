"""`forum agenda …`: import and export a schedule, plan, publish, roll back."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import click

from forum import clock, editions
from forum.agenda import api, changelog, current, importing, planning, plans, queries, releasing
from forum.agenda.planner import Impossible, Plan
from forum.settings import read_settings

SOFT = ("seats", "clashes", "unchanged", "tracks", "crowding")
T = TypeVar("T")


def run(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run *work* with the database open."""
    from forum.database import with_database

    found: T = with_database(read_settings(), work)
    return found


def lang() -> str:
    """The language of the command line."""
    found: str = click.get_current_context().find_root().obj["lang"]
    return found


@click.group()
def agenda() -> None:
    """Sessions: import, plan, publish."""


@agenda.command("import")
@click.argument("edition")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--campus", required=True, help="Campus (slug) that gets the rooms the edition does not have yet.")
@click.option("--capacity", type=click.IntRange(1, 20000), required=True, help="Seats of such a room.")
@click.option("--dry-run", is_flag=True, help="Say what would happen and change nothing.")
def import_(edition: str, file: Path, campus: str, capacity: int, dry_run: bool) -> None:
    """Bring a schedule.xml into the draft of EDITION."""

    data = file.read_bytes()

    async def work() -> importing.Imported:
        return await importing.run(await editions.by_slug(edition), data, campus=campus, capacity=capacity, actor=None, now=clock.now(), dry_run=dry_run)

    done = run(work)
    click.echo(f"{done.new} new, {done.changed} known again, {len(done.rooms)} rooms and {done.speakers} speakers made{' (dry run)' if dry_run else ''}.")


@agenda.command("export")
@click.argument("edition")
@click.option("--format", "name", type=click.Choice(list(api.MAKERS)), default="schedule.xml", show_default=True)
@click.option("--origin", default="https://forum.example.org", show_default=True, help="Where the pages are served; links are made from it.")
def export(edition: str, name: str, origin: str) -> None:
    """Write a feed of the release in force to standard output."""

    async def work() -> bytes:
        of = await editions.by_slug(edition)
        found = await current.programme(of.id)
        if found is None:
            raise click.ClickException("Nothing is published yet.")
        return api.made(found, of, origin, name).body

    click.echo(run(work), nl=False)


@agenda.command("plan")
@click.argument("edition")
@click.option("--seconds", type=click.FloatRange(1, 3600), default=50.0, show_default=True, help="How long to look for a better plan.")
@click.option("--seed", default=1, show_default=True)
@click.option("--apply", "applied", is_flag=True, help="Make the plan the draft (one edit; can be undone).")
def plan_(edition: str, seconds: float, seed: int, applied: bool) -> None:
    """Place the sessions of EDITION into rooms and times; print value, bound and gap, or why it cannot be done."""

    async def work() -> tuple[Plan | Impossible, int | None]:
        of = await editions.by_slug(edition)
        problem, origin, version = await planning.problem(of)
        from forum.agenda.planner.solve import plan  # the solver takes seconds to load

        found = await asyncio.to_thread(plan, problem, seconds=seconds, seed=seed)
        kept = await plans.keep(of, found, origin, version, getattr(found, "seconds", seconds), actor=None, now=clock.now())
        if applied and isinstance(found, Plan):
            return found, await plans.apply(of, kept, actor=None, now=clock.now())
        return found, None

    found, version = run(work)
    if isinstance(found, Impossible):
        click.echo("No plan keeps all of these:" if found.proven else "No plan was found:", err=True)
        for requirement in found.requirements:
            click.echo(f"  {requirement.in_language(lang())}", err=True)
        raise SystemExit(1)
    _print(found)
    if version is not None:
        click.echo(f"The draft is now version {version}. Look at it, then publish it.")


def _print(found: Plan) -> None:
    click.echo(f"{len(found.spots)} sessions placed in {found.seconds:.1f} s; value {found.value:,}, bound {found.most:,}, gap {found.gap:.2%}")
    for name in SOFT:
        click.echo(f"  {name:10} {getattr(found.terms, name):>12,}  of at most {getattr(found.bound, name):>12,}")


@agenda.command("diff")
@click.argument("edition")
def diff(edition: str) -> None:
    """What publishing the draft of EDITION would change, and whom it touches."""

    async def work() -> releasing.WhatIf:
        return await releasing.what_if(await editions.by_slug(edition))

    found = run(work)
    for change in found.changes:
        click.echo(changelog.line(change).in_language(lang()))
    click.echo(
        f"{len(found.changes)} changes; {len(found.impact.touched)} people, {found.impact.lost_seats} seats and {found.impact.lost_favourites} stars touched."
    )
    for fault in found.faults:
        click.echo(f"{'!' if fault.hard else '-'} {fault.message.in_language(lang())}")


@agenda.command("release")
@click.argument("edition")
@click.argument("name")
@click.option("--note", default="", help="Shown in the public changelog.")
@click.option("--despite", is_flag=True, help="Publish although rules an organiser may overrule are broken.")
def release(edition: str, name: str, note: str, despite: bool) -> None:
    """Publish the draft of EDITION under NAME."""

    async def work() -> int:
        of = await editions.by_slug(edition)
        version = await queries.draft_version(of.id)
        row = await releasing.publish(of, name, version=version, actor=None, now=clock.now(), note=note, despite=despite)
        return row.number

    click.echo(f"Release {run(work)} is published.")


@agenda.command("rollback")
@click.argument("edition")
@click.argument("number", type=int)
def rollback(edition: str, number: int) -> None:
    """Publish release NUMBER of EDITION again."""

    async def work() -> str:
        return (await releasing.rollback(await editions.by_slug(edition), number, actor=None, now=clock.now())).name

    click.echo(f"{run(work)} is published.")


def register(main: click.Group) -> None:
    main.add_command(agenda)
