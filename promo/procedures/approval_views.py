"""Pages of the approvals inbox: what waits for me, what I sent, what I decided; approving, returning, delegating."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from promo.core import clock
from promo.core.errors import NotFound, Refused
from promo.core.records import id_in, kind
from promo.procedures import decisions, delegating, forms, inbox, queries, sights, undoing
from promo.procedures.blueprint import blueprint
from promo.procedures.models import APPROVAL_STATES
from promo.procedures.request_page import request_page
from promo.procedures.request_story import TONES
from promo.web.guard import may, viewer
from promo.web.pages import done, page
from promo.web.transaction import session, write


@blueprint.get("/approvals")
@may("procedures.approvals")
def approvals() -> Response:
    """What waits for my approval: the list, and beside it the record as it changed since I last looked.

    ``?list=sent``: what I sent and who it waits for; ``?list=decided``: what I decided in the last 30 days.
    """
    name = request.args.get("list", inbox.MINE)
    if name not in inbox.LISTS:
        raise NotFound("procedures.approvals")
    chosen = id_in(request.args.get("id")) or None
    return _approvals(name, chosen, after=request.args.get("after", ""))


def _approvals(
    name: str, chosen: int | None = None, status: int = 200, after: str = "", *, reasons: Any = (), typed: str = "",
    not_done: Any = (),
) -> Response:  # fmt: skip
    lines, more = inbox.lines(session(), viewer(), name, after)
    open_ = _opened(lines, chosen, look=status == 200 and not not_done) if name == inbox.MINE else None
    return page(
        "procedures/approvals.html", status,
        list=name, lists=inbox.LISTS, totals=inbox.totals(session(), viewer()), lines=lines, more=more, asked=open_,
        kind=kind(open_.kind) if open_ else None, next=_next(lines, open_.id) if open_ else None,
        nobody=inbox.without_anybody(session(), viewer()) if name == inbox.MINE else [],
        entered=inbox.to_dispute(session(), viewer()) if name == inbox.MINE else [],
        states=dict(APPROVAL_STATES), tones=TONES, today=clock.today(viewer().timezone),
        reasons=reasons, typed=typed, not_done=not_done,
    )  # fmt: skip


def _opened(lines: list[inbox.Line], chosen: int | None, *, look: bool) -> Any:
    """Return the request that stands beside the list: the chosen one while it waits, else the first."""
    for id_ in dict.fromkeys(i for i in (chosen, lines[0].id if lines else None) if i):
        try:
            approval, case, seen = queries.request(session(), viewer(), id_)
        except NotFound:
            continue
        shown = request_page(session(), approval, case, seen)
        if look:
            sights.see(viewer(), approval, seen)
        return shown
    return None


def _next(lines: list[inbox.Line], id_: int) -> int | None:
    """Return which one comes after another: the next of the list, at its end the first."""
    ids = [line.id for line in lines]
    at = ids.index(id_) if id_ in ids else -1
    following = [*ids[at + 1 :], *ids[: max(at, 0)]]
    return following[0] if following else None


def _go_on(message: str, undo: str | None = None) -> Response:
    """Go on to the request that the form named as the next one."""
    following = id_in(request.form.get("next"))
    return done("procedures.approvals", message, undo=undo, **({"id": following} if following else {}))


@blueprint.post("/approvals/<int:id_>/approve")
@may("procedures.approve")
def approve(id_: int) -> Response:
    """Approve what was shown; the next one comes by itself."""
    try:
        with write() as writing:
            decisions.approve(writing, viewer(), id_, request.form.get("digest") or None)
    except Refused as refused:
        return _approvals(inbox.MINE, id_, 422, reasons=refused.reasons)
    return _go_on(_("Approved."), undo=url_for("procedures.take_back", id_=id_))


@blueprint.post("/approvals/approve_together")
@may("procedures.approve_together")
def approve_together() -> Response:
    """Approve several at once, each by its own rules and in a transaction of its own; those that can't are listed."""
    approved = 0
    not_done: list[tuple[str | None, str]] = []
    for picked in list(dict.fromkeys(request.form.getlist("pick")))[: inbox.PAGE]:
        number, _colon, digest = picked.partition(":")
        id_ = id_in(number) or 0
        try:
            with write() as writing:
                decisions.approve(writing, viewer(), id_, digest or "-", together=True)
            approved += 1
        except NotFound:
            not_done.append((None, _("It no longer waits for you: it was decided, recalled or changed meanwhile.")))
        except Refused as refused:
            title = queries.title_of_request(session(), viewer(), id_)
            not_done.append((title, " ".join(str(r.message) for r in refused.reasons)))
    said = ngettext("%(num)s approved.", "%(num)s approved.", approved)
    if not_done:
        return _approvals(inbox.MINE, status=200 if approved else 422, not_done=[said, not_done])
    return done("procedures.approvals", said if approved else _("Tick those that you approve."))


@blueprint.post("/approvals/<int:id_>/return")
@may("procedures.return_")
def return_(id_: int) -> Response:
    """Return a request with a reason."""
    typed = request.form.get("reason", "")
    try:
        with write() as writing:
            decisions.return_(writing, viewer(), id_, typed)
    except Refused as refused:
        return _approvals(inbox.MINE, id_, 422, reasons=refused.reasons, typed=typed)
    return _go_on(_("Returned with the reason."))


@blueprint.post("/approvals/<int:id_>/take_back")
@may("procedures.take_back")
def take_back(id_: int) -> Response:
    """Take one's approval back."""
    with write() as writing:
        undoing.take_back(writing, viewer(), id_)
    return done("procedures.approvals", _("Taken back: it waits for you again."), id=id_)


@blueprint.route("/approvals/<int:id_>/delegate", methods=["GET", "POST"])
@may("procedures.delegate")
def delegate(id_: int) -> Response:
    """Let somebody else decide a request."""
    form = forms.DelegateForm()
    if form.validate_on_submit():
        try:
            with write() as writing:
                to = id_in(form.person.data) or None
                delegating.delegate(writing, viewer(), id_, to, form.reason.data)
        except Refused as refused:
            form.refuse(refused)
        else:
            name = queries.name_of(session(), viewer(), to)
            return _go_on(_("Delegated to %(name)s.", name=name))
    approval, case, seen = queries.request(session(), viewer(), id_)
    form.person.choices = queries.delegates(session(), viewer(), approval, case, id_in(form.person.data))
    shown = request_page(session(), approval, case, seen)
    status = 422 if form.is_submitted() else 200
    return page("procedures/delegate.html", status, form=form, asked=shown, next=request.args.get("next", ""))


@blueprint.get("/approvals/<int:id_>/able")
@may("procedures.able")
def able(id_: int) -> Response:
    """Colleagues who could decide a request, for the box."""
    approval, case, _seen = queries.request(session(), viewer(), id_)
    found = delegating.able(session(), case, approval, request.args.get("q", "")[:100])
    return jsonify([{"value": str(p.id), "text": p.name, "hint": p.email} for p in found])


@blueprint.post("/approvals/<int:id_>/remind")
@may("procedures.remind")
def remind(id_: int) -> Response:
    """Remind whoever a request of mine waits for."""
    with write() as writing:
        delegating.remind(writing, viewer(), id_)
    return done("procedures.approvals", _("Reminded, kindly."), list=inbox.SENT)
