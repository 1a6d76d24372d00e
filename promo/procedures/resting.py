"""What was built on an approval: shown before it is annulled, and what keeps it from being simply taken back.

Procedures know later approvals, moves and the budget; features add what they know (invitations sent, payments,
published figures) with :func:`register`, when their module is loaded::

    resting.register(lambda session, case, request: [Resting(_("12 invitations sent"), url)])
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from flask_babel import gettext as _
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from promo.core import money
from promo.procedures import words
from promo.procedures.case import Case
from promo.procedures.models import STEP, Approval, Transition

KEPT = ("approved", "reopened")  # what was decided later, and stands or is to be decided again


@dataclass(frozen=True)
class Resting:
    """One thing that was built on an approval, in the reader's language.

    ``holds``: while it stands, the approval can't be taken back, only annulled.
    """

    what: str
    url: str | None = None
    holds: bool = True


Source = Callable[[Session, Case, Approval], Iterable[Resting]]
_sources: list[Source] = []


def register(of: Source) -> Source:
    """Add what a feature knows to be built on approvals. Called once, when its module is loaded."""
    _sources.append(of)
    return of


def on(session: Session, case: Case, request: Approval) -> list[Resting]:
    """Return what was built on an approval since it was given."""
    found = [one for source in _sources for one in source(session, case, request)]
    if request.subject != STEP:
        return found
    return [*_approvals(case, request), *_moves(session, case, request), *_budget(request), *found]


def holds(session: Session, case: Case, request: Approval) -> bool:
    """Whether something keeps an approval from being taken back."""
    return any(one.holds for one in on(session, case, request))


def later(case: Case, request: Approval) -> list[Approval]:
    """Return the approvals of steps that were asked for after this one."""
    return [a for a in case.steps if a.id > request.id]


def _approvals(case: Case, request: Approval) -> list[Resting]:
    return [
        Resting(
            _("Approval of %(function)s (%(stage)s), %(name)s, %(day)s",
              function=words.function_label(a.function, case.functions),
              stage=words.stage_title(case.definition, a.stage), name=case.names.get(a.decided_by_id or 0, "–"),
              day=words.short_date(a.decided_at))
        )
        for a in later(case, request)
        if a.state in KEPT
    ]  # fmt: skip


def moves_after(session: Session, case: Case, request: Approval) -> list[Transition]:
    """Return the moves on since an approval was given that still stand, with the one that it caused by itself."""
    if request.decided_at is None:
        return []
    own = Transition.approval_id == request.id
    after = or_(Transition.at > request.decided_at, and_(Transition.at == request.decided_at, own))
    found = select(Transition).where(Transition.run_id == case.run.id, after).order_by(Transition.id)
    stand: list[Transition] = []
    for move in session.scalars(found):
        if move.approval_id is not None and not move.by_itself:  # it went back with an approval that was undone
            starts = [one.from_stage for one in stand]
            stand = stand[: starts.index(move.to_stage)] if move.to_stage in starts else stand
        else:
            stand.append(move)
    return stand


def _moves(session: Session, case: Case, request: Approval) -> list[Resting]:
    return [
        Resting(
            _("Moved on to «%(stage)s», %(day)s",
              stage=words.stage_title(case.definition, move.to_stage), day=words.short_date(move.at)),
            holds=move.approval_id != request.id,
        )
        for move in moves_after(session, case, request)
    ]  # fmt: skip


def _budget(request: Approval) -> list[Resting]:
    """Return the budget that was approved, where there is one: for whoever annuls to think of."""
    try:
        amount = Decimal(str(request.snapshot.get("facts", {}).get("budget_usd") or 0))
    except InvalidOperation:
        return []
    if not amount.is_finite() or amount <= 0:
        return []
    shown = money.show(amount, money.USD, words.language())
    return [Resting(_("Budget approved: %(amount)s", amount=shown), holds=False)]
