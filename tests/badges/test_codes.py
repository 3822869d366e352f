from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forum.badges.codes import ALPHABET, NUMBERS, code_of, fresh_number, number_of, spaced

numbers = st.integers(0, NUMBERS - 1)


@given(numbers)
def test_every_number_has_one_code_and_comes_back(number: int) -> None:
    code = code_of(number)
    assert len(code) == 8
    assert set(code) <= set(ALPHABET)
    assert number_of(code) == number


@given(numbers)
def test_people_may_type_it_in_lower_case_with_spaces_and_dashes(number: int) -> None:
    code = code_of(number)
    assert number_of(f" {code[:4].lower()} - {code[4:]} ") == number
    assert number_of(spaced(code)) == number


@given(numbers, st.integers(0, 7), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_always_caught(number: int, place: int, other: str) -> None:
    code = code_of(number)
    wrong = code[:place] + other + code[place + 1 :]
    assert number_of(wrong) == (number if wrong == code else None)


@given(numbers)
def test_two_exchanged_characters_are_always_caught(number: int) -> None:
    code = code_of(number)
    for a, b in combinations(range(8), 2):
        swapped = list(code)
        swapped[a], swapped[b] = swapped[b], swapped[a]
        assert number_of("".join(swapped)) == (number if "".join(swapped) == code else None)


@pytest.mark.parametrize("typed", ["", "K7QF", "K7QF2M9DX", "0OI1LL00", "éééééééé", "K7QF 2M9\u0000", "🙂" * 8, "ß" * 8, "²" * 8])
def test_what_is_not_a_code_is_none(typed: str) -> None:
    assert number_of(typed) is None


def test_a_number_outside_the_range_has_no_code() -> None:
    for number in (-1, NUMBERS):
        with pytest.raises(ValueError, match="31 to the power 7"):
            code_of(number)


def test_fresh_numbers_differ() -> None:
    assert len({fresh_number() for _ in range(1000)}) == 1000
