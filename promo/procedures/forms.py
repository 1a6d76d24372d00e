"""The shape of what people type about procedures and requests of approval."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, TextAreaField

from promo.procedures.models import Approval, Procedure
from promo.web.fields import clean, of
from promo.web.forms import Form


class EnterForm(Form):
    """An approval given on paper: who signed, what it is, its number and date. The file stands beside."""

    signed_by = SelectField(
        _l("Who signed it"), filters=[clean], validate_choice=False,
        description=_l("Whoever could approve it on the day of the document."),
    )  # fmt: skip
    act_type = of(Approval.act_type, required=True)
    act_number = of(Approval.act_number, required=True, help=_l("As it stands on the document."))
    act_date = of(Approval.act_date, required=True)


class DelegateForm(Form):
    """Letting somebody else decide."""

    person = SelectField(
        _l("To whom"), filters=[clean], validate_choice=False,
        description=_l("The deputy and the others of the route come first; type a name for anybody else."),
    )  # fmt: skip
    reason = TextAreaField(
        _l("Why"), filters=[clean],
        description=_l("Needed for somebody outside the route; with the number of the act if there is one."),
    )  # fmt: skip


class ProcedureForm(Form):
    """Who owns a procedure, when it is reviewed next."""

    owner_id = of(Procedure.owner_id, coerce=lambda value: int(value) if value else None)
    review_on = of(Procedure.review_on)
