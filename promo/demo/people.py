"""Who works in the invented ministry: one person a role and function, then an officer and a head at every post."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.accounts.models import FunctionHeld, Person, PersonRole
from promo.core.search import fold
from promo.demo.names import PERUVIAN_FAMILIES, PERUVIAN_GIVEN
from promo.procedures.models import ApprovalRoute
from promo.reference.models import HEADQUARTERS, Post

DOMAIN = "@promo.example"
HOME = "CG-US-LAX"
ALONE = ("CON-EC-MCH", "CON-EC-MCR", "OC-TW-TPE")  # posts of one person, who is their head as well
HALF = {HOME: 32.0, "CG-US-NYC": 20.0, "EMB-CN-BJS": 18.0, "EMB-ES-MAD": 16.0, "EMB-JP-TYO": 14.0}
"""The five posts that hold half of all records, by their share of that half in percent."""
SERVICE = 730  # days of data


@dataclass(frozen=True)
class Part:
    """Somebody by name: who they are, where, and what they hold there."""

    name: str
    role: str
    post: str
    functions: tuple[str, ...] = ()
    pillar: str | None = None
    locale: str = "es"


PARTS = (
    Part("Ana Quispe Salas", "officer", HOME, ("promotion_officer",)),
    Part("Luis Ramos Ccori", "officer", HOME),
    Part("Rachel Okafor", "officer", HOME, locale="en"),
    Part("Javier Bedoya Prado", "manager", HOME, ("head_of_mission",)),
    Part("Carmen Ñahui Ríos", "officer", "EMB-JP-TYO"),
    Part("Teresa Olaya Vidal", "manager", "EMB-JP-TYO", ("head_of_mission",)),
    Part("Diego Paredes Luna", "promoter", HEADQUARTERS, ("promotion_officer",), "trade"),
    Part("Sofía Huamán Tello", "promoter", HEADQUARTERS, ("promotion_officer",), "tourism"),
    Part("Rodrigo Cueva Ugarte", "promoter", HEADQUARTERS, ("promotion_officer",), "investment"),
    Part("Úrsula Chang Lévano", "promoter", HEADQUARTERS, ("promotion_officer", "matchmaker"), "gastronomy"),
    Part("Elena Cárdenas Soto", "manager", HEADQUARTERS, ("line_director",)),
    Part("Ricardo Valdivia León", "manager", HEADQUARTERS, ("director_general",)),
    Part("Karina Loayza Díaz", "manager", HEADQUARTERS, ("finance",)),
    Part("Percy Malca Farfán", "manager", HEADQUARTERS, ("planning",)),
    Part("Gloria Mendoza Paz", "quality", HEADQUARTERS, ("quality",)),
    Part("Nélida Puma Zevallos", "quality", HEADQUARTERS, ("verifier",)),
    Part("Iván Benavides Arce", "promoter", HEADQUARTERS, ("evaluator",), "trade"),
    Part("Flor Condori Apaza", "auditor", HEADQUARTERS, ("data_protection",)),
    Part("Hugo Espinoza Lara", "auditor", HEADQUARTERS),
    Part("Irene Campos Tello", "admin", HEADQUARTERS),
    Part("Beatriz Salcedo Ramos", "guest", HEADQUARTERS),
    Part("Aníbal Reátegui Tuesta", "manager", ALONE[0], ("head_of_mission",)),
)  # fmt: skip
"""Shown on the page of sign-in and by ``promo demo logins``, in this order: at least one of each role and function."""


@dataclass(frozen=True)
class Office:
    """A post as the generators need it: its weight among all, who writes there and who heads it."""

    post_id: int
    code: str
    country: str
    city: str
    zone: ZoneInfo
    weight: float
    writers: tuple[int, ...]
    head: int | None


class Staff:
    """Adds people one after another, each with roles and functions."""

    def __init__(self, session: Session, password_hash: str, today: date) -> None:
        self.session, self.password_hash = session, password_hash
        self.since = today - timedelta(days=SERVICE)
        self.posts = {p.code: p for p in session.scalars(select(Post).order_by(Post.id))}
        self.writers: dict[str, list[int]] = {code: [] for code in self.posts}
        self.heads: dict[str, int] = {}
        self.taken: set[str] = set()
        self.acts = 411

    def add(self, part: Part) -> Person:
        """Add somebody; the acts that appoint are numbered one after another."""
        post = self.posts[part.post]
        person = Person(
            name=part.name, email=self._address(part.name), password_hash=self.password_hash, locale=part.locale,
            post_id=post.id, timezone=post.timezone, created_at=datetime.combine(self.since, time(15), UTC),
        )  # fmt: skip
        self.session.add(person)
        self.session.flush()
        dated = {"person_id": person.id, "post_id": post.id, "pillar": part.pillar, "valid_from": self.since}
        self.session.add(PersonRole(role=part.role, **dated))
        if part.role == "manager" and part.post in ALONE:
            self.session.add(PersonRole(role="officer", **dated))
        for function in part.functions:
            self.acts += 1
            number = f"RM {self.acts:04d}-{self.since.year}-RE"
            self.session.add(FunctionHeld(function=function, act_number=number, **dated))
        if "head_of_mission" in part.functions:
            self.heads[part.post] = person.id
        if part.role in ("officer", "promoter") or part.post in ALONE:
            self.writers[part.post].append(person.id)
        return person

    def _address(self, name: str) -> str:
        given, family, *_more = fold(name).split()
        local, number = f"{given}.{family}", 1
        while local in self.taken:
            number += 1
            local = f"{given}.{family}{number}"
        self.taken.add(local)
        return local + DOMAIN


def add_staff(session: Session, rng: random.Random, password_hash: str, today: date) -> list[Office]:
    """Add everybody who works in the ministry and return the posts with their writers, in a stable order."""
    staff = Staff(session, password_hash, today)
    for part in PARTS:
        staff.add(part)
    settled = {(p.post, f) for p in PARTS for f in p.functions}
    for code in staff.posts:
        if code == HEADQUARTERS:
            continue
        if code not in ALONE and not staff.writers[code]:
            staff.add(Part(_name(rng), "officer", code))
        if (code, "head_of_mission") not in settled:
            staff.add(Part(_name(rng), "manager", code, ("head_of_mission",)))
    _name_stand_ins(session, staff)
    session.flush()
    return offices(staff)


def _name(rng: random.Random) -> str:
    return f"{rng.choice(PERUVIAN_GIVEN)} {rng.choice(PERUVIAN_FAMILIES)} {rng.choice(PERUVIAN_FAMILIES)}"


def _name_stand_ins(session: Session, staff: Staff) -> None:
    """Say who approves for a post of one person: the line director in Lima; and who is a head's deputy at home."""
    director = session.scalars(select(FunctionHeld.person_id).where(FunctionHeld.function == "line_director")).first()
    deputy = session.scalars(select(Person.id).where(Person.email == f"luis.ramos{DOMAIN}")).one()
    named = [(code, {"stand_in_id": director}) for code in ALONE] + [(HOME, {"deputy_id": deputy})]
    for number, (code, who) in enumerate(named, start=17):
        act = f"RD {number:04d}-{staff.since.year}-DPE"
        route = ApprovalRoute(post_id=staff.posts[code].id, function="head_of_mission", act_number=act, **who)
        route.valid_from = staff.since
        session.add(route)


def offices(staff: Staff) -> list[Office]:
    """Return the posts with their weights: the five busiest hold half, the others fall off by their rank."""
    found, rank = [], 0
    others = len(staff.posts) - len(HALF)
    total = sum(1 / (n + 3) for n in range(others))
    for code, post in staff.posts.items():
        if code in HALF:
            weight = HALF[code] / 200
        else:
            weight = 0.5 / (rank + 3) / total
            rank += 1
        zone, writers = ZoneInfo(post.timezone), tuple(staff.writers[code])
        found.append(Office(post.id, code, post.country, post.city, zone, weight, writers, staff.heads.get(code)))
    return found
