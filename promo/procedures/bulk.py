"""Many cases at once, each as ``gather`` would read it, in a handful of SELECTs for all: for rehearsals and packs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, defer

from promo.core import records
from promo.core.files import File
from promo.core.records import Record
from promo.procedures.case import (
    ASKED,
    PASSED,
    Case,
    definition_of,
    facts_of,
    other_names,
    passed,
    put_together,
    run_facts,
)
from promo.procedures.definitions import Definition
from promo.procedures.departures import EXCEPTION, URGENCY, AuthorisedException, Urgency
from promo.procedures.evidence import Attached
from promo.procedures.models import Answer, Approval, Run, Transition
from promo.reference.models import Post

T = TypeVar("T")


@dataclass(frozen=True)
class Step:
    """A move of a run as it was: from where, when, since when it had stood there."""

    from_stage: str
    to_stage: str
    at: datetime
    left_since: datetime
    version: bool = False  # only the version of the procedure changed


@dataclass(frozen=True)
class Whole:
    """A case as it stands, and the moves that brought it there."""

    case: Case
    steps: tuple[Step, ...]

    def before(self, number: int) -> Case:
        """Return the case where it stood before one of its moves: the stage of then, everything else as it is now."""
        step = self.steps[number]
        run = standing_in(self.case.run, step.from_stage, step.left_since)
        gone = passed([(s.from_stage, s.to_stage) for s in self.steps[:number]])
        facts = {**self.case.facts, **run_facts(gone, self.case.approvals)}
        return replace(self.case, run=run, behind=gone, facts=facts)


def standing_in(run: Run, stage: str, since: datetime) -> Run:
    """Return a run as it would stand in a stage; never stored."""
    return Run(
        record_id=run.record_id, version_id=run.version_id, stage=stage, stage_since=since, started_at=run.started_at,
        started_by_id=run.started_by_id, late_start=run.late_start,
    )  # fmt: skip


def under(case: Case, definition: Definition) -> Case:
    """Return a case as it would stand in the same stage under another definition."""
    return replace(case, definition=definition)


def wholes(session: Session, run_ids: Sequence[int]) -> Iterator[Whole]:
    """Yield the cases of runs with their moves, in the order of the runs."""
    runs = list(session.scalars(select(Run).where(Run.id.in_(run_ids)).order_by(Run.id)))
    found = of_kinds(session, {run.record_id for run in runs})
    facts = _facts(session, found.values())
    answers = _of_runs(session, Answer, run_ids)
    asked = select(Approval).where(Approval.run_id.in_(run_ids)).options(defer(Approval.snapshot))
    approvals = _by(session.scalars(asked.order_by(Approval.asked_at, Approval.id)), "run_id")
    steps, files = _steps(session, run_ids), _files(session, list(found))
    posts = {post.id: post for post in session.scalars(select(Post).order_by(Post.id))}
    for run in runs:
        record = found.get(run.record_id)
        if record is None:
            continue
        moves = [s for s in steps.get(run.id, []) if s.from_stage != s.to_stage]
        gone = passed([(s.from_stage, s.to_stage) for s in moves])
        case = Case(
            record=record,
            kind=records.kind(record.kind),
            run=run,
            definition=definition_of(run.version),
            post=posts[record.post_id],
            facts={**facts[record.id], **run_facts(gone, approvals.get(run.id, []))},
            answers=answers.get(run.id, []),
            files=files.get(record.id, []),
            approvals=approvals.get(run.id, []),
            names={},
            left={s.from_stage: s.at for s in moves},
            behind=gone,
        )
        yield Whole(case, tuple(steps.get(run.id, ())))


def gathered(session: Session, pairs: Sequence[tuple[Record, Run]]) -> list[Case]:
    """Return the cases of records and their runs with all that ``gather`` reads of one, in the same order."""
    ids = [run.id for _record, run in pairs if run.id is not None]
    asked = session.execute(ASKED.where(Approval.run_id.in_(ids))).all()
    about = {row.Approval.subject for row in asked}
    others = other_names(session, asked)
    asked_of: dict[int, list[Any]] = defaultdict(list)
    for row in asked:
        asked_of[row.Approval.run_id].append(row)
    moves = _by(session.execute(PASSED.add_columns(Transition.run_id).where(Transition.run_id.in_(ids))), "run_id")
    facts = _facts(session, [record for record, _run in pairs])
    files = _files(session, [record.id for record, _run in pairs])
    answers = _of_runs(session, Answer, ids)
    exceptions = _of_runs(session, AuthorisedException, ids if EXCEPTION in about else [])
    urgencies = _of_runs(session, Urgency, ids if URGENCY in about else [])
    return [
        put_together(
            record,
            run,
            asked_of.get(run.id, []),
            moves.get(run.id, []),
            others,
            post=session.get_one(Post, record.post_id),
            facts=facts[record.id],
            answers=answers.get(run.id, []),
            files=files.get(record.id, []),
            exceptions=exceptions.get(run.id, []),
            urgencies=urgencies.get(run.id, []),
        )
        for record, run in pairs
    ]


def _of_runs(session: Session, model: Any, ids: Sequence[int]) -> dict[Any, list[Any]]:
    """Return the rows of a model that belong to runs, by run, in the order in which they came."""
    return _by(session.scalars(select(model).where(model.run_id.in_(ids)).order_by(model.id)), "run_id") if ids else {}


def of_kinds(session: Session, ids: Collection[int]) -> dict[int, Record]:
    """Return records with the columns of their kinds: a statement for each kind among them."""
    named = select(Record.kind).where(Record.id.in_(ids)).distinct().order_by(Record.kind)
    known = {kind.name: kind for kind in records.kinds()}
    found: dict[int, Record] = {}
    for name in session.scalars(named):
        if name in known:
            model: Any = known[name].model
            of_kind: Select[Any] = select(model).where(model.id.in_(ids), Record.kind == name)
            found |= {record.id: record for record in session.scalars(of_kind)}
    return found


def _facts(session: Session, found: Iterable[Record]) -> dict[int, dict[str, Any]]:
    facts: dict[int, dict[str, Any]] = {}
    for name, of_kind in _by(found, "kind").items():
        kind = records.kind(name)
        if kind.bulk_facts is not None:
            more = kind.bulk_facts(session, of_kind)
            facts |= {record.id: kind.described(record) | more[record.id] for record in of_kind}
        else:
            facts |= {record.id: facts_of(session, record) for record in of_kind}
    return facts


def _files(session: Session, record_ids: list[int]) -> dict[int, list[Attached]]:
    found = (
        select(File.record_id, File.id, File.category, File.name, File.sha256)
        .where(File.record_id.in_(record_ids), File.archived_at.is_(None), File.category != "")
        .order_by(File.record_id, File.category, File.id)
    )
    files: dict[int, list[Attached]] = defaultdict(list)
    for record_id, id_, category, name, digest in session.execute(found):
        assert record_id is not None
        files[record_id].append(Attached(id_, category, name, digest))
    return files


def _steps(session: Session, run_ids: Sequence[int]) -> dict[int, list[Step]]:
    found = (
        select(
            Transition.run_id, Transition.from_stage, Transition.to_stage, Transition.at, Transition.left_since,
            Transition.to_version_id.is_not(None),
        )
        .where(Transition.run_id.in_(run_ids))
        .order_by(Transition.id)
    )  # fmt: skip
    steps: dict[int, list[Step]] = defaultdict(list)
    for run_id, start, end, at, since, version in session.execute(found):
        steps[run_id].append(Step(start, end, at, since, bool(version)))
    return steps


def _by(rows: Iterable[T], name: str) -> dict[Any, list[T]]:
    found: dict[Any, list[T]] = defaultdict(list)
    for row in rows:
        found[getattr(row, name)].append(row)
    return found
