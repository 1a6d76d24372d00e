"""What a record's page shows of its procedure: stages, checklist, questions, ways on. In the reader's language."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from promo.core.access import Viewer, can
from promo.core.calendars import Doubt
from promo.core.records import Record
from promo.procedures import places, words
from promo.procedures.approvals import OPEN, covered_in
from promo.procedures.case import Case, definition_of, gather, run_of
from promo.procedures.checklist import cancels
from promo.procedures.deadlines import Due, binding, working_days_left
from promo.procedures.definitions import Answer as Question
from promo.procedures.definitions import Declaration
from promo.procedures.items import DUE_LATER
from promo.procedures.models import ProcedureVersion, Run
from promo.procedures.panel_approvals import given_before, next_to_ask, spent, to_recall, with_stories
from promo.procedures.panel_parts import Asked, Line, Mark, WayOn

MANY_MET = 3  # above that, what is met stands in one line


@dataclass
class Panel:
    """Everything that a record's page shows of its procedure."""

    case: Case
    record_id: int
    code: str
    number: int
    title: str
    stage: str
    stage_title: str
    guidance: str
    responsible: str
    stages: list[Mark]
    items: list[Line]
    missing: int
    ways: list[WayOn]
    due_on: date | None
    days_left: int | None
    doubt: Doubt | None
    zone: str
    may_work: bool
    finished: bool
    cancelled: bool
    late_start: bool
    late_reason: str | None
    questions: list[Asked] = field(default_factory=list)
    declarations: list[Asked] = field(default_factory=list)
    to_ask: str | None = None
    recall_id: int | None = None
    covered: Collection[str] = ()
    given: list[Line] = field(default_factory=list)
    spent: tuple[int, int] = (0, 0)

    @property
    def shown(self) -> list[Line]:
        """The checklist as people see it: what is to do first, what comes after and what is met in a line each.

        What does not apply at this stage is folded away.
        """
        todo = [i for i in self.items if i.state in ("missing", "waiting", "due_later", "excepted") and not i.later]
        later = [i.who for i in self.items if i.state == "missing" and i.later]
        met = [i for i in self.items if i.state == "met"]
        if later:
            todo.append(Line("later", _("Then: %(steps)s", steps=" → ".join(later)), "waiting", "", None, None))
        if len(met) > MANY_MET:
            proven = [i for i in met if i.reason]
            plain = ", ".join(i.label for i in met if not i.reason)
            met = [*proven, Line("met", plain, "met", "", None, None)]
        return todo + met

    @property
    def late(self) -> bool:
        """Whether the stage's term is over."""
        return self.days_left is not None and self.days_left < 0

    @property
    def onward(self) -> list[WayOn]:
        """The ways on, cancelling apart."""
        return [w for w in self.ways if not w.cancelled]

    @property
    def cancelling(self) -> WayOn | None:
        """The way that cancels, or None."""
        return next((w for w in self.ways if w.cancelled), None)

    @property
    def can_advance(self) -> bool:
        """Whether the viewer may move it on now."""
        return self.may_work and not self.missing and bool(self.onward)


def panel(session: Session, viewer: Viewer, record: Record) -> Panel | None:
    """Return what the page of a visible record shows of its procedure, in the reader's language; None without one."""
    run = run_of(session, record.id) or standing(session, record)
    if run is None:
        return None
    case = gather(session, record, run)
    may_work = run.id is not None and run.finished_at is None and can(viewer, "procedures.advance", record)
    may_mend = may_work or (run.id is None and can(viewer, f"{case.kind.blueprint}.edit", record))
    return drawn(case, viewer, may_work=may_work, may_mend=may_mend)


def drawn(case: Case, viewer: Viewer, *, may_work: bool, may_mend: bool) -> Panel:
    """Return what a case shows to a viewer who may work on it, or may mend its record, or neither."""
    run = case.run
    items = [] if run.finished_at else case.items
    done = run.finished_at is not None or (run.id is None and not case.missing)
    due = None if done else binding(case.dues())
    made = Panel(
        case=case,
        record_id=case.record.id,
        code=case.definition.code,
        number=run.version.number,
        title=words.pick(case.definition.title),
        stage=run.stage,
        stage_title=words.pick(case.stage.title),
        guidance=words.pick(case.stage.guidance) if case.stage.guidance else "",
        responsible=words.function_label(case.stage.responsible, case.functions) if case.stage.responsible else "",
        stages=_bar(case, due),
        items=[_line(case, item, may_mend=may_mend) for item in items],
        missing=sum(item.shuts for item in items),
        ways=[WayOn(s.key, words.pick(s.title), cancels(case.stage, s)) for s in case.ways],
        due_on=due.on if due else None,
        days_left=working_days_left(case.calendars[due.deadline.calendar], case.today, due.on) if due else None,
        doubt=case.doubt(due) if due else None,
        zone=case.post.timezone,
        may_work=may_work,
        finished=run.finished_at is not None,
        cancelled=case.stage.cancelled,
        late_start=run.late_start,
        late_reason=run.late_reason,
    )
    if may_work:
        made.questions, made.declarations = _questions(case), _declarations(case, viewer)
        made.to_ask, made.recall_id = next_to_ask(case), to_recall(case, viewer)
        made.covered = covered_in(case).answers
    if made.to_ask is None:  # there is nothing behind the link yet: other things come first
        asked = {i.key.replace(".", "-") for i in items if i.type == "approval"}
        made.items = [replace(i, url=None, link=None) if i.key in asked else i for i in made.items]
    if run.id is not None:
        made.items = with_stories(case, items, made.items)
        made.given, made.spent = given_before(case, items), spent(case)
    return made


def standing(session: Session, record: Record) -> Run | None:
    """Return how one-stage work stands under the version that it stores: as a run in its first stage, never stored."""
    version_id = getattr(record, "procedure_version_id", None)
    version = session.get(ProcedureVersion, version_id) if version_id is not None else None
    if version is None:
        return None
    stage = definition_of(version).first.key
    return Run(record_id=record.id, version_id=version.id, version=version, stage=stage, stage_since=record.created_at)


def _line(case: Case, item: Any, *, may_mend: bool) -> Line:
    mended = may_mend and item.state in ("missing", DUE_LATER)
    where = places.place_of(item)
    link = places.link_words(where) if mended else None
    return Line(
        key=item.key.replace(".", "-"),
        label=words.item_label(item, case.kind, case.functions),
        state=item.state,
        reason="" if item.state == "met" and item.type != "approval" else words.reason_text(item.reason),
        url=places.address(case.kind, case.record.id, where) if mended else None,
        link=str(link) if link else None,
        guidance=words.pick(item.guidance) if item.guidance else "",
        later=item.reason.code == "comes_after",
        who=words.function_label(item.who, case.functions),
        waivable=item.key if may_mend and _may_be_excepted(case, item) else "",
    )


def _may_be_excepted(case: Case, item: Any) -> bool:
    """Whether an exception from an item may be asked: it is missing, the procedure allows one, and none waits."""
    asked = any(
        (e.stage, e.item) == (item.stage, item.own) and e.approval is not None and e.approval.state in OPEN
        for e in case.exceptions
    )
    return item.waivable and (item.shuts or item.state == DUE_LATER) and not asked and case.run.id is not None


def _bar(case: Case, due: Due | None) -> list[Mark]:
    """Return the stages of the bar: those gone through with the day they were left, the present one, those to come."""
    doubt = case.doubt(due) if due else None
    by = _("by %(day)s", day=words.short_date(due.on, doubt)) if due else ""
    cancelled = case.stage.cancelled
    marks = []
    for stage in case.definition.stages:
        label = words.pick(stage.title)
        if stage.key == case.run.stage:
            note = words.short_date(case.run.stage_since)
            marks.append(Mark(label, "done" if stage.final and not cancelled else "now", note, by, doubt))
        elif stage.cancelled:
            continue
        elif stage.key in case.behind:
            marks.append(Mark(label, "done", words.short_date(case.left.get(stage.key))))
        else:
            marks.append(Mark(label, "off" if cancelled else "next"))
    return marks


def _questions(case: Case) -> list[Asked]:
    found = []
    for stage, r in case.asked:
        if isinstance(r, Question) and case.item_of(stage, r).state != "not_applicable":
            choices = tuple((value, words.pick(label)) for value, label in r.choices)
            guidance = words.pick(r.guidance) if r.guidance else ""
            shown = Asked(r.name, r.type, words.pick(r.label), guidance, case.values.get(r.name), choices)
            found.append(shown)
    return found


def _declarations(case: Case, viewer: Viewer) -> list[Asked]:
    found = []
    for stage, r in case.asked:
        if isinstance(r, Declaration) and (item := case.item_of(stage, r)).state != "not_applicable":
            mine = r.by == "officer" or viewer.holds(r.by, case.record.post_id)
            who = "" if mine else words.function_label(r.by, case.functions)
            label = words.item_label(item, case.kind, case.functions)
            guidance = words.pick(r.guidance) if r.guidance else ""
            found.append(Asked(r.name, "declaration", label, guidance, case.values.get(r.name), (), mine, who))
    return found
