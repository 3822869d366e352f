"""A list of sessions goes into the draft as one edit, and out again unchanged."""

from pathlib import Path

import pytest

from forum import clock, db, editions
from forum.agenda import drafting
from forum.editions import Edition
from forum.rehearsal import make_edition
from forum.tabular import commands
from forum.tabular.preview import Preview

HEAD = "code;titre;format;thème;campus;salle;début;fin;jauge;intervenants\n"


@pytest.fixture
async def forum(database: str) -> Edition:
    await make_edition(now=clock.now(), campuses=3)
    editions.forget()
    return await editions.needed()


async def take_in(text: str, folder: Path, *, dry_run: bool = False) -> Preview:
    file = folder / "sessions.csv"
    file.write_text(text, "utf-8")
    return await commands._import("sessions", file, None, dry_run=dry_run, columns=())


def lines(edition: Edition, *rows: str) -> str:
    return HEAD + "".join(row.replace("DAY", edition.days[0].day.isoformat()) + "\n" for row in rows)


async def test_sessions_are_placed_as_one_edit_that_can_be_undone(forum: Edition, tmp_path: Path) -> None:
    text = lines(forum, "OPEN1;Ouverture;talk;IA;1;Préau;DAY 10:00;DAY 11:00;120;Ada Martin, Léo Roy", "POOL1;À placer;workshop;;;;;;;Ada Martin")
    assert len((await take_in(text, tmp_path)).added) == 2
    placed = "SELECT (s.code, c.number, r.name, s.minutes, s.seats)::text FROM session s JOIN placement p ON p.session = s.id JOIN room r ON r.id = p.room JOIN campus c ON c.id = r.campus"
    assert await db.column(placed) == ["(OPEN1,1,Préau,60,120)"]
    assert await db.value("SELECT count(*) FROM speaker") == 2
    assert (await take_in(text, tmp_path, dry_run=True)).unchanged == 2
    version = await db.value("SELECT version FROM agenda")
    await drafting.undo(forum, version=version, actor=None, now=clock.now())
    assert await db.column(placed) == []


async def test_a_changed_cell_changes_its_session_only(forum: Edition, tmp_path: Path) -> None:
    rows = ["OPEN1;Ouverture;talk;IA;1;Préau;DAY 10:00;DAY 11:00;120;Ada", "T20;Deux;talk;IA;2;Gymnase;DAY 10:00;DAY 10:45;;Léo"]
    await take_in(lines(forum, *rows), tmp_path)
    found = await take_in(lines(forum, rows[0].replace("11:00", "11:30").replace("Ada", "Ada, Zoé"), rows[1]), tmp_path)
    assert found.faults == ()
    assert [set(c.differences) for c in found.changed] == [{"ends", "speakers"}]
    assert await db.value("SELECT minutes FROM session WHERE code = 'OPEN1'") == 90
    assert await db.value("SELECT (p.end_at - p.start_at)::text FROM placement p JOIN session s ON s.id = p.session WHERE s.code = 'OPEN1'") == "01:30:00"
    await take_in(lines(forum, rows[0].replace("1;Préau;DAY 10:00;DAY 11:00", ";;;"), rows[1]), tmp_path)
    assert await db.column("SELECT s.code FROM placement p JOIN session s ON s.id = p.session") == ["T20"]


async def test_an_export_comes_in_unchanged(forum: Edition, tmp_path: Path) -> None:
    await take_in(lines(forum, "OPEN1;=Ouverture;talk;IA;1;Préau;DAY 10:00;DAY 11:00;;Ada Martin, Léo Roy", "POOL1;À placer;workshop;;;;;;;"), tmp_path)
    exported = "".join(await commands._export("sessions", None, "fr", excel=True))
    assert (await take_in(exported, tmp_path, dry_run=True)).unchanged == 2


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("A1B;X;talk;;1;Préau;DAY 11:00;DAY 10:00;;", "ends"),
        ("A1B;X;talk;;1;Nulle part;DAY 10:00;DAY 11:00;;", "room"),
        ("A1B;X;talk;;77;Préau;DAY 10:00;DAY 11:00;;", "room"),
        ("A1B;X;talk;;1;;DAY 10:00;DAY 11:00;;", "starts"),
        ("A1B;X;talk;;1;Préau;2028-02-30 10:00;;;", "starts"),
        ("a-b;X;talk;;;;;;;", "code"),
        ("A1B;;talk;;;;;;;", "title"),
        (f"A1B;{'x' * 201};talk;;;;;;;", "title"),
    ],
)
async def test_a_session_that_cannot_be_is_refused(forum: Edition, tmp_path: Path, row: str, column: str) -> None:
    found = await take_in(lines(forum, "OK1;Bien;talk;;;;;;;", row), tmp_path)
    assert [(f.line, f.column) for f in found.faults] == [(3, column)]
    assert await db.value("SELECT count(*) FROM session") == 0


async def test_a_withdrawn_code_and_a_double_room_are_named(forum: Edition, tmp_path: Path) -> None:
    await take_in(lines(forum, "OLD;Retirée;talk;;;;;;;"), tmp_path)
    await db.execute("UPDATE session SET withdrawn_at = now()")
    await db.execute("INSERT INTO room (campus, building, name, capacity) SELECT id, 'Z', 'préau', 20 FROM campus WHERE number = 1")
    found = await take_in(lines(forum, "OLD;Revenue;talk;;;;;;;", "NEW;Neuve;talk;;1;Préau;DAY 10:00;DAY 11:00;;"), tmp_path)
    assert [(f.line, f.column) for f in found.faults] == [(2, "code"), (3, "room")]
