"""Logs hold nobody's data, and one record is one line."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis import given
from hypothesis import strategies as st

from forum.operations import logs


@contextmanager
def logged() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    kept, level, said = root.handlers[:], root.level, io.StringIO()
    logs.configure("json", stream=said)
    try:
        yield said
    finally:
        root.handlers[:] = kept
        root.setLevel(level)


def test_a_record_is_one_object_with_its_facts() -> None:
    with logged() as said:
        logging.getLogger("forum.test").warning("job failed", extra={"facts": {"job": 7, "name": "mail.send"}, "request_id": "ab12"})
    (line,) = said.getvalue().splitlines()
    shown = json.loads(line)
    assert {k: v for k, v in shown.items() if k != "at"} == {
        "level": "warning", "logger": "forum.test", "message": "job failed", "job": 7, "name": "mail.send", "request_id": "ab12",
    }  # fmt: skip


def test_an_exception_is_told_by_class_and_place_never_by_its_words() -> None:
    with logged() as said:
        try:
            raise KeyError("marie.curie@example.org has password hunter2")
        except KeyError:
            logging.getLogger("forum.test").exception("went wrong")
    text = said.getvalue()
    assert "KeyError in test_logs.py" in text
    assert ("marie" in text, "hunter2" in text) == (False, False)


def test_addresses_and_keys_are_cut_out_and_ids_stay() -> None:
    text = "sign-in of Zoé <zoe@exämple.org> with 3q2Xv_9Lk-77TzpQm1aBcD for 6f1e6a50-9f5e-4b57-9d53-0d6b1f8e9a11"
    assert logs.cut(text) == "sign-in of Zoé (address) with (key) for 6f1e6a50-9f5e-4b57-9d53-0d6b1f8e9a11"


@given(st.text())
def test_nothing_makes_a_second_line(text: str) -> None:
    record = logging.makeLogRecord({"msg": "%s", "args": (text,), "levelname": "INFO", "name": "x", "facts": {"said": text}})
    for style in (logs.Json(), logs.Text()):
        assert len(style.format(record).splitlines()) <= 1


@given(st.emails())
def test_no_address_passes(address: str) -> None:
    assert address not in logs.cut(f"to {address}.")
