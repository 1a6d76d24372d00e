"""Pages of authorised exceptions: the list, asking for one, ending one, proposals to change a procedure."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from promo.core import clock
from promo.core.access import Viewer, can
from promo.core.errors import NotFound, Refused
from promo.core.records import Record, id_in, kind
from promo.exceptions import actions, forms, queries
from promo.exceptions.models import ANSWERS, STATES
from promo.procedures import listed, shares, words
from promo.procedures import queries as procedures
from promo.procedures.items import DUE_LATER
from promo.procedures.views import STAGED, panel_of
from promo.web import frame, lists
from promo.web.guard import may, permitted, viewer
from promo.web.pages import done, page, render
from promo.web.transaction import session, write

blueprint = Blueprint("exceptions", __name__, url_prefix="/exceptions")
frame.navigation("exceptions.index", _l("Authorised exceptions"), "tilde", 83, bar=("quality", "auditor"))
TONES = {"asked": "warn", "granted": "ok", "expired": "late", "ended": "off", "returned": "off", "recalled": "off"}


@blueprint.get("")
@may("exceptions.index")
def index() -> Response:
    """All exceptions of the records that the viewer sees."""
    oversees = can(viewer(), "exceptions.proposals")
    return lists.answer(
        queries.TABLE,
        "exceptions/index.html",
        states=dict(STATES),
        tones=TONES,
        stages=listed.stages(session(), viewer()),
        items=queries.items(session(), viewer()),
        overview=shares.overview(session(), viewer(), request.args, queries.shares),
        proposals=queries.open_proposals(session()) if oversees else 0,
        oversees=oversees,
    )


@blueprint.route("/ask/<int:record_id>", methods=["GET", "POST"])
@may("exceptions.ask")
def ask(record_id: int) -> Response:
    """Ask for an exception from one item of the checklist."""
    record = permitted(procedures.record(session(), viewer(), record_id))
    form = forms.AskForm(data={"item": request.args.get("item", "")[:120]})
    if form.validate_on_submit():
        typed = form.values
        try:
            with write() as writing:
                actions.ask(
                    writing, viewer(), record_id, typed["item"], typed["reason"], typed["instead"], typed["until"]
                )
        except Refused as refused:
            form.refuse(refused)
        else:
            message = _("The exception is asked for. Until it is granted, the item stays missing.")
            return done(kind(record.kind).show, message, id_=record_id, _anchor="exceptions")
    return _asking(record_id, form)


def _asking(record_id: int, form: forms.AskForm) -> Response:
    record = procedures.record(session(), viewer(), record_id)
    panel = procedures.panel(session(), viewer(), record)
    items = panel.case.items if panel else []
    item = next((i for i in items if i.key == form.item.data and (i.shuts or i.state == DUE_LATER)), None)
    if panel is None or (item is None and not form.is_submitted()):
        raise NotFound("exceptions.ask")
    case = panel.case
    return page(
        "exceptions/ask.html",
        422 if form.is_submitted() else 200,
        form=form,
        record=record,
        kind=kind(record.kind),
        item=words.item_label(item, case.kind, case.functions) if item else "",
        function=words.function_label(actions.waived_by(case, item), case.functions) if item else "",
        allowed=item is not None and item.waivable,
    )


@blueprint.post("/<int:id_>/end")
@may("exceptions.end")
def end(id_: int) -> Response:
    """End an exception before its day."""
    try:
        with write() as writing:
            record = actions.end(writing, viewer(), id_, request.form.get("reason"))
    except Refused as refused:
        one = queries.exception(session(), viewer(), id_)
        return page("exceptions/end.html", 422, one=one, reasons=refused.reasons, **_back(one.record))
    return done(kind(record.kind).show, _("The exception is over."), id_=record.id, _anchor="exceptions")


def _back(record: Record) -> dict[str, Any]:
    return {"record": record, "kind": kind(record.kind), "typed": request.form.get("reason", "")}


@blueprint.get("/proposals")
@may("exceptions.proposals")
def proposals() -> Response:
    """What is excepted again and again: proposals to change a procedure."""
    return _proposals()


def _proposals(status: int = 200, refused: tuple[int, forms.AnswerForm] | None = None) -> Response:
    lines = []
    for one in queries.proposals(session(), viewer()):
        form = refused[1] if refused and refused[0] == one.proposal.id else forms.AnswerForm(formdata=None)
        form.draft.choices = [("", ""), *one.drafts]
        lines.append({"one": one, "form": form, "url": _rows(one)})
    return page(
        "exceptions/proposals.html",
        status,
        lines=lines,
        answers=dict(ANSWERS),
        judges=can(viewer(), "exceptions.dismiss"),
    )


def _rows(one: queries.Proposed) -> str:
    since = one.proposal.since.date().isoformat()
    return url_for("exceptions.index", procedure=one.code, item=one.proposal.item, since=since)


@blueprint.post("/proposals/<int:id_>/dismiss")
@may("exceptions.dismiss")
def dismiss(id_: int) -> Response:
    """Dismiss a proposal with a reason."""
    form = forms.AnswerForm()
    try:
        with write() as writing:
            actions.dismiss(writing, viewer(), id_, form.reason.data)
    except Refused as refused:
        form.refuse(refused)
        return _proposals(422, (id_, form))
    return done("exceptions.proposals", _("Dismissed with the reason."))


@blueprint.post("/proposals/<int:id_>/answer")
@may("exceptions.answer")
def answer(id_: int) -> Response:
    """Note the draft that answers a proposal."""
    form = forms.AnswerForm()
    try:
        with write() as writing:
            actions.answer(writing, viewer(), id_, id_in(form.draft.data), form.reason.data)
    except Refused as refused:
        form.refuse(refused)
        return _proposals(422, (id_, form))
    return done("exceptions.proposals", _("Noted."))


def _on_record(who: Viewer, record: Any) -> str:
    """Draw the exceptions of a record, beside it."""
    panel = panel_of(who, record)
    if panel is None or not panel.case.exceptions:
        return ""
    case = panel.case
    lines = [
        {
            "one": one,
            "item": words.item_title(case.definition, one.item, case.functions),
            "state": queries.state_of(one, clock.today(case.post.timezone)),
            "who": case.names.get(
                (one.approval.decided_by_id or one.approval.assigned_to_id or 0) if one.approval else 0
            ),
            "may_end": can(who, "exceptions.end", one),
        }
        for one in reversed(case.exceptions)
    ]
    may_recall = can(who, "procedures.recall", record)
    return render("exceptions/_on_record.html", lines=lines, states=dict(STATES), tones=TONES, may_recall=may_recall)


for _kind in STAGED:
    frame.block(f"{_kind}_aside", 15, _on_record)
