import io
import re

import pytest
from PIL import Image

from forum.badges import qr
from forum.badges.keys import Key
from forum.badges.token import sign
from tests.badges.conftest import make_badge


def test_a_badge_is_version_6_and_its_finder_patterns_stand_in_three_corners(key: Key) -> None:
    modules = qr.matrix(sign(make_badge(), key))
    assert {len(line) for line in modules} == {41} == {len(modules)}
    corner = [modules[0][:7], modules[0][-7:], modules[-1][:7]]
    assert corner == [(True,) * 7] * 3
    assert modules[-1][-7:] != (True,) * 7


def test_the_path_and_the_picture_show_the_same_modules(key: Key) -> None:
    text = sign(make_badge(), key)
    modules = qr.matrix(text)
    drawn = {(x, int(y)) for x0, y, n in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", qr.path(modules)) for x in range(int(x0), int(x0) + int(n))}
    assert drawn == {(x, y) for y, line in enumerate(modules) for x, dark in enumerate(line) if dark}
    picture = Image.open(io.BytesIO(qr.png(text, scale=3)))
    assert (picture.mode, picture.size) == ("1", (147, 147))
    seen = {(x, y) for y in range(41) for x in range(41) if not picture.getpixel(((x + 4) * 3 + 1, (y + 4) * 3 + 1))}
    assert seen == drawn
    edge = [picture.getpixel((i, j)) for i in range(147) for j in (0, 11, 135, 146)]
    assert set(edge) == {255}


def test_a_longer_token_takes_the_next_version() -> None:
    assert [len(qr.matrix("F" * n)) for n in (154, 155, 178, 179, 419)] == [41, 45, 45, 49, 65]


@pytest.mark.parametrize("text", ["F" * 420, "lower case", "é"])
def test_what_is_not_a_token_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        qr.matrix(text)


def test_the_label_cannot_break_out_of_the_picture() -> None:
    assert 'aria-label="&lt;b>&quot;&amp;"' in qr.svg("FORUM", '<b>"&')
    assert 'aria-hidden="true"' in qr.svg("FORUM")


def test_one_code_takes_little_room(key: Key) -> None:
    texts = [sign(make_badge(number), key) for number in range(30)]
    assert max(len(qr.svg(text)) for text in texts) < 12_000
    assert len(qr.png(texts[0])) < 2_000
