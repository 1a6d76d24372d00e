"""The shape of declaring an urgency."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import SelectField

from promo.procedures.departures import Urgency
from promo.web.fields import clean, of
from promo.web.forms import Form


class DeclareForm(Form):
    """Declaring an urgency: why it can't wait, and where it goes on to where there are several ways."""

    to = SelectField(_l("Moves on to"), choices=[], validate_choice=False, filters=[clean])
    reason = of(Urgency.reason, required=True, label=_l("Why it can't wait"))
