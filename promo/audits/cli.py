"""``promo procedures evidence``: a command of this floor in a group of a lower one, which it joins as it is loaded."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import with_appcontext
from flask_babel import force_locale
from flask_babel import gettext as _

from promo.audits import actions, queries
from promo.audits.models import STRATA, AuditSample
from promo.audits.queries import population
from promo.audits.queries.masking import Level
from promo.audits.queries.packing import Wanted
from promo.audits.queries.population import LARGEST, Filters
from promo.core import audit, clock
from promo.core.access import Grant, Viewer
from promo.core.db import session, write
from promo.core.errors import PromoError
from promo.procedures.cli import procedures

READER = Viewer(0, "promo", grants=(Grant("auditor"),))  # whoever gives commands on the server reads as an auditor


@procedures.command("evidence")
@click.option("--sample", "size", type=click.IntRange(1, LARGEST), help="Draw so many case files.")
@click.option("--seed", default="1", show_default=True, help="What decides which are drawn: the same, the same sample.")
@click.option("--strata", type=click.Choice([name for name, _label in STRATA]), help="Draw in proportion of these.")
@click.option("--kind", help="Only case files of this kind, such as event.")
@click.option("--procedure", help="Only those under this procedure, by its code.")
@click.option("--record", "references", multiple=True, metavar="REFERENCE", help="This case file; may be repeated.")
@click.option("--masked", is_flag=True, help="Mask personal data, as for an external auditor.")
@click.option(
    "--locale", type=click.Choice(["es", "en"]), default="es", show_default=True, help="Language of its pages."
)
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The file to write.")
@with_appcontext
def evidence(
    size: int | None,
    seed: str,
    strata: str | None,
    kind: str | None,
    procedure: str | None,
    references: tuple[str, ...],
    masked: bool,
    locale: str,
    out: Path,
) -> None:
    """Write an evidence pack of a sample (which is kept, as one drawn on a page) or of case files by reference."""
    if bool(size) == bool(references):
        raise click.UsageError("Give either --sample N or --record REFERENCE.")
    if kind is not None and kind not in {k.name for k in population.kinds()}:
        raise click.UsageError(f"There is no work of kind “{kind}”.")
    with force_locale(locale):
        try:
            drawn = _drawn(size, seed, strata, Filters(kind=kind, procedure=procedure)) if size else None
            ids = _in_sample(drawn) if drawn else _by_reference(references)
            level = Level.PERSONAL if masked else Level.SENSITIVE
            wanted = Wanted(ids, level, READER, audit.actor().device or "promo", drawn)
            made = actions.pack(session(), wanted, out, _silent)
        except PromoError as error:
            raise click.ClickException(str(error)) from None
        with write() as writing:
            audit.note(writing, "export", data={"name": "evidence", "rows": len(ids), "format": "zip", **made})
    click.echo(f"{out}: {len(ids)} case files, copy {made['pack']}. To verify it: python verify.py, inside.")


def _drawn(size: int, seed: str, strata: str | None, filters: Filters) -> AuditSample:
    fixed = actions.fix(session(), None, filters, strata, size, seed)
    title = _("Sample of %(day)s by command", day=clock.today().isoformat())
    with write() as writing:
        return actions.draw(writing, None, fixed, {"title": title, "size": size, "seed": seed}, None)


def _in_sample(drawn: AuditSample) -> list[int]:
    return [p.pick.record_id for p in queries.picks(session(), READER, drawn.id)]


def _by_reference(references: tuple[str, ...]) -> list[int]:
    found = []
    for reference in references:
        record = queries.by_reference(session(), None, reference)
        if record is None:
            raise click.ClickException(f"No case file has the reference {reference}.")
        found.append(record.id)
    return found


def _silent(done: int, total: int | None = None) -> None:
    """Say nothing meanwhile."""


commands = ()  # nothing of its own: it joined the group ``procedures``
