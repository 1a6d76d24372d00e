"""Commands on reference data and rates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TextIO

import click
from flask.cli import with_appcontext

from promo.core import clock
from promo.core.db import write
from promo.core.errors import Refused
from promo.reference import actions


@click.group("reference")
def reference() -> None:
    """Posts, countries, currencies, sectors, HS codes, fairs, functions."""


@reference.command("load")
@click.option("--demo-rates", is_flag=True, help="Also make exchange rates for demonstration, of the last 30 months.")
@click.option("--json", "as_json", is_flag=True, help="Print what a program may read.")
@with_appcontext
def load(demo_rates: bool, as_json: bool) -> None:
    """Load or refresh all reference data. What was corrected on a post by hand stays."""
    with write() as session:
        counts = actions.load(session)
        if demo_rates:
            counts["rate"] = actions.load_demo_rates(session, clock.today())
    _tell(counts, as_json)


@click.group("rates")
def rates() -> None:
    """Exchange rates to the US dollar."""


@rates.command("load")
@click.argument("file", type=click.File("r", encoding="utf-8-sig"))
@click.option("--json", "as_json", is_flag=True, help="Print what a program may read.")
@with_appcontext
def load_rates(file: TextIO, as_json: bool) -> None:
    """Load rates from a CSV FILE with the columns currency,on,usd,source: all of its lines, or none."""
    try:
        text = file.read()
        with write() as session:
            counts = actions.load_rates(session, text)
    except UnicodeDecodeError:
        raise click.ClickException("The file is not text in UTF-8.") from None
    except Refused as refused:
        lines = [str(reason.message) for reason in refused.reasons]
        raise click.ClickException("No rate was loaded.\n" + "\n".join(lines)) from None
    _tell(counts, as_json)


def _tell(counts: Mapping[str, int], as_json: bool) -> None:
    click.echo(json.dumps(counts) if as_json else "\n".join(f"{n:>5}  {name}" for name, n in counts.items()))


commands = (reference, rates)
