"""The shape of what people type about accounts."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import DateField, HiddenField, PasswordField, RadioField, SelectField, StringField
from wtforms.validators import DataRequired, Length, Optional

from promo.accounts.models import FunctionHeld, Passkey, Person, PersonRole
from promo.core.access import GUEST, ROLES
from promo.web.fields import clean, no_control_characters, no_slip_of_a_year, of
from promo.web.forms import Form, RecordForm

_FILL = _l("Fill this in.")
_PHRASE = _l("At least 12 characters; a phrase is best.")
_LENGTH = Length(12, 1000, _l("At least 12 characters, please."))
_LONG = Length(max=1000, message=_l("At most %(limit)s characters, please.", limit=1000))
_EMAIL = [
    DataRequired(_FILL),
    Length(max=254, message=_l("At most %(limit)s characters, please.", limit=254)),
    no_control_characters,
]
_CODE = [
    DataRequired(_FILL),
    Length(max=40, message=_l("At most %(limit)s characters, please.", limit=40)),
    no_control_characters,
]


def _new_password(label: Any, *, optional: bool = False, help: Any = None) -> Any:
    needed = Optional() if optional else DataRequired(_FILL)
    return PasswordField(label, description=help or _PHRASE, validators=[needed, _LENGTH, no_control_characters])


def _present_password(label: Any = None) -> Any:
    return PasswordField(label or _l("Your present password"), validators=[DataRequired(_FILL), _LONG])


class SignInForm(Form):
    """E-mail and password, and whose device this is."""

    email = StringField(_l("E-mail"), validators=_EMAIL, filters=[clean])
    password = PasswordField(_l("Password"), validators=[DataRequired(_FILL), _LONG])
    device = RadioField(
        _l("This device"),
        choices=[("own", _l("Mine: stay signed in for 30 days")), ("shared", _l("Shared: ends after 15 idle minutes"))],
        default="own",
        validators=[Optional()],
    )
    next = HiddenField()


class SecondForm(Form):
    """The second step: a code of the authenticator app, or one on paper."""

    code = StringField(
        _l("Code"),
        description=_l("The six digits that your authenticator app shows now, or one of your recovery codes."),
        validators=_CODE,
        filters=[clean],
    )


class SetUpForm(Form):
    """The first code of a new authenticator app, which shows that it works."""

    code = StringField(_l("Code that the app shows"), validators=_CODE, filters=[clean])


class ForgottenForm(Form):
    """Whose password is forgotten."""

    email = StringField(_l("E-mail"), validators=_EMAIL, filters=[clean])


class ResetForm(Form):
    """A new password, chosen by a link."""

    password = _new_password(_l("New password"))


class PersonForm(RecordForm):
    """Somebody's name, address and place."""

    name = of(Person.name, required=True)
    email = of(Person.email, required=True)
    post_id = of(Person.post_id, required=True)
    phone = of(Person.phone)
    locale = of(Person.locale, required=True)


class NewPersonForm(Form):
    """A new person, with a first password or a link by mail."""

    name = of(Person.name, required=True)
    email = of(Person.email, required=True)
    post_id = of(Person.post_id, required=True)
    phone = of(Person.phone)
    locale = of(Person.locale, required=True)
    password = _new_password(
        _l("First password"),
        optional=True,
        help=_l("Leave it empty, and Promo sends a message with a link to choose one. Else at least 12 characters."),
    )


class MeForm(Form):
    """One's own preferences."""

    locale = of(Person.locale, required=True)
    timezone = SelectField(_l("Time zone"), validators=[Optional()], filters=[clean])
    theme = of(Person.theme, required=True)
    phone = of(Person.phone)
    shortcuts = of(Person.shortcuts, id="own-shortcuts")


class PasswordForm(Form):
    """A change of password."""

    current = _present_password(_l("Present password"))
    password = _new_password(_l("New password"))


class SureForm(Form):
    """It is really you: the password once more, before the locks are changed."""

    current = _present_password()


class TotpForm(SureForm):
    """A new authenticator app: its first code, and the password."""

    code = StringField(_l("Code that the app shows"), validators=_CODE, filters=[clean])


class PasskeyForm(SureForm):
    """A new passkey's name, and the password."""

    name = of(Passkey.name, required=True, help=_l("For you to know it by, such as “My telephone”."))


class GrantForm(Form):
    """A role from one day to another. Guests are invited by quality, who names what is opened to them."""

    role = of(PersonRole.role, required=True, choices=[("", ""), *(one for one in ROLES if one[0] != GUEST)])
    post_id = of(PersonRole.post_id, required=True)
    pillar = of(PersonRole.pillar)
    valid_from = DateField(_l("From"), validators=[DataRequired(_FILL), no_slip_of_a_year])
    valid_to = DateField(_l("Until"), validators=[Optional(), no_slip_of_a_year])


class AppointForm(Form):
    """A function by an appointing act."""

    function = SelectField(_l("Function"), validators=[DataRequired(_FILL)])
    post_id = of(FunctionHeld.post_id, required=True)
    pillar = of(FunctionHeld.pillar)
    act_number = StringField(
        _l("Number of the appointing act"),
        validators=[
            DataRequired(_FILL),
            Length(max=100, message=_l("At most %(limit)s characters, please.", limit=100)),
            no_control_characters,
        ],
        filters=[clean],
    )
    acting = of(FunctionHeld.acting)
    valid_from = DateField(_l("From"), validators=[DataRequired(_FILL), no_slip_of_a_year])
    valid_to = DateField(_l("Until"), validators=[Optional(), no_slip_of_a_year])


class AbsenceForm(Form):
    """Days away."""

    starts_on = DateField(_l("First day away"), validators=[DataRequired(_FILL), no_slip_of_a_year])
    ends_on = DateField(_l("Last day away"), validators=[DataRequired(_FILL), no_slip_of_a_year])
