"""Moving an open run on to another version of its procedure: what becomes missing, and the move itself.

Runs stay pinned to their version; a move is asked for and approved (see ``promo/moves``). An approval that was given
stays when the new version asks for it under the same key and it covers the same; else it is asked for again.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.core import clock
from promo.procedures.actions import remembered, stand_in
from promo.procedures.approvals import OPEN, reopen_if_changed
from promo.procedures.case import Case, definition_of
from promo.procedures.checklist import Item
from promo.procedures.definitions import Definition, Stage
from promo.procedures.models import STEP, Approval, ProcedureVersion, Run, Transition


def newer(session: Session, run: Run) -> ProcedureVersion | None:
    """Return the version in force of a run's procedure when it came after the run's own; else None."""
    version = run.version
    if version.status == "effective":
        return None
    found = select(ProcedureVersion).where(
        ProcedureVersion.procedure_id == version.procedure_id,
        ProcedureVersion.status == "effective",
        ProcedureVersion.number > version.number,
    )
    return session.scalars(found).first()


def under(case: Case, version: ProcedureVersion, stage: str) -> Case:
    """Return a case as it would stand in a stage of another version; nothing is stored."""
    run = case.run
    moved = Run(
        record_id=run.record_id, version_id=version.id, stage=stage, started_at=run.started_at,
        started_by_id=run.started_by_id, late_start=run.late_start,
        stage_since=run.stage_since if stage == run.stage else clock.now(),
    )  # fmt: skip
    return replace(case, run=moved, definition=definition_of(version))


def becomes_missing(case: Case, other: Case) -> list[Item]:
    """Return what keeps the gate shut under another version and does not now."""
    here = {item.key for item in case.missing}
    return [item for item in other.missing if item.key not in here]


def stages(definition: Definition) -> list[Stage]:
    """Return the stages in which an open run may stand."""
    return [stage for stage in definition.stages if not stage.final]


def same_stage(definition: Definition, key: str) -> Stage | None:
    """Return the stage of another version that bears the same key, if an open run may stand there."""
    return next((stage for stage in stages(definition) if stage.key == key), None)


def move_on(
    session: Session, case: Case, version: ProcedureVersion, stage: Stage, actor: int, reason: str, approval_id: int
) -> Transition:
    """Move a run to a stage of another version: run, status, term and trail; approvals as they still hold."""
    run, before = case.run, case.run.stage
    since = run.stage_since if stage.key == before else clock.now()
    items = [remembered(item) for item in under(case, version, stage.key).items]
    transition = Transition(
        run_id=run.id, record_id=run.record_id, from_stage=before, to_stage=stage.key, actor_id=actor, at=clock.now(),
        left_since=run.stage_since, due_on=None, late=None, reason=reason, approval_id=approval_id,
        to_version_id=version.id, checklist=items,
        checklist_digest=hashlib.sha256(json.dumps(items, sort_keys=True, default=str).encode()).hexdigest(),
    )  # fmt: skip
    session.add(transition)
    run.version_id, run.version = version.id, version
    for request in case.steps:
        if request.state in OPEN and not _asked(definition_of(version), stage, request):
            request.state, request.decided_at = "recalled", clock.now()
    stand_in(session, case, stage, since)
    reopen_if_changed(session, case.record)
    session.flush()
    return transition


def _asked(definition: Definition, here: Stage, request: Approval) -> bool:
    """Whether a version asks for the step of a request, in the stage where the run stands."""
    if request.subject != STEP or request.stage != here.key:
        return False
    stage = definition.stage(request.stage)
    steps = {(a.key, step.function) for a in stage.approvals() for step in a.steps} if stage else set()
    return (request.requirement, request.function) in steps
