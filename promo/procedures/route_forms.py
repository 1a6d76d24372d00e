"""The shape of what is said about approval routes, and of the question who could approve."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import DateField, HiddenField, SelectField
from wtforms.validators import Optional

from promo.core.records import PILLARS, id_in
from promo.procedures.models import ApprovalRoute
from promo.web.fields import no_slip_of_a_year, of
from promo.web.forms import Form

PILLAR_CHOICES = [("", _l("All pillars")), *PILLARS]


def _person(value: Any) -> int | None:
    return id_in(value) or None


class RouteForm(Form):
    """A deputy and a stand-in for a function at a post; people are found as one types."""

    pillar = SelectField(_l("Pillar"), choices=PILLAR_CHOICES)
    deputy_id = SelectField(_l("Deputy"), coerce=_person, choices=[], validate_choice=False)
    stand_in_id = SelectField(_l("Stand-in elsewhere"), coerce=_person, choices=[], validate_choice=False)
    act_number = of(ApprovalRoute.act_number)
    seen = HiddenField()


class WhoForm(Form):
    """Who could approve: where, as what, for which pillar, on which day. Choices are passed in."""

    post = SelectField(_l("Post"), choices=[], validate_choice=False)
    function = SelectField(_l("Function"), choices=[], validate_choice=False)
    pillar = SelectField(_l("Pillar"), choices=PILLAR_CHOICES, validate_choice=False)
    day = DateField(_l("Day"), validators=[Optional(), no_slip_of_a_year])
