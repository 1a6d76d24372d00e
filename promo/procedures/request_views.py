"""Pages of one request of approval: its story; annulling, disputing, entering one from paper; too quick ones."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext as _

from promo.core.access import can
from promo.core.errors import Refused
from promo.core.records import id_in, kind
from promo.procedures import forms, papers, queries, quickness, undoing
from promo.procedures.blueprint import blueprint
from promo.procedures.request_page import request_page
from promo.procedures.request_story import told
from promo.web import uploads
from promo.web.guard import may, permitted, viewer
from promo.web.pages import done, page
from promo.web.transaction import session, write


def _page(template: str, id_: int, status: int = 200, **more: Any) -> Response:
    """Draw a page about one request of a record that the viewer sees."""
    approval = queries.any_request(session(), viewer(), id_)
    case = more.pop("case", None) or queries.case_of(session(), viewer(), approval)
    shown = request_page(session(), approval, case, queries.seen(session(), viewer(), approval))
    of_it = told(session(), viewer(), approval, case)
    allowed = {verb for verb in of_it.may if can(viewer(), f"procedures.{verb}", _about(verb, approval, case))}
    return page(
        template, status,
        asked=shown, story=of_it, may=allowed, record=case.record, kind=kind(case.record.kind), **more,
    )  # fmt: skip


def _about(verb: str, approval: Any, case: Any) -> Any:
    return case.record if verb == "recall" else approval


@blueprint.get("/approvals/<int:id_>/story")
@may("procedures.story")
def story(id_: int) -> Response:
    """One request: what it covers, what happened to it, and what may still be done."""
    return _page("procedures/story.html", id_)


@blueprint.route("/approvals/<int:id_>/annul", methods=["GET", "POST"])
@may("procedures.annul")
def annul(id_: int) -> Response:
    """Annul an approval with a reason, after seeing what was built on it."""
    permitted(queries.any_request(session(), viewer(), id_))
    reasons: Any = ()
    if request.method == "POST":
        try:
            with write() as writing:
                undoing.annul(writing, viewer(), id_, request.form.get("reason"))
            return done("procedures.story", _("Annulled: those concerned are told."), id_=id_)
        except Refused as refused:
            reasons = refused.reasons
    typed = request.form.get("reason", "")
    return _page("procedures/annul.html", id_, 422 if reasons else 200, reasons=reasons, typed=typed)


@blueprint.route("/approvals/<int:id_>/dispute", methods=["GET", "POST"])
@may("procedures.dispute")
def dispute(id_: int) -> Response:
    """Say that one did not approve what was entered in one's name."""
    permitted(queries.any_request(session(), viewer(), id_))
    reasons: Any = ()
    if request.method == "POST":
        try:
            with write() as writing:
                undoing.dispute(writing, viewer(), id_, request.form.get("reason"))
            return done("procedures.story", _("Disputed: quality is told, the step is open again."), id_=id_)
        except Refused as refused:
            reasons = refused.reasons
    typed = request.form.get("reason", "")
    return _page("procedures/dispute.html", id_, 422 if reasons else 200, reasons=reasons, typed=typed)


@blueprint.route("/approvals/<int:id_>/enter", methods=["GET", "POST"])
@may("procedures.enter")
def enter(id_: int) -> Response:
    """Enter an approval that was given on paper."""
    permitted(queries.any_request(session(), viewer(), id_))
    form = forms.EnterForm()
    held = uploads.held("file") if request.method == "POST" else uploads.Held()
    if form.validate_on_submit() and not held.errors:
        paper = papers.Paper(
            id_in(form.signed_by.data) or None, form.act_type.data, form.act_number.data, form.act_date.data
        )
        try:
            with write() as writing:
                run = papers.enter(writing, viewer(), id_, paper, held.tokens)
            message = _("Entered: the approver is told and may dispute it.")
            return done(kind(queries.record(session(), viewer(), run.record_id).kind).show, message, id_=run.record_id)
        except Refused as refused:
            held.errors += [str(r.message) for r in refused.reasons if r.field == "file"]
            form.refuse(Refused([r for r in refused.reasons if r.field != "file"]))
    approval = queries.any_request(session(), viewer(), id_)
    case = queries.case_of(session(), viewer(), approval)
    form.signed_by.choices = queries.signers(session(), viewer(), approval, case, form.act_date.data)
    status = 422 if form.is_submitted() else 200
    return _page(
        "procedures/enter.html", id_, status, case=case, form=form, held=held, back=url_for("procedures.story", id_=id_)
    )


@blueprint.get("/approvals/quick")
@may("procedures.quick")
def quick() -> Response:
    """Approvals given too quickly to have been read, by week and person."""
    return page("procedures/quick.html", weeks=quickness.weeks(session(), viewer()), since=quickness.first_day())
