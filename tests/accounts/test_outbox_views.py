"""Messages are read by administrators, and by anybody in a demonstration."""

from __future__ import annotations

import pytest

from promo import config
from promo.core.db import write
from promo.core.mail import queue_mail


@pytest.fixture
def message(session):
    with write() as writing:
        return queue_mail(writing, "a@promo.example", "Hola <b>", "Mire http://localhost/x?y=1 <script>").id


@pytest.mark.parametrize("part", ["officer", "manager", "quality", "auditor"])
def test_others_do_not_read_messages(cast, sign_in, message, part):
    browser = sign_in(cast.members[part])
    assert browser.get("/outbox").status_code == 403
    assert browser.get(f"/outbox/{message}").status_code == 403


def test_administrators_do(cast, sign_in, message):
    browser = sign_in(cast.admin)
    assert f"/outbox/{message}" in browser.get("/outbox").text
    page = browser.get(f"/outbox/{message}").text
    assert 'href="http://localhost/x?y=1"' in page
    assert "<script>" not in page.replace("<script type", "")
    assert browser.get("/outbox/999999").status_code == 404
    assert browser.get("/outbox?before=1").status_code == 200


def test_in_a_demonstration_anybody_does_even_before_signing_in(client, cast, sign_in, message, monkeypatch):
    assert client.get("/outbox").status_code == 303
    monkeypatch.setattr(config, "_current", config.settings().model_copy(update={"demo": True}))
    assert client.get("/outbox").status_code == 200
    assert client.get(f"/outbox/{message}").status_code == 200
    assert sign_in(cast.officer).get("/outbox").status_code == 200
