"""Errors a person can read: each carries a Message; the web layer maps the class to a status."""

from forum.i18n import Message


class ForumError(Exception):
    """Base of every expected failure. `message` is for the person; `field` names the input at fault, if one is."""

    def __init__(self, message: Message | str, *, field: str = "", code: str = "") -> None:
        self.message = message if isinstance(message, Message) else Message(message)
        self.field = field
        self.code = code
        super().__init__(str(self.message))


class NotFound(ForumError):
    """The thing does not exist, or the asker may not know that it does."""


class Forbidden(ForumError):
    """The asker is known and may not do this."""


class Conflict(ForumError):
    """Somebody else was first, or the thing changed meanwhile."""


class Unavailable(ForumError):
    """A service Forum needs is not there; trying again later can help."""


class Invalid(ForumError):
    """The input is refused; `faults` maps field names to what to do about each."""

    def __init__(self, message: Message | str, *, field: str = "", faults: dict[str, Message] | None = None) -> None:
        super().__init__(message, field=field)
        self.faults = faults or ({field: self.message} if field else {})


class TooOften(Invalid):
    """It was tried or asked for too often; after *seconds* it may be again."""

    def __init__(self, message: Message | str, *, seconds: int, field: str = "") -> None:
        super().__init__(message, field=field)
        self.seconds = seconds
