"""A mail as text: templates in the reader's language; first line of the `.txt` is the subject."""

import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import cache, partial
from typing import Any, Final
from uuid import UUID

from jinja2 import Environment

from forum import formats, pages
from forum.i18n import say_count
from forum.settings import Settings

LONGEST_SUBJECT: Final = 150


@dataclass(frozen=True, slots=True)
class Rendered:
    """What the reader sees; `subject` is one line without control characters."""

    subject: str
    text: str
    html: str


def render(template: str, lang: str, facts: dict[str, Any], settings: Settings) -> Rendered:
    """The mail *template* in *lang*. Raises jinja2.UndefinedError when a fact is missing, TemplateNotFound for an unknown name."""
    context = _context(lang, settings) | facts
    subject, _, text = _plain(lang).get_template(f"mail/{template}.txt").render(context).partition("\n")
    html = pages.environment(lang).get_template(f"mail/{template}.html").render(context | {"subject": one_line(subject)})
    return Rendered(one_line(subject)[:LONGEST_SUBJECT], text.strip() + "\n", html)


@cache
def _plain(lang: str) -> Environment:
    """Text is not HTML: nothing is escaped, and it never becomes a page."""
    return pages.environment(lang).overlay(autoescape=False)


def _context(lang: str, settings: Settings) -> dict[str, Any]:
    return {
        "lang": lang,
        "_": pages.words(lang),
        "n_": lambda one, many, count, **facts: formats.typography(lang, say_count(lang, one, many, count, **facts)),
        "absolute": lambda path: settings.origin.rstrip("/") + pages.url(lang, path),
        "day": lambda when, style="long": formats.day(lang, when, style),
        "when": partial(_when, lang),
    }


def _when(lang: str, moment: str) -> str:
    """A moment from the facts (ISO 8601, they are JSON) on the wall clock: `jeu. 16 nov., 10:40`."""
    at = datetime.fromisoformat(moment)
    return f"{formats.day(lang, at)}, {formats.clock_time(at)}"


def one_line(text: str) -> str:
    """*text* without line breaks and control characters: nothing in it can begin another header."""
    return re.sub(r"[\x00-\x20\x7f-\x9f\u2028\u2029\ud800-\udfff]+", " ", text).strip(" ")


def compose(rendered: Rendered, *, number: UUID, to: str, name: str, lang: str, settings: Settings, now: datetime) -> EmailMessage:
    """The message as it travels. Its Message-ID is the mail's own, so a second copy shows as one. Raises ValueError for a bad address."""
    sender_name, sender = parseaddr(settings.mail_from)
    message = EmailMessage(policy=SMTP.clone(utf8=not to.isascii()))
    message["From"] = _address(sender, sender_name)
    message["To"] = _address(to, name)
    message["Subject"] = rendered.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{number}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no absence notes, please
    message.set_content(rendered.text)
    message.add_alternative(rendered.html, subtype="html")
    message["Content-Language"] = lang  # after the content, which takes such headers away
    return message


def _address(address: str, name: str) -> Address:
    """Raises ValueError for anything but one address: a comma or a line break would add recipients."""
    if one_line(address) != address or address.count("@") != 1:
        raise ValueError("not one address")
    try:
        return Address(display_name=one_line(name), addr_spec=address)
    except Exception as error:  # the parser's errors are of many classes
        raise ValueError("not an address") from error
