"""What must be translated: every marked string of code and templates. `python -m tests.catalogues` prints what French lacks, ready to fill in."""

import sys
from io import BytesIO
from pathlib import Path

from babel.messages.extract import extract
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

ROOT = Path(__file__).parent.parent
CODE = {"N_": None, "say": (2,), "say_count": (2, 3), "Count": (1, 2)}
TEMPLATE = ("_", "n_", "N_")
Key = str | tuple[str, str]


def marked() -> dict[Key, str]:
    """msgid, or (singular, plural) → where it stands first."""
    found: dict[Key, str] = {}
    for path in sorted((ROOT / "forum").rglob("*.py")):
        for line, message, _, _ in extract("python", BytesIO(path.read_bytes()), keywords={"N_": None}):
            _add(found, message, f"{path.relative_to(ROOT)}:{line}")
    for path in sorted((ROOT / "frontend" / "templates").rglob("*.*")):
        options = {"trimmed": "false", "silent": "false"}
        for line, function, message, _ in babel_extract(BytesIO(path.read_bytes()), TEMPLATE, (), options):
            words = message[:2] if isinstance(message, tuple) and function == "n_" else message[0] if isinstance(message, tuple) else message
            _add(found, words, f"{path.relative_to(ROOT)}:{line}")
    return found


def _add(found: dict[Key, str], message: object, where: str) -> None:
    if isinstance(message, str) and message:
        found.setdefault(message, where)
    elif isinstance(message, tuple | list) and len(message) == 2 and all(isinstance(m, str) for m in message):
        found.setdefault((message[0], message[1]), where)


def translated(lang: str = "fr") -> dict[Key, str | tuple[str, ...]]:
    """msgid → translation over all catalogues of *lang*; fuzzy and empty ones do not count."""
    found: dict[Key, str | tuple[str, ...]] = {}
    for path in sorted((ROOT / "forum" / "locale" / lang).glob("*.po")):
        with path.open("rb") as source:
            for message in read_po(source, locale=lang):
                if message.id and not message.fuzzy and (all(message.string) if isinstance(message.string, tuple) else message.string):
                    found[tuple(message.id) if isinstance(message.id, list | tuple) else message.id] = message.string
    return found


def missing() -> dict[Key, str]:
    known = translated()
    plain = {k[0]: v for k, v in known.items() if isinstance(k, tuple)} | {k: v for k, v in known.items() if isinstance(k, str)}
    return {key: where for key, where in marked().items() if key not in known and not (isinstance(key, str) and key in plain)}


def main(words: list[str]) -> int:
    """Print entries that lack French, of files whose path has one of *words*."""
    lacking = {key: where for key, where in missing().items() if not words or any(word in where for word in words)}
    for key, where in sorted(lacking.items(), key=lambda item: item[1]):
        quoted = [part.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") for part in ((key,) if isinstance(key, str) else key)]
        print(f"#: {where.rsplit(':', 1)[0]}")
        print(f'msgid "{quoted[0]}"')
        print('msgstr ""\n' if len(quoted) == 1 else f'msgid_plural "{quoted[1]}"\nmsgstr[0] ""\nmsgstr[1] ""\n')
    print(f"{len(lacking)} missing", file=sys.stderr)
    return bool(lacking)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
