"""What a deployment decides: read once from FORUM_* variables; nothing else reads the environment."""

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from urllib.parse import urlsplit

from forum.errors import Invalid
from forum.i18n import N_, Message


@dataclass(frozen=True, slots=True)
class Settings:
    """Every field is the variable FORUM_<NAME IN CAPITALS>; `docs/operations.md` lists them (a test compares)."""

    database_url: str = field(default="", metadata={"doc": "PostgreSQL ≥ 15, `postgresql://…`; empty: Forum's own embedded cluster"})
    data_dir: Path = field(default=Path(".forum"), metadata={"doc": "where the embedded cluster, keys and backups live"})
    origin: str = field(default="http://127.0.0.1:8000", metadata={"doc": "scheme, host and port people type; links and cookies are made from it"})
    host: str = field(default="127.0.0.1", metadata={"doc": "address to listen on"})
    port: int = field(default=8000, metadata={"doc": "port to listen on"})
    secret: str = field(default="", metadata={"doc": "≥ 32 characters, signs CSRF tokens and codes; empty: made once and kept in the data folder"})
    trusted_proxies: str = field(default="", metadata={"doc": "comma-separated addresses whose X-Forwarded-For and -Proto are believed"})
    pool_size: int = field(default=10, metadata={"doc": "database connections of one process"})
    smtp_url: str = field(default="", metadata={"doc": "`smtp://user:password@host:587`, `smtps://…`; empty: mail stays in the outbox page"})
    mail_from: str = field(default="Forum IA & Territoires <forum@example.org>", metadata={"doc": "sender of every mail"})
    metrics_token: str = field(default="", metadata={"doc": "bearer token for /metrics; empty: loopback only"})
    log_format: str = field(default="text", metadata={"doc": "`text` or `json`"})
    demo: bool = field(default=False, metadata={"doc": "sign-in links and the outbox page on loopback; never in production"})

    @property
    def secure(self) -> bool:
        """Whether people reach Forum by HTTPS: cookies are then `__Host-` and `Secure`."""
        return self.origin.startswith("https://")

    @property
    def hostname(self) -> str:
        return urlsplit(self.origin).netloc


def read_settings(env: Mapping[str, str] | None = None, **given: object) -> Settings:
    """Settings from *env* (default: the process's), *given* values first. Raises Invalid with one sentence per fault."""
    env = os.environ if env is None else env
    values: dict[str, object] = {}
    for spec in fields(Settings):
        name = "FORUM_" + spec.name.upper()
        if spec.name in given and given[spec.name] is not None:
            values[spec.name] = given[spec.name]
        elif name in env:
            assert spec.default is not MISSING
            values[spec.name] = _parse(name, env[name], type(spec.default))
    return _checked(Settings(**values))  # type: ignore[arg-type]


def _parse(name: str, text: str, kind: type) -> object:
    if kind is bool:
        if text.lower() not in {"1", "0", "true", "false", "yes", "no", ""}:
            raise Invalid(Message(N_("{name} is {text}; it takes 1 or 0."), name=name, text=text))
        return text.lower() in {"1", "true", "yes"}
    if kind is int:
        if not text.isascii() or not text.isdigit():
            raise Invalid(Message(N_("{name} is {text}; it takes a whole number."), name=name, text=text))
        return int(text)
    return Path(text) if issubclass(kind, Path) else text


def _checked(settings: Settings) -> Settings:
    origin = urlsplit(settings.origin)
    if origin.scheme not in {"http", "https"} or not origin.netloc or origin.path.strip("/"):
        raise Invalid(Message(N_("FORUM_ORIGIN is {text}; it takes a scheme and a host, for example https://forum.example.org."), text=settings.origin))
    if settings.secret and len(settings.secret) < 32:
        raise Invalid(Message(N_("FORUM_SECRET is too short; it takes at least 32 characters.")))
    if settings.database_url and not settings.database_url.startswith(("postgresql://", "postgres://")):
        raise Invalid(N_("FORUM_DATABASE_URL takes an address that starts with postgresql://."))  # said without it: it may hold a password
    if not 1 <= settings.port <= 65535:
        raise Invalid(Message(N_("FORUM_PORT is {text}; it takes a number from 1 to 65535."), text=settings.port))
    if settings.pool_size < 1:
        raise Invalid(N_("FORUM_POOL_SIZE takes at least 1."))
    if settings.log_format not in {"text", "json"}:
        raise Invalid(Message(N_("{name} is {text}; it takes text or json."), name="FORUM_LOG_FORMAT", text=settings.log_format))
    return settings


def secret_of(settings: Settings) -> bytes:
    """The signing secret: the setting, or one made once (mode 0600) in the data folder."""
    if settings.secret:
        return settings.secret.encode()
    path = settings.data_dir / "secret"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"secret.{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_hex(32))
        with suppress(FileExistsError):
            os.link(fresh, path)  # atomic, and the first of two processes wins
        fresh.unlink()
    return path.read_text().strip().encode()
