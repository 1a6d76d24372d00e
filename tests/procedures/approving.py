"""A procedure of two stages with approvals, and hands that ask, approve and enter, for the tests of approvals."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.core import clock
from promo.core.db import session as here
from promo.core.db import write
from promo.notices.models import Notice
from promo.procedures import decisions
from promo.procedures.definitions import Approvals
from promo.procedures.models import Approval, Run
from tests.cast import Member
from tests.procedures.conftest import Trial


def _text(es: str, en: str) -> dict[str, str]:
    return {"es": es, "en": en}


TWO: dict[str, Any] = {
    "code": "PE-TRY-02",
    "title": _text("Dos etapas", "Two stages"),
    "applies_to": {"kind": "record", "types": ["matchmaking"]},
    "stages": [
        {
            "key": "plan", "title": _text("Plan", "Plan"),
            "requires": [
                {"fact": "objective"},
                {"fact": "budget_usd", "when": {"fact": "budget_usd"}},
                {"approvals": [{"function": "head_of_mission"}, {"function": "line_director"}],
                 "label": _text("Aprobación", "Approval")},
            ],
            "next": ["done", "cancelled"],
        },
        {
            "key": "done", "title": _text("Hecho", "Done"),
            "requires": [
                {"answer": "note", "type": "text", "label": _text("Nota", "Note")},
                {"approvals": [{"function": "head_of_mission"}], "label": _text("Conformidad", "Agreement")},
            ],
            "next": ["closed", "cancelled"],
        },
        {"key": "closed", "title": _text("Cerrado", "Closed"), "final": True},
        {"key": "cancelled", "title": _text("Cancelado", "Cancelled"), "cancelled": True},
    ],
}  # fmt: skip


def begin(trial: Trial, by: Member | None = None, **facts: Any) -> Run:
    """Begin a run of two stages."""
    if "PE-TRY-02" not in trial.versions:
        trial.enforce("PE-TRY-02", TWO)
    return trial.begin(by, act_type="matchmaking", **facts)


def ask(run: Run, by: Member) -> Approval:
    """Send the next request."""
    with write() as writing:
        return decisions.ask_approval(writing, by.viewer, run.record_id)


def approve(request: Approval, by: Member) -> None:
    """Approve what waits."""
    with write() as writing:
        decisions.approve(writing, by.viewer, request.id, request.digest)


def requests(run: Run) -> list[tuple[str, str, str]]:
    """Return (stage, function, state) of a run's requests, in their order."""
    here().rollback()
    here().expire_all()
    found = select(Approval).where(Approval.run_id == run.id).order_by(Approval.id)
    return [(a.stage, a.function, a.state) for a in here().scalars(found)]


def last(run: Run, state: str | None = None) -> Approval:
    """Return the last request of a run, in a state or in any."""
    here().rollback()
    here().expire_all()
    found = select(Approval).where(Approval.run_id == run.id).order_by(Approval.id.desc())
    return here().scalars(found.where(Approval.state == state) if state else found).first()  # type: ignore[return-value]


def stage_of(run: Run) -> str:
    """Return where a run stands now."""
    here().rollback()
    here().expire_all()
    return here().get_one(Run, run.id).stage


def planned(trial: Trial, cast: Any) -> Run:
    """Return a run whose first stage was approved by both: it stands in the second."""
    run = begin(trial, budget_usd=900)
    approve(ask(run, cast.officer), cast.head)
    approve(last(run, "waiting"), cast.hq_manager)
    assert stage_of(run) == "done"
    return run


def told(session: Session, member: Member) -> list[str]:
    """Return the subjects of what somebody was told, in their order."""
    session.rollback()
    return list(session.scalars(select(Notice.subject).where(Notice.person_id == member.id).order_by(Notice.id)))


def document(**changed: Any) -> dict[str, Any]:
    """Return the form of an approval on paper; each call brings its file anew."""
    form = {
        "act_type": "memorandum", "act_number": "MEM 014-2026", "act_date": days_ago(0),
        "file": (io.BytesIO(b"%PDF-1.4 firmado"), "memo.pdf"),
    }  # fmt: skip
    return form | changed


def days_ago(days: int) -> str:
    """Return a day as a form writes it."""
    return (clock.today("America/Los_Angeles") - timedelta(days=days)).isoformat()


def allow_together(trial: Trial) -> None:
    """Let the requests of the two stages be approved together, as a procedure may."""
    from promo.procedures.case import definition_of

    for stage in definition_of(trial.versions["PE-TRY-02"]).stages:
        for requirement in stage.approvals():
            assert isinstance(requirement, Approvals)
            object.__setattr__(requirement, "together", True)
