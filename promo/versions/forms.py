"""The shape of what people type about a version on its way."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from promo.procedures.models import ProcedureVersion
from promo.web.fields import clean, no_control_characters, of
from promo.web.forms import Form

LONGEST = 2000
SUBSTANCE = (
    ("yes", _l("Of substance: it changes what people do, and they say that they have read it")),
    ("no", _l("Editorial: nothing changes in what people do")),
)


def _text(label: Any, limit: int = LONGEST, *, required: bool = True) -> TextAreaField:
    needed = DataRequired(_l("Fill this in.")) if required else Optional()
    long = Length(max=limit, message=_l("At most %(limit)s characters, please.", limit=limit))
    return TextAreaField(label, validators=[needed, long, no_control_characters], filters=[clean])


class SubmitForm(Form):
    """Handing a draft in."""

    substance = RadioField(
        _l("What kind of change is it?"), choices=SUBSTANCE, validators=[DataRequired(_l("Choose one of the list."))]
    )
    changes_es = _text(_l("What changes, in Spanish"))
    changes_en = _text(_l("What changes, in English"))


class ApproveForm(Form):
    """Approving a version by its act."""

    act_number = StringField(
        _l("Number of the approving act"),
        validators=[DataRequired(_l("Fill this in.")), Length(max=100), no_control_characters],
        filters=[clean],
    )
    act_date = of(ProcedureVersion.act_date, required=True)
    effective_on = of(ProcedureVersion.effective_on, required=True)
    vacancies = _text(_l("Why it comes into force although they have nobody"), required=False)


class TextForm(Form):
    """One text: a comment, an answer, a reason, a note."""

    text = _text(_l("Text"))
    stage = HiddenField()
