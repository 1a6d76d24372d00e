"""Pages of exports: start one, see how far it is, fetch the file, the list of one's own."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request, send_file
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from promo.core import exporting, jobs, notes
from promo.core.access import require
from promo.core.errors import NotFound
from promo.core.exporting import Export
from promo.core.files import store
from promo.core.jobs import STATES
from promo.core.search import fold
from promo.exports import actions, queries
from promo.web import filters, frame
from promo.web.guard import may, viewer
from promo.web.pages import done, page, page_or_fragment
from promo.web.transaction import session, write
from promo.web.uploads import size_in_words

blueprint = Blueprint("exports", __name__, url_prefix="/exports")
frame.navigation("exports.index", _l("Exports"), "download", 85, bar=False)
TONES = {"done": "ok", "failed": "late", "cancelled": "off"}


@blueprint.get("")
@may("exports.index")
def index() -> Response:
    """One's own exports."""
    exports = queries.own(session(), viewer())
    return page("exports/index.html", exports=exports, states=dict(STATES), tones=TONES, size=size_in_words)


@blueprint.post("/start/<name>")
@may("exports.start")
def start(name: str) -> Response:
    """Export what the address asks for: a small one is made at once, a large one by a worker."""
    args = request.args.to_dict()
    about = exporting.find(name).about(session(), viewer(), args)
    with write() as writing:
        export = actions.start(writing, viewer(), name, args.get("format", "xlsx"), about)
    if about.rows <= actions.SMALL and not about.slow and export.job_id is not None:
        jobs.run(export.job_id)
    return done("exports.show", id_=export.id)


@blueprint.get("/<int:id_>")
@may("exports.show")
def show(id_: int) -> Response:
    """How far it is; the file when it is there."""
    export = queries.export(session(), viewer(), id_)
    return page_or_fragment("exports/show.html", "exports/_state.html", **_shown(export))


def _shown(export: Export) -> dict[str, Any]:
    """Return what the page and its fragment say."""
    job = export.job
    text = ""
    if export.is_open and job is not None and job.total:
        text = _(
            "%(done)s of %(total)s rows",
            done=filters.show_number(job.done),
            total=filters.show_number(max(job.done, job.total)),
        )
    return {
        "export": export,
        "text": text,
        "size": size_in_words(export.size) if export.size is not None else "",
        "back": frame.link(f"{export.name}.index", **export.args),
    }


@blueprint.post("/<int:id_>/cancel")
@may("exports.cancel")
def cancel(id_: int) -> Response:
    """Call it off."""
    with write() as writing:
        stopped = actions.cancel(writing, viewer(), id_)
    return done("exports.show", _("Cancelled.") if stopped else _("It was finished already."), id_=id_)


@blueprint.get("/<int:id_>/download")
@may("exports.download")
def download(id_: int) -> Response:
    """Give the file to whoever asked for it, and tell the trail."""
    export = queries.export(session(), viewer(), id_)
    require(viewer(), "exports.download", export)
    builder = exporting.find(export.name)
    require(viewer(), builder.permission)
    if builder.check is not None:
        builder.check(session(), viewer(), export.args)
    if export.finished_at is None or export.size is None:
        raise NotFound("file")
    try:
        stream = store().open(export.stored)
    except FileNotFoundError:
        raise NotFound("file") from None
    notes.tell("download", data=actions.told(export), table="export", row=export.id)
    type_ = exporting.FORMATS[export.format]
    response = send_file(stream, mimetype=type_, as_attachment=True, download_name=name_of(export), etag=False)
    response.content_length = export.size
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def name_of(export: Export) -> str:
    """Return a name for the file: what it is and from when, in plain letters."""
    words = fold(export.title).replace(" ", "-")[:60] or export.name
    return f"{words}-{export.created_at:%Y-%m-%d}.{export.format}"
