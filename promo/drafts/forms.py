"""The shape of what people type to begin a draft, or to bring one in; the editor reads its fields by ``parts``."""

from __future__ import annotations

import re

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, Length, Regexp

from promo.web.fields import clean, no_control_characters
from promo.web.forms import Form

CODE = r"[A-Z]{2}(-[A-Z0-9]{2,10}){1,3}\Z"


class NewForm(Form):
    """A new procedure: its code, title and what it is for."""

    code = StringField(
        _l("Code"),
        description=_l("Such as PE-COM-02: it stays for ever once a version is handed in"),
        validators=[
            DataRequired(_l("Fill this in.")),
            Regexp(CODE, re.IGNORECASE, message=_l("Write it like PE-COM-02.")),
        ],
        filters=[clean],
    )
    title_es = StringField(
        _l("Title in Spanish"),
        validators=[DataRequired(_l("Fill this in.")), Length(max=300), no_control_characters],
        filters=[clean],
    )
    title_en = StringField(_l("Title in English"), validators=[Length(max=300), no_control_characters], filters=[clean])
    kind = SelectField(_l("For"), choices=[], validators=[DataRequired(_l("Choose one."))], filters=[clean])
