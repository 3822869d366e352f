"""Words the rehearsal's companies, people and offers are put together from. Invented; no real company or person is meant."""

from typing import Final

ROOTS: Final = (
    "Opta", "Lumi", "Volta", "Numé", "Clari", "Sylva", "Arca", "Boréa", "Calyx", "Déci", "Éola", "Fluvi", "Gamma", "Hélio", "Iris", "Kairo", "Lexi", "Médi",
    "Nova", "Orbi", "Pala", "Quanti", "Rési", "Séma", "Terra", "Urba", "Véri", "Xylo", "Ypsi", "Zéni", "Ambre", "Brisa", "Corail", "Delta", "Échos", "Fauve",
)  # fmt: skip
ENDINGS: Final = ("lys", "tique", "data", "lab", "mètre", "graphe", "nova", "sens")
SECTORS: Final = (  # name shown in French pages as declared by the company, then two sentences
    ("confiance", "mesure la fiabilité des modèles", "measures how far models can be trusted"),
    ("santé", "relit les comptes rendus médicaux", "reads medical reports again"),
    ("ville", "prévoit l'entretien des rues", "plans the upkeep of streets"),
    ("droit", "cherche dans les textes de loi", "searches texts of law"),
    ("énergie", "règle le chauffage des écoles", "tunes the heating of schools"),
    ("transport", "compte les places dans les trains", "counts free seats on trains"),
    ("culture", "transcrit les archives", "transcribes archives"),
    ("industrie", "contrôle les soudures par l'image", "checks welds by image"),
    ("éducation", "corrige les exercices avec les enseignants", "corrects exercises with teachers"),
    ("agriculture", "suit les sols depuis le ciel", "follows soils from the sky"),
)
SKILLS: Final[dict[str, tuple[str, ...]]] = {
    "data-scientist": ("Python", "Statistiques", "scikit-learn", "SQL"), "ml-engineer": ("Python", "PyTorch", "Évaluation de modèles", "Docker"),
    "data-engineer": ("SQL", "Airflow", "Python", "PostgreSQL"), "data-analyst": ("SQL", "Visualisation", "Tableurs", "Python"),
    "software-engineer": ("TypeScript", "Python", "Tests", "Git"), "devops": ("Linux", "Kubernetes", "Surveillance", "Réseaux"),
    "product-manager": ("Entretiens", "Feuille de route", "Rédaction", "SQL"), "ux-designer": ("Tests d'usage", "Maquettes", "Accessibilité", "Entretiens"),
    "ai-project": ("Gestion de projet", "RGPD", "Évaluation de modèles", "Rédaction"), "ai-law": ("RGPD", "Règlement IA", "Contrats", "Rédaction"),
    "ai-audit": ("Audit", "Biais", "Évaluation de modèles", "Statistiques"), "annotation": ("Qualité des données", "Consignes", "Relecture", "Tableurs"),
    "sales": ("Négociation", "Marchés publics", "Anglais", "Rédaction"), "training": ("Pédagogie", "Conduite du changement", "Animation", "Rédaction"),
    "research": ("Publication", "PyTorch", "Mathématiques", "Anglais"),
}  # fmt: skip
TITLES: Final[dict[str, str]] = {
    "data-scientist": "Data scientist", "ml-engineer": "Ingénierie en apprentissage automatique", "data-engineer": "Ingénierie des données",
    "data-analyst": "Analyse de données", "software-engineer": "Développement logiciel", "devops": "Exploitation et infrastructure",
    "product-manager": "Gestion de produit IA", "ux-designer": "Conception et recherche utilisateur", "ai-project": "Conduite de projet IA",
    "ai-law": "Juriste données et IA", "ai-audit": "Audit d'algorithmes", "annotation": "Qualité et annotation de données", "sales": "Développement commercial",
    "training": "Formation et accompagnement", "research": "Recherche en IA",
}  # fmt: skip
CITIES: Final = ("Paris", "Saint-Denis", "Pantin", "Montreuil", "Ivry-sur-Seine", "Nanterre", "Aubervilliers", "à distance")
GIVEN: Final = (
    "Anaïs", "Malik", "Apolline", "Wei", "Théophile", "Fatou", "Enzo", "Lina", "Nadia", "Samia", "Camille", "Victor", "Jade", "Ousmane", "Louise", "Rayan",
    "Margaux", "Kenji", "Solène", "Ibrahim", "Clara", "Noé", "Yasmine", "Gaspard", "Élodie", "Baptiste", "Mei-Lin", "Adama", "Inaya", "Tomasz", "Olena", "Duy",
    "Priya", "Marek", "Aïcha", "Bastien", "Chiara", "Diego", "Esther", "Farid", "Gwenaëlle", "Hugo", "Ismaël", "Joana", "Kadiatou", "Léandre", "Mathilde", "Naïm",
)  # fmt: skip
FAMILY: Final = (
    "Courtois", "Ferrand", "Roy", "Zhang", "Sarr", "Ndiaye", "Caputo", "Haddad", "Rousseau", "Benali", "Aubry", "Lindqvist", "Pellegrini", "Traoré", "Bertin",
    "El Amrani", "Petit", "Morel", "Guivarc'h", "Cissé", "Vasseur", "Delacroix", "Bui", "Ait-Oufella", "Thévenet", "Marchand", "Ferreira", "Dubois", "Konaté",
    "Kowalski", "Shevchenko", "Nguyễn", "Iyer", "Novák", "Diallo", "Lefort", "Ricci", "Ortega", "Azoulay", "Mansouri", "Le Goff", "Lemaître", "Sow", "Da Silva",
    "Camara", "Perrin", "Garnier", "Belkadi", "Okonkwo", "Thibault", "Ravel", "Jourdain", "Kessler", "Hamidi", "Vernier", "Simonet", "Tissot", "Yılmaz", "Zola",
)  # fmt: skip
