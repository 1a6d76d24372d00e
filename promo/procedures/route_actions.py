"""Saying who approves at a post when the holder of a function can't: a change ends one route and begins the next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.core import clock
from promo.core.access import Viewer, require
from promo.core.db import lock
from promo.core.errors import Reason, Refused
from promo.core.records import Record
from promo.procedures import rerouting, route_queries
from promo.procedures.models import Approval, ApprovalRoute
from promo.procedures.permissions import edits_stand_ins
from promo.reference import queries as reference
from promo.reference.models import Function, Post

MANY = 50  # requests that are sent on at once; the clock sends on the others


def route_edit(
    session: Session, viewer: Viewer, code: str, function: str, values: Mapping[str, Any], seen: int | None = None
) -> ApprovalRoute | None:
    """Name the deputy and the stand-in of a function at a post, for a pillar or all, from today on.

    Nobody named ends the route; the former one stays in the history. A manager names the deputy alone. Requests that
    nobody could approve go to whoever can now. ``seen`` is the route that was on the page. Raises :class:`Refused` for
    people who can't be named, or when somebody changed it meanwhile.
    """
    post = reference.post(session, code)
    require(viewer, "procedures.route_edit", post)
    pillar = values.get("pillar") or None
    if session.get(Function, function) is None or pillar not in (None, *route_queries.ALL_PILLARS):
        raise Refused(_l("Open the page again: the form is damaged."))
    here = route_queries.open_route(session, post.id, function, pillar)
    if here is not None:
        lock(here)
    if seen is not None and seen != (here.id if here else 0):
        raise Refused(_l("Somebody changed this route meanwhile. Look at it again before you save."))
    new = _checked(session, viewer, here, values)
    made = _replace(session, post, here, {"function": function, "pillar": pillar, **new})
    session.flush()
    _send_on(session, post, function)
    return made


def _checked(session: Session, viewer: Viewer, here: ApprovalRoute | None, values: Mapping[str, Any]) -> dict[str, Any]:
    new: dict[str, Any] = {name: values.get(name) for name in ("deputy_id", "stand_in_id", "act_number")}
    if not edits_stand_ins(viewer):
        new["stand_in_id"] = here.stand_in_id if here else None
    reasons = [
        Reason(_l("Choose somebody who works here and works with cases."), field)
        for field in ("deputy_id", "stand_in_id")
        if new[field] is not None
        and new[field] != (getattr(here, field) if here else None)
        and not route_queries.may_be_named(session, new[field], clock.today())
    ]
    if reasons:
        raise Refused(reasons)
    return new


def _replace(session: Session, post: Post, here: ApprovalRoute | None, new: dict[str, Any]) -> ApprovalRoute | None:
    """End a route yesterday and begin the next today; one that began today is corrected."""
    if here is not None and all(getattr(here, name) == value for name, value in new.items()):
        return here
    today: date = clock.today(post.timezone)
    named = new["deputy_id"] is not None or new["stand_in_id"] is not None
    if here is not None and here.valid_from >= today:
        if named:
            for name, value in new.items():
                setattr(here, name, value)
            return here
        session.delete(here)
        return None
    if here is not None:
        here.valid_to = today - timedelta(days=1)
        session.flush()
    if not named:
        return None
    made = ApprovalRoute(post_id=post.id, valid_from=today, **new)
    session.add(made)
    return made


def _send_on(session: Session, post: Post, function: str) -> None:
    """Send on the post's requests that nobody could approve."""
    waiting = (
        select(Approval.id)
        .join(Record, Record.id == Approval.record_id)
        .where(Approval.state == "nobody", Approval.function == function, Record.post_id == post.id)
        .order_by(Approval.id)
        .limit(MANY)
    )
    for id_ in session.scalars(waiting).all():
        rerouting.reroute(session, id_)
