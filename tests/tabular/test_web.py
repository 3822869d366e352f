"""An import through its pages: upload, columns, diff, all or nothing."""

import re
from datetime import timedelta
from uuid import UUID

import httpx

from forum import clock, db
from forum.editions import Edition
from forum.jobs import Job
from forum.settings import Settings
from forum.tabular.jobs import forget
from tests.campuses.conftest import csrf, send

ROOMS = "Campus;Bâtiment;Salle;Jauge;Plain-pied\n1;C;Salle 99;30;oui\n2;C;Salle 99;25;non\n".encode("cp1252")


async def upload(client: httpx.AsyncClient, kind: str, content: bytes, name: str = "salles.csv", **more: str) -> httpx.Response:
    token = csrf(await client.get("/organise/imports"))
    return await client.post(f"/organise/imports/{kind}", data={"_csrf": token, **more}, files={"file": (name, content, "text/csv")})


async def digest_of(client: httpx.AsyncClient, path: str) -> str:
    found = re.search(r'name="digest" value="([0-9a-f]{64})"', (await client.get(path)).text)
    assert found
    return found[1]


async def test_a_list_is_uploaded_looked_at_and_stored(sofia: httpx.AsyncClient) -> None:
    before = await db.value("SELECT count(*) FROM room")
    answer = await upload(sofia, "rooms", ROOMS)
    assert answer.status_code == 303
    path = answer.headers["location"]
    page = await sofia.get("/en" + path)
    assert "2 rows · cp1252 · semicolons" in page.text
    assert "Import 2 rows" in page.text
    assert await db.value("SELECT count(*) FROM room") == before
    answer = await send(sofia, f"{path}/commit", on=path, digest=await digest_of(sofia, path))
    assert answer.headers["location"] == "/organise/imports"
    assert await db.value("SELECT count(*) FROM room") == before + 2
    assert await db.value("SELECT count(*) FROM import_draft") == 0
    assert (await sofia.get(path)).status_code == 404
    assert await db.value("SELECT facts->>'added' FROM journal WHERE action = 'import'") == "2"


async def test_the_same_file_again_changes_nothing_and_one_cell_changes_one(sofia: httpx.AsyncClient) -> None:
    path = (await upload(sofia, "rooms", ROOMS)).headers["location"]
    await send(sofia, f"{path}/commit", on=path, digest=await digest_of(sofia, path))
    again = await sofia.get("/en" + (await upload(sofia, "rooms", ROOMS)).headers["location"])
    assert "There is nothing to change" in again.text
    path = (await upload(sofia, "rooms", ROOMS.replace(b"25", b"26"))).headers["location"]
    page = await sofia.get("/en" + path)
    assert "<del>25</del> → <ins>26</ins>" in page.text
    await send(sofia, f"{path}/commit", on=path, digest=await digest_of(sofia, path))
    stored = "SELECT (r.capacity, r.version)::text FROM room r JOIN campus c ON c.id = r.campus WHERE c.slug = '2' AND r.name = 'Salle 99'"
    assert await db.value(stored) == "(26,2)"


async def test_columns_without_known_titles_are_chosen(sofia: httpx.AsyncClient) -> None:
    path = (await upload(sofia, "rooms", b"A,B,C\n1,Salle X,30\n")).headers["location"]
    page = await sofia.get("/en" + path)
    assert "Some columns must be chosen first" in page.text
    wrong = await sofia.post(path, data={"_csrf": csrf(page), "c-campus": "0", "c-name": "0", "c-capacity": "9"})
    assert wrong.status_code == 422
    right = await sofia.post(path, data={"_csrf": csrf(page), "c-campus": "0", "c-name": "1", "c-capacity": "2"})
    assert right.status_code == 303
    await send(sofia, f"{path}/commit", on=path, digest=await digest_of(sofia, path))
    assert await db.value("SELECT count(*) FROM room WHERE name = 'Salle X'") == 1


async def test_one_fault_stores_nothing(sofia: httpx.AsyncClient) -> None:
    before = await db.value("SELECT count(*) FROM room")
    path = (await upload(sofia, "rooms", b"campus,salle,jauge\n1,Salle Y,30\n77,Salle Z,30\n1,Salle W,beaucoup\n")).headers["location"]
    page = await sofia.get("/en" + path)
    assert "There is no campus 77." in page.text
    assert "Enter a whole number." in page.text
    assert "<td>beaucoup</td>" in page.text
    assert 'name="digest"' not in page.text
    await send(sofia, f"{path}/commit", on=path, digest="0" * 64)
    assert await db.value("SELECT count(*) FROM room") == before


async def test_what_changed_meanwhile_is_shown_again_before_it_is_stored(sofia: httpx.AsyncClient) -> None:
    path = (await upload(sofia, "rooms", ROOMS)).headers["location"]
    seen = await digest_of(sofia, path)
    await db.execute("INSERT INTO room (campus, building, name, capacity) SELECT id, 'C', 'Salle 99', 7 FROM campus WHERE slug = '1'")
    answer = await send(sofia, f"{path}/commit", on=path, digest=seen)
    assert (answer.status_code, f'<meta name="at" content="{path}">' in answer.text) == (409, True)
    assert await db.value("SELECT count(*) FROM room WHERE name = 'Salle 99'") == 1


async def test_an_unreadable_file_is_refused_beside_its_field(sofia: httpx.AsyncClient) -> None:
    token = csrf(await sofia.get("/organise/imports"))
    for content, words in (
        (b"", "The file is empty."),
        (b"a,b\n\x00,1\n", "Line 2 has a NUL character; this is not a text file."),
        (b"a,A\n1,2\n", "Line 1: the column A is there twice."),
        (b"," * 1000, "Line 1: there are 1001 columns; 100 at most are read."),
        (b"a,b\n1,2,3\n", "Line 2: there are 3 cells under 2 column titles."),
    ):
        answer = await sofia.post("/en/organise/imports/rooms", data={"_csrf": token}, files={"file": ("x.csv", content, "text/csv")})
        assert (answer.status_code, words in answer.text) == (422, True), words
    assert await db.value("SELECT count(*) FROM import_draft") == 0


async def test_forms_without_a_file_or_with_more_are_refused(sofia: httpx.AsyncClient) -> None:
    token = csrf(await sofia.get("/organise/imports"))
    assert (await sofia.post("/organise/imports/rooms", data={"_csrf": token})).status_code == 422
    assert (await sofia.post("/organise/imports/rooms", data={"_csrf": token, "file": "text"})).status_code == 422
    assert (await upload(sofia, "rooms", ROOMS, is_admin="1")).status_code == 422
    assert (await upload(sofia, "passwords", ROOMS)).status_code == 404
    assert (await sofia.post("/organise/imports/rooms", data={"_csrf": token}, files={"file": ("x.csv", b"x" * (34 << 20), "text/csv")})).status_code == 413


async def test_a_draft_belongs_to_the_one_who_made_it(sofia: httpx.AsyncClient, karim: httpx.AsyncClient, edition: Edition) -> None:
    path = (await upload(sofia, "rooms", ROOMS)).headers["location"]
    assert (await karim.get("/organise/imports")).status_code == 404
    await db.execute(
        """INSERT INTO role (person, edition, name, granted_at, approved_at)
           SELECT id, $1, 'forum_organiser', now(), now() FROM person WHERE email = 'karim@example.org'""",
        edition.id,
    )
    assert (await karim.get("/organise/imports")).status_code == 200
    assert (await karim.get(path)).status_code == 404
    assert (await sofia.get(path)).status_code == 200


async def test_old_drafts_are_forgotten(sofia: httpx.AsyncClient, settings: Settings) -> None:
    first = UUID((await upload(sofia, "rooms", ROOMS)).headers["location"].rsplit("/", 1)[1])
    await db.execute("UPDATE import_draft SET made_at = $1", clock.now() - timedelta(hours=25))
    await forget(Job(1, "imports.forget", {}, 1, settings))
    assert await db.value("SELECT count(*) FROM import_draft WHERE id = $1", first) == 0
    path = (await upload(sofia, "rooms", ROOMS)).headers["location"]
    await send(sofia, f"{path}/drop", on=path)
    assert (await sofia.get(path)).status_code == 404


async def test_a_file_of_titles_only_is_said_to_have_no_row(sofia: httpx.AsyncClient) -> None:
    page = (await sofia.get("/en" + (await upload(sofia, "rooms", ROOMS.splitlines(keepends=True)[0])).headers["location"])).text
    assert ("The file has no row" in page, "here already" in page, "Import 0 rows" in page) == (True, False, False)


async def test_campuses_go_out_and_come_in_unchanged(sofia: httpx.AsyncClient) -> None:
    for query in ("", "?excel=true"):
        exported = await sofia.get(f"/organise/exports/campuses{query}")
        assert exported.headers["content-type"] == "text/csv; charset=utf-8"
        assert 'filename="rehearsal-campuses.csv"' in exported.headers["content-disposition"]
        page = await sofia.get("/en" + (await upload(sofia, "campuses", exported.content)).headers["location"])
        assert "There is nothing to change" in page.text


async def test_new_campuses_open_every_day(sofia: httpx.AsyncClient) -> None:
    content = "N°;Nom;Lat;Lon;Jauge;CP;Ville\n50;Pantin Hoche;48,8914;2,4027;400;93500;Pantin\n".encode()
    path = (await upload(sofia, "campuses", content)).headers["location"]
    await send(sofia, f"{path}/commit", on=path, digest=await digest_of(sofia, path))
    assert await db.value("SELECT array_agg(places) FROM campus_day d JOIN campus c ON c.id = d.campus WHERE c.number = 50") == [400, 400]
    assert (await sofia.get("/campus/50")).status_code == 200
