"""Commands on a procedure as a document: write a version out, tell two apart."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click
from flask.cli import with_appcontext
from flask_babel import force_locale
from flask_babel import gettext as _

from promo.core.db import session
from promo.procedures import printing, versions, writing
from promo.procedures.case import function_names
from promo.procedures.differences import Group, differences
from promo.procedures.models import ProcedureVersion
from promo.procedures.validation import whole

LANGUAGE = click.option("--language", type=click.Choice(["es", "en"]), default="es", show_default=True)


@click.command("export")
@click.argument("code")
@click.option("--version", "number", type=int, help="The number of the version; the one in force when left out.")
@click.option("--format", "format_", type=click.Choice(["yaml", "json", "pdf"]), default="yaml", show_default=True)
@LANGUAGE
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="A file to write; else standard output.")
@with_appcontext
def export(code: str, number: int | None, format_: str, language: str, out: Path | None) -> None:
    """Write a version of a procedure: YAML and JSON go back in unchanged, PDF is the controlled document."""
    version = _version(code, number)
    began = time.perf_counter()
    with force_locale(language):
        made = _written(version, format_)
    if out is None:
        click.echo(made, nl=False)
        return
    out.write_bytes(made)
    spent = time.perf_counter() - began
    click.echo(f"{out}: {version.code} v{version.number}, {len(made):,} bytes in {spent:.2f} s", err=True)


def _written(version: ProcedureVersion, format_: str) -> bytes:
    if format_ == "pdf":
        return printing.pdf(session(), version)
    text = writing.as_json(version.definition) if format_ == "json" else writing.as_yaml(version.definition)
    return text.encode()


def _version(code: str, number: int | None) -> ProcedureVersion:
    found = versions.find_version(session(), code, number)
    if found is None:
        which = f"no version {number}" if number is not None else "no version in force: name one with --version"
        raise click.ClickException(f"{code} has {which}.")
    return found


@click.command("diff")
@click.argument("code")
@click.argument("before", type=int)
@click.argument("now", type=int)
@click.option("--json", "as_json", is_flag=True, help="Print a list of {stage, title, sentences} for a program.")
@LANGUAGE
@with_appcontext
def diff(code: str, before: int, now: int, as_json: bool, language: str) -> None:
    """Say in plain words what changed from one version of a procedure to another."""
    old, new = _version(code, before), _version(code, now)
    with force_locale(language):
        groups = differences(whole(old.definition), whole(new.definition), function_names(session()))
        lines = _lines(groups)
    if as_json:
        click.echo(json.dumps([asdict(group) for group in groups], ensure_ascii=False, indent=2))
        return
    for line in lines:
        click.echo(line)


def _lines(groups: Sequence[Group]) -> list[str]:
    found = []
    for group in groups:
        found.append(group.title)
        for sentence in group.sentences:
            found.append(f"  {'*' if sentence.substance else '-'} {sentence.text}")
            found += [f"      {r.language}: «{r.before}» → «{r.now}»" for r in sentence.rewritten]
    return [*found, _("* of substance   - editorial")] if found else [_("The two versions are the same.")]
