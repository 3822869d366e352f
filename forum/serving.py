"""Serving: the database in reach, uvicorn with bounded sizes, a worker beside it, a shutdown that ends."""

import asyncio
import gc
import logging
import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from typing import Any

import uvicorn

from forum.database import database
from forum.errors import Unavailable
from forum.i18n import N_, Message
from forum.settings import Settings
from forum.sockets import LeanWebSocket

log = logging.getLogger(__name__)
GRACE_SECONDS = 8  # of the ten a shutdown may take
CUT_SECONDS = 5  # then requests and sockets are cut: a socket accepted while the others were told to go is never told, and 10,000 take a while to let go of


def configuration(settings: Settings, *, open_pool: bool = True, certfile: str | None = None, keyfile: str | None = None) -> uvicorn.Config:
    """uvicorn as Forum wants it; each setting with its reason."""
    from forum.app import create_app  # late: `serve` loads it while the database comes up

    options: dict[str, Any] = {
        "ws": LeanWebSocket,  # of `websockets`, sans-I/O
        "ws_max_size": 4096,  # clients say little
        "ws_per_message_deflate": False,  # costs 2-4 times the memory of a socket
        "ws_ping_interval": 15.0,
        "ws_ping_timeout": 25.0,  # dead after 40 s
        "timeout_graceful_shutdown": CUT_SECONDS,  # uvicorn's default waits for ever on sockets
        "timeout_keep_alive": 20,
        "backlog": 4096,
        "h11_max_incomplete_event_size": 65536,
        "server_header": False,
        "access_log": False,  # addresses are personal data
        "log_config": None,
        "proxy_headers": bool(settings.trusted_proxies),
        "forwarded_allow_ips": settings.trusted_proxies or "127.0.0.1",
    }
    return uvicorn.Config(create_app(settings, open_pool=open_pool), host=settings.host, port=settings.port, ssl_certfile=certfile, ssl_keyfile=keyfile, **options)


def serve(settings: Settings, *, certfile: str | None = None, keyfile: str | None = None) -> None:
    """Serve until SIGTERM or Ctrl-C. The application is loaded while the database comes up; what a start makes is no garbage, so the
    collector does not look at it, now or later."""
    _can_be_reached(settings, certfile, keyfile)
    gc.disable()
    beside = ThreadPoolExecutor(1)
    loading = beside.submit(import_module, "forum.app")
    beside.shutdown(wait=False)
    with database(settings, when_gone=_without_database) as url:
        loading.result()
        from forum.migrate import must_be_current  # late, as the application is
        from forum.operations import logs

        asyncio.run(must_be_current(url))
        logs.configure(settings.log_format)
        config = configuration(replace(settings, database_url=url), certfile=certfile, keyfile=keyfile)
        gc.freeze()
        gc.enable()
        uvicorn.Server(config).run()


def _can_be_reached(settings: Settings, certfile: str | None, keyfile: str | None) -> None:
    """Raise Unavailable, with what to do, for a certificate that cannot be used or an address that cannot be listened on."""
    if certfile or keyfile:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certfile or "", keyfile)
        except OSError as error:  # ssl.SSLError is one
            raise Unavailable(N_("The certificate cannot be used. Give its PEM file with --certfile, and its private key with --keyfile.")) from error
    must_be_free(settings)


def must_be_free(settings: Settings) -> None:
    """Raise Unavailable when nothing can listen on the settings' address: another program does, or it is not this machine's."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except OSError as error:
        facts = {"host": settings.host, "port": str(settings.port), "why": error.strerror or str(error)}
        raise Unavailable(Message(N_("Nothing can listen on {host}:{port}: {why}. Give another --host or --port."), **facts)) from error


def _without_database() -> None:
    """Our own cluster was killed: end at once, for the supervisor starts both again and nothing can be saved before."""
    log.critical("the embedded database ended by itself; so does this process")
    os._exit(70)


def environment(settings: Settings) -> dict[str, str]:
    """The environment of a process beside this one, on the same database."""
    return os.environ | {
        "FORUM_DATABASE_URL": settings.database_url,
        "FORUM_DATA_DIR": str(settings.data_dir),
        "FORUM_ORIGIN": settings.origin,
        "FORUM_HOST": settings.host,
        "FORUM_PORT": str(settings.port),
        "FORUM_DEMO": "1" if settings.demo else "0",
        "FORUM_SMTP_URL": settings.smtp_url,
        "FORUM_MAIL_FROM": settings.mail_from,
    }


@contextmanager
def worker(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """A worker process beside this one, on the same database, ended with the block."""
    child = subprocess.Popen([sys.executable, "-m", "forum.cli", "worker", "--with-parent", str(os.getpid())], env=environment(settings))
    with ended(child):
        yield child


@contextmanager
def ended(child: subprocess.Popen[bytes]) -> Iterator[None]:
    """*child* ends with the block: asked first, then made to."""
    try:
        yield
    finally:
        child.terminate()
        try:
            child.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
