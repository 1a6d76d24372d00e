"""The shape of asking for an exception, and of answering a proposal to change a procedure."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField
from wtforms.validators import Optional

from promo.exceptions.models import Proposal
from promo.procedures.departures import AuthorisedException
from promo.web.fields import clean, of
from promo.web.forms import Form


class AskForm(Form):
    """Asking for an exception from one item of the checklist."""

    item = HiddenField()
    reason = of(AuthorisedException.reason, required=True)
    instead = of(AuthorisedException.instead, required=True)
    until = of(
        AuthorisedException.until_on,
        help=_l("The last day on which it holds; afterwards the item is asked for again. Empty: for good."),
    )


class AnswerForm(Form):
    """Answering a proposal: by a draft, or by a reason why not."""

    draft = SelectField(
        _l("Draft that answers it"), choices=[], validate_choice=False, filters=[clean], validators=[Optional()]
    )
    reason = of(Proposal.reason)
