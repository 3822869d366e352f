"""What the engine's commands share: files and options in, refused with one line per fault and exit code 2; lines and JSON out."""

import json
import math
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from forum.i18n import Message
from forum.matchmaking.engine.faults import escaped
from forum.matchmaking.engine.files import BadProblem

Read = TypeVar("Read")


class Seconds(click.FloatRange):
    """Seconds of 0 or more; `nan`, which is neither below nor above anything, is refused."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        seconds: float = super().convert(value, param, ctx)
        if math.isnan(seconds):
            self.fail(f"{value} is no number of seconds.", param, ctx)
        return seconds


def accepted(read: Callable[[], Read]) -> Read:
    """What was read, or one line per fault and exit code 2."""
    try:
        return read()
    except BadProblem as error:
        refuse(error.faults)
    except OSError as error:
        refuse([f"{error.filename}: {error.strerror}"])


def refuse(faults: Iterable[str]) -> NoReturn:
    """One line per fault on standard error, and exit code 2."""
    lines(faults)
    sys.exit(2)


def lines(said: Iterable[str]) -> None:
    """Each on one line of standard error, whatever characters the names in it have."""
    for line in said:
        click.echo(escaped(line), err=True)


def note(message: Message) -> None:
    """A sentence beside the result, in the reader's language."""
    lines([message.in_language(language())])


def language() -> str:
    """The language of messages that `forum --lang` asked for."""
    said: str = (click.get_current_context().find_root().obj or {}).get("lang", "en")
    return said


def say(facts: dict[str, Any]) -> None:
    """One JSON object on standard output."""
    click.echo(json.dumps(facts, ensure_ascii=False))


def writable(outputs: Mapping[str, Path | None], inputs: Mapping[str, Path | None]) -> None:
    """Refuse before any work what could not be written at its end, or would overwrite what is read."""
    seen = {path.resolve(): option for option, path in inputs.items() if path}
    faults = []
    for option, path in outputs.items():
        if path is None or (path.exists() and not path.is_file()):
            continue
        folder = path.resolve().parent
        if path.resolve() in seen:
            faults.append(f"{option}: {path} is {seen[path.resolve()]} too")
        elif not folder.is_dir():
            faults.append(f"{option}: there is no folder {folder}")
        elif not os.access(folder, os.W_OK):
            faults.append(f"{option}: the folder {folder} cannot be written to")
        seen[path.resolve()] = option
    if faults:
        refuse(faults)
