"""Pages of outcomes, and what came of it on the pages of acts, firms and people."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from promo.accounts import queries as accounts
from promo.activities import views as activities
from promo.core import clock, files, money
from promo.core.access import Viewer, can
from promo.core.errors import NotFound, Refused
from promo.core.records import Record, id_in, kind
from promo.outcomes import actions, forms, queries
from promo.outcomes.models import EVIDENCE, GRADE_NAMES, ICON, LARGE, OPEN_GRADES, TYPES, Outcome
from promo.procedures.words import EVIDENCE as KINDS_OF_FILE
from promo.reference import queries as reference
from promo.web import frame, lists, uploads
from promo.web.filters import country as country_name
from promo.web.filters import language, show_date, show_money
from promo.web.guard import may, permitted, viewer
from promo.web.pages import done, page, render
from promo.web.transaction import session, write

blueprint = Blueprint("outcomes", __name__, url_prefix="/outcomes")
frame.navigation("outcomes.index", _l("Outcomes"), ICON, 60)
TONES = {
    "expected": "now", "agreed": "now", "declared": "ok", "confirmed": "ok", "verified": "ok", "sustained": "ok",
    "withdrawn": "off",
}  # fmt: skip
PROOF = ("contract", "statement", "company_answer", "sustained_proof")
HIDDEN = _l("One that only its post sees")


@blueprint.get("")
@may("outcomes.index")
def index() -> Response:
    """All outcomes that the viewer sees."""
    return lists.answer(kind("outcome"), "outcomes/index.html", grades=dict(GRADE_NAMES), tones=TONES, large=LARGE)


@blueprint.route("/new", methods=["GET", "POST"])
@may("outcomes.new")
def new() -> Response:
    """Write one down: expected or declared."""
    form = _choices(forms.NewOutcomeForm(data=_start()))
    held = uploads.held("file") if request.method == "POST" else uploads.Held()
    if form.validate_on_submit() and not held.errors:
        values, key = form.values, form.idempotency_key.data
        try:
            with write() as writing:
                outcome = actions.declare(writing, viewer(), values, key, held.tokens)
        except Refused as refused:
            _refuse(form, held, refused)
        else:
            return done("outcomes.show", _("Noted."), id_=outcome.id)
    return page("outcomes/new.html", 422 if form.is_submitted() else 200, form=form, held=held)


def _start() -> dict[str, Any]:
    """Return what a new form begins with: what the act or firm that the address names already says."""
    start: dict[str, Any] = {
        "grade": "expected", "currency": money.USD, "starts_on": clock.today(viewer().timezone), "visibility": "post",
        "pillar": next((g.pillar for g in viewer().grants if g.pillar), None),
    }  # fmt: skip
    post = reference.post_by_id(session(), viewer().post_id)
    start["country"] = post.country if post and not post.headquarters else None
    act = _asked("act", queries.ACTS)
    if act is not None:
        start |= {name: value for name, value in _of_act(act).items() if value}
    for name, kinds in (("organisation_id", ("organisation",)), ("counterpart_id", queries.PARTIES)):
        party = _asked(name, kinds)
        start[name] = str(party.id) if party else None
    return start


def _of_act(act: Record) -> dict[str, str | None]:
    """Return what an act says of its outcomes: its pillar, and its market and sector where it aims at one alone."""
    facts = kind(act.kind).facts_of(session(), act)
    countries, sectors = facts.get("countries") or [], facts.get("sectors") or []
    sector = queries.sector_id(session(), sectors[0]) if len(sectors) == 1 else None
    return {
        "main_act_id": str(act.id),
        "pillar": act.pillar,
        "country": countries[0] if len(countries) == 1 else act.country,
        "sector_id": str(sector) if sector else None,
    }


def _asked(name: str, kinds: tuple[str, ...]) -> Record | None:
    """Return the record that the address names, if the viewer sees it."""
    text = request.args.get(name, "")
    try:
        return queries.record(session(), viewer(), id_in(text), kinds)
    except NotFound:
        return None


def _choices(form: Any, outcome: Outcome | None = None) -> Any:
    """Give the boxes their choices; what was chosen or typed already keeps its name."""
    form.country.choices = [("", ""), *reference.country_choices(session(), language())]
    form.sector_id.choices = [("", ""), *reference.sector_choices(session(), language())]
    form.currency.choices = reference.currency_choices(session())
    allowed = actions.grades(session(), outcome) if outcome else OPEN_GRADES
    form.grade.choices = [(value, label) for value, label in GRADE_NAMES if value in allowed]
    single = (form.main_act_id, form.organisation_id, form.counterpart_id)
    chosen = [*(field.data for field in single), *(form.acts.data or [])]
    known = queries.named(session(), viewer(), (n for v in chosen if (n := id_in(v))))
    names = {str(id_): one.title or str(HIDDEN) for id_, one in known.items()}
    for field in single:
        field.choices = [("", ""), *_kept([field.data], names)]
    form.acts.choices = _kept(form.acts.data or [], names)
    return form


def _kept(chosen: list[str | None], names: dict[str, str]) -> list[tuple[str, str]]:
    return [(v, names.get(v) or v.removeprefix("+")) for v in chosen if v and (v in names or v.startswith("+"))]


def _refuse(form: Any, held: uploads.Held, refused: Refused) -> None:
    held.errors += [str(r.message) for r in refused.reasons if r.field == "file"]
    form.refuse(Refused([r for r in refused.reasons if r.field != "file"]))


@blueprint.get("/suggest")
@may("outcomes.suggest")
def suggest() -> Response:
    """Acts for the box *Main act*: events, trade missions, activities."""
    rows = queries.suggest_acts(session(), viewer(), request.args.get("q", "")[:100].replace("\x00", ""))
    return jsonify(
        [
            {"value": str(r.id), "text": r.title, "hint": f"{kind(r.kind).label} {show_date(r.starts_on)}".strip()}
            for r in rows
        ]
    )


@blueprint.get("/<int:id_>")
@may("outcomes.show")
def show(id_: int) -> Response:
    """One outcome: what it consists of, what led to it, what proves it."""
    outcome = queries.outcome(session(), viewer(), id_)
    parties = queries.named(session(), viewer(), (outcome.organisation_id, outcome.counterpart_id))
    offices = dict(reference.post_choices(session(), language(), active=False))
    sectors = dict(reference.sector_choices(session(), language()))
    return page(
        "outcomes/show.html",
        outcome=outcome,
        acts=[(kind(one.kind), one) for one in queries.acts(session(), viewer(), id_)],
        firm=_party(parties, outcome.organisation_id),
        counterpart=_party(parties, outcome.counterpart_id),
        country=country_name(outcome.country),
        sector=sectors.get(str(outcome.sector_id)),
        post=offices.get(str(outcome.post_id), ""),
        owner=accounts.names(session(), {outcome.owner_id}).get(outcome.owner_id) if outcome.owner_id else None,
        rate=_rate(outcome),
        unusual=_unusual(outcome),
        types=dict(TYPES),
        grades=dict(GRADE_NAMES),
        tones=TONES,
        files=_files(outcome),
        coming=files.pending(session(), id_),
        categories=[(EVIDENCE, _("Other evidence")), *((k, str(KINDS_OF_FILE[k])) for k in PROOF)],
        category=request.args.get("category", ""),
        corrected=queries.named(session(), viewer(), [outcome.corrects_id]).get(outcome.corrects_id or 0),
        corrections=queries.named(session(), viewer(), _corrections(outcome)).values(),
        main_actions=frame.blocks("outcome", viewer(), outcome, "actions"),
        above=frame.blocks("outcome", viewer(), outcome, "above"),
        blocks=frame.blocks("outcome", viewer(), outcome),
        asides=frame.blocks("outcome", viewer(), outcome, "aside"),
        may_edit=can(viewer(), "outcomes.edit", outcome),
        may_correct=outcome.fixed and not outcome.corrects_id and can(viewer(), "outcomes.correct", outcome),
    )


def _corrections(outcome: Outcome) -> list[int]:
    return [one.id for one in queries.corrections(session(), outcome.id)] if outcome.fixed else []


def _party(known: dict[int, queries.Tied], id_: int | None) -> dict[str, Any] | None:
    one = known.get(id_ or 0)
    if one is None:
        return None
    return {"title": one.title, "url": url_for(kind(one.kind).show, id_=one.id), "icon": kind(one.kind).icon}


def _rate(outcome: Outcome) -> str | None:
    """Write by which rate the amount was converted; None for dollars."""
    if outcome.usd is None or outcome.currency == money.USD or not outcome.rate or not outcome.rate_on:
        return None
    made = money.Conversion(outcome.usd, outcome.rate, outcome.rate_on, outcome.rate_source or "")
    return money.show_conversion(made, language())


def _unusual(outcome: Outcome) -> str | None:
    """Say why somebody should look twice at the amount; None when it is as usual."""
    if outcome.usd is None:
        return None
    if outcome.usd > LARGE:
        return _("More than %(amount)s: check the zeros.", amount=show_money(LARGE))
    before = queries.largest_of_firm(session(), outcome)
    if before and outcome.usd > 5 * before:
        return _("More than five times the firm's largest outcome so far, %(amount)s.", amount=show_money(before))
    return None


def _files(outcome: Outcome) -> list[dict[str, Any]]:
    return [
        {**item, "kind": str(KINDS_OF_FILE.get(item["kind"], item["kind"])), "when": show_date(item["when"])}
        for item in uploads.listed(outcome)
    ]


@blueprint.route("/<int:id_>/edit", methods=["GET", "POST"])
@may("outcomes.edit")
def edit(id_: int) -> Response:
    """Change an outcome; ``?grade=declared`` begins with that grade. What is confirmed is corrected instead."""
    outcome = permitted(queries.outcome(session(), viewer(), id_))
    if request.method == "GET" and (outcome.fixed or outcome.corrects_id):
        return done(
            "outcomes.show", _("A confirmed outcome isn't edited: it is corrected by a counter-entry."), id_=id_
        )
    form = _choices(forms.OutcomeForm(data=_shown(outcome)), outcome)
    held = uploads.held("file") if request.method == "POST" else uploads.Held()
    if form.validate_on_submit() and not held.errors:
        values, version = form.values, form.version.data
        try:
            with write() as writing:
                actions.edit(writing, viewer(), id_, values, version, held.tokens)
        except Refused as refused:
            _refuse(form, held, refused)
        else:
            return done("outcomes.show", _("Saved."), id_=id_)
        outcome = queries.outcome(session(), viewer(), id_)
    status = 422 if form.is_submitted() else 200
    return page("outcomes/edit.html", status, form=form, held=held, outcome=outcome, rate=_rate(outcome))


def _shown(outcome: Outcome) -> dict[str, Any]:
    """Return an outcome as the form shows it."""
    plain = (
        *("outcome_type", "grade", "pillar", "country", "starts_on", "known_on", "year", "note", "visibility"),
        "version",
    )
    keys = ("main_act_id", "organisation_id", "counterpart_id", "sector_id")
    currency = outcome.currency or money.USD
    amount = None if outcome.amount is None else f"{money.quantize(outcome.amount, currency):,}"
    asked = request.args.get("grade")
    led = queries.acts(session(), viewer(), outcome.id)
    return {
        **{name: getattr(outcome, name) for name in plain},
        **{name: str(getattr(outcome, name)) if getattr(outcome, name) else None for name in keys},
        **({"grade": asked} if asked == "declared" else {}),
        "acts": [str(one.id) for one in led if one.id != outcome.main_act_id],
        "amount": amount,
        "currency": currency,
    }


@blueprint.route("/<int:id_>/correct", methods=["GET", "POST"])
@may("outcomes.correct")
def correct(id_: int) -> Response:
    """Take an amount away from a confirmed outcome by a counter-entry."""
    outcome = permitted(queries.outcome(session(), viewer(), id_))
    form = forms.CorrectForm()
    held = uploads.held("file") if request.method == "POST" else uploads.Held()
    if form.validate_on_submit() and not held.errors:
        values, key = form.values, form.idempotency_key.data
        try:
            with write() as writing:
                entry = actions.correct(writing, viewer(), id_, values, key, held.tokens)
        except Refused as refused:
            _refuse(form, held, refused)
        else:
            return done("outcomes.show", _("Noted. It counts once it is confirmed."), id_=entry.id)
        outcome = queries.outcome(session(), viewer(), id_)
    status = 422 if form.is_submitted() else 200
    left = actions.left(session(), outcome)
    return page("outcomes/correct.html", status, form=form, held=held, outcome=outcome, left=left)


@blueprint.post("/<int:id_>/archive")
@may("outcomes.archive")
def archive(id_: int) -> Response:
    """Put an outcome away."""
    with write() as writing:
        actions.archive(writing, viewer(), id_)
    undo = url_for("outcomes.unarchive", id_=id_)
    return done("outcomes.show", _("Archived: no list and no sum holds it any longer."), undo=undo, id_=id_)


@blueprint.post("/<int:id_>/unarchive")
@may("outcomes.unarchive")
def unarchive(id_: int) -> Response:
    """Bring an outcome back."""
    with write() as writing:
        actions.unarchive(writing, viewer(), id_)
    return done("outcomes.show", _("It is back in the lists."), id_=id_)


SHOWN = 5


def _on_record(who: Viewer, record: Record) -> str:
    """Draw what came of a record; on a firm's or person's page only once something did."""
    sums = queries.sums(session(), who, record.id)
    is_act = record.kind in queries.ACTS
    if not sums and not is_act:
        return ""
    rows = queries.of_record(session(), who, record.id, SHOWN) if sums else []
    named: dict[str, Any] = {_AS.get(record.kind, "act"): record.id}
    return render(
        "outcomes/_on_record.html",
        rows=rows,
        sums=sums,
        types=dict(TYPES),
        grades=dict(GRADE_NAMES),
        tones=TONES,
        total=sum(s.count for s in sums),
        all_url=url_for("outcomes.index", act=record.id),
        sum_urls={s.grade: url_for("outcomes.index", act=record.id, grade=s.grade) for s in sums},
        new_url=url_for("outcomes.new", **named) if can(who, "outcomes.new") and not record.archived_at else None,
    )


_AS = {"organisation": "organisation_id", "contact": "counterpart_id"}
for _kind in (*queries.ACTS, *queries.PARTIES):
    frame.block(_kind, 40, _on_record)


def _lines(who: Viewer, ids: list[int]) -> dict[int, str]:
    """Say of outcomes on a timeline their grade and amount."""
    grades = dict(GRADE_NAMES)
    return {r.id: " · ".join(t for t in (str(grades[r.grade]), show_money(r.usd)) if t)
            for r in queries.amounts(session(), who, ids)}  # fmt: skip


activities.tell("outcome", _lines)
