"""The lists Forum takes in and gives out; the feature that owns a list registers how it is stored (`registry.py`)."""

from dataclasses import replace
from typing import Final

from forum.i18n import N_
from forum.tabular.kinds import (
    Column,
    Kind,
    code,
    days,
    degrees,
    email,
    moment,
    one_of,
    optional,
    text,
    website,
    whole,
    words,
    write_days,
    write_degrees,
    write_moment,
    write_words,
    write_yes_no,
    yes_no,
)

_CAMPUS: Final = Column("campus", N_("Campus number"), whole(1, 999), required=True, synonyms=("campus", "n° campus", "numéro de campus", "site", "campus no"))
_STEP_FREE: Final = Column(
    "step_free", N_("Step-free"), yes_no, default=True, write=write_yes_no,
    synonyms=("sans marche", "plain-pied", "accessible", "accessible pmr", "pmr", "wheelchair", "accessibilité"),
)  # fmt: skip
_NAME: Final = Column("name", N_("Name"), text(120), required=True, synonyms=("nom", "intitulé", "libellé", "full name", "nom complet", "nom et prénom"))
_EMAIL: Final = Column(
    "email", N_("E-mail"), email, required=True,
    synonyms=("e-mail", "mail", "courriel", "adresse e-mail", "adresse électronique", "email address", "adresse mail"),
)  # fmt: skip
_LANGUAGES: Final = {"fr": "fr", "francais": "fr", "french": "fr", "en": "en", "anglais": "en", "english": "en"}
_LANGUAGE: Final = Column("language", N_("Language"), one_of(_LANGUAGES), default="fr", synonyms=("langue", "lang"))

CAMPUSES: Final = Kind("campuses", N_("Campuses"), (
    Column("number", N_("Number"), whole(1, 999), required=True, synonyms=("numéro", "n°", "no", "campus", "n° campus", "numéro de campus")),
    _NAME,
    Column("address", N_("Address"), text(200), synonyms=("adresse", "rue", "voie", "street")),
    Column("postcode", N_("Postcode"), text(10), synonyms=("code postal", "cp", "zip", "postal code")),
    Column("city", N_("Town"), text(80), default="Paris", synonyms=("ville", "commune", "city")),
    Column("latitude", N_("Latitude"), degrees(90), required=True, write=write_degrees, synonyms=("lat", "y", "latitude wgs84")),
    Column("longitude", N_("Longitude"), degrees(180), required=True, write=write_degrees, synonyms=("lon", "lng", "long", "x", "longitude wgs84")),
    Column("capacity", N_("Capacity"), whole(0, 100_000), required=True, synonyms=("capacité", "jauge", "effectif maximal", "places")),
    _STEP_FREE,
    Column("access_fr", N_("Access, in French"), text(2000), synonyms=("accès", "accès fr", "access", "accessibilité fr", "consignes d'accès")),
    Column("access_en", N_("Access, in English"), text(2000), synonyms=("accès en", "accès anglais")),
    Column("phone", N_("Telephone"), text(30), synonyms=("téléphone", "tél", "tel", "phone")),
), ("number",))  # fmt: skip

ROOMS: Final = Kind("rooms", N_("Rooms"), (
    _CAMPUS,
    Column("building", N_("Building"), text(80), synonyms=("bâtiment", "bat", "aile")),
    Column("floor", N_("Floor"), text(20), synonyms=("étage", "niveau", "level")),
    Column("name", N_("Name"), text(120), required=True, synonyms=("nom", "salle", "room", "nom de la salle", "intitulé")),
    Column("capacity", N_("Capacity"), whole(1, 20_000), required=True, synonyms=("capacité", "jauge", "places", "seats")),
    _STEP_FREE,
    Column("equipment", N_("Equipment"), words(), default=(), write=write_words, synonyms=("équipement", "équipements", "matériel")),
), ("campus", "building", "name"))  # fmt: skip

_COMPANY_KINDS: Final = {
    "startup": "startup", "jeunepousse": "startup", "entreprise": "startup", "company": "startup", "public": "public", "acheteurpublic": "public",
    "publicbuyer": "public", "collectivite": "public", "partner": "partner", "partenaire": "partner",
}  # fmt: skip
COMPANIES: Final = Kind("companies", N_("Companies"), (
    Column("name", N_("Name"), text(120), required=True, synonyms=("nom", "entreprise", "société", "raison sociale", "company", "organisation", "startup")),
    Column("kind", N_("Kind"), one_of(_COMPANY_KINDS), default="startup", synonyms=("type", "catégorie", "nature")),
    Column("sector", N_("Sector"), text(80), synonyms=("secteur", "domaine", "filière", "activité")),
    Column("pitch_fr", N_("Presentation, in French"), text(1000), synonyms=("présentation", "description", "pitch", "présentation fr")),
    Column("pitch_en", N_("Presentation, in English"), text(1000), synonyms=("présentation en", "english pitch", "présentation anglais")),
    Column("website", N_("Website"), website, synonyms=("site web", "site", "url", "site internet", "web")),
), ("name",))  # fmt: skip

RECRUITERS: Final = Kind("recruiters", N_("Recruiters"), (
    _EMAIL,
    _NAME,
    Column("company", N_("Company"), text(120), required=True, synonyms=("entreprise", "société", "organisation", "raison sociale")),
    _LANGUAGE,
), ("email",))  # fmt: skip

_PURPOSES: Final = {
    "candidate": "candidate", "candidat": "candidate", "candidature": "candidate", "visitor": "visitor", "visite": "visitor", "visiteur": "visitor",
    "academy": "academy", "academie": "academy", "speaker": "speaker", "intervenant": "speaker", "prisedeparole": "speaker", "press": "press",
    "presse": "press", "medias": "press", "recruiter": "recruiter", "recruteur": "recruiter", "recrutement": "recruiter", "organiser": "organiser",
    "organisation": "organiser",
}  # fmt: skip
PEOPLE: Final = Kind("people", N_("People"), (
    _EMAIL,
    _NAME,
    Column("purpose", N_("Comes for"), one_of(_PURPOSES), default="visitor", synonyms=("motif", "venue", "vient pour", "profil", "rôle", "type", "purpose")),
    _LANGUAGE,
    Column("days", N_("Days"), days, required=True, may_be_empty=True, default=(), synonyms=("jour", "jours", "day", "date", "dates", "dates de venue"), write=write_days),
    replace(_CAMPUS, may_be_empty=True, default=None, write=optional(str)),
    Column("target_roles", N_("Jobs looked for"), words(), default=(), write=write_words, synonyms=("métiers", "métiers recherchés", "postes visés", "roles")),
    Column("skills", N_("Skills"), words(), default=(), write=write_words, synonyms=("compétences", "savoir-faire")),
    Column("languages", N_("Languages spoken"), words(), default=(), write=write_words, synonyms=("langues", "langues parlées")),
    Column("step_free_need", N_("Needs step-free ways"), yes_no, default=False, write=write_yes_no, synonyms=("besoin sans marche", "sans marche", "pmr")),
), ("email",))  # fmt: skip

SESSIONS: Final = Kind("sessions", N_("Sessions"), (
    Column("code", N_("Code"), code, required=True, synonyms=("identifiant", "id", "référence", "ref")),
    Column("title", N_("Title"), text(200), required=True, synonyms=("titre", "intitulé", "nom")),
    Column("kind", N_("Kind"), text(60), default="talk", synonyms=("type", "format", "nature")),
    Column("track", N_("Track"), text(80), synonyms=("parcours", "thème", "thématique", "filière")),
    Column("language", N_("Language"), one_of(_LANGUAGES), default="fr", synonyms=("langue",)),
    Column("level", N_("Level"), text(40), synonyms=("niveau",)),
    Column("campus", N_("Campus number"), whole(1, 999), default=None, write=optional(str), synonyms=("campus", "n° campus", "site")),
    Column("room", N_("Room"), text(120), synonyms=("salle", "lieu")),
    Column("starts", N_("Starts"), moment, default=None, synonyms=("début", "heure de début", "start", "from", "de"), write=optional(write_moment)),
    Column("ends", N_("Ends"), moment, default=None, synonyms=("fin", "heure de fin", "end", "to", "à"), write=optional(write_moment)),
    Column("minutes", N_("Minutes"), whole(1, 1440), default=None, write=optional(str), synonyms=("durée", "durée en minutes", "duration", "length")),
    Column("capacity", N_("Capacity"), whole(0, 20_000), default=None, synonyms=("capacité", "jauge", "places"), write=optional(str)),
    Column("speakers", N_("Speakers"), words(), default=(), write=write_words, synonyms=("intervenants", "orateurs", "prise de parole")),
    Column("abstract", N_("Abstract"), text(5000), synonyms=("résumé", "description", "présentation")),
), ("code",))  # fmt: skip

KINDS: Final[dict[str, Kind]] = {kind.name: kind for kind in (CAMPUSES, ROOMS, COMPANIES, RECRUITERS, PEOPLE, SESSIONS)}
