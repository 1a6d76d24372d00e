"""Every word on screen comes from a catalogue; the Spanish one is complete, keeps placeholders and words well."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from tests import pseudo
from tests.test_every_route import ROUTES
from tools import words

# Words of programmers, which people never read.
BANNED_ES = re.compile(r"\b(gates?|hash(es)?|merkle|records?|workflows?|compuerta)\b", re.I)
BANNED_EN = re.compile(r"\b(gates?|hash(es)?|merkle|workflows?)\b", re.I)
# Words that mean two things in this ministry, so they never stand alone; what may follow or stand before them.
ALONE = (
    (r"\bmisi[oó]n(es)?\b(?! (comercial|permanente|diplom|de prosp|inversa))", r"\b(jef\w+|oficial) de (la )?misi"),
    (r"\bactividad(es)?\b(?! (operativ|de promoci))", r"\b(fichas?|cierres?|sin|en) (de )?(la )?actividad"),
    (r"\bcompromisos?\b", r"\bcartas? de compromiso"),
)  # fmt: skip


def _stands_alone(text: str) -> bool:
    return any(re.search(alone, re.sub(allowed + r"\w*", "", text, flags=re.I), re.I) for alone, allowed in ALONE)


def test_spanish_is_complete_and_keeps_every_placeholder() -> None:
    found = words.faults(words.extract(), words.spanish())
    assert not found, f"{len(found)} faults; `make words` collects the messages:\n" + "\n".join(found[:40])


def test_words_of_programmers_never_reach_the_screen() -> None:
    kept = [(words.key(m), t) for m in words.messages(words.spanish()) for t in words.texts(m.string)]
    assert not [pair for pair in kept if BANNED_ES.search(pair[1])]
    assert not [pair for pair in kept if BANNED_EN.search(pair[0])]


def test_words_with_two_meanings_never_stand_alone() -> None:
    kept = [t for m in words.messages(words.spanish()) for t in words.texts(m.string)]
    assert not [text for text in kept if _stands_alone(text)]


@pytest.mark.parametrize(
    ("text", "alone"),
    [
        ("Misiones", True),
        ("Misiones comerciales", False),
        ("Jefe de misión", False),
        ("Actividades", True),
        ("Sin actividad", False),
        ("Carta de compromiso", False),
        ("Un compromiso", True),
    ],
)
def test_standing_alone_is_seen(text: str, alone: bool) -> None:
    assert _stands_alone(text) is alone


def test_a_text_from_no_catalogue_is_seen() -> None:
    page = '<p>⟦Hello ⟦dear⟧⟧ Lima <b title="Forgotten">3</b></p>'
    assert pseudo.strangers(page, frozenset({"lima"})) == ["<b>: 'Forgotten' (Forgotten)"]


def _addresses(app: Flask) -> list[str]:
    adapter = app.url_map.bind("localhost")
    rules = [
        r for r in app.url_map.iter_rules() if r.endpoint in ROUTES and not r.arguments and "GET" in (r.methods or ())
    ]
    return [adapter.build(r.endpoint) for r in rules]


@pytest.mark.parametrize("part", ["officer", "manager", "admin", "reader_en"])
def test_every_text_came_from_a_catalogue_or_from_data(app: Flask, cast, session, sign_in, part: str) -> None:
    browser = sign_in(cast.members[part])
    known = pseudo.known_words(session)
    session.rollback()
    found = {}
    with pseudo.pseudo_locale():
        for address in _addresses(app):
            answer = browser.get(address)
            if (
                answer.status_code == 200
                and answer.mimetype == "text/html"
                and (faults := pseudo.strangers(answer.text, known))
            ):
                found[address] = faults
    assert not found
