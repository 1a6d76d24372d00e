"""The shape of what people type about a contact."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import DateField, FieldList, FormField, HiddenField, SelectField, StringField
from wtforms import Form as PlainForm
from wtforms.validators import Length, Optional

from promo.contacts.models import LANGUAGES, PURPOSES, Consent, Contact
from promo.core.records import Record
from promo.web.fields import clean, no_control_characters, no_slip_of_a_year, of, several
from promo.web.forms import NewForm, RecordForm


def _short(label: object, length: int) -> StringField:
    return StringField(label, validators=[Optional(), Length(max=length), no_control_characters], filters=[clean])


class PositionForm(PlainForm):
    """What somebody does where, from when until when."""

    id = HiddenField()
    organisation_id = SelectField(_l("Organisation"), validate_choice=False, choices=[], filters=[clean])
    title = _short(_l("Position"), 200)
    since = DateField(_l("From"), validators=[Optional(), no_slip_of_a_year])
    until = DateField(_l("Until"), validators=[Optional(), no_slip_of_a_year])


class ContactFields:
    """The fields that adding and changing share."""

    family_name = of(Contact.family_name, required=True)
    given_name = of(Contact.given_name)
    name_order = of(Contact.name_order, required=True)
    romanised = of(Contact.romanised)
    country = of(Record.country)
    positions = FieldList(FormField(PositionForm), label=_l("Positions"), min_entries=1, max_entries=30)
    emails = FieldList(_short(_l("E-mail"), 254), label=_l("E-mails"), min_entries=1, max_entries=10)
    phones = FieldList(_short(_l("Phone"), 40), label=_l("Phones"), min_entries=1, max_entries=10)
    languages = several(_l("Languages"), choices=LANGUAGES)
    source = of(Contact.source, required=True)
    pillar = of(Record.pillar)
    consent_purpose = SelectField(
        _l("Agreed to"), choices=[("", ""), *PURPOSES], validators=[Optional()], filters=[clean]
    )
    consent_on = DateField(_l("Agreed on"), validators=[Optional(), no_slip_of_a_year])
    consent_how = of(Consent.how)
    notes = of(Contact.notes)
    visibility = of(Record.visibility, required=True)


class ContactForm(ContactFields, RecordForm):
    """Changing a contact."""


class NewContactForm(ContactFields, NewForm):
    """Adding a contact."""
