"""Pages of calendars: how every post stands, a post's year, the decrees."""

from __future__ import annotations

from typing import Any

from babel.dates import get_day_names
from flask import Blueprint, Response, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from promo.calendars import actions, forms, queries
from promo.calendars.models import KINDS, SCOPES, CalendarYear
from promo.core import clock
from promo.core.access import Viewer, can
from promo.core.errors import Refused
from promo.reference.models import Post
from promo.web import frame
from promo.web.filters import language
from promo.web.guard import may, permitted, viewer
from promo.web.pages import done, page, render
from promo.web.transaction import session, write

blueprint = Blueprint("calendars", __name__, url_prefix="/calendars")
frame.navigation("calendars.index", _l("Calendars"), "calendar-event", 91, bar=False)


def _on_post(who: Viewer, post: Any) -> str:
    """Draw the coming days off of a post, beside it."""
    today = clock.today(post.timezone)
    calendar = queries.both(session(), post)["post"]
    return render(
        "calendars/_on_post.html",
        post=post,
        calendar=calendar,
        off=calendar.coming_holidays(today, 6, language()),
        years=(today.year, today.year + 1),
    )


def _on_day(who: Viewer, _record: Any) -> str:
    """Remind whoever keeps a post's calendar to confirm the coming year, in December."""
    today = clock.today(who.timezone)
    if today.month != 12 or who.post_id is None or not who.has_at(who.post_id, *queries.KEEPERS):
        return ""
    if today.year + 1 in queries.confirmed(session()).get(who.post_id, ()):
        return ""
    return render("calendars/_on_day.html", code=who.post_code, year=today.year + 1)


frame.block("post_aside", 10, _on_post)
frame.block("day", 15, _on_day)


@blueprint.get("")
@may("calendars.index")
def index() -> Response:
    """How the calendars of this year and the next stand at every post."""
    now = clock.today(viewer().timezone).year
    years = (now, now + 1)
    found = queries.standings(session(), viewer(), years)
    missing = [s for s in found if any(s.missing(year) for year in years)]
    only = request.args.get("view") == "missing"
    return page(
        "calendars/index.html", years=years, found=missing if only else found, only=only, total=len(found),
        missing=len(missing),
    )  # fmt: skip


@blueprint.get("/<code>/<int:year>")
@may("calendars.show")
def show(code: str, year: int) -> Response:
    """A post's year: the public holidays proposed or confirmed, days of its own, decrees."""
    return _show(actions.opened(session(), code, year), year)


def _show(
    post: Post, year: int, status: int = 200, form: forms.YearForm | None = None, day: forms.DayForm | None = None
) -> Response:
    stands = queries.year_of(session(), post.id, year)
    stored = queries.days_of(session(), post.id, year)
    decrees = [d for d in queries.days_of(session(), None, year) if d.scope == "all" or post.holiday_country == "PE"]
    form = form or _form(post, stands)
    ticked = set(form.days.data or []) if form.is_submitted() and status == 422 else None
    lines = queries.lines(post, stands, stored, year)
    _offer(form)
    return page(
        "calendars/show.html", status,
        post=post, year=year, stands=stands, lines=lines, form=form, day=day or forms.DayForm(formdata=None),
        ticked={line.on.isoformat() for line in lines if line.ticked} if ticked is None else ticked,
        own=[d for d in stored if d.source == "post"], decrees=decrees, kinds=dict(KINDS),
        years=actions.years_open(post), by=queries.name_of(session(), stands.confirmed_by_id) if stands else None,
        may_keep=can(viewer(), "calendars.confirm", post),
    )  # fmt: skip


def _form(post: Post, stands: CalendarYear | None) -> forms.YearForm:
    weekend = stands.weekend if stands and stands.weekend is not None else post.weekend
    return forms.YearForm(formdata=None, data={"weekend": list(weekend), "version": stands.version if stands else 1})


def _offer(form: forms.YearForm) -> None:
    names = get_day_names("wide", locale=language())
    form.weekend.choices = [(str(n + 1), names[n]) for n in range(7)]


@blueprint.post("/<code>/<int:year>/confirm")
@may("calendars.confirm")
def confirm(code: str, year: int) -> Response:
    """Confirm the public holidays and the week-end of a post's year."""
    permitted(actions.opened(session(), code, year))
    form = forms.YearForm()
    _offer(form)
    if form.validate_on_submit():
        days, weekend = form.days.data or [], "".join(sorted(form.weekend.data or []))
        try:
            with write() as writing:
                actions.confirm(writing, viewer(), code, year, days, weekend, form.version.data)
        except Refused as refused:
            form.refuse(refused)
        else:
            return done("calendars.show", _("Calendar of %(year)s confirmed.", year=year), code=code, year=year)
    return _show(actions.opened(session(), code, year), year, 422, form)


@blueprint.post("/<code>/<int:year>/add_day")
@may("calendars.add_day")
def add_day(code: str, year: int) -> Response:
    """Add a day of the post's own, off or half."""
    permitted(actions.opened(session(), code, year))
    form = forms.DayForm()
    if form.validate_on_submit():
        try:
            with write() as writing:
                actions.add_day(writing, viewer(), code, year, form.values)
        except Refused as refused:
            form.refuse(refused)
        else:
            return done("calendars.show", _("Added."), code=code, year=year)
    return _show(actions.opened(session(), code, year), year, 422, day=form)


@blueprint.post("/<code>/<int:year>/remove_day/<int:id_>")
@may("calendars.remove_day")
def remove_day(code: str, year: int, id_: int) -> Response:
    """Remove a day of the post's own."""
    with write() as writing:
        actions.remove_day(writing, viewer(), code, year, id_)
    return done("calendars.show", _("Removed."), code=code, year=year)


@blueprint.get("/decrees")
@may("calendars.decrees")
def decrees() -> Response:
    """The days that decrees declare, for Peru's calendar or for every post."""
    return _decrees(forms.DecreeForm(formdata=None))


def _decrees(form: forms.DecreeForm, status: int = 200) -> Response:
    found = queries.decrees(session(), viewer())
    return page(
        "calendars/decrees.html", status,
        found=found, form=form, kinds=dict(KINDS), scopes=dict(SCOPES), may_add=can(viewer(), "calendars.add_decree"),
    )  # fmt: skip


@blueprint.post("/add_decree")
@may("calendars.add_decree")
def add_decree() -> Response:
    """Enter a day that a decree declares."""
    form = forms.DecreeForm()
    if form.validate_on_submit():
        try:
            with write() as writing:
                actions.add_decree(writing, viewer(), form.values)
        except Refused as refused:
            form.refuse(refused)
        else:
            return done("calendars.decrees", _("Entered. Open terms are counted again."))
    return _decrees(form, 422)


@blueprint.post("/remove_decree/<int:id_>")
@may("calendars.remove_decree")
def remove_decree(id_: int) -> Response:
    """Remove a decree's day."""
    with write() as writing:
        actions.remove_decree(writing, viewer(), id_)
    return done("calendars.decrees", _("Removed. Open terms are counted again."))
