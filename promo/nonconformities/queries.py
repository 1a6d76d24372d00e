"""Every SELECT on nonconforming outputs: the register, one of them, what the clock finds. The viewer comes first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, bindparam, exists, func, select
from sqlalchemy.orm import Session

from promo.accounts import queries as accounts
from promo.accounts.models import Person, PersonRole
from promo.core import listing
from promo.core.access import Viewer, first_visible, visible
from promo.core.db import built_once
from promo.core.records import Record
from promo.nonconformities.models import DECISIONS, ORIGINS, PERSON, STATES, Nonconformity
from promo.procedures import listed, words
from promo.procedures import shares as engine
from promo.procedures.departures import AuthorisedException, Urgency
from promo.procedures.models import Approval, ProcedureVersion, Run, Transition

N = Nonconformity
ACCEPTED = N.state.in_(("open", "decided", "closed"))
HAVING = exists().where(N.run_id == Run.id, ACCEPTED).correlate(Run)  # a run that had one accepted
items = listed.items(N)
LISTING = listing.Listing(
    model=N,
    columns=(  # in the order of the ministry's register of corrective actions
        listing.Column("number", _l("Number"), N.reference),
        listing.Column("found_on", _l("Found on"), N.found_on, "date"),
        listing.Column("origin", _l("Origin"), N.origin, "choice", dict(ORIGINS)),
        *listed.columns(N, N.stage),
        listing.Column("item", _l("What is asked for"), listed.item(N), "choice", items),
        listing.Column("description", _l("Description"), N.description),
        listing.Column("containment", _l("Containment"), N.containment),
        listing.Column("cause", _l("Cause"), N.cause, hidden=True),
        listing.Column("decision", _l("Decision"), N.decision, "choice", dict(DECISIONS)),
        listing.Column("decision_text", _l("What is done"), N.decision_text, hidden=True),
        listing.Column("responsible", _l("Responsible"), listed.named(N.responsible_id)),
        listing.Column("due_on", _l("Due"), N.due_on, "date"),
        listing.Column("closed_at", _l("Closed"), N.closed_at, "moment"),
        listing.Column("effectiveness", _l("Effectiveness"), N.effectiveness, hidden=True),
        listing.Column("state", _l("State"), N.state, "choice", dict(STATES)),
        listing.Column("proposed_at", _l("Proposed"), N.proposed_at, "moment", hidden=True),
        listing.Column("proposed_by", _l("Reported by"), listed.named(N.proposed_by_id), hidden=True),
        listing.Column("judged_by", _l("Accepted or dismissed by"), listed.named(N.judged_by_id), hidden=True),
        listing.Column("dismissal", _l("Why it was dismissed"), N.dismissal, hidden=True),
        listing.Column("decided_by", _l("Decided by"), listed.named(N.decided_by_id), hidden=True),
        listing.Column("closed_by", _l("Closed by"), listed.named(N.closed_by_id), hidden=True),
    ),
    filters=(
        listing.Filter("state", _l("State"), listing.equals(N.state), choices=lambda s, v: STATES),
        listing.Filter("origin", _l("Origin"), listing.equals(N.origin), choices=lambda s, v: ORIGINS),
        *listed.filters(N, N.found_on, day=True),
        *listed.counted(N, ACCEPTED),
    ),
    sorts=(listing.Sort("found", _l("When it was found"), N.found_on, descending=True),),
    views=listing.VIEWS,
    joins=listed.joined(N),
)
TABLE = listing.Table("nonconformities", _l("Nonconforming outputs"), LISTING, "nonconformities.show")


def nonconformity(session: Session, viewer: Viewer, id_: int) -> Nonconformity:
    """Return one of a record that the viewer sees; raises NotFound."""
    return first_visible(session, select(N).join(Record, Record.id == N.record_id).where(N.id == id_), viewer)


def of_record(session: Session, viewer: Viewer, record_id: int) -> list[Nonconformity]:
    """Return those of a visible record, the newest first."""
    return list(session.scalars(_of_record(viewer), {"record": record_id}))


@built_once
def _of_record(viewer: Viewer) -> Select[Any]:
    found = select(N).join(Record, Record.id == N.record_id).where(N.record_id == bindparam("record"))
    return visible(found, viewer).order_by(N.id.desc())


def told(session: Session, one: Nonconformity) -> str:
    """Say what it is: in the words of whoever accepted or reported it, else what the clock found."""
    if one.description:
        return one.description
    day, item = one.details.get("day"), ""
    if one.item:
        item = listed.titles_of(session, [(one.version_id, one.item)])[one.version_id, one.item]
    shown = words.short_date(date.fromisoformat(day)) if day else "–"
    left = one.details.get("left")
    match one.origin:
        case "late":
            left_on = words.short_date(date.fromisoformat(left)) if left else "–"
            return _("The stage was to be finished by %(day)s and was left on %(left)s.", day=shown, left=left_on)
        case "expired":
            return _("The exception was in force until %(day)s and the item is still missing: %(item)s.",
                     day=shown, item=item)  # fmt: skip
        case "unregularised":
            return _("What an urgency left behind was to be there by %(day)s and is not.", day=shown)
        case "objected":
            return _("The urgency was objected to: %(why)s", why=one.details.get("why") or "–")
        case "reopened":
            return _("What had been approved was changed and not approved again, and the event is over: %(item)s.",
                     item=item)  # fmt: skip
    return ""


def people(session: Session, one: Nonconformity) -> dict[int, str]:
    """Return the names of everybody whom it mentions."""
    columns = ("proposed_by_id", "judged_by_id", "contained_by_id", "responsible_id", "decided_by_id", "closed_by_id")
    return accounts.names(session, {i for name in columns if (i := getattr(one, name)) is not None})


def responsibles(session: Session, viewer: Viewer, one: Nonconformity) -> list[tuple[str, str]]:
    """Return (id, name) of who may be responsible: who works at the post, and at headquarters."""
    works = exists().where(PersonRole.person_id == Person.id, PersonRole.role != "admin")
    found = select(Person.id, Person.name).where(Person.active, works).order_by(Person.name, Person.id)
    headquarters = exists().where(PersonRole.person_id == Person.id, PersonRole.post_id.is_(None))
    near = found.where((Person.post_id == one.post_id) | headquarters | (Person.id == one.record.owner_id))
    return [(str(row.id), row.name) for row in session.execute(near)]


def run_of(session: Session, viewer: Viewer, record_id: int) -> Run | None:
    """Return the run of a visible record, or None."""
    found = select(Run).join(Record, Record.id == Run.record_id).where(Run.record_id == record_id)
    return session.scalars(visible(found, viewer)).first()


def shares(session: Session, viewer: Viewer, since: date, until: date) -> list[engine.Share]:
    """Return by post and procedure how many of the runs begun in a period had one accepted, ÷ runs."""
    return engine.shares(session, viewer, since, until, HAVING)


@dataclass(frozen=True)
class Found:
    """What the clock may propose: where it comes from, and the row there."""

    origin: str
    id: int

    @property
    def mark(self) -> list[Any]:
        """Its place in the order of all that is looked at."""
        return [SOURCES.index(self.origin), self.id]


SOURCES = ("late", "expired", "unregularised", "objected", "reopened")
CHUNK = 500


def found_since(session: Session, since: datetime, today: date, after: Sequence[Any] | None) -> Iterator[Found]:
    """Yield what the clock may propose, of the days since a moment and behind a mark; what was proposed is left out."""
    first, last = (after[0], after[1]) if after else (0, 0)
    statements = _candidates(since, today)
    for place in range(first, len(SOURCES)):
        behind = last if place == first else 0
        column, statement = statements[SOURCES[place]]
        while ids := list(session.scalars(statement.where(column > behind).order_by(column).limit(CHUNK))):
            yield from (Found(SOURCES[place], id_) for id_ in ids)
            behind = ids[-1]


def _candidates(since: datetime, today: date) -> dict[str, tuple[Any, Select[Any]]]:
    """Return (number, SELECT of numbers) by where it is looked for; each is looked at closely before it is proposed."""
    return {
        "late": (
            Transition.id,
            select(Transition.id)
            .where(Transition.at >= since, Transition.at > Transition.due_on)
            .where(_new(Transition.run_id, Transition.from_stage)),
        ),
        "expired": (
            AuthorisedException.id,
            select(AuthorisedException.id)
            .join(Approval, Approval.id == AuthorisedException.approval_id)
            .where(Approval.state == "approved", AuthorisedException.ended_at.is_(None))
            .where(AuthorisedException.until_on < today, AuthorisedException.until_on >= since.date())
            .where(_new(AuthorisedException.run_id, AuthorisedException.stage)),
        ),
        "unregularised": (
            Urgency.id,
            select(Urgency.id)
            .where(Urgency.closed_at.is_(None), Urgency.due_on < today)
            .where(_new(Urgency.run_id, Urgency.from_stage)),
        ),
        "objected": (
            Urgency.id,
            select(Urgency.id)
            .join(Approval, Approval.id == Urgency.approval_id)
            .where(Approval.state == "returned", Approval.decided_at >= since)
            .where(_new(Urgency.run_id, Urgency.from_stage)),
        ),
        "reopened": (
            Approval.id,
            select(Approval.id)
            .join(Record, Record.id == Approval.record_id)
            .join(Run, Run.id == Approval.run_id)
            .where(Approval.state == "reopened", Record.starts_on < today, Record.starts_on >= since.date())
            .where(Run.finished_at.is_(None), _new(Approval.run_id, Approval.stage)),
        ),
    }


def _new(run_id: Any, stage: Any) -> Any:
    return ~exists().where(N.run_id == run_id, N.stage == stage, N.origin != PERSON)


def is_new(session: Session, run_id: int, stage: str) -> bool:
    """Whether nothing was proposed by the clock for a stage of a run yet."""
    return bool(session.scalar(select(_new(run_id, stage))))


def waiting(session: Session, viewer: Viewer) -> int:
    """Return how many wait to be accepted or dismissed, of the records that the viewer sees."""
    found = select(func.count(N.id)).join(Record, Record.id == N.record_id).where(N.state == "proposed")
    return session.scalar(visible(found, viewer)) or 0


def version_of(session: Session, one: Nonconformity) -> ProcedureVersion:
    """Return the version under which it was found."""
    return session.get_one(ProcedureVersion, one.version_id)
