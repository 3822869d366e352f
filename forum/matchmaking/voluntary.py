"""Voluntary answers for the parity and territory report: given, changed, taken back by the person alone; no other code of the meetings reads one."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from forum import db
from forum.editions import Edition
from forum.matchmaking.tables import VoluntaryAnswer


async def of_person(person: UUID, edition: UUID) -> dict[str, str]:
    """The answers by question, as form values."""
    mine = (VoluntaryAnswer.person == person) & (VoluntaryAnswer.edition == edition)
    return {row["question"]: row["answer"] for row in await VoluntaryAnswer.select(VoluntaryAnswer.question, VoluntaryAnswer.answer).where(mine)}


async def answer(edition: Edition, person: UUID, answers: Mapping[str, str], *, now: datetime) -> None:
    """Keep each answer, or take it back when it is empty."""
    async with db.transaction():
        for question, given in answers.items():
            mine = {VoluntaryAnswer.person: person, VoluntaryAnswer.edition: edition.id, VoluntaryAnswer.question: question}
            same = (VoluntaryAnswer.person == person) & (VoluntaryAnswer.edition == edition.id) & (VoluntaryAnswer.question == question)
            await VoluntaryAnswer.delete().where(same)
            if given:
                await VoluntaryAnswer.insert(VoluntaryAnswer({**mine, VoluntaryAnswer.answer: given, VoluntaryAnswer.given_at: now}))
