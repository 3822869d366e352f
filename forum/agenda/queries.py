"""Reads of the agenda: SQL to model. The published programme is one release; the draft is the placements of now."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from forum import db
from forum.agenda.model import Campus, Item, Link, Placement, Release, Room, Session, Speaker
from forum.agenda.places import places


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """A release as stored."""

    id: UUID
    edition: UUID
    number: int
    name: str
    note: str
    at: datetime
    restores: UUID | None = None

    @property
    def plain(self) -> Release:
        return Release(self.number, self.name, self.at, self.note)


@dataclass(frozen=True, slots=True)
class Published:
    """A release and its items in reading order; `head` is what an imported file said about itself."""

    release: ReleaseRow
    items: tuple[Item, ...]
    head: dict[str, Any] = field(default_factory=dict)

    @property
    def standing(self) -> tuple[Item, ...]:
        """The items that take place."""
        return tuple(i for i in self.items if not i.cancelled)


@dataclass(frozen=True, slots=True)
class _SessionRow:
    id: UUID
    code: str
    number: int
    guid: str
    title: str
    subtitle: str
    kind: str
    track: str
    language: str
    level: str
    abstract: str
    description: str
    minutes: int
    needs: frozenset[str]
    seats: int | None
    reservable: bool
    licence: str | None
    optout: bool
    slug: str
    logo: str
    links: str
    attachments: str
    extra: str


@dataclass(frozen=True, slots=True)
class _SpeakerRow:
    session: UUID
    id: UUID
    name: str
    code: str
    number: int
    biography: str


_RELEASE = "SELECT id, edition, number, name, note, at, restores FROM release"


async def sessions(edition: UUID, only: Sequence[UUID] | None = None) -> dict[UUID, Session]:
    """The sessions of an edition that are not withdrawn, by id, in order of number; *only* those when given."""
    columns = ", ".join(_SessionRow.__slots__)
    found = await db.rows(
        _SessionRow,
        f"SELECT {columns} FROM session WHERE edition = $1 AND withdrawn_at IS NULL AND ($2::uuid[] IS NULL OR id = ANY($2)) ORDER BY number",
        edition,
        None if only is None else list(only),
    )
    held = await _speakers([row.id for row in found])
    return {row.id: _session(row, held.get(row.id, ())) for row in found}


async def _speakers(ids: Sequence[UUID]) -> dict[UUID, tuple[Speaker, ...]]:
    rows = await db.rows(
        _SpeakerRow,
        "SELECT ss.session, s.id, s.name, s.code, s.number, s.biography FROM session_speaker ss JOIN speaker s ON s.id = ss.speaker "
        "WHERE ss.session = ANY($1) ORDER BY ss.session, ss.position, s.name",
        list(ids),
    )
    found: dict[UUID, list[Speaker]] = defaultdict(list)
    for row in rows:
        found[row.session].append(Speaker(row.id, row.name, row.code, row.number, row.biography))
    return {key: tuple(people) for key, people in found.items()}


def _session(row: _SessionRow, speakers: tuple[Speaker, ...]) -> Session:
    plain = {name: getattr(row, name) for name in _SessionRow.__slots__}
    plain["links"] = msgspec.json.decode(row.links, type=tuple[Link, ...])
    plain["attachments"] = msgspec.json.decode(row.attachments, type=tuple[Link, ...])
    plain["extra"] = msgspec.json.decode(row.extra, type=tuple[str, ...])
    return Session(speakers=speakers, **plain)


@dataclass(frozen=True, slots=True)
class _ItemRow:
    session: UUID
    room: UUID
    start_at: datetime
    end_at: datetime
    sequence: int
    changed_at: datetime
    cancelled: bool
    content: str


async def latest_number(edition: UUID) -> int:
    """The number of the release in force; 0 before the first."""
    return int(await db.value("SELECT coalesce(max(number), 0) FROM release WHERE edition = $1", edition))


async def release(edition: UUID, number: int | None = None, name: str | None = None) -> ReleaseRow | None:
    """A release by number or name; with neither the one in force."""
    if name is not None:
        return await db.row(ReleaseRow, _RELEASE + " WHERE edition = $1 AND name = $2", edition, name)
    return await db.row(
        ReleaseRow, _RELEASE + " WHERE edition = $1 AND number = coalesce($2, (SELECT max(number) FROM release WHERE edition = $1))", edition, number
    )


async def release_by_id(key: UUID) -> ReleaseRow:
    """A release that exists."""
    found = await db.row(ReleaseRow, _RELEASE + " WHERE id = $1", key)
    assert found is not None, "releases are never removed"
    return found


async def releases(edition: UUID) -> list[ReleaseRow]:
    """Every release, the newest first."""
    return await db.rows(ReleaseRow, _RELEASE + " WHERE edition = $1 ORDER BY number DESC", edition)


async def published(of: ReleaseRow) -> Published:
    """The items of a release in reading order."""
    rooms, campuses = await places(of.edition)
    rows = await db.rows(
        _ItemRow,
        """SELECT i.session, i.room, i.start_at, i.end_at, i.sequence, i.changed_at, i.cancelled, i.content
           FROM release_item i JOIN room r ON r.id = i.room JOIN campus c ON c.id = r.campus
           WHERE i.release = $1 ORDER BY i.start_at, c.number, r.position, r.name""",
        of.id,
    )
    items = tuple(_item(row, rooms[row.room], campuses) for row in rows)
    head = msgspec.json.decode(await db.value("SELECT head FROM release WHERE id = $1", of.id))
    return Published(of, items, head)


def _item(row: _ItemRow, room: Room, campuses: dict[str, Campus]) -> Item:
    session = msgspec.json.decode(row.content, type=Session)
    placement = Placement(row.session, row.room, row.start_at, row.end_at)
    return Item(session, placement, room, campuses[room.campus], row.sequence, row.changed_at, row.cancelled)


@dataclass(frozen=True, slots=True)
class _DraftRow:
    session: UUID
    room: UUID
    start_at: datetime
    end_at: datetime
    locked: bool


async def draft(edition: UUID) -> list[Placement]:
    """The placements of the draft in time order; withdrawn sessions have none."""
    rows = await db.rows(
        _DraftRow,
        """SELECT p.session, p.room, p.start_at, p.end_at, p.locked_at IS NOT NULL AS locked
           FROM placement p JOIN session s ON s.id = p.session WHERE s.edition = $1 AND s.withdrawn_at IS NULL ORDER BY p.start_at, p.session""",
        edition,
    )
    return [Placement(r.session, r.room, r.start_at, r.end_at, r.locked) for r in rows]


async def draft_version(edition: UUID) -> int:
    return int(await db.value("SELECT coalesce((SELECT version FROM agenda WHERE edition = $1), 0)", edition))


async def untold(release: UUID) -> list[tuple[UUID, list[UUID]]]:
    """Whom the release concerns and who was not told yet, with their sessions."""
    async with db.connection() as conn:
        rows = await conn.fetch("SELECT person, sessions FROM release_notice WHERE release = $1 AND told_at IS NULL ORDER BY person", release)
    return [(row[0], list(row[1])) for row in rows]
