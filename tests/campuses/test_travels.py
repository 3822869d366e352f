"""Travel times in force: entries by hand with undo, live changes, a timetable; told to everybody, kept while nothing changes."""

from datetime import date
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from forum import clock, db
from forum.campuses import queries, travels
from forum.campuses.forms import OverrideForm, PatchForm
from forum.campuses.gtfs import Window
from forum.campuses.travel import Site
from forum.editions import Edition
from forum.errors import Conflict, Invalid, NotFound
from forum.rehearsal import make_edition
from tests.campuses.conftest import send
from tests.campuses.made_feed import MadeFeed


@pytest.fixture
async def by(edition: Edition) -> UUID:
    found: UUID = await db.value("SELECT id FROM person WHERE email = 'sofia@example.org'")
    return found


async def test_an_entry_is_set_by_hand_explained_and_undone(sofia: httpx.AsyncClient, edition: Edition) -> None:
    computed = (await travels.matrix_of(edition.id)).between("1", "2")
    path = "/organise/travel/from/1/to/2"
    assert (await send(sofia, path, minutes=7, reason="Navette toutes les 10 min", both_ways=1)).status_code == 303
    now = await travels.matrix_of(edition.id)
    assert (now.between("1", "2"), now.between("2", "1")) == (7, 7)
    assert (await travels.journey_of(edition.id, "1", "2")).source == "override"
    page = await sofia.get(path)
    assert "Navette toutes les 10 min" in page.text
    assert (await send(sofia, f"{path}/undo", on=path)).status_code == 303
    after = await travels.matrix_of(edition.id)
    assert (after.between("1", "2"), after.between("2", "1")) == (computed, 7)
    assert (await send(sofia, f"{path}/undo", on=path)).status_code == 404
    assert await db.value("SELECT count(*) FROM travel_override") == 2  # history stays
    assert await db.column("SELECT action FROM journal ORDER BY id") == ["travel.set", "travel.unset"]


async def test_setting_again_replaces_the_entry(edition: Edition, by: UUID) -> None:
    for minutes in (9, 11):
        await travels.set_entry(edition.id, "1", "2", OverrideForm(minutes=minutes, reason="mesuré"), by=by, now=clock.now())
    assert (await travels.matrix_of(edition.id)).between("1", "2") == 11
    assert len(await queries.overrides(edition.id)) == 1


async def test_an_entry_by_hand_never_shortens_a_step_free_journey_unless_it_says_so(edition: Edition, by: UUID) -> None:
    free = (await travels.matrix_of(edition.id, step_free=True)).between("1", "2")
    await travels.set_entry(edition.id, "1", "2", OverrideForm(minutes=5, reason="escalier"), by=by, now=clock.now())
    assert (await travels.matrix_of(edition.id, step_free=True)).between("1", "2") == free
    await travels.set_entry(edition.id, "1", "2", OverrideForm(minutes=599, reason="pont fermé"), by=by, now=clock.now())
    assert (await travels.matrix_of(edition.id, step_free=True)).between("1", "2") == 599
    await travels.set_entry(edition.id, "1", "2", OverrideForm(minutes=5, reason="navette adaptée", step_free=True), by=by, now=clock.now())
    assert (await travels.matrix_of(edition.id, step_free=True)).between("1", "2") == 5


async def test_a_strike_starts_and_ends(sofia: httpx.AsyncClient, edition: Edition) -> None:
    before = await travels.matrix_of(edition.id)
    page = "/organise/travel/changes"
    assert (await send(sofia, page, reason="Grève", effect="slower", percent=200)).status_code == 303
    struck = await travels.matrix_of(edition.id)
    assert all(b >= a for (*_, a), (*_, b) in zip(before.pairs(), struck.pairs(), strict=True))
    assert struck != before
    patch = (await queries.patches(edition.id))[0]
    assert (patch.percent, patch.line, patch.by) == (200, "", "Sofia Marchetti-Lebrun")
    assert "Grève" in (await sofia.get("/organise/travel")).text
    assert (await send(sofia, f"{page}/{patch.id}/end", on=page)).status_code == 303
    assert await travels.matrix_of(edition.id) == before
    answer = await send(sofia, f"{page}/{patch.id}/end", on=page)
    assert answer.status_code == 409  # ended already
    assert await db.column("SELECT kind FROM event WHERE kind = 'travel.changed'") == ["travel.changed", "travel.changed"]


async def test_a_bad_change_is_refused_and_nothing_is_in_force(sofia: httpx.AsyncClient) -> None:
    for bad in ({"reason": ""}, {"effect": "flood"}, {"percent": 50}, {"percent": 5000}, {"around": "99"}, {"line": "4"}, {"radius_m": 1}, {"x": 1}):
        answer = await send(sofia, "/organise/travel/changes", **{"reason": "Grève", "effect": "slower", "percent": 200} | bad)
        assert answer.status_code == 422, bad
    assert await db.value("SELECT count(*) FROM travel_patch") == 0


async def test_a_closed_quarter_cuts_its_campus_off(edition: Edition, by: UUID) -> None:
    form = PatchForm(effect="closed", around="2", radius_m=800, walking=True, reason="périmètre fermé")
    found = await travels.start_patch(edition.id, form, by=by, now=clock.now())
    assert {(c.origin, c.destination) for c in found} == {(a, b) for a in "1234" for b in "1234" if a != b and "2" in (a, b)}
    assert (await travels.matrix_of(edition.id)).between("1", "2") == 600


async def _timetable(edition: Edition, folder: Path) -> None:
    """A line from campus 1 straight to campus 2, every four minutes, eleven minutes long."""
    places = {c.slug: c for c in await queries.campuses(edition.id)}
    feed = MadeFeed().calendar(days="1111111")
    for slug in ("1", "2"):
        feed.stop(f"S{slug}", places[slug].lat, places[slug].lon, wheelchair_boarding="1")
    feed.line("77", ("S1", "S2"), every=240, ride=660)
    sites = tuple(Site(c.slug, c.lat, c.lon) for c in places.values())
    reading, digest = travels.read_and_digest(feed.write(folder / "feed.zip"), Window(date(2028, 11, 16)), sites)
    await travels.store_feed(edition.id, "feed.zip", digest, reading, by=None, now=clock.now())


async def test_a_timetable_is_stored_used_and_struck_by_line(edition: Edition, by: UUID, tmp_path: Path) -> None:
    await _timetable(edition, tmp_path)
    way = await travels.journey_of(edition.id, "1", "2")
    # 1 + 60 + 1.15 x 120 + 1.15 x 660 + 60 + 1 + 120 = 1139 s.
    assert (way.minutes, way.lines, way.source) == (19, ("77",), "feed")
    assert await travels.lines_of(edition.id) == ["77"]
    info = await queries.feed(edition.id)
    assert info is not None
    assert (info.name, info.stops, info.day) == ("feed.zip", 2, date(2028, 11, 16))
    found = await travels.start_patch(edition.id, PatchForm(effect="slower", percent=200, line="77", reason="grève ligne 77"), by=by, now=clock.now())
    assert (await travels.matrix_of(edition.id)).between("1", "2") == 34
    assert ("1", "2") in {(c.origin, c.destination) for c in found}
    with pytest.raises(Invalid, match="no line 78"):
        await travels.start_patch(edition.id, PatchForm(effect="closed", line="78", reason="grève"), by=by, now=clock.now())
    await _timetable(edition, tmp_path)  # the next feed takes its place
    assert await db.value("SELECT count(*) FROM travel_feed WHERE removed_at IS NULL") == 1


async def test_what_is_kept_follows_a_moved_campus(edition: Edition) -> None:
    before = await travels.matrix_of(edition.id)
    assert await travels.matrix_of(edition.id) is before
    await db.execute("UPDATE campus SET latitude = latitude + 0.05 WHERE slug = '1'")
    assert await travels.matrix_of(edition.id) != before


async def test_a_change_rolled_back_leaves_no_trace(edition: Edition, by: UUID) -> None:
    before = await travels.matrix_of(edition.id)
    with pytest.raises(NotFound):
        await travels.set_entry(edition.id, "1", "99", OverrideForm(minutes=5, reason="rien"), by=by, now=clock.now())
    with pytest.raises(Invalid):
        await travels.set_entry(edition.id, "1", "1", OverrideForm(minutes=5, reason="rien"), by=by, now=clock.now())
    with pytest.raises(NotFound):
        await travels.end_patch(edition.id, by, by=by, now=clock.now())
    assert await travels.matrix_of(edition.id) == before
    assert await db.value("SELECT count(*) FROM event WHERE kind = 'travel.changed'") == 0


async def test_ending_twice_is_a_conflict(edition: Edition, by: UUID) -> None:
    await travels.start_patch(edition.id, PatchForm(effect="slower", reason="grève"), by=by, now=clock.now())
    patch = (await queries.patches(edition.id))[0].id
    await travels.end_patch(edition.id, patch, by=by, now=clock.now())
    with pytest.raises(Conflict):
        await travels.end_patch(edition.id, patch, by=by, now=clock.now())


async def test_the_matrix_page_holds_a_hundred_campuses(database: str) -> None:
    from forum import editions, pages

    travels.forget()
    await make_edition(now=clock.now(), campuses=100)
    editions.forget()
    edition = await editions.needed()
    campuses, table = await queries.campuses(edition.id), await travels.matrix_of(edition.id)
    page = pages.render("campuses/travel.html", {
        "lang": "fr", "edition": edition, "campuses": campuses, "matrix": table, "by_hand": {("1", "2")}, "patches": [], "feed": None,
        "principal": None, "flashes": [], "can_open": lambda *a: True, "path": "/organise/travel",
    })  # fmt: skip
    assert page.count("<td") == 100 * 100 + 1
    assert len(page) < 400_000
