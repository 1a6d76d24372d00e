"""Pages of external auditors: who they are, inviting one, what is open to them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from promo.accounts import sign_in_actions
from promo.accounts.password_views import password_link
from promo.audits import queries as audits
from promo.core import clock
from promo.core.errors import Refused
from promo.guests import actions, forms, queries
from promo.web import frame
from promo.web.guard import may, viewer
from promo.web.pages import done, page
from promo.web.transaction import session, write

blueprint = Blueprint("guests", __name__, url_prefix="/guests")
frame.navigation("guests.index", _l("External auditors"), "users", 84, bar=False)
STATES = {"open": _l("may come in"), "coming": _l("from a later day"), "over": _l("over")}
TONES = {"open": "ok", "coming": "plain", "over": "off"}
DAYS = 30  # for which one is invited, unless said otherwise


@blueprint.get("")
@may("guests.index")
def index() -> Response:
    """Everybody from outside who was let in."""
    found = queries.guests(session())
    today = clock.today()
    return page(
        "guests/index.html",
        guests=[{"guest": g.guest, "person": g.person, "samples": g.samples, "state": g.state(today)} for g in found],
        states=STATES,
        tones=TONES,
    )


def _with_samples(form: Any) -> Any:
    """Give the box the samples that one reads."""
    found = [one.sample for one in audits.listed(session(), viewer())]
    form.samples.choices = [(str(s.id), s.title) for s in found]
    return form


@blueprint.route("/invite", methods=["GET", "POST"])
@may("guests.invite")
def invite() -> Response:
    """Invite somebody: an account, a role with dates, samples to read; a message goes to them."""
    today = clock.today()
    form = _with_samples(forms.InviteForm(data={"valid_from": today, "valid_to": today + timedelta(days=DAYS)}))
    if form.validate_on_submit():
        try:
            with write() as writing:
                guest = actions.invite(writing, viewer(), form.values)
                person = queries.guest(writing, guest.id).person
                link = password_link(person, invited=True)
                sign_in_actions.send_password_link(writing, person, link, invited=True)
        except Refused as refused:
            form.refuse(refused)
        else:
            return done("guests.index", _("Invited: a message with a link is on its way."))
    return page("guests/invite.html", 422 if form.is_submitted() else 200, form=form)


@blueprint.route("/<int:id_>/edit", methods=["GET", "POST"])
@may("guests.edit")
def edit(id_: int) -> Response:
    """Change what is open to a guest, and for how long."""
    found = queries.guest(session(), id_)
    form = _with_samples(forms.GuestForm(obj=found.guest, data={"samples": [str(s.id) for s in found.samples]}))
    if form.validate_on_submit():
        try:
            with write() as writing:
                actions.edit(writing, viewer(), id_, form.values, form.version.data)
        except Refused as refused:
            form.refuse(refused)
        else:
            return done("guests.index", _("Saved."))
        found = queries.guest(session(), id_)
    return page("guests/edit.html", 422 if form.is_submitted() else 200, form=form, person=found.person, id_=id_)


@blueprint.post("/<int:id_>/end")
@may("guests.end")
def end(id_: int) -> Response:
    """Let a guest in no more."""
    with write() as writing:
        person = actions.end(writing, viewer(), id_)
    return done("guests.index", _("%(name)s may come in no more.", name=person.name))
