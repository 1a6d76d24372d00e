"""Who sees what and who may do what: every role, kind, place and visibility, over every outlet, through HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from promo.core.records import kind as kind_of
from promo.core.records import kinds
from tests import database, world
from tests.access import ministry
from tests.access.expected import (
    ADDED_AT,
    CASES,
    EDITED_BY,
    OUTSIDE,
    PARTS,
    READERS,
    SEEN_BY,
    STAFF,
    SUGGESTED_AT,
    WRITERS,
)
from tests.access.ministry import Ministry
from tests.browser_like import Client
from tests.cast import Cast

KINDS = tuple(ministry.MAKERS)


@pytest.fixture(scope="module")
def settled(made: tuple[Flask, Cast], place: database.Place) -> Iterator[tuple[Ministry, dict[str, Any]]]:
    """The ministry and a browser for each part; made once, since these tests change nothing that others see."""
    app, cast = made
    with app.app_context():
        settled = ministry.settle(cast)
    browsers = {}
    for part in PARTS:
        browser = app.test_client()
        assert isinstance(browser, Client)
        world.sign_in(browser, cast.members[part])
        browsers[part] = browser
    yield settled, browsers
    world.clean(app, place)


@pytest.fixture
def everything(settled: tuple[Ministry, dict[str, Any]]) -> Ministry:
    return settled[0]


@pytest.fixture(params=PARTS)
def part(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def browser(settled: tuple[Ministry, dict[str, Any]], part: str) -> Any:
    return settled[1][part]


def _sees(part: str, place: str, visibility: str) -> bool:
    return part in SEEN_BY[place, visibility]


def _shown(text: str, everything: Ministry, kind: str) -> set[tuple[str, str]]:
    return {case for case, title in everything.of(kind).items() if title in text}


def _seen(part: str) -> set[tuple[str, str]]:
    return {case for case in CASES if part in SEEN_BY[case]}


def test_every_kind_has_its_rows_here(everything: Ministry) -> None:
    names = {kind.name for kind in kinds()}
    assert names == set(ministry.MAKERS) == set(EDITED_BY) == set(ADDED_AT) == set(SUGGESTED_AT)


def test_show_history_and_timeline(everything: Ministry, browser: Any, part: str, made: tuple[Flask, Cast]) -> None:
    endpoints = made[0].view_functions
    wrong = []
    for (kind, place, visibility), id_ in everything.ids.items():
        path = f"/{kind_of(kind).blueprint}/{id_}"
        # An administrator may not open cases at all; everybody else is not told of what they do not see.
        expected = 403 if part in OUTSIDE else 200 if _sees(part, place, visibility) else 404
        asked = [path, f"/activities/timeline/{id_}"]
        asked += [f"{path}/history"] if f"{kind_of(kind).blueprint}.history" in endpoints else []
        found = {address: browser.get(address).status_code for address in asked}
        wrong += [f"{a} {kind} {place} {visibility}: {c}" for a, c in found.items() if c != expected]
    assert not wrong


def test_files_by_their_address(everything: Ministry, browser: Any, part: str) -> None:
    wrong = []
    for (kind, place, visibility), id_ in everything.files.items():
        expected = 403 if part in OUTSIDE else 200 if _sees(part, place, visibility) else 404
        answer = browser.get(f"/files/{id_}/acta.txt")
        if answer.status_code != expected:
            wrong.append(f"{kind} {place} {visibility}: {answer.status_code}")
    assert not wrong


def test_evidence(everything: Ministry, browser: Any, part: str) -> None:
    """Whoever audits reads how each was followed; nobody else, not even who works on it: they have its page."""
    asked = [f"/audits/record/{id_}" for id_ in everything.ids.values()]
    packs = [f"/exports/start/evidence?format=zip&record={id_}" for id_ in everything.ids.values()]
    expected = 200 if part in READERS else 404 if part == "guest" else 403
    assert {browser.get(address).status_code for address in asked} == {expected}
    assert {browser.post(address).status_code for address in packs} == {303 if part in READERS else expected}


@pytest.mark.parametrize("kind", KINDS)
def test_list_and_its_count(everything: Ministry, browser: Any, part: str, kind: str) -> None:
    answer = browser.get(f"/{kind_of(kind).blueprint}?q=zarumilla")
    if part in OUTSIDE:
        assert answer.status_code == 403
        return
    assert _shown(answer.text, everything, kind) == _seen(part)
    subtitle = answer.text.split('class="head__note', 1)[1].split(">", 1)[1].strip()
    assert subtitle.split()[0] == str(len(_seen(part)))


@pytest.mark.parametrize("kind", KINDS)
def test_export_of_the_list(everything: Ministry, browser: Any, part: str, kind: str) -> None:
    answer = browser.post(f"/exports/start/{kind_of(kind).blueprint}?format=csv&q=zarumilla")
    if part in OUTSIDE:
        assert answer.status_code == 403
        return
    assert answer.status_code == 303
    file = browser.get(f"{answer.location}/download").data.decode("utf-8-sig")
    assert _shown(file, everything, kind) == _seen(part)
    assert len(file.splitlines()) == 1 + len(_seen(part))


@pytest.mark.parametrize("kind", KINDS)
def test_find_and_suggestions(everything: Ministry, browser: Any, part: str, kind: str) -> None:
    answer = browser.get(f"/find?q=zarumilla{kind}")
    assert answer.status_code == (403 if part == "guest" else 200)
    assert _shown(answer.text, everything, kind) == _seen(part)
    for address, allowed in SUGGESTED_AT[kind]:
        answer = browser.get(f"{address}?q=zarumilla{kind}")
        assert answer.status_code == (200 if part in allowed else 403)
        assert _shown(answer.text, everything, kind) == (_seen(part) if part in allowed else set())


@pytest.mark.parametrize("kind", KINDS)
def test_timeline_of_what_everybody_sees(everything: Ministry, browser: Any, part: str, kind: str) -> None:
    hub = everything.hubs[kind]
    for address in (f"/activities/timeline/{hub}", f"/contacts/{hub}"):
        answer = browser.get(address)
        assert answer.status_code == (200 if part in STAFF else 403)
        assert _shown(answer.text, everything, kind) == _seen(part)


@pytest.mark.parametrize("kind", KINDS)
def test_edit_and_archive(everything: Ministry, browser: Any, part: str, kind: str) -> None:
    """What one may not do is refused: 404 for what one does not see, else 403 with the words that say who may."""
    wrong = []
    for place, visibility in CASES:
        path = f"/{kind_of(kind).blueprint}/{everything.ids[kind, place, visibility]}"
        allowed = part in EDITED_BY[kind][place, visibility]
        refusal = 404 if part in WRITERS and not _sees(part, place, visibility) else 403
        asked = [browser.get(f"{path}/edit")]
        if not allowed:
            asked.append(browser.post(f"{path}/archive"))
        codes = [a.status_code for a in asked]
        if codes != ([200] if allowed else [refusal] * 2):
            wrong.append(f"{place} {visibility}: {codes}")
        if refusal == 403 and not allowed:
            assert all("Quién puede:" in a.text for a in asked), f"{path} does not say who may"
    assert not wrong


@pytest.mark.parametrize("kind", KINDS)
def test_add(browser: Any, part: str, kind: str) -> None:
    expected = 200 if part in WRITERS else 403
    assert browser.get(ADDED_AT[kind]).status_code == expected
    if expected == 403:
        assert browser.post(ADDED_AT[kind]).status_code == 403
