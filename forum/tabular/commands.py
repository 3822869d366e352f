"""`forum import KIND FILE` and `forum export KIND`: the same lists, faults and diff as in the pages."""

import asyncio
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from forum.i18n import N_, say
from forum.tabular.kinds import Column, Kind
from forum.tabular.lists import KINDS
from forum.tabular.preview import Preview

SHOWN = 20
FEATURES = ("campuses", "people", "agenda")

imports = click.Group("import", help="Take a list in from a CSV file, or a timetable from a GTFS feed.")


def load_lists() -> None:
    """Import every feature's `lists` module, which registers what it can store."""
    for name in FEATURES:
        with suppress(ModuleNotFoundError):
            import_module(f"forum.{name}.lists")


def import_command(kind: str) -> click.Command:
    """`forum import KIND FILE`."""

    @click.command(kind, help=f"Take in {kind} from a CSV file: all of it or nothing.")
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.option("--edition", help="Short name of the edition; the current one without it.")
    @click.option("--dry-run", is_flag=True, help="Show what would change, store nothing.")
    @click.option("--column", "columns", multiple=True, metavar="NAME=TITLE", help="Take column NAME from the title TITLE of the file.")
    @click.pass_context
    def command(ctx: click.Context, file: Path, edition: str | None, dry_run: bool, columns: tuple[str, ...]) -> None:
        from forum.database import with_database
        from forum.settings import read_settings

        found: Preview = with_database(read_settings(), lambda: _import(kind, file, edition, dry_run=dry_run, columns=columns))
        _say(found, KINDS[kind], ctx.obj["lang"])
        if found.fault_count:
            ctx.exit(1)
        click.echo(say(ctx.obj["lang"], N_("Nothing was stored (--dry-run).") if dry_run else N_("Stored.")))

    return command


async def _import(kind: str, file: Path, edition: str | None, *, dry_run: bool, columns: tuple[str, ...]) -> Preview:
    from forum import clock, editions
    from forum.tabular import drafts
    from forum.tabular.mapping import checked, guess
    from forum.tabular.reading import read_file
    from forum.tabular.registry import owner

    load_lists()
    target = owner(kind)
    chosen = await editions.by_slug(edition) if edition else await editions.needed()
    sheet = await asyncio.to_thread(read_file, file)
    mapping = checked(target.kind, sheet.header, guess(target.kind, sheet.header) | _by_title(columns, sheet.header))
    found = await drafts.compare(target, chosen.id, sheet, mapping)
    if dry_run or found.fault_count:
        return found
    return await drafts.store(target, chosen.id, sheet, mapping, by=None, now=clock.now())


def _by_title(columns: tuple[str, ...], header: tuple[str, ...]) -> dict[str, int]:
    """`name=Title` pairs as a mapping. Raises click.BadParameter for a title the file does not have."""
    found = {}
    for pair in columns:
        name, _, title = pair.partition("=")
        if title not in header:
            raise click.BadParameter(f"the file has no column {title!r}; it has: {', '.join(header)}")
        found[name] = header.index(title)
    return found


def _say(found: Preview, kind: Kind, lang: str) -> None:
    line, title = say(lang, N_("line")), {column.name: say(lang, column.label) for column in kind.columns}
    for row in found.changed[:SHOWN]:
        differences = {kind.column(name): both for name, both in row.differences.items()}
        click.echo(f"~ {line} {row.line}: " + ", ".join(f"{title[c.name]}: {_shown(c, before)} → {_shown(c, after)}" for c, (before, after) in differences.items()))
    for fault in found.faults[:SHOWN]:
        click.echo(f"✗ {line} {fault.line}, {title.get(fault.column, fault.column)}: {fault.message.in_language(lang)}", err=True)
    if found.fault_count > SHOWN:
        click.echo("✗ … " + say(lang, N_("{count} more"), count=found.fault_count - SHOWN), err=True)
    counts = {"added": len(found.added), "changed": len(found.changed), "unchanged": found.unchanged, "absent": found.absent, "faults": found.fault_count}
    click.echo(say(lang, N_("{added} added, {changed} changed, {unchanged} unchanged, {absent} absent, {faults} faults"), **counts))


def _shown(column: Column, value: Any) -> str:
    """*value* as the file writes it; nothing is seen as such."""
    return (column.write(value) if value is not None else "") or "∅"


@click.command("export")
@click.argument("kind")
@click.option("--edition", help="Short name of the edition; the current one without it.")
@click.option("--excel", is_flag=True, help="Semicolons and a byte order mark, as Excel in French reads it.")
@click.pass_context
def export(ctx: click.Context, kind: str, edition: str | None, excel: bool) -> None:
    """Write a list to standard output as CSV that no spreadsheet runs."""
    from forum.database import with_database
    from forum.settings import read_settings

    pieces: list[str] = with_database(read_settings(), lambda: _export(kind, edition, ctx.obj["lang"], excel=excel))
    for piece in pieces:
        click.echo(piece.encode(), nl=False)


async def _export(kind: str, edition: str | None, lang: str, *, excel: bool) -> list[str]:
    from forum import editions
    from forum.tabular.registry import owner
    from forum.tabular.writing import write_list

    load_lists()
    found = owner(kind)
    chosen = await editions.by_slug(edition) if edition else await editions.needed()
    return list(write_list(found.kind, (await found.existing(chosen.id)).values(), lang=lang, french_excel=excel))


def register(main: click.Group) -> None:
    """Add `import` (with one command per list) and `export`."""
    for kind in KINDS.values():
        imports.add_command(import_command(kind.name))
    main.add_command(imports)
    main.add_command(export)
