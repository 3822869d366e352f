"""The job queue on a real PostgreSQL: in the transaction, at least once, repeated, dead, cancelled, killed."""

import asyncio
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment

from forum import clock, db, jobs, migrate
from forum.jobs import registry, runner, worker
from forum.jobs.registry import every
from forum.jobs.runner import wait_after
from forum.jobs.worker import run_worker
from forum.settings import Settings

from . import job_handlers  # noqa: F401 - registers the handlers

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def only_these(monkeypatch: pytest.MonkeyPatch) -> None:
    """The workers of these tests do these jobs, not every feature's."""
    monkeypatch.setattr(registry, "MODULES", ())


@pytest.fixture(autouse=True)
async def traces(database: str) -> None:
    await db.execute("CREATE TABLE trace (id bigserial PRIMARY KEY, job bigint, text text)")


@asynccontextmanager
async def working(settings: Settings) -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    task = asyncio.create_task(run_worker(settings, stop=stop, open_pool=False))
    await asyncio.sleep(0)
    if task.done():  # it could not even begin
        task.result()
    try:
        yield stop
    finally:
        stop.set()
        await asyncio.wait_for(task, 12)


async def until(condition: Callable[[], Awaitable[object]], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 - another process makes it true
            await asyncio.sleep(0.03)


async def said(job: int | None = None) -> list[str]:
    return await db.column("SELECT text FROM trace WHERE $1::bigint IS NULL OR job = $1 ORDER BY id", job)


async def put(name: str, **payload: object) -> int:
    number = await jobs.enqueue(name, payload)
    assert number is not None
    return number


async def state(job: int) -> str:
    found = await jobs.standing(job)
    assert found is not None
    return found.state


def reaches(job: int, wanted: str) -> Callable[[], Awaitable[object]]:
    async def check() -> bool:
        return await state(job) == wanted

    return check


async def hurry() -> None:
    """Waiting for the next attempt is the queue's; the tests do not wait."""
    await db.execute("UPDATE pgqueuer SET execute_after = now() - interval '1 s' WHERE status = 'queued'")


async def test_a_job_exists_only_if_its_transaction_commits(settings: Settings) -> None:
    with pytest.raises(RuntimeError):  # noqa: PT012 - the failure is the block's
        async with db.transaction():
            await put("test.note", n=1)
            raise RuntimeError
    async with db.transaction():
        kept = await put("test.note", n=2)
    async with working(settings):
        await until(reaches(kept, "done"))
    assert await said() == ["2 attempt 1"]


async def test_a_key_waits_or_runs_only_once_and_is_free_again_afterwards(settings: Settings) -> None:
    first = await jobs.enqueue("test.note", {"n": 1}, key="once")
    assert first is not None
    assert await jobs.enqueue("test.note", {"n": 2}, key="once") is None
    async with working(settings):
        await until(reaches(first, "done"))
        assert await jobs.enqueue("test.note", {"n": 3}, key="once") is not None
        await until(lambda: _two(said))
    assert await said() == ["1 attempt 1", "3 attempt 1"]


async def _two(read: Callable[[], Awaitable[list[str]]]) -> bool:
    return len(await read()) == 2


@pytest.mark.parametrize("payload", [{"to": "marie@example.org"}, {"deep": [{"to": "a@b"}]}, {"text": "x" * 201}, {"when": float("nan")}, {"x": object()}])
async def test_a_payload_holds_ids_and_never_addresses(payload: dict[str, object]) -> None:
    with pytest.raises((ValueError, TypeError)):
        await jobs.enqueue("test.note", payload)
    assert await db.value("SELECT count(*) FROM pgqueuer") == 0


async def test_a_later_job_waits_for_its_time(settings: Settings) -> None:
    later = await jobs.enqueue("test.note", {"n": 1}, at=clock.now() + timedelta(hours=1))
    sooner = await put("test.note", n=2)
    assert later is not None
    async with working(settings):
        await until(reaches(sooner, "done"))
        assert await state(later) == "waiting"
        await hurry()
        await until(reaches(later, "done"))


async def test_a_failed_attempt_is_repeated_after_a_growing_pause(settings: Settings) -> None:
    job = await put("test.fails", works_at=3)
    async with working(settings):
        for attempt in (1, 2):
            await until(attempted(job, attempt))
            pause = await db.value("SELECT extract(epoch FROM execute_after - updated)::float FROM pgqueuer WHERE id = $1", job)
            assert pause == wait_after(attempt).total_seconds() == (2.0, 8.0)[attempt - 1]
            await hurry()
        await until(reaches(job, "done"))
    assert await said() == ["attempt 1", "attempt 2", "attempt 3"]


def attempted(job: int, number: int) -> Callable[[], Awaitable[object]]:
    async def check() -> bool:
        found = await jobs.standing(job)
        return found is not None and (found.state, found.attempts) == ("waiting", number)

    return check


async def test_pauses_grow_to_an_hour() -> None:
    assert [wait_after(n).total_seconds() for n in (1, 2, 3, 4, 5, 6, 7, 50)] == [2, 8, 32, 128, 512, 2048, 3600, 3600]


async def test_after_its_last_attempt_a_job_is_dead_visible_and_can_be_revived(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    job = await put("test.fails", works_at=99)
    async with working(settings):
        for attempt in (1, 2):
            await until(attempted(job, attempt))
            await hurry()
        await until(reaches(job, "dead"))
        (dead,) = await jobs.dead()
        assert (dead.id, dead.name, dead.attempts) == (job, "test.fails", 2)
        assert dead.why.startswith("ValueError in ")
        assert "@" not in dead.why
        assert await jobs.revive(job)
        assert not await jobs.revive(job)
        await until(attempted(job, 1))
    kept = await db.value("SELECT string_agg(l::text, ' ') FROM pgqueuer_log l")
    assert "marie" not in kept
    assert "marie" not in caplog.text


async def test_an_attempt_is_bounded_in_time(settings: Settings) -> None:
    job = await put("test.slow")
    async with working(settings):
        await until(reaches(job, "dead"))
    assert (await jobs.dead())[0].why.startswith("TimeoutError")


async def test_a_waiting_job_is_cancelled_at_once_and_a_running_one_at_its_next_progress(settings: Settings) -> None:
    waiting = await put("test.note", n=1)
    assert await jobs.cancel(waiting) == "cancelled"
    assert await state(waiting) == "cancelled"
    running = await put("test.endless")
    async with working(settings):
        await until(said)
        await until(lambda: db.value("SELECT done FROM job_progress"))
        found = await jobs.standing(running)
        assert found is not None
        assert (found.state, found.done, found.total, found.text) == ("running", 3, 10, "Looking for tables")
        assert await jobs.cancel(running) == "asked"
        await until(reaches(running, "cancelled"))
        assert await jobs.cancel(running) == "over"
    assert await said() == ["began"]


async def test_a_heavy_job_runs_in_a_child_of_low_priority(settings: Settings) -> None:
    job = await put("test.heavy", n=7)
    async with working(settings):
        await until(reaches(job, "done"))
    found = re.fullmatch(r"process (\d+) nice (\d+) payload 7", (await said())[0])
    assert found is not None
    assert int(found[1]) != os.getpid()
    assert int(found[2]) == min(19, os.nice(0) + 10)


async def test_a_heavy_job_that_blocks_stops_neither_the_loop_nor_its_cancellation(settings: Settings) -> None:
    job = await put("test.blocking")
    async with working(settings):
        await until(said)
        other = await put("test.note", n=1)
        await until(reaches(other, "done"))
        await jobs.cancel(job)
        await until(reaches(job, "cancelled"))
    with pytest.raises(ProcessLookupError):
        os.kill(int((await said(job))[0]), 0)


async def test_what_goes_wrong_in_a_child_is_told_without_its_words(settings: Settings) -> None:
    raised, died = await put("test.heavy_fails"), await put("test.heavy_dies")
    async with working(settings):
        await until(reaches(raised, "dead"))
        await until(reaches(died, "dead"))
    why = {d.id: d.why for d in await jobs.dead()}
    assert why[raised].startswith("LookupError in ")
    assert "@" not in why[raised]
    assert why[died] == "the process ended with -9"


async def test_a_worker_that_stops_gives_its_job_back_in_time(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "GRACE", 0.2)
    deaf, blocking = await put("test.deaf"), await put("test.blocking")
    async with working(settings) as stop:
        await until(lambda: _two(said))
        began = time.monotonic()
        stop.set()
    assert time.monotonic() - began < 10
    assert [await state(job) for job in (deaf, blocking)] == ["waiting", "waiting"]


WORKER = """
import asyncio, sys
import tests.job_handlers
from forum.jobs import registry
from forum.jobs.worker import run_worker
from forum.settings import Settings
registry.MODULES = ()
asyncio.run(run_worker(Settings(database_url=sys.argv[1])))
"""


async def test_the_job_of_a_killed_worker_is_done_by_the_next(settings: Settings) -> None:
    job = await put("test.deaf")
    worker = await asyncio.create_subprocess_exec(sys.executable, "-c", WORKER, settings.database_url, cwd=REPOSITORY)
    await until(said, 20)
    worker.send_signal(signal.SIGKILL)
    await worker.wait()
    async with working(settings):
        await asyncio.sleep(0.3)
        assert await said() == ["began"]  # it may still be alive, for all the others know
        await db.execute("UPDATE pgqueuer SET heartbeat = now() - interval '1 minute', entrypoint = 'test.note' WHERE id = $1", job)
        await until(reaches(job, "done"))


async def test_a_job_that_takes_its_workers_down_is_dead_after_the_third(settings: Settings) -> None:
    job = await put("test.note", n=1)
    await db.execute("INSERT INTO pgqueuer_log (job_id, status, entrypoint, priority) SELECT $1, 'picked', 'test.note', 0 FROM generate_series(1, 3)", job)
    async with working(settings):
        await until(reaches(job, "dead"))
    assert await said() == []
    assert (await jobs.dead())[0].why == "its worker died each time"


async def test_a_periodic_job_comes_round_once_over_all_workers(settings: Settings) -> None:
    async with working(settings):
        await until(lambda: db.value("SELECT count(*) FROM pgqueuer_schedules WHERE entrypoint = 'every.test.periodic'"))
    await db.execute("UPDATE pgqueuer_schedules SET next_run = now() - interval '1 s' WHERE entrypoint = 'every.test.periodic'")
    async with working(settings), working(settings):
        await until(said)
        await asyncio.sleep(0.6)
    assert await said() == ["came round"]


@pytest.mark.parametrize("pace", [{}, {"minutes": 7}, {"hours": 5}, {"minutes": 5, "hours": 1}])
async def test_an_uneven_pace_is_refused(pace: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="divide"):
        every(**pace)


async def test_the_worker_survives_the_loss_of_every_connection(settings: Settings) -> None:
    stop = asyncio.Event()
    task = asyncio.create_task(run_worker(settings, stop=stop, open_pool=False))
    await until(lambda: db.value("SELECT count(*) FROM job_worker"))
    await db.value("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()")
    await asyncio.sleep(0.5)  # the pool hears of it: what is asked here meanwhile would meet a connection that is just ending
    job = await put("test.note", n=1)
    await until(reaches(job, "done"), 60)
    stop.set()
    await asyncio.wait_for(task, 30)
    assert await db.value("SELECT count(*) FROM job_worker") == 0


async def test_the_worker_says_what_it_lost_when_its_loop_ends_by_that(settings: Settings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was always called a listener that fails."""
    beat, cut = worker._beat, [asyncpg.InterfaceError("cut")]

    async def cut_once(key: UUID, lost: worker.Lost) -> None:
        with worker._telling(lost):
            if cut:
                raise cut.pop()
        await beat(key, lost)

    monkeypatch.setattr(worker, "_beat", cut_once)
    async with working(settings):
        await until(reaches(await put("test.note", n=1), "done"), 25)
    assert [record.facts["why"] for record in caplog.records if record.message == "the database is away"] == ["InterfaceError"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("whose", ["query LIKE 'LISTEN%'", "true"], ids=["the one that listens", "every"])
async def test_a_lost_connection_makes_no_job_wait_for_a_long_one(settings: Settings, monkeypatch: pytest.MonkeyPatch, whose: str) -> None:
    """PgQueuer's loop would wait for what runs, and take nothing else meanwhile: mails waited for a plan of minutes."""
    monkeypatch.setattr(worker, "PROBE_SECONDS", 0.5)
    async with working(settings):
        long = await put("test.blocking")
        await until(lambda: said(long))
        await asyncio.sleep(1)  # a probe or two are heard
        assert len(await said(long)) == 1
        lost = await db.value(
            f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database() AND {whose}"
        )
        assert lost >= 1
        await asyncio.sleep(0.5)  # the pool hears of it
        short = await put("test.note", n=1)
        await until(reaches(short, "done"), 25)
        await until(lambda: _two(lambda: said(long)), 25)  # it went back to the queue and was begun again


async def test_the_schema_is_the_librarys_without_its_trigger() -> None:
    ours = next(m.sql for m in migrate.history() if m.name == "0006_jobs")
    library = QueryBuilderEnvironment().build_install_query().split("CREATE FUNCTION")[0]
    statements = [" ".join(s.split()) for s in re.sub(r"--.*", "", library).split(";") if s.strip()]
    here = {" ".join(s.split()) for s in re.sub(r"--.*", "", ours).split(";")}
    assert [s for s in statements if s not in here] == []
    assert "TRIGGER" not in ours


async def test_every_feature_without_jobs_is_passed_over_and_a_broken_one_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "MODULES", ("forum.no_such_feature.jobs", "forum.errors.jobs"))
    registry.load()
    (tmp_path / "broken_jobs.py").write_text("import no_such_library\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(registry, "MODULES", ("broken_jobs",))
    with pytest.raises(ModuleNotFoundError, match="no_such_library"):
        registry.load()
