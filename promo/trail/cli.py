"""Commands on the trail: prove that it is as it was written, and seal it."""

from __future__ import annotations

import json
from pathlib import Path

import click
from flask.cli import with_appcontext

from promo.core import audit as trail
from promo.core.audit import Checkpoint, NotSealed
from promo.core.db import session

as_json = click.option("--json", "as_json", is_flag=True, help="Print what a program may read.")
FILE = click.Path(dir_okay=False, path_type=Path)


@click.group("audit")
def audit() -> None:
    """The trail of everything that was done."""


@audit.command("verify")
@click.option(
    "--checkpoint", "files", type=FILE, multiple=True, help="A checkpoint kept elsewhere; may be repeated."
)  # fmt: skip
@as_json
@with_appcontext
def verify(files: tuple[Path, ...], as_json: bool) -> None:
    """Prove that nothing in the trail was altered, removed, inserted or reordered; else name the first wrong row."""
    report = trail.verify(session(), [_read(path) for path in files])
    if as_json:
        click.echo(json.dumps(report.as_dict(), ensure_ascii=False))
    else:
        click.echo(f"{report.events} events verified, {report.checkpoints} checkpoints.")
        click.echo(f"Unsealed tail: {report.tail} events.")
        if report.gaps:
            click.echo(f"{report.gaps} numbers of the tail belong to no event: transactions that failed take some.")
        if report.first_problem:
            click.secho(f"The first that is wrong: {report.first_problem}", fg="red")
    if not report.ok:
        raise SystemExit(1)


@audit.command("checkpoint")
@click.option("--out", type=FILE, help="Write the signed head into this file, to be kept where nobody can change it.")
@as_json
@with_appcontext
def checkpoint(out: Path | None, as_json: bool) -> None:
    """Seal what has happened so far, and sign it."""
    try:
        head = trail.checkpoint(session())
    except NotSealed as error:
        raise click.ClickException(f"{error}. Now: promo audit verify") from None
    exported = json.dumps(head.as_dict(), ensure_ascii=False)
    if out:
        out.write_text(f"{exported}\n")
    click.echo(exported if as_json else f"Checkpoint {head.number} of {head.at[:19]}Z: {head.size} events are sealed.")


def _read(path: Path) -> Checkpoint:
    try:
        return Checkpoint.from_dict(json.loads(path.read_text()))
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror}") from None
    except (ValueError, TypeError, AttributeError):
        raise click.ClickException(f"{path} holds no checkpoint") from None


commands = (audit,)
