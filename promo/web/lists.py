"""Answering with a list: page, filters, tabs and export of one declaration (``core/listing.py``)."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response, request, url_for
from flask_babel import get_translations
from markupsafe import Markup, escape

from promo.core import listing, records
from promo.core.access import can
from promo.core.db import session
from promo.web import frame
from promo.web.filters import show_date
from promo.web.guard import viewer
from promo.web.pages import page

MANY = 12  # choices from which on one looks for them by typing


def answer(kind: listing.Listed, template: str, **context: Any) -> Response:
    """Draw a list as the address asks for it."""
    declared: listing.Listing = kind.listing
    asked = listing.Request.of(declared, request.args)
    found = listing.page(session(), declared, viewer(), asked)
    index = f"{kind.blueprint}.index"
    return page(
        template,
        kind=kind,
        asked=asked,
        found=found,
        sort=declared.sort(asked.sort),
        tabs=tabs(declared, asked, index),
        filters=filters(declared, asked),
        chips=chips(declared, asked, index),
        sort_url=lambda name: url_for(index, **{**asked.args, "sort": name}),
        exporting=exporting(kind, asked),
        show=url_for(kind.show, id_=0).removesuffix("0") if kind.show else "",  # how every row's address begins
        record_url=lambda row: url_for(records.kind(row.record_kind).show, id_=row.record_id),
        next_url=url_for(index, **asked.args, after=found.after) if found.after else None,
        **context,
    )


def exporting(kind: listing.Listed, asked: listing.Request) -> list[dict[str, Any]]:
    """Return what exports the list as it is shown, for the menu *Export*; nothing for whoever may not."""
    if not can(viewer(), f"{kind.blueprint}.export"):
        return []
    formats = (("xlsx", "Excel (XLSX)"), ("csv", "CSV"))
    start = "exports.start"
    found = [(label, frame.link(start, name=kind.blueprint, **asked.args, format=name)) for name, label in formats]
    return [{"label": label, "post": address, "icon": "table"} for label, address in found if address]


def tabs(declared: listing.Listing, asked: listing.Request, index: str) -> list[dict[str, Any]]:
    """Return the list's views as tabs; the search and filters stay when one changes between them."""
    rest = {k: v for k, v in asked.args.items() if k != "view"}
    return [
        {"label": v.label, "url": url_for(index, **rest, view=v.name or None), "current": v.name == asked.view}
        for v in declared.views
    ]


def filters(declared: listing.Listing, asked: listing.Request) -> list[dict[str, Any]]:
    """Return the filters with their options and present values."""
    return [
        {
            "name": f.name,
            "label": f.label,
            "type": f.type,
            "value": asked.filters.get(f.name),
            **options(f, asked.filters.get(f.name)),
        }
        for f in declared.filters
    ]


def options(f: listing.Filter, value: str | None) -> dict[str, Any]:
    """Return whether a filter has many choices, and its options as drawn; hundreds of them are drawn once.

    A value made of several choices is one more.
    """
    if f.choices is None:
        return {"many": False, "options": ""}
    choices = f.choices(session(), viewer())
    drawn = drawn_with(choices, value or None)
    if value and drawn == _drawn(choices):
        drawn = (
            Markup('<option value="{}" selected>{}</option>').format(
                value, listing.chosen(f, value, session(), viewer())
            )
            + drawn
        )
    return {"many": len(choices) > MANY, "options": drawn}


def drawn_with(choices: Any, value: str | None) -> Markup:
    """Return choices as options, that of the value selected."""
    drawn = _drawn(choices)
    if value is not None:
        option = f'<option value="{escape(value)}"'
        drawn = drawn.replace(f"{option}>", f"{option} selected>", 1)
    return Markup(drawn)  # noqa: S704 - each part is escaped


_known: dict[tuple[int, Any], tuple[Any, str]] = {}


def _drawn(choices: Any) -> str:
    """Draw options; long lists are kept, and drawn once a language while they are the very same."""
    if len(choices) <= MANY:
        return _options(choices)
    place = (id(choices), get_translations())  # a kind's own choices are the same object in every language
    known = _known.get(place)
    if known is None or known[0] is not choices:
        if len(_known) > 100:
            _known.clear()
        _known[place] = known = (choices, _options(choices))
    return known[1]


def _options(choices: Any) -> str:
    return "".join(f'<option value="{escape(key)}">{escape(label)}</option>' for key, label in choices)


def chips(declared: listing.Listing, asked: listing.Request, index: str) -> list[dict[str, Any]]:
    """Return what holds now, each with the address without it."""
    found = []
    for f in declared.filters:
        if f.name not in asked.filters:
            continue
        value = listing.chosen(f, asked.filters[f.name], session(), viewer())
        if f.type == "date":
            value = written_day(value)
        rest = {k: v for k, v in asked.args.items() if k != f.name}
        found.append({"label": f.label, "value": value, "url": url_for(index, **rest)})
    return found


def written_day(value: str) -> str:
    """Write the day of a filter as people do; what is no day stays as it was typed."""
    try:
        return show_date(date.fromisoformat(value))
    except ValueError:
        return value
