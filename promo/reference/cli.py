"""Commands on reference data."""

from __future__ import annotations

import json

import click
from flask.cli import with_appcontext

from promo.core.db import write
from promo.reference import actions


@click.group("reference")
def reference() -> None:
    """Posts, countries, currencies, sectors, HS codes, fairs, functions."""


@reference.command("load")
@click.option("--json", "as_json", is_flag=True, help="Print what a program may read.")
@with_appcontext
def load(as_json: bool) -> None:
    """Load or refresh all reference data."""
    with write() as session:
        counts = actions.load(session)
    click.echo(json.dumps(counts) if as_json else "\n".join(f"{n:>5}  {name}" for name, n in counts.items()))


commands = (reference,)
