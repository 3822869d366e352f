"""The eight characters a person can say at a door: seven of a random number and one that catches mistakes."""

import re
import secrets
from typing import Final

# 31 characters, a prime: without 0 and O, 1, I and L. Weighted sums modulo a prime catch every single wrong character
# and every exchange of two.
ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH: Final = 8
NUMBERS: Final = len(ALPHABET) ** (LENGTH - 1)  # 27,512,614,111: fits five bytes
_VALUE: Final = {character: value for value, character in enumerate(ALPHABET)}
_FILLER: Final = re.compile(r"[\s\-–·.]+")


def code_of(number: int) -> str:
    """The code of *number* in `[0, NUMBERS)`, without a space. Raises ValueError outside it."""
    if not 0 <= number < NUMBERS:
        raise ValueError("a badge number is below 31 to the power 7")
    digits: list[int] = []
    for _ in range(LENGTH - 1):
        number, digit = divmod(number, len(ALPHABET))
        digits.append(digit)
    digits.reverse()
    return "".join(ALPHABET[digit] for digit in (*digits, _check(digits)))


def number_of(typed: str) -> int | None:
    """The badge number of a typed code, or None when it is not one: spaces, dashes and lower case are forgiven, nothing else."""
    code = _FILLER.sub("", typed)
    if len(code) != LENGTH or not code.isascii():
        return None
    code = code.upper()
    if any(character not in _VALUE for character in code):
        return None
    *digits, check = (_VALUE[character] for character in code)
    if _check(digits) != check:
        return None
    number = 0
    for digit in digits:
        number = number * len(ALPHABET) + digit
    return number


def spaced(code: str) -> str:
    """A code as people read it: `K7QF 2M9D`."""
    return f"{code[:4]} {code[4:]}"


def fresh_number() -> int:
    """A number nobody can guess: 34.6 bits from the system's source."""
    return secrets.randbelow(NUMBERS)


def _check(digits: list[int]) -> int:
    return sum(weight * digit for weight, digit in enumerate(digits, start=2)) * -1 % len(ALPHABET)
