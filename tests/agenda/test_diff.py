"""What a release changes, and whom it touches."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from forum.agenda.diff import diff, impact
from forum.agenda.model import ChangeKind, Item
from tests.agenda.builders import ANH, BOB, HALL, LAB, LOFT, item, session, uid

TALK = session("talk", ANH)
SHOP = session("shop", BOB)
NEWS = session("news")


def told(before: list[Item], after: list[Item]) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(c.kind.value, c.session.title, c.fields) for c in diff(before, after)]


def test_nothing_changed() -> None:
    assert told([item(TALK, HALL, 0)], [item(TALK, HALL, 0)]) == []


def test_each_kind_of_change_once() -> None:
    edited = replace(NEWS, abstract="more")
    before = [item(TALK, HALL, 0), item(SHOP, LAB, 0), item(NEWS, LOFT, 0)]
    after = [item(SHOP, LOFT, 30), item(edited, LOFT, 0), item(session("late"), HALL, 120)]
    assert told(before, after) == [
        ("cancelled", "talk", ()),
        ("moved", "shop", ("start", "end", "room")),
        ("new", "late", ()),
        ("edited", "news", ("abstract",)),
    ]


def test_a_cancelled_item_counts_as_absent() -> None:
    gone = item(TALK, HALL, 0, cancelled=True)
    assert told([gone], [gone]) == []
    assert told([gone], [item(TALK, HALL, 0)]) == [("new", "talk", ())]


def test_only_those_touched_are_counted() -> None:
    a, b, c, d = (uid(name) for name in "abcd")
    before = [item(TALK, HALL, 0), item(SHOP, HALL, 60), item(NEWS, LOFT, 0)]
    after = [item(SHOP, LAB, 60), item(NEWS, LOFT, 0)]
    seats = {TALK.id: [a, b], SHOP.id: [b, c], NEWS.id: [d]}
    found = impact(diff(before, after), seats, {TALK.id: {c}, NEWS.id: {d}}, {SHOP.id: 1})
    assert found.touched == {a, b, c}  # d keeps what it had
    assert found.speakers == {ANH.id, BOB.id}
    assert (found.lost_seats, found.lost_favourites) == (2 + 1, 1)


POSITIONS = st.dictionaries(st.sampled_from("abcde"), st.tuples(st.sampled_from([HALL, LAB, LOFT]), st.integers(0, 5)))


def agenda(positions: dict[str, tuple[object, int]]) -> list[Item]:
    return [item(session(name), room, hour * 60) for name, (room, hour) in positions.items()]  # type: ignore[arg-type]


@given(POSITIONS, POSITIONS)
def test_a_diff_applied_to_before_gives_after(before: dict[str, tuple[object, int]], after: dict[str, tuple[object, int]]) -> None:
    state = {i.session.id: i for i in agenda(before)}
    for change in diff(agenda(before), agenda(after)):
        if change.kind is ChangeKind.CANCELLED:
            del state[change.session.id]
        elif change.after is not None:
            state[change.session.id] = change.after
    assert state == {i.session.id: i for i in agenda(after)}
