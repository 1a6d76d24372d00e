"""The command line: ``promo``. Features bring their own groups."""

from __future__ import annotations

from importlib import import_module

import click
from flask.cli import FlaskGroup, with_appcontext

from promo import demo_commands
from promo.app import FEATURES, create_app
from promo.config import ROOT, BadSettings
from promo.serving import serve


@click.group(cls=FlaskGroup, create_app=lambda: create_app(), add_default_commands=False, add_version_option=False)
def cli() -> None:
    """Promo, the economic promotion CRM."""


cli.add_command(serve)


@cli.group("db")
def database() -> None:
    """The database's schema."""


@database.command("upgrade")
@with_appcontext
def upgrade() -> None:
    """Bring the schema to the present version."""
    from flask_migrate import upgrade as migrate

    migrate()
    click.echo("The schema is up to date.")


def _add_features() -> None:
    for feature in (*FEATURES, "core"):
        if (ROOT / "promo" / feature / "cli.py").exists():
            module = import_module(f"promo.{feature}.cli")
            for command in module.commands:
                cli.add_command(command)
    for command in demo_commands.commands:
        cli.add_command(command)


_add_features()


def main() -> None:
    """Run the command line; settings that are wrong are told in a line each, without a trace."""
    try:
        cli()
    except BadSettings as error:
        raise SystemExit(str(error)) from None
