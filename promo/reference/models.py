"""Reference data: posts, countries, currencies and rates, sectors, HS codes, fairs, functions."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from flask_babel import lazy_gettext as _l
from sqlalchemy import Boolean, Date, Float, ForeignKey, Index, Integer, Numeric, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from promo.core.db import Model
from promo.core.fields import info

HEADQUARTERS = "HQ-PE-LIM"
POST_KINDS = (
    ("sede", _l("Headquarters")),
    ("embajada", _l("Embassy")),
    ("mision_permanente", _l("Permanent mission")),
    ("consulado_general", _l("Consulate general")),
    ("consulado", _l("Consulate")),
    ("oficina_comercial", _l("Commercial office")),
)


class Named:
    """A row with a name in Spanish and in English."""

    name_es: Mapped[str] = mapped_column(String(200), info=info(_l("Name in Spanish")))
    name_en: Mapped[str] = mapped_column(String(200), info=info(_l("Name in English")))

    def name(self, locale: str) -> str:
        """Return the name in a language, ``es`` or ``en``."""
        return self.name_en if locale == "en" else self.name_es


class Post(Named, Model):
    """An embassy, consulate, permanent mission, commercial office or headquarters: an *oficina*."""

    __tablename__ = "post"
    __audit__ = True
    __audit_name__ = _l("Post")

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True, info=info(_l("Code")))
    kind: Mapped[str] = mapped_column(String(30), info=info(_l("Kind"), choices=POST_KINDS))
    city: Mapped[str] = mapped_column(String(100), info=info(_l("City")))
    country: Mapped[str] = mapped_column(String(2), index=True, info=info(_l("Country"), type="country"))
    timezone: Mapped[str] = mapped_column(String(50), info=info(_l("Time zone")))
    lat: Mapped[float | None] = mapped_column(Float)
    lon: Mapped[float | None] = mapped_column(Float)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("post.id"), info=info(_l("Parent post"), type="post"))
    holiday_country: Mapped[str | None] = mapped_column(
        String(2), info=info(_l("Country for public holidays"), type="country")
    )
    holiday_subdivision: Mapped[str | None] = mapped_column(String(20), info=info(_l("Region for public holidays")))
    weekend: Mapped[str] = mapped_column(String(7), default="67", info=info(_l("Week-end")))
    note: Mapped[str | None] = mapped_column(String(500), info=info(_l("Note")))
    active: Mapped[bool] = mapped_column(Boolean, default=True, info=info(_l("In use")))
    version: Mapped[int] = mapped_column(Integer, default=1)

    @property
    def headquarters(self) -> bool:
        """Whether this is Lima's Directorate-General."""
        return self.code == HEADQUARTERS


Post.__mapper__.version_id_col = Post.__table__.c.version


class Country(Named, Model):
    """A country or territory by its ISO 3166-1 alpha-2 code."""

    __tablename__ = "country"

    code: Mapped[str] = mapped_column(String(2), primary_key=True)


class Currency(Named, Model):
    """A currency by its ISO 4217 code."""

    __tablename__ = "currency"

    code: Mapped[str] = mapped_column(String(3), primary_key=True)
    symbol: Mapped[str] = mapped_column(String(10))
    digits: Mapped[int] = mapped_column(Integer, default=2)


class Rate(Model):
    """What one unit of a currency was worth in US dollars on a date, and who says so."""

    __tablename__ = "rate"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    currency: Mapped[str] = mapped_column(ForeignKey("currency.code"))
    on: Mapped[date] = mapped_column(Date)
    usd: Mapped[Decimal] = mapped_column(Numeric(18, 8))
    source: Mapped[str] = mapped_column(String(100))

    __table_args__ = (UniqueConstraint("currency", "on", "source"), Index("ix_rate_currency_on", "currency", "on"))


class Sector(Named, Model):
    """An export line, tourism segment, gastronomy family or investment sector; two levels."""

    __tablename__ = "sector"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    code: Mapped[str] = mapped_column(String(60), unique=True)
    pillar: Mapped[str] = mapped_column(String(20))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("sector.id"))


class HsCode(Named, Model):
    """A chapter, heading or subheading of the Harmonized System (2, 4 or 6 digits)."""

    __tablename__ = "hs_code"

    code: Mapped[str] = mapped_column(String(6), primary_key=True)


class Fair(Model):
    """A fair of the world's calendar: where, and in which months."""

    __tablename__ = "fair"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    city: Mapped[str] = mapped_column(String(100))
    country: Mapped[str] = mapped_column(String(2))
    month_from: Mapped[int | None] = mapped_column(Integer)
    month_to: Mapped[int | None] = mapped_column(Integer)
    month_text: Mapped[str] = mapped_column(String(40))
    period: Mapped[str] = mapped_column(String(200))
    pillar: Mapped[str] = mapped_column(String(20))
    sector: Mapped[str] = mapped_column(String(100))
    certainty: Mapped[str] = mapped_column(String(100))
    period_es: Mapped[str] = mapped_column(String(200), default="")
    sector_es: Mapped[str] = mapped_column(String(100), default="")

    @property
    def months(self) -> tuple[int, ...]:
        """The months in which it is held: ``"4-5"`` is both, ``"2 and 8"`` twice a year."""
        return months_of(self.month_text)

    def held_in(self, year: int) -> bool:
        """Whether it is held that year, as far as its period says (odd years, even years, discontinued)."""
        period = self.period.lower()
        if "discontinued" in period or ("odd years" in period and year % 2 == 0):
            return False
        return not ("even years" in period and year % 2 == 1)

    def next_month(self, on: date) -> date | None:
        """Return the first day of the next month in which it is held, that of ``on`` included; None when over."""
        coming = (date(on.year + ahead, month, 1) for ahead in range(3) for month in self.months)
        return next((d for d in coming if d >= on.replace(day=1) and self.held_in(d.year)), None)


class Function(Named, Model):
    """An office (*cargo*) that approves or signs, such as the head of mission; ``scope`` is post, pillar or hq."""

    __tablename__ = "function"

    code: Mapped[str] = mapped_column(String(30), primary_key=True)
    scope: Mapped[str] = mapped_column(String(10))


class ExecutingEntity(Named, Model):
    """Who carries an act out: the ministry, PROMPERÚ's commercial office, ProInversión, or several together."""

    __tablename__ = "executing_entity"

    code: Mapped[str] = mapped_column(String(30), primary_key=True)


class Setting(Named, Model):
    """A number by which the whole ministry works, such as the days within which something is put right."""

    __tablename__ = "setting"
    __audit__ = True
    __audit_name__ = _l("Setting")

    code: Mapped[str] = mapped_column(String(40), primary_key=True, info=info(_l("Code")))
    value: Mapped[int] = mapped_column(Integer, info=info(_l("Value")))
    least: Mapped[int] = mapped_column(Integer, default=1)
    most: Mapped[int] = mapped_column(Integer, default=365)


def months_of(text: str) -> tuple[int, ...]:
    """Read the months of a fair as its list writes them; raises ``ValueError`` when it names none."""
    numbers = [int(n) for n in re.findall(r"\d+", text)]
    if not numbers or not all(1 <= n <= 12 for n in numbers):
        raise ValueError(f"no months in {text!r}")
    if "-" in text and len(numbers) == 2:
        return tuple(range(numbers[0], numbers[1] + 1))
    return tuple(sorted(numbers))
