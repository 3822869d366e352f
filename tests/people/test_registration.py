"""Registering: places are counted by the database, the waiting list is first come first served, an address tells nothing."""

import asyncio
import json
from dataclasses import dataclass
from datetime import date, time, timedelta
from uuid import UUID

import pytest

from forum import clock, db, editions, jobs
from forum.campuses import service
from forum.campuses.forms import CampusDayForm
from forum.errors import Conflict, Invalid, NotFound
from forum.people import changes, queries, registration
from forum.people.forms import RegisterForm
from forum.people.jobs import move_up
from forum.people.model import Asked
from forum.settings import Settings
from tests.helpers import latest_mail


@dataclass(frozen=True)
class PlaceOfDay:
    slug: str
    day: date
    opens: time
    closes: time
    places: int


async def form_for(name: str, **more: object) -> RegisterForm:
    day = await db.value("SELECT d.day || ':' || c.slug FROM campus_day d JOIN campus c ON c.id = d.campus ORDER BY d.day, c.number LIMIT 1")
    return RegisterForm(**{"name": name, "email": f"{name.lower()}@example.org", "purpose": "visitor", "days": [day]} | more)  # type: ignore[arg-type]


async def register(name: str, **more: object) -> Asked:
    return await registration.register(await editions.needed(), await form_for(name, **more), lang="fr", now=clock.now())


async def places(count: int) -> None:
    await db.execute("UPDATE campus_day SET places = taken + $1", count)


async def standing(name: str) -> list[tuple[bool, int]]:
    person = await db.value("SELECT id FROM person WHERE name = $1", name)
    found = await queries.registration(person, (await editions.needed()).id)
    assert found is not None
    return [(day.held, day.rank) for day in found.days]


async def test_the_last_place_is_held_once_and_the_next_person_waits(edition: UUID) -> None:
    await places(1)
    assert [await register(name) for name in ("Un", "Deux", "Trois")][0].held == 1
    assert [await standing(name) for name in ("Un", "Deux", "Trois")] == [[(True, 0)], [(False, 1)], [(False, 2)]]


async def test_forty_people_at_once_never_take_more_than_the_places(edition: UUID) -> None:
    await places(7)
    asked = await asyncio.gather(*(register(f"Personne{n}") for n in range(40)))
    assert sum(a.held for a in asked) == 7
    assert await db.value("SELECT count(*) FROM registration_day d JOIN registration r ON r.id = d.registration WHERE d.held_at IS NOT NULL AND r.purpose = 'visitor'") == 7


async def test_control_without_the_count_more_would_be_taken(edition: UUID) -> None:
    """The race above is real: the same forty with the condition taken out of the statement exceed the places, and the constraint says so."""
    await places(7)
    campus, day = await db.value("SELECT campus FROM campus_day LIMIT 1"), await db.value("SELECT day FROM campus_day LIMIT 1")
    with pytest.raises(Exception, match="never_over_places"):
        for _ in range(40):
            await db.execute("UPDATE campus_day SET taken = taken + 1 WHERE campus = $1 AND day = $2", campus, day)


async def test_a_place_given_back_goes_to_the_first_who_waits_and_tells_them(edition: UUID) -> None:
    await places(1)
    for name in ("Un", "Deux", "Trois"):
        await register(name)
    first = await queries.registration(await db.value("SELECT id FROM person WHERE name = 'Un'"), edition)
    assert first is not None
    await changes.cancel(first.id, version=first.version, now=clock.now())
    assert [await standing("Deux"), await standing("Trois")] == [[(True, 0)], [(False, 1)]]
    assert await db.value("SELECT p.name FROM mail m JOIN person p ON p.id = m.person WHERE m.template = 'place_free'") == "Deux"


async def test_a_day_that_is_over_gives_no_place_and_writes_to_nobody(edition: UUID) -> None:
    await places(1)
    for name in ("Un", "Deux"):
        await register(name)
    first = await queries.registration(await db.value("SELECT id FROM person WHERE name = 'Un'"), edition)
    assert first is not None
    await changes.cancel(first.id, version=first.version, now=clock.now() + timedelta(days=1))
    assert (await standing("Deux"), await db.value("SELECT count(*) FROM mail WHERE template = 'place_free'")) == ([(False, 1)], 0)


async def test_more_places_on_a_day_go_to_those_who_wait_first(edition: UUID, settings: Settings) -> None:
    await places(0)
    for name in ("Un", "Deux"):
        await register(name)
    where = await db.rows(PlaceOfDay, "SELECT c.slug, d.day, d.opens, d.closes, d.places FROM registration_day w JOIN campus_day d ON (d.campus, d.day) = (w.campus, w.day) JOIN campus c ON c.id = d.campus WHERE w.held_at IS NULL LIMIT 1")
    more = CampusDayForm(day=where[0].day, opens=where[0].opens, closes=where[0].closes, places=where[0].places + 1)
    by = await db.value("SELECT id FROM person WHERE email = 'sofia@example.org'")
    await service.save_campus_day(await editions.needed(), where[0].slug, more, by=by, now=clock.now())
    job = await db.value("SELECT convert_from(payload, 'utf8') FROM pgqueuer WHERE entrypoint = 'people.move_up'")
    await move_up(jobs.Job(1, "people.move_up", json.loads(job), 1, settings))
    assert [await standing(name) for name in ("Un", "Deux")] == [[(True, 0)], [(False, 1)]]
    assert await db.value("SELECT facts->>'where' FROM mail WHERE template = 'place_free'") == await db.value("SELECT concat(number, ', ', name) FROM campus WHERE slug = $1", where[0].slug)


async def test_changing_days_keeps_the_place_of_a_day_that_stays(edition: UUID) -> None:
    await register("Un")
    mine = await queries.registration(await db.value("SELECT id FROM person WHERE name = 'Un'"), edition)
    assert mine is not None
    kept = f"{mine.days[0].day}:{mine.days[0].campus_slug}"
    other = await db.value("SELECT d.day || ':' || c.slug FROM campus_day d JOIN campus c ON c.id = d.campus ORDER BY d.day DESC, c.number DESC LIMIT 1")
    before = await db.value("SELECT asked_at FROM registration_day WHERE registration = $1", mine.id)
    await changes.change_days(await editions.needed(), mine.id, [kept, other], version=mine.version, now=clock.now())
    assert await db.value("SELECT asked_at FROM registration_day WHERE registration = $1 ORDER BY day LIMIT 1", mine.id) == before
    assert await standing("Un") == [(True, 0), (True, 0)]


async def test_two_windows_do_not_overwrite_each_other(edition: UUID) -> None:
    await register("Un")
    mine = await queries.registration(await db.value("SELECT id FROM person WHERE name = 'Un'"), edition)
    assert mine is not None
    await changes.change_days(await editions.needed(), mine.id, [], version=mine.version, now=clock.now())
    with pytest.raises(Conflict):
        await changes.change_days(await editions.needed(), mine.id, [], version=mine.version, now=clock.now())


async def test_a_known_address_changes_nothing_and_its_owner_is_told(edition: UUID) -> None:
    await register("Un", email="anh@example.org")
    assert await db.value("SELECT name FROM person WHERE email = 'anh@example.org'") != "Un"
    assert await latest_mail("already_registered") == {}


async def test_under_18_needs_a_guardian_and_never_meets_recruiters(edition: UUID) -> None:
    with pytest.raises(Invalid) as refused:
        await register("Ado", purpose="candidate", minor=True)
    assert set(refused.value.faults) == {"purpose", "guardian_email"}
    with pytest.raises(Invalid) as forgotten:  # a parent's address and no tick: nobody becomes an adult by haste
        await register("Ado", guardian_email="parent@example.org")
    assert set(forgotten.value.faults) == {"minor"}
    await register("Ado", minor=True, guardian_email="parent@example.org")
    token = (await latest_mail("guardian"))["link"].rpartition("/")[2]
    await registration.guardian_agrees(token, now=clock.now())
    assert await db.value("SELECT guardian_agreed_at IS NOT NULL FROM registration WHERE is_minor")
    with pytest.raises(NotFound):
        await registration.guardian_agrees(token, now=clock.now())


async def test_a_minor_as_candidate_is_impossible_in_the_database(edition: UUID) -> None:
    await register("Ado", minor=True, guardian_email="parent@example.org")
    with pytest.raises(Exception, match="minors_only_visit"):
        await db.execute("UPDATE registration SET purpose = 'candidate' WHERE is_minor")


async def test_a_registration_nobody_confirms_gives_its_place_back_after_two_days(edition: UUID) -> None:
    await places(1)
    await register("Un")
    await register("Deux")
    assert await changes.expire_unconfirmed(older_than=timedelta(hours=48), now=clock.now()) == 0
    await db.execute("UPDATE registration SET created_at = created_at - interval '49 hours' WHERE person = (SELECT id FROM person WHERE name = 'Un')")
    assert await changes.expire_unconfirmed(older_than=timedelta(hours=48), now=clock.now()) == 1
    assert await standing("Deux") == [(True, 0)]


@pytest.mark.parametrize("days", [["2028-13-01:1"], ["hier:1"], ["9999-12-31:1"], ["0000-01-01:1"], ["2028-11-16"], ["2028-11-16:nowhere"]])
async def test_a_day_that_is_not_offered_is_refused(edition: UUID, days: list[str]) -> None:
    with pytest.raises(Invalid):
        await register("Un", days=days)
    assert await db.value("SELECT count(*) FROM person WHERE name = 'Un'") == 0
