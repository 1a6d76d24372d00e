"""Who is to know a version in force: told when it comes, asked to say that they have read it when it is of substance.

For ten days they may begin new casework all the same; then they read first. What is open goes on whatever they do, and
so does logging an activity. Whoever has read the last change of substance need not read the editorial ones after it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, Date, and_, bindparam, func, literal, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from promo.accounts.models import FunctionHeld, Person, PersonRole
from promo.core import clock
from promo.core.access import Viewer
from promo.core.errors import Reason, Refused
from promo.procedures import words
from promo.procedures.case import definition_of
from promo.procedures.definitions import Declaration, Definition
from promo.procedures.models import ProcedureVersion
from promo.procedures.version_models import Acknowledgement

GRACE = timedelta(days=10)
CASEWORK = frozenset({"officer", "promoter", "manager"})
IN_FORCE = ("effective", "obsolete")  # it is, or was


@dataclass(frozen=True)
class Tie:
    """A role, or a function, by which somebody does casework, in a pillar or in all."""

    name: str
    function: bool
    pillar: str | None
    since: date


@dataclass(frozen=True)
class Reader:
    """Somebody who is to know a procedure, and since when."""

    person_id: int
    name: str
    email: str
    locale: str
    post_id: int | None
    since: date


@dataclass(frozen=True)
class Unread:
    """A version in force whose changes of substance somebody has not said to have read; ``until`` they may wait."""

    version: ProcedureVersion
    until: date
    over: bool

    @property
    def title(self) -> str:
        """The procedure's title, in the reader's language."""
        return words.pick(definition_of(self.version).title)

    @property
    def changes(self) -> str:
        """What changed, in the reader's language."""
        return words.pick(definition_of(self.version).changes)


@dataclass(frozen=True)
class Standing:
    """Whether one of those who are to read a version has said so, and until when they may wait."""

    reader: Reader
    read_at: datetime | None
    until: date


def address(version: ProcedureVersion) -> str:
    """Return the path of a version's page."""
    return f"/procedures/{version.code}/{version.number}"


def named(definition: Definition) -> set[str]:
    """Return every function that a procedure names: to approve, to answer for something, to declare, to be told."""
    found = definition.functions()
    for stage in definition.stages:
        found |= {stage.responsible, *stage.tells}
        for requirement in stage.requires:
            found |= {requirement.responsible or "", requirement.by if isinstance(requirement, Declaration) else ""}
    return found - {"", "officer"}


def concerned(definition: Definition, ties: list[Tie]) -> list[Tie]:
    """Return the ties by which somebody is to know a procedure: casework in its pillars, a function that it names."""
    functions, pillars = named(definition), definition.pillars
    return [
        tie
        for tie in ties
        if (tie.name in functions if tie.function else tie.name in CASEWORK)
        and (tie.pillar is None or not pillars or tie.pillar in pillars)
    ]


def _on(model: Any) -> Iterator[Any]:
    day = bindparam("day", type_=Date())
    yield model.valid_from <= day
    yield or_(model.valid_to.is_(None), model.valid_to >= day)


_ROLES = select(
    PersonRole.person_id, PersonRole.role.label("name"), literal(0).label("function"), PersonRole.pillar,
    PersonRole.valid_from,
).where(PersonRole.role.in_(sorted(CASEWORK)), *_on(PersonRole))  # fmt: skip
_FUNCTIONS = select(
    FunctionHeld.person_id, FunctionHeld.function, literal(1), FunctionHeld.pillar, FunctionHeld.valid_from
).where(*_on(FunctionHeld))
_TIES = union_all(_ROLES, _FUNCTIONS).subquery()
_STAFF = (
    select(Person.id, Person.name, Person.email, Person.locale, Person.post_id, _TIES)
    .join(_TIES, _TIES.c.person_id == Person.id)
    .where(Person.active)
    .order_by(Person.name, Person.id)
)
Staff = dict[tuple[int, str, str, str, int | None], list[Tie]]


def staff(session: Session, on: date) -> Staff:
    """Return everybody who does casework on a day, by name, with what they do it by."""
    found: Staff = defaultdict(list)
    for *person, _id, name, function, pillar, since in session.execute(_STAFF, {"day": on}):
        found[tuple(person)].append(Tie(name, bool(function), pillar, since))
    return found


def readers(there: Staff, definition: Definition) -> list[Reader]:
    """Return those of the staff who are to know a procedure, each since the first day of what they do now."""
    found = ((person, concerned(definition, ties)) for person, ties in there.items())
    return [Reader(*person, min(tie.since for tie in ties)) for person, ties in found if ties]


def first_day(session: Session, person_id: int, definition: Definition, on: date) -> date | None:
    """Return since when somebody is to know a procedure; None for one whom it does not concern."""
    rows = session.execute(_STAFF.where(Person.id == person_id), {"day": on})
    ties = [Tie(name, bool(function), pillar, since) for *_person, name, function, pillar, since in rows]
    return min((tie.since for tie in concerned(definition, ties)), default=None)


# The versions in force with the last change of substance that came into force in them, asked for every day's page.
_Last, _Later, _Of = aliased(ProcedureVersion), aliased(ProcedureVersion), aliased(ProcedureVersion)


def _of_substance(one: Any) -> Any:
    """Return the condition of a change of substance that came into force, up to the version in force."""
    return and_(
        one.procedure_id == ProcedureVersion.procedure_id, one.status.in_(IN_FORCE), one.substance.is_(True),
        one.number <= ProcedureVersion.number, one.in_force_at.is_not(None),
    )  # fmt: skip


_after = select(_Later.id).where(_of_substance(_Later), _Later.number > _Last.number)
_DEMANDED = (
    select(ProcedureVersion, _Last.number, _Last.effective_on, _Last.in_force_at)
    .join(_Last, and_(_of_substance(_Last), ~_after.exists()))
    .where(ProcedureVersion.status == "effective")
    .order_by(_Last.effective_on, ProcedureVersion.id)
)
_said = (
    select(Acknowledgement.id)
    .join(_Of, _Of.id == Acknowledgement.version_id)
    .where(
        Acknowledgement.person_id == bindparam("person", type_=BigInteger()),
        _Of.procedure_id == ProcedureVersion.procedure_id,
        _Of.number >= _Last.number,
    )
)
_UNREAD = _DEMANDED.where(~_said.exists())


def _begun(effective_on: date | None, in_force_at: datetime | None) -> date:
    """Return the day from which the grace counts: the version's date, or when it really came into force."""
    assert in_force_at is not None
    there = clock.day_of(in_force_at)
    return max(effective_on or there, there)


def unread(session: Session, viewer: Viewer, today: date) -> list[Unread]:
    """Return what somebody is to read: the versions in force that concern them, the longest waiting first."""
    ties = [Tie(g.role, False, g.pillar, today) for g in viewer.grants]
    ties += [Tie(h.function, True, h.pillar, today) for h in viewer.functions]
    return [one for one in _unread(session, viewer, today) if concerned(definition_of(one.version), ties)]


def _unread(session: Session, viewer: Viewer, today: date) -> list[Unread]:
    found = []
    for version, _number, effective_on, in_force_at in session.execute(_UNREAD, {"person": viewer.person_id}):
        begun = _begun(effective_on, in_force_at)
        if begun + GRACE < today:  # only then it matters since when they are here
            begun = max(begun, first_day(session, viewer.person_id, definition_of(version), today) or begun)
        found.append(Unread(version, begun + GRACE, begun + GRACE < today))
    return found


def overdue(session: Session, viewer: Viewer, version: ProcedureVersion) -> bool:
    """Whether somebody may no longer begin casework under a version before they have read it."""
    return any(one.over and one.version.id == version.id for one in _unread(session, viewer, clock.today()))


def check_read(session: Session, viewer: Viewer, version: ProcedureVersion) -> None:
    """Raise :class:`Refused`, with the way to it, when the grace is over and somebody has not read what they begin."""
    if overdue(session, viewer, version):
        message = _l(
            "Read %(code)s v%(number)s first and say so: it changes how this work is done.",
            code=version.code, number=version.number,
        )  # fmt: skip
        raise Refused(Reason(message, None, address(version)))


def acknowledge(session: Session, viewer: Viewer, version: ProcedureVersion) -> None:
    """Write down that somebody has read a version in force; said twice, it is said once."""
    if version.status != "effective":
        raise Refused(_l("This version is not in force."))
    said = select(Acknowledgement.id).where(
        Acknowledgement.version_id == version.id, Acknowledgement.person_id == viewer.person_id
    )
    if session.scalar(said) is None:
        session.add(Acknowledgement(version_id=version.id, person_id=viewer.person_id))
        session.flush()


def standings(session: Session, today: date, version_id: int | None = None) -> dict[ProcedureVersion, list[Standing]]:
    """Return who has read the changes of substance in force and who has not, by version (or of one): three SELECTs."""
    demanded = session.execute(
        _DEMANDED if version_id is None else _DEMANDED.where(ProcedureVersion.id == version_id)
    ).all()
    said = (
        select(_Of.procedure_id, _Of.number, Acknowledgement.person_id, func.min(Acknowledgement.at))
        .join(_Of, _Of.id == Acknowledgement.version_id)
        .where(_Of.procedure_id.in_([version.procedure_id for version, *_rest in demanded]))
        .group_by(_Of.procedure_id, _Of.number, Acknowledgement.person_id)
    )
    read: dict[tuple[int, int], dict[int, datetime]] = defaultdict(dict)
    for procedure_id, number, person_id, at in session.execute(said) if demanded else ():
        read[procedure_id, number][person_id] = at
    there = staff(session, today) if demanded else {}
    found: dict[ProcedureVersion, list[Standing]] = {}
    for version, last, effective_on, in_force_at in demanded:
        begun = _begun(effective_on, in_force_at)
        by = {p: at for (of, number), who in read.items() if of == version.procedure_id and number >= last
              for p, at in who.items()}  # fmt: skip
        found[version] = [
            Standing(reader, by.get(reader.person_id), max(begun, reader.since) + GRACE)
            for reader in readers(there, definition_of(version))
        ]
    return found
