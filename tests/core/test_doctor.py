"""The doctor finds what is wrong and says what to do."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from flask import Flask

from promo import config
from promo.config import settings
from promo.core import doctor
from promo.core.backup import backup


@dataclass
class Changed:
    """Settings changed for one test."""

    monkeypatch: pytest.MonkeyPatch

    def __call__(self, **values: object) -> None:
        self.monkeypatch.setattr(config, "_current", settings().model_copy(update=values))


@pytest.fixture
def change(monkeypatch: pytest.MonkeyPatch) -> Changed:
    """``change(mail_url=…)``: other settings until the test ends."""
    return Changed(monkeypatch)


def _levels(check: str) -> set[str]:
    return {f.level for f in doctor.examine() if f.check == check}


def test_every_check_says_something(session) -> None:
    named = {finding.check for finding in doctor.examine()}
    assert named == {"settings", "database", "mail", "files", "jobs", "disk", "clock", "backup", "trail"}


def test_what_is_wrong_has_a_remedy(session, change) -> None:
    change(mail_url="smtp://127.0.0.1:9", files_url="file:///proc/nowhere", base_url="http://promo.example")
    wrong = [f for f in doctor.examine() if f.level == "wrong"]
    assert {"mail", "files", "settings"} <= {f.check for f in wrong}
    assert all(f.remedy for f in wrong)


def test_a_fresh_backup_is_enough(app: Flask, session, tmp_path) -> None:
    assert _levels("backup") == {"warning"}
    backup(tmp_path / "backup")
    assert _levels("backup") == {"ok"}
