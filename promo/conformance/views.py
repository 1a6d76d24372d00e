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

from promo.conformance import actions, forms, measures, printing, queries
from promo.conformance.measures import Figure, PostLine, StageLine, Value
from promo.conformance.models import VERDICTS
from promo.conformance.queries import DEPARTURE, ROWS, Wanted
from promo.conformance.reading import Reading, in_days, percent
from promo.core import periods
from promo.core.errors import NotFound, Refused
from promo.core.records import kind
from promo.procedures import words
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
ROWS_PAGE = "conformance.rows"


@blueprint.get("")
@may("conformance.index")
def index() -> Response:
    """All procedures that are or were in force and have stages to move through, with their figures of a period."""
    lines, apart = [], []
    asked = None
    for code, versions in queries.procedures(session(), viewer()):
        reading = Reading(session(), viewer(), code, request.args)
        asked = asked or reading.asked
        line = {"code": code, "title": reading.title, "url": _address("conformance.show", reading)}
        if reading.moves:
            lines.append({**line, "values": {v.figure.key: _shown(v, reading) for v in reading.values}})
        else:
            apart.append(line | {"url": url_for("procedures.show", code=code, number=versions[0].number)})
    return page(
        "conformance/index.html",
        lines=lines,
        apart=apart,
        figures=[measures.figure(key) for key in measures.OVERVIEW],
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
    reading = Reading(session(), viewer(), code, request.args)
    asked = reading.asked
    return page(
        "conformance/show.html",
        code=code,
        title=reading.title,
        version=asked.version,
        moves=reading.moves,
        empty=not reading.cells,
        figures=[_shown(v, reading) for v in reading.values],
        stages=[_stage(line, reading) for line in reading.stages],
        paths=reading.paths() if reading.moves and reading.cells else None,
        reading_help=printing.reading_help(),
        refusals=[_refusal(one, reading) for one in reading.refusals()],
        posts=[_post(*one, reading) for one in reading.posts()],
        tabs=_tabs("conformance.show", asked.args, code=code),
        bar=_bar("conformance.show", asked, reading.versions, code=code),
        period=asked.title,
        counted_at=queries.counted_at(session(), asked.scope),
        notices=asked.notices,
        exports=_exports(reading),
        looks=_address("conformance.looks", reading),
    )


def _exports(reading: Reading) -> list[tuple[str, str]]:
    """Return what exports the page: (label, address) of each format."""
    found = [
        (label, frame.link("exports.start", name="conformance", format=name, code=reading.code, **reading.asked.args))
        for name, label in (("xlsx", "Excel"), ("pdf", "PDF"))
    ]
    return [(label, address) for label, address in found if address]


def _address(endpoint: str, reading: Reading, **more: str) -> str:
    return url_for(endpoint, code=reading.code, **{**reading.asked.args, **more})  # type: ignore[arg-type]


def _shown(value: Value, reading: Reading) -> dict[str, Any]:
    """Return a figure as a card shows it: the share, or how many; what opens its case files."""
    of = value.total is not None
    text = percent(value.share) if of else show_number(value.count)
    note = _("%(count)s of %(total)s", count=show_number(value.count), total=show_number(value.total)) if of else ""
    return {
        "label": value.figure.label,
        "value": text,
        "note": note,
        "help": value.figure.definition,
        "url": _opened(value.figure, reading) if value.count else None,
        "exact": str(value.count),
    }


def _opened(figure: Figure, reading: Reading, **more: str) -> str | None:
    """Return the address of what a figure counts: the case files, the list of departures, the second looks."""
    if figure.opens == ROWS_PAGE:
        return _address(ROWS_PAGE, reading, figure=figure.key, **more)
    if figure.what == DEPARTURE:
        return frame.link(figure.opens, procedure=reading.code, **forms.as_filters(reading.asked))
    return _address(figure.opens, reading)


def _stage(line: StageLine, reading: Reading) -> dict[str, Any]:
    """Return how long a stage took, in working days: half of them at most so many, nine of ten at most so many."""
    left, definition = measures.figure("stages"), reading.definition
    refused = measures.figure("refusals")
    return {
        "title": words.stage_title(definition, line.key),
        "left": show_number(line.left),
        "url": _opened(left, reading, stage=line.key) if line.left else None,
        "on_time": percent(line.on_time),
        "median": in_days(measures.percentile(line.days, 0.5)),
        "ninety": in_days(measures.percentile(line.days, 0.9)),
        "waiting": in_days(measures.percentile(line.waited, 0.5)),
        "waiting_ninety": in_days(measures.percentile(line.waited, 0.9)),
        "refusals": show_number(line.refusals),
        "refused": _opened(refused, reading, stage=line.key) if line.refusals else None,
        "ways": [
            {
                "title": words.stage_title(definition, to),
                "count": count,
                "total": line.left,
                "url": _opened(left, reading, stage=line.key, detail=to),
            }
            for to, count in line.ways.most_common()
        ],
    }


def _refusal(one: tuple[str, str, int], reading: Reading) -> dict[str, Any]:
    stage, item, count = one
    return {
        "stage": words.stage_title(reading.definition, stage),
        "item": words.item_title(reading.definition, item, reading.functions),
        "count": show_number(count),
        "url": _opened(measures.figure("refusals"), reading, stage=stage, detail=item),
    }


def _post(post: int, name: str, line: PostLine, reading: Reading) -> dict[str, Any]:
    """Return the line of a post: its name, which leads to its own page, and what was counted there."""
    cells = [
        (_("Begun"), show_number(line.started)),
        (_("Completed"), show_number(line.finished)),
        (_("Stages in time"), percent(line.share)),
        (_("Refusals"), show_number(line.refusals)),
        (_("With an exception"), show_number(line.exceptions)),
        (_("With an urgency"), show_number(line.urgencies)),
        (_("With a nonconforming output"), show_number(line.nonconformities)),
    ]
    return {"name": name, "url": _address("conformance.show", reading, post=str(post)), "cells": cells}


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
    reading = Reading(session(), viewer(), code, request.args)
    asked, definition = reading.asked, reading.definition
    try:
        figure = measures.figure(request.args.get("figure", ""))
    except KeyError:
        raise NotFound("conformance.rows") from None
    if figure.opens != ROWS_PAGE:
        raise NotFound("conformance.rows")
    stage, detail = (request.args.get(name, "")[:120].replace("\0", "") for name in ("stage", "detail"))
    wanted = Wanted(ROWS[figure.what], figure.late, stage, detail or figure.detail or "")
    found = queries.rows(session(), viewer(), asked.scope, wanted, _place(request.args.get("after")), SIZE + 1)
    keep = {**asked.args, "figure": figure.key, "stage": stage, "detail": detail}
    last = found[SIZE - 1] if len(found) > SIZE else None
    return page(
        "conformance/rows.html",
        code=code,
        title=reading.title,
        figure=figure,
        stage=words.stage_title(definition, stage) if stage else "",
        period=asked.title,
        back=_address("conformance.show", reading),
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
    reading = Reading(session(), viewer(), code, request.args)
    lines = [
        {
            "look": look,
            "url": url_for(kind(look.kind).show, id_=look.record_id),
            "stage": words.stage_title(reading.definition, look.stage),
            "item": words.item_title(reading.definition, look.item, reading.functions),
        }
        for look in queries.to_look_at(session(), viewer(), reading.asked.scope)
    ]
    return page(
        "conformance/looks.html", status,
        code=code, title=reading.title, lines=lines, verdicts=VERDICTS, errors=errors or {},
        typed=typed or {}, back=_address("conformance.show", reading), period=reading.asked.title,
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
