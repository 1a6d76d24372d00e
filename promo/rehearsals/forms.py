"""The shape of what is asked of a rehearsal."""

from __future__ import annotations

from promo.rehearsals.models import Rehearsal
from promo.web.fields import of
from promo.web.forms import Form


class StartForm(Form):
    """Since when to rehearse."""

    since = of(Rehearsal.since, required=True)
