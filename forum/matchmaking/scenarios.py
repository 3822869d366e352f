"""What-if in the studio: from the form to a scenario, and a scenario in words."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from forum import clock, db
from forum.editions import Edition
from forum.errors import Invalid
from forum.i18n import N_, Message
from forum.matchmaking import keeping
from forum.matchmaking.forms import RunForm
from forum.matchmaking.runs import Run
from forum.matchmaking.scenario import Scenario, parse


async def from_form(edition: Edition, form: RunForm) -> Scenario:
    """The scenario a form describes, empty for a plain run.

    Raises Invalid for a moment that is none and for a company that comes with nobody or nowhere, Conflict for a meeting to lock that is not there.
    """
    if form.extra_company and not (form.extra and form.extra_campus):
        raise Invalid(N_("Say how many people the company brings, and to which campus."), field="extra")
    begins = moment(edition, form.close_from)
    return Scenario(
        closed_campuses=(form.close_campus,) if form.close_campus else (), closed_from=begins if form.close_campus or form.close_room else None,
        rooms=(form.close_room,) if form.close_room else (), withdrawn=(form.withdraw,) if form.withdraw else (),
        extra_company=form.extra_company, extra_campus=form.extra_campus if form.extra_company else "", extra=form.extra if form.extra_company else 0,
        locked=await keeping.chosen(edition, form),
    )  # fmt: skip


def moment(edition: Edition, text: str) -> datetime | None:
    """`2028-11-16T13:00` on the edition's wall clock; None for nothing. Raises Invalid for a moment that is none."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(N_("Enter a date and a time."), field="close_from") from error
    return clock.at_local(found.date(), found.time(), edition.zone) if found.tzinfo is None else found


async def choices(edition: Edition) -> dict[str, list[tuple[str, str]]]:
    """What can be closed, withdrawn or added: (value, words) for the form."""
    async with db.connection() as conn:
        campuses = await conn.fetch("SELECT slug, number, name FROM campus WHERE edition = $1 AND removed_at IS NULL ORDER BY number", edition.id)
        companies = await conn.fetch(
            "SELECT id, name FROM company WHERE edition = $1 AND approved_at IS NOT NULL AND withdrawn_at IS NULL ORDER BY plain(name)", edition.id
        )
        waiting = await conn.fetch(
            "SELECT id, name FROM company WHERE edition = $1 AND approved_at IS NULL AND withdrawn_at IS NULL ORDER BY plain(name)", edition.id
        )
        rooms = await conn.fetch(
            """SELECT DISTINCT r.id, k.number, r.name FROM room r JOIN campus k ON k.id = r.campus JOIN meeting_table t ON t.room = r.id
               WHERE k.edition = $1 AND r.removed_at IS NULL AND t.removed_at IS NULL ORDER BY 2, 3""",
            edition.id,
        )
    hours = [(f"{clock.local(start, edition.zone):%Y-%m-%dT%H:%M}", f"{clock.local(start, edition.zone):%d/%m %H:%M}") for start in _hours(edition)]
    return {
        "campuses": [(r[0], f"{r[1]}, {r[2]}") for r in campuses], "companies": [(str(r[0]), r[1]) for r in companies],
        "waiting": [(str(r[0]), r[1]) for r in waiting],
        "rooms": [(str(r[0]), f"{r[1]}, {r[2]}") for r in rooms], "hours": hours,
    }  # fmt: skip


def _hours(edition: Edition) -> list[datetime]:
    found = []
    for day in edition.days:
        moment = clock.at_local(day.day, day.opens, edition.zone)
        last = clock.at_local(day.day, day.closes, edition.zone)
        while moment < last:
            found.append(moment)
            moment += timedelta(hours=1)
    return found


async def closed_room(run: Run) -> tuple[str, UUID] | None:
    """(campus, room) a run tried without, to close it for real; None for any other run."""
    rooms = parse(run.scenario).rooms
    campus = await db.value("SELECT c.slug FROM room r JOIN campus c ON c.id = r.campus WHERE r.id = $1", rooms[0]) if rooms else None
    return (str(campus), rooms[0]) if campus else None


async def in_words(run: Run) -> list[Message]:
    """What a run tried, a sentence each; nothing for a plain run."""
    scenario = parse(run.scenario)
    said: list[Message] = []
    when: dict[str, Any] = {}
    if scenario.closed_from:
        when = {"day": f"{clock.local(scenario.closed_from):%d/%m}", "clock": f"{clock.local(scenario.closed_from):%H:%M}"}
    for slug in scenario.closed_campuses:
        said.append(
            Message(N_("Campus {campus} closes on {day} at {clock}."), campus=slug, **when) if when else Message(N_("Campus {campus} is closed."), campus=slug)
        )
    for room in scenario.rooms:
        said.append(Message(N_("Room {room} is closed."), room=await _name("room", room)))
    for company in scenario.withdrawn:
        said.append(Message(N_("{company} withdraws."), company=await _name("company", company)))
    if scenario.extra and scenario.extra_company:
        name = await _name("company", scenario.extra_company)
        said.append(Message(N_("{company} brings {count} more people to campus {campus}."), company=name, count=scenario.extra, campus=scenario.extra_campus))
        if not await db.value("SELECT approved_at IS NOT NULL FROM company WHERE id = $1", scenario.extra_company):
            said.append(Message(N_("{company} is not approved yet."), company=name))
    return said + await keeping.in_words(scenario.locked)


async def drawn(run: Run) -> bool:
    """Whether the run rests on wishes drawn by lot, for a company nobody can wish for yet; nothing of it can be published then."""
    company = parse(run.scenario).extra_company
    return company is not None and bool(
        await db.value(
            """SELECT 1 FROM plan_meeting m WHERE m.plan = $1 AND m.company = $2
               AND NOT EXISTS (SELECT 1 FROM wish w WHERE w.candidate = m.candidate AND w.company = m.company AND w.withdrawn_at IS NULL) LIMIT 1""",
            run.id, company,
        )
    )  # fmt: skip


async def _name(table: str, ident: UUID) -> str:
    return str(await db.value(f"SELECT name FROM {table} WHERE id = $1", ident) or "?")
