"""Demonstration data: invented people and firms, made by the same actions that people use. Deterministic for a seed."""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta
from itertools import product
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from promo.accounts import queries as accounts
from promo.accounts.models import FunctionHeld, Person, PersonRole
from promo.activities import actions as activities
from promo.contacts import actions as contacts
from promo.core.access import Viewer
from promo.core.errors import PromoError
from promo.core.records import Record
from promo.organisations import actions as organisations
from promo.reference import actions as reference
from promo.reference.models import Post, Sector

DOMAIN = "@promo.example"
HOME, HEADQUARTERS = "CG-US-LAX", "HQ-PE-LIM"
ACT = "RM 0412-{year}-RE"
PEOPLE: tuple[tuple[str, str, str, str | None, str | None], ...] = (
    ("Ana Quispe Salas", "officer", HOME, None, None),
    ("Luis Ramos Ccori", "officer", HOME, None, None),
    ("Javier Bedoya Prado", "manager", HOME, None, "head_of_mission"),
    ("Carmen Ñahui Ríos", "officer", "EMB-JP-TYO", None, None),
    ("Teresa Olaya Vidal", "manager", "EMB-JP-TYO", None, "head_of_mission"),
    ("Mateo Flores Inga", "officer", "EMB-ES-MAD", None, None),
    ("Diego Paredes Luna", "promoter", HEADQUARTERS, "trade", "promotion_officer"),
    ("Sofía Huamán Tello", "promoter", HEADQUARTERS, "tourism", "promotion_officer"),
    ("Elena Cárdenas Soto", "manager", HEADQUARTERS, None, "line_director"),
    ("Ricardo Valdivia León", "manager", HEADQUARTERS, None, "director_general"),
    ("Karina Loayza Díaz", "manager", HEADQUARTERS, None, "finance"),
    ("Gloria Mendoza Paz", "quality", HEADQUARTERS, None, "quality"),
    ("Hugo Espinoza Lara", "auditor", HEADQUARTERS, None, None),
    ("Irene Campos Tello", "admin", HEADQUARTERS, None, None),
)
FAMILIES = ("Quispe Mamani", "Huamán Flores", "García Núñez", "Rojas Díaz", "Vargas Sánchez", "Ñahui Ccori", "Torres Yupanqui")
GIVEN = ("Rosa", "Óscar", "Inti", "Killa", "José", "María Elena", "Wayra", "Lucía", "Julio César", "Illari")
ABROAD: tuple[tuple[str, str, str, str | None, str], ...] = (
    ("Hernández", "Michael", "US", None, "given_first"),
    ("O’Brien", "Siobhán", "US", None, "given_first"),
    ("Chen", "Grace", "US", None, "given_first"),
    ("李", "明", "CN", "Li Ming", "family_first"),
    ("田中", "由紀", "JP", "Tanaka Yuki", "family_first"),
    ("김", "민준", "KR", "Kim Min-jun", "family_first"),
    ("Müller", "Jürgen", "DE", None, "given_first"),
)
FIRMS = ("Agroandina", "Sumaq Textiles", "Valle Sagrado", "Café Selva Alta", "Kuelap Superalimentos", "Mar del Norte", "Pisco Dorado")
FORMS = ("S.A.C.", "E.I.R.L.", "S.A.")
BUYERS = ("Golden Harvest Foods", "Pacific Trade Council", "Umi Restaurants", "Bio Feinkost GmbH", "Hanguk Foods", "West Coast Imports")
TITLES = ("Gerenta de exportaciones", "Gerente comercial", "Compras", "Category buyer", "Dirección", "Ventas receptivas", "Prensa")
LINES = (
    "Interés en quinua blanca y kiwicha; piden muestras.",
    "Confirmó su participación en la rueda de negocios.",
    "Pide ficha técnica y certificado orgánico vigente.",
    "Conversación sobre rutas gastronómicas en Arequipa y Cusco.",
    "Evalúa una visita a Ica en la próxima campaña de arándano.",
)
STEPS = ("Enviar muestras", "Enviar ficha técnica", "Llamar para confirmar", None, None)


class RealData(PromoError):
    """There are people or records that no demonstration made."""


def is_empty(session: Session) -> bool:
    """Whether nobody is here yet."""
    return not session.scalar(select(func.count()).select_from(Person))


def check_only_demo(session: Session) -> None:
    """Raise :class:`RealData` when somebody is here who is not of the demonstration."""
    real = select(func.count()).select_from(Person).where(~Person.email.endswith(DOMAIN))
    if session.scalar(real):
        raise RealData("There are real people in this database; demonstration data would mix with theirs.")


def ruc(rng: random.Random) -> str:
    """Return a well-formed RUC of an invented firm (SUNAT's modulo 11 check digit)."""
    digits = [2, 0, *(rng.randrange(10) for _ in range(8))]
    check = 11 - sum(d * w for d, w in zip(digits, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2), strict=True)) % 11
    return "".join(map(str, digits)) + str(check % 10)


def add_people(session: Session, password_hash: str, today: date) -> list[Viewer]:
    """Add one person for each role and function; return them as viewers."""
    posts = {p.code: p for p in session.scalars(select(Post))}
    since = today - timedelta(days=730)
    added = []
    for name, role, code, pillar, function in PEOPLE:
        plain = name.lower().translate(str.maketrans("áéíóúñ", "aeioun")).split()
        person = Person(name=name, email=f"{plain[0]}.{plain[1]}{DOMAIN}", password_hash=password_hash, locale="es")
        person.post_id = posts[code].id
        session.add(person)
        session.flush()
        where = posts[code].id
        session.add(PersonRole(person_id=person.id, role=role, post_id=where, pillar=pillar, valid_from=since))
        if function:
            act = ACT.format(year=since.year)
            held = FunctionHeld(person_id=person.id, function=function, post_id=where, act_number=act, valid_from=since)
            session.add(held)
        added.append(person.id)
    session.flush()
    found = [accounts.viewer_of(session, id_, today) for id_ in added]
    return [v for v in found if v is not None]


def add_firms(session: Session, viewers: list[Viewer], rng: random.Random) -> list[Record]:
    """Add organisations: exporters of Peru and those who buy from them."""
    sectors = [str(i) for i in session.scalars(select(Sector.id).order_by(Sector.id))]
    made: list[Record] = []
    for number, (name, form) in enumerate(product(FIRMS, FORMS)):
        values = {
            "title": f"{name} {form}", "organisation_type": rng.choice(("exporter", "potential_exporter", "tour_operator")),
            "country": "PE", "city": rng.choice(("Lima", "Ica", "Arequipa", "Cusco", "Piura")), "tax_id": ruc(rng),
            "pillar": rng.choice(("trade", "trade", "tourism", "gastronomy")), "sectors": rng.sample(sectors, 2),
            "products": rng.sample(("100850", "081040", "080440", "090111", "180100", "220820", "610910"), 2),
            "web": f"firma{number}.example", "phones": [f"+511555{number:04}"], "size": rng.choice(("micro", "small", "medium")),
        }  # fmt: skip
        made.append(organisations.add(session, rng.choice(viewers), values))
    for name in BUYERS:
        country = rng.choice(("US", "JP", "DE", "KR", "ES"))
        values = {"title": name, "organisation_type": "importer", "country": country, "pillar": "trade", "size": "large"}
        made.append(organisations.add(session, rng.choice(viewers), values))
    return made


def add_contacts(session: Session, viewers: list[Viewer], firms: list[Record], rng: random.Random) -> list[Record]:
    """Add contacts with their positions, in the scripts of their countries."""
    home = [(f, g, "PE", None, "given_first") for f, g in product(FAMILIES, GIVEN)]
    made: list[Record] = []
    for number, (family, given, country, latin, order) in enumerate([*home, *ABROAD * 6]):
        firm = rng.choice([f for f in firms if (f.country == "PE") == (country == "PE")])
        values = {
            "family_name": family, "given_name": given, "romanised": latin, "name_order": order, "country": country,
            "emails": [f"contacto{number}@firma.example"], "phones": [f"+1310555{number % 200 + 100:04}"],
            "positions": [{"organisation_id": firm.id, "title": rng.choice(TITLES)}], "languages": ["es", "en"],
            "source": rng.choice(("in_person", "event", "referral")), "pillar": firm.pillar,
            "consent_purpose": rng.choice(("contact", "mailing", None)),
            "visibility": rng.choices(("shared", "post", "team"), (90, 8, 2))[0],
        }  # fmt: skip
        made.append(contacts.add(session, rng.choice(viewers), values))
    return made


def add_activities(
    session: Session, viewers: list[Viewer], people: list[Record], rng: random.Random, today: date, count: int
) -> None:
    """Log activities of the last months, some with a next step that is due about today."""
    shared = [p for p in people if p.visibility == "shared"]
    for _number in range(count):
        viewer, day = rng.choice(viewers), today - timedelta(days=int(rng.triangular(0, 240, 0)))
        at = datetime.combine(day, time(rng.randrange(9, 18), rng.choice((0, 15, 30))), ZoneInfo(viewer.timezone))
        step = rng.choice(STEPS)
        values = {
            "who": [str(rng.choice(shared).id)], "activity_type": rng.choice(("meeting", "call", "visit", "message", "mail")),
            "occurred_at": at, "text": rng.choice(LINES), "next_step": step, "pillar": rng.choice(("trade", "tourism")),
            "next_on": today + timedelta(days=rng.randrange(-3, 20)) if step else None,
        }  # fmt: skip
        activities.log(session, viewer, values)


def load(session: Session, password_hash: str, *, seed: int, today: date, size: int = 300) -> None:
    """Load the demonstration in the caller's transaction. Raises :class:`RealData` beside real people."""
    check_only_demo(session)
    rng = random.Random(seed)  # noqa: S311 - invented data, no secret
    reference.load(session)
    reference.load_demo_rates(session, today)
    viewers = [v for v in add_people(session, password_hash, today) if v.has("officer", "promoter")]
    firms = add_firms(session, viewers, rng)
    people = add_contacts(session, viewers, firms, rng)
    add_activities(session, [v for v in viewers if v.has("officer")], people, rng, today, size)
