"""Trade missions as a kind of record."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from promo.acts.kind import register
from promo.missions.models import Mission

KIND = register(Mission, "mission", _l("Trade mission"), _l("Trade missions"), "plane-departure")
