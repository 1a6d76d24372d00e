"""What urgencies are to requests of approval and to exports."""

from __future__ import annotations

from flask import Flask
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from promo.core.exporting import lists, register
from promo.procedures import subjects, words
from promo.procedures.case import Case
from promo.procedures.departures import URGENCY, Urgency
from promo.procedures.models import Approval
from promo.urgencies import actions, queries


def shown(session: Session, case: Case, request: Approval) -> list[tuple[str, str]]:
    """Return what whoever confirms an urgency or objects to it sees."""
    one = session.get_one(Urgency, request.subject_id)
    owed = [words.item_title(case.definition, item.partition(":")[2], case.functions) for item in one.items]
    way = " → ".join(words.stage_title(case.definition, stage) for stage in (one.from_stage, one.to_stage))
    declared = f"{words.function_label(one.declared_as, case.functions)}, {words.short_date(one.declared_at)}"
    found = [
        (_("Moved on"), way),
        (_("Why"), one.reason),
        (_("Declared by"), declared),
        (_("What was missing"), "; ".join(owed)),
        (_("To be regularised by"), words.short_date(one.due_on)),
    ]
    return [*found, (_("Declared by its own author"), _("yes"))] if one.by_author else found


def init_app(_app: Flask) -> None:
    """Register the subject of their requests, and their list for export."""
    subjects.register(
        subjects.Subject(
            URGENCY, _l("Urgency"), actions.confirmed, actions.objected, actions.recalled, shown,
            taken_back=actions.taken_back, stays=True, outlives=True,
            verbs=(_l("Confirm it"), _l("Object with a reason")),
        )
    )  # fmt: skip
    register(lists.builder_of(queries.TABLE))
