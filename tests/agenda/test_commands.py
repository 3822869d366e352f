"""`forum agenda …` as an organiser types it, each command in a process of its own."""

import asyncio
import os
import sys
from datetime import datetime
from pathlib import Path

from lxml import etree

from tests.agenda import world as w
from tests.agenda.test_schedule_xml import SMALL


async def forum(url: str, *words: str) -> tuple[int, bytes, str]:
    """Exit code, standard output and standard error of one command."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "forum.cli", "--lang", "en", "agenda", *words,
        env=os.environ | {"FORUM_DATABASE_URL": url}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out, err.decode()


async def test_import_plan_release_and_export(database: str, now: datetime, tmp_path: Path) -> None:
    await w.make()
    file = tmp_path / "schedule.xml"
    file.write_bytes(SMALL.replace(b"HOqeNIb6G7M4hYFKFRkCmQ", b"78d34ebe-e910-4d26-98e3-71c0f07cedb6"))
    code, out, _ = await forum(database, "import", "forum-2028", str(file), "--campus", "1", "--capacity", "80")
    assert (code, out.decode()) == (0, "1 new, 0 known again, 2 rooms and 2 speakers made.\n")
    code, out, err = await forum(database, "plan", "forum-2028", "--seconds", "1", "--apply")
    assert (code, err) == (0, "")
    assert "1 sessions placed" in out.decode()
    assert "The draft is now version 2" in out.decode()
    assert (await forum(database, "release", "forum-2028", "1.0"))[:2] == (0, b"Release 1 is published.\n")
    code, out, _ = await forum(database, "export", "forum-2028")
    assert code == 0
    assert etree.fromstring(out).findtext(".//event/title") == "La nuit"


async def test_a_cut_file_is_one_sentence_and_no_traceback(database: str, now: datetime, tmp_path: Path) -> None:
    await w.make()
    file = tmp_path / "cut.xml"
    file.write_bytes(SMALL[:700])
    code, out, err = await forum(database, "import", "forum-2028", str(file), "--campus", "1", "--capacity", "80")
    assert (code, out) == (1, b"")
    assert err.startswith("The file stops being XML at line")
    assert "Traceback" not in err
