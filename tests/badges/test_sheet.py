import io
from dataclasses import replace

import numpy as np
import pypdfium2
import pytest

from forum.badges import pack, sheet, typeset
from forum.badges.codes import code_of, spaced
from forum.badges.model import ROLE_WORDS, DayLine, Face, Pack, Words
from forum.badges.token import sign
from tests.badges.conftest import make_badge, make_key

NAMES = {
    "latin": "Marie-Clémentine de La Rochebrochard-Lewandowski",
    "vietnamese": "Nguyễn Thị Ánh",
    "greek": "Νίκος Παπαδόπουλος",
    "cyrillic": "Ольга Ковальчук",
    "arabic": "محمد عبد الله الحسين",
    "hebrew": "שרה כהן",
    "chinese": "王小明堃喆",
    "georgian": "ნინო ბერიძე",
    "tamil": "அனிதா",
    "korean": "김민수 박서연",
    "emoji": "Zoé 🎉 🚀",
}
DAY = (
    DayLine("9:20", "Accueil des intervenants", "Foyer, rez-de-chaussée", 7),
    DayLine("11:05", "24 min, lignes 6 et 2, sans marche", "", 12, "trip"),
    DayLine("11:40", "Rencontre : Ville de Pantin", "Table 31", 12),
)


def face(number: int = 1, name: str = NAMES["latin"], role: str = "candidate", **more: object) -> Face:
    made = Face(
        name, role, ROLE_WORDS[role], sign(make_badge(number, role), make_key(1)), code_of(number), "Laboratoire d’intelligence publique",
        ("français", "anglais"), "16 et 17 nov. 2028", "Paris, 24 campus", "Mon jeudi 16 novembre", DAY, ("Une question ? Gilet violet.",),
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def pages(pdf: bytes) -> list[pypdfium2.PdfPage]:
    return list(pypdfium2.PdfDocument(io.BytesIO(pdf)))


def text(page: pypdfium2.PdfPage) -> str:
    found: str = page.get_textpage().get_text_bounded()
    return found


def seen(page: pypdfium2.PdfPage, scale: float = 3) -> np.ndarray:
    """The page as a grey picture, 0 black."""
    return np.asarray(page.render(scale=scale, grayscale=True).to_numpy()).squeeze()


@pytest.mark.parametrize(
    ("layout", "millimetres", "count"), [("a6", (105, 148), 2), ("a4", (210, 297), 2), ("label62", (62, 100), 1), ("label100", (100, 62), 1)]
)
def test_every_layout_has_its_size_and_says_who_it_is(layout: str, millimetres: tuple[int, int], count: int) -> None:
    made = pages(sheet.pdf([face()], layout))  # type: ignore[arg-type]
    assert len(made) == count
    assert tuple(round(side / 72 * 25.4) for side in made[0].get_size()) == millimetres
    said = " ".join(text(made[0]).split())
    for part in ("Marie-Clémentine", "Lewandowski", "Laboratoire", "Candidate", *spaced(code_of(1)).split()):
        assert part in said
    if count == 2:
        assert "Ville de Pantin" in text(made[1])
        assert "Table 31" in text(made[1])


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_every_script_is_printed_with_its_own_glyphs(name: str) -> None:
    assert typeset.missing(name, "display") == ""
    with_name, without = seen(pages(sheet.pdf([face(name=name, organisation="")], "a6"))[0]), seen(pages(sheet.pdf([face(name="", organisation="")], "a6"))[0])
    ink = (with_name < 128).sum() - (without < 128).sum()
    assert ink > 250 * len(name)


@pytest.mark.parametrize("script", ["greek", "cyrillic", "chinese", "latin"])
def test_the_printed_name_can_be_copied_out_of_the_file(script: str) -> None:
    said = "".join(text(pages(sheet.pdf([face(name=NAMES[script])], "a6"))[0]).split())
    assert "".join(NAMES[script].split()) in said.replace("\ufffe", "-").replace("\u0002", "-")


def test_arabic_letters_are_joined_and_run_from_the_right() -> None:
    (run,) = typeset.runs("محمد", "display")
    assert run.shaped
    glyphs, _ = typeset._shaped(run, 30.0)
    assert not set(glyphs) & set("محم"), "initial and medial forms, not letters that stand alone"
    assert glyphs[-1] != "م", "the first letter is the last glyph of the line"
    picture = seen(pages(sheet.pdf([face(name="محمد", organisation="")], "a6"))[0])
    band = picture[250:420]
    columns = np.where((band < 128).any(axis=0))[0]
    assert columns.min() > picture.shape[1] / 2, "it starts at the right edge"


def test_mixed_directions_come_in_visual_order() -> None:
    assert [run.text for run in typeset.runs("Ali علي 12 باب end", "display")] == ["Ali ", "باب", " ", "12", "علي ", " ", "end"]
    assert [run.text.strip() for run in typeset.runs("علي Ali باب", "display") if run.text.strip()] == ["باب", "Ali", "علي"]


def test_what_no_face_has_is_named_and_printed_as_a_question_mark() -> None:
    assert typeset.missing("Zoé አ ខ") == "አខ"
    assert [run.text for run in typeset.runs("አa", "text")] == ["?", "a"]
    assert typeset.runs("\u202eevil\u0000", "text")[0].text == "evil"


def test_a_name_too_long_is_made_smaller_then_cut_never_run_over_the_edge() -> None:
    for name in ("Donaudampfschifffahrtsgesellschaftskapitänswitwe" * 3, "W" * 120, "a b " * 60):
        picture = seen(pages(sheet.pdf([face(name=name)], "a6"))[0])
        assert (picture[:, -15:][: int(picture.shape[0] * 0.85)] > 200).all()
        assert (picture[:, :15][: int(picture.shape[0] * 0.85)] > 200).all()


@pytest.mark.parametrize("name", ["W" * 80, "Ștefania Țurcanu-Łukasiewicz Đặng Thị Hồng Nhung de la Rochefoucauld-Montmorency"])
def test_the_back_keeps_its_margin_whatever_the_name_and_the_day(name: str) -> None:
    page = seen(pages(sheet.pdf([face(name=name, day_title="Ma journée, mercredi 30 septembre 2026")], "a6"))[1])
    margin = round(5 * page.shape[1] / 105)  # of the 105 mm, five at each side
    assert (page[:, :margin].min(), page[:, -margin:].min()) == (255, 255)


def test_the_sheet_of_a_long_name_keeps_its_code_and_its_margin() -> None:
    sheet_of_days = pages(pack.agenda("W" * 120, code_of(1), [("jeudi 16 novembre", DAY)], [], nothing="Rien"))[0]
    assert spaced(code_of(1)) in text(sheet_of_days)
    assert seen(sheet_of_days)[:, -15:].min() == 255


def test_the_back_says_how_much_of_a_long_day_is_left_out() -> None:
    long = tuple(DayLine(f"{9 + n // 3}:{n % 3 * 20:02}", f"Rencontre {n}", f"Table {n}", 12) for n in range(24))
    back = text(pages(sheet.pdf([face(day=long)], "a6"))[1])
    shown = sum(f"Rencontre {n}\r" in back or f"Rencontre {n}\n" in back or back.endswith(f"Rencontre {n}") for n in range(24))
    assert f"+ {24 - shown}" in back


def test_on_a4_the_backs_are_mirrored_so_that_they_meet_their_fronts() -> None:
    front, back = pages(sheet.pdf([face(n, f"Personne {n}") for n in (1, 2)], "a4"))

    def middle(page: pypdfium2.PdfPage, name: str) -> float:
        search = page.get_textpage().search(name)
        start, count = search.get_next()
        left, _, right, _ = page.get_textpage().get_rect(0) if count == 0 else page.get_textpage().get_charbox(start)
        return float(left + right) / 2

    half = front.get_width() / 2
    assert middle(front, "Personne 1") < half < middle(front, "Personne 2")
    assert middle(back, "Personne 2") < half < middle(back, "Personne 1")


def test_five_hundred_badges_are_small() -> None:
    faces = [face(n, list(NAMES.values())[n % 9]) for n in range(100)]
    for layout in ("a6", "a4"):
        made = sheet.pdf(faces, layout, back=False)  # type: ignore[arg-type]
        assert len(made) * 5 <= 4_000_000


def test_progress_is_heard() -> None:
    heard: list[int] = []
    sheet.pdf([face(n) for n in range(5)], "a4", on_page=heard.append)
    assert heard == [4, 5]


def test_a_pack_without_anything_still_says_what_it_is() -> None:
    words = Words(*["Programme", "Table", "ParNom", "ParCode", "Heure", "Organisation", "Personne", "Venu", "Parti", "Note", "Salle", "Rien", "Imprimé"])
    made = pages(pack.pdf(Pack(12, "Goutte-d’Or", "jeudi 16 novembre", words)))
    assert [("Rien" in text(page), "12" in text(page)) for page in made] == [(True, True)] * 3
