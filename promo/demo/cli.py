"""Commands on the demonstration."""

from __future__ import annotations

import gc
import json
from datetime import date, datetime

import click
from flask.cli import with_appcontext

from promo.accounts import queries as accounts
from promo.accounts import security
from promo.accounts.sign_in_views import DEMO_PASSWORD as PASSWORD
from promo.config import settings
from promo.core import clock
from promo.core.db import session
from promo.demo import loading
from promo.demo.loading import SIZES, RealData


@click.group("demo")
def demo() -> None:
    """The demonstration: invented people, firms and activities."""


@demo.command("load")
@click.option("--size", type=click.Choice(sorted(SIZES)), default="small", show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Another number makes other data.")
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="The day on which the data end; today by default.")
@click.option("--if-empty", is_flag=True, help="Do nothing when somebody is here already.")
@with_appcontext
def load(size: str, seed: int, today: datetime | None, if_empty: bool) -> None:
    """Load demonstration data; refuses beside real people."""
    if not loading.is_empty(session()):
        if if_empty:
            return
        raise click.ClickException("The database is not empty: demonstration data go into an empty one.")
    hashed = security.hash_password(PASSWORD)
    day: date = today.date() if today else clock.today()
    gc.freeze()  # what is imported stays: nothing to look through again and again while millions of rows come and go
    gc.set_threshold(50_000)
    try:
        loading.load(hashed, seed=seed, today=day, size=SIZES[size])
    except RealData as error:
        raise click.ClickException(str(error)) from None
    click.echo("Demonstration data loaded.")


@demo.command("logins")
@click.option("--json", "as_json", is_flag=True, help="Print what a program may read.")
@with_appcontext
def logins(as_json: bool) -> None:
    """Print who signs in to the demonstration, one person a role and function."""
    rows = [
        {
            "role": roles[0] if roles else "",
            "functions": functions,
            "email": p.email,
            "password": PASSWORD,
            "post": code,
        }
        for p, code, roles, functions in accounts.demo_logins(session(), clock.today())
    ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    click.echo(f"\n  {settings().base_url}   (everybody's password: {PASSWORD})\n")
    for row in rows:
        functions = ", ".join(row["functions"] or [])
        click.echo(f"  {row['role']:<10} {row['email']:<34} {row['post'] or '':<12} {functions}")
    click.echo()


commands = (demo,)
