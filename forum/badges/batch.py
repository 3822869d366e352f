"""What a phone sends after an hour without network, read scan by scan: one that cannot be read never holds back the others."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeVar
from uuid import UUID

import msgspec

from forum.badges.question import REASONS, Way
from forum.errors import Invalid
from forum.i18n import N_, Message

LAST: Final = 253_402_300_799_000  # milliseconds: the end of year 9999, the last that dates can say
PASSED: Final = frozenset({"welcome", "welcome_next", "goodbye", "forced"})

STORED: Final = "^[^\x00\ud800-\udfff]*$"  # what a text column takes: no NUL, no half of a surrogate pair
Line = Annotated[str, msgspec.Meta(max_length=40, pattern=STORED)]
Nonce = Annotated[str, msgspec.Meta(min_length=8, max_length=64, pattern=STORED)]
Moment = Annotated[int, msgspec.Meta(ge=0, le=LAST)]
S = TypeVar("S", bound=msgspec.Struct)


class OfflineScan(msgspec.Struct, forbid_unknown_fields=True):
    """One scan as the phone decided it. `at` by the phone's clock; `offset` what it knew its clock was off by then, if it knew."""

    nonce: Nonce
    text: Annotated[str, msgspec.Meta(max_length=10_000)]
    gate: UUID
    way: Way
    at: Moment
    admitted: bool
    detail: str
    offset: Annotated[int, msgspec.Meta(ge=-LAST, le=LAST)] | None = None
    forced: bool = False
    staff: Line = ""
    warnings: Annotated[list[str], msgspec.Meta(max_length=20)] = []


class OfflineUndo(msgspec.Struct, forbid_unknown_fields=True):
    """A scan taken back on the phone, with the reason chosen."""

    nonce: Nonce
    scan: Nonce
    at: Moment
    why: Annotated[str, msgspec.Meta(max_length=200, pattern=STORED)] = ""
    staff: Line = ""


class Batch(msgspec.Struct, forbid_unknown_fields=True):
    """What a phone sends: `now` by its clock when it sends, how much is left after this batch, its battery in per cent when it knows. Empty: it is there.

    Scans and undos are read one by one (`opened`); whoever makes a batch here may give them as they are.
    """

    now: Moment
    scans: Sequence[Any] = []
    undos: Sequence[Any] = []
    unsent: int = 0
    battery: Annotated[int, msgspec.Meta(ge=0, le=100)] | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A scan or undo that cannot be taken: its place in the batch, its nonce if that can be read, why as a code and in words, and what it said."""

    what: str
    index: int
    nonce: str
    detail: str
    words: Message
    body: Any


@dataclass(frozen=True, slots=True)
class Opened:
    """A batch with what could be read and what could not."""

    scans: list[OfflineScan]
    undos: list[OfflineUndo]
    refused: list[Refused]


def read(raw: bytes) -> Batch:
    """The JSON *raw*. Raises Invalid when it is none: cut in the middle, or no batch.

    The standard library reads it: half a surrogate pair, which the start of a strange code can end with, stops msgspec's reader.
    """
    try:
        return msgspec.convert(json.loads(raw), Batch)
    except (ValueError, RecursionError, msgspec.ValidationError) as error:
        raise Invalid(Message(N_("This request cannot be read: {why}"), why=str(error)[:200])) from error


def opened(batch: Batch, gates: Collection[UUID]) -> Opened:
    """Every scan of *batch* at one of *gates* that can be read, every undo, and the rest with its reason."""
    scans, bad = _read("scans", batch.scans, OfflineScan)
    undos, worse = _read("undos", batch.undos, OfflineUndo)
    good: list[OfflineScan] = []
    for index, scan in scans:
        if scan.gate not in gates:
            bad.append(Refused("scans", index, scan.nonce, "gate", Message(N_("This device is not enrolled for that gate.")), scan))
        elif scan.detail not in REASONS and scan.detail not in PASSED:
            bad.append(Refused("scans", index, scan.nonce, "detail", Message(N_("This scan's result is none the door knows.")), scan))
        else:
            good.append(scan)
    return Opened(good, [undo for _, undo in undos], sorted(bad + worse, key=lambda each: (each.what, each.index)))


def _read(what: str, given: Sequence[Any], shape: type[S]) -> tuple[list[tuple[int, S]], list[Refused]]:
    good: list[tuple[int, S]] = []
    bad: list[Refused] = []
    for index, each in enumerate(given):
        try:
            good.append((index, msgspec.convert(msgspec.to_builtins(each), shape)))
        except msgspec.ValidationError as error:
            nonce = each.get("nonce") if isinstance(each, dict) else getattr(each, "nonce", "")
            words = Message(N_("This scan cannot be read: {why}"), why=str(error)[:200])
            bad.append(Refused(what, index, storable(nonce)[:64] if isinstance(nonce, str) else "", "unreadable", words, each))
    return good, bad


def storable(text: str) -> str:
    """*text* (also JSON) as PostgreSQL takes it: NUL as its picture, half a surrogate pair as a question mark."""
    return text.replace("\x00", "␀").replace("\\u0000", "␀").encode("utf-8", "replace").decode()
