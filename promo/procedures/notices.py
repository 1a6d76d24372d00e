"""Telling the functions that a procedure names when a record reaches a stage."""

from __future__ import annotations

from functools import partial

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from promo.accounts.queries import holders
from promo.notices.actions import Said, declare, tell
from promo.procedures import words
from promo.procedures.case import Case
from promo.procedures.definitions import Stage

STAGE = declare("stage", _l("A case file reached a stage of which I am told"))


def tell_functions(session: Session, case: Case, stage: Stage) -> list[int]:
    """Write to the holders of the functions that the stage tells; returns who was told."""
    told: list[int] = []
    for function in stage.tells:
        for holder in holders(session, function, case.record.post_id, case.record.pillar, case.today):
            if holder.person_id not in told:
                say = partial(_reached, case, stage, function)
                tell(session, holder.person_id, STAGE, say, address=page_of(case), record_id=case.record.id)
                told.append(holder.person_id)
    return told


def page_of(case: Case) -> str:
    """Return the address of a case file's page."""
    return f"/{case.kind.blueprint}/{case.record.id}"


def _reached(case: Case, stage: Stage, function: str) -> Said:
    title = words.pick(stage.title)
    return Said(
        _("%(title)s: %(stage)s", title=case.record.title, stage=title),
        _("%(reference)s, %(title)s, is now in the stage «%(stage)s».",
          reference=case.record.reference, title=case.record.title, stage=title),
        _("You are told as %(function)s.", function=words.function_label(function, case.functions)),
    )  # fmt: skip
