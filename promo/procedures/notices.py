"""Telling the functions that a procedure names when a record reaches a stage."""

from __future__ import annotations

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from promo.accounts.models import Person
from promo.accounts.queries import holders
from promo.core.mail import queue_mail
from promo.procedures import words
from promo.procedures.case import Case
from promo.procedures.definitions import Stage


def tell_functions(session: Session, case: Case, stage: Stage) -> list[int]:
    """Write to the holders of the functions that the stage tells; returns who was told."""
    told: list[int] = []
    for function in stage.tells:
        for holder in holders(session, function, case.record.post_id, case.record.pillar, case.today):
            person = session.get(Person, holder.person_id)
            if person is None or person.id in told:
                continue
            with force_locale(person.locale):
                subject = _("%(title)s: %(stage)s", title=case.record.title, stage=words.pick(stage.title))
                text = _(
                    "%(reference)s, %(title)s, is now in the stage «%(stage)s». You are told as %(function)s.",
                    reference=case.record.reference,
                    title=case.record.title,
                    stage=words.pick(stage.title),
                    function=words.function_label(function, case.functions),
                )
            queue_mail(session, person.email, subject, text, person_id=person.id)
            told.append(person.id)
    return told
