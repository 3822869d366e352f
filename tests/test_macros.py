"""Macros: what they write is labelled, escaped, tied to its fault, and free of inline script and style."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from lxml import html

from forum import pages
from forum.app import create_app

NOW = datetime(2028, 11, 16, 9, 41, tzinfo=UTC)
CONTEXT: dict[str, Any] = {"principal": None, "csrf_token": "tok", "path": "/x", "flashes": [], "now": NOW, "edition": None}
FORMS = '{% from "macros/forms.html" import field, textarea, select, checkbox, checkboxes, radios, error_summary, submit, action with context %}'


def made(source: str, lang: str = "en", **facts: Any) -> html.HtmlElement:
    """The elements that *source* renders to, under one root."""
    text = pages.environment(lang).from_string(source).render(**CONTEXT, csrf_field=lambda: pages.csrf_field("tok"), **facts)
    return html.fromstring(f"<div>{text}</div>")


def one(root: html.HtmlElement, path: str) -> html.HtmlElement:
    found = root.xpath(path)
    assert len(found) == 1, (path, len(found))
    return found[0]


def test_a_field_is_labelled_and_keeps_what_was_typed():
    root = made(FORMS + '{{ field("email", "Address", values, {}, type="email", autocomplete="email", hint="No newsletter.") }}', values={"email": "a@b"})
    box = one(root, "//input")
    assert (box.get("type"), box.get("name"), box.get("value"), box.get("autocomplete"), box.get("required")) == ("email", "email", "a@b", "email", "")
    assert one(root, "//label").get("for") == box.get("id")
    assert one(root, f"//*[@id='{box.get('aria-describedby')}']").text == "No newsletter."
    assert box.get("aria-invalid") is None


def test_a_fault_is_told_where_it_is_and_summed_up_with_a_link():
    source = FORMS + '{{ error_summary(faults) }}{{ field("email", "Address", {}, faults, hint="h") }}'
    root = made(source, faults={"email": "Write the whole address."})
    box = one(root, "//input")
    assert box.get("aria-invalid") == "true"
    said = [one(root, f"//*[@id='{name}']").text_content().strip() for name in box.get("aria-describedby").split()]
    assert said == ["h", "Write the whole address."]
    assert one(root, "//*[@role='alert']//a").get("href") == f"#{box.get('id')}"
    assert made(FORMS + "{{ error_summary({}) }}").text_content().strip() == ""


@pytest.mark.parametrize("hostile", ['"><script>alert(1)</script>', "' onfocus=alert(1) x='", "</textarea><b>", "&lt;", "{{ 7 * 7 }}", "\u202e"])
def test_nothing_typed_becomes_markup(hostile):
    source = FORMS + (
        '{{ field("a", v, {"a": v}, {"a": v}, hint=v) }}{{ textarea("b", v, {"b": v}, {}) }}{{ select("c", v, [(v, v)], {"c": v}, {}) }}'
        '{{ checkboxes("d", v, [(v, v, v)], {"d": [v]}, {}) }}{{ action("/x", v, fields={"k": v}, ask=v, consequence=v) }}'
    )
    root = made(source, v=hostile)
    assert root.xpath("//script | //b | //@onfocus") == []
    assert one(root, "//input[@name='a']").get("value") == hostile
    assert one(root, "//textarea").text.removeprefix("\n") == hostile
    assert one(root, "//option[@selected]").get("value") == hostile
    assert one(root, "//input[@name='d']").get("checked") is not None
    assert one(root, "//input[@name='k']").get("value") == hostile
    assert one(root, "//confirm-button").get("ask") == hostile


def test_choices_keep_what_was_chosen_whatever_its_type():
    options = "[(1, 'one'), (2, 'two', 'hint'), (3, 'three', none, true)]"
    root = made(FORMS + f"{{{{ checkboxes('n', 'N', {options}, values, {{}}) }}}}", values={"n": ["2", 3]})
    assert [(box.get("value"), box.get("checked") is not None, box.get("disabled") is not None) for box in root.xpath("//input")] == [
        ("1", False, False), ("2", True, False), ("3", True, True),
    ]  # fmt: skip
    root = made(FORMS + f"{{{{ radios('n', 'N', {options}, values, {{}}) }}}}", values={"n": 2})
    assert [box.get("value") for box in root.xpath("//input[@checked]")] == ["2"]
    assert one(root, "//fieldset/legend").text_content().strip() == "N"
    root = made(FORMS + "{{ select('n', 'N', [(1, 'one'), (2, 'two')], {'n': '2'}, {}, empty='choose') }}")
    assert [option.get("value") for option in root.xpath("//option[@selected]")] == ["2"]


def test_an_optional_field_says_so_in_the_readers_language_and_is_not_required():
    source = FORMS + '{{ field("a", "A", {}, {}, required=false) }}'
    for lang, word in (("en", "(optional)"), ("fr", "(facultatif)")):
        root = made(source, lang)
        assert word in one(root, "//label").text_content()
        assert one(root, "//input").get("required") is None


def test_an_action_is_a_form_with_its_token_in_the_readers_language():
    form = one(made(FORMS + '{{ action("/campus/7/close", "Close", "bad", {"version": 3}) }}', "en"), "//form")
    assert (form.get("method"), form.get("action")) == ("post", "/en/campus/7/close")
    assert {box.get("name"): box.get("value") for box in form.xpath(".//input")} == {"_csrf": "tok", "version": "3"}
    assert form.xpath(".//confirm-button") == []


def test_pages_are_numbered_around_the_one_shown():
    source = '{% from "macros/pagination.html" import pagination %}{{ pagination(page, pages, 214, "/people?page=") }}'
    root = made(source, page=5, pages=9)
    assert [re.sub(r"\D", "", item.text_content()) for item in root.xpath("//li[not(.//@rel)]")] == ["1", "3", "4", "5", "6", "7", "9"]
    assert one(root, "//*[@aria-current]").text_content().split() == ["Page", "5"]
    assert [link.get("href") for link in root.xpath("//a[@rel]")] == ["/en/people?page=4", "/en/people?page=6"]
    assert made(source, page=1, pages=1).xpath("//nav") == []


def test_a_meter_is_full_at_most_and_empty_without_a_measure():
    source = '{% from "macros/meter.html" import meter, spark %}{{ meter(v, m) }}{{ spark(s) }}'
    widths = [one(made(source, v=v, m=m, s=[]), "//rect[@class='fg']").get("width") for v, m in ((471, 480), (500, 480), (0, 480), (5, 0))]
    assert widths == ["98", "100", "0", "0"]
    assert made(source, v=1, m=1, s=[3]).xpath("//path") == []
    assert len(made(source, v=1, m=1, s=[0, 0, 0]).xpath("//path")) == 2


def test_a_sorted_column_is_a_link_and_says_its_direction():
    call = '{% call table("T", ["A", ("B", "n")], sorts={1: ("/x?sort=b", "descending")}) %}<tr><td>1</td><td>2</td></tr>{% endcall %}'
    source = '{% from "macros/table.html" import table %}' + call
    root = made(source)
    assert [th.get("aria-sort") for th in root.xpath("//th")] == [None, "descending"]
    assert one(root, "//th//a").get("href") == "/x?sort=b"
    assert one(root, "//*[@role='group']").get("tabindex") == "0"


def test_every_icon_name_used_in_a_template_exists():
    known = pages.environment("en").get_template("macros/icon.html").module.paths  # type: ignore[attr-defined]
    used = {
        (path.name, name)
        for path in (pages.FRONTEND / "templates").rglob("*.html")
        for name in re.findall(r'\bicon\("([\w-]+)"\)', path.read_text())
    }  # fmt: skip
    assert len(used) > 10
    assert {pair for pair in used if pair[1] not in known} == set()


def test_no_template_holds_script_style_or_another_house():
    faults = []
    for path in (pages.FRONTEND / "templates").rglob("*.html"):
        if path.parent.name == "mail":
            continue  # letters are read without our style sheet
        text = re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)
        inline = r"<style\b|\sstyle=|\son[a-z]+=[\"']|<script(?![^>]*\ssrc=)(?![^>]*application/)|javascript:"
        outside = r"(?:src|srcset|action)=\"(?:https?:)?//[^\"]*"
        faults += [(path.name, found) for found in [*re.findall(inline, text), *re.findall(outside, text)]]
    assert faults == []


@pytest.mark.parametrize(("demo", "status"), [(False, 404), (True, 200)])
async def test_the_sheet_is_served_in_the_demo_only(settings, demo, status):
    app = create_app(replace(settings, demo=demo), open_pool=False)
    async with app.lifespan(), httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://forum.test") as client:
        answer = await client.get("/en/_components")
        assert answer.status_code == status
        assert ("The same parts everywhere." in answer.text) is demo
