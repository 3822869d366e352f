"""Changing one's mind: days, details, cancelling; a place given back goes to the first who waits."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from forum import db, formats, jobs, mail
from forum.editions import Edition
from forum.errors import Conflict, NotFound
from forum.i18n import N_
from forum.live import outbox
from forum.people import parts
from forum.people.forms import DetailsForm, ProfileForm
from forum.people.model import GUARDIAN_WITHIN
from forum.people.registration import choices_of, take_days


@dataclass(frozen=True, slots=True)
class _Place:
    """A place on one campus and day, and whether it was held or waited for."""

    day: date
    campus: UUID
    held: bool


async def change_days(edition: Edition, registration: UUID, days: list[str], *, version: int, now: datetime) -> None:
    """Make *days* (`YYYY-MM-DD:campus-slug`) the person's days. A day that stays keeps its place and its rank.

    Raises Conflict when the registration changed since the page was read, Invalid for a day or campus that is not open.
    """
    wanted = await choices_of(edition, days)
    async with db.transaction():
        await _bump(registration, version)
        places = await db.rows(_Place, "SELECT day, campus, held_at IS NOT NULL AS held FROM registration_day WHERE registration = $1", registration)
        kept = {(p.day, p.campus) for p in places} & {(c.day, c.campus) for c in wanted}
        await _give_back(registration, [p for p in places if (p.day, p.campus) not in kept], now=now)
        await take_days(registration, [c for c in wanted if (c.day, c.campus) not in kept], now=now)
        await outbox.emit("edition", "registration.changed", registration)


async def cancel(registration: UUID, *, version: int, now: datetime) -> None:
    """Cancel: places, seats and meetings go to those who wait; the row stays so that it can be taken up again. Raises Conflict when it changed meanwhile."""
    async with db.transaction():
        await _bump(registration, version)
        places = await db.rows(_Place, "SELECT day, campus, held_at IS NOT NULL AS held FROM registration_day WHERE registration = $1", registration)
        await _give_back(registration, places, now=now)
        person = await db.value("UPDATE registration SET cancelled_at = $2 WHERE id = $1 RETURNING person", registration, now)
        await parts.leave(person, now=now)
        await outbox.emit_many([("edition", "registration.cancelled", str(registration)), (f"person.{person}", "registration.cancelled", str(registration))])


async def take_up_again(registration: UUID, *, now: datetime) -> None:
    """Undo a cancellation: the registration stands again, without days; they are chosen next. Whoever asks is signed in, which proves the address."""
    async with db.transaction():
        if not await db.execute(
            "UPDATE registration SET cancelled_at = NULL, confirmed_at = coalesce(confirmed_at, $2), version = version + 1 WHERE id = $1 AND cancelled_at IS NOT NULL",
            registration, now,
        ):  # fmt: skip
            raise NotFound(N_("There is nothing to take up again."))
        await outbox.emit("edition", "registration.created", registration)
        await jobs.enqueue("badges.issue", {"registration": str(registration)})


async def _bump(registration: UUID, version: int) -> None:
    if not await db.execute("UPDATE registration SET version = version + 1 WHERE id = $1 AND version = $2 AND cancelled_at IS NULL", registration, version):
        raise Conflict(N_("Your registration changed in another window. Look at it as it is now, then change it again."))


async def _give_back(registration: UUID, places: list[_Place], *, now: datetime) -> None:
    """Free *places* in day order and let the first who waits move up."""
    for place in sorted(places, key=lambda p: (p.day, str(p.campus))):
        await db.execute("DELETE FROM registration_day WHERE registration = $1 AND day = $2", registration, place.day)
        if place.held:
            await db.execute("UPDATE campus_day SET taken = taken - 1 WHERE campus = $1 AND day = $2", place.campus, place.day)
            await move_up(place.campus, place.day, now=now)


async def move_up(campus: UUID, day: date, *, now: datetime) -> int:
    """Give every free place of *campus* on *day* to those who wait, first come first served, and tell them; how many moved. A day that is over gives none."""
    moved, where = 0, await db.value("SELECT concat(number, ', ', name) FROM campus WHERE id = $1", campus)
    while await db.execute(
        """UPDATE campus_day d SET taken = taken + 1 FROM campus c
           WHERE d.campus = $1 AND d.day = $2 AND c.id = d.campus AND d.taken < d.places AND (d.day + d.closes) AT TIME ZONE c.zone > $3""",
        campus, day, now,
    ):  # fmt: skip
        person: UUID | None = await db.value(
            """UPDATE registration_day SET held_at = $3 WHERE (registration, day) =
                   (SELECT registration, day FROM registration_day WHERE campus = $1 AND day = $2 AND held_at IS NULL
                    ORDER BY asked_at, registration LIMIT 1 FOR UPDATE)
               RETURNING (SELECT person FROM registration r WHERE r.id = registration)""",
            campus, day, now,
        )  # fmt: skip
        if person is None:
            await db.execute("UPDATE campus_day SET taken = taken - 1 WHERE campus = $1 AND day = $2", campus, day)
            return moved
        moved += 1
        lang = await db.value("SELECT language FROM person WHERE id = $1", person)
        await mail.post("place_free", person=person, now=now, facts={"on": formats.day(lang, day, "long"), "where": where})
        await outbox.emit(f"person.{person}", "registration.place", str(day))
    return moved


async def expire_unconfirmed(*, older_than: timedelta, now: datetime) -> int:
    """Cancel registrations nobody confirmed in time, one transaction each; how many."""
    stale = await db.rows(
        _Stale, "SELECT id, version FROM registration WHERE confirmed_at IS NULL AND cancelled_at IS NULL "
        "AND (created_at < $1 AND party IS NULL OR created_at < $2)",
        now - older_than, now - GUARDIAN_WITHIN
    )
    for one in stale:
        try:
            await cancel(one.id, version=one.version, now=now)
        except Conflict:
            continue  # confirmed or changed this very moment
    return len(stale)


@dataclass(frozen=True, slots=True)
class _Stale:
    id: UUID
    version: int


async def declare(registration: UUID, form: ProfileForm) -> None:
    """What a candidate looks for and can do, as they say it now."""
    await db.execute(
        """INSERT INTO profile (registration, target_roles, skills, languages, contracts, level, about, max_meetings)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
           ON CONFLICT (registration) DO UPDATE SET target_roles = excluded.target_roles, skills = excluded.skills, languages = excluded.languages,
               contracts = excluded.contracts, level = excluded.level, about = excluded.about, max_meetings = excluded.max_meetings""",
        registration, form.target_roles, [w.strip() for w in form.skills.split(",") if w.strip()], form.languages, form.contracts, form.level, form.about,
        form.max_meetings,
    )  # fmt: skip


async def change_details(person: UUID, registration: UUID | None, form: DetailsForm) -> None:
    """Name, language and the need for step-free ways."""
    async with db.transaction():
        await db.execute("UPDATE person SET name = $2, language = $3 WHERE id = $1", person, form.name, form.language)
        if registration is not None:
            await db.execute("UPDATE registration SET step_free_need = $2, version = version + 1 WHERE id = $1", registration, form.step_free_need)
        await outbox.emit(f"person.{person}", "person.changed", person)
