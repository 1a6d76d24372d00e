"""The shape of an invitation."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField

from promo.accounts.models import Person
from promo.audits.models import AuditGuest
from promo.web.fields import of, several
from promo.web.forms import RecordForm


class GuestForm(RecordForm):
    """What is open to an external auditor, for how long. Samples are passed in."""

    organisation = of(AuditGuest.organisation, required=True)
    scope = of(AuditGuest.scope, required=True)
    valid_from = of(AuditGuest.valid_from, required=True)
    valid_to = of(AuditGuest.valid_to, required=True)
    samples = several(_l("Samples that they may read"))
    personal = BooleanField(
        _l("Open personal data to them"),
        description=_l("Else names, e-mails and texts about people outside are masked, and documents are left out."),
    )
    personal_reason = of(AuditGuest.personal_reason)


class InviteForm(GuestForm):
    """Somebody who is invited."""

    name = of(Person.name, required=True)
    email = of(Person.email, required=True)
    locale = of(Person.locale, required=True)
