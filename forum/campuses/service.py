"""Writes about the edition and its campuses: one transaction each, guarded against two editors by `version`."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from forum import clock, db, editions, jobs, journal
from forum.campuses import queries
from forum.campuses.forms import CampusDayForm, CampusForm, EditionDayForm, EditionForm
from forum.campuses.model import Campus
from forum.campuses.tables import Campus as CampusTable
from forum.editions import Edition
from forum.errors import Conflict, Invalid, NotFound
from forum.i18n import N_, Message
from forum.live.outbox import emit
from forum.tabular.kinds import degrees

MEANWHILE = N_("Somebody else saved this meanwhile. Look at their version, then save yours again.")
DISTANT_PAST, DISTANT_FUTURE = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)


async def _said(kind: str, ref: UUID, by: UUID, now: datetime, *, campus: UUID | None = None, **facts: str | int) -> None:
    """Tell everybody, and write down who did it."""
    await emit("edition", kind, ref)
    await journal.note(kind, actor=by, now=now, subject=ref, campus=campus, facts=facts)


# --- the edition --------------------------------------------------------------------------------------------


async def add_edition(slug: str, name: str, zone: str, days: Sequence[EditionDayForm], *, in_its_place: bool, now: datetime) -> None:
    """Begin an edition, the current one from now on. Raises Invalid for a name that is taken or unfit, Conflict when there is a current one and it is not to give way."""
    for day in days:
        _refuse_bad_hours(day.day, day.opens, day.closes)
    async with db.transaction():
        standing = await db.value("SELECT name FROM edition WHERE is_current FOR UPDATE")
        if standing is not None and not in_its_place:
            raise Conflict(Message(N_("{name} is the current edition. Give --replace when the new one takes its place."), name=standing))
        await db.execute("UPDATE edition SET is_current = false WHERE is_current")
        try:
            made = await db.value("INSERT INTO edition (slug, name, zone, is_current) VALUES ($1, $2, $3, true) RETURNING id", slug, name, zone)
        except (asyncpg.UniqueViolationError, asyncpg.CheckViolationError) as error:
            raise Invalid(N_("The short name is taken or unfit: small letters, digits and hyphens, 40 at most; the name has 1 to 120 characters."), field="slug") from error
        await db.execute_many("INSERT INTO edition_day VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", [(made, d.day, d.opens, d.closes) for d in days])
        await emit("edition", "edition.added", made)
        await journal.note("edition.added", actor=None, now=now, subject=made)
    editions.forget()


async def version_of(edition: UUID) -> int:
    """The edition's version, for its form."""
    found: int = await db.value("SELECT version FROM edition WHERE id = $1", edition)
    return found


async def save_edition(edition: Edition, form: EditionForm, *, by: UUID, now: datetime) -> None:
    """Change the edition's facts. Raises Conflict when somebody else was first, Invalid when registration closes before it opens."""
    opens, closes = (_moment(edition, when) for when in (form.registration_opens, form.registration_closes))
    if opens and closes and closes <= opens:
        raise Invalid(N_("Registration closes after it opens."), field="registration_closes")
    async with db.transaction():
        saved = await db.value(
            """UPDATE edition SET name = $3, slot_minutes = $4, version = version + 1, registration_opens = coalesce($5, '-infinity'::timestamptz),
                      registration_closes = coalesce($6, 'infinity'::timestamptz)
               WHERE id = $1 AND version = $2 RETURNING id""",
            edition.id, form.version, form.name, int(form.slot_minutes), opens, closes,
        )  # fmt: skip
        if saved is None:
            raise Conflict(MEANWHILE)
        await _said("edition.changed", edition.id, by, now)
    editions.forget()


def _moment(edition: Edition, when: datetime | None) -> datetime | None:
    """What a `datetime-local` field says, on the wall clock of the edition."""
    if when is None:
        return None
    if not 2000 <= when.year <= 2199:
        raise Invalid(N_("Enter a year from 2000 to 2199."), field="registration_opens")
    return when if when.tzinfo else clock.at_local(when.date(), when.time(), edition.zone)


async def save_edition_day(edition: Edition, form: EditionDayForm, *, by: UUID, now: datetime) -> None:
    """Add a day to the edition or change its hours. Campuses that open that day keep their own."""
    _refuse_bad_hours(form.day, form.opens, form.closes)
    async with db.transaction():
        await db.execute(
            "INSERT INTO edition_day VALUES ($1, $2, $3, $4) ON CONFLICT (edition, day) DO UPDATE SET opens = $3, closes = $4",
            edition.id, form.day, form.opens, form.closes,
        )  # fmt: skip
        await _said("edition.changed", edition.id, by, now, day=form.day.isoformat())
    editions.forget()


def _refuse_bad_hours(day: date, opens: Any, closes: Any) -> None:
    if not 2000 <= day.year <= 2199:
        raise Invalid(N_("Enter a year from 2000 to 2199."), field="day")
    if opens.tzinfo or closes.tzinfo:
        raise Invalid(N_("Enter a time, for example 09:30."), field="opens")
    if closes <= opens:
        raise Invalid(N_("It closes after it opens."), field="closes")


async def remove_edition_day(edition: Edition, day: date, *, by: UUID, now: datetime) -> None:
    """Take a day off. Raises Conflict while a campus opens that day, NotFound when there is none."""
    async with db.transaction():
        using = await db.value("SELECT count(*) FROM campus_day d JOIN campus c ON c.id = d.campus WHERE c.edition = $1 AND d.day = $2", edition.id, day)
        if using:
            raise Conflict(Message(N_("{count} campuses open that day; close them that day first."), count=using))
        if not await db.execute("DELETE FROM edition_day WHERE edition = $1 AND day = $2", edition.id, day):
            raise NotFound(N_("The edition has no such day."))
        await _said("edition.changed", edition.id, by, now, day_removed=day.isoformat())
    editions.forget()


# --- campuses -----------------------------------------------------------------------------------------------


def _columns(form: CampusForm) -> dict[Any, Any]:
    faults: dict[str, Message] = {}
    place: dict[str, float] = {}
    for name, limit in (("latitude", 90), ("longitude", 180)):
        try:
            place[name] = degrees(limit)(getattr(form, name))
        except Invalid as error:
            faults[name] = error.message
    if faults:
        raise Invalid(N_("Some answers need another look."), faults=faults)
    return {
        CampusTable.number: form.number, CampusTable.name: form.name, CampusTable.address: form.address, CampusTable.postcode: form.postcode,
        CampusTable.city: form.city, CampusTable.latitude: place["latitude"], CampusTable.longitude: place["longitude"],
        CampusTable.capacity: form.capacity, CampusTable.step_free: form.step_free, CampusTable.access_fr: form.access_fr,
        CampusTable.access_en: form.access_en, CampusTable.phone: form.phone,
    }  # fmt: skip


async def add_campus(edition: Edition, form: CampusForm, *, by: UUID, now: datetime) -> Campus:
    """A new campus, open on every day of the edition with its capacity as places; its slug is its number. Raises Invalid when the number is taken."""
    columns = _columns(form)
    campus = uuid4()
    async with db.transaction():
        free = await db.value("SELECT 1 FROM campus WHERE edition = $1 AND (number = $2 OR slug = $3)", edition.id, form.number, str(form.number))
        if free is not None:
            raise _taken(form.number)
        try:
            whose = {CampusTable.id: campus, CampusTable.edition: edition.id, CampusTable.slug: str(form.number), CampusTable.zone: edition.zone}
            await CampusTable.insert(CampusTable({**columns, **whose, CampusTable.version: 1}))
        except asyncpg.UniqueViolationError as error:
            raise _taken(form.number) from error
        await open_all_days(edition.id, campus)
        await _said("campus.added", campus, by, now, campus=campus)
    return await queries.campus(edition.id, str(form.number))


def _taken(number: int) -> Invalid:
    return Invalid(Message(N_("There is, or was, a campus {number} already."), number=number), field="number")


async def open_all_days(edition: UUID, campus: UUID) -> None:
    """Open *campus* on every day of the edition, with its capacity as places; days it has stay as they are."""
    await db.execute(
        """INSERT INTO campus_day (campus, day, opens, closes, places)
           SELECT c.id, d.day, d.opens, d.closes, c.capacity FROM campus c JOIN edition_day d ON d.edition = c.edition WHERE c.id = $2 AND c.edition = $1
           ON CONFLICT DO NOTHING""",
        edition, campus,
    )  # fmt: skip


async def save_campus(edition: Edition, slug: str, form: CampusForm, *, by: UUID, now: datetime) -> None:
    """Change a campus. Raises Conflict when somebody else was first; Invalid, NotFound."""
    columns = _columns(form)
    async with db.transaction():
        campus = await queries.campus(edition.id, slug)
        other = await db.value("SELECT 1 FROM campus WHERE edition = $1 AND number = $2 AND id <> $3", edition.id, form.number, campus.id)
        if other is not None:
            raise _taken(form.number)
        changed = {**columns, CampusTable.version: form.version + 1}
        saved = await CampusTable.update(changed).where((CampusTable.id == campus.id) & (CampusTable.version == form.version)).returning(CampusTable.id)
        if not saved:
            raise Conflict(MEANWHILE)
        await emit(f"campus.{slug}", "campus.changed", campus.id)
        facts = {"capacity": form.capacity, "capacity_before": campus.capacity} if form.capacity != campus.capacity else {}
        await _said("campus.changed", campus.id, by, now, campus=campus.id, **facts)


async def remove_campus(edition: Edition, slug: str, *, by: UUID, now: datetime) -> None:
    """Take a campus out of the edition; what happened there stays. Raises Conflict while people are registered for it."""
    async with db.transaction():
        campus = await queries.campus(edition.id, slug)
        expected = await db.value("SELECT count(DISTINCT registration) FROM registration_day WHERE campus = $1", campus.id)
        if expected:
            raise Conflict(Message(N_("{count} people are registered for this campus; move them first."), count=expected))
        await CampusTable.update({CampusTable.removed_at: now}).where(CampusTable.id == campus.id)
        await db.execute("DELETE FROM campus_day WHERE campus = $1", campus.id)
        await _said("campus.removed", campus.id, by, now, campus=campus.id)


async def save_campus_day(edition: Edition, slug: str, form: CampusDayForm, *, by: UUID, now: datetime) -> None:
    """Opening hours and places of one day. Raises Invalid when fewer places than people, Conflict when closing a day people are registered for."""
    async with db.transaction():
        campus = await queries.campus(edition.id, slug)
        if form.day not in {day.day for day in edition.days}:
            raise Invalid(N_("The edition has no such day."), field="day")
        if form.closed:
            await _close_day(campus, form.day)
        elif form.opens is None or form.closes is None:
            raise Invalid(N_("Enter when it opens and when it closes."), field="opens" if form.opens is None else "closes")
        else:
            _refuse_bad_hours(form.day, form.opens, form.closes)
            await _open_day(campus, form)
        await emit(f"campus.{slug}", "campus.hours", campus.id)
        facts = {"day": form.day.isoformat(), "closed": form.closed, "places": form.places}
        await journal.note("campus.hours", actor=by, now=now, campus=campus.id, facts=facts)


async def _open_day(campus: Campus, form: CampusDayForm) -> None:
    try:
        await db.execute(
            """INSERT INTO campus_day (campus, day, opens, closes, places) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (campus, day) DO UPDATE SET opens = $3, closes = $4, places = $5""",
            campus.id, form.day, form.opens, form.closes, form.places,
        )  # fmt: skip
    except asyncpg.CheckViolationError as error:
        raise Invalid(N_("More people than that are registered for this day already."), field="places") from error
    await jobs.enqueue("people.move_up", {"campus": str(campus.id), "day": form.day.isoformat()})


async def _close_day(campus: Campus, day: date) -> None:
    try:
        await db.execute("DELETE FROM campus_day WHERE campus = $1 AND day = $2", campus.id, day)
    except asyncpg.ForeignKeyViolationError as error:
        raise Conflict(N_("People are registered for this campus on that day; move them first.")) from error
