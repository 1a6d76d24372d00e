"""Events as a kind of record."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from promo.acts.kind import register
from promo.events.models import Event

KIND = register(Event, "event", _l("Event"), _l("Events"), "calendar-event")
