"""Logs without anybody's data: one line per record, addresses and keys cut out, errors as class and place."""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any, Final, TextIO

from forum.jobs.describe import describe

STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "facts"}
ADDRESS: Final = re.compile(r"\S+@\S+")
KEY: Final = re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{20,}(?![\w-])")  # tokens mix letters and digits
UUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)  # an id is not a key
CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def cut(text: str) -> str:
    """*text* on one line, without e-mail addresses and without anything that could be a token."""
    text = ADDRESS.sub("(address)", CONTROL.sub(" ", text))
    return KEY.sub(lambda found: found[0] if UUID.fullmatch(found[0]) else "(key)", text)


def facts_of(record: logging.LogRecord) -> dict[str, Any]:
    """What a caller gave in `extra`: `facts={…}` or single names."""
    given = {k: v for k, v in vars(record).items() if k not in STANDARD and k != "color_message"}
    facts = getattr(record, "facts", None)
    return {k: v if isinstance(v, int | float | None) else cut(str(v)) for k, v in {**given, **(facts if isinstance(facts, dict) else {})}.items()}


def entry(record: logging.LogRecord) -> dict[str, Any]:
    """The record as a flat object. An exception is told by class and place: its message may quote a person."""
    shown: dict[str, Any] = {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": cut(record.getMessage()),
        **facts_of(record),
    }
    if record.exc_info and record.exc_info[1] is not None:
        shown["error"] = describe(record.exc_info[1])
        shown["trace"] = [f"{frame[0].rpartition('/')[2]}:{frame[1]} {frame[2]}" for frame in _frames(record.exc_info[1])]
    return shown


def _frames(error: BaseException) -> list[tuple[str, int, str]]:
    found, trace = [], error.__traceback__
    while trace is not None:
        found.append((trace.tb_frame.f_code.co_filename, trace.tb_lineno, trace.tb_frame.f_code.co_name))
        trace = trace.tb_next
    return found[-15:]


class Json(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(entry(record), ensure_ascii=False)


class Text(logging.Formatter):
    """For a person at a terminal: time, level, message, facts."""

    def format(self, record: logging.LogRecord) -> str:
        shown = entry(record)
        rest = " ".join(f"{k}={v}" for k, v in shown.items() if k not in {"at", "level", "logger", "message"})
        return f"{shown['at'][11:19]} {shown['level']:7} {shown['message']} {rest}".rstrip()


def configure(style: str, *, level: int = logging.INFO, stream: TextIO | None = None) -> None:
    """Send every record of the process to *stream* (standard error) in *style*, `text` or `json`."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(Json() if style == "json" else Text())
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(level)
    for loud in ("asyncio", "httpx", "multipart"):
        logging.getLogger(loud).setLevel(logging.WARNING)
    for name in ("pgqueuer", "uvicorn.error"):
        logging.getLogger(name).propagate = True
