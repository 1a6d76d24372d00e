"""Pages of procedures: the controlled documents, the gate of a record, the approvals that wait."""

from __future__ import annotations

from typing import Any

from flask import Response, g, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from promo.core import clock
from promo.core.access import Viewer, can
from promo.core.errors import NotFound, Refused
from promo.core.records import Record, kind
from promo.procedures import (
    actions,
    approval_views,
    decisions,
    document_views,
    inbox,
    index_views,
    queries,
    request_views,
    route_views,
    sights,
)
from promo.procedures.blueprint import TONES, blueprint
from promo.procedures.case import definition_of, function_names
from promo.procedures.document import document
from promo.procedures.models import VERSION_STATES
from promo.web import frame
from promo.web.filters import day_ends
from promo.web.guard import may, permitted, viewer
from promo.web.pages import done, page, render
from promo.web.transaction import session, write

frame.navigation("procedures.approvals", _l("Approvals"), "clipboard-check", 75, bar=("manager",))
frame.navigation("procedures.index", _l("Procedures"), "route", 80, bar=("quality", "auditor", "guest"))
frame.count("procedures.approvals", queries.WAITING)

__all__ = ["approval_views", "blueprint", "document_views", "index_views", "request_views", "route_views"]


def _on_day(who: Viewer, _record: Any) -> str:
    """Draw what waits for my approval, for My day."""
    found, _more = inbox.lines(session(), who, inbox.MINE, limit=5)
    total = queries.waiting_count(session(), who) if len(found) == 5 else len(found)
    return render("procedures/_on_day.html", waiting=found, total=total) if found or who.functions else ""


def _late_on_day(who: Viewer, _record: Any) -> str:
    """Draw the posts that need help, for a manager's day."""
    if not who.has("manager"):
        return ""
    late = queries.late_by_post(session(), who, clock.today(who.timezone))
    return render("procedures/_late_on_day.html", late=late) if late else ""


def _unsent_on_day(who: Viewer, _record: Any) -> str:
    """Draw what one began and did not send yet, for My day; what waits on this very device is added there."""
    if not can(who, "activities.log"):
        return ""
    lines = queries.unsent(session(), who)
    return render("procedures/_unsent_on_day.html", items=[_line(one) for one in lines])


def _line(one: queries.Underway) -> dict[str, Any]:
    of = kind(one.kind)
    url = url_for(of.show, id_=one.record_id)
    note = f"{one.stage} · {one.reference}"
    line = {"icon": of.icon, "title": one.title, "url": url, "note": note, "due_on": one.due_on, "doubt": one.doubt}
    return {**line, "ends": day_ends(one.due_on, one.zone) if one.due_on else ""}


frame.block("day", 5, _late_on_day)
frame.block("day", 20, _on_day)
frame.block("day", 40, _unsent_on_day)
frame.due(lambda who, today: [_line(one) for one in queries.due(session(), who, today)])


def panel_of(who: Viewer, record: Any) -> queries.Panel | None:
    """Return what a record's page shows of its procedure, found once a request."""
    if g.get("panel", (None,))[0] != record.id:
        g.panel = (record.id, queries.panel(session(), who, record))
    return g.panel[1]


def _checklist_of(who: Viewer, record: Any) -> str:
    """Draw what is missing, beside a record."""
    return render("procedures/_checklist.html", panel=panel_of(who, record))


def _standing_of(who: Viewer, record: Any) -> str:
    """Draw what is missing beside one-stage work; nothing when no version was in force as it was logged."""
    return _checklist_of(who, record) if panel_of(who, record) else ""


def _stages_of(who: Viewer, record: Any) -> str:
    """Draw the stages of a record, above it."""
    return render("procedures/_stages.html", panel=panel_of(who, record))


def _main_action_of(who: Viewer, record: Any) -> str:
    """Draw what moves a record on, in its head."""
    panel = panel_of(who, record)
    return render("procedures/_main_action.html", panel=panel) if panel else ""


STAGED = ("event", "mission")  # the kinds whose pages show the stages of their procedure
for _kind in STAGED:
    frame.block(f"{_kind}_actions", 10, _main_action_of)
    frame.block(f"{_kind}_aside", 10, _checklist_of)
    frame.block(f"{_kind}_above", 10, _stages_of)
for _kind in ("activity", "outcome"):  # nothing where no version was in force
    frame.block(f"{_kind}_aside", 10, _standing_of)
frame.block("outcome_actions", 10, _main_action_of)
frame.block("outcome_above", 10, _stages_of)


@blueprint.get("/<code>/<int:number>")
@may("procedures.show")
def show(code: str, number: int) -> Response:
    """One version, readable: the controlled document."""
    version = queries.version(session(), viewer(), code, number)
    shown = document(definition_of(version), function_names(session()))
    return page(
        "procedures/show.html",
        version=version,
        document=shown,
        above=frame.blocks("version", viewer(), version),
        asides=frame.blocks("version_aside", viewer(), version),
        notes={p.key: frame.blocks("version_stage", viewer(), (version, p.key)) for p in shown.stages},
        people=queries.people_of(session(), version),
        versions=queries.others(session(), viewer(), version),
        states=dict(VERSION_STATES),
        tones=TONES,
    )


def _record(record_id: int) -> Record:
    """Return the visible record; raises NotFound."""
    return queries.record(session(), viewer(), record_id)


def _back(record: Record, message: Any, undo: str | None = None) -> Response:
    """Go back to the record's page."""
    return done(kind(record.kind).show, message, undo=undo, id_=record.id)


@blueprint.post("/runs/<int:record_id>/advance")
@may("procedures.advance")
def advance(record_id: int) -> Response:
    """Move a record on, or say what is missing."""
    typed = {name: request.form.get(name, "") for name in ("to", "reason", actions.LATE_REASON)}
    try:
        with write() as writing:
            run = actions.advance(
                writing, viewer(), record_id, typed["to"], typed["reason"], typed[actions.LATE_REASON]
            )
    except Refused as refused:
        late = refused.reasons[0].field == actions.LATE_REASON
        return _refused(record_id, refused, count=not late, typed=typed if late else None)
    record = _record(record_id)
    stage = definition_of(run.version).stage(run.stage)
    shown = queries.title_of(stage.title) if stage else run.stage
    return _back(record, _("Now in «%(stage)s».", stage=shown))


def _refused(record_id: int, refused: Refused, *, count: bool = False, typed: Any = None) -> Response:
    """Say what stands in the way, each reason a link to where it is mended; or ask why it was begun late."""
    record = _record(record_id)
    panel = queries.panel(session(), viewer(), record)
    if count:
        sights.count_refusals(viewer(), queries.run(session(), viewer(), record_id), refused.reasons)
    shown = {"record": record, "kind": kind(record.kind), "panel": panel, "reasons": refused.reasons, "typed": typed}
    return page("procedures/advance.html", 422, **shown)


@blueprint.route("/runs/<int:record_id>/answer", methods=["GET", "POST"])
@may("procedures.answer")
def answer(record_id: int) -> Response:
    """Answer the questions of the present stage."""
    permitted(_record(record_id))
    errors: dict[str, str] = {}
    typed: dict[str, Any] = {}
    if request.method == "POST":
        typed = {k: v if len(v) > 1 else v[0] for k, v in request.form.lists() if k != "csrf_token"}
        try:
            with write() as writing:
                actions.answer(writing, viewer(), record_id, typed)
            return _back(_record(record_id), _("Saved."))
        except Refused as refused:
            errors = {r.field or "": str(r.message) for r in refused.reasons}
    record = _record(record_id)
    panel = queries.panel(session(), viewer(), record)
    if panel is None:
        raise NotFound("procedures.answer")
    return page(
        "procedures/answer.html", 422 if errors else 200,
        record=record, kind=kind(record.kind), panel=panel, errors=errors, typed=typed,
    )  # fmt: skip


@blueprint.post("/runs/<int:record_id>/declare")
@may("procedures.declare")
def declare(record_id: int) -> Response:
    """Declare a sentence, or take it back."""
    said = request.form.get("said") != "no"
    try:
        with write() as writing:
            actions.declare(writing, viewer(), record_id, request.form.get("key", ""), said=said)
    except Refused as refused:
        return _refused(record_id, refused)
    return _back(_record(record_id), _("Declared.") if said else _("The declaration was taken back."))


@blueprint.post("/runs/<int:record_id>/ask")
@may("procedures.ask")
def ask(record_id: int) -> Response:
    """Ask for the next approval."""
    try:
        with write() as writing:
            asked = decisions.ask_approval(writing, viewer(), record_id)
    except Refused as refused:
        return _refused(record_id, refused)
    record = _record(record_id)
    name = queries.name_of(session(), viewer(), asked.assigned_to_id)
    if name is None:
        return _back(record, _("Nobody can approve it now: quality and the administrator see it in their list."))
    undo = url_for("procedures.recall", id_=asked.id)
    why = queries.route_of(asked)
    sent = _("Sent to %(name)s (%(why)s).", name=name, why=why) if why else _("Sent to %(name)s.", name=name)
    return _back(record, sent, undo)


@blueprint.post("/approvals/<int:id_>/recall")
@may("procedures.recall")
def recall(id_: int) -> Response:
    """Take back a request that nobody has decided."""
    with write() as writing:
        run = decisions.recall(writing, viewer(), id_)
    said = _("Recalled: it no longer waits.")
    if request.form.get("list") == inbox.SENT:
        return done("procedures.approvals", said, list=inbox.SENT)
    return _back(_record(run.record_id), said)
