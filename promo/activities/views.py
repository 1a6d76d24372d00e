"""Pages of activities, the quick log, and the timeline on every record's page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, jsonify, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from promo.accounts import queries as accounts
from promo.activities import actions, forms, queries
from promo.activities.models import ICONS, PART_OF, TYPES, WITH, Activity
from promo.core import clock
from promo.core.access import Viewer, can
from promo.core.errors import NotFound, Refused
from promo.core.records import Record, id_in, kind
from promo.web import filters, frame, lists
from promo.web.guard import may, permitted, viewer
from promo.web.pages import done, page, render
from promo.web.transaction import session, write

blueprint = Blueprint("activities", __name__, url_prefix="/activities")
frame.navigation("activities.index", _l("Activities"), "message", 40)
TIMELINE = 20


@blueprint.get("")
@may("activities.index")
def index() -> Response:
    """All activities that the viewer sees."""
    return lists.answer(kind("activity"), "activities/index.html", icons=ICONS)


def _local_now() -> datetime:
    return clock.now().astimezone(ZoneInfo(viewer().timezone)).replace(tzinfo=None, second=0, microsecond=0)


def _choices(form: Any) -> Any:
    """Give the boxes their choices; those chosen or typed already keep their names."""
    chosen = form.who.data or []
    known = queries.names(session(), viewer(), [n for v in chosen if (n := id_in(v))])
    form.who.choices = [*known, *((v, v.removeprefix("+")) for v in chosen if v.startswith("+"))]
    acts = queries.acts_around(session(), viewer(), clock.today(viewer().timezone))
    if part_of := id_in(form.part_of.data):
        acts += [a for a in queries.names(session(), viewer(), [part_of]) if a not in acts]
    form.part_of.choices = [("", ""), *acts]
    if "on_behalf_of_id" in form:
        form.on_behalf_of_id.choices = [("", ""), *queries.colleagues(session(), viewer())]
    return form


@blueprint.route("/log", methods=["GET", "POST"])
@may("activities.log")
def log() -> Response:
    """Log an activity: who and what, the rest if one likes."""
    start = [request.args[n] for n in ("contact_id", "organisation_id") if id_in(request.args.get(n))]
    form = forms.LogForm(data={"who": start, "part_of": request.args.get("part_of"), "occurred_at": _local_now()})
    _choices(form)
    if form.validate_on_submit():
        values = form.values
        try:
            with write() as writing:
                activity = actions.log(writing, viewer(), values, form.idempotency_key.data)
        except Refused as refused:
            form.refuse(refused)
        else:
            undo = url_for("activities.archive", id_=activity.id)
            return done("activities.show", _("Logged."), undo=undo, id_=activity.id)
    return page("activities/log.html", 422 if form.is_submitted() else 200, form=form, icons=ICONS)


@blueprint.get("/who")
@may("activities.who")
def who() -> Response:
    """Contacts and organisations for the box *With whom*."""
    rows = queries.parties(session(), viewer(), request.args.get("q", "")[:100])
    return jsonify([{"value": str(i), "text": name, "hint": f"{kind(k).label} {note}"} for i, name, k, note in rows])


@blueprint.get("/<int:id_>")
@may("activities.show")
def show(id_: int) -> Response:
    """One activity."""
    activity = queries.activity(session(), viewer(), id_)
    people = {i for i in (activity.owner_id, activity.entered_by_id, activity.on_behalf_of_id) if i}
    tied = queries.linked(session(), viewer(), id_)
    return page(
        "activities/show.html",
        activity=activity,
        people=accounts.names(session(), people),
        parties=[(kind(r.kind), r) for role, r in tied if role == WITH],
        parts=[(kind(r.kind), r) for role, r in tied if role == PART_OF],
        types=dict(TYPES),
        blocks=frame.blocks("activity", viewer(), activity),
        asides=frame.blocks("activity", viewer(), activity, "aside"),
        may_edit=can(viewer(), "activities.edit", activity),
    )


@blueprint.route("/<int:id_>/edit", methods=["GET", "POST"])
@may("activities.edit")
def edit(id_: int) -> Response:
    """Correct an activity."""
    activity = permitted(queries.activity(session(), viewer(), id_))
    form = _choices(forms.ActivityForm(data=_shown(activity)))
    if form.validate_on_submit():
        values, version = form.values, form.version.data
        try:
            with write() as writing:
                actions.edit(writing, viewer(), id_, values, version)
        except Refused as refused:
            form.refuse(refused)
        else:
            return done("activities.show", _("Saved."), id_=id_)
        activity = queries.activity(session(), viewer(), id_)
    return page("activities/edit.html", 422 if form.is_submitted() else 200, form=form, activity=activity, icons=ICONS)


def _shown(activity: Activity) -> dict[str, Any]:
    tied = queries.linked(session(), viewer(), activity.id)
    local = activity.occurred_at.astimezone(ZoneInfo(activity.timezone)).replace(tzinfo=None)
    plain = ("activity_type", "text", "next_step", "next_on", "pillar", "version")
    return {
        **{name: getattr(activity, name) for name in plain},
        "occurred_at": local,
        "who": [str(r.id) for role, r in tied if role == WITH],
        "part_of": next((str(r.id) for role, r in tied if role == PART_OF), None),
    }


@blueprint.post("/<int:id_>/archive")
@may("activities.archive")
def archive(id_: int) -> Response:
    """Put an activity away."""
    with write() as writing:
        actions.archive(writing, viewer(), id_)
    undo = url_for("activities.unarchive", id_=id_)
    return done("activities.index", _("Taken back: it is archived."), undo=undo)


@blueprint.post("/<int:id_>/unarchive")
@may("activities.unarchive")
def unarchive(id_: int) -> Response:
    """Bring an activity back."""
    with write() as writing:
        actions.unarchive(writing, viewer(), id_)
    return done("activities.show", _("It is back in the lists."), id_=id_)


@blueprint.get("/timeline/<int:record_id>")
@may("activities.timeline")
def timeline(record_id: int) -> Response:
    """The next lines of a record's timeline."""
    record = session().get(Record, record_id)
    if record is None or not can(viewer(), "activities.timeline", record):
        raise NotFound()
    return page("activities/_lines.html", **_timeline(viewer(), record, request.args.get("before")))


Told = Callable[[Viewer, list[int]], dict[int, str]]
_told: dict[str, Told] = {}


def tell(name: str, lines: Told) -> None:
    """Say what the timeline tells of records of a kind on an upper floor: ``lines(viewer, ids)`` gives a text by id."""
    _told[name] = lines


def _timeline(who: Viewer, record: Record, before: str | None = None) -> dict[str, Any]:
    what = request.args.get("what") if request.args.get("what") in dict(TYPES) else None
    rows = queries.timeline(session(), who, record.id, _place(before), TIMELINE + 1, what)
    told: dict[int, str] = {}
    for name, lines in _told.items():
        if ids := [row.id for row in rows if row.kind == name]:
            told |= lines(who, ids)
    last = rows[TIMELINE - 1] if len(rows) > TIMELINE else None
    bases = {name: url_for(kind(name).show, id_=0).removesuffix("0") for name in {row.kind for row in rows}}
    place = f"{last.at.isoformat()}~{last.link_id}" if last else None
    return {
        "items": [
            {
                "icon": ICONS.get(row.activity_type or "", kind(row.kind).icon),
                "title": row.title,
                "url": f"{bases[row.kind]}{row.id}",
                "text": told.get(row.id) or (row.text or "")[:300],
                "when": filters.ago(row.at),
                "moment": row.at.isoformat(),
                "by": row.person,
                "late": row.late,
            }
            for row in rows[:TIMELINE]
        ],
        "more": url_for("activities.timeline", record_id=record.id, before=place, what=what) if place else None,
        "record": record,
        "what": what,
        "whats": [("", _("Everything")), *TYPES],
    }


def _place(text: str | None) -> tuple[datetime, int] | None:
    """Read the place of a timeline's next page, ``moment~link``; None for none or a damaged one."""
    moment, _sign, link_id = (text or "").partition("~")
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return (at, id_in(link_id)) if at.tzinfo and id_in(link_id) else None


def _on_record(who: Viewer, record: Any) -> str:
    """Draw the timeline of a record, for its page."""
    return render("activities/_timeline.html", **_timeline(who, record))


for _kind in ("contact", "organisation", "event", "mission"):
    frame.block(_kind, 50, _on_record)
frame.block(
    "day_aside",
    10,
    lambda who, _record: (
        render("activities/_quick.html", form=_choices(forms.LogForm(formdata=None, data={})), icons=ICONS)
        if can(who, "activities.log")
        else ""
    ),
)
