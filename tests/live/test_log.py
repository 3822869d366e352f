"""The journal says in words whatever the house notes in it."""

import ast
import re
from pathlib import Path

from forum.live.log import WORDS

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
