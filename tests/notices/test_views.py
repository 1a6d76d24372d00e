"""What one is told: in Promo and by mail as one chose, with the reason, once, and nobody else's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from promo.core.db import session, write
from promo.core.outbox import Mail
from promo.notices import actions
from promo.notices.jobs import morning
from promo.notices.models import Notice
from tests.cast import Cast, Member

pytestmark = pytest.mark.usefixtures("session")
KIND = actions.declare("trial", _l("Trials"))
MUST = actions.declare("must", _l("What others wait for"), mutable=False)


@pytest.fixture(autouse=True)
def _gone() -> Any:
    """Leave no trial kinds behind."""
    actions._kinds.update({"trial": KIND, "must": MUST})
    yield
    actions._kinds.pop("trial", None)
    actions._kinds.pop("must", None)


def _tell(who: Member, kind: actions.Kind = KIND, **how: Any) -> int | None:
    with write() as writing:
        said = actions.Said("Foro: Resultado", _("Saved."), "Se le avisa como jefatura.")
        made = actions.tell(writing, who.id, kind, lambda: said, **how)
        return made.id if made else None


def _mails(who: Member) -> list[Mail]:
    session().rollback()
    return list(session().scalars(select(Mail).where(Mail.person_id == who.id).order_by(Mail.id)))


def test_tell_is_in_the_list_with_its_reason_and_in_the_mail(sign_in: Any, cast: Cast) -> None:
    id_ = _tell(cast.officer, address="/events")
    client = sign_in(cast.officer)
    page = client.get("/notices").text
    for words in ("Foro: Resultado", "Se le avisa como jefatura.", f"/notices/{id_}/open"):
        assert words in page
    (mail,) = _mails(cast.officer)
    for words in ("Se le avisa como jefatura.", "/events", "/notices/choose"):
        assert words in mail.text
    assert client.get(f"/notices/{id_}/open").location == "/events"
    assert session().get_one(Notice, id_).seen_at is not None
    assert sign_in(cast.colleague).get(f"/notices/{id_}/open").status_code == 404
    assert "Foro: Resultado" not in sign_in(cast.colleague).get("/notices").text


def test_tell_twice_under_a_key_tells_once(cast: Cast) -> None:
    assert _tell(cast.officer, key="a") == _tell(cast.officer, key="a")
    assert len(_mails(cast.officer)) == 1


def test_choose_is_kept_and_obeyed(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    assert client.post("/notices/choose", data={"trial": "here"}).status_code == 303
    assert _tell(cast.officer) is not None
    assert client.post("/notices/choose", data={"trial": "off", "must": "digest"}).status_code == 303
    assert _tell(cast.officer) is None
    assert _mails(cast.officer) == []
    for bad in ({"trial": "sometimes"}, {"must": "off"}):
        refused = client.post("/notices/choose", data=bad)
        assert refused.status_code == 422
        assert 'aria-invalid="true"' in refused.text


def test_morning_brings_one_mail_of_what_waited(sign_in: Any, cast: Cast) -> None:
    sign_in(cast.officer).post("/notices/choose", data={"trial": "digest"})
    with time_machine.travel(datetime(2026, 11, 25, 20, tzinfo=UTC), tick=False):  # noon in Los Angeles
        _tell(cast.officer)
        _tell(cast.officer)
        morning()
        assert _mails(cast.officer) == []
    with time_machine.travel(datetime(2026, 11, 26, 11, tzinfo=UTC), tick=False):  # six in the morning in Lima
        morning()
        assert _mails(cast.officer) == []
    with time_machine.travel(datetime(2026, 11, 26, 16, tzinfo=UTC), tick=False):
        morning()
        morning()
        (mail,) = _mails(cast.officer)
    assert mail.text.count("Foro: Resultado") == 2


def test_see_all_marks_only_ones_own(sign_in: Any, cast: Cast) -> None:
    _tell(cast.officer)
    _tell(cast.colleague)
    assert sign_in(cast.officer).post("/notices/see_all").status_code == 303
    session().rollback()
    seen = dict(session().execute(select(Notice.person_id, Notice.seen_at)).all())
    assert seen[cast.officer.id] is not None
    assert seen[cast.colleague.id] is None
