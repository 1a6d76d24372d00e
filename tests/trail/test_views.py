"""A record's history and the whole trail, as those see them who may."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from promo.contacts import actions as contacts
from promo.core import access, audit, clock, notes
from promo.core.audit import AuditEvent, AuditValue
from promo.core.audit.plans import SECRET, plan_of
from promo.core.db import Base, write
from promo.organisations import actions as organisations
from promo.trail import queries
from promo.trail.queries import Asked
from tests.browser_like import Client
from tests.cast import Cast, Member
from tests.factories import create_person, enforce
from tests.pages import Page

WHO = {"family_name": "Mamani", "given_name": "Rosa", "emails": ["rosa@firm.example"], "country": "US"}


def _add(member: Member, **values: object) -> int:
    with audit.acting(member.id), write() as writing:
        return contacts.add(writing, member.viewer, WHO | values).id


def _edit(member: Member, id_: int, **values: object) -> None:
    with audit.acting(member.id), write() as writing:
        contacts.edit(writing, member.viewer, id_, WHO | values, None)


def _lines(html: str) -> list[str]:
    """The events of a page, each as one line of text."""
    return [e.text for e in Page(html).all("li") if "history__event" in e["class"]]


def test_history_tells_who_changed_what_from_what_to_what(session: Session, cast: Cast, sign_in) -> None:
    with write() as writing:
        firm = organisations.add(
            writing, cast.officer.viewer, {"title": "Andes Foods", "organisation_type": "importer"}
        )
        firm_id = firm.id
    id_ = _add(cast.officer)
    job = {"organisation_id": str(firm_id), "title": "Gerente", "since": clock.today()}
    _edit(cast.colleague, id_, country="JP", emails=["nueva@firm.example"], positions=[job])
    page = sign_in(cast.officer).get(f"/trail/{id_}")
    newest, oldest = _lines(page.text)
    assert cast.colleague.name in newest
    assert "Estados Unidos" in newest
    assert "Japón" in newest
    assert "rosa@firm.example" in newest
    assert "nueva@firm.example" in newest
    assert "Gerente" in newest
    assert "Andes Foods" in newest
    assert cast.officer.name in oldest
    assert "registró" in oldest
    assert "gerente" not in oldest.lower()


def test_history_tells_a_part_that_went_from_one_that_was_emptied(session: Session, cast: Cast, sign_in) -> None:
    firm = {"title": "Andes Foods", "organisation_type": "importer"}
    with write() as writing:
        firm_id = organisations.add(writing, cast.officer.viewer, firm).id
    id_ = _add(cast.officer, positions=[{"organisation_id": str(firm_id), "title": "Gerente"}])
    with audit.acting(cast.officer.id), write() as writing:
        position = queries.record(writing, cast.officer.viewer, id_).positions[0]  # type: ignore[attr-defined]
        position.organisation_id = None
    _edit(cast.officer, id_, positions=[])
    went, emptied, _oldest = _lines(sign_in(cast.officer).get(f"/trail/{id_}").text)
    assert "Gerente retirado" in went
    assert "Puesto: Organización" in emptied
    assert "retirado" not in emptied


def test_history_in_english(session: Session, cast: Cast, sign_in) -> None:
    id_ = _add(cast.officer)
    page = sign_in(cast.reader_en).get(f"/trail/{id_}")
    assert "United States" in page.text
    assert "entered it" in _lines(page.text)[0]


def test_history_names_on_whose_behalf(session: Session, cast: Cast, sign_in) -> None:
    values = {"who": ["+Rosa Quispe"], "activity_type": "call", "on_behalf_of_id": str(cast.colleague.id)}
    browser = sign_in(cast.officer)
    address = browser.post("/activities/log", data=values).location
    page = browser.get(f"/trail/{re.findall(r'[0-9]+', address)[0]}")
    assert f"registró, por cuenta de {cast.colleague.name}" in _lines(page.text)[0]
    assert browser.get(address).text.count("/trail/") == 1


def test_history_goes_on_by_key(session: Session, cast: Cast, sign_in) -> None:
    id_ = _add(cast.officer)
    for n in range(queries.PAGE + 4):
        _edit(cast.officer, id_, given_name=f"Rosa {n}")
    browser = sign_in(cast.officer)
    first = browser.get(f"/trail/{id_}")
    more = next(a["href"] for a in Page(first.text).all("a") if "data-pager" in a.attributes)
    second = browser.get(more)
    numbers = [int(n) for n in re.findall(r"#(\d+)", " ".join(_lines(first.text) + _lines(second.text)))]
    assert len(numbers) == queries.PAGE + 5
    assert numbers == sorted(set(numbers), reverse=True)


def test_history_of_what_one_may_not_see_is_not_found(session: Session, cast: Cast, sign_in) -> None:
    id_ = _add(cast.officer, visibility="team")
    assert sign_in(cast.other_officer).get(f"/trail/{id_}").status_code == 404
    assert sign_in(cast.admin).get(f"/trail/{id_}").status_code in (403, 404)
    assert sign_in(cast.auditor).get(f"/trail/{id_}").status_code == 200


def test_who_looks_into_a_team_from_outside_is_told(session: Session, cast: Cast, sign_in) -> None:
    id_ = _add(cast.officer, visibility="team")
    sign_in(cast.auditor).get(f"/contacts/{id_}")
    sign_in(cast.officer).get(f"/contacts/{id_}")
    views = session.query(AuditEvent).filter_by(action="view", record_id=id_).all()
    assert [view.actor_id for view in views] == [cast.auditor.id]


def test_erased_values_say_so(session: Session, cast: Cast, sign_in) -> None:
    id_ = _add(cast.officer)
    with audit.acting(cast.quality.id), write() as writing:
        audit.erase(writing, queries.record(writing, cast.quality.viewer, id_), reason="Pedido", act="RD 1")
    lines = _lines(sign_in(cast.officer).get(f"/trail/{id_}").text)
    assert "suprimió datos personales" in lines[0]
    assert "suprimido por ley" in lines[1]
    assert "Mamani" not in lines[1]


def test_a_stale_edit_names_who_changed_it(session: Session, cast: Cast, sign_in) -> None:
    id_ = _add(cast.officer)
    browser = sign_in(cast.officer)
    fields = {
        e["name"]: e["value"]
        for e in Page(browser.get(f"/contacts/{id_}/edit").text).all("input")
        if e["type"] != "submit"
    }
    _edit(cast.colleague, id_, given_name="Rosa María")
    keep = {k: v for k, v in fields.items() if k in ("version", "family_name", "emails-0")}
    typed = keep | {"given_name": "Otra", "source": "in_person", "name_order": "given_first", "visibility": "shared"}
    answer = browser.post(f"/contacts/{id_}/edit", data=typed)
    assert answer.status_code == 409
    assert cast.colleague.name in answer.text


def test_the_trail_is_for_who_oversees(session: Session, cast: Cast, sign_in) -> None:
    _add(cast.officer)
    for member in (cast.officer, cast.manager, cast.promoter):
        assert sign_in(member).get("/trail").status_code == 403
    assert "Rosa Mamani" in sign_in(cast.auditor).get("/trail").text
    admin = sign_in(cast.admin).get("/trail")
    assert admin.status_code == 200
    assert "Mamani" not in "".join(_lines(admin.text))


def test_an_administrator_reads_no_filters_of_an_export(session: Session, cast: Cast, sign_in) -> None:
    with audit.acting(cast.officer.id), write() as writing:
        audit.note(writing, "export", data={"filters": {"q": "Mamani"}, "rows": 3}, table="export", row=1)
    assert "Mamani" in "".join(_lines(sign_in(cast.auditor).get("/trail").text))
    lines = "".join(_lines(sign_in(cast.admin).get("/trail").text))
    assert "exportó una lista" in lines
    assert "Mamani" not in lines


def test_the_trail_by_person_action_kind_and_period(session: Session, cast: Cast, sign_in) -> None:
    _add(cast.officer)
    _add(cast.other_officer)
    browser = sign_in(cast.auditor)

    def lines(**asked: object) -> list[str]:
        return _lines(browser.get("/trail", query_string=asked).text)

    assert all(cast.officer.name in line for line in lines(person=cast.officer.id))
    assert all("registró" in line for line in lines(action="create", kind="contact"))
    assert len(lines(action="create", kind="contact")) == 2
    assert not lines(until="2020-01-01")
    assert not lines(since=(clock.today() + timedelta(days=3)).isoformat())
    assert lines(since=clock.today("America/Lima").isoformat(), until=clock.today("America/Lima").isoformat())
    assert lines(person="x", action="'", kind="zzz", since="0000-99-99", until="\x00")


def test_walking_the_trail_gives_every_event_once(session: Session, cast: Cast) -> None:
    for n in range(2 * queries.PAGE + 7):
        with write() as writing:
            audit.note(writing, "view", record_id=n + 1)
    seen: list[int] = []
    after = None
    while found := queries.events(session, cast.auditor.viewer, Asked(action="view"), after):
        page = found[: queries.PAGE]
        seen += [entry.id for entry in page]
        after = page[-1].id
        with write() as writing:
            audit.note(writing, "view")  # whatever is inserted meanwhile
        session.rollback()
    assert len(seen) == len(set(seen)) == 2 * queries.PAGE + 7


def test_an_auditor_of_one_post_reads_that_post_only(session: Session, cast: Cast) -> None:
    ours, theirs = _add(cast.officer, visibility="post"), _add(cast.other_officer, visibility="post")
    viewer = access.Viewer(cast.auditor.id, "Ana", grants=(access.Grant("auditor", cast.officer.post_id),))
    found = {entry.record_id for entry in queries.events(session, viewer, Asked())}
    assert ours in found
    assert theirs not in found
    assert None not in found


def test_the_signed_head_is_handed_out(session: Session, cast: Cast, sign_in) -> None:
    browser = sign_in(cast.auditor)
    assert browser.get("/trail/checkpoint").status_code == 303
    _add(cast.officer)
    head = audit.checkpoint(session)
    answer = browser.get("/trail/checkpoint")
    assert json.loads(answer.data) == head.as_dict()
    assert "Sello" in browser.get("/trail").text
    assert sign_in(cast.officer).get("/trail/checkpoint").status_code == 403


def _events(session: Session, action: str) -> list[AuditEvent]:
    session.rollback()
    return session.query(AuditEvent).filter_by(action=action).order_by(AuditEvent.id).all()


def test_signing_in_and_out_and_failing_is_told(session: Session, cast: Cast, client: Client) -> None:
    client.post("/login", data={"email": cast.officer.email, "password": "no es esta"})
    client.post("/login", data={"email": "nobody@promo.example", "password": "clave-de-alguien"})
    client.post("/login", data={"email": cast.officer.email, "password": cast.officer.password})
    client.post("/logout")
    failed = _events(session, "sign_in_failed")
    assert [(e.actor_id, e.row_key) for e in failed] == [(None, str(cast.officer.id)), (None, None)]
    assert [e.actor_id for e in (*_events(session, "sign_in"), *_events(session, "sign_out"))] == [cast.officer.id] * 2
    kept = session.execute(text("SELECT coalesce(old, '') || coalesce(new, '') FROM audit_value")).scalars()
    assert not [v for v in kept if "no es esta" in v or "clave-de-alguien" in v or "nobody@" in v]


def test_a_job_acts_for_whoever_asked_for_it(app: Flask, session: Session, cast: Cast) -> None:
    from promo.core import jobs
    from promo.core.jobs import running

    @jobs.job("trail.test")
    def _told(_context: running.JobContext) -> None:
        notes.tell("view")

    with write() as writing:
        jobs.enqueue(writing, "trail.test", owner_id=cast.officer.id)
    running.run_due()
    (event,) = _events(session, "view")
    assert (event.actor_id, event.device) == (cast.officer.id, "job trail.test")


def test_no_model_lets_a_secret_into_the_trail() -> None:
    """Whatever is named like a secret, and whatever is a keyed digest of one, is hidden or left out."""
    kept = re.compile(SECRET.pattern + r"|handle|credential|public_key|_hash$")
    harmless = {"content_hash"}  # the digest of a procedure's text, which everybody may read
    for mapper in Base.registry.mappers:
        plan = plan_of(mapper)
        shown = {c.key for c in plan.columns if not c.secret} if plan else set()
        assert not {key for key in shown - harmless if kept.search(key)}, mapper.class_
        assert plan is None or plan.is_record or hasattr(mapper.class_, "__audit_name__"), mapper.class_


def test_no_secret_stands_in_the_values(session: Session, cast: Cast) -> None:
    person = create_person("Ana Ruiz")
    with write() as writing:
        held = writing.merge(person)
        held.password_hash, held.totp_secret = "$argon2id$secret", "JBSWY3DPEHPK3PXP"
    values = session.query(AuditValue).all()
    assert {v.field for v in values} >= {"password_hash", "totp_secret"}
    assert not [v for v in values if "argon2" in f"{v.old}{v.new}" or "JBSWY" in f"{v.old}{v.new}"]


@pytest.mark.parametrize("part", ["officer", "reader_en"])
def test_every_action_has_words(cast: Cast, sign_in, session: Session, part: str) -> None:
    from promo.web.history import ACTIONS

    used = set(session.execute(text("SELECT DISTINCT action FROM audit_event")).scalars())
    assert used <= ACTIONS.keys()


def test_history_says_which_of_several_parts_changed(session: Session, cast: Cast, sign_in) -> None:
    firm = {"title": "Andes Foods", "organisation_type": "importer"}
    with write() as writing:
        firm_id = organisations.add(writing, cast.officer.viewer, firm).id
    jobs = [{"organisation_id": str(firm_id), "title": "Gerente"}, {"title": "Asesora"}]
    id_ = _add(cast.officer, positions=jobs)
    with audit.acting(cast.officer.id), write() as writing:
        for position in queries.record(writing, cast.officer.viewer, id_).positions:  # type: ignore[attr-defined]
            position.title = f"{position.title} general"
    newest, _oldest = _lines(sign_in(cast.officer).get(f"/trail/{id_}").text)
    assert "Puesto «Andes Foods»: PuestoGerente Gerente general" in " ".join(newest.split())
    assert "Puesto: PuestoAsesora Asesora general" in " ".join(newest.split())


def test_what_was_chosen_as_an_answer_is_told_in_words(session: Session, cast: Cast, sign_in) -> None:
    enforce(cast, "PE-COM-02")
    officer = sign_in(cast.officer)
    plan = {"title": "Rueda de negocios", "act_type": "matchmaking", "pillar": "trade", "starts_on": "2027-03-04",
            "visibility": "post", "city": "Anaheim", "budget_amount": "500",
            "timezone": "America/Los_Angeles"}  # fmt: skip
    made = officer.post("/events/new", data=plan)
    id_ = int(made.location.rsplit("/", 1)[1])
    chosen = {"mode": "in_person", "funding": ["mre", "private"], "plan_activity": "AOI001"}
    assert officer.post(f"/procedures/runs/{id_}/answer", data=chosen).status_code == 303
    for page in (officer.get(f"/trail/{id_}"), sign_in(cast.quality).get(f"/audits/record/{id_}")):
        assert all(words in page.text for words in ("Presencial", "AOI001"))
        assert "in_person" not in page.text
        assert "mre · private" not in page.text
