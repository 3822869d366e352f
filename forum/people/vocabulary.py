"""Choices people declare from: target roles, languages. Keys are stored, words are shown. Pure."""

from forum.i18n import N_

TARGET_ROLES: dict[str, str] = {
    "data-scientist": N_("Data science"),
    "ml-engineer": N_("Machine learning engineering"),
    "data-engineer": N_("Data engineering"),
    "data-analyst": N_("Data analysis"),
    "software-engineer": N_("Software development"),
    "devops": N_("Cloud and operations"),
    "product-manager": N_("Product management"),
    "ux-designer": N_("Design and user research"),
    "ai-project": N_("AI project management"),
    "ai-law": N_("AI law and compliance"),
    "ai-audit": N_("AI audit and ethics"),
    "annotation": N_("Data quality and annotation"),
    "sales": N_("Sales and partnerships"),
    "training": N_("Training and change"),
    "research": N_("Research"),
}
LANGUAGES_SPOKEN: dict[str, str] = {
    "fr": N_("French"),
    "en": N_("English"),
    "ar": N_("Arabic"),
    "de": N_("German"),
    "es": N_("Spanish"),
    "it": N_("Italian"),
    "pt": N_("Portuguese"),
    "zh": N_("Chinese"),
    "uk": N_("Ukrainian"),
    "vi": N_("Vietnamese"),
    "fsl": N_("French Sign Language"),
}
CONTRACTS: dict[str, str] = {
    "permanent": N_("Permanent contract"),
    "fixed-term": N_("Fixed-term contract"),
    "apprenticeship": N_("Apprenticeship"),
    "internship": N_("Internship"),
    "freelance": N_("Freelance"),
}
LEVELS: dict[str, str] = {
    "student": N_("Student"),
    "junior": N_("First years of work"),
    "confirmed": N_("Experienced"),
    "senior": N_("Senior"),
    "retraining": N_("Retraining"),
}
ROLE_WORDS: dict[str, str] = {
    "recruiter": N_("Recruiter"),
    "company_admin": N_("Company administrator"),
    "speaker": N_("Speaker"),
    "press": N_("Press"),
    "door": N_("Door staff"),
    "campus_organiser": N_("Campus organiser"),
    "forum_organiser": N_("Forum organiser"),
    "admin": N_("Administrator"),
    "dpo": N_("Data protection officer"),
}
