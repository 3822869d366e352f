"""Rules of the doors as organisers set them: who may enter where, on which days and hours, how often."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from forum import db
from forum.badges import doors
from forum.badges.model import ROLE_WORDS
from forum.errors import Invalid, NotFound
from forum.i18n import N_
from forum.live import outbox


@dataclass(frozen=True, slots=True)
class Standing:
    """One rule in force as its page shows it; `gate` empty: every gate of the campus."""

    id: UUID
    campus: int
    campus_slug: str
    gate: str
    days: list[date]
    roles: list[str]
    opens: int
    closes: int
    reentry: bool
    entries_per_day: int

    @property
    def hours(self) -> str:
        """`08:30–12:00`, or nothing for the whole day."""
        if (self.opens, self.closes) == (0, 1440):
            return ""
        return f"{self.opens // 60:02}:{self.opens % 60:02}–{self.closes // 60:02}:{self.closes % 60:02}"


async def standing(edition: UUID, campuses: frozenset[str] | None) -> list[Standing]:
    """Rules in force at these campuses (None: all)."""
    return await db.rows(
        Standing,
        """SELECT r.id, c.number AS campus, c.slug AS campus_slug, coalesce(g.name, '') AS gate, r.days, r.roles, r.opens, r.closes, r.reentry,
                  r.entries_per_day
           FROM gate_rule r JOIN campus c ON c.id = r.campus LEFT JOIN gate g ON g.id = r.gate
           WHERE c.edition = $1 AND r.removed_at IS NULL AND ($2::text[] IS NULL OR c.slug = ANY($2)) ORDER BY c.number, g.slug NULLS FIRST, r.made_at""",
        edition,
        None if campuses is None else sorted(campuses),
    )


def minute_of(text: str, field: str) -> int:
    """Minutes of the day of `HH:MM`. Raises Invalid."""
    hours, _, minutes = text.partition(":")
    if not (hours.isdigit() and minutes.isdigit() and int(hours) <= 24 and int(minutes) < 60 and int(hours) * 60 + int(minutes) <= 1440):
        raise Invalid(N_("Enter a time, for example 09:30."), field=field)
    return int(hours) * 60 + int(minutes)


async def add(
    gates: Sequence[UUID], *, days: Sequence[date], roles: Sequence[str], opens: int, closes: int, reentry: bool, entries: int, now: datetime, by: UUID
) -> None:
    """One rule for each of *gates*. Raises Invalid for hours that end before they begin, or an unknown role."""
    if opens >= closes:
        raise Invalid(N_("The door closes after it opens."), field="closes")
    if not set(roles) <= set(ROLE_WORDS):
        raise Invalid(N_("This is not one of the choices."), field="roles")
    async with db.transaction():
        await db.execute(
            """INSERT INTO gate_rule (campus, gate, days, roles, opens, closes, reentry, entries_per_day, made_at, made_by)
               SELECT campus, id, $2, $3, $4, $5, $6, $7, $8, $9 FROM gate WHERE id = ANY($1)""",
            list(gates), list(days), list(roles), opens, closes, reentry, entries, now, by,
        )  # fmt: skip
        await _tell(by, "gate_rule.added", now, list(gates))
    doors.forget()


async def remove(rule: UUID, *, now: datetime, by: UUID) -> None:
    """The rule no longer counts. Raises NotFound."""
    async with db.transaction():
        gate = await db.value("UPDATE gate_rule SET removed_at = $2 WHERE id = $1 AND removed_at IS NULL RETURNING gate", rule, now)
        if gate is None:
            raise NotFound(N_("There is no such rule."))
        await _tell(by, "gate_rule.removed", now, [gate])
    doors.forget()


async def _tell(by: UUID, action: str, now: datetime, gates: list[UUID]) -> None:
    await db.execute(
        """INSERT INTO journal (at, actor, action, campus, subject) SELECT $1, $2, $3, campus, id::text FROM gate WHERE id = ANY($4)""", now, by, action, gates
    )
    for slug in await db.column("SELECT DISTINCT c.slug FROM gate g JOIN campus c ON c.id = g.campus WHERE g.id = ANY($1) ORDER BY 1", gates):
        await outbox.emit(f"campus.{slug}", "gate_rule")
