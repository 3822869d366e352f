"""The journal says in words whatever the house notes in it."""

import ast
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from forum.live.log import WORDS, Done, gathered

NOTING = {"note", "_changing", "_log", "_said", "_turn", "_wrote"}  # journal.note, and who hands its action on
ACTION = re.compile(r"import|undone|[a-z_]+\.[a-z_.-]+")
PUBLISHED = {"plan.publish", "plan.rollback"}  # named by the kind of publication


def _actions() -> set[str]:
    """Every action a call names."""
    found: set[str] = set()
    for path in Path("forum").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and (getattr(node.func, "attr", "") or getattr(node.func, "id", "")) in NOTING:
                texts = [c.value for a in node.args for c in ast.walk(a) if isinstance(c, ast.Constant) and isinstance(c.value, str)]
                found.update(text for text in texts if ACTION.fullmatch(text))
    return found


def test_every_action_has_its_words_and_no_words_are_left_over() -> None:
    assert _actions() | PUBLISHED == set(WORDS)


def _done(number: int, minute: int, action: str = "device.enrolled", actor: str = "Sofia", **more: object) -> Done:
    at = datetime(2026, 11, 30, 9, tzinfo=UTC) + timedelta(minutes=minute)
    return Done(**{"id": number, "at": at, "actor": actor, "action": action, "campus": None, "slug": "", "subject": str(number), "facts": "{}", "undone": False, "text_fr": "", "text_en": "", "what": "", "stands": True} | more)  # type: ignore[arg-type]


def test_the_same_thing_done_in_a_row_is_one_line_and_what_can_be_taken_back_stands_alone() -> None:
    rows = [
        _done(9, 30), _done(8, 29), _done(7, 28, actor="Karim"), _done(6, 27), _done(5, 10),
        _done(4, 9, "entries.paused"), _done(3, 9, "entries.paused"), _done(2, 8, "room.removed", what="A"), _done(1, 8, "room.removed", what="B"),
    ]  # fmt: skip
    assert [(d.id, d.times) for d in gathered(rows)] == [(9, 2), (7, 1), (6, 1), (5, 1), (4, 1), (3, 1), (2, 1), (1, 1)]
