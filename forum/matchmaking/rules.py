"""The rules and weights in words: the studio's sliders say what a value buys; the public page says how meetings are proposed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from forum import db
from forum.editions import Edition
from forum.i18n import N_, Message
from forum.matchmaking import runs, worth
from forum.matchmaking.engine.model import Weights
from forum.matchmaking.forms import RunForm
from forum.matchmaking.model import FROZEN, MOST_WISHES


@dataclass(frozen=True, slots=True)
class Slider:
    """One weight: its name in the file format, its words, its range."""

    name: str
    label: str
    most: int
    step: int


SLIDERS: Final = (
    Slider("guarantee", N_("Person without a meeting"), 2000, 50),
    Slider("preference", N_("Wishes"), 20, 1),
    Slider("campus_change", N_("Changing campus"), 100, 1),
    Slider("break", N_("A gap between meetings"), 50, 1),
    Slider("idle_slot", N_("Each slot of waiting"), 50, 1),
    Slider("change", N_("Changing the published plan"), 50, 1),
)


def meaning(name: str, weights: dict[str, int]) -> Message:
    """What the value of one weight buys, in a sentence that follows the others."""
    value, wish = weights[name], max(1, weights["preference"])
    if value == 0:
        return Message(N_("Not looked at: the plan is made from scratch.") if name == "change" else N_("Not looked at."))
    if name == "guarantee":
        if value >= 100 * wish:
            return Message(N_("Giving somebody a first meeting comes before any wish."))
        return Message(N_("A first meeting counts as much as a wish of {points} points."), points=round(value / wish))
    if name == "preference":
        return Message(
            N_("A mutual wish counts {ratio} times a one-sided one, a mutual first choice {first} times."),
            ratio=_ratio(worth.MUTUAL),
            first=_ratio(worth.MUTUAL_FIRST),
        )
    if name == "campus_change":
        return Message(N_("One more journey costs as much as {points} points of a wish."), points=_points(value / wish))
    if name == "break":
        return Message(N_("A gap costs as much as {points} points of a wish, whatever its length."), points=_points(value / wish))
    if name == "idle_slot":
        return Message(N_("{slots} slots of waiting weigh as much as one change of campus."), slots=_points(weights["campus_change"] / value))
    return Message(N_("The published plan is mended. Dropping a meeting costs {gone} points, moving it to another campus {campus}, to another hour {hour}."),
                   gone=_points(10 * value / wish), campus=_points(5 * value / wish), hour=_points(3 * value / wish))  # fmt: skip


def examples(weights: dict[str, int]) -> list[Message]:
    """What the weights do together, decided on three everyday cases by the rule of the value itself."""
    wish, change = weights["preference"], weights["change"]
    far = worth.MUTUAL * wish - weights["campus_change"] - weights["break"] - 2 * weights["idle_slot"]
    first, further = weights["guarantee"] + worth.ONE_SIDED * wish, worth.MUTUAL_FIRST * wish
    moved = worth.ONE_SIDED * wish - 3 * change
    return [
        Message(N_("A mutual wish on another campus, after two empty slots: planned ({points} points).") if far > 0 else
                N_("A mutual wish on another campus, after two empty slots: left out ({points} points)."), points=far),
        Message(N_("One seat, two people: it goes to the one without a meeting ({first} points) rather than to a mutual first choice of somebody who has one ({further}).")
                if first > further else
                N_("One seat, two people: it goes to a mutual first choice ({further} points) even if the other person has no meeting ({first})."),
                first=first, further=further),
        Message(N_("A published meeting moves to another hour to make room for a one-sided wish ({points} points).") if moved > 0 else
                N_("A published meeting does not move to another hour for a one-sided wish ({points} points)."), points=moved),
    ]  # fmt: skip


def weights_in(text: str) -> dict[str, int] | None:
    """Weights from an address, `1000.1.8.2.1.5` in the order of the sliders; None for anything else."""
    parts = text.split(".")
    if len(parts) != len(SLIDERS) or not all(part.isascii() and part.isdigit() and len(part) <= 4 for part in parts):
        return None
    return {slider.name: min(slider.most, int(part)) for slider, part in zip(SLIDERS, parts, strict=True)}


def weights_out(weights: dict[str, int]) -> str:
    """The weights as they stand in an address."""
    return ".".join(str(weights[slider.name]) for slider in SLIDERS)


def _ratio(points: int) -> float:
    return points / worth.ONE_SIDED


def _points(value: float) -> float:
    """As exact as a reader needs; a page writes it in its language."""
    return round(float(value), 1 if value < 10 else 0)


def slider_values(weights: dict[str, int]) -> dict[str, tuple[int, Message]]:
    """(value, meaning) of every slider."""
    return {slider.name: (weights.get(slider.name, 0), meaning(slider.name, weights)) for slider in SLIDERS}


def weights_of(form: RunForm) -> Weights:
    return Weights(form.w_guarantee, form.w_preference, form.w_campus_change, form.w_break, form.w_idle_slot, form.w_change)


@dataclass(frozen=True, slots=True)
class Fixed:
    """What no weight can move."""

    locked: int
    in_a_row: int
    most_wishes: int


async def fixed(edition: UUID) -> Fixed:
    """Locks and caps in force."""
    locked = await db.value(
        "SELECT count(*) FROM meeting WHERE edition = $1 AND (is_locked OR origin <> 'plan') AND state IN ('proposed', 'accepted')", edition
    )
    return Fixed(int(locked), 6, MOST_WISHES)


# What the engine is never told. The words are public; a test holds the problem file to them.
NEVER: Final = (N_("gender"), N_("age"), N_("origin"), N_("home address"), N_("disability"), N_("name"), N_("photo"), N_("school"))
USED: Final = (
    N_("your wishes and their order"), N_("whether the company starred you"), N_("your days, half-days off and breaks"), N_("the sessions you chose"),
    N_("how many meetings you want at most"), N_("hours and tables of the company's people"), N_("minutes between campuses"), N_("whether you need step-free ways"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Facts:
    """The published run behind the public page."""

    number: int
    run: int | None
    published_at: datetime
    by: str
    value: int | None
    bound: int | None
    gap: float | None
    weights: dict[str, int]
    guarantee: int
    seed: int | None
    inputs_hash: str
    engine: str
    seconds: float | None
    meetings: int


async def public(edition: Edition) -> dict[str, Any]:
    """Everything the public page says, from the live rules and the version in force."""
    async with db.connection() as conn:
        row = await conn.fetchrow(
            """SELECT v.number, p.number AS run, v.published_at, coalesce(n.name, '') AS by, p.value, p.bound, p.weights, p.guarantee, p.seed, p.inputs_hash, p.engine_version,
                      p.seconds, (SELECT count(*) FROM meeting m WHERE m.edition = v.edition AND m.state IN ('proposed', 'accepted', 'running', 'held')) AS meetings
               FROM plan_version v LEFT JOIN plan p ON p.id = v.plan LEFT JOIN person n ON n.id = v.published_by WHERE v.edition = $1 ORDER BY v.number DESC LIMIT 1""",
            edition.id,
        )  # fmt: skip
    weights = runs.weights_json(runs.DEFAULT_WEIGHTS)
    facts = None
    if row is not None:
        weights = msgspec.json.decode(row["weights"]) if row["weights"] else weights
        gap = None if row["value"] is None or not row["bound"] else 100 * max(0, row["bound"] - row["value"]) / abs(row["bound"])
        facts = Facts(
            row["number"], row["run"], row["published_at"], row["by"], row["value"], row["bound"], gap, weights, row["guarantee"] or 0, row["seed"], row["inputs_hash"] or "",
            row["engine_version"] or "", row["seconds"], row["meetings"],
        )  # fmt: skip
    return {
        "facts": facts, "weights": slider_values(weights), "sliders": SLIDERS, "steps": worth.steps(), "never": NEVER, "used": USED, "most_wishes": MOST_WISHES,
        "frozen": int(FROZEN.total_seconds() // 60), "slot_minutes": edition.slot_minutes,
    }  # fmt: skip
