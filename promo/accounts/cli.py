"""Commands on people, and the table of who may do what."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import click
from flask.cli import with_appcontext
from flask_babel import force_locale

from promo.accounts import actions, permissions, security, sign_in_actions
from promo.accounts.password_views import password_link
from promo.core import clock
from promo.core.access import GUEST, ROLES
from promo.core.db import session, write
from promo.core.errors import NotFound, Refused
from promo.reference import queries as reference
from promo.reference.models import HEADQUARTERS

as_json = click.option("--json", "as_json", is_flag=True, help="Print what a program may read.")


@click.group("users")
def users() -> None:
    """People who work with Promo."""


@users.command("create")
@click.option("--name", required=True, prompt=True, help="The person's whole name.")
@click.option("--email", required=True, prompt=True, help="The address with which they sign in.")
@click.option("--post", default=HEADQUARTERS, show_default=True, help="The code of their post.")
@click.option(
    "--role",
    type=click.Choice([name for name, _ in ROLES if name != GUEST]),
    multiple=True,
    help="A role there; may be repeated.",
)
@click.option("--function", multiple=True, help="A function there, by its code; may be repeated; needs --act.")
@click.option("--act", help="The number of the act that appoints to the functions.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="The first day of roles and functions; else today.")
@click.option("--locale", type=click.Choice(["es", "en"]), default="es", show_default=True, help="Their language.")
@click.option("--password", help="A first password; else a message with a link is written, and the link printed.")
@as_json
@with_appcontext
def create(
    name: str,
    email: str,
    post: str,
    role: tuple[str, ...],
    function: tuple[str, ...],
    act: str | None,
    since: Any,
    locale: str,
    password: str | None,
    as_json: bool,
) -> None:
    """Add somebody, with roles and functions."""
    if function and not act:
        raise click.UsageError("--function needs --act, the number of the appointing act")
    if password is not None and len(password) < 12:
        raise click.UsageError("--password needs at least 12 characters")
    first = since.date() if since else clock.today()
    values = {"name": name, "email": email, "locale": locale, "phone": None}
    try:
        person_id, link = _create(values, post, role, function, act or "", first, password)
    except NotFound:
        raise click.ClickException(
            f"There is no post {post}. Load the reference data first: promo reference load"
        ) from None
    except Refused as refused:
        raise click.ClickException("\n".join(str(reason.message) for reason in refused.reasons)) from None
    if as_json:
        click.echo(json.dumps({"id": person_id, "email": email, "link": link}))
    else:
        click.echo(f"{name} <{email}> is person {person_id}." + (f"\nChoose a password at {link}" if link else ""))


def _create(
    values: dict[str, Any],
    post_code: str,
    roles: tuple[str, ...],
    functions: tuple[str, ...],
    act: str,
    first: date,
    password: str | None,
) -> tuple[int, str | None]:
    """Store a person with roles and functions, all or nothing; returns the id and the link that was sent, if any."""
    post = reference.post(session(), post_code)
    known = reference.function_names(session(), "en")
    if unknown := [code for code in functions if code not in known]:
        raise click.UsageError(f"no such function: {', '.join(unknown)}. Known: {', '.join(sorted(known))}")
    hashed = security.hash_password(password) if password else None
    link = None
    with force_locale(values["locale"]), write() as writing:
        person = actions.add(writing, None, {**values, "post_id": post.id}, hashed)
        dated = {"post_id": post.id, "valid_from": first, "valid_to": None}
        for role in roles:
            actions.grant(writing, None, person.id, {**dated, "role": role})
        for function in functions:
            actions.appoint(writing, None, person.id, {**dated, "function": function, "act_number": act})
        if hashed is None:
            link = password_link(person, invited=True)
            sign_in_actions.send_password_link(writing, person, link, invited=True)
        return person.id, link


@click.command("access")
@click.option(
    "--locale", type=click.Choice(["es", "en"]), default="es", show_default=True, help="The language of the words."
)
@as_json
@with_appcontext
def access(locale: str, as_json: bool) -> None:
    """Print who may do what, from the table that the program itself asks."""
    roles = [name for name, _label in ROLES]
    with force_locale(locale):
        rows = [
            {"action": line.rule.action, "who": str(line.rule.who), "roles": dict(zip(roles, line.roles, strict=True))}
            for lines in permissions.matrix().values()
            for line in lines
        ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    width = max(len(str(row["action"])) for row in rows)
    click.echo(" " * (width + 2) + " ".join(f"{role:<8}" for role in roles))
    for row in rows:
        marks = " ".join(f"{'yes' if may else '-':<8}" for may in row["roles"].values())  # type: ignore[attr-defined]
        click.echo(f"{row['action']:<{width}}  {marks} {row['who']}")


commands = (users, access)
