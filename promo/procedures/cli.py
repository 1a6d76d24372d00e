"""Commands of procedures."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import click
from flask.cli import with_appcontext
from flask_babel import force_locale

from promo.core import clock
from promo.core.db import session, write
from promo.core.records import kinds
from promo.procedures import document_cli, rehearsal, versions
from promo.procedures.case import fact_names, known_functions
from promo.procedures.source import Invalid, Problem
from promo.procedures.validation import Vocabulary, library_files, parse


@click.group("procedures")
def procedures() -> None:
    """Procedures: load the library's drafts, check definitions, rehearse them, write them out."""


@procedures.command("load")
@with_appcontext
def load() -> None:
    """Load the library's procedures as drafts; those there already stay as they are."""
    try:
        with force_locale("en"), write() as writing:
            made = [(v.code, v.number) for v in versions.load_library(writing)]
    except Invalid as error:
        raise click.ClickException(str(error)) from None
    for code, number in made:
        click.echo(f"{code} v{number}: draft")
    if not made:
        click.echo("Nothing new in the library.")


@procedures.command("check")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print a list of {path, line, message} for a program.")
@with_appcontext
def check(file: Path | None, as_json: bool) -> None:
    """Check a definition, or without FILE the library; exits with 1 when something is wrong."""
    found = [(f, p) for f in ([file] if file else library_files()) for p in _problems(f)]
    if file is None:
        found += [(Path("library"), p) for p in _uncovered()]
    with force_locale("en"):
        _say(found, as_json=as_json)
    if found:
        raise SystemExit(1)


def _say(found: list[tuple[Path, Problem]], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([{**p.as_dict(), "file": f.name} for f, p in found], ensure_ascii=False))
        return
    for f, p in found:
        click.echo(f"{f.name}:{p.line or '-'}: {p.path}: {p.message}")
    click.echo(f"{len(found)} problem(s)." if found else "Nothing is wrong.")


@procedures.command("rehearse")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--since", required=True, type=click.DateTime(["%Y-%m-%d"]), help="What was done since that day.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found for a program.")
@with_appcontext
def rehearse(file: Path, since: datetime, as_json: bool) -> None:
    """Say what a definition would have refused since a day, and what it would change for open work; writes nothing."""
    parsed = parse(file.read_bytes(), vocabulary=_vocabulary())
    if parsed.definition is None or parsed.problems:
        raise click.ClickException("\n".join(f"{p.line or '-'}: {p.path}: {p.message}" for p in parsed.problems))

    def progress(done: int, total: int) -> None:
        click.echo(f"{done} of {total} runs", err=True)

    found = rehearsal.rehearse(session(), parsed.definition, since.date(), clock.today(), progress)
    click.echo(json.dumps(found, ensure_ascii=False) if as_json else rehearsal.told(parsed.definition, found))


def _vocabulary() -> Vocabulary:
    return Vocabulary({k.name: fact_names(k) for k in kinds()}, known_functions(session()))


def _problems(file: Path) -> list[Problem]:
    return parse(file.read_bytes(), vocabulary=_vocabulary()).problems


def _uncovered() -> list[Problem]:
    """Return a problem for each kind of work that no procedure of the library covers, whatever its type and pillar."""
    definitions = [d for f in library_files() if (d := parse(f.read_bytes()).definition)]
    covered = {k for d in definitions if not d.types and not d.pillars for k in d.kinds}
    bare = [k.name for k in kinds() if k.work and k.name not in covered]
    return [Problem("applies_to.kind", None, f"No procedure covers records of kind “{name}”.") for name in bare]


procedures.add_command(document_cli.export)
procedures.add_command(document_cli.diff)
commands = [procedures]
