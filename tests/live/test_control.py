"""The control screen: what it shows, what it does, who may."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import httpx

from forum import db, remedies
from forum.live import announcements, board, evacuation, gates, looking
from forum.live.now import MeetingsNext
from tests.helpers import make_person, posted, sign_client_in
from tests.live import day as days


async def _sofia(client: httpx.AsyncClient) -> None:
    await sign_client_in(client, await days.person_of("sofia@example.org"))


async def _karim(client: httpx.AsyncClient) -> None:
    """Organiser of the first campus only."""
    await sign_client_in(client, await days.person_of("karim@example.org"))


async def _first(day: days.Day) -> str:
    """The slug of the campus karim organises."""
    found: str = await db.value("SELECT c.slug FROM role r JOIN campus c ON c.id = r.campus WHERE r.name = 'campus_organiser'")
    return found


async def test_every_page_of_the_control_screen_opens_in_both_languages(client: httpx.AsyncClient, now: datetime) -> None:
    day = await days.make(now=now)
    first = await _first(day)
    await days.fill(day, first, 3, per_minute=2, now=now)
    await days.device(day, first, "phone", seen=now - timedelta(minutes=9), unsent=4)
    await days.meeting(day, first, slot=now - timedelta(minutes=5), late=12)
    await days.session(day, first, "ABC", start=now - timedelta(minutes=5))
    await days.publish(day, now=now)
    await _sofia(client)
    pages = (
        "/control", "/control/wall", f"/control/wall?campus={first}", f"/control/{first}", "/control/journal", "/control/announce", f"/control/{first}/evacuation", f"/board/{first}", "/announcements",
    )  # fmt: skip
    for path in pages:
        for prefix in ("", "/en"):
            page = await client.get(prefix + path)
            assert page.status_code == 200, (path, page.text[-2000:])


async def test_a_campus_organiser_sees_and_touches_the_own_campus_only(client: httpx.AsyncClient, now: datetime) -> None:
    day = await days.make(now=now)
    first = await _first(day)
    other = next(slug for slug in day.campuses if slug != first)
    await _karim(client)
    shown = await client.get("/en/control")
    assert (f'id="c-{first}"' in shown.text, f'id="c-{other}"' in shown.text) == (True, False)
    assert [(await client.get(f"/control/{slug}")).status_code for slug in (first, other)] == [200, 404]
    assert ("Rooms and tables" in shown.text, "wall-one" in (await client.get("/en/control/wall")).text) == (True, True)
    assert (await client.get(f"/control/{other}/evacuation")).status_code == 404
    assert (await client.get(f"/control/wall?campus={other}")).status_code == 404
    for path, data in ((f"/control/{other}/entries", {"state": "pause"}), (f"/control/{other}/evacuation", {}), ("/control/refill", {})):
        assert (await posted(client, path, data, form="/control/announce")).status_code == 404
    assert await db.value("SELECT count(*) FROM door_suspension") == 0


async def test_figures_alone_are_those_of_the_page_and_of_the_own_campuses(client: httpx.AsyncClient, now: datetime) -> None:
    day = await days.make(now=now)
    first = await _first(day)
    for slug in day.campuses:
        await db.execute("UPDATE campus_inside SET inside = 1234 WHERE campus = (SELECT id FROM campus WHERE slug = $1)", slug)
        await db.execute("INSERT INTO campus_inside (campus, inside) SELECT id, 1234 FROM campus WHERE slug = $1 ON CONFLICT DO NOTHING", slug)
    await _sofia(client)
    whole = (await client.get("/en/control/figures")).json()
    assert whole == {"inside": f"{1234 * len(day.campuses):,}"} | dict.fromkeys(day.campuses, "1,234")
    page = (await client.get("/en/control")).text
    assert all(f'data-figure="{slug}">{shown}<' in page for slug, shown in whole.items())
    assert (await client.get(f"/en/control/figures?campus={first}")).json() == {"inside": "1,234", first: "1,234"}
    await _karim(client)
    assert (await client.get("/en/control/figures")).json() == {"inside": "1,234", first: "1,234"}


async def test_nobody_without_the_role_opens_the_control_screen(client: httpx.AsyncClient, now: datetime) -> None:
    day = await days.make(now=now)
    await sign_client_in(client, await days.person_of("anh@example.org"))
    for path in ("/control", "/control/wall", "/control/announce", "/control/journal", f"/control/{await _first(day)}"):
        assert (await client.get(path)).status_code == 404


async def test_entries_pause_and_taking_back_opens_them_and_both_are_in_the_journal(client: httpx.AsyncClient, now: datetime) -> None:
    day = await days.make(now=now)
    first = await _first(day)
    await _sofia(client)
    answer = await posted(client, f"/control/{first}/entries", {"state": "pause"}, form="/control/announce")
    assert answer.status_code == 303
    assert "entries are paused" in (await client.get("/en/control")).text
    again = await posted(client, f"/control/{first}/entries", {"state": "pause"}, form="/control/announce")
    assert again.status_code == 409
    row = await db.value("SELECT id FROM journal WHERE action = 'entries.paused'")
    assert (await posted(client, f"/control/journal/{row}/undo", {}, form="/control/announce")).status_code == 303
    assert await db.column("SELECT action FROM journal ORDER BY id") == ["entries.paused", "entries.resumed", "undone"]
    assert await db.value("SELECT count(*) FROM door_suspension WHERE ended_at IS NULL") == 0
    assert (await posted(client, f"/control/journal/{row}/undo", {}, form="/control/announce")).status_code == 409
    assert await db.column("SELECT kind FROM event WHERE topic = $1 ORDER BY id", f"campus.{first}") == ["entries.paused", "entries.resumed"]


async def _offered(client: httpx.AsyncClient) -> set[int]:
    """Rows of the journal the control screen and the journal's page offer to take back: the same."""
    shown = [set(map(int, re.findall(r"/control/journal/(\d+)/undo", (await client.get(path)).text))) for path in ("/control", "/control/journal")]
    assert shown[0] == shown[1]
    return shown[0]


async def test_what_does_not_stand_any_more_is_not_offered_to_be_taken_back_and_pressing_says_so(client: httpx.AsyncClient, now: datetime) -> None:
    day = await days.make(now=now)
    first = await _first(day)
    site, by = await gates.site(day.edition.id, first), await days.person_of("sofia@example.org")
    gate = await db.value("UPDATE gate SET ways = 'entry' WHERE id = (SELECT id FROM gate WHERE campus = $1 ORDER BY slug LIMIT 1) RETURNING slug", site.id)
    crowd = await days.session(day, first, "VOX", start=now + timedelta(minutes=20))
    await days.publish(day, now=now)
    small, large = (await db.column("SELECT id FROM room WHERE campus = $1 ORDER BY capacity, name", site.id))[:2]
    assert await db.value("SELECT room FROM placement WHERE session = $1", crowd) == small
    await _sofia(client)
    await days.fill(day, first, 100000, now=now)

    async def move(room: UUID) -> None:
        await posted(client, "/control/sessions/VOX/move", {"room": str(room)}, form="/control/announce")

    said = await announcements.make(day.edition, announcements.Words("everyone", "Dehors", "Out"), by=by, now=now)
    await gates.open_out(site, gate, by=by, now=now)
    await gates.pause(site, by=by, now=now)
    await looking.put_off(day.edition.id, f"full:{first}", site.id, by=by, now=now)
    await move(large)
    done = dict(await _journal())
    assert await _offered(client) == set(done.values()) - {done["agenda.released"]}
    await announcements.end(said, by=by, now=now)
    await gates.shut_out(site, gate, by=by, now=now)
    await gates.resume(site, by=by, now=now)
    await looking.bring_back(day.edition.id, f"full:{first}", now=now)
    await move(small)
    again = dict(await _journal())
    assert await _offered(client) == {again["gate.shut"], again["entries.resumed"], again["session.moved"]}
    rows = len(await _journal())
    for action in ("announcement.made", "gate.opened", "entries.paused", "alert.quieted", "session.moved"):
        answer = await posted(client, f"/en/control/journal/{done[action]}/undo", {}, form="/control/announce")
        assert (answer.status_code, "Somebody took it back already, or it is over." in answer.text) == (409, True), action
    assert len(await _journal()) == rows
    await evacuation.begin(day.edition, site, by=by, now=now)
    assert await _offered(client) == {again["gate.shut"], again["session.moved"]}  # the order to leave and the doors: only the all clear ends them


async def _journal() -> list[tuple[str, int]]:
    async with db.connection() as conn:
        return [(action, row) for action, row in await conn.fetch("SELECT action, id FROM journal ORDER BY id")]


async def test_an_alert_put_off_is_quiet_for_ten_minutes_and_taken_is_named(client: httpx.AsyncClient, now: datetime) -> None:
    day = await days.make(now=now)
    first = await _first(day)
    await days.fill(day, first, 100000, now=now)
    await _sofia(client)
    key = f"full:{first}"
    await posted(client, "/control/alerts", {"alert": key, "what": "take"}, form="/control")
    page = await client.get("/en/control")
    assert "Sofia Marchetti-Lebrun looks after it" in page.text
    await posted(client, "/control/alerts", {"alert": key, "what": "later"}, form="/control")
    page = await client.get("/en/control")
    assert ("full:" in page.text, "1 put off" in page.text) == (False, True)
    await db.execute("UPDATE alert_quiet SET until = $1", now)
    assert "full:" in (await client.get("/en/control")).text
    await posted(client, "/control/alerts", {"alert": "full:nowhere", "what": "later"}, form="/control")
    assert await db.value("SELECT count(*) FROM alert_quiet") == 1


async def test_a_gate_opens_for_the_way_out_and_is_shut_again_by_taking_back(client: httpx.AsyncClient, now: datetime) -> None:
    day = await days.make(now=now)
    first = await _first(day)
    gate = await db.value("UPDATE gate SET ways = 'entry' WHERE id = (SELECT id FROM gate WHERE campus = $1 ORDER BY slug LIMIT 1) RETURNING slug", day.campuses[first])
    await _sofia(client)
    await posted(client, f"/control/{first}/gates/{gate}/open", {}, form="/control/announce")
    ways = "SELECT ways FROM gate WHERE campus = $1 AND slug = $2"
    assert await db.value(ways, day.campuses[first], gate) == "both"
    again = await posted(client, f"/en/control/{first}/gates/{gate}/open", {}, form="/control/announce")
    assert (again.status_code, "The gate opens so already." in again.text) == (409, True)
    assert (await posted(client, f"/en/control/{first}/gates/nowhere/open", {}, form="/control/announce")).status_code == 404
    row = await db.value("SELECT id FROM journal WHERE action = 'gate.opened'")
    await posted(client, f"/control/journal/{row}/undo", {}, form="/control/announce")
    assert await db.value(ways, day.campuses[first], gate) == "entry"


async def test_a_crowded_session_moves_with_one_press_and_moves_back(client: httpx.AsyncClient, now: datetime) -> None:
    day = await days.make(now=now)
    first = await _first(day)
    crowd = await days.session(day, first, "VOX", start=now + timedelta(minutes=20), seats=None)
    await days.publish(day, now=now)
    places = await db.value("SELECT places FROM seating WHERE session = $1", crowd)
    await days.wait_for(crowd, [await make_person(f"w{n}") for n in range(places + 1)], now=now)
    before = await db.value("SELECT room FROM placement WHERE session = $1", crowd)
    await _sofia(client)
    page = await client.get("/en/control")
    room = page.text.split('action="/en/control/sessions/VOX/move"')[1].split('name="room" value="')[1].split('"')[0]
    answer = await posted(client, "/control/sessions/VOX/move", {"room": room}, form="/control/announce")
    assert answer.status_code == 303
    in_force = "SELECT i.room::text FROM release_item i JOIN release r ON r.id = i.release WHERE i.session = $1 ORDER BY r.number DESC LIMIT 1"
    assert await db.value(in_force, crowd) == room
    again = await posted(client, "/en/control/sessions/VOX/move", {"room": room}, form="/control/announce")
    assert (again.status_code, "The session is in that room already." in again.text) == (409, True)
    assert (await db.value("SELECT count(*) FROM release"), await db.value("SELECT count(*) FROM journal WHERE action = 'session.moved'")) == (2, 1)
    row = await db.value("SELECT id FROM journal WHERE action = 'session.moved'")
    await posted(client, f"/control/journal/{row}/undo", {}, form="/control/announce")
    assert await db.value(in_force, crowd) == str(before)


async def test_a_crowd_is_not_sent_where_people_meet_nor_where_its_own_limit_keeps_it_small(client: httpx.AsyncClient, now: datetime) -> None:
    day = await days.make(now=now)
    first = await _first(day)
    crowd = await days.session(day, first, "VOX", start=now + timedelta(minutes=20))
    await days.publish(day, now=now)
    places = await db.value("SELECT places FROM seating WHERE session = $1", crowd)
    await days.wait_for(crowd, [await make_person(f"w{n}") for n in range(places + 1)], now=now)
    await _sofia(client)

    async def offered() -> list[str]:
        return re.findall(r'name="room" value="([^"]+)"', (await client.get("/en/control")).text)

    free = await offered()
    assert len(free) == 1
    meeting = await db.row(_Seat, "SELECT id AS table, (SELECT id FROM company LIMIT 1) AS company FROM meeting_table WHERE campus = $1 LIMIT 1", day.campuses[first])
    assert meeting is not None
    await db.execute("UPDATE meeting_table SET room = $1 WHERE id = $2", UUID(free[0]), meeting.table)
    recruiter = await make_person("r")
    for minutes, gone in ((66, False), (60, True), (10, True), (0, False)):  # the session lasts from 20 to 65, a slot 20 minutes
        await db.execute("DELETE FROM presence")
        slot = now + timedelta(minutes=minutes)
        await db.execute("INSERT INTO presence (recruiter, slot, meeting_table, company) VALUES ($1, $2, $3, $4)", recruiter, slot, meeting.table, meeting.company)
        assert ((await offered()) != free) is gone, minutes
    await db.execute("DELETE FROM presence")
    await db.execute("""UPDATE release_item SET content = jsonb_set(content, '{seats}', $1::text::jsonb) WHERE session = $2""", str(places), crowd)
    page = (await client.get("/en/control")).text
    assert (f"It takes {places} at most in any room" in page, "/control/sessions/VOX/move" in page) == (True, False)


@dataclass(frozen=True, slots=True)
class _Seat:
    table: UUID
    company: UUID


async def test_a_company_is_late_when_people_who_are_there_wait_and_not_when_they_are_late_themselves(now: datetime, database: str) -> None:
    day = await days.make(now=now)
    first = await _first(day)
    meeting = await days.meeting(day, first, slot=now - timedelta(minutes=8))
    candidate = await db.value("SELECT candidate FROM meeting WHERE id = $1", meeting)

    async def late(after: int = 0) -> list[tuple[str, int, int]]:
        found = await board.late_companies(day.edition.id, list(day.campuses.values()), now=now + timedelta(minutes=after))
        return [(c.name, c.meetings, c.minutes) for c in found]

    async def meets(after: int) -> tuple[int, int, int]:
        found = await board.meetings_now(day.edition.id, list(day.campuses.values()), now=now + timedelta(minutes=after))
        return found.on_time, found.late, found.most_late

    assert (await meets(-1), await meets(0), await meets(4)) == ((1, 0, 0), (0, 1, 8), (0, 1, 12))
    assert await late() == []  # the candidate is not there
    registration = await db.value(
        "INSERT INTO registration (edition, person, purpose, created_at, confirmed_at) VALUES ($1, $2, 'candidate', $3, $3) RETURNING id", day.edition.id, candidate, now
    )
    await db.execute("INSERT INTO whereabouts (registration, campus, since) VALUES ($1, $2, $3)", registration, day.campuses[first], now)
    assert (await late(-1), await late(), await late(4)) == ([], [("Hexaligne", 1, 8)], [("Hexaligne", 1, 12)])
    await db.execute("UPDATE meeting SET late_minutes = 10 WHERE id = $1", meeting)
    assert (await late(), await late(2)) == ([], [("Hexaligne", 1, 10)])
    trouble = "INSERT INTO meeting_trouble (meeting, why, since) VALUES ($1, 'recruiter', $2)"
    await db.execute(trouble, meeting, now)
    assert (await late(2), (await board.meetings_now(day.edition.id, list(day.campuses.values()), now=now)).troubled) == ([], 1)
    assert (await board.meetings_now(day.edition.id, list(day.campuses.values()), now=now + timedelta(minutes=12))).troubled == 0  # its time is over
    await db.execute("DELETE FROM meeting_trouble")
    await db.execute("UPDATE meeting SET state = 'running' WHERE id = $1", meeting)
    assert (await late(4), await meets(4)) == ([], (1, 0, 0))


async def test_a_session_is_not_moved_over_somebodys_unpublished_draft(client: httpx.AsyncClient, now: datetime) -> None:
    day = await days.make(now=now)
    first = await _first(day)
    await days.session(day, first, "VOX", start=now + timedelta(minutes=20))
    await days.publish(day, now=now)
    await days.session(day, first, "NEW", start=now + timedelta(minutes=90))
    room = await db.value("SELECT id FROM room WHERE campus = $1 ORDER BY capacity DESC LIMIT 1", day.campuses[first])
    await _sofia(client)
    await posted(client, "/control/sessions/VOX/move", {"room": str(room)}, form="/control/announce")
    assert await db.value("SELECT count(*) FROM release") == 1


async def test_seats_of_absent_people_are_offered_to_who_is_inside_and_wishes(client: httpx.AsyncClient, now: datetime) -> None:
    day = await days.make(now=now)
    first = await _first(day)
    slot = now - timedelta(minutes=2)
    await days.meeting(day, first, slot=slot, state="no_show")
    (near,) = await days.inside(day, first, "Near", now=now)
    firm = await db.value("SELECT id FROM company WHERE slug = 'hexaligne'")
    await _sofia(client)
    page = (await client.get("/en/control")).text
    assert ("1 seat of somebody absent" in page, "to refill" in page) == (False, True)  # nobody inside wished for it: no alert that leads nowhere
    await posted(client, "/control/refill", {}, form="/control/announce")
    assert await db.column("SELECT action FROM journal WHERE action = 'seats.offered'") == []
    await db.execute("INSERT INTO wish (edition, candidate, company, rank, made_at) VALUES ($1, $2, $3, 1, $4)", day.edition.id, near, firm, now)
    remedies.forget()
    last = slot + timedelta(minutes=10)  # eight minutes must be left, and two go by on the way to the table
    assert [await remedies.fillable(day.edition, at) for at in (last, last + timedelta(seconds=1))] == [1, 0], "also while the last look at it is remembered"
    remedies.forget()
    assert "1 seat of somebody absent" in (await client.get("/en/control")).text
    said = await posted(client, "/en/control/refill", {}, form="/control/announce")
    assert "Seats offered: 1. People asked: 1." in (await client.get(said.headers["location"])).text
    assert await db.column("SELECT candidate FROM seat_offer") == [near]
    assert "1 seat of somebody absent" not in (await client.get("/en/control")).text


async def test_the_board_shows_codes_tables_and_sessions_but_no_name(client: httpx.AsyncClient, now: datetime) -> None:
    from forum.formats import short_code

    day = await days.make(now=now)
    first = await _first(day)
    called = await days.meeting(day, first, slot=now + timedelta(minutes=8), late=5)
    later = await days.meeting(day, first, slot=now + timedelta(minutes=20))
    await days.session(day, first, "SOON", start=now + timedelta(minutes=30))
    await days.publish(day, now=now)
    page = (await client.get(f"/board/{first}")).text
    assert (short_code(called) in page, short_code(later) in page, "Session SOON" in page) == (True, False, True)
    names = await db.column("SELECT p.name FROM meeting m JOIN person p ON p.id IN (m.candidate, m.recruiter)")
    assert [name for name in names if name in page] == []


async def test_rooms_and_tables_of_a_campus_say_how_their_meeting_stands(client: httpx.AsyncClient, now: datetime) -> None:
    from forum.live.rooms import tables_now

    day = await days.make(now=now)
    first = await _first(day)
    slot = now - timedelta(minutes=5)
    for state, late in (("running", 0), ("accepted", 7), ("no_show", 0), ("proposed", 0)):
        await days.meeting(day, first, slot=slot, state=state, late=late)
    found = await tables_now(day.edition.id, day.campuses[first], now=now)
    assert [t.mark for t in found[:5]] == ["running", "late", "no_show", "awaited", "empty"]


async def test_a_table_shows_its_day_by_code_and_no_candidates_name(client: httpx.AsyncClient, now: datetime) -> None:
    from forum.formats import short_code

    day = await days.make(now=now)
    first = await _first(day)
    called = await days.meeting(day, first, slot=now - timedelta(minutes=5), late=7)
    number, candidate = await db.value("SELECT (t.number, p.name) FROM meeting m JOIN meeting_table t ON t.id = m.meeting_table JOIN person p ON p.id = m.candidate WHERE m.id = $1", called)
    await _sofia(client)
    assert f'href="/en/control/{first}/tables/{number}"' in (await client.get(f"/en/control/{first}")).text
    page = await client.get(f"/en/control/{first}/tables/{number}")
    assert (page.status_code, short_code(called) in page.text, candidate in page.text) == (200, True, False)
    assert (await client.get(f"/control/{first}/tables/9999")).status_code == 404
    await _karim(client)
    other = next(slug for slug in day.campuses if slug != first)
    assert [(await client.get(f"/control/{slug}/tables/{number}")).status_code for slug in (first, other)] == [200, 404]


async def test_the_map_says_by_a_shape_what_its_colours_say(client: httpx.AsyncClient, now: datetime) -> None:
    """Every state but calm has a shape of its own, on the plate and in the legend."""
    day = await days.make(now=now)
    first, second = list(day.campuses)[:2]
    await days.fill(day, first, 100000, now=now)
    await _sofia(client)
    await posted(client, f"/control/{second}/entries", {"state": "pause"}, form="/control/announce")
    page = (await client.get("/en/control")).text
    legend = page.split('<ul class="legend">')[1].split("</ul>")[0]
    shapes = {state: legend.split(f'class="l-{state}">')[1].split('class="mk" ')[1].split("</svg>")[0] for state in ("watch", "full", "silent", "suspended", "evacuating")}
    assert len(set(shapes.values())) == 5
    plates = {slug: page.split('class="on-wide"')[1].split(f'href="/en/control/{slug}"')[1].split("</a>")[0] for slug in day.campuses}
    assert [shapes["full"] in plates[first], shapes["suspended"] in plates[second]] == [True, True]
    assert [slug for slug in plates if 'class="mk"' in plates[slug]] == [first, second]


async def test_the_next_meetings_are_those_of_the_next_slot(now: datetime, database: str) -> None:
    from forum.live.board import meetings_next

    day = await days.make(now=now)
    first = await _first(day)
    ids = list(day.campuses.values())
    assert await meetings_next(day.edition.id, ids, now=now) == MeetingsNext(None, 0)
    for minutes in (-5, 15, 15, 35):
        await days.meeting(day, first, slot=now + timedelta(minutes=minutes))
    assert await meetings_next(day.edition.id, ids, now=now) == MeetingsNext(now + timedelta(minutes=15), 2)


async def test_an_edition_without_a_campus_opens_its_control_screen_and_says_what_to_do(client: httpx.AsyncClient, now: datetime) -> None:
    await days.make(now=now)
    await db.execute("UPDATE campus SET removed_at = $1", now)
    await _sofia(client)
    for path in ("/en/control", "/en/control/wall", "/en/control/journal", "/en/control/announce"):
        assert (await client.get(path)).status_code == 200, path
    assert "No campus takes part yet" in (await client.get("/en/control")).text
