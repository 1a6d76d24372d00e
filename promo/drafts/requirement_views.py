"""What a stage requires: each requirement in a line, one of them open as a form."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext as _

from promo.core.errors import NotFound, Refused
from promo.drafts import pages, places, requirement_actions
from promo.drafts.blueprints import drafts as blueprint
from promo.drafts.merging import Clashes
from promo.drafts.parts import posted, shown
from promo.drafts.redrawing import redrawn
from promo.drafts.stage_views import editor
from promo.drafts.words import type_of
from promo.procedures.validation import TYPES
from promo.web.guard import may, permitted, viewer
from promo.web.pages import done
from promo.web.transaction import write

OPEN, NEW = "r-", "n-"  # what the ids of a requirement's fields begin with: of one that is there, of a new one


@blueprint.route("/<int:id_>/add_requirement/<stage>", methods=["GET", "POST"])
@may("drafts.edit")
def add_requirement(id_: int, stage: str) -> Response:
    """Draw the form of a new requirement of the type asked for, or save it."""
    draft = pages.draft(id_)
    permitted(draft.version)
    type_ = request.args.get("type", "")
    if type_ not in TYPES or places.stage_of(draft.data, stage) is None:
        raise NotFound("drafts.add_requirement")
    form = pages.posted() if request.method == "POST" else None
    parts = requirement_actions.parts_of(draft.offered, type_, form)
    raw = posted(parts, form) if form else shown(parts, requirement_actions.blank(type_))
    made = pages.fields(parts, raw, draft.version.edition, NEW, type=type_, changed=form is not None)
    if form is None:
        made.focus = type_ if type_ in raw else "label_es"
        return editor(draft, stage, requirement=made)
    if do := pages.doing():
        made.focus = redrawn(made.raw, do)
        return editor(draft, stage, requirement=made)
    try:
        with write() as writing:
            requirement_actions.add_requirement(writing, viewer(), id_, stage, type_, form)
    except Refused as refused:
        made.errors, made.reasons = pages.errors_of(refused)
        return editor(pages.draft(id_), stage, 422, requirement=made)
    return done("drafts.stages", _("Added."), id_=id_, stage=stage)


@blueprint.route("/<int:id_>/edit_requirement/<stage>/<name>", methods=["GET", "POST"])
@may("drafts.edit")
def edit_requirement(id_: int, stage: str, name: str) -> Response:
    """Open a requirement as a form, draw it with a row more or less, or save it."""
    draft = pages.draft(id_)
    permitted(draft.version)
    now = places.requirement_of(draft.data, stage, name)
    form = pages.posted() if request.method == "POST" else None
    if now is None:
        return _gone(draft, stage, form)
    type_ = type_of(now)
    parts = requirement_actions.parts_of(draft.offered, type_, form, now)
    raw, edition = (posted(parts, form), pages.edition()) if form else (shown(parts, now), draft.version.edition)
    made = pages.fields(parts, raw, edition, OPEN, type=type_, name=name, changed=form is not None)
    if form is None:
        return editor(draft, stage, requirement=made)
    if do := pages.doing():
        made.focus = redrawn(made.raw, do)
        return editor(draft, stage, requirement=made)
    try:
        with write() as writing:
            requirement_actions.edit_requirement(writing, viewer(), id_, stage, name, form, pages.edition())
    except Refused as refused:
        made.errors, made.reasons = pages.errors_of(refused)
        return editor(pages.draft(id_), stage, 422, requirement=made)
    except Clashes as clashes:
        return pages.clashed(clashes, pages.draft(id_), url_for("drafts.stages", id_=id_, stage=stage))
    return done("drafts.stages", _("Saved."), id_=id_, stage=stage)


def _gone(draft: pages.Draft, stage: str, form: Any) -> Response:
    """Show what was typed for a requirement that somebody removed meanwhile, ready to be added anew."""
    type_ = form.get("is") if form is not None else ""
    if form is None or type_ not in TYPES or places.stage_of(draft.data, stage) is None:
        raise NotFound("drafts.edit_requirement")
    parts = requirement_actions.parts_of(draft.offered, type_, form)
    said = _("Somebody removed it meanwhile. What you typed is here: save it to add it anew.")
    raw, edition = posted(parts, form), draft.version.edition
    made = pages.fields(parts, raw, edition, NEW, reasons=[said], type=type_, changed=True)
    return editor(draft, stage, 409, requirement=made)


def _done(id_: int, stage: str, message: str | None, undo: Any = None) -> Response:
    back = url_for("drafts.undo", id_=id_, edit_id=undo.id) if undo else None
    return done("drafts.stages", message, undo=back, id_=id_, stage=stage)


@blueprint.post("/<int:id_>/move_requirement/<stage>/<name>")
@may("drafts.edit")
def move_requirement(id_: int, stage: str, name: str) -> Response:
    """Move a requirement in its stage."""
    with write() as writing:
        requirement_actions.move_requirement(writing, viewer(), id_, stage, name, request.form.get("to", ""))
    return _done(id_, stage, None)


@blueprint.post("/<int:id_>/duplicate_requirement/<stage>/<name>")
@may("drafts.edit")
def duplicate_requirement(id_: int, stage: str, name: str) -> Response:
    """Put a copy below."""
    with write() as writing:
        requirement_actions.duplicate_requirement(writing, viewer(), id_, stage, name)
    return _done(id_, stage, _("Copied."))


@blueprint.post("/<int:id_>/remove_requirement/<stage>/<name>")
@may("drafts.edit")
def remove_requirement(id_: int, stage: str, name: str) -> Response:
    """Remove a requirement; the toast brings it back."""
    with write() as writing:
        edit = requirement_actions.remove_requirement(writing, viewer(), id_, stage, name, pages.edition())
    return _done(id_, stage, _("Removed."), edit)
