"""The shape of what people type about accounts."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import DateField, HiddenField, PasswordField, RadioField, SelectField, StringField
from wtforms.validators import DataRequired, Length, Optional

from promo.accounts.models import FunctionHeld, Person, PersonRole
from promo.web.fields import clean, no_control_characters, of
from promo.web.forms import Form

_FILL = _l("Fill this in.")


class SignInForm(Form):
    """E-mail and password, and whose device this is."""

    email = StringField(_l("E-mail"), validators=[DataRequired(_FILL), Length(max=254)], filters=[clean])
    password = PasswordField(_l("Password"), validators=[DataRequired(_FILL), Length(max=1000)])
    device = RadioField(
        _l("This device"),
        choices=[("own", _l("Mine: stay signed in for 30 days")), ("shared", _l("Shared: ends after 15 idle minutes"))],
        default="own",
        validators=[Optional()],
    )
    next = HiddenField()


class PersonForm(Form):
    """Somebody's name, address and place."""

    name = of(Person.name, required=True)
    email = of(Person.email, required=True)
    post_id = of(Person.post_id, required=True)
    locale = of(Person.locale, required=True)


class NewPersonForm(PersonForm):
    """A new person, with a first password to be changed."""

    password = PasswordField(
        _l("First password"),
        description=_l("At least 12 characters. The person changes it after signing in."),
        validators=[DataRequired(_FILL), Length(12, 1000, _l("At least 12 characters, please."))],
    )


class MeForm(Form):
    """One's own preferences."""

    locale = of(Person.locale, required=True)
    timezone = SelectField(_l("Time zone"), validators=[Optional()], filters=[clean])
    theme = of(Person.theme, required=True)
    shortcuts = of(Person.shortcuts)


class PasswordForm(Form):
    """A change of password."""

    current = PasswordField(_l("Present password"), validators=[DataRequired(_FILL)])
    password = PasswordField(
        _l("New password"),
        description=_l("At least 12 characters; a phrase is best."),
        validators=[DataRequired(_FILL), Length(12, 1000, _l("At least 12 characters, please."))],
    )


class GrantForm(Form):
    """A role from one day to another."""

    role = of(PersonRole.role, required=True)
    post_id = of(PersonRole.post_id, required=True)
    pillar = of(PersonRole.pillar)
    valid_from = DateField(_l("From"), validators=[DataRequired(_FILL)])
    valid_to = DateField(_l("Until"), validators=[Optional()])


class AppointForm(Form):
    """A function by an appointing act."""

    function = SelectField(_l("Function"), validators=[DataRequired(_FILL)])
    post_id = of(FunctionHeld.post_id, required=True)
    pillar = of(FunctionHeld.pillar)
    act_number = StringField(
        _l("Number of the appointing act"),
        validators=[DataRequired(_FILL), Length(max=100), no_control_characters],
        filters=[clean],
    )
    acting = of(FunctionHeld.acting)
    valid_from = DateField(_l("From"), validators=[DataRequired(_FILL)])
    valid_to = DateField(_l("Until"), validators=[Optional()])
