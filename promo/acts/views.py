"""How the pages of acts are answered, whatever their kind; the routes stand in each kind's own views."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from promo.accounts import queries as accounts
from promo.acts import forms, queries
from promo.acts.models import ATTENDANCE, ROLES, Act
from promo.core import clock, money
from promo.core.access import Viewer, can
from promo.core.errors import Refused
from promo.core.records import Kind, id_in, kind
from promo.procedures import queries as procedures
from promo.procedures.views import panel_of
from promo.procedures.words import EVIDENCE
from promo.reference import queries as reference
from promo.web import frame, lists, uploads
from promo.web.filters import language, show_date, span
from promo.web.guard import permitted, viewer
from promo.web.pages import done, page, render
from promo.web.transaction import session, write

blueprint = Blueprint("acts", __name__)  # no address of its own
CATEGORIES = (("", _l("No category")), *EVIDENCE.items())
TONES = {"invited": "plain", "confirmed": "now", "attended": "ok", "no_show": "warn"}


def _on_day(who: Viewer, _record: Any) -> str:
    """Draw what goes on and comes, for My day."""
    today = clock.today(who.timezone)
    rows = queries.coming(session(), who, today)
    items = [
        {
            "icon": kind(row.kind).icon,
            "title": row.title,
            "url": url_for(kind(row.kind).show, id_=row.id),
            "side": _("today")
            if row.starts_on <= today <= row.ends_on
            else span(row.starts_on, row.ends_on, year=False),
            "tone": "now" if row.starts_on <= today <= row.ends_on else "",
            "moment": row.starts_on.isoformat(),
            "note": " · ".join(t for t in (str(kind(row.kind).label), row.city) if t),
        }
        for row in rows
    ]
    return render("acts/_on_day.html", items=items)


frame.block("day", 30, _on_day)


class Pages:
    """The pages of one kind of act."""

    def __init__(self, model: type[Act], actions: Any) -> None:
        self.model, self.actions = model, actions

    @property
    def kind(self) -> Kind:
        """The registered kind."""
        return kind(str(self.model.__mapper__.polymorphic_identity))

    def _find(self, id_: int) -> Act:
        return permitted(queries.act(session(), viewer(), self.model, id_))

    def index(self, template: str) -> Response:
        """All acts of the kind that the viewer sees."""
        statuses = dict(queries.statuses(session(), viewer())) | {k: str(v) for k, v in self.kind.states.items()}
        return lists.answer(self.kind, template, statuses=statuses)

    def new(self, template: str) -> Response:
        """Plan an act."""
        post = reference.post_by_id(session(), viewer().post_id)
        start = {
            "visibility": "post", "country": post.country if post else None, "city": post.city if post else None,
            "timezone": post.timezone if post else None, "executing_entity": "mre", "budget_currency": money.USD,
            "pillar": next((g.pillar for g in viewer().grants if g.pillar), None),
        }  # fmt: skip
        form = self._choices(forms.NewActForm(data=start))
        if form.validate_on_submit():
            values = form.values
            try:
                with write() as writing:
                    act = self.actions.plan(writing, viewer(), values, form.idempotency_key.data)
            except Refused as refused:
                form.refuse(refused)
            else:
                return done(self.kind.show, _("Planned."), id_=act.id)
        return page(template, 422 if form.is_submitted() else 200, form=form, kind=self.kind)

    def show(self, id_: int, template: str) -> Response:
        """One act: what it is, what is missing, who takes part, what was done."""
        act = self._find(id_)
        taking = queries.participants(session(), viewer(), act.id)
        working = can(viewer(), f"{self.model.FEATURE}.edit", act)
        category = request.args.get("category", "")
        return page(
            template,
            act=act,
            kind=self.kind,
            states=self.kind.states,
            taking=taking,
            roles=dict(ROLES),
            attendance=dict(ATTENDANCE),
            tones=TONES,
            blank=self._blank if working else None,
            files=self._files(act),
            categories=lists.drawn_with(CATEGORIES, category),
            category=category,
            may_edit=working,
            warned=procedures.warned_of(panel_of(viewer(), act)) if working else None,
            main_actions=frame.blocks(self.kind.name, viewer(), act, "actions"),
            above=frame.blocks(self.kind.name, viewer(), act, "above"),
            blocks=frame.blocks(self.kind.name, viewer(), act),
            asides=frame.blocks(self.kind.name, viewer(), act, "aside"),
            tab=request.args.get("tab", ""),
            **self._names(act),
        )

    def _names(self, act: Act) -> dict[str, Any]:
        """Return what codes and ids of an act are called."""
        places = reference.country_names(session(), language())
        named = queries.named(session(), act.id)
        sectors = dict(reference.sector_choices(session(), language())) if named["sectors"] else {}
        offices = dict(reference.post_choices(session(), language(), active=False))
        return {
            "country": places.get(act.country or "", act.country),
            "countries": [places.get(code, code) for code in named["countries"]],
            "sectors": [sectors.get(str(id_), "") for id_ in named["sectors"]],
            "post": offices.get(str(act.post_id), ""),
            "posts": [offices.get(str(id_), "") for id_ in named["posts_involved"]],
            "entity": dict(reference.entity_choices(session(), language())).get(act.executing_entity or ""),
            "fair": queries.fair(session(), act.fair_id),
            "owner": self._owner(act),
            "rate": _rate(act),
        }

    def _owner(self, act: Act) -> str | None:
        """Return the name of whoever owns an act: mostly who looks."""
        if act.owner_id == viewer().person_id:
            return viewer().name
        return accounts.names(session(), {act.owner_id}).get(act.owner_id) if act.owner_id else None

    def _files(self, act: Act) -> list[dict[str, Any]]:
        return [
            {**item, "kind": str(EVIDENCE.get(item["kind"], item["kind"])), "when": show_date(item["when"])}
            for item in uploads.listed(act)
        ]

    def edit(self, id_: int, template: str) -> Response:
        """Change an act."""
        act = self._find(id_)
        form = self._choices(forms.ActForm(data=_shown(act)))
        if form.validate_on_submit():
            values, version = form.values, form.version.data
            try:
                with write() as writing:
                    self.actions.edit(writing, viewer(), id_, values, version)
            except Refused as refused:
                form.refuse(refused)
            else:
                return done(self.kind.show, _("Saved."), id_=id_)
            act = self._find(id_)
        status = 422 if form.is_submitted() else 200
        warned = procedures.covered(session(), viewer(), act)
        return page(template, status, form=form, act=act, kind=self.kind, rate=_rate(act), covered=warned.fields)

    def _choices(self, form: Any) -> Any:
        """Give the boxes their choices."""
        places = reference.country_choices(session(), language())
        form.act_type.choices = [("", ""), *self.model.TYPES]
        form.country.choices = [("", ""), *places]
        form.countries.choices = places
        form.sectors.choices = reference.sector_choices(session(), language())
        form.posts.choices = reference.post_choices(session(), language())
        form.executing_entity.choices = [("", ""), *reference.entity_choices(session(), language())]
        form.budget_currency.choices = reference.currency_choices(session())
        zones = queries.zones(session())
        chosen = form.timezone.data
        form.timezone.choices = [(z, z.replace("_", " ")) for z in [*zones, *([chosen] if chosen else [])]]
        form.timezone.choices = list(dict.fromkeys(form.timezone.choices))
        known = id_in(form.fair_id.data)
        fair = queries.fair(session(), known) if known else None
        form.fair_id.choices = [("", ""), *([(str(fair.id), fair.name)] if fair else [])]
        return form

    def add_participant(self, id_: int, template: str) -> Response:
        """Add those who take part, in one role."""
        act = self._find(id_)
        form = self._adding(forms.NewParticipantForm())
        if form.validate_on_submit():
            values = form.values
            try:
                with write() as writing:
                    self.actions.add_participant(writing, viewer(), id_, values)
            except Refused as refused:
                form.refuse(refused)
            else:
                return done(self.kind.show, _("Added."), id_=id_, _anchor="participants")
            act = self._find(id_)
        warned = procedures.covered(session(), viewer(), act)
        return page(template, 422 if form.is_submitted() else 200, form=form, act=act, kind=self.kind, warned=warned)

    def _blank(self) -> Any:
        """Return the form that adds those who take part as it stands on every act's page: drawn once a language."""
        return self._adding(forms.NewParticipantForm(formdata=None))

    def _adding(self, form: Any) -> Any:
        chosen = form.who.data or []
        known = [(str(r.id), r.title) for r in queries.chosen(session(), viewer(), chosen)]
        form.who.choices = [*known, *((v, v.removeprefix("+")) for v in chosen if v.startswith("+"))]
        return form

    def edit_participant(self, id_: int, participant_id: int, template: str) -> Response:
        """Change one who takes part, and attach their files."""
        act = self._find(id_)
        one = queries.participant(session(), act.id, participant_id)
        start = {name: getattr(one, name) for name in ("role", "status", "qualified", "note")}
        form = forms.ParticipantForm(data=start)
        held = uploads.held("file") if request.method == "POST" else uploads.Held()
        if form.validate_on_submit() and not held.errors:
            values, category = form.values, request.form.get("category") or "other"
            try:
                with write() as writing:
                    self.actions.edit_participant(writing, viewer(), id_, participant_id, values, held.tokens, category)
            except Refused as refused:
                held.errors += [str(r.message) for r in refused.reasons if r.field == "file"]
                form.refuse(Refused([r for r in refused.reasons if r.field != "file"]))
            else:
                return done(self.kind.show, _("Saved."), id_=id_, _anchor="participants")
            act = self._find(id_)
        status = 422 if form.is_submitted() else 200
        taking = next(t for t in queries.participants(session(), viewer(), act.id) if t.participant.id == one.id)
        return page(
            template, status,
            form=form, act=act, kind=self.kind, one=taking, held=held,
            categories=[(k, str(v)) for k, v in EVIDENCE.items()],
            warned=procedures.covered(session(), viewer(), act),
        )  # fmt: skip

    def remove_participant(self, id_: int, participant_id: int) -> Response:
        """Take somebody off the list."""
        with write() as writing:
            self.actions.remove_participant(writing, viewer(), id_, participant_id)
        return done(self.kind.show, _("Taken off the list."), id_=id_, _anchor="participants")

    def archive(self, id_: int) -> Response:
        """Put an act away."""
        with write() as writing:
            self.actions.archive(writing, viewer(), id_)
        undo = url_for(f"{self.model.FEATURE}.unarchive", id_=id_)
        return done(self.kind.show, _("Archived: the lists no longer show it."), undo=undo, id_=id_)

    def unarchive(self, id_: int) -> Response:
        """Bring an act back."""
        with write() as writing:
            self.actions.unarchive(writing, viewer(), id_)
        return done(self.kind.show, _("It is back in the lists."), id_=id_)


def _rate(act: Act) -> str | None:
    """Write by which rate the budget was converted; None for dollars."""
    if act.budget_usd is None or act.budget_currency == money.USD or not act.budget_rate or not act.budget_rate_on:
        return None
    made = money.Conversion(act.budget_usd, act.budget_rate, act.budget_rate_on, act.budget_rate_source or "")
    return money.show_conversion(made, language())


def _shown(act: Act) -> Mapping[str, Any]:
    """Return an act as the form shows it."""
    plain = (
        *("title", "title_en", "act_type", "pillar", "starts_on", "ends_on", "starts_at", "ends_at", "timezone"),
        *("city", "country", "venue", "objective", "executing_entity", "capacity", "visibility", "version"),
    )
    currency = act.budget_currency or money.USD
    amount = None if act.budget_amount is None else f"{money.quantize(act.budget_amount, currency):,}"
    return {
        **{name: getattr(act, name) for name in plain},
        "budget_amount": amount,
        "budget_currency": currency,
        "fair_id": str(act.fair_id) if act.fair_id else None,
        "countries": [c.country for c in act.countries],
        "sectors": [str(s.sector_id) for s in act.sectors],
        "posts": [str(p.post_id) for p in act.posts],
    }
