"""The command line: ``promo``. Features bring their own groups."""

from __future__ import annotations

import gc
import getpass
import sys
from importlib import import_module
from typing import Any

import click
from flask import current_app
from flask.cli import FlaskGroup, ScriptInfo, with_appcontext
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from promo.accounts import actions as accounts
from promo.accounts import security
from promo.app import FEATURES, create_app
from promo.config import ROOT, BadSettings
from promo.core import audit, clock, doctor
from promo.core.db import db, session, write
from promo.core.errors import Refused
from promo.demo import cli as demo
from promo.demo import loading
from promo.procedures import versions
from promo.reference import actions as reference
from promo.reference.models import HEADQUARTERS, Post
from promo.serving import NotUpgraded, serve

SHORTEST = 12  # characters of a password
YOUNG = 50_000  # objects after which a command looks for those that nothing needs any more


class Commands(FlaskGroup):
    """Commands that say what to do, without a trace, when the database lacks what they read."""

    def invoke(self, context: click.Context) -> Any:
        """Run a command; where it failed on a schema of another day, say so and exit with 2."""
        try:
            return super().invoke(context)
        except DBAPIError:
            with context.ensure_object(ScriptInfo).load_app().app_context():
                if doctor.outdated(session().connection()) is None:
                    raise
            raise NotUpgraded() from None


@click.group(cls=Commands, create_app=lambda: create_app(), add_default_commands=False, add_version_option=False)
@click.pass_context
def cli(context: click.Context) -> None:
    """Promo, the economic promotion CRM."""
    if context.invoked_subcommand != serve.name:
        context.with_resource(audit.acting(device=f"promo {context.invoked_subcommand} ({_user()})"))


def _user() -> str:
    """Return who gives the command, by the name the machine has for them."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "?"


cli.add_command(serve)


def migrate() -> None:
    """Bring the schema to the present version. Alembic is loaded here, not by every process that serves."""
    from flask_migrate import Migrate
    from flask_migrate import upgrade as bring

    Migrate(current_app, db, directory=str(ROOT / "migrations"))
    bring()


@cli.group("db")
def database() -> None:
    """The database's schema."""


@database.command("upgrade")
@with_appcontext
def upgrade() -> None:
    """Bring the schema to the present version."""
    migrate()
    click.echo("The schema is up to date.")


@cli.command("init")
@click.option("--name", required=True, prompt=True, help="The first administrator's whole name.")
@click.option("--email", required=True, prompt=True, help="The address with which they sign in.")
@click.option(
    "--password", required=True, prompt=True, hide_input=True, confirmation_prompt=True, help="12 characters or more."
)
@with_appcontext
def init(name: str, email: str, password: str) -> None:
    """Begin a real ministry: schema, reference data, drafts of procedures, the first administrator."""
    if len(password) < SHORTEST:
        raise click.ClickException(f"The password needs at least {SHORTEST} characters.")
    migrate()
    if not loading.is_empty(session()):
        raise click.ClickException("There are people here already: init begins in an empty database.")
    hashed = security.hash_password(password)
    try:
        with write() as writing:
            reference.load(writing)
            versions.load_library(writing)
            lima = writing.scalars(select(Post.id).where(Post.code == HEADQUARTERS)).one()
            person = accounts.add(writing, None, {"name": name, "email": email, "post_id": lima}, hashed)
            accounts.grant(writing, None, person.id, {"role": "admin", "post_id": lima, "valid_from": clock.today()})
    except Refused as refused:
        raise click.ClickException("\n".join(str(reason.message) for reason in refused.reasons)) from None
    click.echo(f"Promo is ready. {name} <{email}> is its administrator. Now: promo serve")


def _add_features() -> None:
    for feature in (*FEATURES, "core"):
        if (ROOT / "promo" / feature / "cli.py").exists():
            module = import_module(f"promo.{feature}.cli")
            for command in module.commands:
                cli.add_command(command)
    for command in demo.commands:
        cli.add_command(command)


_add_features()


def main() -> None:
    """Run the command line; settings that are wrong are told in a line each, without a trace."""
    if sys.argv[1:2] != [serve.name]:  # a server has its own way
        gc.freeze()  # what is imported stays: nothing to look through again and again while many rows come and go
        gc.set_threshold(YOUNG)
    try:
        cli()
    except BadSettings as error:
        raise SystemExit(str(error)) from None
