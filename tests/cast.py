"""The cast: who appears in the tests. Alice works at Los Angeles, Bruno beside her, Carla elsewhere; the others are the
roles and functions that the permission table knows. Everybody's password is the same and cheap to check."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.accounts.models import FunctionHeld, Person, PersonRole
from promo.accounts.security import hash_password
from promo.core.access import Grant, Held, Viewer
from promo.reference.models import Post

PASSWORD = "quinua-kiwicha-2026"
HOME, ELSEWHERE, HEADQUARTERS = "CG-US-LAX", "EMB-JP-TYO", "HQ-PE-LIM"
ALONE = "CON-EC-MCH"  # a post of one person
SINCE = date(2024, 1, 1)
ACT = "RM 0001-2024-RE"


@dataclass(frozen=True)
class Part:
    """What somebody plays.

    Roles are (role, for the home post only?, pillar or None), functions (function, for the home post only?).
    """

    name: str
    email: str
    post: str
    roles: tuple[tuple[str, bool, str | None], ...]
    functions: tuple[tuple[str, bool], ...] = ()
    locale: str = "es"


def _at(post: str, name: str, role: str, *functions: str, pillar: str | None = None, locale: str = "es") -> Part:
    home = post != HEADQUARTERS
    address = f"{name.split()[0].lower()}@promo.example".replace("á", "a").replace("í", "i")
    return Part(name, address, post, ((role, home, pillar),), tuple((f, home) for f in functions), locale)


PARTS: dict[str, Part] = {
    "officer": _at(HOME, "Alicia Quispe Rojas", "officer", "promotion_officer"),
    "colleague": _at(HOME, "Bruno Salas Vega", "officer"),
    "other_officer": _at(ELSEWHERE, "Carla Ñahui Ríos", "officer"),
    "promoter": _at(HEADQUARTERS, "Diego Paredes Luna", "promoter", pillar="trade"),
    "manager": _at(HOME, "Elena Cárdenas Soto", "manager"),
    "hq_manager": _at(HEADQUARTERS, "Fabián Huamán Ortiz", "manager", "line_director"),
    "quality": _at(HEADQUARTERS, "Gloria Mendoza Paz", "quality", "quality"),
    "auditor": _at(HEADQUARTERS, "Hugo Valdivia León", "auditor"),
    "admin": _at(HEADQUARTERS, "Irene Campos Tello", "admin"),
    "guest": _at(HEADQUARTERS, "Marta Linares Peña", "guest"),
    "head": _at(HOME, "Jorge Bedoya Prado", "manager", "head_of_mission"),
    "finance": _at(HEADQUARTERS, "Karina Loayza Díaz", "manager", "finance", "planning"),
    "alone": _at(ALONE, "Aníbal Reátegui", "officer", "head_of_mission"),
    "reader_en": _at(HOME, "Liam Okafor", "officer", locale="en"),
}


@dataclass(frozen=True)
class Member:
    """Somebody of the cast, as the tests know them; :attr:`viewer` is who asks in queries and actions."""

    id: int
    part: Part
    post_id: int
    viewer: Viewer
    password: str = field(default=PASSWORD, repr=False)

    @property
    def name(self) -> str:
        """The person's name."""
        return self.part.name

    @property
    def email(self) -> str:
        """The address they sign in with."""
        return self.part.email


class Cast:
    """Everybody, by the part they play: ``cast.officer``, ``cast.head``."""

    def __init__(self, members: dict[str, Member]) -> None:
        self.members = members

    def __getattr__(self, part: str) -> Member:
        try:
            return self.members[part]
        except KeyError:
            raise AttributeError(part) from None

    def __iter__(self):
        return iter(self.members.values())


def settle(session: Session) -> Cast:
    """Store the cast (the reference data is there already) and return it. The caller commits."""
    posts = {post.code: post for post in session.scalars(select(Post))}
    hashed = hash_password(PASSWORD)
    return Cast({name: _settle_one(session, part, posts[part.post], hashed) for name, part in PARTS.items()})


def _settle_one(session: Session, part: Part, post: Post, hashed: str) -> Member:
    person = Person(
        name=part.name,
        email=part.email,
        password_hash=hashed,
        post_id=post.id,
        locale=part.locale,
        timezone=post.timezone,
    )
    session.add(person)
    session.flush()
    grants, held = [], []
    for role, at_home, pillar in part.roles:
        where = post.id if at_home else None
        session.add(PersonRole(person_id=person.id, role=role, post_id=where, pillar=pillar, valid_from=SINCE))
        grants.append(Grant(role, where, pillar))
    for function, at_home in part.functions:
        where = post.id if at_home else None
        session.add(
            FunctionHeld(person_id=person.id, function=function, post_id=where, act_number=ACT, valid_from=SINCE)
        )
        held.append(Held(function, where, act_number=ACT))
    session.flush()
    viewer = Viewer(
        person.id, person.name, person.email, tuple(grants), tuple(held), post_id=post.id, post_code=post.code,
        post_name=post.name(part.locale), locale=part.locale, timezone=post.timezone,
    )  # fmt: skip
    return Member(person.id, part, post.id, viewer)
