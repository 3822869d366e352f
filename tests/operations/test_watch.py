"""Doctor, metrics and retention on a real database."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import asyncpg
import click
import httpx
import pytest
from click.testing import CliRunner
from litestar import Litestar

from forum import clock, db, jobs, mail, postgres
from forum.app import create_app
from forum.migrate import migrate
from forum.operations import commands, retention
from forum.operations.doctor import examine
from forum.operations.findings import Finding, Health
from forum.settings import Settings

REPOSITORY = Path(__file__).parents[2]


def transport(app: Litestar, **more: Any) -> httpx.ASGITransport:
    return httpx.ASGITransport(cast(Any, app), **more)


async def findings(settings: Settings, **more: object) -> dict[str, Finding]:
    return {f.name: f async for f in examine(settings, settings.database_url, **more)}  # type: ignore[arg-type]


async def bad(settings: Settings, **more: object) -> set[str]:
    return {name for name, f in (await findings(settings, **more)).items() if f.health is not Health.GOOD}


@pytest.fixture
async def sound(settings: Settings) -> Settings:
    """An installation without a fault: the control of every test below."""
    await db.execute("INSERT INTO job_worker (id, host, process) VALUES (gen_random_uuid(), 'here', 1)")
    sound = replace(settings, origin="https://forum.example.org", smtp_url="smtp://127.0.0.1:1")
    assert await bad(sound) - {"open files", "disk"} == {"mail"}  # nothing listens on port 1
    return sound


async def test_each_fault_is_found_and_comes_with_its_cure(sound: Settings) -> None:
    before = await bad(sound)
    faults = {
        "address": replace(sound, origin="http://forum.example.org"),
        "demo": replace(sound, demo=True),
        "mail settings": replace(sound, smtp_url=""),
        "connections": replace(sound, pool_size=100_000),
        "database": replace(sound, database_url="postgresql://forum@/nowhere?host=/nonexistent"),
    }
    for name, settings in faults.items():
        found = await findings(settings)
        assert name in {n for n, f in found.items() if f.health is Health.BAD} - before, name
        assert found[name].mend is not None
        assert str(found[name].mend)


async def test_the_state_of_the_database_is_looked_into(sound: Settings) -> None:
    before = await bad(sound)
    await db.execute("DELETE FROM job_worker")
    await db.execute("DELETE FROM migration WHERE name = '0008_mail_delivery'")
    assert await bad(sound) - before == {"schema"}  # the first thing to mend; the rest is asked afterwards
    await db.execute("INSERT INTO migration VALUES ('9999_from_tomorrow', 'x', now())")
    assert await bad(sound) - before == {"schema"}


async def test_a_missing_worker_dead_jobs_and_failed_mails_are_told(sound: Settings) -> None:
    before = await bad(sound)
    await db.execute("DELETE FROM job_worker")
    await jobs.enqueue("x.y", {})
    await db.execute("UPDATE pgqueuer SET status = 'failed'")
    await mail.post("sign_in", person=None, now=clock.now())
    await db.execute("UPDATE mail SET failure = '550'")
    await db.execute("UPDATE pgqueuer SET execute_after = now() - interval '5 minutes' WHERE status = 'queued'")
    assert await bad(sound) - before == {"worker", "dead jobs", "mail", "queue"} - before


async def test_clocks_that_differ_are_told(sound: Settings) -> None:
    assert "clocks" in await bad(sound, now=lambda: clock.now() + timedelta(minutes=3))


async def test_a_secret_that_others_can_read_is_told(sound: Settings) -> None:
    (sound.data_dir / "secret").write_text("x")
    (sound.data_dir / "secret").chmod(0o644)
    assert "secret" in await bad(sound)


async def test_metrics_count_answers_jobs_and_mails(app: Litestar, client: httpx.AsyncClient) -> None:
    await mail.post("sign_in", person=None, now=clock.now())
    await client.get("/healthz")
    assert (await client.get("/nowhere")).status_code == 404
    text = (await client.get("/metrics")).text
    figures = dict(re.findall(r"^(\S+(?:\{[^}]*\})?) ([\d.e+-]+)$", text, re.MULTILINE))
    assert figures["forum_database_up"] == "1.0"
    assert figures["forum_mail_waiting"] == "1.0"
    assert figures['forum_jobs{name="mail.send",state="queued"}'] == "1.0"
    assert float(figures['forum_requests_total{method="GET",route="/healthz",status="2xx"}']) >= 1
    assert "/nowhere" not in text


@pytest.mark.parametrize(("given", "status"), [("", 403), ("Bearer wrong", 403), ("Bearer été", 403), ("Bearer sesame-sesame", 200)])
async def test_metrics_want_their_token(settings: Settings, given: str, status: int) -> None:
    app = create_app(replace(settings, metrics_token="sesame-sesame"), open_pool=False)
    async with app.lifespan(), httpx.AsyncClient(transport=transport(app), base_url="http://forum.test") as browser:
        assert (await browser.get("/metrics", headers={b"Authorization": given.encode()})).status_code == status


async def test_without_a_token_metrics_are_for_this_machine_only(settings: Settings) -> None:
    app = create_app(settings, open_pool=False)
    async with app.lifespan():
        for client, proxies, status in ((("127.0.0.1", 1), "", 200), (("10.1.2.3", 1), "", 403), (("127.0.0.1", 1), "127.0.0.1", 403)):
            app.state.settings = replace(settings, trusted_proxies=proxies)
            async with httpx.AsyncClient(transport=transport(app, client=client), base_url="http://forum.test") as browser:
                assert (await browser.get("/metrics")).status_code == status


async def test_what_is_due_is_forgotten_and_the_rest_stays(database: str) -> None:
    person = await db.value("INSERT INTO person (email, name, created_at) VALUES ('a@example.org', 'A', now()) RETURNING id")
    for age in ("1 hour", "100 days"):
        await db.execute("INSERT INTO mail (template, created_at) VALUES ('x', now() - $1::text::interval)", age)
        await db.execute(
            "INSERT INTO sign_in (token_hash, person, created_at, seen_at, expires_at) VALUES ($2::text::bytea, $1, now(), now(), now() - $2::text::interval)",
            person, age,
        )  # fmt: skip
        await db.execute("INSERT INTO job_progress (job, updated_at) VALUES (length($1::text), now() - $1::text::interval)", age)
    gone = await retention.forget(clock.now())
    assert {k: v for k, v in gone.items() if v} == {"mail": 1, "sign_in": 1, "job_progress": 1}
    assert {k: v for k, v in (await retention.forget(clock.now())).items() if v} == {}


async def test_every_rule_is_valid_sql_on_this_schema(database: str) -> None:
    assert set(await retention.forget(clock.now())) == {r.table for r in retention.RULES}


def test_the_worker_command_works_and_ends_within_ten_seconds_of_sigterm_and_with_its_parent() -> None:
    with postgres.temporary() as cluster:
        env = os.environ | {"FORUM_DATABASE_URL": cluster.url, "FORUM_DATA_DIR": str(cluster.home.root)}
        asyncio.run(migrate(cluster.url, now=clock.now()))
        command = [sys.executable, "-c", "from forum.operations.commands import worker; worker()", "--with-parent"]
        process = subprocess.Popen([*command, str(os.getpid())], env=env, cwd=REPOSITORY, stderr=subprocess.DEVNULL)
        asyncio.run(_beats(cluster.url, 1))
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(12) == 0
        assert time.monotonic() - began < 10
        asyncio.run(_beats(cluster.url, 0))
        script = f"import os, subprocess, time; subprocess.Popen([*{command!r}, str(os.getpid())]); time.sleep(60)"
        parent = subprocess.Popen([sys.executable, "-c", script], env=env, cwd=REPOSITORY, stderr=subprocess.DEVNULL)
        asyncio.run(_beats(cluster.url, 1))
        parent.kill()
        parent.wait()
        asyncio.run(_beats(cluster.url, 0))
        orphan = subprocess.Popen([*command, str(parent.pid)], env=env, cwd=REPOSITORY, stderr=subprocess.DEVNULL)  # killed before the worker had loaded
        assert orphan.wait(15) == 0


async def _beats(url: str, wanted: int) -> None:
    conn = await asyncpg.connect(url)
    try:
        async with asyncio.timeout(25):
            while await conn.fetchval("SELECT count(*) FROM job_worker") != wanted:  # noqa: ASYNC110 - another process does it
                await asyncio.sleep(0.05)
    finally:
        await conn.close()


def test_the_command_line_has_them_all() -> None:
    group = click.Group()
    commands.register(group)
    assert set(group.commands) == {"worker", "backup", "restore", "doctor", "jobs"}
    found = CliRunner().invoke(group, ["doctor", "--json"], obj={"lang": "fr"}, env={"FORUM_DATABASE_URL": "postgresql://forum@/nowhere?host=/nonexistent"})
    assert found.exit_code == 1
    assert {f["name"]: f["health"] for f in json.loads(found.stdout)}["database"] == "bad"
