"""The list of procedures: one line each, with the version in force and the one on its way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from promo.accounts import queries as accounts
from promo.core.access import Viewer
from promo.core.errors import NotFound
from promo.core.search import fold
from promo.procedures.building import known
from promo.procedures.case import definition_of
from promo.procedures.definitions import Definition
from promo.procedures.models import Procedure, ProcedureVersion

PUBLISHED = ("approved", "effective", "obsolete")  # what everybody reads
SOON = timedelta(days=30)


@dataclass(frozen=True)
class Line:
    """A procedure, its version in force, the one on its way (draft, in review or approved), and the one shown."""

    procedure: Procedure
    in_force: ProcedureVersion | None
    coming: ProcedureVersion | None
    shown: ProcedureVersion
    definition: Definition
    owner: str | None

    @property
    def status(self) -> str:
        """Where it stands: in force, else the state of what is shown."""
        return "effective" if self.in_force else self.shown.status


def reads(viewer: Viewer, version: ProcedureVersion) -> bool:
    """Whether the viewer reads a version: the published ones are everybody's, the others of quality and oversight.

    What is under review also of those who review: managers at headquarters and the Director-General.
    """
    if version.status in PUBLISHED or version.author_id == viewer.person_id:
        return True
    if version.status == "in_review" and (viewer.has_at(None, "manager") or viewer.holds("director_general")):
        return True
    return viewer.has("quality", "auditor", "admin") or viewer.holds("quality")


def procedure(session: Session, viewer: Viewer, code: str) -> Procedure:
    """Return a procedure by its code; raises NotFound."""
    found = session.scalars(select(Procedure).where(Procedure.code == code)).first()
    if found is None:
        raise NotFound("procedures.show")
    return found


def catalogue(session: Session, viewer: Viewer) -> list[Line]:
    """Return the procedures of which the viewer reads a version, by code."""
    found = select(ProcedureVersion).join(Procedure, Procedure.id == ProcedureVersion.procedure_id)
    by_procedure: dict[int, list[ProcedureVersion]] = {}
    for version in session.scalars(found.order_by(Procedure.code, ProcedureVersion.number.desc())):
        if reads(viewer, version):
            by_procedure.setdefault(version.procedure_id, []).append(version)
    chosen = [_chosen(versions) for versions in by_procedure.values()]
    _load(session, [shown for _force, _coming, shown in chosen])
    owners = accounts.names(session, {s.procedure.owner_id for *_, s in chosen if s.procedure.owner_id})
    return [
        Line(s.procedure, force, coming, s, definition_of(s), owners.get(s.procedure.owner_id or 0))
        for force, coming, s in chosen
    ]


def _chosen(
    versions: list[ProcedureVersion],
) -> tuple[ProcedureVersion | None, ProcedureVersion | None, ProcedureVersion]:
    """Of versions, the newest first: the one in force, the one on its way, the one that stands for all."""
    in_force = next((v for v in versions if v.status == "effective"), None)
    coming = next((v for v in versions if v.status in ("draft", "in_review", "approved")), None)
    return in_force, coming, in_force or coming or versions[0]


def _load(session: Session, versions: list[ProcedureVersion]) -> None:
    """Read at once the texts that this process has not built yet."""
    missing = [v.id for v in versions if known(v.content_hash) is None]
    if missing:
        found = select(ProcedureVersion).where(ProcedureVersion.id.in_(missing)).order_by(ProcedureVersion.id)
        session.scalars(
            found.options(undefer(ProcedureVersion.definition)).execution_options(populate_existing=True)
        ).all()


Test = Callable[[Line, str, date], bool]
TESTS: Mapping[str, Test] = {
    "kind": lambda line, value, today: value in line.definition.kinds,
    "pillar": lambda line, value, today: not line.definition.pillars or value in line.definition.pillars,
    "status": lambda line, value, today: value in (line.status, line.coming.status if line.coming else ""),
    "owner": lambda line, value, today: str(line.procedure.owner_id or "-") == value,
    "review": lambda line, value, today: _review(line.procedure.review_on, value, today),
}


def _review(day: date | None, value: str, today: date) -> bool:
    if value == "none":
        return day is None
    return day is not None and day <= (today if value == "overdue" else today + SOON)


def narrowed(lines: list[Line], asked: Mapping[str, str], q: str, today: date) -> list[Line]:
    """Return the lines that the filters let through and whose code or titles hold every word searched for."""
    words = fold(q).split()
    found = [one for one in lines if all(word in _texts(one) for word in words)]
    return [one for one in found if all(TESTS[name](one, value, today) for name, value in asked.items())]


def _texts(line: Line) -> str:
    return fold(" ".join([line.procedure.code, *line.definition.title.values(), line.owner or ""]))


def owners(session: Session, viewer: Viewer) -> list[tuple[Any, str]]:
    """Return who may own a procedure, by name."""
    return [(person.id, person.name) for person in accounts.people(session)]
