"""Commands on the installation as a whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext

from promo.core import audit
from promo.core import doctor as examination
from promo.core.backup import BadBackup
from promo.core.backup import backup as make_backup
from promo.core.backup import restore as bring_back
from promo.core.backup.restoring import SKIP, skip_serials
from promo.core.db import db, session, write

as_json = click.option("--json", "as_json", is_flag=True, help="Print what a program may read.")
COLOURS = {"ok": "green", "warning": "yellow", "wrong": "red"}


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@as_json
@with_appcontext
def backup(folder: Path, as_json: bool) -> None:
    """Write a backup into FOLDER, while people work."""
    try:
        manifest = make_backup(folder)
    except FileExistsError as error:
        raise click.ClickException(f"{error}: name a new folder") from None
    _say(manifest, as_json, f"Backup in {folder}: {_rows(manifest)} rows, {manifest['files'].get('count', 0)} files.")
    if problem := manifest.get("not_sealed"):
        click.echo(f"The trail could not be sealed ({problem}). Now: promo audit verify", err=True)
    click.echo(f"Keep {folder / 'keys'} apart: who has it and the rest can sign as this installation.", err=True)


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--skip", default=SKIP, show_default=True, help="Serials to pass over: they may stand on paper.")
@as_json
@with_appcontext
def restore(folder: Path, skip: int, as_json: bool) -> None:
    """Bring the backup in FOLDER back, into an empty place, and verify it."""
    try:
        manifest = bring_back(folder, db.engine)
    except BadBackup as error:
        raise click.ClickException(str(error)) from None
    head = manifest.get("checkpoint")
    report = audit.verify(session(), [audit.Checkpoint.from_dict(head)] if head else [])
    manifest["trail"] = report.as_dict()
    with write() as writing:
        manifest["skipped"] = skip_serials(writing.connection(), skip)
        told = {"made_at": manifest["made_at"], "serials_skipped": skip, "events": report.events, "verified": report.ok}
        audit.note(writing, "restore", data=told)
    words = (
        f"Restored {_rows(manifest)} rows as of {manifest['made_at']}, {report.events} events of the trail verified."
    )
    _say(manifest, as_json, f"{words} Now: promo db upgrade")
    if report.first_problem:
        raise click.ClickException(f"the trail is not as it was written: {report.first_problem}")


@click.command()
@as_json
@with_appcontext
def doctor(as_json: bool) -> None:
    """Say what is wrong with this installation, and what to do."""
    findings = examination.examine()
    if as_json:
        click.echo(json.dumps([f.as_dict() for f in findings], ensure_ascii=False))
    else:
        for finding in findings:
            mark = click.style(f"{finding.level:<8}", fg=COLOURS[finding.level])
            click.echo(f"{mark} {finding.check:<9} {finding.found}")
            if finding.remedy and finding.level != "ok":
                click.echo(f"{'':<18} → {finding.remedy}")
    if any(f.level == "wrong" for f in findings):
        raise SystemExit(1)


def _rows(manifest: dict[str, Any]) -> int:
    return sum(table["rows"] for table in manifest["tables"].values())


def _say(result: dict[str, Any], as_json: bool, words: str) -> None:
    click.echo(json.dumps(result, ensure_ascii=False) if as_json else words)


commands = (backup, restore, doctor)
