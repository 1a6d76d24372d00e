"""The list of procedures, and what is kept of each beside its versions: who owns it, when it is reviewed next."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from promo.core import clock
from promo.core.errors import Text
from promo.core.records import PILLARS, kinds
from promo.procedures import catalogue, forms, versions
from promo.procedures.blueprint import TONES, blueprint
from promo.procedures.models import VERSION_STATES
from promo.procedures.words import pick
from promo.web import lists
from promo.web.guard import may, permitted, viewer
from promo.web.pages import done, page
from promo.web.transaction import session, write

REVIEWS = (("overdue", _l("Overdue")), ("soon", _l("Within 30 days")), ("none", _l("No date")))


@blueprint.get("")
@may("procedures.index")
def index() -> Response:
    """All procedures: what is in force, what is on its way, whose each is and when it is reviewed next."""
    today = clock.today(viewer().timezone)
    every = catalogue.catalogue(session(), viewer())
    asked, q = _asked(), request.args.get("q", "")[:200].replace("\x00", "")
    filters = _filters(every, asked)
    return page(
        "procedures/index.html",
        lines=[_drawn(line) for line in catalogue.narrowed(every, asked, q, today)],
        total=len(every),
        filters=filters,
        chips=[_chip(f, asked, q) for f in filters if f["value"]],
        q=q,
        today=today,
        states=dict(VERSION_STATES),
        tones=TONES,
    )


def _asked() -> dict[str, str]:
    return {name: request.args[name][:60] for name in catalogue.TESTS if request.args.get(name)}


def _drawn(line: catalogue.Line) -> dict[str, Any]:
    names = {k.name: str(k.plural) for k in kinds()}
    pillars = [str(label) for value, label in PILLARS if value in line.definition.pillars]
    return {
        "line": line,
        "title": pick(line.definition.title) or line.procedure.code,
        "scope": " · ".join([", ".join(names.get(k, k) for k in line.definition.kinds), *pillars]),
    }


def _filters(lines: list[catalogue.Line], asked: dict[str, str]) -> list[dict[str, Any]]:
    owners = {str(one.procedure.owner_id): one.owner or "" for one in lines if one.procedure.owner_id}
    choices: tuple[tuple[str, Text, Any], ...] = (
        ("kind", _l("For"), [(k.name, k.plural) for k in kinds() if any(k.name in o.definition.kinds for o in lines)]),
        ("pillar", _l("Pillar"), PILLARS),
        ("status", _l("Status"), VERSION_STATES),
        ("owner", _l("Owner"), sorted(owners.items(), key=lambda pair: pair[1])),
        ("review", _l("Next review"), REVIEWS),
    )
    return [_filter(name, label, offered, asked.get(name, "")) for name, label, offered in choices]


def _filter(name: str, label: Text, offered: Any, value: str) -> dict[str, Any]:
    known = {str(key): str(said) for key, said in offered}
    value = value if value in known else ""
    declared: Any = SimpleNamespace(choices=lambda _session, _viewer: list(known.items()), shown=None)
    about = {"name": name, "label": label, "type": "choice", "value": value, "shown": known.get(value, "")}
    return {**about, **lists.options(declared, value or None)}


def _chip(chosen: dict[str, Any], asked: dict[str, str], q: str) -> dict[str, Any]:
    rest: dict[str, Any] = {name: value for name, value in asked.items() if name != chosen["name"]}
    url = url_for("procedures.index", **rest, q=q or None)
    return {"label": chosen["label"], "value": chosen["shown"], "url": url}


@blueprint.route("/<code>/edit", methods=["GET", "POST"])
@may("procedures.edit")
def edit(code: str) -> Response:
    """Who owns a procedure and when it is reviewed next."""
    found = permitted(catalogue.procedure(session(), viewer(), code))
    form = forms.ProcedureForm(obj=found)
    form.owner_id.choices = [("", _("nobody yet")), *catalogue.owners(session(), viewer())]
    if form.validate_on_submit():
        with write() as writing:
            versions.edit(writing, viewer(), code, form.values)
        return done("procedures.index", _("Saved."))
    return page("procedures/edit.html", 422 if form.is_submitted() else 200, form=form, procedure=found)
