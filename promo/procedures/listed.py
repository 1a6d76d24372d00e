"""What the lists of departures from procedures have in common: columns, filters, and what their codes are called."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, String, cast, false, select, true
from sqlalchemy.orm import Session, aliased

from promo.accounts.models import Person
from promo.core import listing, periods
from promo.core.access import Viewer
from promo.core.errors import Text
from promo.core.periods import Period
from promo.core.records import Record
from promo.procedures import words
from promo.procedures.case import definition_of, function_names
from promo.procedures.models import Procedure, ProcedureVersion, Run
from promo.procedures.queries import status_titles
from promo.reference import queries as reference
from promo.reference.models import Post

Office = aliased(Post)


def named(column: Any) -> Any:
    """Return the name of the person whom a column names, as a column of a list."""
    who = aliased(Person)
    return select(who.name).where(who.id == column).correlate(column.class_).scalar_subquery()


def joined(model: Any) -> Callable[[Select[Any]], Select[Any]]:
    """Return the joins that the common columns and filters of a list need."""

    def join(statement: Select[Any]) -> Select[Any]:
        return (
            statement.join(ProcedureVersion, ProcedureVersion.id == model.version_id)
            .join(Procedure, Procedure.id == ProcedureVersion.procedure_id)
            .join(Office, Office.id == Record.post_id)
        )

    return join


def columns(model: Any, stage: Any) -> tuple[listing.Column, ...]:
    """Return the columns that say of what a row is: case file, post, procedure, version, stage."""
    return (
        listing.Column("record", _l("Reference"), Record.reference),
        listing.Column("title", _l("Case file"), Record.title),
        listing.Column("post", _l("Post"), Office.code),
        listing.Column("procedure", _l("Procedure"), Procedure.code),
        listing.Column("procedure_version", _l("Version"), ProcedureVersion.number, "integer"),
        listing.Column("stage", _l("Stage"), stage, "choice", stages),
    )


def stages(session: Session, viewer: Viewer) -> dict[str, str]:
    """Return what stages are called, by key."""
    return {key: words.pick(title) for key, title in status_titles(session, viewer).items()}


def item(model: Any) -> Any:
    """Return the column that says which item of which version a row is about; ``items`` names it."""
    return cast(model.version_id, String) + ":" + model.item


def items(model: Any) -> Callable[[Session, Viewer], dict[str, Text]]:
    """Return what the items in the rows of a table are called, by version and key."""

    def labels(session: Session, viewer: Viewer) -> dict[str, Text]:
        pairs = select(model.version_id, model.item).where(model.item.isnot(None)).distinct()
        return {f"{version}:{key}": label for (version, key), label in titles(session, pairs).items()}

    return labels


def titles(session: Session, pairs: Any) -> dict[tuple[int, str], str]:
    """Return what items are called, by version and key; ``pairs`` selects these two."""
    return titles_of(session, {(version, key) for version, key in session.execute(pairs)})


def titles_of(session: Session, wanted: Collection[tuple[int, str]]) -> dict[tuple[int, str], str]:
    """Return what items are called, by version and key."""
    found = select(ProcedureVersion).where(ProcedureVersion.id.in_({version for version, _key in wanted}))
    versions = {v.id: definition_of(v) for v in session.scalars(found)} if wanted else {}
    functions = function_names(session) if wanted else {}
    return {(version, key): words.item_title(versions[version], key, functions) for version, key in wanted}


def filters(model: Any, moment: Any, day: bool = False) -> tuple[listing.Filter, ...]:
    """Return the filters by post, procedure and period; ``moment`` is the column of the period (``day``: a date)."""
    since, until = (listing.since, listing.until) if day else (listing.since_day, listing.until_day)
    return (
        listing.Filter(
            "post",
            _l("Post"),
            listing.equals_number(Record.post_id),
            choices=lambda s, v: reference.post_choices(s, v.locale),
        ),
        listing.Filter("procedure", _l("Procedure"), listing.equals(Procedure.code), choices=_procedures),
        listing.Filter("since", _l("From"), since(moment), "date"),
        listing.Filter("until", _l("Until"), until(moment), "date"),
    )


def counted(model: Any, counts: ColumnElement[bool] | None = None) -> tuple[listing.Filter, ...]:
    """Return the filters by which a figure of conformance opens what it counts: of which versions, begun when.

    ``begun`` is a period (``2026-01-01/2026-12-31``) in which the case files were begun; of their departures it leaves
    those that ``counts``, where not all do.
    """
    counts = true() if counts is None else counts

    def of_versions(value: str, viewer: Viewer) -> Any:
        of = listing.equals_number(ProcedureVersion.number)(value, viewer)
        return model.run_id.in_(select(Run.id).join(ProcedureVersion, ProcedureVersion.id == Run.version_id).where(of))

    def begun(value: str, viewer: Viewer) -> Any:
        period = _period(value)
        if period is None:
            return false()
        since, until = period.bounds()
        return counts & model.run_id.in_(select(Run.id).where(Run.started_at >= since, Run.started_at < until))

    return (
        listing.Filter("version", _l("Version"), of_versions, "hidden", shown=lambda s, v, value: value),
        listing.Filter("begun", _l("Case files begun"), begun, "hidden", shown=_begun_in),
    )


def _period(value: str) -> Period | None:
    since, _slash, until = value.partition("/")
    try:
        return periods.read({"since": since, "until": until}, periods.LAST) if since and until else None
    except periods.BadPeriod:
        return None


def _begun_in(session: Session, viewer: Viewer, value: str) -> str:
    period = _period(value)
    return period.title(viewer.locale) if period else _("no such period")


def _procedures(session: Session, viewer: Viewer) -> list[tuple[str, str]]:
    """Return the procedures that were ever in force, for a filter: by code, with the newest title."""
    found = select(ProcedureVersion).where(ProcedureVersion.status.in_(("effective", "obsolete")))
    named = {
        v.code: words.pick(definition_of(v).title) for v in session.scalars(found.order_by(ProcedureVersion.number))
    }
    return [(code, f"{code} · {title}") for code, title in sorted(named.items())]
