"""Logging through HTTP: quick, forgiving, never doubled."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from promo.activities.actions import is_late
from promo.activities.models import Activity
from promo.contacts.models import Contact
from promo.core.audit import AuditEvent
from promo.core.db import session
from promo.core.records import RecordLink
from promo.reference.queries import post
from promo.work.models import Task
from tests.cast import Cast
from tests.factories import enforce
from tests.pages import Page

pytestmark = pytest.mark.usefixtures("session")


def _contact(client: Any, name: str = "Quispe") -> str:
    form = {"family_name": name, "name_order": "given_first", "source": "in_person", "visibility": "shared"}
    return client.post("/contacts/new", data=form).location.rsplit("/", 1)[1]


def _log(client: Any, **values: Any) -> Any:
    return client.post("/activities/log", data={"activity_type": "meeting"} | values)


def test_log_asks_only_who_and_what(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    who = _contact(client)
    assert _log(client).status_code == 422
    assert _log(client, who=[who], activity_type="").status_code == 422
    answer = _log(client, who=[who])
    assert answer.status_code == 303
    activity = session().scalars(select(Activity)).one()
    assert (activity.title, activity.reference) == ("Reunión con Quispe", "AC-CG-US-LAX-2026-0001")
    assert "Reunión con Quispe" in client.get(f"/contacts/{who}").text


def test_log_adds_a_contact_in_place_whose_source_is_the_activity(sign_in: Any, cast: Cast) -> None:
    _log(sign_in(cast.officer), who=["+Rosa Quispe"], activity_type="call")
    rosa = session().scalars(select(Contact)).one()
    assert (rosa.given_name, rosa.family_name, rosa.source) == ("Rosa", "Quispe", "activity")
    assert rosa.last_contact_on is not None


def test_log_pressed_twice_makes_one(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    for _ in range(2):
        assert _log(client, who=["+Rosa Quispe"], idempotency_key="once").status_code == 303
    assert session().scalar(select(func.count()).select_from(Activity)) == 1
    assert session().scalar(select(func.count()).select_from(Contact)) == 1


def test_log_puts_the_next_step_on_the_list_and_it_can_be_done(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    _log(client, who=["+Rosa Quispe"], next_step="Enviar muestras", next_on="2026-12-04")
    assert "Enviar muestras" in client.get("/work").text
    task = session().scalars(select(Task)).one()
    assert client.post(f"/work/{task.id}/complete").status_code == 303
    assert session().scalars(select(Task)).one().done_at is not None
    assert sign_in(cast.colleague).post(f"/work/{task.id}/reopen").status_code == 404


def test_log_on_behalf_of_a_colleague_makes_both_authors(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    answer = _log(client, who=["+Rosa Quispe"], on_behalf_of_id=str(cast.colleague.id))
    activity = session().scalars(select(Activity)).one()
    assert (activity.owner_id, activity.entered_by_id) == (cast.colleague.id, cast.officer.id)
    assert sign_in(cast.colleague).get(f"{answer.location}/edit").status_code == 200
    assert _log(client, who=["+X"], on_behalf_of_id=str(cast.other_officer.id)).status_code == 422


def test_log_reaches_the_organisation_of_the_contact(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    form = {"title": "Golden Harvest", "organisation_type": "importer", "country": "US", "visibility": "shared"}
    firm = client.post("/organisations/new", data=form).location.rsplit("/", 1)[1]
    who = client.post(
        "/contacts/new",
        data={"family_name": "Li", "name_order": "given_first", "source": "in_person", "visibility": "shared",
              "positions-0-organisation_id": firm},
    ).location.rsplit("/", 1)[1]  # fmt: skip
    _log(client, who=[who], text="Quieren quinua")
    assert "Quieren quinua" in client.get(f"/organisations/{firm}").text
    assert session().scalar(select(func.count()).select_from(RecordLink)) == 2


def test_show_is_not_found_for_another_post(sign_in: Any, cast: Cast) -> None:
    address = _log(sign_in(cast.officer), who=["+Rosa Quispe"]).location
    assert sign_in(cast.other_officer).get(address).status_code == 404
    for reader in (cast.colleague, cast.promoter, cast.auditor):
        assert sign_in(reader).get(address).status_code == 200


def test_edit_is_for_the_authors(sign_in: Any, cast: Cast) -> None:
    address = _log(sign_in(cast.officer), who=["+Rosa Quispe"]).location
    who = [str(session().scalars(select(Contact.id)).one())]
    data = {"activity_type": "visit", "who": who, "version": "1", "text": "Corregido"}
    assert sign_in(cast.colleague).post(f"{address}/edit", data=data).status_code == 403
    assert sign_in(cast.officer).post(f"{address}/edit", data=data).status_code == 303
    assert session().scalars(select(Activity)).one().title == "Visita con Rosa Quispe"


def test_edit_shows_the_minute_and_leaves_the_moment_as_it_was(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    address = _log(client, who=["+Rosa Quispe"], occurred_at="2026-11-20T09:30:41").location
    before = session().scalars(select(Activity)).one().occurred_at
    shown = next(
        e["value"] for e in Page(client.get(f"{address}/edit").text).all("input") if e["name"] == "occurred_at"
    )
    assert shown == "2026-11-20T09:30"
    who = [str(session().scalars(select(Contact.id)).one())]
    data = {"activity_type": "call", "who": who, "version": "1", "text": "Otro", "occurred_at": shown}
    assert client.post(f"{address}/edit", data=data).status_code == 303
    assert session().scalars(select(Activity)).one().occurred_at == before


def test_entry_is_late_after_five_working_days_of_the_post(sign_in: Any, cast: Cast) -> None:
    lax, monday = post(session(), "CG-US-LAX"), date(2026, 10, 19)
    assert not is_late(session(), lax, monday, monday + timedelta(days=7))
    assert is_late(session(), lax, monday, monday + timedelta(days=8))
    client = sign_in(cast.officer)
    _log(client, who=["+Rosa Quispe"], occurred_at="2026-01-15T10:00")
    assert session().scalars(select(Activity)).one().late is True


def test_timeline_walks_all_pages_once(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    who = _contact(client)
    for number in range(45):
        _log(client, who=[who], text=f"línea {number:03}", occurred_at=f"2026-03-{number % 28 + 1:02}T10:00")
    address, seen = f"/activities/timeline/{who}", []
    while address:
        page = client.get(address).text
        seen += [part[:3] for part in page.split("línea ")[1:]]
        before, more, _after = page.partition("data-pager")
        address = before.split('href="')[-1].split('"')[0].replace("&amp;", "&") if more else ""
    assert sorted(seen) == [f"{n:03}" for n in range(45)]


def test_timeline_keeps_one_kind(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    who = _contact(client)
    _log(client, who=who, text="Quieren quinua.")
    _log(client, who=who, text="Piden muestras.", activity_type="call")
    everything, calls, visits = (client.get(f"/contacts/{who}?what={what}").text for what in ("", "call", "visit"))
    assert "Quieren quinua." in everything
    assert "Piden muestras." in everything
    assert "Quieren quinua." not in calls
    assert "Piden muestras." in calls
    assert "Nada de este tipo" in visits


def test_show_says_what_its_procedure_still_asks(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    before = _log(client, who=["+Rosa Quispe"]).location
    enforce(cast, "PE-ACT-01")
    address = _log(client, who=["+Rosa Quispe"], activity_type="call").location
    assert "PE-ACT-01" not in client.get(before).text
    page = client.get(address).text
    assert "PE-ACT-01 v1" in page
    assert f'href="{address}/edit#text"' in page
    assert f'href="{address}/edit#next_step"' in page
    assert "/edit#text" not in sign_in(cast.auditor).get(address).text
    _log(client, who=["+Rosa Quispe"], activity_type="visit", text="Quiere café", next_step="ninguno")
    done = session().scalars(select(Activity).order_by(Activity.id.desc())).first()
    assert done is not None
    assert done.procedure_version_id is not None
    told = select(AuditEvent.procedure_version_id).where(AuditEvent.record_id == done.id)
    assert set(session().scalars(told)) == {done.procedure_version_id}
    assert f"/activities/{done.id}/edit#" not in client.get(f"/activities/{done.id}").text
