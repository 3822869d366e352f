"""The outbox: every change writes one event in its own transaction; `seq` comes after commit (`live.sequencer`)."""

from collections.abc import Callable
from uuid import UUID

from forum import db


async def emit(topic: str, kind: str, ref: str | UUID = "") -> None:
    """Say on *topic* that *kind* happened to *ref*. Ids only: never personal data, never the new state.

    Topics: `edition`, `campus.<slug>`, `company.<id>`, `person.<id>` (shown to its owner as `me`).
    """
    await db.execute("INSERT INTO event (topic, kind, ref) VALUES ($1, $2, $3)", topic, kind, str(ref))
    db.after_commit(_wake)


async def emit_many(events: list[tuple[str, str, str]]) -> None:
    """Several events of one change, in order, in one round trip."""
    await db.execute(
        "INSERT INTO event (topic, kind, ref) SELECT * FROM unnest($1::text[], $2::text[], $3::text[])",
        [e[0] for e in events],
        [e[1] for e in events],
        [e[2] for e in events],
    )
    db.after_commit(_wake)


_listeners: set[Callable[[], None]] = set()


def on_commit(wake: Callable[[], None]) -> Callable[[], None]:
    """Call *wake* after every commit that emitted; returns how to stop. Processes without a stream leave it to the second's poll."""
    _listeners.add(wake)
    return lambda: _listeners.discard(wake)


def _wake() -> None:
    for wake in list(_listeners):
        wake()
