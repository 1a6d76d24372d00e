"""``promo procedures evidence``: a pack from the command line, that its own verifier takes."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.audits.models import AuditPick, AuditSample
from promo.cli import cli
from promo.core.audit import AuditEvent, AuditValue
from tests.audits.conftest import Cases, reference


@pytest.fixture
def promo(app: Flask) -> Any:
    """``promo("--sample", "2")`` gives the command."""
    return lambda *arguments: app.test_cli_runner().invoke(cli, ["procedures", "evidence", *arguments])


def test_a_sample_is_drawn_kept_and_packed(promo: Any, cases: Cases, session: Session, tmp_path: Path) -> None:
    out = tmp_path / "pack.zip"
    told = promo("--sample", "3", "--seed", "1", "--out", str(out))
    assert told.exit_code == 0, told.output
    drawn = session.scalars(select(AuditSample)).one()
    assert (drawn.size, drawn.seed, drawn.drawn_by_id, drawn.population_size) == (3, "1", None, 4)
    with zipfile.ZipFile(out) as pack:
        pack.extractall(tmp_path / "here")
        packed = {name.split("/")[1] for name in pack.namelist() if name.startswith("records/")}
    picked = set(session.scalars(select(AuditPick.reference).where(AuditPick.sample_id == drawn.id)))
    assert packed == picked
    assert len(picked) == 3
    verified = subprocess.run(
        [sys.executable, "-I", str(tmp_path / "here" / "verify.py")], capture_output=True, text=True
    )
    assert (verified.returncode, verified.stdout[:3]) == (0, "OK:")
    pack_id = json.loads((tmp_path / "here" / "manifest.json").read_text())["id"]
    told_of = select(AuditValue.new).join(AuditEvent, AuditEvent.id == AuditValue.event_id)
    told_of = told_of.where(AuditEvent.action == "export", AuditValue.field == "pack")
    assert session.scalars(told_of).one() == json.dumps(pack_id)


def test_a_case_file_by_its_reference(promo: Any, cases: Cases, tmp_path: Path) -> None:
    out = tmp_path / "pack.zip"
    told = promo("--record", reference(cases.approved).lower(), "--masked", "--locale", "en", "--out", str(out))
    assert told.exit_code == 0, told.output
    with zipfile.ZipFile(out) as pack:
        assert "How the procedure was followed" in pack.read("index.html").decode()
        assert json.loads(pack.read("manifest.json"))["masked"] == "personal"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "either --sample N or --record"),
        (("--sample", "2", "--record", "EV-1"), "either --sample N or --record"),
        (("--record", "EV-1"), "No case file has the reference EV-1"),
        (("--sample", "2", "--kind", "unicorn"), "no work of kind"),
        (("--sample", "2", "--kind", "mission", "--locale", "en"), "No case file is as these filters say"),
        (("--sample", "0"), "0 is not in the range"),
    ],
)
def test_what_makes_no_sense_is_refused(promo: Any, cases: Cases, tmp_path: Path, arguments: Any, words: str) -> None:
    told = promo(*arguments, "--out", str(tmp_path / "pack.zip"))
    assert told.exit_code != 0
    assert words in told.output
    assert not (tmp_path / "pack.zip").exists()
