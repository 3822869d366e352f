"""A backup made under load, brought back on another cluster, compared with the ledger of what was acknowledged."""

import asyncio
import os
import stat
import tarfile
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from forum import clock, db
from forum.errors import Conflict, Invalid, Unavailable
from forum.operations.backup import DUMP, MANIFEST, SECRET, backup, read_manifest
from forum.operations.programs import environment
from forum.operations.restore import restore
from forum.postgres import find_binaries
from forum.settings import Settings, secret_of

BINARIES = find_binaries()


@pytest.fixture
async def empty(server_url: str) -> str:
    """The address of another, empty database."""
    name = f"restored_{uuid4().hex[:12]}"
    conn = await asyncpg.connect(server_url)
    await conn.execute(f'CREATE DATABASE "{name}" TEMPLATE template0 STRATEGY WAL_LOG')
    await conn.close()
    head, _, query = server_url.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")


@pytest.fixture
def own(settings: Settings) -> Settings:
    """Settings whose secret lives in the data folder."""
    return replace(settings, secret="")


async def one(url: str, sql: str) -> object:
    conn = await asyncpg.connect(url)
    try:
        return await conn.fetchval(sql)
    finally:
        await conn.close()


async def people(number: int) -> None:
    await db.execute("INSERT INTO person (email, name, created_at) SELECT 'p' || n || '@example.org', 'Zoé ' || n, now() FROM generate_series(1, $1) n", number)


async def test_everything_acknowledged_before_the_backup_is_in_it_while_writers_go_on(own: Settings, empty: str, tmp_path: Path) -> None:
    acknowledged: list[int] = []
    stop = asyncio.Event()

    async def writer(which: int) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            email = f"{which}-{number}@example.org"
            async with db.transaction():  # two rows that belong together
                person = await db.value("INSERT INTO person (email, name, created_at) VALUES ($1, 'Zoé', now()) RETURNING id", email)
                await db.execute("INSERT INTO consent (person, purpose, text_version, given_at) VALUES ($1, 'photos', '1', now())", person)
            acknowledged.append(number)

    writers = [asyncio.create_task(writer(n)) for n in range(3)]
    while len(acknowledged) <= 10:  # noqa: ASYNC110 - the writers are tasks of this loop
        await asyncio.sleep(0.01)
    before = len(acknowledged)
    manifest = await backup(own, own.database_url, tmp_path / "b.forum", binaries=BINARIES, now=clock.now())
    after = len(acknowledged)
    stop.set()
    await asyncio.gather(*writers)
    assert after > before  # nobody waited for the backup
    await restore(replace(own, data_dir=tmp_path / "new"), empty, tmp_path / "b.forum", binaries=BINARIES)
    restored = await one(empty, "SELECT count(*) FROM person")
    assert restored == manifest.rows["person"] == await one(empty, "SELECT count(*) FROM consent")
    assert before <= manifest.rows["person"] <= after + 3
    assert await one(empty, "SELECT count(*) FROM person p LEFT JOIN consent c ON c.person = p.id WHERE c.id IS NULL") == 0


async def test_the_secret_travels_with_the_backup_readable_by_its_owner_only(own: Settings, empty: str, tmp_path: Path) -> None:
    file, elsewhere = tmp_path / "b.forum", replace(own, data_dir=tmp_path / "new")
    await backup(own, own.database_url, file, binaries=BINARIES, now=clock.now())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    await restore(elsewhere, empty, file, binaries=BINARIES)
    assert secret_of(elsewhere) == secret_of(own)
    assert stat.S_IMODE((elsewhere.data_dir / "secret").stat().st_mode) == 0o600
    assert [name for name in os.listdir(tmp_path) if name.startswith(".backup")] == []


async def test_a_secret_given_by_the_environment_is_not_in_the_file_and_another_is_noticed(settings: Settings, empty: str, tmp_path: Path) -> None:
    file = tmp_path / "b.forum"
    await backup(settings, settings.database_url, file, binaries=BINARIES, now=clock.now())
    with tarfile.open(file) as archive:
        assert archive.getnames() == [MANIFEST, DUMP]
    with pytest.raises(Conflict, match="FORUM_SECRET is not the one"):
        await restore(replace(settings, secret="t" * 40), empty, file, binaries=BINARIES)
    with pytest.raises(Conflict, match="made with FORUM_SECRET set"):
        await restore(replace(settings, secret="", data_dir=tmp_path / "new"), empty, file, binaries=BINARIES, replace=True)
    await restore(settings, empty, file, binaries=BINARIES, replace=True)


async def test_a_database_that_holds_something_is_replaced_only_when_asked_and_then_wholly(own: Settings, empty: str, tmp_path: Path) -> None:
    file = tmp_path / "b.forum"
    await people(3)
    await backup(own, own.database_url, file, binaries=BINARIES, now=clock.now())
    await one(empty, "CREATE TABLE later (n int)")
    with pytest.raises(Conflict, match="not empty"):
        await restore(own, empty, file, binaries=BINARIES)
    await restore(own, empty, file, binaries=BINARIES, replace=True)
    assert (await one(empty, "SELECT count(*) FROM person"), await one(empty, "SELECT to_regclass('later')")) == (3, None)


async def test_a_restore_that_fails_in_the_middle_changes_nothing(own: Settings, empty: str, tmp_path: Path) -> None:
    file, forged = tmp_path / "b.forum", tmp_path / "forged.forum"
    await people(3)
    await backup(own, own.database_url, file, binaries=BINARIES, now=clock.now())
    await one(empty, "CREATE TABLE mine AS SELECT 1 AS n")
    text = {name: member(file, name) for name in (MANIFEST, SECRET, DUMP)}
    text[MANIFEST] = text[MANIFEST].replace(b'"person":3', b'"person":4')  # as if a row had been lost on the way
    pack(forged, text)
    with pytest.raises(Unavailable, match=r"nothing has changed.*table person is not whole"):
        await restore(own, empty, forged, binaries=BINARIES, replace=True)
    assert (await one(empty, "SELECT n FROM mine"), await one(empty, "SELECT to_regclass('person')")) == (1, None)


def member(file: Path, name: str) -> bytes:
    with tarfile.open(file) as archive:
        content = archive.extractfile(name)
        assert content is not None
        return content.read()


def pack(file: Path, text: dict[str, bytes]) -> None:
    with tarfile.open(file, "w") as archive:
        for name, content in text.items():
            part = file.with_suffix(".part")
            part.write_bytes(content)
            archive.add(part, name)


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "text", "no manifest"])
async def test_a_damaged_file_is_refused_before_anything_happens(own: Settings, empty: str, tmp_path: Path, damage: str) -> None:
    file = tmp_path / "b.forum"
    await people(50)
    await backup(own, own.database_url, file, binaries=BINARIES, now=clock.now())
    whole = file.read_bytes()
    bad = tmp_path / "bad.forum"
    middle = whole.index(member(file, DUMP)) + len(member(file, DUMP)) // 2
    flipped = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
    bad.write_bytes({"cut": whole[:middle], "flipped": flipped, "empty": b"", "text": b"hello" * 500, "no manifest": b""}[damage])
    if damage == "no manifest":
        pack(bad, {DUMP: member(file, DUMP)})
    with pytest.raises(Invalid, match="is not a backup made by Forum, or it is damaged"):
        await restore(own, empty, bad, binaries=BINARIES)
    assert await one(empty, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0


async def test_a_backup_is_never_written_over(own: Settings, tmp_path: Path) -> None:
    (tmp_path / "b.forum").write_text("precious")
    with pytest.raises(Invalid, match="exists already"):
        await backup(own, own.database_url, tmp_path / "b.forum", binaries=BINARIES, now=clock.now())
    assert (tmp_path / "b.forum").read_text() == "precious"


async def test_a_restore_waits_for_nobody_longer_than_its_time(own: Settings, empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forum.operations.restore.LOCK_WAIT", "200ms")
    file = tmp_path / "b.forum"
    await backup(own, own.database_url, file, binaries=BINARIES, now=clock.now())
    conn = await asyncpg.connect(empty)
    await conn.execute("CREATE TABLE held (n int)")
    async with conn.transaction():
        await conn.execute("LOCK held")
        with pytest.raises(Unavailable, match="Stop forum serve and forum worker first"):
            await restore(own, empty, file, binaries=BINARIES, replace=True)
    await conn.close()


async def test_the_manifest_says_what_is_inside(own: Settings, tmp_path: Path) -> None:
    made = await backup(own, own.database_url, tmp_path / "b.forum", binaries=BINARIES, now=clock.now())
    assert read_manifest(tmp_path / "b.forum") == made
    assert "0001_house" in made.migrations


def test_a_password_is_never_on_a_command_line() -> None:
    shown = environment("postgresql://forum:s%40cret@db.example.org:5433/forum?sslmode=verify-full")
    assert {k: v for k, v in shown.items() if k.startswith("PG") and k not in {"PGAPPNAME", "PGCONNECT_TIMEOUT"}} == {
        "PGHOST": "db.example.org",
        "PGPORT": "5433",
        "PGUSER": "forum",
        "PGPASSWORD": "s@cret",
        "PGDATABASE": "forum",
        "PGSSLMODE": "verify-full",
    }
    assert environment("postgresql://forum@/forum?host=%2Ftmp%2Fx")["PGHOST"] == "/tmp/x"
    assert environment("postgresql://u@[::1]:5433/d")["PGHOST"] == "::1"
    assert os.environ.get("PGPASSWORD") is None
