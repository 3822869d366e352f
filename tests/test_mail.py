"""Mail against a real SMTP server: once, again after a failure, never a third time, nothing injected, nothing kept."""

import asyncio
import base64
import email
import email.policy
import re
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from hypothesis import given
from hypothesis import strategies as st

from forum import clock, db, mail
from forum.errors import Invalid
from forum.jobs import registry
from forum.jobs.worker import run_worker
from forum.mail import delivery, queries
from forum.mail.render import Rendered, compose, one_line, render
from forum.mail.transport import Server, read_server
from forum.pages import FRONTEND
from forum.settings import Settings

REPOSITORY = Path(__file__).parents[1]
NOW = datetime(2028, 11, 16, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def only_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    """The workers of these tests do mail, not every feature's jobs."""
    monkeypatch.setattr(registry, "MODULES", ("forum.mail.delivery",))


class Post:
    """A post office that keeps what it accepted and answers as it is told."""

    def __init__(self) -> None:
        self.accepted: list[EmailMessage] = []
        self.answers: list[str] = []
        self.rcpt_answer = ""
        self.seen = 0
        self.die_after_data = 0

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802 - aiosmtpd's name
        if self.rcpt_answer:
            return self.rcpt_answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        self.seen += 1
        if self.answers:
            return self.answers.pop(0)
        assert isinstance(envelope.content, bytes)
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.accepted.append(message)
        if self.die_after_data:
            self.die_after_data -= 1
            assert server.transport is not None
            server.transport.abort()  # type: ignore[attr-defined]
        return "250 OK"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def office(**options: Any) -> Iterator[tuple[Post, str]]:
    post, port = Post(), free_port()
    controller = Controller(post, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield post, f"127.0.0.1:{port}"
    finally:
        controller.stop()


@pytest.fixture
async def smtp(settings: Settings) -> AsyncIterator[tuple[Post, Settings]]:
    with office() as (post, place):
        url = f"smtp://{place}"
        yield post, replace(settings, smtp_url=url)
        await delivery.close_all()


@pytest.fixture
async def person(database: str) -> UUID:
    return UUID(
        str(await db.value("INSERT INTO person (email, name, language, created_at) VALUES ('zoe@example.org', 'Zoé O''Neil', 'fr', $1) RETURNING id", NOW))
    )


@asynccontextmanager
async def working(settings: Settings) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(run_worker(settings, stop=stop, open_pool=False))
    await asyncio.sleep(0)
    if task.done():  # it could not even begin
        task.result()
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, 12)


async def until_over(*, hurry: bool = False) -> None:
    async with asyncio.timeout(8):
        while await db.value("SELECT count(*) FROM mail WHERE sent_at IS NULL AND failure = ''"):
            await asyncio.sleep(0.03)
            if hurry:
                await db.execute("UPDATE pgqueuer SET execute_after = now() - interval '1 s' WHERE status = 'queued'")


async def one_attempt(condition: str) -> None:
    while not await db.value(f"SELECT {condition} FROM mail"):  # noqa: ASYNC110 - the worker makes it true
        await asyncio.sleep(0.03)


async def post_sign_in(person: UUID | None, *, code: str = "1234 5678", **more: Any) -> None:
    await mail.post("sign_in", person=person, facts={"code": code, "link": "/sign-in/link/abc"}, now=clock.now(), **more)


async def test_a_mail_arrives_in_the_persons_language_with_both_parts(smtp: tuple[Post, Settings], person: UUID) -> None:
    post, settings = smtp
    await post_sign_in(person)
    async with working(settings):
        await until_over()
    (message,) = post.accepted
    assert (message["To"], message["From"], message["Subject"]) == (
        "Zoé O'Neil <zoe@example.org>", settings.mail_from, "Votre code de connexion\u00a0: 1234 5678",
    )  # fmt: skip
    assert (message["Auto-Submitted"], message["Content-Language"]) == ("auto-generated", "fr")
    text, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert "Bonjour Zoé O'Neil," in text.get_content()
    assert "http://forum.test/sign-in/link/abc" in text.get_content()
    assert "Bonjour Zoé O&#39;Neil," in html.get_content()


async def test_a_mail_exists_only_if_its_transaction_commits(smtp: tuple[Post, Settings], person: UUID) -> None:
    post, settings = smtp
    with pytest.raises(RuntimeError):  # noqa: PT012 - the failure is the block's
        async with db.transaction():
            await post_sign_in(person)
            raise RuntimeError
    await post_sign_in(person, code="0000 0001")
    async with working(settings):
        await until_over()
    assert [m["Subject"][-9:] for m in post.accepted] == ["0000 0001"]


async def test_codes_and_links_are_forgotten_once_the_mail_is_over(smtp: tuple[Post, Settings], person: UUID) -> None:
    post, settings = smtp
    await post_sign_in(person)
    post.rcpt_answer = ""
    async with working(settings):
        await until_over()
    row = await db.value("SELECT m::text FROM mail m")
    assert ("1234" in row, "abc" in row, "zoe" in row) == (False, False, False)
    assert await db.value("SELECT count(*) FROM pgqueuer_log WHERE pgqueuer_log::text ~ '1234|zoe'") == 0


async def test_a_mail_that_the_server_takes_later_is_sent_once(smtp: tuple[Post, Settings], person: UUID) -> None:
    post, settings = smtp
    post.answers = ["451 later, zoe@example.org", "421 busy"]
    await post_sign_in(person)
    async with working(settings):
        await until_over(hurry=True)
    assert (post.seen, len(post.accepted)) == (3, 1)
    assert await db.value("SELECT maybe_sent FROM mail") == 0


@pytest.mark.parametrize("where", ["rcpt", "data"])
async def test_a_mail_refused_for_good_is_not_tried_again_and_the_reason_quotes_nobody(smtp: tuple[Post, Settings], person: UUID, where: str) -> None:
    post, settings = smtp
    if where == "rcpt":
        post.rcpt_answer = "550 no zoe@example.org here"
    else:
        post.answers = ["554 no zoe@example.org here"]
    await post_sign_in(person)
    async with working(settings):
        await until_over()
        await asyncio.sleep(0.7)
    assert await db.value("SELECT failure || tries FROM mail") == ("5501" if where == "rcpt" else "5541")
    assert post.accepted == []


async def test_a_server_that_is_away_gets_the_mail_when_it_is_back(settings: Settings, person: UUID) -> None:
    port = free_port()
    settings = replace(settings, smtp_url=f"smtp://127.0.0.1:{port}")
    await post_sign_in(person)
    async with working(settings):
        async with asyncio.timeout(10):
            await one_attempt("tries > 0")
        post = Post()
        controller = Controller(post, hostname="127.0.0.1", port=port)
        controller.start()
        await until_over(hurry=True)
    controller.stop()
    await delivery.close_all()
    assert len(post.accepted) == 1


async def test_when_the_outcome_is_unknown_it_is_sent_again_once_and_never_a_third_time(smtp: tuple[Post, Settings], person: UUID) -> None:
    post, settings = smtp
    post.die_after_data = 99
    await post_sign_in(person)
    async with working(settings):
        await until_over(hurry=True)
    assert len(post.accepted) == 2
    assert len({m["Message-ID"] for m in post.accepted}) == 1  # a reader's program sees that it is the same
    assert await db.value("SELECT failure FROM mail") == "unknown twice"


WORKER = """
import asyncio, sys
from forum.jobs import registry
from forum.jobs.worker import run_worker
registry.MODULES = ("forum.mail.delivery",)
from forum.settings import Settings
asyncio.run(run_worker(Settings(database_url=sys.argv[1], smtp_url=sys.argv[2], origin="http://forum.test", secret="s" * 40)))
"""


async def test_a_worker_killed_while_sending_loses_no_mail(settings: Settings, person: UUID) -> None:
    with office() as (post, place):
        hold = asyncio.Event()
        loop = asyncio.get_running_loop()
        original = post.handle_DATA

        async def slowly(server: SMTP, session: Session, envelope: Envelope) -> str:
            answer = await original(server, session, envelope)
            if len(post.accepted) == 1:
                loop.call_soon_threadsafe(hold.set)
                await asyncio.sleep(30)
            return answer

        post.handle_DATA = slowly  # type: ignore[method-assign]
        url = f"smtp://{place}"
        await post_sign_in(person)
        worker = await asyncio.create_subprocess_exec(sys.executable, "-c", WORKER, settings.database_url, url, cwd=REPOSITORY)
        await asyncio.wait_for(hold.wait(), 20)
        worker.kill()
        await worker.wait()
        await db.execute("UPDATE pgqueuer SET heartbeat = now() - interval '1 minute'")  # its silence, without the wait
        async with working(replace(settings, smtp_url=url)):
            await until_over()
        await delivery.close_all()
        assert len(post.accepted) == 2  # once is certain, twice is the most
        assert await db.value("SELECT failure = '' AND sent_at IS NOT NULL FROM mail")


async def test_an_expired_code_is_not_sent(smtp: tuple[Post, Settings], person: UUID) -> None:
    post, settings = smtp
    await post_sign_in(person, until=clock.now() - timedelta(seconds=1))
    async with working(settings):
        await until_over()
    assert (post.accepted, await db.value("SELECT failure FROM mail")) == ([], "too late")


async def test_a_mail_for_nobody_costs_the_same_and_goes_nowhere(smtp: tuple[Post, Settings], person: UUID) -> None:
    post, settings = smtp
    await post_sign_in(None)
    assert await db.value("SELECT count(*) FROM pgqueuer WHERE entrypoint = 'mail.send'") == 1
    async with working(settings):
        await until_over()
    assert (post.seen, await db.value("SELECT failure FROM mail")) == (0, "nobody")


async def test_an_erased_person_gets_no_mail(smtp: tuple[Post, Settings], person: UUID) -> None:
    post, settings = smtp
    await post_sign_in(person)
    await db.execute("UPDATE person SET erased_at = now()")
    async with working(settings):
        await until_over()
    assert post.seen == 0


async def test_a_guardian_is_written_to_at_their_own_address(smtp: tuple[Post, Settings], person: UUID) -> None:
    post, settings = smtp
    await mail.post("guardian", person=person, to="parent@example.org", facts={"link": "/guardian/x"}, now=clock.now())
    async with working(settings):
        await until_over()
    assert [m["To"] for m in post.accepted] == ["parent@example.org"]


async def test_without_smtp_the_mail_stays_readable_in_the_outbox(settings: Settings, person: UUID) -> None:
    await post_sign_in(person)
    async with working(settings):
        await until_over()
    (kept,) = await queries.outbox(to="ZOE@example.org")
    assert (kept.recipient, kept.subject) == ("zoe@example.org", "Votre code de connexion\u00a0: 1234 5678")
    assert "http://forum.test/sign-in/link/abc" in kept.body
    assert await queries.kept(kept.id) == kept
    assert await queries.outbox(to="other@example.org") == []


async def test_the_load_counts_what_waits_and_what_failed(settings: Settings, person: UUID) -> None:
    await post_sign_in(person)
    await db.execute("UPDATE mail SET created_at = created_at - interval '90 s'")
    load = await queries.load(clock.now())
    assert (load.waiting, load.failed, 89 < load.oldest_seconds < 100) == (1, 0, True)


def test_every_mail_has_both_parts_in_both_languages() -> None:
    names = {p.stem for p in (FRONTEND / "templates" / "mail").glob("*.txt")} - {"base"}
    assert names == {p.stem for p in (FRONTEND / "templates" / "mail").glob("*.html")} - {"base"}
    posted = {name for path in (REPOSITORY / "forum").rglob("*.py") for name in re.findall(r"mail\.post\(\s*\"(\w+)\"", path.read_text("utf-8"))}
    assert posted >= {"sign_in", "confirm"}
    assert posted - names == set()


@pytest.mark.parametrize("template", ["sign_in", "confirm", "guardian", "already_registered"])
def test_french_is_french(template: str) -> None:
    facts = {"name": "", "edition_name": "Forum", "code": "1", "link": "/x"}
    settings = Settings(origin="https://forum.test")
    french, english = (render(template, lang, facts, settings) for lang in ("fr", "en"))
    assert french.subject != english.subject
    assert not {line for line in french.text.splitlines() if len(line) > 20 and "://" not in line} & set(english.text.splitlines())
    assert "https://forum.test/en/" in english.text


def test_a_moment_among_the_facts_is_told_on_the_wall_clock() -> None:
    facts = {"name": "", "edition_name": "Forum", "title": "Keynote", "code": "k1", "until": "2028-11-16T09:40:00+00:00"}
    assert "jeu. 16 nov., 10:40" in render("seat_offer", "fr", facts, Settings()).text
    assert "Thu 16 Nov, 10:40" in render("seat_offer", "en", facts, Settings()).html


# --- nothing of a person's can become a header ---------------------------------------------------------------------


@given(st.text(), st.text())
def test_no_name_and_no_subject_adds_a_header(name: str, subject: str) -> None:
    rendered = Rendered(one_line(subject), "text\n", "<p>text</p>")
    message = compose(rendered, number=uuid4(), to="a@example.org", name=name, lang="en", settings=Settings(), now=NOW)
    read = email.message_from_bytes(message.as_bytes(), policy=email.policy.default)
    assert sorted(read.keys()) == sorted(["From", "To", "Subject", "Date", "Message-ID", "Content-Language", "Auto-Submitted", "MIME-Version", "Content-Type"])
    assert [a.addr_spec for a in read["To"].addresses] == ["a@example.org"]


@pytest.mark.parametrize(
    "address", ["a@b.org\r\nBcc: c@d.org", "a@b.org, c@d.org", "a@b@c.org", "", "a b@c.org", "a@b.org\x00", "<a@b.org>", "a@b.org;c@d.org"]
)
def test_an_address_that_is_more_than_one_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        compose(render("confirm", "en", {"name": "", "edition_name": "F", "link": "/x"}, Settings()), number=uuid4(), to=address, name="", lang="en",
                settings=Settings(), now=NOW)  # fmt: skip


# --- the server's address, encryption, passwords -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.org", Server("mail.example.org", 587)),
        ("smtp://u%40x:p%2F1@mail.example.org:2525", Server("mail.example.org", 2525, "u@x", "p/1", start_tls=True)),
        ("smtps://u:p@mail.example.org", Server("mail.example.org", 465, "u", "p", tls=True, start_tls=False)),
        ("smtp://u:p@127.0.0.1:25?tls=none", Server("127.0.0.1", 25, "u", "p", start_tls=False)),
        ("smtp://relay:25?tls=required", Server("relay", 25, start_tls=True)),
    ],
)
def test_the_servers_address_is_read(url: str, server: Server) -> None:
    assert read_server(url) == server
    assert "p/1" not in repr(server)


@pytest.mark.parametrize("url", ["mail.example.org", "http://x", "smtp://", "smtp://x?tls=maybe"])
def test_another_address_is_refused(url: str) -> None:
    with pytest.raises(Invalid, match="FORUM_SMTP_URL"):
        read_server(url)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    names = (folder / "cert.pem", folder / "key.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-out", names[0], "-keyout", names[1]],
        check=True, capture_output=True,
    )  # fmt: skip
    return names


def check_password(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"forum", b"secret")
    return AuthResult(success=good, handled=good)


@pytest.mark.parametrize("trusted", [True, False])
async def test_a_password_travels_only_over_a_certificate_that_is_trusted(
    settings: Settings, person: UUID, certificate: tuple[Path, Path], trusted: bool
) -> None:
    served = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    served.load_cert_chain(*certificate)
    with office(tls_context=served, authenticator=check_password, auth_required=True, auth_require_tls=True) as (post, place):
        url = f"smtp://forum:secret@{place}"
        context = ssl.create_default_context(cafile=str(certificate[0])) if trusted else None
        delivery.transport_for(replace(settings, smtp_url=url)).context = context
        await post_sign_in(person)
        async with working(replace(settings, smtp_url=url)):
            if trusted:
                await until_over()
            else:
                async with asyncio.timeout(10):
                    await one_attempt("tries = 1 AND taken_at IS NULL")
        await delivery.close_all()
        assert len(post.accepted) == (1 if trusted else 0)


async def test_a_password_is_not_sent_to_a_server_without_encryption(settings: Settings, person: UUID) -> None:
    heard: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        while line := await reader.readline():
            heard.append(line)
            writer.write(b"250-hello\r\n250 AUTH PLAIN LOGIN\r\n" if line.upper().startswith(b"EHLO") else b"250 OK\r\n")
        writer.close()

    async with await asyncio.start_server(listen, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        url = f"smtp://forum:secret@127.0.0.1:{port}"
        await post_sign_in(person)
        async with working(replace(settings, smtp_url=url)), asyncio.timeout(10):
            await one_attempt("tries = 1 AND taken_at IS NULL")
        await delivery.close_all()
    assert heard
    assert not [line for line in heard if b"secret" in line or base64.b64encode(b"\0forum\0secret") in line or line.upper().startswith(b"AUTH")]


async def test_many_mails_share_a_few_connections(smtp: tuple[Post, Settings], person: UUID) -> None:
    post, settings = smtp
    async with db.transaction():
        for n in range(60):
            await post_sign_in(person, code=f"{n:04}")
    async with working(settings):
        await until_over()
    assert sorted(m["Subject"][-4:] for m in post.accepted) == [f"{n:04}" for n in range(60)]
    assert 1 <= len(delivery.transport_for(settings).idle) <= 4
