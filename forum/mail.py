"""Mail: written to the outbox in the transaction that causes it, rendered and sent later by the worker."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from forum import db


async def post(template: str, *, person: UUID | None, now: datetime, to: str = "", facts: dict[str, Any] | None = None) -> None:
    """Post `templates/mail/<template>.txt` and `.html` to *person* (or to *to*, a guardian's address), in their language.

    With neither, nothing will be sent, at the same cost: an unknown address must not answer faster.
    """
    await db.execute(
        "INSERT INTO mail (template, person, recipient, facts, created_at) VALUES ($1, $2, $3, $4, $5)",
        template,
        person,
        to,
        msgspec.json.encode(facts or {}).decode(),
        now,
    )
