"""Forms: what a person typed becomes a msgspec Struct, or one clear fault per field. Pure."""

import datetime as dt
import re
import types
import typing
from collections.abc import Iterable
from typing import Any, TypeVar, get_args, get_origin

import msgspec

from forum.errors import Invalid
from forum.i18n import N_, Message

S = TypeVar("S", bound=msgspec.Struct)
Given = Iterable[tuple[str, Any]]
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffd]")  # U+FFFD is what a decoder makes of a broken byte or a lone surrogate
TO_THE_MINUTE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T)?[0-9]{2}:[0-9]{2}")
IGNORED = frozenset({"_csrf"})


def read(shape: type[S], given: Given) -> S:
    """*given* pairs as *shape*. Text is trimmed, an empty field counts as absent, control characters and unknown fields are refused.

    Raises Invalid; its `faults` names every field at fault at once.
    """
    grouped = _grouped(given)
    specs = {spec.encode_name: spec for spec in msgspec.structs.fields(shape)}
    faults: dict[str, Message] = {name: Message(N_("This form has no such field.")) for name in grouped if name not in specs}
    values: dict[str, Any] = {}
    for name, spec in specs.items():
        try:
            values |= {spec.name: _field(spec, grouped[name])} if name in grouped and (grouped[name] or _is_list(spec.type)) else _absent(spec)
        except _Fault as fault:
            faults[name] = fault.message
    if faults:
        raise Invalid(N_("Some answers need another look."), faults=faults)
    try:
        return msgspec.convert(values, shape, strict=False, from_attributes=False)
    except msgspec.ValidationError as error:  # a rule over several fields (`__post_init__`)
        raise Invalid(N_("Some answers need another look."), faults={"": Message(str(error))}) from error


class _Fault(Exception):
    def __init__(self, message: Message) -> None:
        self.message = message


def _grouped(given: Given) -> dict[str, list[Any]]:
    grouped: dict[str, list[Any]] = {}
    for name, item in given:
        if name not in IGNORED:
            kept = grouped.setdefault(name, [])
            item = item.replace("\r\n", "\n").strip() if isinstance(item, str) else item
            if item != "":
                kept.append(item)
    return grouped


def _is_list(kind: Any) -> bool:
    return get_origin(_bare(kind)) in {list, tuple, set, frozenset}


def _bare(kind: Any) -> Any:
    return get_args(kind)[0] if get_origin(kind) is typing.Annotated else kind


def _absent(spec: msgspec.structs.FieldInfo) -> dict[str, Any]:
    if spec.required:
        raise _Fault(Message(N_("This is needed.")))
    return {}


def _field(spec: msgspec.structs.FieldInfo, items: list[Any]) -> Any:
    if not all(isinstance(item, str) for item in items):
        raise _Fault(Message(N_("This is not a place for a file.")))
    if any(CONTROL.search(item) for item in items):
        raise _Fault(Message(N_("This has a character that cannot be stored.")))
    if not _is_list(spec.type) and len(items) > 1:
        raise _Fault(Message(N_("This was sent twice.")))
    raw: Any = items if _is_list(spec.type) else items[0]
    if _bool(spec.type):
        raw = {"on": True, "1": True, "true": True, "yes": True}.get(raw.lower(), False)
    if isinstance(raw, str) and _has(spec.type, dt.time, dt.datetime) and TO_THE_MINUTE.fullmatch(raw):
        raw += ":00"  # browsers send minutes, msgspec wants seconds
    try:
        return msgspec.convert(raw, spec.type, strict=False)
    except msgspec.ValidationError as error:
        raise _Fault(_explain(str(error), spec.type)) from error


def _has(kind: Any, *wanted: type) -> bool:
    bare = _bare(kind)
    return any(_bare(option) in wanted for option in (get_args(bare) if isinstance(bare, types.UnionType) else (bare,)))


def _bool(kind: Any) -> bool:
    return _bare(kind) is bool


def _explain(error: str, kind: Any) -> Message:
    """msgspec's sentence in words for a person."""
    if found := re.search(r"`array` of length ([<>])= (\d+)", error):
        some = Message(N_("Make at least one choice.")) if found[2] == "1" else Message(N_("Choose at least {least}."), least=found[2])
        return some if found[1] == ">" else Message(N_("Choose {most} at most."), most=found[2])
    if "regex" in error and "@" in error:  # ADDRESS_SHAPE
        return Message(WHOLE_ADDRESS)
    if found := re.search(r"length <= (\d+)", error):
        return Message(N_("This is too long: {most} characters at most."), most=found[1])
    if found := re.search(r"length >= (\d+)", error):
        return Message(N_("This is too short: {least} characters at least."), least=found[1])
    if found := re.search(r"`(?:int|float)` <= (-?[\d.]+)", error):
        return Message(N_("This is too much: {most} at most."), most=found[1])
    if found := re.search(r"`(?:int|float)` >= (-?[\d.]+)", error):
        return Message(N_("This is too little: {least} at least."), least=found[1])
    names = {
        int: N_("Enter a whole number."),
        float: N_("Enter a number."),
        dt.date: N_("Enter a date."),
        dt.time: N_("Enter a time, for example 09:30."),
        dt.datetime: N_("Enter a date and a time."),
    }
    bare = _bare(kind)
    options = get_args(bare) if isinstance(bare, types.UnionType) else (bare,)
    for option in options:
        if _bare(option) in names:
            return Message(names[_bare(option)])
    return Message(N_("This is not one of the choices."))


WHOLE_ADDRESS = N_("Enter the whole address, for example anh@example.org.")
ADDRESS_SHAPE = r"^[^@\s]+@[^@\s]+\.[^@\s.]{2,}$"  # for a form's field; `email_address` has the last word
EMAIL = re.compile(r"[^@\s\"(),:;<>\[\\\]]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]", re.IGNORECASE)


def email_address(text: str) -> str:
    """*text* as one address, its domain in lower case. Raises Invalid with what to type instead."""
    address = text.strip()
    if len(address) > 254 or not EMAIL.fullmatch(address) or ".." in address or address.startswith("."):
        raise Invalid(WHOLE_ADDRESS, field="email")
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.lower()}"
