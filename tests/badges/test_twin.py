"""The phone's TypeScript and the server's Python give the same answers to the same generated questions."""

import json
import random
import subprocess
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec
import pytest

import hatch_build
from forum.badges.admission import decide
from forum.badges.codes import ALPHABET, NUMBERS, code_of, number_of
from forum.badges.keys import Ring
from forum.badges.question import REASONS, Decision, Fact
from forum.badges.sentences import catalogue, sentences
from forum.badges.token import Badge, Refused, read, sign
from tests.badges.conftest import EDITION, NOW, make_badge, make_key
from tests.badges.vectors import asks

DOOR = Path(__file__).parents[2] / "frontend" / "src" / "door"
CASES = 2000


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The phone's modules as one file for Node, with a door for questions on standard input."""
    folder = tmp_path_factory.mktemp("twin")
    entry = folder / "twin.ts"
    entry.write_text(
        f"""
import {{ decide, whereabouts }} from "{DOOR}/admission";
import {{ codeOf, numberOf }} from "{DOOR}/codes";
import {{ readToken, carried, fromHex }} from "{DOOR}/token";
import {{ say }} from "{DOOR}/words";
const answers = {{
  decide, whereabouts, codeOf, numberOf, readToken, say,
  carried: (s, m, k) => carried(fromHex(s), fromHex(m), fromHex(k)),
}};
let text = "";
for await (const chunk of process.stdin) text += chunk;
const out = [];
for (const [name, ...args] of JSON.parse(text)) out.push((await answers[name](...args)) ?? null);
process.stdout.write(JSON.stringify(out));
"""
    )
    hatch_build.fetch_packages()
    out = folder / "twin.mjs"
    command = [hatch_build.esbuild(), str(entry), "--bundle", "--format=esm", "--platform=node", f"--outfile={out}", "--log-level=error"]
    subprocess.run(command, cwd=hatch_build.FRONTEND, check=True, env={"NODE_PATH": str(hatch_build.MODULES)})
    return out


def ask_phone(twin: Path, questions: list[list[Any]]) -> list[Any]:
    done = subprocess.run([hatch_build.node(), str(twin)], input=json.dumps(questions), capture_output=True, text=True, check=True, timeout=120)
    answers: list[Any] = json.loads(done.stdout)
    return answers


def as_json(value: Any) -> Any:
    return json.loads(msgspec.json.encode(value))


def differences(ours: list[Any], theirs: list[Any]) -> int:
    return sum(a != b for a, b in zip(ours, theirs, strict=True))


def test_the_same_decision_on_both_sides_for_every_generated_scan(twin: Path) -> None:
    cases = asks(CASES)
    ours = [as_json(decide(ask)) for ask in cases]
    theirs = ask_phone(twin, [["decide", msgspec.to_builtins(ask)] for ask in cases])
    assert len(ours) == len(theirs) == len({msgspec.json.encode(ask) for ask in cases}) >= 500, "as many different cases on both sides"
    for ask, mine, phone in zip(cases, ours, theirs, strict=True):
        assert phone == mine, ask
    seen = Counter(answer["detail"] for answer in ours)
    expected = set(REASONS) | {"welcome", "welcome_next", "goodbye", "forced"}
    assert expected - set(seen) == set(), "a detail no case reaches is not held together"


def test_control_a_rule_off_by_one_minute_is_noticed(twin: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forum.badges.admission.STAY", 19)
    cases = asks(CASES)
    ours = [as_json(decide(ask)) for ask in cases]
    assert differences(ours, ask_phone(twin, [["decide", msgspec.to_builtins(ask)] for ask in cases])) > 0


def as_phone(result: Badge | Refused) -> dict[str, Any]:
    badge = result if isinstance(result, Badge) else result.badge
    seen = None
    if badge is not None:
        rights = [{"days": [day.isoformat() for day in grant.days], "campuses": list(grant.campuses)} for grant in badge.grants]
        starts, ends = (int(moment.timestamp() * 1000) for moment in (badge.valid_from, badge.valid_until))
        seen = {"number": badge.number, "role": badge.role, "valid_from": starts, "valid_until": ends, "printed": rights}
    if isinstance(result, Badge):
        return {"fault": "", "reason": "", "seen": seen}
    return {"fault": result.fault, "reason": result.reason, "seen": seen}


def token_texts() -> list[str]:
    """Good badges, every kind of bad one, and random damage."""
    dice = random.Random(16)
    good = [sign(make_badge(dice.randrange(NUMBERS), role), make_key(kid)) for role in ("candidate", "press") for kid in (1, 2, 3, 9)]
    bad = ["", "F", "FEAQ", "é", "https://example.org", "\u0000", "🙂", "F" * 4096, "A" * 3, "fe", good[0].lower(), good[0] + "=", good[0][:-1], good[0] + "A"]
    for _ in range(150):
        text = list(dice.choice(good))
        text[dice.randrange(len(text))] = dice.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ2345671 a")
        bad.append("".join(text))
    return good + bad


def test_the_phone_reads_tokens_as_the_server_does(twin: Path) -> None:
    ring = Ring((make_key(1), make_key(2, retires_at=NOW), make_key(3, retires_at=NOW.replace(year=2029))))
    keys = [{"kid": k.kid, "public": k.public.hex(), "retires_at": k.retires_at and int(k.retires_at.timestamp() * 1000)} for k in ring.keys]
    moments = [NOW, make_badge().valid_from, make_badge().valid_until, make_badge().valid_from.replace(minute=-1 % 60, hour=22)]
    questions, ours = [], []
    for moment in moments:
        for text in token_texts():
            for edition in (EDITION, b"none"):
                questions.append(["readToken", text, keys, edition.hex(), int(moment.timestamp() * 1000)])
                ours.append(as_phone(read(text, ring, edition, moment)))
    for question, mine, phone in zip(questions, ours, ask_phone(twin, questions), strict=True):
        assert phone == mine, question
    assert {answer["fault"] for answer in ours} == {
        "", "foreign", "truncated", "unknown_key", "forged", "other_edition", "expired", "not_yet", "key_retired"
    }  # fmt: skip


def test_without_the_platform_s_ed25519_the_carried_one_gives_the_same_answers(twin: Path) -> None:
    key = make_key(1)
    message = b"badge"
    good = key.signature(message)
    order = 2**252 + 27742317777372353535851937790883648493
    doubled = good[:32] + (int.from_bytes(good[32:], "little") + order).to_bytes(32, "little")  # a second writing of the same signature
    cases = [good, doubled, bytes(64), good[::-1], *(good[:at] + bytes((good[at] ^ 1,)) + good[at + 1 :] for at in range(0, 64, 7))]
    theirs = ask_phone(twin, [["carried", signature.hex(), message.hex(), key.public.hex()] for signature in cases])
    assert theirs == [key.verifies(message, signature) for signature in cases]
    assert theirs == [True] + [False] * (len(cases) - 1)


def test_codes_are_written_and_read_alike(twin: Path) -> None:
    dice = random.Random(8)
    numbers = [0, 1, NUMBERS - 1, *(dice.randrange(NUMBERS) for _ in range(300))]
    typed = [f" {code_of(n)[:4].lower()}-{code_of(n)[4:]}" for n in numbers]
    typed += ["".join(dice.choices(ALPHABET + "01ILOé ß²", k=8)) for _ in range(300)] + ["", "K7QF", "ſſſſſſſſ", "ıııııııı"]
    assert ask_phone(twin, [["codeOf", n] for n in numbers]) == [code_of(n) for n in numbers]
    assert ask_phone(twin, [["numberOf", text] for text in typed]) == [number_of(text) for text in typed]


def test_whereabouts_are_the_same(twin: Path) -> None:
    from forum.badges.admission import whereabouts

    histories = [ask.around.history for ask in asks(400, seed=3)]
    ours = [None if (held := whereabouts(history)) is None else asdict(held) for history in histories]
    assert ask_phone(twin, [["whereabouts", msgspec.to_builtins(history)] for history in histories]) == ours


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_both_name_what_comes_next_by_its_kind_in_the_same_words(twin: Path, lang: str) -> None:
    at = int(NOW.timestamp() * 1000)
    expected: dict[str, Fact] = {"next_campus": 12, "next_at": at, "next_place": "Salle 3", "next_minutes": 18}
    kinds: list[dict[str, Fact]] = [{"next_what": what, "next_step_free": free} for what in ("meeting", "session") for free in (False, True)]
    decisions = [Decision("ok", detail, "ok", facts=expected | kind) for detail in ("welcome_next", "elsewhere") for kind in kinds]
    ours = [sentences(lang, decision)[:2] for decision in decisions]
    theirs = ask_phone(twin, [["say", catalogue(lang), lang, asdict(decision), "Europe/Paris"] for decision in decisions])
    assert [(said["title"], said["instead"]) for said in theirs] == ours
    for decision, (title, instead) in zip(decisions, ours, strict=True):
        meeting = decision.facts["next_what"] == "meeting"
        assert ("table" in instead, "session" in instead.lower()) == (meeting, not meeting), (title, instead)


@pytest.mark.parametrize(("lang", "words"), [("fr", "liste d’attente"), ("en", "waiting list")])
def test_both_say_that_a_badge_without_a_day_waits(twin: Path, lang: str, words: str) -> None:
    decisions = [Decision("error", "day", "stop", facts={"days": days}) for days in ("", "2028-11-16")]
    ours = [sentences(lang, decision)[:2] for decision in decisions]
    theirs = ask_phone(twin, [["say", catalogue(lang), lang, asdict(decision), "Europe/Paris"] for decision in decisions])
    assert [(said["title"], said["instead"]) for said in theirs] == ours
    assert [words in instead for _, instead in ours] == [True, False]
