"""Which procedure in force covers a record: the most specific for its kind, type and pillar."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.procedures.case import definition_of
from promo.procedures.definitions import Definition
from promo.procedures.models import Procedure, ProcedureVersion

FALLBACK = "PE-GEN-01"


def effective(session: Session) -> list[ProcedureVersion]:
    """Return the versions in force, by their procedures' codes."""
    found = select(ProcedureVersion).join(Procedure, Procedure.id == ProcedureVersion.procedure_id)
    return list(session.scalars(found.where(ProcedureVersion.status == "effective").order_by(Procedure.code)))


def specificity(definition: Definition, kind: str, type_: str | None, pillar: str | None) -> int | None:
    """Return how closely a procedure fits (its type counts most, then its pillar), or None when it does not."""
    if kind not in definition.kinds:
        return None
    if definition.types and type_ not in definition.types:
        return None
    if definition.pillars and pillar not in definition.pillars:
        return None
    if definition.code == FALLBACK:
        return -1
    return 4 * bool(definition.types) + 2 * bool(definition.pillars) + (len(definition.kinds) == 1)


def closest(found: Iterable[Definition], kind: str, type_: str | None, pillar: str | None) -> Definition | None:
    """Return the definition that fits most closely; else the simple act's; else None. Pure."""
    best: tuple[int, Definition] | None = None
    for definition in found:
        fits = specificity(definition, kind, type_, pillar)
        if fits is not None and (best is None or fits > best[0]):
            best = (fits, definition)
    return best[1] if best else None


def match(session: Session, kind: str, type_: str | None = None, pillar: str | None = None) -> ProcedureVersion | None:
    """Return the version in force that fits a kind, type and pillar most closely; else the simple act's; else None."""
    versions = {definition_of(version).digest: version for version in effective(session)}
    best = closest((definition_of(v) for v in versions.values()), kind, type_, pillar)
    return versions[best.digest] if best else None
