"""The commands of procedures."""

from __future__ import annotations

import json
from pathlib import Path

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.procedures.cli import procedures
from promo.procedures.models import ProcedureVersion


def test_load_makes_drafts_once(app: Flask, session: Session) -> None:
    runner = app.test_cli_runner()
    first = runner.invoke(procedures, ["load"])
    assert first.exit_code == 0, first.output
    assert "PE-COM-02 v1: draft" in first.output
    assert "Nothing new" in runner.invoke(procedures, ["load"]).output
    session.expire_all()
    assert set(session.scalars(select(ProcedureVersion.status))) == {"draft"}


def test_check_names_path_and_line(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text("code: PE-XXX-01\ntitle: {es: A, en: A}\napplies_to: {kind: event}\nstages:\n  - {key: one}\n")
    answer = app.test_cli_runner().invoke(procedures, ["check", str(file), "--json"])
    assert answer.exit_code == 1
    found = json.loads(answer.output)
    assert {"path": "stages[0]", "line": 5}.items() <= found[0].items()
    assert "title" in found[0]["message"]


def test_rehearse_prints_what_a_file_would_have_refused(app: Flask, session: Session, tmp_path: Path, trial) -> None:
    trial.begin(title="Foro de granos")
    session.rollback()
    data = dict(trial.versions["PE-GEN-01"].definition)
    first, *others = data["stages"]
    data["stages"] = [{**first, "requires": [*first["requires"], {"evidence": "invitation"}]}, *others]
    file = tmp_path / "draft.json"
    file.write_text(json.dumps(data))
    runner = app.test_cli_runner()
    answer = runner.invoke(procedures, ["rehearse", str(file), "--since", "2026-01-01", "--json"])
    assert answer.exit_code == 0, answer.output
    found = json.loads(answer.stdout)
    assert [(line["item"], line["records"]) for line in found["open_items"]] == [("evidence.invitation", 1)]
    told = runner.invoke(procedures, ["rehearse", str(file), "--since", "2026-01-01"])
    assert "notice evidence.invitation: 1" in told.stdout
    file.write_text(json.dumps(data | {"stages": []}))
    assert runner.invoke(procedures, ["rehearse", str(file), "--since", "2026-01-01"]).exit_code == 1
