"""The shape of what auditors type: a sample to draw, a case file to add, a note; and a register outside Promo."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange, Optional

from promo.audits.models import STRATA, AuditPick, AuditRegister, AuditSample
from promo.audits.queries.population import LARGEST, STATES
from promo.core.records import PILLARS
from promo.web.fields import clean, no_slip_of_a_year, of
from promo.web.forms import Form, NewForm, RecordForm

_FILL = _l("Fill this in.")


def _choice(label: Any, choices: Any = ()) -> Any:
    return SelectField(label, choices=[("", ""), *choices], validators=[Optional()], filters=[clean])


def _day(label: Any) -> Any:
    return DateField(label, validators=[Optional(), no_slip_of_a_year])


class SampleForm(NewForm):
    """A sample to draw. Kinds, procedures and posts are passed in."""

    title = of(AuditSample.title, required=True)
    size = IntegerField(
        _l("How many"),
        validators=[
            InputRequired(_FILL),
            NumberRange(1, LARGEST, _l("Between 1 and %(most)s, please.", most=LARGEST)),
        ],
    )
    seed = of(
        AuditSample.seed,
        required=True,
        help=_l("A number or a word, best chosen in front of others: the same one draws the same sample again."),
    )
    strata = _choice(_l("In proportion by"), STRATA)
    kind = _choice(_l("Kind"))
    procedure = _choice(_l("Procedure"))
    number = IntegerField(_l("Version"), validators=[Optional(), NumberRange(1, 9999)])
    post = _choice(_l("Post"))
    pillar = _choice(_l("Pillar"), PILLARS)
    state = _choice(_l("State"), STATES)
    since = _day(_l("From"))
    until = _day(_l("Until"))


class AddForm(Form):
    """A case file added by judgement."""

    reference = of(AuditPick.reference, required=True)
    reason = of(AuditPick.reason, required=True)


class LookForm(Form):
    """What an auditor notes of a case file."""

    looked = BooleanField(_l("I looked at it"))
    note = of(AuditPick.note)


class RegisterForm(RecordForm):
    """A register outside Promo."""

    name = of(AuditRegister.name, required=True)
    owner = of(AuditRegister.owner, required=True)
    place = of(AuditRegister.place, required=True)
    reviewed_on = of(AuditRegister.reviewed_on)
