"""The command line as a whole."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from promo.config import ROOT
from tests.database import Place

COMMANDS = (
    ("procedures", "rehearse", "promo/procedures/library/PE-GEN-01.yaml", "--since", "2026-01-01"),
    ("procedures", "evidence", "--sample", "1", "--out", "never.zip"),
    ("audit", "verify"),
    ("serve", "--port", "1"),
)


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words[:2]))
def test_a_command_on_a_database_not_upgraded_says_what_to_do(place: Place, tmp_path: Path, words: tuple[str]) -> None:
    told = os.environ | {
        "PROMO_DATABASE_URL": place.empty("bare"), "PROMO_DATA_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)
    }  # fmt: skip
    run = [sys.executable, "-c", "from promo.cli import main; main()", *words]
    done = subprocess.run(run, env=told, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1].endswith("run promo db upgrade first.")
    assert "Traceback" not in done.stderr
