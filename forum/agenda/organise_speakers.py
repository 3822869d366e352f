"""The organiser's page of speakers: who said when they can speak, who is tied to an account, and asking the others."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from forum import clock, db, editions, mail, web
from forum.agenda import places, service
from forum.agenda.forms import EmptyForm, TieForm
from forum.editions import Edition
from forum.errors import Conflict, NotFound
from forum.i18n import N_, Message

Page = Response[Any]


@dataclass(frozen=True, slots=True)
class Row:
    """A speaker as organisers see them: `account` is the name of the person they are, None when nobody knows."""

    id: UUID
    name: str
    code: str
    sessions: int
    account: str | None
    confirmed_at: datetime | None


PAGE = 50
_ROWS = """SELECT s.id, s.name, s.code, p.name AS account, s.confirmed_at,
                  (SELECT count(*) FROM session_speaker h JOIN session e ON e.id = h.session WHERE h.speaker = s.id AND e.withdrawn_at IS NULL) AS sessions
           FROM speaker s LEFT JOIN person p ON p.id = s.person WHERE s.edition = $1 AND plain(s.name) LIKE plain($2)
           ORDER BY s.confirmed_at IS NOT NULL, plain(s.name), s.code LIMIT $3 OFFSET $4"""


@dataclass(frozen=True, slots=True)
class Counts:
    """Speakers of the edition, those a search finds, and those with an account who have not answered."""

    every: int
    found: int
    waiting: int


async def rows(edition: UUID, words: str = "", *, number: int = 1) -> list[Row]:
    """The page *number* of the speakers whose name has *words*, those who have not confirmed first."""
    return await db.rows(Row, _ROWS, edition, _pattern(words), PAGE, (number - 1) * PAGE)


async def counts(edition: UUID, words: str) -> Counts:
    found = await db.row(
        Counts,
        """SELECT count(*) AS every, count(*) FILTER (WHERE plain(name) LIKE plain($2)) AS found, count(*) FILTER (WHERE person IS NOT NULL AND confirmed_at IS NULL) AS waiting
           FROM speaker WHERE edition = $1""",
        edition, _pattern(words),
    )  # fmt: skip
    assert found is not None, "counting answers one row"
    return found


def _pattern(words: str) -> str:
    return "%" + words.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


@get("/organise/agenda/speakers")
async def speakers_page(request: web.AnyRequest, q: FromQuery[str] = "", page: FromQuery[int] = 1) -> Page:
    edition, words = await editions.needed(), q[:80]
    many = await counts(edition.id, words)
    pages = max(1, -(-many.found // PAGE))
    number = min(max(page, 1), pages)
    return await web.page(
        request, "agenda/speakers.html", edition=edition, speakers=await rows(edition.id, words, number=number), many=many, q=words, number=number, pages=pages,
        free=await places.intervals("speaker_free", edition.id), address=f"/organise/agenda/speakers?q={quote(words)}&page=",
    )  # fmt: skip


@post("/organise/agenda/speakers/{speaker:uuid}/account", status_code=303)
async def tie(request: web.AnyRequest, speaker: FromPath[UUID]) -> Page:
    """Tie a speaker to the account with this address; both sides stay free to say no by asking an organiser."""
    form = await web.form(request, TieForm)
    edition, asker = await editions.needed(), await web.signed_in(request)
    person = await db.value("SELECT id FROM person WHERE lower(email) = lower($1) AND confirmed_at IS NOT NULL", form.email.strip())
    try:
        if person is None:
            raise NotFound(N_("No account has this address."))
        await service.link_speaker(edition, speaker, person, actor=asker.person, now=clock.now())
    except (Conflict, NotFound) as error:
        raise web.Refused(error, "/organise/agenda/speakers") from error
    return web.redirect(request, "/organise/agenda/speakers", Message(N_("The speaker sees their schedule now and can say when they are free.")))


@post("/organise/agenda/speakers/questions", status_code=303)
async def ask(request: web.AnyRequest) -> Page:
    await web.form(request, EmptyForm)
    count = await ask_all(await editions.needed(), now=clock.now())
    return web.redirect(request, "/organise/agenda/speakers", Message(N_("Speakers asked: {count}."), count=count))


async def ask_all(edition: Edition, *, now: datetime) -> int:
    """Write to every speaker with an account who has not said when they can; how many."""
    async with db.transaction():
        people = await db.column("SELECT person FROM speaker WHERE edition = $1 AND person IS NOT NULL AND confirmed_at IS NULL ORDER BY person", edition.id)
        for person in people:
            await mail.post("speaker_question", person=person, now=now)
    return len(people)


ROUTES = [speakers_page, tie, ask]
