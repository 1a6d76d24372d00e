"""Writing reference data: loading it from packages and files again and again to the same end, rates, and posts."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import available_timezones

import pycountry
from babel import Locale
from babel.numbers import get_currency_precision, get_currency_symbol
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from promo.core import audit, calendars, clock
from promo.core.access import Viewer, require
from promo.core.db import Model
from promo.core.errors import Difference, Reason, Refused, Stale
from promo.core.fields import fields_of
from promo.reference import queries
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
    months_of,
)
from promo.reference.queries import DATA, DEMO_SOURCE

KOSOVO = "XK"  # used by everybody, assigned by nobody: not in ISO's list
# units of account, not money in hand
FUNDS = frozenset(("BOV", "CHE", "CHW", "CLF", "COU", "MXV", "USN", "UYI", "UYW"))
COMMON_X = frozenset(("XAF", "XCD", "XCG", "XOF", "XPF"))
TABLES: tuple[type[Model], ...] = (Country, Currency, Post, Sector, HsCode, Fair, Function, ExecutingEntity, Setting)


def load(session: Session) -> dict[str, int]:
    """Load everything but rates; return how many rows each table has.

    A row is found by its code and brought up to the files; what people correct by hand (a post's time zone, parent,
    week-end, holidays, note and use, the value of a setting) is set only where the row is new. Nothing is deleted.
    """
    load_names(session)
    load_posts(session)
    load_sectors(session)
    load_fairs(session)
    _upsert(session, Setting, "code", map(_setting, rows_of("settings.csv")), frozenset(("value",)))
    session.flush()
    queries.kept.forget()
    return {t.__tablename__: session.scalar(select(func.count()).select_from(t)) or 0 for t in TABLES}


def rows_of(name: str) -> Iterator[dict[str, str]]:
    """Yield the rows of a file of ``data/``."""
    with (DATA / name).open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def _upsert(
    session: Session, model: type[Any], key: str, rows: Iterable[Mapping[str, Any]], once: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """Bring rows up to date by their key; the names in ``once`` are set only on new ones. Returns all by key."""
    there = {getattr(row, key): row for row in session.scalars(select(model))}
    for values in rows:
        row = there.get(values[key])
        if row is None:
            row = there[values[key]] = model(**values)
            session.add(row)
            continue
        for name, value in values.items():
            if name not in once and getattr(row, name) != value:
                setattr(row, name, value)
    session.flush()
    return there


def load_names(session: Session) -> None:
    """Countries and currencies with their names in both languages; functions, entities and HS codes."""
    es, en = Locale("es", "PE"), Locale("en", "GB")
    codes = [*(c.alpha_2 for c in pycountry.countries), KOSOVO]
    countries = ({"code": c, "name_es": es.territories[c], "name_en": en.territories[c]} for c in codes)
    _upsert(session, Country, "code", countries)
    _upsert(session, Currency, "code", (_currency(c.alpha_3, c.name, es, en) for c in pycountry.currencies if _used(c)))
    _upsert(session, Function, "code", rows_of("functions.csv"))
    _upsert(session, ExecutingEntity, "code", rows_of("executing_entities.csv"))
    _upsert(session, HsCode, "code", rows_of("hs_codes.csv"))


def _used(currency: Any) -> bool:
    code = currency.alpha_3
    return code not in FUNDS and (not code.startswith("X") or code in COMMON_X)


def _currency(code: str, name: str, es: Locale, en: Locale) -> dict[str, Any]:
    spanish = es.currencies.get(code, name)
    return {
        "code": code,
        "name_es": spanish[:1].upper() + spanish[1:],
        "name_en": en.currencies.get(code, name),
        "symbol": {"USD": "US$", "PEN": "S/"}.get(code) or get_currency_symbol(code, "en"),
        "digits": get_currency_precision(code),
    }


POST_ONCE = frozenset(("timezone", "holiday_country", "holiday_subdivision", "weekend", "note", "active"))


def load_posts(session: Session) -> None:
    """The posts with time zone, calendar and parent: a country's embassy, else headquarters."""
    notes = {row["code"]: row["why_es"] for row in rows_of("posts_uncertain.csv")}
    regions = {(row["country"], row["city"]): row["subdivision"] for row in rows_of("subdivisions.csv")}
    files = [_headquarters(), *rows_of("posts.csv")]
    posts = _upsert(session, Post, "code", (_post(row, notes, regions) for row in files), POST_ONCE)
    embassies = {p.country: p for p in posts.values() if p.kind == "embajada"}
    lima = posts[HEADQUARTERS]
    for post in posts.values():
        if post.parent_id is None and post is not lima:
            direct = post.kind in ("embajada", "mision_permanente")
            post.parent_id = lima.id if direct else embassies.get(post.country, lima).id
    session.flush()


def _headquarters() -> dict[str, str]:
    return {
        "code": HEADQUARTERS,
        "name_es": "Dirección General de Promoción Económica",
        "name_en": "Directorate-General for Economic Promotion",
        "kind": "sede",
        "city": "Lima",
        "country": "PE",
        "timezone": "America/Lima",
        "lat": "-12.05",
        "lon": "-77.03",
    }


def _post(row: dict[str, str], notes: dict[str, str], regions: dict[tuple[str, str], str]) -> dict[str, Any]:
    country = row["country"]
    known = country in calendars.known_countries()
    return {
        **{k: row[k] for k in ("code", "name_es", "name_en", "kind", "city", "country", "timezone")},
        "lat": float(row["lat"]),
        "lon": float(row["lon"]),
        "holiday_country": country if known else None,
        "holiday_subdivision": regions.get((country, row["city"])) if known else None,
        "weekend": calendars.usual_weekend(country, clock.now().year),
        "note": notes.get(row["code"]),
        "active": True,
    }


def load_sectors(session: Session) -> None:
    """The sectors, in two levels."""
    rows = list(rows_of("sectors.csv"))
    names = ("code", "pillar", "name_es", "name_en")
    sectors = _upsert(session, Sector, "code", ({k: row[k] for k in names} for row in rows))
    for row in rows:
        parent = sectors[row["parent"]].id if row["parent"] else None
        if sectors[row["code"]].parent_id != parent:
            sectors[row["code"]].parent_id = parent


def load_fairs(session: Session) -> None:
    """The fairs, with their months as numbers beside the text (``"4-5"``, ``"2 and 8"``)."""
    _upsert(session, Fair, "name", map(_fair, rows_of("fairs.csv")))


def _fair(row: dict[str, str]) -> dict[str, Any]:
    months = months_of(row["month"])
    return {
        **{name: value for name, value in row.items() if name != "month"},
        "month_text": row["month"],
        "month_from": months[0],
        "month_to": months[-1],
    }


def _setting(row: dict[str, str]) -> dict[str, Any]:
    return {**row, **{name: int(row[name]) for name in ("value", "least", "most")}}


def load_demo_rates(session: Session, today: date, months: int = 30) -> int:
    """Make a rate for the first day of each of the last months, named as demonstration; return how many are new.

    The same month always gets the same rates, whatever day they are made.
    """
    chosen = select(Rate.currency, Rate.on).where(Rate.source == DEMO_SOURCE)
    there = {(currency, on) for currency, on in session.execute(chosen)}
    bases = list(rows_of("demo_rates.csv"))
    first, made = today.replace(day=1), 0
    for _month in range(months):
        for row in bases:
            if (row["currency"], first) not in there:
                usd = demo_rate(Decimal(row["usd"]), Decimal(row["swing"]), row["currency"], first)
                session.add(Rate(currency=row["currency"], on=first, usd=usd, source=DEMO_SOURCE))
                made += 1
        first = (first - timedelta(days=1)).replace(day=1)
    session.flush()
    return made


def demo_rate(base: Decimal, swing: Decimal, currency: str, month: date) -> Decimal:
    """Return an invented rate within ``base × (1 ± swing)``, always the same for a currency and month."""
    drawn = int(hashlib.sha256(f"{currency} {month:%Y-%m}".encode()).hexdigest()[:4], 16)
    part = (Decimal(drawn) / Decimal(0xFFFF)) * 2 - 1
    return (base * (1 + swing * part)).quantize(Decimal("0.00000001"))


RATE_COLUMNS = ("currency", "on", "usd", "source")


def load_rates(session: Session, text: str) -> dict[str, int]:
    """Take rates from CSV (``currency,on,usd,source``: what one unit is worth in US dollars); all rows or none.

    A rate of the same currency, day and source is replaced. Returns ``{"added", "changed"}``; raises
    :class:`Refused` with one reason a wrong line.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    if tuple(h.strip() for h in reader.fieldnames or ()) != RATE_COLUMNS:
        raise Refused(_l("The first line must be: %(columns)s", columns=",".join(RATE_COLUMNS)))
    currencies = set(session.scalars(select(Currency.code)))
    read: dict[tuple[str, date, str], Decimal] = {}
    reasons: list[Reason] = []
    for row in reader:
        try:
            key, usd = _rate(row, currencies)
        except ValueError as error:
            reasons.append(Reason(_l("Line %(line)s: %(fault)s", line=reader.line_num, fault=error.args[0])))
            continue
        if key in read:
            fault = _l("this currency, day and source stand above already")
            reasons.append(Reason(_l("Line %(line)s: %(fault)s", line=reader.line_num, fault=fault)))
        read[key] = usd
    if reasons or not read:
        raise Refused(reasons or [Reason(_l("The file has no rates."))])
    counts = _store_rates(session, read)
    audit.note(session, "rates", data=counts)
    return counts


def _rate(row: Mapping[Any, Any], currencies: set[str]) -> tuple[tuple[str, date, str], Decimal]:
    """Read one line; raises ``ValueError`` with what is wrong, in words."""
    currency, on, usd, source = (str(row.get(name) or "").strip() for name in RATE_COLUMNS)
    if None in row:
        raise ValueError(_l("there are more than four columns"))
    if currency.upper() not in currencies:
        raise ValueError(_l("%(code)s is not a currency's code", code=currency or "–"))
    try:
        day = date.fromisoformat(on)
    except ValueError:
        raise ValueError(_l("%(day)s is not a date such as 2026-11-23", day=on or "–")) from None
    if day > clock.today() or day.year < 1990:
        raise ValueError(_l("%(day)s is in the future or too long ago", day=on))
    try:
        value = Decimal(usd)
    except InvalidOperation:
        raise ValueError(_l("%(value)s is not a number such as 0.2685", value=usd or "–")) from None
    if not value.is_finite() or not Decimal("0.00000001") <= value <= 1000:
        raise ValueError(_l("%(value)s is not what a unit may be worth in US dollars", value=usd))
    if not source or len(source) > 100:
        raise ValueError(_l("say who published the rate, in at most 100 characters"))
    return (currency.upper(), day, source), value.quantize(Decimal("0.00000001"))


def _store_rates(session: Session, read: dict[tuple[str, date, str], Decimal]) -> dict[str, int]:
    days = [on for _currency, on, _source in read]
    near = session.scalars(select(Rate).where(Rate.on >= min(days), Rate.on <= max(days)))
    there = {(r.currency, r.on, r.source): r for r in near}
    counts = {"added": 0, "changed": 0}
    for (currency, on, source), usd in read.items():
        rate = there.get((currency, on, source))
        if rate is None:
            session.add(Rate(currency=currency, on=on, usd=usd, source=source))
            counts["added"] += 1
        elif rate.usd != usd:
            rate.usd = usd
            counts["changed"] += 1
    session.flush()
    return counts


EDITABLE = ("timezone", "parent_id", "weekend", "holiday_country", "holiday_subdivision", "active", "note")


def edit(session: Session, viewer: Viewer, code: str, values: Mapping[str, Any], seen: int | None = None) -> Post:
    """Correct a post's time zone, parent, week-end, holidays, note or use.

    Raises Forbidden for others than administrators, Stale when somebody saved it since version ``seen``, and Refused
    with each value that can't be.
    """
    require(viewer, "reference.edit")
    post = queries.post(session, code)
    typed = {name: values[name] for name in EDITABLE if name in values}
    _check_version(post, typed, seen)
    if reasons := list(_faults(session, post, {**{n: getattr(post, n) for n in EDITABLE}, **typed})):
        raise Refused(reasons)
    for name, value in typed.items():
        if getattr(post, name) != value:
            setattr(post, name, value)
    session.flush()
    return post


def _check_version(post: Post, typed: Mapping[str, Any], seen: int | None) -> None:
    if seen is None or seen == post.version:
        return
    labels = {f.name: f.label for f in fields_of(Post)}
    theirs = {name: getattr(post, name) for name in typed}
    changed = [Difference(n, labels[n], mine, theirs[n]) for n, mine in typed.items() if mine != theirs[n]]
    raise Stale(post.id, post.version, changed)


def _faults(session: Session, post: Post, now: Mapping[str, Any]) -> Iterator[Reason]:
    if now["timezone"] not in available_timezones():
        yield Reason(_l("This is not a time zone such as America/Lima."), "timezone")
    weekend = now["weekend"] or ""
    if not set(weekend) <= set("1234567") or len(set(weekend)) != len(weekend) or len(weekend) > 6:
        yield Reason(_l("Choose the days off of a week: none to six of them."), "weekend")
    country, region = now["holiday_country"], now["holiday_subdivision"]
    if country and country not in calendars.known_countries():
        yield Reason(_l("The holidays of this country are not known. Leave it empty."), "holiday_country")
    elif region and region not in calendars.subdivisions(country):
        yield Reason(_l("This country has no such region with holidays of its own."), "holiday_subdivision")
    yield from _parent_faults(session, post, now["parent_id"])
    if not now["active"] and post.headquarters:
        yield Reason(_l("Headquarters are always in use."), "active")
    elif not now["active"] and queries.posts_under(session, post):
        yield Reason(_l("Other posts report to this one. Give them another parent first."), "active")


def _parent_faults(session: Session, post: Post, parent_id: int | None) -> Iterator[Reason]:
    if post.headquarters:
        if parent_id is not None:
            yield Reason(_l("Headquarters report to no post."), "parent_id")
        return
    above = session.get(Post, parent_id) if parent_id else None
    if above is None or not above.active:
        yield Reason(_l("Choose the post that this one reports to."), "parent_id")
    seen = {post.id}
    while above is not None:
        if above.id in seen:
            yield Reason(_l("A post can't report to itself, nor to a post under it."), "parent_id")
            return
        seen.add(above.id)
        above = session.get(Post, above.parent_id) if above.parent_id else None


def change(session: Session, viewer: Viewer, code: str, value: int | None) -> Setting:
    """Change a setting, within its bounds; the trail keeps by whom and from what."""
    found = queries.setting_row(session, code)
    require(viewer, "reference.change", found)
    if value is None or not found.least <= value <= found.most:
        words = _l("From %(least)s to %(most)s, please.", least=found.least, most=found.most)
        raise Refused(Reason(words, "value"))
    found.value = value
    session.flush()
    return found
