"""What the doctor finds."""

from dataclasses import dataclass
from enum import Enum

from forum.i18n import Message


class Health(Enum):
    """How bad it is."""

    GOOD = "good"
    ODD = "odd"  # works, but somebody should look
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what was found, and what to do when it is not good."""

    name: str
    health: Health
    found: Message
    mend: Message | None = None


def good(name: str, text: str, **facts: object) -> Finding:
    return Finding(name, Health.GOOD, Message(text, **facts))
