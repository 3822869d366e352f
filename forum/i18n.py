"""French and English: messages that travel as data and are put into words at the edge."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

LANGUAGES: Final = ("fr", "en")
DEFAULT_LANGUAGE: Final = "fr"
LOCALE_DIR: Final = Path(__file__).parent / "locale"


def N_(text: str) -> str:
    """Mark *text* for translation without translating it."""
    return text


class Message:
    """A sentence not yet in any language: an English msgid with `{named}` placeholders, and its facts."""

    __slots__ = ("facts", "text")

    def __init__(self, text: str, /, **facts: Any) -> None:
        self.text = text
        self.facts: Mapping[str, Any] = facts

    def __str__(self) -> str:
        return self.text.format(**self.facts) if self.facts else self.text

    def __repr__(self) -> str:
        return f"Message({self.text!r}, {dict(self.facts)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and (self.text, self.facts) == (other.text, other.facts)

    def __hash__(self) -> int:
        return hash(self.text)

    def in_language(self, lang: str) -> str:
        """The sentence in *lang*; facts that are Messages are translated too."""
        return say(lang, self.text, **self.facts)


def plain(message: Message) -> list[Any]:
    """A sentence as data to store, so that each reader has it in their own language."""
    return [message.text, {name: plain(fact) if isinstance(fact, Message) else fact for name, fact in message.facts.items()}]


def read(stored: Any) -> Message:
    """The sentence `plain` made *stored* from; text alone is taken as it stands."""
    if isinstance(stored, str):
        return Message("{words}", words=stored)
    text, facts = stored
    return Message(text, **{name: read(fact) if isinstance(fact, list) else fact for name, fact in facts.items()})


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All translations of one language, merged from `locale/<lang>/*.po`."""

    lang: str
    translations: Translations

    def gettext(self, text: str) -> str:
        return self.translations.gettext(text) if text else ""

    def ngettext(self, one: str, many: str, count: int) -> str:
        return self.translations.ngettext(one, many, count)


@cache
def catalogue(lang: str) -> Catalogue:
    """The catalogue of *lang*; English is the msgids themselves. Raises KeyError for a language Forum does not speak."""
    if lang not in LANGUAGES:
        raise KeyError(lang)
    merged = Translations()
    for path in sorted((LOCALE_DIR / lang).glob("*.po")):
        compiled = BytesIO()
        with path.open("rb") as source:
            write_mo(compiled, read_po(source, locale=lang))
        compiled.seek(0)
        part = Translations(compiled)
        merged.merge(part)
        merged.plural = part.plural  # merging leaves the English rule in force: French says "0 place"
    return Catalogue(lang, merged)


def say(lang: str, text: str, /, **facts: Any) -> str:
    """*text* in *lang* with its placeholders filled."""
    words = catalogue(lang).gettext(text)
    return words.format(**_worded(lang, facts)) if facts else words


def say_count(lang: str, one: str, many: str, count: int, /, **facts: Any) -> str:
    """The singular or plural form for *count*, which also fills `{count}` (grouped in thousands)."""
    from forum.formats import number  # formats needs the language list above

    words = catalogue(lang).ngettext(one, many, count)
    return words.format(count=number(lang, count), **_worded(lang, facts))


def _worded(lang: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v.in_language(lang) if isinstance(v, Message) else v for k, v in facts.items()}
