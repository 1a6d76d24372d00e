"""Pages of audits: samples, how a case file's procedure was followed, the clauses of ISO 9001."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from promo.audits import actions, forms, measures, queries
from promo.audits.models import STRATA, AuditPick, AuditSample
from promo.audits.queries import population as populations
from promo.audits.queries import reading
from promo.audits.queries.packing import page_of
from promo.audits.queries.population import filters_of
from promo.core import clock, records, sampling
from promo.core.access import Viewer, can
from promo.core.errors import NotFound, Refused
from promo.core.records import Record, id_in
from promo.procedures import queries as procedures
from promo.procedures.words import pick
from promo.reference import queries as reference
from promo.web import frame, history
from promo.web.filters import language
from promo.web.guard import may, viewer
from promo.web.pages import done, page, page_or_fragment, render
from promo.web.transaction import session, write

blueprint = Blueprint("audits", __name__, url_prefix="/audits")
frame.navigation("audits.index", _l("Audits"), "scale", 79, bar=("quality", "auditor", "guest"))
frame.navigation("audits.clauses", _l("ISO 9001"), "rosette-discount-check", 83, bar=("quality", "auditor", "guest"))


def _on_record(who: Viewer, record: Any) -> str:
    """Draw, for whoever audits, the way to how the procedure was followed and to the evidence pack."""
    if not isinstance(record, Record) or not records.kind(record.kind).work or not can(who, "audits.new", record):
        return ""
    return render("audits/_on_record.html", record=record, pack=_pack_of(record=record.id))


frame.block("any_aside", 90, _on_record)


def _pack_of(**what: int) -> str | None:
    """Return the address that asks for an evidence pack, None for whoever may not."""
    return frame.link("exports.start", name="evidence", format="zip", **what) if can(viewer(), "audits.pack") else None


@blueprint.get("")
@may("audits.index")
def index() -> Response:
    """The samples that one reads."""
    return page("audits/index.html", samples=queries.listed(session(), viewer()), guest=_guest())


def _guest() -> Any:
    return queries.guest_of(session(), viewer())


@blueprint.route("/new", methods=["GET", "POST"])
@may("audits.new")
def new() -> Response:
    """Draw a sample; how many case files there are is shown while one chooses."""
    form = _sample_form()
    if form.validate_on_submit():
        filters = filters_of(form.values)
        try:
            fixed = actions.fix(
                session(), viewer(), filters, form.strata.data, form.size.data or 0, form.seed.data or ""
            )
            with write() as writing:
                drawn = actions.draw(writing, viewer(), fixed, form.values, form.idempotency_key.data)
        except Refused as refused:
            form.refuse(refused)
        else:
            return done("audits.show", _("Drawn."), id_=drawn.id)
    size = populations.size(session(), viewer(), filters_of(form.values))
    context = {"form": form, "size": size, "most": populations.MOST}
    return page_or_fragment("audits/new.html", "audits/_size.html", 422 if form.is_submitted() else 200, **context)


def _sample_form() -> forms.SampleForm:
    """Return the form as it was sent, or as the address fills it in."""
    start = {"size": 10, "seed": f"{clock.today():%Y%m%d}", "strata": "procedure"}
    asked = {k: v for k, v in request.args.items() if v and "\x00" not in v}
    form = forms.SampleForm(data={**start, **asked, **_typed(asked)})
    form.kind.choices = [("", ""), *((k.name, k.plural) for k in populations.kinds())]
    form.procedure.choices = [("", ""), *((c, f"{c} · {t}") for c, t in populations.procedures(session()))]
    form.post.choices = [("", ""), *reference.post_choices(session(), language(), active=False)]
    return form


def _typed(args: dict[str, str]) -> dict[str, Any]:
    """Return numbers and days of an address as the form's fields hold them."""
    read = filters_of(args)
    return {"size": id_in(args.get("size")) or 10, "number": read.version, "since": read.since, "until": read.until}


@blueprint.get("/<int:id_>")
@may("audits.show")
def show(id_: int) -> Response:
    """One sample: its population, what was drawn of it, what was looked at."""
    return _sample_page(queries.sample(session(), viewer(), id_))


def _sample_page(drawn: AuditSample, status: int = 200, **refused: Any) -> Response:
    picks = queries.picks(session(), viewer(), drawn.id)
    statuses = {key: pick(titles) for key, titles in procedures.status_titles(session(), viewer()).items()}
    strata = {p.pick.stratum for p in picks} | {row[0] for row in drawn.shares}
    auditing = can(viewer(), "audits.look")
    return page(
        "audits/show.html", status,
        sample=drawn,
        by=dict(STRATA).get(drawn.strata or ""),
        narrowed=drawn.words or populations.in_words(session(), language(), populations.stored(drawn.filters)),
        picks=picks,
        kinds={kind.name: kind for kind in records.kinds()},
        statuses=statuses,
        groups={name: populations.stratum_words(session(), language(), drawn.strata, name) for name in strata},
        looked=sum(p.pick.looked_at is not None for p in picks),
        pack=_pack_of(sample=drawn.id),
        auditing=auditing,
        adding=refused.get("adding") or (forms.AddForm(formdata=None) if auditing else None),
        looking=refused.get("looking"),
        again=_again(drawn, [p.pick for p in picks]) if request.args.get("again") else None,
    )  # fmt: skip


def _again(drawn: AuditSample, picks: list[AuditPick]) -> bool:
    """Draw the sample again from its kept list; return whether it is the same."""
    text = queries.kept_list(session(), drawn)
    same = [one.reference for one in sampling.draw(sampling.read(text), drawn.size, drawn.seed)]
    kept = [one.reference for one in picks if not one.by_judgement]
    return sampling.digest(text) == drawn.population_digest and same == kept


@blueprint.get("/<int:id_>/population")
@may("audits.population")
def population(id_: int) -> Response:
    """The list of which a sample was drawn, as it was fixed."""
    drawn = queries.sample(session(), viewer(), id_)
    response = make_response(queries.kept_list(session(), drawn))
    response.mimetype = "text/plain"
    response.headers["Content-Disposition"] = f'attachment; filename="population-{drawn.id}.txt"'
    return response


@blueprint.post("/<int:id_>/add")
@may("audits.add")
def add(id_: int) -> Response:
    """Add a case file by judgement."""
    form = forms.AddForm()
    if form.validate_on_submit():
        try:
            with write() as writing:
                actions.add(writing, viewer(), id_, form.reference.data, form.reason.data)
        except Refused as refused:
            form.refuse(refused)
        else:
            return done("audits.show", _("Added, and marked as chosen by judgement."), id_=id_)
    return _sample_page(queries.sample(session(), viewer(), id_), 422, adding=form)


@blueprint.post("/<int:id_>/<int:pick_id>/look")
@may("audits.look")
def look(id_: int, pick_id: int) -> Response:
    """Note that a case file was looked at, and what is to be said of it."""
    form = forms.LookForm()
    if form.validate_on_submit():
        with write() as writing:
            actions.look(writing, viewer(), id_, pick_id, looked=form.looked.data, note=form.note.data)
        return done("audits.show", _("Noted."), id_=id_, _anchor=f"pick-{pick_id}")
    drawn = queries.sample(session(), viewer(), id_)
    queries.pick(session(), viewer(), id_, pick_id)
    return _sample_page(drawn, 422, looking=(pick_id, form))


@blueprint.get("/record/<int:record_id>")
@may("audits.record")
def record(record_id: int) -> Response:
    """How a case file's procedure was followed: requirement, what met it, who and when, file."""
    found = queries.record(session(), viewer(), record_id)
    level = queries.level(session(), viewer())
    (dossier,) = reading.read(session(), queries.reader(session(), viewer()), [found.id], level)
    shown = page_of(dossier, history.in_words)
    version = shown["version"]
    inside = not queries.is_guest(viewer())
    return page(
        "audits/record.html",
        title=dossier.title,
        members={f.id: url_for("files.show", id_=f.id, name=f.name) for f in dossier.files} if inside else {},
        procedure_url=version and url_for("procedures.show", code=version.code, number=version.number),
        samples=queries.samples_of(session(), viewer(), found.id),
        pack=_pack_of(record=found.id),
        inside=inside,
        **shown,
    )


@blueprint.get("/clauses")
@may("audits.clauses")
def clauses() -> Response:
    """What ISO 9001 asks to be shown, each with live records or the register outside Promo."""
    lines = [
        {
            "clause": one,
            "live": [
                {"label": f.label, "count": f.count(session(), viewer()), "url": _address(f)} for f in one.live
            ],
        }
        for one in measures.clauses()
    ]  # fmt: skip
    return page("audits/clauses.html", lines=lines, registers=queries.registers(session()))


def _address(figure: Any) -> str | None:
    return frame.link(figure.endpoint, **figure.values) if figure.endpoint else None


@blueprint.route("/clauses/<clause>/register", methods=["GET", "POST"])
@may("audits.register")
def register(clause: str) -> Response:
    """Name a register outside Promo under a clause, or change one."""
    about = measures.clause(clause)
    if about is None:
        raise NotFound("clause")
    id_ = id_in(request.args.get("id")) or None
    form = forms.RegisterForm(obj=queries.register(session(), clause, id_))
    if request.method == "POST" and request.form.get("remove") and id_:
        with write() as writing:
            actions.remove(writing, viewer(), clause, id_)
        return done("audits.clauses", _("Taken off the list."), _anchor=f"clause-{clause}")
    if form.validate_on_submit():
        with write() as writing:
            actions.register(writing, viewer(), clause, id_, form.values, form.version.data)
        return done("audits.clauses", _("Saved."), _anchor=f"clause-{clause}")
    return page("audits/register.html", 422 if form.is_submitted() else 200, form=form, clause=about, id_=id_)
