"""Of which case files a sample is drawn: whatever stands under a procedure, however it went; archived ones too."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, tuple_
from sqlalchemy.orm import Session

from promo.activities.models import Activity
from promo.core import records
from promo.core.access import Viewer, visibility
from promo.core.records import PILLARS, Record, id_in
from promo.core.sampling import Member
from promo.procedures import words
from promo.procedures.case import definition_of
from promo.procedures.models import Procedure, ProcedureVersion, Run
from promo.reference.models import Post

STATES = (
    ("open", _l("Going on")),
    ("finished", _l("Completed")),
    ("cancelled", _l("Cancelled")),
    ("archived", _l("Archived")),
)
NONE = "–"  # the stratum of what has no post, procedure or pillar
LARGEST = 1000  # case files of a sample
MOST = 500_000  # case files of which a sample is drawn at once
ACTIVITY: Any = Activity.__table__
LIMA = ZoneInfo("America/Lima")
_version = func.coalesce(Run.version_id, ACTIVITY.c.procedure_version_id)


@dataclass(frozen=True)
class Filters:
    """What narrows a population; None asks nothing."""

    kind: str | None = None
    procedure: str | None = None
    version: int | None = None
    post: int | None = None
    pillar: str | None = None
    state: str | None = None
    since: date | None = None
    until: date | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return those that ask something, as JSON has them."""
        found = {f.name: getattr(self, f.name) for f in fields(self)}
        return {k: v.isoformat() if isinstance(v, date) else v for k, v in found.items() if v is not None}


def kinds() -> list[records.Kind]:
    """Return the kinds of work: those that stand under a procedure."""
    return [kind for kind in records.kinds() if kind.work]


def procedures(session: Session) -> list[tuple[str, str]]:
    """Return (code, title) of the procedures that are or were in force."""
    found: dict[str, str] = {}
    query = select(ProcedureVersion).where(ProcedureVersion.status.in_(("effective", "obsolete")))
    for one in session.scalars(query.order_by(ProcedureVersion.number)):
        found[one.code] = words.pick(definition_of(one).title)
    return sorted(found.items())


def size(session: Session, viewer: Viewer | None, filters: Filters) -> int:
    """Return how many case files there are of which a sample would be drawn now."""
    return session.scalar(_chosen(session, viewer, filters, [func.count()])) or 0


def members(
    session: Session, viewer: Viewer | None, filters: Filters, strata: str | None, until: datetime
) -> list[Member]:
    """Return the population as it stood at a moment: what was entered by then."""
    columns, stratum = _strata(session, strata)
    found = _chosen(session, viewer, filters, [Record.reference, Record.id, *columns])
    rows = session.execute(found.where(Record.created_at <= until))  # one statement: the list is of one moment
    return [Member(reference, id_, stratum(*values)) for reference, id_, *values in rows]


def _chosen(session: Session, viewer: Viewer | None, filters: Filters, columns: Sequence[Any]) -> Select[Any]:
    """Return the SELECT of some columns of a population; runs and activities are joined where something asks them."""
    found = select(*columns).select_from(Record).where(Record.kind.in_([kind.name for kind in kinds()]))
    if filters.procedure is not None or filters.state is not None or any(column is _version for column in columns):
        found = found.outerjoin(Run, Run.record_id == Record.id).outerjoin(ACTIVITY, ACTIVITY.c.id == Record.id)
    if viewer is not None:
        found = found.where(visibility(viewer))
    return found.where(*_conditions(session, filters))


def _conditions(session: Session, filters: Filters) -> list[ColumnElement[bool]]:
    exact = ((Record.kind, filters.kind), (Record.post_id, filters.post), (Record.pillar, filters.pillar))
    found = [column == wanted for column, wanted in exact if wanted is not None]
    if filters.procedure is not None:
        theirs = select(ProcedureVersion.id).join(Procedure, Procedure.id == ProcedureVersion.procedure_id)
        theirs = theirs.where(Procedure.code == filters.procedure)
        if filters.version is not None:
            theirs = theirs.where(ProcedureVersion.number == filters.version)
        found.append(_version.in_(theirs))
    if filters.since is not None:
        entered = Record.created_at >= datetime.combine(filters.since, time(), LIMA)
        found.append(or_(Record.starts_on >= filters.since, and_(Record.starts_on.is_(None), entered)))
    if filters.until is not None:
        entered = Record.created_at < datetime.combine(filters.until + timedelta(days=1), time(), LIMA)
        found.append(or_(Record.starts_on <= filters.until, and_(Record.starts_on.is_(None), entered)))
    if filters.state is not None:
        found.append(_in_state(session, filters.state))
    return found


def _in_state(session: Session, state: str) -> ColumnElement[bool]:
    if state == "archived":
        return Record.archived_at.is_not(None)
    if state == "open":
        return and_(Run.id.is_not(None), Run.finished_at.is_(None))
    versions = session.scalars(select(ProcedureVersion))
    ends = [(version.id, s.key) for version in versions for s in definition_of(version).stages if s.cancelled]
    cancelled = tuple_(Run.version_id, Run.stage).in_(ends) if ends else false()
    if state == "cancelled":
        return and_(Run.finished_at.is_not(None), cancelled)
    return or_(Run.id.is_(None), and_(Run.finished_at.is_not(None), ~cancelled))


def _strata(session: Session, strata: str | None) -> tuple[Sequence[Any], Callable[..., str]]:
    """Return the columns on which strata rest, and what names a stratum by their values."""
    if strata == "post":
        posts = dict(session.execute(select(Post.id, Post.code)).all())
        return [Record.post_id], lambda post_id: posts.get(post_id, NONE)
    if strata == "procedure":
        versions = select(ProcedureVersion.id, Procedure.code)
        codes = dict(session.execute(versions.join(Procedure, Procedure.id == ProcedureVersion.procedure_id)).all())
        return [_version], lambda version_id: codes.get(version_id, NONE)
    if strata == "pillar":
        return [Record.pillar], lambda pillar: pillar or NONE
    if strata == "period":
        return [Record.starts_on, Record.created_at], _quarter
    return [], lambda: ""


def _quarter(starts_on: date | None, created_at: datetime) -> str:
    day = starts_on or created_at.astimezone(LIMA).date()
    return f"{day.year}-{(day.month + 2) // 3}"


def stratum_words(session: Session, locale: str, strata: str | None, name: str) -> str:
    """Return what a stratum is called for people."""
    if strata == "post" and name != NONE:
        post = session.scalars(select(Post).where(Post.code == name)).first()
        return post.name(locale) if post else name
    if strata == "pillar":
        return str(dict(PILLARS).get(name, _("none")))
    if strata == "period":
        year, number = name.split("-")
        return _("Q%(number)s %(year)s", number=number, year=year)
    return name


def filters_of(args: Mapping[str, Any]) -> Filters:
    """Read filters from an address or a form; what makes no sense asks nothing."""

    def one_of(name: str, known: Any) -> str | None:
        value = str(args.get(name) or "")
        return value if value in known else None

    def day(name: str) -> date | None:
        value = args.get(name)
        if isinstance(value, date):
            return value
        try:
            found = date.fromisoformat(str(value or ""))
        except ValueError:
            return None
        return found if 2000 <= found.year < 2100 else None

    procedure = str(args.get("procedure") or "")[:40]
    return Filters(
        kind=one_of("kind", {kind.name for kind in kinds()}),
        procedure=procedure or None,
        version=id_in(args.get("number")) or None,
        post=id_in(args.get("post")) or None,
        pillar=one_of("pillar", dict(PILLARS)),
        state=one_of("state", dict(STATES)),
        since=day("since"),
        until=day("until"),
    )


def stored(filters: Mapping[str, Any]) -> Filters:
    """Read filters as a sample keeps them."""
    return filters_of({**filters, "number": filters.get("version")})


def in_words(session: Session, locale: str, filters: Filters) -> list[tuple[str, str]]:
    """Return what narrows a population as (name, value) in words."""
    post = session.get(Post, filters.post) if filters.post else None
    code = filters.procedure and (f"{filters.procedure} v{filters.version}" if filters.version else filters.procedure)
    days = " – ".join(words.short_date(d) if d else "…" for d in (filters.since, filters.until))
    pairs = (
        (_("Kind"), str(records.kind(filters.kind).plural) if filters.kind else None),
        (_("Procedure"), code),
        (_("Post"), post.name(locale) if post else None),
        (_("Pillar"), str(dict(PILLARS)[filters.pillar]) if filters.pillar else None),
        (_("State"), str(dict(STATES)[filters.state]) if filters.state else None),
        (_("Dates"), days if filters.since or filters.until else None),
    )
    return [(name, value) for name, value in pairs if value]
