"""The shape of what people type about an activity."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import DateTimeLocalField, SelectField
from wtforms.validators import DataRequired, Optional

from promo.activities.models import TYPES, Activity
from promo.core.records import Record
from promo.web.fields import clean, of, several
from promo.web.forms import NewForm, RecordForm


class ActivityFields:
    """The fields that logging and correcting share. Only *who* and *what* are needed."""

    who = several(_l("With whom"), validators=[DataRequired(_l("Say who it was with."))])
    activity_type = SelectField(
        _l("What"), choices=TYPES, default="meeting", validators=[DataRequired(_l("Choose what it was."))]
    )
    occurred_at = DateTimeLocalField(
        _l("When"), format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], validators=[Optional()]
    )
    text = of(Activity.text)
    next_step = of(Activity.next_step)
    next_on = of(Activity.next_on, label=_l("By"))
    part_of = SelectField(_l("Part of"), choices=[], validators=[Optional()], filters=[clean])
    pillar = of(Record.pillar)


class LogForm(ActivityFields, NewForm):
    """Logging an activity."""

    on_behalf_of_id = SelectField(_l("On behalf of"), choices=[], validators=[Optional()], filters=[clean])


class ActivityForm(ActivityFields, RecordForm):
    """Correcting an activity."""
