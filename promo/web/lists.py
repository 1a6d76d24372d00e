"""Answering with a list: page, filters, tabs and export of one declaration (``core/listing.py``)."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response, request, url_for

from promo.core import listing
from promo.core.access import can
from promo.core.db import session
from promo.core.records import Kind
from promo.web import frame
from promo.web.filters import show_date
from promo.web.guard import viewer
from promo.web.pages import page


def answer(kind: Kind, template: str, **context: Any) -> Response:
    """Draw a kind's list as the address asks for it."""
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
        next_url=url_for(index, **asked.args, after=found.after) if found.after else None,
        **context,
    )


def exporting(kind: Kind, asked: listing.Request) -> list[dict[str, Any]]:
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
    """Return the filters with their choices and present values; a value made of several choices is one more."""
    found = []
    for f in declared.filters:
        value, choices = asked.filters.get(f.name), list(f.choices(session(), viewer()) if f.choices else ())
        if f.choices and value and all(value != str(known) for known, _label in choices):
            choices.insert(0, (value, listing.chosen(f, value, session(), viewer())))
        found.append({"name": f.name, "label": f.label, "type": f.type, "value": value, "choices": choices})
    return found


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
