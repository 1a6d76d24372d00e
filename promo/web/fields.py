"""Form fields made from the described columns: label, help, length and type are said once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup
from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms import (
    Field as FormField,
)
from wtforms.validators import DataRequired, Length, NumberRange, Optional, ValidationError

from promo.core.errors import Text
from promo.core.fields import CONTROL, CONTROLLED, field_of


def clean(value: Any) -> Any:
    """Trim what was typed; an empty text is nothing."""
    if isinstance(value, str):
        return value.strip().replace("\r\n", "\n") or None
    return value


def no_control_characters(form: Any, field: FormField) -> None:
    """Refuse NUL and other invisible control characters, which no database text should carry."""
    if isinstance(field.data, str) and CONTROL.search(field.data):
        raise ValidationError(CONTROLLED)


def no_slip_of_a_year(form: Any, field: FormField) -> None:
    """Refuse a day of another age: a year of three digits, or one digit too many."""
    if field.data is not None and not 1900 <= field.data.year < 2200:
        raise ValidationError(_("Check the year."))


def of(
    attribute: Any, *, required: bool = False, label: Text | None = None, help: Text | None = None, **options: Any
) -> Any:
    """Return the form field for a mapped column.

    ``choices`` are passed in where they need a query; long texts become areas; a required one says so.
    """
    field = field_of(attribute)
    validators: list[Any] = [DataRequired(_required())] if required else [Optional()]
    options.setdefault("choices", _choices(field.choices, required) if field.choices else None)
    if options["choices"] is None:
        options.pop("choices")
    shared = {"label": label or field.label, "description": help or field.help or ""}
    if field.type in ("choice",) or "choices" in options:
        return SelectField(validators=validators, filters=[clean], **shared, **options)
    if field.type in ("post", "person", "country", "status"):
        return SelectField(validators=validators, filters=[clean], choices=[], **shared, **options)
    if field.type == "yes_no":
        return BooleanField(**shared, **options)
    if field.type == "date":
        return DateField(validators=[*validators, no_slip_of_a_year], **shared, **options)
    if field.type == "integer":
        return IntegerField(validators=[*validators, NumberRange(0, 2**31 - 1)], **shared, **options)
    length = [Length(max=field.max_length or 20_000, message=_too_long(field.max_length or 20_000))]
    class_ = TextAreaField if field.type == "long" or field.max_length is None else StringField
    return class_(validators=[*validators, *length, no_control_characters], filters=[clean], **shared, **options)


def several(label: Text, *, help: Text = "", choices: Sequence[tuple[Any, Text]] = (), **options: Any) -> Any:
    """Return a field that takes any number of the choices (passed in, or found as one types)."""
    options.setdefault("validate_choice", False)
    return SelectMultipleField(label, description=help, choices=list(choices), **options)


def _choices(choices: Any, required: bool) -> list[tuple[str, Text]]:
    return [*([] if required else [("", "")]), *choices]


def _required() -> Text:
    from flask_babel import lazy_gettext as _l

    return _l("Fill this in.")


def _too_long(limit: int) -> Text:
    from flask_babel import lazy_gettext as _l

    return _l("At most %(limit)s characters, please.", limit=limit)


def lines(text: str) -> Markup:
    """Show a text of several lines, escaped."""
    return Markup("<br>").join(text.split("\n"))
