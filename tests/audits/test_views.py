"""Samples through HTTP: drawn while one sees of how many, kept, drawn again; looked at; read by whoever may."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.accounts.models import Person
from promo.audits.models import AuditPick, AuditRegister, AuditSample
from promo.core import audit
from promo.core.access import Grant, Viewer
from promo.core.audit import AuditEvent
from promo.core.db import write
from promo.core.records import Record
from promo.core.sampling import digest
from promo.reference.models import Post
from tests.audits.conftest import PLAN, Cases, draw, number, reference
from tests.cast import ELSEWHERE, Cast, Member
from tests.pages import Page

FORM = {"title": "Auditoría interna", "size": "2", "seed": "20261126", "strata": "procedure"}


def drawn_by_form(client: Any, **values: str) -> int:
    answer = client.post("/audits/new", data=FORM | values)
    assert answer.status_code == 303, answer.text
    return number(answer.location)


def references(session: Session, sample_id: int) -> list[str]:
    session.rollback()
    found = select(AuditPick.reference).where(AuditPick.sample_id == sample_id, AuditPick.reason.is_(None))
    return list(session.scalars(found.order_by(AuditPick.position)))


def test_the_size_of_the_population_is_shown_while_choosing(cases: Cases, sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.auditor)
    counts = {
        "": 4, "?kind=event": 3, "?state=cancelled": 1, "?state=archived": 1, "?state=open": 2, "?state=finished": 1,
        "?procedure=PE-ACT-01": 1, "?procedure=PE-GEN-01&number=1": 3, "?procedure=PE-GEN-01&number=2": 0,
        "?pillar=tourism": 0, "?since=2027-01-01": 3, "?until=2026-12-31": 1, "?since=x&post=y": 4,
    }  # fmt: skip
    for query, count in counts.items():
        fragment = client.get(f"/audits/new{query}", headers={"HX-Request": "true"})
        assert Page(fragment.text).by_id("population-size").text.split()[0] == str(count), query
    whole = client.get("/audits/new?kind=event&size=7")
    assert 'value="event" selected' in whole.text
    assert Page(whole.text).by_id("size")["value"] == "7"


def test_a_sample_is_fixed_at_a_seal_and_its_list_kept(
    cases: Cases, sign_in: Any, cast: Cast, session: Session
) -> None:
    client = sign_in(cast.auditor)
    id_ = drawn_by_form(client)
    drawn = session.get_one(AuditSample, id_)
    head = audit.last_checkpoint(session)
    assert head is not None
    assert (drawn.checkpoint, drawn.population_size) == (head.number, 4)
    listed = client.get(f"/audits/{id_}/population")
    assert digest(listed.text) == drawn.population_digest
    lines = [line.split("\t") for line in listed.text.splitlines()]
    assert {(r, int(n)) for r, n, _s in lines} == {(reference(i), i) for i in cases.all}
    assert {s for _r, _n, s in lines} == {"PE-GEN-01", "PE-ACT-01"}
    assert drawn.shares == [["PE-ACT-01", 1, 1], ["PE-GEN-01", 3, 1]]
    told = select(AuditEvent.action).where(AuditEvent.table_name == "audit_sample", AuditEvent.row_key == str(id_))
    assert session.scalars(told).all() == ["create"]


def test_its_filters_are_put_into_words_for_whoever_reads(
    cases: Cases, sign_in: Any, cast: Cast, session: Session
) -> None:
    client = sign_in(cast.auditor)
    id_ = drawn_by_form(client, kind="event", procedure="PE-GEN-01", number="1", until="2030-12-31")
    assert session.get_one(AuditSample, id_).words == []
    for language, words in (("es", ("Tipo", "Eventos")), ("en", ("Kind", "Events"))):
        with write() as writing:
            writing.get_one(Person, cast.auditor.id).locale = language
        shown = Page(client.get(f"/audits/{id_}").text)
        facts = dict(zip((e.text for e in shown.all("dt")), (e.text for e in shown.all("dd")), strict=True))
        assert facts[words[0]] == words[1]
        assert "PE-GEN-01 v1" in facts.values()
    with write() as writing:
        writing.get_one(AuditSample, id_).words = [["Tipo", "Lo que se guardó"]]
    assert "Lo que se guardó" in client.get(f"/audits/{id_}").text


def test_the_same_seed_draws_the_same_sample(cases: Cases, sign_in: Any, cast: Cast, session: Session) -> None:
    client = sign_in(cast.auditor)
    first = references(session, drawn_by_form(client))
    assert references(session, drawn_by_form(client)) == first
    others = [references(session, drawn_by_form(client, seed=str(n))) for n in range(8)]
    assert any(other != first for other in others)


def test_what_is_archived_or_added_later_changes_nothing(
    cases: Cases, sign_in: Any, cast: Cast, session: Session
) -> None:
    auditor, officer = sign_in(cast.auditor), sign_in(cast.officer)
    id_ = drawn_by_form(auditor)
    before, listed = references(session, id_), auditor.get(f"/audits/{id_}/population").text
    assert officer.post(f"/events/{cases.approved}/archive").status_code == 303
    officer.post("/events/new", data=PLAN | {"title": "Uno más"})
    assert auditor.get(f"/audits/{id_}/population").text == listed
    page = auditor.get(f"/audits/{id_}?again=1")
    assert "los mismos expedientes" in page.text
    assert references(session, id_) == before


def test_a_list_changed_behind_promos_back_is_told(sampled: AuditSample, sign_in: Any, cast: Cast) -> None:
    with write() as writing:
        row = writing.get_one(AuditSample, sampled.id)
        row.population_digest = "0" * 64
    assert "es otra muestra" in sign_in(cast.auditor).get(f"/audits/{sampled.id}?again=1").text


def test_pressing_twice_draws_once(cases: Cases, sign_in: Any, cast: Cast, session: Session) -> None:
    client = sign_in(cast.auditor)
    assert drawn_by_form(client, idempotency_key="k") == drawn_by_form(client, idempotency_key="k")
    assert len(session.scalars(select(AuditSample)).all()) == 1


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"size": "1"}, "2 grupos"),
        ({"kind": "mission"}, "Ningún expediente"),
        ({"size": "0"}, "Entre 1 y 1000"),
        ({"seed": ""}, "Complete"),
        ({"title": ""}, "Complete"),
    ],
)
def test_what_makes_no_sense_is_refused_and_kept(
    cases: Cases, sign_in: Any, cast: Cast, values: Any, words: str
) -> None:
    answer = sign_in(cast.auditor).post("/audits/new", data=FORM | values)
    assert answer.status_code == 422
    assert words in answer.text
    if "title" not in values:
        assert 'value="Auditoría interna"' in answer.text


def test_one_may_be_added_by_judgement_with_a_reason(
    sampled: AuditSample, cases: Cases, sign_in: Any, cast: Cast, session: Session
) -> None:
    client, path = sign_in(cast.auditor), f"/audits/{sampled.id}/add"
    left = next(i for i in cases.all if reference(i) not in references(session, sampled.id))
    for values, words in (
        ({"reference": "EV-NADA", "reason": "x"}, "Ningún expediente lleva este código"),
        ({"reference": reference(left), "reason": ""}, "Complete"),
        ({"reference": references(session, sampled.id)[0], "reason": "x"}, "Ya está en la muestra"),
    ):
        refused = client.post(path, data=values)
        assert refused.status_code == 422
        assert words in refused.text
    assert client.post(path, data={"reference": reference(left).lower(), "reason": "Por su monto"}).status_code == 303
    page = client.get(f"/audits/{sampled.id}").text
    assert "Por su monto" in page
    assert len(references(session, sampled.id)) == 3, "what was drawn stays what it was"


def test_looking_is_marked_with_a_note(sampled: AuditSample, sign_in: Any, cast: Cast, session: Session) -> None:
    client = sign_in(cast.quality)
    pick = session.scalars(select(AuditPick).where(AuditPick.sample_id == sampled.id)).first()
    assert pick is not None
    path = f"/audits/{sampled.id}/{pick.id}/look"
    assert client.post(path, data={"looked": "y", "note": "Falta el acta"}).status_code == 303
    session.expire_all()
    assert (pick.looked_by_id, pick.note) == (cast.quality.id, "Falta el acta")
    moment = pick.looked_at
    client.post(path, data={"looked": "y", "note": "Ya está"})
    session.expire_all()
    assert pick.looked_at == moment
    assert "1 / 3" in client.get(f"/audits/{sampled.id}").text
    client.post(path, data={"note": ""})
    session.expire_all()
    assert (pick.looked_at, pick.looked_by_id, pick.note) == (None, None, None)
    assert client.post(f"/audits/{sampled.id}/999999/look", data={"looked": "y"}).status_code == 404
    long = client.post(path, data={"note": "x" * 5000})
    assert long.status_code == 422
    assert "x" * 5000 in long.text


@pytest.mark.parametrize(
    ("part", "code"),
    [("officer", 403), ("manager", 403), ("hq_manager", 403), ("admin", 403), ("quality", 200), ("auditor", 200),
     ("guest", 404)],
)  # fmt: skip
def test_samples_are_read_by_whoever_audits(
    sampled: AuditSample, cases: Cases, sign_in: Any, cast: Cast, part: str, code: int
) -> None:
    client = sign_in(cast.members[part])
    for address in (f"/audits/{sampled.id}", f"/audits/{sampled.id}/population", f"/audits/record/{cases.approved}"):
        assert client.get(address).status_code == code, address
    expected = 303 if code == 200 else 403
    assert client.post("/audits/new", data=FORM).status_code == expected
    pick = f"/audits/{sampled.id}/1/look"
    assert client.post(pick, data={"looked": "y"}).status_code in ((303, 404) if code == 200 else (403,))
    assert client.post(f"/audits/{sampled.id}/add", data={}).status_code == (422 if code == 200 else 403)


def test_how_a_procedure_was_followed(cases: Cases, sign_in: Any, cast: Cast) -> None:
    page = sign_in(cast.auditor).get(f"/audits/record/{cases.approved}").text
    for words in ("Presentar tostadores", "Nota conceptual", "nota de Rosa.txt", "aprobado (titular)", cast.head.name,
                  cast.officer.name, "PE-GEN-01 v1", "por sí solo"):  # fmt: skip
        assert words in page, words
    cancelled = sign_in(cast.auditor).get(f"/audits/record/{cases.cancelled}").text
    assert "Sin sala" in cancelled
    activity = sign_in(cast.auditor).get(f"/audits/record/{cases.activity}").text
    assert "PE-ACT-01 v1" in activity
    contact = sign_in(cast.auditor).get(f"/audits/record/{cases.contact}").text
    assert "no se le exigía nada" in contact


def test_a_records_page_leads_there_for_whoever_audits(cases: Cases, sign_in: Any, cast: Cast) -> None:
    path = f"/events/{cases.approved}"
    assert f"/audits/record/{cases.approved}" in sign_in(cast.auditor).get(path).text
    assert "/exports/start/evidence" in sign_in(cast.quality).get(path).text
    assert "/audits/record" not in sign_in(cast.officer).get(path).text


def test_clauses_show_what_lives_and_registers_outside(
    cases: Cases, sign_in: Any, cast: Cast, session: Session
) -> None:
    quality, auditor = sign_in(cast.quality), sign_in(cast.auditor)
    page = auditor.get("/audits/clauses").text
    assert page.count('class="card clause"') == 20
    assert "/audits/clauses/7.2/register" not in page
    about = {"name": "Registro de capacitación", "owner": "Oficina de personal", "place": "Carpeta 12", "version": ""}
    assert auditor.post("/audits/clauses/7.2/register", data=about).status_code == 403
    assert quality.post("/audits/clauses/99/register", data=about).status_code == 404
    assert quality.post("/audits/clauses/7.2/register", data=about | {"owner": ""}).status_code == 422
    assert quality.post("/audits/clauses/7.2/register", data=about).status_code == 303
    one = session.scalars(select(AuditRegister)).one()
    assert "Oficina de personal · Carpeta 12" in auditor.get("/audits/clauses").text
    path = f"/audits/clauses/7.2/register?id={one.id}"
    changed = about | {"place": "Carpeta 13", "version": str(one.version)}
    assert quality.post(path, data=changed).status_code == 303
    stale = quality.post(path, data=changed | {"place": "Carpeta 14"})
    assert stale.status_code == 409
    assert "Carpeta 14" in stale.text
    assert quality.post(path, data={"remove": "1"}).status_code == 303
    assert "Carpeta 13" not in auditor.get("/audits/clauses").text


def test_a_sample_of_one_post_is_of_what_is_seen_there(
    cases: Cases, session: Session, cast: Cast, sign_in: Any
) -> None:
    """An auditor of one post draws of that post's case files and of what is shared."""
    sign_in(cast.officer).post("/events/new", data=PLAN | {"visibility": "shared"})
    post = session.scalars(select(Post).where(Post.code == ELSEWHERE)).one()
    viewer = Viewer(cast.auditor.id, "x", grants=(Grant("auditor", post.id),))
    drawn = draw(Member(cast.auditor.id, cast.auditor.part, post.id, viewer), 1)
    kept = session.scalars(select(Record.visibility).join(AuditPick, AuditPick.record_id == Record.id)).all()
    assert drawn.population_size == 1
    assert kept == ["shared"]
