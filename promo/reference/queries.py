"""Every SELECT on reference data. These rows are everybody's: no viewer is asked."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from promo.core.search import fold
from promo.reference.models import Country, Currency, Fair, Function, HsCode, Post, Sector


def posts(session: Session) -> list[Post]:
    """Return the posts in use, headquarters first, then by code."""
    found = session.scalars(select(Post).where(Post.active).order_by(Post.code))
    return sorted(found, key=lambda p: (not p.headquarters, p.city, p.code))


def post(session: Session, code: str) -> Post | None:
    """Return a post by its code."""
    return session.scalar(select(Post).where(Post.code == code))


def headquarters(session: Session) -> Post:
    """Return Lima's Directorate-General."""
    return session.scalars(select(Post).where(Post.code == "HQ-PE-LIM")).one()


def country_choices(session: Session, locale: str) -> list[tuple[str, str]]:
    """Return (code, name) of all countries by name in a language."""
    rows = session.scalars(select(Country))
    return sorted(((c.code, c.name(locale)) for c in rows), key=lambda pair: fold(pair[1]))


def post_choices(session: Session, locale: str) -> list[tuple[str, str]]:
    """Return (id, name) of the posts in use."""
    return [(str(p.id), f"{p.name(locale)} · {p.city}") for p in posts(session)]


def sector_choices(session: Session, locale: str) -> list[tuple[str, str]]:
    """Return (id, name) of the sectors, each under its line: ``Agronegocios › Café``."""
    rows = {s.id: s for s in session.scalars(select(Sector).order_by(Sector.code))}
    named = {
        s.id: f"{rows[s.parent_id].name(locale)} › {s.name(locale)}" if s.parent_id else s.name(locale)
        for s in rows.values()
    }
    return sorted(((str(i), name) for i, name in named.items()), key=lambda pair: fold(pair[1]))


def currency_choices(session: Session) -> list[tuple[str, str]]:
    """Return (code, code) of the currencies, the usual ones first."""
    first = ["USD", "PEN", "EUR", "GBP", "JPY", "CNY"]
    codes = session.scalars(select(Currency.code).order_by(Currency.code))
    return [(c, c) for c in [*first, *(c for c in codes if c not in first)]]


def hs_codes(session: Session, typed: str, limit: int = 20) -> list[HsCode]:
    """Return the codes that begin with the digits typed, or whose name has the word typed."""
    digits = typed.replace(".", "").strip()
    if digits.isdigit():
        found = select(HsCode).where(HsCode.code.startswith(digits[:6])).order_by(HsCode.code).limit(limit)
        return list(session.scalars(found))
    wanted = fold(typed)
    rows = session.scalars(select(HsCode).order_by(HsCode.code))
    return [c for c in rows if wanted in fold(c.name_es) or wanted in fold(c.name_en)][:limit]


def fairs_in(session: Session, country: str, month: int) -> list[Fair]:
    """Return the fairs of a country in a month, by name."""
    found = select(Fair).where(
        Fair.country == country, Fair.month_from <= month, or_(Fair.month_to >= month, Fair.month_to.is_(None))
    )
    return list(session.scalars(found.order_by(Fair.name)))


def function_names(session: Session, locale: str) -> dict[str, str]:
    """Return the names of the functions by code."""
    return {f.code: f.name(locale) for f in session.scalars(select(Function).order_by(Function.code))}
