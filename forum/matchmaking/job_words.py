"""A small vocabulary of AI-related jobs and skills in French and English, and which jobs are neighbours. Pure.

The keys of jobs are those people choose from; other words find their key here, without accents, case and punctuation.
"""

import re
import unicodedata
from functools import cache
from typing import Final

JOB_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "data-scientist": ("data scientist", "data science", "science des données", "scientifique des données", "modélisation statistique", "statisticien", "statistician"),
    "ml-engineer": ("machine learning engineer", "ml engineer", "ingénieur ia", "ingénieur apprentissage automatique", "ai engineer", "mlops", "llm engineer", "ingénieur llm"),
    "data-engineer": ("data engineer", "data engineering", "ingénieur données", "ingénieur data", "ingénierie des données", "architecte data", "data architect"),
    "data-analyst": ("data analyst", "data analysis", "analyste de données", "analyse de données", "business intelligence", "analyste bi"),
    "software-engineer": ("software engineer", "développeur", "développeuse", "développement logiciel", "backend developer", "frontend developer", "full stack", "ingénieur logiciel"),
    "devops": ("devops", "site reliability", "sre", "cloud engineer", "ingénieur cloud", "administrateur systèmes", "system administrator", "cybersécurité", "cybersecurity"),
    "product-manager": ("product manager", "product owner", "chef de produit", "cheffe de produit", "responsable produit"),
    "ux-designer": ("ux designer", "designer", "design", "ergonome", "recherche utilisateur", "user research", "ui designer"),
    "ai-project": ("ai project manager", "chef de projet ia", "cheffe de projet ia", "chef de projet", "project manager", "consultant ia", "ai consultant"),
    "ai-law": ("ai law", "droit de l ia", "juriste", "juriste ia", "lawyer", "avocat", "avocate", "conformité", "compliance", "dpo", "protection des données", "data protection"),
    "ai-audit": ("ai audit", "audit ia", "auditeur", "auditrice", "éthique de l ia", "ai ethics", "expert comptable", "accountant", "contrôleur de gestion", "risk", "risques"),
    "annotation": ("annotation", "annotateur", "annotatrice", "qualité des données", "data quality", "data labelling", "data steward", "documentaliste", "linguist", "linguiste"),
    "sales": ("sales", "commercial", "commerciale", "business developer", "partenariats", "partnerships", "account manager", "customer success"),
    "training": ("training", "formateur", "formatrice", "formation", "pédagogie", "teacher", "enseignant", "conduite du changement", "change management", "ressources humaines", "human resources"),
    "research": ("research", "recherche", "chercheur", "chercheuse", "researcher", "research scientist", "doctorant", "phd", "post doc"),
}  # fmt: skip

# How near two jobs are, in percent of the same job; a person crosses such a border with what they know already.
NEIGHBOURS: Final[dict[tuple[str, str], int]] = {
    ("data-scientist", "ml-engineer"): 70, ("data-scientist", "data-analyst"): 65, ("data-scientist", "research"): 55,
    ("data-scientist", "data-engineer"): 45, ("ml-engineer", "data-engineer"): 55, ("ml-engineer", "software-engineer"): 55,
    ("ml-engineer", "devops"): 45, ("ml-engineer", "research"): 50, ("data-engineer", "software-engineer"): 50,
    ("data-engineer", "devops"): 50, ("data-engineer", "data-analyst"): 45, ("software-engineer", "devops"): 55,
    ("software-engineer", "ux-designer"): 30, ("product-manager", "ai-project"): 65, ("product-manager", "ux-designer"): 50,
    ("product-manager", "sales"): 40, ("product-manager", "data-analyst"): 30, ("ai-project", "training"): 40, ("ai-project", "sales"): 30,
    ("ai-law", "ai-audit"): 65, ("ai-law", "ai-project"): 30, ("ai-audit", "data-analyst"): 40, ("ai-audit", "ai-project"): 40,
    ("annotation", "data-analyst"): 40, ("annotation", "training"): 30, ("annotation", "research"): 25, ("sales", "training"): 35,
    ("training", "ux-designer"): 30,
}  # fmt: skip

SKILL_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "machine learning": ("apprentissage automatique", "apprentissage machine", "ml"),
    "deep learning": ("apprentissage profond", "réseaux de neurones", "neural networks"),
    "nlp": ("traitement du langage", "traitement automatique des langues", "tal", "natural language processing"),
    "llm": ("grands modèles de langage", "large language models", "ia générative", "generative ai", "genai", "rag"),
    "computer vision": ("vision par ordinateur", "vision"),
    "statistics": ("statistiques", "statistique", "stats"),
    "sql": ("postgresql", "postgres", "mysql", "bases de données", "databases"),
    "python": ("python3", "pandas", "numpy"),
    "pytorch": ("torch", "tensorflow", "jax"),
    "cloud": ("aws", "azure", "gcp", "kubernetes", "docker"),
    "data visualisation": ("visualisation de données", "dataviz", "data visualization", "tableau", "power bi", "powerbi"),
    "gdpr": ("rgpd", "protection des données", "data protection", "privacy", "vie privée"),
    "ai act": ("règlement ia", "règlement européen sur l ia", "rgia"),
    "audit": ("contrôle interne", "internal control", "comptabilité", "accounting"),
    "law": ("droit", "contrats", "contract law", "droit des contrats"),
    "project management": ("gestion de projet", "pilotage de projet", "agile", "scrum"),
    "teaching": ("enseignement", "pédagogie", "formation", "training"),
    "annotation": ("étiquetage", "labelling", "labeling"),
    "ux": ("expérience utilisateur", "user experience", "ergonomie", "figma"),
    "accessibility": ("accessibilité", "rgaa", "wcag"),
    "javascript": ("typescript", "react", "vue", "node"),
    "sales": ("vente", "négociation", "negotiation", "prospection"),
}


def plain(text: str) -> str:
    """Lower case, without accents and punctuation, single spaces."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"[^a-z0-9+#]+", " ", "".join(c for c in bare if not unicodedata.combining(c))).strip()


@cache
def _index(kind: str) -> dict[str, str]:
    table = {"job": JOB_WORDS, "skill": SKILL_WORDS}[kind]
    return {plain(word): key for key, words in table.items() for word in (key, *words)}


@cache
def job(text: str) -> str | None:
    """The key of a job named in French or English, alone or within a longer title; None if unknown."""
    words = f" {plain(text)} ".replace("ingenieure", "ingenieur")
    index = _index("job")
    found = [name for name in index if f" {name} " in words]
    return index[max(found, key=len)] if found else None


@cache
def skill(text: str) -> str:
    """One spelling for a skill named in French or English; unknown skills keep their own words."""
    words = plain(text)
    return _index("skill").get(words, words)


@cache
def nearness(one: str, other: str) -> int:
    """0..100, symmetric: 100 for the same job."""
    return 100 if one == other else NEIGHBOURS.get((one, other), NEIGHBOURS.get((other, one), 0))
