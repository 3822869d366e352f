import base64
import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forum.badges import token
from forum.badges.codes import NUMBERS
from forum.badges.keys import Key, Ring
from forum.badges.token import Badge, Grant, Refused, read, sign
from tests.badges.conftest import DAYS, EDITION, NOW, make_badge, make_key

minutes = st.integers(0, (1 << 24) - 2)
grants = st.builds(
    lambda first, offsets, campuses: Grant(tuple(first + timedelta(days=o) for o in sorted(offsets)), tuple(sorted(campuses))),
    st.dates(date(2024, 1, 1), date(2190, 1, 1)),
    st.sets(st.integers(0, 7), min_size=1),
    st.sets(st.integers(1, 999), max_size=8),
)
badges = st.builds(
    lambda number, role, start, length, given_: Badge(
        number, EDITION, role, token.EPOCH + timedelta(minutes=start), token.EPOCH + timedelta(minutes=min(start + length, (1 << 24) - 1)), tuple(given_), 1
    ),
    st.integers(0, NUMBERS - 1),
    st.sampled_from(token.ROLES),
    minutes,
    st.integers(1, 100_000),
    st.lists(grants, max_size=3),
)


@given(badges)
def test_what_is_signed_is_read_back_whole(badge: Badge) -> None:
    key = make_key(1)
    text = sign(badge, key)
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    assert read(text, Ring((key,)), EDITION, badge.valid_from) == badge


def test_an_ordinary_badge_is_140_characters_and_starts_with_f(key: Key) -> None:
    text = sign(make_badge(), key)
    assert (len(text), text[0]) == (140, "F")


def test_the_public_half_is_enough_to_read(key: Key) -> None:
    public = Ring((key,)).public()
    assert public.keys[0].private == b""
    assert read(sign(make_badge(), key), public, EDITION, NOW) == replace(make_badge(), kid=1)


def single_bit_flips(text: str) -> list[str]:
    raw = text.encode()
    return [(raw[:at] + bytes((raw[at] ^ 1 << bit,)) + raw[at + 1 :]).decode("latin-1") for at in range(len(raw)) for bit in range(8)]


def accepted(texts: list[str], ring: Ring) -> int:
    return sum(isinstance(read(text, ring, EDITION, NOW), Badge) for text in texts)


def test_no_single_bit_flip_of_a_token_is_accepted(ring: Ring) -> None:
    for number in (0, 123_456_789, NUMBERS - 1):
        assert accepted(single_bit_flips(sign(make_badge(number), ring.signing)), ring) == 0


def test_no_single_bit_flip_of_the_bytes_is_accepted(ring: Ring) -> None:
    text = sign(make_badge(), ring.signing)
    raw = base64.b32decode(text + "=" * (-len(text) % 8))
    flipped = [raw[:at] + bytes((raw[at] ^ 1 << bit,)) + raw[at + 1 :] for at in range(len(raw)) for bit in range(8)]
    assert accepted([base64.b32encode(each).decode().rstrip("=") for each in flipped], ring) == 0


def test_control_without_the_signature_check_flips_would_pass(ring: Ring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Key, "verifies", lambda self, message, signature: True)
    assert accepted(single_bit_flips(sign(make_badge(), ring.signing)), ring) > 100


def test_no_random_mutation_is_accepted(ring: Ring) -> None:
    dice = random.Random(20281116)
    text = sign(make_badge(), ring.signing)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    for _ in range(3000):
        letters = list(text)
        for _ in range(dice.randint(1, 4)):
            match dice.randrange(4):
                case 0:
                    letters[dice.randrange(len(letters))] = dice.choice(alphabet)
                case 1:
                    letters.insert(dice.randrange(len(letters)), dice.choice(alphabet))
                case 2:
                    del letters[dice.randrange(len(letters))]
                case _:
                    a, b = dice.randrange(len(letters)), dice.randrange(len(letters))
                    letters[a], letters[b] = letters[b], letters[a]
        mutated = "".join(letters)
        assert mutated == text or isinstance(read(mutated, ring, EDITION, NOW), Refused)


@given(st.text(max_size=500))
def test_any_text_is_safe_to_read(text: str) -> None:
    assert isinstance(read(text, Ring((make_key(1),)), EDITION, NOW), Refused)


@given(st.binary(min_size=70, max_size=200))
def test_any_bytes_our_own_key_signed_are_a_badge_or_refused(noise: bytes) -> None:
    key = make_key(1)
    message = bytes((token.VERSION, 1)) + noise
    text = base64.b32encode(message + key.signature(message)).decode().rstrip("=")
    assert isinstance(read(text, Ring((key,)), EDITION, NOW), (Badge, Refused))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "foreign"),
        ("https://example.org/menu", "foreign"),
        ("\x00\xff\x10", "foreign"),
        ("A" * 4096, "foreign"),
        ("F" * 4096, "truncated"),
        ("FEAQAAF4", "truncated"),
    ],
)
def test_what_never_was_a_badge_says_so(ring: Ring, text: str, fault: str) -> None:
    assert read(text, ring, EDITION, NOW) == Refused("invalid", fault)  # type: ignore[arg-type]


def test_a_badge_cut_short_is_refused_at_every_length(ring: Ring) -> None:
    text = sign(make_badge(), ring.signing)
    assert {type(read(text[:length], ring, EDITION, NOW)) for length in range(len(text))} == {Refused}


def test_lower_case_and_padding_are_not_the_same_text(ring: Ring) -> None:
    text = sign(make_badge(), ring.signing)
    for other in (text.lower(), text + "=", text + "====", " " + text, text + "\n"):
        assert isinstance(read(other, ring, EDITION, NOW), Refused)


def test_each_refusal_of_a_genuine_token_has_its_own_fault(key: Key) -> None:
    badge, text = replace(make_badge(), kid=1), sign(make_badge(), key)
    other = make_key(2)
    assert read(text, Ring((other,)), EDITION, NOW) == Refused("invalid", "unknown_key")
    assert read(text, Ring((replace(other, kid=1),)), EDITION, NOW) == Refused("invalid", "forged")
    assert read(text, Ring((key,)), b"\x00\x00\x00\x01", NOW) == Refused("invalid", "other_edition", badge)
    assert read(text, Ring((key,)), EDITION, badge.valid_until) == Refused("invalid_time", "expired", badge)
    assert read(text, Ring((key,)), EDITION, badge.valid_from - timedelta(minutes=1)) == Refused("invalid_time", "not_yet", badge)
    retired = replace(key, retires_at=NOW)
    assert read(text, Ring((retired,)), EDITION, NOW) == Refused("invalid_time", "key_retired", badge)
    assert read(text, Ring((retired,)), EDITION, NOW - timedelta(seconds=1)) == badge


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": NUMBERS},
        {"number": -1},
        {"edition": b"\x00"},
        {"role": "thief"},
        {"valid_until": datetime(2028, 1, 1, tzinfo=UTC)},
        {"valid_until": datetime(2028, 12, 1, 0, 0, 1, tzinfo=UTC)},
        {"grants": (Grant(()),)},
        {"grants": (Grant((DAYS[0], DAYS[0] + timedelta(days=8))),)},
        {"grants": (Grant(DAYS, tuple(range(1, 62))),)},
        {"grants": (Grant(DAYS),) * 17},
    ],
)
def test_a_badge_that_does_not_fit_is_not_signed(key: Key, wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        sign(replace(make_badge(), **wrong), key)  # type: ignore[arg-type]
