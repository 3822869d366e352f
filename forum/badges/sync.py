"""Scans that happened without a network, in batches: recorded as what happened, once each, whatever the order or the repeats."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from forum import db
from forum.badges import doors, settle, vault
from forum.badges.asking import TYPED, shown
from forum.badges.batch import Batch, OfflineScan, OfflineUndo, Refused, opened, storable
from forum.badges.codes import number_of
from forum.badges.devices import Device
from forum.badges.question import REASONS
from forum.badges.token import Badge, edition_mark, number_in, read
from forum.clock import local
from forum.errors import Invalid
from forum.i18n import N_, Message

MOST: Final = 1000  # scans of one batch; a phone with more sends several
JUMP: Final = 60_000  # milliseconds by which a scan's own clock correction may differ from the batch's before it is believed instead


@dataclass(frozen=True, slots=True)
class Flag:
    """A badge used at two doors, one of them this phone's: the other scan's place and time."""

    nonce: str
    at: datetime
    other_at: datetime
    other_gate: str
    other_campus: int
    other_mine: bool


@dataclass(frozen=True, slots=True)
class Synced:
    """`recorded` were new, `known` had arrived before; `conflicts` are nonces that name another scan already; `refused` could not be taken and are kept as evidence."""

    recorded: list[str]
    known: list[str]
    conflicts: list[str]
    flags: list[Flag]
    clock_ms: int
    now: datetime
    refused: list[Refused]


@dataclass(frozen=True, slots=True)
class _Row:
    """One scan with what its text turned out to be."""

    scan: OfflineScan
    at: datetime
    badge: UUID | None = None
    registration: UUID | None = None
    admitted: bool = False
    detail: str = ""
    warnings: tuple[str, ...] = ()


_INSERT: Final = """
INSERT INTO check_in (nonce, badge, registration, campus, gate, device, staff, way, at, device_at, created_at, day, admitted, forced, detail,
                      reason, warnings, source, given, undone_at)
SELECT a.nonce, a.badge, a.registration, a.campus, a.gate, $1, a.staff, a.way, a.at, a.device_at, $2, a.day, a.admitted, a.forced, a.detail,
       a.reason, coalesce(string_to_array(nullif(a.warnings, ''), ','), '{}'), 'offline', a.given,
       (SELECT min(u.at) FROM check_in_undo u WHERE u.scan = a.nonce)
FROM (SELECT DISTINCT ON (nonce) * FROM unnest($3::text[], $4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[], $8::text[], $9::text[],
             $10::timestamptz[], $11::timestamptz[], $12::date[], $13::bool[], $14::bool[], $15::text[], $16::text[], $17::text[], $18::text[])
      AS x (nonce, badge, registration, campus, gate, staff, way, at, device_at, day, admitted, forced, detail, reason, warnings, given)
      ORDER BY nonce, device_at) a
ORDER BY a.nonce ON CONFLICT ON CONSTRAINT one_check_in_per_nonce DO NOTHING RETURNING nonce
"""


async def take(device: Device, batch: Batch, *, now: datetime, secret: bytes) -> Synced:
    """Record what of *batch* can be read in one transaction: all of that or nothing. Raises Invalid for a batch too large."""
    if len(batch.scans) + len(batch.undos) > MOST:
        raise Invalid(Message(N_("A batch holds {most} scans at most: send several."), most=MOST), field="scans")
    given = opened(batch, device.gates)
    standing = await doors.of(device.edition)
    offset = _ms(now) - batch.now
    rows = await _resolve(device, given.scans, offset, now, secret)
    async with db.transaction():
        new = await _insert(device, rows, standing, now)
        conflicts = await _conflicts(device, [row for row in rows if row.scan.nonce not in new], now)
        await _keep(device, [(each.nonce, each.body) for each in given.refused], now)
        undone = await _undo(device, given.undos, offset, now)
        touched = {row.registration for row in rows if row.scan.nonce in new and row.admitted and row.registration} | undone
        if touched:
            await settle.settle(sorted(touched), now=now, travel=standing.between)
        await _tell(device, rows, standing, now, batch, offset)
        flags = await _flags(device, [scan.nonce for scan in given.scans])
    known = [scan.nonce for scan in given.scans if scan.nonce not in new and scan.nonce not in conflicts]
    return Synced(sorted(new), known, conflicts, flags, offset, now, given.refused)


def corrected(scan: OfflineScan, offset: int, now: datetime) -> datetime:
    """When it happened by the server's clock, never later than now. A clock that was set meanwhile is corrected by what it was off then."""
    own = scan.offset if scan.offset is not None and abs(scan.offset - offset) > JUMP else offset
    earliest, at = _ms(now - timedelta(days=7)), scan.at + own
    return datetime.fromtimestamp(max(earliest, min(at, _ms(now))) / 1000, UTC)


async def _resolve(device: Device, scans: Sequence[OfflineScan], offset: int, now: datetime, secret: bytes) -> list[_Row]:
    """Every scan with its badge. What the phone admitted and we cannot verify is kept as refused, with a warning that it was let in."""
    numbers = {scan.nonce: number_of(scan.text) if len(scan.text) <= TYPED else number_in(scan.text) for scan in scans}
    async with db.connection() as conn:
        found = await conn.fetch(
            "SELECT id, registration, number, token, revoked_at FROM badge WHERE number = ANY($1) AND edition = $2",
            [number for number in numbers.values() if number is not None],
            device.edition,
        )
    badges = {row["number"]: row for row in found}
    ring = await vault.ring(secret)
    rows: list[_Row] = []
    for scan in scans:
        at = corrected(scan, offset, now)
        row = badges.get(numbers[scan.nonce])
        if row is not None and (len(scan.text) <= TYPED or row["token"] == scan.text):
            late = ("revoked",) if scan.admitted and row["revoked_at"] is not None and row["revoked_at"] <= at else ()
            rows.append(_Row(scan, at, row["id"], row["registration"], scan.admitted, scan.detail, (*scan.warnings, *late)))
            continue
        detail = "unknown_code"
        if len(scan.text) > TYPED or numbers[scan.nonce] is None:
            result = read(scan.text, ring, edition_mark(device.edition), at)
            detail = "unknown_code" if isinstance(result, Badge) else result.fault
        rows.append(_Row(scan, at, None, None, False, detail, ("let_in",) if scan.admitted else ()))
    return rows


async def _insert(device: Device, rows: Sequence[_Row], standing: doors.Doors, now: datetime) -> set[str]:
    """The nonces that were new."""
    places = [standing.by_id[row.scan.gate] for row in rows]
    recorded = await db.column(
        _INSERT,
        device.id,
        now,
        [row.scan.nonce for row in rows],
        [row.badge for row in rows],
        [row.registration for row in rows],
        [place.campus for place in places],
        [row.scan.gate for row in rows],
        [row.scan.staff for row in rows],
        [row.scan.way for row in rows],
        [row.at for row in rows],
        [datetime.fromtimestamp(row.scan.at / 1000, UTC) for row in rows],
        [local(row.at, place.zone).date() for row, place in zip(rows, places, strict=True)],
        [row.admitted for row in rows],
        [row.scan.forced for row in rows],
        [row.detail for row in rows],
        [REASONS.get(row.detail, "") for row in rows],
        [",".join(word for word in row.warnings if word.isidentifier()) for row in rows],
        ["" if row.badge else shown(row.scan.text) for row in rows],
    )
    return set(recorded)


async def _conflicts(device: Device, rows: Sequence[_Row], now: datetime) -> list[str]:
    """Nonces already taken by a scan that is not this one; what came under them is kept as evidence."""
    if not rows:
        return []
    async with db.connection() as conn:
        held = await conn.fetch("SELECT nonce, badge, gate, way FROM check_in WHERE nonce = ANY($1)", [row.scan.nonce for row in rows])
    known = {each["nonce"]: (each["badge"], each["gate"], each["way"]) for each in held}
    other = [row for row in rows if known.get(row.scan.nonce) != (row.badge, row.scan.gate, row.scan.way)]
    await _keep(device, [(row.scan.nonce, row.scan) for row in other], now)
    return sorted({row.scan.nonce for row in other})


async def _keep(device: Device, given: Sequence[tuple[str, Any]], now: datetime) -> None:
    """What came and counts for nothing, kept once as evidence."""
    await db.execute_many(
        """INSERT INTO check_in_evidence (nonce, device, body, created_at)
           SELECT $1, $2, $3, $4 WHERE NOT EXISTS (SELECT 1 FROM check_in_evidence WHERE nonce = $1 AND device = $2 AND body = $3::jsonb)""",
        [(nonce, device.id, storable(json.dumps(msgspec.to_builtins(body), ensure_ascii=False)), now) for nonce, body in given],
    )


async def _undo(device: Device, undos: Sequence[OfflineUndo], offset: int, now: datetime) -> set[UUID]:
    """Scans taken back by the device that made them; whose whereabouts to work out again. An undo may come before its scan."""
    if not undos:
        return set()
    await db.execute(
        """INSERT INTO check_in_undo (nonce, scan, device, staff, why, at, created_at)
           SELECT x.nonce, x.scan, $1, x.staff, x.why, least(x.at, $2), $2 FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
           AS x (nonce, scan, staff, why, at)
           WHERE NOT EXISTS (SELECT 1 FROM check_in c WHERE c.nonce = x.scan AND c.device IS DISTINCT FROM $1)
           ORDER BY x.nonce ON CONFLICT DO NOTHING""",
        device.id,
        now,
        [undo.nonce for undo in undos],
        [undo.scan for undo in undos],
        [undo.staff for undo in undos],
        [undo.why for undo in undos],
        [datetime.fromtimestamp((undo.at + offset) / 1000, UTC) for undo in undos],
    )
    return set(
        await db.column(
            """UPDATE check_in c SET undone_at = u.at FROM check_in_undo u
               WHERE u.scan = c.nonce AND u.nonce = ANY($1) AND c.undone_at IS NULL AND c.registration IS NOT NULL RETURNING c.registration""",
            [undo.nonce for undo in undos],
        )
    )


async def _tell(device: Device, rows: Sequence[_Row], standing: doors.Doors, now: datetime, batch: Batch, offset: int) -> None:
    """One event per campus touched, and what the phone said of itself."""
    slugs = sorted({standing.by_id[row.scan.gate].campus_slug for row in rows})
    await db.execute_many("INSERT INTO event (topic, kind, ref) VALUES ('campus.' || $1, 'check_in.batch', $2)", [(slug, str(device.id)) for slug in slugs])
    await db.execute(
        "UPDATE door_device SET seen_at = $2, unsent = $3, clock_ms = $4, battery = $5 WHERE id = $1",
        device.id, now, max(0, min(batch.unsent, 10**6)), offset, batch.battery,
    )  # fmt: skip


async def _flags(device: Device, nonces: Sequence[str]) -> list[Flag]:
    """Double uses one of this device's scans is part of: those just sent, and those of today."""
    return await db.rows(
        Flag,
        """SELECT m.nonce, m.at, o.at AS other_at, g.name AS other_gate, k.number AS other_campus, o.device = m.device AS other_mine
           FROM double_use u
           CROSS JOIN LATERAL (VALUES (u.first, u.second), (u.second, u.first)) AS side (mine, theirs)
           JOIN check_in m ON m.id = side.mine JOIN check_in o ON o.id = side.theirs
           JOIN gate g ON g.id = o.gate JOIN campus k ON k.id = o.campus
           WHERE m.device = $1 AND u.resolved_at IS NULL AND (m.nonce = ANY($2) OR u.found_at > now() - interval '12 hours') ORDER BY m.at, m.nonce""",
        device.id,
        list(nonces),
    )


def answer(synced: Synced, lang: str) -> dict[str, Any]:
    """The reply to a phone: times in milliseconds."""
    flags = [
        {"nonce": f.nonce, "at": _ms(f.at), "other_at": _ms(f.other_at), "gate": f.other_gate, "campus": f.other_campus, "mine": f.other_mine}
        for f in synced.flags
    ]
    return {
        "recorded": synced.recorded,
        "known": synced.known,
        "conflicts": synced.conflicts,
        "refused": [
            {"what": r.what, "index": r.index, "nonce": r.nonce, "detail": r.detail, "reason_explanation": r.words.in_language(lang)} for r in synced.refused
        ],
        "flags": flags,
        "clock_ms": synced.clock_ms,
        "now": _ms(synced.now),
    }


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
