"""Which column of a sheet holds what: guessed from titles in French or English, corrected by the person."""

from collections.abc import Mapping, Sequence

from forum.errors import Invalid
from forum.i18n import N_, Message, say
from forum.tabular.kinds import Kind, plain


def guess(kind: Kind, header: Sequence[str]) -> dict[str, int]:
    """Sheet column by column name, for the titles that say it: own name and labels first, then synonyms; each sheet column serves once."""
    titles = [plain(title) for title in header]
    found: dict[str, int] = {}
    names = [[column.name, column.label, say("fr", column.label)] for column in kind.columns]
    for known in (names, [list(column.synonyms) for column in kind.columns]):
        for column, words in zip(kind.columns, known, strict=True):
            for word in words:
                at = next((i for i, title in enumerate(titles) if title == plain(word) and i not in found.values()), None)
                if at is not None and column.name not in found:
                    found[column.name] = at
    return found


def checked(kind: Kind, header: Sequence[str], given: Mapping[str, int]) -> dict[str, int]:
    """*given* as a usable mapping. Raises Invalid with a fault per column: needed but not chosen, chosen twice, not there."""
    faults: dict[str, Message] = {}
    for column in kind.columns:
        at = given.get(column.name)
        if at is None and column.required:
            faults[column.name] = Message(N_("Choose the column that holds this."))
        elif at is not None and not 0 <= at < len(header):
            faults[column.name] = Message(N_("The file has no such column."))
        elif at is not None and list(given.values()).count(at) > 1:
            faults[column.name] = Message(N_("This column is chosen twice."))
    if faults or not set(given) <= {column.name for column in kind.columns}:
        raise Invalid(N_("Some columns need another look."), faults=faults)
    return dict(given)
