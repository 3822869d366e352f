"""Who the server runs as, and which folders it may use: never as root, never by opening somebody's folder."""

import hashlib
import os
import pwd
import re
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from forum.errors import Unavailable
from forum.i18n import N_, Message

# Where root keeps what the server's own user must be able to read.
SYSTEM_DIR: Final = Path("/var/lib/forum")
# First of these that exists runs the server when Forum is started by root.
SERVER_ACCOUNTS: Final = ("forum", "postgres", "nobody")
# sun_path holds 108 bytes on Linux, 104 on macOS, with the name `/.s.PGSQL.5432` and a final zero.
LONGEST_SOCKET_DIR: Final = 104 - len("/.s.PGSQL.5432") - 1


@dataclass(frozen=True, slots=True)
class Account:
    """A system user. `dropped` when root must become it first."""

    name: str
    uid: int
    gid: int
    dropped: bool


@dataclass(frozen=True, slots=True)
class Home:
    """The folders of one cluster: `data` (PGDATA), `run` (socket), `log` (a file); all belong to `account`, mode 0700."""

    root: Path
    run: Path
    account: Account

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def log(self) -> Path:
        return self.root / "log"


def make_home(data_dir: Path) -> Home:
    """The cluster's folders below *data_dir*, made where missing. Raises Unavailable when they belong to somebody else."""
    link = data_dir / "postgres"
    account = _account_for(link)
    root = link
    if account.dropped and (link.is_symlink() or not may_enter(data_dir, account)):
        root = _system_home(link, account)
    _own_dir(root, account)
    run = root / "run"
    if len(os.fsencode(run)) > LONGEST_SOCKET_DIR or not re.fullmatch(r"[\w./+@-]+", str(run), re.ASCII):
        digest = hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:16]
        run = Path("/tmp") / f"forum-{account.uid}-{digest}"  # noqa: S108 - made private or refused below
    _own_dir(run, account)
    return Home(root.resolve(), run, account)


def may_enter(folder: Path, account: Account) -> bool:
    """Whether *account* may pass through *folder* and everything above it, by the permission bits."""
    resolved = folder.resolve()
    return all(_allowed(p.stat(), account, stat.S_IXUSR) for p in (resolved, *resolved.parents))


def may_read(file: Path, account: Account) -> bool:
    """Whether *account* may read *file*, by the permission bits."""
    return may_enter(file.parent, account) and _allowed(file.stat(), account, stat.S_IRUSR)


def _allowed(found: os.stat_result, account: Account, user_bit: int) -> bool:
    if found.st_uid == account.uid:
        return bool(found.st_mode & user_bit)
    if found.st_gid == account.gid:
        return bool(found.st_mode & (user_bit >> 3))
    return bool(found.st_mode & (user_bit >> 6))


def _account_for(link: Path) -> Account:
    """Who runs the server: the caller, or for root the owner of an existing cluster, or a system user without rights."""
    uid = os.geteuid()
    owner = link.stat().st_uid if link.exists() else None
    if uid != 0:
        if owner is not None and owner != uid:
            raise Unavailable(
                Message(
                    N_("The database folder {folder} belongs to {owner}. Run Forum as {owner}, or give another FORUM_DATA_DIR."),
                    folder=link,
                    owner=_name(owner),
                )
            )
        return _account(uid, dropped=False)
    if owner:
        return _account(owner, dropped=True)
    for name in SERVER_ACCOUNTS:
        try:
            return _account(pwd.getpwnam(name).pw_uid, dropped=True)
        except KeyError:
            continue
    raise Unavailable(
        Message(
            N_("PostgreSQL does not run as root and this machine has no user forum, postgres or nobody. Run Forum as a normal user, or set FORUM_DATABASE_URL.")
        )
    )


def _account(uid: int, *, dropped: bool) -> Account:
    try:
        found = pwd.getpwuid(uid)
    except KeyError:
        raise Unavailable(
            Message(
                N_("The user number {uid} has no name on this machine, and PostgreSQL needs one. Add it to /etc/passwd, or set FORUM_DATABASE_URL."), uid=uid
            )
        ) from None
    return Account(found.pw_name, found.pw_uid, found.pw_gid, dropped)


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _system_home(link: Path, account: Account) -> Path:
    """Where root keeps a cluster whose data folder the server's user cannot reach: *link* then points there."""
    if link.is_symlink():
        target = link.resolve()
        if target.parent == SYSTEM_DIR.resolve() / "clusters":
            return target
    elif link.exists():
        raise Unavailable(
            Message(
                N_("{user} cannot reach {folder}. Move FORUM_DATA_DIR below a folder that {user} may enter, or set FORUM_DATABASE_URL."),
                user=account.name,
                folder=link,
            )
        )
    target = system_dir("clusters") / secrets.token_hex(8)
    link.unlink(missing_ok=True)
    link.symlink_to(target)
    return target


def system_dir(name: str) -> Path:
    """A folder of root's that everybody may pass through and only root may write. Raises Unavailable."""
    for folder in (SYSTEM_DIR, SYSTEM_DIR / name):
        try:
            folder.mkdir(mode=0o755, exist_ok=True)
            found = folder.lstat()
        except OSError as error:
            raise Unavailable(
                Message(
                    N_("The folder {folder} cannot be made: {why}. Run Forum as a normal user, or set FORUM_DATABASE_URL."), folder=folder, why=error.strerror
                )
            ) from error
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != 0 or found.st_mode & 0o022:
            raise Unavailable(Message(N_("The folder {folder} must belong to root and be writable by nobody else."), folder=folder))
        if found.st_mode & 0o055 != 0o055:  # made under a narrow umask: ours, so ours to correct
            folder.chmod(0o755)
    return SYSTEM_DIR / name


def _own_dir(folder: Path, account: Account) -> None:
    """Make *folder*, or check it: a real directory of *account*, mode 0700."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        pass
    except OSError as error:
        raise Unavailable(Message(N_("The folder {folder} cannot be made: {why}."), folder=folder, why=error.strerror)) from error
    else:
        if account.dropped:
            os.chown(folder, account.uid, account.gid, follow_symlinks=False)
    found = folder.lstat()
    if stat.S_ISDIR(found.st_mode) and found.st_uid == 0 and account.dropped and not any(folder.iterdir()):
        os.chown(folder, account.uid, account.gid, follow_symlinks=False)  # killed between the two calls above
        found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid:
        raise Unavailable(Message(N_("{folder} is not a folder of {user}. Remove it, or give another FORUM_DATA_DIR."), folder=folder, user=account.name))
    if stat.S_IMODE(found.st_mode) != 0o700:
        folder.chmod(0o700)
