"""Pages: the Jinja environment, its filters, hashed assets, links in the reader's language, one-time messages."""

import asyncio
import hashlib
import hmac
import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from forum import access, editions, formats
from forum.i18n import LANGUAGES, Message, catalogue, say_count
from forum.settings import Settings

PACKAGED: Final = Path(__file__).parent / "_frontend"
FRONTEND: Final = PACKAGED if PACKAGED.is_dir() else Path(__file__).parent.parent / "frontend"
TURN_SECONDS: Final = 0.004
PAUSE_SECONDS: Final = 0.002  # a short request asks the database three or four times: with no pause each answer waited for a turn to end
current_edition = editions.current


def url(lang: str, path: str) -> str:
    """*path* in *lang*: French without a prefix, English under /en."""
    return path if lang == "fr" else f"/{lang}{path}"


def words(lang: str) -> Callable[..., str]:
    """`_` of a template: translate, fill, and put French spaces; a Markup fact makes the whole Markup, the rest escaped."""
    translate = catalogue(lang).gettext

    @lru_cache(maxsize=1 << 13)  # there are three thousand sentences
    def sentence_of(text: str) -> str:
        return formats.typography(lang, translate(text))

    def say(said: str | Message, /, **facts: Any) -> str:
        text = said.text if isinstance(said, Message) else said
        if isinstance(said, Message):
            facts = {**said.facts, **facts}
        facts = {k: say(v) if isinstance(v, Message) else formats.number(lang, v) if isinstance(v, float) else v for k, v in facts.items()}
        sentence = sentence_of(text)
        if any(isinstance(v, Markup) for v in facts.values()):
            return Markup(escape(sentence)).format(**facts)  # noqa: S704 - the sentence is escaped, format escapes the rest
        return sentence.format(**facts) if facts else sentence

    return say


@cache
def environment(lang: str) -> Environment:
    """The Jinja environment of one language: escaped by default, an undefined name is an error; words and formats are globals, so macros have them too."""
    env = Environment(
        loader=FileSystemLoader(FRONTEND / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )
    env.globals |= {
        "asset": asset,
        "_": words(lang),
        "lang": lang,
        "url": lambda path: url(lang, path),
        "n_": lambda one, many, count, **facts: formats.typography(lang, say_count(lang, one, many, count, **facts)),
    }
    env.filters |= {
        "time": formats.clock_time,
        "duration": formats.duration,
        "number": lambda value: formats.number(lang, value),
        "day": lambda when, style="short": formats.day(lang, when, style),
        "date": lambda when, style="medium": formats.day(lang, when, style),
        "short_code": formats.short_code,
        "nbsp": lambda text: formats.typography(lang, text),
    }
    return env


def render(template: str, context: dict[str, Any]) -> str:
    """*template* as text; `lang` in *context* chooses the words."""
    return "".join(_pieces(template, context))


async def render_giving_way(template: str, context: dict[str, Any]) -> str:
    """The same, letting other requests have their turn every few milliseconds: a control screen of a hundred campuses takes thirty."""
    pieces: list[str] = []
    since = time.monotonic()
    for piece in _pieces(template, context):
        pieces.append(piece)
        if time.monotonic() - since >= TURN_SECONDS:
            await asyncio.sleep(PAUSE_SECONDS)
            since = time.monotonic()
    return "".join(pieces)


def failure(lang: str, settings: Settings, *, path: str, code: int, message: Message, **said: Any) -> str:
    """The page of a failure (`error.html`) as nobody signed in would get it, made without the database: it may be what is away."""
    known = {"lang": lang, "settings": settings, "path": path, "principal": None, "edition": None, "flashes": [], "can_open": access.can_open, "csrf_token": ""}
    return render("error.html", known | {"code": code, "message": message, "kind": code, "back": "", "again": "", "lost": False, "request_id": ""} | said)


def _pieces(template: str, context: dict[str, Any]) -> Iterator[str]:
    lang = context["lang"]
    other = next(code for code in LANGUAGES if code != lang)
    whole = context | {
        "csrf_field": lambda: csrf_field(context.get("csrf_token", "")),
        "other_language": other,
        "other_language_url": url(other, context.get("path", "/")),
    }
    return environment(lang).get_template(template).generate(whole)


def csrf_field(token: str) -> Markup:
    return Markup('<input type="hidden" name="_csrf" value="{}">').format(token)


# --- assets -------------------------------------------------------------------------------------------------


@cache
def manifest() -> dict[str, str]:
    """Logical name → hashed file name, as the front-end build wrote it; empty before the first build."""
    path = FRONTEND / "dist" / "manifest.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def asset(name: str) -> str:
    """The address of a built file; it changes when the file does, so it may be kept for a year."""
    return f"/static/{manifest().get(name, name)}"


# --- one-time messages --------------------------------------------------------------------------------------


def write_flash(secret: bytes, message: Message, kind: str) -> str:
    """*message* as a signed cookie value; facts must be plain and impersonal."""
    facts = {k: v if isinstance(v, int | float) else str(v) for k, v in message.facts.items()}
    body = urlsafe_b64encode(json.dumps([kind, message.text, facts]).encode()).decode()
    return f"{body}.{_sign(secret, body)}"


def read_flashes(secret: bytes, value: str) -> list[tuple[str, Message]]:
    """(kind, message) pairs; a value that we did not sign is nothing."""
    body, _, signature = value.partition(".")
    if not body or not hmac.compare_digest(signature, _sign(secret, body)):
        return []
    kind, text, facts = json.loads(urlsafe_b64decode(body))
    return [(kind, Message(text, **facts))]


def _sign(secret: bytes, body: str) -> str:
    return hmac.new(secret, b"flash:" + body.encode(), hashlib.sha256).hexdigest()[:32]
