"""Mail: written to the outbox in the transaction that causes it, rendered and sent later by the worker."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

import msgspec

from forum import db, jobs

A_DAY: Final = {"already_registered": 3, "guardian": 5, "group": 5, "group_known": 5, "address_in_use": 3, "address_change": 8}  # what strangers can cause, to one person
URGENT: Final = frozenset({"sign_in", "address_change"})  # somebody waits in front of the screen


_POST: Final = "INSERT INTO mail (id, template, person, recipient, facts, created_at, until) VALUES ($1, $2, $3, $4, $5, $6, $7)"
_POST_A_FEW: Final = """
    INSERT INTO mail (id, template, person, recipient, facts, created_at, until)
    SELECT $1, $2, CASE WHEN n < $8 THEN $3::uuid END, CASE WHEN n < $8 THEN $4 ELSE '' END, $5, $6, $7
    FROM (SELECT count(*) AS n FROM mail WHERE template = $2 AND created_at > $6::timestamptz - interval '1 day'
          AND (person = $3 AND $4 = '' OR recipient <> '' AND lower(recipient) = lower($4))) so_far
"""


async def post(template: str, *, person: UUID | None, now: datetime, to: str = "", facts: dict[str, Any] | None = None, until: datetime | None = None) -> None:
    """Post `templates/mail/<template>.txt` and `.html` to *person* (or to *to*, a guardian's address), in their language.

    *facts* are for the template only and are forgotten once it is sent; a fact that is a path becomes a whole address with
    `absolute(…)`. Not sent after *until*. With neither person nor address nothing will be sent, at the same cost: an unknown
    address must not answer faster. What a stranger can cause comes `A_DAY` times to one person at most; then nothing is sent, at the same cost.
    """
    number = uuid4()
    await db.execute(
        _POST_A_FEW if template in A_DAY else _POST,
        number,
        template,
        person,
        to,
        msgspec.json.encode(facts or {}).decode(),
        now,
        until,
        *([A_DAY[template]] if template in A_DAY else []),
    )
    await jobs.enqueue("mail.send", {"mail": str(number)}, priority=10 if template in URGENT else 0)


async def post_many(template: str, letters: Sequence[tuple[UUID, dict[str, Any]]], *, now: datetime) -> None:
    """One mail to each `(person, facts)`, as `post` does, in two statements for all of them: a list of 20,000 people."""
    numbers = [uuid4() for _ in letters]
    await db.execute(
        """INSERT INTO mail (id, template, person, recipient, facts, created_at)
           SELECT n, $2, p, '', f::jsonb, $5 FROM unnest($1::uuid[], $3::uuid[], $4::text[]) AS t (n, p, f)""",
        numbers, template, [person for person, _ in letters], [msgspec.json.encode(facts).decode() for _, facts in letters], now,
    )  # fmt: skip
    await jobs.enqueue_many("mail.send", [{"mail": str(number)} for number in numbers])
