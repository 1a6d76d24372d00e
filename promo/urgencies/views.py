"""Pages of urgencies: the list, declaring one, what a record owes."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from promo.core import clock
from promo.core.access import Viewer, can
from promo.core.errors import NotFound, Refused
from promo.core.records import Record, kind
from promo.procedures import listed, shares, words
from promo.procedures import queries as procedures
from promo.procedures.case import Case
from promo.procedures.regularising import barred, regularise_by
from promo.procedures.views import STAGED, panel_of
from promo.urgencies import actions, forms, queries
from promo.urgencies.permissions import HIGHER, declares_as
from promo.web import frame, lists
from promo.web.guard import may, permitted, viewer
from promo.web.pages import done, page, render
from promo.web.transaction import session, write

blueprint = Blueprint("urgencies", __name__, url_prefix="/urgencies")
frame.navigation("urgencies.index", _l("Urgencies"), "urgent", 84, bar=("quality", "auditor"))
TONES = {"open": "warn", "overdue": "late", "closed": "ok"}
ANSWER_TONES = {"waiting": "warn", "nobody": "late", "approved": "ok", "returned": "late"}


@blueprint.get("")
@may("urgencies.index")
def index() -> Response:
    """All urgencies of the records that the viewer sees."""
    return lists.answer(
        queries.TABLE,
        "urgencies/index.html",
        states=dict(queries.STATES),
        tones=TONES,
        answers=dict(queries.ANSWERS),
        answer_tones=ANSWER_TONES,
        stages=listed.stages(session(), viewer()),
        items=queries.items(session(), viewer()),
        overview=shares.overview(session(), viewer(), request.args, queries.shares),
    )


@blueprint.route("/<int:record_id>/declare", methods=["GET", "POST"])
@may("urgencies.declare")
def declare(record_id: int) -> Response:
    """Declare an urgency: what will be owed, until when, who is told."""
    permitted(procedures.record(session(), viewer(), record_id))
    form, reasons = forms.DeclareForm(), []
    form.to.choices = [(s.key, words.pick(s.title)) for s in actions.targets(_case(record_id))]
    if form.validate_on_submit():
        to, why = form.to.data, form.reason.data
        try:
            with write() as writing:
                run = actions.declare(writing, viewer(), record_id, to, why)
        except Refused as refused:
            form.refuse(refused)
            reasons = [r for r in refused.reasons if r.field not in ("to", "reason")]
            form.form_errors.clear()
        else:
            record = procedures.record(session(), viewer(), record_id)
            stage = words.stage_title(_case(record_id).definition, run.stage)
            return done(kind(record.kind).show, _("Urgency declared. Now in «%(stage)s».", stage=stage), id_=record_id)
    return _declaring(record_id, form, reasons)


def _case(record_id: int) -> Case:
    """Return the case of a visible record; raises NotFound where it has no run."""
    panel = procedures.panel(session(), viewer(), procedures.record(session(), viewer(), record_id))
    if panel is None or panel.case.run.id is None:
        raise NotFound("urgencies.declare")
    return panel.case


def _declaring(record_id: int, form: forms.DeclareForm, reasons: list[Any]) -> Response:
    case = _case(record_id)
    function = declares_as(viewer(), case.record)
    return page(
        "urgencies/declare.html",
        422 if form.is_submitted() else 200,
        form=form,
        record=case.record,
        kind=case.kind,
        reasons=reasons or actions.hindrances(case),
        owed=[words.item_label(i, case.kind, case.functions) for i in case.missing if i not in barred(case)],
        due_on=regularise_by(case, clock.now()),
        higher=words.function_label(HIGHER[function], case.functions) if function else "",
    )


def _on_record(who: Viewer, record: Any) -> str:
    """Draw the urgencies of a record above it: why it moved on, what is owed, what the higher function says."""
    panel = panel_of(who, record)
    if panel is None or not panel.case.urgencies:
        return ""
    case = panel.case
    today = clock.today(case.post.timezone)
    lines = [
        {
            "one": one,
            "state": queries.state_of(one, today),
            "who": case.names.get(one.approval.asked_by_id) or _name(one.declared_by_id),
            "function": words.function_label(one.declared_as, case.functions),
            "answered_by": case.names.get(one.approval.decided_by_id or one.approval.assigned_to_id or 0) or "",
            "way": " → ".join(words.stage_title(case.definition, s) for s in (one.from_stage, one.to_stage)),
            "owed": sum(i.reason.code in ("due_later", "overdue") for i in case.items) if one is case.urgency else 0,
        }
        for one in reversed(case.urgencies)
        if one.approval is not None
    ]
    return render(
        "urgencies/_on_record.html", lines=lines, tones=TONES, answers=dict(queries.ANSWERS), answer_tones=ANSWER_TONES
    )


def _name(person_id: int) -> str:
    return procedures.name_of(session(), viewer(), person_id) or "–"


def _declaring_of(who: Viewer, record: Any) -> str:
    """Draw the way to declare an urgency, to whoever may, where one can be declared."""
    panel = panel_of(who, record)
    if panel is None or not isinstance(record, Record) or panel.finished or not can(who, "urgencies.declare", record):
        return ""
    case = panel.case
    if case.urgency is not None or not case.missing or not actions.targets(case):
        return ""
    return render("urgencies/_declaring.html", record=record)


for _kind in STAGED:
    frame.block(f"{_kind}_above", 5, _on_record)
    frame.block(f"{_kind}_aside", 12, _declaring_of)
