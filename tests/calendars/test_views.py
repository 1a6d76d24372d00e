"""The pages of calendars: the overview, a post's year, the decrees, the reminder on My day, ≈ on terms."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy.orm import Session

from promo.calendars import queries
from promo.core import clock
from promo.core.calendars import proposed
from tests.browser_like import Client
from tests.calendars.test_actions import YEAR, add, calendar, confirm, decree
from tests.cast import HOME, Cast, Member
from tests.pages import parsed

pytestmark = pytest.mark.usefixtures("session")
SignIn = Callable[[Member], Client]
PAGE = f"/calendars/{HOME}/{YEAR}"


def _ticks(html: str) -> dict[str, bool]:
    found = [e for e in parsed(html).all("input") if e["name"] == "days"]
    return {e["value"]: "checked" in e.attributes for e in found}


def test_index_tells_who_confirmed_and_who_has_not(sign_in: SignIn, cast: Cast) -> None:
    confirm(cast.officer)
    confirm(cast.officer, year=YEAR - 1)
    browser = sign_in(cast.officer)
    assert f"{YEAR}: confirmado" in browser.get("/calendars").text
    missing = browser.get("/calendars?view=missing").text
    assert "/calendars/EMB-JP-TYO/" in missing
    assert f"/calendars/{HOME}/" not in missing


def test_show_proposes_all_ticked_and_confirm_keeps_what_was_ticked(sign_in: SignIn, cast: Cast) -> None:
    browser = sign_in(cast.officer)
    page = browser.get(PAGE).text
    ticks = _ticks(page)
    assert list(ticks) == [d.isoformat() for d in proposed("US", "CA", YEAR)]
    assert all(ticks.values())
    version = parsed(page).by_id("version")["value"]
    kept = list(ticks)[1:]
    answer = browser.post(f"{PAGE}/confirm", data={"days": kept, "weekend": ["6", "7"], "version": version})
    assert answer.status_code == 303
    again = browser.get(PAGE).text
    assert _ticks(again) == {day: day in kept for day in ticks}
    assert "Confirmado por" in again
    assert cast.officer.name in again
    assert _ticks(sign_in(cast.auditor).get(PAGE).text) == {}


def test_confirm_refused_keeps_the_ticks(sign_in: SignIn, cast: Cast) -> None:
    browser = sign_in(cast.officer)
    ticks = list(_ticks(browser.get(PAGE).text))
    data = {"days": ticks[:2], "weekend": list("1234567"), "version": "1"}
    answer = browser.post(f"{PAGE}/confirm", data=data)
    assert answer.status_code == 422
    assert [day for day, ticked in _ticks(answer.text).items() if ticked] == ticks[:2]
    confirm(cast.head)
    stale = browser.post(f"{PAGE}/confirm", data=data | {"weekend": ["7"]})
    assert stale.status_code == 422
    assert "Alguien cambió este calendario" in stale.text


def test_add_day_and_remove_day(sign_in: SignIn, cast: Cast, session: Session) -> None:
    browser = sign_in(cast.officer)
    day = calendar(session).add_working_days(date(YEAR, 5, 1), 3)
    data = {"on": day.isoformat(), "counts_as": "half", "name_es": "Aniversario de la ciudad"}
    assert browser.post(f"{PAGE}/add_day", data=data | {"name_es": ""}).status_code == 422
    refused = browser.post(f"{PAGE}/add_day", data=data | {"on": f"{YEAR + 1}-05-04"})
    assert refused.status_code == 422
    assert "Aniversario de la ciudad" in refused.text
    assert browser.post(f"{PAGE}/add_day", data=data).status_code == 303
    page = browser.get(PAGE).text
    assert "Aniversario de la ciudad" in page
    assert "Medio día" in page
    id_ = queries.days_of(session, cast.officer.post_id, YEAR)[0].id
    assert browser.post(f"{PAGE}/remove_day/{id_}").status_code == 303
    assert browser.post(f"{PAGE}/remove_day/{id_}").status_code == 404
    assert "Aniversario de la ciudad" not in browser.get(PAGE).text


def test_decrees_are_read_by_all_and_entered_by_headquarters(sign_in: SignIn, cast: Cast) -> None:
    browser = sign_in(cast.quality)
    data = {"on": f"{YEAR}-07-26", "counts_as": "holiday", "scope": "peru", "name_es": "Día no laborable"}
    assert browser.post("/calendars/add_decree", data=data).status_code == 422
    assert browser.post("/calendars/add_decree", data=data | {"act_number": "DS 042-2027-PCM"}).status_code == 303
    assert "DS 042-2027-PCM" in sign_in(cast.officer).get("/calendars/decrees").text
    assert "DS 042-2027-PCM" not in browser.get(PAGE).text  # it is for Peru's calendar alone
    assert "DS 042-2027-PCM" in browser.get(f"/calendars/HQ-PE-LIM/{YEAR}").text
    assert sign_in(cast.officer).post("/calendars/add_decree", data=data).status_code == 403
    with_id = decree(cast.quality, date(YEAR, 8, 3))
    assert browser.post(f"/calendars/remove_decree/{with_id}").status_code == 303
    assert browser.post(f"/calendars/remove_decree/{with_id}").status_code == 404


def test_others_read_and_are_told_who_may(sign_in: SignIn, cast: Cast) -> None:
    browser = sign_in(cast.other_officer)
    assert browser.get(PAGE).status_code == 200
    answer = browser.post(f"{PAGE}/confirm", data={"weekend": ["7"], "version": "1"})
    assert answer.status_code == 403
    assert "Quién puede:" in answer.text
    assert browser.get(f"/calendars/{HOME}/{YEAR + 30}").status_code == 404
    assert browser.get(f"/calendars/XX/{YEAR}").status_code == 404


def test_the_page_of_a_post_shows_its_days_off_and_what_is_not_certain(sign_in: SignIn, cast: Cast) -> None:
    browser = sign_in(cast.officer)
    before = browser.get(f"/reference/posts/{HOME}").text
    assert f"/calendars/{HOME}/{YEAR}" in before
    assert "≈" in before
    confirm(cast.officer)
    confirm(cast.officer, year=YEAR - 1)
    assert "≈" not in browser.get(f"/reference/posts/{HOME}").text


def test_my_day_asks_for_the_coming_year_in_december(
    sign_in: SignIn, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, other = sign_in(cast.officer), sign_in(cast.auditor)
    wanted = f"/calendars/{HOME}/{YEAR}"
    for month, asked in ((11, False), (12, True)):
        day = date(YEAR - 1, month, 20)
        monkeypatch.setattr(clock, "today", lambda _zone="", day=day: day)
        assert (wanted in browser.get("/day").text) == asked
        assert wanted not in other.get("/day").text
    confirm(cast.officer)
    assert wanted not in browser.get("/day").text


def test_own_days_show_on_the_coming_days_off(sign_in: SignIn, cast: Cast, session: Session) -> None:
    day = calendar(session).add_working_days(clock.today(), 2)
    add(cast.officer, day)
    assert "Día propio" in sign_in(cast.officer).get(f"/reference/posts/{HOME}").text
