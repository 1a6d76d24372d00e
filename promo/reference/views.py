"""Pages of reference data: one generic table over a declared list of tables, a post's page, and suggestions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from zoneinfo import available_timezones

from babel.dates import get_day_names, get_month_names
from flask import Blueprint, Response, jsonify, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from promo.core import calendars, clock
from promo.core.access import can
from promo.core.errors import NotFound, Refused, Text
from promo.reference import actions, forms, queries
from promo.reference.models import POST_KINDS, Fair, Post
from promo.web import frame
from promo.web.filters import language, show_date
from promo.web.guard import may, viewer
from promo.web.pages import done, page, page_or_fragment
from promo.web.transaction import Session, session, write

blueprint = Blueprint("reference", __name__, url_prefix="/reference")
frame.navigation("reference.index", _l("Reference data"), "table", 90, bar=("admin", "quality"))


@dataclass(frozen=True)
class Cell:
    """What stands in a cell: a text, where it leads, a word beside it; ``kind`` is text, code, pillar or warn."""

    text: str
    url: str | None = None
    note: str | None = None
    kind: str = "text"


@dataclass(frozen=True)
class Table:
    """One table of reference data: its words, its columns (label, class) and how its rows are found and told."""

    name: str
    title: Text
    about: Text
    icon: str
    stored: str
    columns: tuple[tuple[Text, str], ...]
    rows: Callable[[Session, str, str], Iterable[list[Cell]]]


def _post_rows(session: Session, locale: str, q: str) -> Iterable[list[Cell]]:
    for p in queries.posts(session, locale, q=q, active=False):
        state = "" if p.active and not p.note else _("to confirm") if p.active else _("out of use")
        yield [
            Cell(p.name(locale), url_for("reference.show", code=p.code)),
            Cell(p.code, kind="code"),
            Cell(p.timezone),
            Cell(state, kind="warn" if state else "text"),
        ]


def _country_rows(session: Session, locale: str, q: str) -> Iterable[list[Cell]]:
    for c in queries.countries(session, locale, q=q):
        yield [Cell(c.name(locale)), Cell(c.name("es" if locale == "en" else "en")), Cell(c.code, kind="code")]


def _currency_rows(session: Session, locale: str, q: str) -> Iterable[list[Cell]]:
    latest = queries.latest_rates(session)
    for c in queries.currencies(session, locale, q=q):
        rate = latest.get(c.code)
        yield [
            Cell(c.name(locale), note=c.code),
            Cell(c.symbol),
            Cell(str(c.digits), kind="code"),
            Cell(_plain(rate.usd), url_for("reference.table", name="rates", q=c.code)) if rate else Cell(""),
            Cell(show_date(rate.on) if rate else ""),
            Cell(rate.source if rate else ""),
        ]


def _rate_rows(session: Session, locale: str, q: str) -> Iterable[list[Cell]]:
    for r in queries.rates(session, q.strip() or None):
        yield [Cell(r.currency), Cell(show_date(r.on)), Cell(_plain(r.usd), kind="code"), Cell(r.source)]


def _sector_rows(session: Session, locale: str, q: str) -> Iterable[list[Cell]]:
    for s, above in queries.sectors(session, locale, q=q):
        yield [
            Cell(s.name(locale), note=above.name(locale) if above else None),
            Cell(s.pillar, kind="pillar"),
            Cell(s.name("es" if locale == "en" else "en")),
        ]


def _hs_rows(session: Session, locale: str, q: str) -> Iterable[list[Cell]]:
    for h in queries.hs_codes(session, q, limit=None):
        yield [Cell(h.code, kind="code"), Cell(h.name(locale)), Cell(h.name("es" if locale == "en" else "en"))]


def _fair_rows(session: Session, locale: str, q: str) -> Iterable[list[Cell]]:
    names = queries.country_names(session, locale)
    for f in queries.fairs(session, q=q):
        place = f"{f.city}, {names[f.country]}" if f.country in names else f.city
        yield [
            Cell(f.name, note=f.sector if locale == "en" else f.sector_es),
            Cell(months(f, locale), note=_period(f, locale)),
            Cell(place),
            Cell(f.pillar, kind="pillar"),
        ]


def _period(fair: Fair, locale: str) -> str | None:
    """Say how often a fair is held when it is not simply each year, without what stands in brackets."""
    period = (fair.period if locale == "en" else fair.period_es).split(" (")[0]
    return None if fair.period.startswith("yearly") else period


def _function_rows(session: Session, locale: str, q: str) -> Iterable[list[Cell]]:
    scopes = {"post": _("a post"), "pillar": _("a pillar"), "hq": _("headquarters")}
    for f in queries.functions(session, locale, q=q):
        yield [Cell(f.name(locale)), Cell(scopes.get(f.scope, f.scope)), Cell(f.code, kind="code")]


def _entity_rows(session: Session, locale: str, q: str) -> Iterable[list[Cell]]:
    for e in queries.executing_entities(session, locale, q=q):
        yield [Cell(e.name(locale)), Cell(e.code, kind="code")]


def _setting_rows(session: Session, locale: str, q: str) -> Iterable[list[Cell]]:
    may_change = can(viewer(), "reference.change")
    for s in queries.settings(session, locale, q=q):
        url = url_for("reference.change", code=s.code) if may_change else None
        yield [Cell(s.name(locale), url), Cell(str(s.value)), Cell(s.code, kind="code")]


def _plain(value: object) -> str:
    return f"{value:f}".rstrip("0").rstrip(".")


def months(fair: Fair, locale: str) -> str:
    """Write the months of a fair: ``Apr–May``, ``Feb, Aug``."""
    names = get_month_names("abbreviated", locale=locale)
    shown = [names[m] for m in fair.months]
    return f"{shown[0]}–{shown[-1]}" if "-" in fair.month_text else ", ".join(shown)


_OTHER, _CODE, _PILLAR = (_l("In the other language"), "hide-s"), (_l("Code"), "hide-s"), (_l("Pillar"), "")
_COUNTRY, _CURRENCY, _ON = (_l("Country"), ""), (_l("Currency"), ""), (_l("On"), "")
_USD, _SOURCE, _PLACE = (_l("US dollars a unit"), "r"), (_l("Source"), "hide-s"), (_l("Place"), "")
TABLES = (
    Table(
        "posts", _l("Posts"), _l("Embassies, consulates, missions and commercial offices, with zone and calendar"),
        "map-pin", "post",
        ((_l("Post"), ""), (_l("Code"), ""), (_l("Time zone"), "hide-s"), (_l("State"), "end")), _post_rows,
    ),
    Table(
        "countries", _l("Countries"), _l("Countries and territories by their ISO code"), "world", "country",
        (_COUNTRY, _OTHER, _CODE), _country_rows,
    ),
    Table(
        "currencies", _l("Currencies"), _l("Currencies, and what one unit was last worth in US dollars"),
        "coin", "currency",
        (_CURRENCY, (_l("Sign"), "hide-s"), (_l("Decimals"), "r hide-s"), _USD, _ON, _SOURCE), _currency_rows,
    ),
    Table(
        "rates", _l("Exchange rates"), _l("The newest rates; write a currency's code to see only its own"),
        "scale", "rate", (_CURRENCY, _ON, _USD, _SOURCE), _rate_rows,
    ),
    Table(
        "sectors", _l("Sectors"), _l("Export lines, tourism segments, cuisines and investment sectors"),
        "tag", "sector", ((_l("Sector"), ""), _PILLAR, _OTHER), _sector_rows,
    ),
    Table(
        "hs", _l("HS codes"), _l("Chapters of the Harmonized System, and Peru's main products at 4 and 6 digits"),
        "list", "hs_code", ((_l("Code"), ""), (_l("Product"), ""), _OTHER), _hs_rows,
    ),
    Table(
        "fairs", _l("Fairs"), _l("The world's fairs that matter to Peru, with their months"), "calendar-event", "fair",
        ((_l("Fair"), ""), (_l("Months"), ""), _PLACE, _PILLAR), _fair_rows,
    ),
    Table(
        "functions", _l("Functions"), _l("The offices that sign and approve"), "user-check", "function",
        ((_l("Function"), ""), (_l("Held for"), ""), _CODE), _function_rows,
    ),
    Table(
        "entities", _l("Executing entities"), _l("Who may carry an act out"), "building-bank", "executing_entity",
        ((_l("Entity"), ""), _CODE), _entity_rows,
    ),
    Table(
        "settings", _l("Settings"), _l("Numbers by which the whole ministry works: days, how many times"),
        "adjustments-horizontal", "setting", ((_l("What it says"), ""), (_l("Value"), "r"), _CODE), _setting_rows,
    ),
)  # fmt: skip


@blueprint.get("")
@may("reference.index")
def index() -> Response:
    """All tables, with how many rows each has."""
    return page("reference/index.html", tables=TABLES, counts=queries.counts(session()))


@blueprint.get("/<name>")
@may("reference.table")
def table(name: str) -> Response:
    """One table, narrowed by what is typed."""
    found = next((t for t in TABLES if t.name == name), None)
    if found is None:
        raise NotFound(name)
    q = request.args.get("q", "")[:200].replace("\x00", "")
    rows = list(found.rows(session(), language(), q))
    return page_or_fragment("reference/table.html", "reference/_table.html", table=found, rows=rows, q=q)


@blueprint.get("/posts/<code>")
@may("reference.show")
def show(code: str) -> Response:
    """One post: where it is, to whom it reports, when people work there."""
    post = queries.post(session(), code)
    return page(
        "reference/show.html",
        post=post,
        kind=dict(POST_KINDS).get(post.kind, post.kind),
        country=queries.country_name(session(), post.country, language()),
        parent=queries.post_by_id(session(), post.parent_id),
        under=queries.posts_under(session(), post),
        asides=frame.blocks("post", viewer(), post, "aside"),
        may_edit=can(viewer(), "reference.edit", post),
    )


@blueprint.route("/posts/<code>/edit", methods=["GET", "POST"])
@may("reference.edit")
def edit(code: str) -> Response:
    """Correct a post."""
    post = queries.post(session(), code)
    form = forms.PostForm(data=_shown(post))
    _offer(form, post)
    if form.validate_on_submit():
        values, seen = form.values, form.version.data
        try:
            with write() as writing:
                actions.edit(writing, viewer(), code, values, seen)
        except Refused as refused:
            form.refuse(refused)
        else:
            return done("reference.show", _("Saved."), code=code)
    status = 422 if form.is_submitted() else 200
    return page("reference/edit.html", status, form=form, post=queries.post(session(), code))


def _shown(post: Post) -> dict[str, object]:
    plain = {name: getattr(post, name) for name in (*actions.EDITABLE, "version")}
    return {**plain, "weekend": list(post.weekend)}


def _offer(form: forms.PostForm, post: Post) -> None:
    """Give the form its choices."""
    days = get_day_names("wide", locale=language())
    form.weekend.choices = [(str(n + 1), days[n]) for n in range(7)]
    form.timezone.choices = [(zone, zone) for zone in sorted(available_timezones()) if "/" in zone]
    none = [("", _("none"))]
    form.parent_id.choices = [*none, *(c for c in queries.post_choices(session(), language()) if c[0] != str(post.id))]
    known = calendars.known_countries()
    countries = queries.country_choices(session(), language())
    form.holiday_country.choices = [*none, *(c for c in countries if c[0] in known)]


@blueprint.route("/settings/<code>/change", methods=["GET", "POST"])
@may("reference.change")
def change(code: str) -> Response:
    """Change a number by which the ministry works."""
    found = queries.setting_row(session(), code)
    form = forms.SettingForm(obj=found)
    if form.validate_on_submit():
        try:
            with write() as writing:
                actions.change(writing, viewer(), code, form.value.data)
        except Refused as refused:
            form.refuse(refused)
        else:
            return done("reference.table", _("Saved."), name="settings")
    status = 422 if form.is_submitted() else 200
    return page("reference/change.html", status, form=form, found=queries.setting_row(session(), code))


def _answer(rows: Iterable[tuple[str, str, str]]) -> Response:
    return jsonify([{"value": value, "text": text, "hint": hint} for value, text, hint in rows])


def _typed() -> str:
    return request.args.get("q", "")[:100].replace("\x00", "")


@blueprint.get("/suggest/hs")
@may("reference.suggest")
def suggest_hs() -> Response:
    """HS codes by their first digits or by words."""
    return _answer((h.code, f"{h.code} {h.name(language())}", "") for h in queries.hs_codes(session(), _typed()))


@blueprint.get("/suggest/cities")
@may("reference.suggest")
def suggest_cities() -> Response:
    """Cities of posts and fairs; the country's code is the hint."""
    return _answer((city, city, country) for city, country in queries.cities(session(), _typed()))


@blueprint.get("/suggest/posts")
@may("reference.suggest")
def suggest_posts() -> Response:
    """Posts in use by name, city, country or code."""
    found = queries.posts(session(), language(), q=_typed())[:20]
    return _answer((str(p.id), p.name(language()), p.code) for p in found)


@blueprint.get("/suggest/sectors")
@may("reference.suggest")
def suggest_sectors() -> Response:
    """Sectors by name; the one above is the hint."""
    found = queries.sectors(session(), language(), q=_typed())[:20]
    return _answer((str(s.id), s.name(language()), above.name(language()) if above else "") for s, above in found)


@blueprint.get("/suggest/fairs")
@may("reference.suggest")
def suggest_fairs() -> Response:
    """Fairs by name, city or sector; the hint says where and when next."""
    today: date = clock.today(viewer().timezone)
    rows = []
    for f in queries.fairs(session(), q=_typed())[:20]:
        month = f.next_month(today)
        rows.append((str(f.id), f.name, f"{f.city} · {months(f, language())} {month.year if month else ''}".strip()))
    return _answer(rows)
