"""Pages of organisations."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from promo.core import parties
from promo.core.access import can
from promo.core.errors import Refused
from promo.core.records import id_in, kind
from promo.organisations import actions, forms, queries
from promo.organisations.models import SIZES, TYPES, Organisation
from promo.reference import queries as reference
from promo.web import frame, lists
from promo.web.filters import country as country_name
from promo.web.filters import language
from promo.web.guard import may, permitted, viewer
from promo.web.pages import done, page
from promo.web.transaction import session, write

blueprint = Blueprint("organisations", __name__, url_prefix="/organisations")
frame.navigation("organisations.index", _l("Organisations"), "building", 30)


@blueprint.get("")
@may("organisations.index")
def index() -> Response:
    """All organisations that the viewer sees."""
    return lists.answer(kind("organisation"), "organisations/index.html")


@blueprint.get("/<int:id_>")
@may("organisations.show")
def show(id_: int) -> Response:
    """One organisation."""
    organisation = queries.organisation(session(), viewer(), id_)
    sectors = dict(reference.sector_choices(session(), language()))
    return page(
        "organisations/show.html",
        organisation=organisation,
        sectors=[sectors.get(str(s.sector_id), "") for s in organisation.sectors],
        products=reference.hs_names(session(), [p.hs_code for p in organisation.products]),
        post=reference.post_by_id(session(), organisation.post_id),
        country=country_name(organisation.country),
        blocks=frame.blocks("organisation", viewer(), organisation),
        asides=frame.blocks("organisation", viewer(), organisation, "aside"),
        show_phone=parties.show_phone,
        organisation_types=TYPES,
        organisation_sizes=SIZES,
        may_edit=can(viewer(), "organisations.edit", organisation),
    )


def _choices(form: Any) -> Any:
    form.country.choices = [("", ""), *reference.country_choices(session(), language())]
    form.sectors.choices = reference.sector_choices(session(), language())
    codes = form.products.data or []
    form.products.choices = [(c.code, f"{c.code} {c.name(language())}") for c in reference.hs_names(session(), codes)]
    return form


@blueprint.route("/new", methods=["GET", "POST"])
@may("organisations.new")
def new() -> Response:
    """Add an organisation."""
    start = {"visibility": "shared", "title": request.args.get("title"), "country": _post_country()}
    form = _choices(forms.NewOrganisationForm(data=start))
    if form.validate_on_submit():
        values = form.values
        try:
            with write() as writing:
                organisation = actions.add(writing, viewer(), values, form.idempotency_key.data)
        except Refused as refused:
            form.refuse(refused)
        else:
            return done("organisations.show", _("Added."), id_=organisation.id)
    return page("organisations/new.html", 422 if form.is_submitted() else 200, form=form)


def _post_country() -> str | None:
    post = reference.post_by_id(session(), viewer().post_id)
    return post.country if post else None


@blueprint.route("/<int:id_>/edit", methods=["GET", "POST"])
@may("organisations.edit")
def edit(id_: int) -> Response:
    """Change an organisation."""
    organisation = permitted(queries.organisation(session(), viewer(), id_))
    form = forms.OrganisationForm(data=_shown(organisation))
    _choices(form)
    if form.validate_on_submit():
        values, version = form.values, form.version.data
        try:
            with write() as writing:
                actions.edit(writing, viewer(), id_, values, version)
        except Refused as refused:
            form.refuse(refused)
        else:
            return done("organisations.show", _("Saved."), id_=id_)
        organisation = queries.organisation(session(), viewer(), id_)
    status = 422 if form.is_submitted() else 200
    return page("organisations/edit.html", status, form=form, organisation=organisation)


def _shown(organisation: Organisation) -> dict[str, Any]:
    """Return an organisation as the form shows it."""
    plain = ("title", "organisation_type", "country", "city", "address", "tax_id", "web", "email", "size", "pillar")
    return {
        **{name: getattr(organisation, name) for name in (*plain, "about", "visibility", "version")},
        "trading_names": "\n".join(organisation.trading_names),
        "phones": [parties.show_phone(p.number) for p in organisation.phones],
        "sectors": [str(s.sector_id) for s in organisation.sectors],
        "products": [p.hs_code for p in organisation.products],
        "certifications": [{"name": c.name, "valid_until": c.valid_until} for c in organisation.certifications],
    }


@blueprint.post("/<int:id_>/archive")
@may("organisations.archive")
def archive(id_: int) -> Response:
    """Put an organisation away."""
    with write() as writing:
        actions.archive(writing, viewer(), id_)
    undo = url_for("organisations.unarchive", id_=id_)
    return done("organisations.show", _("Archived: the lists no longer show it."), undo=undo, id_=id_)


@blueprint.post("/<int:id_>/unarchive")
@may("organisations.unarchive")
def unarchive(id_: int) -> Response:
    """Bring an organisation back."""
    with write() as writing:
        actions.unarchive(writing, viewer(), id_)
    return done("organisations.show", _("It is back in the lists."), id_=id_)


@blueprint.get("/suggest")
@may("organisations.suggest")
def suggest() -> Response:
    """Organisations for a box that finds as one types."""
    rows = queries.suggest(session(), viewer(), request.args.get("q", "")[:100])
    return jsonify([{"value": str(i), "text": name, "hint": country or ""} for i, name, country in rows])


@blueprint.get("/similar")
@may("organisations.similar")
def similar() -> Response:
    """Probable duplicates of what is being typed."""
    besides = request.args.get("besides", "")
    found = queries.similar(
        session(),
        viewer(),
        request.args.get("title", "")[:300],
        request.args.get("tax_id", "")[:40].replace("\0", "") or None,
        id_in(besides) or None,
    )
    return page("organisations/_similar.html", similar=found)
