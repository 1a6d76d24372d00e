"""Every SELECT on urgencies. The viewer comes first."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Date, Select, bindparam, exists, select
from sqlalchemy import case as case_of
from sqlalchemy.orm import Session

from promo.core import clock, listing
from promo.core.access import Viewer
from promo.core.errors import Text
from promo.procedures import listed
from promo.procedures import shares as engine
from promo.procedures.departures import Urgency
from promo.procedures.models import Approval, Run
from promo.reference import queries as reference

STATES = (
    ("open", _l("To be regularised")),
    ("overdue", _l("Past its day")),
    ("closed", _l("Nothing owed")),
)
ANSWERS = (  # what the higher function says
    ("waiting", _l("To be confirmed")),
    ("nobody", _l("Nobody to confirm it")),
    ("approved", _l("It is confirmed")),
    ("returned", _l("Objected to")),
)
TODAY = bindparam("today", callable_=clock.today, type_=Date())
STATE: Any = case_of((Urgency.closed_at.isnot(None), "closed"), (Urgency.due_on < TODAY, "overdue"), else_="open")

HAVING = exists().where(Urgency.run_id == Run.id).correlate(Run)  # a run that had one


def _joins(statement: Select[Any]) -> Select[Any]:
    return listed.joined(Urgency)(statement).join(Approval, Approval.id == Urgency.approval_id)


def items(session: Session, viewer: Viewer) -> dict[str, Text]:
    """Return what the items left behind are called, by their names in an urgency; the newest version says it."""
    rows = session.execute(select(Urgency.version_id, Urgency.items).order_by(Urgency.version_id)).all()
    pairs = {(version, one) for version, owed in rows for one in owed}
    found = listed.titles_of(session, {(version, one.partition(":")[2]) for version, one in pairs})
    return {one: found[version, one.partition(":")[2]] for version, one in sorted(pairs)}


LISTING = listing.Listing(
    model=Urgency,
    columns=(
        *listed.columns(Urgency, Urgency.from_stage),
        listing.Column("to_stage", _l("Moved on to"), Urgency.to_stage, "choice", listed.stages),
        listing.Column("items", _l("What was missing"), Urgency.items, "text", items),
        listing.Column("state", _l("State"), STATE, "choice", dict(STATES)),
        listing.Column("answer", _l("Confirmation"), Approval.state, "choice", dict(ANSWERS)),
        listing.Column("due_on", _l("To be regularised by"), Urgency.due_on, "date"),
        listing.Column("declared_at", _l("Declared on"), Urgency.declared_at, "moment"),
        listing.Column("declared_by", _l("Declared by"), listed.named(Urgency.declared_by_id)),
        listing.Column(
            "declared_as", _l("As"), Urgency.declared_as, "choice",
            lambda session, viewer: reference.function_names(session, viewer.locale), hidden=True,
        ),
        listing.Column("by_author", _l("Declared by its own author"), Urgency.by_author, "yes_no", hidden=True),
        listing.Column("reason", _l("Why"), Urgency.reason, hidden=True),
        listing.Column("answered_by", _l("Answered by"), listed.named(Approval.decided_by_id), hidden=True),
        listing.Column("answered_at", _l("Answered"), Approval.decided_at, "moment", hidden=True),
        listing.Column("objection", _l("Objection"), Approval.reason, hidden=True),
        listing.Column("closed_at", _l("Nothing owed since"), Urgency.closed_at, "moment", hidden=True),
    ),
    filters=(
        listing.Filter("state", _l("State"), listing.equals(STATE), choices=lambda s, v: STATES),
        listing.Filter("answer", _l("Confirmation"), listing.equals(Approval.state), choices=lambda s, v: ANSWERS),
        *listed.filters(Urgency, Urgency.declared_at),
        *listed.counted(Urgency),
    ),
    sorts=(listing.Sort("declared", _l("When it was declared"), Urgency.declared_at, descending=True),),
    views=listing.VIEWS,
    joins=_joins,
)  # fmt: skip
TABLE = listing.Table("urgencies", _l("Urgencies"), LISTING)


def state_of(one: Urgency, today: date) -> str:
    """Return how an urgency stands on a day: the same rule as in the list."""
    if one.closed_at is not None:
        return "closed"
    return "overdue" if one.due_on < today else "open"


def overdue(session: Session, today: date, limit: int = 200) -> list[int]:
    """Return the open urgencies whose day is over and of which nobody was told, the oldest first."""
    found = select(Urgency.id).where(Urgency.closed_at.is_(None), Urgency.told_at.is_(None), Urgency.due_on < today)
    return list(session.scalars(found.order_by(Urgency.due_on, Urgency.id).limit(limit)))


def shares(session: Session, viewer: Viewer, since: date, until: date) -> list[engine.Share]:
    """Return by post and procedure how many of the runs begun in a period had an urgency, ÷ runs."""
    return engine.shares(session, viewer, since, until, HAVING)
