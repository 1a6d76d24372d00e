"""Everything that is known of a run, read in a handful of SELECTs: for the checklist, the gate and the pages."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import BigInteger, bindparam, inspect, select
from sqlalchemy.orm import Session, aliased, object_session

from promo.accounts.models import Person
from promo.calendars import queries as calendars
from promo.config import ROOT
from promo.core import clock, records
from promo.core.calendars import Calendar, Doubt
from promo.core.fields import Field
from promo.core.records import Kind, Record
from promo.procedures import checklist as pure
from promo.procedures.building import known, stored
from promo.procedures.checklist import Given, Item, Later, Waiver
from promo.procedures.conditions import holds
from promo.procedures.deadlines import Due, dues
from promo.procedures.definitions import Definition, Requirement, Stage
from promo.procedures.departures import EXCEPTION, URGENCY, AuthorisedException, Urgency, end_of, owed_item
from promo.procedures.evidence import Attached, attached, counted
from promo.procedures.models import STEP, Answer, Approval, ProcedureVersion, Run, Transition
from promo.procedures.validation import whole
from promo.procedures.words import RUN_FACTS
from promo.reference import queries as reference
from promo.reference.models import Function, Post

Assignee, Decider, Asker = aliased(Person), aliased(Person), aliased(Person)
FUNCTIONS = ROOT / "promo" / "reference" / "data" / "functions.csv"


def definition_of(version: ProcedureVersion) -> Definition:
    """Return a version's definition; its text is read from the database once for each content hash."""
    return known(version.content_hash) or stored(version.content_hash, whole(version.definition))


def kind_of(record: Record) -> Kind | None:
    """Return the registered kind of a record, or None."""
    return next((k for k in records.kinds() if k.name == record.kind), None)


def facts_of(session: Session, record: Record) -> dict[str, Any]:
    """Return what procedures may ask about a record, by name."""
    kind = kind_of(record)
    return kind.facts_of(session, record) if kind else {}


def fact_names(kind: Kind) -> Mapping[str, Field]:
    """Return the facts that a kind offers, by name; of work also those of its run."""
    return kind.offered | ({fact.name: fact for fact in RUN_FACTS} if kind.work else {})


@dataclass
class Case:
    """One run with its record, definition, facts, answers, files, approvals, exceptions and urgencies."""

    record: Record
    kind: Kind
    run: Run
    definition: Definition
    post: Post
    facts: Mapping[str, Any]
    answers: list[Answer]
    files: list[Attached]
    approvals: list[Approval]
    names: Mapping[int, str]
    left: Mapping[str, datetime]
    behind: Collection[str]
    exceptions: list[AuthorisedException] = field(default_factory=list)
    urgencies: list[Urgency] = field(default_factory=list)
    moves: Sequence[Any] = ()

    @cached_property
    def functions(self) -> Mapping[str, Mapping[str, str]]:
        """The names of all functions; read only where words are wanted."""
        session = object_session(self.record)
        assert session is not None
        return function_names(session)

    @cached_property
    def values(self) -> dict[str, Any]:
        """The answers by key."""
        return {a.key: a.value for a in self.answers}

    @property
    def stage(self) -> Stage:
        """The stage in which the run stands."""
        return self.definition.stage(self.run.stage) or self.definition.first

    def asks_about(self, subject: str) -> bool:
        """Whether a request of a subject besides steps was ever made: most runs have none."""
        return any(a.subject == subject for a in self.approvals)

    @property
    def steps(self) -> list[Approval]:
        """The approvals of steps: other subjects (exceptions …) have their own rows and reasons."""
        return [a for a in self.approvals if a.subject == STEP]

    @cached_property
    def given(self) -> list[Given]:
        """The approvals as the checklist needs them: of the present stage those of this stay in it, and of the stages
        gone through.

        A step of a stage left behind that applies only now (the budget was raised later) reads as to be asked again.
        """
        found = [
            given_of(a, self.names)
            for a in self.steps
            if a.stage in self.behind or (a.stage == self.run.stage and a.asked_at >= self.run.stage_since)
        ]
        asked = {(g.stage, g.requirement, g.function) for g in found}
        return found + [
            Given(*step, "reopened") for step in self._steps_behind() if step not in asked and not self.owes(*step)
        ]

    def _steps_behind(self) -> Iterator[tuple[str, str, str]]:
        """Yield the approval steps that apply in stages which the run has left."""
        for stage in self.definition.stages:
            if stage.key not in self.behind:
                continue
            for requirement in stage.approvals():
                if not holds(requirement.when, self.facts, self.values):
                    continue
                for step in requirement.steps:
                    if holds(step.when, self.facts, self.values):
                        yield stage.key, requirement.key, step.function

    @property
    def urgency(self) -> Urgency | None:
        """The urgency of which something is owed still, or None."""
        return next((u for u in self.urgencies if u.closed_at is None), None)

    def owes(self, stage: str, requirement: str, function: str) -> bool:
        """Whether a step of an approval is one of the items that an urgency left behind."""
        owed = self.urgency
        return owed is not None and owed_item(stage, f"{requirement}.{function}") in owed.items

    @cached_property
    def waivers(self) -> list[Waiver]:
        """The exceptions that were approved and not ended, as the checklist needs them."""
        return [
            Waiver(
                item=e.item,
                until=end_of(e.until_on, self.post.timezone) if e.until_on else None,
                reason=e.instead,
                stage=e.stage,
                day=e.until_on,
            )
            for e in self.exceptions
            if e.ended_at is None and e.approval is not None and e.approval.state == "approved"
        ]

    @cached_property
    def due_later(self) -> list[Later]:
        """What an urgency left behind, as the checklist needs it."""
        owed = self.urgency
        if owed is None:
            return []
        by_stage: dict[str, set[str]] = {}
        for one in owed.items:
            stage, _colon, own = one.partition(":")
            by_stage.setdefault(stage, set()).add(own)
        until = end_of(owed.due_on, self.post.timezone)
        return [Later(s, frozenset(own), until, owed.due_on) for s, own in by_stage.items() if s in self.behind]

    @cached_property
    def items(self) -> list[Item]:
        """The checklist of the present stage, with what is owed of an earlier one."""
        return self._checklist(self.run.stage, self.due_later)

    def items_of(self, stage: str) -> list[Item]:
        """Return what a stage itself asks for, and how it stands today, wherever the run is."""
        return [i for i in self._checklist(stage, ()) if i.stage == stage]

    def _checklist(self, stage: str, due_later: Sequence[Later]) -> list[Item]:
        return pure.checklist(
            self.definition,
            stage,
            self.facts,
            self.values,
            counted(self.files),
            self.given,
            self.waivers,
            clock.now(),
            due_later,
        )

    @cached_property
    def asked(self) -> list[tuple[Stage, Requirement]]:
        """Everything that can be answered or declared now: in the present stage, and what is owed of an earlier one."""
        owed = {(i.stage, i.requirement) for i in self.items if i.stage != self.run.stage}
        return [(s, r) for s in self.definition.stages for r in s.requires if s is self.stage or (s.key, r.key) in owed]

    def item_of(self, stage: Stage, requirement: Requirement) -> Item:
        """Return the item of the checklist that stands for something asked (no approval)."""
        return next(i for i in self.items if (i.stage, i.requirement) == (stage.key, requirement.key))

    @property
    def missing(self) -> list[Item]:
        """What keeps the gate shut."""
        return pure.missing(self.items)

    @property
    def ways(self) -> list[Stage]:
        """Where one may go from here, when all is met."""
        return pure.ways(self.definition, self.run.stage, self.facts, self.values)

    @property
    def onward(self) -> Stage | None:
        """The one stage that leads on, or None."""
        return pure.leads_on(self.definition, self.run.stage, self.facts, self.values)

    def dues(self, stage: str | None = None) -> list[Due]:
        """Return the days by which a stage (the present one) must be finished, the earliest first."""
        at = stage or self.run.stage
        since = self.run.stage_since if at == self.run.stage else None
        return dues(self.definition, at, self.facts, self.left, since, self.calendars, self.post.timezone)

    @cached_property
    def calendars(self) -> Mapping[str, Calendar]:
        """The calendar of the post and Peru's, as confirmed and decreed."""
        session = object_session(self.record)
        assert session is not None
        return calendars.both(session, self.post)

    def doubt(self, due: Due) -> Doubt:
        """Why a day is not certain: years through which it was counted and that nobody has confirmed."""
        named = due.deadline.calendar
        return Doubt(self.calendars[named].unconfirmed(due.since, due.on), named == "peru")

    @property
    def today(self) -> date:
        """Today at the post."""
        return clock.today(self.post.timezone)


def given_of(a: Approval, names: Mapping[int, str]) -> Given:
    """Return an approval as the checklist needs it: who did what to it last, when and why."""
    at: date | datetime | None
    if a.undone_by_id is not None:
        by, at, why = a.undone_by_id, a.undone_at, a.undone_reason
    else:
        by, at, why = a.decided_by_id or a.assigned_to_id or 0, a.decided_at or a.asked_at, a.reason
    entered = names.get(a.entered_by_id) if a.entered_by_id else None
    if entered is not None and a.undone_by_id is None:
        at = a.act_date or at
    return Given(
        stage=a.stage, requirement=a.requirement, function=a.function, state=a.state, by=names.get(by), at=at,
        reason=why, step=a.route_step, entered=entered,
    )  # fmt: skip


# What is asked of a run wherever its checklist is seen, put together once. ``bulk`` asks it of many.
_RUN = bindparam("run", type_=BigInteger())
_RUN_OF = select(Run).where(Run.record_id == bindparam("record", type_=BigInteger()))
ASKED = (
    select(Approval, Assignee.name, Decider.name, Asker.name)
    .outerjoin(Assignee, Assignee.id == Approval.assigned_to_id)
    .outerjoin(Decider, Decider.id == Approval.decided_by_id)
    .outerjoin(Asker, Asker.id == Approval.asked_by_id)
    .order_by(Approval.asked_at, Approval.id)
)
PASSED = (
    select(Transition.from_stage, Transition.to_stage, Transition.at)
    .where(Transition.from_stage != Transition.to_stage)  # else only the version changed
    .order_by(Transition.id)
)
_APPROVALS, _PASSED = ASKED.where(Approval.run_id == _RUN), PASSED.where(Transition.run_id == _RUN)
_EXCEPTIONS = select(AuthorisedException).where(AuthorisedException.run_id == _RUN).order_by(AuthorisedException.id)
_URGENCIES = select(Urgency).where(Urgency.run_id == _RUN).order_by(Urgency.id)
_ANSWERS = select(Answer).where(Answer.run_id == _RUN).order_by(Answer.id)


def gather(session: Session, record: Record, run: Run) -> Case:
    """Read everything that is known of a run."""
    of_run = {"run": run.id}
    rows = session.execute(_APPROVALS, of_run).all()
    about = {row.Approval.subject for row in rows}  # most runs have neither exceptions nor urgencies
    return put_together(
        record,
        run,
        rows,
        session.execute(_PASSED, of_run).all(),
        other_names(session, rows),
        post=session.get_one(Post, record.post_id),
        facts=facts_of(session, record),
        answers=list(session.scalars(_ANSWERS, of_run)),
        files=attached(session, record.id),
        exceptions=list(session.scalars(_EXCEPTIONS, of_run)) if EXCEPTION in about else [],
        urgencies=list(session.scalars(_URGENCIES, of_run)) if URGENCY in about else [],
    )


def put_together(
    record: Record,
    run: Run,
    asked: Sequence[Any],
    moves: Sequence[Any],
    others: Mapping[int, str],
    *,
    facts: Mapping[str, Any],
    **read: Any,
) -> Case:
    """Return a case of what was read of a run: rows of ``ASKED`` and ``PASSED``, other names, and the rest by name."""
    approvals = [row.Approval for row in asked]
    behind = passed([(move.from_stage, move.to_stage) for move in moves])
    return Case(
        record=record,
        kind=records.kind(record.kind),
        run=run,
        definition=definition_of(run.version),
        facts={**facts, **run_facts(behind, approvals)},
        approvals=approvals,
        names={**_named(asked), **others},
        left={move.from_stage: move.at for move in moves},
        behind=behind,
        moves=moves,
        **read,
    )


def _named(asked: Iterable[Any]) -> dict[int, str]:
    """Return the names that rows of ``ASKED`` bring along."""
    return {
        person_id: name
        for a, *names in asked
        for person_id, name in zip((a.assigned_to_id, a.decided_by_id, a.asked_by_id), names, strict=True)
        if person_id
    }


def other_names(session: Session, asked: Sequence[Any]) -> dict[int, str]:
    """Return the names of those who entered an approval from paper, delegated or undid one: few runs have any."""
    approvals = [row.Approval for row in asked]
    wanted = {i for a in approvals for i in (a.entered_by_id, a.delegated_by_id, a.undone_by_id) if i}
    wanted -= _named(asked).keys()
    if not wanted:
        return {}
    found = session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted)))
    return {row.id: row.name for row in found}


def run_facts(behind: Collection[str], approvals: Iterable[Approval]) -> dict[str, Any]:
    """Return what procedures may ask about a run, as ``RUN_FACTS`` declares it."""
    return {"stages_passed": list(behind), "approved_changed": any(a.state == "reopened" for a in approvals)}


def passed(moves: list[tuple[str, str]]) -> list[str]:
    """Return the stages that a run has gone through to where it stands; a move back takes those after it away."""
    path: list[str] = []
    for start, end in moves:
        path = path or [start]
        path = path[: path.index(end) + 1] if end in path else [*path, end]
    return path[:-1]


def function_names(session: Session) -> dict[str, dict[str, str]]:
    """Return the names of all functions by code, in both languages."""
    return reference.kept.get(session, "functions", lambda: _function_names(session))


def _function_names(session: Session) -> dict[str, dict[str, str]]:
    found = session.execute(select(Function.code, Function.name_es, Function.name_en).order_by(Function.code))
    return {code: {"es": es, "en": en} for code, es, en in found}


def run_of(session: Session, record_id: int) -> Run | None:
    """Return the run of a record, or None."""
    return session.scalars(_RUN_OF, {"record": record_id}).first()


def known_functions(session: Session) -> set[str]:
    """Return the codes of all functions: those that come with Promo, and those of the database when there is one."""
    shipped = {str(row["code"]) for row in csv.DictReader(FUNCTIONS.read_text("utf-8").splitlines())}
    if not inspect(session.connection()).has_table(Function.__tablename__):
        return shipped
    return shipped | set(session.scalars(select(Function.code).order_by(Function.code)))
