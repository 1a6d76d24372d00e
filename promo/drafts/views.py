"""Pages of whole drafts: begun, copied, brought in and out; the table of terms; handed in."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, request, url_for
from flask_babel import gettext as _

from promo.core.errors import Refused
from promo.drafts import actions, element_actions, exporting, forms, pages, queries, stage_views, term_actions, terms
from promo.drafts import requirement_views as requirement_views
from promo.drafts.blueprints import drafts as blueprint
from promo.drafts.elements import about_parts
from promo.drafts.merging import Clashes
from promo.drafts.parts import posted as raw_of
from promo.drafts.parts import shown
from promo.drafts.redrawing import redrawn
from promo.procedures import versions
from promo.procedures.source import MAX_BYTES, Problem
from promo.procedures.validation import parse_draft, whole
from promo.web.guard import may, permitted, viewer
from promo.web.pages import done, is_htmx, page
from promo.web.transaction import session, write

__all__ = ["blueprint", "requirement_views", "stage_views"]
KINDS_OF_FILE = {"yaml": "application/yaml", "json": "application/json"}
LONGEST_NAME = 60
SUBSTANCE = {True: "yes", False: "no", None: ""}


@blueprint.errorhandler(queries.HandedIn)
def handed_in(error: queries.HandedIn) -> Response:
    """Who follows an old address of a draft comes to the page of the version; what was to be written is refused."""
    if request.method in ("GET", "HEAD") and not is_htmx():
        return done("procedures.show", error.reasons[0].message, code=error.code, number=error.number)
    return page("errors/422.html", 422, error=error, reasons=error.reasons)


@blueprint.route("/new", methods=["GET", "POST"])
@may("drafts.new")
def new() -> Response:
    """Begin a procedure."""
    form = forms.NewForm()
    form.kind.choices = [("", ""), *((k.name, str(k.plural)) for k in queries.kinds_of_work())]
    if form.validate_on_submit():
        try:
            with write() as writing:
                version = actions.new(writing, viewer(), form.values)
        except Refused as refused:
            form.refuse(refused)
        else:
            return done("drafts.stages", _("Begun. Now its stages."), id_=version.id)
    return page("drafts/new.html", 422 if form.is_submitted() else 200, form=form)


@blueprint.post("/copy/<code>")
@may("drafts.copy")
def copy(code: str) -> Response:
    """Begin the next version of a procedure, or go on with the one that is open."""
    with write() as writing:
        version = actions.copy(writing, viewer(), code)
    if version.status != "draft":
        return done("procedures.show", _("This version is on its way already."), code=code, number=version.number)
    return done("drafts.show", id_=version.id)


@blueprint.post("/load")
@may("drafts.load")
def load() -> Response:
    """Store the library's procedures as drafts."""
    versions.library()  # read before the write begins
    with write() as writing:
        made = actions.load(writing, viewer())
    said = _("Loaded: %(codes)s.", codes=", ".join(v.code for v in made)) if made else _("Nothing new in the library.")
    return done("procedures.index", said)


@blueprint.get("/<int:id_>")
@may("drafts.show")
def show(id_: int) -> Response:
    """The first view: one table of all terms, amounts and functions."""
    return _terms(pages.draft(id_))


def _terms(
    draft: pages.Draft, status: int = 200, errors: Any = None, loose: Any = (), clashes: Clashes | None = None
) -> Response:
    in_force = queries.in_force(session(), viewer(), draft.version)
    lines = terms.compared(
        draft.data, whole(draft.data), whole(in_force.definition) if in_force else None, draft.offered
    )
    form = pages.posted() if status != 200 else None
    rows = []
    for line in lines:
        typed = term_actions.typed(line.term, form) if form else None
        rows.append((line, typed or shown(line.term.parts, line.term.flat(draft.data)) if not line.fixed else None))
    clashing = {clash.name: clash for clash in clashes.clashes} if clashes else {}
    return pages.framed(
        "drafts/show.html", draft, "show", status,
        rows=rows, sections=terms.SECTIONS, in_force=in_force, errors=errors or {}, reasons=loose,
        edition=(pages.edition() if form else 0) or draft.version.edition,
        clashes=clashing, by=clashes.by if clashes else "", changed=sum(line.changed for line in lines),
    )  # fmt: skip


@blueprint.post("/<int:id_>/edit_terms")
@may("drafts.edit")
def edit_terms(id_: int) -> Response:
    """Save the table."""
    permitted(queries.draft(session(), viewer(), id_))
    try:
        with write() as writing:
            edit = term_actions.edit_terms(writing, viewer(), id_, pages.posted(), pages.edition())
    except Refused as refused:
        errors, loose = pages.errors_of(refused)
        return _terms(pages.draft(id_), 422, errors, loose)
    except Clashes as clashes:
        return _terms(pages.draft(id_), 409, clashes=clashes)
    return done("drafts.show", *_said(edit), id_=id_)


def _said(edit: Any) -> tuple[str, ...]:
    return (_("Saved."),) if edit else (_("Nothing was changed."),)


@blueprint.route("/<int:id_>/about", methods=["GET", "POST"])
@may("drafts.edit")
def about(id_: int) -> Response:
    """What the procedure says of itself: whom it concerns, what it is for, indicators, what changes."""
    draft = pages.draft(id_)
    permitted(draft.version)
    parts = about_parts(draft.offered)
    errors: dict[str, str] = {}
    loose: list[Any] = []
    raw, status, focus = shown(parts, draft.data), 200, None
    if request.method == "POST":
        raw = raw_of(parts, pages.posted())
        if do := pages.doing():
            focus = redrawn(raw, do)
        else:
            try:
                with write() as writing:
                    edit = element_actions.edit_about(writing, viewer(), id_, pages.posted(), pages.edition())
                return done("drafts.about", *_said(edit), id_=id_)
            except Refused as refused:
                (errors, loose), status = pages.errors_of(refused), 422
            except Clashes as clashes:
                return pages.clashed(clashes, pages.draft(id_), url_for("drafts.about", id_=id_))
    typed = request.form if request.method == "POST" else {}
    return pages.framed(
        "drafts/about.html", draft, "about", status,
        form=pages.fields(
            parts, raw, pages.edition() or draft.version.edition, errors=errors, reasons=loose, focus=focus,
            changed=request.method == "POST",
        ),
        fixed=queries.is_fixed(session(), draft.version), code=typed.get("code", draft.version.code),
        substance=typed.get("substance") or SUBSTANCE[draft.version.substance],
    )  # fmt: skip


@blueprint.get("/<int:id_>/export")
@may("drafts.export")
def export(id_: int) -> Response:
    """The draft as a document, YAML or JSON, as it would be imported again."""
    version = queries.draft(session(), viewer(), id_)
    format_ = request.args.get("format", "yaml")
    format_ = format_ if format_ in KINDS_OF_FILE else "yaml"
    text = exporting.as_json(version.definition) if format_ == "json" else exporting.as_yaml(version.definition)
    response = make_response(text)
    response.headers["Content-Type"] = f"{KINDS_OF_FILE[format_]}; charset=utf-8"
    name = f"{version.code}-v{version.number}.{format_}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@blueprint.route("/import", methods=["GET", "POST"], defaults={"id_": None})
@blueprint.route("/<int:id_>/import", methods=["GET", "POST"])
@may("drafts.import_")
def import_(id_: int | None) -> Response:
    """Bring a document in: into a draft after showing what changes, or as a new one. What is refused stays typed."""
    draft = pages.draft(id_) if id_ is not None else None
    text, problems, reasons, changes = "", list[Problem](), list[Any](), None
    if request.method == "POST":
        raw = _text()
        text = raw if isinstance(raw, str) else raw.decode("utf-8", "replace")
        parsed = parse_draft(raw)
        problems = parsed.problems
        if not problems and (draft is None or request.form.get("sure")):
            try:
                with write() as writing:
                    version = actions.import_(writing, viewer(), parsed.written, id_)
                return done("drafts.show", _("Imported."), id_=version.id)
            except Refused as refused:
                reasons = refused.reasons
        elif not problems and draft is not None:
            changes = exporting.changes(draft.data, parsed.written)
    status = 422 if problems or reasons else 200
    return page(
        "drafts/import_.html", status, draft=draft, text=text, problems=problems, reasons=reasons, changes=changes
    )


def _text() -> str | bytes:
    """Return the document that was sent: a file, else what was typed."""
    file = request.files.get("file")
    if file is not None and file.filename:
        try:
            return file.read(MAX_BYTES + 1)
        finally:
            file.close()
    return request.form.get("text", "").replace("\r\n", "\n")


@blueprint.post("/<int:id_>/undo/<int:edit_id>")
@may("drafts.undo")
def undo(id_: int, edit_id: int) -> Response:
    """Take a change back, and come back to where it was made."""
    with write() as writing:
        made = actions.undo(writing, viewer(), id_, edit_id)
    again = url_for("drafts.undo", id_=id_, edit_id=made.id) if made else None
    here = request.form.get("here", "")
    stage = request.form.get("stage", "")[:LONGEST_NAME] or None
    endpoint = f"drafts.{here}" if here in ("show", "about") else "drafts.stages"
    return done(endpoint, _("Undone."), undo=again, id_=id_, **({"stage": stage} if here == "stages" else {}))


@blueprint.post("/<int:id_>/discard")
@may("drafts.discard")
def discard(id_: int) -> Response:
    """Throw a draft away."""
    with write() as writing:
        code = actions.discard(writing, viewer(), id_)
    return done("procedures.index", _("The draft of %(code)s was discarded.", code=code))


@blueprint.post("/<int:id_>/submit")
@may("drafts.submit")
def submit(id_: int) -> Response:
    """Go on to hand it in for review; refused with each fault and the place that mends it."""
    actions.submit(session(), viewer(), id_)
    return done("versions.submit", id_=id_)
