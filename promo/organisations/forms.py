"""The shape of what people type about an organisation."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import DateField, FieldList, FormField, StringField, TextAreaField
from wtforms import Form as PlainForm
from wtforms.validators import Length, Optional

from promo.core.records import Record
from promo.organisations.models import Organisation
from promo.web.fields import clean, no_control_characters, no_slip_of_a_year, of, several
from promo.web.forms import NewForm, RecordForm


class CertificationForm(PlainForm):
    """A certification and until when it holds."""

    name = StringField(
        _l("Certification"), validators=[Optional(), Length(max=100), no_control_characters], filters=[clean]
    )
    valid_until = DateField(_l("Valid until"), validators=[Optional(), no_slip_of_a_year])


class OrganisationFields:
    """The fields that adding and changing share."""

    title = of(Record.title, required=True, label=_l("Legal name"))
    trading_names = TextAreaField(
        _l("Trading names"),
        description=_l("One a line: the names on the door or the product"),
        validators=[Optional(), Length(max=4000), no_control_characters],
        filters=[clean],
    )
    organisation_type = of(Organisation.organisation_type, required=True)
    country = of(Record.country, required=True)
    city = of(Organisation.city)
    address = of(Organisation.address)
    tax_id = of(Organisation.tax_id)
    web = of(Organisation.web)
    email = of(Organisation.email)
    phones = FieldList(
        StringField(_l("Phone"), validators=[Optional(), Length(max=40), no_control_characters], filters=[clean]),
        label=_l("Phones"),
        min_entries=1,
        max_entries=10,
    )
    size = of(Organisation.size)
    sectors = several(_l("Sectors"))
    products = several(_l("Products by HS code"), help=_l("Type a name or the first digits; 2, 4 or 6 digits"))
    certifications = FieldList(FormField(CertificationForm), label=_l("Certifications"), max_entries=20)
    pillar = of(Record.pillar)
    about = of(Organisation.about)
    visibility = of(Record.visibility, required=True)


class OrganisationForm(OrganisationFields, RecordForm):
    """Changing an organisation."""


class NewOrganisationForm(OrganisationFields, NewForm):
    """Adding an organisation."""
