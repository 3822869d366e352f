"""The `forum` command: every feature adds its own commands from its `commands.py`."""

import asyncio
import sys
from functools import cache
from typing import Any

import click

from forum import __version__
from forum.errors import ForumError
from forum.i18n import LANGUAGES
from forum.settings import read_settings


class Forum(click.Group):
    """Expected failures are one sentence and exit code 1, never a traceback. Features' commands are loaded when one of them or the list is
    asked for: a start of `forum serve` does not wait for them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        _register_features()
        return super().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.commands:
            _register_features()
        return super().get_command(ctx, cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ForumError as error:
            lang = ctx.obj["lang"] if ctx.obj else "en"
            click.echo(error.message.in_language(lang), err=True)
            for fault in getattr(error, "faults", {}).values():
                if fault != error.message:
                    click.echo(f"  {fault.in_language(lang)}", err=True)
            ctx.exit(1)


@click.group(cls=Forum)
@click.version_option(__version__, prog_name="forum")
@click.option("--lang", type=click.Choice(LANGUAGES), default="en", envvar="FORUM_LANG", show_default=True, help="Language of messages.")
@click.pass_context
def main(ctx: click.Context, lang: str) -> None:
    """Forum: registration, badges, agenda, meetings and live control of an event held on many campuses at once."""
    ctx.obj = {"lang": lang}


@main.command()
@click.option("--host", help="Address to listen on (FORUM_HOST).")
@click.option("--port", type=int, help="Port to listen on (FORUM_PORT).")
@click.option("--certfile", type=click.Path(exists=True, dir_okay=False), help="Certificate: phones need HTTPS for the camera.")
@click.option("--keyfile", type=click.Path(exists=True, dir_okay=False))
def serve(host: str | None, port: int | None, certfile: str | None, keyfile: str | None) -> None:
    """Serve the pages, the API and the live channel."""
    from forum import serving

    serving.serve(read_settings(host=host, port=port), certfile=certfile, keyfile=keyfile)


@main.command()
def migrate() -> None:
    """Bring the database up to date."""
    from forum import clock
    from forum.database import database
    from forum.migrate import migrate as run

    settings = read_settings()
    with database(settings) as url:
        names = asyncio.run(run(url, now=clock.now(), on_step=click.echo))
    click.echo(f"{len(names)} migrations applied." if names else "The database is up to date.")


@main.command()
@click.option("--people", default=2000, show_default=True)
@click.option("--campuses", default=12, show_default=True)
@click.option("--companies", default=60, show_default=True)
@click.option("--port", type=int, help="Port to listen on.")
@click.option("--prepare-only", is_flag=True, help="Make the edition and stop.")
@click.option("--still", is_flag=True, help="Without the simulated day: nobody comes, the clock is the real one.")
def demo(people: int, campuses: int, companies: int, port: int | None, prepare_only: bool, still: bool) -> None:
    """Run Forum with a rehearsal edition: invented people and companies on real Paris districts."""
    from forum import rehearsal

    rehearsal.run(read_settings(port=port, demo=True), people=people, campuses=campuses, companies=companies, prepare_only=prepare_only, still=still)


@main.command()
@click.option("--headless", is_flag=True, help="Without pages to look at: prepare, live the day, judge, report, end.")
@click.option("--people", default=2000, show_default=True)
@click.option("--campuses", default=12, show_default=True)
@click.option("--companies", default=60, show_default=True)
@click.option("--speed", type=click.FloatRange(1, 120), default=60.0, show_default=True, help="How many simulated seconds a second lasts.")
@click.option("--minutes", type=click.IntRange(1, 720), default=620, show_default=True, help="Simulated minutes from half an hour before the doors open.")
@click.option("--seed", default=1, show_default=True)
@click.option("--report", type=click.Path(dir_okay=False, writable=True), help="Where the report is written as JSON; a CSV is put beside it.")
def rehearse(headless: bool, people: int, campuses: int, companies: int, speed: float, minutes: int, seed: int, report: str | None) -> None:
    """Live a simulated day through the API and judge it: exit code 1 when an invariant broke."""
    from forum.rehearsal import command

    if not headless:
        raise click.UsageError("The day with pages to look at is forum demo. Add --headless to measure one.")
    sys.exit(command.rehearse(people=people, campuses=campuses, companies=companies, speed=speed, minutes=minutes, seed=seed, report=report))


@cache
def _register_features() -> None:
    """Each feature's commands, joined here like its routes in `app`."""
    from importlib import import_module

    for name in ("campuses", "tabular", "people", "agenda", "badges", "matchmaking", "live", "operations"):
        try:
            module = import_module(f"forum.{name}.commands")
        except ModuleNotFoundError as missing:
            if missing.name != f"forum.{name}.commands" and missing.name != f"forum.{name}":
                raise
            continue
        module.register(main)


if __name__ == "__main__":
    sys.exit(main())
