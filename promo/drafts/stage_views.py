"""The second view: the stages of a draft, one of them open, with what it requires and what an officer will see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup

from promo.core.errors import NotFound, Refused
from promo.drafts import element_actions, pages, places
from promo.drafts.blueprints import drafts as blueprint
from promo.drafts.elements import stage_parts
from promo.drafts.merging import Clashes
from promo.drafts.parts import Part, posted, shown
from promo.drafts.preview import preview
from promo.drafts.redrawing import redrawn
from promo.drafts.vocabulary import vocabulary
from promo.drafts.words import KINDS, line
from promo.web.guard import may, permitted, viewer
from promo.web.pages import done, is_htmx, page, render
from promo.web.transaction import session, write


def editor(
    draft: pages.Draft, key: str | None, status: int = 200, *, stage_form: pages.Fields | None = None,
    requirement: pages.Fields | None = None, adding: dict[str, str] | None = None, errors: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    """Answer with the stage editor: the stage of that key (else the first) open."""
    data = draft.data
    index = places.stage_at(data, key) if key else None
    index = index if index is not None else 0 if data["stages"] else None
    stage = data["stages"][index] if index is not None else None
    parts = stage_parts(draft.offered)
    made = stage_form or pages.fields(parts, shown(parts, stage) if stage else {}, draft.version.edition)
    return pages.framed(
        "drafts/stages.html", draft, "stages", status,
        stage=stage, index=index, form=made, open=requirement,
        lines=[line(r, draft.offered) for r in stage.get("requires", ())] if stage else [],
        kinds=KINDS, adding=adding or {}, errors=errors or {},
        seen=_seen(draft, {**request.args, "stage": stage["key"]}) if stage else None,
        wrong={fault.stage for fault in draft.faults},
        mending={fault.requirement for fault in draft.faults if stage and fault.stage == stage["key"]},
    )  # fmt: skip


def _seen(draft: pages.Draft, asked: Mapping[str, str]) -> dict[str, Any]:
    """Return the preview: its form in the reader's language, what an officer sees in the one asked for."""
    made = preview(session(), viewer(), draft.version, draft.offered, asked)
    language = asked.get("in") if asked.get("in") in ("es", "en") else viewer().locale
    with force_locale(language):
        offered = draft.offered if language == viewer().locale else vocabulary(session(), draft.data)
        panel = preview(session(), viewer(), draft.version, offered, asked).panel
        drawn = render("drafts/_seen.html", panel=panel)
    return {"preview": made, "language": language, "drawn": Markup(drawn)}  # noqa: S704 - our own template


@blueprint.get("/<int:id_>/stages")
@may("drafts.edit")
def stages(id_: int) -> Response:
    """The stage editor."""
    draft = pages.draft(id_)
    permitted(draft.version)
    return editor(draft, request.args.get("stage"))


@blueprint.post("/<int:id_>/add_stage")
@may("drafts.edit")
def add_stage(id_: int) -> Response:
    """Add a stage and open it."""
    typed = {name: request.form.get(name, "").strip() for name in ("new_es", "new_en")}
    try:
        with write() as writing:
            key = element_actions.add_stage(writing, viewer(), id_, typed["new_es"], typed["new_en"])
    except Refused as refused:
        errors, _loose = pages.errors_of(refused)
        return editor(pages.draft(id_), request.form.get("stage"), 422, adding=typed, errors=errors)
    return done("drafts.stages", id_=id_, stage=key)


@blueprint.route("/<int:id_>/edit_stage/<stage>", methods=["GET", "POST"])
@may("drafts.edit")
def edit_stage(id_: int, stage: str) -> Response:
    """Save a stage, or draw its form with a row more or less."""
    draft = pages.draft(id_)
    permitted(draft.version)
    parts = stage_parts(draft.offered)
    if places.stage_of(draft.data, stage) is None:
        return _gone(draft, parts)
    if request.method == "GET":
        return editor(draft, stage)
    made = pages.fields(parts, posted(parts, pages.posted()), pages.edition(), changed=True)
    if do := pages.doing():
        made.focus = redrawn(made.raw, do)
        return editor(draft, stage, stage_form=made)
    try:
        with write() as writing:
            element_actions.edit_stage(writing, viewer(), id_, stage, pages.posted(), pages.edition())
    except Refused as refused:
        made.errors, made.reasons = pages.errors_of(refused)
        return editor(pages.draft(id_), stage, 422, stage_form=made)
    except Clashes as clashes:
        return pages.clashed(clashes, pages.draft(id_), url_for("drafts.stages", id_=id_, stage=stage))
    return done("drafts.stages", _("Saved."), id_=id_, stage=stage)


def _gone(draft: pages.Draft, parts: list[Part]) -> Response:
    """Show what was typed for a stage that somebody removed meanwhile."""
    if request.method == "GET":
        raise NotFound("drafts.edit_stage")
    raw = posted(parts, pages.posted())
    typed = [(part.label, raw[part.name]) for part in parts if isinstance(raw[part.name], str) and raw[part.name]]
    return page("drafts/_gone.html", 409, draft=draft, typed=typed)


@blueprint.post("/<int:id_>/move_stage/<stage>")
@may("drafts.edit")
def move_stage(id_: int, stage: str) -> Response:
    """Move a stage among the others; the one that is open stays open."""
    with write() as writing:
        element_actions.move_stage(writing, viewer(), id_, stage, request.form.get("to", ""))
    return done("drafts.stages", id_=id_, stage=request.form.get("open") or stage)


@blueprint.post("/<int:id_>/remove_stage/<stage>")
@may("drafts.edit")
def remove_stage(id_: int, stage: str) -> Response:
    """Remove a stage; the toast brings it back."""
    with write() as writing:
        edit = element_actions.remove_stage(writing, viewer(), id_, stage, pages.edition())
    back = url_for("drafts.undo", id_=id_, edit_id=edit.id) if edit else None
    return done("drafts.stages", _("Removed."), undo=back, id_=id_)


@blueprint.get("/<int:id_>/preview")
@may("drafts.edit")
def preview_(id_: int) -> Response:
    """What an officer will see, with the facts that are typed beside it."""
    draft = pages.draft(id_)
    permitted(draft.version)
    if not is_htmx():
        return editor(draft, request.args.get("stage"))
    return page("drafts/_preview.html", draft=draft, version=draft.version, seen=_seen(draft, request.args))
