"""The stage editor over HTTP: stages and requirements of every type, undone, clashing, hostile."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.drafts.models import DraftEdit
from promo.procedures.validation import fits, parse
from tests.access.hostile import VALUES
from tests.browser_like import Client
from tests.drafts.conftest import Desk
from tests.factories import create_person
from tests.pages import Page


@pytest.fixture
def two(desk: Desk, session: Session, app: Any) -> tuple[Desk, Desk]:
    """Gloria and somebody else of quality, at one draft of two stages."""
    from tests import world
    from tests.cast import HEADQUARTERS, Member

    person = create_person("Octavio Ríos", post_code=HEADQUARTERS, roles=[("quality", None, None)])
    client = app.test_client()
    assert isinstance(client, Client)
    member = Member(person.id, None, 0, None)  # type: ignore[arg-type]
    world.sign_in(client, member)
    desk.new()
    desk.add_stage("Propuesta", "Proposal")
    desk.add_stage("Cierre", "Closing")
    other = Desk(client, session)
    other.id = desk.id
    return desk, other


def _stage(desk: Desk, key: str) -> Any:
    return next(stage for stage in desk.data["stages"] if stage["key"] == key)


def _form(desk: Desk, key: str = "proposal") -> Any:
    return desk.form(f"/stages?stage={key}", f"edit_stage/{key}")


def test_stages_are_added_in_a_row_that_leads_on(desk: Desk) -> None:
    desk.new()
    assert [desk.add_stage("Propuesta", "Proposal"), desk.add_stage("Ejecución"), desk.add_stage("Ejecución")] == [
        "proposal", "ejecucion", "ejecucion_2"]  # fmt: skip
    assert [stage.get("next") for stage in desk.data["stages"]] == [["ejecucion"], ["ejecucion_2"], None]
    assert _stage(desk, "ejecucion")["title"] == {"es": "Ejecución", "en": ""}
    empty = desk.client.post(f"/drafts/{desk.id}/add_stage", data={"new_es": " ", "new_en": "Kept"})
    assert empty.status_code == 422
    assert "Kept" in empty.text


def test_a_stage_is_edited_in_all_its_parts(desk: Desk) -> None:
    desk.new()
    desk.add_stage("Propuesta", "Proposal")
    desk.add_stage("Cierre", "Closing")
    form = _form(desk)
    answer = desk.send(
        form, title_en="The proposal", guidance_es="Escriba", guidance_en="Write", responsible="promotion_officer",
        deadline__0__days="30", deadline__0__unit="calendar_days", deadline__0__direction="before",
        deadline__0__anchor="starts_on", deadline__0__calendar="peru", deadline__0__label_es="Plazo",
        deadline__0__label_en="Term", next__0__when__joint="all", next__0__when__0__name="fact:budget_usd",
        next__0__when__0__op="gt", next__0__when__0__value="3 000",
        records__0__text_es="Acta", records__0__text_en="Minutes",
        tells=["finance", "line_director"], references="ISO 9001:2015, 8.1\r\nLey 27815\r\n",
    )  # fmt: skip
    assert answer.status_code == 303, answer.text
    assert _stage(desk, "proposal") == {
        "key": "proposal",
        "title": {"es": "Propuesta", "en": "The proposal"},
        "guidance": {"es": "Escriba", "en": "Write"},
        "responsible": "promotion_officer",
        "deadline": {
            "calendar_days": 30,
            "before": "starts_on",
            "calendar": "peru",
            "label": {"es": "Plazo", "en": "Term"},
        },
        "next": [{"to": "closing", "when": {"fact": "budget_usd", "op": "gt", "value": 3000}}],
        "records": [{"es": "Acta", "en": "Minutes"}],
        "tells": ["finance", "line_director"],
        "references": ["ISO 9001:2015, 8.1", "Ley 27815"],
    }
    desk.send(_form(desk, "closing"), end="final")
    assert _stage(desk, "closing")["final"] is True
    assert desk.faults() == []


def test_what_cannot_be_read_comes_back_as_typed_with_a_message_at_its_field(desk: Desk) -> None:
    desk.new()
    desk.add_stage("Propuesta", "Proposal")
    before = desk.data
    answer = desk.send(
        _form(desk), guidance_es="Se conserva", deadline__0__days="pronto", deadline__0__anchor="starts_on",
        next__0__to="proposal", next__0__when__joint="all", next__0__when__0__name="fact:starts_on",
        next__0__when__0__op="lt", next__0__when__0__value="mañana",
    )  # fmt: skip
    assert answer.status_code == 422
    page = Page(answer.text)
    for name in ("deadline-0-days", "next-0-when-0-value"):
        assert page.by_id(name)["aria-invalid"] == "true", name
        assert page.by_id(f"{name}-error").text
    assert page.by_id("deadline-0-days")["value"] == "pronto"
    assert "Se conserva" in answer.text
    assert desk.data == before


REQUIREMENTS: dict[str, tuple[dict[str, str | list[str]], dict[str, Any]]] = {
    "fact": (
        {"fact": "capacity", "op": "ge", "value": "1,000"},
        {"fact": "capacity", "op": "ge", "value": 1000},
    ),
    "answer": (
        {"label_es": "¿Cuál?", "label_en": "Which one?", "type": "choice", "choices__0__label_es": "Una",
         "choices__0__label_en": "One", "choices__1__label_es": "Otra", "choices__1__label_en": "Other",
         "op": "eq", "value": "one"},
        {"answer": "which_one", "label": {"es": "¿Cuál?", "en": "Which one?"}, "type": "choice", "value": "one",
         "choices": [{"value": "one", "label": {"es": "Una", "en": "One"}},
                     {"value": "other", "label": {"es": "Otra", "en": "Other"}}]},
    ),
    "evidence": (
        {"evidence": "agenda", "min": "2", "waivable": [], "when__joint": "none", "when__0__name": "fact:act_type",
         "when__0__op": "in", "when__0__value": ["seminar", "webinar"]},
        {"evidence": "agenda", "min": 2, "waivable": False,
         "when": {"not": {"fact": "act_type", "op": "in", "value": ["seminar", "webinar"]}}},
    ),
    "count": (
        {"count": "participants", "min": "5", "minor": "1",
         "where__0__name": "role", "where__0__op": "eq", "where__0__value": "buyer"},
        {"count": "participants", "min": 5, "where": {"role": "buyer"}, "minor": True},
    ),
    "each": (
        {"each": "participants", "requires__0__what": "evidence:commitment_letter", "requires__0__label_es": "Carta",
         "requires__0__label_en": "Letter"},
        {"each": "participants",
         "requires": [{"evidence": "commitment_letter", "label": {"es": "Carta", "en": "Letter"}}]},
    ),
    "declaration": (
        {"label_es": "Lo declaro", "label_en": "I declare it", "by": "head_of_mission",
         "guidance_es": "Lea", "guidance_en": "Read"},
        {"declaration": "i_declare_it", "by": "head_of_mission", "label": {"es": "Lo declaro", "en": "I declare it"},
         "guidance": {"es": "Lea", "en": "Read"}},
    ),
    "approvals": (
        {"approvals__0__function": "head_of_mission", "approvals__1__function": "line_director",
         "approvals__1__when__joint": "all", "approvals__1__when__0__name": "fact:budget_usd",
         "approvals__1__when__0__op": "gt", "approvals__1__when__0__value": "2000", "covers": ["budget_usd"]},
        {"approvals": [{"function": "head_of_mission"},
                       {"function": "line_director", "when": {"fact": "budget_usd", "op": "gt", "value": 2000}}],
         "covers": ["budget_usd"]},
    ),
    "include": ({"include": "T0"}, {"include": "T0"}),
}  # fmt: skip


@pytest.mark.parametrize("type_", REQUIREMENTS)
def test_a_requirement_of_each_type_is_added_edited_copied_moved_and_removed(desk: Desk, type_: str) -> None:
    desk.new()
    desk.add_stage("Propuesta", "Proposal")
    desk.add("proposal", "fact", fact="title")
    typed, expected = REQUIREMENTS[type_]
    answer = desk.add("proposal", type_, **typed)
    assert answer.status_code == 303, answer.text
    stored = _stage(desk, "proposal")["requires"][1]
    assert stored == expected
    assert fits(stored, "requirement")

    page = desk.get("/stages?stage=proposal").text
    address = Page(page).by_id("open-1")["href"].partition("#")[0]
    name = address.rpartition("/")[2]
    form = desk.form(f"/edit_requirement/proposal/{name}", f"edit_requirement/proposal/{name}")
    assert desk.send(form).status_code == 303
    assert _stage(desk, "proposal")["requires"][1] == expected  # saved as it was shown: nothing changes

    def do(verb: str, **values: str) -> int:
        data = {"edition": str(desk.version.edition), **values}
        return int(desk.client.post(f"/drafts/{desk.id}/{verb}/proposal/{name}", data=data).status_code)

    assert do("move_requirement", to="up") == 303
    assert _stage(desk, "proposal")["requires"][0] == expected
    assert do("move_requirement", to="1") == 303
    assert _stage(desk, "proposal")["requires"][1] == expected
    assert do("duplicate_requirement") == (422 if type_ == "include" else 303)
    if type_ != "include":
        requirements = _stage(desk, "proposal")["requires"]
        assert len(requirements) == 3
        assert len({str(r.get("key", r)) for r in requirements}) == 3
        assert not any("llaman" in fault or "dos veces" in fault for fault in desk.faults())
    assert do("remove_requirement") == 303
    assert expected not in _stage(desk, "proposal")["requires"]
    undo = desk.form("/stages?stage=proposal", "undo")
    desk.send(undo)
    assert _stage(desk, "proposal")["requires"][1] == expected


def test_the_form_offers_what_fits_the_field(desk: Desk) -> None:
    desk.new()
    desk.add_stage("Propuesta", "Proposal")
    form = desk.form("/add_requirement/proposal?type=fact", "add_requirement/proposal")
    form.action += "?type=fact"
    for fact, fits_, lacks in (
        ("capacity", "gt", "contains"),
        ("starts_on", "lt", "contains"),
        ("title", "contains", "gt"),
    ):
        answer = desk.send(form, fact=fact, do="redraw")
        assert answer.status_code == 200
        page = Page(answer.text)
        select_ = page.by_id("n-op")
        offered = [option["value"] for option in page.all("option") if option.within("select") is select_]
        assert fits_ in offered, fact
        assert lacks not in offered, fact
    assert desk.version.edition == 2  # looking stores nothing


def test_undo_and_undo_of_undo(desk: Desk) -> None:
    desk.new()
    desk.add_stage("Propuesta", "Proposal")
    first = desk.data
    desk.send(_form(desk), guidance_es="Otra")
    second = desk.data
    desk.send(desk.form("/stages?stage=proposal", "undo"))
    assert desk.data == first
    last = desk.session.scalars(select(DraftEdit.id).order_by(DraftEdit.id.desc())).first()
    assert desk.client.post(f"/drafts/{desk.id}/undo/{last}").status_code == 303
    assert desk.data == second
    assert desk.client.post(f"/drafts/{desk.id}/undo/{last}").status_code == 422  # once
    assert desk.client.post(f"/drafts/{desk.id}/undo/999999").status_code == 404


def test_two_people_at_different_parts_lose_nothing(two: tuple[Desk, Desk]) -> None:
    mine, theirs = two
    form = _form(mine)
    theirs.send(_form(theirs), title_en="The proposal")
    theirs.send(_form(theirs, "closing"), guidance_es="Cierre bien")
    theirs.add("proposal", "fact", fact="capacity")
    assert mine.send(form, guidance_es="Lo mío").status_code == 303
    stage = _stage(mine, "proposal")
    assert (stage["title"]["en"], stage["guidance"]["es"]) == ("The proposal", "Lo mío")
    assert stage["requires"] == [{"fact": "capacity"}]
    assert _stage(mine, "closing")["guidance"]["es"] == "Cierre bien"


@pytest.mark.parametrize("choice", ["mine", "theirs"])
def test_two_people_at_the_same_part_see_both_and_choose(two: tuple[Desk, Desk], choice: str) -> None:
    mine, theirs = two
    form = _form(mine)
    theirs.send(_form(theirs), guidance_es="Lo <b>suyo</b>", responsible="finance")
    answer = mine.send(form, guidance_es="Lo mío", guidance_en="Also mine")
    assert answer.status_code == 409
    for text in ("Lo &lt;b&gt;suyo&lt;/b&gt;", "Lo mío", "Octavio Ríos"):
        assert text in answer.text
    assert _stage(mine, "proposal")["guidance"]["es"] == "Lo <b>suyo</b>"
    again = mine.form_in(answer.text, "edit_stage")
    assert mine.send(again, choose__guidance_es=choice).status_code == 303
    stage = _stage(mine, "proposal")
    assert stage["guidance"]["es"] == ("Lo mío" if choice == "mine" else "Lo <b>suyo</b>")
    assert stage["guidance"]["en"] == "Also mine"
    assert stage["responsible"] == "finance"  # what only the other changed stays


def test_a_choice_is_between_what_was_shown_and_not_what_came_after(two: tuple[Desk, Desk]) -> None:
    mine, theirs = two
    form = _form(mine)
    theirs.send(_form(theirs), guidance_es="Lo suyo")
    clash = mine.send(form, guidance_es="Lo mío")
    theirs.send(_form(theirs), guidance_es="Otra vez suyo")
    again = mine.send(mine.form_in(clash.text, "edit_stage"), choose__guidance_es="mine")
    assert again.status_code == 409
    assert "Otra vez suyo" in again.text
    assert mine.send(mine.form_in(again.text, "edit_stage")).status_code == 303
    assert _stage(mine, "proposal")["guidance"]["es"] == "Lo mío"


def test_two_people_at_the_same_condition_see_both_in_words(two: tuple[Desk, Desk]) -> None:
    mine, theirs = two
    mine.add("proposal", "evidence", evidence="agenda")
    page, action = "/edit_requirement/proposal/evidence.agenda", "edit_requirement/proposal"
    form = mine.form(page, action)
    joint = {"when__joint": "all", "when__0__name": "fact:budget_usd", "when__0__op": "gt"}
    theirs.send(theirs.form(page, action), **joint, when__0__value="500")
    answer = mine.send(form, **joint, when__0__value="900")
    assert answer.status_code == 409
    assert "más de 500" in answer.text
    assert "más de 900" in answer.text


def test_what_somebody_removed_meanwhile_keeps_the_text_of_who_was_writing(two: tuple[Desk, Desk]) -> None:
    mine, theirs = two
    mine.add("proposal", "evidence", evidence="agenda")
    edit = "/edit_requirement/proposal/evidence.agenda"
    stage, requirement = _form(mine, "closing"), mine.form(edit, "edit_requirement/proposal")
    edition = {"edition": str(mine.version.edition)}
    theirs.client.post(f"/drafts/{mine.id}/remove_requirement/proposal/evidence.agenda", data=edition)
    lost = mine.send(requirement, label_es="Mi texto", label_en="My text")
    assert lost.status_code == 409
    again = mine.form_in(lost.text, "add_requirement/proposal")
    again.action += "?type=evidence"
    assert mine.send(again).status_code == 303
    assert _stage(mine, "proposal")["requires"][0]["label"]["es"] == "Mi texto"

    theirs.client.post(f"/drafts/{mine.id}/remove_stage/closing", data={"edition": str(mine.version.edition)})
    gone = mine.send(stage, guidance_es="Mi orientación")
    assert gone.status_code == 409
    assert "Mi orientación" in gone.text
    assert [s["key"] for s in mine.data["stages"]] == ["proposal"]
    assert "next" not in _stage(mine, "proposal")  # the way that led to it went with it
    for verb in ("move_stage", "remove_stage"):
        assert mine.client.post(f"/drafts/{mine.id}/{verb}/closing", data={"to": "up"}).status_code in (303, 422)
    assert mine.get("/edit_stage/closing").status_code == 404


def test_what_somebody_changed_since_is_not_removed_unseen(two: tuple[Desk, Desk]) -> None:
    mine, theirs = two
    edition = str(mine.version.edition)
    theirs.send(_form(theirs, "closing"), guidance_es="Nuevo")
    answer = mine.client.post(f"/drafts/{mine.id}/remove_stage/closing", data={"edition": edition})
    assert answer.status_code == 422
    assert "Octavio Ríos" in answer.text
    assert len(mine.data["stages"]) == 2


def test_hostile_texts_are_stored_whole_or_refused_at_their_field(desk: Desk) -> None:
    desk.new()
    desk.add_stage("Propuesta", "Proposal")
    wrong = []
    for name in ("title_es", "guidance_en", "references", "records-0-text_es", "deadline-0-days"):
        for value in VALUES:
            form = _form(desk)
            answer = desk.send(form, **{name.replace("-", "__"): value})
            if answer.status_code not in (303, 422):
                wrong.append(f"{name} {value[:20]!r}: {answer.status_code}")
            if answer.status_code == 422 and not any("field__error" in e["class"] for e in Page(answer.text).elements):
                wrong.append(f"{name} {value[:20]!r}: nothing at a field")
            if not fits(desk.data):
                wrong.append(f"{name} {value[:20]!r}: the draft lost its shape")
    assert not wrong
    assert "\u202e" not in str(desk.data)


def test_hostile_requirements_are_refused_or_keep_the_shape(desk: Desk) -> None:
    desk.new()
    desk.add_stage("Propuesta", "Proposal")
    for type_ in REQUIREMENTS:
        form = desk.form(f"/add_requirement/proposal?type={type_}", "add_requirement/proposal")
        form.action += f"?type={type_}"
        names = [
            *form.names,
            type_,
            "when-joint",
            "when-0-name",
            "when-0-value",
            "where-0-name",
            "requires-0-rest",
            "colour",
        ]
        for shift in range(0, len(VALUES), 3):
            sent = {
                n.replace("-", "__"): VALUES[(i + shift) % len(VALUES)] for i, n in enumerate(names) if n != "edition"
            }
            answer = desk.send(form, **{**sent, "do": ""})
            assert answer.status_code in (303, 422), answer.status_code
            assert fits(desk.data)
    rest = '{"fact": "x", "include": "T0", "colour": "red"}'
    answer = desk.add(
        "proposal", "each", each="participants", requires__0__what="evidence:agenda", requires__0__rest=rest
    )
    assert answer.status_code == 422
    assert desk.get("/stages").status_code == 200


def test_unknown_names_in_a_form_change_nothing(desk: Desk) -> None:
    desk.new()
    desk.add_stage("Propuesta", "Proposal")
    before = desk.data
    many = {f"next-{n}-when-{n}-{n}-joint": "any" for n in range(3000)}
    assert desk.send(_form(desk), colour="red", key="other", final="yes", **many).status_code == 303
    assert desk.data == before
    assert desk.client.get(f"/drafts/{desk.id}/add_requirement/proposal?type=magic").status_code == 404
    assert desk.client.get(f"/drafts/{desk.id}/add_requirement/nowhere?type=fact").status_code == 404


def test_a_written_procedure_is_as_sound_as_one_in_yaml(desk: Desk) -> None:
    desk.new()
    desk.add_stage("Propuesta", "Proposal")
    desk.add_stage("Cierre", "Closing")
    desk.send(_form(desk, "closing"), end="final")
    for type_, (typed, _expected) in REQUIREMENTS.items():
        assert desk.add("proposal", type_, **typed).status_code == 303
    assert desk.faults() == []
    parsed = parse(desk.get("/export").data)
    assert parsed.problems == []
    assert parsed.written == desk.data
    assert desk.client.post(f"/drafts/{desk.id}/submit").status_code == 303


def test_preview_is_the_checklist_of_the_engine_with_the_facts_that_were_typed(desk: Desk) -> None:
    desk.new()
    desk.add_stage("Propuesta", "Proposal")
    desk.add_stage("Cierre", "Closing")
    when: dict[str, Any] = {
        "when__joint": "all",
        "when__0__name": "fact:budget_usd",
        "when__0__op": "gt",
        "when__0__value": "2000",
    }
    desk.add(
        "proposal",
        "evidence",
        evidence="budget_sheet",
        label_es="Presupuesto detallado",
        label_en="Budget sheet",
        **when,
    )
    desk.add("proposal", "approvals", approvals__0__function="head_of_mission")

    def seen(**asked: str) -> str:
        query = "&".join(f"{name}={value}" for name, value in asked.items())
        return Page(desk.get(f"/preview?stage=proposal&{query}").text).by_id("preview-seen").text

    assert "Presupuesto detallado" not in seen(**{"try-fact:budget_usd": "500"})
    assert "Presupuesto detallado" in seen(**{"try-fact:budget_usd": "3 000"})
    assert "Budget sheet" in seen(**{"try-fact:budget_usd": "3000", "in": "en"})
    assert "Presupuesto detallado" not in seen(**{"try-fact:budget_usd": "lots"})
    preview = f"/drafts/{desk.id}/preview?stage=proposal"
    assert "<main" in desk.client.get(preview).text  # whoever comes by its address reads a whole page
    assert "<main" not in desk.client.get(preview, headers={"HX-Request": "true"}).text
    filled = seen(**{"try-fact:budget_usd": "3000", "filled": "1"})
    assert "aún sin adjuntar" not in filled
    for hostile in VALUES[:6]:
        assert (
            desk.client.get(f"/drafts/{desk.id}/preview", query_string={"stage": hostile, "in": hostile}).status_code
            == 200
        )
