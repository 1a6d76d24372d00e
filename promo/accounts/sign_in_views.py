"""Signing in and out: password, second step, passkey, forgotten password, language before it all."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, g, make_response, redirect, request, url_for
from flask import session as browser
from flask_babel import gettext as _
from flask_babel import ngettext

from promo.accounts import blueprints, ceremony, forms, me_actions, queries, security, sign_in_actions
from promo.accounts.models import Person
from promo.accounts.sign_in_actions import Device
from promo.accounts.wiring import COOKIE, give_token
from promo.config import settings
from promo.core import audit, clock
from promo.core.errors import NotFound
from promo.reference import queries as reference
from promo.web.filters import language as reader_language
from promo.web.forms import Form
from promo.web.guard import may, maybe_viewer, public, viewer
from promo.web.pages import done, page, same_site
from promo.web.transaction import session, write

DEMO_PASSWORD = "demostracion"  # noqa: S105 - what the demonstration prints anyway
_PENDING, _MINUTES = "second_step", 10


@blueprints.accounts.route("/login", methods=["GET", "POST"])
@public
def login() -> Response:
    """Sign in with e-mail and password."""
    form = forms.SignInForm(next=request.args.get("next", ""))
    if request.method == "GET" and maybe_viewer():
        return make_response(redirect(same_site(form.next.data) or "/", 303))
    if not form.validate_on_submit():
        return _sign_in_page(form, 422 if form.is_submitted() else 200)
    key = security.failure_key(form.email.data, request.remote_addr or "")
    if _must_wait(form, key):
        return _sign_in_page(form, 429)
    person = queries.person_by_email(session(), form.email.data)
    if not security.check_password(form.password.data, person.password_hash if person else None) or person is None:
        _wrong(form, key, person, _("E-mail or password is not right."))
        return _sign_in_page(form, 422)
    return _next_step(person, shared=form.device.data == "shared", next_=same_site(form.next.data) or "/")


def _sign_in_page(form: forms.SignInForm, status: int) -> Response:
    demo = queries.demo_logins(session(), clock.today()) if settings().demo else []
    response = page(
        "accounts/login.html",
        status,
        form=form,
        demo=demo,
        demo_password=DEMO_PASSWORD,
        function_names=reference.function_names(session(), reader_language()) if demo else {},
        passkeys=ceremony.site() is not None,
    )
    return _with_wait(response)


def _must_wait(form: Form, key: str) -> bool:
    """Put into the form how long to wait before the next try, if one must."""
    wait = security.must_wait(session(), key, clock.now())
    if wait is None:
        return False
    g.wait = int(wait.total_seconds()) + 1
    if g.wait < 60:
        time = ngettext("%(num)s second", "%(num)s seconds", g.wait)
    else:
        time = ngettext("%(num)s minute", "%(num)s minutes", -(-g.wait // 60))
    form.form_errors.append(_("Too many tries. Wait %(time)s, then try again: nothing is lost.", time=time))
    return True


def _with_wait(response: Response) -> Response:
    if "wait" in g:
        response.headers["Retry-After"] = str(g.wait)
    return response


def _wrong(form: Form, key: str, person: Person | None, message: str) -> None:
    """Count a failure and say so: the same for a name that is unknown as for a wrong password."""
    with write() as writing:
        sign_in_actions.fail(writing, key, person, request.remote_addr or "")
    form.form_errors.append(message)


def device_of(*, shared: bool) -> Device:
    """Return what asks: the words it has for itself, its address, and whose it is."""
    agent = request.user_agent.string
    system = next((n for n in ("iPhone", "iPad", "Android", "Windows", "Mac OS", "Linux") if n in agent), "")
    known = ("Edg", "Firefox", "Chrome", "Safari", "curl")
    program = next((n for n in known if n in agent), "").replace("Edg", "Edge")
    return Device(" · ".join(p for p in (program, system) if p) or agent[:60] or "?", request.remote_addr or "", shared)


def _next_step(person: Person, *, shared: bool, next_: str) -> Response:
    """After the password: to the second step, to setting one up where the role needs it, or in."""
    has_one = queries.has_second_factor(session(), person)
    who = queries.viewer_of(session(), person.id, clock.today())
    if has_one or (who is not None and security.needs_second_factor(who)):
        browser[_PENDING] = {"person": person.id, "at": clock.now().timestamp(), "shared": shared, "next": next_}
        browser.pop("totp_secret", None)
        return make_response(redirect(url_for("security.second" if has_one else "security.set_up"), 303))
    return let_in(person, shared=shared, next_=next_, strong=False)


def let_in(person: Person, *, shared: bool, next_: str, strong: bool, response: Response | None = None) -> Response:
    """Open a session on the device that asks, after everything was right."""
    with write() as writing:
        token = sign_in_actions.sign_in(writing, person, device_of(shared=shared), strong=strong)
    for waiting in (_PENDING, "totp_secret"):
        browser.pop(waiting, None)
    return give_token(response or make_response(redirect(next_, 303)), token, shared=shared)


def pending() -> tuple[Person, dict[str, Any]] | None:
    """Return who has given the right password in the last ten minutes on this browser."""
    waiting = browser.get(_PENDING)
    if not waiting or clock.now().timestamp() - waiting["at"] > _MINUTES * 60:
        return None
    try:
        person = queries.person(session(), waiting["person"])
    except NotFound:
        return None
    return (person, waiting) if person.active else None


@blueprints.security.route("/second", methods=["GET", "POST"])
@public
def second() -> Response:
    """Take the second step: a code of the app, one on paper, or a passkey."""
    found = pending()
    if found is None or not queries.has_second_factor(session(), found[0]):
        return done("accounts.login", _("That took long. Please begin again."))
    person, waiting = found
    form, key = forms.SecondForm(), security.second_key(person.id)
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        if _must_wait(form, key):
            status = 429
        elif _code_is_right(person, form.code.data):
            return let_in(person, shared=waiting["shared"], next_=waiting["next"], strong=True)
        else:
            _wrong(form, key, person, _("This code is not right, or it was used already."))
    keys = queries.passkeys_of(session(), person.id) if ceremony.site() else []
    return _with_wait(page("security/second.html", status, form=form, totp=person.totp_secret, passkeys=keys))


def _code_is_right(person: Person, code: str) -> bool:
    counter = security.check_code(person.totp_secret, code, person.totp_counter)
    digest = security.digest_of_code(person.id, code)
    with write() as writing:
        if counter is not None:
            return security.use_code(writing, person.id, counter)
        return sign_in_actions.use_recovery_code(writing, person.id, digest)


@blueprints.security.route("/set-up", methods=["GET", "POST"])
@public
def set_up() -> Response:
    """Set up the second factor that one's role needs, before going in."""
    found = pending()
    if found is None or queries.has_second_factor(session(), found[0]):
        return done("accounts.login", _("That took long. Please begin again."))
    person, waiting = found
    form, key = forms.SetUpForm(), security.second_key(person.id)
    secret = browser.get("totp_secret") or security.new_secret()
    browser["totp_secret"] = secret
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        counter = security.check_code(secret, form.code.data, None)
        if _must_wait(form, key):
            status = 429
        elif counter is not None:
            return _with_codes(person, waiting, secret, counter)
        else:
            words = _("This code is not right. Take the newest one, and look at your telephone's clock.")
            _wrong(form, key, person, words)
    picture, letters = security.secret_for_people(secret, person.email)
    context = {"form": form, "picture": picture, "letters": letters, "passkeys": ceremony.site() is not None}
    return _with_wait(page("security/set_up.html", status, **context))


def _with_codes(person: Person, waiting: dict[str, Any], secret: str, counter: int) -> Response:
    codes = security.codes_on_paper()
    digests = [security.digest_of_code(person.id, code) for code in codes]
    with audit.acting(person.id), write() as writing:
        me_actions.set_totp(writing, person.id, secret, counter, digests)
    response = page("security/codes.html", codes=codes, next=waiting["next"])
    return let_in(person, shared=waiting["shared"], next_=waiting["next"], strong=True, response=response)


@blueprints.security.post("/kept")
@public
def kept() -> Response:
    """Go on after the recovery codes were put away."""
    return make_response(redirect(same_site(request.form.get("next")) or "/", 303))


@blueprints.security.get("/back")
@public
def back() -> Response:
    """Say that one is signed in and may go back to the page where the text waits."""
    return page("security/back.html") if maybe_viewer() else make_response(redirect(url_for("accounts.login"), 303))


@blueprints.accounts.post("/logout")
@may("accounts.logout")
def logout() -> Response:
    """Sign out: this device's session ends, and nothing stays on it."""
    with write() as writing:
        me_actions.end_session(writing, viewer(), g.sign_in.id)
    browser.clear()
    response = make_response(redirect(url_for("accounts.login"), 303))
    response.delete_cookie(COOKIE)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@blueprints.accounts.post("/accounts/language")
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
            me_actions.choose_language(writing, who, locale)
    return response
