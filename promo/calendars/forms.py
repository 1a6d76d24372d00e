"""The shape of what posts and headquarters say about calendars."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import DateField, SelectField
from wtforms.validators import DataRequired

from promo.calendars.models import KINDS, SCOPES, CalendarDay
from promo.web.fields import no_slip_of_a_year, of, several
from promo.web.forms import Form, RecordForm

_FILL = _l("Fill this in.")
OWN_KINDS = [pair for pair in KINDS if pair[0] != "working"]
DECREE_SCOPES = [pair for pair in SCOPES if pair[0] != "post"]


class YearForm(RecordForm):
    """The public holidays that are taken, and the week-end. Choices are passed in."""

    days = several(_l("Public holidays"))
    weekend = several(_l("Week-end"), help=_l("The days of the week on which nobody works there."))


class DayForm(Form):
    """A day of the post's own."""

    on = DateField(_l("Day"), validators=[DataRequired(_FILL), no_slip_of_a_year])
    counts_as = SelectField(_l("Kind"), choices=OWN_KINDS, default="holiday")
    name_es = of(CalendarDay.name_es, required=True)
    name_en = of(CalendarDay.name_en)


class DecreeForm(Form):
    """A day that a decree declares."""

    on = DateField(_l("Day"), validators=[DataRequired(_FILL), no_slip_of_a_year])
    counts_as = SelectField(_l("Kind"), choices=KINDS, default="holiday")
    scope = SelectField(_l("Counts for"), choices=DECREE_SCOPES, default="peru")
    name_es = of(CalendarDay.name_es, required=True)
    name_en = of(CalendarDay.name_en)
    act_number = of(CalendarDay.act_number, required=True)
