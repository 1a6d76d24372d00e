"""Every SELECT on authorised exceptions and the proposals that come of them. The viewer comes first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Date, Select, and_, bindparam, exists, func, select
from sqlalchemy import case as case_of
from sqlalchemy.orm import Session, joinedload

from promo.core import clock, listing
from promo.core.access import Viewer, first_visible
from promo.core.errors import NotFound
from promo.core.records import Record
from promo.exceptions.models import STATES, Proposal
from promo.procedures import listed
from promo.procedures import shares as engine
from promo.procedures.departures import AuthorisedException
from promo.procedures.models import Approval, Procedure, ProcedureVersion, Run
from promo.reference import queries as reference

E = AuthorisedException
TODAY = bindparam("today", callable_=clock.today, type_=Date())
GRANTED = and_(Approval.state == "approved", E.ended_at.is_(None))
STATE: Any = case_of(
    (E.ended_at.isnot(None), "ended"),
    (Approval.state.in_(("waiting", "nobody")), "asked"),
    (and_(Approval.state == "approved", E.until_on < TODAY), "expired"),
    (Approval.state == "approved", "granted"),
    else_=Approval.state,
)

HAVING = (  # a run that had one granted, whatever became of it
    exists().where(E.run_id == Run.id, Approval.id == E.approval_id, Approval.state == "approved").correlate(Run)
)


def _joins(statement: Select[Any]) -> Select[Any]:
    return listed.joined(E)(statement).join(Approval, Approval.id == E.approval_id)


LISTING = listing.Listing(
    model=E,
    columns=(
        *listed.columns(E, E.stage),
        listing.Column("item", _l("What is excepted"), listed.item(E), "choice", listed.items(E)),
        listing.Column("state", _l("State"), STATE, "choice", dict(STATES)),
        listing.Column("until_on", _l("Until"), E.until_on, "date"),
        listing.Column("asked_at", _l("Asked on"), E.asked_at, "moment"),
        listing.Column("asked_by", _l("Asked by"), listed.named(E.asked_by_id)),
        listing.Column("reason", _l("Why"), E.reason, hidden=True),
        listing.Column("instead", _l("What is done instead"), E.instead, hidden=True),
        listing.Column("decided_by", _l("Decided by"), listed.named(Approval.decided_by_id), hidden=True),
        listing.Column("decided_at", _l("Decided"), Approval.decided_at, "moment", hidden=True),
        listing.Column("why_returned", _l("Why it was returned"), Approval.reason, hidden=True),
        listing.Column("ended_at", _l("Ended"), E.ended_at, "moment", hidden=True),
        listing.Column("end_reason", _l("Why it ended"), E.end_reason, hidden=True),
    ),
    filters=(
        listing.Filter("state", _l("State"), listing.equals(STATE), choices=lambda s, v: STATES),
        *listed.filters(E, E.asked_at),
        *listed.counted(E, Approval.state == "approved"),
        listing.Filter(
            "item", _l("What is excepted"), lambda value, viewer: E.item == value, "hidden",
            shown=lambda session, viewer, value: item_title(session, value),
        ),
    ),
    sorts=(listing.Sort("asked", _l("When it was asked"), E.asked_at, descending=True),),
    views=listing.VIEWS,
    joins=_joins,
)  # fmt: skip
TABLE = listing.Table("exceptions", _l("Authorised exceptions"), LISTING)


items = listed.items(E)


def item_title(session: Session, key: str) -> str:
    """Return what an item is called in the newest version in which it was excepted."""
    newest = select(E.version_id, E.item).where(E.item == key).order_by(E.id.desc()).limit(1)
    return next(iter(listed.titles(session, newest).values()), key)


def exception(session: Session, viewer: Viewer, id_: int) -> AuthorisedException:
    """Return an exception of a record that the viewer sees; raises NotFound."""
    return first_visible(session, select(E).join(Record, Record.id == E.record_id).where(E.id == id_), viewer)


def state_of(one: AuthorisedException, today: date) -> str:
    """Return how an exception stands on a day: the same rule as in the list."""
    asked = one.approval
    if one.ended_at is not None:
        return "ended"
    if asked is None or asked.state in ("waiting", "nobody"):
        return "asked"
    if asked.state == "approved":
        return "expired" if one.until_on is not None and one.until_on < today else "granted"
    return asked.state


def over(session: Session, today: date, limit: int = 200) -> list[int]:
    """Return the exceptions that are over since a day and of which nobody was told, the oldest first."""
    found = (
        select(E.id)
        .join(Approval, Approval.id == E.approval_id)
        .join(Run, Run.id == E.run_id)
        .where(GRANTED, E.until_on < today, E.told_at.is_(None), Run.finished_at.is_(None))
    )
    return list(session.scalars(found.order_by(E.until_on, E.id).limit(limit)))


def granted_since(session: Session, procedure_id: int, stage: str, item: str, since: datetime) -> int:
    """Return how many exceptions from one item of a procedure, asked since a moment, were granted."""
    found = _of_item(select(func.count(E.id)), procedure_id, stage, item, since)
    return session.scalar(found) or 0


def _of_item(statement: Any, procedure_id: int, stage: str, item: str, since: datetime) -> Any:
    return (
        statement.select_from(E)
        .join(Approval, Approval.id == E.approval_id)
        .join(ProcedureVersion, ProcedureVersion.id == E.version_id)
        .where(ProcedureVersion.procedure_id == procedure_id, E.stage == stage, E.item == item)
        .where(Approval.state == "approved", E.asked_at > since)
    )


def last_proposal(session: Session, procedure_id: int, stage: str, item: str) -> Proposal | None:
    """Return the newest proposal about an item, or None."""
    found = select(Proposal).where(
        Proposal.procedure_id == procedure_id, Proposal.stage == stage, Proposal.item == item
    )
    return session.scalars(found.order_by(Proposal.id.desc()).limit(1)).first()


@dataclass(frozen=True)
class Proposed:
    """A proposal with what is needed to judge it: the item's name, how often by post, drafts that may answer it."""

    proposal: Proposal
    code: str
    item: str
    posts: Sequence[tuple[int, str, int]]
    drafts: Sequence[tuple[str, str]] = field(default=())

    @property
    def total(self) -> int:
        """How many exceptions speak for it."""
        return sum(count for _post, _name, count in self.posts)


def proposals(session: Session, viewer: Viewer, limit: int = 50) -> list[Proposed]:
    """Return the proposals, those to look at first, then the newest: for quality, which reads every record."""
    found = (
        select(Proposal, Procedure.code)
        .join(Procedure, Procedure.id == Proposal.procedure_id)
        .order_by(Proposal.state != "open", Proposal.id.desc())
        .limit(limit)
    )
    pairs = select(Proposal.version_id, Proposal.item).distinct()
    names = listed.titles(session, pairs)
    offices = {int(id_): name for id_, name in reference.post_choices(session, viewer.locale, active=False)}
    return [
        Proposed(one, code, names[one.version_id, one.item], _posts(session, one, offices), _drafts(session, one))
        for one, code in session.execute(found)
    ]


def _posts(session: Session, one: Proposal, names: dict[int, str]) -> list[tuple[int, str, int]]:
    by_post = select(Record.post_id, func.count(E.id))
    counted = _of_item(by_post, one.procedure_id, one.stage, one.item, one.since)
    rows = session.execute(counted.join(Record, Record.id == E.record_id).group_by(Record.post_id)).all()
    return [(post, names.get(post, ""), count) for post, count in sorted(rows, key=lambda row: (-row[1], row[0]))]


def _drafts(session: Session, one: Proposal) -> list[tuple[str, str]]:
    """Return the versions of the procedure that are newer than the one excepted from, for an open proposal."""
    if one.state != "open":
        return []
    found = (
        select(ProcedureVersion)
        .options(joinedload(ProcedureVersion.procedure))
        .where(ProcedureVersion.procedure_id == one.procedure_id, ProcedureVersion.id > one.version_id)
        .order_by(ProcedureVersion.number.desc())
    )
    return [(str(v.id), f"{v.code} v{v.number}") for v in session.scalars(found)]


def proposal(session: Session, viewer: Viewer, id_: int) -> Proposal:
    """Return one proposal; raises NotFound."""
    found = session.get(Proposal, id_)
    if found is None:
        raise NotFound("exceptions.proposals")
    return found


def open_proposals(session: Session) -> int:
    """Return how many proposals wait to be looked at."""
    return session.scalar(select(func.count()).where(Proposal.state == "open")) or 0


def shares(session: Session, viewer: Viewer, since: date, until: date) -> list[engine.Share]:
    """Return by post and procedure how many of the runs begun in a period had an exception granted, ÷ runs."""
    return engine.shares(session, viewer, since, until, HAVING)
