from datetime import timedelta

import pytest

from forum.badges.keys import Ring, fresh_key, public_keys, rotated
from forum.badges.token import read, sign
from tests.badges.conftest import EDITION, NOW, make_badge


def test_the_first_rotation_makes_the_first_key() -> None:
    ring = rotated(Ring(), NOW, NOW + timedelta(days=1))
    assert [key.kid for key in ring.keys] == [1]
    assert ring.signing.kid == 1


def test_after_a_rotation_the_new_key_signs_and_old_badges_stay_good_until_the_date() -> None:
    old = Ring((fresh_key(1, NOW),))
    text = sign(make_badge(), old.signing)
    until = NOW + timedelta(hours=5)
    ring = rotated(old, NOW, until)
    assert ring.signing.kid == 2
    assert read(text, ring, EDITION, until - timedelta(seconds=1)) == read(text, old, EDITION, NOW)
    assert read(text, ring, EDITION, until).fault == "key_retired"  # type: ignore[union-attr]
    assert read(sign(make_badge(), ring.signing), ring, EDITION, until).kid == 2  # type: ignore[union-attr]


def test_a_second_rotation_keeps_the_date_given_first() -> None:
    first, second = NOW + timedelta(days=1), NOW + timedelta(days=9)
    ring = rotated(rotated(Ring((fresh_key(1, NOW),)), NOW, first), NOW, second)
    assert [key.retires_at for key in ring.keys] == [first, second, None]


def test_a_rotation_that_would_stop_every_badge_at_once_is_refused() -> None:
    with pytest.raises(ValueError, match="in the future"):
        rotated(Ring(), NOW, NOW)


def test_phones_get_no_private_half() -> None:
    ring = rotated(rotated(Ring(), NOW, NOW + timedelta(days=1)), NOW, NOW + timedelta(days=1))
    assert {key.private for key in ring.public().keys} == {b""}
    assert public_keys(ring.public()) == public_keys(ring)
    with pytest.raises(ValueError, match="no key of this ring signs"):
        _ = ring.public().signing


def test_key_ids_end_at_255() -> None:
    with pytest.raises(ValueError, match="255"):
        rotated(Ring((fresh_key(255, NOW),)), NOW, NOW + timedelta(days=1))
