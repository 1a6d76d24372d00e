"""Every write on runs and approvals. A record's status has no other way to change than ``advance``."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from promo.core import clock
from promo.core.access import Viewer, require, visible_one
from promo.core.db import lock
from promo.core.errors import NotFound, Reason, Refused
from promo.core.records import Record
from promo.procedures import answers, approvals, places, words
from promo.procedures import checklist as pure
from promo.procedures.case import Case, definition_of, facts_of, gather, kind_of, run_of
from promo.procedures.checklist import Item, cancels
from promo.procedures.checklist import Reason as Why
from promo.procedures.deadlines import binding
from promo.procedures.definitions import Answer as Question
from promo.procedures.definitions import Declaration, Stage
from promo.procedures.departures import owed_item
from promo.procedures.items import EXCEPTED
from promo.procedures.matching import match
from promo.procedures.models import Answer, Run, Transition
from promo.procedures.notices import tell_functions
from promo.procedures.readers import check_read
from promo.procedures.subjects import leaves
from promo.procedures.terms import recount, set_due
from promo.procedures.versions import add_draft, load_library, make_effective

__all__ = [
    "add_draft", "advance", "answer", "declare", "load_library", "make_effective", "match", "recount",
    "start",
]  # fmt: skip
LATE_REASON = "late_reason"  # the field in which it is said why a run was begun after its term


def start(session: Session, viewer: Viewer, record: Record) -> Run:
    """Begin the run of a new record under the version that fits it, and give it the first stage as status.

    Raises :class:`Refused` when no procedure in force covers its kind, type and pillar, and when whoever begins it has
    not read the one that does.
    """
    version = match(session, record.kind, _type(session, record), record.pillar)
    if version is None:
        raise Refused(_l("No procedure in force covers this. Ask the quality officer."))
    check_read(session, viewer, version)
    definition = definition_of(version)
    moment = clock.now()
    run = Run(
        record_id=record.id,
        version_id=version.id,
        version=version,
        stage=definition.first.key,
        started_at=moment,
        stage_since=moment,
        started_by_id=viewer.person_id,
    )
    _stand(record, definition.first)
    session.add(run)
    session.flush()
    case = gather(session, record, run)
    set_due(run, binding(case.dues()))
    run.late_start = run.due_on is not None and run.due_on < case.today
    session.flush()
    return run


def _type(session: Session, record: Record) -> str | None:
    """Return of which of its kind's types a record is, or None."""
    kind = kind_of(record)
    return facts_of(session, record).get(kind.type_field) if kind and kind.type_field else None


def opened(session: Session, viewer: Viewer, record_id: int, action: str) -> Case:
    """Return a record's case with its run locked, after asking whether the viewer may do this."""
    record: Record = visible_one(session, viewer, Record, record_id)
    require(viewer, action, record)
    run = run_of(session, record_id)
    if run is None:
        raise NotFound(action)
    lock(record)
    lock(run)
    return gather(session, record, run)


def answer(session: Session, viewer: Viewer, record_id: int, values: Mapping[str, Any]) -> Run:
    """Store answers to the questions that may be answered now, by key; what was left empty is cleared.

    Raises :class:`Refused` with a reason at each answer that is not of the kind asked for; then nothing is stored.
    """
    case = opened(session, viewer, record_id, "procedures.answer")
    asked = {r.name: (stage, r) for stage, r in case.asked if isinstance(r, Question)}
    reasons: list[Reason] = []
    new: dict[str, Any] = {}
    for key, value in values.items():
        if key not in asked:
            continue
        stage, question = asked[key]
        new[key] = answers.typed(question, value)
        wrong = answers.fault(question, new[key])
        if wrong in ("wrong_type", "too_small", "too_large"):
            item = case.item_of(stage, question)
            why = Why(wrong, {"min": question.min, "max": question.max})
            reasons.append(Reason(words.refusal(replace(item, reason=why), case.kind, case.functions), key))
    if reasons:
        raise Refused(reasons)
    _store(session, viewer, case, new)
    return case.run


def declare(session: Session, viewer: Viewer, record_id: int, key: str, *, said: bool = True) -> Run:
    """Declare a sentence that may be declared now, or take the declaration back."""
    case = opened(session, viewer, record_id, "procedures.declare")
    found = next((r for _stage, r in case.asked if isinstance(r, Declaration) and r.name == key), None)
    if found is None:
        raise NotFound("procedures.declare")
    if found.by != "officer" and not viewer.holds(found.by, case.record.post_id):
        raise Refused(
            Reason(
                words.lazily(
                    lambda: str(_l("Only %(who)s declares this.", who=words.function_label(found.by, case.functions)))
                ),
                key,
            )
        )
    _store(session, viewer, case, {key: True if said else None})
    return case.run


def _store(session: Session, viewer: Viewer, case: Case, values: Mapping[str, Any]) -> None:
    there = {a.key: a for a in case.answers}
    for key, value in values.items():
        row = there.get(key)
        if row is not None and row.value == value:
            continue
        if value is None:
            if row is not None:
                session.delete(row)
            continue
        if row is None:
            row = Answer(run_id=case.run.id, record_id=case.record.id, key=key)
            session.add(row)
        row.value, row.by_id, row.at = value, viewer.person_id, clock.now()
    case.record.touch()
    session.flush()


def advance(
    session: Session, viewer: Viewer, record_id: int, to: str, reason: str | None = None, late_reason: str | None = None
) -> Run:
    """Move a record on to a stage. Raises :class:`Refused` with one reason for each unmet item, linked to its place.

    Cancelling works at once and asks only why. ``late_reason`` says why it was begun after its term, once: empty where
    that is asked for, None where nobody can be asked.
    """
    reason, late = sentence(reason, "reason"), sentence(late_reason, LATE_REASON, 1000)
    case = opened(session, viewer, record_id, "procedures.advance")
    target = next((s for s in case.ways if s.key == to), None)
    if target is None:
        raise Refused(_l("From this stage there is no such way. Open the page again: somebody may have moved it."))
    if cancels(case.stage, target):
        if not reason:
            raise Refused(Reason(_l("Say why it is cancelled."), "reason"))
    elif missing := pure.missing(case.items, final=target.final):
        raise Refused(unmet(case, missing))
    elif late_reason is not None and case.run.late_start and not (late or case.run.late_reason):
        raise Refused(Reason(_l("Say why it was begun after its term."), LATE_REASON))
    if case.run.late_start:
        case.run.late_reason = case.run.late_reason or late
    move(session, case, target, viewer.person_id, reason=reason)
    return case.run


def sentence(text: str | None, field: str, limit: int = 2000) -> str | None:
    """Return a typed sentence without the spaces around it, None when empty; refuses what no text should carry."""
    clean = (text or "").strip().replace("\r\n", "\n")
    if len(clean) > limit:
        raise Refused(Reason(_l("At most %(limit)s characters, please.", limit=limit), field))
    if answers.CONTROL.search(clean):
        raise Refused(
            Reason(_l("This text has invisible control characters. Type it again, or paste it as plain text."), field)
        )
    return clean or None


def unmet(case: Case, items: list[Item]) -> list[Reason]:
    """Return a reason for each item: its words and the address that mends it."""
    return [
        Reason(
            words.refusal(item, case.kind, case.functions),
            item.key,
            places.address(case.kind, case.record.id, places.place_of(item)),
        )
        for item in items
    ]


def move(
    session: Session,
    case: Case,
    target: Stage,
    actor: int,
    *,
    reason: str | None = None,
    approval_id: int | None = None,
) -> Transition:
    """Write a transition: status, trail, next deadline, notices. The caller has checked that it may be.

    What waits for approval is recalled, but for what an urgency left behind and what is no longer of a stage.
    """
    run, moment = case.run, clock.now()
    shown = [remembered(item) for item in case.items]
    transition = Transition(
        run_id=run.id,
        record_id=case.record.id,
        from_stage=run.stage,
        to_stage=target.key,
        actor_id=actor,
        at=moment,
        left_since=run.stage_since,
        due_on=run.due_on,
        late=None if run.due_on is None else case.today > run.due_on,
        by_itself=approval_id is not None,
        approval_id=approval_id,
        reason=reason,
        checklist=shown,
        checklist_digest=hashlib.sha256(json.dumps(shown, sort_keys=True, default=str).encode()).hexdigest(),
    )
    session.add(transition)
    for request in case.approvals:
        owed = not target.final and case.owes(request.stage, request.requirement, request.function)
        if request.state in approvals.OPEN and not owed and leaves(request, final=target.final):
            request.state, request.decided_at = "recalled", moment
    stand_in(session, case, target, moment)
    if target.tells:
        tell_functions(session, case, target)
    return transition


def stand_in(session: Session, case: Case, stage: Stage, since: datetime) -> None:
    """Make a stage the present one: the record's status, since when, until when, whether it is finished."""
    run = case.run
    run.stage, run.stage_since = stage.key, since
    run.finished_at = clock.now() if stage.final else None
    _stand(case.record, stage)
    case.record.touch()
    session.flush()
    fresh = gather(session, case.record, run)
    set_due(run, None if stage.final else binding(fresh.dues()))
    settle(fresh)
    session.flush()


def remembered(item: Item) -> dict[str, Any]:
    """Return what a transition keeps of an item of the checklist."""
    until = item.reason.params.get("until" if item.state == EXCEPTED else "day")
    return {"key": item.key, "state": item.state, "why": item.reason.code} | ({"until": str(until)} if until else {})


def _stand(record: Record, stage: Stage) -> None:
    """Give a record the status of its stage, and tell its kind."""
    record.status = stage.status
    kind = kind_of(record)
    if kind is not None and kind.stands is not None:
        kind.stands(record, stage.key)


def settle(case: Case) -> None:
    """Close the urgency of a run of which nothing is owed any more: all is met, excepted for good, or it is over."""
    owed = case.urgency
    if owed is None or (owed.from_stage not in case.behind and case.run.finished_at is None):
        return
    limited = {(w.stage, w.item) for w in case.waivers if w.until is not None}
    left = [i for stage in {one.partition(":")[0] for one in owed.items} for i in case.items_of(stage)]
    left = [i for i in left if owed_item(i.stage, i.own) in owed.items]
    if case.run.finished_at is None and any(
        i.shuts or (i.state == EXCEPTED and (i.stage, i.own) in limited) for i in left
    ):
        return
    owed.closed_at = clock.now()
