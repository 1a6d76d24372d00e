"""The clauses of ISO 9001 with what shows that they are lived: the figures that exist already are registered here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from promo.accounts.models import FunctionHeld, PersonRole
from promo.audits import queries
from promo.conformance.models import SecondLook
from promo.core import audit, clock
from promo.core.access import Viewer
from promo.core.evidence import Live
from promo.core.evidence.live import of_clause, register
from promo.procedures import words
from promo.procedures.models import Answer, Approval, ProcedureVersion, Refusal, Run, Transition

FILE = Path(__file__).with_name("data") / "clauses.yaml"


@dataclass(frozen=True)
class Clause:
    """One clause: its number, its title, what must be shown, in both languages."""

    number: str
    titles: dict[str, str]
    texts: dict[str, str]

    @property
    def title(self) -> str:
        """Its title in the reader's language."""
        return words.pick(self.titles)

    @property
    def shows(self) -> str:
        """What must be shown, in the reader's language."""
        return words.pick(self.texts)

    @property
    def live(self) -> list[Live]:
        """The figures of live records."""
        return of_clause(self.number)


@lru_cache(maxsize=1)
def clauses() -> tuple[Clause, ...]:
    """Return every clause, in their order."""
    return tuple(Clause(one["clause"], one["title"], one["shows"]) for one in yaml.safe_load(FILE.read_text("utf-8")))


def clause(number: str) -> Clause | None:
    """Return one clause, or None."""
    return next((one for one in clauses() if one.number == number), None)


def _count(model: Any, *conditions: Any) -> Callable[[Session, Viewer], int]:
    """Return what counts the rows of a table."""

    def count(session: Session, _viewer: Viewer) -> int:
        return session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0

    return count


def _today(model: Any) -> Callable[[Session, Viewer], int]:
    """Return what counts the rows that are valid today."""

    def count(session: Session, _viewer: Viewer) -> int:
        today = clock.today()
        valid = (model.valid_from <= today, or_(model.valid_to.is_(None), model.valid_to >= today))
        return session.scalar(select(func.count()).select_from(model).where(*valid)) or 0

    return count


def _sealed(session: Session, _viewer: Viewer) -> int:
    head = audit.last_checkpoint(session)
    return head.size if head else 0


def _samples(session: Session, viewer: Viewer) -> int:
    return len(queries.listed(session, viewer))


def _looked(session: Session, viewer: Viewer) -> int:
    return sum(one.looked for one in queries.listed(session, viewer))


IN_FORCE = _count(ProcedureVersion, ProcedureVersion.status == "effective")
APPROVED = _count(Approval, Approval.state == "approved")
register(
    Live("4.4", _l("procedures in force"), IN_FORCE, "procedures.index"),
    Live("4.4", _l("case files under them"), _count(Run), "conformance.index"),
    Live("5.3", _l("functions held today, each by its act"), _today(FunctionHeld), "procedures.who"),
    Live("5.3", _l("roles given today"), _today(PersonRole), "accounts.access"),
    Live("6.1", _l("case files with their risks answered"), _count(Answer, Answer.key == "risks"), "conformance.index"),
    Live("7.5", _l("versions of procedures"), _count(ProcedureVersion), "procedures.index"),
    Live("7.5", _l("events of the trail under a signed seal"), _sealed, "trail.index"),
    Live("8.1", _l("case files going on"), _count(Run, Run.finished_at.is_(None)), "conformance.index"),
    Live("8.1", _l("stages left"), _count(Transition), "conformance.index"),
    Live("8.5.1", _l("times that something missing was told"), _count(Refusal), "conformance.index"),
    Live("8.5.2", _l("case files by their code, with their history"), _count(Run), "audits.index"),
    Live("8.5.6", _l("versions that are obsolete"), _count(ProcedureVersion, ProcedureVersion.status == "obsolete"),
         "procedures.index"),
    Live("8.6", _l("approvals given"), APPROVED, "conformance.index"),
    Live("8.6", _l("approvals returned"), _count(Approval, Approval.state == "returned"), "conformance.index"),
    Live("9.1", _l("case files measured"), _count(Run, Run.finished_at.is_not(None)), "conformance.index"),
    Live("9.2", _l("samples drawn"), _samples, "audits.index"),
    Live("9.2", _l("case files looked at"), _looked, "audits.index"),
    Live("10.3", _l("second looks at what was merely declared"), _count(SecondLook), "conformance.index"),
)  # fmt: skip
