"""Pages of people and one's own account; signing in and out."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from flask import Blueprint, Response, abort, g, make_response, redirect, request, url_for
from flask_babel import gettext as _, lazy_gettext as _l

from promo.accounts import actions, forms, queries, security
from promo.accounts.wiring import COOKIE, present_digest
from promo.config import settings
from promo.core import access as permission_table, clock
from promo.core.db import session, write
from promo.core.errors import Reason, Refused
from promo.reference import queries as reference
from promo.web import frame
from promo.web.filters import language as reader_language
from promo.web.guard import may, maybe_viewer, public, viewer
from promo.web.pages import done, page, same_site

blueprint = Blueprint("accounts", __name__)
frame.navigation("accounts.index", _l("People and roles"), "users", 90, bar=False)
frame.navigation("accounts.access", _l("Who may do what"), "lock", 91, bar=False)
frame.navigation("accounts.me", _l("My account"), "settings", 92, bar=False)


@blueprint.route("/login", methods=["GET", "POST"])
@public
def login() -> Response:
    """Sign in with e-mail and password."""
    form = forms.SignInForm(next=request.args.get("next", ""))
    if request.method == "GET" and maybe_viewer():
        return make_response(redirect(same_site(form.next.data) or "/", 303))
    if not form.validate_on_submit():
        return _sign_in_page(form, 422 if form.is_submitted() else 200)
    address, email = request.remote_addr or "", form.email.data
    wait = security.must_wait(session(), security.failure_key(email, address), clock.now())
    if wait is not None:
        form.form_errors.append(_("Too many tries. Wait %(seconds)s seconds, then try again.", seconds=wait.seconds + 1))
        response = _sign_in_page(form, 429)
        response.headers["Retry-After"] = str(wait.seconds + 1)
        return response
    person = queries.person_by_email(session(), email)
    right = security.check_password(form.password.data, person.password_hash if person else None)
    shared = form.device.data == "shared"
    with write() as writing:
        token = actions.sign_in(writing, email, address, _device(), right=right, shared=shared)
    if token is None:
        form.form_errors.append(_("E-mail or password is not right."))
        return _sign_in_page(form, 422)
    response = make_response(redirect(same_site(form.next.data) or "/", 303))
    lasting = None if shared else int(security.OWN_DEVICE.total_seconds())
    response.set_cookie(
        COOKIE, token, max_age=lasting, httponly=True, samesite="Lax", secure=settings().secure_cookies
    )
    return response


def _sign_in_page(form: forms.SignInForm, status: int) -> Response:
    demo = queries.demo_logins(session(), clock.today()) if settings().demo else []
    return page("accounts/login.html", status, form=form, demo=demo, demo_password=DEMO_PASSWORD, function_names=reference.function_names(session(), reader_language()))


DEMO_PASSWORD = "demostracion"


def _device() -> str:
    agent = request.user_agent.string
    system = next((n for n in ("iPhone", "iPad", "Android", "Windows", "Mac OS", "Linux") if n in agent), "")
    browser = next((n for n in ("Edg", "Firefox", "Chrome", "Safari", "curl") if n in agent), "")
    return " · ".join(p for p in (browser, system) if p) or agent[:60] or "?"


@blueprint.post("/logout")
@may("accounts.logout")
def logout() -> Response:
    """Sign out: this device's session ends."""
    with write() as writing:
        actions.end_session(writing, viewer(), g.sign_in.id)
    response = make_response(redirect(url_for("accounts.login"), 303))
    response.delete_cookie(COOKIE)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@blueprint.post("/accounts/language")
@public
def language() -> Response:
    """Change the language: of the person, or of this browser before signing in."""
    locale = request.form.get("locale", "")
    if locale not in ("es", "en"):
        abort(400)
    response = make_response(redirect(same_site(request.form.get("next")) or "/", 303))
    response.set_cookie("promo_language", locale, max_age=31_536_000, samesite="Lax", httponly=True)
    if (who := maybe_viewer()) is not None:
        with write() as writing:
            actions.choose_language(writing, who, locale)
    return response


@blueprint.post("/accounts/theme")
@may("accounts.theme")
def theme() -> Response:
    """Change between light, dark and as the device."""
    chosen = request.form.get("theme", "")
    if chosen not in ("auto", "light", "dark"):
        abort(400)
    with write() as writing:
        actions.choose_theme(writing, viewer(), chosen)
    return make_response("", 204)


@blueprint.get("/accounts/access")
@may("accounts.access")
def access() -> Response:
    """Who may do what, drawn from the rules that the program itself asks."""
    features: dict[str, list[permission_table.Rule]] = {}
    for row in permission_table.table():
        features.setdefault(row.action.split(".")[0], []).append(row)
    return page("accounts/access.html", features=features)


@blueprint.route("/accounts/me", methods=["GET", "POST"])
@may("accounts.me")
def me() -> Response:
    """One's own preferences, password and sessions."""
    person = queries.person(session(), viewer().person_id)
    form = forms.MeForm(prefix="me-", obj=person)
    form.timezone.choices = [("", _("As my post")), *((z, z) for z in sorted(available_timezones()) if "/" in z)]
    if form.validate_on_submit():
        values = form.values
        with write() as writing:
            actions.edit_me(writing, viewer(), values)
        return done("accounts.me", _("Saved."))
    status = 422 if form.is_submitted() else 200
    return _me_page(form, forms.PasswordForm(formdata=None, prefix="password-"), status)


def _me_page(form: forms.MeForm, password: forms.PasswordForm, status: int) -> Response:
    sessions = queries.sign_ins(session(), viewer().person_id, clock.now())
    return page("accounts/me.html", status, form=form, password=password, sessions=sessions, present=present_digest())


@blueprint.post("/accounts/me/password")
@may("accounts.password")
def password() -> Response:
    """Change one's password; every other session ends."""
    form = forms.PasswordForm(prefix="password-")
    person = queries.person(session(), viewer().person_id)
    valid = form.validate_on_submit()
    if valid and not security.check_password(form.current.data, person.password_hash):
        form.refuse(Refused(Reason(_("This is not your present password."), "current")))
        valid = False
    if not valid:
        preferences = forms.MeForm(formdata=None, prefix="me-", obj=person)
        preferences.timezone.choices = [(person.timezone or "", person.timezone or _("As my post"))]
        return _me_page(preferences, form, 422)
    new_hash = security.hash_password(form.password.data)
    with write() as writing:
        actions.change_password(writing, viewer(), new_hash, present_digest())
    return done("accounts.me", _("The password is changed and your other sessions are ended."))


@blueprint.post("/accounts/me/<int:id_>/end_session")
@may("accounts.end_session")
def end_session(id_: int) -> Response:
    """End one of one's own sessions."""
    with write() as writing:
        actions.end_session(writing, viewer(), id_)
    return done("accounts.me", _("That session is ended."))


@blueprint.get("/accounts")
@may("accounts.index")
def index() -> Response:
    """Everybody who works with Promo."""
    posts = {p.id: p for p in reference.posts(session())}
    return page("accounts/index.html", people=queries.people(session()), posts=posts)


@blueprint.route("/accounts/new", methods=["GET", "POST"])
@may("accounts.new")
def new() -> Response:
    """Add somebody."""
    form = forms.NewPersonForm()
    form.post_id.choices = reference.post_choices(session(), reader_language())
    if form.validate_on_submit():
        hashed = security.hash_password(form.password.data)
        try:
            with write() as writing:
                person = actions.add(writing, viewer(), form.values, hashed)
        except Refused as refused:
            form.refuse(refused)
        else:
            return done("accounts.show", _("Added. Now give a role."), id_=person.id)
    return page("accounts/new.html", 422 if form.is_submitted() else 200, form=form)


@blueprint.get("/accounts/<int:id_>")
@may("accounts.show")
def show(id_: int) -> Response:
    """Somebody's roles and functions."""
    return _person_page(id_, 200)


def _person_page(id_: int, status: int, grant: Any = None, appoint: Any = None) -> Response:
    person = queries.person(session(), id_)
    return page(
        "accounts/show.html",
        status,
        person=person,
        roles=queries.roles_of(session(), id_),
        functions=queries.functions_of(session(), id_),
        function_names=reference.function_names(session(), reader_language()),
        grant=grant or _grant_form(formdata=None),
        appoint=appoint or _appoint_form(formdata=None),
        today=clock.today(),
    )


def _grant_form(**options: Any) -> forms.GrantForm:
    form = forms.GrantForm(prefix="grant-", **options)
    form.post_id.choices = reference.post_choices(session(), reader_language())
    return form


def _appoint_form(**options: Any) -> forms.AppointForm:
    form = forms.AppointForm(prefix="appoint-", **options)
    form.post_id.choices = reference.post_choices(session(), reader_language())
    form.function.choices = list(reference.function_names(session(), reader_language()).items())
    return form


@blueprint.route("/accounts/<int:id_>/edit", methods=["GET", "POST"])
@may("accounts.edit")
def edit(id_: int) -> Response:
    """Change somebody's name, e-mail, post or language."""
    form = forms.PersonForm(obj=queries.person(session(), id_))
    form.post_id.choices = reference.post_choices(session(), reader_language())
    if form.validate_on_submit():
        try:
            with write() as writing:
                actions.edit(writing, viewer(), id_, form.values)
        except Refused as refused:
            form.refuse(refused)
        else:
            return done("accounts.show", _("Saved."), id_=id_)
    person = queries.person(session(), id_)
    return page("accounts/edit.html", 422 if form.is_submitted() else 200, form=form, person=person)


@blueprint.post("/accounts/<int:id_>/grant")
@may("accounts.grant")
def grant(id_: int) -> Response:
    """Give a role."""
    form = _grant_form()
    if form.validate_on_submit():
        try:
            with write() as writing:
                actions.grant(writing, viewer(), id_, form.values)
        except Refused as refused:
            form.refuse(refused)
        else:
            return done("accounts.show", _("The role is given."), id_=id_)
    return _person_page(id_, 422, grant=form)


@blueprint.post("/accounts/<int:id_>/<int:role_id>/end_grant")
@may("accounts.end_grant")
def end_grant(id_: int, role_id: int) -> Response:
    """End a role."""
    with write() as writing:
        actions.end_grant(writing, viewer(), id_, role_id)
    return done("accounts.show", _("The role is ended."), id_=id_)


@blueprint.post("/accounts/<int:id_>/appoint")
@may("accounts.appoint")
def appoint(id_: int) -> Response:
    """Give a function by its act."""
    form = _appoint_form()
    if form.validate_on_submit():
        try:
            with write() as writing:
                actions.appoint(writing, viewer(), id_, form.values)
        except Refused as refused:
            form.refuse(refused)
        else:
            return done("accounts.show", _("The function is given."), id_=id_)
    return _person_page(id_, 422, appoint=form)


@blueprint.post("/accounts/<int:id_>/<int:held_id>/end_function")
@may("accounts.end_function")
def end_function(id_: int, held_id: int) -> Response:
    """End a function."""
    with write() as writing:
        actions.end_function(writing, viewer(), id_, held_id)
    return done("accounts.show", _("The function is ended."), id_=id_)


@blueprint.post("/accounts/<int:id_>/deactivate")
@may("accounts.deactivate")
def deactivate(id_: int) -> Response:
    """Let somebody sign in no more."""
    with write() as writing:
        actions.deactivate(writing, viewer(), id_)
    undo = url_for("accounts.reactivate", id_=id_)
    return done("accounts.show", _("Deactivated: all sessions are ended."), undo=undo, id_=id_)


@blueprint.post("/accounts/<int:id_>/reactivate")
@may("accounts.reactivate")
def reactivate(id_: int) -> Response:
    """Let somebody sign in again."""
    with write() as writing:
        actions.reactivate(writing, viewer(), id_)
    return done("accounts.show", _("Reactivated."), id_=id_)
