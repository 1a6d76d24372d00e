"""The shape of what people type about teams."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms.validators import DataRequired

from promo.web.fields import several
from promo.web.forms import Form


class TeamForm(Form):
    """Adding people to a record's team."""

    people = several(_l("Whom to add"), validators=[DataRequired(_l("Choose people from the list."))])
