"""The queue of a late or ill recruiter: everybody concerned hears once, also by mail, and nobody is sent to an empty table."""

import re
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from forum import clock, db
from forum.mail import delivery, queries
from forum.mail.render import render
from forum.matchmaking import booking, changes, conduct, queue_help, refill, times, waiting
from forum.matchmaking.booking import Want
from forum.matchmaking.changes import Actor
from forum.matchmaking.forms import ShiftForm
from forum.settings import Settings
from tests.matchmaking.stage import NOW, Stage, add_candidate, add_company, faults, stage


@pytest.fixture
async def made(database: str) -> Stage:
    """Two colleagues, each present in six slots; three people at the first one's table, one at the second's."""
    made = await stage()
    await add_company(made, "alpha", people=2, slots=list(range(4, 10)))
    for name, slot, recruiter in (("Anna", 4, 0), ("Bo", 5, 0), ("Cy", 9, 0), ("Di", 5, 1)):
        person = await add_candidate(made, name, "alpha")
        want = Want(person, made.companies["alpha"], made.recruiters["alpha"][recruiter], made.at(slot), made.recruiters["alpha"][0], "company")
        await booking.book(made.edition, want, now=NOW)
    await db.execute("DELETE FROM mail")
    return made


async def help_with(made: Stage, how: str, *, minutes: int = 0, to: UUID | None = None) -> dict[str, int]:
    form = ShiftForm(recruiter=made.recruiters["alpha"][0], day=clock.local(made.at(4)).date(), how=how, minutes=minutes, to=to)  # type: ignore[arg-type]
    said = await queue_help.help_queue(made.edition, made.companies["alpha"], form, by=made.recruiters["alpha"][0], now=NOW)
    return dict(said.facts)


async def letters() -> list[tuple[str, str, list[str]]]:
    """(name, template, what each line says) of every mail, by name."""
    async with db.connection() as conn:
        rows = await conn.fetch("SELECT p.name, m.template, m.facts FROM mail m JOIN person p ON p.id = m.person ORDER BY 1, 2")
    read = [(r[0], r[1], msgspec.json.decode(r[2])) for r in rows]
    return [(name, template, [line.get("what", "given") for line in facts.get("changes") or facts["meetings"]]) for name, template, facts in read]


async def test_a_shift_tells_each_candidate_once_and_lists_who_falls_off_the_end(made: Stage) -> None:
    assert await help_with(made, "shift", minutes=made.edition.slot_minutes) == {"done": 2, "left": 1}
    assert await letters() == [("Anna", "meetings_changed", ["moved"]), ("Bo", "meetings_changed", ["moved"]), ("Cy", "meetings_changed", ["waits"])]
    assert await faults(made.edition.id) == []


async def test_a_handed_queue_tells_the_colleague_once_with_all_of_it(made: Stage) -> None:
    assert await help_with(made, "hand_over", to=made.recruiters["alpha"][1]) == {"done": 2, "left": 1}
    assert await letters() == [
        ("Anna", "meetings_changed", ["moved"]), ("Bo", "meetings_changed", ["waits"]), ("Cy", "meetings_changed", ["moved"]),
        ("alpha recruiter 1", "queue_changed", ["given", "given"]),
    ]  # fmt: skip


async def test_reseating_gives_everybody_a_place_and_the_empty_table_is_closed_until_somebody_opens_it(made: Stage) -> None:
    assert await help_with(made, "reseat") == {"done": 3, "left": 0}
    absent = made.recruiters["alpha"][0]
    assert await db.value("SELECT count(*) FROM meeting WHERE recruiter = $1 AND state = 'proposed'", absent) == 0
    assert await db.value("SELECT count(*) FROM claim WHERE recruiter = $1 AND kind = 'block'", absent) == 6
    assert await faults(made.edition.id) == []


async def test_nobody_on_the_waiting_list_is_offered_the_seat_of_somebody_who_is_not_there(made: Stage) -> None:
    """The control: a meeting given up by a person who stays does offer its seat."""
    waiter = await add_candidate(made, "Eve", "alpha")
    await waiting.wait(made.edition, waiter, "alpha", now=NOW)
    await help_with(made, "reseat")
    assert await db.value("SELECT count(*) FROM seat_offer") == 0
    bo = await db.value("SELECT m.id FROM meeting m JOIN person p ON p.id = m.candidate WHERE p.name = 'Bo'")
    await changes.give_up(made.edition, bo, Actor(made.recruiters["alpha"][1], "company"), now=NOW)
    assert await db.column("SELECT candidate FROM seat_offer") == [waiter]


async def test_what_a_company_does_to_one_meeting_reaches_its_candidate_once_and_their_own_doing_does_not(made: Stage) -> None:
    alpha, (one, other) = made.companies["alpha"], made.recruiters["alpha"]
    company, eve = Actor(one, "company"), await add_candidate(made, "Eve", "alpha")
    meeting = await booking.book(made.edition, Want(eve, alpha, one, made.at(6), one, "company"), now=NOW)
    assert await letters() == [("Eve", "meetings_changed", ["added"])]
    for work, said in (
        (lambda: changes.move(made.edition, meeting, other, made.at(6), company, now=NOW, kind="handed"), "moved"),
        (lambda: times.ask(made.edition, meeting, made.at(8), company, now=NOW), "asked"),
        (lambda: changes.accept(made.edition, meeting, Actor(eve, "candidate"), now=NOW), ""),
        (lambda: changes.give_up(made.edition, meeting, company, now=NOW), "gone"),
    ):
        await db.execute("DELETE FROM mail")
        await work()
        assert await letters() == ([("Eve", "meetings_changed", [said])] if said else [])
    bo = await db.value("SELECT m.id FROM meeting m JOIN person p ON p.id = m.candidate WHERE p.name = 'Bo'")
    cy = await db.value("SELECT m.id FROM meeting m JOIN person p ON p.id = m.candidate WHERE p.name = 'Cy'")
    await db.execute("DELETE FROM mail")
    await changes.swap(made.edition, bo, cy, company, now=NOW)
    assert await letters() == [("Bo", "meetings_changed", ["moved"]), ("Cy", "meetings_changed", ["moved"])]


async def test_a_free_seat_is_offered_by_mail_while_it_lasts(made: Stage) -> None:
    eve = await add_candidate(made, "Eve", "alpha")
    await waiting.wait(made.edition, eve, "alpha", now=NOW)
    bo = await db.value("SELECT m.id FROM meeting m JOIN person p ON p.id = m.candidate WHERE p.name = 'Bo'")
    who = await db.value("SELECT candidate FROM meeting WHERE id = $1", bo)
    await changes.give_up(made.edition, bo, Actor(who, "candidate"), now=NOW)
    assert await letters() == [("Eve", "meetings_changed", ["offered"])]
    assert await db.value("SELECT until FROM mail") == await db.value("SELECT expires_at FROM seat_offer")


async def test_the_seat_of_an_absent_person_is_offered_by_one_mail_each_in_their_language_and_its_address_tells_nothing(
    made: Stage, settings: Settings
) -> None:
    """The recruiter presses twice; who comes on site between is asked then, once."""
    alpha, slot = made.recruiters["alpha"][0], made.at(4)
    eve, finn, gil = [await add_candidate(made, name, "alpha") for name in ("Eve", "Finn", "Gil")]
    await db.execute("UPDATE person SET language = 'en' WHERE id = $1", finn)
    meeting, now = await db.value("SELECT m.id FROM meeting m JOIN person p ON p.id = m.candidate WHERE p.name = 'Anna'"), slot + timedelta(minutes=2)
    await conduct.no_show(made.edition, meeting, Actor(alpha, "company"), now=now)
    for here in ({eve: "1", finn: "1"}, {eve: "1", finn: "1", gil: "1"}):
        await conduct.no_show(made.edition, meeting, Actor(alpha, "company"), now=now)
        await refill.offer_seat(made.edition, meeting, here, now=now)
    assert await letters() == [(name, "meetings_changed", ["offered"]) for name in ("Eve", "Finn", "Gil")]
    for person, words in ((eve, "une place s’est libérée"), (finn, "a seat came free")):
        taken = await db.row(delivery.Taken, delivery.TAKE, await db.value("SELECT id FROM mail WHERE person = $1", person), now)
        assert taken is not None
        await delivery.deliver(taken, settings=settings, now=now)
        sent = (await queries.outbox(to=taken.to))[0]
        assert words in sent.body
        home = settings.origin + ("/en" if person == finn else "")
        assert {address.rstrip("/.") for address in re.findall(r"https?://\S+", sent.body)} == {home, f"{home}/meetings"}
    assert await db.value("SELECT until FROM mail WHERE person = $1", gil) == await db.value("SELECT expires_at FROM seat_offer WHERE candidate = $1", gil)


@pytest.mark.parametrize(("what", "words"), [("asked", "asks to meet you on 16/11 11:00 instead of"), ("offered", "is offered to you until 16/11 11:00")])
async def test_each_line_of_the_mail_has_its_words(what: str, words: str, settings: Settings) -> None:
    line = {"what": what, "company": "Alpha", "new": "16/11 10:20", "asked": "16/11 11:00", "table": 1, "campus": 3, "place": "Alésia"}
    assert words in render("meetings_changed", "en", {"name": "Anna", "edition_name": "Forum", "changes": [line], "link": "/meetings"}, settings).text


@pytest.mark.parametrize(("lang", "words"), [("fr", "est en retard ou malade"), ("en", "is late or ill")])
@pytest.mark.parametrize("template", ["meetings_changed", "queue_changed"])
async def test_the_mails_say_it_in_both_languages(template: str, lang: str, words: str, settings: Settings) -> None:
    line = {"what": "waits", "company": "Alpha", "new": "16/11 10:20", "when": "16/11 10:20", "table": 1, "campus": 3, "place": "Alésia"}
    sent = render(template, lang, {"name": "Anna", "edition_name": "Forum", "changes": [line], "meetings": [line], "link": "/meetings"}, settings)
    said = words if template == "meetings_changed" else {"fr": "en retard ou malade", "en": "late or ill"}[lang]
    assert said in sent.text
    assert "16/11 10:20" in sent.text
