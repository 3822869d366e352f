"""The rehearsal's buttons, also those on the control screen: pause, go on, ahead, the next day; events in the simulated time."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, cast
from uuid import uuid4

import httpx
import pytest
from litestar import Litestar

from forum import clock, db, editions
from forum.errors import Conflict
from forum.live import outbox, stream
from forum.rehearsal import stand
from forum.rehearsal.client import Client
from forum.rehearsal.control import FAULTS, Rehearsal
from forum.rehearsal.driver import Driver
from forum.rehearsal.hands import Hands, Ledger
from forum.rehearsal.plot import Minute
from forum.settings import Settings
from forum.simulated import Clock
from tests.helpers import posted, sign_client_in
from tests.live import day as days


@pytest.fixture
async def rehearsal(app: Litestar, client: httpx.AsyncClient, settings: Settings) -> AsyncIterator[Rehearsal]:
    """A rehearsal of two empty campuses over two days, as the application knows it; nobody lives it."""
    await days.make(now=clock.now(), campuses=2)
    edition = await editions.needed()
    first, second = (d.day for d in edition.days)
    running = Clock(stand.begins_of(edition, first), speed=10)
    clock.run_on(running.now)
    driver = Driver(Hands(Client(cast("Any", None)), settings, b"", Ledger(), "1"), edition, first, running, organiser=uuid4())
    app.state.rehearsal = Rehearsal(driver, running, stand.ends_of(edition, first), second)
    await sign_client_in(client, await days.person_of("sofia@example.org"))
    yield app.state.rehearsal
    clock.run_on(None)


async def _press(client: httpx.AsyncClient, **fields: object) -> httpx.Response:
    return await posted(client, "/rehearsal", {k: str(v) for k, v in fields.items()}, form="/control")


async def test_the_control_screen_pauses_goes_on_and_leads_to_the_rehearsal(rehearsal: Rehearsal, client: httpx.AsyncClient) -> None:
    page = (await client.get("/en/control")).text
    assert "10 times as fast" in page
    assert 'href="/en/rehearsal"' in page
    done = await _press(client, act="pause", back="/control")
    assert (done.status_code, done.headers["location"], rehearsal.clock.running) == (303, "/control", False)
    assert "stands still" in (await client.get("/en/control")).text
    await _press(client, act="run", speed=60, back="/control")
    assert (rehearsal.clock.running, rehearsal.clock.speed) == (True, 60)


async def test_the_control_screen_lets_things_go_wrong_and_stays(rehearsal: Rehearsal, client: httpx.AsyncClient) -> None:
    page = (await client.get("/en/control")).text
    done = {kind: await _press(client, act="fault", kind=kind, back="/control") for kind in FAULTS}
    assert [f'name="kind" value="{kind}"' in page for kind in FAULTS] == [True] * len(FAULTS)
    assert {answer.headers["location"] for answer in done.values() if answer.status_code == 303} == {"/control"}
    assert [fault.kind for fault in reversed(rehearsal.driver.state.faults)] == [kind for kind, answer in done.items() if answer.status_code == 303]
    assert done["campus"].status_code == 303  # the other three need a phone, a room, a session: this day is almost empty


async def test_the_report_has_its_plots_and_shares_and_both_files(rehearsal: Rehearsal, client: httpx.AsyncClient) -> None:
    begins = rehearsal.clock.now()
    rehearsal.driver.curve = [Minute(begins + timedelta(minutes=n), 1200 * n, n, n, 7.0 * n, 3) for n in range(40)]
    page = (await client.get("/en/rehearsal")).text
    assert (page.count('class="rh-plot"'), page.count('class="rh-shares"')) == (4, 2)
    assert "It was not measured." in page
    assert "at most 46,800." in page
    file = await client.get("/rehearsal/minutes.csv")
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    rows = file.text.splitlines()
    assert (rows[0], rows[-1], len(rows)) == ("time,inside,meetings_under_way,meetings_held,longest_wait_s,between_campuses", "09:09,46800,39,39,273,3", 41)
    assert "wishes.met,0" in (await client.get("/rehearsal/report.csv")).text.splitlines()


async def test_a_screen_that_rehearses_nothing_shows_none_of_it(app: Litestar, rehearsal: Rehearsal, client: httpx.AsyncClient) -> None:
    del app.state.rehearsal
    assert "/rehearsal" not in (await client.get("/en/control")).text


async def test_the_next_day_begins_only_when_this_one_is_over_and_never_after_the_last(rehearsal: Rehearsal) -> None:
    with pytest.raises(Conflict):
        rehearsal.next_day()
    rehearsal.jump(900)
    assert rehearsal.driver.ahead == rehearsal.ends
    rehearsal.clock.jump(rehearsal.ends)
    assert rehearsal.next_day() == rehearsal.following == await rehearsal.next_asked()
    rehearsal.following = None
    with pytest.raises(Conflict):
        rehearsal.next_day()


async def test_a_day_that_is_over_has_no_button_but_the_next_day(rehearsal: Rehearsal, client: httpx.AsyncClient) -> None:
    words = ("Go on", "10 minutes ahead", "A campus closes", "The next day</button>")
    rehearsal.clock.pause()
    page = (await client.get("/en/rehearsal")).text
    assert [w in page for w in words] == [True, True, True, False]
    rehearsal.clock.jump(rehearsal.ends)
    for path in ("/en/rehearsal", "/en/control"):
        page = (await client.get(path)).text
        assert [w in page for w in words] == [False, False, False, True]
        assert ("the day is over" in page, "stands still" in page) == (True, False)
    for fields in ({"act": "run"}, {"act": "jump"}, {"act": "fault"}, {"act": "pause"}):
        assert (await _press(client, **fields)).status_code == 409
    assert rehearsal.clock.now() == rehearsal.ends
    await _press(client, act="next")
    page = (await client.get("/en/rehearsal")).text
    assert ("The next day</button>" in page, "The next day gets ready." in page) == (False, True)
    rehearsal.following = None
    assert "the last day is over" in (await client.get("/en/control")).text


@pytest.mark.parametrize("kept", [True, False], ids=["over night", "control"])
async def test_who_presses_the_next_day_is_still_signed_in_the_morning_after(rehearsal: Rehearsal, client: httpx.AsyncClient, kept: bool) -> None:
    """Twelve hours without a request sign an organiser out; in a rehearsal they pass in a moment. The control jumps without a word."""
    rehearsal.clock.jump(rehearsal.ends)
    assert (await client.get("/en/rehearsal")).status_code == 200
    assert rehearsal.following is not None
    morning = stand.begins_of(rehearsal.driver.edition, rehearsal.following)
    if kept:
        await stand.over_night(rehearsal.clock, morning)
        rehearsal.clock.release()
    else:
        rehearsal.clock.jump(morning)
    assert (await client.get("/en/rehearsal")).status_code == (200 if kept else 303)


async def test_events_of_a_rehearsal_happen_in_its_own_time_and_others_in_the_real_one(rehearsal: Rehearsal) -> None:
    rehearsal.clock.jump(rehearsal.clock.now() + timedelta(days=400))
    seq = (await stream.place()).seq
    await outbox.emit("edition", "changed", "simulated")
    while await stream.sequence():
        pass
    clock.run_on(None)
    await outbox.emit("edition", "changed", "real")
    while await stream.sequence():
        pass
    simulated, real = [e.at for e in await stream.since(seq) if e.ref in ("simulated", "real")]
    assert simulated - real > timedelta(days=300)
    assert abs(real - await db.value("SELECT now()")) < timedelta(minutes=10)
