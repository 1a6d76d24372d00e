"""Invented firms: exporters of Peru, those who buy from them, and who stands around them."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from promo.core.search import fold
from promo.demo.names import ENGLISH_FAMILIES, culture
from promo.demo.people import Office
from promo.demo.store import Store
from promo.organisations.models import (
    Certification,
    Organisation,
    OrganisationPhone,
    OrganisationProduct,
    OrganisationSector,
)
from promo.reference.models import HEADQUARTERS

VISIBILITIES, SHARES = ("shared", "post", "team"), (70, 95, 100)  # 70/25/5, cumulative
PERUVIAN_CITIES = tuple(
    "Lima Callao Ica Arequipa Cusco Piura Trujillo Chiclayo Tarapoto Huancayo Ayacucho Puno Iquitos".split()
)
HEADS = tuple(
    "Agroandina|Agroexportadora|Sumaq Textiles|Café|Cacao|Mar del Norte|Pesquera|Inka Foods|Kuelap Superalimentos"
    "|Alpaca|Pisco|Quinua Real|Frutos|Hilados|Joyas|Viajes|Rutas|Cevichería|Chifa|Tejidos|Palta y Arándano|Kiwicha"
    "|Conservas|Software|Minería y Servicios|Envases|Maderas|Ají y Rocoto|Camu Camu|Bioingredientes|Turismo Vivencial"
    "|Metalmecánica".split("|")
)
PLACES = tuple(
    "Valle Sagrado|Selva Alta|del Colca|de Majes|Pachacútec|Sol Naciente|del Mantaro|Vilcanota|Chavín|Caral|Huascarán"
    "|Ausangate|Tambopata|del Misti|Nasca|Moche|Sipán|Paracas|Urubamba|Tumbes|Kuntur|Wiracocha|Pachamama|Apu Salkantay"
    "|Ñusta|Huaylas|Chanchamayo|Jaén|Satipo|Lambayeque|Illapa|Kusikuy|Munay|Qantu|Sacha|Yaku|Amaru|Taki|Wasi".split("|")
)
FORMS = ("S.A.C.", "S.A.C.", "S.A.C.", "E.I.R.L.", "S.R.L.", "S.A.")
WORLD_HEADS = tuple(
    "Golden Harvest|Pacific|Northwind|Green Valley|Bluewater|Summit|Evergreen|Silver Creek|Red Maple|Harbor|Highland"
    "|Sunrise|Prairie|Atlas|Meridian|Coastal|Cedar|Andes Bridge|Lighthouse|Granite|Willow|Bright Field|Two Rivers"
    "|Old Mill".split("|")
)
WORLD_TAILS = tuple(
    "Foods|Imports|Trading|Textiles|Organics|Travel|Hospitality|Markets|Ventures|Logistics|Kitchens|Fibres|Capital"
    "|Seafood".split("|")
)
WORLD_FORMS = {"en": ("LLC", "Inc.", "Ltd."), "de": ("GmbH", "AG"), "fr": ("SARL", "SAS"), "it": ("S.r.l.", "S.p.A."),
               "pt": ("Ltda.", "S.A."), "es": ("S.L.", "S.A.", "S. de R.L.")}  # fmt: skip
EASTERN: dict[str, tuple[tuple[str, ...], tuple[str, ...], str]] = {
    "zh": (
        tuple("华美 金山 东方 瑞丰 海洋 绿野 长江 南山".split()),
        tuple("食品 贸易 进出口 旅游 纺织 水产".split()),
        "有限公司",
    ),
    "ja": (
        tuple("山手 海の幸 富士見 青葉 北斗 桜井 港北 若松".split()),
        tuple("食品 商事 貿易 旅行 繊維 水産".split()),
        "株式会社",
    ),
    "ko": (
        tuple("한빛 동해 금강 새벽 푸른 은하 남산 가온".split()),
        tuple("식품 무역 상사 여행 섬유 수산".split()),
        "주식회사",
    ),
}
LATIN_HEADS = {"zh": ("Huamei", "Jinshan", "Dongfang", "Ruifeng", "Haiyang", "Lüye", "Changjiang", "Nanshan"),
               "ja": ("Yamate", "Uminosachi", "Fujimi", "Aoba", "Hokuto", "Sakurai", "Kōhoku", "Wakamatsu"),
               "ko": ("Hanbit", "Donghae", "Geumgang", "Saebyeok", "Pureun", "Eunha", "Namsan", "Gaon")}  # fmt: skip
LATIN_TAILS = ("Foods", "Trading", "Import & Export", "Travel", "Textile", "Seafood")
HOME_TYPES = (("exporter", "trade", 45), ("potential_exporter", "trade", 20), ("tour_operator", "tourism", 14),
              ("restaurant", "gastronomy", 8), ("chamber", "trade", 4), ("public_body", "investment", 4),
              ("school", "gastronomy", 2), ("other", "trade", 3))  # fmt: skip
WORLD_TYPES = (("importer", "trade", 38), ("distributor", "trade", 18), ("tour_operator", "tourism", 14),
               ("investor", "investment", 10), ("restaurant", "gastronomy", 8), ("chamber", "trade", 4),
               ("media", "tourism", 4), ("airline", "tourism", 1), ("public_body", "investment", 2),
               ("other", "trade", 1))  # fmt: skip
SIZES = ("micro", "small", "small", "medium", "medium", "large")
CERTIFICATIONS = (
    "Orgánico USDA",
    "Orgánico UE",
    "HACCP",
    "BRCGS",
    "GlobalG.A.P.",
    "Comercio justo",
    "Kosher",
    "GOTS",
    "BASC",
)
PHONES = {
    "PE": "+51155500{:02d}", "US": "+1310555{:04d}", "CA": "+1416555{:04d}", "JP": "+8135550{:04d}",
    "CN": "+8610555{:05d}", "KR": "+8225550{:04d}", "DE": "+493023125{:03d}", "FR": "+33199001{:03d}",
    "GB": "+442079460{:03d}",
    "ES": "+34955550{:03d}", "IT": "+3906555{:05d}", "BR": "+551155500{:03d}", "AU": "+61255501{:03d}",
}  # fmt: skip
"""Ranges that the regulators keep for fiction (US, GB, DE, FR, AU) or that are written with 555, as films do."""


class Firm(NamedTuple):
    """What contacts and activities need to know of a firm."""

    id: int
    title: str
    domain: str
    country: str
    pillar: str
    shared: bool
    entered: date


@dataclass(frozen=True)
class Reference:
    """Reference data by which firms are described."""

    sectors: dict[str, tuple[int, ...]]
    hs_codes: tuple[str, ...]


def weighted(rng: random.Random, rows: tuple[tuple[str, str, int], ...]) -> tuple[str, str]:
    """Choose a (type, pillar) by its weight."""
    kind, pillar, _weight = rng.choices(rows, [row[2] for row in rows])[0]
    return kind, pillar


def phone(rng: random.Random, country: str) -> str | None:
    """Return an invented number in international form, or None in a country for which we know no such range."""
    pattern = PHONES.get(country)
    return pattern.format(rng.randrange(100, 200) if "4d" in pattern else rng.randrange(100)) if pattern else None


def ruc(number: int) -> str:
    """Return a well-formed RUC of an invented firm: ``209…`` and SUNAT's check digit, modulo 11."""
    digits = f"209{number % 10_000_000:07d}"
    check = 11 - sum(int(d) * w for d, w in zip(digits, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2), strict=True)) % 11
    return digits + str(check % 10)


def name(rng: random.Random, country: str) -> tuple[str, str]:
    """Invent a firm's legal name, and the name by which it trades, in Latin letters."""
    if country == "PE":
        trading = f"{rng.choice(HEADS)} {rng.choice(PLACES)}"
        return f"{trading} {rng.choice(FORMS)}", trading
    way = culture(country)
    if way in EASTERN:
        heads, tails, form = EASTERN[way]
        head, tail = rng.randrange(len(heads)), rng.randrange(len(tails))
        title = f"{form}{heads[head]}{tails[tail]}" if way != "zh" else f"{heads[head]}{tails[tail]}{form}"
        return title, f"{LATIN_HEADS[way][head]} {LATIN_TAILS[tail]}"
    family = f" {rng.choice(ENGLISH_FAMILIES)}" if rng.random() < 0.3 else ""
    forms = WORLD_FORMS.get(way, WORLD_FORMS["en"])
    trading = f"{rng.choice(WORLD_HEADS)}{family} {rng.choice(WORLD_TAILS)}"
    return f"{trading} {rng.choice(forms)}", trading


def add_firm(store: Store, rng: random.Random, office: Office, reference: Reference, at: datetime, number: int) -> Firm:
    """Collect one organisation with all that belongs to it."""
    peruvian = office.code == HEADQUARTERS or rng.random() < 0.3
    country = "PE" if peruvian else office.country
    city = rng.choice(PERUVIAN_CITIES) if peruvian else office.city
    kind, pillar = weighted(rng, HOME_TYPES if peruvian else WORLD_TYPES)
    title, trading = name(rng, country)
    domain = f"{fold(trading).replace(' ', '-')}-{number}.example"
    latin = trading if culture(country) in EASTERN else None
    tax_id = ruc(number) if peruvian else None
    email, numbers = f"info@{domain}", [n for n in (phone(rng, country),) if n]
    visibility = rng.choices(VISIBILITIES, cum_weights=SHARES)[0]
    id_ = store.add_record(
        "organisation", "OR", office, title, at, owner_id=rng.choice(office.writers), pillar=pillar, country=country,
        status="active", visibility=visibility, parts=(latin, tax_id, city, email, *numbers),
    )  # fmt: skip
    store.add(
        Organisation, id=id_, organisation_type=kind, trading_names=[latin] if latin else [], city=city,
        tax_country="PE" if tax_id else None, tax_id=tax_id, web=f"https://www.{domain}", email=email,
        size=rng.choice(SIZES),
    )  # fmt: skip
    for sector in sorted(rng.sample(reference.sectors[pillar], rng.choice((1, 1, 2)))):
        store.add(OrganisationSector, organisation_id=id_, sector_id=sector)
    if pillar == "trade":
        for code in sorted(rng.sample(reference.hs_codes, rng.choice((1, 2, 3)))):
            store.add(OrganisationProduct, organisation_id=id_, hs_code=code)
    for telephone in numbers:
        store.add(OrganisationPhone, organisation_id=id_, number=telephone)
    if peruvian and rng.random() < 0.25:
        until = at.date() + timedelta(days=rng.randrange(200, 1500))
        store.add(Certification, organisation_id=id_, name=rng.choice(CERTIFICATIONS), valid_until=until)
    return Firm(id_, title, domain, country, pillar, visibility == "shared", at.date())
