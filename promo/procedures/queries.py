"""Every SELECT of procedures' pages: what waits for approval, the versions. The viewer comes first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import Date, Integer, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session, aliased, with_polymorphic

from promo.accounts.models import Person
from promo.calendars import queries as calendars
from promo.core.access import Viewer, visible, visible_one
from promo.core.calendars import Doubt
from promo.core.errors import NotFound
from promo.core.records import Kind, Record, kinds
from promo.procedures import approvals, papers, words
from promo.procedures.case import Case, definition_of, gather, kind_of, run_of
from promo.procedures.catalogue import reads
from promo.procedures.delegating import of_the_route
from promo.procedures.models import IS_WAITING, Approval, ApprovalSeen, ProcedureVersion, Refusal, Run, Transition
from promo.procedures.record_panel import Panel, panel
from promo.procedures.versions import find_version
from promo.reference.models import Post

__all__ = ["Panel", "panel", "request", "version", "waiting_count"]


# How many requests wait for somebody: asked on every page, with the other numbers of the frame.
WAITING: Any = select(func.count()).where(Approval.assigned_to_id == bindparam("person"), IS_WAITING)


def waiting_count(session: Session, viewer: Viewer) -> int:
    """Return how many requests wait for the viewer."""
    return session.scalar(WAITING, {"person": viewer.person_id}) or 0


@dataclass(frozen=True)
class Underway:
    """A record that stands under a procedure, and the term of its stage."""

    record_id: int
    kind: str
    title: str
    reference: str
    stage: str
    due_on: date | None
    doubt: Doubt | None
    zone: str


_UNDERWAY: Any = (
    select(Run, Record.kind, Record.title, Record.reference, Record.post_id, Post.timezone)
    .join(Record, Record.id == Run.record_id)
    .join(Post, Post.id == Record.post_id)
    .where(Run.finished_at.is_(None), Record.archived_at.is_(None), Record.owner_id == bindparam("person"))
    .order_by(Run.due_on.is_(None), Run.due_on, Run.id)
    .limit(bindparam("most"))
)
_DUE = _UNDERWAY.where(Run.due_on <= bindparam("today", type_=Date()))
_UNSENT = _UNDERWAY.where(
    ~select(Transition.id).where(Transition.run_id == Run.id).exists(),
    ~select(Approval.id).where(Approval.run_id == Run.id).exists(),
)


def _underway(session: Session, found: Any, viewer: Viewer, limit: int, **values: Any) -> list[Underway]:
    lines = []
    rows = session.execute(found, {"person": viewer.person_id, "most": limit, **values})
    for run, kind, title, reference, post_id, zone in rows:
        stage = definition_of(run.version).stage(run.stage)
        shown = words.pick(stage.title) if stage else run.stage
        doubt = (
            calendars.doubt(session, post_id, run.due_calendar, run.due_from, run.due_on)
            if run.due_on is not None
            else None
        )
        lines.append(Underway(run.record_id, kind, title, reference, shown, run.due_on, doubt, zone))
    return lines


def due(session: Session, viewer: Viewer, today: date, limit: int = 5) -> list[Underway]:
    """Return the viewer's own records whose stage is due today or overdue, the oldest first."""
    return _underway(session, _DUE, viewer, limit, today=today)


def unsent(session: Session, viewer: Viewer, limit: int = 5) -> list[Underway]:
    """Return what the viewer began and neither moved on nor sent to anybody yet."""
    return _underway(session, _UNSENT, viewer, limit)


def late_by_post(session: Session, viewer: Viewer, today: date, limit: int = 5) -> list[tuple[str, int, date]]:
    """Return (post, how many, the oldest term) of the posts with records whose stage is overdue, the most first.

    A head of post sees their own, headquarters all; within what the viewer may see.
    """
    name = Post.name_en if viewer.locale == "en" else Post.name_es
    late = func.count(Run.id)
    found = (
        select(func.coalesce(name, Post.name_es), late, func.min(Run.due_on))
        .join(Record, Record.id == Run.record_id)
        .join(Post, Post.id == Record.post_id)
        .where(Run.finished_at.is_(None), Run.due_on < today, Record.archived_at.is_(None))
        .group_by(Post.id, Post.name_en, Post.name_es)
        .order_by(late.desc(), func.min(Run.due_on), Post.id)
        .limit(limit)
    )
    if not viewer.headquarters:
        found = found.where(Record.post_id.in_(sorted(viewer.posts)))
    return [(post, count, day) for post, count, day in session.execute(visible(found, viewer)) if day]


_ME = bindparam("person", type_=Integer)


@lru_cache(maxsize=1)
def _request() -> Any:
    """Return the SELECT of a request with its run, the whole of its record, its post, and what one saw of it."""
    work = with_polymorphic(Record, [k.model for k in kinds() if k.work])
    return (
        select(Approval, Run, work, Post, ApprovalSeen)
        .join(Run, Run.id == Approval.run_id)
        .join(work, work.id == Approval.record_id)
        .join(Post, Post.id == work.post_id)
        .outerjoin(ApprovalSeen, and_(ApprovalSeen.approval_id == Approval.id, ApprovalSeen.person_id == _ME))
        .where(Approval.id == bindparam("id"))
    )


def request(session: Session, viewer: Viewer, approval_id: int) -> tuple[Approval, Case, ApprovalSeen | None]:
    """Return a request that waits for the viewer, its case, what they saw of it; raises NotFound for any other."""
    row = session.execute(_request(), {"id": approval_id, "person": viewer.person_id}).first()
    if row is None or (row[0].assigned_to_id, row[0].state) != (viewer.person_id, "waiting"):
        raise NotFound("procedures.approvals")
    approval, run, record, _post, seen = row  # the post is at hand while the case is gathered
    return approval, gather(session, record, run), seen


def seen(session: Session, viewer: Viewer, request: Approval) -> ApprovalSeen | None:
    """Return what the viewer saw of a request last, or None."""
    return session.get(ApprovalSeen, (request.id, viewer.person_id))


def any_request(session: Session, viewer: Viewer, approval_id: int) -> Approval:
    """Return a request, decided or not, of a record that the viewer sees, or that concerns them; raises NotFound."""
    found = session.get(Approval, approval_id)
    if found is None:
        raise NotFound("procedures.story")
    if viewer.person_id not in (found.assigned_to_id, found.decided_by_id):
        record(session, viewer, found.record_id)
    return found


def case_of(session: Session, viewer: Viewer, request: Approval) -> Case:
    """Return the case of a request at hand."""
    return gather(session, session.get_one(Record, request.record_id), session.get_one(Run, request.run_id))


def title_of_request(session: Session, viewer: Viewer, approval_id: int) -> str | None:
    """Return the title of the record of a request that concerns the viewer, or None."""
    found = select(Record.title).join(Approval, Approval.record_id == Record.id).where(Approval.id == approval_id)
    mine = or_(Approval.assigned_to_id == viewer.person_id, Approval.decided_by_id == viewer.person_id)
    return session.scalar(found.where(mine))


def record(session: Session, viewer: Viewer, record_id: int) -> Record:
    """Return a record that the viewer sees; raises NotFound."""
    return visible_one(session, viewer, Record, record_id)


def run(session: Session, viewer: Viewer, record_id: int) -> Run:
    """Return the run of a visible record; raises NotFound when it has none."""
    found = run_of(session, record(session, viewer, record_id).id)
    if found is None:
        raise NotFound("procedures.advance")
    return found


Choices = list[tuple[str, str]]


def delegates(session: Session, viewer: Viewer, request: Approval, case: Case, chosen: int) -> Choices:
    """Return those of the route to whom a request may be delegated, by which way; and who was chosen already."""
    found = [(str(a.person_id), f"{a.name} ({words.by_way_of(a.step)})") for a in of_the_route(session, case, request)]
    if chosen and str(chosen) not in dict(found):
        found += [(str(chosen), name)] if (name := name_of(session, viewer, chosen)) else []
    return [("", ""), *found]


def signers(session: Session, viewer: Viewer, request: Approval, case: Case, dated: date | None) -> Choices:
    """Return who may have signed a document of a day, or of today while none is typed."""
    on = dated if dated is not None and papers.first_day(case) <= dated <= case.today else case.today
    found = papers.signers(session, case, request, on)
    ids = {c.person_id for c in found}
    names = {row.id: row.name for row in session.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))}
    return [("", ""), *((str(c.person_id), f"{names[c.person_id]} ({words.by_way_of(c.step)})") for c in found)]


def name_of(session: Session, viewer: Viewer, person_id: int | None) -> str | None:
    """Return a person's name, or None."""
    return session.scalar(select(Person.name).where(Person.id == person_id)) if person_id else None


@dataclass(frozen=True)
class Warned:
    """What an approval given covers, with labels: changing one of them asks for the approval again."""

    fields: dict[str, str]
    files: dict[str, str]

    @property
    def participants(self) -> bool:
        """Whether the list of those who take part is covered."""
        return "participants" in self.fields


def covered(session: Session, viewer: Viewer, record: Record) -> Warned:
    """Return what of a record is covered by an approval given, in the reader's language."""
    return _warned(approvals.covered(session, record), kind_of(record))


def warned_of(panel: Panel | None) -> Warned:
    """Return the same for a record whose page is drawn: of what was gathered for it."""
    return _warned(approvals.covered_in(panel.case), panel.case.kind) if panel else Warned({}, {})


def _warned(found: approvals.Covered, kind: Kind | None) -> Warned:
    described = [f.name for f in kind.fields()] if kind else []
    ordered = sorted(found.facts, key=lambda n: (described.index(n) if n in described else len(described), n))
    return Warned(
        {name: words.fact_label(kind, name) for name in ordered},
        {category: words.evidence_label(category) for category in sorted(found.files)},
    )


def route_of(request: Approval) -> str:
    """Say why a request did not go to the first holder of the function; nothing when it did."""
    return words.route_words(request.route_why)


def title_of(texts: Mapping[str, str]) -> str:
    """Return a title of a definition in the reader's language."""
    return words.pick(texts)


def title_of_version(version: ProcedureVersion) -> str:
    """Return a version's title in the reader's language."""
    return words.pick(definition_of(version).title)


def version(session: Session, viewer: Viewer, code: str, number: int) -> ProcedureVersion:
    """Return one version of a procedure that the viewer reads; raises NotFound."""
    found = find_version(session, code, number)
    if found is None or not reads(viewer, found):
        raise NotFound("procedures.show")
    return found


def people_of(session: Session, version: ProcedureVersion) -> dict[str, str | None]:
    """Return the names of a version's author and approver."""
    ids = {i for i in (version.author_id, version.approver_id) if i}
    names = {row.id: row.name for row in session.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))}
    return {"author": names.get(version.author_id or 0), "approver": names.get(version.approver_id or 0)}


def others(session: Session, viewer: Viewer, version: ProcedureVersion) -> list[ProcedureVersion]:
    """Return the versions of the same procedure that the viewer reads, the newest first: its history of changes."""
    found = select(ProcedureVersion).where(ProcedureVersion.procedure_id == version.procedure_id)
    return [v for v in session.scalars(found.order_by(ProcedureVersion.number.desc())) if reads(viewer, v)]


@dataclass(frozen=True)
class Past:
    """A version in the history of changes, with the names of who wrote and who approved it."""

    version: ProcedureVersion
    author: str | None
    approver: str | None


def history(session: Session, version: ProcedureVersion) -> list[Past]:
    """Return all versions of the same procedure, the newest first, with who wrote and approved them."""
    author, approver = aliased(Person), aliased(Person)
    found = (
        select(ProcedureVersion, author.name, approver.name)
        .outerjoin(author, author.id == ProcedureVersion.author_id)
        .outerjoin(approver, approver.id == ProcedureVersion.approver_id)
        .where(ProcedureVersion.procedure_id == version.procedure_id)
        .order_by(ProcedureVersion.number.desc())
    )
    return [Past(*row) for row in session.execute(found)]


def status_titles(session: Session, viewer: Viewer) -> dict[str, dict[str, str]]:
    """Return the title of every stage of the versions ever in force, by status key: for lists and exports."""
    found = select(ProcedureVersion).where(ProcedureVersion.status.in_(("effective", "obsolete")))
    titles: dict[str, dict[str, str]] = {}
    for one in session.scalars(found.order_by(ProcedureVersion.id)):
        titles |= {s.key: dict(s.title) for s in definition_of(one).stages}
    return titles


def refusals(session: Session, viewer: Viewer, record_id: int) -> int:
    """Return how many unmet items a record has been refused for."""
    return session.scalar(select(func.count()).where(Refusal.record_id == record_id)) or 0


def version_ids(session: Session, record_ids: list[int]) -> dict[int, int]:
    """Return under which version each of these records stands, for the trail: whoever asks, it is the same."""
    rows = session.execute(select(Run.record_id, Run.version_id).where(Run.record_id.in_(record_ids)))
    return {row.record_id: row.version_id for row in rows}
