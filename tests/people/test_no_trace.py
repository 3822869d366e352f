"""Nobody learns who is known, and nobody's name or address stands in a log, an event or an address of a page."""

import logging
from urllib.parse import unquote
from uuid import UUID

import httpx
import pytest

from forum import clock, db, editions, serving
from forum.people import registration
from forum.people.forms import RegisterForm
from forum.settings import Settings
from tests.helpers import latest_mail, posted, sign_client_in

NAME, ADDRESS = "Quxolibet", "quxolibet@marker.example"
GUARDIAN = "tuteur-quxolibet@marker.example"


class Asked(httpx.AsyncBaseTransport):
    """The transport of the application, which remembers every address asked for and answered with."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self.inner, self.addresses = inner, []  # type: ignore[var-annotated]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self.inner.handle_async_request(request)
        self.addresses += [str(request.url), answer.headers.get("location", "")]
        return answer


async def journeys(client: httpx.AsyncClient, organiser: UUID) -> None:
    """Registering twice, confirming, a guardian, changing, a group, being looked up, a code, cancelling, erasing."""
    day = await db.value("SELECT d.day || ':' || c.slug FROM campus_day d JOIN campus c ON c.id = d.campus LIMIT 1")
    form = {"name": NAME, "email": ADDRESS, "purpose": "visitor", "days": day, "minor": "1", "guardian_email": GUARDIAN}
    for _ in range(2):
        await posted(client, "/register", form)
    for mail in ("guardian", "confirm"):
        link = await db.value("SELECT facts->>'link' FROM mail WHERE template = $1 AND facts ? 'link'", mail)
        assert (await posted(client, link, form=link)).status_code == 303
    await posted(client, "/me/details", {"name": NAME + "a", "language": "en"}, form="/me")
    await posted(client, "/me/details", {"name": NAME * 20, "language": "xx"}, form="/me")
    await posted(client, "/group", {"name": f"Groupe {NAME}", "days": day, "people": f"{NAME}; b{ADDRESS}"}, form="/group")
    await posted(client, "/sign-out", form="/me")
    asked = await posted(client, "/sign-in", {"email": ADDRESS, "next": "/me"}, form="/sign-in")
    path = asked.headers["location"].partition("?")[0]
    await posted(client, path, {"code": (await latest_mail("sign_in"))["code"], "next": "/me"}, form=path)
    await client.get("/me/data.json")
    person = await db.value("SELECT id FROM person WHERE email = $1", ADDRESS)
    await sign_client_in(client, organiser)
    await posted(client, "/organise/people", {"q": NAME}, form="/organise/people")
    await posted(client, f"/organise/people/{person}/roles", {"role": "door", "campus": "1"}, form="/organise/people")
    await sign_client_in(client, person)
    await posted(client, "/me/cancel", {"version": str(await db.value("SELECT version FROM registration WHERE person = $1", person))}, form="/me/cancel")
    await posted(client, "/me/erase", form="/me/erase")


def named(texts: list[str]) -> list[str]:
    return [text for text in texts if "quxolibet" in unquote(text).lower()]


async def test_no_name_and_no_address_in_logs_events_jobs_or_addresses(client: httpx.AsyncClient, people: dict[str, UUID], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    watched = Asked(client._transport)
    client._transport = watched
    await journeys(client, people["forum"])
    logged = [f"{r.getMessage()} {r.__dict__}" for r in caplog.records if not r.name.startswith(("asyncio", "httpcore"))]
    events = await db.column("SELECT topic || ' ' || kind || ' ' || ref FROM event")
    jobs = await db.column("SELECT convert_from(coalesce(payload, ''), 'UTF8') || coalesce(headers::text, '') FROM pgqueuer")
    journal = await db.column("SELECT action || subject || facts::text FROM journal")
    assert (len(watched.addresses) > 40, len(events) > 5, len(jobs) > 3, len(journal) > 1) == (True, True, True, True)
    assert named(watched.addresses + logged + events + jobs + journal) == []


def test_no_access_log_is_written_so_no_address_with_a_query_is() -> None:
    """pretix's clients ask for people with a name in the query: nothing on our side writes it down."""
    config = serving.configuration(Settings(secret="s" * 40), open_pool=False)
    assert (config.access_log, config.log_config) == (False, None)


def test_control_a_name_in_an_address_would_be_seen() -> None:
    assert named(["/organise/people?q=Quxolibet", "/x?y=%71uxolibet", "/x"]) == ["/organise/people?q=Quxolibet", "/x?y=%71uxolibet"]


@pytest.mark.parametrize("purpose", ["visitor", "candidate", "recruiter", "speaker"])
async def test_a_known_address_costs_as_many_statements_as_a_new_one(people: dict[str, UUID], purpose: str) -> None:
    """Time would tell who is registered: the two ways do the same work, counted on the connection."""
    days = await db.column("SELECT DISTINCT ON (d.day) d.day || ':' || c.slug FROM campus_day d JOIN campus c ON c.id = d.campus ORDER BY d.day")
    company = await db.value("SELECT name FROM company LIMIT 1")
    edition, counts = await editions.needed(), []
    for email in ("premiere@example.net", "neuve@example.net", "anh@example.org", "autre@example.net"):
        said: list[str] = []
        async with db.transaction(), db.connection() as conn:
            conn.add_query_logger(lambda record, said=said: said.append(record.query))
            form = RegisterForm(name="N", email=email, purpose=purpose, days=days, company=company if purpose == "recruiter" else "")  # type: ignore[arg-type]
            await registration.register(edition, form, lang="fr", now=clock.now())
            conn._query_loggers.clear()
        counts.append(len(said))
    assert counts[1] > 5
    assert counts[1:] == [counts[1]] * 3  # the first also learns the types of the connection


async def test_the_answer_to_a_known_address_is_the_answer_to_a_new_one(client: httpx.AsyncClient, people: dict[str, UUID]) -> None:
    day = await db.value("SELECT d.day || ':' || c.slug FROM campus_day d JOIN campus c ON c.id = d.campus LIMIT 1")
    answers = [await posted(client, "/register", {"name": "N", "email": email, "purpose": "visitor", "days": day}) for email in ("anh@example.org", "neuve@example.net")]
    one, other = ((a.status_code, a.headers["location"], sorted(a.headers), a.content) for a in answers)
    assert one == other
