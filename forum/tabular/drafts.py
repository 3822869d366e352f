"""An import between upload and commit: kept, looked at, corrected, stored whole or not at all."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from forum import db, journal
from forum.errors import Conflict, Invalid, NotFound
from forum.i18n import N_
from forum.live.outbox import emit
from forum.tabular.kinds import Kind
from forum.tabular.mapping import checked, guess
from forum.tabular.preview import Preview, preview
from forum.tabular.reading import Sheet, read_sheet
from forum.tabular.registry import Batch, Owner, owner

KEPT_FOR: Final = timedelta(days=1)  # lists of people do not lie about


@dataclass(frozen=True, slots=True)
class Draft:
    """A list that was uploaded and not stored yet; `mapping` is sheet column by column name."""

    id: UUID
    edition: UUID
    kind: str
    name: str
    content: bytes
    mapping: dict[str, int]
    made_by: UUID
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Look:
    """What a sheet would do: `preview` is None while its columns are not settled, and `faults` says what is missing."""

    kind: Kind
    sheet: Sheet
    mapping: dict[str, int]
    preview: Preview | None
    faults: dict[str, object]


async def keep(edition: UUID, kind: str, name: str, content: bytes, *, by: UUID, now: datetime) -> UUID:
    """Keep an uploaded file until it is looked at and stored. Raises NotFound for an unknown list, Invalid for an unreadable file."""
    target = owner(kind).kind
    sheet = await asyncio.to_thread(read_sheet, content)
    await forget(now=now)
    found: UUID = await db.value(
        "INSERT INTO import_draft (edition, kind, name, content, mapping, made_by, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
        edition, kind, name[:200] or "?", content, msgspec.json.encode(guess(target, sheet.header)).decode(), by, now,
    )  # fmt: skip
    return found


async def draft(edition: UUID, which: UUID, by: UUID) -> Draft:
    """One's own draft. Raises NotFound."""
    async with db.connection() as conn:
        row = await conn.fetchrow("SELECT * FROM import_draft WHERE id = $1 AND edition = $2 AND made_by = $3", which, edition, by)
    if row is None:
        raise NotFound(N_("This import is over, or somebody else's."))
    mapping = msgspec.json.decode(row["mapping"], type=dict[str, int])
    return Draft(row["id"], row["edition"], row["kind"], row["name"], row["content"], mapping, row["made_by"], row["made_at"])


async def settle(edition: UUID, which: UUID, mapping: Mapping[str, int], *, by: UUID) -> None:
    """Keep which column holds what. Raises Invalid with a fault per column."""
    found = await draft(edition, which, by)
    target = owner(found.kind).kind
    sheet = await asyncio.to_thread(read_sheet, found.content)
    settled = checked(target, sheet.header, mapping)
    await db.execute("UPDATE import_draft SET mapping = $2 WHERE id = $1", which, msgspec.json.encode(settled).decode())


async def look(found: Draft) -> Look:
    """Read the draft and compare it with what exists now."""
    target = owner(found.kind)
    sheet = await asyncio.to_thread(read_sheet, found.content)
    try:
        mapping = checked(target.kind, sheet.header, found.mapping)
    except Invalid as error:
        return Look(target.kind, sheet, found.mapping, None, dict(error.faults))
    return Look(target.kind, sheet, mapping, await compare(target, found.edition, sheet, mapping), {})


async def compare(target: Owner, edition: UUID, sheet: Sheet, mapping: Mapping[str, int]) -> Preview:
    """The diff, with the faults only the owner of the list can see."""
    existing = await target.existing(edition)
    found = await asyncio.to_thread(preview, target.kind, sheet, mapping, existing)
    return found.with_faults(await target.check(edition, found.rows))


async def commit(edition: UUID, which: UUID, digest: str, *, by: UUID, now: datetime) -> Preview:
    """Store the draft, all of it, as it was shown (*digest*). Raises Conflict when what exists changed meanwhile, Invalid while there are faults."""
    found = await draft(edition, which, by)
    target = owner(found.kind)
    sheet = await asyncio.to_thread(read_sheet, found.content)
    async with db.transaction():
        stored = await store(target, edition, sheet, checked(target.kind, sheet.header, found.mapping), by=by, now=now, expected=digest)
        if not await db.execute("DELETE FROM import_draft WHERE id = $1", which):
            raise Conflict(N_("This import was stored already."))
    return stored


async def store(
    target: Owner, edition: UUID, sheet: Sheet, mapping: Mapping[str, int], *, by: UUID | None, now: datetime, expected: str | None = None
) -> Preview:
    """Compare and store in one transaction; imports of the same list wait for each other."""
    async with db.transaction():
        await db.lock(f"import/{edition}/{target.kind.name}")
        found = await compare(target, edition, sheet, mapping)
        if expected is not None and found.digest() != expected:
            raise Conflict(N_("What exists changed since you looked. Look at the differences again, then import."))
        if found.fault_count:
            raise Invalid(N_("Nothing was stored: some rows need another look."))
        await target.commit(Batch(edition, found.added, found.changed, by, now))
        facts = {"list": target.kind.name, "added": len(found.added), "changed": len(found.changed)}
        await journal.note("import", actor=by, now=now, subject=target.kind.name, facts=facts)
        await emit("edition", f"{target.kind.name}.imported", "")
    return found


async def forget(*, now: datetime) -> int:
    """Throw every draft away that is older than a day; how many."""
    return await db.execute("DELETE FROM import_draft WHERE made_at < $1", now - KEPT_FOR)


async def drop(edition: UUID, which: UUID, *, by: UUID) -> None:
    """Throw a draft away."""
    await db.execute("DELETE FROM import_draft WHERE id = $1 AND edition = $2 AND made_by = $3", which, edition, by)
