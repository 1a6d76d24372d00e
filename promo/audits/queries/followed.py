"""How a record's procedure was followed: requirement → what met it → who, when → file, stage by stage, in words.

The page of the site, the first page of the pack and its PDF are all drawn from this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from promo.audits.queries.masking import MASK
from promo.audits.queries.past import NOW, Cell, Past
from promo.audits.queries.reading import Dossier
from promo.core.errors import Text
from promo.core.fields import Field
from promo.core.files import File
from promo.procedures import checklist as pure
from promo.procedures import items, words
from promo.procedures.case import Case
from promo.procedures.conditions import matches
from promo.procedures.definitions import (
    Answer,
    Approvals,
    Count,
    Declaration,
    Each,
    Evidence,
    Fact,
    Requirement,
)
from promo.procedures.items import Item, Reason
from promo.procedures.models import Approval, Transition

Write = Callable[[Field | None, Any, Mapping[str, Mapping[str, str]]], str | None]  # a value in words
LISTS = {  # the parts of which a list among the facts is made
    "participants": "act_participant",
    "countries": "act_country",
    "sectors": "act_sector",
    "posts_involved": "act_post",
}
NUMBER = Field("value", "decimal", "")
STATES: Mapping[str, Text] = {
    "met": _l("Met"),
    "missing": _l("Missing"),
    "waiting": _l("Waiting"),
    "excepted": _l("Excepted"),
    "due_later": _l("To be regularised"),
    "not_applicable": _l("Does not apply"),
    "": _l("Not noted"),
}
TONES = {"met": "ok", "missing": "late", "waiting": "warn", "excepted": "warn", "due_later": "warn", "": "plain"}


@dataclass(frozen=True)
class Paper:
    """A file that met a requirement; its content is left out of a masked pack."""

    id: int
    name: str
    sha256: str
    who: str
    at: datetime


@dataclass(frozen=True)
class Line:
    """One requirement: how it stood, what met it, who did that and when, by which files."""

    label: str
    state: str
    met_by: str = ""
    who: str = ""
    at: datetime | None = None
    papers: tuple[Paper, ...] = ()

    @property
    def state_words(self) -> str:
        """How it stood, in words."""
        return str(STATES[self.state])

    @property
    def tone(self) -> str:
        """The colour of that."""
        return TONES[self.state]


@dataclass(frozen=True)
class Step:
    """One stay in a stage: from when, until when, how it ended (nothing for the present one), its requirements."""

    title: str
    since: datetime
    due_on: date | None
    onward: str = ""
    left_at: datetime | None = None
    who: str = ""
    by_itself: bool = False
    late: bool = False
    reason: str | None = None
    noted: bool = True
    lines: list[Line] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def steps(dossier: Dossier, write: Write) -> list[Step]:
    """Return the stays of a record in its stages, the first first; nothing for one without a procedure."""
    if dossier.case is None:
        return []
    telling = _Telling(dossier, dossier.case, write)
    found = [telling.left(move) for move in dossier.moves]
    if dossier.case.run.finished_at is None:
        found.append(telling.present())
    return found


@dataclass
class _Telling:
    """One record, to be told."""

    dossier: Dossier
    case: Case
    write: Write

    def __post_init__(self) -> None:
        self.past: Past = self.dossier.past

    def left(self, move: Transition) -> Step:
        """Tell of a stage that was left: what the checklist said then, and what stood behind it."""
        until, definition = self.past.until(move), self.case.definition
        remembered = {str(one["key"]): str(one["state"]) for one in move.checklist}
        step = Step(
            title=words.stage_title(definition, move.from_stage),
            since=move.left_since,
            due_on=move.due_on,
            onward=words.stage_title(definition, move.to_stage),
            left_at=move.at,
            who=self.dossier.name(move.actor_id),
            by_itself=move.by_itself,
            late=move.due_on is not None and self._day(move.at) > move.due_on,
            reason=move.reason,
            noted=bool(remembered),
        )
        keys = list(remembered) or [i.key for i in pure.checklist(definition, move.from_stage, {}, {}, {})]
        for key in keys:
            self._add(step, key, remembered.get(key, ""), move.from_stage, until, move.at)
        return step

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(self.dossier.post.timezone)).date()

    def present(self) -> Step:
        """Tell of the stage in which it stands."""
        run = self.case.run
        late = run.due_on is not None and self.case.today > run.due_on
        step = Step(words.stage_title(self.case.definition, run.stage), run.stage_since, run.due_on, late=late)
        for item in self.case.items:
            self._add(step, item.key, item.state, run.stage, NOW, None, item)
        return step

    def _add(
        self, step: Step, key: str, state: str, stage: str, until: int, at: datetime | None, item: Item | None = None
    ) -> None:
        found = required(self.case, stage, key)
        label = self._label(key, found)
        if state == items.NOT_APPLICABLE:
            step.skipped.append(label)
            return
        line = Line(label, state)
        if found is not None and state in (items.MET, ""):
            line = self._behind(line, found, until, at)
        elif item is not None:
            line = replace(line, met_by=words.reason_text(item.reason))
        step.lines.append(self._excepted(line, key, stage) if state == items.EXCEPTED else line)

    def _excepted(self, line: Line, key: str, stage: str) -> Line:
        """Add by which departure an item was passed over."""
        for section, rows in self.dossier.departures:
            for one in rows:
                if one.item == key and one.stage in (None, stage):
                    told = ": ".join(t for t in (str(section.title), one.reason) if t)
                    return replace(line, met_by=told, who=self.dossier.name(one.decided_by_id), at=one.decided_at)
        return replace(line, met_by=words.reason_text(Reason("excepted")))

    def _label(self, key: str, found: Required | None) -> str:
        if found is None:
            return key
        label = words.requirement_label(found.requirement, self.dossier.kind)
        function = words.function_label(found.function, self.case.functions) if found.function else ""
        return ": ".join(t for t in (label, function) if t)

    def _behind(self, line: Line, found: Required, until: int, at: datetime | None) -> Line:
        """Add what met a requirement."""
        match found.requirement:
            case Approvals():
                return self._approved(line, found, at)
            case Evidence(category=category):
                return self._attached(line, category, at)
            case Answer(name=name) | Declaration(name=name):
                return self._answered(line, name, until, found.requirement)
            case Fact(name=name) if name not in LISTS:
                return self._filled(line, name, until)
            case Fact(name=name) | Count(list=name) | Each(list=name):
                return self._listed(line, name, until, found.requirement)
        return line

    def _told(self, line: Line, cell: Cell | None, text: str | None) -> Line:
        if cell is None:
            return replace(line, met_by=text or "")
        shown = MASK if cell.hidden else _("erased by law") if cell.erased else text or ""
        return replace(line, met_by=shown, who=self.dossier.name(cell.by), at=cell.at)

    def _filled(self, line: Line, name: str, until: int) -> Line:
        cell = self.past.cell((None, None, name), until)
        described = next((f for f in self.dossier.kind.fields() if f.name == name), None)
        value = cell.value if cell is not None else _plain(self.case.facts.get(name))
        if cell is None and described and self.dossier.level.hide(self.dossier.record.kind, None, name):
            return replace(line, met_by=MASK)
        return self._told(line, cell, self.write(described, value, self.dossier.names))

    def _answered(self, line: Line, name: str, until: int, asked: Requirement) -> Line:
        for row in self.past.rows("procedure_answer", until).values():
            if "value" in row and "key" in row and row["key"].value == name:
                return self._told(line, row["value"], self._answer(asked, row["value"].value))
        for answer in self.case.answers:  # entered in bulk: the trail does not tell it
            if answer.key == name:
                shown = self._answer(asked, answer.value)
                return replace(line, met_by=shown or "", who=self.dossier.name(answer.by_id), at=answer.at)
        return line

    def _answer(self, asked: Requirement, value: Any) -> str | None:
        if isinstance(asked, Declaration):
            return _("declared")
        chosen = dict(asked.choices) if isinstance(asked, Answer) else {}
        if isinstance(value, list):
            return " · ".join(told for one in value if (told := self._answer(asked, one)))
        if isinstance(value, str) and value in chosen:
            return words.pick(chosen[value])
        return self.write(NUMBER if isinstance(value, float) else None, value, {})

    def _attached(self, line: Line, category: str, at: datetime | None) -> Line:
        papers = tuple(
            paper_of(self.dossier, f) for f in self.dossier.files if f.category == category and _there(f, at)
        )
        if not papers:
            return line
        told = ngettext("%(num)s file", "%(num)s files", len(papers))
        return replace(line, met_by=told, who=papers[-1].who, at=papers[-1].at, papers=papers)

    def _listed(self, line: Line, name: str, until: int, asked: Requirement) -> Line:
        where = asked.where if isinstance(asked, (Count, Each)) else ()
        part = LISTS.get(name, "")
        if self.past.knows(part):
            rows = list(self.past.rows(part, until).values())
            chosen = [row for row in rows if matches({k: c.value for k, c in row.items()}, where)]
            last = max((c for row in chosen for c in row.values() if c.at), key=lambda c: c.at, default=None)  # type: ignore[arg-type,return-value]
            told = replace(line, met_by=_("%(count)s in the list", count=len(chosen)))
            return replace(told, who=self.dossier.name(last.by), at=last.at) if last else told
        now = self.case.facts.get(name)
        if not isinstance(now, (list, tuple)):
            return line
        count = sum(1 for one in now if not where or matches(one, where))
        return replace(line, met_by=_("%(count)s in the list", count=count))

    def _approved(self, line: Line, found: Required, at: datetime | None) -> Line:
        step = (found.stage, found.requirement.key, found.function)
        given = [a for a in self.case.steps if (a.stage, a.requirement, a.function) == step]
        given = [a for a in given if a.decided_at is not None and (at is None or a.decided_at <= at)]
        approved = [a for a in given if a.decided_by_id is not None]
        if not approved:
            return line
        last = approved[-1]
        return replace(line, met_by=route_of(last), who=self.dossier.name(last.decided_by_id), at=last.decided_at)


@dataclass(frozen=True)
class Required:
    """A requirement behind an item of a checklist: of which stage, and of which function when it is an approval."""

    stage: str
    requirement: Requirement
    function: str = ""


def required(case: Case, stage: str, key: str) -> Required | None:
    """Return what an item of a stage's checklist asks; an approval of another stage is named with that stage."""
    here = case.definition.stage(stage)
    requirement, _dot, function = key.rpartition(".")
    for one in here.requires if here else ():
        if isinstance(one, Approvals) and one.key == requirement:
            return Required(stage, one, function)
        if one.key == key:
            return Required(stage, one)
    other, _dot, rest = key.partition(".")
    return required(case, other, rest) if rest and other != stage and case.definition.stage(other) else None


def route_of(approval: Approval) -> str:
    """Say by which way a request came to whoever decided it."""
    step = str(words.BY_WAY_OF[approval.route_step]) if approval.route_step else _("holder")
    why = words.route_words(approval.route_why)
    return _("approved (%(way)s)", way=f"{step}; {why}" if why else step)


def paper_of(dossier: Dossier, file: File) -> Paper:
    """Tell of a file; where what it holds is left out, of what kind it is instead of its name."""
    name = f"{words.evidence_label(file.category)} {MASK}" if dossier.level.withholds else file.name
    return Paper(file.id, name, file.sha256, dossier.name(file.uploaded_by), file.created_at)


def _there(file: File, at: datetime | None) -> bool:
    """Whether a file was attached, and not put away, at a moment (None: now)."""
    if at is None:
        return file.archived_at is None
    return file.created_at <= at and (file.archived_at is None or file.archived_at > at)


def _plain(value: Any) -> Any:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, (str, int, bool)) or value is None:
        return value
    return list(value) if isinstance(value, Iterable) else str(value)
