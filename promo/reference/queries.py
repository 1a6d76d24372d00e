"""Every SELECT on reference data. Whoever is signed in sees all of it, so no viewer narrows these.

Names are sorted in the reader's language without caring for accents.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from promo.core import money
from promo.core.access import Viewer
from promo.core.errors import NotFound
from promo.core.kept import Kept
from promo.core.search import fold
from promo.reference.models import (
    HEADQUARTERS,
    Country,
    Currency,
    ExecutingEntity,
    Fair,
    Function,
    HsCode,
    Post,
    Rate,
    Sector,
    Setting,
)

DATA = Path(__file__).parent / "data"
DEMO_SOURCE = "Tasas de demostración"
FIRST_CURRENCIES = ("USD", "PEN", "EUR", "GBP", "JPY", "CNY")
N = TypeVar("N", Post, Country, Currency, ExecutingEntity, Function, HsCode, Sector)
Choices = list[tuple[str, str]]

# People change posts only, each change with its version; the rest comes by ``promo reference load``.
kept = Kept(
    select(func.count() * 1_000_000 + func.coalesce(func.sum(Post.version), 0)).select_from(Post),
    *(select(func.count()).select_from(table) for table in (Country, Sector, Function, ExecutingEntity)),
)


def _by_name(rows: Sequence[N], locale: str) -> list[N]:
    return sorted(rows, key=lambda row: fold(row.name(locale)))


def _found(typed: str, *texts: str | None) -> bool:
    """Whether each typed word begins a word of the texts; everything is found by nothing."""
    hay = " " + fold(" ".join(t for t in texts if t))
    return all(f" {word}" in hay for word in fold(typed).split())


def posts(session: Session, locale: str = "es", *, q: str = "", active: bool = True) -> list[Post]:
    """Return the posts by name, headquarters first; those out of use too when ``active`` is false."""
    chosen = select(Post).order_by(Post.code)
    if active:
        chosen = chosen.where(Post.active)
    names = country_names(session, locale)
    rows = [p for p in session.scalars(chosen) if _found(q, p.code, p.name_es, p.name_en, p.city, names.get(p.country))]
    return sorted(_by_name(rows, locale), key=lambda p: not p.headquarters)


def post(session: Session, code: str) -> Post:
    """Return a post by its code, such as ``CG-US-LAX``; raises NotFound."""
    return _or_not_found(session.scalars(select(Post).where(Post.code == code)).first())


def post_by_id(session: Session, id_: int | None) -> Post | None:
    """Return a post by its id; None for no id."""
    return session.get(Post, id_) if id_ else None


def headquarters(session: Session) -> Post:
    """Return headquarters in Lima; raises NotFound when reference data is not loaded."""
    return post(session, HEADQUARTERS)


def posts_under(session: Session, parent: Post) -> list[Post]:
    """Return the posts in use that report to a post, by code."""
    return list(session.scalars(select(Post).where(Post.parent_id == parent.id, Post.active).order_by(Post.code)))


def post_choices(session: Session, locale: str, *, active: bool = True) -> Choices:
    """Return (id, name and city) of the posts for a field, headquarters first."""
    return kept.get(session, ("posts", locale, active), lambda: _post_choices(session, locale, active))


def _post_choices(session: Session, locale: str, active: bool) -> Choices:
    chosen = select(Post.id, Post.name_es, Post.name_en, Post.city, Post.code)
    rows = session.execute(chosen.where(Post.active) if active else chosen).all()
    named = [(r.code != HEADQUARTERS, _with_city(_name(r, locale), r.city), str(r.id)) for r in rows]
    return [(id_, name) for _below, name, id_ in sorted(named, key=lambda n: (n[0], fold(n[1]), n[2]))]


def post_names(session: Session, locale: str) -> dict[str, str]:
    """Return the posts' names by code."""
    return kept.get(session, ("post names", locale), lambda: _post_names(session, locale))


def _post_names(session: Session, locale: str) -> dict[str, str]:
    rows = session.execute(select(Post.code, Post.name_es, Post.name_en).order_by(Post.code))
    return {row.code: _name(row, locale) for row in rows}


def _with_city(name: str, city: str) -> str:
    return name if fold(city) in fold(name) else f"{name} · {city}"


def countries(session: Session, locale: str = "es", *, q: str = "") -> list[Country]:
    """Return the countries by name."""
    rows = session.scalars(select(Country).order_by(Country.code))
    return _by_name([c for c in rows if _found(q, c.code, c.name_es, c.name_en)], locale)


def country_choices(session: Session, locale: str) -> Choices:
    """Return (code, name) of the countries for a field, by name."""
    return kept.get(session, ("countries", locale), lambda: _country_choices(session, locale))


def _country_choices(session: Session, locale: str) -> Choices:
    return sorted(country_names(session, locale).items(), key=lambda pair: fold(pair[1]))


def country_names(session: Session, locale: str) -> dict[str, str]:
    """Return the countries' names by code."""
    return kept.get(session, ("country names", locale), lambda: _country_names(session, locale))


def _country_names(session: Session, locale: str) -> dict[str, str]:
    column = Country.name_en if locale == "en" else Country.name_es
    rows = session.execute(select(Country.code, column).order_by(Country.code))
    return {row[0]: row[1] for row in rows}


def country_labels(session: Session, viewer: Viewer) -> dict[str, str]:
    """Return the countries' names by code in the viewer's language: for the columns of lists."""
    return country_names(session, viewer.locale)


def country_name(session: Session, code: str | None, locale: str) -> str:
    """Return a country's name, the code when unknown, nothing for None."""
    found = session.get(Country, code) if code else None
    return found.name(locale) if found else code or ""


def currencies(session: Session, locale: str = "es", *, q: str = "") -> list[Currency]:
    """Return the currencies by code, the usual ones first."""
    rows = session.scalars(select(Currency).order_by(Currency.code))
    found = [c for c in rows if _found(q, c.code, c.name_es, c.name_en)]
    first = {code: place for place, code in enumerate(FIRST_CURRENCIES)}
    return sorted(found, key=lambda c: (first.get(c.code, len(first)), c.code))


def currency_choices(session: Session, locale: str | None = None) -> Choices:
    """Return (code, code) of the currencies for a field, with the name if a language is given; the usual ones first."""
    return [(c.code, f"{c.code} – {c.name(locale)}" if locale else c.code) for c in currencies(session, locale or "es")]


def rate_on(session: Session, currency: str, first: date, last: date) -> money.Quote | None:
    """Return the last rate of a currency in these days; a real source goes before the demonstration one."""
    found = session.scalars(
        select(Rate)
        .where(Rate.currency == currency, Rate.on >= first, Rate.on <= last)
        .order_by((Rate.source == DEMO_SOURCE).asc(), Rate.on.desc(), Rate.id.desc())
        .limit(1)
    ).first()
    return money.Quote(found.usd, found.on, found.source) if found else None


money.rates_from(rate_on)


def latest_rates(session: Session) -> dict[str, Rate]:
    """Return the newest rate of each currency that has one."""
    newest = select(Rate.currency, func.max(Rate.on).label("on")).group_by(Rate.currency).subquery()
    rows = session.scalars(
        select(Rate)
        .join(newest, (Rate.currency == newest.c.currency) & (Rate.on == newest.c.on))
        .order_by(Rate.currency, (Rate.source == DEMO_SOURCE).desc(), Rate.id)
    )
    return {rate.currency: rate for rate in rows}


def rates(session: Session, currency: str | None = None, limit: int = 300) -> list[Rate]:
    """Return the newest rates, of one currency or of all, at most ``limit``."""
    chosen = select(Rate).order_by(Rate.on.desc(), Rate.currency, Rate.id.desc()).limit(limit)
    return list(session.scalars(chosen.where(Rate.currency == currency.upper()) if currency else chosen))


@dataclass(frozen=True)
class Branch:
    """A sector of the first level with those under it."""

    sector: Sector
    children: tuple[Sector, ...]


def sector_tree(session: Session, locale: str = "es", *, pillar: str | None = None) -> list[Branch]:
    """Return the sectors in two levels, each by name."""
    rows = list(session.scalars(select(Sector).order_by(Sector.id)))
    top = [s for s in rows if s.parent_id is None and pillar in (None, s.pillar)]
    return [Branch(s, tuple(_by_name([c for c in rows if c.parent_id == s.id], locale))) for s in _by_name(top, locale)]


def sector_choices(session: Session, locale: str, *, pillar: str | None = None) -> Choices:
    """Return (id, name) of the sectors for a field, those of the second level as "Agribusiness › Coffee"."""
    return kept.get(session, ("sectors", locale, pillar), lambda: _sector_choices(session, locale, pillar))


def _sector_choices(session: Session, locale: str, pillar: str | None) -> Choices:
    found: Choices = []
    for branch in sector_tree(session, locale, pillar=pillar):
        name = branch.sector.name(locale)
        found.append((str(branch.sector.id), name))
        found.extend((str(child.id), f"{name} › {child.name(locale)}") for child in branch.children)
    return found


def sector_names(session: Session, locale: str) -> dict[str, str]:
    """Return the sectors' names by code."""
    return {s.code: s.name(locale) for s in session.scalars(select(Sector).order_by(Sector.id))}


def sectors(session: Session, locale: str = "es", *, q: str = "") -> list[tuple[Sector, Sector | None]]:
    """Return each sector found with the one above it, in the order of the tree."""
    rows: list[tuple[Sector, Sector | None]] = []
    for branch in sector_tree(session, locale):
        rows.append((branch.sector, None))
        rows.extend((child, branch.sector) for child in branch.children)
    texts = {s.id: (s.code, s.name_es, s.name_en, above.name(locale) if above else None) for s, above in rows}
    return [(s, above) for s, above in rows if _found(q, *texts[s.id])]


def settings(session: Session, locale: str = "es", *, q: str = "") -> list[Setting]:
    """Return the numbers by which the ministry works, by name."""
    rows = session.scalars(select(Setting).order_by(Setting.code))
    return sorted((s for s in rows if _found(q, s.code, s.name_es, s.name_en)), key=lambda s: fold(s.name(locale)))


def setting_row(session: Session, code: str) -> Setting:
    """Return a setting by its code; raises NotFound."""
    return _or_not_found(session.get(Setting, code))


def setting(session: Session, code: str) -> int:
    """Return the value of a setting; the one that comes with Promo where none was loaded yet."""
    found = session.get(Setting, code)
    return found.value if found is not None else _shipped()[code]


@cache
def _shipped() -> dict[str, int]:
    with (DATA / "settings.csv").open(newline="", encoding="utf-8") as file:
        return {row["code"]: int(row["value"]) for row in csv.DictReader(file)}


def hs_names(session: Session, codes: Iterable[str]) -> list[HsCode]:
    """Return the HS codes that are known among these, by code."""
    digits = [code for code in codes if code.isascii() and code.isdigit()]
    return list(session.scalars(select(HsCode).where(HsCode.code.in_(digits)).order_by(HsCode.code)))


def hs_codes(session: Session, typed: str = "", limit: int | None = 20) -> list[HsCode]:
    """Return the HS codes that begin with the typed digits or hold the typed words, the shortest code first."""
    rows = session.scalars(select(HsCode).order_by(HsCode.code))
    digits = typed.replace(".", "").replace(" ", "")
    if digits.isdigit():
        found = [h for h in rows if h.code.startswith(digits[:6])]
    else:
        found = [h for h in rows if _found(typed, h.name_es, h.name_en)]
    return found[:limit]


def fairs(session: Session, *, q: str = "", month: int | None = None, pillar: str | None = None) -> list[Fair]:
    """Return the fairs by month and name: of a month (1 to 12), of a pillar, or all."""
    rows = [f for f in session.scalars(select(Fair)) if _found(q, f.name, f.city, f.sector, f.sector_es)]
    rows = [f for f in rows if (month is None or month in f.months) and pillar in (None, f.pillar)]
    return sorted(rows, key=lambda f: (f.months, fold(f.name)))


def fairs_in(session: Session, country: str, month: int) -> list[Fair]:
    """Return the fairs of a country in a month, by name."""
    return [f for f in fairs(session, month=month) if f.country == country]


def fair(session: Session, id_: int) -> Fair:
    """Return a fair; raises NotFound."""
    return _or_not_found(session.get(Fair, id_))


def functions(session: Session, locale: str = "es", *, q: str = "") -> list[Function]:
    """Return the functions (offices that approve or sign) by name."""
    rows = session.scalars(select(Function).order_by(Function.code))
    return _by_name([f for f in rows if _found(q, f.code, f.name_es, f.name_en)], locale)


def function_names(session: Session, locale: str) -> dict[str, str]:
    """Return the names of the functions by code, in the order of the names."""
    return {f.code: f.name(locale) for f in functions(session, locale)}


def executing_entities(session: Session, locale: str = "es", *, q: str = "") -> list[ExecutingEntity]:
    """Return who may carry an act out, the ministry first."""
    rows = session.scalars(select(ExecutingEntity).order_by(ExecutingEntity.code))
    found = [e for e in rows if _found(q, e.code, e.name_es, e.name_en)]
    return sorted(_by_name(found, locale), key=lambda e: (e.code != "mre", e.code == "mixed"))


def entity_choices(session: Session, locale: str) -> Choices:
    """Return (code, name) of the executing entities for a field."""
    return kept.get(session, ("entities", locale), lambda: _entity_choices(session, locale))


def _entity_choices(session: Session, locale: str) -> Choices:
    return [(e.code, e.name(locale)) for e in executing_entities(session, locale)]


def cities(session: Session, typed: str = "", limit: int = 20) -> list[tuple[str, str]]:
    """Return (city, country) of posts and fairs whose name begins with what was typed, each once."""
    found = {(c, k) for c, k in session.execute(select(Post.city, Post.country))}
    found |= {(c, k) for c, k in session.execute(select(Fair.city, Fair.country).where(Fair.country != "--"))}
    return sorted((pair for pair in found if _found(typed, pair[0])), key=lambda p: (fold(p[0]), p[1]))[:limit]


def counts(session: Session) -> dict[str, int]:
    """Return how many rows each table has, by table name."""
    models = (Post, Country, Currency, Rate, Sector, HsCode, Fair, Function, ExecutingEntity, Setting)
    row = session.execute(select(*(select(func.count()).select_from(m).scalar_subquery() for m in models))).one()
    return {m.__tablename__: int(n) for m, n in zip(models, row, strict=True)}


def _name(row: Any, locale: str) -> str:
    return str(row.name_en if locale == "en" else row.name_es)


T = TypeVar("T")


def _or_not_found(row: T | None) -> T:
    if row is None:
        raise NotFound()
    return row
