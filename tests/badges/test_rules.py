import re

import httpx
import pytest
from click.testing import CliRunner

from forum import db
from forum.badges import vault
from forum.cli import main
from tests.badges.house import House, ask, build, scan
from tests.badges.test_web import csrf, organiser, sign_in_as


@pytest.fixture
async def house(database: str, now: object) -> House:
    return await build()


async def test_a_rule_set_on_the_page_decides_at_the_door_until_it_is_removed(client: httpx.AsyncClient, house: House) -> None:
    await sign_in_as(client, await organiser("sofia@example.org"))
    page = await client.get("/door/rules")
    form = {"_csrf": csrf(page), "gates": str(house.gate()), "roles": "press", "opens": "08:00", "closes": "12:30"}
    assert (await client.post("/door/rules", data=form)).status_code == 303
    refused = await ask(house, scan(house))
    assert (refused.decision.reason, refused.decision.detail) == ("product", "rule_role")
    assert (await ask(house, scan(house, minutes=1, which=1))).decision.status == "ok", "the other gate has no rule"
    shown = (await client.get("/door/rules")).text
    assert "08:00–12:30" in shown
    rule = re.search(r"/door/rules/([0-9a-f-]{36})/remove", shown)[1]  # type: ignore[index]
    assert (await client.post(f"/door/rules/{rule}/remove", data={"_csrf": csrf(page)})).status_code == 303
    assert (await ask(house, scan(house, 1, minutes=2))).decision.status == "ok"
    assert await db.column("SELECT action FROM journal WHERE action LIKE 'gate_rule.%' ORDER BY id") == ["gate_rule.added", "gate_rule.removed"]


@pytest.mark.parametrize(
    "wrong", [{"opens": "9"}, {"opens": "25:00"}, {"opens": "12:00", "closes": "09:00"}, {"roles": "thief"}, {"gates": ""}, {"entries_per_day": "-1"}]
)
async def test_a_rule_that_makes_no_sense_is_refused_beside_its_field(client: httpx.AsyncClient, house: House, wrong: dict[str, str]) -> None:
    await sign_in_as(client, await organiser("sofia@example.org"))
    form = {"_csrf": csrf(await client.get("/door/rules")), "gates": str(house.gate())} | wrong
    assert (await client.post("/door/rules", data=form)).status_code == 422
    assert await db.value("SELECT count(*) FROM gate_rule") == 0


async def test_a_campus_organiser_rules_the_own_doors_only(client: httpx.AsyncClient, house: House) -> None:
    await sign_in_as(client, await organiser("karim@example.org"))
    form = {"_csrf": csrf(await client.get("/door/rules")), "gates": str(house.gate(1))}
    assert (await client.post("/door/rules", data=form)).status_code == 422


def test_keys_rotate_from_the_command_line(server_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    from tests.badges.door_site import running

    with running(server_url, tmp_path, people=1) as site:  # type: ignore[arg-type]
        for name, value in site.env.items():
            monkeypatch.setenv(name, value)
        past = CliRunner().invoke(main, ["keys", "rotate", "--old-until", "2020-01-01"])
        assert (past.exit_code, "in the future" in past.output) == (1, True)
        rotated = CliRunner().invoke(main, ["keys", "rotate"])
        assert (rotated.exit_code, rotated.output[:25]) == (0, "Key 2 signs new badges. O")
        listed = CliRunner().invoke(main, ["keys", "list"]).output.splitlines()
        assert [("signs new" in line, "until" in line) for line in listed] == [(False, True), (True, False)]
    vault.forget()
