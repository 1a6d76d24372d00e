"""Pages of one's own account: preferences, password, second step, passkeys, sessions."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from flask import Response, abort, jsonify, make_response, redirect, request, url_for
from flask import session as browser
from flask_babel import gettext as _

from promo.accounts import ceremony, forms, me_actions, queries, security, sign_in_actions
from promo.accounts.blueprints import accounts as blueprint
from promo.accounts.models import Person
from promo.accounts.passkeys import new_handle
from promo.accounts.wiring import present_digest
from promo.core import clock
from promo.core.errors import Reason, Refused
from promo.web.guard import may, viewer
from promo.web.pages import done, page
from promo.web.transaction import session, write


def _me() -> Person:
    return queries.person(session(), viewer().person_id)


@blueprint.route("/accounts/me", methods=["GET", "POST"])
@may("accounts.me")
def me() -> Response:
    """One's own preferences, and the way to everything else of one's account."""
    form = _preferences()
    if form.validate_on_submit():
        try:
            with write() as writing:
                me_actions.edit(writing, viewer(), form.values)
        except Refused as refused:
            form.refuse(refused)
        else:
            return done("accounts.me", _("Saved."))
    return me_page(422 if form.is_submitted() else 200, preferences=form)


def _preferences(**options: Any) -> forms.MeForm:
    form = forms.MeForm(obj=_me(), **options)
    form.timezone.choices = [("", _("As my post")), *((z, z) for z in sorted(available_timezones()) if "/" in z)]
    return form


FORMS = {
    "password": forms.PasswordForm,
    "codes": forms.SureForm,
    "remove": forms.SureForm,
    "passkey": forms.PasskeyForm,
    "absence": forms.AbsenceForm,
}


def me_page(status: int, **refused: Any) -> Response:
    """Draw the page with fresh forms, but for those that were refused."""
    shown = {name: refused.get(name) or form(formdata=None, prefix=f"{name}-") for name, form in FORMS.items()}
    person = _me()
    return page(
        "accounts/me.html",
        status,
        person=person,
        preferences=refused.get("preferences") or _preferences(formdata=None),
        passkeys=queries.passkeys_of(session(), person.id),
        codes_left=queries.codes_left(session(), person.id),
        sessions=queries.sign_ins(session(), person.id, clock.now()),
        present=present_digest(),
        absences=queries.absences_of(session(), person.id, clock.today()),
        required=security.needs_second_factor(viewer()),
        shown=shown,
        named_site=ceremony.site() is not None,
    )


def _is_me(form: Any, field: str = "current") -> bool:
    """Whether the present password was typed; counts failures, so that a session left open is no way to guess it."""
    person, key = _me(), security.second_key(viewer().person_id)
    wait = security.must_wait(session(), key, clock.now())
    if wait is not None:
        minutes = int(wait.total_seconds()) // 60 + 1
        form.refuse(Refused(Reason(_("Too many tries. Try again in %(num)s min.", num=minutes), field)))
        return False
    if security.check_password(form[field].data, person.password_hash):
        return True
    with write() as writing:
        sign_in_actions.fail(writing, key, person, request.remote_addr or "")
    form.refuse(Refused(Reason(_("This is not your present password."), field)))
    return False


@blueprint.post("/accounts/me/password")
@may("accounts.password")
def password() -> Response:
    """Change one's password; every other session ends."""
    form = forms.PasswordForm(prefix="password-")
    if not form.validate_on_submit() or not _is_me(form):
        return me_page(422, password=form)
    new_hash = security.hash_password(form.password.data)
    with write() as writing:
        me_actions.change_password(writing, viewer(), new_hash, present_digest())
    return done("accounts.me", _("The password is changed and your other sessions are ended."))


@blueprint.route("/accounts/me/second_factor", methods=["GET", "POST"])
@may("accounts.second_factor")
def second_factor() -> Response:
    """Set up an authenticator app (a new one takes the place of the old)."""
    form, person = forms.TotpForm(), _me()
    secret = browser.get("totp_secret") or security.new_secret()
    browser["totp_secret"] = secret
    if form.validate_on_submit() and _is_me(form):
        counter = security.check_code(secret, form.code.data, None)
        if counter is not None:
            codes, digests = _new_codes()
            with write() as writing:
                me_actions.set_totp(writing, viewer().person_id, secret, counter, digests)
            browser.pop("totp_secret", None)
            return page("accounts/recovery_codes.html", codes=codes)
        form.refuse(Refused(Reason(_("This code is not right. Take the newest one."), "code")))
    picture, letters = security.secret_for_people(secret, person.email)
    status = 422 if form.is_submitted() else 200
    return page("accounts/second_factor.html", status, form=form, picture=picture, letters=letters, person=person)


def _new_codes() -> tuple[list[str], list[str]]:
    codes = security.codes_on_paper()
    return codes, [security.digest_of_code(viewer().person_id, code) for code in codes]


@blueprint.post("/accounts/me/remove_second_factor")
@may("accounts.remove_second_factor")
def remove_second_factor() -> Response:
    """Remove the authenticator app."""
    form = forms.SureForm(prefix="remove-")
    if form.validate_on_submit() and _is_me(form):
        try:
            with write() as writing:
                me_actions.remove_second_factor(writing, viewer())
        except Refused as refused:
            form.refuse(refused)
        else:
            return done("accounts.me", _("The authenticator app is removed."))
    return me_page(422, remove=form)


@blueprint.route("/accounts/me/recovery_codes", methods=["GET", "POST"])
@may("accounts.recovery_codes")
def recovery_codes() -> Response:
    """Make new recovery codes, shown this once; the old ones open nothing any more."""
    if request.method == "GET":
        return make_response(redirect(url_for("accounts.me"), 303))
    form = forms.SureForm(prefix="codes-")
    if not form.validate_on_submit() or not _is_me(form):
        return me_page(422, codes=form)
    codes, digests = _new_codes()
    with write() as writing:
        me_actions.set_recovery_codes(writing, viewer().person_id, digests)
    return page("accounts/recovery_codes.html", codes=codes)


@blueprint.post("/accounts/me/passkey_options")
@may("accounts.passkey_options")
def passkey_options() -> Response:
    """Ask the browser to make a passkey, after the password."""
    typed = {name: ceremony.sent(f"passkey-{name}") for name in ("name", "current")}
    form = forms.PasskeyForm(formdata=None, data=typed, prefix="passkey-", meta={"csrf": False})
    if not form.validate() or not _is_me(form):
        return ceremony.refused(" ".join(f"{field.label.text}: {e}" for field in form for e in field.errors))
    person = _me()
    handle = person.passkey_handle or new_handle()
    with write() as writing:
        me_actions.name_handle(writing, viewer().person_id, handle)
    existing = queries.passkeys_of(session(), viewer().person_id)
    return ceremony.ask_to_register(_me(), handle, existing, typed["name"])


@blueprint.post("/accounts/me/add_passkey")
@may("accounts.add_passkey")
def add_passkey() -> Response:
    """Store the passkey that the browser has made."""
    made = ceremony.made(viewer().person_id)
    if made is None:
        return ceremony.refused(_("The passkey could not be made. Please try again."))
    try:
        with write() as writing:
            me_actions.add_passkey(writing, viewer().person_id, made[1], made[0])
    except Refused as refused:
        return ceremony.refused(refused.reasons[0].message)
    return jsonify(next=url_for("accounts.me", _anchor="passkeys"))


@blueprint.post("/accounts/me/<int:id_>/remove_passkey")
@may("accounts.remove_passkey")
def remove_passkey(id_: int) -> Response:
    """Remove one of one's own passkeys."""
    with write() as writing:
        me_actions.remove_passkey(writing, viewer(), id_)
    return done("accounts.me", _("The passkey is removed."))


@blueprint.get("/accounts/me/sessions")
@may("accounts.sessions")
def sessions() -> Response:
    """Where one is signed in."""
    found = queries.sign_ins(session(), viewer().person_id, clock.now())
    return page("accounts/sessions.html", sessions=found, present=present_digest())


@blueprint.post("/accounts/me/<int:id_>/end_session")
@may("accounts.end_session")
def end_session(id_: int) -> Response:
    """End one of one's own sessions."""
    with write() as writing:
        me_actions.end_session(writing, viewer(), id_)
    return done("accounts.sessions", _("That session is ended."))


@blueprint.post("/accounts/me/end_other_sessions")
@may("accounts.end_other_sessions")
def end_other_sessions() -> Response:
    """End all of one's own sessions but this one."""
    with write() as writing:
        me_actions.end_other_sessions(writing, viewer(), present_digest())
    return done("accounts.sessions", _("Your other sessions are ended."))


@blueprint.post("/accounts/theme")
@may("accounts.theme")
def theme() -> Response:
    """Change between light, dark and as the device."""
    chosen = request.form.get("theme", "")
    if chosen not in ("auto", "light", "dark"):
        abort(400)
    with write() as writing:
        me_actions.choose_theme(writing, viewer(), chosen)
    return make_response("", 204)
