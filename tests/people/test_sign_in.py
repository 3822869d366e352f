"""Signing in: the attacks of a hostile network, each refused, each with the honest way beside it."""

import asyncio
from datetime import timedelta
from uuid import UUID

import httpx
import pyotp
import pytest

from forum import clock, db
from forum.errors import Forbidden, Invalid, NotFound
from forum.people import second_factor, sign_in
from forum.sign_ins import IDLE_STAFF, digest, principal_of
from tests.helpers import latest_mail, posted, sign_client_in

SECRET = b"s" * 40


async def code_of(email: str = "anh@example.org", browser: str = "b") -> tuple[UUID, str]:
    request = await sign_in.ask(email, browser=browser, now=clock.now())
    return request, (await latest_mail("sign_in"))["code"]


async def test_a_code_works_once_even_in_fifty_parallel_tries(people: dict[str, UUID]) -> None:
    request, code = await code_of()
    results = await asyncio.gather(*(sign_in.by_code(request, code, browser="b", now=clock.now()) for _ in range(5)), return_exceptions=True)
    assert [r for r in results if not isinstance(r, BaseException)] == [people["attendee"]]


async def test_a_code_is_worth_nothing_in_another_browser(people: dict[str, UUID]) -> None:
    request, code = await code_of()
    with pytest.raises(NotFound):
        await sign_in.by_code(request, code, browser="other", now=clock.now())


async def test_five_wrong_codes_end_the_request_even_for_the_right_one(people: dict[str, UUID]) -> None:
    request, code = await code_of()
    wrong = "00000000" if not code.startswith("0000") else "11111111"
    for _ in range(5):
        with pytest.raises(Invalid):
            await sign_in.by_code(request, wrong, browser="b", now=clock.now())
    with pytest.raises(Invalid, match="Too many"):
        await sign_in.by_code(request, code, browser="b", now=clock.now())


async def test_a_code_older_than_ten_minutes_is_refused(people: dict[str, UUID]) -> None:
    request, code = await code_of()
    with pytest.raises(Invalid, match="older"):
        await sign_in.by_code(request, code, browser="b", now=clock.now() + timedelta(minutes=10))


async def test_a_link_opened_elsewhere_is_refused_and_still_works_where_it_was_asked_for(people: dict[str, UUID]) -> None:
    await sign_in.ask("anh@example.org", browser="b", now=clock.now())
    token = (await latest_mail("sign_in"))["link"].rpartition("/")[2]
    with pytest.raises(Forbidden):
        await sign_in.by_link(token, browser="scanner", now=clock.now())
    assert await sign_in.by_link(token, browser="b", now=clock.now()) == people["attendee"]


async def test_looking_at_a_link_never_spends_it(client: httpx.AsyncClient, people: dict[str, UUID]) -> None:
    asked = await posted(client, "/sign-in", {"email": "anh@example.org"}, form="/sign-in")
    assert asked.status_code == 303
    link = (await latest_mail("sign_in"))["link"]
    for method in ("GET", "HEAD", "GET"):
        await client.request(method, link)
    done = await posted(client, link, {"next": "/me"}, form=link)
    assert (done.status_code, done.headers["location"]) == (303, "/me")


@pytest.mark.parametrize("lang", ["", "/en"])
async def test_whoever_signs_in_comes_back_to_the_same_day_of_the_page(client: httpx.AsyncClient, people: dict[str, UUID], lang: str) -> None:
    wanted = "/day?on=2028-11-17&q=%C3%A9t%C3%A9"
    sent = (await client.get(lang + wanted)).headers["location"]
    form = (await client.get(sent)).text
    assert f'name="next" value="{wanted.replace("&", "&amp;")}"' in form
    asked = (await posted(client, f"{lang}/sign-in", {"email": "anh@example.org", "next": wanted}, form=sent)).headers["location"]
    assert f'name="next" value="{wanted.replace("&", "&amp;")}"' in (await client.get(asked)).text
    done = await posted(client, asked.partition("?")[0], {"code": (await latest_mail("sign_in"))["code"], "next": wanted}, form=asked)
    assert (done.status_code, done.headers["location"]) == (303, lang + wanted)


async def test_an_unknown_address_gets_the_same_answer_and_no_mail(client: httpx.AsyncClient, people: dict[str, UUID]) -> None:
    known = await posted(client, "/sign-in", {"email": "anh@example.org"}, form="/sign-in")
    unknown = await posted(client, "/sign-in", {"email": "nobody@example.org"}, form="/sign-in")
    assert (known.status_code, len(known.headers["location"])) == (unknown.status_code, len(unknown.headers["location"]))
    assert await db.value("SELECT count(*) FROM mail WHERE person IS NULL AND template = 'sign_in'") == 1


async def test_a_cookie_planted_before_sign_in_is_worth_nothing_after(client: httpx.AsyncClient, people: dict[str, UUID]) -> None:
    client.cookies.set("forum_sign_in", "evil", domain="forum.test")
    await sign_in.ask("anh@example.org", browser="x", now=clock.now())
    link_page = await posted(client, "/sign-in", {"email": "anh@example.org"}, form="/sign-in")
    code = (await latest_mail("sign_in"))["code"]
    path = link_page.headers["location"].partition("?")[0]
    done = await posted(client, path, {"code": code}, form=path)
    assert done.status_code == 303
    assert await principal_of("evil", now=clock.now()) is None
    assert client.cookies.get("forum_sign_in", domain="forum.test") != "evil"


async def test_a_sign_in_that_ended_cannot_be_revived_by_a_request_in_flight(people: dict[str, UUID]) -> None:
    token = await sign_in.start(people["attendee"], now=clock.now())
    await sign_in.end(digest(token), now=clock.now())
    await db.execute("UPDATE sign_in SET seen_at = now() WHERE token_hash = $1 AND ended_at IS NULL", digest(token))  # what a slow request would write
    assert await principal_of(token, now=clock.now()) is None


async def test_staff_are_signed_out_after_a_working_day_of_rest(people: dict[str, UUID]) -> None:
    token = await sign_in.start(people["forum"], now=clock.now(), second_factor=True)
    assert await principal_of(token, now=clock.now() + IDLE_STAFF / 2) is not None
    assert await principal_of(token, now=clock.now() + IDLE_STAFF * 2) is None


async def test_an_organiser_without_the_second_factor_is_no_organiser(client: httpx.AsyncClient, people: dict[str, UUID]) -> None:
    await sign_client_in(client, people["forum"], second_factor=False)
    assert (await client.get("/organise/people")).headers["location"] == "/sign-in/second?next=/organise/people"
    await sign_client_in(client, people["forum"])
    assert (await client.get("/organise/people")).status_code == 200


async def test_a_totp_code_is_accepted_once(people: dict[str, UUID]) -> None:
    setup = await second_factor.setup(people["forum"], "sofia@example.org", secret=SECRET, now=clock.now())
    now = clock.now()
    code = pyotp.TOTP(setup.key).at(now)
    await second_factor.check(people["forum"], code, secret=SECRET, now=now)
    with pytest.raises(Invalid):
        await second_factor.check(people["forum"], code, secret=SECRET, now=now)


async def test_five_wrong_totp_codes_lock_and_the_lock_opens_again(people: dict[str, UUID]) -> None:
    setup = await second_factor.setup(people["forum"], "sofia@example.org", secret=SECRET, now=clock.now())
    now = clock.now()
    for _ in range(5):
        with pytest.raises(Invalid):
            await second_factor.check(people["forum"], "000000", secret=SECRET, now=now)
    with pytest.raises(Invalid, match="ten minutes"):
        await second_factor.check(people["forum"], pyotp.TOTP(setup.key).at(now), secret=SECRET, now=now)
    later = now + timedelta(minutes=11)
    await second_factor.check(people["forum"], pyotp.TOTP(setup.key).at(later), secret=SECRET, now=later)


@pytest.mark.parametrize("address", ["anh@example.org", "nobody@example.org"])
async def test_codes_of_one_address_are_bounded_per_hour_and_whoever_waits_is_told(client: httpx.AsyncClient, people: dict[str, UUID], address: str) -> None:
    asked = [await posted(client, "/sign-in", {"email": address.upper()}, form="/sign-in") for _ in range(sign_in.REQUESTS_PER_HOUR)]
    refused = await posted(client, "/sign-in", {"email": address}, form="/sign-in")
    assert ({a.status_code for a in asked}, refused.status_code) == ({303}, 429)
    assert 3590 <= int(refused.headers["retry-after"]) <= 3601
    assert "dans l’heure" in refused.text and 'name="email"' in refused.text
    assert await db.value("SELECT count(*) FROM mail WHERE template = 'sign_in'") == sign_in.REQUESTS_PER_HOUR
    await sign_in.ask(address, browser="b", now=clock.now() + timedelta(hours=1))
    await sign_in.ask("driss@example.org", browser="b", now=clock.now())


async def test_after_five_wrong_codes_the_page_says_too_many(client: httpx.AsyncClient, people: dict[str, UUID]) -> None:
    asked = await posted(client, "/sign-in", {"email": "anh@example.org"}, form="/sign-in")
    path = asked.headers["location"].partition("?")[0]
    tried = [await posted(client, path, {"code": "000 000"}, form="/sign-in") for _ in range(12)]
    assert [t.status_code for t in tried] == [422] * 5 + [429] * 7
    assert 'name="email"' in tried[-1].text  # the way on: another code


async def test_after_five_wrong_codes_of_the_app_the_page_says_wait(client: httpx.AsyncClient, people: dict[str, UUID]) -> None:
    await sign_client_in(client, people["forum"], second_factor=False)
    tried = [await posted(client, "/sign-in/second", {"code": "000000"}, form="/sign-in/second") for _ in range(6)]
    assert [t.status_code for t in tried] == [422] * 5 + [429]
    assert tried[-1].headers["retry-after"] == "600"
