"""The shape of what administrators correct on a post."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField, SelectMultipleField

from promo.reference.models import Post, Setting
from promo.web import fields
from promo.web.forms import Form, RecordForm


def _number(value: Any) -> int | None:
    return int(value) if value not in (None, "") else None


class PostForm(RecordForm):
    """A post's calendar, parent and use. Choices are passed in."""

    timezone = fields.of(Post.timezone, required=True, choices=[])
    parent_id = SelectField(_l("Reports to"), coerce=_number, choices=[])
    weekend = SelectMultipleField(
        _l("Week-end"),
        description=_l("The days of the week on which nobody works there; a year that is confirmed keeps its own."),
        choices=[],
    )
    holiday_country = fields.of(Post.holiday_country, choices=[])
    holiday_subdivision = fields.of(
        Post.holiday_subdivision, help=_l("The code of the state or region, where it has holidays of its own.")
    )
    note = fields.of(Post.note)
    active = BooleanField(_l("In use"), description=_l("A post out of use is no longer offered; its records stay."))

    @property
    def values(self) -> dict[str, Any]:
        """What was typed, with the week-end as the digits that are stored."""
        return {**super().values, "weekend": "".join(sorted(self.weekend.data or []))}


class SettingForm(Form):
    """The value of a setting; within which bounds is known with it."""

    value = fields.of(Setting.value, required=True)
