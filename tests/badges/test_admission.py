from dataclasses import replace
from typing import Any

import pytest

from forum.badges.admission import MINUTE, decide, whereabouts
from forum.badges.question import Around, Ask, Decision, Expected, Gate, Passage, Right, Rule, Seen, Standing

AT = 1_857_984_000_000
TODAY, TOMORROW = "2028-11-16", "2028-11-17"
SEEN = Seen(42, "candidate", AT - 600 * MINUTE, AT + 3000 * MINUTE, (Right((TODAY, TOMORROW)),))
GATE = Gate(12, "a", "Porte A")
KNOWN = Around(inside=471, capacity=480)


def ask(**changes: Any) -> Ask:
    return replace(Ask("entry", AT, TODAY, 640, GATE, SEEN, around=KNOWN), **changes)


def around(**changes: Any) -> Around:
    return replace(KNOWN, **changes)


def passage(minutes_ago: int, campus: int = 12, way: Any = "entry", gate: str = "b") -> Passage:
    return Passage(AT - minutes_ago * MINUTE, campus, gate, f"Porte {gate.upper()}", way, TODAY)


def short(decision: Decision) -> tuple[str, str, str, str]:
    return decision.status, decision.reason, decision.detail, decision.look


def test_a_good_badge_at_the_right_door_comes_in() -> None:
    assert decide(ask()) == Decision("ok", "welcome", facts={"valid_from": SEEN.valid_from, "valid_until": SEEN.valid_until})


@pytest.mark.parametrize(
    ("fault", "reason", "look"),
    [("foreign", "invalid", "idle"), ("forged", "invalid", "stop"), ("unknown_key", "invalid", "stop"), ("truncated", "invalid", "idle")],
)
def test_what_is_no_badge_is_refused_and_cannot_be_forced(fault: str, reason: str, look: str) -> None:
    for force in (False, True):
        assert short(decide(ask(seen=None, fault=fault, force=force))) == ("error", reason, fault, look)


@pytest.mark.parametrize(
    ("state", "reason"), [("revoked", "revoked"), ("reissued", "revoked"), ("cancelled", "canceled"), ("blocked", "blocked"), ("unapproved", "unapproved")]
)
def test_a_badge_that_no_longer_counts_is_refused_before_anything_else(state: Any, reason: str) -> None:
    """Not "already inside", not "full", not "expired": those would send the person to the wrong remedy."""
    everything_else = ask(
        standing=Standing(state, since=AT - MINUTE),
        seen=replace(SEEN, valid_until=AT),
        around=around(history=(passage(5),), inside=480),
    )
    decision = decide(everything_else)
    assert short(decision) == ("error", reason, state, "stop")
    assert decision.facts["since"] == AT - MINUTE


def test_validity_is_half_open() -> None:
    assert decide(ask(seen=replace(SEEN, valid_from=AT))).status == "ok"
    assert decide(ask(seen=replace(SEEN, valid_from=AT + 1))).detail == "not_yet"
    assert decide(ask(seen=replace(SEEN, valid_until=AT))).detail == "expired"
    assert decide(ask(seen=replace(SEEN, valid_until=AT + 1))).status == "ok"


def test_rights_in_force_replace_those_printed() -> None:
    friday = Standing(rights=(Right((TOMORROW,)),))
    decision = decide(ask(standing=friday))
    assert short(decision) == ("error", "invalid_time", "day", "stop")
    assert decision.facts["days"] == TOMORROW
    printed_friday = replace(SEEN, printed=(Right((TOMORROW,)),))
    assert decide(ask(seen=printed_friday, standing=Standing(rights=(Right((TODAY,)),)))).status == "ok"


def test_rights_nobody_could_check_warn_instead_of_refusing() -> None:
    decision = decide(ask(seen=replace(SEEN, printed=(Right((TOMORROW,)),)), standing=Standing(known=False)))
    assert (decision.status, decision.warnings, decision.unknown, decision.attention) == ("ok", ("maybe_day",), ("rights",), True)


def test_the_wrong_campus_is_told_where_to_go() -> None:
    expected = Expected(3, AT + 21 * MINUTE, 18, True, "Rencontre", "table 14")
    decision = decide(ask(standing=Standing(rights=(Right((TODAY,), (3, 7)),)), around=around(expected=expected)))
    assert short(decision) == ("error", "product", "campus", "else")
    assert (decision.facts["campus"], decision.facts["next_campus"], decision.facts["next_minutes"], decision.override) == (3, 3, 18, "supervisor")


def test_expected_elsewhere_too_soon_to_stay_is_sent_on() -> None:
    for left, detail in [(38, "elsewhere"), (39, "welcome"), (0, "elsewhere"), (-30, "elsewhere"), (-31, "welcome")]:
        decision = decide(ask(around=around(expected=Expected(3, AT + left * MINUTE, 18))))
        assert decision.detail == detail, left
    assert decide(ask(around=around(expected=Expected(3, AT + 60 * MINUTE, 18)))).warnings == ("next",)
    assert decide(ask(around=around(expected=Expected(12, AT + 5 * MINUTE, 0, False, "Rencontre", "table 14")))).detail == "welcome_next"


def test_an_itinerary_nobody_knows_is_an_unknown_not_a_refusal() -> None:
    decision = decide(ask(around=around(expected=Expected(3, AT, 18), itinerary_known=False)))
    assert (decision.status, decision.unknown) == ("ok", ("itinerary",))


def test_already_inside_says_where_and_when_and_a_steward_may_vouch() -> None:
    decision = decide(ask(around=around(history=(passage(17),))))
    assert short(decision) == ("error", "already_redeemed", "inside_here", "seen")
    assert decision.override == "steward"
    seen = {key: decision.facts[key] for key in ("seen_gate", "seen_at", "ago", "same_gate")}
    assert seen == {"seen_gate": "Porte B", "seen_at": AT - 17 * MINUTE, "ago": 17, "same_gate": False}


def test_after_leaving_one_may_come_back_unless_the_rule_says_no() -> None:
    out_again = around(history=(passage(60), passage(10, way="exit")))
    assert decide(ask(around=out_again)).status == "ok"
    assert decide(ask(around=out_again, rules=(Rule(reentry=False),))).reason == "already_redeemed"
    assert decide(ask(around=out_again, rules=(Rule(entries_per_day=1),))).detail == "entries"
    assert decide(ask(around=out_again, rules=(Rule(entries_per_day=2),))).status == "ok"


def test_entering_b_closes_a_and_a_journey_too_fast_is_pointed_out() -> None:
    decision = decide(ask(around=around(history=(passage(17, campus=3),), travel=18)))
    assert (decision.status, decision.warnings, decision.attention) == ("ok", ("closes", "too_fast"), True)
    assert (decision.facts["from_campus"], decision.facts["travel"]) == (3, 18)
    assert decide(ask(around=around(history=(passage(18, campus=3),), travel=18))).warnings == ("closes",)
    assert decide(ask(around=around(history=(passage(17, campus=3),), travel=None))).attention is False


def test_the_legal_capacity_stops_the_last_one_and_an_estimate_only_warns() -> None:
    assert decide(ask(around=around(inside=479))).status == "ok"
    full = decide(ask(around=around(inside=480)))
    assert (short(full), full.facts["inside"], full.facts["capacity"]) == (("error", "rules", "full", "stop"), 480, 480)
    maybe = decide(ask(around=around(inside=480, inside_exact=False)))
    assert (maybe.status, maybe.warnings, maybe.unknown) == ("ok", ("maybe_full",), ("inside",))
    assert decide(ask(around=around(inside=None))).unknown == ("inside",)


def test_one_rule_met_is_enough_and_the_closest_one_gives_the_reason() -> None:
    press_morning = Rule(roles=("press",), closes=600)
    afternoon = Rule(opens=720)
    assert decide(ask(rules=(press_morning, Rule()))).status == "ok"
    decision = decide(ask(rules=(press_morning, afternoon)))
    assert (decision.detail, decision.facts["opens"]) == ("rule_time", 720)
    assert decide(ask(rules=(Rule(roles=("press",)),))).reason == "product"
    assert decide(ask(rules=(Rule(days=(TOMORROW,)),))).detail == "rule_day"
    assert decide(ask(rules=(Rule(gate="b", roles=("press",)),))).status == "ok", "another gate's rule"


def test_leaving_is_never_refused_to_a_badge_of_ours() -> None:
    for changes in ({"standing": Standing("revoked")}, {"seen": replace(SEEN, valid_until=AT)}, {"fault": "expired"}, {"around": around(inside=900)}):
        assert decide(ask(way="exit", **changes)).status == "ok"
    assert decide(ask(way="exit", gate=replace(GATE, suspended=True))).status == "ok"
    assert decide(ask(way="exit")).warnings == ("not_inside",)
    assert decide(ask(way="exit", around=around(history=(passage(5),)))).warnings == ()
    assert decide(ask(way="exit", around=around(history_complete=False))).unknown == ("doors",)


def test_a_one_way_door_opens_one_way() -> None:
    assert decide(ask(gate=replace(GATE, ways="exit"))).detail == "exit_only"
    assert decide(ask(way="exit", gate=replace(GATE, ways="entry"))).detail == "entry_only"


def test_suspended_scanning_lets_nobody_in() -> None:
    assert short(decide(ask(gate=replace(GATE, suspended=True)))) == ("error", "blocked", "suspended", "stop")


def test_what_already_happened_is_recorded_with_its_reason() -> None:
    decision = decide(ask(force=True, around=around(history=(passage(5),))))
    assert (decision.status, decision.forced, decision.reason, decision.warnings) == ("ok", True, "already_redeemed", ("inside_here",))
    assert decide(ask(force=True)) == decide(ask()), "nothing to force"


def test_scans_after_the_moment_asked_about_do_not_count() -> None:
    assert decide(ask(around=around(history=(passage(-1),)))).status == "ok"


def test_offline_everything_unknown_still_lets_a_genuine_badge_in() -> None:
    blind = Around(history_complete=False, inside=None, inside_exact=False, capacity=480, itinerary_known=False)
    decision = decide(ask(standing=Standing(known=False), around=blind))
    assert (decision.status, decision.attention, decision.unknown) == ("ok", False, ("rights", "doors", "inside", "itinerary"))


def test_whereabouts_follow_entries_and_exits() -> None:
    a, b = passage(60, campus=1), passage(30, campus=2)
    assert whereabouts(()) is None
    assert whereabouts((b, a)) == b
    assert whereabouts((a, b, passage(10, campus=1, way="exit"))) == b
    assert whereabouts((a, b, passage(10, campus=2, way="exit"))) is None
