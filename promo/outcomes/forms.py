"""The shape of what people type about an outcome."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, Length, Optional

from promo.core.records import Record
from promo.outcomes.models import GRADES, OPEN_GRADES, TYPES, Outcome
from promo.web.fields import clean, no_control_characters, of, several
from promo.web.forms import NewForm, RecordForm


def _found(label: object, **options: object) -> SelectField:
    """Return a field whose choices are found as one types; the action checks what was chosen."""
    options.setdefault("validators", [Optional()])
    return SelectField(label, choices=[], validate_choice=False, filters=[clean], **options)


class OutcomeFields:
    """The fields that declaring and changing share."""

    outcome_type = of(Outcome.outcome_type, required=True, choices=TYPES)
    grade = of(Outcome.grade, required=True, choices=[g for g in GRADES if g[0] in OPEN_GRADES])
    main_act_id = _found(_l("Main act"), validators=[DataRequired(_l("Choose what led to it."))])
    acts = several(_l("Other acts that led to it"))
    organisation_id = _found(_l("Peruvian firm"))
    counterpart_id = _found(_l("Counterpart"))
    amount = StringField(_l("Amount"), validators=[Optional(), Length(max=60), no_control_characters], filters=[clean])
    currency = SelectField(_l("Currency"), choices=[], validators=[Optional()], filters=[clean])
    starts_on = of(Record.starts_on, label=_l("Date of the fact"))
    known_on = of(Outcome.known_on, help=_l("When the post heard of it; empty: today"))
    year = of(Outcome.year, help=_l("The one it counts for; empty: that of the fact"))
    pillar = of(Record.pillar, required=True)
    country = of(Record.country, required=True, label=_l("Market"))
    sector_id = SelectField(_l("Sector"), choices=[], validators=[DataRequired(_l("Fill this in."))], filters=[clean])
    note = of(Outcome.note)
    visibility = of(Record.visibility, required=True)


class CorrectForm(NewForm):
    """Writing a counter-entry."""

    amount = StringField(
        _l("Amount that is taken away"),
        validators=[Optional(), Length(max=60), no_control_characters],
        filters=[clean],
        description=_l("Empty: all that is left of it"),
    )
    note = of(Outcome.note, required=True, label=_l("What was wrong"))


class OutcomeForm(OutcomeFields, RecordForm):
    """Changing an outcome."""


class NewOutcomeForm(OutcomeFields, NewForm):
    """Declaring an outcome."""
