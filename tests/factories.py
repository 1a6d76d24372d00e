"""What tests need to exist, made by the same actions that people use; each returns the stored row.

Features add their own below, one function a noun, every argument with a default.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from itertools import count
from typing import Any

from sqlalchemy import select

from promo.accounts.models import FunctionHeld, Person, PersonRole
from promo.accounts.security import hash_password
from promo.core import audit, clock
from promo.core.db import session, write
from promo.procedures import actions as procedures
from promo.procedures import versions
from promo.procedures.models import Procedure, ProcedureVersion
from promo.procedures.validation import library_files, parse
from promo.reference.models import Post
from tests.cast import ACT, HOME, PASSWORD, SINCE, Cast

_serial = count(1)


def serial() -> int:
    """A number that no other call in this process got."""
    return next(_serial)


def post(code: str = HOME) -> Post:
    """A post of the reference data, by its code."""
    return session().scalars(select(Post).where(Post.code == code)).one()


def create_person(
    name: str | None = None,
    *,
    post_code: str = HOME,
    roles: Iterable[tuple[str, int | None, str | None]] | None = None,
    functions: Iterable[tuple[str, int | None]] = (),
    since: date = SINCE,
    **values: Any,
) -> Person:
    """A person with roles (role, post id, pillar; else an officer of their post) and functions (name, post id)."""
    number = serial()
    with write() as current:
        home = current.scalars(select(Post).where(Post.code == post_code)).one()
        values = {"email": f"person{number}@promo.example", "timezone": home.timezone} | values
        hashed = hash_password(PASSWORD)
        person = Person(name=name or f"Persona {number}", password_hash=hashed, post_id=home.id, **values)
        current.add(person)
        current.flush()
        for role, where, pillar in roles if roles is not None else [("officer", home.id, None)]:
            current.add(PersonRole(person_id=person.id, role=role, post_id=where, pillar=pillar, valid_from=since))
        for function, where in functions:
            current.add(
                FunctionHeld(person_id=person.id, function=function, post_id=where, act_number=ACT, valid_from=since)
            )
    return person


def enforce(cast: Cast, *codes: str) -> None:
    """Bring procedures of the library into force, all of them when none is named."""
    day = date(2026, 1, 1)
    with write() as current:
        for file in library_files():
            if not codes or file.stem in codes:
                version = procedures.add_draft(current, parse(file.read_bytes()).data, cast.promoter.id)
                assert version is not None
                procedures.make_effective(current, version, cast.quality.id, ACT, day, day)


def draft_of(cast: Cast, code: str, **more: Any) -> ProcedureVersion:
    """A draft by the promoter of the next version of a procedure; ``more`` replaces parts of its definition."""
    with audit.acting(cast.promoter.id), write() as current:
        found = select(ProcedureVersion).join(Procedure, Procedure.id == ProcedureVersion.procedure_id)
        last = current.scalars(found.where(Procedure.code == code).order_by(ProcedureVersion.number.desc())).first()
        assert last is not None
        data = {**last.definition, "purpose": {"es": f"Texto {serial()}", "en": "Text"}, **more}
        draft = procedures.add_draft(current, data, cast.promoter.id)
    assert draft is not None
    return draft


def renew(cast: Cast, code: str, on: date, *, substance: bool = True, **more: Any) -> ProcedureVersion:
    """A new version of a procedure that came into force on a day, of substance or editorial; nobody was told."""
    draft = draft_of(cast, code, **more)
    with clock.at(datetime.combine(on, time(15), UTC)), write() as current:
        version = current.get_one(ProcedureVersion, draft.id)
        changes = {"es": "Se pide una línea más.", "en": "One more line is asked."}
        versions.submit(current, version, substance=substance, changes=changes)
        versions.approve_version(version, cast.quality.id, ACT, on, on)
        current.flush()
        versions.bring_into_force(current, version, on)
    return version
