"""From draft to release: what-if, publication in one transaction, rollback; each person touched is told once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from forum import db, jobs, journal
from forum.agenda import audience, current, places, queries, ways
from forum.agenda.diff import Impact, diff, impact, touched
from forum.agenda.model import Change, ChangeKind, Fault, Item, Placement, Session
from forum.agenda.queries import Published, ReleaseRow
from forum.agenda.rules import Grounds, faults, places_of
from forum.editions import Edition
from forum.errors import Conflict, Invalid, NotFound
from forum.i18n import N_, Message
from forum.live import outbox

NEVER: Final = frozenset({"order", "room", "twice", "capacity"})


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What publishing the draft would do: changes, whom they touch, and what the rules say about it."""

    version: int
    changes: tuple[Change, ...]
    impact: Impact
    faults: tuple[Fault, ...]

    @property
    def hard(self) -> tuple[Fault, ...]:
        return tuple(fault for fault in self.faults if fault.hard)

    @property
    def never(self) -> tuple[Fault, ...]:
        """What no organiser may overrule: what cannot be shown or held at all."""
        return tuple(fault for fault in self.faults if fault.rule in NEVER)


async def grounds(edition: Edition) -> Grounds:
    """The facts the rules judge the draft by."""
    rooms, campuses = await places.places(edition.id)
    return Grounds(
        await queries.sessions(edition.id),
        rooms,
        campuses,
        await ways.travel(edition.id),
        await places.opening(edition.id),
        await places.intervals("speaker_free", edition.id),
        await places.intervals("room_free", edition.id),
        await audience.interest(edition.id),
        await places.busy_speakers(edition.id, edition.slot_minutes),
    )


async def in_force(edition: UUID) -> Published | None:
    """The release in force, read now: decisions do not use what pages keep."""
    row = await queries.release(edition)
    return None if row is None else await queries.published(row)


def items_of(placements: Sequence[Placement], ground: Grounds) -> list[Item]:
    """The draft as it would be published, before anything is counted."""
    return [Item(ground.sessions[p.session], replace(p, locked=False), ground.rooms[p.room], ground.campuses[ground.rooms[p.room].campus]) for p in placements]


async def what_if(edition: Edition, instead: Sequence[Placement] | None = None) -> WhatIf:
    """The difference between the draft (or what would stand *instead*) and the release in force, with the people it touches."""
    version = await queries.draft_version(edition.id)
    ground = await grounds(edition)
    placements = await queries.draft(edition.id) if instead is None else instead
    before = await in_force(edition.id)
    items = items_of(placements, ground)
    changes = diff(before.items if before is not None else (), items)
    seats, favourites = await audience.concerned(edition.id)
    places = {i.session.id: places_of(i.session, i.room) for i in items}
    return WhatIf(version, tuple(changes), impact(changes, seats, favourites, places), tuple(faults(placements, ground)))


async def publish(
    edition: Edition,
    name: str,
    *,
    version: int,
    actor: UUID | None,
    now: datetime,
    note: str = "",
    despite: bool = False,
    head: str = "",
    restores: UUID | None = None,
) -> ReleaseRow:
    """Publish the draft as it was at *version*. All or nothing.

    With *despite* the hard rules an organiser may overrule do not stop it (a speaker shown by video in a second room).
    Raises Conflict when the draft changed since *version* or the name is taken, Invalid when a rule is broken or nothing changed.
    """
    async with db.transaction():
        await db.lock(f"agenda:{edition.id}")
        found = await what_if(edition)
        if found.version != version:
            raise Conflict(
                Message(N_("The draft changed while you looked at it ({count} edits). Look at the difference again."), count=found.version - version)
            )
        stopping = found.never if despite else found.hard
        if stopping:
            raise Invalid(Message(N_("The draft breaks {count} rules; the first: {first}"), count=len(stopping), first=stopping[0].message), field="draft")
        if not found.changes:
            raise Invalid(N_("Nothing changed since the last release."), field="draft")
        row = await _store(edition, name, found, actor=actor, now=now, note=note, head=head, restores=restores)
        await _follow(edition, row, found, now=now)
        await journal.note("agenda.released", actor=actor, now=now, subject=row.id, facts={"number": row.number, "changes": len(found.changes)})
    current.forget()
    return row


async def _store(edition: Edition, name: str, found: WhatIf, *, actor: UUID | None, now: datetime, note: str, head: str, restores: UUID | None) -> ReleaseRow:
    before = await in_force(edition.id)
    row = await db.row(
        ReleaseRow,
        """INSERT INTO release (edition, number, name, note, head, at, actor, restores)
           SELECT $1, coalesce(max(number), 0) + 1, $2, $3, coalesce(nullif($4, '')::jsonb, (SELECT head FROM agenda WHERE edition = $1), '{}'), $5, $6, $7
           FROM release WHERE edition = $1
           ON CONFLICT DO NOTHING RETURNING id, edition, number, name, note, at, restores""",
        edition.id, name, note, head, now, actor, restores,
    )  # fmt: skip
    if row is None:
        raise Conflict(Message(N_("There is already a release called {name}."), name=name), field="name")
    items = carry(before.items if before is not None else (), found.changes, items_of(await queries.draft(edition.id), await grounds(edition)), now)
    await db.execute_many(
        "INSERT INTO release_item (release, session, room, start_at, end_at, sequence, changed_at, cancelled, content) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        [(row.id, i.session.id, i.room.id, i.start, i.end, i.sequence, i.changed, i.cancelled, msgspec.json.encode(i.session).decode()) for i in items],
    )
    return row


def carry(before: Sequence[Item], changes: Sequence[Change], after: Sequence[Item], now: datetime) -> list[Item]:
    """The items of a new release: sequence rises with every change, a cancelled item stays with its last place."""
    old = {i.session.id: i for i in before}
    changed = {c.session.id for c in changes}
    items = []
    for item in after:
        last = old.get(item.session.id)
        if last is None:
            items.append(replace(item, sequence=0, changed=now))
        elif item.session.id in changed:
            items.append(replace(item, sequence=last.sequence + 1, changed=now))
        else:
            items.append(replace(item, sequence=last.sequence, changed=last.changed))
    here = {i.session.id for i in after}
    for last in before:
        if last.session.id not in here:
            gone = replace(last, cancelled=True)
            items.append(gone if last.cancelled else replace(gone, sequence=last.sequence + 1, changed=now))
    return items


async def _follow(edition: Edition, row: ReleaseRow, found: WhatIf, *, now: datetime) -> None:
    """What a publication brings with it: seats, whom to tell, one live event, the journal."""
    seats, favourites = await audience.concerned(edition.id)
    told: dict[UUID, set[UUID]] = {}
    for change in found.changes:
        for person in touched(change, seats, favourites):
            told.setdefault(person, set()).add(change.session.id)
        for speaker in await _people_of(change):
            told.setdefault(speaker, set()).add(change.session.id)
    from forum.agenda.reseating import reseat  # it needs `claim`, which needs this programme stored

    await reseat(edition, row, found.changes, now=now)
    await db.execute_many(
        "INSERT INTO release_notice (release, person, sessions) VALUES ($1, $2, $3)", [(row.id, p, sorted(s, key=str)) for p, s in told.items()]
    )
    await outbox.emit("edition", "agenda.released", str(row.number))
    await outbox.emit_many([(f"person.{person}", "agenda.changed", str(row.id)) for person in told])
    if told:
        await jobs.enqueue("agenda.tell", {"release": str(row.id)})


async def _people_of(change: Change) -> list[UUID]:
    """The accounts of the session's speakers; an edit of the words is not news to them either."""
    if change.kind is ChangeKind.EDITED:
        return []
    ids = [s.id for item in (change.before, change.after) if item is not None for s in item.session.speakers]
    return await db.column("SELECT DISTINCT person FROM speaker WHERE id = ANY($1) AND person IS NOT NULL", ids) if ids else []


async def rollback(edition: Edition, number: int, *, actor: UUID | None, now: datetime) -> ReleaseRow:
    """Publish release *number* again, as a new release: its places and its words. Raises NotFound, Conflict, Invalid."""
    old = await queries.release(edition.id, number)
    if old is None:
        raise NotFound(N_("There is no such release."))
    async with db.transaction():
        await db.lock(f"agenda:{edition.id}")
        was = await queries.published(old)
        await _restore(edition.id, was.standing)
        version = await db.value(
            "INSERT INTO agenda (edition, version) VALUES ($1, 1) ON CONFLICT (edition) DO UPDATE SET version = agenda.version + 1 RETURNING version",
            edition.id,
        )
        count = await db.value("SELECT count(*) FROM release WHERE edition = $1", edition.id)
        return await publish(
            edition,
            f"{old.name} ({count + 1})"[:80],
            version=version,
            actor=actor,
            now=now,
            restores=old.id,
            despite=True,
            head=msgspec.json.encode(was.head).decode(),
        )


async def _restore(edition: UUID, items: Sequence[Item]) -> None:
    """Make the draft what *items* say; sessions born later lose their place, withdrawn ones come back."""
    await db.execute("DELETE FROM placement p USING session s WHERE s.id = p.session AND s.edition = $1", edition)
    await db.execute_many(
        "INSERT INTO placement (session, room, start_at, end_at) VALUES ($1, $2, $3, $4)", [(i.session.id, i.room.id, i.start, i.end) for i in items]
    )
    await db.execute_many(
        """UPDATE session SET withdrawn_at = NULL, version = version + 1, title = $2, subtitle = $3, kind = $4, track = $5, language = $6, level = $7,
               abstract = $8, description = $9, minutes = $10, seats = $11, reservable = $12, needs = $13 WHERE id = $1""",
        [_words(i.session) for i in items],
    )
    await db.execute("DELETE FROM session_speaker WHERE session = ANY($1)", [i.session.id for i in items])
    await db.execute_many(
        "INSERT INTO session_speaker (session, speaker, position) VALUES ($1, $2, $3)",
        [(i.session.id, s.id, n) for i in items for n, s in enumerate(i.session.speakers)],
    )


def _words(s: Session) -> tuple[object, ...]:
    return (s.id, s.title, s.subtitle, s.kind, s.track, s.language, s.level, s.abstract, s.description, s.minutes, s.seats, s.reservable, sorted(s.needs))


__all__ = ["WhatIf", "carry", "grounds", "publish", "rollback", "what_if"]
