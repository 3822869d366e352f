import io
import re
from datetime import timedelta
from uuid import UUID

import httpx
import msgspec
import pypdfium2
import pytest

from forum import day_paper, db, editions, jobs
from forum.badges import handouts
from forum.badges import jobs as badge_jobs
from forum.badges.codes import spaced
from forum.settings import Settings
from tests.badges.house import House, build, code
from tests.badges.test_web import csrf, organiser, sign_in_as
from tests.conftest import NOW
from tests.helpers import posted


@pytest.fixture
async def house(database: str, now: object) -> House:
    return await build(people=6)


def words(pdf: bytes) -> list[str]:
    """The text of every page."""
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    return [page.get_textpage().get_text_bounded() for page in document]


async def test_the_desk_finds_by_name_and_by_code_and_lists_nobody_unasked(client: httpx.AsyncClient, house: House) -> None:
    await sign_in_as(client, await organiser("driss@example.org"))
    assert "Personne" not in (await client.get("/badges")).text
    for asked, found in (("personne 3", "Personne 3"), ("PÉRSONNE 3", "Personne 3"), (spaced(await code(house.badges[2])), "Personne 2")):
        answer = await posted(client, "/badges", {"search": asked}, form="/badges")
        assert (answer.status_code, found in answer.text) == (200, True)
    assert "Personne" not in (await client.get("/badges?search=personne 3")).text  # no name is taken from an address


async def test_a_candidate_does_not_see_the_desk(client: httpx.AsyncClient, house: House) -> None:
    await sign_in_as(client, house.people[0])
    assert (await client.get("/badges")).status_code == 404
    assert (await client.get(f"/badges/{house.badges[1]}/print/a6")).status_code == 404


async def test_a_lost_badge_is_replaced_after_the_person_was_recognised_and_logged(client: httpx.AsyncClient, house: House) -> None:
    await sign_in_as(client, await organiser("driss@example.org"))
    page = await client.get(f"/badges/{house.badges[0]}")
    path = f"/badges/{house.badges[0]}/replace"
    assert (await client.post(path, data={"_csrf": csrf(page)})).status_code == 422
    done = await client.post(path, data={"_csrf": csrf(page), "identity": "document"})
    fresh = done.headers["location"].rpartition("/")[2]
    assert (done.status_code, await db.value("SELECT replaced_by::text FROM badge WHERE id = $1", house.badges[0])) == (303, fresh)
    assert await db.value("SELECT facts->>'identity' FROM journal WHERE action = 'badge.replaced'") == "document"
    printed = await client.get(f"/badges/{fresh}/print/label62")
    assert printed.content[:5] == b"%PDF-"
    assert await db.value("SELECT printed_by FROM badge_print WHERE badge = $1", UUID(fresh)) == await organiser("driss@example.org")


async def test_the_paper_agenda_shows_the_meetings_of_each_day(client: httpx.AsyncClient, house: House) -> None:
    await sign_in_as(client, await organiser("driss@example.org"))
    answer = await client.get(f"/badges/{house.badges[0]}/print/agenda")
    pages = words(answer.content)
    assert len(pages) == 2
    typed = spaced(await code(house.badges[0]))
    assert all("Personne 0" in page and typed in page for page in pages)


async def test_all_badges_of_a_campus_are_made_by_the_worker_with_progress(client: httpx.AsyncClient, house: House, settings: Settings) -> None:
    await sign_in_as(client, await organiser("sofia@example.org"))
    page = await client.get("/badges/orders")
    slug = await db.value("SELECT slug FROM campus WHERE id = $1", house.campuses[0])
    order = {"_csrf": csrf(page), "what": "badges", "campus": slug, "layout": "a6", "day": str(NOW.date())}
    assert (await client.post("/badges/orders", data=order)).status_code == 303
    batch = await db.value("SELECT id FROM badge_batch")
    await day_paper.batch(jobs.Job(1, "badges.batch", {"batch": str(batch)}, 1, settings))
    made = await client.get(f"/badges/orders/{batch}/file")
    names = " ".join(words(made.content))
    assert all(f"Personne {n}" in names for n in range(6))
    assert await db.value("SELECT done = total AND finished_at IS NOT NULL FROM badge_batch")
    assert await db.value("SELECT count(*) FROM badge_print WHERE layout = 'a6'") == await db.value("SELECT total FROM badge_batch")
    await handouts.forget(now=NOW + timedelta(days=2))
    assert (await client.get(f"/badges/orders/{batch}/file")).status_code == 404


async def test_a_campus_s_pack_has_lists_run_sheets_and_signs(client: httpx.AsyncClient, house: House) -> None:
    edition = await editions.needed()
    table, number = (await db.rows(TableRow, "SELECT id, number FROM meeting_table WHERE campus = $1 ORDER BY number LIMIT 1", house.campuses[0]))[0].pair
    company = await db.value("SELECT id FROM company LIMIT 1")
    await db.execute(
        "INSERT INTO claim (slot, person, meeting_table, company, kind, holder) VALUES ($1, $2, $3, $4, 'meeting', gen_random_uuid())",
        NOW + timedelta(hours=1), house.people[3], table, company,
    )  # fmt: skip
    batch = await handouts.order(edition.id, "pack", campus=house.campuses[0], layout="a4", day=NOW.date(), now=NOW, by=None)
    await handouts.make(batch, edition, now=NOW)
    pages = words(await handouts.file_of(batch))
    sheet = next((page for page in pages if f"Table {number} " in page and "11:00" in page), "")
    assert "Personne 3" in sheet, [p[:120] for p in pages if "Table" in p][:4]
    typed = spaced(await code(house.badges[5]))
    assert sum(typed in page for page in pages) == 2, "by name and by code"
    assert any(re.search(r"Tables \d+ à \d+", page) for page in pages)


async def test_a_campus_organiser_orders_for_the_own_campus_only(client: httpx.AsyncClient, house: House) -> None:
    await sign_in_as(client, await organiser("karim@example.org"))
    page = await client.get("/badges/orders")
    other = await db.value("SELECT slug FROM campus WHERE id = $1", house.campuses[1])
    order = {"_csrf": csrf(page), "what": "pack", "campus": other, "layout": "a4", "day": str(NOW.date())}
    assert (await client.post("/badges/orders", data=order)).status_code == 422
    assert (await client.post("/badges/orders", data=order | {"campus": "", "what": "badges"})).status_code == 422
    assert await db.value("SELECT count(*) FROM badge_batch") == 0


async def test_the_confirmation_mail_brings_the_badge_once(house: House, settings: Settings) -> None:
    await db.execute("DELETE FROM whereabouts WHERE registration = $1", house.registrations[0])
    await db.execute("DELETE FROM badge WHERE registration = $1", house.registrations[0])
    for _ in range(2):
        await badge_jobs.issue(jobs.Job(1, "badges.issue", {"registration": str(house.registrations[0])}, 1, settings))
    facts = await db.column("SELECT facts->>'code' FROM mail WHERE template = 'badge' AND person = $1", house.people[0])
    badge = await db.value("SELECT id FROM badge WHERE registration = $1", house.registrations[0])
    assert facts == [spaced(await code(badge))]


class TableRow(msgspec.Struct):
    id: UUID
    number: int

    @property
    def pair(self) -> tuple[UUID, int]:
        return self.id, self.number
