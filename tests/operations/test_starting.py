"""What cannot start says why in one sentence and ends with 1: settings, address, certificate, a database that is not this Forum's."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from click.testing import CliRunner

from forum import clock, postgres
from forum.cli import main
from forum.errors import Conflict, Invalid
from forum.migrate import history, migrate, must_be_current
from forum.settings import read_settings


def said(*words: str, **env: str) -> tuple[int, str]:
    found = CliRunner().invoke(main, words, env=env)
    return found.exit_code, found.output


@pytest.fixture(scope="module")
def empty() -> Iterator[str]:
    with postgres.temporary() as cluster:
        yield cluster.url


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("FORUM_DATABASE_URL", "mysql://forum:hunter2@db/forum", "FORUM_DATABASE_URL takes an address that starts with postgresql://."),
        ("FORUM_PORT", "70000", "FORUM_PORT is 70000; it takes a number from 1 to 65535."),
        ("FORUM_PORT", "0", "FORUM_PORT is 0; it takes a number from 1 to 65535."),
        ("FORUM_POOL_SIZE", "0", "FORUM_POOL_SIZE takes at least 1."),
    ],
)
def test_a_setting_that_cannot_be_is_refused_before_anything_starts(name: str, value: str, sentence: str) -> None:
    with pytest.raises(Invalid) as fault:
        read_settings({name: value})
    assert str(fault.value) == sentence
    read_settings({"FORUM_DATABASE_URL": "postgresql://forum@/forum?host=/run", "FORUM_PORT": "65535", "FORUM_POOL_SIZE": "1"})  # control


def test_an_address_that_no_driver_reads_is_a_sentence() -> None:
    assert said("migrate", FORUM_DATABASE_URL="postgresql://[x") == (
        1,
        "The database does not answer: Invalid IPv6 URL. Check FORUM_DATABASE_URL, or run forum doctor.\n",
    )


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_port_that_is_taken_is_said_before_any_work(taken: int, tmp_path: Path, command: str) -> None:
    code, words = said(command, "--port", str(taken), FORUM_DATA_DIR=str(tmp_path / "data"))
    assert (code, words) == (1, f"Nothing can listen on 127.0.0.1:{taken}: Address already in use. Give another --host or --port.\n")
    assert not (tmp_path / "data").exists()


def test_a_certificate_without_its_key_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "cert.pem").write_text("no certificate")
    sentence = "The certificate cannot be used. Give its PEM file with --certfile, and its private key with --keyfile.\n"
    assert said("serve", "--certfile", str(tmp_path / "cert.pem"), FORUM_DATA_DIR=str(tmp_path / "data")) == (1, sentence)


def test_neither_server_nor_worker_starts_on_a_database_of_another_forum(empty: str) -> None:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        env = {"FORUM_DATABASE_URL": empty, "FORUM_PORT": str(trial.getsockname()[1])}
    lacks = f"The database lacks {len(history())} migrations. Run forum migrate, then start again.\n"
    assert [said(command, **env) for command in ("serve", "worker")] == [(1, lacks), (1, lacks)]
    asyncio.run(migrate(empty, now=clock.now()))
    asyncio.run(must_be_current(empty))  # control
    asyncio.run(_newer(empty))
    with pytest.raises(Conflict):
        asyncio.run(must_be_current(empty))
    assert [said(command, **env)[0] for command in ("serve", "worker", "migrate")] == [1, 1, 1]


async def _newer(url: str) -> None:
    conn = await asyncpg.connect(url)
    try:
        await conn.execute("INSERT INTO migration VALUES ('9999_of_tomorrow', 'x', now())")
    finally:
        await conn.close()
