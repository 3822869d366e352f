"""Changing one's own address: proven at the new one, told to the old one, and what an attacker would try."""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from forum import clock, db
from forum.errors import Invalid, NotFound
from forum.mail.render import render
from forum.people import address, sign_in
from forum.settings import Settings
from tests.helpers import latest_mail, posted, sign_client_in

NEW = "anh.neuve@example.net"


async def email_of(person: UUID) -> str:
    found: str = await db.value("SELECT email FROM person WHERE id = $1", person)
    return found


async def asked(person: UUID, email: str = NEW) -> tuple[UUID, str]:
    change = await address.ask(person, email, now=clock.now())
    return change, (await latest_mail("address_change"))["code"]


@pytest.mark.parametrize("way", ["", "/en"])
async def test_the_code_sent_to_the_new_address_changes_it_and_the_old_one_is_told(client: httpx.AsyncClient, people: dict[str, UUID], way: str) -> None:
    person = people["attendee"]
    await sign_client_in(client, person)
    assert f'href="{way}/me/address"' in (await client.get(f"{way}/me")).text
    sent = await posted(client, f"{way}/me/address", {"email": NEW}, form=f"{way}/me/address")
    assert (sent.status_code, await email_of(person)) == (303, "anh@example.org")
    assert await db.column("SELECT recipient FROM mail WHERE template = 'address_change'") == [NEW]
    page = sent.headers["location"]
    wrong = await posted(client, page, {"code": "0000 0000"}, form=page)
    assert (wrong.status_code, await email_of(person)) == (422, "anh@example.org")
    done = await posted(client, page, {"code": (await latest_mail("address_change"))["code"]}, form=page)
    assert (done.status_code, done.headers["location"], await email_of(person)) == (303, f"{way}/me", NEW)
    assert NEW in (await client.get("/me")).text  # still signed in
    assert await db.column("SELECT recipient FROM mail WHERE template = 'address_changed'") == ["anh@example.org"]
    assert await db.column("SELECT facts::text FROM journal WHERE action = 'person.address_changed'") == ["{}"]


async def test_an_address_of_somebody_else_gets_the_same_page_and_its_owner_a_mail(client: httpx.AsyncClient, people: dict[str, UUID]) -> None:
    await sign_client_in(client, people["attendee"])
    pages = []
    for email in (NEW, "INES@example.org"):
        sent = await posted(client, "/me/address", {"email": email}, form="/me/address")
        seen = await client.get(sent.headers["location"])
        pages.append((sent.status_code, seen.status_code, seen.text.replace(sent.headers["location"].rpartition("/")[2], "")))
    assert pages[0] == pages[1]
    assert await db.column("SELECT person FROM mail WHERE template = 'address_in_use'") == [people["recruiter"]]
    assert await db.value("SELECT count(*) FROM mail WHERE template = 'address_change'") == 1
    change = await db.value("SELECT id FROM address_change WHERE email = ''")
    with pytest.raises(Invalid):
        await address.prove(people["attendee"], change, "00000000", now=clock.now())


async def test_known_and_unknown_addresses_cost_the_same_statements(people: dict[str, UUID]) -> None:
    counts = []
    for email in ("premiere@example.net", NEW, "ines@example.org"):
        said: list[str] = []
        async with db.transaction(), db.connection() as conn:
            conn.add_query_logger(lambda record, said=said: said.append(record.query))
            await address.ask(people["attendee"], email, now=clock.now())
            conn._query_loggers.clear()
        counts.append(len(said))
    assert counts[1] == counts[2] > 3  # the first also learns the types of the connection


async def test_a_code_works_once_for_ten_minutes_for_its_owner_and_five_tries(people: dict[str, UUID]) -> None:
    person, now = people["attendee"], clock.now()
    change, code = await asked(person)
    with pytest.raises(NotFound):
        await address.prove(people["recruiter"], change, code, now=now)
    with pytest.raises(Invalid, match="older"):
        await address.prove(person, change, code, now=now + timedelta(minutes=11))
    await address.prove(person, change, code, now=now)
    with pytest.raises(Invalid, match="used"):
        await address.prove(person, change, code, now=now)
    again, right = await asked(person, "encore@example.net")
    for _ in range(5):
        with pytest.raises(Invalid, match="not the code"):
            await address.prove(person, again, "00000000" if not right.startswith("0000") else "11111111", now=now)
    with pytest.raises(Invalid, match="Too many"):
        await address.prove(person, again, right, now=now)
    assert await email_of(person) == NEW


async def test_codes_on_their_way_to_the_old_address_end_and_the_new_one_signs_in(people: dict[str, UUID]) -> None:
    person, now = people["attendee"], clock.now()
    pending = await sign_in.ask("anh@example.org", browser="b", now=now)
    old_code = (await latest_mail("sign_in"))["code"]
    change, code = await asked(person)
    await address.prove(person, change, code, now=clock.now())
    with pytest.raises(Invalid):
        await sign_in.by_code(pending, old_code, browser="b", now=clock.now())
    fresh = await sign_in.ask(NEW, browser="b", now=clock.now())
    assert await sign_in.by_code(fresh, (await latest_mail("sign_in"))["code"], browser="b", now=clock.now()) == person


async def test_an_old_sign_in_has_to_sign_in_again_first(client: httpx.AsyncClient, people: dict[str, UUID]) -> None:
    await sign_client_in(client, people["attendee"])
    await db.execute("UPDATE sign_in SET created_at = now() - interval '16 minutes', second_factor_at = NULL")
    assert 'name="email"' not in (await client.get("/me/address")).text
    refused = await posted(client, "/me/address", {"email": NEW}, form="/me")
    assert (refused.status_code, await db.value("SELECT count(*) FROM address_change")) == (422, 0)


async def test_an_organiser_without_the_second_factor_changes_nothing(client: httpx.AsyncClient, people: dict[str, UUID]) -> None:
    await sign_client_in(client, people["forum"], second_factor=False)
    refused = await posted(client, "/me/address", {"email": NEW}, form="/me")
    assert (refused.status_code, await db.value("SELECT count(*) FROM address_change")) == (403, 0)


async def test_mail_is_not_a_weapon(people: dict[str, UUID]) -> None:
    for number in range(sign_in.REQUESTS_PER_HOUR):
        await address.ask(people["attendee"], f"n{number}@example.net", now=clock.now())
    with pytest.raises(Invalid, match="Too many"):
        await address.ask(people["attendee"], NEW, now=clock.now())


async def test_somebody_registered_with_it_meanwhile(people: dict[str, UUID]) -> None:
    change, code = await asked(people["attendee"])
    await db.execute("UPDATE person SET email = $2 WHERE id = $1", people["door"], NEW.upper())
    with pytest.raises(Invalid, match="cannot be used"):
        await address.prove(people["attendee"], change, code, now=clock.now())
    assert await email_of(people["attendee"]) == "anh@example.org"


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("template", ["address_change", "address_in_use", "address_changed"])
def test_the_mails_are_written_in_both_languages(template: str, lang: str) -> None:
    made = render(template, lang, {"code": "1234 5678", "name": "Anh", "edition_name": "Forum"}, Settings())
    assert ("adresse" in made.subject) is (lang == "fr")
    assert ("1234 5678" in made.text) is (template == "address_change")
