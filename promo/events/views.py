"""Pages of events. What they share with other acts stands in ``acts/views.py``."""

from __future__ import annotations

from flask import Blueprint, Response
from flask_babel import lazy_gettext as _l

from promo.acts.views import Pages
from promo.events import actions
from promo.events.models import Event
from promo.web import frame
from promo.web.guard import may

blueprint = Blueprint("events", __name__, url_prefix="/events")
frame.navigation("events.index", _l("Events"), "calendar-event", 50)
PAGES = Pages(Event, actions)


@blueprint.get("")
@may("events.index")
def index() -> Response:
    """All events that the viewer sees."""
    return PAGES.index("events/index.html")


@blueprint.route("/new", methods=["GET", "POST"])
@may("events.new")
def new() -> Response:
    """Plan one."""
    return PAGES.new("events/new.html")


@blueprint.get("/<int:id_>")
@may("events.show")
def show(id_: int) -> Response:
    """One of them."""
    return PAGES.show(id_, "events/show.html")


@blueprint.route("/<int:id_>/edit", methods=["GET", "POST"])
@may("events.edit")
def edit(id_: int) -> Response:
    """Change one."""
    return PAGES.edit(id_, "events/edit.html")


@blueprint.route("/<int:id_>/add_participant", methods=["GET", "POST"])
@may("events.add_participant")
def add_participant(id_: int) -> Response:
    """Add those who take part."""
    return PAGES.add_participant(id_, "events/add_participant.html")


@blueprint.route("/<int:id_>/participants/<int:participant_id>/edit_participant", methods=["GET", "POST"])
@may("events.edit_participant")
def edit_participant(id_: int, participant_id: int) -> Response:
    """Change one who takes part."""
    return PAGES.edit_participant(id_, participant_id, "events/edit_participant.html")


@blueprint.post("/<int:id_>/participants/<int:participant_id>/remove_participant")
@may("events.remove_participant")
def remove_participant(id_: int, participant_id: int) -> Response:
    """Take somebody off the list."""
    return PAGES.remove_participant(id_, participant_id)


@blueprint.post("/<int:id_>/archive")
@may("events.archive")
def archive(id_: int) -> Response:
    """Put one away."""
    return PAGES.archive(id_)


@blueprint.post("/<int:id_>/unarchive")
@may("events.unarchive")
def unarchive(id_: int) -> Response:
    """Bring one back."""
    return PAGES.unarchive(id_)
