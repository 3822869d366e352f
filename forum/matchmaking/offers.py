"""A company's offers: published and taken down by its own people."""

from datetime import datetime
from uuid import UUID, uuid4

from forum import db
from forum.errors import Invalid, NotFound
from forum.i18n import N_
from forum.live import outbox
from forum.matchmaking.forms import OfferForm
from forum.matchmaking.tables import Offer
from forum.people.vocabulary import CONTRACTS, LANGUAGES_SPOKEN, LEVELS, TARGET_ROLES

MOST_SKILLS = 20


async def add(company: UUID, form: OfferForm, *, now: datetime) -> UUID:
    """Publish an offer. Raises Invalid for a role that is not in the list."""
    if form.target_role not in TARGET_ROLES:
        raise Invalid(N_("This is not one of the choices."), field="target_role")
    number = uuid4()
    offer = Offer({
        Offer.id: number, Offer.company: company, Offer.title: form.title, Offer.target_role: form.target_role, Offer.posts: form.posts, Offer.place: form.place,
        Offer.skills: [word.strip() for word in form.skills.split(",") if word.strip()][:MOST_SKILLS], Offer.contracts: [c for c in form.contracts if c in CONTRACTS],
        Offer.languages: [x for x in form.languages if x in LANGUAGES_SPOKEN], Offer.level: form.level if form.level in LEVELS else "", Offer.text_fr: form.text_fr,
        Offer.text_en: form.text_en, Offer.created_at: now,
    })  # fmt: skip
    async with db.transaction():
        await Offer.insert(offer)
        await outbox.emit(f"company.{company}", "offer.added", number)
    return number


async def withdraw(company: UUID, offer: UUID, *, now: datetime) -> None:
    """Take an offer down. Raises NotFound for somebody else's, or one that is down already."""
    mine = (Offer.id == offer) & (Offer.company == company) & Offer.withdrawn_at.is_null()
    if not await Offer.update({Offer.withdrawn_at: now, Offer.version: Offer.version + 1}).where(mine).returning(Offer.id):
        raise NotFound(N_("There is no such offer."))
