"""A forgotten or first password: asked for, and chosen by the link of a message."""

from __future__ import annotations

from flask import Response, current_app, request
from flask_babel import gettext as _

from promo.accounts import forms, queries, security, sign_in_actions
from promo.accounts.blueprints import security as blueprint
from promo.accounts.models import Person
from promo.config import settings
from promo.core import audit
from promo.web.guard import public
from promo.web.pages import done, page
from promo.web.transaction import session, write


@blueprint.route("/forgotten", methods=["GET", "POST"])
@public
def forgotten() -> Response:
    """Ask for a link to choose a new password. The answer is the same whether the name is known or not."""
    form = forms.ForgottenForm(email=request.args.get("email", ""))
    if not form.validate_on_submit():
        return page("security/forgotten.html", 422 if form.is_submitted() else 200, form=form)
    person = queries.person_by_email(session(), form.email.data)
    if person is not None:
        link = password_link(person)
        with write() as writing:
            sign_in_actions.send_password_link(writing, queries.person(writing, person.id), link)
    return page("security/forgotten.html", form=form, sent=True, read_here=settings().demo and not settings().mail_url)


def password_link(person: Person, *, invited: bool = False) -> str:
    """Return the address where somebody may choose a password."""
    token = security.password_token(person, invited=invited)
    path = current_app.url_map.bind("localhost").build("security.reset", {"token": token})  # commands need it too
    return settings().base_url.rstrip("/") + path


@blueprint.route("/reset/<token>", methods=["GET", "POST"])
@public
def reset(token: str) -> Response:
    """Choose a new password by the link of a message."""
    read = security.read_password_token(token)
    person = queries.active_person(session(), read[0]) if read else None
    if read is None or person is None or not security.still_valid(person, read[1]):
        return page("security/reset.html", 410, form=None)
    form = forms.ResetForm()
    if not form.validate_on_submit():
        return page("security/reset.html", 422 if form.is_submitted() else 200, form=form, person=person)
    new_hash = security.hash_password(form.password.data)
    with audit.acting(person.id), write() as writing:
        sign_in_actions.choose_password(writing, queries.person(writing, person.id), new_hash)
    return done("accounts.login", _("The password is changed. Sign in with it."))
