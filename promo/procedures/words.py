"""The words of the engine in the reader's language: labels of items, why they are as they are, who must act."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from babel.dates import format_date
from flask_babel import get_locale, get_timezone, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from promo.core.calendars import about
from promo.core.errors import Text
from promo.core.fields import Field
from promo.core.records import Kind, kinds
from promo.procedures.checklist import Item, Reason
from promo.procedures.definitions import (
    Approvals,
    Count,
    Declaration,
    Definition,
    Each,
    Evidence,
    Fact,
    Requirement,
)
from promo.procedures.models import ACT_TYPES, ROUTE_STEPS

RUN_FACTS = (
    Field("stages_passed", "codes", _l("Stages gone through")),
    Field("approved_changed", "yes_no", _l("Something approved has changed since")),
)
EVIDENCE: Mapping[str, Text] = {
    "concept_note": _l("Concept note"),
    "budget_sheet": _l("Budget sheet"),
    "commitment_letter": _l("Commitment letter"),
    "agenda": _l("Agenda"),
    "result_report": _l("Result report"),
    "photos": _l("Photographs"),
    "invitation": _l("Invitation"),
    "meeting_sheets": _l("Meeting sheets"),
    "survey_export": _l("Survey answers"),
    "score_sheet": _l("Score sheet"),
    "demand_note": _l("Demand note or buyers' letters"),
    "quotations": _l("Quotations"),
    "fund_request": _l("Fund request with quotations"),
    "accounting": _l("Accounts with vouchers"),
    "follow_up_list": _l("Follow-up list"),
    "cancel_notice": _l("Notice to the participants"),
    "briefing": _l("Slides and attendance list"),
    "call_notes": _l("Notes of the calls"),
    "supply_catalogue": _l("Catalogue of the supply"),
    "validation_note": _l("Validation note"),
    "last_edition_report": _l("Report of the last edition"),
    "stand_contract": _l("Contract or booking of the space"),
    "shipment_papers": _l("Shipping papers and tracking"),
    "fair_catalogue": _l("Catalogue of the fair"),
    "daily_log": _l("Daily log"),
    "inventory": _l("Inventory returned"),
    "market_note": _l("Market note"),
    "partner_letter": _l("Letter of a partner"),
    "signed_terms": _l("Signed agreement and itinerary"),
    "clippings": _l("Register of pieces and clippings"),
    "package_register": _l("Register of packages"),
    "host_letter": _l("Letter of intent of the host"),
    "host_agreement": _l("Agreement signed with the host"),
    "legal_opinion": _l("Legal opinion"),
    "import_permits": _l("Permits and customs papers"),
    "company_answer": _l("Answer of the firm"),
    "sustained_proof": _l("Proof that it goes on"),
    "contract": _l("Contract, invoice or customs declaration"),
    "statement": _l("Statement signed by the firm"),
    "act": _l("Signed act"),
    "outcome_evidence": _l("Evidence of the outcome"),
    "other": _l("Other document"),
}
RESPONSIBLE: Mapping[str, Text] = {"officer": _l("Officer in charge")}
BY_WAY_OF: Mapping[str, Text] = dict(ROUTE_STEPS)
ROUTE_WHY: Mapping[str, Text] = {
    "vacant": _l("nobody holds it"),
    "author": _l("is the author"),
    "approved_before": _l("approved the step before"),
    "away": _l("is away"),
    "inactive": _l("no longer works here"),
    "delegated": _l("delegated it"),
}


def language() -> str:
    """Return the reader's language, ``es`` or ``en``; Spanish where nobody reads."""
    locale = get_locale()
    return "en" if locale is not None and locale.language == "en" else "es"


def pick(texts: Mapping[str, str]) -> str:
    """Return the text in the reader's language, else the Spanish one."""
    return texts.get(language()) or texts.get("es") or next(iter(texts.values()), "")


def lazily(say: Callable[[], str]) -> Text:
    """Return a text that is made when it is read, in the language of whoever reads it."""
    return LazyString(say)


def kind_label(name: str) -> str:
    """Return what a kind of record is called; an unknown one by its name."""
    return next((str(k.label) for k in kinds() if k.name == name), name)


def fact_label(kind: Kind | None, name: str) -> str:
    """Return what a kind calls a fact; of what it does not offer, the name made readable."""
    own = kind.offered.get(name) if kind else None
    fact = own or next((f for f in RUN_FACTS if f.name == name), None)
    return str(fact.label) if fact else readable(name)


def readable(name: str) -> str:
    """Return a name made readable, for what has no words of its own."""
    return name.replace("_", " ").capitalize()


def evidence_label(category: str) -> str:
    """Return what a category of evidence is called."""
    return str(EVIDENCE.get(category) or readable(category))


def function_label(code: str, functions: Mapping[str, Mapping[str, str]]) -> str:
    """Return what a function (or ``officer``) is called; ``functions`` are the names by code."""
    return pick(functions[code]) if code in functions else str(RESPONSIBLE.get(code) or readable(code))


def item_label(item: Item, kind: Kind | None, functions: Mapping[str, Mapping[str, str]]) -> str:
    """Return an item's line: its own label, else that of the field, file, list or function."""
    if item.type == "approval":
        own = pick(item.label) if item.label else ""
        function = function_label(item.who, functions)
        return f"{own}: {function}" if own else function
    if item.label:
        return pick(item.label)
    where = dict(item.where)
    if "evidence" in where:
        return evidence_label(where["evidence"])
    if "field" in where or "tab" in where:
        return fact_label(kind, where.get("field") or where["tab"])
    return readable(next(iter(where.values()), item.key))


def requirement_label(requirement: Requirement, kind: Kind | None) -> str:
    """Return what a requirement is called: its own label, else that of the field, list or file it asks for."""
    if requirement.label:
        return pick(requirement.label)
    match requirement:
        case Evidence(category=category):
            return evidence_label(category)
        case Fact(name=name) | Count(list=name) | Each(list=name):
            return fact_label(kind, name)
        case Declaration(name=name):
            return readable(name)
    return ""


def stage_title(definition: Definition, key: str) -> str:
    """Return what a stage is called; of one that this definition lacks, its key."""
    found = definition.stage(key)
    return pick(found.title) if found else key


def item_title(definition: Definition, key: str, functions: Mapping[str, Mapping[str, str]]) -> str:
    """Return what an item of a checklist is called by its key: *Aprobación: Jefatura de misión*."""
    requirement, _dot, function = key.rpartition(".")
    found = definition.requirement(key) or definition.requirement(requirement)
    if found is None:
        return key
    label = requirement_label(found[1], next((k for k in kinds() if k.name in definition.kinds), None))
    if not isinstance(found[1], Approvals):
        return label
    return ": ".join(text for text in (label, function_label(function, functions)) if text)


def by_way_of(step: str | None) -> str:
    """Return by which way of the route somebody is asked."""
    return str(BY_WAY_OF.get(step or "", step or ""))


def act_type(name: str | None) -> str:
    """Return what a paper on which something was approved is called."""
    return str(dict(ACT_TYPES).get(name or "", name or ""))


def short_date(value: date | datetime | None, doubt: object = None) -> str:
    """Write a day as ``23/11/2026`` or ``23 Nov 2026``; that of a moment in the reader's zone.

    ``≈ 23/11/2026`` when there is a doubt: a calendar that is not confirmed.
    """
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = value.astimezone(get_timezone())
    pattern, locale = ("d MMM yyyy", "en_GB") if language() == "en" else ("dd/MM/yyyy", "es_PE")
    return about(format_date(value, pattern, locale=locale), doubt)


def _number(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value)


_OPS: Mapping[str, Text] = {
    "eq": _l("it must be %(value)s"),
    "ne": _l("it must not be %(value)s"),
    "lt": _l("it must be less than %(value)s"),
    "le": _l("it must be at most %(value)s"),
    "gt": _l("it must be more than %(value)s"),
    "ge": _l("it must be at least %(value)s"),
    "in": _l("it must be one of %(value)s"),
    "not_in": _l("it must be none of %(value)s"),
    "contains": _l("it must contain %(value)s"),
    "unset": _l("it must be empty"),
}


def _rule(params: Mapping[str, Any]) -> str:
    op, wanted = str(params.get("op")), params.get("wanted")
    shown = ", ".join(_number(w) for w in wanted) if isinstance(wanted, (list, tuple)) else _number(wanted)
    return str(_OPS[op]) % {"value": shown} if op in _OPS else ""


def _too_few(p: Mapping[str, Any]) -> str:
    return _("there are %(there)s of %(wanted)s", there=p.get("there"), wanted=p.get("min"))


def _lack(p: Mapping[str, Any]) -> str:
    return _("%(lacking)s of %(total)s lack it", lacking=p.get("lacking"), total=p.get("total"))


def _returned(p: Mapping[str, Any]) -> str:
    return _("%(who)s returned it: %(why)s", who=p.get("by") or "–", why=p.get("why") or "–")


def _waiting(p: Mapping[str, Any]) -> str:
    step = "" if p.get("step") in (None, "holder") else str(BY_WAY_OF[p["step"]])
    who = f"{p.get('by') or '–'} ({step})" if step else p.get("by") or "–"
    return _("waits for %(who)s since %(day)s", who=who, day=short_date(p.get("at")))


def _approved(p: Mapping[str, Any]) -> str:
    return _("%(who)s, %(day)s", who=p.get("by") or "–", day=short_date(p.get("at")))


def _on_paper(p: Mapping[str, Any]) -> str:
    return _(
        "approved on paper (%(who)s, %(day)s), entered by %(name)s",
        who=p.get("by") or "–", day=short_date(p.get("at")), name=p.get("entered") or "–",
    )  # fmt: skip


def _annulled(p: Mapping[str, Any]) -> str:
    return _("annulled by %(who)s on %(day)s: %(why)s", who=p.get("by") or "–", day=short_date(p.get("at")),
             why=p.get("why") or "–")  # fmt: skip


def _disputed(p: Mapping[str, Any]) -> str:
    return _("disputed by %(who)s on %(day)s: %(why)s", who=p.get("by") or "–", day=short_date(p.get("at")),
             why=p.get("why") or "–")  # fmt: skip


def _not_attached(p: Mapping[str, Any]) -> str:
    if p.get("wanted", 1) == 1:
        return _("no file yet")
    return _("%(there)s of %(wanted)s files", there=p.get("there"), wanted=p.get("wanted"))


def _attached(p: Mapping[str, Any]) -> str:
    return ngettext("%(num)s file", "%(num)s files", p.get("there") or 0)


def _excepted(p: Mapping[str, Any]) -> str:
    return (
        _("authorised exception until %(day)s", day=short_date(p.get("until")))
        if p.get("until")
        else _("authorised exception")
    )


def _due_later(p: Mapping[str, Any]) -> str:
    return _("to be regularised by %(day)s: %(why)s", day=short_date(p.get("day")), why=reason_text(p["why"]))


def _overdue(p: Mapping[str, Any]) -> str:
    return _("was to be regularised by %(day)s: %(why)s", day=short_date(p.get("day")), why=reason_text(p["why"]))


_REASONS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "not_filled": lambda p: _("not filled in yet"),
    "not_as_required": lambda p: _rule(p) or _("it is not as required"),
    "not_answered": lambda p: _("not answered yet"),
    "wrong_type": lambda p: _("the answer is not of the kind asked for"),
    "too_small": lambda p: _("at least %(least)s", least=_number(p.get("min"))),
    "too_large": lambda p: _("at most %(most)s", most=_number(p.get("max"))),
    "not_attached": _not_attached,
    "attached": _attached,
    "not_declared": lambda p: _("not declared yet"),
    "too_few": _too_few,
    "too_many": lambda p: _("there are %(there)s, at most %(wanted)s", there=p.get("there"), wanted=p.get("max")),
    "counted": lambda p: _("there are %(there)s", there=p.get("there")),
    "some_lack": _lack,
    "all_have": lambda p: _("%(total)s of %(total)s have it", total=p.get("total")),
    "none_listed": lambda p: _("nobody to ask it of"),
    "not_asked": lambda p: _("not asked yet"),
    "comes_after": lambda p: _("comes after the step before"),
    "waiting": _waiting,
    "nobody": lambda p: _("nobody can approve: quality and the administrator know"),
    "approved": _approved,
    "approved_on_paper": _on_paper,
    "annulled": _annulled,
    "disputed": _disputed,
    "returned": _returned,
    "reopened": lambda p: _("what was approved has changed: it is asked again"),
    "excepted": _excepted,
    "due_later": _due_later,
    "overdue": _overdue,
    "not_applicable": lambda p: _("does not apply here"),
}


def route_words(why: Iterable[Mapping[str, Any]]) -> str:
    """Say why a request did not go to the first holder: *holder: is the author; deputy: nobody holds it*."""
    return "; ".join(dict.fromkeys(f"{BY_WAY_OF[one['step']]}: {ROUTE_WHY[one['why']]}" for one in why))


def reason_text(reason: Reason) -> str:
    """Say in the reader's language why an item is as it is; nothing where the state says it all."""
    say = _REASONS.get(reason.code)
    return say(reason.params) if say else ""


def refusal(item: Item, kind: Kind | None, functions: Mapping[str, Mapping[str, str]]) -> Text:
    """Return the line of a refusal for an unmet item: what, and why. Made in the language of whoever reads it."""

    def say() -> str:
        why = reason_text(item.reason)
        label = item_label(item, kind, functions)
        return f"{label}: {why}." if why else f"{label}."

    return lazily(say)
