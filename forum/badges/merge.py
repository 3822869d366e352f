"""What many phones saw, put together: the same state whatever the order, however often each batch arrives.

A ledger is three sets (scans, undos, clock pairs); joining ledgers is set union, and the state is a function of the union.
Times are milliseconds since 1970 UTC. A phone's clock may be wrong: pairs of (its clock, the server's clock) taken at each
exchange correct its scans.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from forum.badges.admission import MINUTE
from forum.badges.question import Way

FAR: Final = 15 * MINUTE  # a clock further off than this is reported: people should set it


@dataclass(frozen=True, slots=True, order=True)
class Scan:
    """One scan as a phone decided it. `nonce` names the scan for ever; `device_at` is the phone's own clock."""

    device_at: int
    nonce: str
    badge: int
    device: str
    campus: int
    gate: str
    way: Way
    admitted: bool
    detail: str = ""
    forced: bool = False


@dataclass(frozen=True, slots=True, order=True)
class Undo:
    """Somebody took *scan* (a nonce) back, and why."""

    nonce: str
    scan: str
    device: str
    device_at: int
    why: str = ""


@dataclass(frozen=True, slots=True, order=True)
class ClockPair:
    """What a phone's clock and the server's said at the same moment."""

    device: str
    device_at: int
    server_at: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """Everything that arrived, as sets."""

    scans: frozenset[Scan] = frozenset()
    undos: frozenset[Undo] = frozenset()
    pairs: frozenset[ClockPair] = frozenset()

    def joined(self, other: "Ledger") -> "Ledger":
        return Ledger(self.scans | other.scans, self.undos | other.undos, self.pairs | other.pairs)


@dataclass(frozen=True, slots=True, order=True)
class Placed:
    """A scan at its corrected time."""

    at: int
    scan: Scan


@dataclass(frozen=True, slots=True, order=True)
class DoubleUse:
    """One badge let in at two doors without having left the first: both scans, with their corrected times."""

    badge: int
    first: Placed
    second: Placed


@dataclass(frozen=True, slots=True)
class State:
    """`inside`: badge → the entry that holds. `evidence`: scans that came under a nonce already taken by another one."""

    passages: Mapping[int, tuple[Placed, ...]]
    inside: Mapping[int, Placed]
    doubles: tuple[DoubleUse, ...] = ()
    undone: frozenset[str] = frozenset()
    evidence: tuple[Scan, ...] = ()
    far_clocks: Mapping[str, int] = field(default_factory=dict)

    def inside_count(self) -> dict[int, int]:
        """People inside, by campus number."""
        counts: dict[int, int] = defaultdict(int)
        for placed in self.inside.values():
            counts[placed.scan.campus] += 1
        return dict(counts)


class Clocks:
    """Corrections by device: the pair nearest to a moment of its clock says how far it was off then."""

    def __init__(self, pairs: Iterable[ClockPair]) -> None:
        self._by_device: dict[str, list[ClockPair]] = defaultdict(list)
        for pair in sorted(set(pairs)):
            self._by_device[pair.device].append(pair)

    def offset(self, device: str, device_at: int) -> int:
        """Milliseconds to add to the device's clock; 0 when nothing is known about it."""
        pairs = self._by_device.get(device)
        if not pairs:
            return 0
        after = bisect_left(pairs, device_at, key=lambda pair: pair.device_at)
        near = min(pairs[max(after - 1, 0) : after + 1], key=lambda pair: (abs(pair.device_at - device_at), pair))
        return near.server_at - near.device_at

    def far(self) -> dict[str, int]:
        """Devices whose clock was once further off than FAR, with the largest error."""
        worst = {device: max((pair.server_at - pair.device_at for pair in pairs), key=abs) for device, pairs in self._by_device.items()}
        return {device: offset for device, offset in worst.items() if abs(offset) > FAR}


def settle(ledger: Ledger, travel: Callable[[int, int], int | None] = lambda origin, destination: None) -> State:
    """The state *ledger* amounts to. *travel* gives minutes between two campuses, None when not known."""
    clocks = Clocks(ledger.pairs)
    by_nonce: dict[str, list[Scan]] = defaultdict(list)
    for scan in ledger.scans:
        by_nonce[scan.nonce].append(scan)
    kept, evidence = [], []
    for variants in by_nonce.values():
        first, *others = sorted(variants)
        kept.append(first)
        evidence += others
    undone = frozenset(undo.scan for undo in ledger.undos)
    passages: dict[int, list[Placed]] = defaultdict(list)
    for scan in kept:
        if scan.admitted and scan.nonce not in undone:
            passages[scan.badge].append(Placed(scan.device_at + clocks.offset(scan.device, scan.device_at), scan))
    inside: dict[int, Placed] = {}
    doubles: list[DoubleUse] = []
    for badge, placed in passages.items():
        placed.sort(key=_in_time)
        held = _walk(badge, placed, travel, doubles)
        if held is not None:
            inside[badge] = held
    walked = {badge: tuple(placed) for badge, placed in passages.items()}
    return State(walked, inside, tuple(sorted(doubles)), undone, tuple(sorted(evidence)), clocks.far())


def _in_time(placed: Placed) -> tuple[int, str, int, str, str]:
    scan = placed.scan
    return (placed.at, scan.way, scan.campus, scan.gate, scan.nonce)


def _walk(badge: int, placed: list[Placed], travel: Callable[[int, int], int | None], doubles: list[DoubleUse]) -> Placed | None:
    """The entry that holds after *placed* (in order of time); uses at two doors are added to *doubles*."""
    held: Placed | None = None
    for step in placed:
        if step.scan.way == "exit":
            held = None if held is not None and held.scan.campus == step.scan.campus else held
            continue
        if held is not None and not step.scan.forced and _too_soon(held, step, travel):
            doubles.append(DoubleUse(badge, held, step))
        held = step
    return held


def _too_soon(first: Placed, second: Placed, travel: Callable[[int, int], int | None]) -> bool:
    if first.scan.campus == second.scan.campus:
        return True
    minutes = travel(first.scan.campus, second.scan.campus)
    return minutes is not None and second.at - first.at < minutes * MINUTE
