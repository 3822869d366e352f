"""The organiser's pages without a script, who may use them, and what runs on its own."""

from datetime import datetime, timedelta
from uuid import UUID

import httpx
import pytest
from icalendar import Calendar
from lxml import html

from forum import db
from forum.agenda import current, jobs, own, plans, queries, rechecking, releasing, room_door, seating, seats, service, ways
from forum.agenda.ical import Entry
from forum.agenda.planner import Impossible, Plan, Spot
from forum.agenda.planner.problem import Terms
from forum.agenda.rules import faults
from forum.campuses import travels
from forum.campuses.forms import PatchForm
from forum.editions import Edition
from forum.errors import Conflict
from forum.i18n import N_, Message
from forum.jobs import Job
from forum.people import sign_in
from forum.settings import Settings
from tests.agenda import world as w
from tests.agenda.test_web import submit, text


@pytest.fixture
async def world(database: str, now: datetime) -> w.World:
    made = await w.make()
    await w.add(made, "keynote", "hall", 0)
    await w.add(made, "atelier", "lab", 90)
    await w.release(made, "1.0", now=now)
    return made


async def organiser(client: httpx.AsyncClient, world: w.World, now: datetime, role: str = "forum_organiser", campus: str | None = None) -> None:
    person = await w.person(world, f"sofia-{role}-{campus}")
    await db.execute(
        "INSERT INTO role (person, edition, name, campus, granted_at) VALUES ($1, $2, $3, $4, now())",
        person, world.edition.id, role, world.campuses[campus] if campus else None,
    )  # fmt: skip
    client.cookies.set("forum_sign_in", await sign_in.start(person, now=now, second_factor=True))


async def placed(world: w.World) -> dict[str, int]:
    sessions = await queries.sessions(world.edition.id)
    return {sessions[p.session].title: int((p.start - w.NINE) / timedelta(minutes=1)) for p in await queries.draft(world.edition.id)}


async def edit(client: httpx.AsyncClient, world: w.World, act: str, *names: str, **fields: str) -> httpx.Response:
    page = html.fromstring((await client.get("/organise/agenda")).text)
    (form,) = page.xpath("//form[@id='bulk']")
    hidden = [(i.name, i.value) for i in form.xpath(".//input[@type='hidden']")]
    sent = [*hidden, *fields.items(), ("act", act), *(("session", str(world.sessions[n])) for n in names)]
    return await client.post("/organise/agenda/edits", data=_dict(sent), headers={"origin": "http://forum.test"})


def _dict(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


async def test_the_editor_places_moves_locks_and_undoes(client: httpx.AsyncClient, world: w.World, now: datetime) -> None:
    await organiser(client, world, now)
    await edit(client, world, "place", "keynote", room=str(world.rooms["hall"]), start="2028-11-17T14:00")
    assert await placed(world) == {"Keynote": 300, "Atelier": 90}
    await edit(client, world, "shift", "keynote", "atelier", by="15")
    assert await placed(world) == {"Keynote": 315, "Atelier": 105}
    await edit(client, world, "lock", "keynote")
    refused = await edit(client, world, "take-off", "keynote")
    assert refused.status_code == 409
    assert await placed(world) == {"Keynote": 315, "Atelier": 105}
    await submit(client, "/organise/agenda", "/organise/agenda/undo")  # the lock
    await submit(client, "/organise/agenda", "/organise/agenda/undo")  # the move
    assert await placed(world) == {"Keynote": 300, "Atelier": 90}
    await submit(client, "/organise/agenda", "/organise/agenda/redo")
    assert await placed(world) == {"Keynote": 315, "Atelier": 105}


async def test_an_hour_that_does_not_exist_is_refused(client: httpx.AsyncClient, world: w.World, now: datetime) -> None:
    await organiser(client, world, now)
    await edit(client, world, "place", "keynote", room=str(world.rooms["hall"]), start="2028-03-26T02:30")
    assert await placed(world) == {"Keynote": 0, "Atelier": 90}


async def test_a_stale_editor_is_told_and_nothing_is_saved(client: httpx.AsyncClient, world: w.World, now: datetime) -> None:
    await organiser(client, world, now)
    page = html.fromstring((await client.get("/organise/agenda")).text)
    (form,) = page.xpath("//form[@id='bulk']")
    hidden = {i.name: i.value for i in form.xpath(".//input[@type='hidden']")}
    await edit(client, world, "shift", "keynote", by="15")
    late = await client.post(
        "/organise/agenda/edits", data=hidden | {"act": "take-off", "session": str(world.sessions["keynote"])}, headers={"origin": "http://forum.test"}
    )
    assert (late.status_code, "sofia-forum_organiser" in text(late)) == (409, True)
    assert (await placed(world))["Keynote"] == 15


async def test_a_session_saved_by_somebody_else_shows_both_texts(client: httpx.AsyncClient, world: w.World, now: datetime) -> None:
    await organiser(client, world, now)
    tree = html.fromstring((await client.get("/organise/agenda/sessions/KEYNOTE")).text)
    (form,) = [f for f in tree.forms if f.action == "/organise/agenda/sessions/KEYNOTE"]
    fields = {k: v for k, v in form.fields.items() if v is not None}
    theirs = fields | {"abstract": "Their words"}
    assert (await client.post(form.action, data=theirs, headers={"origin": "http://forum.test"})).status_code == 303
    mine = await client.post(form.action, data=fields | {"abstract": "My words"}, headers={"origin": "http://forum.test"})
    assert mine.status_code == 409
    assert "Their words" in mine.text
    assert "My words" in mine.text
    assert (await service.session(world.edition.id, "KEYNOTE"))[0].abstract == "Their words"


async def test_bad_words_are_refused_by_field(client: httpx.AsyncClient, world: w.World, now: datetime) -> None:
    await organiser(client, world, now)
    for field, value in (("title", "x" * 10_000), ("title", "\x00"), ("minutes", "0"), ("minutes", "ten"), ("seats", "-1"), ("surprise", "1")):
        answer = await submit(client, "/organise/agenda/sessions/new", "/organise/agenda/sessions/new", **({"title": "Ok", "minutes": "30"} | {field: value}))
        assert (field, answer.status_code) == (field, 422)
    assert await db.value("SELECT count(*) FROM session") == 2


async def test_publishing_from_the_page(client: httpx.AsyncClient, world: w.World, now: datetime) -> None:
    await organiser(client, world, now)
    await submit(client, "/organise/agenda/sessions/new", "/organise/agenda/sessions/new", title="Neuf", minutes="30", speakers="Anh Lê\nBob", kind="talk")
    key = await db.value("SELECT id FROM session WHERE title = 'Neuf'")
    world.sessions["neuf"] = key
    await edit(client, world, "place", "neuf", room=str(world.rooms["loft"]), start="2028-11-17T10:00")
    assert "Neuf" in text(await client.get("/organise/agenda/release"))
    done = await submit(client, "/organise/agenda/release", "/organise/agenda/releases", name="1.1")
    assert done.status_code == 303
    current.forget()
    assert "Anh Lê" in text(await client.get("/programme"))
    assert (await submit(client, "/organise/agenda/release", "/organise/agenda/releases/1/rollback")).status_code == 303
    current.forget()
    assert "Anh Lê" not in text(await client.get("/programme"))


async def test_a_campus_organiser_arranges_their_own_campus(client: httpx.AsyncClient, world: w.World, now: datetime) -> None:
    await organiser(client, world, now, "campus_organiser", "2")
    assert (await client.get("/organise/agenda/release")).status_code == 404
    refused = await edit(client, world, "shift", "keynote", by="15")
    assert refused.status_code == 403
    assert (await placed(world))["Keynote"] == 0


async def test_nobody_else_sees_the_draft(client: httpx.AsyncClient, world: w.World, now: datetime) -> None:
    client.cookies.set("forum_sign_in", await sign_in.start(await w.person(world, "anh"), now=now))
    for path in ("/organise/agenda", "/organise/agenda/release", "/organise/agenda/sessions/KEYNOTE", "/organise/agenda/door/KEYNOTE"):
        assert (await client.get(path)).status_code == 404


# --- the door of a room -------------------------------------------------------------------------------------


async def test_walk_ins_take_what_is_free_and_after_the_grace_what_was_not_used(world: w.World, now: datetime) -> None:
    anh, bob = await w.person(world, "anh"), await w.person(world, "bob")
    seat = await seating.reserve(world.edition, anh, "ATELIER", now=now)
    await seating.reserve(world.edition, bob, "ATELIER", now=now)
    start = w.NINE + timedelta(minutes=90)
    assert not await room_door.walk_in(world.edition, "ATELIER", actor=None, now=start)
    assert isinstance(seat, seats.Seat)
    await room_door.arrive(world.edition, "ATELIER", seat.id, actor=None, now=start)
    later = start + room_door.GRACE
    assert (await room_door.state(world.edition, "ATELIER", now=later)).free == 1
    assert await room_door.walk_in(world.edition, "ATELIER", actor=None, now=later)
    assert not await room_door.walk_in(world.edition, "ATELIER", actor=None, now=later)
    state = await room_door.state(world.edition, "ATELIER", now=later)
    assert (state.arrived, state.walked_in, len(state.holders), state.free) == (1, 1, 1, 0)
    gone = await db.value("SELECT id FROM seat WHERE person = $1", bob)
    with pytest.raises(Conflict):
        await room_door.arrive(world.edition, "ATELIER", gone, actor=None, now=later)


# --- one's own ----------------------------------------------------------------------------------------------


async def test_a_calendar_needs_no_sign_in_follows_changes_and_can_be_revoked(client: httpx.AsyncClient, world: w.World, now: datetime) -> None:
    anh = await w.person(world, "anh")
    await seating.reserve(world.edition, anh, "KEYNOTE", now=now)
    await db.execute("INSERT INTO favourite VALUES ($1, $2, now())", anh, world.sessions["atelier"])
    address = f"/calendar/{own.token(await own.standing_feed(anh, now=now), b's' * 40)}.ics"
    first = await client.get(address)
    assert {str(e["summary"]): (str(e["status"]), e["sequence"]) for e in Calendar.from_ical(first.content).walk("VEVENT")} == {
        "Keynote": ("CONFIRMED", 0),
        "Atelier": ("CONFIRMED", 0),
    }
    assert (await client.get(address, headers={"if-none-match": first.headers["etag"]})).status_code == 304
    await service.withdraw_session(world.edition, world.sessions["keynote"], actor=None, now=now)
    await w.release(world, "1.1", now=now)
    current.forget()
    after = Calendar.from_ical((await client.get(address)).content).walk("VEVENT")
    assert {str(e["summary"]): (str(e["status"]), e["sequence"]) for e in after} == {"Keynote": ("CANCELLED", 1), "Atelier": ("CONFIRMED", 0)}
    await own.renew_feed(anh, now=now)
    assert (await client.get(address)).status_code == 404


async def test_a_made_up_address_is_no_calendar(client: httpx.AsyncClient, world: w.World) -> None:
    for name in ("x", "AAAA.ics", "A" * 43, "é", "../../etc/passwd"):
        assert (name, (await client.get(f"/calendar/{name}")).status_code) == (name, 404)


async def test_a_speaker_sees_their_schedule_and_says_when_they_can(client: httpx.AsyncClient, world: w.World, now: datetime) -> None:
    anh = await w.person(world, "anh")
    words = dict.fromkeys(service.FIELDS, "") | {"title": "Keynote", "minutes": 60, "seats": None, "reservable": True, "kind": "talk", "language": "fr"}
    await service.edit_session(world.edition, world.sessions["keynote"], words, ["Anh Lê"], version=1, actor=None, now=now)
    speaker = await db.value("SELECT id FROM speaker")
    await service.link_speaker(world.edition, speaker, anh, actor=None, now=now)
    await w.release(world, "1.1", now=now)
    current.forget()
    client.cookies.set("forum_sign_in", await sign_in.start(anh, now=now))
    assert "Keynote" in text(await client.get("/speaking"))
    answer = await submit(client, "/speaking", "/speaking", free="2028-11-17/pm")
    assert answer.status_code == 303
    ground = await releasing.grounds(world.edition)
    assert [f.rule for f in faults(await queries.draft(world.edition.id), ground)] == ["speaker-free"]


async def test_a_speakers_meeting_clashes_with_the_draft(world: w.World, now: datetime) -> None:
    anh = await w.person(world, "anh")
    words = dict.fromkeys(service.FIELDS, "") | {"title": "Keynote", "minutes": 60, "seats": None, "reservable": True, "kind": "talk", "language": "fr"}
    await service.edit_session(world.edition, world.sessions["keynote"], words, ["Anh Lê"], version=1, actor=None, now=now)
    await service.link_speaker(world.edition, await db.value("SELECT id FROM speaker"), anh, actor=None, now=now)
    table = await db.value("INSERT INTO meeting_table (campus, number) VALUES ($1, 1) RETURNING id", world.campuses["2"])
    await db.execute("INSERT INTO claim (slot, person, meeting_table, kind, holder) VALUES ($1, $2, $3, 'meeting', gen_random_uuid())", w.NINE, anh, table)
    assert [f.rule for f in faults(await queries.draft(world.edition.id), await releasing.grounds(world.edition))] == ["speaker"]


# --- jobs ---------------------------------------------------------------------------------------------------


async def test_everybody_touched_gets_one_mail_however_often_the_job_runs(world: w.World, now: datetime) -> None:
    await seating.reserve(world.edition, await w.person(world, "anh"), "KEYNOTE", now=now)
    await db.execute(
        "UPDATE placement SET start_at = start_at + interval '5 hours', end_at = end_at + interval '5 hours' WHERE session = $1", world.sessions["keynote"]
    )
    await w.touched(world)
    await w.release(world, "1.1", now=now)
    release = await db.value("SELECT id FROM release WHERE number = 2")
    for attempt in (1, 2):
        await jobs.tell(Job(1, "agenda.tell", {"release": str(release)}, attempt, Settings()))
    assert await db.value("SELECT count(*) FROM mail WHERE template = 'agenda_changed'") == 1
    ((subject, said),) = await w.mails("agenda_changed")
    assert subject == "Votre programme a changé\N{NO-BREAK SPACE}: 1 session"
    assert "Keynote" in said


async def test_a_plan_is_asked_for_watched_looked_at_and_made_the_draft(
    client: httpx.AsyncClient, world: w.World, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plans, "PLAN_SECONDS", 1.0)
    await organiser(client, world, now)
    asked = (await submit(client, "/organise/agenda/release", "/organise/agenda/plans")).headers["location"]
    assert (await submit(client, "/organise/agenda/release", "/organise/agenda/plans")).headers["location"] == asked  # one at a time
    page = (await client.get("/en" + asked)).text
    assert "The worker takes it up" in page and "Make it the draft" not in page
    key = UUID(asked.rpartition("/")[2])
    await plans.news(key, 12.4, 900, 1000)
    number = await db.value("SELECT job FROM agenda_plan")
    await db.execute("UPDATE pgqueuer SET status = 'picked' WHERE id = $1", number)
    page = (await client.get("/en" + asked)).text
    assert "12 s of at most" in page and "10" in page and "Stop the planner" in page
    await jobs.make_plan(Job(number, "agenda.plan", {"edition": "forum-2028", "plan": str(key)}, 1, Settings()))
    (plan,) = await plans.plans(world.edition.id)
    assert (plan.sessions, plan.why) == (2, [])
    assert plan.value is not None and plan.bound is not None and plan.value <= plan.bound
    page = (await client.get("/en" + asked)).text
    assert "What publishing it would change" in page
    done = await submit(client, asked, asked + "/application")
    assert done.headers["location"] == "/organise/agenda/release"
    assert len(await placed(world)) == 2
    assert "applied" in (await client.get("/en" + asked)).text


async def test_a_plan_of_an_older_draft_is_shown_and_not_applied(client: httpx.AsyncClient, world: w.World, now: datetime) -> None:
    version = await db.value("SELECT version FROM agenda")
    await organiser(client, world, now)
    found = Plan({str(world.sessions["keynote"]): Spot(str(world.rooms["loft"]), 600)}, Terms(seats=90), Terms(seats=100), 1.0)
    key = await plans.keep(world.edition, found, w.NINE.replace(hour=0), version, 1.0, actor=None, now=now)
    assert "Keynote" in (await client.get(f"/en/organise/agenda/plans/{key}")).text  # what it would move, by name
    await w.touched(world)
    page = (await client.get(f"/en/organise/agenda/plans/{key}")).text
    assert "The draft changed since this plan was asked for" in page and "Make it the draft" not in page
    with pytest.raises(Conflict):
        await plans.apply(world.edition, key, actor=None, now=now)


async def test_why_there_is_no_plan_is_said_in_the_readers_language(client: httpx.AsyncClient, world: w.World, now: datetime) -> None:
    await organiser(client, world, now)
    why = Impossible((Message(N_("{name} speaks only when available"), name="Anh"), Message(N_("every campus keeps its opening hours"))), ("s",), proven=True)
    key = await plans.keep(world.edition, why, now, 1, 1.0, actor=None, now=now)
    assert "Anh speaks only when available" in (await client.get(f"/en/organise/agenda/plans/{key}")).text
    assert "Anh ne parle qu’aux heures" in (await client.get(f"/organise/agenda/plans/{key}")).text


async def test_a_plan_at_work_can_be_stopped(client: httpx.AsyncClient, world: w.World, now: datetime) -> None:
    await organiser(client, world, now)
    asked = (await submit(client, "/organise/agenda/release", "/organise/agenda/plans")).headers["location"]
    await submit(client, asked, asked + "/stop")
    assert "The planner ended without a plan" in (await client.get("/en" + asked)).text
    assert (await submit(client, "/organise/agenda/release", "/organise/agenda/plans")).headers["location"] != asked


async def test_a_longer_journey_is_told_once_and_again_only_when_longer_still(world: w.World, now: datetime) -> None:
    await w.add(world, "loin", "loft", 180)
    await w.release(world, "1.1", now=now)
    current.forget()
    anh = await w.person(world, "anh")
    for code in ("KEYNOTE", "LOIN"):
        assert isinstance(await seating.reserve(world.edition, anh, code, now=now), seats.Seat)
    assert await rechecking.recheck(world.edition, now=now) == 0
    for minutes, told in ((150, 1), (150, 0), (200, 1), (600, 1)):
        await db.execute("UPDATE travel_override SET removed_at = now()")
        await db.execute(
            "INSERT INTO travel_override (origin, destination, minutes, made_at) VALUES ($1, $2, $3, now())", world.campuses["1"], world.campuses["2"], minutes
        )
        ways.forget()
        assert await rechecking.recheck(world.edition, now=now) == told
    said = [text for _, text in await w.mails("journey_short")]
    assert [("150" in said[0]), ("200" in said[1]), ("Keynote" in said[2] and "600" not in said[2])] == [True, True, True]
    assert len(said) == 3
    assert await rechecking.recheck(world.edition, now=w.NINE + timedelta(days=1)) == 0  # a day that is over bothers nobody


async def test_after_a_strike_meetings_are_looked_at_too_by_each_persons_own_ways(world: w.World, now: datetime) -> None:
    anh, bob, rita = [await w.person(world, name, "en") for name in ("anh", "bob", "rita")]
    table = await db.value("INSERT INTO meeting_table (campus, number) VALUES ($1, 1) RETURNING id", world.campuses["2"])
    plain, free = [(await ways.travel(world.edition.id, step_free=wanted)).between("1", "2") for wanted in (False, True)]
    assert plain is not None and free is not None and plain < free
    for person, needs in ((anh, False), (bob, True)):
        assert isinstance(await seating.reserve(world.edition, person, "KEYNOTE", now=now), seats.Seat)
        await db.execute(
            "INSERT INTO registration (edition, person, purpose, step_free_need, created_at) VALUES ($1, $2, 'visitor', $3, $4)",
            world.edition.id, person, needs, now,
        )  # fmt: skip
    for person, minutes in ((anh, 120), (bob, 60 + plain)):  # the keynote ends at 60
        await db.execute(
            "INSERT INTO claim (slot, person, recruiter, meeting_table, kind, holder) VALUES ($1, $2, $3, $4, 'meeting', gen_random_uuid())",
            w.NINE + timedelta(minutes=minutes), person, rita, table,
        )  # fmt: skip
    found = await rechecking.too_short(world.edition, now=now)
    assert [(s.person, s.titles, s.have, s.need) for s in found] == [(bob, ("Keynote", "your meeting"), plain, free)]
    await travels.start_patch(world.edition.id, PatchForm(reason="grève", effect="slower", percent=1000, walking=True), by=None, now=now)
    ways.forget()
    assert {s.person for s in await rechecking.too_short(world.edition, now=now)} == {anh, bob}
    assert [await rechecking.recheck_if_changed(world.edition, now=now) for _ in range(2)] == [2, 0]


async def test_other_features_put_their_entries_in_the_calendar(client: httpx.AsyncClient, world: w.World, now: datetime) -> None:
    async def meetings(person: UUID, edition: Edition, origin: str) -> list[Entry]:
        return [Entry(f"m-{person}@forum.test", w.NINE, w.NINE + timedelta(minutes=20), "Rencontre", now, 2)]

    anh = await w.person(world, "anh")
    own.SOURCES.append(meetings)
    try:
        body = (await client.get(f"/calendar/{own.token(await own.standing_feed(anh, now=now), b's' * 40)}.ics")).content
    finally:
        own.SOURCES.remove(meetings)
    assert [(str(e["summary"]), e["sequence"]) for e in Calendar.from_ical(body).walk("VEVENT")] == [("Rencontre", 2)]
