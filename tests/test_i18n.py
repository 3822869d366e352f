"""Two complete languages: nothing untranslated, placeholders kept, typography right."""

import re
from datetime import date

from forum import formats, i18n
from forum.formats import NARROW, NO_BREAK, typography
from tests.catalogues import marked, missing, translated

FIELD = re.compile(r"{(\w+)")


def test_every_string_has_its_french() -> None:
    assert missing() == {}


def test_a_translation_uses_the_placeholders_of_its_msgid_and_no_other() -> None:
    wrong = []
    for key, french in translated().items():
        ids = {key} if isinstance(key, str) else set(key)
        allowed = {field for text in ids for field in FIELD.findall(text)}
        for text in (french,) if isinstance(french, str) else french:
            used = set(FIELD.findall(text))
            if not used <= allowed or (isinstance(key, str) and used != allowed):
                wrong.append((key, text))
    assert wrong == []


def test_no_translation_stands_for_a_string_nobody_says() -> None:
    said = {part for key in marked() for part in ((key,) if isinstance(key, str) else key)}
    assert [key for key in translated() if (key if isinstance(key, str) else key[0]) not in said] == []


def test_french_spaces_are_put_where_a_writer_typed_plain_ones() -> None:
    assert typography("fr", "Vous venez ? « Oui » : 9 % !") == f"Vous venez{NARROW}? «{NO_BREAK}Oui{NO_BREAK}»{NO_BREAK}: 9{NARROW}%{NARROW}!"
    assert typography("en", "Coming?") == "Coming?"


def test_only_the_first_of_a_month_is_an_ordinal_in_french() -> None:
    first, eleventh = date(2026, 12, 1), date(2026, 12, 11)
    assert [formats.day("fr", day, style) for day in (first, eleventh) for style in ("short", "long", "medium", "weekday")] == [
        "mar. 1er déc.", "mardi 1er décembre 2026", "1er décembre 2026", "mar.", "ven. 11 déc.", "vendredi 11 décembre 2026", "11 décembre 2026", "ven.",
    ]  # fmt: skip
    assert formats.day("en", first, "long") == "Tuesday 1 December 2026"


def test_nought_is_singular_in_french_and_plural_in_english() -> None:
    one, many = "{count} seat is lost", "{count} seats are lost"
    assert [i18n.catalogue("fr").ngettext(one, many, n) for n in (0, 1, 2)] == ["{count} place perdue", "{count} place perdue", "{count} places perdues"]
    assert [i18n.catalogue("en").ngettext(one, many, n) for n in (0, 1, 2)] == [many, one, many]
