"""The shape of reporting a nonconforming output, and of deciding on it."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import SelectField

from promo.nonconformities.models import DECISIONS, Nonconformity
from promo.web.fields import clean, of
from promo.web.forms import Form


def _number(value: object) -> int | None:
    text = str(value or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


class ReportForm(Form):
    """Reporting what was late, skipped or wrong."""

    stage = SelectField(_l("Stage"), choices=[], validate_choice=False, filters=[clean])
    description = of(Nonconformity.description, required=True)
    found_on = of(Nonconformity.found_on)


class AcceptForm(Form):
    """Accepting one, in quality's words."""

    description = of(Nonconformity.description, required=True)


class DismissForm(Form):
    """Dismissing one or several, with a reason."""

    reason = of(Nonconformity.dismissal, required=True)


class ContainForm(Form):
    """What was done at once."""

    containment = of(Nonconformity.containment, required=True)


class DecideForm(Form):
    """What becomes of it."""

    cause = of(Nonconformity.cause)
    decision = SelectField(_l("Decision"), choices=DECISIONS, validate_choice=False, filters=[clean])
    decision_text = of(Nonconformity.decision_text, required=True)
    responsible_id = SelectField(_l("Responsible"), choices=[], validate_choice=False, coerce=_number)
    due_on = of(Nonconformity.due_on)


class CloseForm(Form):
    """How it was checked that it worked."""

    effectiveness = of(Nonconformity.effectiveness, required=True)
