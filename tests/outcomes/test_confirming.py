"""A confirmed result under PE-RES-01: declared, proven, approved by those who were not in the act, never edited."""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from promo.core import clock
from promo.core.db import session, write
from promo.core.errors import Refused
from promo.events.models import Event
from promo.outcomes import actions, queries
from promo.outcomes.models import FIXED, GRADES, Outcome
from promo.procedures import actions as procedures
from promo.procedures import decisions
from promo.procedures.case import run_of
from promo.procedures.models import Approval, Run
from promo.reference.models import Sector
from tests.cast import Cast, Member
from tests.factories import enforce

pytestmark = pytest.mark.usefixtures("session")
DECLARED = {
    "confidential": "no", "product": "Quinua blanca, 1008.50", "by_year": "único", "support": ["contacts"],
    "attribution": "half", "first_export": "no", "new_market": "yes",
}  # fmt: skip


class Result:
    """An outcome in the officer's browser."""

    def __init__(self, client: Any, cast: Cast, id_: int = 0, **values: Any) -> None:
        self.client, self.cast, self.id = client, cast, id_
        if id_:
            return
        event = {
            "title": "Rueda de granos", "act_type": "other", "pillar": "trade", "starts_on": "2026-03-12",
            "city": "Los Angeles", "country": "US", "visibility": "post",
        }  # fmt: skip
        self.act = int(client.post("/events/new", data=event).location.rsplit("/", 1)[1])
        form = {
            "outcome_type": "export_sale", "grade": "declared", "pillar": "trade", "country": "US",
            "visibility": "post", "amount": "12,500.00", "currency": "USD", "starts_on": "2026-04-01",
            "main_act_id": str(self.act), "organisation_id": "+Agroandina", "counterpart_id": "+Golden Harvest",
            "note": "Un contenedor de quinua", "sector_id": str(session().scalars(select(Sector.id)).first()),
        }  # fmt: skip
        self.form = form | values
        answer = client.post("/outcomes/new", data=self.form)
        assert answer.status_code == 303, answer.text
        self.address = str(answer.location.partition("?")[0])
        self.id = int(self.address.rsplit("/", 1)[1])

    @property
    def row(self) -> Outcome:
        """The outcome as it is stored."""
        session().expire_all()
        return session().get_one(Outcome, self.id)

    @property
    def standing(self) -> tuple[str, str, str]:
        """Its stage, its status and its grade."""
        run = run_of(session(), self.id)
        assert run is not None
        return run.stage, self.row.status, self.row.grade

    def run(self, verb: str, client: Any = None, **values: Any) -> Any:
        """Post to its run."""
        return (client or self.client).post(f"/procedures/runs/{self.id}/{verb}", data=values)

    def attach(self, category: str) -> None:
        """Attach a file of a category."""
        file = (io.BytesIO(category.encode()), f"{category}.txt")
        answer = self.client.post(f"/files/records/{self.id}", data={"category": category, "file": file})
        assert answer.status_code == 303

    def prove(self, category: str = "contract") -> None:
        """Do all that the declared stage asks, but for the approvals."""
        assert self.run("answer", **DECLARED).status_code == 303
        self.run("declare", key="counted_once", said="yes")
        self.attach(category)

    def waiting(self) -> Approval:
        """Return the request that waits."""
        session().expire_all()
        open_ = select(Approval).where(Approval.record_id == self.id, Approval.state.in_(("waiting", "nobody")))
        return session().scalars(open_).one()

    def confirm(self, *approvers: Member) -> None:
        """Take it through its approvals and the firm's answer."""
        self.prove()
        with write() as writing:
            decisions.ask_approval(writing, self.cast.officer.viewer, self.id)
        for who in approvers:
            asked = self.waiting().id
            with write() as writing:
                decisions.approve(writing, who.viewer, asked)
        self.run("declare", key="company_agreed", said="yes")
        self.attach("company_answer")
        assert self.run("advance", to="confirmed").status_code == 303


@pytest.fixture
def result(sign_in: Any, cast: Cast) -> Any:
    """``result()`` writes an outcome down as the officer; all procedures are in force."""
    enforce(cast)
    return lambda **values: Result(sign_in(cast.officer), cast, **values)


def test_what_is_declared_has_gone_through_advance(result: Any) -> None:
    one = result()
    assert one.standing == ("declared", "declared", "declared")
    moves = session().scalars(select(Run).where(Run.record_id == one.id)).one()
    assert moves.version.code == "PE-RES-01"
    page = one.client.get(one.address).text
    assert "PE-RES-01" in page
    assert "Declarado" in page
    hoped = result(grade="expected", amount="")
    assert hoped.standing == ("expected", "expected", "expected")


def test_it_is_recorded_within_ten_working_days_of_being_known(result: Any, cast: Cast) -> None:
    today = clock.today(cast.officer.viewer.timezone)
    early, late = result(), result(known_on=(today - timedelta(days=40)).isoformat())
    runs = session().scalars(select(Run).where(Run.record_id.in_((early.id, late.id))).order_by(Run.record_id))
    assert [run.late_start for run in runs] == [False, True]
    assert early.row.known_on == today
    tomorrow = (today + timedelta(days=2)).isoformat()
    assert early.client.post("/outcomes/new", data=early.form | {"known_on": tomorrow}).status_code == 422


def test_what_has_not_happened_or_has_no_amount_is_not_declared(result: Any) -> None:
    one = result(grade="expected", amount="")
    assert one.run("advance", to="declared").status_code == 422
    assert one.standing[0] == "expected"
    data = one.form | {"version": str(one.row.version), "organisation_id": str(one.row.organisation_id)}
    data |= {"counterpart_id": str(one.row.counterpart_id), "grade": "declared"}
    assert one.client.post(f"{one.address}/edit", data=data | {"amount": ""}).status_code == 422
    assert one.client.post(f"{one.address}/edit", data=data | {"amount": "900"}).status_code == 303
    assert one.standing == ("declared", "declared", "declared")
    back = data | {"version": str(one.row.version), "grade": "expected", "amount": "900"}
    assert one.client.post(f"{one.address}/edit", data=back).status_code == 422


def test_only_evidence_of_tier_a_or_b_confirms(result: Any, cast: Cast) -> None:
    one = result()
    one.prove("other")
    assert one.run("ask").status_code == 422
    assert one.row.grade == "declared"
    page = one.client.get(one.address).text
    assert f'href="{one.address}#files"' in page
    one.attach("statement")
    assert one.run("ask").status_code == 303
    assert one.waiting().assigned_to_id == cast.head.id


def test_a_line_director_who_was_in_the_act_is_passed_over(result: Any, cast: Cast) -> None:
    one = result()
    one.prove()
    with write() as writing:
        writing.get_one(Event, one.act).owner_id = cast.hq_manager.id
    assert cast.hq_manager.id in queries.involved(session(), one.row)
    with write() as writing:
        decisions.ask_approval(writing, cast.officer.viewer, one.id)
    asked = one.waiting().id
    with write() as writing:
        decisions.approve(writing, cast.head.viewer, asked)
    request = one.waiting()
    assert request.function == "line_director"
    assert request.assigned_to_id != cast.hq_manager.id


def test_confirmed_after_both_approvals_and_the_firms_answer(result: Any, cast: Cast) -> None:
    one = result()
    one.confirm(cast.head, cast.hq_manager)
    assert one.standing == ("confirmed", "confirmed", "confirmed")
    assert "Confirmado" in one.client.get(one.address).text
    assert "Confirmado" in one.client.get("/outcomes?grade=confirmed").text


def test_while_the_firm_is_asked_it_stays_declared(result: Any, cast: Cast) -> None:
    one = result()
    one.prove()
    with write() as writing:
        decisions.ask_approval(writing, cast.officer.viewer, one.id)
    for who in (cast.head, cast.hq_manager):
        asked = one.waiting().id
        with write() as writing:
            decisions.approve(writing, who.viewer, asked)
    assert one.standing == ("company", "company", "declared")
    assert one.run("advance", to="confirmed").status_code == 422


def test_what_is_confirmed_is_neither_edited_nor_archived(result: Any, cast: Cast) -> None:
    one = result()
    one.confirm(cast.head, cast.hq_manager)
    assert one.client.get(f"{one.address}/edit").status_code == 303
    data = one.form | {"version": str(one.row.version), "amount": "99,000"}
    assert one.client.post(f"{one.address}/edit", data=data).status_code == 422
    assert one.client.post(f"{one.address}/archive").status_code == 422
    assert (one.row.usd, one.row.archived_at) == (Decimal("12500"), None)
    assert f"{one.address}/correct" in one.client.get(one.address).text


def test_a_counter_entry_takes_away_at_most_what_is_left(result: Any, cast: Cast) -> None:
    one = result()
    assert one.client.post(f"{one.address}/correct", data={"note": "Antes de tiempo"}).status_code == 422
    one.confirm(cast.head, cast.hq_manager)
    assert one.client.get(f"{one.address}/correct").status_code == 200
    for wrong in ({"note": ""}, {"amount": "12,500.01"}, {"amount": "0"}, {"amount": "mil"}, {"amount": "-5"}):
        data = {"note": "Se devolvió parte", "amount": "2,500"} | wrong
        assert one.client.post(f"{one.address}/correct", data=data).status_code == 422
    answer = one.client.post(f"{one.address}/correct", data={"note": "Se devolvió parte", "amount": "2,500"})
    assert answer.status_code == 303
    entry = session().get_one(Outcome, int(answer.location.partition("?")[0].rsplit("/", 1)[1]))
    assert (entry.corrects_id, entry.amount, entry.usd, entry.grade) == (
        one.id,
        Decimal("-2500"),
        Decimal("-2500"),
        "declared",
    )
    assert one.row.amount == Decimal("12500")
    assert actions.left(session(), one.row) == Decimal("10000")
    page, there = one.client.get(one.address).text, one.client.get(f"/outcomes/{entry.id}").text
    assert f"/outcomes/{entry.id}" in page
    assert one.address in there
    assert "−US$ 2,500.00" in there
    assert one.client.post(f"/outcomes/{entry.id}/edit", data=one.form).status_code == 422
    assert one.client.post(f"{one.address}/correct", data={"note": "x", "amount": "10,001"}).status_code == 422


def test_a_counter_entry_counts_once_it_is_confirmed(result: Any, cast: Cast) -> None:
    one = result()
    one.confirm(cast.head, cast.hq_manager)
    answer = one.client.post(f"{one.address}/correct", data={"note": "No se embarcó"})
    entry = Result(one.client, cast, int(answer.location.partition("?")[0].rsplit("/", 1)[1]))
    confirmed = {s.grade: s.usd for s in queries.sums(session(), cast.officer.viewer, one.act)}
    assert confirmed == {"confirmed": Decimal("12500"), "declared": Decimal("-12500")}
    assert one.client.post(f"/outcomes/{entry.id}/correct", data={"note": "x"}).status_code == 422
    entry.confirm(cast.head, cast.hq_manager)
    assert {s.grade: s.usd for s in queries.sums(session(), cast.officer.viewer, one.act)} == {"confirmed": Decimal(0)}
    with pytest.raises(Refused), write() as writing:
        actions.correct(writing, cast.officer.viewer, one.id, {"note": "otra vez"})


def test_withdrawn_it_is_in_no_sum(result: Any, cast: Cast) -> None:
    one = result()
    assert one.run("advance", to="withdrawn", reason="La empresa lo negó").status_code == 303
    assert one.standing == ("withdrawn", "cancelled", "withdrawn")
    assert queries.sums(session(), cast.officer.viewer, one.act) == []
    assert "Retirado" in one.client.get(one.address).text


def test_an_outcome_from_before_gets_its_run_when_it_is_saved(sign_in: Any, cast: Cast) -> None:
    enforce(cast, "PE-GEN-01")
    one = Result(sign_in(cast.officer), cast)
    assert run_of(session(), one.id) is None
    assert one.row.grade == "declared"
    enforce(cast, "PE-RES-01")
    assert "PE-RES-01" not in one.client.get(one.address).text
    data = one.form | {"version": str(one.row.version), "organisation_id": str(one.row.organisation_id)}
    data |= {"counterpart_id": str(one.row.counterpart_id)}
    assert one.client.post(f"{one.address}/edit", data=data).status_code == 303
    assert one.standing == ("declared", "declared", "declared")


def test_the_grade_is_always_that_of_the_stage(result: Any, cast: Cast) -> None:
    one = result()
    one.confirm(cast.head, cast.hq_manager)
    with write() as writing:
        found = procedures.match(writing, "outcome", "export_sale", "trade")
        assert found is not None
        stages = [stage["key"] for stage in found.definition["stages"]]
    assert [grade for grade, _label in GRADES] == [stage for stage in stages if stage in dict(GRADES)]
    assert set(stages) > FIXED
    assert date.fromisoformat(one.form["starts_on"]) == one.row.starts_on
