"""Where a rehearsal can take place: the 80 administrative quarters of Paris and 20 towns beyond the ring road.

Names and arrondissements are the official ones (decree of 1 November 1859 and later changes); coordinates are the middle of each
quarter or town, WGS84 degrees, good to a few hundred metres, which is what a drawn map and a travel estimate need.
"""

from typing import Final, NamedTuple


class District(NamedTuple):
    """A quarter of Paris or a town; `postcode` tells which."""

    name: str
    postcode: str
    city: str
    lat: float
    lon: float

    @property
    def label(self) -> str:
        """The name on a plate: beyond the ring the town goes first."""
        return self.name if self.city == "Paris" else f"{self.city} {self.name}"


def _paris(text: str) -> list[District]:
    rows = [line.split("|") for line in text.strip().splitlines()]
    return [District(name, f"750{int(arrondissement):02}", "Paris", float(lat), float(lon)) for arrondissement, name, lat, lon in rows]


PARIS: Final = tuple(_paris("""
1|Saint-Germain-l'Auxerrois|48.8606|2.3349
1|Les Halles|48.8623|2.3449
1|Palais-Royal|48.8648|2.3363
1|Place Vendôme|48.8670|2.3285
2|Gaillon|48.8692|2.3333
2|Vivienne|48.8691|2.3394
2|Mail|48.8681|2.3447
2|Bonne-Nouvelle|48.8672|2.3501
3|Arts-et-Métiers|48.8664|2.3570
3|Enfants-Rouges|48.8639|2.3632
3|Archives|48.8591|2.3632
3|Sainte-Avoie|48.8626|2.3550
4|Saint-Merri|48.8585|2.3516
4|Saint-Gervais|48.8557|2.3581
4|Arsenal|48.8513|2.3647
4|Notre-Dame|48.8529|2.3527
5|Saint-Victor|48.8476|2.3541
5|Jardin des Plantes|48.8419|2.3569
5|Val-de-Grâce|48.8415|2.3441
5|Sorbonne|48.8490|2.3457
6|Monnaie|48.8542|2.3405
6|Odéon|48.8478|2.3363
6|Notre-Dame-des-Champs|48.8464|2.3274
6|Saint-Germain-des-Prés|48.8552|2.3333
7|Saint-Thomas-d'Aquin|48.8553|2.3257
7|Invalides|48.8581|2.3165
7|École-Militaire|48.8501|2.3120
7|Gros-Caillou|48.8583|2.3017
8|Champs-Élysées|48.8671|2.3093
8|Faubourg-du-Roule|48.8748|2.3035
8|Madeleine|48.8728|2.3169
8|Europe|48.8781|2.3175
9|Saint-Georges|48.8792|2.3329
9|Chaussée-d'Antin|48.8735|2.3323
9|Faubourg-Montmartre|48.8739|2.3435
9|Rochechouart|48.8796|2.3448
10|Saint-Vincent-de-Paul|48.8807|2.3576
10|Porte Saint-Denis|48.8736|2.3518
10|Porte Saint-Martin|48.8713|2.3609
10|Hôpital-Saint-Louis|48.8760|2.3684
11|Folie-Méricourt|48.8673|2.3729
11|Saint-Ambroise|48.8623|2.3764
11|La Roquette|48.8571|2.3804
11|Sainte-Marguerite|48.8521|2.3890
12|Bel-Air|48.8418|2.4027
12|Picpus|48.8391|2.3946
12|Bercy|48.8352|2.3862
12|Quinze-Vingts|48.8469|2.3744
13|Salpêtrière|48.8345|2.3620
13|La Gare|48.8276|2.3724
13|Maison-Blanche|48.8236|2.3521
13|Croulebarbe|48.8337|2.3477
14|Montparnasse|48.8388|2.3304
14|Parc-de-Montsouris|48.8234|2.3370
14|Petit-Montrouge|48.8266|2.3267
14|Plaisance|48.8304|2.3152
15|Saint-Lambert|48.8337|2.2966
15|Necker|48.8426|2.3109
15|Grenelle|48.8502|2.2918
15|Javel|48.8391|2.2783
16|Auteuil|48.8506|2.2523
16|La Muette|48.8632|2.2598
16|Porte Dauphine|48.8704|2.2722
16|Chaillot|48.8684|2.2917
17|Les Ternes|48.8812|2.2896
17|Plaine-de-Monceaux|48.8852|2.3033
17|Les Batignolles|48.8883|2.3136
17|Les Épinettes|48.8947|2.3209
18|Grandes-Carrières|48.8924|2.3352
18|Clignancourt|48.8917|2.3460
18|Goutte-d'Or|48.8925|2.3553
18|La Chapelle|48.8942|2.3645
19|La Villette|48.8876|2.3745
19|Pont-de-Flandre|48.8956|2.3850
19|Amérique|48.8816|2.3952
19|Le Combat|48.8788|2.3801
20|Belleville|48.8715|2.3875
20|Saint-Fargeau|48.8711|2.4043
20|Père-Lachaise|48.8637|2.3952
20|Charonne|48.8548|2.4066
"""))

BEYOND: Final = (
    District("Plaine Commune", "93200", "Saint-Denis", 48.9362, 2.3574),
    District("Croix de Chavaux", "93100", "Montreuil", 48.8578, 2.4360),
    District("Ivry-Port", "94200", "Ivry-sur-Seine", 48.8132, 2.3889),
    District("Point-du-Jour", "92100", "Boulogne-Billancourt", 48.8352, 2.2410),
    District("Les Docks", "93400", "Saint-Ouen-sur-Seine", 48.9118, 2.3340),
    District("Quatre-Chemins", "93500", "Pantin", 48.8966, 2.4017),
    District("Parc", "92000", "Nanterre", 48.8924, 2.2066),
    District("L'Échat", "94000", "Créteil", 48.7904, 2.4556),
    District("Fort d'Aubervilliers", "93300", "Aubervilliers", 48.9146, 2.3825),
    District("Val-de-Seine", "92130", "Issy-les-Moulineaux", 48.8240, 2.2700),
    District("Fort", "94270", "Le Kremlin-Bicêtre", 48.8105, 2.3580),
    District("Gallieni", "93170", "Bagnolet", 48.8686, 2.4180),
    District("Front-de-Seine", "92300", "Levallois-Perret", 48.8932, 2.2880),
    District("Le Château", "94300", "Vincennes", 48.8474, 2.4392),
    District("Châtillon", "92120", "Montrouge", 48.8172, 2.3190),
    District("Mairie", "93260", "Les Lilas", 48.8800, 2.4190),
    District("Berges", "92110", "Clichy", 48.9044, 2.3064),
    District("Plateau", "94250", "Gentilly", 48.8133, 2.3444),
    District("Porte de Vanves", "92240", "Malakoff", 48.8206, 2.3009),
    District("Pleyel", "93210", "Saint-Denis", 48.9170, 2.3459),
)
