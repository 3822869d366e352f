"""Where an event begins: `forum edition add` on an empty database, and the next one in the place of the last."""

import os
import subprocess
import sys

import httpx

from forum import db, editions
from tests.helpers import give_role, make_person, sign_client_in


def forum(database: str, *words: str) -> tuple[int, str]:
    """What the command line answers on *database*, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "forum.cli", *words], capture_output=True, text=True, timeout=60, env=os.environ | {"FORUM_DATABASE_URL": database}, check=False
    )
    return done.returncode, done.stdout + done.stderr


async def test_an_event_begins_on_the_command_line_and_is_on_its_pages(client: httpx.AsyncClient, database: str) -> None:
    assert "Forum 2028" not in (await client.get("/en/")).text
    code, said = forum(database, "edition", "add", "2028", "Forum 2028", "--day", "2028-11-16", "--day", "2028-11-17", "--to", "18:30")
    assert (code, "is the current edition" in said) == (0, True)
    editions.forget()
    found = await editions.needed()
    assert (found.slug, found.name, found.is_rehearsal, [f"{d.day} {d.opens:%H:%M} {d.closes:%H:%M}" for d in found.days]) == (
        "2028", "Forum 2028", False, ["2028-11-16 09:00 18:30", "2028-11-17 09:00 18:30"],
    )  # fmt: skip
    assert "Forum 2028" in (await client.get("/en/")).text
    assert await db.value("SELECT action FROM journal") == "edition.added"


async def test_the_next_edition_takes_the_place_of_the_last_only_when_that_is_said(database: str) -> None:
    add = ("edition", "add", "2028", "Forum 2028", "--day", "2028-11-16")
    assert forum(database, *add)[0] == 0
    code, said = forum(database, "edition", "add", "2029", "Forum 2029", "--day", "2029-11-15")
    assert (code, "Forum 2028 is the current edition. Give --replace" in said) == (1, True)
    assert forum(database, "edition", "add", "2029", "Forum 2029", "--day", "2029-11-15", "--replace")[0] == 0
    assert await db.column("SELECT slug FROM edition WHERE is_current") == ["2029"]
    code, said = forum(database, *add, "--replace")
    assert (code, "The short name is taken" in said) == (1, True)
    assert await db.column("SELECT slug FROM edition WHERE is_current") == ["2029"], "nothing half done"


async def test_before_the_first_campus_pages_say_that_it_comes(client: httpx.AsyncClient, database: str) -> None:
    forum(database, "edition", "add", "2028", "Forum 2028", "--day", "2028-11-16")
    editions.forget()
    front, register = (await client.get("/en/")).text, (await client.get("/en/register")).text
    assert ("announced here soon" in front, "0 former schools" in front, "Waiting list" in front) == (True, False, False)
    assert ("No campus is announced yet." in register, 'name="days"' in register, 'name="email"' in register) == (True, False, False)


async def test_the_control_screen_offers_only_what_its_reader_may_do(client: httpx.AsyncClient, database: str) -> None:
    forum(database, "edition", "add", "2028", "Forum 2028", "--day", "2028-11-16")
    editions.forget()
    offered = []
    for role in ("admin", "forum_organiser"):
        person = await make_person(role)
        await give_role(person, role)
        await sign_client_in(client, person)
        offered.append('href="/en/control/announce' in (await client.get("/en/control")).text)
    assert offered == [False, True]
