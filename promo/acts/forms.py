"""The shape of what people type about an act. Its types are passed in by the kind."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField, StringField, TimeField
from wtforms.validators import DataRequired, Length, Optional

from promo.acts.models import ATTENDANCE, ROLES, Act, ActParticipant
from promo.core.records import Record
from promo.web.fields import clean, no_control_characters, of, several
from promo.web.forms import Form, NewForm, RecordForm


def _plain(attribute: Any, **options: Any) -> Any:
    """Return the field of a column of the abstract act."""
    return of(attribute.column, **options)


class ActFields:
    """The fields that planning and changing share. Title, type, pillar and the first day are needed."""

    title = of(Record.title, required=True, label=_l("Title in Spanish"))
    act_type = SelectField(_l("Type"), choices=[], validators=[DataRequired(_l("Choose one of the list."))])
    pillar = of(Record.pillar, required=True)
    starts_on = of(Record.starts_on, required=True)
    ends_on = _plain(Act.ends_on)
    city = _plain(Act.city)
    country = of(Record.country)
    objective = _plain(Act.objective)
    executing_entity = SelectField(_l("Executing entity"), choices=[], validators=[Optional()], filters=[clean])
    venue = _plain(Act.venue)
    starts_at = TimeField(_l("From (time)"), validators=[Optional()])
    ends_at = TimeField(_l("To (time)"), validators=[Optional()])
    timezone = SelectField(_l("Time zone"), choices=[], validators=[Optional()], filters=[clean])
    capacity = _plain(Act.capacity)
    budget_amount = StringField(
        _l("Budget"), validators=[Optional(), Length(max=60), no_control_characters], filters=[clean]
    )
    budget_currency = SelectField(_l("Currency"), choices=[], validators=[Optional()], filters=[clean])
    countries = several(_l("Target countries"))
    sectors = several(_l("Sectors"))
    posts = several(_l("Posts involved"), help=_l("Besides yours"))
    fair_id = SelectField(
        _l("Beside the fair"), choices=[], validators=[Optional()], validate_choice=False, filters=[clean]
    )
    title_en = of(Record.title_en, help=_l("Only if something is published in English"))
    visibility = of(Record.visibility, required=True)


class ActForm(ActFields, RecordForm):
    """Changing an act."""


class NewActForm(ActFields, NewForm):
    """Planning an act."""


class ParticipantFields:
    """What is said of one who takes part."""

    role = SelectField(_l("Role"), choices=ROLES, validators=[DataRequired(_l("Choose one of the list."))])
    status = SelectField(_l("Attendance"), choices=ATTENDANCE, default="invited")
    qualified = BooleanField(_l("Qualified"), description=_l("Decides on purchases, and was checked"))
    note = of(ActParticipant.note)


class NewParticipantForm(ParticipantFields, Form):
    """Adding those who take part in one role."""

    who = several(_l("Who takes part"), validators=[DataRequired(_l("Say who takes part."))])


class ParticipantForm(ParticipantFields, Form):
    """Changing one who takes part."""
