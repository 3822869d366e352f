"""`forum import` and `forum export`: the same lists on the command line, in a process of their own."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date, time
from pathlib import Path

import click
import pytest

from forum import db
from forum.campuses import commands as campus_commands
from forum.campuses import queries
from forum.editions import Edition
from forum.errors import Invalid, NotFound
from forum.tabular import commands
from forum.tabular.reading import read_file
from tests.campuses.made_feed import MadeFeed

Run = Callable[..., str]


@pytest.fixture
def forum(edition: Edition, database: str, tmp_path: Path) -> Run:
    """forum("import", "rooms", …, code=0): what it prints, standard error when it fails."""

    def run(*words: str, code: int = 0) -> str:
        env = os.environ | {"FORUM_DATABASE_URL": database, "FORUM_DATA_DIR": str(tmp_path)}
        done = subprocess.run([sys.executable, "-m", "forum.cli", *words], env=env, capture_output=True, timeout=100, check=False)
        assert done.returncode == code, done.stderr.decode()
        return (done.stdout if code == 0 else done.stderr).decode()

    return run


async def test_a_list_is_stored_and_goes_out_again(forum: Run, tmp_path: Path) -> None:
    file = tmp_path / "salles.csv"
    file.write_bytes("campus;bâtiment;salle;jauge\n1;Z;Salle 99;30\n".encode("cp1252"))
    said = forum("import", "rooms", str(file))
    assert said.splitlines() == ["1 added, 0 changed, 0 unchanged, 32 absent, 0 faults", "Stored."]
    assert await db.value("SELECT count(*) FROM room WHERE name = 'Salle 99'") == 1
    assert await db.value("SELECT (action, actor)::text FROM journal") == "(import,)"
    text = "".join(await commands._export("rooms", None, "fr", excel=True))
    assert text.startswith("\ufeffN° de campus;Bâtiment;")
    file.write_text(text, "utf-8", newline="")
    again = await commands._import("rooms", file, None, dry_run=True, columns=())
    assert (len(again.added), len(again.changed), again.unchanged) == (0, 0, 33)


async def test_faults_are_named_by_line_and_column_and_nothing_is_stored(forum: Run, tmp_path: Path) -> None:
    file = tmp_path / "salles.csv"
    file.write_text("A,B,C\n1,Salle 99,30\n77,Salle 98,beaucoup\n", "utf-8")
    said = forum("import", "rooms", str(file), "--column", "campus=A", "--column", "name=B", "--column", "capacity=C", code=1)
    assert "✗ line 3, Capacity: Enter a whole number." in said
    assert "✗ ligne 3, Capacité" in forum("--lang", "fr", "import", "rooms", str(file), "--column", "campus=A", "--column", "name=B", "--column", "capacity=C", code=1)
    assert await db.value("SELECT count(*) FROM room WHERE name = 'Salle 99'") == 0


async def test_a_dry_run_stores_nothing(edition: Edition, tmp_path: Path) -> None:
    file = tmp_path / "salles.csv"
    file.write_text("campus,salle,jauge\n1,Salle 99,30\n", "utf-8")
    found = await commands._import("rooms", file, None, dry_run=True, columns=())
    assert (len(found.added), found.fault_count) == (1, 0)
    assert await db.value("SELECT count(*) FROM room WHERE name = 'Salle 99'") == 0
    await commands._import("rooms", file, None, dry_run=False, columns=())
    assert await db.value("SELECT count(*) FROM room WHERE name = 'Salle 99'") == 1


async def test_what_is_not_there_is_said(edition: Edition, tmp_path: Path) -> None:
    file = tmp_path / "salles.csv"
    file.write_text("campus,salle\n1,Salle 99\n", "utf-8")
    with pytest.raises(Invalid, match="Some columns need another look"):
        await commands._import("rooms", file, None, dry_run=False, columns=())
    with pytest.raises(NotFound, match="no such edition"):
        await commands._import("rooms", file, "gone", dry_run=False, columns=())
    with pytest.raises(click.BadParameter, match="no column 'Jauge'; it has: campus, salle"):
        await commands._import("rooms", file, None, dry_run=False, columns=("capacity=Jauge",))


def test_a_gigabyte_is_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "big.csv"
    with file.open("wb") as out:
        out.truncate(1 << 30)  # sparse on disk
    with pytest.raises(Invalid, match="larger than 32 MB"):
        read_file(file)


async def test_a_timetable_is_tried_then_put_in_force(forum: Run, edition: Edition, tmp_path: Path) -> None:
    places = {c.slug: c for c in await queries.campuses(edition.id)}
    feed = MadeFeed().calendar(days="1111111")
    for slug in ("1", "2"):
        feed.stop(f"S{slug}", places[slug].lat, places[slug].lon, wheelchair_boarding="1")
    path = feed.line("77", ("S1", "S2"), every=240, ride=660).write(tmp_path / "feed.zip")
    reading, found = await campus_commands._import(path, None, date(2028, 11, 16), (time(8), time(20)), dry_run=True)
    assert (reading.trips, len(reading.network.stops), ("1", "2") in {(c.origin, c.destination) for c in found}) == (480, 2, True)
    assert await queries.feed(edition.id) is None
    assert "480 trips on 2028-" in forum("import", "gtfs", str(path))
    stored = await queries.feed(edition.id)
    assert stored is not None
    assert (stored.day.year, stored.day.weekday()) == (2028, edition.days[0].day.weekday())
    with pytest.raises(click.BadParameter):
        campus_commands._hours("20:00", "08:00")
    with pytest.raises(click.BadParameter):
        campus_commands._hours("8h", "20:00")
