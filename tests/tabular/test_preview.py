"""An import says beforehand what it would do, cell by cell."""


import pytest

from forum.errors import Invalid
from forum.i18n import Message
from forum.tabular.kinds import Record
from forum.tabular.lists import CAMPUSES, COMPANIES, KINDS, PEOPLE, ROOMS
from forum.tabular.mapping import checked, guess
from forum.tabular.preview import Changed, Fault, Row, preview
from forum.tabular.reading import read_sheet

ROOM = {"campus": 3, "building": "A", "floor": "0", "name": "Préau", "capacity": 180, "step_free": True, "equipment": ("sound",)}


def existing(*rooms: Record) -> dict[tuple[object, ...], Record]:
    return {ROOMS.key_of(room): room for room in rooms}


def look(text: str, *rooms: Record, kind: str = "rooms"):  # type: ignore[no-untyped-def]
    sheet = read_sheet(text.encode())
    return preview(KINDS[kind], sheet, checked(KINDS[kind], sheet.header, guess(KINDS[kind], sheet.header)), existing(*rooms) if kind == "rooms" else {})


def test_new_changed_and_unchanged_rows_are_told_apart() -> None:
    other = ROOM | {"name": "Gymnase"}
    third = ROOM | {"name": "Cour"}
    found = look("campus;bâtiment;salle;jauge\n3;A;PRÉAU;150\n3;A;Gymnase;180\n3;B;Salle 12;40\n", ROOM, other, third)
    assert found.changed == (Changed(2, ROOM | {"name": "PRÉAU", "capacity": 150}, {"capacity": (180, 150)}),)
    assert found.added == (Row(4, {"campus": 3, "building": "B", "floor": "", "name": "Salle 12", "capacity": 40, "step_free": True, "equipment": ()}),)
    assert (found.unchanged, found.absent, found.fault_count, found.can_commit) == (1, 1, 0, True)


def test_a_column_the_file_lacks_keeps_what_exists() -> None:
    found = look("campus;salle;bâtiment;capacité;sans marche\n3;Préau;A;180;non\n", ROOM)
    assert found.changed[0].values == ROOM | {"step_free": False}
    assert found.changed[0].differences == {"step_free": (True, False)}


def test_an_empty_cell_empties_and_a_missing_one_is_asked_for() -> None:
    found = look("campus;salle;bâtiment;capacité;équipement\n3;Préau;A;180;\n3;;A;180;x\n", ROOM)
    assert found.changed[0].differences == {"equipment": (("sound",), ())}
    assert found.faults == (Fault(3, "name", Message("This is needed.")),)
    assert not found.can_commit


def test_every_fault_has_its_line_and_column() -> None:
    found = look("campus,salle,capacité,sans marche\n0,A,40,oui\n3,B,beaucoup,oui\n3,C,40,peut-être\n3,D,0,non\n3,D2,40,\n3,d2,40,\n")
    assert found.faults == (
        Fault(2, "campus", Message("Enter a number from {least} to {most}.", least=1, most=999)),
        Fault(3, "capacity", Message("Enter a whole number.")),
        Fault(4, "step_free", Message("Enter yes or no.")),
        Fault(5, "capacity", Message("Enter a number from {least} to {most}.", least=1, most=20000)),
        Fault(7, "campus", Message("This is on line {line} already.", line=6)),
    )


def test_the_digest_follows_the_effect() -> None:
    one, same, other = look("campus,salle,capacité\n3,A,40\n"), look("salle;capacité;campus\nA;40;3\n"), look("campus,salle,capacité\n3,A,41\n")
    assert one.digest() == same.digest() != other.digest()


def test_faults_from_elsewhere_take_their_place() -> None:
    found = look("campus,salle,capacité\n3,A,40\n9,B,0\n").with_faults([Fault(2, "campus", Message("no"))])
    assert ([f.line for f in found.faults], found.fault_count, found.can_commit) == ([2, 3], 2, False)


@pytest.mark.parametrize("kind", list(KINDS.values()), ids=list(KINDS))
def test_titles_in_both_languages_find_their_columns(kind) -> None:  # type: ignore[no-untyped-def]
    names = [column.name for column in kind.columns]
    assert list(guess(kind, names)) == names
    english = [column.label for column in kind.columns]
    assert guess(kind, english) == {name: at for at, name in enumerate(names)}
    assert guess(kind, ["?", *(title.upper() + " " for title in english)]) == {name: at + 1 for at, name in enumerate(names)}


def test_synonyms_of_real_files() -> None:
    assert guess(CAMPUSES, ["N°", "Nom", "Adresse", "CP", "Ville", "Lat", "Lon", "Jauge"]) == {
        "number": 0, "name": 1, "address": 2, "postcode": 3, "city": 4, "latitude": 5, "longitude": 6, "capacity": 7,
    }  # fmt: skip
    assert guess(COMPANIES, ["Raison sociale", "Secteur", "Site web"]) == {"name": 0, "sector": 1, "website": 2}
    assert guess(PEOPLE, ["Nom et prénom", "Courriel", "Jours", "N° campus"]) == {"email": 1, "name": 0, "days": 2, "campus": 3}


def test_a_mapping_is_checked() -> None:
    header = ("a", "b", "c")
    assert checked(ROOMS, header, {"campus": 0, "name": 1, "capacity": 2}) == {"campus": 0, "name": 1, "capacity": 2}
    with pytest.raises(Invalid) as caught:
        checked(ROOMS, header, {"campus": 0, "name": 0, "floor": 7})
    assert caught.value.faults == {
        "campus": Message("This column is chosen twice."), "name": Message("This column is chosen twice."),
        "floor": Message("The file has no such column."), "capacity": Message("Choose the column that holds this."),
    }  # fmt: skip
    with pytest.raises(Invalid):
        checked(ROOMS, header, {"campus": 0, "name": 1, "capacity": 2, "is_admin": 1})


def test_twenty_thousand_people_are_compared() -> None:
    lines = "".join(f"p{n}@example.org;Personne {n};candidature;2028-11-16,2028-11-17;{n % 100 + 1};python, droit\n" for n in range(20_000))
    found = look("courriel;nom;motif;jours;campus;compétences\n" + lines, kind="people")
    assert (len(found.added), found.fault_count) == (20_000, 0)
