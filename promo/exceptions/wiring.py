"""What exceptions are to requests of approval and to exports."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from promo.core.exporting import lists, register
from promo.exceptions import actions, queries
from promo.procedures import subjects, words
from promo.procedures.case import Case
from promo.procedures.departures import EXCEPTION, AuthorisedException
from promo.procedures.models import Approval


def shown(session: Session, case: Case, request: Approval) -> list[tuple[str, str]]:
    """Return what the approver of an exception sees."""
    one = session.get_one(AuthorisedException, request.subject_id)
    until: Any = words.short_date(one.until_on) if one.until_on else _("no last day")
    return [
        (_("What is excepted"), words.item_title(case.definition, one.item, case.functions)),
        (_("Stage"), words.stage_title(case.definition, one.stage)),
        (_("Why"), one.reason),
        (_("What is done instead"), one.instead),
        (_("Until"), until),
    ]


def init_app(_app: Flask) -> None:
    """Register the subject of their requests, and their list for export."""
    subjects.register(
        subjects.Subject(
            EXCEPTION, _l("Exception"), actions.granted, actions.nothing, actions.nothing, shown,
            taken_back=actions.taken_back, stays=True, verbs=(_l("Grant it"), _l("Don't grant it")),
        )
    )  # fmt: skip
    register(lists.builder_of(queries.TABLE))
