"""The table of terms, amounts and functions: saved together, errors at the cell, marked where they are others."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from promo.procedures.models import ProcedureVersion
from tests.drafts.conftest import Desk
from tests.factories import enforce
from tests.pages import Page


@pytest.fixture
def copied(desk: Desk, cast) -> Desk:
    """The next version of the matchmaking round, which is in force."""
    enforce(cast, "PE-COM-02")
    desk.is_at(desk.client.post("/drafts/copy/PE-COM-02").location)
    return desk


def test_every_term_amount_and_function_stands_there_with_its_stage(copied: Desk) -> None:
    page = Page(copied.get().text)
    for name, value in (
        ("proposal/deadline.0-days", "90"), ("proposal/fact.capacity/value-number", "10"),
        ("proposal/answer.languages/when.not.all.0.budget_usd-number", "500"), ("supply/exhibitors/min-number", "5"),
        ("closing/deadline.0-days", "25"),
    ):  # fmt: skip
        assert page.by_id(name)["value"] == value, name
        assert page.by_id(name)["aria-label"], name
    chosen = {str(o.within("select")): o["value"] for o in page.all("option") if "selected" in o.attributes}
    assert chosen[str(page.by_id("supply/responsible-function"))] == "promotion_officer"
    rows = [e.text for e in page.all("tr")]
    assert any("10000" in row and "AMOUNT" in row for row in rows)  # what a shared block says is told, not edited here


def test_the_table_is_saved_together_and_what_differs_from_what_is_in_force_is_marked(copied: Desk) -> None:
    form = copied.form("", "edit_terms")
    names = {
        "proposal/deadline.0-days": "75", "proposal/deadline.0-calendar": "peru", "supply/exhibitors/min-number": "8",
        "demand/responsible-function": "promotion_officer",
        "agenda/declaration.accepted_by_both/by-function": "head_of_mission",
    }  # fmt: skip
    assert copied.send(form, **names).status_code == 303
    stages = {stage["key"]: stage for stage in copied.data["stages"]}
    assert stages["proposal"]["deadline"] == {"working_days": 75, "before": "starts_on", "calendar": "peru"}
    assert stages["supply"]["requires"][0]["min"] == 8
    assert stages["demand"]["responsible"] == "promotion_officer"
    assert stages["agenda"]["requires"][2]["by"] == "head_of_mission"
    answer = copied.get()
    marked = [e for e in Page(answer.text).all("tr") if "draft_terms__changed" in e["class"]]
    assert len(marked) == 4
    assert "90 días hábiles antes de" in marked[0].text
    assert copied.version.edition == 2


def test_one_cell_that_is_wrong_stores_none_and_says_so_there(copied: Desk) -> None:
    before = copied.data
    form = copied.form("", "edit_terms")
    answer = copied.send(
        form,
        **{"proposal/deadline.0-days": "12", "supply/deadline.0-days": "-4", "supply/exhibitors/min-number": "cinco"},
    )
    assert answer.status_code == 422
    page = Page(answer.text)
    for name, value in (("supply/deadline.0-days", "-4"), ("supply/exhibitors/min-number", "cinco")):
        assert page.by_id(name)["aria-invalid"] == "true"
        assert page.by_id(name)["value"] == value
        assert page.by_id(f"{name}-error").text
    assert page.by_id("proposal/deadline.0-days")["value"] == "12"
    assert copied.data == before


def test_cells_that_somebody_else_changed_are_shown_beside_and_win_only_when_saved_again(copied: Desk) -> None:
    form = copied.form("", "edit_terms")
    copied.send(form, **{"proposal/deadline.0-days": "80", "supply/deadline.0-days": "30"})
    answer = copied.send(form, **{"proposal/deadline.0-days": "70", "demand/deadline.0-days": "20"})
    assert answer.status_code == 409
    page = Page(answer.text)
    assert page.by_id("proposal/deadline.0-days")["value"] == "70"
    assert "80" in page.by_id("proposal/deadline.0-days-error").text
    again = copied.form_in(answer.text, "edit_terms")
    assert copied.send(again).status_code == 303
    days = [stage["deadline"]["working_days"] for stage in copied.data["stages"][:3]]
    assert days == [70, 30, 20]


def test_a_line_that_somebody_removed_is_not_lost_silently(copied: Desk) -> None:
    form = copied.form("", "edit_terms")
    edition = str(copied.version.edition)
    copied.client.post(f"/drafts/{copied.id}/remove_stage/supply", data={"edition": edition})
    answer = copied.send(form, **{"supply/deadline.0-days": "33", "proposal/deadline.0-days": "61"})
    assert answer.status_code == 422
    assert "33" in answer.text
    assert "61" in answer.text
    untouched = copied.send(form, **{"proposal/deadline.0-days": "61"})
    assert untouched.status_code == 303


def test_a_copy_differs_in_nothing_however_the_version_in_force_keeps_its_shared_blocks(copied: Desk) -> None:
    former = copied.session.scalars(select(ProcedureVersion).where(ProcedureVersion.status == "effective")).one()
    assert any("include" in r for stage in copied.data["stages"] for r in stage.get("requires", ()))
    for kept in (former.definition, copied.data):
        copied.session.execute(
            update(ProcedureVersion).where(ProcedureVersion.id == former.id).values(definition=kept),
            execution_options={"audit": False},
        )
        copied.session.commit()
        assert "draft_terms__changed" not in copied.get().text
        compared = copied.client.get(f"/procedures/PE-COM-02/{former.number}/compare/{former.number + 1}")
        assert compared.status_code == 200
