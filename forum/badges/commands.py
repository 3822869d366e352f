"""`forum keys …` and `forum badges …`: signing keys, badges for everyone, paper."""

from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import click

from forum import clock, editions
from forum.badges import service, vault
from forum.clock import local
from forum.errors import Invalid
from forum.i18n import N_
from forum.settings import read_settings, secret_of

T = TypeVar("T")


def run(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run *work* with the database open."""
    from forum.database import with_database

    found: T = with_database(read_settings(), work)
    return found


@click.group()
def keys() -> None:
    """Keys that sign badges."""


@keys.command("list")
def list_keys() -> None:
    """Every key and until when its badges are accepted."""

    async def work() -> None:
        for key in (await vault.public_ring()).keys:
            until = f"until {local(key.retires_at):%Y-%m-%d %H:%M}" if key.retires_at else "signs new badges"
            click.echo(f"{key.kid:3}  made {local(key.made_at):%Y-%m-%d %H:%M}  {until}  {key.public.hex()[:16]}…")

    run(work)


@keys.command()
@click.option("--old-until", type=click.DateTime(), help="Until when (Paris time) badges signed so far are accepted; default: 400 days from now.")
def rotate(old_until: datetime | None) -> None:
    """Make a new signing key; badges signed with the old one stay valid until the date."""
    now = clock.now()
    until = clock.at_local(old_until.date(), old_until.time()) if old_until else now + timedelta(days=400)
    if until <= now:
        raise Invalid(N_("Old badges need a date in the future until which they are accepted."))

    async def work() -> None:
        secret = secret_of(read_settings())
        first = not (await vault.ring(secret)).keys
        ring = await vault.rotate(secret, now=now, old_until=None if first else until)
        click.echo(f"Key {ring.signing.kid} signs new badges." + ("" if first else f" Older badges are accepted until {local(until):%Y-%m-%d %H:%M}."))

    run(work)


@click.group()
def badges() -> None:
    """Badges of the current edition."""


@badges.command("issue")
def issue_all() -> None:
    """A badge for every confirmed registration that has none."""

    async def work() -> None:
        edition = await editions.needed()
        made = await service.issue_all(edition.id, secret=secret_of(read_settings()), now=clock.now())
        click.echo(f"{made} badges made.")

    run(work)


@badges.command("print")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--campus", help="Slug of a campus: badges of everyone who begins there.")
@click.option("--layout", type=click.Choice(["a6", "a4", "label62", "label100"]), default="a4", show_default=True)
def print_all(file: Path, campus: str | None, layout: str) -> None:
    """All badges as one PDF."""
    from importlib import import_module

    from forum.badges import handouts
    from forum.campuses import queries as places

    import_module("forum.day_paper")  # joins the features: the backs show each person's day

    async def work() -> bytes:
        edition, now = await editions.needed(), clock.now()
        where = (await places.campus(edition.id, campus)).id if campus else None
        order = await handouts.order(edition.id, "badges", campus=where, layout=layout, day=None, now=now, by=None, enqueue=False)
        await handouts.make(order, edition, now=now)
        return await handouts.file_of(order)

    file.write_bytes(run(work))
    click.echo(f"{file} written.")


def register(main: click.Group) -> None:
    """Add both groups to the `forum` command."""
    main.add_command(keys)
    main.add_command(badges)
