"""Exports through HTTP: what is shown on a list comes back as a file, to whoever asked for it and nobody else."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from openpyxl import load_workbook
from sqlalchemy import select

from promo.accounts.models import PersonRole
from promo.contacts.models import Contact
from promo.core import clock, jobs
from promo.core.audit import AuditEvent, AuditValue
from promo.core.db import session, write
from promo.core.exporting import Export, workbook
from promo.core.files import store
from promo.exports import actions
from promo.exports import jobs as building
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("session")
HOSTILE = ("=HYPERLINK(0)", "+1", "-2", "@SUM(A1)", "＝1+1", "<r>&</r>", 'a,b;"c"\nd', "https://x.example/")


def _contact(client: Any, name: str, **values: Any) -> str:
    data = {"family_name": name, "name_order": "given_first", "source": "in_person", "visibility": "shared"}
    answer = client.post("/contacts/new", data=data | {"country": "PE"} | values)
    assert answer.status_code == 303, answer.text
    return str(answer.location.rsplit("/", 1)[1])


def _start(client: Any, address: str = "contacts?format=xlsx") -> str:
    answer = client.post(f"/exports/start/{address}")
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def _fetch(client: Any, address: str) -> Any:
    answer = client.get(f"{_start(client, address)}/download")
    assert answer.status_code == 200
    return answer


def _sheets(client: Any, address: str = "contacts?format=xlsx") -> Any:
    return load_workbook(io.BytesIO(_fetch(client, address).data))


def _table(client: Any, address: str = "contacts?format=xlsx") -> list[dict[str, Any]]:
    head, *rows = _sheets(client, address).worksheets[1].iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


def _lines(client: Any, address: str) -> list[list[str]]:
    text = _fetch(client, address).data.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def test_start_exports_what_the_list_shows_in_its_order(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    for name, country in (("Zavala", "PE"), ("Álvarez", "PE"), ("Smith", "US")):
        _contact(client, name, country=country, **{"emails-0": f"{country.lower()}@x.example"})
    table = _table(client, "contacts?format=xlsx&country=PE")
    assert [row["Nombre"] for row in table] == ["Álvarez", "Zavala"]
    assert {row["País"] for row in table} == {"Perú"}
    assert {row["Correo"] for row in table} == {"pe@x.example"}


def test_start_writes_dates_moments_and_numbers_as_such(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    who = _contact(client, "Quispe")
    client.post("/activities/log", data={"who": who, "activity_type": "call", "occurred_at": "2026-03-02T10:00"})
    row = _table(client, "activities?format=xlsx")[0]
    zone = ZoneInfo("America/Los_Angeles")
    assert row["Fecha"].date().isoformat() == "2026-03-02"
    entered = row["Registrado (America/Los_Angeles)"]
    assert isinstance(entered, datetime)
    assert abs(entered.replace(tzinfo=zone) - clock.now()) < timedelta(minutes=5)
    line = _lines(client, "activities?format=csv")[1]
    assert "2026-03-02" in line


def test_start_freezes_and_filters_the_head_and_says_on_the_cover_what_it_is(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.reader_en)
    _contact(client, "Quispe")
    book = _sheets(client, "contacts?format=xlsx&country=PE&q=quis&view=mine")
    cover, sheet = book.worksheets
    assert (sheet.freeze_panes, sheet.auto_filter.ref[:3], sheet.title) == ("B2", "A1:", "People")
    told = {row[0]: row[1] for row in cover.iter_rows(values_only=True) if row[0] and row[1]}
    assert told["Country"] == "Peru"
    assert told["Search"] == "quis"
    assert told["View"] == "Mine"
    assert told["Rows"] == 1
    assert told["Exported by"] == "Liam Okafor · CG-US-LAX"
    assert told["Address of the list"] == "http://localhost/contacts?country=PE&q=quis&view=mine"
    assert told["Exported on"].endswith("(America/Los_Angeles)")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_stay_texts_in_both_formats(sign_in: Any, cast: Cast, text: str) -> None:
    client = sign_in(cast.officer)
    _contact(client, "Quispe")
    with write() as writing:
        writing.scalars(select(Contact)).one().title = text
    cell = _sheets(client).worksheets[1]["B2"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)
    shown = _lines(client, "contacts?format=csv")[1][1]
    assert shown == (f"'{text}" if text[0] in "=+-@＝" else text)


def test_csv_has_a_mark_commas_and_crlf(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    _contact(client, "Ñahui")
    data = _fetch(client, "contacts?format=csv").data
    assert data.startswith("\ufeffCódigo,Nombre,".encode())
    assert data.count(b"\r\n") == 2
    assert "Ñahui".encode() in data


def test_each_gets_what_they_see_and_as_many_as_their_list_says(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    for name, visibility in (("Abierta", "shared"), ("Oficina", "post"), ("Equipo", "team")):
        _contact(client, name, visibility=visibility)
    seen = {part: {row["Nombre"] for row in _table(sign_in(cast.members[part]))} for part in (
        "officer", "colleague", "other_officer", "promoter", "auditor")}  # fmt: skip
    assert seen == {
        "officer": {"Abierta", "Oficina", "Equipo"},
        "colleague": {"Abierta", "Oficina"},
        "other_officer": {"Abierta"},
        "promoter": {"Abierta", "Oficina"},
        "auditor": {"Abierta", "Oficina", "Equipo"},
    }
    assert sign_in(cast.admin).post("/exports/start/contacts?format=csv").status_code == 403


def test_only_the_asker_sees_cancels_and_fetches(sign_in: Any, cast: Cast) -> None:
    mine = _start(sign_in(cast.officer))
    other = sign_in(cast.colleague)
    assert other.get(mine).status_code == 404
    assert other.get(f"{mine}/download").status_code == 404
    assert other.post(f"{mine}/cancel").status_code == 404
    assert mine not in other.get("/exports").text
    assert mine in sign_in(cast.officer).get("/exports").text


def _told(action: str) -> list[tuple[int | None, dict[str, Any]]]:
    session().rollback()
    events = session().scalars(select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.id))
    return [
        (e.actor_id, {v.field: v.new for v in session().scalars(select(AuditValue).where(AuditValue.event_id == e.id))})
        for e in events
    ]


def test_the_trail_says_who_exported_and_fetched_what(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    _contact(client, "Quispe")
    _fetch(client, "contacts?format=csv&country=PE")
    for action in ("export", "download"):
        ((who, values),) = _told(action)
        assert who == cast.officer.id
        assert values["name"] == '"contacts"'
        assert values["filters"] == '{"country":"PE"}'
        assert (values["rows"], values["format"]) == ("1", '"csv"')


def test_a_large_export_goes_on_by_itself_and_tells_how_far_it_is(
    sign_in: Any, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "SMALL", -1)
    client = sign_in(cast.officer)
    _contact(client, "Quispe")
    place = _start(client)
    assert "progress" in client.get(place).text
    assert client.get(f"{place}/download").status_code == 404
    assert _start(client) == place, "the same one asked for twice is one"
    fragment = client.get(place, headers={"HX-Request": "true"}).text
    assert "<html" not in fragment
    assert f"{place}/cancel" in fragment
    assert jobs.run_due() == 1
    assert f"{place}/download" in client.get(place).text


def test_cancel_calls_it_off_and_leaves_no_file(sign_in: Any, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "SMALL", -1)
    client = sign_in(cast.officer)
    place = _start(client)
    client.post(f"{place}/cancel")
    assert jobs.run_due() == 0
    assert "Se canceló" in client.get(place).text
    assert client.get(f"{place}/download").status_code == 404
    assert _told("export") == []


def test_whoever_has_lost_the_right_since_gets_nothing(
    sign_in: Any, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = sign_in(cast.officer)
    built = _start(client)
    monkeypatch.setattr(actions, "SMALL", -1)
    waiting = _start(client, "contacts?format=csv")
    with write() as writing:
        role = writing.scalars(select(PersonRole).where(PersonRole.person_id == cast.officer.id)).one()
        role.role = "admin"
    jobs.run_due()
    session().rollback()
    assert session().get_one(Export, int(waiting.rsplit("/", 1)[1])).state == "failed"
    assert client.get(f"{built}/download").status_code == 403


def test_expired_files_go_and_the_trail_stays(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    place = _start(client)
    stored = session().scalars(select(Export.stored)).one()
    session().rollback()
    building.clean_up()
    assert store().exists(stored)
    with time_machine.travel(clock.now() + actions.KEPT + timedelta(minutes=1)):
        building.clean_up()
    assert not store().exists(stored)
    assert client.get(place).status_code == 404
    assert len(_told("export")) == 1


def test_a_list_and_a_format_that_nobody_knows_are_refused(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    assert client.post("/exports/start/nothing?format=csv").status_code == 404
    assert client.post("/exports/start/contacts?format=pdf").status_code == 422


def test_what_excel_cannot_hold_is_told(sign_in: Any, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "ROWS", 3)
    monkeypatch.setattr(workbook, "CHARACTERS", 120)
    client = sign_in(cast.officer)
    for number in range(5):
        _contact(client, f"Quispe {'x' * 120}{number}")
    place = _start(client)
    book = load_workbook(io.BytesIO(client.get(f"{place}/download").data))
    assert [sheet.max_row for sheet in book.worksheets[1:]] == [3, 3, 2]
    assert book.worksheets[1]["B2"].value == f"Quispe {'x' * 112}…"
    notes = [row[1] for row in book.worksheets[0].iter_rows(values_only=True) if row[0] == "Nota"]
    assert len(notes) == 2
    for note in notes:
        assert note in client.get(place).text


def test_every_list_offers_its_export(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    who = _contact(client, "Quispe")
    client.post("/activities/log", data={"who": who, "activity_type": "call", "occurred_at": "2026-03-02T10:00"})
    assert "/exports/start/contacts?country=PE&amp;format=csv" in client.get("/contacts?country=PE").text
    assert "/exports/start/activities?format=xlsx" in client.get("/activities").text
