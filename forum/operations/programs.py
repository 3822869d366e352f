"""PostgreSQL's own programs on a database address, without the password on the command line."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from forum.errors import Unavailable
from forum.i18n import N_, Message

VARIABLES: Final = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE", "sslmode": "PGSSLMODE",
                    "sslrootcert": "PGSSLROOTCERT", "options": "PGOPTIONS", "target_session_attrs": "PGTARGETSESSIONATTRS"}  # fmt: skip


def environment(url: str) -> dict[str, str]:
    """*url* as the variables PostgreSQL's programs read: a command line is seen by everybody on the machine."""
    parts = urlsplit(url)
    found = {"user": unquote(parts.username or ""), "password": unquote(parts.password or ""), "dbname": unquote(parts.path.strip("/"))}
    hosts = [_host_and_port(place) for place in unquote(parts.netloc.rpartition("@")[2]).split(",") if place]
    found |= {"host": ",".join(host for host, _ in hosts), "port": ",".join(port for _, port in hosts if port)}
    found |= dict(parse_qsl(parts.query))
    return {"PATH": os.defpath, "LC_ALL": "C", "PGAPPNAME": "forum", "PGCONNECT_TIMEOUT": "10"} | {
        VARIABLES[k]: v for k, v in found.items() if v and k in VARIABLES
    }


def _host_and_port(place: str) -> tuple[str, str]:
    """`host`, `host:5432`, `[::1]:5432`."""
    host, colon, port = place.rpartition(":")
    return (host.strip("[]"), port) if colon and not port.endswith("]") else (place.strip("[]"), "")


def run(program: str, arguments: Sequence[str | Path], *, url: str, stdin: int | None = None) -> None:
    """Run *program* on the database. Raises Unavailable with its last words."""
    done = subprocess.run(
        [program, *map(str, arguments)], env=environment(url), stdin=subprocess.DEVNULL if stdin is None else stdin, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, errors="replace", check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise Unavailable(Message(N_("{program} failed: {why}"), program=Path(program).name, why=reason(done.stderr)))


def reason(text: str) -> str:
    """The last line that names an error."""
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return ([line for line in lines if "rror:" in line or "ERROR" in line or "FATAL" in line] or lines or ["–"])[-1].strip()
