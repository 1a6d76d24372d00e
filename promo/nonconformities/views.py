"""Pages of nonconforming outputs: the register, one of them, reporting one from a record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from promo.core import clock
from promo.core.access import Viewer, can
from promo.core.errors import NotFound, Refused
from promo.core.records import id_in, kind
from promo.nonconformities import actions, forms, queries
from promo.nonconformities.models import DECISIONS, ORIGINS, STATES, Nonconformity
from promo.procedures import listed, shares, words
from promo.procedures import queries as procedures
from promo.procedures.case import definition_of, function_names
from promo.procedures.views import STAGED, panel_of
from promo.web import frame, lists
from promo.web.guard import may, permitted, viewer
from promo.web.pages import done, page, render
from promo.web.transaction import session, write

blueprint = Blueprint("nonconformities", __name__, url_prefix="/nonconformities")
frame.navigation("nonconformities.index", _l("Nonconforming outputs"), "alert-octagon", 86, bar=("quality", "auditor"))
TONES = {"proposed": "warn", "dismissed": "off", "open": "late", "decided": "now", "closed": "ok"}
FORMS = {
    "accept": forms.AcceptForm,
    "dismiss": forms.DismissForm,
    "contain": forms.ContainForm,
    "decide": forms.DecideForm,
    "close": forms.CloseForm,
}
STEPS = {"proposed": ("accept", "dismiss"), "open": ("contain", "decide"), "decided": ("close",)}  # what may come next


@blueprint.get("")
@may("nonconformities.index")
def index() -> Response:
    """The register, as far as the viewer sees the records."""
    return _index()


def _index(status: int = 200, reasons: Any = (), typed: str = "") -> Response:
    answer = lists.answer(
        queries.TABLE,
        "nonconformities/index.html",
        states=dict(STATES),
        tones=TONES,
        origins=dict(ORIGINS),
        stages=listed.stages(session(), viewer()),
        items=queries.items(session(), viewer()),
        overview=shares.overview(session(), viewer(), request.args, queries.shares),
        judges=can(viewer(), "nonconformities.dismiss"),
        reasons=reasons,
        typed=typed,
    )
    answer.status_code = status
    return answer


@blueprint.get("/<int:id_>")
@may("nonconformities.show")
def show(id_: int) -> Response:
    """One: what it is, what was done about it, by whom, and what comes next."""
    return _show(id_)


def _show(id_: int, verb: str = "", form: Any = None) -> Response:
    one = queries.nonconformity(session(), viewer(), id_)
    version = queries.version_of(session(), one)
    definition = definition_of(version)
    told = queries.told(session(), one)
    return page(
        "nonconformities/show.html",
        422 if verb else 200,
        one=one,
        record=one.record,
        kind=kind(one.record.kind),
        told=told,
        version=version,
        stage=words.stage_title(definition, one.stage),
        item=words.item_title(definition, one.item, function_names(session())) if one.item else "",
        names=queries.people(session(), one),
        steps=_steps(one, told, verb, form),
        states=dict(STATES),
        tones=TONES,
        origins=dict(ORIGINS),
        decisions=dict(DECISIONS),
        waits=one.state == "decided" and one.decided_by_id == viewer().person_id,
    )


def _steps(one: Nonconformity, told: str, verb: str, form: Any) -> dict[str, Any]:
    """Return the forms of what the viewer may do next, by verb; the one that was refused as it was typed."""
    found = {}
    for name in STEPS.get(one.state, ()):
        if can(viewer(), f"nonconformities.{name}", one) and (name == verb or name != "decide" or one.containment):
            made = form if name == verb else FORMS[name](formdata=None, obj=one, description=one.description or told)
            if name == "decide":
                made.responsible_id.choices = [("", ""), *queries.responsibles(session(), viewer(), one)]
            found[name] = made
    return found


@blueprint.route("/<int:record_id>/report", methods=["GET", "POST"])
@may("nonconformities.report")
def report(record_id: int) -> Response:
    """Report one from a record's page."""
    record = permitted(procedures.record(session(), viewer(), record_id))
    panel = procedures.panel(session(), viewer(), record)
    if panel is None or panel.case.run.id is None:
        raise NotFound("nonconformities.report")
    case = panel.case
    form = forms.ReportForm(data={"stage": case.run.stage, "found_on": clock.today(case.post.timezone)})
    reached = [s for s in case.definition.stages if s.key in case.behind or s.key == case.run.stage]
    form.stage.choices = [(s.key, words.pick(s.title)) for s in reached]
    if form.validate_on_submit():
        typed = form.values
        try:
            with write() as writing:
                one = actions.report(
                    writing, viewer(), record_id, typed["stage"] or "", typed["description"], typed["found_on"]
                )
        except Refused as refused:
            form.refuse(refused)
        else:
            return done("nonconformities.show", _("Reported: quality accepts it or says why not."), id_=one.id)
    record = procedures.record(session(), viewer(), record_id)
    status = 422 if form.is_submitted() else 200
    return page("nonconformities/report.html", status, form=form, record=record, kind=kind(record.kind))


def _act(id_: int, verb: str, act: Callable[[Any, Any], Any], message: Any) -> Response:
    """Do the next step of one; a refused form is drawn again on its page."""
    one = queries.nonconformity(session(), viewer(), id_)
    permitted(one)
    form = FORMS[verb]()
    if form.validate_on_submit():
        try:
            with write() as writing:
                act(writing, form)
            return done("nonconformities.show", message, id_=id_)
        except Refused as refused:
            form.refuse(refused)
    if verb not in STEPS.get(queries.nonconformity(session(), viewer(), id_).state, ()):
        raise Refused(_l("It has gone on meanwhile. Open the page again."))
    return _show(id_, verb, form)


@blueprint.post("/<int:id_>/accept")
@may("nonconformities.accept")
def accept(id_: int) -> Response:
    """Accept one: it gets its number."""
    return _act(
        id_,
        "accept",
        lambda s, f: actions.accept(s, viewer(), id_, f.description.data),
        _("Accepted: it has its number."),
    )


@blueprint.post("/dismiss")
@may("nonconformities.dismiss")
def dismiss() -> Response:
    """Dismiss one or several with a reason."""
    ids, reason = [id_in(value) for value in request.form.getlist("id")], request.form.get("reason", "")
    try:
        with write() as writing:
            count = actions.dismiss(writing, viewer(), [i for i in ids if i], reason)
    except Refused as refused:
        return _index(422, refused.reasons, reason)
    return done("nonconformities.index", ngettext("%(num)s dismissed.", "%(num)s dismissed.", count), state="proposed")


@blueprint.post("/<int:id_>/contain")
@may("nonconformities.contain")
def contain(id_: int) -> Response:
    """Say how it was contained."""
    return _act(id_, "contain", lambda s, f: actions.contain(s, viewer(), id_, f.containment.data), _("Noted."))


@blueprint.post("/<int:id_>/decide")
@may("nonconformities.decide")
def decide(id_: int) -> Response:
    """Decide what becomes of it."""
    return _act(id_, "decide", lambda s, f: actions.decide(s, viewer(), id_, f.values), _("Decided."))


@blueprint.post("/<int:id_>/close")
@may("nonconformities.close")
def close(id_: int) -> Response:
    """Close one after a check that it worked."""
    return _act(id_, "close", lambda s, f: actions.close(s, viewer(), id_, f.effectiveness.data), _("Closed."))


def _on_record(who: Viewer, record: Any) -> str:
    """Draw the nonconforming outputs of a record, and the way to report one, beside it."""
    panel = panel_of(who, record)
    if panel is None or panel.case.run.id is None:
        return ""
    found = queries.of_record(session(), who, record.id)
    lines = [{"one": one, "text": queries.told(session(), one)} for one in found]
    report_url = (
        url_for("nonconformities.report", record_id=record.id) if can(who, "nonconformities.report", record) else None
    )
    return render(
        "nonconformities/_on_record.html", lines=lines, report_url=report_url, states=dict(STATES), tones=TONES,
        origins=dict(ORIGINS),
    )  # fmt: skip


for _kind in STAGED:
    frame.block(f"{_kind}_aside", 60, _on_record)
