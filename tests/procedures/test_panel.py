"""What a record's page shows of its procedure."""

from __future__ import annotations

from datetime import timedelta

import time_machine
from flask import Flask, g, render_template
from sqlalchemy.orm import Session

from promo.core import clock
from promo.core.db import write
from promo.core.records import Record
from promo.procedures import actions, decisions, queries
from promo.procedures.record_panel import Panel
from tests import pages
from tests.cast import Member
from tests.procedures.conftest import Trial


def panel_of(session: Session, who: Member, record_id: int) -> Panel:
    session.expire_all()
    panel = queries.panel(session, who.viewer, session.get_one(Record, record_id))
    assert panel is not None
    return panel


def test_panel_of_a_round_at_its_first_stage(trial: Trial, session: Session, cast) -> None:
    trial.enforce("PE-COM-02")
    run = trial.begin(act_type="matchmaking", budget_usd=18400, objective=None)
    panel = panel_of(session, cast.officer, run.record_id)
    assert (panel.code, panel.number, panel.stage) == ("PE-COM-02", 1, "proposal")
    assert [(m.state, m.label) for m in panel.stages][:2] == [("now", "Propuesta"), ("next", "Oferta")]
    objective = next(i for i in panel.items if i.key == "fact-objective")
    assert objective.url == f"/organisations/{run.record_id}/edit#objective"
    assert panel.late_start
    assert panel.late
    assert {a.name for a in panel.questions} == {
        *("mode", "plan_activity", "funding", "risks", "targets", "partners"),
        *("slot_minutes", "tables", "matching_tool", "demand_per_supply", "languages"),
    }
    assert panel.to_ask is None
    assert not panel.can_advance
    assert [w.key for w in panel.onward] == ["supply"]
    assert panel.cancelling is not None


def test_panel_offers_to_ask_when_all_else_is_there(trial: Trial, session: Session, cast) -> None:
    run = trial.begin(budget_usd=900)
    assert panel_of(session, cast.officer, run.record_id).to_ask == "Jefatura de misión"
    with write() as writing:
        request = decisions.ask_approval(writing, cast.officer.viewer, run.record_id)
    panel = panel_of(session, cast.officer, run.record_id)
    assert panel.to_ask is None
    assert panel.recall_id == request.id
    waiting = [i for i in panel.items if i.state == "waiting"]
    assert cast.head.name in waiting[0].reason


def test_panel_for_readers_offers_nothing(trial: Trial, session: Session, cast) -> None:
    run = trial.begin(budget_usd=900)
    panel = panel_of(session, cast.auditor, run.record_id)
    assert not panel.may_work
    assert panel.to_ask is None


def test_the_term_is_counted_in_working_days_of_the_post(trial: Trial, session: Session, cast) -> None:
    run = trial.begin()
    with time_machine.travel("2027-03-04 20:00:00+00:00", tick=False):
        panel = panel_of(session, cast.officer, run.record_id)
        assert panel.days_left == 3
        assert not panel.late
    with time_machine.travel("2027-03-10 20:00:00+00:00", tick=False):
        assert panel_of(session, cast.officer, run.record_id).late


def test_a_finished_run_shows_its_way(trial: Trial, session: Session, cast) -> None:
    run = trial.begin()
    with write() as writing:
        actions.advance(writing, cast.officer.viewer, run.record_id, "cancelled", "No hay fecha")
    panel = panel_of(session, cast.officer, run.record_id)
    assert panel.finished
    assert panel.cancelled
    assert [m.label for m in panel.stages if m.state == "now"] == ["Cancelado"]
    assert panel.items == []


def test_the_fragments_are_sound(trial: Trial, app: Flask, session: Session, cast) -> None:
    trial.enforce("PE-COM-02")
    runs = [trial.begin(act_type="matchmaking", budget_usd=18400), trial.begin(budget_usd=900, act_type="x")]
    for run in runs:
        panel = panel_of(session, cast.officer, run.record_id)
        with app.test_request_context("/"):
            g.viewer = cast.officer.viewer
            for name in ("_stages", "_checklist"):
                html = render_template(f"procedures/{name}.html", panel=panel)
                assert html.strip()
                assert pages.faults(html) == []
            assert render_template("procedures/_checklist.html", panel=None).count('id="checklist"') == 1


def test_a_version_comes_into_force_on_its_date_and_not_before(trial: Trial, session: Session, cast) -> None:
    from promo.procedures import jobs, matching, versions

    data = dict(trial.versions["PE-GEN-01"].definition) | {"purpose": {"es": "Otro", "en": "Other"}}
    tomorrow = clock.today() + timedelta(days=1)
    with write() as writing:
        draft = versions.add_draft(writing, data, cast.promoter.id)
        assert draft is not None
        versions.submit(writing, draft, substance=False, changes={"es": "Se aclara.", "en": "Made clear."})
        versions.approve_version(draft, cast.quality.id, "RD 2", tomorrow, tomorrow)
    jobs.bring_into_force()
    session.expire_all()
    assert draft.status == "approved"
    with time_machine.travel(clock.now() + timedelta(days=2), tick=False):
        jobs.bring_into_force()
    session.expire_all()
    assert draft.status == "effective"
    assert [v.number for v in matching.effective(session)] == [2]
