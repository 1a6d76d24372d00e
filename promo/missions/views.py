"""Pages of trade missions. What they share with other acts stands in ``acts/views.py``."""

from __future__ import annotations

from flask import Blueprint, Response
from flask_babel import lazy_gettext as _l

from promo.acts.views import Pages
from promo.missions import actions
from promo.missions.models import Mission
from promo.web import frame
from promo.web.guard import may

blueprint = Blueprint("missions", __name__, url_prefix="/missions")
frame.navigation("missions.index", _l("Trade missions"), "plane-departure", 55)
PAGES = Pages(Mission, actions)


@blueprint.get("")
@may("missions.index")
def index() -> Response:
    """All trade missions that the viewer sees."""
    return PAGES.index("missions/index.html")


@blueprint.route("/new", methods=["GET", "POST"])
@may("missions.new")
def new() -> Response:
    """Plan one."""
    return PAGES.new("missions/new.html")


@blueprint.get("/<int:id_>")
@may("missions.show")
def show(id_: int) -> Response:
    """One of them."""
    return PAGES.show(id_, "missions/show.html")


@blueprint.route("/<int:id_>/edit", methods=["GET", "POST"])
@may("missions.edit")
def edit(id_: int) -> Response:
    """Change one."""
    return PAGES.edit(id_, "missions/edit.html")


@blueprint.route("/<int:id_>/add_participant", methods=["GET", "POST"])
@may("missions.add_participant")
def add_participant(id_: int) -> Response:
    """Add those who take part."""
    return PAGES.add_participant(id_, "missions/add_participant.html")


@blueprint.route("/<int:id_>/participants/<int:participant_id>/edit_participant", methods=["GET", "POST"])
@may("missions.edit_participant")
def edit_participant(id_: int, participant_id: int) -> Response:
    """Change one who takes part."""
    return PAGES.edit_participant(id_, participant_id, "missions/edit_participant.html")


@blueprint.post("/<int:id_>/participants/<int:participant_id>/remove_participant")
@may("missions.remove_participant")
def remove_participant(id_: int, participant_id: int) -> Response:
    """Take somebody off the list."""
    return PAGES.remove_participant(id_, participant_id)


@blueprint.post("/<int:id_>/archive")
@may("missions.archive")
def archive(id_: int) -> Response:
    """Put one away."""
    return PAGES.archive(id_)


@blueprint.post("/<int:id_>/unarchive")
@may("missions.unarchive")
def unarchive(id_: int) -> Response:
    """Bring one back."""
    return PAGES.unarchive(id_)
