"""The live channel's vocabulary: topics, events, frames. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

ME = "me"
PERSON = "person."
TOPICS_MOST = 120  # one control screen of 100 campuses, and some
_TOPIC = re.compile(r"edition|me|campus\.[a-z0-9][a-z0-9-]{0,39}|company\.[0-9a-f-]{36}")


@dataclass(frozen=True, slots=True)
class Event:
    """What changed, never the new state: `ref` names it, `seq` orders it."""

    seq: int
    topic: str
    kind: str
    ref: str
    at: datetime


def read_topics(text: str, person: UUID | None) -> tuple[str, ...] | None:
    """The topics asked for as the outbox names them, or None when one is not a topic or `me` is nobody."""
    asked = tuple(dict.fromkeys(text.split(",")))
    if not 1 <= len(asked) <= TOPICS_MOST or not all(_TOPIC.fullmatch(topic) for topic in asked):
        return None
    if ME in asked and person is None:
        return None
    return tuple(f"{PERSON}{person}" if topic == ME else topic for topic in asked)


def shown(topic: str) -> str:
    """The topic as its readers call it: a person's own is `me`."""
    return ME if topic.startswith(PERSON) else topic


def hello(epoch: str, seq: int) -> str:
    return _text({"type": "hello", "epoch": epoch, "seq": seq})


def resync(topic: str) -> str:
    """Too much was missed on *topic*: fetch all of it again."""
    return _text({"type": "resync", "topic": shown(topic)})


BEAT = '{"type":"beat"}'


def frame(topic: str, events: list[Event]) -> str:
    """What happened on one topic since the last frame: one event as itself, several together under the highest `seq`."""
    said = [{"seq": e.seq, "topic": shown(e.topic), "kind": e.kind, "id": e.ref, "at": e.at} for e in sorted(events, key=lambda e: e.seq)]
    if len(said) == 1:
        return _text({"type": "event", **said[0]})
    return _text({"type": "events", "topic": shown(topic), "seq": said[-1]["seq"], "events": said})


def _text(content: dict[str, object]) -> str:
    return msgspec.json.encode(content).decode()


def coalesced(events: list[Event]) -> list[tuple[str, list[Event]]]:
    """One group per topic, of each kind and subject the latest event only, groups in the order of their highest `seq`.

    Whoever read up to some `seq` has read, for every topic, all it would still find: what is left out is older than
    another event of its own group, and a group counts as read only with its last event.
    """
    groups: dict[str, dict[tuple[str, str], Event]] = {}
    for event in events:
        groups.setdefault(event.topic, {})[(event.kind, event.ref)] = event
    ordered = sorted(groups.items(), key=lambda item: max(e.seq for e in item[1].values()))
    return [(topic, list(latest.values())) for topic, latest in ordered]
