"""The rehearsal's campuses: real districts, invented schools and addresses, the same for the same seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final
from uuid import UUID, uuid5

from forum.campuses.districts import BEYOND, PARIS, District
from forum.campuses.geo import Area, metres
from forum.campuses.model import Campus, CampusDay, EditionDay, Gate, MeetingTable, Room

CENTRE: Final = Area(48.8566, 2.3522, 0)
MOST: Final = len(PARIS) + len(BEYOND)
INVENTED_FR: Final = "Lieu inventé pour la répétition."
INVENTED_EN: Final = "A place invented for the rehearsal."
# Invented teachers: given names of the time the schools were built, surnames of no known school.
GIVEN: Final = (
    "Adèle", "Augustin", "Blanche", "Célestin", "Clémence", "Eugénie", "Félix", "Gabrielle",
    "Honoré", "Joséphine", "Léontine", "Marius", "Noémie", "Octave", "Rosalie", "Théodore",
)  # fmt: skip
FAMILY: Final = ("Ancelin", "Bellanoix", "Corvisart-Lune", "Dargelais", "Escaudeuvre", "Fontvermeil", "Grandsaule", "Harchelot", "Istrevelle", "Jolimasson")
STREETS: Final = (
    "rue de l'Encrier", "rue du Pupitre", "passage de l'Ardoise", "rue des Cartables",
    "impasse de la Craie", "rue du Préau", "rue des Pleins-et-Déliés", "cour de la Récréation",
)  # fmt: skip
ROOMS: Final = (  # name, floor, seats
    ("Préau", "0", 180), ("Gymnase", "0", 140), ("Bibliothèque", "1", 60), ("Salle 12", "1", 40),
    ("Salle 21", "2", 40), ("Atelier", "0", 30), ("Salle 22", "2", 36), ("Réfectoire", "0", 110),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sample:
    """Everything the rehearsal's places consist of, ready to be stored in this order."""

    campuses: tuple[Campus, ...]
    days: tuple[CampusDay, ...]
    rooms: tuple[Room, ...]
    tables: tuple[MeetingTable, ...]
    gates: tuple[Gate, ...]


def sample(edition: UUID, days: Sequence[EditionDay], *, count: int = 12, seed: int = 1, rooms: int = 5, tables: int = 8) -> Sample:
    """*count* campuses (1..100), spread over Paris with one in five beyond the ring road; ids depend on edition, seed and number only.

    `rooms` per campus 1..8, `tables` meeting tables per campus. Raises ValueError out of these ranges.
    """
    if not 1 <= count <= MOST or not 1 <= rooms <= len(ROOMS):
        raise ValueError(f"1 to {MOST} campuses with 1 to {len(ROOMS)} rooms each")
    campuses = [_campus(edition, number, district, seed) for number, district in enumerate(_spread(count, seed), start=1)]
    return Sample(
        tuple(campuses),
        tuple(CampusDay(c.id, d.day, d.opens, d.closes, c.capacity) for c in campuses for d in days),
        tuple(room for c in campuses for room in _rooms(c, rooms)),
        tuple(MeetingTable(uuid5(c.id, f"table {n}"), c.id, _room_id(c, ROOMS[0][0]), n, c.step_free) for c in campuses for n in range(1, tables + 1)),
        tuple(gate for c in campuses for gate in _gates(c)),
    )


def _spread(count: int, seed: int) -> list[District]:
    """Districts so that any first few of them cover the city: each next one, every fifth beyond the ring, is the farthest from those before."""
    pools = [sorted(pool, key=lambda d: (metres(CENTRE, d), d.name)) for pool in (PARIS, BEYOND)]
    taken = [pools[0].pop(Random(seed).randrange(12))]
    while len(taken) < count:
        pool = pools[len(taken) % 5 == 4]
        taken.append(max(pool, key=lambda d: (min(metres(d, t) for t in taken), d.name)))
        pool.remove(taken[-1])
    return taken


def _campus(edition: UUID, number: int, district: District, seed: int) -> Campus:
    random = Random(f"{seed}/{number}")
    step_free = random.random() < 0.8
    school = f"{GIVEN[number % len(GIVEN)]}-{FAMILY[(number * 7 + number // 10) % len(FAMILY)]}"
    return Campus(
        id=uuid5(edition, f"campus {seed} {number}"), edition=edition, slug=str(number), number=number,
        name=district.label,
        address=f"École {school}, {random.randrange(2, 60)} {STREETS[number % len(STREETS)]} (nom et adresse inventés)",
        postcode=district.postcode, city=district.city,
        latitude=round(district.lat + random.uniform(-0.0012, 0.0012), 6), longitude=round(district.lon + random.uniform(-0.0018, 0.0018), 6),
        zone="Europe/Paris", capacity=random.randrange(240, 561, 20), step_free=step_free,
        access_fr=INVENTED_FR + (" Entrée de plain-pied, ascenseur jusqu'au 2e étage." if step_free else " Trois marches à l'entrée, pas d'ascenseur."),
        access_en=INVENTED_EN + (" Level entrance, lift to the 2nd floor." if step_free else " Three steps at the entrance, no lift."),
        phone="01 99 00 00 00", version=1,
    )  # fmt: skip


def _room_id(campus: Campus, name: str) -> UUID:
    return uuid5(campus.id, f"room {name}")


def _rooms(campus: Campus, count: int) -> list[Room]:
    random = Random(str(campus.id))
    kit = ("boucle magnétique", "projecteur", "sonorisation", "tableau blanc")
    found = []
    for position, (name, floor, seats) in enumerate(ROOMS[:count]):
        seats += random.randrange(0, 4) * 5
        equipment = tuple(sorted(random.sample(kit, 2)))
        building = "A" if floor == "0" else "B"
        found.append(Room(_room_id(campus, name), campus.id, building, floor, name, seats, campus.step_free or floor == "0", equipment, position, 1))
    return found


def _gates(campus: Campus) -> list[Gate]:
    gates = [Gate(uuid5(campus.id, "gate porte-a"), campus.id, "porte-a", "Porte A", "both", campus.step_free)]
    if campus.capacity >= 400:
        gates.append(Gate(uuid5(campus.id, "gate porte-b"), campus.id, "porte-b", "Porte B", "entry", True))  # opened both ways when the campus is full
    return gates
