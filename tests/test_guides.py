"""The guides are true: the integrator's examples run as they stand, every page named exists, every picture is there and small."""

import asyncio
import re
from datetime import time
from pathlib import Path

import pytest

from forum import access, clock, editions
from forum.badges import devices
from forum.settings import Settings
from tests.badges.house import build
from tests.live import day as days
from tests.live.serving import running
from tests.screenshots import IMAGES, MOST_BYTES, SHOTS

GUIDES = Path(__file__).parent.parent / "docs" / "guides"
USERS = ("attendee", "recruiter", "door", "organiser", "operator", "integrator")


def _blocks(text: str) -> str:
    return "\n".join(re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL))


async def test_the_integrators_examples_run_as_they_stand(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    now = clock.now()
    house = await build(people=1, campuses=2, now=now)
    gate = house.gate()
    programme = days.Day(await editions.needed(), {"1": house.campuses[0], "2": house.campuses[1]})
    await days.session(programme, "1", "ABC", start=clock.at_local(clock.local(now).date(), time(14)))
    await days.publish(programme, now=now)
    _, ticket = await devices.create(house.edition, "Example", [gate], "steward", now=now, by=None)
    code = compile(_blocks((GUIDES / "integrator.md").read_text("utf-8")), "integrator.md", "exec")
    async with running(settings) as server:
        names = {"ORIGIN": server.origin, "TICKET": ticket, "BADGE": house.tokens[0], "GATE": str(gate)}
        await asyncio.to_thread(exec, code, names)
    said = capsys.readouterr().out.splitlines()
    assert said[0].endswith(" True")
    assert said[1] == "201 ok True"
    assert said[2].startswith("hello ")
    assert said[3] == "False 0"


@pytest.mark.parametrize("user", USERS)
def test_a_guide_names_pages_and_commands_that_exist(user: str) -> None:
    text = (GUIDES / f"{user}.md").read_text("utf-8")
    known = {key.split(" ", 1)[1] for key in access.TABLE}
    named = {path.removeprefix("/en") for path in re.findall(r"`(/[a-z/]+)`", text)}
    assert {path for path in named if path not in known and not path.endswith(".xml")} == set()
    assert re.search(r"images/\w+\.png", text)


def test_every_picture_of_guides_and_readme_is_made_by_the_script_and_small() -> None:
    used = {name for page in [*GUIDES.glob("*.md"), GUIDES.parent.parent / "README.md"] for name in re.findall(r"images/(\w+)\.png", page.read_text("utf-8"))}
    assert used - {shot.name for shot in SHOTS} - {"door"} == set()
    assert {path.stem for path in IMAGES.glob("*.png") if path.stat().st_size > MOST_BYTES} == set()
    assert {name for name in used if not (IMAGES / f"{name}.png").is_file()} == set()


def test_the_doors_guide_is_one_page() -> None:
    assert len((GUIDES / "door.md").read_text("utf-8")) < 2_800
