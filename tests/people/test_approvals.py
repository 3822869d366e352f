"""Companies, recruiters, speakers and press: before an organiser's yes they see nothing and nothing of theirs is seen."""

import re
from uuid import UUID

import httpx
import pytest
from litestar import Litestar

from forum import access, clock, db
from tests.helpers import make_person, posted, sign_client_in

FIRM = "Zyglotron Quantique"


@pytest.fixture
async def asking(edition: UUID) -> dict[str, UUID]:
    """A recruiter of a new company with an offer, a speaker and a journalist, all waiting; and a visitor to look."""
    now = clock.now()
    company = await db.value("INSERT INTO company (edition, slug, name, pitch_fr, created_at) VALUES ($1, 'zyglotron', $2, $2, $3) RETURNING id", edition, FIRM, now)
    await db.execute("INSERT INTO offer (company, title, target_role, created_at) VALUES ($1, $2, 'sales', $3)", company, f"Poste chez {FIRM}", now)
    made: dict[str, UUID] = {"company": company}
    for role in ("recruiter", "speaker", "press", "visitor"):
        made[role] = await make_person(f"{role.title()} Zyglov")
        await db.execute("INSERT INTO registration (edition, person, purpose, created_at, confirmed_at) VALUES ($1, $2, $3, $4, $4)", edition, made[role], role, now)
        if role != "visitor":
            await db.execute("INSERT INTO role (person, edition, name, company, granted_at) VALUES ($1, $2, $3, $4, $5)", made[role], edition, role,
                             company if role == "recruiter" else None, now)  # fmt: skip
    return made


def readable() -> list[str]:
    """Every page and feed of the table that has no parameter, and those of the company."""
    plain = [key.split(" ", 1)[1] for key in sorted(access.TABLE) if key.startswith("GET ") and "{" not in key]
    return [p for p in plain if p not in {"/metrics", "/live/poll"}] + ["/companies/zyglotron", "/companies?q=Zyg", "/programme?q=Zyg", "/recruiter/candidates?q=a"]


async def seen(client: httpx.AsyncClient, words: str) -> set[str]:
    """Where *words* are shown to whoever *client* is."""
    return {path for path in readable() if re.search(words, (await client.get(path)).text)}


async def test_before_the_yes_nobody_sees_the_company_or_its_offers(client: httpx.AsyncClient, asking: dict[str, UUID]) -> None:
    assert await seen(client, "Zyglo") == set()
    await sign_client_in(client, asking["visitor"])
    assert await seen(client, "Zyglotron") == set()
    assert (await client.get("/companies/zyglotron")).status_code == 404


@pytest.mark.parametrize("role", ["recruiter", "speaker", "press"])
async def test_before_the_yes_they_see_no_candidate_and_reach_no_page_of_the_role(client: httpx.AsyncClient, asking: dict[str, UUID], role: str) -> None:
    await db.execute("INSERT INTO profile (registration, about) SELECT id, 'Rarissime' FROM registration WHERE person = (SELECT id FROM person WHERE email = 'anh@example.org') ON CONFLICT (registration) DO UPDATE SET about = 'Rarissime'")
    await sign_client_in(client, asking[role])
    assert await seen(client, "Rarissime|Anh Tr") == set()
    for key in sorted(access.TABLE):
        method, template = key.split(" ", 1)
        if role in access.TABLE[key].who and access.SIGNED_IN not in access.TABLE[key].who:
            path = re.sub(r"{\w+:(\w+)}", lambda m: "00000000-0000-4000-8000-000000000000" if m[1] == "uuid" else "1", template)
            assert (await client.request(method, path)).status_code == 404, key


async def test_control_after_the_yes_the_company_shows_and_its_recruiter_works(client: httpx.AsyncClient, app: Litestar, asking: dict[str, UUID], people: dict[str, UUID]) -> None:
    await sign_client_in(client, people["forum"])
    page = await client.get("/organise/requests")
    assert page.text.count("Zyglov") == 3
    request = await db.value("SELECT id FROM role WHERE person = $1", asking["recruiter"])
    done = await posted(client, f"/organise/requests/{request}/approval", form="/organise/requests")
    assert (done.status_code, done.headers["location"]) == (303, "/organise/requests")
    assert await db.value("SELECT count(*) FROM mail WHERE template = 'role_approved' AND person = $1", asking["recruiter"]) == 1
    assert await db.value("SELECT actor FROM journal WHERE action = 'role.approved'") == people["forum"]
    async with httpx.AsyncClient(transport=client._transport, base_url="http://forum.test") as anyone:
        assert await seen(anyone, "Zyglotron") >= {"/companies", "/companies/zyglotron"}
    await sign_client_in(client, asking["recruiter"])
    assert (await client.get("/recruiter")).status_code == 200
    again = await posted(client, f"/organise/requests/{request}/approval", form="/me")
    assert again.status_code == 404


async def test_a_no_leaves_a_visit_and_is_said_by_mail(client: httpx.AsyncClient, asking: dict[str, UUID], people: dict[str, UUID]) -> None:
    await sign_client_in(client, people["forum"])
    request = await db.value("SELECT id FROM role WHERE person = $1", asking["press"])
    await posted(client, f"/organise/requests/{request}/refusal", form="/organise/requests")
    assert await db.value("SELECT purpose FROM registration WHERE person = $1", asking["press"]) == "visitor"
    assert await db.value("SELECT count(*) FROM mail WHERE template = 'role_declined' AND person = $1", asking["press"]) == 1


async def test_a_request_shows_to_organisers_once_the_address_is_proven(client: httpx.AsyncClient, asking: dict[str, UUID], people: dict[str, UUID]) -> None:
    await db.execute("UPDATE person SET confirmed_at = NULL WHERE id = $1", asking["speaker"])
    await sign_client_in(client, people["forum"])
    assert (await client.get("/organise/requests")).text.count("Zyglov") == 2


@pytest.mark.parametrize("names", [("日本", "中国"), ("Élan", "Lan")])
async def test_two_organisations_are_never_taken_for_one(client: httpx.AsyncClient, edition: UUID, names: tuple[str, str]) -> None:
    day = await db.value("SELECT d.day || ':' || c.slug FROM campus_day d JOIN campus c ON c.id = d.campus LIMIT 1")
    for n, name in enumerate((*names, names[0].upper())):
        form = {"name": f"R{n}", "email": f"r{n}@example.net", "purpose": "recruiter", "company": name, "days": day}
        assert (await posted(client, "/register", form)).status_code == 303
    assert await db.column("SELECT c.name FROM role r JOIN company c ON c.id = r.company WHERE r.approved_at IS NULL ORDER BY r.granted_at") == [names[0], names[1], names[0]]
