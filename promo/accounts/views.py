"""Pages of people, their roles and functions; who may do what. One's own pages are in ``me_views``, signing in in
``sign_in_views``, messages in ``outbox_views``.
"""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from promo.accounts import (
    actions,
    forms,
    me_views,
    outbox_views,
    passkey_views,
    permissions,
    queries,
    security,
    sign_in_actions,
)
from promo.accounts.blueprints import accounts as blueprint
from promo.accounts.password_views import password_link
from promo.core import access as permission_table
from promo.core import clock, records
from promo.core.errors import Refused
from promo.core.search import fold
from promo.reference import queries as reference
from promo.web import frame
from promo.web.filters import language as reader_language
from promo.web.guard import may, viewer
from promo.web.pages import done, page
from promo.web.transaction import session, write

__all__ = ["blueprint", "me_views", "outbox_views", "passkey_views"]
frame.navigation("accounts.index", _l("People and roles"), "user-cog", 85, bar=("admin",))
frame.navigation("accounts.access", _l("Who may do what"), "lock", 91, bar=("admin", "auditor"))
frame.navigation("accounts.me", _l("My account"), "settings", 92, bar=False)
frame.navigation("outbox.index", _l("Messages sent"), "mail", 93, bar=("admin",))


FEATURE_LABELS = {
    "accounts": _l("People and roles"),
    "calendars": _l("Calendars"),
    "exports": _l("Exports"),
    "files": _l("Files"),
    "home": _l("My day"),
    "outbox": _l("Messages sent"),
    "procedures": _l("Procedures"),
    "reference": _l("Reference data"),
    "reports": _l("Reports"),
    "trail": _l("Trail"),
    "work": _l("Tasks"),
}


@blueprint.get("/accounts/access")
@may("accounts.access")
def access() -> Response:
    """Who may do what, drawn from the rules that the program itself asks."""
    features = {name: permissions.together(lines) for name, lines in permissions.matrix().items()}
    return page("accounts/access.html", features=features, feature_names=_feature_names())


def _feature_names() -> dict[str, Any]:
    """Return what people call each feature: as the navigation does, or the name of its records."""
    return {**FEATURE_LABELS, **{kind.blueprint: kind.plural for kind in records.kinds()}}


@blueprint.get("/accounts")
@may("accounts.index")
def index() -> Response:
    """Everybody who works with Promo."""
    typed, state = request.args.get("q", "")[:200], request.args.get("state", "")
    active = {"": True, "off": False}.get(state)
    people = queries.people(session(), fold(typed), active=active)
    return page(
        "accounts/index.html",
        people=people,
        q=typed,
        state=state,
        posts={p.id: p for p in reference.posts(session(), active=False)},
        roles=queries.roles_today(session(), clock.today()),
        functions=queries.functions_today(session(), clock.today()),
        function_names=reference.function_names(session(), reader_language()),
    )


def _with_posts(form: Any) -> Any:
    form.post_id.choices = [("", ""), *reference.post_choices(session(), reader_language())]
    return form


@blueprint.route("/accounts/new", methods=["GET", "POST"])
@may("accounts.new")
def new() -> Response:
    """Add somebody, with a first password or a link by mail to choose one."""
    form = _with_posts(forms.NewPersonForm())
    if form.validate_on_submit():
        hashed = security.hash_password(form.password.data) if form.password.data else None
        try:
            with write() as writing:
                person = actions.add(writing, viewer(), form.values, hashed)
                if hashed is None:
                    link = password_link(person, invited=True)
                    sign_in_actions.send_password_link(writing, person, link, invited=True)
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


def _person_page(id_: int, status: int, **refused: Any) -> Response:
    person = queries.person(session(), id_)
    return page(
        "accounts/show.html",
        status,
        person=person,
        post=reference.post_by_id(session(), person.post_id),
        roles=queries.roles_of(session(), id_),
        functions=queries.functions_of(session(), id_),
        function_names=reference.function_names(session(), reader_language()),
        absences=queries.absences_of(session(), id_, clock.today()),
        has_factor=queries.has_second_factor(session(), person),
        grant=refused.get("grant") or _grant_form(formdata=None),
        appoint=refused.get("appoint") or _appoint_form(formdata=None),
        absence=refused.get("absence") or forms.AbsenceForm(formdata=None, prefix="absence-"),
        today=clock.today(),
    )


def _grant_form(**options: Any) -> forms.GrantForm:
    form = _with_posts(forms.GrantForm(prefix="grant-", **options))
    if form.valid_from.data is None and not form.is_submitted():
        form.valid_from.data = clock.today()
    return form


def _appoint_form(**options: Any) -> forms.AppointForm:
    form = _with_posts(forms.AppointForm(prefix="appoint-", **options))
    form.function.choices = [("", ""), *reference.function_names(session(), reader_language()).items()]
    if form.valid_from.data is None and not form.is_submitted():
        form.valid_from.data = clock.today()
    return form


@blueprint.route("/accounts/<int:id_>/edit", methods=["GET", "POST"])
@may("accounts.edit")
def edit(id_: int) -> Response:
    """Change somebody's name, e-mail, post, phone or language."""
    form = _with_posts(forms.PersonForm(obj=queries.person(session(), id_)))
    if form.validate_on_submit():
        try:
            with write() as writing:
                actions.edit(writing, viewer(), id_, form.values, form.version.data)
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


@blueprint.post("/accounts/<int:id_>/add_absence")
@may("accounts.add_absence")
def add_absence(id_: int) -> Response:
    """Say that somebody (oneself, mostly) is away."""
    form = forms.AbsenceForm(prefix="absence-")
    if form.validate_on_submit():
        try:
            with write() as writing:
                actions.add_absence(writing, viewer(), id_, form.starts_on.data, form.ends_on.data)
        except Refused as refused:
            form.refuse(refused)
        else:
            return _back_to(id_, _("Noted: what waits goes on to the next."))
    if id_ == viewer().person_id:
        return me_views.me_page(422, absence=form)
    permission_table.require(viewer(), "accounts.show")
    return _person_page(id_, 422, absence=form)


@blueprint.post("/accounts/<int:id_>/<int:absence_id>/end_absence")
@may("accounts.end_absence")
def end_absence(id_: int, absence_id: int) -> Response:
    """Say that somebody is back."""
    with write() as writing:
        actions.end_absence(writing, viewer(), id_, absence_id)
    return _back_to(id_, _("Noted."))


def _back_to(id_: int, message: str) -> Response:
    """Go back to one's own page, or to the person's where one may see it."""
    if id_ != viewer().person_id and permission_table.can(viewer(), "accounts.show"):
        return done("accounts.show", message, id_=id_)
    return done("accounts.me", message)


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


@blueprint.post("/accounts/<int:id_>/invite")
@may("accounts.invite")
def invite(id_: int) -> Response:
    """Send somebody a link to choose a password."""
    person = queries.person(session(), id_)
    if not person.active:
        return make_response(redirect(url_for("accounts.show", id_=id_), 303))
    link = password_link(person, invited=True)
    with write() as writing:
        sign_in_actions.send_password_link(writing, queries.person(writing, id_), link, invited=True)
    return done("accounts.show", _("A message with a link is on its way."), id_=id_)


@blueprint.post("/accounts/<int:id_>/forget_factors")
@may("accounts.forget_factors")
def forget_factors(id_: int) -> Response:
    """Forget somebody's second factor: the telephone is lost."""
    with write() as writing:
        actions.forget_factors(writing, viewer(), id_)
    return done("accounts.show", _("Forgotten: the password is enough to sign in and set up a new one."), id_=id_)
