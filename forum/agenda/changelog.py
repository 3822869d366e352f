"""What each release changed, in words: the public changelog, its feed and the mails say the same."""

from dataclasses import dataclass
from uuid import UUID

from forum.agenda import queries
from forum.agenda.diff import diff
from forum.agenda.model import Change, ChangeKind, Item
from forum.agenda.queries import ReleaseRow
from forum.clock import local
from forum.formats import clock_time
from forum.i18n import N_, Message


@dataclass(frozen=True, slots=True)
class Logged:
    """A release and what it changed; edits of the words are counted, not listed."""

    release: ReleaseRow
    changes: tuple[Change, ...]
    edited: int
    first: bool


async def of(edition: UUID) -> list[Logged]:
    """The changelog, newest first. A release never changes, so each difference is computed once per process."""
    releases = await queries.releases(edition)
    found = []
    for newer, older in zip(releases, [*releases[1:], None], strict=True):
        changes = await _between(newer, older)
        told = () if older is None else tuple(c for c in changes if c.kind is not ChangeKind.EDITED)
        found.append(Logged(newer, told, sum(c.kind is ChangeKind.EDITED for c in changes), older is None))
    return found


async def changes_of(release: UUID) -> tuple[Change, ...]:
    """What one release changed."""
    newer = await queries.release_by_id(release)
    older = await queries.release(newer.edition, newer.number - 1)
    return await _between(newer, older)


async def _between(newer: ReleaseRow, older: ReleaseRow | None) -> tuple[Change, ...]:
    changes = _KEPT.get(newer.id)
    if changes is None:
        after = (await queries.published(newer)).items
        before = (await queries.published(older)).items if older is not None else ()
        changes = _KEPT[newer.id] = tuple(diff(before, after))
        while len(_KEPT) > 500:
            del _KEPT[next(iter(_KEPT))]
    return changes


_KEPT: dict[UUID, tuple[Change, ...]] = {}


def line(change: Change) -> Message:
    """One change in a sentence."""
    title = change.session.title
    if change.kind is ChangeKind.CANCELLED:
        return Message(N_("Cancelled: {title}"), title=title)
    assert change.after is not None
    if change.kind is ChangeKind.NEW:
        return Message(N_("New: {title}, {when}, {where}"), title=title, when=when(change.after), where=where(change.after))
    if change.kind is ChangeKind.EDITED or change.before is None:
        return Message(N_("New words: {title}"), title=title)
    return Message(
        N_("Moved: {title}, from {old_when}, {old_where} to {when}, {where}"),
        title=title, old_when=when(change.before), old_where=where(change.before), when=when(change.after), where=where(change.after),
    )  # fmt: skip


def when(item: Item) -> str:
    """Day and hour, in figures: the same in every language."""
    return f"{local(item.start, item.campus.zone):%d/%m} {clock_time(item.start, item.campus.zone)}"


def where(item: Item) -> str:
    return f"{item.campus.name}, {item.room.name}"


def facts(change: Change) -> dict[str, str]:
    """One change as the mail's template words it."""
    found = {"kind": change.kind.value, "title": change.session.title, "code": change.session.code}
    for side, item in (("old", change.before), ("new", change.after)):
        found |= {f"{side}_when": when(item) if item is not None else "", f"{side}_where": where(item) if item is not None else ""}
    return found
