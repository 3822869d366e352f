"""`forum user`: the first organiser, a role from the command line, who may do what."""

from typing import Any

import click

from forum import clock, db, editions
from forum.access import GRANTS
from forum.errors import Invalid, NotFound
from forum.forms import email_address
from forum.i18n import N_, Message
from forum.settings import read_settings


def register(group: click.Group) -> None:
    """Add `forum user`."""
    group.add_command(user)


@click.group()
def user() -> None:
    """People and their roles."""


@user.command("grant")
@click.argument("email")
@click.argument("role", type=click.Choice([name for name in GRANTS if name not in {"recruiter", "company_admin"}]))
@click.option("--name", help="Name, when the person is new.")
@click.option("--campus", help="Slug of the campus, for door staff and campus organisers.")
def grant(email: str, role: str, name: str | None, campus: str | None) -> None:
    """Give ROLE to the person of EMAIL, made now if new: how the first administrator comes in."""
    from forum.database import with_database

    with_database(read_settings(), lambda: _grant(email_address(email), role, name, campus))
    click.echo(f"{email} is {role} now; they sign in with a code by mail.")


async def _grant(email: str, role: str, name: str | None, campus: str | None) -> None:
    now, edition = clock.now(), await editions.current()
    async with db.transaction():
        person = await db.value("SELECT id FROM person WHERE lower(email) = lower($1)", email)
        if person is None:
            insert = "INSERT INTO person (email, name, created_at, confirmed_at) VALUES ($1, $2, $3, $3) RETURNING id"
            person = await db.value(insert, email, name or email, now)
        where: Any = None
        if role in {"door", "campus_organiser"}:
            where = await db.value("SELECT id FROM campus WHERE slug = $1 AND edition = $2", campus or "", edition.id if edition else None)
            if where is None:
                raise Invalid(Message(N_("There is no campus {slug}."), slug=campus or "—"))
        if role not in {"admin", "dpo", "forum_organiser"} and edition is None:
            raise NotFound(N_("No edition is announced yet."))
        scope = edition.id if edition and role not in {"admin", "dpo"} else None
        await db.execute(
            "INSERT INTO role (person, edition, name, campus, granted_at, approved_at) VALUES ($1, $2, $3, $4, $5, $5) "
            "ON CONFLICT (person, name, edition, campus, company) WHERE ended_at IS NULL DO UPDATE SET approved_at = coalesce(role.approved_at, $5)",
            person, scope, role, where, now,
        )  # fmt: skip


@user.command("list")
def list_() -> None:
    """Everyone who holds a role."""
    from forum.database import with_database

    for line in with_database(read_settings(), _lines) or ["Nobody holds a role yet: forum user grant EMAIL admin makes the first administrator."]:
        click.echo(line)


async def _lines() -> list[str]:
    async with db.connection() as conn:
        rows = await conn.fetch(
            """SELECT p.email, r.name, coalesce(c.slug, '') AS campus, r.approved_at IS NULL AS waiting FROM role r JOIN person p ON p.id = r.person
               LEFT JOIN campus c ON c.id = r.campus WHERE r.ended_at IS NULL ORDER BY r.name, p.email"""
        )
    return [f"{r['name']:18} {r['email']} {('campus ' + r['campus']) if r['campus'] else ''}{' (waits for approval)' if r['waiting'] else ''}" for r in rows]


@user.command("forget-second-factor")
@click.argument("email")
def forget_second_factor(email: str) -> None:
    """The authenticator of EMAIL is lost: they set up a new one at the next sign-in."""
    from forum.database import with_database

    with_database(read_settings(), lambda: _forget_second_factor(email))
    click.echo(f"{email} sets up a new second factor at the next sign-in.")


async def _forget_second_factor(email: str) -> None:
    from forum.people import second_factor

    person = await db.value("SELECT id FROM person WHERE lower(email) = lower($1)", email)
    if person is None:
        raise NotFound(N_("There is no such person."))
    await second_factor.forget(person, by=None, now=clock.now())


@user.command("end")
@click.argument("email")
@click.argument("role")
def end(email: str, role: str) -> None:
    """Take ROLE back from the person of EMAIL and sign them out everywhere."""
    from forum.database import with_database

    with_database(read_settings(), lambda: _end(email, role))
    click.echo(f"{email} is no longer {role}.")


async def _end(email: str, role: str) -> None:
    from forum.people import sign_in

    now = clock.now()
    async with db.transaction():
        person = await db.value(
            """UPDATE role SET ended_at = $3 WHERE name = $2 AND ended_at IS NULL AND person = (SELECT id FROM person WHERE lower(email) = lower($1))
               RETURNING person""",
            email, role, now,
        )  # fmt: skip
        if person is None:
            raise NotFound(N_("There is no such role."))
        await sign_in.end_all(person, now=now)
