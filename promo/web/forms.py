"""The base of all forms: CSRF, the version seen, the key that makes a double press harmless, refusals at the field."""

from __future__ import annotations

import secrets
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField
from wtforms.validators import ValidationError

from promo.core.errors import Reason, Refused
from promo.core.fields import CONTROL
from promo.core.records import id_in


class Said(str):
    """A message above a form, and the address that mends what it says."""

    link: str | None = None

    @classmethod
    def of(cls, reason: Reason) -> Said:
        """Return a reason's message with its address."""
        said = cls(reason.message)
        said.link = reason.link
        return said


class Form(FlaskForm):
    """A form of Promo. What was typed stays in it, whatever happens."""

    class Meta(FlaskForm.Meta):
        """How a form is read."""

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """Read what a form sent; JSON is none, whatever Flask-WTF makes of it."""
            return None if request.is_json else super().wrap_formdata(form, formdata)

    def refuse(self, refused: Refused) -> None:
        """Put each reason at its field, or above the form when it has none."""
        for reason in refused.reasons:
            page, _at, place = (reason.link or "").partition("#")
            names = (reason.field, place if page == request.path else "")
            field = next((self._fields[name] for name in names if name in self._fields), None)
            if field is not None:
                said = str(reason.message).removeprefix(f"{field.label.text}: ")  # it stands beside its label
                field.errors = [*field.errors, said[:1].upper() + said[1:]]
            else:
                self.form_errors.append(Said.of(reason))

    @property
    def values(self) -> dict[str, Any]:
        """What was typed, by field, without the form's own machinery."""
        own = {"csrf_token", "version", "idempotency_key"}
        return {field.short_name: field.data for name, field in self._fields.items() if field.short_name not in own}


def _number(form: Form, field: HiddenField) -> None:
    typed, field.data = field.data, id_in(field.data) or None
    if typed and not field.data:
        raise ValidationError(_("Open the page again: the form is damaged."))


def _key(form: Form, field: HiddenField) -> None:
    if field.data and (len(field.data) > 64 or CONTROL.search(field.data)):
        raise ValidationError(_("Open the page again: the form is damaged."))


class RecordForm(Form):
    """A form that edits a record: carries the version that its writer saw."""

    version = HiddenField(validators=[_number])


class NewForm(Form):
    """A form that makes something: carries a key, so that pressing twice makes it once."""

    idempotency_key = HiddenField(default=lambda: secrets.token_urlsafe(18), validators=[_key])
