"""Groups: a referent's list, one click each; the referent learns answers and nothing else."""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from forum import clock, db
from forum.people import changes, proving, queries
from forum.people.model import CONFIRM_WITHIN, GUARDIAN_WITHIN
from tests.helpers import make_person, posted, sign_client_in

KNOWN = "anh@example.org"


@pytest.fixture
async def day(people: dict[str, UUID]) -> str:
    found: str = await db.value("SELECT d.day || ':' || c.slug FROM campus_day d JOIN campus c ON c.id = d.campus ORDER BY d.day, c.number LIMIT 1")
    return found


@pytest.fixture
async def referent(client: httpx.AsyncClient, people: dict[str, UUID]) -> UUID:
    person = await make_person("Rita", "rita@academie.example")
    await sign_client_in(client, person)
    return person


async def invite(client: httpx.AsyncClient, day: str, lines: str, **more: str) -> httpx.Response:
    return await posted(client, "/group", {"name": "Promotion 12", "days": day, "people": lines, **more}, form="/group")


async def link_to(email: str) -> str:
    found: str = await db.value("SELECT m.facts->>'link' FROM mail m JOIN person p ON p.id = m.person WHERE p.email = $1 AND m.template LIKE 'group%' ORDER BY m.created_at DESC LIMIT 1", email)
    return found


async def states(referent: UUID) -> list[tuple[str, str]]:
    return [(m.name, m.state) for members in (await queries.groups_of(referent, now=clock.now())).values() for m in members]


async def test_each_person_confirms_with_one_click_and_the_referent_sees_it(client: httpx.AsyncClient, referent: UUID, day: str) -> None:
    done = await invite(client, day, "Bao; bao@example.net\nCléa\tclea@example.net")
    assert (done.status_code, done.headers["location"]) == (303, "/group")
    assert await db.value("SELECT count(*) FROM registration_day d JOIN registration r ON r.id = d.registration WHERE r.party IS NOT NULL AND d.held_at IS NOT NULL") == 2
    page = await client.get("/group")
    assert ("2 personnes" in page.text, "0 sur 2 ont confirmé" in page.text) == (True, True)
    async with httpx.AsyncClient(transport=client._transport, base_url="http://forum.test") as phone:
        link = await link_to("bao@example.net")
        assert (await posted(phone, link, form=link)).headers["location"] == "/badge"
        assert (await phone.get("/me")).status_code == 200  # a first proof signs in
    assert await states(referent) == [("Bao", "confirmed"), ("Cléa", "invited")]
    page = await client.get("/en/group")
    assert ("1 of 2 have confirmed" in page.text, "bao@example.net" in page.text) == (True, False)


async def test_somebody_who_was_known_looks_like_anybody_else(client: httpx.AsyncClient, people: dict[str, UUID], referent: UUID, day: str) -> None:
    before = await db.value("SELECT to_jsonb(r) FROM registration r WHERE person = $1", people["attendee"])
    known = await invite(client, day, f"Quelqu'une; {KNOWN.upper()}")
    said_of_known = (await client.get("/group")).text
    unknown = await invite(client, day, "Quelqu'une; personne@example.net")
    assert (known.status_code, known.headers["location"]) == (unknown.status_code, unknown.headers["location"])
    assert "1 personne" in said_of_known
    assert await states(referent) == [("Quelqu'une", "invited")] * 2
    assert await db.value("SELECT to_jsonb(r) FROM registration r WHERE person = $1", people["attendee"]) == before
    assert await db.column("SELECT template FROM mail WHERE template LIKE 'group%' ORDER BY created_at") == ["group_known", "group"]
    assert await db.value("SELECT count(*) FROM party_member") == 2


async def test_the_link_of_somebody_known_answers_the_group_and_opens_no_account(client: httpx.AsyncClient, people: dict[str, UUID], referent: UUID, day: str) -> None:
    await invite(client, day, f"Anh; {KNOWN}")
    link = await link_to(KNOWN)
    async with httpx.AsyncClient(transport=client._transport, base_url="http://forum.test") as finder:
        assert (await posted(finder, link, form=link)).headers["location"] == "/sign-in?next=/badge"
        assert (await finder.get("/me")).status_code == 303
    assert await states(referent) == [("Anh", "confirmed")]


async def test_who_signs_in_before_opening_the_mail_says_it_on_their_page(client: httpx.AsyncClient, referent: UUID, day: str) -> None:
    await invite(client, day, "Bao; bao@example.net")
    bao = await db.value("SELECT id FROM person WHERE email = 'bao@example.net'")
    await proving.address_proven(bao, now=clock.now())  # a code by mail
    assert await db.value("SELECT confirmed_at FROM registration WHERE person = $1", bao) is None
    await sign_client_in(client, bao)
    assert "Promotion 12" in (await client.get("/me")).text
    await posted(client, "/me/confirm", form="/me")
    assert await db.value("SELECT confirmed_at IS NOT NULL FROM registration WHERE person = $1", bao)
    assert await states(referent) == [("Bao", "confirmed")]
    assert "Promotion 12" not in (await client.get("/me")).text


async def test_an_invitation_lasts_two_weeks_then_the_place_goes_on(client: httpx.AsyncClient, referent: UUID, day: str) -> None:
    await invite(client, day, "Bao; bao@example.net")
    later = clock.now() + GUARDIAN_WITHIN + timedelta(minutes=1)
    assert await changes.expire_unconfirmed(older_than=CONFIRM_WITHIN, now=clock.now() + timedelta(days=13)) == 0
    assert await changes.expire_unconfirmed(older_than=CONFIRM_WITHIN, now=later) == 1
    assert [m.state for members in (await queries.groups_of(referent, now=later)).values() for m in members] == ["lapsed"]
    token = (await link_to("bao@example.net")).rpartition("/")[2]
    with pytest.raises(Exception, match="too old"):
        await proving.confirm(token, now=later)


@pytest.mark.parametrize("lines", ["Bao", "Bao; pas une adresse", "; bao@example.net", "A; a@example.net\nB; A@example.net", "A" * 121 + "; a@example.net", "A\x07; a@example.net"])
async def test_a_list_with_one_bad_line_invites_nobody_and_says_which(client: httpx.AsyncClient, referent: UUID, day: str, lines: str) -> None:
    before = await db.value("SELECT (SELECT count(*) FROM person) + (SELECT count(*) FROM mail) + (SELECT count(*) FROM party)")
    refused = await invite(client, day, "Bon; bon@example.net\n" + lines)
    assert refused.status_code == 422
    assert "Bon; bon@example.net" in refused.text  # what was typed is kept
    assert await db.value("SELECT (SELECT count(*) FROM person) + (SELECT count(*) FROM mail) + (SELECT count(*) FROM party)") == before


async def test_one_referent_writes_to_three_hundred_people_a_day_at_most(client: httpx.AsyncClient, referent: UUID, day: str) -> None:
    party = await db.value("INSERT INTO party (edition, referent, name, created_at) SELECT id, $1, 'Hier', now() FROM edition RETURNING id", referent)
    await db.execute(
        """WITH p AS (INSERT INTO person (email, name, created_at) SELECT 'm' || n || '@example.net', 'M', now() FROM generate_series(1, 299) n RETURNING id)
           INSERT INTO party_member (party, person, name, invited_at, expires_at) SELECT $1, id, 'M', now(), now() + interval '1 day' FROM p""", party)  # fmt: skip
    assert (await invite(client, day, "A; a@example.org\nB; b@example.org")).status_code == 422
    assert (await invite(client, day, "A; a@example.org")).status_code == 303


async def test_a_companys_team_waits_for_an_organiser_like_its_referent(client: httpx.AsyncClient, people: dict[str, UUID], referent: UUID, day: str) -> None:
    assert (await invite(client, day, "Bao; bao@example.net", purpose="recruiter")).status_code == 422  # of which company?
    await sign_client_in(client, people["recruiter"])
    assert (await invite(client, day, f"Bao; bao@example.net\nAnh; {KNOWN}", purpose="recruiter")).status_code == 303
    asked = "SELECT p.email, r.approved_at FROM role r JOIN person p ON p.id = r.person WHERE r.name = 'recruiter' AND p.email IN ('bao@example.net', 'anh@example.org') AND r.ended_at IS NULL"
    assert await db.column(asked) == []  # nobody recruits for a company by being on somebody's list
    await proving.confirm((await link_to("bao@example.net")).rpartition("/")[2], now=clock.now())
    assert await db.column(asked) == ["bao@example.net"]
    assert await db.value("SELECT count(*) FROM role WHERE approved_at IS NULL AND name = 'recruiter'") == 1
