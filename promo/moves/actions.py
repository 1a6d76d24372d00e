"""Asking that open work goes on under the version in force, and what follows from the decision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from promo.core import clock
from promo.core.access import Viewer
from promo.core.db import lock
from promo.core.errors import Reason, Refused
from promo.moves import queries
from promo.moves.models import Move
from promo.notices.actions import Said, declare, tell
from promo.procedures import approvals, moving, subjects, words
from promo.procedures.actions import sentence
from promo.procedures.case import Case, definition_of
from promo.procedures.checklist import Item
from promo.procedures.definitions import Stage
from promo.procedures.models import Approval, ProcedureVersion
from promo.procedures.notices import page_of
from promo.procedures.subjects import Subject

MOVED = declare("move", _l("A case file of mine went on under a newer version of its procedure"))
APPROVES = "quality"  # the function that approves a move


def ask(
    session: Session, viewer: Viewer, record_ids: Iterable[int], stages: Mapping[int, str], reason: str | None
) -> list[Move]:
    """Ask that records go on under the version in force: one request for each, with one reason.

    ``stages`` says by record where it goes on when its stage is no longer in the procedure. Raises :class:`Refused`
    when nothing is to be moved, the reason or a stage is missing.
    """
    ids = list(dict.fromkeys(record_ids))
    why = sentence(reason, "reason")
    reasons = [] if why else [Reason(_l("Say why it goes on under the newer version."), "reason")]
    if not ids or len(ids) > queries.MOST:
        reasons.append(Reason(_l("Choose up to %(most)s case files.", most=queries.MOST)))
    if reasons:
        raise Refused(reasons)
    return [_ask_one(session, viewer, record_id, stages.get(record_id), why or "") for record_id in ids]


def _ask_one(session: Session, viewer: Viewer, record_id: int, chosen: str | None, why: str) -> Move:
    case = queries.case_of(session, viewer, record_id)
    lock(case.record)
    lock(case.run)
    version = None if case.run.finished_at else moving.newer(session, case.run)
    if version is None or queries.waits(session, case.run.id):
        title = case.record.title
        raise Refused(_l("%(title)s: there is nothing to move, or it is asked for already.", title=title))
    stage = _stage(case, version, chosen)
    lacking = moving.becomes_missing(case, moving.under(case, version, stage.key))
    move = Move(
        record_id=record_id, run_id=case.run.id, from_version_id=case.run.version_id, to_version_id=version.id,
        from_stage=case.run.stage, to_stage=stage.key, reason=why, missing=_told(case, lacking),
        asked_by_id=viewer.person_id,
    )  # fmt: skip
    session.add(move)
    session.flush()
    shown = {"from": case.run.version.number, "to": version.number, "stage": stage.key, "reason": why,
             "missing": [one["key"] for one in move.missing]}  # fmt: skip
    approvals.ask_about(session, case, "move", move.id, APPROVES, viewer.person_id, shown)
    return move


def _stage(case: Case, version: ProcedureVersion, chosen: str | None) -> Stage:
    """Return where a run goes on: in the same stage, else in the one that was chosen."""
    definition = definition_of(version)
    found = moving.same_stage(definition, case.run.stage)
    if found is None and chosen:
        found = moving.same_stage(definition, chosen)
    if found is None:
        message = _l("Choose the stage in which %(title)s goes on.", title=case.record.title)
        raise Refused(Reason(message, f"stage-{case.record.id}"))
    return found


def _told(case: Case, items: list[Item]) -> list[dict[str, str]]:
    """Return what becomes missing in the words of today, in both languages."""
    found = [{"key": item.key} for item in items]
    for language in ("es", "en"):
        with force_locale(language):
            for one, item in zip(found, items, strict=True):
                one[language] = words.item_label(item, case.kind, case.functions)
    return found


def _move_of(session: Session, request: Approval) -> Move:
    return session.get_one(Move, request.subject_id)


def _shown(session: Session, case: Case, request: Approval) -> list[tuple[str, str]]:
    """Return what the approver sees of a move."""
    move = _move_of(session, request)
    versions = [session.get_one(ProcedureVersion, id_) for id_ in (move.from_version_id, move.to_version_id)]
    before, after = (words.stage_title(definition_of(v), stage)
                     for v, stage in zip(versions, (move.from_stage, move.to_stage), strict=True))  # fmt: skip
    return [
        (_("From version"), f"{versions[0].code} v{versions[0].number}"),
        (_("To version"), f"{versions[1].code} v{versions[1].number}"),
        (_("Stage"), before if before == after else f"{before} → {after}"),
        (_("Reason"), move.reason),
        (_("What becomes missing"), "; ".join(words.pick(one) for one in move.missing) or _("nothing")),
    ]


def _approved(session: Session, viewer: Viewer, case: Case, request: Approval) -> None:
    """Make the move. Raises :class:`Refused` when it is no longer the one that was asked for."""
    move = _move_of(session, request)
    version = session.get_one(ProcedureVersion, move.to_version_id)
    if case.run.version_id != move.from_version_id or case.run.finished_at or version.status != "effective":
        raise Refused(_l("It is no longer as it was asked: return it, so that it is asked for anew."))
    chosen = move.to_stage if case.run.stage == move.from_stage else None
    stage = _stage(case, version, chosen)
    move.missing = _told(case, moving.becomes_missing(case, moving.under(case, version, stage.key)))
    move.from_stage, move.to_stage = case.run.stage, stage.key
    transition = moving.move_on(session, case, version, stage, viewer.person_id, move.reason, request.id)
    move.state, move.decided_at, move.transition_id = "moved", clock.now(), transition.id
    say = partial(_say_moved, case, version, move)
    for person_id in {case.record.owner_id, move.asked_by_id} - {viewer.person_id}:
        tell(session, person_id, MOVED, say, address=page_of(case), record_id=case.record.id)


def _say_moved(case: Case, version: ProcedureVersion, move: Move) -> Said:
    lacking = "; ".join(words.pick(one) for one in move.missing) or _("nothing")
    return Said(
        _("%(title)s goes on under %(code)s v%(number)s",
          title=case.record.title, code=version.code, number=version.number),
        _("%(reference)s was moved to the version in force. What became missing: %(missing)s.",
          reference=case.record.reference, missing=lacking),
        _("You are told because it is yours, or you asked for it."),
    )  # fmt: skip


def _ended(state: str) -> Any:
    def end(session: Session, viewer: Viewer, case: Case, request: Approval) -> None:
        move = _move_of(session, request)
        move.state, move.decided_at = state, clock.now()

    return end


subjects.register(
    Subject(
        "move",
        _l("Move to another version"),
        approved=_approved,
        returned=_ended("returned"),
        recalled=_ended("recalled"),
        shown=_shown,
        stays=True,
    )
)
