"""The dashboard: figures, charts and tables of a period, each a link to its rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from promo.core import clock, listing, money, periods
from promo.core.records import PILLARS
from promo.reference import queries as reference
from promo.reports import forms, queries
from promo.reports.forms import Asked
from promo.reports.measures import Figure, Line, Report
from promo.reports.queries import Office
from promo.web import frame
from promo.web.filters import language, show_money, show_number
from promo.web.guard import may, viewer
from promo.web.pages import page
from promo.web.transaction import session

blueprint = Blueprint("reports", __name__, url_prefix="/reports")
frame.navigation("reports.index", _l("Reports"), "report-analytics", 70)
MILLION = Decimal(1_000_000)
SHOWN = 12  # lines of a table before the rest is folded away
BARS = 7  # countries in the chart


@blueprint.get("")
@may("reports.index")
def index() -> Response:
    """The report that the address asks for."""
    offices = queries.offices(session(), viewer())
    countries = reference.country_names(session(), language())
    asked = forms.read(request.args, viewer(), offices, countries, clock.today(viewer().timezone))
    report = Report(session(), viewer(), asked.scope)
    names: dict[str, Mapping[Any, Any]] = {
        "post": {o.id: o.name for o in offices},
        "pillar": dict(PILLARS),
        "country": countries,
    }
    return page(
        "reports/index.html",
        title=asked.scope.period.title(language()),
        cover=[value for _name, value in forms.words(asked, offices, countries)][1:],
        now=clock.now(),
        export=frame.link("exports.start", name="reports", format="xlsx", **asked.args),
        notices=asked.notices,
        tabs=_tabs(asked),
        filters=_filters(asked, offices, countries),
        chips=_chips(asked, offices, countries),
        keep={"period": asked.scope.period.name},
        figures=[_figure(now, before) for now, before in report.figures()],
        empty=not any(now.count for now, _before in report.figures()),
        charts=_charts(report),
        meters=_meters(report, names),
        tables=_tables(asked, report, names),
        measures=report.measures,
    )


def url_of(figure: Figure) -> str | None:
    """Return the address of the rows behind a figure; None where there are none."""
    if not figure.count:
        return None
    of = figure.measure.of
    return url_for(f"{of.blueprint}.index", **figure.measure.asked(figure.scope).args)


def shown(figure: Figure) -> str:
    """Write a figure whole: ``412``, ``US$ 4,234,567.00``."""
    return show_number(figure.count) if figure.measure.summed is None else show_money(figure.total)


def _plain(figure: Figure) -> str:
    """Write a figure under a head that names its unit: ``4,234,567.00``."""
    return shown(figure).removeprefix("US$ ")


def short(figure: Figure) -> str:
    """Write a figure so that it fits a card: ``US$ 4.2 M``; the whole one stands beside it and in the tables."""
    if figure.measure.summed is None:
        return show_number(figure.count)
    if figure.total >= MILLION:
        millions = (figure.total / MILLION).quantize(Decimal("0.1"), ROUND_HALF_UP)
        return f"US$ {millions:,} M"  # in both languages with a point, and a comma for thousands
    return money.show(figure.total, money.USD, language(), cents=False)


def _figure(now: Figure, before: Figure) -> dict[str, Any]:
    """Return what the card of a figure shows: against the year before, and how many rows make a sum."""
    tone, words = "", ""
    if before.value and now.value != before.value:
        change = (Decimal(now.value) / Decimal(before.value) - 1) * 100
        tone, arrow = ("ok", "▲") if change > 0 else ("warn", "▼")
        percent = abs(change).quantize(Decimal(1), ROUND_HALF_UP)
        words = f"{arrow} {show_number(percent) if percent else '< 1'} % · "
    year = before.scope.period.until.year
    notes = [_("%(change)s%(value)s in %(year)s", change=words, value=short(before), year=year)]
    if now.measure.summed is not None:
        notes.append(_("%(count)s outcomes", count=show_number(now.count)))
    return {
        "label": now.measure.label,
        "help": now.measure.definition,
        "value": short(now),
        "exact": str(now.value),
        "whole": shown(now),
        "url": url_of(now),
        "note": " · ".join(notes),
        "tone": tone,
    }


def _tabs(asked: Asked) -> list[dict[str, Any]]:
    """Return the named periods; the other filters stay when one changes between them."""
    rest = {k: v for k, v in asked.args.items() if k not in ("period", "since", "until")}
    return [
        {
            "label": label,
            "url": url_for("reports.index", period=name, **rest),  # type: ignore[arg-type]
            "current": asked.scope.period.name == name,
        }
        for name, label in periods.NAMES
    ]


def _choices(asked: Asked, offices: Sequence[Office], countries: Mapping[str, str]) -> dict[str, list[tuple[str, Any]]]:
    """Return the choices of post (each, and the posts of a country together), pillar and country."""
    several = {c for c in (o.country for o in offices) if sum(o.country == c for o in offices) > 1}
    groups = sorted((str(countries.get(c, c)), c) for c in several)
    return {
        "post": [(str(o.id), o.name) for o in offices]
        + [(code, _("All posts in %(country)s", country=name)) for name, code in groups],
        "pillar": [*PILLARS, (listing.NONE, _("Without pillar"))],
        "country": [*sorted(countries.items(), key=lambda pair: pair[1]), (listing.NONE, _("Without country"))],
    }


def _filters(asked: Asked, offices: Sequence[Office], countries: Mapping[str, str]) -> list[dict[str, Any]]:
    days = [
        {"name": name, "label": label, "type": "date", "value": asked.args.get(name), "choices": ()}
        for name, label in (("since", _l("From")), ("until", _l("Until")))
    ]
    return days + [
        {"name": name, "label": forms.LABELS[name], "type": "choice", "value": asked.args.get(name), "choices": choices}
        for name, choices in _choices(asked, offices, countries).items()
    ]


def _chips(asked: Asked, offices: Sequence[Office], countries: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return what holds besides the period, each with the address without it."""
    found = []
    if not asked.scope.period.name:
        rest = {k: v for k, v in asked.args.items() if k not in ("since", "until")}
        period = asked.scope.period.title(language())
        found.append({"label": _("Period"), "value": period, "url": url_for("reports.index", **rest)})  # type: ignore[arg-type]
    for name, choices in _choices(asked, offices, countries).items():
        if name in asked.args:
            rest = {k: v for k, v in asked.args.items() if k != name}
            value = (
                dict(choices).get(asked.args[name])
                or dict(forms.words(asked, offices, countries))[str(forms.LABELS[name])]
            )
            found.append({"label": forms.LABELS[name], "value": value, "url": url_for("reports.index", **rest)})  # type: ignore[arg-type]
    return found


def _charts(report: Report) -> dict[str, Any]:
    """Return the pictures by date: activities against the year before, and outcomes expected beside declared."""
    lines, before = report.by_date(), report.by_date_before()
    labels = report.scope.period.labels(language())
    then = report.before.period
    expected, declared = (str(one.label) for one in report.measures if one.summed is not None)
    return {
        "activities": {
            "type": "bar",
            "labels": labels,
            "series": [
                _series(before[: len(lines)], "activities", _year(then), "muted"),
                _series(lines, "activities", _year(report.scope.period)),
            ],
        },
        "outcomes": {
            "type": "bar",
            "labels": labels,
            "unit": "US$",
            "series": [_series(lines, "expected", expected, "muted"), _series(lines, "declared", declared, "accent")],
        },
    }


def _year(period: periods.Period) -> str:
    years = {period.since.year, period.until.year}
    return "–".join(str(year) for year in sorted(years))


def _series(lines: Sequence[Line], key: str, name: str, tone: str | None = None) -> dict[str, Any]:
    figures = [line.figures[key] for line in lines]
    found: dict[str, Any] = {
        "name": name,
        "values": [float(figure.value) for figure in figures],
        "shown": [shown(figure) for figure in figures],
        "urls": [url_of(figure) for figure in figures],
    }
    return found | ({"tone": tone} if tone else {})


def _meters(report: Report, names: Mapping[str, Mapping[Any, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return the bars without scripts: outcomes declared by pillar, activities by country and by pillar."""
    pillars, countries = report.by("pillar", (*dict(PILLARS), None)), report.by("country")
    by_country = _bars(countries, "activities", names["country"], _("Without country"))[:BARS]
    none, tone = _("Without pillar"), lambda line: line.value or ""
    return {
        "declared": _bars(pillars, "declared", names["pillar"], none, tone),
        "countries": by_country if len(by_country) > 1 else [],
        "pillars": _bars(pillars, "activities", names["pillar"], none, tone),
    }


def _bars(
    lines: Sequence[Line],
    key: str,
    names: Mapping[Any, Any],
    none: str,
    tone: Callable[[Line], str] = lambda line: "",
) -> list[dict[str, Any]]:
    figures = [(line, line.figures[key]) for line in lines if line.figures[key].count]
    most = max((float(figure.value) for _line, figure in figures), default=0) or 1
    return [
        {
            "label": names.get(line.value, line.value) if line.value is not None else none,
            "value": float(figure.value),
            "max": most,
            "text": shown(figure),
            "url": url_of(figure),
            "tone": tone(line),
        }
        for line, figure in figures
    ]


def _tables(asked: Asked, report: Report, names: Mapping[str, Mapping[Any, Any]]) -> list[dict[str, Any]]:
    """Return the breakdowns that say more than the figures above them: one line alone is left out, but the post's."""
    found = [
        _table(asked, "post", _("By post"), report.by("post"), names["post"]),
        _table(asked, "pillar", _("By pillar"), report.by("pillar", (*dict(PILLARS), None)), names["pillar"]),
        _table(asked, "country", _("By country"), report.by("country"), names["country"]),
    ]
    return [table for table in found if table["side"] == "post" or len(table["rows"]) > 1]


def _table(asked: Asked, side: str, title: str, lines: Sequence[Line], names: Mapping[Any, Any]) -> dict[str, Any]:
    """Return one breakdown as a table; every figure in it opens its rows."""
    none = {"post": "", "pillar": _("Without pillar"), "country": _("Without country")}[side]
    rows = [
        {
            "name": names.get(line.value, line.value) if line.value is not None else none,
            "value": line.value,
            "url": url_for("reports.index", **{**asked.args, side: str(line.value or listing.NONE)}),  # type: ignore[arg-type]
            "cells": [
                {
                    "label": f.measure.label,
                    "text": _plain(f) if f.count else "–",
                    "url": url_of(f),
                }
                for f in line.figures.values()
            ],
        }
        for line in lines
    ]
    return {"side": side, "title": title, "head": forms.LABELS[side], "rows": rows[:SHOWN], "more": rows[SHOWN:]}
