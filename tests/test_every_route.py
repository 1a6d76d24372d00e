"""Every route stands here with its permission; one that does not, or has none, fails.

A page may use :data:`tests.browser_like.GENEROUS` SQL statements unless its row gives another number.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest
from flask import Flask

from promo.core import access
from promo.web.guard import permission_of
from tests.browser_like import Client


class Row(NamedTuple):
    """A route's permission, and how many SQL statements a GET of it may use (None: the usual number)."""

    permission: str
    queries: int | None = None


ROUTES: dict[str, Row] = {
    "accounts.access": Row("accounts.access"),
    "accounts.add_absence": Row("accounts.add_absence"),
    "accounts.add_passkey": Row("accounts.add_passkey"),
    "accounts.appoint": Row("accounts.appoint"),
    "accounts.deactivate": Row("accounts.deactivate"),
    "accounts.edit": Row("accounts.edit"),
    "accounts.end_absence": Row("accounts.end_absence"),
    "accounts.end_function": Row("accounts.end_function"),
    "accounts.end_grant": Row("accounts.end_grant"),
    "accounts.end_other_sessions": Row("accounts.end_other_sessions"),
    "accounts.end_session": Row("accounts.end_session"),
    "accounts.forget_factors": Row("accounts.forget_factors"),
    "accounts.grant": Row("accounts.grant"),
    "accounts.index": Row("accounts.index"),
    "accounts.invite": Row("accounts.invite"),
    "accounts.language": Row("public"),
    "accounts.login": Row("public"),
    "accounts.logout": Row("accounts.logout"),
    "accounts.me": Row("accounts.me"),
    "accounts.new": Row("accounts.new"),
    "accounts.passkey_options": Row("accounts.passkey_options"),
    "accounts.password": Row("accounts.password"),
    "accounts.reactivate": Row("accounts.reactivate"),
    "accounts.recovery_codes": Row("accounts.recovery_codes"),
    "accounts.remove_passkey": Row("accounts.remove_passkey"),
    "accounts.remove_second_factor": Row("accounts.remove_second_factor"),
    "accounts.second_factor": Row("accounts.second_factor"),
    "accounts.sessions": Row("accounts.sessions"),
    "accounts.show": Row("accounts.show"),
    "accounts.theme": Row("accounts.theme"),
    "acknowledgements.acknowledge": Row("acknowledgements.acknowledge"),
    "acknowledgements.index": Row("acknowledgements.index"),
    "acknowledgements.remind": Row("acknowledgements.remind"),
    "acknowledgements.show": Row("acknowledgements.show"),
    "activities.archive": Row("activities.archive"),
    "activities.edit": Row("activities.edit"),
    "activities.index": Row("activities.index"),
    "activities.log": Row("activities.log"),
    "activities.show": Row("activities.show", 20),
    "activities.timeline": Row("activities.timeline"),
    "activities.unarchive": Row("activities.unarchive"),
    "activities.who": Row("activities.who"),
    "calendars.add_day": Row("calendars.add_day"),
    "calendars.add_decree": Row("calendars.add_decree"),
    "calendars.confirm": Row("calendars.confirm"),
    "calendars.decrees": Row("calendars.decrees"),
    "calendars.index": Row("calendars.index", 8),
    "calendars.remove_day": Row("calendars.remove_day"),
    "calendars.remove_decree": Row("calendars.remove_decree"),
    "calendars.show": Row("calendars.show"),
    "conformance.index": Row("conformance.index"),
    "conformance.look": Row("conformance.look"),
    "conformance.looks": Row("conformance.looks"),
    "conformance.rows": Row("conformance.rows"),
    "conformance.show": Row("conformance.show"),
    "audits.add": Row("audits.add"),
    "audits.clauses": Row("audits.clauses", 30),
    "audits.index": Row("audits.index"),
    "audits.look": Row("audits.look"),
    "audits.new": Row("audits.new"),
    "audits.population": Row("audits.population"),
    "audits.record": Row("audits.record", 60),
    "audits.register": Row("audits.register"),
    "audits.show": Row("audits.show"),
    "contacts.archive": Row("contacts.archive"),
    "contacts.edit": Row("contacts.edit"),
    "contacts.index": Row("contacts.index"),
    "contacts.new": Row("contacts.new"),
    "contacts.show": Row("contacts.show"),
    "contacts.similar": Row("contacts.similar"),
    "contacts.suggest": Row("contacts.suggest"),
    "contacts.unarchive": Row("contacts.unarchive"),
    "drafts.about": Row("drafts.edit"),
    "drafts.add_requirement": Row("drafts.edit"),
    "drafts.add_stage": Row("drafts.edit"),
    "drafts.copy": Row("drafts.copy"),
    "drafts.discard": Row("drafts.discard"),
    "drafts.duplicate_requirement": Row("drafts.edit"),
    "drafts.edit_requirement": Row("drafts.edit"),
    "drafts.edit_stage": Row("drafts.edit"),
    "drafts.edit_terms": Row("drafts.edit"),
    "drafts.export": Row("drafts.export"),
    "drafts.import_": Row("drafts.import_"),
    "drafts.load": Row("drafts.load"),
    "drafts.move_requirement": Row("drafts.edit"),
    "drafts.move_stage": Row("drafts.edit"),
    "drafts.new": Row("drafts.new"),
    "drafts.preview_": Row("drafts.edit", 20),
    "drafts.remove_requirement": Row("drafts.edit"),
    "drafts.remove_stage": Row("drafts.edit"),
    "drafts.show": Row("drafts.show"),
    "drafts.stages": Row("drafts.edit"),
    "drafts.submit": Row("drafts.submit"),
    "drafts.undo": Row("drafts.undo"),
    "events.add_participant": Row("events.add_participant"),
    "events.archive": Row("events.archive"),
    "events.edit": Row("events.edit", 24),
    "events.edit_participant": Row("events.edit_participant"),
    "events.index": Row("events.index"),
    "events.new": Row("events.new", 20),
    "events.remove_participant": Row("events.remove_participant"),
    "events.show": Row("events.show", 30),
    "events.unarchive": Row("events.unarchive"),
    "exceptions.answer": Row("exceptions.answer"),
    "exceptions.ask": Row("exceptions.ask", 20),
    "exceptions.dismiss": Row("exceptions.dismiss"),
    "exceptions.end": Row("exceptions.end"),
    "exceptions.index": Row("exceptions.index", 20),
    "exceptions.proposals": Row("exceptions.proposals"),
    "exports.cancel": Row("exports.cancel"),
    "exports.download": Row("exports.download"),
    "exports.index": Row("exports.index"),
    "exports.show": Row("exports.show"),
    "exports.start": Row("exports.start"),
    "files.add": Row("files.add"),
    "files.archive": Row("files.archive"),
    "files.begin": Row("files.begin"),
    "files.cancel": Row("files.cancel"),
    "files.send": Row("files.send"),
    "files.show": Row("files.show"),
    "files.status": Row("files.status"),
    "files.unarchive": Row("files.unarchive"),
    "home.day": Row("home.day", 17),
    "guests.edit": Row("guests.edit"),
    "guests.end": Row("guests.end"),
    "guests.index": Row("guests.index"),
    "guests.invite": Row("guests.invite"),
    "home.find": Row("home.find"),
    "home.healthz": Row("public"),
    "home.index": Row("public"),
    "home.readyz": Row("public"),
    "missions.add_participant": Row("missions.add_participant"),
    "missions.archive": Row("missions.archive"),
    "missions.edit": Row("missions.edit", 24),
    "missions.edit_participant": Row("missions.edit_participant"),
    "missions.index": Row("missions.index"),
    "missions.new": Row("missions.new", 20),
    "missions.remove_participant": Row("missions.remove_participant"),
    "missions.show": Row("missions.show", 30),
    "missions.unarchive": Row("missions.unarchive"),
    "moves.ask": Row("moves.ask", 20),
    "moves.index": Row("moves.index"),
    "notices.choose": Row("notices.choose"),
    "notices.index": Row("notices.index"),
    "notices.open_": Row("notices.open_"),
    "notices.see_all": Row("notices.see_all"),
    "nonconformities.accept": Row("nonconformities.accept"),
    "nonconformities.close": Row("nonconformities.close"),
    "nonconformities.contain": Row("nonconformities.contain"),
    "nonconformities.decide": Row("nonconformities.decide"),
    "nonconformities.dismiss": Row("nonconformities.dismiss"),
    "nonconformities.index": Row("nonconformities.index", 20),
    "nonconformities.report": Row("nonconformities.report", 25),
    "nonconformities.show": Row("nonconformities.show"),
    "organisations.archive": Row("organisations.archive"),
    "organisations.edit": Row("organisations.edit"),
    "organisations.index": Row("organisations.index"),
    "organisations.new": Row("organisations.new"),
    "organisations.show": Row("organisations.show", 18),
    "organisations.similar": Row("organisations.similar"),
    "organisations.suggest": Row("organisations.suggest"),
    "organisations.unarchive": Row("organisations.unarchive"),
    "outcomes.archive": Row("outcomes.archive"),
    "outcomes.correct": Row("outcomes.correct", 20),
    "outcomes.edit": Row("outcomes.edit", 20),
    "outcomes.index": Row("outcomes.index"),
    "outcomes.new": Row("outcomes.new", 20),
    "outcomes.show": Row("outcomes.show", 27),
    "outcomes.suggest": Row("outcomes.suggest"),
    "outcomes.unarchive": Row("outcomes.unarchive"),
    "outbox.index": Row("outbox.index"),
    "outbox.show": Row("outbox.show"),
    "procedures.able": Row("procedures.able"),
    "procedures.advance": Row("procedures.advance", 25),
    "procedures.answer": Row("procedures.answer", 20),
    "procedures.approvals": Row("procedures.approvals", 21),
    "procedures.annul": Row("procedures.annul", 20),
    "procedures.approve": Row("procedures.approve", 28),
    "procedures.approve_together": Row("procedures.approve_together"),
    "procedures.ask": Row("procedures.ask"),
    "procedures.compare": Row("procedures.compare"),
    "procedures.declare": Row("procedures.declare"),
    "procedures.delegate": Row("procedures.delegate", 20),
    "procedures.dispute": Row("procedures.dispute", 22),
    "procedures.enter": Row("procedures.enter", 29),
    "procedures.edit": Row("procedures.edit"),
    "procedures.index": Row("procedures.index"),
    "procedures.pdf": Row("procedures.pdf"),
    "procedures.quick": Row("procedures.quick"),
    "procedures.recall": Row("procedures.recall"),
    "procedures.remind": Row("procedures.remind"),
    "procedures.return_": Row("procedures.return_", 28),
    "procedures.deputies": Row("procedures.deputies"),
    "procedures.route": Row("procedures.route", 17),
    "procedures.route_edit": Row("procedures.route_edit"),
    "procedures.routes": Row("procedures.routes"),
    "procedures.who": Row("procedures.who"),
    "procedures.show": Row("procedures.show"),
    "procedures.story": Row("procedures.story", 22),
    "procedures.take_back": Row("procedures.take_back"),
    "reference.change": Row("reference.change"),
    "reference.edit": Row("reference.edit"),
    "reference.index": Row("reference.index"),
    "reference.show": Row("reference.show"),
    "reference.suggest_cities": Row("reference.suggest"),
    "reference.suggest_fairs": Row("reference.suggest"),
    "reference.suggest_hs": Row("reference.suggest"),
    "reference.suggest_posts": Row("reference.suggest"),
    "reference.suggest_sectors": Row("reference.suggest"),
    "reference.table": Row("reference.table"),
    "rehearsals.cancel": Row("rehearsals.cancel"),
    "rehearsals.of": Row("rehearsals.of"),
    "rehearsals.show": Row("rehearsals.show"),
    "rehearsals.start": Row("rehearsals.start"),
    "reports.index": Row("reports.index", 25),
    "security.back": Row("public"),
    "security.forgotten": Row("public"),
    "security.kept": Row("public"),
    "security.new_passkey": Row("public"),
    "security.new_passkey_options": Row("public"),
    "security.passkey": Row("public"),
    "security.passkey_options": Row("public"),
    "security.reset": Row("public"),
    "security.second": Row("public"),
    "security.set_up": Row("public"),
    "trail.checkpoint": Row("trail.checkpoint"),
    "trail.index": Row("trail.index"),
    "trail.show": Row("trail.show", 20),
    "urgencies.declare": Row("urgencies.declare", 45),
    "urgencies.index": Row("urgencies.index", 20),
    "versions.accept": Row("versions.accept"),
    "versions.act": Row("versions.act"),
    "versions.answer": Row("versions.answer"),
    "versions.approve": Row("versions.approve"),
    "versions.comment": Row("versions.comment"),
    "versions.index": Row("versions.index"),
    "versions.resolve": Row("versions.resolve"),
    "versions.reviewed": Row("versions.reviewed"),
    "versions.send_back": Row("versions.send_back"),
    "versions.submit": Row("versions.submit"),
    "work.ask_access": Row("work.ask_access"),
    "work.complete": Row("work.complete"),
    "work.index": Row("work.index"),
    "work.leave": Row("work.leave"),
    "work.people": Row("work.people"),
    "work.team": Row("work.team"),
    "work.reopen": Row("work.reopen"),
}  # fmt: skip

EXEMPT_NAMES = ("security.", "home.index", "home.healthz", "home.readyz", "accounts.login", "outbox.")


def test_every_route_stands_in_the_table_with_its_permission(app: Flask) -> None:
    found = {endpoint: permission_of(app, endpoint) for endpoint in app.view_functions if endpoint != "static"}
    assert found == {endpoint: row.permission for endpoint, row in ROUTES.items()}


def test_every_permission_stands_in_the_permission_table(app: Flask) -> None:
    named = {row.permission for row in ROUTES.values()} - {"public"}
    assert named <= {row.action for row in access.table()}


def _open_to_all(app: Flask) -> list[tuple[str, str]]:
    """Every address that needs no argument and is not public, with its endpoint."""
    adapter = app.url_map.bind("localhost")
    rules = [
        r for r in app.url_map.iter_rules() if r.endpoint in ROUTES and not r.arguments and "GET" in (r.methods or ())
    ]
    return [(r.endpoint, adapter.build(r.endpoint)) for r in rules if ROUTES[r.endpoint].permission != "public"]


def test_no_page_opens_without_sign_in(app: Flask, client: Client) -> None:
    for endpoint, address in _open_to_all(app):
        answer = client.get(address)
        assert answer.status_code in (302, 303, 401), f"{endpoint} answered {answer.status_code}"


@pytest.mark.parametrize(
    "part", ["officer", "promoter", "manager", "hq_manager", "quality", "auditor", "admin", "reader_en"]
)
def test_every_page_without_argument_answers_each_role(app: Flask, cast, sign_in, part: str) -> None:
    member = cast.members[part]
    browser = sign_in(member)
    for endpoint, address in _open_to_all(app):
        answer = browser.get(address)
        allowed = access.can(member.viewer, ROUTES[endpoint].permission)
        expected = (200, 302, 303, 400, 422) if allowed else (403, 404)
        assert answer.status_code in expected, f"{endpoint} answered {answer.status_code} to {part}"
