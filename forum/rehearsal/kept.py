"""What a rehearsed day has counted so far, kept beside the database: a demo that is started again goes on with its figures."""

import os
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from forum.rehearsal.judge import Sent
from forum.rehearsal.plot import Minute
from forum.rehearsal.script import Fault
from forum.settings import Settings

if TYPE_CHECKING:
    from forum.rehearsal.driver import Driver


@dataclass(frozen=True, slots=True)
class Kept:
    """One day's ledger, what phones still hold by gate, what is shut, who came, what has gone wrong, its minutes, where people came out last, campuses that take fewer for a while."""

    at: datetime
    sent: list[Sent]
    counts: dict[str, int]
    answers_ms: list[float]
    waits: list[float]
    late_minutes: list[float]
    faults: list[dict[str, str]]
    errors: list[str]
    unsent: dict[UUID, list[dict[str, Any]]]
    shut: list[str]
    given_up: list[UUID]
    came: list[UUID]
    minutes: list[Minute] = field(default_factory=list)
    left: dict[UUID, tuple[str, datetime]] = field(default_factory=dict)
    narrowed: dict[str, int] = field(default_factory=dict)
    simulated_seconds: float = 0.0
    real_seconds: float = 0.0


def path_of(settings: Settings, edition: UUID, day: date) -> Path:
    """Where a day's figures are; another database's edition has another name."""
    return settings.data_dir / f"rehearsal-{edition.hex[:12]}-{day.isoformat()}.json"


def keep(driver: "Driver", now: datetime) -> None:
    """Write the figures of *driver*'s day; whoever reads meanwhile sees the old ones or the new ones."""
    ledger, state = driver.ledger, driver.state
    kept = Kept(
        now, ledger.sent, ledger.counts, ledger.answers_ms, ledger.waits, ledger.late_minutes, ledger.faults, ledger.errors,
        {gate: phone.unsent for gate, phone in driver.phones.items() if phone.unsent}, sorted(state.shut), sorted(state.given_up), sorted(state.where), driver.curve, state.left, state.narrowed,
        ledger.simulated_seconds, ledger.real_seconds,
    )  # fmt: skip
    path = path_of(driver.hands.settings, driver.edition.id, driver.day)
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_bytes(msgspec.json.encode(kept))
    fresh.replace(path)


def go_on(driver: "Driver") -> None:
    """Give *driver* the figures of its day kept before, if any; scans phones still held are sent when their network is back: now."""
    path = path_of(driver.hands.settings, driver.edition.id, driver.day)
    if not path.is_file():
        return
    kept = msgspec.json.decode(path.read_bytes(), type=Kept)
    ledger, state = driver.ledger, driver.state
    ledger.sent, ledger.counts, ledger.answers_ms, ledger.waits = kept.sent, Counter(kept.counts), kept.answers_ms, kept.waits
    ledger.late_minutes, ledger.faults, ledger.errors, driver.curve = kept.late_minutes, kept.faults, kept.errors, kept.minutes
    ledger.simulated_seconds, ledger.real_seconds = kept.simulated_seconds, kept.real_seconds
    state.shut, state.given_up, state.left = frozenset(kept.shut), set(kept.given_up), kept.left
    state.narrowed, state.ends = kept.narrowed, [Fault(kept.at, "crowd", slug, until=kept.at) for slug in kept.narrowed]
    state.where = dict.fromkeys(kept.came, "") | state.where
    for gate, unsent in kept.unsent.items():
        if gate in driver.phones:
            driver.phones[gate].unsent = unsent
    driver.held_back = [gate for gate in kept.unsent if gate in driver.phones]
