"""Badges are issued, revoked and replaced here: one transaction each, at most one in force per registration."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from forum import db
from forum.badges import vault
from forum.badges.codes import fresh_number
from forum.badges.keys import Key
from forum.badges.settle import WORKING
from forum.badges.token import Badge, Grant, edition_mark, sign
from forum.clock import day_bounds
from forum.errors import Conflict, NotFound
from forum.i18n import N_
from forum.live import outbox

BEFORE = timedelta(hours=12)  # a badge opens from the noon before the first day: people who set up come early
AFTER = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Issuable:
    """A registration that may have a badge; `days` are the days a place is held, all of them for those who work there."""

    registration: UUID
    edition: UUID
    role: str
    zone: str
    days: list[date]
    all_days: list[date]


_ISSUABLE = """
SELECT r.id AS registration, r.edition, r.purpose AS role, e.zone,
       ARRAY(SELECT day FROM registration_day d WHERE d.registration = r.id AND d.held_at IS NOT NULL ORDER BY day) AS days,
       ARRAY(SELECT day FROM edition_day d WHERE d.edition = r.edition ORDER BY day) AS all_days
FROM registration r JOIN edition e ON e.id = r.edition
WHERE r.cancelled_at IS NULL AND r.confirmed_at IS NOT NULL AND (NOT r.is_minor OR r.guardian_agreed_at IS NOT NULL)
"""


class Waiting(Conflict):
    """The registration may not have a badge yet."""


async def issue(registration: UUID, *, secret: bytes, now: datetime, by: UUID | None = None) -> UUID:
    """The badge in force of *registration*, made now if there is none: calling twice gives the same badge.

    Raises Waiting when the registration is not confirmed, cancelled, or waits for a guardian.
    """
    held = await db.value("SELECT id FROM badge WHERE registration = $1 AND revoked_at IS NULL", registration)
    if held is not None:
        return UUID(str(held))
    key = (await vault.signing_ring(secret, now=now)).signing
    async with db.transaction():
        found = await db.row(Issuable, _ISSUABLE + " AND r.id = $1", registration)
        if found is None:
            raise Waiting(N_("There is no badge yet: the registration waits for its confirmation."))
        (issued,) = await _insert([found], key, now, by) or (None,)
        if issued is None:  # another request was first
            return await issue(registration, secret=secret, now=now, by=by)
        await outbox.emit("edition", "badge.issued", issued)
    return issued


async def issue_all(edition: UUID, *, secret: bytes, now: datetime, by: UUID | None = None) -> int:
    """A badge for every registration of *edition* that may have one and has none; how many were made."""
    key = (await vault.signing_ring(secret, now=now)).signing
    made = 0
    missing = " AND r.edition = $1 AND NOT EXISTS (SELECT 1 FROM badge b WHERE b.registration = r.id AND b.revoked_at IS NULL) LIMIT 500"
    while found := await db.rows(Issuable, _ISSUABLE + missing, edition):
        async with db.transaction():
            issued = await _insert(found, key, now, by)
            await outbox.emit("edition", "badge.issued", "")
        made += len(issued)
    return made


async def revoke(badge: UUID, *, now: datetime, by: UUID | None, why: str) -> None:
    """*badge* opens no door from now on. Raises NotFound for one that is unknown or revoked already."""
    async with db.transaction():
        await _revoke(badge, now=now, by=by, why=why)


async def replace(badge: UUID, *, secret: bytes, now: datetime, by: UUID | None, why: str, identity: str) -> UUID:
    """Revoke *badge* and issue another one for the same registration: lost or stolen. *identity*: how the person was recognised.

    Where the person is belongs to the person, so the new badge goes on where the old one was. Raises NotFound, Conflict.
    """
    key = (await vault.signing_ring(secret, now=now)).signing
    async with db.transaction():
        registration = await _revoke(badge, now=now, by=by, why=why)
        found = await db.row(Issuable, _ISSUABLE + " AND r.id = $1", registration)
        if found is None:
            raise Waiting(N_("There is no badge yet: the registration waits for its confirmation."))
        (fresh,) = await _insert([found], key, now, by)
        await db.execute("UPDATE badge SET replaced_by = $2 WHERE id = $1", badge, fresh)
        await db.execute(
            """INSERT INTO journal (at, actor, action, subject, facts)
               VALUES ($1, $2, 'badge.replaced', $3, jsonb_build_object('new', $4::text, 'identity', $5::text))""",
            now,
            by,
            str(badge),
            str(fresh),
            identity,
        )
    return fresh


async def _revoke(badge: UUID, *, now: datetime, by: UUID | None, why: str) -> UUID:
    registration: UUID | None = await db.value(
        "UPDATE badge SET revoked_at = $2, revoked_by = $3, revoked_why = $4 WHERE id = $1 AND revoked_at IS NULL RETURNING registration", badge, now, by, why
    )
    if registration is None:
        raise NotFound(N_("There is no such badge in force."))
    await outbox.emit("edition", "badge.revoked", badge)
    return registration


async def _insert(found: Sequence[Issuable], key: Key, now: datetime, by: UUID | None) -> list[UUID]:
    """Sign and store one badge per registration, each with its whereabouts; those somebody else made meanwhile are left out."""
    signed = [(one, _badge(one)) for one in found]
    issued: list[UUID] = await db.column(
        """WITH made AS (
             INSERT INTO badge (edition, registration, number, kid, role, token, printed_days, valid_from, valid_until, issued_at, issued_by)
             SELECT edition, registration, number, $4, role, token, string_to_array(days, ',')::date[], valid_from, valid_until, $9, $10
             FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $11::timestamptz[])
                  AS asked (edition, registration, number, role, token, days, valid_from, valid_until)
             ON CONFLICT DO NOTHING RETURNING id, registration),
           placed AS (INSERT INTO whereabouts (registration) SELECT registration FROM made ON CONFLICT DO NOTHING)
           SELECT id FROM made""",
        [one.edition for one, _ in signed],
        [one.registration for one, _ in signed],
        [badge.number for _, badge in signed],
        key.kid,
        [one.role for one, _ in signed],
        [sign(badge, key) for _, badge in signed],
        [",".join(day.isoformat() for day in _days(one)) for one, _ in signed],
        [badge.valid_from for _, badge in signed],
        now,
        by,
        [badge.valid_until for _, badge in signed],
    )
    return issued


def _days(one: Issuable) -> list[date]:
    return one.all_days if one.role in WORKING else one.days


def _badge(one: Issuable) -> Badge:
    """Valid for the whole edition, so that a change of days needs no new paper; the days stand in its grant."""
    first, last = (one.all_days[0], one.all_days[-1]) if one.all_days else (date(2024, 1, 2), date(2024, 1, 2))
    starts, ends = day_bounds(first, one.zone)[0] - BEFORE, day_bounds(last, one.zone)[1] + AFTER
    days = tuple(_days(one))
    return Badge(fresh_number(), edition_mark(one.edition), one.role, starts, ends, (Grant(days),) if days else ())
