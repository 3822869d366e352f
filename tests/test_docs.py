"""Documentation held to the code: every setting and command is described, every link leads somewhere."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
from click import Context

from forum.cli import main
from forum.settings import Settings

ROOT = Path(__file__).parent.parent
OPERATIONS = (ROOT / "docs" / "operations.md").read_text("utf-8")


def test_every_setting_stands_in_the_table_with_its_meaning() -> None:
    rows = dict(re.findall(r"^\| `(FORUM_\w+)` \| .*? \| (.*) \|$", OPERATIONS, re.MULTILINE))
    assert rows == {f"FORUM_{f.name.upper()}": f.metadata["doc"] for f in fields(Settings)}


def test_no_variable_is_read_that_the_page_does_not_name() -> None:
    code = "".join(path.read_text("utf-8") for path in [ROOT / "run.py", *(ROOT / "forum").rglob("*.py")])
    read = set(re.findall(r"(?:envvar=|environ\.get\(|environ\[|getenv\()\"(FORUM_\w+)\"", code))
    assert {"FORUM_LANG", "FORUM_VENV"} <= read  # control: the pattern sees them
    assert sorted(name for name in read if f"`{name}`" not in OPERATIONS) == []


def test_every_command_is_described() -> None:
    described = set(re.findall(r"`forum (\w+)", OPERATIONS)) | set(re.findall(r" / (\w+)", OPERATIONS))
    assert sorted(name for name in main.list_commands(Context(main)) if name not in described) == []


@pytest.mark.parametrize("page", [*sorted(ROOT.glob("docs/**/*.md")), ROOT / "README.md"], ids=lambda p: str(p.relative_to(ROOT)))
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []
