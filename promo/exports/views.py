"""Pages of exports: start one, see how far it is, fetch the file, the list of one's own."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request, send_file
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

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
NAMES = {"xlsx": "Excel (XLSX)", "csv": "CSV", "zip": "ZIP", "pdf": "PDF"}
TONES = {"done": "ok", "failed": "late", "cancelled": "off"}


@blueprint.get("")
@may("exports.index")
def index() -> Response:
    """One's own exports."""
    exports = queries.own(session(), viewer())
    words: dict[str, Any] = {"formats": NAMES, "counted": counted, "size": size_in_words}
    return page("exports/index.html", exports=exports, states=dict(STATES), tones=TONES, **words)


def counted(format_: str, rows: int) -> str:
    """Write how much an export holds: rows of a table, case files of a pack."""
    shown = filters.show_number(rows)
    if format_ == "zip":
        return ngettext("%(rows)s case file", "%(rows)s case files", rows, rows=shown)
    return ngettext("%(rows)s row", "%(rows)s rows", rows, rows=shown)


@blueprint.post("/start/<name>")
@may("exports.start")
def start(name: str) -> Response:
    """Export what the address asks for: a small one is made at once, a large one by a worker."""
    args = request.args.to_dict()
    builder = exporting.find(name)
    require(viewer(), builder.permission)
    about = builder.about(session(), viewer(), args)
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
        done = filters.show_number(job.done)
        text = _("%(done)s of %(all)s", done=done, all=counted(export.format, max(job.done, job.total)))
    return {
        "export": export,
        "text": text,
        "size": size_in_words(export.size) if export.size is not None else "",
        "formats": NAMES,
        "counted": counted,
        "back": _back(export),
    }


def _back(export: Export) -> str | None:
    """Return the address of the page where an export was asked for."""
    where = exporting.find(export.name).page
    endpoint, values = where(export.args) if where else (f"{export.name}.index", export.args)
    return frame.link(endpoint, **values)


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
