"""Cases for the rule's two implementations: made from a seed, so they are the same on every run and machine."""

import random
from typing import Any

from forum.badges.question import Around, Ask, Expected, Gate, Passage, Right, Rule, Seen, Standing

T0 = 1_857_978_000_000  # 16 November 2028, 09:00 UTC
DAYS = ("2028-11-16", "2028-11-17", "2028-11-18")
ROLES = ("candidate", "visitor", "recruiter", "organiser")
FAULTS = ("foreign", "truncated", "unknown_key", "forged", "unknown_code", "binary", "")
DATED = ("other_edition", "expired", "not_yet", "key_retired")
MINUTE = 60_000


def ask(dice: random.Random) -> Ask:
    """One scan; ordinary facts are likely, each strange one happens now and then."""
    at = T0 + dice.randint(-60, 240) * MINUTE + dice.randrange(MINUTE)
    day = dice.choice(DAYS[:2])
    campus = dice.randint(1, 4)
    seen = None if dice.random() < 0.06 else _seen(dice, at)
    fault = dice.choice(FAULTS) if seen is None else dice.choice(DATED) if dice.random() < 0.08 else ""
    return Ask(
        dice.choices(("entry", "exit"), (5, 1))[0],  # type: ignore[arg-type]
        at,
        day,
        dice.randint(420, 1200),
        Gate(campus, dice.choice("ab"), "Porte A", dice.choices(("both", "entry", "exit"), (8, 1, 1))[0], dice.random() < 0.03),  # type: ignore[arg-type]
        seen,
        fault,
        _standing(dice, at),
        tuple(_rule(dice) for _ in range(dice.choice((0, 0, 1, 1, 2, 3)))),
        _around(dice, at, day, campus),
        dice.random() < 0.15,
    )


def _seen(dice: random.Random, at: int) -> Seen:
    start = at - dice.choice((600, 600, 600, 1, 0, -1)) * MINUTE
    return Seen(dice.randrange(10**9), dice.choice(ROLES), start, start + dice.choice((6000, 6000, 600, 1)) * MINUTE, _rights(dice))


def _rights(dice: random.Random) -> tuple[Right, ...]:
    def days() -> tuple[str, ...]:
        return tuple(sorted(dice.sample(DAYS, dice.randint(1, 3))))

    campuses: list[tuple[int, ...]] = [(), (), (), (1, 2), (3,), (2, 4)]
    return tuple(Right(days(), dice.choice(campuses)) for _ in range(dice.choice((0, 1, 1, 1, 2))))


def _standing(dice: random.Random, at: int) -> Standing:
    state: Any = dice.choices(("valid", "revoked", "reissued", "cancelled", "blocked", "unapproved"), (20, 1, 1, 1, 1, 1))[0]
    rights = _rights(dice) if dice.random() < 0.3 else None
    return Standing(state, 0 if state == "valid" else at - dice.randrange(10**8), rights, dice.random() < 0.8)


def _rule(dice: random.Random) -> Rule:
    return Rule(
        dice.choice(("", "", "a", "b")),
        () if dice.random() < 0.6 else tuple(dice.sample(DAYS, 1)),
        () if dice.random() < 0.5 else tuple(dice.sample(ROLES, 2)),
        *dice.choice(((0, 1440), (480, 1140), (600, 720))),
        dice.random() < 0.5,
        dice.choice((0, 0, 0, 1, 2)),
    )


def _around(dice: random.Random, at: int, day: str, campus: int) -> Around:
    history = tuple(
        Passage(
            at - dice.choice((30, 5, 1, 240, 0, -5)) * MINUTE,
            dice.choice((campus, dice.randint(1, 4))),
            dice.choice("ab"),
            "Porte B",
            dice.choices(("entry", "exit"), (3, 2))[0],  # type: ignore[arg-type]
            dice.choice((day, DAYS[2])),
        )
        for _ in range(dice.choice((0, 0, 0, 1, 1, 2, 3, 5)))
    )
    inside = None if dice.random() < 0.2 else dice.choice((0, 471, 479, 480, 500))
    capacity, travel = dice.choice((0, 480, 480)), dice.choice((None, 0, 18, 35))
    return Around(history, dice.random() < 0.7, inside, dice.random() < 0.7, capacity, travel, _expected(dice, at), dice.random() < 0.7)


def _expected(dice: random.Random, at: int) -> Expected | None:
    if dice.random() < 0.4:
        return None
    when = 0 if dice.random() < 0.15 else at + dice.choice((-31, -30, -5, 20, 38, 39, 200)) * MINUTE + dice.choice((0, 1, -1))
    return Expected(dice.randint(1, 4), when, dice.choice((0, 18)), dice.random() < 0.5, "Rencontre", "table 14")


def asks(count: int, seed: int = 2028) -> list[Ask]:
    dice = random.Random(seed)
    return [ask(dice) for _ in range(count)]
