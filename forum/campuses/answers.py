"""A form shown again after a refusal: what was typed, what is wrong with it, and what somebody else saved meanwhile."""

from typing import Any

import msgspec

from forum import web
from forum.errors import Conflict, Invalid

Values = dict[str, Any]


def typed(shape: type[msgspec.Struct], thing: object) -> Values:
    """The fields of a form as *thing* has them, to fill it in."""
    return {name: getattr(thing, name) for name in shape.__struct_fields__ if hasattr(thing, name)}


def answered(request: web.AnyRequest, error: Invalid | Conflict | None, values: Values, there: Values) -> Values:
    """What a form page needs: status, values and faults; after a conflict also `theirs`, what is stored now and differs, and the new version."""
    if error is None:
        return {"status": 200, "values": values, "faults": {}, "theirs": {}}
    if isinstance(error, Invalid):
        faults = web.invalid_page_values(error, web.lang_of(request)) or {"": error.message.in_language(web.lang_of(request))}
        return {"status": 422, "values": values, "faults": faults, "theirs": {}}
    return {"status": 409, "values": values | {"version": there.get("version", "")}, "faults": {}, "theirs": differing(values, there)}


def differing(values: Values, there: Values) -> Values:
    """What is stored and is not what was typed."""
    return {name: value for name, value in there.items() if name != "version" and _as_typed(values.get(name)) != _as_typed(value)}


def _as_typed(value: object) -> str:
    """*value* as a browser sends it: a ticked box is "1", nothing is empty."""
    if value is None or value is False:
        return ""
    return "1" if value is True else str(value)
