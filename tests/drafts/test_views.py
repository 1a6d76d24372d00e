"""Drafts asked over HTTP: who may do what, how one is begun, brought in and out, handed in, thrown away."""

from __future__ import annotations

import io
import json

import pytest
from markupsafe import escape
from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.core import audit
from promo.core.audit import AuditEvent
from promo.drafts.exporting import as_json, as_yaml
from promo.procedures.models import Procedure, ProcedureVersion
from promo.procedures.validation import parse_draft
from tests.drafts.conftest import Desk
from tests.pages import parsed

HEAD = "code: PE-AAA-01\ntitle: {es: A, en: A}\napplies_to: {kind: event}\n"
READERS = ("quality", "auditor", "admin")
EVERYBODY = ("officer", "manager", "hq_manager", "promoter", *READERS)


@pytest.mark.parametrize("part", EVERYBODY)
def test_quality_edits_and_oversight_reads(desk: Desk, sign_in, cast, part: str) -> None:
    desk.library("PE-GEN-01")
    client = sign_in(cast.members[part])
    reads = 200 if part in READERS else 403
    edits = 200 if part == "quality" else 403
    for page in ("", "/export?format=json"):
        assert client.get(f"/drafts/{desk.id}{page}").status_code == reads, page
    for page in ("/stages", "/about", "/import", "/preview"):
        assert client.get(f"/drafts/{desk.id}{page}").status_code == edits, page
    assert client.get("/drafts/new").status_code == edits
    document = client.get("/procedures/PE-GEN-01/1").status_code
    assert document == (200 if part in READERS else 404)  # a draft is nobody else's business
    assert ("PE-GEN-01" in client.get("/procedures").text) == (part in READERS)
    if part != "quality":
        before = desk.data
        for verb in ("edit_terms", "add_stage", "submit", "discard", "edit_stage/notice", "remove_stage/notice"):
            assert client.post(f"/drafts/{desk.id}/{verb}", data={"new_es": "x"}).status_code == 403
        assert desk.data == before


def test_new_refuses_a_code_that_is_taken_or_odd(desk: Desk, session: Session) -> None:
    desk.new("PE-TST-01")
    taken = desk.client.post("/drafts/new", data={"code": "pe-tst-01", "title_es": "Otra", "kind": "event"})
    assert taken.status_code == 422
    assert "Otra" in taken.text
    odd = desk.client.post("/drafts/new", data={"code": "../etc", "title_es": "Otra", "kind": "event"})
    assert odd.status_code == 422
    assert session.scalars(select(Procedure.code)).all() == ["PE-TST-01"]


def test_load_stores_the_library_once(desk: Desk, session: Session) -> None:
    assert desk.client.post("/drafts/load").status_code == 303
    first = session.scalars(select(ProcedureVersion.id)).all()
    desk.client.post("/drafts/load")
    session.expire_all()
    assert session.scalars(select(ProcedureVersion.id)).all() == first


def test_copy_goes_on_with_what_is_in_force_and_includes_its_blocks_again(desk: Desk, session: Session, cast) -> None:
    from tests.factories import enforce

    enforce(cast, "PE-COM-02")
    answer = desk.client.post("/drafts/copy/PE-COM-02")
    desk.is_at(answer.location)
    assert (desk.version.number, desk.version.status) == (2, "draft")
    assert desk.data["stages"][0]["requires"][0] == {"include": "T0"}
    assert desk.faults() == []
    again = desk.client.post("/drafts/copy/PE-COM-02")
    assert again.location == answer.location  # one that is open already is gone on with
    assert len(session.scalars(select(ProcedureVersion)).all()) == 2


@pytest.mark.parametrize("format_", ["yaml", "json"])
@pytest.mark.parametrize("code", ["PE-ACT-01", "PE-COM-01", "PE-COM-02", "PE-GEN-01"])
def test_export_and_import_leave_the_text_as_it_was(desk: Desk, written, format_: str, code: str) -> None:
    desk.library(code)
    file = desk.get(f"/export?format={format_}")
    assert f"{code}-v1.{format_}" in file.headers["Content-Disposition"]
    assert parse_draft(file.data).written == written(code) == desk.data
    shown = desk.client.post(f"/drafts/{desk.id}/import", data={"text": file.text})
    assert shown.status_code == 200
    edition = desk.version.edition
    sure = desk.client.post(f"/drafts/{desk.id}/import", data={"text": file.text, "sure": "1"})
    assert sure.status_code == 303
    assert desk.version.edition == edition


def test_import_shows_what_changes_before_it_does(desk: Desk) -> None:
    desk.library("PE-GEN-01")
    before = desk.data
    text = as_yaml(before).replace("Acto sencillo", "Acto muy sencillo")
    answer = desk.client.post(f"/drafts/{desk.id}/import", data={"text": text})
    assert answer.status_code == 200
    assert "<ins>" in answer.text
    assert desk.data == before
    desk.client.post(f"/drafts/{desk.id}/import", data={"text": text, "sure": "1"})
    assert desk.data["title"]["es"] == "Acto muy sencillo"
    undone = desk.form("", "undo")
    desk.send(undone)
    assert desk.data == before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("code: [1, 2", "línea 1, columna"),
        (HEAD + "stages: []\ncolour: red", "colour"),
        (HEAD + "stages: [{key: a, title: {}}, {key: a, title: {}}]", "stages[1].key"),
        ("a: &x [*x]", "alias"),
        ("[" * 400, "20"),
        ("code: PE-AAA-01\ntitle: {es: \"a\\u202eb\", en: A}\napplies_to: {kind: event}\nstages: []", "title.es"),
        ("code: PE-AAA-01\ntitle: {es: \"a\\0b\", en: A}\napplies_to: {kind: event}\nstages: []", "title.es"),
        ("code: PE-AAA-01\ntitle: {es: \"\\ud800\", en: A}\napplies_to: {kind: event}\nstages: []", "YAML"),
        ("", "grupo"),
    ],
)  # fmt: skip
def test_import_that_is_refused_stores_nothing_and_keeps_the_text(
    desk: Desk, session: Session, text: str, words: str
) -> None:
    answer = desk.import_(text)
    assert answer.status_code == 422
    assert words.casefold() in answer.text.casefold()
    assert session.scalars(select(ProcedureVersion)).all() == []
    if text:
        assert escape(text.splitlines()[0][:30]) in answer.text


def test_import_of_another_code_or_a_code_on_its_way_is_refused(desk: Desk) -> None:
    desk.library("PE-GEN-01")
    other = {**desk.data, "code": "PE-GEN-02"}
    answer = desk.client.post(f"/drafts/{desk.id}/import", data={"text": as_json(other), "sure": "1"})
    assert answer.status_code == 422
    assert "PE-GEN-02" in answer.text
    again = desk.client.post("/drafts/import", data={"text": as_json(desk.data)})
    assert again.status_code == 422
    assert f"/drafts/{desk.id}" in again.text


def test_import_takes_what_is_not_finished_and_lists_it(desk: Desk) -> None:
    stage = {"key": "a", "title": {"es": "Uno", "en": ""}, "requires": [{"fact": "shoe_size"}]}
    text = {"code": "PE-AAA-01", "title": {"es": "A"}, "applies_to": {"kind": "event"}, "stages": [stage]}
    assert desk.import_(json.dumps(text)).status_code == 303
    assert desk.data == text
    found = " ".join(desk.faults())
    for words in ("inglés", "shoe_size", "no lleva a ninguna parte"):
        assert words in found
    assert desk.client.post(f"/drafts/{desk.id}/submit").status_code == 422
    assert desk.version.status == "draft"


def test_import_of_a_file(desk: Desk) -> None:
    text = b"code: PE-AAA-01\ntitle: {es: A, en: A}\napplies_to: {kind: event}\nstages: []"
    answer = desk.client.post("/drafts/import", data={"file": (io.BytesIO(text), "a.yaml")})
    assert answer.status_code == 303
    latin = desk.client.post("/drafts/import", data={"file": (io.BytesIO(b"code: \xf1"), "a.yaml")})
    assert latin.status_code == 422
    assert "UTF-8" in latin.text


def test_import_of_a_large_document_is_refused_and_of_a_full_one_is_taken(desk: Desk) -> None:
    assert desk.import_("code: PE-AAA-01\ntitle: {es: A, en: A}\n#" + "x" * 1_000_001).status_code == 422
    rows = [{"evidence": f"paper_{n}"} for n in range(200)]
    stages = [{"key": f"s{n}", "title": {"es": f"S{n}", "en": f"S{n}"}, "requires": rows} for n in range(10)]
    full = {"code": "PE-BBB-01", "title": {"es": "A", "en": "A"}, "applies_to": {"kind": "event"}, "stages": stages}
    assert desk.import_(json.dumps(full)).status_code == 303
    assert desk.get("/stages?stage=s9").status_code == 200
    assert desk.add("s9", "evidence", evidence="agenda").status_code == 422  # the stage has two hundred already
    stages.append({"key": "more", "title": {"es": "M", "en": "M"}})
    sure = desk.client.post(f"/drafts/{desk.id}/import", data={"text": json.dumps(full), "sure": "1"})
    assert sure.status_code == 303
    assert desk.add("more", "evidence", evidence="agenda").status_code == 422  # so has the whole: two thousand


def test_submit_is_refused_with_each_fault_and_its_place(desk: Desk) -> None:
    desk.new()
    desk.add_stage("Uno", "One")
    answer = desk.client.post(f"/drafts/{desk.id}/submit")
    assert answer.status_code == 422
    assert f"/drafts/{desk.id}/stages?stage=one#stage" in answer.text.replace("&amp;", "&")
    assert desk.version.status == "draft"


def test_submit_hands_a_sound_draft_in_with_its_blocks_and_then_it_stands_still(desk: Desk) -> None:
    desk.library("PE-GEN-01")
    on = desk.client.post(f"/drafts/{desk.id}/submit")
    assert on.location == f"/versions/{desk.id}/submit"
    said = {"substance": "yes", "changes_es": "Primera versión", "changes_en": "First version"}
    assert desk.client.post(on.location, data=said).status_code == 303
    assert desk.version.status == "in_review"
    assert "include" not in json.dumps(desk.data)
    before = desk.data
    for answer in (
        desk.client.post(f"/drafts/{desk.id}/add_stage", data={"new_es": "Tarde"}),
        desk.client.post(f"/drafts/{desk.id}/edit_terms", data={"edition": "1"}),
        desk.client.post(f"/drafts/{desk.id}/discard"),
    ):
        assert answer.status_code == 422
        assert "/procedures/PE-GEN-01/1" in answer.text
    assert desk.data == before


@pytest.mark.parametrize("part", ["quality", "auditor"])
def test_an_old_address_of_a_draft_leads_to_the_version_and_says_why(desk: Desk, sign_in, cast, part: str) -> None:
    desk.library("PE-GEN-01")
    desk.client.post(f"/versions/{desk.id}/submit", data={"substance": "yes", "changes_es": "Nueva", "changes_en": "N"})
    client = sign_in(cast.members[part])
    pages = ("", "/export") if part == "auditor" else ("", "/export", "/stages", "/about", "/import", "/preview")
    for page in pages:
        answer = client.get(f"/drafts/{desk.id}{page}")
        assert (answer.status_code, answer.location) == (303, "/procedures/PE-GEN-01/1"), page
    assert "La versión 1 de PE-GEN-01" in client.get("/procedures/PE-GEN-01/1").text
    fragment = client.get(f"/drafts/{desk.id}", headers={"HX-Request": "true"})
    assert fragment.status_code == 422


def test_discard_takes_a_draft_away_and_its_procedure_when_there_is_no_other(desk: Desk, session: Session) -> None:
    desk.new()
    desk.add_stage("Uno")
    assert desk.client.post(f"/drafts/{desk.id}/discard").status_code == 303
    session.expire_all()
    assert session.scalars(select(Procedure)).all() == []
    assert desk.get().status_code == 404


def test_every_change_stands_in_the_trail_with_its_place(desk: Desk, session: Session, cast) -> None:
    desk.new()
    key = desk.add_stage("Uno", "One")
    form = desk.form(f"/stages?stage={key}", f"edit_stage/{key}")
    desk.send(form, guidance_es="Haga esto")
    session.expire_all()
    found = audit.history(session, table="procedure_version", row=desk.id)
    last = next(e for e in found if any(c.name == "place" for c in e.changes))
    assert last.actor_id == cast.quality.id
    told = {c.name: c.new for c in last.changes}
    assert told["place"] == "stages › 0"
    assert told["text"]["guidance"]["es"] == "Haga esto"
    assert "Haga esto" in desk.client.get("/trail").text
    assert session.scalars(select(AuditEvent.actor_id)).all()


def test_index_narrows_by_every_filter(desk: Desk) -> None:
    desk.library("PE-COM-02")
    for query, there, away in (
        ("q=rueda", "Rueda de negocios", "Acto sencillo"), ("kind=activity", "PE-ACT-01", "Acto sencillo"),
        ("status=draft", "PE-COM-02", "nothing"), ("q=zzz", "No se encontró nada", "Rueda"),
        ("review=none", "PE-GEN-01", "nothing"), ("review=overdue", "No se encontró nada", "Acto sencillo"),
    ):  # fmt: skip
        text = desk.client.get(f"/procedures?{query}").text
        assert there in text, query
        assert away not in text.partition('id="toasts"')[0], query


def test_the_first_tab_says_all_that_its_table_holds(desk: Desk) -> None:
    desk.library("PE-COM-02")
    tabs = {e.attributes.get("title"): e.text.strip() for e in parsed(desk.get().text).all("a")}
    assert tabs["Plazos, montos y funciones"] == "Tabla"


def test_owner_and_review_are_kept_by_quality(desk: Desk, sign_in, cast) -> None:
    desk.library("PE-GEN-01")
    values = {"owner_id": str(cast.quality.id), "review_on": "2027-05-01"}
    assert sign_in(cast.admin).post("/procedures/PE-GEN-01/edit", data=values).status_code == 403
    assert desk.client.post("/procedures/PE-GEN-01/edit", data=values).status_code == 303
    page = desk.client.get(f"/procedures?owner={cast.quality.id}").text
    assert cast.quality.name in page
    assert "01/05/2027" in page
    assert desk.client.post("/procedures/PE-GEN-01/edit", data={"review_on": "hoy"}).status_code == 422
    assert desk.client.get("/procedures/PE-XXX-01/edit").status_code == 404
    owner = parsed(desk.client.get("/procedures/PE-GEN-01/edit").text).by_id("owner_id")
    assert "data-combobox" in owner.attributes  # hundreds of people: found as one types
