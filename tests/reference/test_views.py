"""The pages of reference data, the correction of a post, suggestions, commands."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from promo.core.db import write
from promo.reference import actions, queries
from promo.reference.views import TABLES
from tests.browser_like import Client
from tests.cast import Cast, Member

SignIn = Callable[[Member], Client]


def test_index_leads_to_every_table(sign_in: SignIn, cast: Cast) -> None:
    page = sign_in(cast.officer).get("/reference").text
    assert all(f"/reference/{table.name}" in page for table in TABLES)


@pytest.mark.parametrize("name", [table.name for table in TABLES])
def test_table_shows_and_searches(sign_in: SignIn, cast: Cast, name: str) -> None:
    for member in (cast.officer, cast.admin, cast.reader_en):
        assert "<tbody" in sign_in(member).get(f"/reference/{name}").text
    hostile = sign_in(cast.officer).get(f"/reference/{name}", query_string={"q": "<script>\x00" + "x" * 5000})
    assert hostile.status_code == 200
    assert "<script>x" not in hostile.text


def test_table_finds_a_post(sign_in: SignIn, cast: Cast) -> None:
    page = sign_in(cast.officer).get("/reference/posts?q=angeles").text
    assert "CG-US-LAX" in page
    assert "EMB-JP-TYO" not in page


def test_table_names_source_and_date_of_a_rate(sign_in: SignIn, cast: Cast) -> None:
    assert queries.DEMO_SOURCE in sign_in(cast.officer).get("/reference/currencies?q=pen").text
    assert sign_in(cast.officer).get("/reference/rates?q=pen").text.count("PEN") >= 30


def test_table_answers_a_fragment(sign_in: SignIn, cast: Cast) -> None:
    page = sign_in(cast.officer).get("/reference/fairs?q=fruit", headers={"HX-Request": "true"}).text
    assert "Fruit Logistica" in page
    assert "<html" not in page


def test_table_unknown_is_not_found(sign_in: SignIn, cast: Cast) -> None:
    assert sign_in(cast.officer).get("/reference/nothing").status_code == 404


def test_show_tells_a_post_and_offers_edit_to_administrators(sign_in: SignIn, cast: Cast) -> None:
    seen = sign_in(cast.officer).get("/reference/posts/EMB-US-WAS")
    offered = sign_in(cast.admin).get("/reference/posts/EMB-US-WAS")
    assert "CG-US-LAX" in seen.text
    assert "America/New_York" in seen.text
    assert "/edit" not in seen.text
    assert "/reference/posts/EMB-US-WAS/edit" in offered.text
    assert sign_in(cast.officer).get("/reference/posts/XX").status_code == 404


def _form(session: Session, **changes: object) -> dict[str, object]:
    post = queries.post(session, "CG-US-LAX")
    shown = {
        "timezone": post.timezone, "parent_id": str(post.parent_id), "weekend": list(post.weekend), "active": "1",
        "holiday_country": "US", "holiday_subdivision": "CA", "note": "", "version": str(post.version),
    }  # fmt: skip
    return {**shown, **changes}


def test_edit_is_for_administrators(sign_in: SignIn, cast: Cast, session: Session) -> None:
    for member in (cast.officer, cast.manager, cast.auditor):
        assert sign_in(member).get("/reference/posts/CG-US-LAX/edit").status_code == 403
        assert sign_in(member).post("/reference/posts/CG-US-LAX/edit", data=_form(session)).status_code == 403


def test_edit_saves(sign_in: SignIn, cast: Cast, session: Session) -> None:
    client = sign_in(cast.admin)
    assert client.get("/reference/posts/CG-US-LAX/edit").status_code == 200
    answer = client.post("/reference/posts/CG-US-LAX/edit", data=_form(session, weekend=["7", "5"], note="ñandú"))
    assert answer.status_code == 303
    session.expire_all()
    post = queries.post(session, "CG-US-LAX")
    assert (post.weekend, post.note, post.active) == ("57", "ñandú", True)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("timezone", "Mars/Olympus"), ("timezone", ""), ("weekend", list("1234567")), ("weekend", ["9"]),
        ("parent_id", "abc"), ("parent_id", ""), ("holiday_country", "ZZ"), ("holiday_subdivision", "XX"),
        ("note", "x" * 501), ("note", "a\x00b"),
        ("holiday_subdivision", "x" * 100_000), ("version", "abc"),
    ],
)  # fmt: skip
def test_edit_refuses_at_the_field_and_keeps_what_was_typed(
    sign_in: SignIn, cast: Cast, session: Session, field: str, value: object
) -> None:
    form = _form(session, **{"note": "kept", field: value})
    answer = sign_in(cast.admin).post("/reference/posts/CG-US-LAX/edit", data=form)
    assert answer.status_code == 422
    if field != "note":
        assert "kept" in answer.text


def test_edit_stale_shows_both(sign_in: SignIn, cast: Cast, session: Session) -> None:
    client, form = sign_in(cast.admin), _form(session, note="mine")
    assert client.post("/reference/posts/CG-US-LAX/edit", data=_form(session, note="theirs")).status_code == 303
    answer = client.post("/reference/posts/CG-US-LAX/edit", data=form)
    assert answer.status_code == 409
    assert "mine" in answer.text
    assert "theirs" in answer.text


@pytest.mark.parametrize(
    ("what", "typed", "text"),
    [
        ("hs", "0810", "081040"),
        ("cities", "lima", "Lima"),
        ("posts", "angeles", "Los Ángeles"),
        ("sectors", "cafe", "Café"),
        ("fairs", "fitur", "FITUR"),
    ],
)
def test_suggest_answers_value_text_and_hint(sign_in: SignIn, cast: Cast, what: str, typed: str, text: str) -> None:
    found = sign_in(cast.officer).get(f"/reference/suggest/{what}?q={typed}").json
    assert found
    assert set(found[0]) == {"value", "text", "hint"}
    assert any(text in row["text"] for row in found)
    assert sign_in(cast.officer).get(f"/reference/suggest/{what}", query_string={"q": "zz\x00<" * 90}).json == []


def test_commands_load_and_tell(app: Flask, tmp_path: Path) -> None:
    runner = app.test_cli_runner()
    from promo.reference.cli import rates, reference

    told = json.loads(runner.invoke(reference, ["load", "--json"]).output)
    assert told["post"] == 170
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text("currency,on,usd,source\nPEN,2025-01-02,0.2661,SBS\n", encoding="utf-8")
    bad.write_bytes(b"currency,on,usd,source\nPEN,2025-01-02,cero,\xff\n")
    assert json.loads(runner.invoke(rates, ["load", str(good), "--json"]).output) == {"added": 1, "changed": 0}
    refused = runner.invoke(rates, ["load", str(bad)])
    assert refused.exit_code == 1
    assert "UTF-8" in refused.output
    bad.write_text("currency,on,usd,source\nPEN,2025-01-02,cero,SBS\n", encoding="utf-8")
    refused = runner.invoke(rates, ["load", str(bad)])
    assert refused.exit_code == 1
    assert "cero" in refused.output


def test_change_of_a_setting_is_for_quality_within_its_bounds(sign_in: SignIn, cast: Cast, session: Session) -> None:
    address = "/reference/settings/regularise_days/change"
    assert sign_in(cast.admin).get(address).status_code == 403
    quality = sign_in(cast.quality)
    assert "Días hábiles para regularizar tras una urgencia" in quality.get("/reference/settings").text
    for hostile in ("0", "31", "", "muchos", "-1", str(2**70)):
        answer = quality.post(address, data={"value": hostile})
        assert answer.status_code == 422
    assert quality.post(address, data={"value": "7"}).status_code == 303
    session.rollback()
    assert queries.setting(session, "regularise_days") == 7
    with write() as writing:
        actions.load(writing)
    assert queries.setting(session, "regularise_days") == 7, "loading again leaves what people chose"
    assert quality.get("/reference/settings/otro/change").status_code == 404
