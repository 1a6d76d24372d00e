"""Pages of contacts."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from promo.contacts import actions, forms, queries
from promo.contacts.models import CONSENT_STATES, LANGUAGES, PURPOSES, SOURCES, Contact
from promo.core import parties
from promo.core.access import Viewer, can
from promo.core.errors import Refused
from promo.core.records import id_in, kind
from promo.organisations import queries as organisations
from promo.reference import queries as reference
from promo.web import frame, lists
from promo.web.filters import country as country_name
from promo.web.filters import language
from promo.web.guard import may, permitted, viewer
from promo.web.pages import done, page, render
from promo.web.transaction import session, write

blueprint = Blueprint("contacts", __name__, url_prefix="/contacts")
frame.navigation("contacts.index", _l("People"), "users", 20)


def _on_organisation(who: Viewer, organisation: Any) -> str:
    """Draw the contacts of an organisation, for its page."""
    people = queries.of_organisation(session(), who, organisation.id)
    return Markup(render("contacts/_of_organisation.html", people=people, organisation=organisation))  # noqa: S704


frame.block("organisation", 10, _on_organisation)


@blueprint.get("")
@may("contacts.index")
def index() -> Response:
    """All contacts that the viewer sees."""
    return lists.answer(kind("contact"), "contacts/index.html")


@blueprint.get("/<int:id_>")
@may("contacts.show")
def show(id_: int) -> Response:
    """One contact."""
    contact = queries.contact(session(), viewer(), id_)
    known = dict(LANGUAGES)
    return page(
        "contacts/show.html",
        contact=contact,
        languages=[known.get(code, code) for code in contact.languages],
        country=country_name(contact.country),
        post=reference.post_by_id(session(), contact.post_id),
        consent=CONSENT_STATES[contact.consent_state],
        blocks=frame.blocks("contact", viewer(), contact),
        asides=frame.blocks("contact", viewer(), contact, "aside"),
        show_phone=parties.show_phone,
        contact_sources=SOURCES,
        consent_purposes=PURPOSES,
        may_edit=can(viewer(), "contacts.edit", contact),
    )


def _choices(form: Any) -> Any:
    """Give the boxes their choices; a firm chosen already keeps its name in its row."""
    form.country.choices = [("", ""), *reference.country_choices(session(), language())]
    ids = [n for p in form.positions if (n := id_in(p.form.organisation_id.data))]
    firms = [("", ""), *((str(f.id), f.title) for f in organisations.organisations(session(), viewer(), ids))]
    for row in form.positions:
        row.form.organisation_id.choices = [c for c in firms if c[0] in ("", row.form.organisation_id.data or "")]
    return form


@blueprint.route("/new", methods=["GET", "POST"])
@may("contacts.new")
def new() -> Response:
    """Add a contact."""
    firm = request.args.get("organisation_id", "")
    start = {
        "visibility": "shared",
        "family_name": request.args.get("name"),
        "name_order": "given_first",
        "source": "in_person",
        "positions": [{"organisation_id": firm}] if id_in(firm) else None,
    }
    form = _choices(forms.NewContactForm(data={k: v for k, v in start.items() if v is not None}))
    if form.validate_on_submit():
        values = form.values
        try:
            with write() as writing:
                contact = actions.add(writing, viewer(), values, form.idempotency_key.data)
        except Refused as refused:
            form.refuse(refused)
        else:
            return done("contacts.show", _("Added."), id_=contact.id)
    return page("contacts/new.html", 422 if form.is_submitted() else 200, form=form)


@blueprint.route("/<int:id_>/edit", methods=["GET", "POST"])
@may("contacts.edit")
def edit(id_: int) -> Response:
    """Change a contact."""
    contact = permitted(queries.contact(session(), viewer(), id_))
    form = _choices(forms.ContactForm(data=_shown(contact)))
    if form.validate_on_submit():
        values, version = form.values, form.version.data
        try:
            with write() as writing:
                actions.edit(writing, viewer(), id_, values, version)
        except Refused as refused:
            form.refuse(refused)
        else:
            return done("contacts.show", _("Saved."), id_=id_)
        contact = queries.contact(session(), viewer(), id_)
    return page("contacts/edit.html", 422 if form.is_submitted() else 200, form=form, contact=contact)


def _shown(contact: Contact) -> dict[str, Any]:
    """Return a contact as the form shows it."""
    plain = ("family_name", "given_name", "name_order", "romanised", "country", "source", "pillar", "notes")
    return {
        **{name: getattr(contact, name) for name in (*plain, "visibility", "version", "languages")},
        "emails": [e.address for e in contact.emails],
        "phones": [parties.show_phone(p.number) for p in contact.phones],
        "positions": [
            {
                "id": p.id,
                "organisation_id": str(p.organisation_id or ""),
                "title": p.title,
                "since": p.since,
                "until": p.until,
            }
            for p in contact.positions
        ],
    }


@blueprint.post("/<int:id_>/archive")
@may("contacts.archive")
def archive(id_: int) -> Response:
    """Put a contact away."""
    with write() as writing:
        actions.archive(writing, viewer(), id_)
    undo = url_for("contacts.unarchive", id_=id_)
    return done("contacts.show", _("Archived: the lists no longer show it."), undo=undo, id_=id_)


@blueprint.post("/<int:id_>/unarchive")
@may("contacts.unarchive")
def unarchive(id_: int) -> Response:
    """Bring a contact back."""
    with write() as writing:
        actions.unarchive(writing, viewer(), id_)
    return done("contacts.show", _("It is back in the lists."), id_=id_)


@blueprint.get("/suggest")
@may("contacts.suggest")
def suggest() -> Response:
    """Contacts for a box that finds as one types."""
    rows = queries.suggest(session(), viewer(), request.args.get("q", "")[:100])
    return jsonify([{"value": str(i), "text": name, "hint": hint} for i, name, hint in rows])


@blueprint.get("/similar")
@may("contacts.similar")
def similar() -> Response:
    """Probable duplicates of what is being typed."""
    args = request.args
    name = f"{args.get('given_name', '')[:140]} {args.get('family_name', '')[:140]}".strip()
    besides = args.get("besides", "")
    email = args.get("emails-0", "")[:254].replace("\0", "").strip() or None
    try:
        phone = parties.phone(args.get("phones-0", "")[:40], args.get("country") or None)
    except Refused:
        phone = None  # not typed to its end yet
    found = queries.similar(session(), viewer(), name, email, phone, id_in(besides) or None)
    return page("contacts/_similar.html", similar=found)
