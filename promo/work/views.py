"""Pages of tasks, and of who sees a record and works on it."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, jsonify, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from promo.core import clock
from promo.core.access import Viewer, can, sees
from promo.core.errors import Refused
from promo.core.records import TEAM_ROLES, VISIBILITIES, Record, id_in, kind
from promo.web import frame
from promo.web.guard import may, permitted, viewer
from promo.web.pages import done, page, render
from promo.web.transaction import session, write
from promo.work import actions, forms, queries
from promo.work.models import Task

blueprint = Blueprint("work", __name__, url_prefix="/work")
SHOWN = 5  # lines of a block of My day
frame.navigation("work.index", _l("Tasks"), "checks", 15)


def _line(who: Viewer, task: Task) -> dict[str, Any]:
    """Return a task as a line of a block; of a record that its owner no longer sees, only what is to be done."""
    seen = sees(who, task.record)
    return {
        "task": task,
        "title": task.title,
        "url": url_for(kind(task.record.kind).show, id_=task.record_id) if seen else None,
        "note": task.record.title if seen else _("You do not see what it is for: ask whoever gave it to you."),
        "due_on": task.due_on,
    }


def _due(who: Viewer, today: date) -> list[dict[str, Any]]:
    """Return the tasks that are due or overdue."""
    return [_line(who, t) for t in queries.due_tasks(session(), who, today, SHOWN)]


frame.due(_due)


def _on_day(who: Viewer, _record: Any) -> str:
    """Draw what is overdue or due, for My day."""
    today = clock.today(who.timezone)
    lines = frame.all_due(who, today)
    others = len(lines) - sum("task" in line for line in lines)
    coming = [_line(who, t) for t in queries.coming_tasks(session(), who, today, SHOWN - len(lines))]
    return render(
        "work/_on_day.html",
        lines=lines[:SHOWN],
        due=others + queries.due_count(session(), who, today),
        coming=coming,
        today=today,
    )


frame.block("day", 10, _on_day)


@blueprint.get("")
@may("work.index")
def index() -> Response:
    """My tasks."""
    return page(
        "work/index.html",
        today=clock.today(viewer().timezone),
        lines=[_line(viewer(), t) for t in queries.open_tasks(session(), viewer())],
        finished=[_line(viewer(), t) for t in queries.done_tasks(session(), viewer())],
    )


@blueprint.post("/<int:id_>/complete")
@may("work.complete")
def complete(id_: int) -> Response:
    """Say that a task is done."""
    with write() as writing:
        actions.complete(writing, viewer(), id_)
    return done("work.index", _("Done."), undo=url_for("work.reopen", id_=id_))


@blueprint.post("/<int:id_>/reopen")
@may("work.reopen")
def reopen(id_: int) -> Response:
    """Take that back."""
    with write() as writing:
        actions.reopen(writing, viewer(), id_)
    return done("work.index", _("It is on the list again."))


@blueprint.post("/ask_access/<int:record_id>")
@may("work.ask_access")
def ask_access(record_id: int) -> Response:
    """Ask whoever keeps a probable duplicate to show it; the answer is the same whatever there is."""
    with write() as writing:
        actions.ask_access(writing, viewer(), record_id)
    return page("work/_asked.html")


def _who_sees(who: Viewer, record: Any) -> str:
    """Draw who sees a record and who works on it, beside it."""
    if not isinstance(record, Record):
        return ""
    return render(
        "work/_who_sees.html",
        record=record,
        label=dict(VISIBILITIES)[record.visibility],
        owner=queries.owner(session(), record) if record.visibility == "team" else None,
        members=queries.team(session(), record.id) if record.visibility != "shared" else [],
        may_change=can(who, "work.team", record),
        roles=dict(TEAM_ROLES),
    )


frame.block("any_aside", 80, _who_sees)


@blueprint.route("/team/<int:record_id>", methods=["GET", "POST"])
@may("work.team")
def team(record_id: int) -> Response:
    """Who sees a record and works on it: add people, take them out."""
    record = permitted(queries.record(session(), viewer(), record_id))
    asked = [request.args["person"]] if id_in(request.args.get("person")) else []
    form = forms.TeamForm(data={"people": asked})
    if form.validate_on_submit():
        try:
            with write() as writing:
                names = actions.join(writing, viewer(), record_id, form.people.data)
        except Refused as refused:
            form.refuse(refused)
        else:
            return done("work.team", _("In the team: %(names)s", names=", ".join(names)), record_id=record_id)
    chosen = {id_in(value) for value in form.people.data or []}
    form.people.choices = [(str(p.id), p.name) for p in queries.may_join(session(), limit=None) if p.id in chosen]
    return page(
        "work/team.html",
        422 if form.is_submitted() else 200,
        form=form,
        record=record,
        kind=kind(record.kind),
        label=dict(VISIBILITIES)[record.visibility],
        owner=queries.owner(session(), record),
        members=queries.team(session(), record_id),
        roles=dict(TEAM_ROLES),
    )


@blueprint.post("/team/<int:record_id>/leave/<int:person_id>")
@may("work.leave")
def leave(record_id: int, person_id: int) -> Response:
    """Take somebody out of a team."""
    with write() as writing:
        actions.leave(writing, viewer(), record_id, person_id)
    return done("work.team", _("Taken out of the team."), record_id=record_id)


@blueprint.get("/people")
@may("work.people")
def people() -> Response:
    """Colleagues who may be in a team, for the box."""
    found = queries.may_join(session(), request.args.get("q", "")[:100])
    return jsonify([{"value": str(p.id), "text": p.name, "hint": p.email} for p in found])
