"""Everything that is known of a run, read in a handful of SELECTs: for the checklist, the gate and the pages."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import BigInteger, bindparam, inspect, select
from sqlalchemy.orm import Session, aliased, object_session

from promo.accounts.models import Person
from promo.config import ROOT
from promo.core import calendars, clock, records
from promo.core.fields import Field
from promo.core.records import Kind, Record
from promo.procedures import checklist as pure
from promo.procedures.building import known, stored
from promo.procedures.checklist import Given, Item
from promo.procedures.conditions import holds
from promo.procedures.deadlines import Due, dues
from promo.procedures.definitions import Definition, Stage
from promo.procedures.evidence import Attached, attached, counted
from promo.procedures.models import STEP, Answer, Approval, ProcedureVersion, Run, Transition
from promo.procedures.words import RUN_FACTS
from promo.reference.models import Function, Post

Assignee, Decider = aliased(Person), aliased(Person)
FUNCTIONS = ROOT / "promo" / "reference" / "data" / "functions.csv"


def definition_of(version: ProcedureVersion) -> Definition:
    """Return a version's definition; its text is read from the database once for each content hash."""
    return known(version.content_hash) or stored(version.content_hash, version.definition)


def kind_of(record: Record) -> Kind | None:
    """Return the registered kind of a record, or None."""
    return next((k for k in records.kinds() if k.name == record.kind), None)


def facts_of(session: Session, record: Record) -> dict[str, Any]:
    """Return what procedures may ask about a record, by name."""
    kind = kind_of(record)
    return kind.facts_of(session, record) if kind else {}


def fact_names(kind: Kind) -> Mapping[str, Field]:
    """Return the facts that a kind offers, by name; of work also those of its run."""
    return kind.offered() | ({fact.name: fact for fact in RUN_FACTS} if kind.work else {})


@dataclass
class Case:
    """One run with its record, definition, facts, answers, files and approvals."""

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

    @property
    def steps(self) -> list[Approval]:
        """The approvals of steps: other subjects (exceptions …) have their own rows and reasons."""
        return [a for a in self.approvals if a.subject == STEP]

    @cached_property
    def given(self) -> list[Given]:
        """The approvals as the checklist needs them; of the present stage only those of this stay in it.

        A step of a stage left behind that applies only now (the budget was raised later) reads as to be asked again.
        """
        found = [
            Given(
                stage=a.stage,
                requirement=a.requirement,
                function=a.function,
                state=a.state,
                by=self.names.get(a.decided_by_id or a.assigned_to_id or 0),
                at=a.decided_at or a.asked_at,
                reason=a.reason,
                step=a.route_step,
            )
            for a in self.steps
            if a.stage != self.run.stage or a.asked_at >= self.run.stage_since
        ]
        asked = {(g.stage, g.requirement, g.function) for g in found}
        return found + [Given(*step, "reopened") for step in self._steps_behind() if step not in asked]

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

    @cached_property
    def items(self) -> list[Item]:
        """The checklist of the present stage."""
        return pure.checklist(
            self.definition, self.run.stage, self.facts, self.values, counted(self.files), self.given, (), clock.now()
        )

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
    def calendars(self) -> dict[str, calendars.Calendar]:
        """The calendar of the post and Peru's."""
        return {"post": calendars.calendar_of(self.post), "peru": calendars.peru()}

    @property
    def today(self) -> date:
        """Today at the post."""
        return clock.today(self.post.timezone)


# What is asked of a run wherever its checklist is seen, put together once.
_RUN = bindparam("run", type_=BigInteger())
_APPROVALS = (
    select(Approval, Assignee.name, Decider.name)
    .outerjoin(Assignee, Assignee.id == Approval.assigned_to_id)
    .outerjoin(Decider, Decider.id == Approval.decided_by_id)
    .where(Approval.run_id == _RUN)
    .order_by(Approval.asked_at, Approval.id)
)
_PASSED = (
    select(Transition.from_stage, Transition.to_stage, Transition.at)
    .where(Transition.run_id == _RUN)
    .order_by(Transition.id)
)
_ANSWERS = select(Answer).where(Answer.run_id == _RUN).order_by(Answer.id)


def gather(session: Session, record: Record, run: Run) -> Case:
    """Read everything that is known of a run."""
    kind = records.kind(record.kind)
    of_run = {"run": run.id}
    rows = session.execute(_APPROVALS, of_run).all()
    names = {a.assigned_to_id: asked for a, asked, _decided in rows if a.assigned_to_id}
    names |= {a.decided_by_id: decided for a, _asked, decided in rows if a.decided_by_id}
    moves = session.execute(_PASSED, of_run).all()
    behind = _behind([(move.from_stage, move.to_stage) for move in moves])
    approvals = [a for a, _asked, _decided in rows]
    return Case(
        record=record,
        kind=kind,
        run=run,
        definition=definition_of(run.version),
        post=session.get_one(Post, record.post_id),
        facts={**facts_of(session, record), **run_facts(behind, approvals)},
        answers=list(session.scalars(_ANSWERS, of_run)),
        files=attached(session, record.id),
        approvals=approvals,
        names=names,
        left={move.from_stage: move.at for move in moves},
        behind=behind,
    )


def run_facts(behind: Collection[str], approvals: Iterable[Approval]) -> dict[str, Any]:
    """Return what procedures may ask about a run, as ``RUN_FACTS`` declares it."""
    return {"stages_passed": list(behind), "approved_changed": any(a.state == "reopened" for a in approvals)}


def _behind(moves: list[tuple[str, str]]) -> list[str]:
    """Return the stages that a run has gone through to where it stands; a move back takes those after it away."""
    path: list[str] = []
    for start, end in moves:
        path = path or [start]
        path = path[: path.index(end) + 1] if end in path else [*path, end]
    return path[:-1]


def function_names(session: Session) -> dict[str, dict[str, str]]:
    """Return the names of all functions by code, in both languages."""
    found = session.execute(select(Function.code, Function.name_es, Function.name_en).order_by(Function.code))
    return {code: {"es": es, "en": en} for code, es, en in found}


def run_of(session: Session, record_id: int) -> Run | None:
    """Return the run of a record, or None."""
    return session.scalars(select(Run).where(Run.record_id == record_id)).first()


def known_functions(session: Session) -> set[str]:
    """Return the codes of all functions: those that come with Promo, and those of the database when there is one."""
    shipped = {str(row["code"]) for row in csv.DictReader(FUNCTIONS.read_text("utf-8").splitlines())}
    if not inspect(session.get_bind()).has_table(Function.__tablename__):
        return shipped
    return shipped | set(session.scalars(select(Function.code).order_by(Function.code)))
