"""External auditors: invited by quality for named samples and days; they read those and nothing else."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.accounts.models import Person, PersonRole
from promo.audits.models import AuditGuest, AuditPick, AuditSample
from promo.audits.queries.masking import MASK
from promo.core import clock, jobs
from promo.core.audit import AuditEvent, AuditValue
from promo.core.db import write
from promo.core.evidence.verify import Verification
from promo.core.outbox import Mail
from tests.audits.conftest import Cases, draw
from tests.audits.test_pack import Held
from tests.cast import Cast, Member
from tests.test_every_route import ROUTES

OPEN_TO_GUESTS = {
    *("audits.index", "audits.show", "audits.population", "audits.record", "audits.clauses"),
    *("procedures.index", "procedures.show", "procedures.who", "exports.index", "exports.show", "exports.download"),
    *("accounts.me", "accounts.password", "accounts.sessions", "accounts.second_factor", "accounts.passkey_options"),
    *("accounts.recovery_codes",),
}
"""What a guest may get; besides it only what is open to anybody, signed in or not."""


def about(sample_id: int | None = None, **values: Any) -> dict[str, Any]:
    today = clock.today()
    return {
        "name": "Ana de Fuera", "email": "ana@certificadora.example", "locale": "es",
        "organisation": "Certificadora SA", "scope": "Promoción comercial 2026", "valid_from": today.isoformat(),
        "valid_to": (today + timedelta(days=10)).isoformat(),
        "samples": [str(sample_id)] if sample_id else [], **values,
    }  # fmt: skip


@pytest.fixture
def invited(sampled: AuditSample, sign_in: Any, cast: Cast, session: Session) -> Member:
    """A guest whom quality invited to the sample."""
    answer = sign_in(cast.quality).post("/guests/invite", data=about(sampled.id))
    assert answer.status_code == 303, answer.text
    person = session.scalars(select(Person).where(Person.email == "ana@certificadora.example")).one()
    return Member(person.id, cast.guest.part, person.post_id or 0, cast.guest.viewer)


def of(session: Session, member: Member) -> AuditGuest:
    session.expire_all()
    return session.scalars(select(AuditGuest).where(AuditGuest.person_id == member.id)).one()


def change(client: Any, guest: AuditGuest, **values: Any) -> Any:
    kept = {"organisation": guest.organisation, "scope": guest.scope, "valid_from": guest.valid_from.isoformat(),
            "valid_to": guest.valid_to.isoformat(), "version": str(guest.version)}  # fmt: skip
    return client.post(f"/guests/{guest.id}/edit", data=kept | values)


def test_invite_makes_an_account_a_role_with_dates_and_a_message(invited: Member, session: Session, cast: Cast) -> None:
    role = session.scalars(select(PersonRole).where(PersonRole.person_id == invited.id)).one()
    assert (role.role, role.valid_to) == ("guest", clock.today() + timedelta(days=10))
    mail = session.scalars(select(Mail).where(Mail.person_id == invited.id)).one()
    assert "/login/reset/" in mail.text
    told = select(AuditEvent.actor_id).where(AuditEvent.table_name == "audit_guest", AuditEvent.action == "create")
    assert session.scalars(told).one() == cast.quality.id


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"valid_to": "2020-01-01"}, "anterior al primero"),
        ({"valid_to": (clock.today() + timedelta(days=900)).isoformat()}, "Un año"),
        ({"personal": "y"}, "Diga por qué"),
        ({"email": "hugo@promo.example"}, "ya tiene este correo"),
        ({"organisation": ""}, "Complete"),
    ],
)
def test_what_makes_no_sense_is_refused(
    sampled: AuditSample,
    sign_in: Any,
    cast: Cast,
    session: Session,
    values: Any,
    words: str,
) -> None:
    answer = sign_in(cast.quality).post("/guests/invite", data=about(sampled.id, **values))
    assert answer.status_code == 422
    assert words in answer.text
    assert "Promoción comercial 2026" in answer.text
    assert session.scalars(select(AuditGuest)).all() == []


@pytest.mark.parametrize("part", ["officer", "manager", "admin", "guest", "auditor"])
def test_only_quality_invites(sampled: AuditSample, sign_in: Any, cast: Cast, part: str) -> None:
    client = sign_in(cast.members[part])
    assert client.post("/guests/invite", data=about(sampled.id)).status_code == 403
    assert client.get("/guests").status_code == (200 if part == "auditor" else 403)


def test_a_guest_reads_the_named_samples_and_nothing_else(
    invited: Member,
    sampled: AuditSample,
    cases: Cases,
    sign_in: Any,
    cast: Cast,
    session: Session,
) -> None:
    other = draw(cast.auditor, 4, "9")
    client = sign_in(invited)
    assert client.get("/").location.endswith("/audits")
    assert sampled.title in client.get("/audits").text
    assert client.get(f"/audits/{sampled.id}").status_code == 200
    assert client.get(f"/audits/{other.id}").status_code == 404
    inside = set(session.scalars(select(AuditPick.record_id).where(AuditPick.sample_id == sampled.id)))
    for id_ in cases.all:
        assert client.get(f"/audits/record/{id_}").status_code == (200 if id_ in inside else 404)
        assert client.get(f"/events/{id_}").status_code in (403, 404)
        assert client.get(f"/trail/{id_}").status_code in (403, 404)
    for _page in (client.get(f"/audits/{sampled.id}"), *(client.get(f"/audits/record/{i}") for i in inside)):
        assert "Rosa" not in _page.text


def test_every_other_page_is_shut_to_guests(
    app: Flask,
    invited: Member,
    cases: Cases,
    sampled: AuditSample,
    sign_in: Any,
) -> None:
    """Every address of the map, those to come too: what is not named above answers no guest."""
    client = sign_in(invited)
    client.limit_of = lambda _environ: 1000
    known = {
        "record_id": cases.approved,
        "id_": cases.approved,
        "name": "sectors",
        "code": "CG-US-LAX",
        "clause": "7.2",
    }
    answered = set()
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static" or ROUTES[rule.endpoint].permission == "public":
            continue
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(known.get(found[1], 1)), rule.rule)
        for method in ("GET", "POST"):
            if method in (rule.methods or ()) and not rule.endpoint.startswith("accounts."):
                code = client.open(path, method=method).status_code
                if code not in (403, 404):
                    answered.add((rule.endpoint, code))
    assert {endpoint for endpoint, _code in answered} <= OPEN_TO_GUESTS, answered


def test_a_guest_whose_days_are_over_reads_nothing(
    invited: Member,
    sampled: AuditSample,
    sign_in: Any,
    cast: Cast,
    session: Session,
) -> None:
    client, last = sign_in(invited), clock.today() - timedelta(days=1)
    with write() as writing:
        role = writing.scalars(select(PersonRole).where(PersonRole.person_id == invited.id)).one()
        until, role.valid_to = role.valid_to, last
    for address in ("/audits", f"/audits/{sampled.id}", "/audits/clauses", "/procedures", "/day"):
        assert client.get(address).status_code == 403, address
    assert client.get("/").location.endswith("/accounts/me")
    with write() as writing:
        writing.scalars(select(PersonRole).where(PersonRole.person_id == invited.id)).one().valid_to = until
    assert client.get("/audits").status_code == 200
    assert sign_in(cast.quality).post(f"/guests/{of(session, invited).id}/end").status_code == 303
    assert client.get("/audits").status_code == 303, "the session ended"
    again = sign_in(invited)
    assert again.get("/audits").status_code == 403


def fetch(client: Any, sample: AuditSample) -> dict[str, bytes]:
    started = client.post(f"/exports/start/evidence?format=zip&sample={sample.id}")
    assert started.status_code == 303, started.text
    jobs.run_due()
    page = client.get(started.location)
    assert "Descargar" in page.text, page.text
    answer = client.get(f"{started.location}/download")
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.data)) as pack:
        return {name: pack.read(name) for name in pack.namelist()}


def test_a_guests_pack_is_masked_marked_and_told(
    invited: Member,
    sampled: AuditSample,
    sign_in: Any,
    session: Session,
) -> None:
    held = fetch(sign_in(invited), sampled)
    manifest = json.loads(held["manifest.json"])
    assert manifest["made_for"] == "Ana de Fuera <ana@certificadora.example>, Certificadora SA"
    assert manifest["masked"] == "personal"
    everything = b"".join(content for name, content in held.items() if name != "verify.py").decode()
    assert "Rosa" not in everything
    assert MASK in everything
    found = Verification(Held(held), "es")
    found.run(None, None)
    assert found.wrong == []
    session.expire_all()
    told = select(AuditEvent.action, AuditEvent.actor_id, AuditValue.new)
    told = told.join(AuditValue, AuditValue.event_id == AuditEvent.id).where(AuditEvent.table_name == "export")
    rows = session.execute(told).all()
    assert {(action, actor) for action, actor, _new in rows} == {("export", invited.id), ("download", invited.id)}
    assert json.dumps(manifest["id"]) in {new for _action, _actor, new in rows}


def test_personal_data_are_opened_and_shut_again(
    invited: Member,
    sampled: AuditSample,
    sign_in: Any,
    cast: Cast,
    session: Session,
) -> None:
    quality, client = sign_in(cast.quality), sign_in(invited)
    opened = {"samples": [str(sampled.id)], "personal": "y", "personal_reason": "Verificar consentimientos"}
    assert change(quality, of(session, invited), **opened).status_code == 303
    held = fetch(client, sampled)
    assert json.loads(held["manifest.json"])["masked"] == "nothing"
    started = client.post(f"/exports/start/evidence?format=zip&sample={sampled.id}").location
    jobs.run_due()
    told = select(AuditValue.new).join(AuditEvent, AuditEvent.id == AuditValue.event_id)
    reasons = told.where(AuditEvent.table_name == "audit_guest", AuditValue.field == "personal_reason")
    assert "Verificar consentimientos" in str(session.scalars(reasons).all())
    assert change(quality, of(session, invited), samples=[str(sampled.id)]).status_code == 303
    assert of(session, invited).personal_reason is None
    assert client.get(f"{started}/download").status_code == 404, "what was open then is no longer"
    assert json.loads(fetch(client, sampled)["manifest.json"])["masked"] == "personal"


def test_a_sample_named_no_longer_is_gone(
    invited: Member,
    sampled: AuditSample,
    sign_in: Any,
    cast: Cast,
    session: Session,
) -> None:
    client = sign_in(invited)
    started = client.post(f"/exports/start/evidence?format=zip&sample={sampled.id}").location
    jobs.run_due()
    assert change(sign_in(cast.quality), of(session, invited)).status_code == 303
    assert client.get(f"/audits/{sampled.id}").status_code == 404
    assert client.get(f"{started}/download").status_code == 404
    assert client.post(f"/exports/start/evidence?format=zip&sample={sampled.id}").status_code == 404


def test_two_who_change_a_guest_see_both(invited: Member, sign_in: Any, cast: Cast, session: Session) -> None:
    quality, guest = sign_in(cast.quality), of(session, invited)
    seen = str(guest.version)
    assert change(quality, guest, scope="Uno").status_code == 303
    stale = change(quality, of(session, invited), scope="Dos", version=seen)
    assert stale.status_code == 409
    assert "Uno" in stale.text
    assert "Dos" in stale.text


def test_an_administrator_gives_nobody_the_role_of_guest(cast: Cast, sign_in: Any) -> None:
    page = sign_in(cast.admin).get(f"/accounts/{cast.officer.id}").text
    assert 'value="auditor"' in page
    assert 'value="guest"' not in page


def test_a_guest_alone_is_no_staff(session: Session, cast: Cast) -> None:
    with write():
        viewer = cast.guest.viewer
    assert not viewer.staff
    assert not viewer.headquarters
