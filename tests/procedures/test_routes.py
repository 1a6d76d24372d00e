"""Approval routes as data with pages: naming deputies, how it was before, who could on a day, telling of holes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.accounts.models import Absence, FunctionHeld
from promo.core import clock
from promo.core.db import write
from promo.core.errors import Forbidden, Refused
from promo.notices.models import Notice
from promo.procedures import decisions, inbox, nobody, rerouting, route_queries
from promo.procedures.jobs import reroute
from promo.procedures.models import Approval, ApprovalRoute
from promo.procedures.route_actions import route_edit
from tests import factories
from tests.browser_like import Client
from tests.cast import ALONE, HOME, Cast, Member
from tests.pages import parsed
from tests.procedures.conftest import Trial

SignIn = Callable[[Member], Client]
TODAY = clock.today()
HEAD = "head_of_mission"
pytestmark = pytest.mark.usefixtures("trial")


def name(by: Member, code: str = HOME, function: str = HEAD, seen: int | None = None, **values: Any) -> int | None:
    with write() as writing:
        made = route_edit(writing, by.viewer, code, function, values, seen)
        return made.id if made else None


def age(route_id: int | None, days: int) -> None:
    """Let a route have begun some days ago."""
    with write() as writing:
        writing.get_one(ApprovalRoute, route_id).valid_from = TODAY - timedelta(days=days)


def everybody_else_leaves(*stay: Member) -> None:
    """End every function but those of these people."""
    with write() as writing:
        for held in writing.query(FunctionHeld):
            if held.person_id not in {m.id for m in stay}:
                held.valid_to = TODAY - timedelta(days=2)


def test_route_edit_ends_the_former_and_begins_the_next_today(session: Session, cast: Cast) -> None:
    first = name(cast.admin, deputy_id=cast.colleague.id, act_number="RD 1")
    assert name(cast.admin, deputy_id=cast.officer.id, act_number="RD 1") == first  # begun today: corrected
    age(first, 30)
    second = name(cast.quality, deputy_id=cast.colleague.id, stand_in_id=cast.hq_manager.id)
    assert second != first
    session.rollback()
    rows = session.query(ApprovalRoute).order_by(ApprovalRoute.id).all()
    today = clock.today("America/Los_Angeles")
    assert [(r.id, r.valid_to, r.deputy_id) for r in rows] == [
        (first, today - timedelta(days=1), cast.officer.id), (second, None, cast.colleague.id),
    ]  # fmt: skip
    assert name(cast.admin, deputy_id=cast.colleague.id, stand_in_id=cast.hq_manager.id) == second  # nothing changed
    age(second, 3)
    assert name(cast.admin) is None  # nobody named: it ends
    session.rollback()
    assert route_queries.open_route(session, cast.officer.post_id, HEAD, None) is None


def test_route_edit_for_a_pillar_stands_beside_the_one_for_all(session: Session, cast: Cast) -> None:
    for_all = name(cast.admin, deputy_id=cast.colleague.id)
    for_trade = name(cast.admin, deputy_id=cast.officer.id, pillar="trade")
    assert for_all != for_trade
    session.rollback()
    rows = route_queries.table(session, cast.admin.viewer, factories.post(HOME), TODAY)
    heads = {row.pillars: [link.name for link in row.at("deputy")] for row in rows if row.function == HEAD}
    assert heads[("trade",)] == [cast.officer.name]
    assert heads[("investment", "tourism", "gastronomy")] == [cast.colleague.name]


def test_route_edit_takes_only_people_who_work_with_cases(session: Session, cast: Cast) -> None:
    gone = factories.create_person(active=False)
    for person in (cast.admin.id, cast.auditor.id, gone.id, 999_999):
        with pytest.raises(Refused):
            name(cast.quality, deputy_id=person)
    with pytest.raises(Refused):
        name(cast.quality, function="nothing", deputy_id=cast.officer.id)
    with pytest.raises(Refused):
        name(cast.quality, pillar="nothing", deputy_id=cast.officer.id)


def test_a_manager_names_the_deputy_of_their_own_post_alone(session: Session, cast: Cast) -> None:
    kept = name(cast.admin, stand_in_id=cast.hq_manager.id)
    assert name(cast.head, deputy_id=cast.colleague.id, stand_in_id=cast.finance.id) == kept
    session.rollback()
    route = session.get_one(ApprovalRoute, kept)
    assert (route.deputy_id, route.stand_in_id) == (cast.colleague.id, cast.hq_manager.id)
    for member, code in ((cast.head, ALONE), (cast.officer, HOME), (cast.hq_manager, HOME), (cast.auditor, HOME)):
        with pytest.raises(Forbidden):
            name(member, code, deputy_id=cast.colleague.id)
    assert name(cast.hq_manager, "HQ-PE-LIM", deputy_id=cast.finance.id)


def test_route_edit_refuses_what_somebody_changed_meanwhile(session: Session, cast: Cast) -> None:
    with pytest.raises(Refused):
        name(cast.admin, seen=4, deputy_id=cast.colleague.id)
    first = name(cast.admin, seen=0, deputy_id=cast.colleague.id)
    with pytest.raises(Refused):
        name(cast.quality, seen=0, deputy_id=cast.officer.id)
    assert name(cast.quality, seen=first, deputy_id=cast.officer.id) == first


def test_route_shows_holder_deputy_stand_in_and_who_comes_next(sign_in: SignIn, session: Session, cast: Cast) -> None:
    name(cast.admin, deputy_id=cast.head.id, stand_in_id=cast.head.id)
    with write() as writing:
        writing.add(Absence(person_id=cast.head.id, starts_on=TODAY, ends_on=TODAY + timedelta(days=9)))
    page = sign_in(cast.officer).get(f"/procedures/route/{HOME}").text
    assert cast.head.name in page
    assert "RM 0001-2024-RE" in page
    assert "ausente hasta" in page
    assert "Suplente y reemplazo son la misma persona" in page
    assert "elija a otra persona" in page
    assert "Falta el acto que los designa" in page
    assert "<form" not in page.split("<main", 1)[1].split("</main", 1)[0]
    assert sign_in(cast.admin).get("/procedures/route/XX").status_code == 404


def test_route_edit_over_its_page_keeps_what_was_typed(sign_in: SignIn, session: Session, cast: Cast) -> None:
    browser = sign_in(cast.admin)
    page = parsed(browser.get(f"/procedures/route/{HOME}").text)
    form = next(e for e in page.all("form") if f"function={HEAD}" in e["action"])
    key = re.search(r"row=([\w-]+)", form["action"])
    assert key
    data = {f"{key[1]}-deputy_id": cast.admin.id, f"{key[1]}-act_number": "RD 77", f"{key[1]}-pillar": ""}
    data[f"{key[1]}-seen"] = "0"
    refused = browser.post(form["action"], data=data)
    assert refused.status_code == 422
    assert 'value="RD 77"' in refused.text
    saved = browser.post(form["action"], data=data | {f"{key[1]}-deputy_id": cast.colleague.id})
    assert saved.status_code == 303
    assert cast.colleague.name in browser.get(f"/procedures/route/{HOME}").text


def test_deputies_are_found_by_name(sign_in: SignIn, cast: Cast) -> None:
    found = sign_in(cast.quality).get("/procedures/deputies?q=salas").json
    assert found == [{"value": str(cast.colleague.id), "text": cast.colleague.name, "hint": HOME}]
    assert sign_in(cast.quality).get("/procedures/deputies?q=campos").json == []  # an administrator sees no case
    assert sign_in(cast.officer).get("/procedures/deputies?q=salas").status_code == 403


def test_routes_puts_holes_first(sign_in: SignIn, session: Session, cast: Cast) -> None:
    browser = sign_in(cast.quality)
    assert "Toda oficina tiene quien apruebe" in browser.get("/procedures/routes").text
    everybody_else_leaves(cast.alone)
    page = browser.get(f"/procedures/routes?function={HEAD}").text
    rows = re.findall(r'/procedures/route/([\w-]+)">', page)
    assert rows[-1] == ALONE
    assert "sin quien apruebe" in page
    assert cast.alone.name in page
    assert "sin quien apruebe" in browser.get(f"/procedures/route/{HOME}").text
    session.rollback()
    alone = route_queries.table(session, cast.quality.viewer, factories.post(ALONE), TODAY)
    assert {row.function: row.vacant for row in alone}[HEAD] is False
    assert {row.function: row.vacant for row in alone}["line_director"] is True


def test_who_could_approve_on_a_day_and_by_what_act(sign_in: SignIn, session: Session, cast: Cast) -> None:
    age(name(cast.admin, deputy_id=cast.colleague.id, act_number="RD 0007-2026"), 10)
    name(cast.admin, deputy_id=cast.officer.id, act_number="RD 0099-2026")
    home = cast.officer.post_id
    browser = sign_in(cast.auditor)

    def told(days: int) -> str:
        day = (TODAY - timedelta(days=days)).isoformat()
        return browser.get(f"/procedures/who?post={home}&function={HEAD}&day={day}").text.split("<main")[1]

    assert "RM 0001-2024-RE" in told(5)
    assert "RD 0007-2026" in told(5)
    assert "RD 0099-2026" not in told(5)
    assert "RD 0099-2026" in told(0)
    assert "RD 0007-2026" not in told(20)
    assert "No se pidió nada ese día" in browser.get("/procedures/who?day=2001-01-01").text
    assert browser.get("/procedures/who?day=0001-01-01").status_code == 422
    assert browser.get("/procedures/who?day=soon&post=x&function=y&pillar=z").status_code == 422


def _nobody(trial: Trial, session: Session, cast: Cast) -> int:
    """A request that nobody can approve."""
    everybody_else_leaves()
    run = trial.begin(budget_usd=500)
    with write() as writing:
        asked = decisions.ask_approval(writing, cast.officer.viewer, run.record_id).id
    session.rollback()
    assert session.get_one(Approval, asked).state == "nobody"
    return asked


def test_a_request_without_anybody_is_told_once_a_day(trial: Trial, session: Session, cast: Cast) -> None:
    asked = _nobody(trial, session, cast)

    def told() -> list[Notice]:
        session.rollback()
        return list(session.scalars(select(Notice).where(Notice.kind == nobody.NOBODY.name).order_by(Notice.id)))

    assert {n.person_id for n in told()} == {cast.quality.id, cast.admin.id}
    assert all(f"/procedures/route/{HOME}" == n.address and "TR-" in n.subject for n in told())
    assert not any("Foro de granos" in n.subject + n.text for n in told())
    reroute()
    assert len(told()) == 2
    with clock.at(clock.now() + timedelta(days=1)):
        reroute()
    assert len(told()) == 4
    session.rollback()
    assert session.get_one(Approval, asked).state == "nobody"


def test_naming_somebody_sends_it_on_at_once(trial: Trial, session: Session, cast: Cast) -> None:
    asked = _nobody(trial, session, cast)
    name(cast.quality, deputy_id=cast.colleague.id)
    session.rollback()
    found = session.get_one(Approval, asked)
    assert (found.state, found.assigned_to_id, found.route_step) == ("waiting", cast.colleague.id, "deputy")
    with write() as writing:
        assert not rerouting.reroute(writing, asked)


def test_the_list_of_those_without_anybody_leads_to_the_route(
    trial: Trial, session: Session, sign_in: SignIn, cast: Cast
) -> None:
    _nobody(trial, session, cast)
    seen = sign_in(cast.quality).get("/procedures/approvals").text
    assert f'href="/procedures/route/{HOME}"' in seen
    assert "Foro de granos" in seen
    session.rollback()
    blind = inbox.without_anybody(session, cast.admin.viewer)
    assert [(w.title, w.post_code) for w in blind] == [("", HOME)]
    assert inbox.without_anybody(session, cast.officer.viewer) == []
