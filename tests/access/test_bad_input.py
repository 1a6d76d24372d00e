"""Bad input over every address of the map, so that a new one is covered: never a fault, never cut, never lost."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.routing import Rule

from promo.audits import actions as audits
from promo.audits.models import AuditPick
from promo.audits.queries.population import Filters
from promo.core import clock
from promo.core.db import db, write
from promo.core.records import kind as kind_of
from promo.core.records import kinds
from promo.guests import actions as guests
from promo.procedures import versions
from promo.procedures.models import ProcedureVersion
from tests import database, factories, world
from tests.access import ministry
from tests.access.hostile import NUMBERS, VALUES, Filled, forms, query_names, shown, turning
from tests.access.ministry import Ministry
from tests.browser_like import Client
from tests.cast import Cast
from tests.pages import parsed

FINE = {200, 201, 202, 204, 302, 303, 400, 401, 403, 404, 405, 409, 410, 413, 415, 416, 422, 429}
ENDS_THE_SIGN_IN = {"accounts.logout", "accounts.end_session", "accounts.end_other_sessions"}
SAYS_NOTHING = {"security.reset", "work.ask_access"}  # they answer the same whatever there is
MADE_UNIFORM = {"hs_codes", "phones"}  # stored in one way of writing
ROLES = [("officer", True), ("manager", False), ("promoter", False), ("quality", False), ("admin", False)]


class Somebody:
    """Who may do nearly everything, and the addresses filled in with what exists."""

    def __init__(self, app: Flask, cast: Cast) -> None:
        self.app = app
        with app.app_context():
            self.everything: Ministry = ministry.settle(cast)
            home = factories.post().id
            roles = [(role, home if here else None, None) for role, here in ROLES]
            self.person = factories.create_person("Todos los Roles", roles=roles).id
            self.other = factories.create_person("Otra Persona").id
            self.audited = _audit(cast)
            db.session.remove()
        self.blueprints = {kind.blueprint: kind.name for kind in kinds()}
        self.client = self.sign_in()
        self.forms: dict[str, Filled] = {}

    def sign_in(self) -> Client:
        client = self.app.test_client()
        assert isinstance(client, Client)
        client.limit_of = lambda _environ: 1000  # type: ignore[method-assign,assignment]
        world.sign_in(client, _Member(self.person))  # type: ignore[arg-type]
        return client

    def address(self, rule: Rule) -> str:
        """An address of that rule whose numbers are of something that exists, where something does."""
        kind = self.blueprints.get(rule.endpoint.split(".")[0], "event")
        record = self.everything.ids[kind, "home", "shared"]
        known: dict[str, Any] = {"record_id": record, "id_": record, "name": "sectors", "code": "CG-US-LAX"}
        known |= {"clause": "7.2"} | self.audited.get(rule.endpoint.split(".")[0], {})
        if rule.endpoint.startswith("accounts."):
            known["id_"] = self.other
        if rule.endpoint.startswith("files."):
            known |= {"id_": self.everything.files[kind, "home", "shared"], "name": "acta.txt"}
        if rule.endpoint.startswith("drafts."):
            known |= {"id_": self.draft(), "stage": "notice", "name": "fact.title", "code": "PE-GEN-01"}
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(known.get(found[1], 1)), rule.rule)

    def draft(self) -> int:
        """A draft of the simple act; another one when the last was handed in or discarded."""
        with self.app.app_context():
            with write() as session:
                found = select(ProcedureVersion.id).where(ProcedureVersion.status == "draft")
                id_ = session.scalars(found.order_by(ProcedureVersion.id.desc())).first()
                data = next(one for one in versions.library() if one["code"] == "PE-GEN-01")
                if id_ is None:
                    made = versions.add_draft(session, data | {"changes": {"es": str(turning()), "en": "x"}})
                    assert made is not None
                    id_ = made.id
            db.session.remove()
        return id_


def _audit(cast: Cast) -> dict[str, dict[str, int]]:
    """Draw a sample and invite a guest; return their numbers by feature."""
    fixed = audits.fix(db.session(), cast.quality.viewer, Filters(), None, 2, "1")
    about = {"title": "Muestra", "size": 2, "seed": "1", "words": []}
    with write() as session:
        drawn = audits.draw(session, cast.quality.viewer, fixed, about, None)
        pick = session.scalars(select(AuditPick.id).where(AuditPick.sample_id == drawn.id)).first() or 0
        guest = guests.invite(
            session, cast.quality.viewer,
            {"name": "Ana de Fuera", "email": "ana@fuera.example", "locale": "es", "organisation": "Certificadora",
             "scope": "Todo", "valid_from": clock.today(), "valid_to": clock.today(), "samples": [str(drawn.id)],
             "personal": False, "personal_reason": None},
        )  # fmt: skip
        return {"audits": {"id_": drawn.id, "pick_id": pick}, "guests": {"id_": guest.id}}


class _Member:
    def __init__(self, id_: int) -> None:
        self.id = id_


@pytest.fixture(scope="module")
def somebody(made: tuple[Flask, Cast], place: database.Place) -> Iterator[Somebody]:
    yield Somebody(*made)
    world.clean(made[0], place)


def _rules(somebody: Somebody, method: str) -> list[Rule]:
    rules = [r for r in somebody.app.url_map.iter_rules() if method in (r.methods or ()) and r.endpoint != "static"]
    return sorted(rules, key=lambda r: r.rule)


def _discovered(somebody: Somebody) -> dict[str, Filled]:
    """Every form that some page shows, by the endpoint it is posted to."""
    found = somebody.forms
    if found:
        return found
    adapter = somebody.app.url_map.bind("localhost")
    for rule in _rules(somebody, "GET"):
        answer = somebody.client.get(somebody.address(rule))
        if answer.status_code == 200 and answer.mimetype == "text/html":
            for form in forms(parsed(answer.text)):
                endpoint = adapter.match(form.action, "POST")[0]
                if endpoint not in found or len(form.values) > len(found[endpoint].values):
                    found[endpoint] = form
    return found


def _post(somebody: Somebody, address: str, values: list[tuple[str, str]]) -> Any:
    answer = somebody.client.post(
        address, data=urlencode(values), headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert answer.status_code in FINE, f"{address}: {answer.status_code}"
    if answer.status_code == 401:  # a form that ended this sign-in, as it should
        somebody.client = somebody.sign_in()
    return answer


def _kept(answer: Any, form: Filled, sent: list[tuple[str, str]]) -> list[str]:
    """Which texts the refused page does not show again as they were typed."""
    if answer.status_code != 422 or answer.mimetype != "text/html":
        return []
    page = parsed(answer.text)
    if not any(True for _ in forms(page)):
        return []
    lost = []
    for name, value in sent:
        typed, there = _plain(value), [_plain(v) for v in shown(page, name)]
        if name in form.texts and typed and there and typed not in there:
            lost.append(f"{form.action} {name}: {typed[:40]!r} became {[v[:40] for v in there]}")
    return lost


def _plain(text: str) -> str:
    return text.strip().replace("\r\n", "\n")


def test_every_form_takes_anything(somebody: Somebody) -> None:
    """All fields hostile at once, then one at a time among sound ones; the values turn from field to field."""
    found, lost = _discovered(somebody), []
    for number, rule in enumerate(_rules(somebody, "POST")):
        if rule.endpoint in ENDS_THE_SIGN_IN:
            continue
        address = somebody.address(rule)
        form = found.get(rule.endpoint) or Filled(address, [(n, "") for n in ("reason", "to", "name", "text", "id")])
        for shift in (number, number + 8):
            sent = [(name, VALUES[(i + shift) % len(VALUES)]) for i, name in enumerate(form.names)]
            lost += _kept(_post(somebody, form.action, sent), form, sent)
        for name in form.names if len(form.names) < 12 else []:  # the longer ones are below, field by field
            sent = form.with_(name, VALUES[turning() % len(VALUES)])
            lost += _kept(_post(somebody, form.action, sent), form, sent)
    assert not sorted(set(lost))


@pytest.mark.parametrize("name", list(ministry.MAKERS))
def test_what_is_typed_is_stored_whole_or_refused_at_its_field(somebody: Somebody, name: str) -> None:
    """Each text of a kind's form with each hostile value: shown again as it was typed, whichever it is."""
    kind = kind_of(name)
    address = f"/{kind.blueprint}/{somebody.everything.ids[name, 'home', 'shared']}/edit"
    sound, wrong = _form(somebody.client.get(address).text, address), []
    for number, field in enumerate(n for n in sound.names if n in sound.texts):
        for value in VALUES[number % 6 :: 6]:
            answer = _post(somebody, address, sound.with_(field, value))
            stored = answer.status_code == 303
            page = parsed(somebody.client.get(address).text if stored else answer.text)
            there = [_plain(v) for v in shown(page, field, any_row=True)]
            if not stored and not any("field__error" in e["class"] for e in page.elements):
                wrong.append(f"{field} {value[:20]!r}: nothing at a field says what is wrong ({answer.status_code})")
            if _plain(value) and field.split("-")[0] not in MADE_UNIFORM and _plain(value) not in there:
                wrong.append(f"{field} {value[:40]!r} became {[v[:40] for v in there]}")
            if stored:
                sound.values = sound.with_("version", shown(page, "version")[0])
    assert not wrong


def _form(html: str, address: str) -> Filled:
    found = [f for f in forms(parsed(html)) if f.action == address]
    assert len(found) == 1, address
    return found[0]


def test_every_query_takes_anything(somebody: Somebody) -> None:
    names = query_names()
    for kind in kinds():
        names += [f.name for f in kind.listing.filters] if kind.listing else []
    names, values = list(dict.fromkeys(names)), [v[:3000] for v in VALUES]
    for number, rule in enumerate(_rules(somebody, "GET")):
        address = somebody.address(rule)
        for shift in range(number, number + len(values), 9):
            query = urlencode([(name, values[(i + shift) % len(values)]) for i, name in enumerate(names)])
            answer = somebody.client.get(f"{address}?{query}")
            assert answer.status_code in FINE, f"{address}: {answer.status_code}"


def test_places_in_a_list_that_were_tampered_with(somebody: Somebody) -> None:
    odd: tuple[Any, ...] = ("\x00", None, [], {}, 2**70, "x", 1e308, "9999-99-99", -1, 1e400)
    values = [*((value, 1) for value in odd), *(("0001-01-01", id_) for id_ in odd)]
    for number, kind in enumerate(kinds()):
        for sort in kind.listing.sorts:
            for value, id_ in values[number % 5 :: 5]:
                place = json.dumps([sort.name, value, id_]).encode()
                after = base64.urlsafe_b64encode(place).decode().rstrip("=")
                answer = somebody.client.get(f"/{kind.blueprint}?sort={sort.name}&after={after}&q=nobody")
                assert answer.status_code in FINE


@pytest.mark.parametrize("number", NUMBERS)
def test_numbers_that_are_of_nothing(somebody: Somebody, number: str) -> None:
    for method in ("GET", "POST"):
        for rule in _rules(somebody, method):
            if "<" not in rule.rule:
                continue
            path = re.sub(r"<int:\w+>", number, rule.rule)
            path = re.sub(r"<\w+>", quote("x\x00<é>" + "y" * 300), path)
            answer = somebody.client.open(path, method=method)
            assert answer.status_code in FINE, f"{method} {path}: {answer.status_code}"
            assert answer.status_code != 200 or rule.endpoint in SAYS_NOTHING, path


def test_broken_text_is_refused(somebody: Somebody) -> None:
    """Bytes that are no UTF-8, a surrogate alone among them, are refused instead of being replaced."""
    for raw in ("%FF%FE", "%ED%A0%80", "%C0%AF"):
        for rule in _rules(somebody, "GET"):
            if "<" not in rule.rule and rule.endpoint in ("contacts.index", "home.find", "contacts.suggest"):
                assert somebody.client.get(f"{rule.rule}?q={raw}").status_code == 400
        for kind in kinds():
            address = f"/{kind.blueprint}/{somebody.everything.ids[kind.name, 'home', 'shared']}/edit"
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            assert somebody.client.post(address, data=f"title={raw}", headers=headers).status_code == 400


def test_another_content_type_is_no_fault(somebody: Somebody) -> None:
    bodies = (("application/json", b"{]"), ("application/json", b"[1]"), ("text/plain", b"\xff\x00"),
              ("multipart/form-data", b"no boundary"),
              ("multipart/form-data; boundary=x", b"--x\r\nbroken"))  # fmt: skip
    for number, rule in enumerate(_rules(somebody, "POST")):
        if rule.endpoint in ENDS_THE_SIGN_IN:
            continue
        for type_, body in bodies[number % 5 :: 4]:
            answer = somebody.client.post(somebody.address(rule), data=body, headers={"Content-Type": type_})
            assert answer.status_code in FINE, f"{rule.rule} {type_}: {answer.status_code}"


def test_a_form_without_its_token_keeps_the_text(somebody: Somebody) -> None:
    """Every form that a page shows, sent without the token: 400, and what was typed goes again from there."""
    client, found, text = somebody.sign_in(), _discovered(somebody), "Una línea <b>con</b> historia\ny otra"
    assert {f"{kind.blueprint}.edit" for kind in kinds()} <= set(found)
    client.csrf = False
    for form in found.values():
        secrets = {name for name in form.names if "password" in name}
        sent = [(n, text if n in form.texts else "s3cr3t" if n in secrets else v) for n, v in form.values]
        answer = client.post(form.action, data=MultiDict(sent))
        assert answer.status_code == 400, form.action
        assert "s3cr3t" not in answer.text
        if sent:
            (again,) = (f for f in forms(parsed(answer.text)) if f.action == form.action)
            assert again.values == [(n, v) for n, v in sent if n not in secrets], form.action
