"""A request that nobody can approve: quality and the administrators are told the same day, and each day it waits."""

from __future__ import annotations

from datetime import date
from functools import partial

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from promo.accounts.models import FunctionHeld, Person, PersonRole
from promo.core import clock
from promo.notices.actions import Said, declare, tell
from promo.procedures import words
from promo.procedures.case import Case
from promo.procedures.models import Approval

NOBODY = declare("nobody", _l("A request that nobody can approve"), mutable=False)


def tell_nobody(session: Session, case: Case, request: Approval) -> None:
    """Tell quality and the administrators of a request that nobody can approve, once a day."""
    today = clock.today()
    for person_id in overseers(session, today):
        tell(
            session,
            person_id,
            NOBODY,
            partial(_said, case, request),
            address=f"/procedures/route/{case.post.code}",
            key=f"nobody-{request.id}-{today.isoformat()}-{person_id}",
        )


def overseers(session: Session, on: date) -> list[int]:
    """Return who mends routes: quality officers and administrators of the whole ministry, and who holds quality."""
    held = select(FunctionHeld.person_id).where(FunctionHeld.function == "quality", *_on(FunctionHeld, on))
    roles = select(PersonRole.person_id).where(PersonRole.role.in_(("quality", "admin")), *_on(PersonRole, on))
    found = select(Person.id).where(Person.active, or_(Person.id.in_(held), Person.id.in_(roles)))
    return list(session.scalars(found.order_by(Person.id)))


def _on(model: type[FunctionHeld] | type[PersonRole], day: date):  # type: ignore[no-untyped-def]
    return model.valid_from <= day, or_(model.valid_to.is_(None), model.valid_to >= day)


def _said(case: Case, request: Approval) -> Said:
    """Say it without the title: administrators see no cases."""
    function = words.function_label(request.function, case.functions)
    return Said(
        _("Nobody to approve: %(reference)s", reference=case.record.reference),
        _(
            "%(reference)s waits for %(function)s, and whoever could approve it is its author, is away or does not"
            " exist. Name a holder, a deputy or a stand-in: the request goes to them by itself.",
            reference=case.record.reference,
            function=function,
        ),
        _("You are told because you look after the approval routes."),
    )
