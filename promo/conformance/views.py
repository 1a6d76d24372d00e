"""Pages of conformance: all procedures, one procedure, the case files behind a figure, second looks."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from promo.conformance import actions, forms, measures, queries
from promo.conformance.measures import FIGURES, Figure, PostLine, StageLine, Value
from promo.conformance.models import VERDICTS
from promo.conformance.queries import LONGEST, ROWS, Wanted
from promo.core import clock, periods
from promo.core.errors import NotFound, Refused
from promo.core.records import kind
from promo.procedures import words
from promo.procedures.case import definition_of, function_names
from promo.procedures.definitions import Definition
from promo.procedures.models import ProcedureVersion
from promo.web import frame
from promo.web.filters import show_number
from promo.web.guard import may, viewer
from promo.web.pages import done, page
from promo.web.transaction import session, write

blueprint = Blueprint("conformance", __name__, url_prefix="/conformance")
frame.navigation("conformance.index", _l("Conformance"), "checklist", 82, bar=("quality", "auditor", "manager"))
SIZE = 50
WITH_ROWS = {one.key for one in FIGURES if one.what in ROWS}


def _asked(versions: Sequence[ProcedureVersion]) -> forms.Asked:
    today = clock.today(viewer().timezone)
    return forms.read(
        request.args, viewer(), versions, [id_ for id_, _name in queries.posts(session(), viewer())], today
    )


@blueprint.get("")
@may("conformance.index")
def index() -> Response:
    """All procedures that are or were in force, with their figures of a period."""
    lines = []
    asked = None
    for code, versions in queries.procedures(session(), viewer()):
        asked = _asked(versions)
        cells = queries.cells(session(), viewer(), asked.scope)
        values = {v.figure.key: _shown(v, code, asked.args) for v in measures.values(cells)}
        title = words.pick(definition_of(versions[0]).title)
        url = url_for("conformance.show", code=code, **asked.args)  # type: ignore[arg-type]
        lines.append({"code": code, "title": title, "url": url, "values": values})
    return page(
        "conformance/index.html",
        lines=lines,
        figures=FIGURES,
        tabs=_tabs("conformance.index", asked.args if asked else {}),
        bar=_bar("conformance.index", asked, ()) if asked else None,
        period=asked.title if asked else "",
        counted_at=queries.counted_at(session(), asked.scope) if asked else None,
        notices=asked.notices if asked else (),
    )


@blueprint.get("/<code>")
@may("conformance.show")
def show(code: str) -> Response:
    """How one procedure is followed: figures, stages, paths, refusals, posts."""
    versions = queries.versions(session(), viewer(), code)
    asked = _asked(versions)
    definition = definition_of(asked.version)
    cells = queries.cells(session(), viewer(), asked.scope)
    return page(
        "conformance/show.html",
        code=code,
        title=words.pick(definition.title),
        version=asked.version,
        figures=[_shown(v, code, asked.args) for v in measures.values(cells)],
        empty=not cells,
        stages=[_stage(line, definition, code, asked.args) for line in measures.stage_lines(cells, definition)],
        refusals=[_refusal(one, definition, code, asked.args) for one in measures.refusals_by_item(cells)],
        posts=_by_post(code, asked),
        tabs=_tabs("conformance.show", asked.args, code=code),
        bar=_bar("conformance.show", asked, versions, code=code),
        period=asked.title,
        counted_at=queries.counted_at(session(), asked.scope),
        notices=asked.notices,
        export=frame.link("exports.start", name="conformance", format="xlsx", code=code, **asked.args),
        looks=url_for("conformance.looks", code=code, **asked.args),  # type: ignore[arg-type]
    )


def _shown(value: Value, code: str, args: Mapping[str, str]) -> dict[str, Any]:
    """Return a figure as a card shows it: the share, or how many; what opens its case files."""
    of = value.total is not None
    text = (percent(value.share) if value.share is not None else "–") if of else show_number(value.count)
    note = _("%(count)s of %(total)s", count=show_number(value.count), total=show_number(value.total)) if of else ""
    return {
        "label": value.figure.label,
        "value": text,
        "note": note,
        "help": value.figure.definition,
        "url": _rows_url(value.figure, code, args) if value.count else None,
        "exact": str(value.count),
    }


def percent(share: float | None) -> str:
    """Write a share as people do: ``93 %``; a dash for none."""
    return "–" if share is None else f"{share * 100:.0f} %"


def _rows_url(figure: Figure, code: str, args: Mapping[str, str], **more: str) -> str | None:
    if figure.key not in WITH_ROWS:
        return None
    return url_for("conformance.rows", code=code, figure=figure.key, **{**args, **more})  # type: ignore[arg-type]


def _stage(line: StageLine, definition: Definition, code: str, args: Mapping[str, str]) -> dict[str, Any]:
    """Return how long a stage took, in working days: half of them at most so many, nine of ten at most so many."""
    left = measures.figure("stages")
    return {
        "title": words.stage_title(definition, line.key),
        "left": show_number(line.left),
        "url": _rows_url(left, code, args, stage=line.key) if line.left else None,
        "on_time": percent(line.on_time),
        "median": _days(measures.percentile(line.days, 0.5)),
        "ninety": _days(measures.percentile(line.days, 0.9)),
        "waiting": _days(measures.percentile(line.waited, 0.5)),
        "waiting_ninety": _days(measures.percentile(line.waited, 0.9)),
        "refusals": show_number(line.refusals) if line.refusals else "",
        "refused": _rows_url(measures.figure("refusals"), code, args, stage=line.key) if line.refusals else None,
        "ways": [
            {
                "title": words.stage_title(definition, to),
                "count": count,
                "total": line.left,
                "url": _rows_url(left, code, args, stage=line.key, detail=to),
            }
            for to, count in line.ways.most_common()
        ],
    }


def _days(value: int | None) -> str:
    if value is None:
        return "–"
    return _("%(days)s or more", days=value) if value >= LONGEST else show_number(value)


def _refusal(one: tuple[str, str, int], definition: Definition, code: str, args: Mapping[str, str]) -> dict[str, Any]:
    stage, item, count = one
    return {
        "stage": words.stage_title(definition, stage),
        "item": words.item_title(definition, item, function_names(session())),
        "count": show_number(count),
        "url": _rows_url(measures.figure("refusals"), code, args, stage=stage, detail=item),
    }


def _by_post(code: str, asked: forms.Asked) -> list[dict[str, Any]]:
    """Return a line for each post: begun, finished, in time, refusals; those that are late most often first."""
    found = queries.by_post(session(), viewer(), asked.scope)
    names = queries.post_names(session(), viewer(), list(found))
    lines = []
    for post, counted in found.items():
        line = PostLine.of(counted)
        lines.append(
            {
                "name": names.get(post, str(post)),
                "url": url_for("conformance.show", code=code, **{**asked.args, "post": str(post)}),  # type: ignore[arg-type]
                "started": show_number(line.started),
                "finished": show_number(line.finished),
                "on_time": percent(line.share),
                "share": line.share,
                "refusals": show_number(line.refusals),
            }
        )
    return sorted(lines, key=lambda line: (line["share"] is None, line["share"], str(line["name"])))


def _tabs(endpoint: str, args: Mapping[str, str], **values: str) -> list[dict[str, Any]]:
    rest = {k: v for k, v in args.items() if k not in ("period", "since", "until")}
    now = args.get("period") or ("" if args.get("since") or args.get("until") else forms.DEFAULT)
    return [
        {"label": label, "url": url_for(endpoint, **values, **rest, period=name), "current": name == now}  # type: ignore[arg-type]
        for name, label in periods.NAMES
    ]


def _bar(endpoint: str, asked: forms.Asked, versions: Sequence[ProcedureVersion], **values: str) -> dict[str, Any]:
    """Return the filters: from, until, version, post; and what holds, each with the address without it."""
    numbers = [(str(v.number), _("Version %(number)s", number=v.number)) for v in versions]
    posts = [(str(id_), name) for id_, name in queries.posts(session(), viewer())]
    choices = {"version": (_("Version"), numbers), "post": (_("Post"), posts)}
    chips = [
        {
            "label": label,
            "value": dict(of).get(asked.args[name], ""),
            "url": url_for(endpoint, **values, **{k: v for k, v in asked.args.items() if k != name}),  # type: ignore[arg-type]
        }
        for name, (label, of) in choices.items()
        if name in asked.args
    ]
    days = [
        {"name": name, "label": label, "type": "date", "value": asked.args.get(name), "choices": ()}
        for name, label in (("since", _("From")), ("until", _("Until")))
    ]
    listed = [
        {"name": name, "label": label, "type": "choice", "value": asked.args.get(name), "choices": of}
        for name, (label, of) in choices.items()
        if len(of) > 1
    ]
    return {"action": url_for(endpoint, **values), "filters": days + listed, "chips": chips}  # type: ignore[arg-type]


@blueprint.get("/<code>/rows")
@may("conformance.rows")
def rows(code: str) -> Response:
    """The case files behind a figure, the newest first."""
    versions = queries.versions(session(), viewer(), code)
    asked = _asked(versions)
    try:
        figure = measures.figure(request.args.get("figure", ""))
    except KeyError:
        raise NotFound("conformance.rows") from None
    if figure.key not in WITH_ROWS:
        raise NotFound("conformance.rows")
    stage, detail = (request.args.get(name, "")[:120].replace("\0", "") for name in ("stage", "detail"))
    wanted = Wanted(ROWS[figure.what], figure.late, stage, detail or figure.detail or "")
    found = queries.rows(session(), viewer(), asked.scope, wanted, _place(request.args.get("after")), SIZE + 1)
    definition = definition_of(asked.version)
    keep = {**asked.args, "figure": figure.key, "stage": stage, "detail": detail}
    last = found[SIZE - 1] if len(found) > SIZE else None
    return page(
        "conformance/rows.html",
        code=code,
        title=words.pick(definition.title),
        figure=figure,
        stage=words.stage_title(definition, stage) if stage else "",
        period=asked.title,
        back=url_for("conformance.show", code=code, **asked.args),  # type: ignore[arg-type]
        rows=[_row(row, definition) for row in found[:SIZE]],
        next_url=url_for("conformance.rows", code=code, after=_written(last), **keep) if last else None,  # type: ignore[arg-type]
    )


def _row(row: Any, definition: Definition) -> dict[str, Any]:
    return {
        "url": url_for(kind(row.kind).show, id_=row.record_id),
        "title": row.title,
        "reference": row.reference,
        "post": row.post,
        "stage": words.stage_title(definition, row.stage),
        "moment": row.moment,
    }


def _written(row: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps([row.moment.isoformat(), row.row_id]).encode()).decode()


def _place(after: str | None) -> tuple[datetime, int] | None:
    """Read a place in the rows; None for none and for a damaged one."""
    try:
        moment, id_ = json.loads(base64.urlsafe_b64decode(after or ""))
        place = datetime.fromisoformat(moment), int(id_)
        return place if place[0].tzinfo and 0 < place[1] < 2**63 else None
    except (ValueError, TypeError, OverflowError):
        return None


@blueprint.get("/<code>/looks")
@may("conformance.looks")
def looks(code: str) -> Response:
    """One in ten of the items that were merely declared, offered for a second look."""
    return _looks(code)


def _looks(code: str, status: int = 200, errors: Mapping[str, str] | None = None, typed: Any = None) -> Response:
    versions = queries.versions(session(), viewer(), code)
    asked = _asked(versions)
    definition = definition_of(asked.version)
    functions = function_names(session())
    lines = [
        {
            "look": look,
            "url": url_for(kind(look.kind).show, id_=look.record_id),
            "stage": words.stage_title(definition, look.stage),
            "item": words.item_title(definition, look.item, functions),
        }
        for look in queries.to_look_at(session(), viewer(), asked.scope)
    ]
    return page(
        "conformance/looks.html", status,
        code=code, title=words.pick(definition.title), lines=lines, verdicts=VERDICTS, errors=errors or {},
        typed=typed or {}, back=url_for("conformance.show", code=code, **asked.args),  # type: ignore[arg-type]
        period=asked.title,
    )  # fmt: skip


@blueprint.post("/<code>/look/<int:transition_id>")
@may("conformance.look")
def look(code: str, transition_id: int) -> Response:
    """Say what a second look found."""
    typed = {name: request.form.get(name, "") for name in ("item", "verdict", "note")}
    try:
        with write() as writing:
            actions.look(writing, viewer(), transition_id, typed["item"], typed["verdict"], typed["note"])
    except Refused as refused:
        errors = {r.field or "": str(r.message) for r in refused.reasons}
        return _looks(code, 422, errors, {**typed, "transition_id": transition_id})
    return done("conformance.looks", _("Noted."), code=code)
