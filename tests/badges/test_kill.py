"""`kill -9` under load, small: the measurement of `tests.bench.badges kill` with one kill of the web process and one of its database."""

from tests.bench.kills import endure

# what the house never does: answer before the commit is on the disk
HASTY = (
    "ALTER DATABASE forum SET synchronous_commit = off",
    "ALTER SYSTEM SET wal_writer_delay = '10s'",
    "ALTER SYSTEM SET wal_writer_flush_after = '1GB'",
)


async def test_no_acknowledged_scan_is_lost_when_the_processes_are_killed() -> None:
    seen = await endure(("web", "database"))
    assert len(seen.acked) >= 80, "it was under load each time"
    assert (seen.lost, seen.agree, len(seen.back)) == (0, True, 2)


async def test_control_a_database_that_answers_before_its_record_is_on_the_disk_loses_scans() -> None:
    seen = await endure(("database",), before=HASTY)
    assert seen.lost > 0
    assert seen.agree, "what is left still agrees with itself"
