"""Every write on outcomes. What is unusual is marked on the page, never refused.

Where a procedure is in force, an outcome's grade is that of its stage, and only ``advance`` moves it. One entered
before then keeps its grade, and gets its run when it is saved next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from promo.core import clock, files, money, parties, records
from promo.core.access import Viewer, can, require
from promo.core.db import lock
from promo.core.errors import NotFound, Reason, Refused
from promo.core.records import Record
from promo.organisations import actions as organisations
from promo.outcomes import queries
from promo.outcomes.models import COUNTERPART, EVIDENCE, FIRM, LED_TO, OPEN_GRADES, TYPES, Outcome
from promo.procedures import actions as procedures
from promo.procedures.case import run_of
from promo.procedures.models import ProcedureVersion
from promo.reference.models import Country, Currency, Post, Sector

PREFIX = "RE"
_PLAIN = ("outcome_type", "grade", "pillar", "country", "starts_on", "known_on", "year", "note", "visibility")
_NEEDED = ("outcome_type", "grade", "pillar", "country", "sector_id", "main_act_id")
_REPEATED = (
    *("outcome_type", "pillar", "country", "sector_id", "starts_on", "year", "visibility", "main_act_id"),
    *("organisation_id", "counterpart_id"),
)  # what a counter-entry says as the outcome did
_MONEY = ("amount", "currency", "usd", "rate", "rate_on", "rate_source")
# What a firm or counterpart added in place is, by the type of the outcome.
_ADDED = {
    "export_sale": ("exporter", "importer"),
    "investment": ("other", "investor"),
    "tourism": ("tour_operator", "tour_operator"),
    "gastronomy": ("restaurant", "restaurant"),
}


def declare(
    session: Session, viewer: Viewer, values: Mapping[str, Any], key: str | None = None, tokens: Sequence[str] = ()
) -> Outcome:
    """Write an outcome down, expected or declared; the same ``key`` again returns the one already made.

    ``acts`` are ids of the acts that led to it besides ``main_act_id``; ``organisation_id`` and ``counterpart_id`` are
    ids, or ``+Name`` to add an organisation in place; ``amount`` is a text or a Decimal; ``tokens`` are uploads, its
    evidence. It counts for the post of its main act, when the viewer works there, else for the viewer's own.
    Raises :class:`Refused` with every reason.
    """
    require(viewer, "outcomes.new")
    if (made := records.existing(session, key)) is not None:
        return made  # type: ignore[return-value]
    outcome = Outcome(owner_id=viewer.person_id, idempotency_key=key, visibility="post")
    typed = _normal(session, viewer, outcome, values)
    outcome.post_id = _post(session, viewer, typed["main_act_id"]).id
    return _enter(session, viewer, outcome, typed, tokens)


def edit(
    session: Session,
    viewer: Viewer,
    id_: int,
    values: Mapping[str, Any],
    seen: int | None,
    tokens: Sequence[str] = (),
) -> Outcome:
    """Change an outcome. Raises :class:`Stale` when somebody saved it since, :class:`Refused` for bad values.

    One that is confirmed is refused, and so is a counter-entry.
    """
    outcome = _locked(session, viewer, id_, "outcomes.edit")
    _check_open(outcome)
    typed = _normal(session, viewer, outcome, values)
    records.check_version(outcome, seen, typed)
    _fill(session, outcome, typed)
    _tie(session, outcome, typed)
    _attach(session, viewer, outcome, tokens)
    outcome.touch()
    session.flush()
    _stand(session, viewer, outcome, typed.get("grade"))
    return outcome


def correct(
    session: Session,
    viewer: Viewer,
    id_: int,
    values: Mapping[str, Any],
    key: str | None = None,
    tokens: Sequence[str] = (),
) -> Outcome:
    """Write a counter-entry: an outcome that takes an amount away from a confirmed one, and is confirmed as that was.

    ``amount`` is what is taken away, as a text or a Decimal, all that is left of it when empty; ``note`` says why.
    Raises :class:`Refused`.
    """
    wrong = _locked(session, viewer, id_, "outcomes.correct")
    if (made := records.existing(session, key)) is not None:
        return made  # type: ignore[return-value]
    if not wrong.fixed:
        raise Refused(_l("Only what is confirmed is corrected by a counter-entry: edit it, or withdraw it."))
    if wrong.corrects_id is not None:
        raise Refused(_l("This is a counter-entry itself: correct the outcome that it names."))
    typed = {name: getattr(wrong, name) for name in _REPEATED} | _taken_away(session, wrong, values)
    typed |= {"grade": "declared", "known_on": clock.today(viewer.timezone), "note": values.get("note")}
    typed["acts"] = [tie.to_id for tie in queries.links(session, wrong.id) if tie.role == LED_TO]
    if not typed["note"]:
        raise Refused(Reason(_l("Say what was wrong."), "note"))
    entry = Outcome(owner_id=viewer.person_id, idempotency_key=key, post_id=wrong.post_id, corrects_id=wrong.id)
    return _enter(session, viewer, entry, typed, tokens)


def _taken_away(session: Session, wrong: Outcome, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of the amount that a counter-entry takes away: at most what is left, by the same rate."""
    rest = left(session, wrong)
    if rest is None or wrong.amount is None or wrong.usd is None:
        return dict.fromkeys(_MONEY)
    typed = values.get("amount")
    try:
        amount = money.parse(typed, wrong.currency or money.USD) if isinstance(typed, str) and typed else typed or rest
    except money.BadAmount as bad:
        raise Refused(Reason(bad.message, "amount")) from None
    if not 0 < amount <= rest:
        raise Refused(Reason(_l("Write what is taken away: more than nothing, and no more than is left."), "amount"))
    usd = money.quantize(wrong.usd * amount / wrong.amount, money.USD)
    return {**{name: getattr(wrong, name) for name in _MONEY}, "amount": -amount, "usd": -usd}


def left(session: Session, outcome: Outcome) -> Decimal | None:
    """Return what is left of an outcome's amount after its counter-entries; None where it has no amount."""
    if outcome.amount is None:
        return None
    return outcome.amount + sum(one.amount or Decimal(0) for one in queries.corrections(session, outcome.id))


def _enter(
    session: Session, viewer: Viewer, outcome: Outcome, typed: Mapping[str, Any], tokens: Sequence[str]
) -> Outcome:
    """Store a new outcome with its ties and files; its run begins, and goes as far as its grade."""
    outcome.grade = typed["grade"] if _procedure(session, typed) is None else OPEN_GRADES[0]
    outcome.status = outcome.grade
    _fill(session, outcome, typed)
    outcome.reference = records.next_reference(session, PREFIX, session.get_one(Post, outcome.post_id))
    session.add(outcome)
    session.flush()
    _tie(session, outcome, typed)
    _attach(session, viewer, outcome, tokens)
    session.flush()
    _stand(session, viewer, outcome, typed["grade"])
    return outcome


def _procedure(session: Session, typed: Mapping[str, Any]) -> ProcedureVersion | None:
    return procedures.match(session, "outcome", typed["outcome_type"], typed["pillar"])


def _stand(session: Session, viewer: Viewer, outcome: Outcome, grade: str | None) -> None:
    """Begin its run where a procedure is in force, and move it on to a grade; without a run the grade is written."""
    wanted = grade or outcome.grade
    if run_of(session, outcome.id) is None:
        typed = {"outcome_type": outcome.outcome_type, "pillar": outcome.pillar}
        if _procedure(session, typed) is None:
            outcome.status = outcome.grade = wanted
            session.flush()
            return
        procedures.start(session, viewer, outcome)
    if outcome.grade != wanted:
        procedures.advance(session, viewer, outcome.id, wanted)


def _check_open(outcome: Outcome) -> None:
    """Raise :class:`Refused` for what is corrected by a counter-entry only."""
    if outcome.fixed:
        raise Refused(_l("A confirmed outcome can't be edited: correct it by a counter-entry."))
    if outcome.corrects_id is not None:
        raise Refused(_l("A counter-entry can't be edited: withdraw it and write another."))


def archive(session: Session, viewer: Viewer, id_: int) -> Outcome:
    """Put an outcome away: no list and no sum holds it any longer."""
    outcome = _locked(session, viewer, id_, "outcomes.archive")
    if outcome.fixed:
        raise Refused(_l("A confirmed outcome can't be archived: correct it by a counter-entry."))
    records.archive(outcome)
    return outcome


def unarchive(session: Session, viewer: Viewer, id_: int) -> Outcome:
    """Bring it back."""
    outcome = _locked(session, viewer, id_, "outcomes.unarchive")
    records.unarchive(outcome)
    return outcome


def _locked(session: Session, viewer: Viewer, id_: int, action: str) -> Outcome:
    outcome = queries.outcome(session, viewer, id_)
    require(viewer, action, outcome)
    lock(outcome)
    return outcome


def _post(session: Session, viewer: Viewer, main_act_id: int) -> Post:
    act = session.get_one(Record, main_act_id)
    at_act = can(viewer, "outcomes.edit", act)
    post = session.get(Post, act.post_id if at_act else viewer.post_id)
    if post is None:
        raise Refused(_l("You have no post yet: ask the administrator."))
    return post


def _normal(session: Session, viewer: Viewer, outcome: Outcome, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was typed as the columns hold it, with ``acts``. Raises :class:`Refused` with every reason."""
    typed = {name: values[name] for name in _PLAIN if values.get(name) or (name == "note" and name in values)}
    reasons: list[Reason] = []
    if "sector_id" in values:
        typed["sector_id"] = _number(values["sector_id"])
    today = clock.today(viewer.timezone)
    typed["starts_on"] = typed.get("starts_on") or outcome.starts_on or today
    if typed.get("grade") == "declared" and (outcome.id is None or outcome.grade != "declared"):
        typed["known_on"] = typed.get("known_on") or outcome.known_on or today
    typed["year"] = typed.get("year") or outcome.year or typed["starts_on"].year
    reasons += _ties(session, viewer, outcome, values, typed)
    reasons += _wrong(session, outcome, typed, today)
    try:
        typed |= _money(session, outcome, values, typed, min(typed["starts_on"], today))
    except Refused as refused:
        reasons += refused.reasons
    if reasons:
        raise Refused(reasons)
    return typed


def _number(value: Any) -> int | None:
    text = str(value or "").strip()
    return records.id_in(text) or None


def _ties(
    session: Session, viewer: Viewer, outcome: Outcome, values: Mapping[str, Any], typed: dict[str, Any]
) -> list[Reason]:
    """Read the acts, the firm and the counterpart into ``typed``; return why they can't be."""
    reasons = []
    known = {(tie.to_id, tie.role) for tie in queries.links(session, outcome.id)} if outcome.id else set()

    def found(name: str, value: Any, role: str, kinds: Sequence[str]) -> int | None:
        number = _number(value)
        if number is None and not value:
            return None
        try:
            # What is tied already stays, also where the viewer does not see it.
            return number if (number, role) in known else queries.record(session, viewer, number or 0, kinds).id
        except NotFound:
            reasons.append(Reason(_l("Choose one of the list."), name))
            return None

    if "main_act_id" in values:
        typed["main_act_id"] = found("main_act_id", values["main_act_id"], LED_TO, queries.ACTS)
    if "acts" in values:
        typed["acts"] = [i for v in values["acts"] or [] if (i := found("acts", v, LED_TO, queries.ACTS))]
    firm, other = ("organisation_id", FIRM, ("organisation",)), ("counterpart_id", COUNTERPART, queries.PARTIES)
    for place, (name, role, kinds) in enumerate((firm, other)):
        text = str(values.get(name) or "").strip()
        try:
            added = parties.added_name(text, 300, name)
        except Refused as refused:
            reasons += refused.reasons
            continue
        if added:
            kind = _ADDED.get(str(typed.get("outcome_type")), ("other", "other"))[place]
            country = typed.get("country") if place else "PE"
            typed[name] = organisations.add(
                session, viewer, {"title": added, "organisation_type": kind, "country": country}
            ).id
        elif name in values:
            typed[name] = found(name, text, role, kinds)
    return reasons


def _wrong(session: Session, outcome: Outcome, typed: Mapping[str, Any], today: date) -> list[Reason]:
    """Return a reason for each needed field that has no value, and for each value that can't be."""
    after = {name: typed.get(name) or getattr(outcome, name) for name in (*_NEEDED, "starts_on", "year")}
    reasons = [Reason(_l("Fill this in."), name) for name in _NEEDED if not after[name]]
    wrong = _l("Choose one of the list.")
    if after["outcome_type"] and after["outcome_type"] not in dict(TYPES):
        reasons.append(Reason(wrong, "outcome_type"))
    if after["grade"] and after["grade"] not in grades(session, outcome):
        reasons.append(Reason(wrong, "grade"))
    if (typed.get("known_on") or today) > today:
        reasons.append(Reason(_l("It can't be known since a day that is still to come."), "known_on"))
    if after["pillar"] and after["pillar"] not in dict(records.PILLARS):
        reasons.append(Reason(wrong, "pillar"))
    if after["country"] and session.get(Country, after["country"]) is None:
        reasons.append(Reason(wrong, "country"))
    if after["sector_id"] and session.get(Sector, after["sector_id"]) is None:
        reasons.append(Reason(wrong, "sector_id"))
    if after["grade"] == "declared" and after["starts_on"] > today:
        reasons.append(Reason(_l("What is declared has happened: its date can't be in the future."), "starts_on"))
    if not 1990 <= int(after["year"]) <= today.year + 30:
        reasons.append(Reason(_l("Write the year with four digits, such as %(year)s.", year=today.year), "year"))
    return reasons


def grades(session: Session, outcome: Outcome) -> tuple[str, ...]:
    """Return the grades that may be typed: while nothing is beyond declared, those from which no run would go back."""
    if outcome.id is None:
        return OPEN_GRADES
    if run_of(session, outcome.id) is None:
        return tuple(dict.fromkeys((*OPEN_GRADES, outcome.grade)))
    return tuple(dict.fromkeys((outcome.grade, *(("declared",) if outcome.grade in ("expected", "agreed") else ()))))


def _money(
    session: Session, outcome: Outcome, values: Mapping[str, Any], typed: Mapping[str, Any], on: date
) -> dict[str, Any]:
    """Return the amount's columns: amount, currency, US dollars, and the rate of the day of the fact that made them."""
    amount, currency = values.get("amount", outcome.amount), values.get("currency") or outcome.currency or money.USD
    if amount is None or amount == "":
        grade, type_ = (typed.get(n) or getattr(outcome, n) for n in ("grade", "outcome_type"))
        if grade == "declared" and type_ != "agreement":
            raise Refused(Reason(_l("Write the amount: only an agreement is declared without one."), "amount"))
        return dict.fromkeys(_MONEY)
    if session.get(Currency, currency) is None:
        raise Refused(Reason(_l("Choose one of the list."), "currency"))
    try:
        amount = amount if isinstance(amount, Decimal) else money.parse(str(amount), currency)
    except money.BadAmount as bad:
        raise Refused(Reason(bad.message, "amount")) from None
    if not amount:
        raise Refused(Reason(_l("Leave it empty when there is no amount."), "amount"))
    if (amount, currency, on) == (outcome.amount, outcome.currency, outcome.starts_on):
        return {name: getattr(outcome, name) for name in _MONEY}
    made = money.to_usd(session, amount, currency, on)
    return dict(zip(_MONEY, (amount, currency, made.usd, made.rate, made.rate_on, made.source), strict=True))


def _fill(session: Session, outcome: Outcome, typed: Mapping[str, Any]) -> None:
    for name, value in typed.items():
        if name not in ("acts", "grade"):
            setattr(outcome, name, value)
    parties = [session.get(Record, i) for i in (outcome.organisation_id, outcome.counterpart_id) if i]
    names = [p.title for p in parties if p is not None and _may_name(outcome, p)]
    country = session.get(Country, outcome.country) if outcome.country else None
    with force_locale("es"):
        label = str(dict(TYPES)[outcome.outcome_type])
        if outcome.corrects_id is not None:
            label = str(_l("Counter-entry of %(reference)s", reference=_reference(session, outcome.corrects_id)))
    who = " → ".join(names) or (country.name_es if country else "")
    outcome.title = f"{label}: {who}"[:300]
    records.refresh_texts(outcome, *names, (outcome.note or "")[:1000])


def _reference(session: Session, outcome_id: int) -> str:
    return session.get_one(Record, outcome_id).reference


def _may_name(outcome: Outcome, party: Record) -> bool:
    """Whether everybody who sees the outcome sees the party: only then do title and search name it."""
    same = (outcome.visibility, outcome.post_id) == (party.visibility, party.post_id)
    return party.visibility == "shared" or (same and party.visibility == "post")


def _tie(session: Session, outcome: Outcome, typed: Mapping[str, Any]) -> None:
    """Bring the links in step: to its acts, the main one among them, to the firm and to the counterpart."""
    assert outcome.starts_on
    zone = ZoneInfo(session.get_one(Post, outcome.post_id).timezone)
    at = datetime.combine(outcome.starts_on, time(12), zone).astimezone(UTC)
    ties = queries.links(session, outcome.id)
    acts = typed["acts"] if "acts" in typed else [tie.to_id for tie in ties if tie.role == LED_TO]
    wanted = {(outcome.main_act_id, LED_TO), *((act, LED_TO) for act in acts)}
    wanted |= {(i, r) for i, r in ((outcome.organisation_id, FIRM), (outcome.counterpart_id, COUNTERPART)) if i}
    for tie in ties:
        if (tie.to_id, tie.role) not in wanted:
            session.delete(tie)
    for id_, role in sorted(wanted):
        records.link(session, outcome, session.get_one(Record, id_), role, at).at = at


def _attach(session: Session, viewer: Viewer, outcome: Outcome, tokens: Sequence[str]) -> None:
    for token in tokens:
        files.attach(session, token, outcome, EVIDENCE, viewer.person_id, field="file")
