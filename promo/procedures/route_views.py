"""Pages of approval routes: every post with holes first, one post, who could approve on a day."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response, jsonify, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from promo.accounts import queries as accounts
from promo.core import clock
from promo.core.access import can
from promo.core.errors import Refused
from promo.core.records import PILLARS, id_in
from promo.procedures import route_actions, route_queries
from promo.procedures.blueprint import blueprint
from promo.procedures.case import function_names
from promo.procedures.permissions import edits_stand_ins
from promo.procedures.route_forms import PILLAR_CHOICES, RouteForm, WhoForm
from promo.procedures.route_queries import Row
from promo.procedures.words import function_label
from promo.reference import queries as reference
from promo.reference.models import Post
from promo.web import frame
from promo.web.filters import language
from promo.web.guard import may, permitted, viewer
from promo.web.pages import done, page
from promo.web.transaction import session, write

frame.navigation("procedures.routes", _l("Approval routes"), "arrows-split", 82, bar=("quality", "admin"))


@blueprint.get("/routes")
@may("procedures.routes")
def routes() -> Response:
    """Every post, those with holes first; of one function, who holds it and who stands behind."""
    today = clock.today(viewer().timezone)
    asked = _function_choices(list(route_queries.asked(session(), today)))
    chosen = request.args.get("function", "")
    chosen = chosen if chosen in dict(asked) else ""
    lines = route_queries.overview(session(), viewer(), today, chosen or None)
    return page(
        "procedures/routes.html", lines=lines, functions=asked, chosen=chosen,
        holes=sum(bool(line.holes) for line in lines),
    )  # fmt: skip


@blueprint.get("/route/<code>")
@may("procedures.route")
def route(code: str) -> Response:
    """Who approves at a post: each function with its holder, deputy, stand-in and who comes after them."""
    return _route(reference.post(session(), code))


def _route(post: Post, status: int = 200, refused: tuple[str, RouteForm] | None = None) -> Response:
    rows = route_queries.table(session(), viewer(), post, clock.today(post.timezone))
    former = route_queries.former(session(), viewer(), post)
    shown = can(viewer(), "procedures.route_edit", post)
    forms = {row.key: _form(row, refused) for row in rows} if shown else {}
    named = {p for one in (*former, *(r.route for r in rows)) if one for p in (one.deputy_id, one.stand_in_id)}
    named |= {p for form in forms.values() for p in (form.deputy_id.data, form.stand_in_id.data)}
    names = accounts.names(session(), {p for p in named if p is not None})
    for form in forms.values():
        _offer(form, names)
    return page(
        "procedures/route.html", status,
        post=post, rows=rows, former=former, names=names, forms=forms,
        opened=refused[0] if refused else None, pillars=dict(PILLARS), stand_ins=edits_stand_ins(viewer()),
        functions=dict(_function_choices([*{r.function for r in former}])),
    )  # fmt: skip


def _form(row: Row, refused: tuple[str, RouteForm] | None) -> RouteForm:
    """Return the form of a row: as it was typed when it was refused, else as the route stands."""
    if refused is not None and refused[0] == row.key:
        form = refused[1]
    else:
        stands = row.route
        values = {
            "pillar": (stands.pillar if stands else None) or "", "seen": stands.id if stands else 0,
            "act_number": stands.act_number if stands else None,
        }  # fmt: skip
        people = {"deputy_id": stands.deputy_id, "stand_in_id": stands.stand_in_id} if stands else {}
        form = RouteForm(formdata=None, data=values | people, prefix=f"{row.key}-")
    return form


def _offer(form: RouteForm, names: dict[int, str]) -> None:
    """Give the form the people it names."""
    for field in (form.deputy_id, form.stand_in_id):
        field.choices = [("", ""), *((field.data, names[field.data]) for _one in (0,) if field.data in names)]


@blueprint.post("/route/<code>/edit")
@may("procedures.route_edit")
def route_edit(code: str) -> Response:
    """Name the deputy and the stand-in of a function at a post."""
    post = permitted(reference.post(session(), code))
    key, function = request.args.get("row", "")[:200], request.args.get("function", "")[:60]
    form = RouteForm(prefix=f"{key}-")
    if form.validate_on_submit():
        seen = int(form.seen.data) if str(form.seen.data or "").isdecimal() and len(form.seen.data) < 12 else None
        values = {name: value for name, value in form.values.items() if name != "seen"}
        try:
            with write() as writing:
                route_actions.route_edit(writing, viewer(), code, function, values, seen)
        except Refused as refused:
            form.refuse(refused)
        else:
            return done("procedures.route", _("Saved: it counts from today."), code=code)
    return _route(reference.post(session(), post.code), 422, (key, form))


@blueprint.get("/deputies")
@may("procedures.deputies")
def deputies() -> Response:
    """Colleagues who may be named as deputy or stand-in, for the box."""
    typed = request.args.get("q", "")[:100].replace("\x00", "")
    found = route_queries.deputies(session(), viewer(), typed)
    return jsonify([{"value": str(p.id), "text": p.name, "hint": code} for p, code in found])


@blueprint.get("/who")
@may("procedures.who")
def who() -> Response:
    """Who could approve on a day, by what act; for the auditor, and to print."""
    today = clock.today(viewer().timezone)
    form = WhoForm(MultiDict({k: v for k, v in request.args.items() if v}), meta={"csrf": False})
    form.post.choices = [("", ""), *reference.post_choices(session(), language(), active=False)]
    labels = function_names(session())
    form.function.choices = [("", _("All that were asked for")), *_function_choices(list(labels))]
    valid = form.validate()
    post = reference.post_by_id(session(), id_in(form.post.data)) or reference.post_by_id(session(), viewer().post_id)
    on: date = form.day.data if valid and form.day.data else today
    pillar = form.pillar.data if form.pillar.data in dict(PILLARS) else None
    function = form.function.data if form.function.data in labels else None
    form.day.data, form.post.data = on, str(post.id) if post else ""
    sections = route_queries.who(session(), viewer(), post, on, function, pillar) if post is not None else []
    return page(
        "procedures/who.html", 200 if valid else 422,
        form=form, post=post, on=on, sections=sections, pillar=dict(PILLAR_CHOICES)[pillar or ""],
    )  # fmt: skip


def _function_choices(codes: list[str]) -> list[tuple[str, Any]]:
    labels = function_names(session())
    return sorted(((code, function_label(code, labels)) for code in codes), key=lambda pair: str(pair[1]))
