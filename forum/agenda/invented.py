"""Words the rehearsal's programme is put together from. Invented; no real speaker, talk or project is meant."""

from typing import Final

FIELDS: Final = (  # (French, English) fields of public service; both read well before a colon
    ("État civil", "Civil registry"), ("Crèches", "Day care"), ("Voirie", "Streets"), ("Eau potable", "Drinking water"), ("Urbanisme", "Planning permits"),
    ("Bibliothèques", "Libraries"), ("Logement social", "Social housing"), ("Propreté", "Street cleaning"), ("Transports", "Transport"), ("Écoles", "Schools"),
    ("Commande publique", "Public procurement"), ("Santé scolaire", "School health"), ("Espaces verts", "Parks"), ("Archives", "Archives"),
    ("Rénovation thermique", "Building renovation"), ("Accueil des usagers", "Front desks"), ("Subventions", "Grants"), ("Restauration scolaire", "School meals"),
    ("Musées", "Museums"), ("Emploi et reconversion", "Jobs and retraining"),
)  # fmt: skip
TALKS: Final = (  # (French, English, track)
    ("{} : expliquer une décision à qui la conteste", "{}: explaining a decision to those who contest it", "Confiance"),
    ("{} : que faire quand le modèle n'est pas sûr ?", "{}: what to do when the model is not sure?", "Confiance"),
    ("{} : un an avec un assistant écrit par les agents", "{}: a year with an assistant written by its users", "Service public"),
    ("{} : ce que l'IA change, ce qu'elle ne change pas", "{}: what AI changes and what it does not", "Service public"),
    ("{} : mesurer l'énergie d'un modèle avant de l'acheter", "{}: measuring a model's energy before buying it", "Sobriété"),
    ("{} : petits modèles, mêmes réponses ?", "{}: small models, same answers?", "Sobriété"),
    ("{} : des données ouvertes utiles à ceux qui les publient", "{}: open data that serve those who publish them", "Données"),
    ("{} : quand les données manquent", "{}: when data are missing", "Données"),
    ("{} : se former sans quitter son métier", "{}: learning without leaving the job", "Métiers"),
    ("{} : comment travailler avec une équipe d'annotation", "{}: working with an annotation team", "Métiers"),
)
WORKSHOPS: Final = (
    ("Atelier {} : écrire des consignes et les mettre à l'épreuve", "Workshop {}: writing instructions and testing them", "Métiers"),
    ("Atelier {} : trouver les biais d'un jeu de données", "Workshop {}: finding the biases of a data set", "Confiance"),
    ("Atelier {} : une démarche, de la question à l'évaluation", "Workshop {}: from the question to the evaluation", "Service public"),
)
PITCHES: Final = (("{} : cinq startups, cinq minutes chacune", "{}: five startups, five minutes each", "Startups"),)
VISITS: Final = (("Visite du campus : {} et les équipes qui y travaillent", "A tour of the campus: {} and the teams at work", "Campus"),)
LEVELS: Final = ("découverte", "pratique", "expert")
LEVELS_EN: Final = ("beginner", "practice", "expert")
ABSTRACT_FR: Final = "On part d'un cas réel, on montre ce qui a raté avant ce qui a marché, et on garde un tiers du temps pour les questions. Séance inventée pour la répétition."
ABSTRACT_EN: Final = (
    "We start from a real case, show what failed before what worked, and keep a third of the time for questions. A session invented for the rehearsal."
)
GIVEN: Final = (
    "Aurore", "Boubacar", "Cécile", "Dounia", "Erwan", "Fanny", "Giulia", "Habib", "Irène", "Jonas", "Karima", "Loïc", "Maëlle", "Nassim", "Odile", "Pierrick",
    "Quitterie", "Rosa", "Sekou", "Thuy", "Ugo", "Valentine", "Wassim", "Xenia", "Yann", "Zora",
)  # fmt: skip
FAMILY: Final = (
    "Abiven", "Bonnefoy", "Chevrier", "Doucouré", "Estrada", "Fabre-Leroux", "Guéret", "Hussein", "Imbert", "Joly", "Kermarrec", "Lachaise", "Mbaye", "Nivelle",
    "Ouedraogo", "Pasquier", "Quéméner", "Rahmani", "Szabo", "Tellier", "Uhlen", "Valadier", "Wozniak", "Yilmaz", "Zerrouki", "d'Orsel", "Lê", "Vandame", "Sorel",
)  # fmt: skip
